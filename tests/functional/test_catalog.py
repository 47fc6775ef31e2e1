"""A catalog over real data of every kind, built by one process and restored by the next."""

import subprocess

import pytest
from conftest import need_extension, wait_until

# Orders come in one Parquet file, events in hive folders, and so on: what each view has to show.
EXPECTED = {
    "orders": [(1, 10, 9.5), (2, 20, 0.25), (3, None, -1)],
    "parts": [(1, "first"), (2, "second")],
    "events": [(1, "start", 2023), (2, "stop", 2023), (3, "start", 2024)],
    "prices": [("tea", 1.5), ('a "quoted", name', 2.25)],
    "people": [("Ada", [1, 2]), ("Łukasz", [])],
    "regions": [(10, "north"), (20, "south")],
    "targets": [("north", 100)],
    "legacy": [(7, "seven", None), (8, "eight", 0.5)],
    "customers": [(1, "Ada", "2020-02-29"), (2, "Żółć", None)],
    "audit_log": [("2024-05-06 07:08:09", 12.5), ("2024-05-07 00:00:00", -0.01)],
    "mart.summary": [("north", 9.5), ("south", 0.25)],
}

CONFIG = """\
version: 1
duckdb:
  database: out/catalog.duckdb
  settings: [SET threads = 2]
attachments:
  duckdb:
    - {{alias: ref, path: reference.duckdb}}
  sqlite:
    - {{alias: old, path: legacy.db}}
  postgres:
    - {{alias: pg, host: {pg.host}, port: {pg.port}, database: {pg.database}, user: {pg.user}, password: "${{env:PG}}"}}
views:
  - name: summary              # reads a view that is defined further down
    db_schema: mart
    sql: |
      SELECT r.name AS region, o.amount
      FROM orders o JOIN regions r ON r.id = o.region ORDER BY region  -- with a comment at its end
  - {{name: orders, source: parquet, uri: data/orders.parquet}}
  - {{name: parts, source: parquet, uri: data/parts/*.parquet, options: {{union_by_name: true}}}}
  - {{name: events, source: parquet, uri: "data/events/*/*.parquet", options: {{hive_partitioning: true}}}}
  - {{name: prices, sql: "SELECT * FROM read_csv('${{env:DATA}}/prices.csv')"}}
  - {{name: people, sql: "SELECT * FROM read_json('${{env:DATA}}/people.json');"}}
  - {{name: regions, source: duckdb, database: ref, table: regions}}
  - {{name: targets, source: duckdb, database: ref, table: planning.targets}}
  - {{name: legacy, source: sqlite, database: old, table: legacy}}
  - {{name: customers, source: postgres, database: pg, table: public.customers}}
  - {{name: audit_log, source: postgres, database: pg, table: audit.log}}
"""


@pytest.fixture
def shop(room, postgres):
    """The room with all of the data, a config over it, and the environment that the config asks for."""
    need_extension("sqlite_scanner")
    room.data("data/orders.parquet", "FROM (VALUES (1, 10, 9.5), (2, 20, 0.25), (3, NULL, -1)) t(id, region, amount)")
    room.data("data/parts/1.parquet", "SELECT 1 AS id, 'first' AS name")
    room.data("data/parts/2.parquet", "SELECT 'second' AS name, 2 AS id")
    room.data(
        "data/events",
        "SELECT * FROM (VALUES (1, 'start', 2023), (2, 'stop', 2023), (3, 'start', 2024)) t(id, kind, year)",
        "(FORMAT parquet, PARTITION_BY (year))",
    )
    room.data("data/prices.csv", "SELECT * FROM (VALUES ('tea', 1.5), ('a \"quoted\", name', 2.25)) t(item, price)")
    room.data("data/people.json", "SELECT * FROM (VALUES ('Ada', [1, 2]), ('Łukasz', [])) t(name, numbers)")
    room.duckdb(
        "reference.duckdb",
        "CREATE TABLE regions AS FROM (VALUES (10, 'north'), (20, 'south')) t(id, name)",
        "CREATE SCHEMA planning",
        "CREATE TABLE planning.targets AS SELECT 'north' AS region, 100 AS target",
    )
    room.sqlite(
        "legacy.db",
        "CREATE TABLE legacy (id INTEGER, name TEXT, share REAL);"
        "INSERT INTO legacy VALUES (7, 'seven', NULL), (8, 'eight', 0.5);",
    )
    room.config(CONFIG.format(pg=postgres))
    room.environment.update(PG=postgres.password, DATA=str(room / "data"))
    return room


