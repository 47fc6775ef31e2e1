"""
Catalogs that build on catalogs (config-language.md section 9, connection.md section 10, D-41).
"""

import os
import signal
import subprocess
import sys
import threading
import time
from ctypes import byref, c_void_p

import duckalog_library as api
import pytest
from conftest import DUCKDB_CLI, need_extension, wait_until


def child(room, name, *views, database=None, **keys):
    """A catalog in a folder of its own, which is called like it."""
    section = {"database": f"{name}.duckdb" if database is None else database, **keys.pop("duckdb", {})}
    views = [{"name": view[0], "sql": view[1]} if isinstance(view, tuple) else view for view in views]
    return room.config({"version": 1, "duckdb": section, **keys, "views": views}, f"{name}/catalog.yaml")


def on(*names, **more):
    """`attachments:` of catalogs by their names, or (alias, name)."""
    pairs = [(name, name) if isinstance(name, str) else name for name in names]
    return {"duckalog": [{"alias": alias, "config_path": f"../{name}/catalog.yaml", **more} for alias, name in pairs]}


def nest(room, *levels):
    """Each catalog on the one behind it; the last one has the data."""
    for name, inner in zip(levels, levels[1:], strict=False):
        child(room, name, ("v", f"SELECT i + 1 AS i FROM {inner}.v"), attachments=on(inner))
    child(room, levels[-1], ("v", "SELECT 0 AS i"))


def run(room, name="top", *words, code=0, **options):
    outcome = room.duckalog("run", f"{name}/catalog.yaml", *words, **options)
    assert outcome.code == code, outcome.err
    return outcome


def rows(room, sql, name="top", *words):
    return room.rows(sql, *words, config=f"{name}/catalog.yaml")


def files(room):
    return sorted(str(path.relative_to(room.folder)) for path in room.folder.rglob("*.duckdb*"))


# ---- building and connecting again ----


def test_a_child_is_built_and_attached(room):
    nest(room, "top", "low")
    assert rows(room, "FROM v") == [(1,)]
    assert rows(room, "FROM low.v") == [(0,)]
    assert files(room) == ["low/low.duckdb", "top/top.duckdb"]
    assert room.look("low/low.duckdb", "FROM v") == [(0,)]


def test_a_child_is_attached_again_at_each_connection(room):
    nest(room, "top", "low")
    run(room)
    before = room.everything()
    for _ in range(2):
        assert rows(room, "FROM v") == [(1,)]
    assert room.everything() == before


def test_a_parent_in_memory_builds_its_children(room):
    nest(room, "top", "low")
    assert rows(room, "FROM v", "top", "--db-path", ":memory:") == [(1,)]
    assert files(room) == ["low/low.duckdb"]


def test_missing_views_of_a_child_are_added(room):
    nest(room, "top", "low")
    run(room)
    child(room, "low", ("v", "SELECT 7 AS i"), ("w", "SELECT 5 AS i"))
    assert rows(room, "SELECT (FROM v), (FROM low.v), (FROM low.w)") == [(1, 0, 5)]


def test_a_forced_rebuild_is_one_of_the_children_too(room):
    nest(room, "top", "mid", "low")
    run(room)
    child(room, "low", ("v", "SELECT 10 AS i"))
    assert rows(room, "FROM v") == [(2,)]
    assert rows(room, "FROM v", "top", "--force-rebuild") == [(12,)]
    assert room.look("low/low.duckdb", "FROM v") == [(10,)]


def test_folders_of_a_childs_database_are_made(room):
    child(room, "low", ("v", "SELECT 0 AS i"), database="a/b/c.duckdb")
    child(room, "top", ("v", "FROM low.v"), attachments=on("low"))
    assert rows(room, "FROM v") == [(0,)]
    assert "low/a/b/c.duckdb" in files(room)


def test_a_child_without_views_is_a_database_all_the_same(room):
    child(room, "low")
    child(room, "top", ("v", "SELECT count(*) AS n FROM duckdb_databases() WHERE database_name = 'low'"), attachments=on("low"))
    assert rows(room, "FROM v") == [(1,)]


