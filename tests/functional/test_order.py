"""
The order of views and rings of them, by DuckDB's own parser where names alone do not tell. What the scan over a query's
words finds: tests/unit/test_references.c, test_order.c.
"""

import re

import pytest
from conftest import in_json


def catalog(room, *views, **keys):
    room.config({"version": 1, "duckdb": {}, **keys, "views": [{"name": name, "sql": sql} for name, sql in views]})


def order(room):
    outcome = room.duckalog("generate-sql", "catalog.yaml", "--views-only")
    assert outcome.code == 0, outcome.err
    return re.findall(r'VIEW "(\w+)"', outcome.out)


def refused(room):
    """The one line that validate and run both say."""
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2, (outcome.out, outcome.err)
    assert room.duckalog("run", "catalog.yaml").err == outcome.err
    [line] = outcome.err.splitlines()
    return line


ORDERS = {
    "from top to bottom": ([("c", "FROM b"), ("b", "FROM a"), ("a", "SELECT 1 AS i")], "a b c"),
    "with commas": ([("c", "SELECT 1 AS i FROM a, b"), ("a", "SELECT 1 AS i"), ("b", "SELECT 1 AS i")], "a b c"),
    "a file's quotes": ([("b", "FROM 'a'"), ("a", "SELECT 1 AS i")], "a b"),
    "PIVOT": (
        [("b", "SELECT * FROM (PIVOT a ON i IN (1, 2) USING sum(j) GROUP BY k)"), ("a", "SELECT 1 AS i, 2 AS j, 3 AS k")],
        "a b",
    ),
    "PIVOT with views of other names in it": (
        [("b", "FROM a PIVOT (sum(j) FOR i IN (1, 2) GROUP BY k)"), ("j", "FROM b"), ("a", "SELECT 1 AS i, 2 AS j, 3 AS k")],
        "a b j",
    ),
    "UNPIVOT": ([("b", "UNPIVOT a ON i, j INTO NAME n VALUE v"), ("a", "SELECT 1 AS i, 2 AS j")], "a b"),
    "a common table expression that hides a view": (
        [("b", "WITH a AS (SELECT 5 AS i) SELECT * FROM a"), ("a", "FROM b")],
        "b a",
    ),
    "one that reads the view that it hides": (
        [("b", "WITH a AS (SELECT * FROM a) SELECT * FROM a"), ("a", "SELECT 1 AS i")],
        "a b",
    ),
    "one that hides only in a subquery": (
        [("b", "SELECT * FROM a, (WITH a AS (SELECT 2 AS j) FROM a)"), ("a", "SELECT 1 AS i")],
        "a b",
    ),
    "one that later ones read": (
        [("c", "WITH x AS (SELECT * FROM b), b AS (SELECT 1 AS i) FROM x, b"), ("b", "SELECT 1 AS j")],
        "b c",
    ),
    "a recursive one": (
        [("b", "WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM a WHERE i < 3) FROM a"), ("a", "FROM b")],
        "b a",
    ),
    "a recursive one, and not": (
        [("b", "WITH RECURSIVE x(i) AS (SELECT i FROM a UNION ALL SELECT i + 1 FROM x WHERE i < 3) FROM x"), ("a", "SELECT 1 AS i")],
        "a b",
    ),
    "hidden in a column": ([("b", "SELECT (SELECT max(i) FROM a) AS m"), ("a", "SELECT 1 AS i")], "a b"),
    "a lateral join": (
        [("b", "SELECT * FROM range(2) r(x), LATERAL (SELECT i + x AS y FROM a)"), ("a", "SELECT 1 AS i")],
        "a b",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ORDERS)
def test_views_are_made_in_an_order_that_works(room, case):
    views, expected = ORDERS[case]
    catalog(room, *views)
    assert order(room) == expected.split()
    assert f"{len(views)} created" in room.run().out


RINGS = {
    "itself": ([("a", "FROM a")], "7:20: views[0]: the view reads itself: a reads a ("),
    "two": (
        [("a", "SELECT * FROM b"), ("b", "SELECT 1 FROM a")],
        "7:29: views[0]: views read each other in a ring: a reads b (catalog.yaml:7:29), b reads a (catalog.yaml:11:29)",
    ),
    "three, one of them with a comma": (
        [("a", "FROM b"), ("b", "SELECT 1 AS i FROM range(3), c"), ("c", "FROM a")],
        "7:20: views[0]: views read each other in a ring: a reads b (catalog.yaml:7:20), b reads c (catalog.yaml:11:44), "
        "c reads a (catalog.yaml:15:20)",
    ),
    "a common table expression that hides nothing yet": (
        [("a", "WITH a AS (SELECT * FROM a) FROM a")],
        "7:40: views[0]: the view reads itself: a reads a (",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RINGS)
def test_rings_are_told_with_each_place(room, case):
    views, expected = RINGS[case]
    catalog(room, *views)
    assert refused(room).startswith(f"catalog.yaml:{expected}")


def test_places_in_blocks_and_in_files_are_those_of_the_name(room):
    room.write("sql/b.sql", "-- é\r\nSELECT *\r\n  FROM c,\r\n       a\r\n")
    room.write("sql/c.sql", "SELECT 1 AS i, {{what}} FROM {{table}}")
    room.config(
        "version: 1\nduckdb: {}\nviews:\n- name: a\n  sql: >\n    SELECT *\n    FROM b\n"
        "- name: b\n  sql_file: {path: sql/b.sql}\n"
        "- name: c\n  sql_template: {path: sql/c.sql, variables: {what: 1 AS something, table: a}}\n"
        "- name: d\n  sql: |\n    -- Zażółć\n    SELECT *\n      FROM e\n"
        "- name: e\n  sql: |-\n\n    FROM /* d */ d\n"
    )
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2
    text = outcome.err
    assert "b reads c (sql/b.sql:3:8), c reads a (sql/c.sql:1:30)" in text, text
    assert "b reads a (sql/b.sql:4:8)" in text, text
    assert "d reads e (catalog.yaml:16:12), e reads d (catalog.yaml:20:18)" in text, text


def test_all_rings_are_told_at_once(room):
    catalog(room, ("a", "FROM a"), ("b", "FROM c"), ("c", "FROM b"), ("d", "SELECT 1"), ("e", "FROM e"))
    outcome = room.duckalog("validate", "catalog.yaml")
    assert len(outcome.err.splitlines()) == 3


NO_RINGS = {
    "a table of an attached database": ({"attachments": {"duckdb": [{"alias": "far", "path": "far.duckdb"}]}}, "FROM far.v"),
    "with its schema": ({"attachments": {"duckdb": [{"alias": "far", "path": "far.duckdb"}]}}, "FROM far.main.v"),
    "attached by a pragma": ({"duckdb": {"pragmas": ["ATTACH IF NOT EXISTS 'far.duckdb' AS far (READ_ONLY)"]}}, "FROM far.v"),
    "by the search path": (
        {"duckdb": {"pragmas": ["ATTACH IF NOT EXISTS 'far.duckdb' AS far (READ_ONLY)", "SET search_path = 'far.main,memory.main'"]}},
        "FROM v",
    ),
    "a temporary table": ({"duckdb": {"pragmas": ["CREATE TEMP TABLE v AS SELECT 5 AS i"]}}, "FROM v"),
    "a temporary view": ({"duckdb": {"pragmas": ["CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 5 AS i"]}}, "FROM v"),
    "a common table expression": ({}, "WITH v AS (SELECT 5 AS i) FROM v"),
    "a function of that name": ({}, "SELECT 5 AS i FROM range(1) v"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_RINGS)
def test_another_table_of_the_views_name_makes_no_ring(room, case):
    keys, sql = NO_RINGS[case]
    room.duckdb("far.duckdb", "CREATE TABLE v AS SELECT 5 AS i")
    catalog(room, ("v", sql), **keys)
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 0, outcome.err
    assert room.duckalog("validate", "catalog.yaml").code == 0


def test_views_of_one_name_in_two_schemas_are_told_apart(room):
    views = [
        {"name": "v", "sql": "FROM s.v"},
        {"name": "v", "db_schema": "s", "sql": "SELECT 5 AS i"},
        {"name": "w", "sql": "FROM s.w"},
        {"name": "w", "db_schema": "s", "sql": "FROM v"},
    ]
    room.config(in_json({"version": 1, "duckdb": {}, "views": views}))
    assert room.rows("SELECT (FROM main.v), (FROM main.w)") == [(5, 5)]


def test_thousands_of_common_table_expressions_are_no_trouble(room):
    many = ", ".join(f"c{i} AS (SELECT {i} AS i)" for i in range(3000))
    catalog(room, ("big", f"WITH {many} SELECT * FROM c7"), ("c7", "FROM big"))
    assert room.duckalog("validate", "catalog.yaml", timeout=20).code == 0
    assert order(room) == ["big", "c7"]
