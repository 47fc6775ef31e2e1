"""graph: what reads what, as a tree, and in three languages that have to take any name for what it is, a name."""

import fcntl
import json
import os
import re
import struct
import termios

import pytest

ODD = [
    "end",
    "graph",
    "subgraph",
    'two "quotes"',
    "[brackets] {braces} (parentheses) <angles>",
    "`code` and ``more``",
    "pipe | and ; and , and :",
    "#35; #quot; &amp; &lt; &",
    "back\\slash \\n \\N \\\\",
    "100 %% %%{init: {}}%%",
    "żółć 日本語 😀 e\u0301",
    "- item",
    "1. item",
    "_under_ __scores__ *stars*",
    "http://host.example/a?b=c",
    "style: x#y; classDef: z",
    "--> v1",
    "<script>alert(1)</script>",
    "'apostrophe'",
    "/* comment */ // comment",
    "tab-less   blanks",
]


def graph(room, form="json", *arguments, code=0):
    outcome = room.duckalog("graph", "catalog.yaml", "--format", form, *arguments)
    assert outcome.code == code, outcome.err
    return outcome.out


def found(room):
    return json.loads(graph(room))


def edges(room):
    """(from, to, label) by names."""
    data = found(room)
    names = {node["id"]: node["name"] for node in data["nodes"]}
    return [(names[edge["from"]], names[edge["to"]], edge["label"]) for edge in data["edges"]]


@pytest.fixture
def shop(room):
    """A bit of everything."""
    room.catalog(("v", "SELECT 1"), name="child.yaml", database="child.duckdb")
    room.catalog(
        {"name": "orders", "source": "parquet", "uri": "data/*.parquet"},
        {"name": "customers", "source": "postgres", "database": "crm", "table": "public.customers"},
        {"name": "sales", "db_schema": "reports", "sql": "SELECT * FROM orders JOIN customers USING (id)"},
        ("checked", "WITH orders AS (FROM reports.sales) FROM orders, kid.v, lake.ns.t, 'extra.csv'"),
        attachments={
            "duckalog": [{"alias": "kid", "config_path": "child.yaml"}],
            "postgres": [{"alias": "crm", "host": "h", "port": 1, "database": "d", "user": "u", "password": "pass"}],
        },
        iceberg_catalogs=[{"name": "lake", "catalog_type": "glue"}],
        semantic_models=[
            {
                "name": "sold", "base_view": "reports.sales",
                "joins": [{"to_view": "customers", "type": "left", "on_condition": "true"}],
            }
        ],
    )  # fmt: skip
    return room


def test_nodes_are_by_kind_and_edges_by_what_reads(shop):
    data = found(shop)
    assert [tuple(node.values()) for node in data["nodes"]] == [
        ("f1", "file", str(shop / "data/*.parquet"), None, "parquet"),
        ("f2", "file", "extra.csv", None, None),
        ("a1", "attachment", "crm", None, "postgres"),
        ("i1", "iceberg_catalog", "lake", None, "glue"),
        ("c1", "catalog", "kid", None, None),
        ("v1", "view", "orders", "main", None),
        ("v2", "view", "customers", "main", None),
        ("v3", "view", "sales", "reports", None),
        ("v4", "view", "checked", "main", None),
        ("m1", "semantic_model", "sold", None, None),
    ]
    assert [tuple(edge.values()) for edge in data["edges"]] == [
        ("f1", "v1", None),
        ("a1", "v2", "public.customers"),
        ("v1", "v3", None),
        ("v2", "v3", None),
        ("f2", "v4", None),
        ("i1", "v4", "ns.t"),
        ("c1", "v4", "v"),
        ("v3", "v4", None),
        ("v2", "m1", "left join"),
        ("v3", "m1", "base"),
    ]


def test_mermaid_is_the_default_in_a_pipe(shop):
    outcome = shop.duckalog("graph", "catalog.yaml")
    assert outcome.out == graph(shop, "mermaid")
    assert outcome.out.splitlines()[0] == "flowchart LR"
    assert '    a1[("crm (postgres)")]\n' in outcome.out
    assert '    a1 -->|"public.customers"| v2\n' in outcome.out


# ---- text ----


def shown(room, *arguments, columns=80, **env):
    """What a terminal gets."""
    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = room.start("graph", "catalog.yaml", *arguments, stdout=there, env={"TERM": "xterm", **env})
    os.close(there)
    drawn = b""
    try:
        while part := os.read(here, 65536):
            drawn += part
    except OSError:
        pass
    os.close(here)
    process.communicate()
    assert process.returncode == 0
    return drawn.decode().replace("\r\n", "\n")