def test_a_view_with_a_source_reads_from_a_child(room):
    nest(room, "top", "low")
    view = {"name": "s", "source": "duckdb", "database": "low", "table": "v"}
    child(room, "top", view, attachments=on("low"))
    assert rows(room, "FROM s") == [(0,)]


# ---- levels ----


def test_the_catalogs_of_a_child_are_attached_under_its_names(room):
    nest(room, "top", "mid", "low")
    assert rows(room, "SELECT (FROM v), (FROM mid.v), (FROM low.v)") == [(2, 1, 0)]
    assert files(room) == ["low/low.duckdb", "mid/mid.duckdb", "top/top.duckdb"]


def test_five_levels_are_fine_and_six_are_not(room):
    names = ["top", "a", "b", "c", "d", "e", "f"]
    nest(room, *names[:6])
    assert rows(room, "FROM v") == [(5,)]
    nest(room, *names)
    before = files(room)
    outcome = run(room, code=2)
    assert "catalogs are nested more than 5 deep: top/catalog.yaml -> " in outcome.err
    assert outcome.err.rstrip().split("; ")[0].endswith("e/catalog.yaml -> f/catalog.yaml")
    assert files(room) == before


@pytest.mark.parametrize("order", [1, -1])
def test_the_deepest_way_to_a_catalog_counts_however_it_is_met_first(room, order):
    """`c` is one below the top, and also five below it."""
    nest(room, "a1", "a2", "a3", "a4", "c")
    child(room, "d", ("v", "SELECT 0 AS i"))
    child(room, "c", ("v", "FROM d.v"), attachments=on("d"))
    child(room, "top", attachments=on(*["c", "a1"][::order]))
    outcome = run(room, code=2)
    assert "nested more than 5 deep" in outcome.err, outcome.err


def test_the_limit_can_be_set(room):
    nest(room, *"abcdefgh")
    for limit, status in ((0, api.CONFIG), (6, api.CONFIG), (7, api.OK)):
        made, report = c_void_p(), c_void_p()
        path = str(room / "a/catalog.yaml").encode()
        found = api.config_load(path, byref(api.options(nesting_limit=limit)), byref(made), byref(report))
        problems = api.problems(report)
        api.report_free(report)
        assert found == status, problems
        if found == api.OK:
            api.config_free(made)
        else:
            assert [one[1] for one in problems] == ["too-deep"]


# ---- the same child more than once ----


def test_a_child_that_two_others_need_is_built_once(room):
    child(room, "low", ("v", "SELECT 0 AS i"))
    for name in "ab":
        child(room, name, ("v", "SELECT i + 1 AS i FROM low.v"), attachments=on("low"))
    child(room, "top", ("v", "SELECT a.v.i + b.v.i AS i FROM a.v, b.v"), attachments=on("a", "b"))
    outcome = run(room, "top", "-v")
    assert outcome.err.count("nested catalog begins") == 3, outcome.err
    assert rows(room, "FROM v") == [(2,)]


def test_a_child_under_two_names_is_built_once(room):
    child(room, "low", ("v", "SELECT 3 AS i"))
    child(room, "top", ("v", "SELECT one.v.i + two.v.i AS i FROM one.v, two.v"), attachments=on(("one", "low"), ("two", "low")))
    outcome = run(room, "top", "-v")
    assert outcome.err.count("nested catalog begins") == 1, outcome.err
    assert rows(room, "FROM v") == [(6,)]
    assert files(room) == ["low/low.duckdb", "top/top.duckdb"]


def test_a_child_with_another_database_is_another_one(room):
    """The key is (config, database)."""
    child(room, "low", ("v", "SELECT 3 AS i"))
    attachments = on(("one", "low"), ("two", "low"))
    attachments["duckalog"][1]["database"] = "two.duckdb"
    child(room, "top", ("v", "SELECT one.v.i + two.v.i AS i FROM one.v, two.v"), attachments=attachments)
    assert rows(room, "FROM v") == [(6,)]
    assert files(room) == ["low/low.duckdb", "top/top.duckdb", "top/two.duckdb"]