def shown(room, config="catalog.yaml", **options):
    """What each view shows, without order."""
    queries = "; ".join(f"FROM {view}" for view in EXPECTED)
    return dict(zip(EXPECTED, map(unordered, room.results(queries, config=config, **options)), strict=True))


def unordered(rows):
    return sorted(rows, key=repr)


def test_every_kind_of_data_is_there_after_the_build_and_after_each_restoration(shop):
    expected = {view: unordered(rows) for view, rows in EXPECTED.items()}
    assert "11 views (11 created, 0 kept), 3 attachments, 0 secrets" in shop.run().out
    built = shop.views_in("out/catalog.duckdb")
    assert set(built) == {tuple(view.split(".")) if "." in view else ("main", view) for view in EXPECTED}

    assert shown(shop) == expected
    # From another folder: all relative paths are those of the config's folder.
    elsewhere = shop / "somewhere" / "else"
    elsewhere.mkdir(parents=True)
    for config in (shop / "catalog.yaml", "../../catalog.yaml"):
        assert shown(shop, config, cwd=elsewhere) == expected
    assert list(elsewhere.iterdir()) == []

    assert "11 views (0 created, 11 kept), 3 attachments, 0 secrets" in shop.run().out
    assert shop.views_in("out/catalog.duckdb") == built


def test_the_first_call_may_be_a_query(shop):
    assert shop.rows("SELECT sum(amount) FROM mart.summary") == [(9.75,)]


def test_attachments_are_read_only_unless_the_config_says_otherwise(room, postgres):
    need_extension("sqlite_scanner")
    room.duckdb("d.duckdb", "CREATE TABLE t (i INTEGER)")
    room.sqlite("s.db", "CREATE TABLE t (i INTEGER);")
    files = {"duckdb": [{"alias": "d", "path": "d.duckdb"}], "sqlite": [{"alias": "s", "path": "s.db"}]}
    room.catalog(attachments={**files, "postgres": [postgres.attachment("p")]})
    for target in ("d.t", "s.t", "p.audit.log"):
        values = "(NULL, NULL)" if target == "p.audit.log" else "(1)"
        outcome = room.duckalog("run", "catalog.yaml", "-q", f"INSERT INTO {target} VALUES {values}")
        assert outcome.code == 3 and "read-only" in outcome.err, target

    for entries in files.values():
        entries[0]["read_only"] = False
    room.catalog(attachments=files)
    for target in ("d.t", "s.t"):
        room.run("-q", f"INSERT INTO {target} VALUES (1)")
        assert room.rows(f"SELECT i FROM {target}") == [(1,)]


def test_tables_of_the_user_live_on_beside_the_views(room):
    room.catalog(("v", "SELECT 1 AS i"))
    room.run("-q", "CREATE TABLE mine AS SELECT 42 AS i")
    for arguments in ((), ("--force-rebuild",)):
        room.run(*arguments)
        assert room.rows("SELECT i FROM mine") == [(42,)]


# ---- names ----


def test_a_view_named_like_one_of_an_attached_database_is_created(room):
    room.duckdb("other.duckdb", "CREATE VIEW taken AS SELECT 'theirs' AS owner", "CREATE TABLE also AS SELECT 1 AS i")
    attachments = {"duckdb": [{"alias": "other", "path": "other.duckdb"}]}
    room.catalog(("taken", "SELECT 'mine' AS owner"), ("also", "SELECT 'mine' AS owner"), attachments=attachments)
    for _ in range(2):
        assert room.rows("SELECT owner FROM taken") == [("mine",)]
        assert room.rows("SELECT owner FROM also") == [("mine",)]
        assert room.rows("SELECT owner FROM other.taken") == [("theirs",)]


