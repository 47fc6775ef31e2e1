"""`duckalog diff`: what a run would do, shown without doing it."""

import json
import os
import subprocess
import time

import pytest
from conftest import PROGRAM, REPOSITORY, need_extension, wait_until

CANARY = "c4nary-pa55word"


def differences(room, *arguments, code=0, **options):
    outcome = room.duckalog("diff", "catalog.yaml", "--json", *arguments, **options)
    assert outcome.code == code, outcome.err
    return json.loads(outcome.out)


def changes(found, catalog=-1):
    return [(change["change"], f"{change['schema']}.{change['name']}") for change in found["catalogs"][catalog]["changes"]]


@pytest.fixture
def changed(room):
    """A catalog with one difference of each kind to its config."""
    room.catalog(("same", "SELECT 1 AS a"), ("other", "SELECT 2 AS a, 'x' AS b"), ("old", "SELECT 3 AS a"))
    room.run()
    room.duckdb("catalog.duckdb", "CREATE TABLE taken (i INT)")
    room.catalog(
        ("same", "SELECT 1 AS a -- still"),
        ("other", "SELECT 2 AS a,\n  'y' AS b"),
        {"name": "new", "db_schema": "mart", "sql": "SELECT 4 AS a"},
        ("taken", "SELECT 5 AS a"),
    )
    return room


def test_each_kind_of_difference_is_told_with_its_place_and_both_queries(changed):
    found = differences(changed)
    assert found["different"] is True
    [catalog] = found["catalogs"]
    assert (catalog["exists"], catalog["views"], catalog["same"], catalog["nested"]) == (True, 4, 1, None)
    assert changes(found) == [
        ("changed", "main.other"),
        ("create", "mart.new"),
        ("conflict", "main.taken"),
        ("stale", "main.old"),
    ]
    other, new, _, old = catalog["changes"]
    assert (other["old"], other["new"]) == ("SELECT 2 AS a, 'x' AS b", "SELECT 2 AS a, 'y' AS b")
    assert (new["old"], new["new"], old["old"], old["new"]) == (None, "SELECT 4 AS a", "SELECT 3 AS a", None)
    place = (changed / other["file"]).read_text().splitlines()[other["line"] - 1]
    assert place[other["column"] - 1 :].startswith('"other"') and old["file"] is None


def test_text_shows_changed_lines_only(changed):
    outcome = changed.duckalog("diff", "catalog.yaml")
    assert outcome.code == 0 and outcome.err == ""
    assert "changed other (catalog.yaml:" in outcome.out
    assert "      SELECT 2 AS a,\n    -   'x' AS b\n    +   'y' AS b\n" in outcome.out
    assert "\ncreate mart.new (catalog.yaml:" in outcome.out
    assert "\nstale old\n    - SELECT 3 AS a\n" in outcome.out
    assert "\nconflict taken (catalog.yaml:" in outcome.out


def test_nothing_is_changed_and_nothing_created(changed):
    before = changed.everything()
    home = sorted((changed / "home").rglob("*"))
    written = os.stat(changed / "catalog.duckdb").st_mtime_ns
    differences(changed)
    differences(changed, "--db-path", "not/there.duckdb")
    assert changed.everything() == before
    assert sorted((changed / "home").rglob("*")) == home
    assert os.stat(changed / "catalog.duckdb").st_mtime_ns == written


def test_run_does_what_diff_showed(changed):
    changed.duckdb("catalog.duckdb", "DROP TABLE taken")
    changed.run("--force-rebuild", "--prune")
    found = differences(changed, "--exit-code")
    assert found["different"] is False and changes(found) == []
    assert changed.duckalog("diff", "catalog.yaml").out.startswith(
        f"catalog {changed / 'catalog.duckdb'}: 4 views in the config: 4 the same\n"
    )


def test_exit_code_tells_of_differences_only_when_asked(changed):
    assert changed.duckalog("diff", "catalog.yaml").code == 0
    assert changed.duckalog("diff", "catalog.yaml", "--exit-code").code == 1
    changed.duckdb("catalog.duckdb", "DROP TABLE taken")
    changed.run("--force-rebuild", "--prune")
    assert changed.duckalog("diff", "catalog.yaml", "--exit-code").code == 0