def test_two_configs_may_build_into_one_file(room):
    for name in "ab":
        child(room, name, (name, "SELECT 1 AS i"), database="../shared.duckdb")
    child(room, "top", ("v", "FROM a.a UNION ALL FROM b.b"), attachments=on("a", "b"))
    assert rows(room, "FROM v") == [(1,), (1,)]
    assert set(room.views_in("shared.duckdb")) == {("main", "a"), ("main", "b")}


def test_a_child_does_not_share_its_parents_file(room):
    child(room, "low", ("v", "SELECT 1 AS i"), database="../top/top.duckdb")
    child(room, "top", attachments=on("low"))
    outcome = run(room, code=2)
    assert "attachments.duckalog[0].config_path: " in outcome.err and "top/top.duckdb" in outcome.err, outcome.err


# ---- another database for a child ----


def test_a_database_of_the_attachment_is_used_in_place_of_the_childs(room):
    nest(room, "top", "low")
    child(room, "top", ("v", "FROM low.v"), attachments=on("low", database="own/low.duckdb"))
    assert rows(room, "FROM v") == [(0,)]
    assert files(room) == ["top/own/low.duckdb", "top/top.duckdb"]


def test_a_childs_database_of_its_own_child_is_where_the_child_says(room):
    nest(room, "top", "mid", "low")
    child(room, "mid", ("v", "SELECT i + 1 AS i FROM low.v"), attachments=on("low", database="for-mid.duckdb"))
    assert rows(room, "FROM v") == [(2,)]
    assert files(room) == ["mid/for-mid.duckdb", "mid/mid.duckdb", "top/top.duckdb"]


@pytest.mark.parametrize("database", [":memory:", ""])
def test_a_child_in_memory_needs_a_database(room, database):
    child(room, "low", ("v", "SELECT 0 AS i"), database=database)
    child(room, "top", ("v", "FROM low.v"), attachments=on("low"))
    outcome = run(room, code=2)
    assert "attachments.duckalog[0].config_path" in outcome.err and "in memory" in outcome.err
    assert "name a file in `database`" in outcome.err
    child(room, "top", ("v", "FROM low.v"), attachments=on("low", database="low.duckdb"))
    assert rows(room, "FROM v") == [(0,)]
    for other in (":memory:", "md:x"):
        child(room, "top", ("v", "FROM low.v"), attachments=on("low", database=other))
        assert "attachments.duckalog[0]" in run(room, code=2).err


# ---- rings ----

RINGS = {
    "itself": (["top", "top"], "top/catalog.yaml -> top/catalog.yaml"),
    "back to the top": (["top", "a", "top"], "top/catalog.yaml -> a/catalog.yaml -> top/catalog.yaml"),
    "below the top": (
        ["top", "a", "b", "c", "a"],
        "top/catalog.yaml -> a/catalog.yaml -> b/catalog.yaml -> c/catalog.yaml -> a/catalog.yaml",
    ),
}


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("command", ["run", "validate", "generate-sql"])
def test_rings_are_told_in_their_order(room, ring, command):
    names, chain = RINGS[ring]
    for name, inner in zip(names, names[1:], strict=False):
        child(room, name, attachments=on((f"to_{inner}", inner)))
    before = room.everything()
    outcome = room.duckalog(command, "top/catalog.yaml")
    assert outcome.code == 2 and f"catalogs attach each other in a ring: {chain}" in outcome.err, outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert room.everything() == before


# ---- children that can't be had ----


def test_a_missing_config_is_told_with_its_attachment(room):
    child(room, "top", attachments=on("gone"))
    outcome = run(room, code=2)
    assert outcome.err.startswith("top/catalog.yaml:") and "attachments.duckalog[0].config_path: " in outcome.err
    assert "gone/catalog.yaml can't be found" in outcome.err and len(outcome.err.splitlines()) == 1


def test_a_config_with_mistakes_is_told_with_its_own_places(room):
    child(room, "low", {"name": "v"})
    child(room, "top", {"name": "w"}, attachments=on("low"))
    outcome = run(room, code=2)
    lines = outcome.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["low/catalog.yaml", "top/catalog.yaml"]
    assert files(room) == []


