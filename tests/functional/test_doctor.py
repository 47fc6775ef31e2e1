"""
`duckalog doctor`: everything that a run needs is tried, all of it is told, and nothing is changed. What doctor fails at,
a run fails at too, and with the same words.
"""

import errno
import json
import os
import pty
import re
import subprocess
import time

import duckdb
import pytest
from conftest import PROGRAM, need_extension
from proxy import Proxy
from test_files import as_nobody, can_load_libduckdb, closed, program_for_all  # noqa: F401 (two are fixtures)

STATES = {"ok": "ok", "warn": "warning", "FAIL": "failed"}


def doctor(room, *arguments, config="catalog.yaml", **options):
    return room.duckalog("doctor", config, *arguments, **options)


def checks(room, *arguments, **options):
    """(check, object) → (status, message, hint) of each check; of several with one name, the worst."""
    outcome = doctor(room, "--json", *arguments, **options)
    found = json.loads(outcome.out)
    assert outcome.err == ""
    assert found["failed"] == sum(check["status"] == "failed" for check in found["checks"])
    assert outcome.code in (0, 2, 3) and (outcome.code != 0) == (found["failed"] > 0)
    result = {}
    for check in sorted(found["checks"], key=lambda check: ["ok", "warning", "failed"].index(check["status"])):
        assert set(check) == {"check", "object", "status", "ms", "message", "hint"}
        assert check["ms"] is None or check["ms"] >= 0
        result[check["check"], check["object"]] = (check["status"], check["message"] or "", check["hint"] or "")
    return result


def of_kind(found, kind):
    return {name: value for (check, name), value in found.items() if check == kind}


@pytest.fixture
def whole(room, postgres):
    """A config with one of each, which works."""
    need_extension("sqlite_scanner")
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 1 AS i")
    room.duckdb("kept.duckdb", "CREATE TABLE t AS SELECT 1 AS i")
    room.sqlite("old.sqlite", "CREATE TABLE t (i INTEGER)")
    room.data("data/a.parquet", "SELECT 1 AS i")
    room.catalog(("inner", "SELECT 1 AS i"), name="child.yaml", database="child.duckdb")
    room.write("q.sql", "SELECT 2 AS i")
    return {
        "version": 1,
        "duckdb": {
            "database": "catalog.duckdb",
            "load_extensions": ["json"],
            "settings": ["SET threads = 2"],
            "pragmas": ["CREATE OR REPLACE TEMP MACRO plus(x) AS x + 1"],
            "secrets": [
                {"type": "http", "name": "web", "bearer_token": "t0ken-of-web"},
                {"type": "http", "name": "keep", "bearer_token": "t0ken-kept", "persistent": True},
            ],
        },
        "attachments": {
            "duckdb": [{"alias": "ref", "path": "ref.duckdb"}, {"alias": "kept", "path": "kept.duckdb", "read_only": False}],
            "sqlite": [{"alias": "old", "path": "old.sqlite"}],
            "postgres": [postgres.attachment("shop")],
            "duckalog": [{"alias": "child", "config_path": "child.yaml"}],
        },
        "views": [
            {"name": "v", "sql": "SELECT * FROM shop.customers"},
            {"name": "files", "source": "parquet", "uri": "data/*.parquet"},
            {"name": "from_file", "sql_file": {"path": "q.sql"}},
        ],
    }


# ---- when all is well ----