@pytest.mark.parametrize("name", ["duckdb_columns", "sqlite_master", "pragma_database_list"])
def test_a_view_named_like_a_built_in_one_is_created(room, name):
    room.catalog((name, "SELECT 'mine' AS owner"))
    for kept in ("1 created, 0 kept", "0 created, 1 kept"):
        assert kept in room.run().out
        assert room.rows(f"SELECT owner FROM catalog.main.{name}") == [("mine",)]


def test_a_view_that_differs_in_case_only_is_the_same_view(room):
    room.duckdb(
        "catalog.duckdb",
        "CREATE SCHEMA Mart",
        "CREATE VIEW MyView AS SELECT 1 AS i",
        "CREATE VIEW Mart.Sales AS SELECT 2 AS i",
    )
    before = room.views_in()
    room.catalog(("myview", "SELECT 'new' AS i"), {"name": "SALES", "db_schema": "mart", "sql": "SELECT 'new' AS i"})
    assert "2 views (0 created, 2 kept)" in room.run().out
    assert room.views_in() == before


@pytest.mark.parametrize("arguments", [(), ("--force-rebuild",), ("--read-only",)])
@pytest.mark.parametrize("name", ["taken", "TAKEN"])
def test_a_table_of_the_views_name_is_never_touched(room, arguments, name):
    room.duckdb("catalog.duckdb", "CREATE TABLE taken AS SELECT 'precious' AS i")
    room.catalog(("fine", "SELECT 1"), (name, "SELECT 2 AS i"))
    before = room.everything()
    outcome = room.duckalog("run", "catalog.yaml", *arguments)
    assert outcome.code == 3
    assert f"error: views: {name}: a table of this name is in the catalog" in outcome.err
    assert "hint: rename one of the two" in outcome.err
    assert room.everything() == before
    assert room.look("catalog.duckdb", "SELECT * FROM taken") == [("precious",)]


@pytest.mark.parametrize("schema", ["analytics", "Analytics", "main", "s.t", 'a"b', "select"])
def test_a_schema_may_be_called_like_the_database_or_anything_else(room, schema):
    quoted = '"' + schema.replace('"', '""') + '"'
    room.catalog({"name": "v", "db_schema": schema, "sql": "SELECT 1 AS i"}, database="analytics.duckdb")
    for kept in ("1 created, 0 kept", "0 created, 1 kept"):
        assert kept in room.run().out
        assert room.rows(f"SELECT i FROM analytics.{quoted}.v") == [(1,)]
    assert "1 created, 0 kept" in room.run("--force-rebuild").out


@pytest.mark.parametrize(
    "name", ['q"x', "with space", "semi;colon", "dot.ted", "Ünïcode 視圖", "select", "it's", "--x"]
)
def test_any_name_is_a_views_name(room, name):
    room.catalog((name, "SELECT 1 AS i"))
    room.run()
    assert "1 created" in room.run("--force-rebuild").out
    assert list(room.views_in()) == [("main", name)]
    assert room.rows('SELECT i FROM "' + name.replace('"', '""') + '"') == [(1,)]


def test_a_pragma_that_changes_the_schema_does_not_move_views(room):
    room.duckdb("catalog.duckdb", "CREATE SCHEMA other")
    room.catalog(("v", "SELECT 1 AS i"), duckdb={"pragmas": ["SET schema = 'other'"]})
    assert "1 created" in room.run().out
    assert "0 created, 1 kept" in room.run().out
    assert list(room.views_in()) == [("main", "v")]