def test_a_config_with_mistakes_is_told_of_once(room):
    child(room, "low", {"name": "v"})
    for name in "ab":
        child(room, name, attachments=on("low"))
    child(room, "top", attachments=on("a", "b", "low"))
    assert len(run(room, code=2).err.splitlines()) == 1


def test_validate_looks_at_the_queries_of_children(room):
    child(room, "low", ("v", "SELECT FROM WHERE"))
    child(room, "top", ("v", "FROM low.v"), attachments=on("low"))
    outcome = room.duckalog("validate", "top/catalog.yaml")
    assert outcome.code == 2 and outcome.err.startswith("low/catalog.yaml:"), outcome.err
    child(room, "low", ("v", "FROM w"), ("w", "FROM v"))
    outcome = room.duckalog("validate", "top/catalog.yaml")
    assert outcome.code == 2 and "ring" in outcome.err and outcome.err.startswith("low/catalog.yaml:"), outcome.err


def test_a_child_that_fails_leaves_nothing_half_made(room):
    nest(room, "top", "mid", "low")
    child(room, "low", ("v", "SELECT 0 AS i"), ("bad", "SELECT * FROM nowhere"))
    outcome = run(room, code=3)
    assert "mid > low" in outcome.err and "nowhere" in outcome.err, outcome.err
    assert "low/catalog.yaml:" in outcome.err
    assert files(room) == []
    # What was whole before stays, and counts at the next run.
    nest(room, "top", "mid", "low")
    child(room, "mid", ("v", "SELECT * FROM nowhere"), attachments=on("low"))
    outcome = run(room, code=3)
    assert "mid > views: v" in outcome.err or "mid" in outcome.err
    assert files(room) == ["low/low.duckdb"]
    nest(room, "top", "mid", "low")
    assert rows(room, "FROM v") == [(2,)]


def test_a_child_that_fails_stays_as_it_was(room):
    nest(room, "top", "low")
    run(room)
    before = room.views_in("low/low.duckdb")
    child(room, "low", ("v", "SELECT 0 AS i"), ("w", "SELECT 1"), ("bad", "SELECT * FROM nowhere"))
    run(room, code=3)
    assert room.views_in("low/low.duckdb") == before


def test_a_child_that_another_process_writes_is_told(room):
    nest(room, "top", "low")
    run(room)
    child(room, "low", ("v", "SELECT 0 AS i"), ("w", "SELECT 1 AS i"))
    code = f"import duckdb, sys; c = duckdb.connect({str(room / 'low/low.duckdb')!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        outcome = run(room, code=3)
        holder.stdin.close()
    assert "low.duckdb" in outcome.err and f"PID {holder.pid}" in outcome.err, outcome.err
    assert rows(room, "FROM low.w") == [(1,)]


def test_a_file_that_is_no_database_is_told_and_left_alone(room):
    nest(room, "top", "low")
    room.write("low/low.duckdb", "no database\n" * 1000)
    before = room.everything()
    outcome = run(room, code=3)
    assert "low.duckdb" in outcome.err
    assert room.everything() == before


# ---- the same failing child under two names ----


def twice(room, *, first, second):
    """A parent of `low` under two names, each with its own on_error; None: it says nothing of it."""
    attachments = on("one", "two")
    for attachment, on_error in zip(attachments["duckalog"], (first, second), strict=True):
        attachment["config_path"] = "../low/catalog.yaml"
        if on_error:
            attachment["on_error"] = on_error
    child(room, "top", ("w", "SELECT 1 AS i"), attachments=attachments)


@pytest.mark.parametrize("first, second", [("skip", None), (None, "skip"), ("warn", "fail")])
@pytest.mark.parametrize("deep", [False, True])
def test_a_child_that_may_be_missed_under_one_name_only_is_not_missed(room, first, second, deep):
    bad = ("bad", "SELECT * FROM nowhere")
    for views in ([], [bad]):  # it is there, and can't be brought up to date
        child(room, "lowest" if deep else "low", ("v", "SELECT 0 AS i"), *views)
        if deep:
            child(room, "low", ("v", "FROM lowest.v"), attachments=on("lowest"))
        if not views:
            run(room, "low")
    twice(room, first=first, second=second)
    outcome = run(room, code=3)
    strict = "two" if second != "skip" else "one"
    assert f"error: views: {strict}{' > lowest' if deep else ''} > bad: " in outcome.err, outcome.err
    assert not (room / "top/top.duckdb").exists()