def test_a_catalog_that_is_not_built_yet_is_well_and_stays_unbuilt(room, whole):
    room.config(whole)
    before = room.everything()
    found = checks(room)
    assert {name: value[0] for name, value in found.items() if value[0] != "ok"} == {("attachment", "child (duckalog)"): "warning"}
    assert found["catalog", str(room / "catalog.duckdb")] == ("ok", "not there yet: a run builds it", "")
    assert found["nested catalog", "child"] == ("ok", "not there yet: a run builds it", "")
    assert found["config", "catalog.yaml"] == ("ok", "3 views, 5 attachments, 2 secrets", "")
    assert found["files", None] == ("ok", "2 found", "")
    assert found["settings", None][0] == "ok"
    assert set(of_kind(found, "attachment")) == {
        "ref (duckdb)", "kept (duckdb)", "old (sqlite)", "shop (postgres)", "child (duckalog)",
    }  # fmt: skip
    assert set(of_kind(found, "secret")) == {"web (http)", "keep (http)"}
    assert set(of_kind(found, "extension")) == {"json", "sqlite_scanner", "postgres_scanner"}
    [(name, value)] = of_kind(found, "libduckdb").items()
    assert re.fullmatch(r"v\d+\.\d+\.\d+", name) and value[1].endswith("libduckdb.so")
    assert room.everything() == before
    assert not (room / "home" / ".duckdb").exists()


def test_a_catalog_that_is_built_is_well_and_stays_as_it_is(room, whole):
    room.config(whole)
    room.run()
    with duckdb.connect(str(room / "kept.duckdb")) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("INSERT INTO t VALUES (2)")
    assert (room / "kept.duckdb.wal").exists()
    before = room.everything()
    home = sorted((room / "home").rglob("*"))
    outcome = doctor(room)
    assert outcome.code == 0 and outcome.err == ""
    assert all(line.startswith("ok   ") for line in outcome.out.splitlines()), outcome.out
    assert f"ok   catalog {room / 'catalog.duckdb'} " in outcome.out
    assert re.search(r"^ok   attachment shop \(postgres\) \d+ ms$", outcome.out, re.MULTILINE)
    assert re.search(r" ms: 3 views, all there, storage v\d", outcome.out)
    assert room.everything() == before
    assert sorted((room / "home").rglob("*")) == home


def test_text_and_json_tell_the_same(room, whole):
    whole["attachments"]["duckdb"][0]["path"] = "nowhere.duckdb"
    room.config(whole)
    text = [line for line in doctor(room).out.splitlines()]
    in_json = json.loads(doctor(room, "--json").out)["checks"]
    assert len(text) == len(in_json)
    for line, check in zip(text, in_json):
        assert STATES[line[:4].strip()] == check["status"]
        assert line[5:].startswith(check["check"] + (f" {check['object']}" if check["object"] else ""))
        assert (check["ms"] is not None) == bool(re.search(r" \d+ ms(:|$)", line))
        assert check["hint"] is None or line.endswith(check["hint"])


def test_the_catalog_of_db_path_is_the_one_that_is_looked_at(room):
    room.catalog(("v", "SELECT 1 AS i"))
    room.run("--db-path", "other.duckdb")
    found = checks(room, "--db-path", "other.duckdb")
    assert found["catalog", str(room / "other.duckdb")][1].startswith("1 view, all there, storage ")


# ---- what is missing, but will be made ----


def test_missing_views_are_a_warning(room):
    room.catalog(("v", "SELECT 1 AS i"))
    room.run()
    room.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"))
    outcome = doctor(room)
    assert outcome.code == 0
    assert re.search(r"^warn catalog .*: 1 of 2 views are missing, storage .*; a run creates them$", outcome.out, re.MULTILINE)


def test_what_duckdb_would_make_is_not_made(room):
    need_extension("sqlite_scanner")
    missing = {"path": "new/x", "read_only": False}
    attachments = {"duckdb": [{"alias": "d", **missing}], "sqlite": [{"alias": "s", "path": "s", "read_only": False}]}
    room.config({"version": 1, "duckdb": {"database": "deep/er/catalog.duckdb"}, "attachments": attachments})
    before = room.everything()
    found = checks(room)
    for name in ("d (duckdb)", "s (sqlite)"):
        assert found["attachment", name][0] == "warning" and "DuckDB makes it" in found["attachment", name][1]
    assert room.everything() == before