def read_tree(text):
    """(name, mark or "") of each line, and (from, to) of each line below another one."""
    nodes, found, path = [], [], []
    for line in text.splitlines()[1:]:
        prefix, rest = re.fullmatch(r"((?:[│| ] {2})*(?:[├└|`][─-] )?)(.*)", line).groups()
        name, details, mark = re.fullmatch(r"(.*?)( \([^()]*(?:\([^()]*\)[^()]*)*\))??(?: \((above|below|cycle)\))?", rest).groups()
        if details and re.fullmatch(r" \((?:above|below|cycle)\)", details):
            mark = details[2:-1]
        depth = len(prefix) // 3
        path[depth:] = [name]
        nodes.append((name, mark or ""))
        if depth > 0:
            found.append((path[depth - 1], name))
    return nodes, found


WORDS = {"file": "file ", "attachment": "database ", "iceberg_catalog": "Iceberg catalog ", "catalog": "catalog ",
         "view": "", "semantic_model": "model "}  # fmt: skip


def expected_tree(room):
    """What read_tree() has to find, by the JSON."""
    data = found(room)
    names = {}
    for node in data["nodes"]:
        schema = f"{node['schema']}." if node["schema"] not in (None, "main") else ""
        names[node["id"]] = WORDS[node["kind"]] + schema + node["name"].removeprefix(f"{room.folder}/")
    return sorted(names.values()), sorted((names[edge["from"]], names[edge["to"]]) for edge in data["edges"])


def assert_whole(room, text):
    nodes, edges_found = read_tree(text)
    names, edges_expected = expected_tree(room)
    assert sorted(name for name, mark in nodes if not mark) == names
    assert sorted(edges_found) == edges_expected


def test_on_a_terminal_a_tree_is_drawn(shop):
    drawn = shown(shop)
    assert drawn == """\
catalog.yaml
file data/*.parquet
└─ orders
   └─ reports.sales (also reads customers)
      ├─ checked (also reads file extra.csv, Iceberg catalog lake and catalog …)
      └─ model sold (base; also reads customers)
file extra.csv
└─ checked (above)
database crm (postgres)
└─ customers (public.customers)
   ├─ reports.sales (above)
   └─ model sold (left join) (above)
Iceberg catalog lake (glue)
└─ checked (ns.t) (above)
catalog kid
└─ checked (v) (above)
"""
    assert_whole(shop, drawn)
    assert drawn == shown(shop, "--format", "text")


def test_a_form_that_is_asked_for_goes_to_a_terminal_too(shop):
    assert shown(shop, "--format", "mermaid") == graph(shop, "mermaid")
    assert shown(shop, "--json") == graph(shop, "json")
    assert shown(shop, "--output", "graph.mmd") == ""
    assert (shop / "graph.mmd").read_text() == graph(shop, "mermaid")


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"LANG": "C"}])
def test_a_terminal_without_boxes_gets_ascii(shop, env):
    drawn = shown(shop, **env)
    assert drawn.isascii()
    assert_whole(shop, drawn)


def test_text_in_a_pipe_is_ascii_and_whole(shop):
    text = graph(shop, "text")
    assert text.isascii()
    assert "(also reads file extra.csv, Iceberg catalog lake and catalog kid)" in text
    assert_whole(shop, text)
    assert graph(shop, "text", "-o", "graph.txt") == ""
    assert (shop / "graph.txt").read_text() == text


@pytest.fixture
def hundred(room):
    """Views that each read up to three before them, and files."""
    views = []
    for i in range(100):
        reads = sorted({(i * 7 + 3) % i, (i * i + 1) % i, i - 1} if i > 3 else set())
        tables = [f"v{r}" for r in reads] or [f"'data/{i}.parquet'"]
        views.append((f"v{i}", "SELECT 1 AS i FROM " + ", ".join(tables)))
    room.catalog(*views)
    return room


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_hundred_views_that_read_each_other_are_all_there_with_all_they_read(hundred, columns):
    drawn = shown(hundred, columns=columns)
    assert_whole(hundred, drawn)
    assert max(map(len, drawn.splitlines())) <= columns


@pytest.mark.parametrize("columns", [10, 20, 30])
def test_a_narrow_terminal_gets_lines_that_fit(hundred, columns):
    lines = shown(hundred, columns=columns).splitlines()
    assert max(map(len, lines)) <= max(columns, 20)
    assert len(lines) > 100