def test_a_child_that_may_be_missed_under_both_names_is_missed_under_both(room):
    child(room, "low", ("v", "SELECT 0 AS i"), ("bad", "SELECT * FROM nowhere"))
    twice(room, first="skip", second="warn")
    outcome = run(room)
    for alias in ("one", "two"):
        assert f"attach: {alias} (duckalog): not attached, as its catalog could not be brought up to date" in outcome.err
    assert "notice: views: one > bad: " in outcome.err and "warning: views: two > bad: " in outcome.err
    assert "--read-only" not in outcome.err
    assert "2 attachments (2 failed)" in outcome.out


# ---- only reading ----


def test_a_session_that_only_reads_builds_no_child(room):
    nest(room, "top", "low")
    run(room)
    assert rows(room, "FROM v", "top", "--read-only") == [(1,)]
    child(room, "low", ("v", "SELECT 0 AS i"), ("w", "SELECT 1 AS i"))
    before = room.everything()
    assert rows(room, "FROM v", "top", "--read-only") == [(1,)]
    assert room.everything() == before
    os.unlink(room / "low/low.duckdb")
    before = room.everything()
    for words in (["--read-only"], ["--read-only", "--db-path", ":memory:"]):
        outcome = run(room, "top", *words, code=3)
        assert "low (duckalog)" in outcome.err and "low.duckdb" in outcome.err, outcome.err
        assert room.everything() == before


def test_a_child_is_read_only_unless_it_is_said_otherwise(room):
    nest(room, "top", "low")
    outcome = run(room, "top", "-q", "CREATE TABLE low.t (i INT)", code=3)
    assert "read-only" in outcome.err
    child(room, "top", ("v", "FROM low.v"), attachments=on("low", read_only=False))
    run(room, "top", "-q", "CREATE TABLE low.t AS SELECT 3 AS i")
    assert room.look("low/low.duckdb", "FROM t") == [(3,)]


# ---- what a child reads itself ----


def test_files_that_a_childs_views_read_come_along(room):
    need_extension("sqlite_scanner")
    room.duckdb("data.duckdb", "CREATE TABLE t AS SELECT 5 AS i")
    room.sqlite("data.sqlite", "CREATE TABLE t (i INT); INSERT INTO t VALUES (6);")
    room.duckdb("unused.duckdb", "CREATE TABLE t AS SELECT 7 AS i")
    attachments = {
        "duckdb": [{"alias": "duck", "path": "../data.duckdb"}, {"alias": "unused", "path": "../unused.duckdb"}],
        "sqlite": [{"alias": "lite", "path": "../data.sqlite"}],
    }
    child(room, "low", ("d", "FROM duck.t"), {"name": "l", "source": "sqlite", "database": "lite", "table": "t"}, attachments=attachments)
    child(room, "mid", ("v", "SELECT d.i + l.i AS i FROM low.d, low.l"), attachments=on("low"))
    child(room, "top", ("v", "FROM mid.v"), attachments=on("mid"))
    assert rows(room, "FROM v") == [(11,)]
    found = rows(room, "SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1")
    assert [name for (name,) in found] == ["duck", "lite", "low", "mid", "top"]


def test_a_childs_view_of_a_file_by_its_uri_works_from_anywhere(room):
    """A relative path in SQL starts where whoever asks is; of several folders DuckDB would read all that have the file."""
    room.data("low/data/n.parquet", "SELECT 8 AS i")
    room.data("top/data/n.parquet", "SELECT 9 AS i")
    child(room, "low", {"name": "v", "source": "parquet", "uri": "data/n.parquet"})
    child(room, "top", ("v", "FROM low.v"), attachments=on("low"))
    assert rows(room, "FROM v") == [(8,)]
    (room / "elsewhere").mkdir()
    assert room.rows("FROM v", config="../top/catalog.yaml", cwd=room / "elsewhere") == [(8,)]


