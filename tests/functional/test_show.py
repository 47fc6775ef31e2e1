"""show-paths and show-imports: which files a config names and is made of, and what they make together."""

import json
import os
import re

import pytest
from config_reference import ROOT, SECTIONS
from conftest import REPOSITORY, WITH_REMOTE, duckdb

LINE = "-" * 80


def shown(room, *arguments, code=0, config="catalog.yaml"):
    outcome = room.duckalog("show-paths", config, *arguments)
    assert outcome.code == code, outcome.err
    return outcome


def rows(room, *arguments, **options):
    """The paths as JSON, by section and name."""
    found = json.loads(shown(room, "--json", *arguments, **options).out)["paths"]
    return {(row["section"], row["name"], row["kind"]): row for row in found}


def statuses(room, **options):
    return {key[:2]: row["status"] for key, row in rows(room, "--check", **options).items()}


def parquet(name, uri, **more):
    return {"name": name, "source": "parquet", "uri": uri, **more}


# ---- show-paths ----


def test_paths_are_shown_as_they_are_written_and_as_they_are_understood(room):
    room.environment["DATA"] = "data"
    room.catalog(parquet("sales", "${env:DATA}/../data/sales.parquet"), parquet("web", "s3://bucket/x.parquet"))
    assert shown(room).out == f"""Configuration: catalog.yaml
Config directory: {room.folder}

Database:
{LINE}
catalog:
  Original: catalog.duckdb
  Resolved: {room.folder}/catalog.duckdb

View Paths:
{LINE}
sales (parquet):
  Original: ${{env:DATA}}/../data/sales.parquet
  Resolved: {room.folder}/data/sales.parquet
web (parquet):
  Original: s3://bucket/x.parquet
  Resolved: s3://bucket/x.parquet
"""


@pytest.fixture
def everything(room):
    """A config that names a path of every kind; all of them are there."""
    room.data("data/sales.parquet", "SELECT 1 AS i")
    (room / "lake/orders").mkdir(parents=True)
    room.duckdb("ref.duckdb")
    room.sqlite("lite.db", "CREATE TABLE t (i)")
    room.write("sql/top.sql", "SELECT 1")
    room.write("sql/named.sql", "SELECT {{n}}")
    room.write(".env", "X=1\n")
    room.write("more.env", "Y=1\n")
    room.catalog(("v", "SELECT 1"), name="child/child.yaml", database="child.duckdb")
    room.config({"views": [{"name": "t", "sql_file": {"path": "../sql/top.sql"}}]}, "parts/views.yaml")
    server = {"host": "db.example", "port": 5432, "database": "shop", "user": "u", "password": "secret-value"}
    room.catalog(
        parquet("sales", "data/sales.parquet"),
        parquet("all", "data/*.parquet", db_schema="wide"),
        parquet("folder", "data"),
        parquet("far", "https://host.example/x.parquet"),
        parquet("unused", "data/nothing.parquet", sql="SELECT 1"),
        {"name": "orders", "source": "delta", "uri": "lake/orders"},
        {"name": "filled", "sql_template": {"path": "sql/named.sql", "variables": {"n": 1}}},
        imports=["parts/*.yaml"],
        env_files=[".env", "more.env"],
        attachments={
            "duckdb": [
                {"alias": "ref", "path": "ref.duckdb"},
                {"alias": "new", "path": "new.duckdb", "read_only": False},
                {"alias": "mem", "path": ":memory:", "read_only": False},
            ],
            "sqlite": [{"alias": "lite", "path": "lite.db"}],
            "postgres": [{"alias": "server", **server}],
            "duckalog": [{"alias": "kid", "config_path": "child/child.yaml"}],
        },
    )
    return room