def test_dotted_table_names_reach_into_schemas_and_quoted_dots_do_not(room):
    room.duckdb(
        "d.duckdb", "CREATE SCHEMA s", "CREATE TABLE s.t AS SELECT 1 AS i", 'CREATE TABLE "s.t" AS SELECT 2 AS i'
    )
    room.catalog(
        {"name": "a", "source": "duckdb", "database": "d", "table": "s.t"},
        {"name": "b", "source": "duckdb", "database": "d", "table": '"s.t"'},
        attachments={"duckdb": [{"alias": "d", "path": "d.duckdb"}]},
    )
    assert room.rows("SELECT a.i, b.i FROM a, b") == [(1, 2)]


def test_views_are_created_in_the_order_in_which_they_need_each_other(room):
    chain = [(f"v{i}", f"SELECT i + 1 AS i FROM v{i + 1}") for i in range(30)]
    hidden = ("pivoted", "PIVOT v3 ON i IN (27) USING count(*)")  # what a PIVOT reads, no parser tells
    room.catalog(hidden, *chain, ("v30", "SELECT 0 AS i"))
    assert room.rows("SELECT i FROM v0") == [(30,)]
    assert "32 created" in room.run("--force-rebuild").out


def test_views_that_need_each_other_in_a_circle_are_an_error_that_names_them(room):
    room.catalog(("a", "FROM b"), ("b", "FROM c"), ("c", "FROM a"))
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 2
    assert "a reads b" in outcome.err and "b reads c" in outcome.err and "c reads a" in outcome.err
    assert not (room / "catalog.duckdb").exists()


# ---- all or nothing ----


@pytest.fixture
def built(room):
    """A catalog of three views, one of them in a schema."""
    room.catalog(
        ("one", "SELECT 1 AS i"), ("two", "SELECT 2 AS i"), {"name": "three", "db_schema": "s", "sql": "SELECT 3 AS i"}
    )
    room.run()
    return room


BROKEN = [
    ("FROM no_such_table", "no_such_table"),
    ("SELECT no_such_function(1)", "no_such_function"),
    ("SELECT * FROM read_csv('no-such-file.csv')", "no-such-file.csv"),
]


@pytest.mark.parametrize("sql, cause", BROKEN)
@pytest.mark.parametrize("command", [("run", "--force-rebuild"), ("build",)])
def test_a_rebuild_that_fails_at_its_last_view_leaves_the_catalog_as_it_was(built, sql, cause, command):
    views = built.views_in()
    built.catalog(("one", "SELECT 'new' AS i"), {"name": "four", "db_schema": "t", "sql": "SELECT 4"}, ("last", sql))
    before = built.everything()
    outcome = built.duckalog(command[0], "catalog.yaml", *command[1:])
    assert outcome.code == 3
    assert "views: last: " in outcome.err and cause in outcome.err
    assert built.everything() == before
    assert built.views_in() == views
    assert built.look("catalog.duckdb", "SELECT one.i, two.i, three.i FROM one, two, s.three") == [(1, 2, 3)]


@pytest.mark.parametrize("sql, cause", BROKEN)
def test_a_first_build_that_fails_leaves_no_file_and_no_folder(room, sql, cause):
    room.catalog(("one", "SELECT 1"), ("last", sql), database="new/folder/catalog.duckdb")
    before = room.everything()
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert "views: last: " in outcome.err and cause in outcome.err
    assert room.everything() == before


def test_folders_that_were_there_stay_when_a_first_build_fails(room):
    (room / "kept").mkdir()
    room.catalog(("bad", "FROM nowhere"), database="kept/new/catalog.duckdb")
    assert room.duckalog("run", "catalog.yaml").code == 3
    assert (room / "kept").is_dir() and list((room / "kept").iterdir()) == []


def test_an_incremental_run_that_fails_adds_none_of_its_views(built):
    views = built.views_in()
    built.catalog(("one", "SELECT 1 AS i"), ("five", "SELECT 5"), ("bad", "FROM nowhere"))
    before = built.everything()
    assert built.duckalog("run", "catalog.yaml").code == 3
    assert built.everything() == before and built.views_in() == views