def test_a_database_on_a_server_that_a_childs_views_read_is_warned_of(room):
    attachments = {"postgres": [{"alias": "pg", "host": "h", "port": 1, "database": "d", "user": "u", "password": "p4ss-c4nary"}]}
    child(room, "low", ("v", "FROM pg.t"), ("w", "SELECT 1"), attachments=attachments)
    child(room, "top", attachments=on("low"))
    outcome = room.duckalog("validate", "top/catalog.yaml")
    assert outcome.code == 0
    assert 'views of low/catalog.yaml read from its attachment "pg" (postgres)' in outcome.err, outcome.err
    assert "c4nary" not in outcome.err


def test_a_name_that_means_two_catalogs_is_refused(room):
    """connection.md: the same alias for two different files is a config error naming both."""
    child(room, "x", ("v", "SELECT 'x' AS n"))
    child(room, "y", ("v", "SELECT 'y' AS n"))
    child(room, "a", ("v", "FROM low.v"), attachments=on(("low", "x")))
    child(room, "b", ("v", "FROM low.v"), attachments=on(("low", "y")))
    child(room, "top", attachments=on("a", "b"))
    outcome = run(room, code=2)
    assert '"low"' in outcome.err and "x/x.duckdb" in outcome.err and "y/y.duckdb" in outcome.err, outcome.err
    child(room, "top", attachments=on("a", ("low", "y")))
    outcome = run(room, code=2)
    assert '"low"' in outcome.err and "x/x.duckdb" in outcome.err and "y/y.duckdb" in outcome.err, outcome.err


def test_a_name_that_the_catalog_itself_has_is_refused(room):
    child(room, "low", ("v", "SELECT 0 AS i"))
    child(room, "mid", ("v", "FROM top.v"), attachments=on(("top", "low")))
    child(room, "top", ("v", "FROM mid.v"), attachments=on("mid"))
    outcome = run(room, code=2)
    assert '"top"' in outcome.err and "low.duckdb" in outcome.err, outcome.err


def test_a_file_that_means_something_else_here_is_warned_of(room):
    for name in ("one", "two"):
        room.duckdb(f"{name}.duckdb", f"CREATE TABLE t AS SELECT '{name}' AS n")
    files_ = {"duckdb": [{"alias": "data", "path": "../one.duckdb"}]}
    child(room, "low", ("v", "FROM data.t"), ("w", "SELECT 1 AS i"), attachments=files_)
    child(room, "top", ("w", "FROM low.w"), attachments={**on("low"), "duckdb": [{"alias": "DATA", "path": "../two.duckdb"}]})
    outcome = run(room)
    assert "one.duckdb" in outcome.err and "two.duckdb" in outcome.err
    assert rows(room, "FROM w") == [(1,)]
    # The same file is no clash.
    child(room, "top", ("v", "FROM low.v"), attachments={**on("low"), "duckdb": [{"alias": "DATA", "path": "../one.duckdb"}]})
    os.unlink(room / "top/top.duckdb")
    assert rows(room, "FROM v") == [("one",)]


# ---- secrets ----


def test_secrets_of_a_child_are_masked_in_all_that_the_parent_says(room):
    room.write("low/.env", "DT_PASSWORD=env-c4nary-1\n")
    secrets = [{"type": "http", "bearer_token": "token-c4nary-2"}]
    child(room, "low", ("v", "SELECT '${env:DT_PASSWORD}' AS p"), ("bad", "SELECT 'token-c4nary-2' FROM nowhere_env-c4nary-1"), duckdb={"secrets": secrets})
    child(room, "top", ("v", "SELECT 'env-c4nary-1' AS x FROM low.v"), attachments=on("low"))
    for command in ("run", "generate-sql", "validate"):
        outcome = room.duckalog(command, "top/catalog.yaml", "-vv" if command == "run" else "-v")
        assert "c4nary" not in outcome.out + outcome.err, outcome
    child(room, "low", ("v", "SELECT '${env:DT_PASSWORD}' AS p"), duckdb={"secrets": secrets})
    outcome = run(room, "top", "-vv")
    assert "c4nary" not in outcome.out + outcome.err, outcome


