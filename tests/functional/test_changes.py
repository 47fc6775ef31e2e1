"""
What becomes of views that a catalog has already when its config changes: connection.md section 6, and row 16 of its last
table.

DUCKALOG_TEST_LIBDUCKDBS names further libduckdb.so, with a colon between them, for the tests that cross versions.
"""

import os

import duckdb
import pytest
from conftest import EXTENSIONS, TIMEOUT_S, need_extension
from duckalog_library import Catalog

CHANGED = "its definition in the catalog is not the config's"
STALE = "in the catalog, but not in the config"

# Each has the word cat in it once: a change of its first letter is a change of one character.
QUERIES = [
    "SELECT 'cat' AS a",
    "  select\n\t'cat'   as a -- a comment; 'with' a quote\n",
    "/* first */ SELECT 'cat' AS a;",
    "SELECT i::DECIMAL(10,2) AS d, CAST(s AS VARCHAR) AS v FROM numbers WHERE s <> 'cat'",
    "FROM numbers WHERE s = 'cat' AND i BETWEEN 1 AND 5 OR NOT i IN (1, 2)",
    "SELECT count(*) AS n, sum(i) FILTER (i > 1) AS x FROM numbers WHERE s <> 'cat' GROUP BY ALL ORDER BY 1 DESC LIMIT 5",
    "WITH cte AS MATERIALIZED (SELECT 'cat' AS a) SELECT * FROM cte JOIN numbers ON (a = s)",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n, 'cat' AS a FROM r",
    "PIVOT numbers ON s IN ('cat', 'dog') USING sum(i) GROUP BY b",
    "SELECT * FROM (FROM numbers PIVOT (sum(i) FOR s IN ('cat', 'dog')))",
    "SELECT *, 'cat' AS kind FROM (UNPIVOT (SELECT i, b FROM numbers) ON i, b INTO NAME n VALUE v)",
    "SELECT [x * 2 FOR x IN [1, 2] IF x > 1] AS l, {'a': 'cat', b: 2} AS s, MAP {'k': 1} AS m, "
    "list_transform([1], lambda x: x + 1) AS f",
    "SELECT DATE '2020-01-01' AS d, INTERVAL 3 DAY AS i, 1e5 AS f, E'a\\ncat' AS e, 1_000 AS t",
    "SELECT $$cat$$ AS a, 'żółć ''x'' 猫' AS \"Ünï \"\"q\"\"\"",
    'SELECT i AS "select", "s" AS "Group" FROM "numbers" WHERE s <> \'cat\'',
    "SELECT * EXCLUDE (i) REPLACE (upper(s) AS s), COLUMNS('i') AS c FROM numbers WHERE s <> 'cat'",
    "SELECT CASE s WHEN 'cat' THEN 1 END AS c, s LIKE 'c%' AS k, s IS NOT NULL AS n, i // 2 AS q, s || 'x' AS j FROM numbers",
    "SELECT i, row_number() OVER w AS r FROM numbers WHERE s <> 'cat' WINDOW w AS (PARTITION BY s ORDER BY i DESC NULLS LAST)",
    "SELECT DISTINCT ON (s) * FROM numbers WHERE s <> 'cat' ORDER BY s, i",
    "SELECT a.i FROM numbers a LEFT JOIN numbers b USING (i) CROSS JOIN (VALUES ('cat')) v(x)",
    "SELECT i FROM numbers WHERE s = 'cat' UNION BY NAME SELECT 1 AS i EXCEPT SELECT 2",
    "SELECT (SELECT max(i) FROM numbers) AS m, EXISTS (SELECT 1 FROM numbers WHERE s = 'cat') AS e, i > ALL (SELECT 1) AS l "
    "FROM numbers",
    "SELECT * FROM (SELECT * FROM numbers WHERE s <> 'cat') USING SAMPLE 10 ROWS",
    "SELECT * FROM read_csv('{folder}/cat.csv', header = true, columns = {'a': 'INT'})",
    "SELECT * FROM '{folder}/cat.parquet'",
    "SELECT 1e400::DOUBLE AS huge WHERE 'cat' = 'dog'",  # the parser's JSON has no such number
]


