"""
No secret value comes out: of any command, at any level of the log, in any format, whatever goes wrong.

Wherever a secret can be in a config there is a canary, and it is looked for in the streams, in every file that was
written, and in every field of the C API. The commands come from --help: one without a row here fails the first test.

Each call loads DuckDB and its extensions, so the first of each command is made in every way, and the others in the ways that
tell least and most; with DUCKALOG_TEST_LONG=1 (make test-kills) all are made in all.
"""

import copy
import functools
import os
import re
import subprocess

import duckalog_library as lib
import duckdb
import pytest
from conftest import PROGRAM, wait_until
from proxy import Proxy
from test_secrets import MISTAKES, guarded  # noqa: F401 (a fixture)

CANARY = "c4nary"
LONG = os.environ.get("DUCKALOG_TEST_LONG") == "1"

# Of each command the calls that are made; what they print is another test's business.
CALLS = {
    "run": [
        (),
        ("--quiet",),
        ("--timing",),
        ("--force-rebuild",),
        ("--read-only",),
        ("--db-path", "https://127.0.0.1:1/c.duckdb?sig=c4nary", "--export-put"),
        ("--refresh-secrets",),
        ("--prune", "--strict"),
        ("--allow-degraded", "--attach-retries", "0"),
        ("--dry-run",),
        ("-q", "SELECT count(*) AS n FROM v"),
        ("-q", "SELECT * FROM v WHERE nope = 1"),
        ("-q", "SELECT database_name, path FROM duckdb_databases()"),
        ("-q", "SELECT name, type, scope FROM duckdb_secrets()"),
        *(("--format", form, "-q", "SELECT view_name, sql FROM duckdb_views()") for form in ("table", "csv", "json", "jsonl")),
    ],
    "query": [("--config", "CONFIG", "SELECT 1"), ("--config", "CONFIG", "--model", "m"), ("--config", "CONFIG", "--model", "m", "--sql")],
    "diff": [(), ("--json",), ("--exit-code",)],
    "describe": [(), ("m",), ("--format", "json")],
    "validate": [(), ("--json",)],
    "generate-sql": [(), ("--views-only",), ("-o", "script.sql")],
    "show-paths": [("--check-remote", "--attach-retries", "0"), (), ("--check",), ("--json", "--check-remote", "--attach-retries", "0")],
    "doctor": [("--attach-retries", "0"), ("--json", "--attach-retries", "0")],
    "show-imports": [(), ("--show-merged",), ("--format", "json", "--show-merged"), ("--diagnostics",)],
    "graph": [(), ("--format", "text"), ("--format", "dot"), ("--format", "json"), ("-o", "graph.mmd")],
    "build": [(), ("--dry-run",), ("--incremental",)],
    "completion": [("--views", "CONFIG")],
    # These read no config: there is nothing for them to know.
    "init": None,
    "schema": None,
    "version": None,
}  # fmt: skip

READERS = [name for name, calls in CALLS.items() if calls is not None]


@functools.cache
def help_of(*command):
    return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True).stdout


def test_every_command_is_in_the_table():
    listed = re.findall(r"^  ([a-z-]+) .*", help_of().partition("Commands:\n")[2], re.MULTILINE)
    assert set(listed) == set(CALLS)
    for name, calls in CALLS.items():
        assert ("CONFIG" in help_of(name)) == (calls is not None)


def levels_of(command):
    """Each way in which the command can be made to tell more, the one that tells most last."""
    options = help_of(command)
    levels = [()] + [("-v",), ("-vv",)] * ("--verbose" in options)
    return levels + [("--log-level", "debug")] * ("--log-level" in options) + [("-vv", "--log-json")] * ("--log-json" in options)


def leaks(room, outcome, *sources):
    """Where a canary is: in the streams, or in a file that is no part of the config."""
    files = [path for path in room.folder.rglob("*") if path.is_file() and path.name not in sources]
    stores = [path for path in files if path.suffix == ".duckdb_secret"]
    return [name for name in ("out", "err") if CANARY in getattr(outcome, name)] + [
        path.name for path in files if path not in stores and CANARY.encode() in path.read_bytes()
    ]