def test_every_kind_of_path_has_its_section(everything):
    found = rows(everything, "--check")
    folder = str(everything.folder)
    assert {key: (row["original"], row["resolved"], row["status"]) for key, row in found.items()} == {
        ("database", "catalog", None): ("catalog.duckdb", f"{folder}/catalog.duckdb", "to be created"),
        ("views", "sales", "parquet"): ("data/sales.parquet", f"{folder}/data/sales.parquet", "ok"),
        ("views", "wide.all", "parquet"): ("data/*.parquet", f"{folder}/data/*.parquet", "1 file"),
        ("views", "folder", "parquet"): ("data", f"{folder}/data", "folder"),
        ("views", "far", "parquet"): (*["https://host.example/x.parquet"] * 2, "remote (not checked)"),
        ("views", "unused", "parquet"): ("data/nothing.parquet", f"{folder}/data/nothing.parquet", "not used"),
        ("views", "orders", "delta"): ("lake/orders", f"{folder}/lake/orders", "folder"),
        ("attachments", "ref", "duckdb"): ("ref.duckdb", f"{folder}/ref.duckdb", "ok"),
        ("attachments", "new", "duckdb"): ("new.duckdb", f"{folder}/new.duckdb", "to be created"),
        ("attachments", "mem", "duckdb"): (":memory:", ":memory:", "in memory"),
        ("attachments", "lite", "sqlite"): ("lite.db", f"{folder}/lite.db", "ok"),
        ("attachments", "server", "postgres"): (None, "db.example:5432/shop", "remote (not checked)"),
        ("nested_catalogs", "kid", "config"): ("child/child.yaml", f"{folder}/child/child.yaml", "ok"),
        ("nested_catalogs", "kid", "database"): ("child.duckdb", f"{folder}/child/child.duckdb", "to be created"),
        ("sql_files", "t", "sql_file"): ("../sql/top.sql", f"{folder}/sql/top.sql", "ok"),
        ("sql_files", "filled", "sql_template"): ("sql/named.sql", f"{folder}/sql/named.sql", "ok"),
        ("imports", "parts/views.yaml", None): ("parts/*.yaml", f"{folder}/parts/views.yaml", "ok"),
        ("env_files", ".env", None): (None, f"{folder}/.env", "ok"),
        ("env_files", "more.env", None): (None, f"{folder}/more.env", "ok"),
    }  # fmt: skip
    assert not any(row["failed"] for row in found.values())
    assert found["sql_files", "t", "sql_file"]["file"] == "parts/views.yaml"
    assert found["views", "sales", "parquet"]["line"] > 1
    text = shown(everything, "--check").out
    for title in ("Database", "View Paths", "Attachments", "Nested Catalogs", "SQL Files", "Imports", ".env Files"):
        assert f"\n{title}:\n{LINE}\n" in text
    assert text.endswith("\nSummary: 19 paths, 2 remote (not checked), 0 failed\n")


def test_without_check_no_file_is_looked_at(room):
    room.catalog(parquet("gone", "nowhere/*.parquet"))
    outcome = shown(room)
    assert "Status" not in outcome.out and "Summary" not in outcome.out
    [row] = [row for row in rows(room).values() if row["section"] == "views"]
    assert (row["status"], row["failed"], row["matches"]) == (None, None, None)


def test_what_is_missing_is_listed_and_ends_with_3(room):
    room.catalog(
        parquet("gone", "gone.parquet"),
        parquet("none", "none/*.parquet"),
        attachments={"duckdb": [{"alias": "ref", "path": "ref.duckdb"}]},
    )
    outcome = shown(room, "--check", code=3)
    assert outcome.err == "error: 3 of 4 paths can't be used\n"
    assert outcome.out.endswith(f"""
Summary: 4 paths, 0 remote (not checked), 3 failed

Failed:
  gone (parquet): {room.folder}/gone.parquet: missing
  none (parquet): {room.folder}/none/*.parquet: missing
  ref (duckdb): {room.folder}/ref.duckdb: missing
""")
    found = rows(room, "-c", code=3)
    assert [row["name"] for row in found.values() if row["failed"]] == ["gone", "none", "ref"]