def changed_in(outcome):
    """The names of the views that are told to have changed."""
    return [line.split(": ")[2] for line in outcome.err.splitlines() if CHANGED in line]


def stale_in(outcome):
    return [line.split(": ")[2] for line in outcome.err.splitlines() if STALE in line]


@pytest.fixture
def zoo(room):
    """A room with data for QUERIES and for a view of each kind of source."""
    need_extension("sqlite_scanner")
    for name in ("cat", "rat"):
        room.data(f"{name}.parquet", "SELECT 1 AS a")
        room.data(f"{name}.csv", "SELECT 1 AS a", "(HEADER)")
    room.duckdb("attached.duckdb", "CREATE TABLE cat AS SELECT 1 AS a", "CREATE TABLE rat AS SELECT 1 AS a")
    room.sqlite("attached.db", "CREATE TABLE cat (a INT); CREATE TABLE rat (a INT);")
    room.write("cat.sql", "SELECT 'cat' AS a -- from a file\n")
    room.write("template.sql", "SELECT '{{animal}}' AS a")
    return room


def configure(room, animal="cat"):
    """The config of the zoo; the tables and files of another animal are there too."""
    queries = [query.replace("{folder}", str(room.folder)).replace("cat", animal, 1) for query in QUERIES]
    assert all(animal in query for query in queries)
    room.write("cat.sql", f"SELECT '{animal}' AS a -- from a file\n")
    views = [
        {"name": "numbers", "sql": "SELECT 1 AS i, 'dog' AS s, 2 AS b"},
        *({"name": f"Query {n}", "db_schema": "q-s", "sql": query}
          for n, query in enumerate(queries)),
        {"name": "parquet", "source": "parquet", "uri": f"{animal}.parquet", "options": {"hive_partitioning": False}},
        {"name": "option", "source": "parquet", "uri": "cat.parquet", "options": {"binary_as_string": animal == "cat"}},
        {"name": "table", "source": "duckdb", "database": "other", "table": animal},
        {"name": "lite", "source": "sqlite", "database": "lite", "table": animal},
        {"name": "file", "sql_file": {"path": "cat.sql"}},
        {"name": "template", "sql_template": {"path": "template.sql", "variables": {"animal": animal}}},
        {"name": "secret", "sql": "SELECT * FROM (SELECT '${env:ANIMAL_PASSWORD}' AS password)"},
    ]  # fmt: skip
    room.catalog(
        *views,
        attachments={
            "duckdb": [{"alias": "other", "path": "attached.duckdb"}],
            "sqlite": [{"alias": "lite", "path": "attached.db"}],
        },
    )
    room.environment["ANIMAL_PASSWORD"] = f"{animal}-and-more"
    return [f"q-s.{view['name']}" if "db_schema" in view else view["name"] for view in views]


# ---- what has changed, and what has not ----


def test_views_that_the_config_did_not_change_are_told_by_no_run(zoo):
    names = configure(zoo)
    first = zoo.run()
    assert first.err == "" and f"({len(names)} created, 0 kept)" in first.out
    before = zoo.everything()
    for arguments in ([], ["--strict"], ["--read-only"], ["--strict", "--read-only"]):
        outcome = zoo.run(*arguments)
        assert outcome.err == "" and f"(0 created, {len(names)} kept)" in outcome.out
    assert zoo.everything() == before


def test_change_of_one_character_is_told_of_each_view(zoo):
    names = configure(zoo)
    zoo.run()
    kept = zoo.views_in()
    configure(zoo, "rat")
    outcome = zoo.run()
    assert sorted(changed_in(outcome)) == sorted(set(names) - {"numbers"})
    assert "hint: run with --force-rebuild to replace it" in outcome.err
    assert "catalog.yaml:" in outcome.err and "rat-and-more" not in outcome.err
    assert zoo.views_in() == kept

    assert zoo.run("--force-rebuild").err == ""
    assert zoo.run("--strict").err == ""