@pytest.mark.parametrize("database", ["not/there.duckdb", ":memory:"])
def test_missing_catalog_is_all_to_create(room, database):
    room.catalog(("v", "SELECT 1 AS a"), database=database)
    found = differences(room, "--exit-code", code=1)
    assert found["catalogs"][0]["exists"] is False
    assert changes(found) == [("create", "main.v")]


def test_view_replaced_by_hand_differs_in_a_large_catalog_too(room):
    room.catalog(*((f"v{n}", f"SELECT {n} AS a") for n in range(150)))
    room.run()
    room.duckdb("catalog.duckdb", "CREATE OR REPLACE VIEW v77 AS SELECT 0 AS a")
    assert changes(differences(room)) == [("changed", "main.v77")]


def test_config_with_an_error_is_told_as_elsewhere(room):
    room.config("version: 1\nduckdb: {}\nviews: [{name: v, sq: SELECT 1}]\n")
    outcome = room.duckalog("diff", "catalog.yaml")
    assert outcome.code == 2 and "sq: unknown key" in outcome.err and outcome.out == ""


def test_file_that_is_no_database_is_told(room):
    room.catalog(("v", "SELECT 1 AS a"))
    room.write("catalog.duckdb", "x" * 20000)
    before = room.everything()
    outcome = room.duckalog("diff", "catalog.yaml")
    assert outcome.code == 3 and "this is not a DuckDB database" in outcome.err
    assert room.everything() == before


# ---- beside others ----


def hold(room, *arguments):
    """A process that has the catalog open, for as long as its query takes."""
    process = room.start("run", "catalog.yaml", "-v", *arguments, "--query", "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 9")
    os.set_blocking(process.stderr.fileno(), False)
    seen = b""

    def is_open():
        nonlocal seen
        seen += process.stderr.read() or b""
        return b"open done" in seen

    wait_until(is_open, "the catalog to be open")
    return process


@pytest.mark.parametrize("arguments, code", [(["--read-only"], 0), ([], 3)])
def test_catalog_that_another_process_has_open(room, arguments, code):
    room.catalog(("v", "SELECT 1 AS a"))
    room.run()
    process = hold(room, *arguments)
    try:
        outcome = room.duckalog("diff", "catalog.yaml")
        assert outcome.code == code, outcome.err
        if code:
            assert "another process has it open" in outcome.err and str(process.pid) in outcome.err
            assert "hint: " in outcome.err
    finally:
        process.kill()
        process.communicate()


def test_servers_and_files_that_are_attached_need_not_be_there(room):
    room.catalog(
        {"name": "v", "source": "postgres", "database": "pg", "table": "t"},
        {"name": "w", "source": "duckdb", "database": "gone", "table": "t"},
        {"name": "p", "source": "parquet", "uri": "https://203.0.113.1/x.parquet"},
        attachments={
            "postgres": [{"alias": "pg", "host": "203.0.113.1", "port": 5432, "database": "d", "user": "u", "password": CANARY}],
            "duckdb": [{"alias": "gone", "path": "gone.duckdb"}],
        },
    )
    room.duckdb("catalog.duckdb", *(f"CREATE VIEW {name} AS SELECT 1 AS a" for name in "vwp"))
    started = time.monotonic()
    found = differences(room)
    assert time.monotonic() - started < 5
    assert changes(found) == [("changed", "main.v"), ("changed", "main.w"), ("changed", "main.p")]
    assert [(one["kind"], one["name"], one["type"]) for one in found["session"]] == [
        ("attachment", "gone", "duckdb"),
        ("attachment", "pg", "postgres"),
    ]


# ---- nested catalogs, sessions, secrets ----