def test_what_is_no_file_is_told(room):
    for name in ("catalog.duckdb", "folder"):
        (room / name).mkdir()
    os.mkfifo(room / "pipe")
    room.catalog(parquet("p", "pipe"), attachments={"duckdb": [{"alias": "f", "path": "folder"}]})
    assert statuses(room, code=3) == {
        ("database", "catalog"): "not a file",
        ("views", "p"): "not a file",
        ("attachments", "f"): "not a file",
    }


def test_the_catalogs_own_file_is_found_once_it_is_built(room):
    room.catalog(("v", "SELECT 1"))
    assert statuses(room) == {("database", "catalog"): "to be created"}
    room.run()
    assert statuses(room) == {("database", "catalog"): "ok"}


PATTERNS = ["*.parquet", "**/*.parquet", "**", "sub/*", "[ab].parquet", "[!b].parquet", "?.parquet", "x[1].parquet",
            "x[[]1].parquet", "k=*/*.parquet", "sub/**"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_as_many_files_are_counted_as_duckdb_reads(room, pattern):
    for name in ("a", ".b", "sub/c", "sub/.deep/d", "k=1/e", "x[1]"):
        room.data(f"data/{name}.parquet", "SELECT 1 AS i")
    room.catalog(parquet("v", f"data/{pattern}"))
    row = rows(room, "--check")["views", "v", "parquet"]
    read = f"SELECT count(DISTINCT filename) FROM parquet_scan('{room.folder}/data/{pattern}', filename = true)"
    files = duckdb.sql(read).fetchone()[0]
    assert (row["matches"] or 1) == files
    assert row["status"] == ("ok" if row["matches"] is None else f"{files} file{'s' * (files != 1)}")


def test_nested_catalogs_are_listed_at_every_level_once(room):
    room.catalog(("v", "SELECT 1"), name="c.yaml", database="c.duckdb")
    for name in ("a", "b"):
        nested = {"duckalog": [{"alias": "shared", "config_path": "c.yaml"}]}
        room.catalog(("v", "SELECT 1"), name=f"{name}.yaml", database=f"{name}.duckdb", attachments=nested)
    nested = [{"alias": name, "config_path": f"{name}.yaml"} for name in ("a", "b")]
    room.catalog(("v", "SELECT 1"), attachments={"duckalog": nested})
    names = [name for section, name, kind in rows(room) if kind == "config"]
    assert names == ["a", "a > shared", "b", "b > shared"]


def test_passwords_in_addresses_are_masked(room):
    room.environment["PASSWORD"] = "c4nary"
    room.catalog(
        parquet("a", "https://user:c4nary-a@host.example/x.parquet"),
        parquet("b", "https://host.example/x.parquet?sig=c4nary-b&x=1"),
        parquet("c", "https://host.example/${env:PASSWORD}/x.parquet"),
        attachments={"duckdb": [{"alias": "md", "path": "md:sales?motherduck_token=c4nary-d"}]},
    )
    for arguments in ((), ("--check",), ("--json",)):
        outcome = shown(room, *arguments)
        assert "c4nary" not in outcome.out + outcome.err
    assert "https://user:***@host.example/x.parquet" in outcome.out


def test_a_path_that_could_drive_a_terminal_does_not(room):
    room.catalog(parquet("v", "a\x1b[31m\nb.parquet"))
    assert f"  Resolved: {room.folder}/a\\x1B[31m\\nb.parquet\n" in shown(room).out


def test_a_config_with_errors_has_no_paths_to_show(room):
    room.catalog({"name": "v", "source": "parquet"})
    for arguments in ((), ("--json",)):
        outcome = shown(room, *arguments, code=2)
        assert outcome.out == ""
        assert outcome.err.startswith("catalog.yaml:")


@pytest.mark.parametrize("command", ["show-paths", "show-imports", "graph"])
@pytest.mark.parametrize("path", ["nowhere.yaml", ".", ""])
def test_a_config_that_is_no_file_is_refused(room, command, path):
    outcome = room.duckalog(command, path)
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["show-paths", "show-imports", "graph"])
def test_none_of_them_needs_duckdb(room, command):
    room.catalog(("v", "SELECT 1"), parquet("p", "x.parquet"))
    assert room.duckalog(command, "catalog.yaml", env={"DUCKALOG_LIBDUCKDB": "/nowhere/libduckdb.so"}).code == 0


