"""
SQL in files of its own (config-language.md section 8, D-25, D-31, D-32): what of a file becomes the view, and where in it
a mistake is. Which files may be read: test_paths_policy.py; how templates are filled in: tests/unit/test_template.c.
"""

import os

import pytest
from conftest import in_json


def view(path="v.sql", key="sql_file", name="v", **more):
    return {"name": name, key: {"path": path, **more}}


def config(*views, **keys):
    return in_json({"version": 1, "duckdb": {}, **keys, "views": list(views) or [view()]})


def generated(room, *words):
    outcome = room.duckalog("generate-sql", "catalog.yaml", "--views-only", *words)
    assert outcome.code == 0, outcome.err
    return outcome.out


def body(room):
    """What stands behind AS of the only view."""
    return generated(room).split('VIEW "v" AS\n')[1]


def refused(room, *commands):
    """The lines of what `validate` says, which `run` and `generate-sql` say too when nothing is asked of DuckDB."""
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2, outcome.err
    for command in commands:
        other = room.duckalog(command, "catalog.yaml")
        assert (other.code, other.err) == (2, outcome.err)
    return outcome.err.splitlines()


# ---- what of the file becomes the view ----

CONTENTS = {
    "a query": ("SELECT 1 AS i", "SELECT 1 AS i;\n"),
    "blanks and semicolons around": ("\n\n  SELECT 1 AS i ;\n ;;\n\n", "SELECT 1 AS i;\n"),
    "a comment in front": ("-- about\nSELECT 1 AS i\n", "-- about\nSELECT 1 AS i;\n"),
    "a comment behind": ("SELECT 1 AS i -- one", "SELECT 1 AS i -- one\n;\n"),
    "a byte order mark (D-32)": ("\ufeffSELECT 1 AS i", "SELECT 1 AS i;\n"),
    "CRLF": ("SELECT 1\r\n  AS i\r\n", "SELECT 1\n  AS i;\n"),
    "CR": ("SELECT 1\r  AS i\r", "SELECT 1\n  AS i;\n"),
    "a tab": ("SELECT\t1 AS i", "SELECT\t1 AS i;\n"),
    "braces without as_template": ("SELECT '{{name}}' AS i", "SELECT '{{name}}' AS i;\n"),
    "placeholders of configs": ("SELECT '${env:HOME}' AS i", "SELECT '${env:HOME}' AS i;\n"),
    "beyond ASCII": ("SELECT 'Żółć 🦆' AS i", "SELECT 'Żółć 🦆' AS i;\n"),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_the_file_is_the_query(room, content):
    text, expected = CONTENTS[content]
    room.config(config())
    room.write("v.sql", text)
    assert body(room) == expected
    assert len(room.rows("FROM v")) == 1


def test_the_query_of_a_file_reads_like_one_in_the_config(room):
    """Also where it comes from: views read each other, and the order is found."""
    room.write("sql/top.sql", "SELECT i + 1 AS i FROM below")
    room.config(config(view("sql/top.sql", name="top"), {"name": "below", "sql": "SELECT 41 AS i"}))
    assert room.rows("FROM top") == [(42,)]
    assert generated(room).index('"below"') < generated(room).index('"top"')


def test_files_are_found_beside_the_config_whatever_the_working_directory(room):
    room.write("in/sql/v.sql", "SELECT 1 AS i")
    room.config(config(view("sql/v.sql")), "in/catalog.yaml")
    (room / "elsewhere").mkdir()
    for cwd in ("elsewhere", "in", "."):
        assert room.duckalog("validate", room / "in/catalog.yaml", cwd=room / cwd).code == 0


def test_files_of_imports_are_found_beside_the_import(room):
    """D-17."""
    room.write("shared/sql/v.sql", "SELECT 'shared' AS i")
    room.write("main/sql/v.sql", "SELECT 'main' AS i")
    room.config(in_json({"views": [view("sql/v.sql")]}), "shared/a.yaml")
    room.config(in_json({"version": 1, "duckdb": {}, "imports": ["../shared/a.yaml"], "views": [view("sql/v.sql", name="w")]}),
                "main/catalog.yaml")  # fmt: skip
    assert room.rows("SELECT (FROM v), (FROM w)", config="main/catalog.yaml") == [("shared", "main")]


def test_placeholders_in_the_path_are_filled_in(room):
    room.write("prod/v.sql", "SELECT 1 AS i")
    room.config(config(view("${env:DT_STAGE:prod}/v.sql")))
    assert "SELECT 1" in body(room)


def test_a_file_may_serve_several_views(room):
    room.write("v.sql", "SELECT {{n}} AS i")
    views = [view(key="sql_template", name=f"v{n}", variables={"n": n}) for n in range(3)]
    room.config(config(*views))
    assert room.rows("FROM v0 UNION ALL FROM v1 UNION ALL FROM v2") == [(0,), (1,), (2,)]


def test_a_changed_file_is_a_changed_view_on_a_rebuild(room):
    room.config(config(duckdb={"database": "catalog.duckdb"}))
    for n in (1, 2):
        room.write("v.sql", f"SELECT {n} AS i")
        room.run("--force-rebuild")
        assert room.rows("FROM v") == [(n,)]


# ---- templates ----


def test_a_template_is_filled_in(room):
    room.write("v.sql", "SELECT {{ n }} AS {{name}} -- {{name}}\n")
    for reference in (
        view(key="sql_template", variables={"n": 7, "name": "i"}),
        view(key="sql_template", as_template=False, variables={"n": 7, "name": "i"}),
        view(as_template=True, variables={"n": 7, "name": "i"}),
        view(as_template=True, variables={"n": "${env:DT_N:7}", "name": "i", "unused": 1}),
    ):
        room.config(config(reference))
        assert body(room) == "SELECT 7 AS i -- i\n;\n"


def test_a_missing_variable_is_told_in_the_file(room):
    room.write("v.sql", "SELECT 1 AS i,\n  {{missing}} AS j\n")
    room.config(config(view(key="sql_template", variables={"mising": 1})))
    [line] = refused(room, "run", "generate-sql")
    assert line.startswith("v.sql:2:3: ") and "missing" in line


def test_variables_without_a_template_are_warned_of(room):
    room.write("v.sql", "SELECT 1 AS i")
    room.config(config(view(variables={"n": 1})))
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 0 and "views[0].sql_file.variables: not used" in outcome.err


# ---- what can't be read ----

BAD = {
    "missing": (None, "v.sql can't be read: No such file"),
    "empty (D-32)": (b"", "v.sql holds no SQL"),
    "blank": (b" \n\t\n", "v.sql holds no SQL"),
    "comments only (D-32)": (b"-- nothing\n/* here */\n;", "v.sql holds no SQL"),
    "a byte order mark only": ("\ufeff".encode(), "v.sql holds no SQL"),
    "Latin-1": ("SELECT 'é'".encode("latin-1"), "v.sql is not valid UTF-8"),
    "UTF-16": ("SELECT 1".encode("utf-16"), "v.sql is not valid UTF-8"),
    "cut in a character": ("SELECT 'é".encode()[:-1], "v.sql is not valid UTF-8"),
    "a NUL": (b"SELECT 1\0", "v.sql holds a NUL character"),
}


@pytest.mark.parametrize("content", BAD)
@pytest.mark.parametrize("key", ["sql_file", "sql_template"])
def test_a_file_without_a_query_is_told_at_its_path(room, key, content):
    text, expected = BAD[content]
    room.config(config(view(key=key)))
    if text is not None:
        room.write("v.sql", text)
    [line] = refused(room, "run", "generate-sql")
    assert line.startswith(f"catalog.yaml:8:17: views[0].{key}.path: {room.folder}/{expected}"), line


@pytest.mark.parametrize("what", ["folder", "pipe", "link to nowhere", "loop", "/dev/zero"])
def test_what_is_no_file_is_told_at_once(room, what):
    path = room / "v.sql"
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "link to nowhere": lambda: path.symlink_to("nowhere"),
     "loop": lambda: path.symlink_to("v.sql"), "/dev/zero": lambda: path.symlink_to("/dev/zero")}[what]()  # fmt: skip
    room.config(config())
    outcome = room.duckalog("validate", "catalog.yaml", timeout=5)
    assert outcome.code == 2 and "views[0].sql_file.path: " in outcome.err