def call(room, command, arguments, config="catalog.yaml", levels=(), **options):
    words = [config if word == "CONFIG" else word for word in arguments]
    if "CONFIG" in arguments:
        return room.duckalog(command, *words, *levels, **options)
    return room.duckalog(command, config, *words, *levels, **options)


# ---- all that a config can hide ----


@pytest.fixture
def everywhere(room, guarded):  # noqa: F811
    """Canaries in imported files, in .env files, in a nested catalog, in paths and settings too."""
    room.write(".env", "TOKEN_OF_ENV=c4nary-of-dotenv\nPLAIN=c4nary-of-a-plain-variable\n")
    imported = {"duckdb": {"secrets": [{"type": "http", "name": "imported", "bearer_token": "${env:TOKEN_OF_ENV}"}]}}
    room.config(imported, "parts/more.yaml")
    child = {
        "version": 1,
        "duckdb": {
            "database": "child.duckdb",
            "secrets": [
                {"type": "http", "name": "childs", "bearer_token": "c4nary-of-the-child"},
                {"type": "http", "name": "kept", "bearer_token": "c4nary-kept-by-the-child", "persistent": True},
            ],
        },
        "views": [{"name": "w", "sql": "SELECT 1 AS i"}],
    }
    room.config(child, "child.yaml")
    guarded["imports"] = ["parts/more.yaml"]
    guarded["duckdb"]["secrets"] += [
        {"type": "http", "name": "stored", "bearer_token": "c4nary-stored", "persistent": True},
        {"type": "azure", "name": "lake", "connection_string": "AccountName=a;AccountKey=c4nary-account-key"},
        {"type": "s3", "name": "deep", "key_id": "c4nary-id", "secret": "${env:PLAIN}", "options": {"session_token": "c4nary-session"}},
    ]  # fmt: skip
    guarded["duckdb"]["load_extensions"] += ["azure"]
    guarded["duckdb"]["settings"] = ["SET s3_secret_access_key = 'c4nary-setting'", "SET http_proxy_password = '${env:PLAIN}'"]
    guarded["duckdb"]["pragmas"] = ["CREATE OR REPLACE TEMPORARY SECRET of_pragma (TYPE http, BEARER_TOKEN 'c4nary-pragma')"]
    guarded["attachments"]["duckalog"] = [{"alias": "child", "config_path": "child.yaml"}]
    guarded["attachments"]["postgres"][0]["options"] = {"sslpassword": "c4nary-ssl"}
    guarded["semantic_models"] = [
        {"name": "m", "base_view": "v", "dimensions": [{"name": "id", "expression": "id"}], "measures": [{"name": "n", "expression": "count(*)"}]}
    ]  # fmt: skip
    return guarded


SOURCES = ("catalog.yaml", "child.yaml", "more.yaml", ".env")


@pytest.mark.parametrize("command", READERS)
def test_no_call_of_a_command_lets_a_value_out(room, everywhere, command):
    room.config(everywhere)
    codes = {}
    if command != "run":
        room.run()
    levels = levels_of(command)
    for arguments in CALLS[command]:
        in_all_ways = LONG or arguments == CALLS[command][0]
        for level in levels if in_all_ways else (levels[0], levels[-1]):
            outcome = call(room, command, arguments, levels=level)
            codes[arguments] = outcome.code
            assert outcome.code in ((0, 1) if "--exit-code" in arguments else (0, 2, 3, 4)), outcome.err
            assert leaks(room, outcome, *SOURCES) == [], (arguments, level)
    assert codes[CALLS[command][0]] == 0  # else only the words of failures were looked at


# ---- all that can go wrong ----


def change(*path, to):
    def apply(config):
        *way, last = path
        for key in way:
            config = config[key]
        config[last] = to

    return apply