# ---- show-imports ----


def imports(room, *arguments, code=0):
    outcome = room.duckalog("show-imports", "catalog.yaml", *arguments)
    assert outcome.code == code, outcome.err
    return outcome


def tree(room, *arguments, **options):
    """The lines of the tree."""
    lines = imports(room, *arguments, **options).out.splitlines()
    assert lines[:2] == ["Import Graph:", "=" * 80]
    return lines[2 : lines.index("")]


def in_json(room, *arguments, **options):
    return json.loads(imports(room, "--format", "json", *arguments, **options).out)


def view(name):
    return {"views": [{"name": name, "sql": "SELECT 1"}]}


@pytest.fixture
def graph(room):
    """Files that import each other in most of the ways there are."""
    room.config({"imports": ["common.yaml"], **view("base")}, "parts/base.yaml")
    room.config(view("common"), "parts/common.yaml")
    room.config({"imports": {"views": ["../common.yaml"]}, **view("a")}, "parts/more/a.yaml")
    room.config(view("b"), "parts/more/b.yaml")
    room.catalog(imports=["parts/base.yaml", {"path": "parts/more/*.yaml", "override": False}, "parts/common.yaml"])
    return room


def test_files_are_a_tree_in_the_order_of_the_config(graph):
    assert imports(graph).out == f"""Import Graph:
{"=" * 80}
catalog.yaml
├── parts/base.yaml
│   └── parts/common.yaml
├── parts/more/a.yaml (by parts/more/*.yaml) (override: false)
│   └── parts/common.yaml [views] (already shown)
├── parts/more/b.yaml (by parts/more/*.yaml) (override: false)
└── parts/common.yaml (already shown)

Total files in import graph: 5
"""


def test_a_config_without_imports_is_a_tree_of_one(room):
    room.catalog()
    assert imports(room).out.endswith("\ncatalog.yaml\n\nTotal files in import graph: 1\n")


def test_figures_take_the_place_of_the_total(graph):
    text = imports(graph, "--diagnostics").out
    assert "Total files in import graph" not in text
    assert text.endswith("""
Import Diagnostics:
  Total files: 5
  Maximum depth: 1
  Files with imports: 3
  Remote imports: 0
  Local imports: 6
  Duplicates:
    parts/common.yaml (3 times)
""")
    assert in_json(graph, "--diagnostics")["diagnostics"] == {
        "total_files": 5,
        "maximum_depth": 1,
        "files_with_imports": 3,
        "remote_imports": 0,
        "local_imports": 6,
        "duplicates": {str(graph / "parts/common.yaml"): 3},
    }


def test_json_has_the_keys_of_duckalog_for_python(graph):
    found = in_json(graph)
    main, base, common, a, b = (
        str(graph / name)
        for name in ("catalog.yaml", "parts/base.yaml", "parts/common.yaml", "parts/more/a.yaml", "parts/more/b.yaml")
    )
    assert found["import_chain"] == [main, base, a, b, common]
    assert found["import_graph"] == {
        main: [base, a, b, common],
        base: [common],
        a: [common],
        b: [],
        common: [],
    }
    assert found["total_files"] == 5
    assert (found["cycles"], found["missing"], found["problems"]) == ([], [], [])
    assert "merged_config" not in found and "diagnostics" not in found
    [section] = [edge for edge in found["imports"] if edge["section"]]
    assert section == {
        "importer": a, "file": common, "written": "../common.yaml", "section": "views", "override": True,
        "line": 4, "column": 7, "state": "ok",
    }  # fmt: skip
    assert [edge["override"] for edge in found["imports"]].count(False) == 2