def test_nested_catalogs_are_compared_first(room):
    (room / "child").mkdir()
    room.catalog(("inner", "SELECT 1 AS a"), name="child/catalog.yaml")
    room.catalog(
        {"name": "outer", "source": "duckdb", "database": "child", "table": "inner"},
        attachments={"duckalog": [{"alias": "child", "config_path": "child/catalog.yaml"}]},
    )
    found = differences(room)
    assert [catalog["nested"] for catalog in found["catalogs"]] == ["child", None]
    assert changes(found, 0) == [("create", "main.inner")] and changes(found) == [("create", "main.outer")]
    room.run()
    assert differences(room, "--exit-code")["different"] is False
    room.catalog(("inner", "SELECT 2 AS a"), name="child/catalog.yaml")
    outcome = room.duckalog("diff", "catalog.yaml", "--exit-code")
    assert outcome.code == 1 and "\nchanged child > inner (" in outcome.out


def test_session_is_what_a_new_one_lacks(room):
    need_extension("sqlite_scanner")
    room.duckdb("a.duckdb", "CREATE TABLE t (i INT)")
    room.catalog(
        ("v", "SELECT 1 AS a"),
        duckdb={
            "settings": ["SET threads = 2", "SET default_null_order = 'nulls_last'"],
            "pragmas": ["PRAGMA enable_progress_bar"],
            "load_extensions": ["parquet", "sqlite"],
            "secrets": [
                {"type": "http", "name": "kept", "bearer_token": CANARY, "persistent": True},
                {"type": "http", "name": "brief", "bearer_token": CANARY},
            ],
        },
        attachments={"duckdb": [{"alias": "a", "path": "a.duckdb"}]},
    )

    def session():
        return {(one["kind"], one["statement"] or one["name"]): one for one in differences(room)["session"]}

    before = session()
    assert before["setting", "SET default_null_order = 'nulls_last'"]["is_there"] is True
    assert before["extension", "parquet"]["is_there"] is True and before["extension", "sqlite"]["is_there"] is False
    assert before["secret", "kept"]["persistent"] is True and before["secret", "kept"]["is_there"] is False
    assert before["attachment", "a"]["type"] == "duckdb"
    assert ("pragma", "PRAGMA enable_progress_bar") in before
    room.run()
    after = session()
    assert after["secret", "kept"]["is_there"] is True and after["secret", "brief"]["is_there"] is False
    shown = room.duckalog("diff", "catalog.yaml").out
    assert "secret brief (http)" in shown and "kept" not in shown and "nulls_last" not in shown


def test_no_secret_is_shown(room):
    def configure(password, letter):
        room.environment["PASSWORD"] = password
        room.catalog(
            ("v", f"SELECT '${{env:PASSWORD}}' AS a, '{letter}' AS b"),
            ("p", "SELECT 'postgres://ada:${env:PASSWORD}@host/db' AS a"),
            duckdb={
                "secrets": [{"type": "http", "name": "s", "bearer_token": "${env:PASSWORD}"}],
                "settings": ["SET s3_secret_access_key = '${env:PASSWORD}'"],
            },
        )

    need_extension("httpfs")
    configure(CANARY, "x")
    room.run("--quiet")
    configure("another-s3cret", "y")
    for arguments in ([], ["--json"], ["-v"]):
        outcome = room.duckalog("diff", "catalog.yaml", *arguments)
        assert outcome.code == 0, outcome.err
        assert CANARY not in outcome.out + outcome.err and "another-s3cret" not in outcome.out + outcome.err
    found = differences(room)["catalogs"][0]["changes"]
    assert [change["name"] for change in found] == ["v", "p"]
    assert "'y'" in found[0]["new"]


# ---- examples ----


@pytest.mark.parametrize("name", ["quickstart", "schemas-and-order", "sql-templates", "team-layout"])
def test_example_has_no_differences_after_its_run(name, room):
    subprocess.run(["cp", "-r", str(REPOSITORY / "examples"), str(room / "examples")], check=True)
    for made in (room / "examples").rglob("*.duckdb*"):  # by whoever tried the examples where they are
        made.unlink()
    script = room / "examples" / name / "run"
    environment = {**os.environ, **room.environment}
    done = subprocess.run([str(script), str(PROGRAM)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outcome = room.duckalog("diff", f"examples/{name}/catalog.yaml", "--exit-code")
    assert outcome.code == 0, outcome.out