def test_extensions_are_not_downloaded_and_what_needs_them_is_not_tried(room, postgres):
    (room / "none").mkdir()
    room.config(
        {
            "version": 1,
            "duckdb": {
                "settings": ["SET s3_region = 'eu-1'"],
                "load_extensions": ["httpfs"],
                "secrets": [{"type": "s3", "name": "lake", "key_id": "K", "secret": "S"}],
            },
            "attachments": {"postgres": [postgres.attachment("shop")]},
        }
    )
    started = time.monotonic()
    found = checks(room, "--extension-directory", "none")
    assert time.monotonic() - started < 5
    assert {name: value[0] for name, value in of_kind(found, "extension").items()} == {
        "httpfs": "warning",
        "postgres_scanner": "warning",
    }
    assert found["secret", "lake (s3)"] == ("warning", "not tried: the extension httpfs is not there", "")
    assert found["attachment", "shop (postgres)"][1] == "not tried: the extension postgres_scanner is not there"
    assert list((room / "none").rglob("*")) == []


@pytest.mark.parametrize("config", [{"load_extensions": ["no_such_extension"]}, {"settings": ["SET autoinstall_known_extensions = false"], "load_extensions": ["httpfs"]}])
def test_an_extension_that_duckdb_does_not_fetch_is_a_failure(room, config):
    (room / "none").mkdir()
    room.config({"version": 1, "duckdb": config})
    found = checks(room, "--extension-directory", "none")
    [value] = of_kind(found, "extension").values()
    assert value[0] == "failed" and value[1] == "not there, and DuckDB does not fetch it by itself"


def test_an_extension_to_be_loaded_that_nothing_fetches_is_a_failure(room):
    """LOAD downloads nothing, whatever the settings say."""
    (room / "none").mkdir()
    (room / "none").chmod(0o555)
    room.config({"version": 1, "duckdb": {"load_extensions": ["httpfs"]}})
    found = checks(room, "--extension-directory", "none")
    assert found["extension", "httpfs"][:2] == ("failed", "not there, and DuckDB does not fetch it by itself")
    assert found["extension", "httpfs"][2].startswith("name it in install_extensions")
    assert room.duckalog("run", "catalog.yaml", "--extension-directory", "none").code == 3
    room.config({"version": 1, "duckdb": {"install_extensions": ["httpfs"], "load_extensions": ["httpfs"]}})
    assert checks(room, "--extension-directory", "none")["extension", "httpfs"][0] == "warning"


@pytest.mark.parametrize(
    "statements",
    [
        ["PRAGMA enable_profiling = 'json'", "PRAGMA profiling_output = '{}'"],
        ["SET profiling_mode = 'detailed'", "SET enable_profiling = 'json'", "SET profile_output = '{}'"],
        ["SET log_query_path = '{}'"],
    ],
)
def test_profiles_and_logs_are_not_written(room, statements):
    written = room / "written.json"
    pragmas = [statement.format(written) for statement in statements]
    room.config({"version": 1, "duckdb": {"pragmas": [*pragmas, "SET threads = 2"]}, "views": [{"name": "v", "sql": "SELECT 1 AS i"}]})
    before = room.everything()
    found = checks(room)
    assert [value[:2] for value in of_kind(found, "pragma").values()] == [("ok", "not tried: it may change something")] * len(pragmas)
    assert found["settings", None][0] == "ok"
    assert room.everything() == before and not written.exists()


def test_statements_that_may_change_something_elsewhere_are_not_run(room):
    room.config(
        {
            "version": 1,
            "duckdb": {
                "pragmas": [
                    f"COPY (SELECT 1) TO '{room / 'copied.csv'}'",
                    f"ATTACH '{room / 'attached.duckdb'}' AS made",
                    "CREATE PERSISTENT SECRET IF NOT EXISTS kept (TYPE http, BEARER_TOKEN 'x')",
                    "SET schema = 'main'",
                ]
            },
        }
    )
    before = room.everything()
    found = checks(room)
    assert [value[1].partition(":")[0] for value in of_kind(found, "pragma").values()] == ["not tried"] * 4
    assert room.everything() == before and not (room / "home" / ".duckdb").exists()


# ---- what is wrong: as a run has it ----


def at(*path):
    def change(config, value):
        *way, last = path
        for key in way:
            config = config[key]
        config[last] = value

    return change


