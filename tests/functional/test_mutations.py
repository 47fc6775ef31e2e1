"""
Mistakes in a config: one that uses every key, with one thing changed at a time. Whatever is changed, reading it does not
crash, each problem has its place, and no secret comes out, in a message or in generated SQL.

All mutants are read in a child process, through the library; a crash there is told with the mutant that it came from.
"""

import json
import os
import re
from ctypes import byref, c_void_p, string_at

import duckalog_library as lib
import pytest
from conftest import REPOSITORY
from duckalog_library import CONFIG, ERROR, FULL, OK

REFERENCE = REPOSITORY / "docs/config-reference.md"
CANARY = "C4n4ry"


def canary(name):
    """A secret that no other text holds."""
    return f"{CANARY}-{name}"


PATIENCE = {"attach_timeout": 9, "retries": 1, "on_error": "warn"}

# Every key of the reference.
EVERYTHING = {
    "version": 1,
    "duckdb": {
        "database": "catalog.duckdb",
        "install_extensions": ["httpfs"],
        "load_extensions": ["httpfs"],
        "pragmas": [f"SET s3_secret_access_key = '{canary('pragma')}'"],
        "settings": ["SET threads = 2", f"SET s3_session_token = '{canary('setting')}'"],
        "secrets": [
            {
                **{"type": "s3", "name": "store", "provider": "config", "persistent": False, "scope": "s3://bucket"},
                **{"key_id": canary("s3-key"), "secret": canary("s3-secret"), "region": "eu-1"},
                **{"endpoint": "http://127.0.0.1:9000"},
                "options": {"url_style": "path", "session_token": canary("s3-option"), "use_ssl": False},
            },
            {
                **{"type": "azure", "name": "lake", "tenant_id": "t", "account_name": "a", "client_id": "c"},
                "client_secret": canary("azure-client"),
            },
            {
                "type": "azure",
                "name": "lake2",
                "connection_string": f"AccountName=a;AccountKey={canary('azure-key')};EndpointSuffix=x",
            },
            {
                **{"type": "gcs", "key_id": canary("gcs-key"), "secret": canary("gcs-secret")},
                **{"service_account_key": canary("gcs-account"), "json_key": canary("gcs-json")},
            },
            {
                **{"type": "http", "bearer_token": canary("http-token"), "header": canary("http-header")},
                "options": {"extra_http_headers": {"X-Api": canary("http-option"), "X-Other": 12345678}},
            },
            {
                **{"type": "postgres", "host": "h", "port": 5432, "database": "d", "user": "u"},
                "password": canary("postgres-password"),
            },
            {
                "type": "postgres",
                "name": "pg2",
                "connection_string": f"host=h dbname=d user=u password={canary('postgres-string')}",
            },
            {"type": "mysql", "connection_string": f"mysql://u:{canary('mysql-string')}@h:3306/d"},
        ],
    },
    "views": [
        {"name": "plain", "db_schema": "s", "sql": "SELECT 1 AS i", "description": "for people", "tags": ["a", "b"]},
        {"name": "dsn", "sql": f"SELECT * FROM postgres_scan('host=h password={canary('sql')}', 'public', 't')"},
        {"name": "of_file", "sql_file": {"path": "of.sql", "variables": {"n": 5}, "as_template": True}},
        {"name": "of_template", "sql_template": {"path": "of.sql", "variables": {"n": "x"}, "as_template": True}},
        {
            **{"name": "files", "source": "parquet", "uri": f"https://h/x.parquet?sig={canary('uri')}&n=1"},
            "options": {"union_by_name": True, "encryption_config": {"footer_key_value": canary("view-option")}},
        },
        {"name": "ice", "source": "iceberg", "catalog": "rest", "table": "ns.t"},
        {"name": "attached", "source": "duckdb", "database": "duck", "table": "t"},
    ],
    "attachments": {
        "duckdb": [{"alias": "duck", "path": "duck.duckdb", "read_only": True, **PATIENCE}],
        "sqlite": [{"alias": "lite", "path": "lite.db", "read_only": True, **PATIENCE}],
        "postgres": [
            {
                **{"alias": "pg", "host": "h", "port": 5432, "database": "d", "user": "u"},
                **{"password": canary("attachment"), "sslmode": "require", "read_only": True},
                **{"connect_timeout": 4, **PATIENCE},
                "options": {"connect_timeout": 5, "sslpassword": canary("attachment-option")},
            }
        ],
        "duckalog": [{"alias": "child", "config_path": "child.yaml", "database": "child.duckdb", "read_only": True, **PATIENCE}],
    },
    "iceberg_catalogs": [
        {
            **{"name": "rest", "catalog_type": "rest", "uri": "https://h/", "warehouse": "w", **PATIENCE},
            "options": {"token": canary("iceberg-token"), "client_secret": canary("iceberg-secret"), "n": 1.5},
        }
    ],
    "semantic_models": [
        {
            **{"name": "model", "base_view": "s.plain", "label": "l", "description": "d", "tags": ["t"]},
            "dimensions": [
                {
                    **{"name": "day", "expression": "i", "label": "l", "description": "d", "type": "time"},
                    "time_grains": ["day", "month"],
                }
            ],
            "measures": [
                {"name": "total", "expression": "sum(i)", "label": "l", "description": "d", "type": "number"}
            ],
            "joins": [{"to_view": "files", "type": "left", "on_condition": "plain.i = files.i"}],
            "defaults": {
                **{"time_dimension": "day", "primary_measure": "total"},
                "default_filters": [{"dimension": "day", "operator": ">", "value": "2024-01-01"}],
            },
        }
    ],
    "imports": [{"path": "more.yaml", "override": False}],
    "env_files": ["more.env"],
    "loader_settings": {"concurrency_enabled": True, "max_threads": 2},
}