FORMS = {
    "a bare path": ({"name": "v", "sql_file": "v.sql"}, "views[0].sql_file: a mapping is expected here"),
    "no path": ({"name": "v", "sql_file": {}}, "views[0].sql_file.path: this key is required"),
    "a blank path": ({"name": "v", "sql_file": {"path": " "}}, "views[0].sql_file.path: must not be blank"),
    "a key that nobody knows (D-42)": (
        {"name": "v", "sql_file": {"path": "v.sql", "variable": {}}},
        "views[0].sql_file.variable: unknown key; did you mean variables?",
    ),
    "SQL too": ({"name": "v", "sql": "SELECT 1", "sql_file": {"path": "v.sql"}}, "views[0]: "),
    "both": ({"name": "v", "sql_template": {"path": "v.sql"}, "sql_file": {"path": "v.sql"}}, "views[0]: "),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_reference_to_a_file_is_refused(room, form):
    written, expected = FORMS[form]
    room.write("v.sql", "SELECT 1")
    room.config(config(written))
    [line] = refused(room, "run")
    assert expected in line


def test_blank_sql_beside_a_file_counts_as_none(room):
    room.write("v.sql", "SELECT 1 AS i")
    room.config(config({"name": "v", "sql": " ", "sql_file": {"path": "v.sql"}}))
    assert body(room) == "SELECT 1 AS i;\n"


def test_a_source_beside_a_file_is_not_used(room):
    room.write("v.sql", "SELECT 1 AS i")
    room.config(config({"name": "v", "source": "parquet", "uri": "x.parquet", "sql_file": {"path": "v.sql"}}))
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 0 and "views[0].source: not used" in outcome.err


def test_files_that_are_large_together_are_refused(room):
    room.write("big.sql", b"SELECT 1 AS i --" + b"x" * (20 << 20) + b"\n")
    room.config(config(*[view("big.sql", name=f"v{i}") for i in range(10)]))
    lines = refused(room)
    assert len(lines) == 1 and "views[3].sql_file.path: " in lines[0] and "64 MiB" in lines[0], lines


# ---- where in the file a mistake is ----

MISTAKES = {
    "in the second line": ("SELECT 1 AS i,\n  FROM WHERE x", "2:8"),
    "behind a byte order mark": ("\ufeffSELECT FROM WHERE x", "1:13"),
    "behind CRLF": ("SELECT 1 AS i,\r\n\r\n  FROM WHERE x", "3:8"),
    "behind blank lines": ("\n\n\n   SELECT FROM WHERE x", "4:16"),
    "behind characters beyond ASCII": ("SELECT 'Żółć 🦆' FROM WHERE x", "1:22"),
    "behind lines of characters beyond ASCII": ("SELECT 'żółćżółćżółć',\n  '漢字漢字' FROM WHERE x", "2:15"),
    "behind a comment": ("/* a\n b */ SELECT FROM WHERE x", "2:19"),
    "no query": ("DROP TABLE x", "1:1"),
    "two statements": ("SELECT 1;\n\n  SELECT 2", "3:3"),
    "an open quote": ("SELECT 1,\n  'x", "2:3"),
    "an open comment": ("SELECT 1\n/* x", "2:1"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_place_in_the_file(room, mistake):
    text, place = MISTAKES[mistake]
    room.write("sql/v.sql", text)
    room.config(config(view("sql/v.sql")))
    [line] = refused(room)
    assert line.startswith(f"sql/v.sql:{place}: views[0].sql_file: "), line
    # From elsewhere, under the name that it has from there.
    (room / "elsewhere").mkdir()
    outcome = room.duckalog("validate", "../catalog.yaml", cwd=room / "elsewhere")
    assert outcome.err.startswith(f"../sql/v.sql:{place}: "), outcome.err


def test_a_mistake_is_told_at_its_place_in_the_template(room):
    room.write("v.sql", "SELECT {{a}} AS i, {{b}}\n  {{a}} FROM WHERE {{b}}\n")
    room.config(config(view(key="sql_template", variables={"a": "1\n +\n 1", "b": "2 AS a_long_name,"})))
    [line] = refused(room)
    assert line.startswith("v.sql:2:14: views[0].sql_template: "), line


def test_a_mistake_that_a_variable_brings_is_told_at_its_placeholder(room):
    room.write("v.sql", "SELECT 1 AS i\n  FROM {{table}} WHERE true\n")
    room.config(config(view(key="sql_template", variables={"table": "a b c FROM x"})))
    [line] = refused(room)
    assert line.startswith("v.sql:2:8: views[0].sql_template: "), line


def test_a_mistake_in_a_file_of_an_import_is_told_there(room):
    room.write("shared/v.sql", "SELECT FROM WHERE x")
    room.config(in_json({"views": [view()]}), "shared/a.yaml")
    room.config(in_json({"version": 1, "duckdb": {}, "imports": ["shared/a.yaml"]}))
    [line] = refused(room)
    assert line.startswith("shared/v.sql:1:13: views[0].sql_file: "), line


def test_a_name_that_is_not_there_is_told_at_its_place_in_the_file(room):
    room.write("v.sql", "SELECT i\n  FROM nowhere\n")
    room.config(config())
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "(v.sql:2:8)" in outcome.err, outcome.err