def test_blanks_and_comments_are_no_change(room):
    room.catalog(("v", "SELECT 1 AS a, 'x' AS b"))
    room.run()
    room.catalog(("v", "SELECT 1 a,\n 'x' AS b -- as before\n"))
    assert room.run().err == room.run("--strict").err == ""
    room.catalog(("v", "SELECT 1 a,\n 'x ' AS b"))
    assert changed_in(room.run()) == ["v"]


def test_change_that_could_not_be_made_without_an_attachment_is_told_when_it_is_back(room):
    """In a large catalog, where fingerprints decide: a rebuild that did without the attachment left the old view."""
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 1 AS i")
    others = [(f"v{n}", f"SELECT {n} AS n") for n in range(101)]
    attachments = {"duckdb": [{"alias": "ref", "path": "ref.duckdb"}]}
    room.catalog(("reads", "SELECT i FROM ref.t"), *others, attachments=attachments)
    room.run()
    room.catalog(("reads", "SELECT i + 1 AS i FROM ref.t"), *others, attachments=attachments)
    (room / "ref.duckdb").rename(room / "away.duckdb")
    room.run("--force-rebuild", "--allow-degraded")
    (room / "away.duckdb").rename(room / "ref.duckdb")
    assert changed_in(room.run()) == ["reads"]


def test_view_that_someone_replaced_in_the_catalog_is_told(room):
    room.catalog(("v", "SELECT 1 AS a"), ("w", "SELECT 2 AS a"))
    room.run()
    room.duckdb("catalog.duckdb", "CREATE OR REPLACE VIEW v AS SELECT 3 AS a")
    assert changed_in(room.run()) == ["v"]
    room.duckdb("catalog.duckdb", "CREATE OR REPLACE VIEW v AS SELECT 1 AS a", "CREATE OR REPLACE VIEW w(b) AS SELECT 2 AS a")
    assert changed_in(room.run()) == ["w"]


def test_view_replaced_in_a_large_catalog_is_told_by_strict(room):
    room.catalog(*((f"v{n}", f"SELECT {n} AS a") for n in range(101)))
    room.run()
    room.duckdb("catalog.duckdb", "CREATE OR REPLACE VIEW v7 AS SELECT 70 AS a")
    assert room.run().err == ""
    strict = room.duckalog("run", "catalog.yaml", "--strict")
    assert strict.code == 3 and changed_in(strict) == ["v7"]


def test_change_in_a_large_catalog_is_told(room):
    views = [(f"v{n}", f"SELECT {n} AS a") for n in range(101)]
    room.catalog(*views)
    room.run()
    views[50] = ("v50", "SELECT 51 AS a")
    room.catalog(*views)
    assert changed_in(room.run()) == ["v50"]


def test_catalog_of_another_maker_is_compared_by_its_definitions(room):
    queries = [query for query in QUERIES if "numbers" not in query and "{folder}" not in query and "1e400" not in query]
    with duckdb.connect(str(room / "catalog.duckdb")) as connection:
        for n, query in enumerate(queries):
            connection.execute(f"CREATE VIEW v{n} AS {query}")
    room.catalog(*((f"v{n}", query) for n, query in enumerate(queries)))
    assert room.run().err == ""
    room.catalog(*((f"v{n}", query.replace("cat", "rat")) for n, query in enumerate(queries)))
    assert changed_in(room.run()) == [f"v{n}" for n in range(len(queries))]


@pytest.mark.parametrize("text", ["", "duckalog-1:", "duckalog-1:0123", "duckalog-1:" + "z" * 40, "1" * 40])
def test_lost_fingerprints_make_no_difference(room, text):
    room.catalog(("v", "SELECT 1 AS a"), ("w", "SELECT 2 AS a"))
    room.run()
    room.duckdb("catalog.duckdb", f"CREATE OR REPLACE MACRO duckalog_fingerprints() AS '{text}'")
    assert room.run().err == ""
    room.catalog(("v", "SELECT 10 AS a"), ("w", "SELECT 2 AS a"))
    assert changed_in(room.run()) == ["v"]