def test_names_in_the_tree_stay_on_their_line(room):
    room.catalog(("日本語" * 20, "SELECT 1"), ("v", "FROM 'two\nlines\x1b[31m.csv'"))
    assert "file two\\nlines\\x1B[31m.csv\n" in graph(room, "text")
    assert shown(room, columns=30).splitlines()[-1] == "日本語" * 4 + "日本…"


# ---- the other forms ----


def test_the_graph_can_be_written_to_a_file(shop):
    assert graph(shop, "dot", "--output", "catalog.dot") == ""
    assert (shop / "catalog.dot").read_text() == graph(shop, "dot")


def test_the_same_config_has_the_same_graph(shop):
    for form in ("mermaid", "dot", "json"):
        assert len({graph(shop, form) for _ in range(3)}) == 1


# ---- small readers of Mermaid and DOT, as far as they are written here ----

MERMAID_NODE = re.compile(r'    ([a-z]\d+)(\[/|\[\(|\[\[|\[|\{\{)"([^"`\n]*)"(/\]|\)\]|\]\]|\]|\}\})')
MERMAID_EDGE = re.compile(r'    ([a-z]\d+) -->(?:\|"([^"`|\n]*)"\|)? ([a-z]\d+)')
CLOSING = {"[/": "/]", "[(": ")]", "[[": "]]", "[": "]", "{{": "}}"}


def unmermaid(label):
    """What is shown: a character for each #N;, and no other character that means anything."""
    assert re.fullmatch(r"(#\d+;|[\w /,()=.:\u0080-\U0010FFFF-])*", label), label
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label)


def read_mermaid(text):
    nodes, links = {}, []
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    for line in lines[1:]:
        node, edge = MERMAID_NODE.fullmatch(line), MERMAID_EDGE.fullmatch(line)
        assert node or edge, line
        if node:
            assert CLOSING[node[2]] == node[4]
            nodes[node[1]] = unmermaid(node[3])
        else:
            links.append((edge[1], edge[3], unmermaid(edge[2]) if edge[2] is not None else None))
    return nodes, links


DOT_STRING = r'"((?:[^"\\]|\\.)*)"'
DOT_NODE = re.compile(rf"    ([a-z]\d+) \[shape=(\w+), label={DOT_STRING}\];")
DOT_EDGE = re.compile(rf"    ([a-z]\d+) -> ([a-z]\d+)(?: \[label={DOT_STRING}\])?;")


def undot(label):
    assert not re.search(r"&(?!amp;)", label), label
    # Only an escaped backslash or quote: Graphviz would replace \N, \G, \n and others.
    assert not re.search(r"\\[^\\\"]", re.sub(r"\\\\", "", label)), label
    return re.sub(r"\\(.)", r"\1", label).replace("&amp;", "&")


def read_dot(text):
    nodes, links = {}, []
    lines = text.splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("digraph catalog {", "    rankdir=LR;", "}")
    for line in lines[2:-1]:
        node, edge = DOT_NODE.fullmatch(line), DOT_EDGE.fullmatch(line)
        assert node or edge, line
        if node:
            nodes[node[1]] = undot(node[3])
        else:
            links.append((edge[1], edge[2], undot(edge[3]) if edge[3] is not None else None))
    return nodes, links


def label_of(node):
    if node["kind"] in ("attachment", "iceberg_catalog"):
        return f"{node['name']} ({node['type']})"
    if node["kind"] == "catalog":
        return f"{node['name']} (catalog)"
    return node["name"] if node["schema"] in (None, "main") else f"{node['schema']}.{node['name']}"


def check_forms_agree(room):
    data = found(room)
    nodes = {node["id"]: label_of(node) for node in data["nodes"]}
    links = [(edge["from"], edge["to"], edge["label"]) for edge in data["edges"]]
    assert len(nodes) == len(data["nodes"])
    assert read_mermaid(graph(room, "mermaid")) == (nodes, links)
    assert read_dot(graph(room, "dot")) == (nodes, links)


def test_all_forms_say_the_same(shop):
    check_forms_agree(shop)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@pytest.mark.parametrize("name", ODD)