def test_every_view_that_cannot_be_made_is_told_with_its_place(room):
    room.config(
        "version: 1\nduckdb: {}\nviews:\n  - {name: good, sql: SELECT 1}\n"
        "  - {name: bad, sql: FROM nowhere}\n  - {name: worse, sql: SELECT nope}\n"
    )
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert "views: bad: " in outcome.err and "(catalog.yaml:5:27)" in outcome.err
    assert "views: worse: " in outcome.err and "(catalog.yaml:6:31)" in outcome.err
    assert "views: good" not in outcome.err


def test_a_failed_attachment_leaves_no_file_either(room):
    room.catalog(("v", "SELECT 1"), attachments={"duckdb": [{"alias": "gone", "path": "gone.duckdb"}]})
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert f"attach: gone (duckdb): file not found: {room / 'gone.duckdb'}" in outcome.err
    assert list(room.everything()) == ["catalog.yaml"]


# ---- several processes, odd places ----


def test_processes_that_build_one_catalog_at_once_do_not_harm_it(room):
    views = [(f"v{i}", f"SELECT {i} AS i") for i in range(100)]
    room.catalog(*views)
    room.catalog(*views, ("bad", "FROM nowhere"), name="bad.yaml")
    for _ in range(4):
        (room / "catalog.duckdb").unlink(missing_ok=True)
        processes = [room.start("run", name) for name in ("catalog.yaml", "bad.yaml") * 3]
        good = [process.communicate(timeout=60) and process.returncode for process in processes][::2]
        assert set(good) <= {0, 3}
        if 0 in good:
            assert len(room.views_in()) == 100
        else:
            assert not (room / "catalog.duckdb").exists()