def test_view_that_is_created_later_is_remembered_like_the_others(room):
    room.catalog(("v", "SELECT 1 AS a"))
    room.run()
    room.catalog(("v", "SELECT 10 AS a"), ("w", "SELECT 2 AS a"))
    assert changed_in(room.run()) == ["v"]
    room.catalog(("v", "SELECT 1 AS a"), ("w", "SELECT 20 AS a"))
    assert changed_in(room.run()) == ["w"]


def test_file_of_another_version_of_duckdb_is_not_told_to_have_changed(zoo):
    libraries = [path for path in os.environ.get("DUCKALOG_TEST_LIBDUCKDBS", "").split(":") if path]
    if not libraries:
        pytest.skip("DUCKALOG_TEST_LIBDUCKDBS names no other libduckdb")
    queries = [query for query in QUERIES if "{folder}" not in query and "numbers" not in query and "1e400" not in query]
    views = [(f"v{n}", query) for n, query in enumerate(queries)]
    zoo.catalog(*views)
    zoo.run()
    for library in libraries:
        # It may not have to write anything, so it can read a file that is older than it, or younger by a little.
        outcome = zoo.duckalog("run", "catalog.yaml", "--strict", env={"DUCKALOG_LIBDUCKDB": library})
        assert outcome.code == 0 and outcome.err == "", outcome.err
        zoo.catalog(("v0", "SELECT 'rat' AS a"), *views[1:])
        outcome = zoo.duckalog("run", "catalog.yaml", env={"DUCKALOG_LIBDUCKDB": library})
        assert changed_in(outcome) == ["v0"]
        zoo.catalog(*views)


def test_changed_view_of_a_nested_catalog_is_told_with_the_way_to_it(room):
    (room / "child").mkdir()
    room.catalog(("inner", "SELECT 1 AS a"), name="child/catalog.yaml")
    parent = {"attachments": {"duckalog": [{"alias": "child", "config_path": "child/catalog.yaml"}]}}
    room.catalog({"name": "outer", "source": "duckdb", "database": "child", "table": "inner"}, **parent)
    assert room.run().err == ""
    assert room.run("--strict").err == ""
    room.catalog(("inner", "SELECT 2 AS a"), name="child/catalog.yaml")
    assert changed_in(room.run()) == ["child > inner"]
    room.run("--force-rebuild")
    assert room.run("--strict").err == ""


def test_library_tells_only_when_asked(room):
    room.catalog(("v", "SELECT 1 AS a"))
    room.run()
    room.catalog(("v", "SELECT 2 AS a"))
    for asked, told in ((0, []), (1, ["view-changed"]), (2, ["view-changed"])):
        with Catalog(room / "catalog.yaml", check_changes=asked) as catalog:
            catalog.connection()
            assert [problem[1] for problem in catalog.problems()] == told
            assert catalog.summary().views_changed == len(told)


# ---- what the config has no more ----


@pytest.fixture
def two(room):
    """A catalog of two views; then the config has only the first."""
    room.catalog(("first", "SELECT 1 AS a"), {"name": "second", "db_schema": "mart", "sql": "SELECT 2 AS a"})
    room.run()
    room.catalog(("first", "SELECT 1 AS a"))
    return room


def test_view_that_is_not_in_the_config_is_told_and_stays(two):
    outcome = two.run()
    assert stale_in(outcome) == ["mart.second"] and "hint: run with --prune to drop it" in outcome.err
    assert ("mart", "second") in two.views_in()
    with Catalog(two / "catalog.yaml", check_changes=1) as catalog:
        catalog.connection()
        assert catalog.summary().views_stale == 1


def test_prune_drops_views_that_are_not_in_the_config(two):
    outcome = two.run("--prune")
    assert "notice: views: mart.second: dropped, as it is not in the config" in outcome.err
    assert "1 view (0 created, 1 kept, 1 dropped)" in outcome.out
    assert list(two.views_in()) == [("main", "first")]
    assert two.run("--strict").err == ""
    # The schema may hold what is not duckalog's.
    assert two.look("catalog.duckdb", "SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'mart'") == [(1,)]