def test_any_name_is_only_a_name(room, name):
    room.catalog(
        (name, f"SELECT * FROM {quoted('db ' + name)}.{quoted(name)}"),
        {"name": name, "db_schema": "odd " + name, "sql": f"SELECT * FROM {quoted(name)}"},
        {"name": "file", "source": "parquet", "uri": "/data/" + name},
        attachments={"duckdb": [{"alias": "db " + name, "path": "x.duckdb"}]},
        semantic_models=[{"name": name, "base_view": quoted(name)}],
    )
    check_forms_agree(room)
    data = found(room)
    assert [node["name"] for node in data["nodes"]][1:] == ["db " + name, name, name, "file", name]
    assert ("db " + name, name, name) in edges(room)


def test_line_breaks_do_not_break_lines(room):
    room.catalog({"name": "v", "source": "parquet", "uri": "a\nb\r\tc\x07"})
    assert read_mermaid(graph(room, "mermaid"))[0]["f1"] == f"{room.folder}/a\\nb\\r\\tc\\x07"
    assert read_dot(graph(room, "dot"))[0]["f1"] == f"{room.folder}/a\\nb\\r\\tc\\x07"
    assert found(room)["nodes"][0]["name"] == f"{room.folder}/a\nb\r\tc\x07"


# ---- what reads what ----


def test_common_table_expressions_are_told_from_views_by_duckdb(room):
    room.catalog(
        ("t", "SELECT 1"),
        ("inner", "WITH t AS (SELECT 2) FROM t"),
        ("outer", "SELECT * FROM (WITH t AS (SELECT 2) FROM t) JOIN t ON true"),
        ("recursive", "WITH RECURSIVE r AS (FROM t UNION ALL FROM r) FROM r"),
    )
    assert edges(room) == [("t", "outer", None), ("t", "recursive", None)]


def test_without_duckdb_such_names_are_taken_for_the_expressions(room):
    room.catalog(("t", "SELECT 1"), ("outer", "SELECT * FROM (WITH t AS (SELECT 2) FROM t) JOIN t ON true"))
    nowhere = {"DUCKALOG_LIBDUCKDB": "/nowhere/libduckdb.so"}
    outcome = room.duckalog("graph", "catalog.yaml", "--format", "json", env=nowhere)
    assert outcome.code == 0
    assert json.loads(outcome.out)["edges"] == []


def test_what_is_imported_and_what_stands_in_sql_files_counts(room):
    room.write("parts/q.sql", "-- a comment FROM nowhere\nSELECT * FROM base JOIN db.t ON true")
    room.config({"views": [{"name": "top", "sql_file": {"path": "q.sql"}}]}, "parts/part.yaml")
    room.catalog(
        ("base", "SELECT 1"),
        imports=["parts/part.yaml"],
        attachments={"duckdb": [{"alias": "db", "path": "x.duckdb"}]},
    )
    assert edges(room) == [("db", "top", "t"), ("base", "top", None)]


def test_views_in_a_ring_are_drawn(room):
    room.catalog(("a", "FROM b"), ("b", "FROM a"))
    assert edges(room) == [("b", "a", None), ("a", "b", None)]


def test_no_password_comes_out(room):
    room.environment["TOKEN"] = "c4nary-token"
    room.catalog(
        {"name": "a", "source": "parquet", "uri": "https://u:c4nary@h/x"},
        ("b", "FROM 's3://k:c4nary@h/x.csv', read_csv('https://h/${env:TOKEN}/x'), mysql_scan('password=c4nary', 't')"),
    )
    for form in ("mermaid", "dot", "json"):
        assert "c4nary" not in graph(room, form)
    assert [node["name"] for node in found(room)["nodes"]][:4] == [
        "https://u:***@h/x",
        "s3://k:***@h/x.csv",
        "https://h/***/x",
        "password=***",
    ]


def test_a_thousand_views_are_drawn_in_no_time(room):
    room.catalog(("v0", "SELECT 1"), *((f"v{i}", f"SELECT * FROM v{i - 1} JOIN v{i // 2} ON true") for i in range(1, 1000)))
    outcome = room.duckalog("graph", "catalog.yaml", timeout=10)
    assert outcome.code == 0
    assert len(read_mermaid(outcome.out)[0]) == 1000


@pytest.mark.parametrize("form", ["svg", "", "JSON"])
def test_unknown_formats_are_refused(room, form):
    room.catalog()
    outcome = room.duckalog("graph", "catalog.yaml", "--format", form)
    assert outcome.code == 2
    assert outcome.err.splitlines()[0] == f'error: --format takes mermaid, dot, json or text, not "{form}"'


def test_a_config_with_errors_is_not_drawn(room):
    room.catalog({"name": "v"})
    assert graph(room, "mermaid", code=2) == ""