def test_secrets_of_a_child_stay_in_its_session(room):
    child(room, "low", ("v", "SELECT 0 AS i"), duckdb={"secrets": [{"type": "http", "name": "low_token", "bearer_token": "x" * 20}]})
    child(room, "top", ("v", "FROM low.v"), attachments=on("low"))
    assert rows(room, "SELECT count(*) FROM duckdb_secrets()") == [(0,)]


# ---- the script ----


def test_the_script_attaches_the_files_of_children(room):
    nest(room, "top", "mid", "low")
    outcome = room.duckalog("generate-sql", "top/catalog.yaml")
    assert f"ATTACH '{room.folder}/mid/mid.duckdb' AS \"mid\" (READ_ONLY);" in outcome.out
    assert f"ATTACH '{room.folder}/low/low.duckdb' AS \"low\" (READ_ONLY);" in outcome.out
    assert files(room) == []
    run(room)
    done = subprocess.run([DUCKDB_CLI, "-csv", "-c", outcome.out + "FROM v;"], capture_output=True)
    assert done.stdout.decode().splitlines()[-2:] == ["i", "2"], done


# ---- side by side ----


def test_two_processes_build_the_same_children_at_once(room):
    nest(room, "low2", "low")
    for name in "ab":
        child(room, name, ("v", "SELECT i + 1 AS i FROM low2.v"), attachments=on("low2"))
    deadline = time.monotonic() + 30
    left = {name: room.start("run", f"{name}/catalog.yaml") for name in "ab"}
    while left:
        assert time.monotonic() < deadline
        for name, process in list(left.items()):
            _, err = process.communicate(timeout=30)
            del left[name]
            if process.returncode != 0:  # the other one had it: again
                assert process.returncode == 3 and "another process" in err.decode(), err
                left[name] = room.start("run", f"{name}/catalog.yaml")
    for name in "ab":
        assert rows(room, "FROM v", name) == [(2,)]


def test_two_catalogs_of_one_process_share_a_child(room):
    child(room, "low", ("v", "SELECT 0 AS i"))
    for name in "ab":
        child(room, name, ("v", "FROM low.v"), attachments=on("low"))
    with api.Catalog(room / "a/catalog.yaml") as a, api.Catalog(room / "b/catalog.yaml") as b:
        assert a.query("FROM v") == [("0",)]
        status, connection = b.open()
        assert status == api.OK, b.problems()
        assert api.query(connection, "FROM v") == [("0",)]
        assert a.query("FROM v") == [("0",)]


# ---- interruptions ----

SLOW = "SELECT count(*) AS n FROM range(100000) a, range(100000) b, range(100) c WHERE a.range * b.range % 7 = c.range"


def test_an_interrupt_stops_the_build_of_a_child_and_leaves_nothing(room):
    nest(room, "top", "low")
    child(room, "low", ("v", "SELECT 0 AS i"), duckdb={"pragmas": [f"CREATE TEMP TABLE t AS {SLOW}"]})
    process = room.start("run", "top/catalog.yaml")
    wait_until(lambda: (room / "low/low.duckdb").exists(), "the child to be begun")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130 or process.returncode == 3, (process.returncode, err)
    assert "interrupted" in err.decode()
    assert files(room) == []


def test_an_interrupt_through_the_library_stops_the_build_of_a_child(room):
    nest(room, "top", "low")
    child(room, "low", ("v", "SELECT 0 AS i"), duckdb={"pragmas": [f"CREATE TEMP TABLE t AS {SLOW}"]})
    with api.Catalog(room / "top/catalog.yaml") as catalog:
        timer = threading.Timer(0.5, lambda: api.interrupt(catalog.handle))
        timer.start()
        status, _ = catalog.open()
        timer.join()
        assert status == api.INTERRUPTED, catalog.problems()
        assert files(room) == []
        nest(room, "top", "low")
        assert catalog.query("FROM v") == [("1",)]