# Holds a process at its first stat() or unlink() of the catalog until the file $GATE is there.
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static void hold(const char *call, const char *path)
{
    static int held;
    const char *gate = getenv("GATE");
    size_t length = strlen(path);
    if (held || strcmp(call, getenv("HOLD")) != 0 || length < 14 || strcmp(path + length - 14, "catalog.duckdb") != 0)
        return;
    held = 1;
    close(open("held", O_CREAT | O_WRONLY, 0600));
    while (access(gate, F_OK) != 0)
        usleep(1000);
}
int stat(const char *path, struct stat *status)
{
    int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "stat");
    int result = real(path, status);
    hold("stat", path);
    return result;
}
int unlink(const char *path)
{
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    hold("unlink", path);
    return real(path);
}
"""


def hold_at(room, call, *arguments):
    """Starts the program, and waits until it is at its first call for the catalog; `gate` lets it go on."""
    room.write("shim.c", SHIM)
    compiler = ["cc", "-shared", "-fPIC", "-o", room / "shim.so", room / "shim.c", "-ldl"]
    subprocess.run(compiler, check=True, timeout=60)
    shim = {"LD_PRELOAD": str(room / "shim.so"), "HOLD": call, "GATE": str(room / "gate")}
    held = room.start(*arguments, env=shim)
    wait_until(lambda: (room / "held").exists() or held.poll() is not None, f"the build to be at its {call}()")
    return held


def test_a_file_that_goes_while_it_is_looked_at_is_not_left_behind_empty(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t (i INT)")
    room.catalog(("bad", "FROM nowhere"))
    failing = hold_at(room, "stat", "run", "catalog.yaml")
    (room / "catalog.duckdb").unlink()
    room.write("gate", "")
    failing.communicate(timeout=60)
    assert failing.returncode == 3
    assert not (room / "catalog.duckdb").exists()


@pytest.mark.parametrize("call", ["stat", "unlink"])
def test_a_build_that_fails_removes_no_catalog_of_another_process(room, call):
    room.catalog(("v", "SELECT 1 AS i"))
    room.catalog(("v", "SELECT 1 AS i"), ("bad", "FROM nowhere"), name="bad.yaml")
    failing = hold_at(room, call, "run", "bad.yaml")
    good = room.duckalog("run", "catalog.yaml")
    room.write("gate", "")
    failing.communicate(timeout=60)
    assert failing.returncode == 3
    # Either the other one was told that the catalog is in use, or what it built is there.
    assert good.code in (0, 3)
    if good.code == 0:
        assert room.look("catalog.duckdb", "FROM v") == [(1,)]


@pytest.mark.parametrize(
    "folder", ["it's", 'a "quoted" folder', "with space", "żółć 視圖", "semi;colon", "dots.in.it", "%41"]
)
def test_a_folder_may_have_any_name(room, folder):
    need_extension("sqlite_scanner")
    room.data("d/a.parquet", "SELECT 1 AS i")
    room.data("d/a.csv", "SELECT 2 AS i")
    room.duckdb("d/d.duckdb", "CREATE TABLE t AS SELECT 3 AS i")
    room.sqlite("d/s.db", "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (4);")
    (room / "d").rename(room / folder)
    room.catalog(
        {"name": "a", "source": "parquet", "uri": "*.parquet"},
        ("b", "FROM read_csv('a.csv')"),
        {"name": "c", "source": "duckdb", "database": "d", "table": "t"},
        {"name": "d", "source": "sqlite", "database": "s", "table": "t"},
        database="out/catalog.duckdb",
        name=f"{folder}/catalog.yaml",
        attachments={"duckdb": [{"alias": "d", "path": "d.duckdb"}], "sqlite": [{"alias": "s", "path": "./s.db"}]},
    )
    for _ in range(2):
        assert room.rows(
            "SELECT a.i, b.i AS j, c.i AS k, d.i AS l FROM a, b, c, d", config=f"{folder}/catalog.yaml"
        ) == [(1, 2, 3, 4)]


@pytest.mark.parametrize(
    "name", ["it's.duckdb", "my-db.v2.duckdb", "1.db", "select.duckdb", "no extension", 'q"x.duckdb', "żółć.duckdb"]
)
def test_a_database_file_may_have_any_name(room, name):
    room.catalog(("a", "SELECT 1 AS i"), {"name": "b", "db_schema": "s", "sql": "FROM a"}, database=name)
    for arguments in ((), (), ("--force-rebuild",)):
        assert room.rows("FROM s.b", *arguments) == [(1,)]
    assert set(room.everything()) == {"catalog.yaml", name}


def test_files_in_sql_are_found_beside_the_config_from_any_folder(room):
    room.data("in/data/x.csv", "SELECT 7 AS i")
    room.catalog(("v", "FROM 'data/x.csv'"), name="in/catalog.yaml")
    (room / "elsewhere").mkdir()
    for _ in range(2):
        assert room.rows("FROM v", config="../in/catalog.yaml", cwd=room / "elsewhere") == [(7,)]
    assert room.rows("FROM v", config="in/catalog.yaml") == [(7,)]


# ---- read-only ----


def test_read_only_creates_nothing_and_names_the_views_that_are_missing(built):
    built.catalog(("one", "SELECT 1 AS i"), ("new", "SELECT 2"))
    before = built.everything()
    outcome = built.run("--read-only", "-q", "FROM one")
    assert "warning: views: new: not in the catalog, which is open read-only" in outcome.err
    assert built.duckalog("run", "catalog.yaml", "--read-only", "-q", "CREATE TABLE x (i INT)").code == 3
    assert built.everything() == before


@pytest.mark.parametrize("name, content", [("x.csv", "a,b\n1,2\n"), ("x.json", '{"a": 1}\n'), ("x.txt", "text\n")])
def test_a_data_file_is_not_taken_for_a_catalog(room, name, content):
    room.catalog(("v", "SELECT 1"))
    room.write(name, content)
    outcome = room.duckalog("run", "catalog.yaml", "--db-path", name)
    assert outcome.code == 3
    assert "this is not a DuckDB database" in outcome.err
    assert (room / name).read_text() == content