# What it names.
FILES = {
    "of.sql": "SELECT {{n}} AS n\n",
    "child.yaml": "version: 1\nduckdb: {database: child.duckdb}\n",
    "more.yaml": "views: [{name: more, sql: SELECT 2 AS i}]\n",
    "more.env": "X=1\n",
}


# ---- the reference ----


def reference():
    """Every key, each as in `views[].name`."""
    keys = set()
    sections = []
    for line in REFERENCE.read_text().splitlines():
        if line.startswith("## "):
            title = line[3:]
            sections = [""] if title == "Top level" else [name + "." for name in title.split(", ")]
        row = re.match(r"\| `(\w+)` \|", line)
        for section in sections if row else ():
            keys.add(section + row[1])
    return keys


def keys_in(value, path=""):
    """The keys of a config as the reference names them: what is in free maps is not in it."""
    found = set()
    if isinstance(value, list):
        for item in value:
            found |= keys_in(item, path + "[]")
    elif isinstance(value, dict) and not path.endswith((".options", ".variables", ".default_filters[]")):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            found |= {inner} | keys_in(item, inner)
    return found


def test_config_has_every_key_of_the_reference():
    assert keys_in(EVERYTHING) == reference()
    assert len(reference()) > 100


# ---- writing: mappings are lists of pairs here, as a key may be there twice ----


class Map(list):
    pass


def tree_of(value):
    if isinstance(value, dict):
        return Map([key, tree_of(item)] for key, item in value.items())
    return [tree_of(item) for item in value] if isinstance(value, list) else value


def flow(value):
    """JSON, which is flow style of YAML too."""
    if isinstance(value, Map):
        return "{" + ", ".join(f"{json.dumps(key)}: {flow(item)}" for key, item in value) + "}"
    return "[" + ", ".join(map(flow, value)) + "]" if isinstance(value, list) else json.dumps(value)


def is_word(text):
    return re.fullmatch(r"[A-Za-z][\w.:/ -]*[\w/]", text) and not re.search(r":( |$)| #", text)


def bare(value):
    """As people write it: without quotes where none are needed."""
    if isinstance(value, str) and is_word(value) and value not in ("true", "false", "null"):
        return value
    return json.dumps(value)