def test_the_graph_is_shown_before_its_errors(room):
    room.config({"imports": ["b.yaml"]}, "a.yaml")
    room.config({"imports": ["a.yaml", "catalog.yaml", "b.yaml"]}, "b.yaml")
    room.write("broken.yaml", "a: [\n")
    room.write("text.txt", "")
    room.catalog(
        imports=["a.yaml", "gone.yaml", "none/*.yaml", "https://u:c4nary@host.example/x.yaml", "broken.yaml", "text.txt"]
    )
    assert tree(room, code=2) == [
        "catalog.yaml",
        "├── a.yaml",
        "│   └── b.yaml",
        "│       ├── a.yaml (cycle)",
        "│       ├── catalog.yaml (cycle)",
        "│       └── b.yaml (cycle)",
        "├── gone.yaml (missing)",
        "├── none/*.yaml (missing)",
        "├── https://u:***@host.example/x.yaml [REMOTE]",
        "├── broken.yaml (not read)",
        "└── text.txt (not read)",
    ]
    problems = imports(room, code=2).err
    for problem in ("gone.yaml can't be found", "no file matches", "in a ring", "broken.yaml:2:1", "host.example/x.yaml "):
        assert problem in problems
    outcome = imports(room, "-f", "json", "--show-merged", code=2)
    found = json.loads(outcome.out)
    a, b, main = (str(room / name) for name in ("a.yaml", "b.yaml", "catalog.yaml"))
    assert found["cycles"] == [[a, b, a], [main, a, b, main], [b, b]]
    assert found["missing"] == ["gone.yaml", "none/*.yaml"]
    assert [edge["state"] for edge in found["imports"]] == [
        "ok", "ok", "cycle", "cycle", "cycle", "missing", "missing", "remote", "unread", "unread"
    ]  # fmt: skip
    assert found["merged_config"] is None
    assert {problem["code"] for problem in found["problems"]} >= {"import", "import-ring", "syntax", "uri" if WITH_REMOTE else "remote"}
    assert "c4nary" not in outcome.out + problems and outcome.err == ""


def test_an_error_that_has_nothing_to_do_with_imports_counts_too(room):
    room.config({"views": [{"name": "v"}]}, "part.yaml")
    room.catalog(imports=["part.yaml"])
    outcome = imports(room, "--show-merged", code=2)
    assert "└── part.yaml\n" in outcome.out and "Merged" not in outcome.out
    assert outcome.err.startswith("part.yaml:")


def test_deep_trees_keep_their_lines(room):
    for level in range(1, 60):
        more = [f"{level + 1}.yaml", "leaf.yaml"] if level < 59 else []
        room.config({"imports": more}, f"{level}.yaml")
    room.config({}, "leaf.yaml")
    room.catalog(imports=["1.yaml"])
    lines = tree(room)
    assert len(lines) == 1 + 59 + 58
    assert lines[58] == "    " + "│   " * 56 + "├── 58.yaml"
    assert in_json(room, "--diagnostics")["diagnostics"]["maximum_depth"] == 59


@pytest.mark.parametrize("format", ["yaml", "", "Tree"])
def test_unknown_formats_are_refused(graph, format):
    outcome = imports(graph, "--format", format, code=2)
    assert outcome.err.splitlines()[0] == f'error: --format takes tree or json, not "{format}"'


# ---- the merged config ----


def merged(room, *arguments):
    text = imports(room, "--show-merged", *arguments).out
    _, heading, rest = text.partition(f"\nMerged Configuration:\n{'=' * 80}\n")
    assert heading
    found = json.loads(rest)
    assert in_json(room, "--show-merged", *arguments)["merged_config"] == found
    return found


def names_of(section):
    return [key.name for key in SECTIONS[section]]