def test_prune_drops_and_creates_all_or_nothing(two):
    two.catalog(("first", "SELECT 1 AS a"), ("broken", "SELECT * FROM nowhere"))
    before = two.views_in()
    assert two.duckalog("run", "catalog.yaml", "--prune").code == 3
    assert two.views_in() == before


def test_prune_fails_when_a_new_view_reads_what_it_drops(two):
    two.catalog(("first", "SELECT 1 AS a"), ("reader", "SELECT * FROM mart.second"))
    outcome = two.duckalog("run", "catalog.yaml", "--prune")
    assert outcome.code == 3 and "reader" in outcome.err
    assert ("mart", "second") in two.views_in()


def test_prune_leaves_all_that_is_no_view_of_the_catalog(two):
    two.duckdb("catalog.duckdb", "CREATE TABLE mart.kept AS SELECT 3 AS a", "CREATE MACRO m() AS 1")
    two.duckdb("other.duckdb", "CREATE VIEW theirs AS SELECT 4 AS a")
    attached = {"attachments": {"duckdb": [{"alias": "other", "path": "other.duckdb", "read_only": False}]}}
    two.catalog(("first", "SELECT 1 AS a"), **attached)
    two.run("--prune")
    assert two.look("catalog.duckdb", "SELECT a, m() FROM mart.kept") == [(3, 1)]
    assert list(two.views_in("other.duckdb")) == [("main", "theirs")]


def test_view_that_a_pragma_makes_belongs_to_the_config(room):
    pragma = "CREATE OR REPLACE VIEW by_pragma AS SELECT 5 AS a"
    room.catalog(("v", "FROM by_pragma"), duckdb={"pragmas": [pragma]})
    room.run()
    assert stale_in(room.run()) == []
    assert "dropped" not in room.run("--prune").err
    assert room.rows("FROM v") == [(5,)]


def test_rebuild_with_prune_leaves_just_the_config(two):
    two.run("--force-rebuild", "--prune")
    assert list(two.views_in()) == [("main", "first")]
    two.duckdb("catalog.duckdb", "CREATE VIEW by_hand AS SELECT 1")
    build = two.duckalog("build", "catalog.yaml", "--prune")
    assert build.code == 0 and list(two.views_in()) == [("main", "first")]


def test_prune_and_read_only_exclude_each_other(two):
    outcome = two.duckalog("run", "catalog.yaml", "--prune", "--read-only")
    assert outcome.code == 2 and "--read-only and --prune exclude each other" in outcome.err


# ---- --strict ----


@pytest.mark.parametrize("command", ["run", "build"])
@pytest.mark.parametrize("difference", ["changed", "stale"])
def test_strict_fails_for_a_difference_after_its_work(room, command, difference):
    room.catalog(("v", "SELECT 1 AS a"), ("w", "SELECT 2 AS a"))
    room.run()
    views = [("v", "SELECT 10 AS a"), ("w", "SELECT 2 AS a")] if difference == "changed" else [("v", "SELECT 1 AS a")]
    room.catalog(*views, ("new", "SELECT 3 AS a"))
    arguments = ["--incremental"] if command == "build" else []
    outcome = room.duckalog(command, "catalog.yaml", "--strict", *arguments)
    assert outcome.code == 3
    assert "error: --strict: the catalog is not what the config says, in 1 case" in outcome.err
    assert ("main", "new") in room.views_in()
    assert room.duckalog(command, "catalog.yaml", *arguments).code == 0


def test_strict_fails_for_a_view_that_is_missing_in_a_catalog_to_read(two):
    two.catalog(("first", "SELECT 1 AS a"), {"name": "second", "db_schema": "mart", "sql": "SELECT 2 AS a"}, ("new", "SELECT 1"))
    outcome = two.duckalog("run", "catalog.yaml", "--read-only", "--strict", "-q", "FROM first")
    assert outcome.code == 3 and "| 1 |" in outcome.out