def yaml_flow(value):
    if isinstance(value, Map):
        return "{" + ",\n  ".join(f"{bare(key)}: {yaml_flow(item)}" for key, item in value) + "}"
    return "[" + ", ".join(map(yaml_flow, value)) + "]" if isinstance(value, list) else bare(value)


def block(value, indent=""):
    """The lines of a value that is not empty."""
    if isinstance(value, Map):
        return "".join(f"{indent}{bare(key)}:{below(item, indent)}" for key, item in value)
    return "".join(f"{indent}-{below(item, indent)}" for item in value)


def below(value, indent):
    if isinstance(value, list) and value:
        return "\n" + block(value, indent + "  ")
    return f" {flow(value) if isinstance(value, list) else bare(value)}\n"


STYLES = {"block.yaml": block, "flow.yaml": lambda tree: yaml_flow(tree) + "\n", "config.json": flow}


# ---- mutants ----


def places(tree, path=()):
    """The path of each pair and item, outer ones first."""
    for index, element in enumerate(tree):
        value = element[1] if isinstance(tree, Map) else element
        yield (*path, index)
        if isinstance(value, list):
            yield from places(value, (*path, index))


def name_of(tree, path):
    name = ""
    for index in path:
        name += f".{tree[index][0]}" if isinstance(tree, Map) else f"[{index}]"
        tree = tree[index][1] if isinstance(tree, Map) else tree[index]
    return name.removeprefix(".")


def copied(tree):
    if isinstance(tree, Map):
        return Map([key, copied(item)] for key, item in tree)
    return [copied(item) for item in tree] if isinstance(tree, list) else tree


OTHER_TYPES = {
    "a word": "word",
    "a number": 7,
    "a negative number": -1.5,
    "true": True,
    "empty text": "",
    "null": None,
    "an empty list": [],
    "an empty mapping": Map(),
    "a list": ["word", 7],
    "a mapping": Map([["word", 7]]),
    "a list of lists": [["word"], [Map()]],
    "a list of mappings": [Map([["name", "word"]]), None],
}


def changes(holder, index, outer):
    """(what, how): each changes the container that the path leads to, or the one around that."""
    is_map = isinstance(holder, Map)
    key, value = holder[index] if is_map else (None, holder[index])

    def put(new):
        holder[index] = [key, new] if is_map else new

    yield "removed", lambda: holder.pop(index)
    yield "twice", lambda: holder.insert(index, [key, value] if is_map else value)
    for what, new in OTHER_TYPES.items():
        yield what, lambda new=new: put(new)
    yield "in a list", lambda: put([value])
    yield "in a mapping", lambda: put(Map([["word", value]]))
    if isinstance(value, str):
        # `password: {hunter2}`, and a value that goes on where it should not
        yield "as a key", lambda: put(Map([[value, None]]))
        yield "with a blank line", lambda: put(value + "\n\n" + value)
        yield "with a control character", lambda: put("\x01" + value)
    if not is_map:
        return
    typo = key[0] + key[2:] if len(key) > 2 else key + "x"
    swapped = key[:-2] + key[-1] + key[-2] if len(set(key[-2:])) == 2 else key + key[-1]
    yield "twice with other values", lambda: holder.insert(index, [key, "word"])
    yield f"as {typo}", lambda: holder.__setitem__(index, [typo, value])
    yield f"as {swapped}", lambda: holder.__setitem__(index, [swapped, value])
    yield "in upper case", lambda: holder.__setitem__(index, [key.upper(), value])
    if isinstance(outer, Map):
        yield "one level out", lambda: outer.append(holder.pop(index))


def holders(tree, path):
    """The container of the element that the path leads to, and the next mapping around it."""
    outer = None
    for index in path[:-1]:
        outer = tree if isinstance(tree, Map) else outer
        tree = tree[index][1] if isinstance(tree, Map) else tree[index]
    return tree, outer