def check_keys(value, section):
    """Each mapping has the keys of the reference page, in its order."""
    assert list(value) == names_of(section)
    for key in SECTIONS[section]:
        inner = re.search(r"\(#([\w-]+)\)", key.value)
        if not inner or key.kind == "imports":
            continue
        [name] = [name for name in SECTIONS if re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") == inner.group(1)]
        items = value[key.name] if isinstance(value[key.name], list) else [value[key.name]]
        for item in items:
            if item is not None:
                check_keys(item, name)


def test_every_key_of_the_language_is_there_in_its_order(everything):
    check_keys(merged(everything), ROOT)


def test_defaults_are_written_out(room):
    room.config("version: 1\nduckdb: {}\n")
    found = merged(room)
    assert found == {
        "version": 1,
        "duckdb": {
            "database": ":memory:", "install_extensions": [], "load_extensions": [], "pragmas": [], "settings": [],
            "secrets": [],
        },
        "views": [],
        "attachments": {"duckdb": [], "sqlite": [], "postgres": [], "duckalog": []},
        "iceberg_catalogs": [],
        "semantic_models": [],
        "imports": [],
        "env_files": [".env"],
        "loader_settings": {"concurrency_enabled": True, "max_threads": None},
    }  # fmt: skip


def test_values_have_their_types(room):
    room.environment["YES"] = "yes"
    room.config(
        "version: 0x1\nduckdb: {secrets: [{type: s3, key_id: k, secret: s, persistent: '${env:YES}', port: '7'}]}\n"
        "env_files: []\n"
        "views:\n"
        "- {name: 5, source: parquet, uri: x, options: {n: 1.50, b: on, l: [1, a, ~], m: {k: 0x10}}, tags: [1, yes]}\n"
        "imports: {views: [a.yaml, {path: b.yaml, override: no}], duckdb: ~}\n"
    )
    room.config({}, "a.yaml")
    room.config(view("b"), "b.yaml")
    found = merged(room)
    assert found["version"] == 1
    secret = found["duckdb"]["secrets"][0]
    assert (secret["persistent"], secret["port"], secret["name"], secret["provider"]) == (True, 7, "s3", "config")
    assert found["views"][1]["name"] == "5"
    assert found["views"][1]["tags"] == ["1", "yes"]
    assert found["views"][1]["uri"] == str(room / "x")
    assert found["imports"] == {"views": ["a.yaml", {"path": "b.yaml", "override": False}]}
    assert found["env_files"] == []
    assert [entry["name"] for entry in found["views"]] == ["b", "5"]
    options = found["views"][1]["options"]
    assert options["n"] == 1.5 and options["b"] is True and options["l"] == [1, "a", None]


# ---- secrets ----

CANARY = "c4nary"

# A canary for each key that holds a secret, and wherever else one may be written.
GUARDED = {
    "version": 1,
    "duckdb": {
        "database": "catalog.duckdb",
        "settings": ["SET s3_secret_access_key = 'c4nary-1'", "SET s3_session_token = '${env:CANARY}'"],
        "pragmas": ["CREATE SECRET x (TYPE http, BEARER_TOKEN 'c4nary-2')"],
        "secrets": [
            {"type": "s3", "key_id": "c4nary-3", "secret": "${env:CANARY}", "options": {"session_token": "c4nary-5"}},
            {"type": "azure", "connection_string": "AccountName=a;AccountKey=c4nary-6"},
            {
                "type": "azure", "name": "azure2", "tenant_id": "t", "client_id": "c", "client_secret": "c4nary-7",
                "account_name": "a",
            },
            {"type": "gcs", "key_id": "k", "secret": "c4nary-8", "service_account_key": "c4nary-9", "json_key": "c4nary"},
            {
                "type": "http", "bearer_token": "c4nary-10", "header": "c4nary-11",
                "options": {"extra_http_headers": {"Authorization": "c4nary-12"}, "http_proxy": "http://u:c4nary@h"},
            },
            {"type": "postgres", "connection_string": "host=h user=u dbname=d password=c4nary-13"},
            {"type": "mysql", "host": "h", "user": "u", "database": "d", "password": "c4nary-14"},
        ],
    },
    "attachments": {
        "duckdb": [{"alias": "md", "path": "md:sales?motherduck_token=c4nary-15"}],
        "postgres": [
            {
                "alias": "shop", "host": "h", "port": 1, "database": "d", "user": "u", "password": "c4nary-16",
                "options": {"sslpassword": "c4nary-17"},
            }
        ],
    },
    "iceberg_catalogs": [
        {"name": "ice", "catalog_type": "rest", "uri": "https://u:c4nary-18@h", "options": {"token": "c4nary-19"}}
    ],
    "views": [
        parquet("a", "https://u:c4nary-20@h.example/x.parquet"),
        parquet("b", "https://h.example/x.parquet?X-Amz-Signature=c4nary-21"),
        parquet("c", "x.parquet", options={"encryption_config": {"footer_key_value": "c4nary-22", "key": 5}}),
        {"name": "d", "sql": "FROM postgres_scan('host=h password=c4nary-23', 's', 't') WHERE x = '${env:CANARY}'"},
        {"name": "e", "sql": "SELECT * FROM 'https://u:c4nary-24@h/x.csv'", "description": "was c4nary-16 once"},
    ],
    "semantic_models": [
        {"name": "m", "base_view": "d", "dimensions": [{"name": "x", "expression": "x || '${env:API_TOKEN}'"}]}
    ],
}  # fmt: skip


def test_the_guarded_config_has_every_secret_key():
    page = (REPOSITORY / "docs" / "config-reference.md").read_text(encoding="utf-8")
    secret_keys = set(re.findall(r"^\| `(\w+)` .*\*\*Secret", page, re.MULTILINE))
    assert len(secret_keys) >= 10

    def keys(value):
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    assert secret_keys <= keys(GUARDED)


SHOWING = [
    ("show-paths",),
    ("show-paths", "--json"),
    ("show-paths", "--check"),
    ("show-imports", "--show-merged", "--diagnostics"),
    ("show-imports", "--show-merged", "--diagnostics", "--format", "json"),
    ("graph",),
    ("graph", "--format", "dot"),
    ("graph", "--format", "json"),
]


@pytest.mark.parametrize("extra", [{}, {"nonsense": "c4nary-25"}], ids=["good", "with an error"])
@pytest.mark.parametrize("arguments", SHOWING, ids=" ".join)
def test_no_secret_comes_out(room, arguments, extra):
    room.environment |= {"CANARY": "c4nary-4", "API_TOKEN": "c4nary-26"}
    room.config({**GUARDED, **extra}, "part.yaml")
    room.config({"version": 1, "duckdb": {}, "imports": ["part.yaml"]})
    command, *options = arguments
    outcome = room.duckalog(command, "catalog.yaml", *options, "-vv")
    assert outcome.code == (2 if extra else 3 if "--check" in options else 0), outcome.err
    assert (outcome.out != "") == (not extra or command == "show-imports")
    assert CANARY not in outcome.out + outcome.err


def test_masked_values_stand_where_the_values_are(room):
    room.environment |= {"CANARY": "c4nary-4", "API_TOKEN": "c4nary-26"}
    room.config(GUARDED)
    found = merged(room)
    assert found["duckdb"]["settings"] == ["SET s3_secret_access_key = '***'", "SET s3_session_token = '***'"]
    assert found["duckdb"]["secrets"][0]["options"] == {"session_token": "***"}
    assert found["duckdb"]["secrets"][4]["options"] == {
        "extra_http_headers": {"Authorization": "***"},
        "http_proxy": "http://u:***@h",
    }
    assert found["duckdb"]["secrets"][5]["host"] == "h"
    assert found["views"][0]["uri"] == "https://u:***@h.example/x.parquet"
    assert found["views"][4]["description"] == "was *** once"
    assert found["semantic_models"][0]["dimensions"][0]["expression"] == "x || '***'"
    short = {"type": "http", "bearer_token": "xy"}
    room.catalog(duckdb={"secrets": [short], "settings": "SET s3_secret_access_key = 'xy'"})
    assert merged(room)["duckdb"]["secrets"][0]["bearer_token"] == "***"
    assert merged(room)["duckdb"]["settings"] == ["SET s3_secret_access_key = '***'"]
