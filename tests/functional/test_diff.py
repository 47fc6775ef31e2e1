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


@pytest.mark.parametrize("exists", [True, False])
def test_path_that_is_no_text_is_told(room, exists):
    room.catalog(("v", "SELECT 1 AS a"))
    name = b"caf\xe9.duckdb"
    if exists:
        room.duckdb("made.duckdb", "CREATE TABLE t (i INT)")
        os.rename(room / "made.duckdb", os.fsencode(room.folder) + b"/" + name)
    done = subprocess.run(
        [PROGRAM, "diff", "catalog.yaml", "--db-path", name], cwd=room.folder, env=room.environment, capture_output=True
    )
    assert done.returncode == 3 and done.stdout == b""
    assert b"its path is not UTF-8 text" in done.stderr and b"hint: rename" in done.stderr


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


OLD = "old-t0ken-of-1"
QUERIES = {
    "whole": "SELECT '{}' AS a",
    "part": "SELECT 'Bearer {}' AS a",
    "number": "SELECT * FROM range(3) t(i) WHERE i = {}",
    "dollars": "SELECT $$x {} y$$ AS a",
    "path": "FROM 'data/{}.csv'",
}


def token_of(name, old):
    return ("20261121" if old else "19991231") if name == "number" else (OLD if old else "new-t0ken-of-2")


def with_secret(room, names, old, **more):
    """A config of the views, with what stands for an old secret or for a new one."""
    for name in names:
        room.environment[f"{name.upper()}_TOKEN"] = token_of(name, old)
        room.write(f"data/{token_of(name, old)}.csv", "a\n1\n")
    room.catalog(
        *((name, QUERIES[name].format("${env:%s_TOKEN}" % name.upper())) for name in names),
        ("plain", "SELECT 'shown' AS a"),
        **more,
    )


def shown_by_diff(room):
    outcomes = [room.duckalog("diff", "catalog.yaml", *arguments) for arguments in ([], ["--json"], ["-vv"])]
    assert [outcome.code for outcome in outcomes] == [0, 0, 0]
    return "".join(outcome.out + outcome.err for outcome in outcomes)


def forget_secrets(room):
    """Leaves the catalog as a version of duckalog made it that put down no names."""
    [(text,)] = room.look("catalog.duckdb", "SELECT duckalog_fingerprints()")
    assert "secrets:" in text
    room.duckdb("catalog.duckdb", f"CREATE OR REPLACE MACRO duckalog_fingerprints() AS '{text.partition('secrets:')[0]}'")


@pytest.mark.parametrize("form", ["new", "old", "none"])
@pytest.mark.parametrize("change", ["rotated", "without", "stale"])
def test_old_secret_is_never_shown(room, change, form):
    with_secret(room, QUERIES, old=True)
    room.run()
    if form == "old":
        forget_secrets(room)
    elif form == "none":
        room.duckdb("catalog.duckdb", "DROP MACRO duckalog_fingerprints")
    if change == "rotated":
        with_secret(room, QUERIES, old=False)
    elif change == "without":
        room.catalog(*((name, "SELECT 1 AS a") for name in QUERIES))
    else:
        room.catalog(("another", "SELECT 1 AS a"))
    shown = shown_by_diff(room)
    assert len(changes(differences(room))) >= len(QUERIES)
    for name in QUERIES:
        for old in (True, False):
            assert token_of(name, old) not in shown, name
    assert "***" in shown


@pytest.mark.parametrize("option", [[], ["--force-rebuild"], ["--strict"]])
@pytest.mark.parametrize("form", ["new", "old"])
def test_old_secret_is_not_shown_after_runs_that_left_it(room, form, option):
    with_secret(room, QUERIES, old=True)
    room.run()
    if form == "old":
        forget_secrets(room)
    for number in (1, 2):  # each of them writes a view, and the fingerprints with it
        room.catalog(("whole", "SELECT 1 AS a"), (f"more{number}", "SELECT 'x' AS a"))
        assert room.duckalog("run", "catalog.yaml", *option).code in (0, 3)
    shown = shown_by_diff(room)
    assert not any(token_of(name, True) in shown for name in QUERIES)


def test_where_no_secret_was_all_is_shown(room):
    with_secret(room, ["whole"], old=True)
    room.run()
    room.catalog(("whole", "SELECT 1 AS a"), ("plain", "SELECT 'other' AS a"))
    found = {change["name"]: (change["old"], change["new"]) for change in differences(room)["catalogs"][0]["changes"]}
    assert found == {"whole": ("SELECT '***' AS a", "SELECT 1 AS a"), "plain": ("SELECT 'shown' AS a", "SELECT 'other' AS a")}
    room.run("--force-rebuild")  # the secret is gone from it
    room.catalog(("whole", "SELECT 'y' AS a"), ("new", "SELECT 20261121 AS a"))
    found = {change["name"]: (change["old"], change["new"]) for change in differences(room)["catalogs"][0]["changes"]}
    assert found["plain"] == ("SELECT 'other' AS a", None) and found["new"] == (None, "SELECT 20261121 AS a")
    assert found["whole"] == ("SELECT 1 AS a", "SELECT 'y' AS a")


def test_secret_is_known_after_runs_that_keep_its_view(room):
    with_secret(room, QUERIES, old=True)
    room.run()
    forget_secrets(room)
    with_secret(room, QUERIES, old=True)
    config = json.loads((room / "catalog.yaml").read_text())
    config["views"].append({"name": "more", "sql": "SELECT 1 AS a"})
    room.config(config)
    room.run()
    room.catalog(("more", "SELECT 1 AS a"))
    found = {change["name"]: change["old"] for change in differences(room)["catalogs"][0]["changes"]}
    assert found["plain"] == "SELECT 'shown' AS a" and found["part"] == "SELECT '***' AS a"


def test_fingerprints_of_an_older_version_still_count(room):
    views = [(f"v{n}", f"SELECT {n} AS a") for n in range(150)]  # as many as are told apart by fingerprints alone
    room.catalog(*views)
    room.run()
    forget_secrets(room)
    assert room.run("--strict").err == ""
    room.catalog(*views[:-1], ("v149", "SELECT 'x' AS a"), ("more", "SELECT 1 AS a"))
    outcome = room.run()
    assert outcome.err.count("warning:") == 1 and "v149" in outcome.err
    room.catalog(*views, ("more", "SELECT 1 AS a"))
    assert differences(room)["different"] is False


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