BROKEN = {
    "missing DuckDB file": (at("attachments", "duckdb", 0, "path"), "nowhere.duckdb", "attachment ref (duckdb)"),
    "SQLite in place of DuckDB": (at("attachments", "duckdb", 0, "path"), "old.sqlite", "attachment ref (duckdb)"),
    "missing SQLite file": (at("attachments", "sqlite", 0, "path"), "nowhere.sqlite", "attachment old (sqlite)"),
    "no SQLite file": (at("attachments", "sqlite", 0, "path"), "q.sql", "attachment old (sqlite)"),
    "a folder": (at("attachments", "sqlite", 0, "path"), "data", "attachment old (sqlite)"),
    "wrong password": (at("attachments", "postgres", 0, "password"), "not-the-password", "attachment shop (postgres)"),
    "wrong database": (at("attachments", "postgres", 0, "database"), "nowhere", "attachment shop (postgres)"),
    "unknown setting": (at("duckdb", "settings"), ["SET no_such_setting = 1"], "setting 1"),
    "pragma that fails": (at("duckdb", "pragmas"), ["PRAGMA no_such_pragma"], "pragma 1"),
    "refused secret": (at("duckdb", "secrets", 0, "options"), {"no_such_option": "x-y-z"}, "secret web (http)"),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_doctor_fails_where_a_run_fails_and_with_the_same_words(room, whole, problem):
    change, value, where = BROKEN[problem]
    change(whole, value)
    room.config(whole)
    outcome = doctor(room)
    assert outcome.code == 3, outcome.out
    [line] = [line for line in outcome.out.splitlines() if line.startswith("FAIL")]
    assert line.startswith(f"FAIL {where} "), line
    assert re.fullmatch(r"error: 1 of \d+ checks failed\n", outcome.err)
    run = room.duckalog("run", "catalog.yaml")
    assert run.code == 3
    cause = line.partition(" ms: ")[2].partition("; ")[0]
    said = " ".join(run.err.split())
    assert cause[:60] in said, f"{line}\n{run.err}"


def test_nobody_listening_is_told_with_the_words_of_a_run(room, whole):
    whole["attachments"]["postgres"][0]["port"] = 1
    room.config(whole)
    outcome = doctor(room, "--attach-retries", "0")
    [line] = [line for line in outcome.out.splitlines() if line.startswith("FAIL")]
    assert line.startswith("FAIL attachment shop (postgres) ")
    assert "refused" in line
    assert "refused" in room.duckalog("run", "catalog.yaml", "--attach-retries", "0").err


def test_the_first_problem_does_not_hide_the_others(room, whole):
    for change, value, _ in (BROKEN[name] for name in ("missing DuckDB file", "no SQLite file", "wrong password", "unknown setting", "refused secret")):  # fmt: skip
        change(whole, value)
    whole["views"][1]["uri"] = "nothing/*.parquet"
    room.config(whole)
    room.write("catalog.duckdb", "no database at all, but longer than a header " * 300)
    found = checks(room)
    failed = {f"{check} {name}" for (check, name), value in found.items() if value[0] == "failed"}
    assert failed == {
        "attachment ref (duckdb)", "attachment old (sqlite)", "attachment shop (postgres)", "setting 1", "secret web (http)",
        "file files", f"catalog {room / 'catalog.duckdb'}",
    }  # fmt: skip
    assert found["attachment", "kept (duckdb)"][0] == "ok"


def test_a_locked_catalog_says_by_whom(room):
    room.catalog(("v", "SELECT 1 AS i"))
    room.run()
    with duckdb.connect(str(room / "catalog.duckdb")):
        outcome = doctor(room)
        run = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and run.code == 3
    [line] = [line for line in outcome.out.splitlines() if line.startswith("FAIL")]
    assert line.startswith(f"FAIL catalog {room / 'catalog.duckdb'} ") and f"(PID {os.getpid()})" in line
    assert "another process has it open" in line and "another process has it open" in run.err


def test_a_table_with_the_name_of_a_view_is_a_failure(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE v (i INTEGER)")
    room.catalog(("v", "SELECT 1 AS i"))
    found = checks(room)
    assert found["catalog", str(room / "catalog.duckdb")][:2] == ("failed", "a table of this name is in the catalog")
    assert room.duckalog("run", "catalog.yaml").code == 3


def test_a_server_that_stays_silent_costs_its_deadline_and_no_more(room, whole, postgres):
    with Proxy(postgres.port) as proxy:
        proxy.mute()
        whole["attachments"]["postgres"][0].update(port=proxy.port)
        room.config(whole)
        started = time.monotonic()
        found = checks(room, "--attach-timeout", "1", "--attach-retries", "0")
        elapsed = time.monotonic() - started
    assert found["attachment", "shop (postgres)"][0] == "failed"
    assert 1 <= elapsed < 4
    assert all(value[0] == "ok" for name, value in of_kind(found, "attachment").items() if name[:4] in ("ref ", "old "))


def test_attachments_that_may_fail_are_warnings(room, whole):
    whole["attachments"]["duckdb"][0]["path"] = "nowhere.duckdb"
    room.config(whole)
    outcome = doctor(room, "--allow-degraded")
    assert outcome.code == 0
    assert "warn attachment ref (duckdb) " in outcome.out


def test_a_config_with_mistakes_is_told_as_validate_does(room):
    room.config("version: 1\nduckdb: {}\nviews:\n  - {name: v, sql: SELEKT 1}\n  - {name: w, sourc: parquet}\n")
    outcome = doctor(room)
    assert outcome.code == 2
    validate = room.duckalog("validate", "catalog.yaml")
    told = [line.removeprefix("FAIL config: ") for line in outcome.out.splitlines() if line.startswith("FAIL")]
    assert len(told) >= 2
    for line in told:
        assert line[:40] in validate.err


def test_a_config_that_is_not_there_is_a_failure(room):
    outcome = doctor(room, config="nowhere.yaml")
    assert outcome.code == 2 and "FAIL config: nowhere.yaml: can't be read: No such file or directory" in outcome.out


@pytest.mark.parametrize("library", ["/nowhere/libduckdb.so", "libm.so.6"])
def test_without_a_libduckdb_that_can_be_used_the_rest_is_told_all_the_same(room, library):
    room.catalog({"name": "v", "source": "parquet", "uri": "nothing.parquet"})
    outcome = doctor(room, env={"DUCKALOG_LIBDUCKDB": library})
    assert outcome.code == 3
    lines = outcome.out.splitlines()
    assert lines[0].startswith("FAIL libduckdb: ")
    assert ("DuckDB 1.4 or newer is needed" in lines[0]) == (library == "libm.so.6")
    assert "ok   config catalog.yaml: 1 view, 0 attachments, 0 secrets" in lines
    assert any(line.startswith("FAIL file v: missing: ") for line in lines)


def test_a_time_to_wait_that_is_none_is_told_as_by_a_run(room):
    room.catalog(("v", "SELECT 1 AS i"))
    env = {"DUCKALOG_ATTACH_TIMEOUT": "soon"}
    found = checks(room, env=env)
    assert found["options", None][0] == "failed"
    assert found["options", None][1] in room.duckalog("run", "catalog.yaml", env=env).err


@pytest.mark.parametrize("complete", [True, False])
def test_a_folder_that_cannot_be_written_matters_when_something_is_missing(closed, program_for_all, complete):  # noqa: F811
    if not can_load_libduckdb(closed, program_for_all):
        pytest.skip("another user cannot read this machine's libduckdb")
    assert closed.duckalog("run", "catalog.yaml").code == 0
    if not complete:
        closed.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"), database="db/catalog.duckdb")
    (closed / "db" / "catalog.duckdb").chmod(0o666)
    (closed / "db").chmod(0o555)
    found = checks(closed, program=program_for_all, **as_nobody())
    status, message, hint = found["disk", str(closed / "db")]
    assert (status, message) == ("warning" if complete else "failed", "Permission denied") and "a run that creates views" in hint
    assert closed.duckalog("run", "catalog.yaml", program=program_for_all, **as_nobody()).code == (0 if complete else 3)


# ---- nested catalogs ----

CHILDS = {
    "setting": {"settings": ["SET nosuchsetting = 3"]},
    "pragma": {"pragmas": ["PRAGMA no_such_pragma"]},
    "secret": {"secrets": [{"type": "http", "name": "s", "bearer_token": "t0ken", "options": {"bogus": 1}}]},
    "extension": {"load_extensions": ["no_such_extension"]},
}


def nest(room, broken, **policy):
    room.catalog(("inner", "SELECT 1 AS i"), name="low.yaml", database="low.duckdb", duckdb=broken)
    low = {"duckalog": [{"alias": "low", "config_path": "low.yaml"}]}
    room.catalog(("v", "SELECT * FROM low.inner"), name="child.yaml", database="child.duckdb", attachments=low)
    child = {"duckalog": [{"alias": "child", "config_path": "child.yaml", **policy}]}
    room.catalog(("w", "SELECT 2 AS i"), attachments=child)


@pytest.mark.parametrize("problem", CHILDS)
def test_a_nested_catalog_that_cannot_be_built_is_a_failure(room, problem):
    nest(room, CHILDS[problem])
    before = room.everything()
    found = checks(room)
    failed = [(check, name) for (check, name), value in found.items() if value[0] == "failed"]
    assert [(check, name.partition(" > ")[0]) for check, name in failed] == [(problem, "child")], failed
    assert failed[0][1].startswith("child > low > ")
    assert room.everything() == before
    run = room.duckalog("run", "catalog.yaml")
    assert run.code == 3 and "child > low" in run.err
    cause = found[failed[0]][1]
    assert problem == "extension" or cause[:60] in " ".join(run.err.split())
    # One that is complete is only read: nothing of its config is done.
    nest(room, {})
    room.run()
    nest(room, CHILDS[problem])
    assert doctor(room).code == room.duckalog("run", "catalog.yaml").code == 0


def test_attachments_of_a_nested_catalog_that_is_to_be_built_are_tried(room):
    nest(room, {})
    missing = {"duckdb": [{"alias": "ref", "path": "nowhere.duckdb"}]}
    room.catalog(("inner", "SELECT 1 AS i"), name="low.yaml", database="low.duckdb", attachments=missing)
    assert checks(room)["attachment", "child > low > ref (duckdb)"][0] == "failed"
    assert room.duckalog("run", "catalog.yaml").code == 3


@pytest.mark.parametrize("policy, options", [({"on_error": "warn"}, []), ({}, ["--allow-degraded"])])
def test_a_nested_catalog_that_may_be_missed_is_a_warning(room, policy, options):
    nest(room, CHILDS["setting"], **policy)
    outcome = doctor(room, *options)
    assert outcome.code == 0 and "warn setting child > low > 1 " in outcome.out
    assert room.duckalog("run", "catalog.yaml", *options).code == 0


def test_the_disk_of_a_nested_catalog_that_is_to_be_built_is_looked_at(closed, program_for_all):  # noqa: F811
    if not can_load_libduckdb(closed, program_for_all):
        pytest.skip("another user cannot read this machine's libduckdb")
    closed.catalog(("v", "SELECT 1 AS i"), name="child.yaml", database="db/child.duckdb")
    child = {"duckalog": [{"alias": "child", "config_path": "child.yaml"}]}
    closed.catalog(("w", "SELECT 2 AS i"), database=":memory:", attachments=child)
    (closed / "db").chmod(0o555)
    found = checks(closed, program=program_for_all, **as_nobody())
    assert found["disk", str(closed / "db")][0] == "failed"
    assert closed.duckalog("run", "catalog.yaml", program=program_for_all, **as_nobody()).code == 3


# ---- secrets ----


def stored(room):
    return room / "home" / ".duckdb" / "stored_secrets"


def test_a_file_of_a_secret_that_others_may_read_is_told(room, whole):
    room.config(whole)
    room.run()
    (stored(room) / "keep.duckdb_secret").chmod(0o644)
    found = checks(room)
    assert found["secret directory", "keep"][0] == "warning"
    assert "DuckDB refuses to read it" in found["secret directory", "keep"][1] and "chmod 600" in found["secret directory", "keep"][2]


def test_a_secret_directory_that_others_may_write_to_is_told(room, whole):
    room.config(whole)
    room.run()
    stored(room).chmod(0o777)
    assert checks(room)["secret directory", str(stored(room))][:2] == ("warning", "mode 0777: others can put secrets there")


def test_a_damaged_file_in_the_secret_directory_is_told(room, whole):
    room.config(whole)
    room.run()
    damaged = stored(room) / "keep.duckdb_secret"
    damaged.write_bytes(b"no secret")
    found = checks(room)
    assert found["secret directory", str(stored(room))][0] == "warning"
    assert str(damaged) in found["secret directory", str(stored(room))][1]


@pytest.mark.parametrize("persistent", [True, False])
def test_a_secret_directory_that_is_none_matters_to_those_who_store(room, persistent):
    stored(room).parent.mkdir(parents=True)
    stored(room).write_text("")
    secret = {"type": "http", "name": "keep", "bearer_token": "t0ken", "persistent": persistent}
    room.catalog(("v", "SELECT 1 AS i"), duckdb={"secrets": [secret]})
    found = checks(room)
    assert found["secret directory", str(stored(room))][:2] == ("failed" if persistent else "warning", "this is not a folder")
    assert room.duckalog("run", "catalog.yaml").code == (3 if persistent else 0)


def test_a_stored_secret_that_is_not_the_configs_is_told(room, whole):
    room.config(whole)
    room.run()
    before = (stored(room) / "keep.duckdb_secret").read_bytes()
    whole["duckdb"]["secrets"][1]["scope"] = "https://other.example/"
    room.config(whole)
    status, message, hint = checks(room)["secret", "keep (http)"]
    assert status == "warning" and "stored with another scope" in message and "--refresh-secrets" in hint
    assert (stored(room) / "keep.duckdb_secret").read_bytes() == before


def test_no_secret_value_is_shown(room, whole):
    whole["attachments"]["postgres"][0].update(port=1, password="c4nary-of-postgres", options={"sslpassword": "c4nary-ssl"})
    whole["duckdb"]["secrets"][0].update(bearer_token="${env:CANARY}", options={"no_such_option": "c4nary-option"})
    whole["duckdb"]["settings"] = ["SET no_such_token = 'c4nary-setting'"]
    whole["views"][1]["uri"] = "https://u:c4nary-uri@127.0.0.1:1/x.parquet?sig=c4nary-sig"
    room.config(whole)
    for arguments in ((), ("--json",), ("-vv",)):
        outcome = doctor(room, *arguments, "--attach-retries", "0", env={"CANARY": "c4nary-of-the-environment"})
        assert outcome.code == 3
        assert "c4nary" not in outcome.out + outcome.err


# ---- how it looks ----


def on_a_terminal(room, **env):
    room.catalog({"name": "v", "source": "parquet", "uri": "nothing.parquet"})
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, "doctor", "catalog.yaml"], cwd=room.folder, env={**room.environment, **env}, stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 4096):
            written += chunk
    except OSError as error:
        assert error.errno == errno.EIO
    os.close(ours)
    assert process.wait(60) == 3
    return written.decode()


def test_words_have_colours_on_a_terminal_only(room):
    shown = on_a_terminal(room)
    assert "\033[32mok  \033[0m config" in shown and "\033[1;31mFAIL\033[0m file v: missing" in shown
    assert "\033" not in on_a_terminal(room, NO_COLOR="1")
    assert "\033" not in doctor(room).out


def test_a_message_of_several_lines_is_one_line(room):
    room.config({"version": 1, "duckdb": {"settings": ["SET no_such_setting = 1"]}})
    assert all(re.match(r"(ok  |warn|FAIL) \w", line) for line in doctor(room).out.splitlines())