def mutants(tree):
    for path in places(tree):
        count = sum(1 for _ in changes(*holders_and_index(tree, path)))
        for number in range(count):
            mutant = copied(tree)
            what, change = list(changes(*holders_and_index(mutant, path)))[number]
            change()
            yield f"{name_of(tree, path)}: {what}", mutant


def holders_and_index(tree, path):
    holder, outer = holders(tree, path)
    return holder, path[-1], outer


# ---- reading them ----


def texts_of(problem):
    texts = (problem.message, problem.hint, problem.path, problem.object, problem.line_text)
    return [text.decode() for text in texts if text is not None]


def complaints_of_problem(problem, path, lines):
    """What is wrong with what is said."""
    if problem.file is not None and problem.file.decode() == str(path.parent / "of.sql"):
        lines = FILES["of.sql"].splitlines()
    elif problem.file is None or problem.file.decode() != str(path):
        yield f"no file in {texts_of(problem)}"
        return
    if not (1 <= problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1):
        yield f"line {problem.line}, column {problem.column} is no place of {texts_of(problem)}"
    for text in texts_of(problem):
        if CANARY.lower() in text.lower():
            yield f"a secret in {text!r}"


def complaints_of_sql(config):
    sql = c_void_p()
    if lib.generate_sql(config, None, FULL, byref(sql)) != OK:
        yield "no SQL"
        return
    for line in string_at(sql).decode().splitlines():
        if CANARY.lower() in line.lower():
            yield f"a secret in the SQL {line!r}"
    lib.string_free(sql)


def complaints(path, text):
    lines = text.split("\n")
    path.write_text(text)
    config, report = c_void_p(), c_void_p()
    status = lib.config_load(str(path).encode(), None, byref(config), byref(report))
    errors = 0
    for index in range(lib.report_count(report)):
        problem = lib.report_get(report, index).contents
        errors += problem.severity == ERROR
        yield from complaints_of_problem(problem, path, lines)
    if status != (CONFIG if errors else OK):
        yield f"status {status} with {errors} errors"
    if status == OK:
        yield from complaints_of_sql(config)
        lib.config_free(config)
    lib.report_free(report)


def in_child(work):
    """The lines that `work` writes, in a process of its own, and how that ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "w", buffering=1) as out:
                work(out)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as lines:
        said = lines.read().splitlines()
    return said, os.waitpid(child, 0)[1]


@pytest.fixture(scope="module")
def tree():
    return tree_of(EVERYTHING)


@pytest.fixture
def files(room):
    for name, content in FILES.items():
        room.write(name, content)
    return room


@pytest.mark.parametrize("style", STYLES)
def test_config_with_every_key_is_accepted_and_shows_no_secret(files, tree, style):
    assert list(complaints(files / style, STYLES[style](tree))) == []
    config = c_void_p()
    assert lib.config_load(str(files / style).encode(), None, byref(config), None) == OK
    lib.config_free(config)


@pytest.mark.parametrize("style", STYLES)
def test_any_mistake_has_its_place_and_shows_no_secret(files, tree, style):
    def read_them(out):
        for name, mutant in mutants(tree):
            print(name, file=out)
            for complaint in complaints(files / style, STYLES[style](mutant)):
                print(f"  {complaint}", file=out)

    said, status = in_child(read_them)
    assert status == 0, f"crashed with {[line for line in said if line[0] != ' '][-1]}"
    wrong = [f"{said[i - 1]} {line}" for i, line in enumerate(said) if line.startswith("  ")]
    assert wrong == []
    assert len(said) > 2500


def test_any_cut_of_a_query_shows_no_secret(room):
    """DuckDB's parser quotes what it stumbles over."""
    query = f"SELECT * FROM postgres_scan('host=h password={canary('sql')}', 'public') AS t WHERE x = 'p'"
    path = room / "catalog.yaml"
    for end in range(1, len(query)):
        room.catalog({"name": "v", "sql": query[:end]})
        status, found = lib.problems_of_call(lib.validate, str(path).encode(), None)
        assert status in (OK, CONFIG)
        assert CANARY not in str(found), query[:end]