SERVER = ("attachments", "postgres", 0)
MORE_MISTAKES = {
    "unknown host": change(*SERVER, "host", to="no-such-host.invalid"),
    "nested catalog whose secret fails": None,
    "persistent secret that can't be stored": None,
    "secret of a chain": change("duckdb", "secrets", 0, to={"type": "s3", "name": "chain", "provider": "credential_chain", "options": {"profile": "c4nary"}}),
    "stored secret that differs": None,
    "view of a URI with credentials": change("views", 0, to={"name": "v", "source": "parquet", "uri": "http://u:c4nary@127.0.0.1:1/x?sig=c4nary"}),
    "Iceberg catalog that refuses": change("iceberg_catalogs", to=[{"name": "i", "catalog_type": "rest", "uri": "http://u:c4nary@127.0.0.1:1", "options": {"token": "c4nary"}}]),
    "attached address with credentials": change("attachments", "duckdb", to=[{"alias": "d", "path": "http://u:c4nary@127.0.0.1:1/x.duckdb"}]),
    "attached service": change("attachments", "duckdb", to=[{"alias": "d", "path": "postgres:host=127.0.0.1 port=1 password=c4nary"}]),
    "catalog behind a URI": change("duckdb", "database", to="s3://key:c4nary@bucket/catalog.duckdb"),
    "import with credentials": change("imports", to=["https://u:c4nary@127.0.0.1:1/x.yaml"]),
    "model with a value of the environment": change("semantic_models", to=[{"name": "m", "base_view": "v", "measures": [{"name": "n", "expression": "count(* '${env:CANARY}'"}]}]),
}  # fmt: skip


def break_it(room, config, mistake):
    if mistake in MISTAKES:
        MISTAKES[mistake][0](config)
    elif MORE_MISTAKES[mistake] is not None:
        MORE_MISTAKES[mistake](config)
    elif mistake.startswith("nested"):
        secret = {"type": "http", "name": "childs", "bearer_token": "c4nary", "options": {"nope": "c4nary-option"}}
        room.config({"version": 1, "duckdb": {"database": "child.duckdb", "secrets": [secret]}}, "child.yaml")
        config["attachments"]["duckalog"] = [{"alias": "child", "config_path": "child.yaml"}]
    else:
        config["duckdb"]["secrets"][1]["persistent"] = True
        store = room / "home" / ".duckdb" / "stored_secrets"
        if mistake.startswith("stored"):
            room.config(config)
            room.run()
            config["duckdb"]["secrets"][1]["scope"] = "https://other.example/"
        else:
            store.parent.mkdir()
            store.write_text("")


# A script is for running: SQL that is no SET, and options that have no secret's name, are shown in it as they are.
SHOWN_IN_SCRIPTS = {
    "option of the wrong type", "view that fails", "view that cannot be parsed", "nested catalog whose secret fails",
    "model with a value of the environment", "secret of a chain",
}  # fmt: skip
SHOWERS = ("generate-sql", "describe", "query", "show-imports")


@pytest.mark.parametrize("mistake", [*MISTAKES, *MORE_MISTAKES])
def test_no_mistake_lets_a_value_out_of_any_command(room, guarded, mistake):  # noqa: F811
    config = copy.deepcopy(guarded)
    break_it(room, config, mistake)
    room.config(config)
    for command in READERS:
        for arguments in CALLS[command] if LONG else CALLS[command][:1]:
            if mistake in SHOWN_IN_SCRIPTS and (command in SHOWERS or "--dry-run" in arguments):
                continue
            more = ("-vv",) if "--verbose" in help_of(command) else ()
            outcome = call(room, command, arguments, levels=more)
            assert leaks(room, outcome, *SOURCES) == [], (command, arguments)


@pytest.mark.parametrize("mode", ["mute", "reset", "stall_after_authentication"])
def test_no_trouble_of_the_network_lets_a_value_out(room, guarded, postgres, mode):  # noqa: F811
    with Proxy(postgres.port) as proxy:
        getattr(proxy, mode)()
        guarded["attachments"]["postgres"][0]["port"] = proxy.port
        room.config(guarded)
        for command in ("run", "doctor"):
            outcome = room.duckalog(
                command, "catalog.yaml", "-vv", "--attach-timeout", "1", "--attach-retries", "1", timeout=30
            )
            assert outcome.code == 3, outcome.err
            assert leaks(room, outcome, "catalog.yaml") == []


def test_no_lock_lets_a_value_out(room, guarded):  # noqa: F811
    room.config(guarded)
    room.run()
    with duckdb.connect(str(room / "catalog.duckdb")):
        # Looked through afterwards: to close any descriptor of the file ends this process's lock on it.
        outcomes = [room.duckalog(command, "catalog.yaml", "-vv") for command in ("run", "doctor", "build")]
    for outcome in outcomes:
        assert outcome.code == 3 and "(PID " in outcome.out + outcome.err
        assert leaks(room, outcome, "catalog.yaml") == []


# ---- what DuckDB keeps ----


def test_the_log_of_duckdb_holds_no_value(room, guarded):  # noqa: F811
    """Its log of queries has each statement as it was sent: ours bring values as parameters."""
    guarded["duckdb"]["pragmas"] = ["CALL enable_logging(level = 'trace')"]
    room.config(guarded)
    outcome = room.run("--format", "jsonl", "-q", "SELECT type, message FROM duckdb_logs")
    assert "CREATE OR REPLACE TEMPORARY SECRET" in outcome.out and "ATTACH" in outcome.out
    assert CANARY not in outcome.out


def test_no_table_of_duckdb_holds_the_value_of_an_attachment(room, guarded):  # noqa: F811
    room.config(guarded)
    tables = ("duckdb_databases()", "duckdb_views()", "duckdb_settings()", "duckdb_variables()", "duckdb_prepared_statements()")
    sql = "; ".join(f"FROM {table}" for table in tables)
    sql += "; SELECT secret_string FROM duckdb_secrets() WHERE name LIKE '__duckalog%'"
    outcome = room.run("--format", "jsonl", "-q", sql)
    assert "shop" in outcome.out and CANARY not in outcome.out


def test_neither_the_catalog_nor_its_log_of_changes_holds_a_value(room, guarded):  # noqa: F811
    """Also while the session is open and nothing is checkpointed yet, and after a kill."""
    guarded["duckdb"]["pragmas"] = ["PRAGMA disable_checkpoint_on_shutdown"]
    guarded["views"].append({"name": "more", "sql": "SELECT 1 AS i"})
    room.config(guarded)
    process = room.start("run", "catalog.yaml", "-q", "SELECT count(*) FROM range(40000000) a, range(1000) b WHERE a.range = b.range + 1")
    log = room / "catalog.duckdb.wal"
    wait_until(lambda: process.poll() is not None or (log.exists() and log.stat().st_size > 0), "a log of changes")
    process.kill()
    out, err = process.communicate()
    assert log.exists(), err
    assert CANARY.encode() not in log.read_bytes() + (room / "catalog.duckdb").read_bytes()
    assert b"more" in log.read_bytes()


# ---- the C API ----


def texts_of(report):
    found = []
    index = 0
    while pointer := lib.report_get(report, index):
        one = pointer.contents
        found += [value for value in (getattr(one, name) for name, _ in one._fields_) if isinstance(value, bytes)]
        index += 1
    return found


@pytest.mark.parametrize("mistake", [*MISTAKES, *MORE_MISTAKES])
def test_no_field_of_a_diagnostic_and_no_line_of_the_log_holds_a_value(room, guarded, mistake, monkeypatch):  # noqa: F811
    config = copy.deepcopy(guarded)
    break_it(room, config, mistake)
    path = str(room.config(config)).encode()
    for name in ("HOME", "DUCKALOG_EXTENSION_DIRECTORY", "CANARY"):
        monkeypatch.setenv(name, room.environment[name])
    lines = []
    log = lib.LOG_FUNCTION(lambda level, line, user: lines.append(line))
    told = []
    with lib.Catalog(room / "catalog.yaml", log=log, log_level=3, attach_retries=-1) as catalog:
        catalog.open()
        told += texts_of(lib.diagnostics(catalog.handle))
    for call_of in (lib.validate, lib.build):
        report = lib.c_void_p()
        call_of(path, lib.byref(lib.options(attach_retries=-1)), lib.byref(report))
        told += texts_of(report)
        lib.report_free(report)
    loaded, report = lib.c_void_p(), lib.c_void_p()
    lib.config_load(path, None, lib.byref(loaded), lib.byref(report))
    told += texts_of(report)
    lib.report_free(report)
    lib.config_free(loaded)
    assert lines or told
    assert [text for text in lines + told if CANARY.encode() in text] == []
