"""Each command and each kind of failure: the exit code is that of README's table.

`ROWS` has a call for each kind of failure that a command can meet; `CANNOT` says which it can't, so that a new command,
or a new kind, is not forgotten.
"""

import fcntl
import os
import re
import signal
import socket
import struct
import termios
import time
from contextlib import contextmanager

import duckdb
import pytest
from conftest import PROGRAM, TIMEOUT_S, WITH_REMOTE, cpu_seconds, need_extension, wait_until

DONE, UNEXPECTED, USAGE, DATABASE, REMOTE, INTERRUPTED = 0, 1, 2, 3, 4, 130

# What goes wrong, and the code that says so.
KINDS = {
    "nothing": DONE,
    "unknown option": USAGE,
    "too many arguments": USAGE,
    "an argument is missing": USAGE,
    "a word that is none of them": USAGE,
    "config with a mistake": USAGE,
    "config missing": USAGE,
    "config is a folder": USAGE,
    "file missing": USAGE,
    "output in no folder": USAGE,
    "database locked": DATABASE,
    "database invalid": DATABASE,
    "database missing": DATABASE,
    "SQL wrong": DATABASE,
    "data out of reach": DATABASE,
    "server out of reach": DATABASE,
    "no libduckdb": DATABASE,
    "catalog elsewhere out of reach": REMOTE,
    "catalog in no such place": USAGE if WITH_REMOTE else REMOTE,
    "disk full": UNEXPECTED,
    "output closed": UNEXPECTED,
    "reader gone": DONE,
}

# A call of each command that works.
CALLS = {
    "run": ["catalog.yaml", "--query", "FROM v"],
    "query": ["FROM v", "--catalog", "built.duckdb"],
    "diff": ["catalog.yaml"],
    "describe": ["catalog.yaml"],
    "validate": ["catalog.yaml"],
    "generate-sql": ["catalog.yaml"],
    "show-paths": ["catalog.yaml"],
    "show-imports": ["catalog.yaml"],
    "graph": ["catalog.yaml"],
    "doctor": ["catalog.yaml"],
    "build": ["catalog.yaml"],
    "init": ["--output", "new.yaml"],
    "schema": [],
    "completion": ["bash"],
    "version": [],
}
READS_CONFIG = [command for command, words in CALLS.items() if words[:1] == ["catalog.yaml"]]
OPENS_DATABASE = ["run", "query", "diff", "doctor", "build"]

# Calls that fail, where words_for() can't make one of the call that works.
ROWS = {
    "a word that is none of them": {
        "run": ["catalog.yaml", "-q", "FROM v", "--format", "xml"],
        "query": ["FROM v", "--format", "xml"],
        "describe": ["catalog.yaml", "--format", "xml"],
        "show-imports": ["catalog.yaml", "--format", "xml"],
        "graph": ["catalog.yaml", "--format", "xml"],
        "init": ["--format", "xml"],
        "completion": ["tcsh"],
        "build": ["catalog.yaml", "--log-level", "loud"],
        "doctor": ["catalog.yaml", "--attach-timeout", "soon"],
        "diff": ["catalog.yaml", "--lock-timeout", "soon"],
        "validate": ["catalog.yaml", "--max-nesting", "deep"],
        "generate-sql": ["catalog.yaml", "--max-nesting", "deep"],
        "show-paths": ["catalog.yaml", "--max-nesting", "deep"],
    },
    "file missing": {
        "run": ["catalog.yaml", "--file", "gone.sql"],
        "query": ["FROM v", "--catalog", "gone.duckdb"],
        "completion": ["--views", "gone.yaml"],
    },
    "output in no folder": {
        "run": ["catalog.yaml", "-q", "FROM v", "-o", "no/such/folder/v.csv"],
        "query": ["FROM v", "-c", "built.duckdb", "-o", "no/such/folder/v.csv"],
        "generate-sql": ["catalog.yaml", "-o", "no/such/folder/v.sql"],
        "graph": ["catalog.yaml", "-o", "no/such/folder/v.dot"],
        "init": ["--output", "text.duckdb/new.yaml"],
    },
    "database locked": {
        "run": ["locked.yaml"],
        "query": ["FROM v", "--catalog", "locked.duckdb"],
        "diff": ["locked.yaml"],
        "doctor": ["locked.yaml"],
        "build": ["locked.yaml"],
        "completion": ["--views", "locked.duckdb"],
    },
    "database invalid": {
        "run": ["catalog.yaml", "--db-path", "text.duckdb"],
        "query": ["FROM v", "--catalog", "text.duckdb"],
        "diff": ["catalog.yaml", "--db-path", "text.duckdb"],
        "doctor": ["catalog.yaml", "--db-path", "text.duckdb"],
        "build": ["catalog.yaml", "--db-path", "text.duckdb"],
        "completion": ["--views", "text.duckdb"],
    },
    "database missing": {
        "run": ["catalog.yaml", "--read-only", "--db-path", "gone.duckdb"],
        "query": ["FROM v", "--config", "new.yaml"],
    },
    "SQL wrong": {
        "run": ["catalog.yaml", "--query", "FROM nowhere"],
        "query": ["FROM nowhere", "--catalog", "built.duckdb"],
        "build": ["sql.yaml"],
    },
    "data out of reach": {
        "run": ["data.yaml"],
        "build": ["data.yaml"],
        "doctor": ["data.yaml"],
        "show-paths": ["data.yaml", "--check"],
        "query": ["FROM 'gone.parquet'", "--catalog", "built.duckdb"],
    },
    "server out of reach": {
        "run": ["server.yaml"],
        "build": ["server.yaml"],
        "doctor": ["server.yaml"],
        "query": ["FROM v", "--config", "server.yaml"],
    },
    "catalog elsewhere out of reach": {
        "run": ["catalog.yaml", "--db-path", "https://127.0.0.1:1/c.duckdb", "--export-put"],
        "build": ["catalog.yaml", "--db-path", "https://127.0.0.1:1/c.duckdb", "--export-put"],
        "query": ["FROM v", "--catalog", "https://127.0.0.1:1/c.duckdb"],
    },
    "catalog in no such place": {
        "run": ["catalog.yaml", "--db-path", "ftp://127.0.0.1:1/c.duckdb"],
        "build": ["catalog.yaml", "--db-path", "ftp://127.0.0.1:1/c.duckdb"],
        "query": ["FROM v", "--catalog", "ftp://127.0.0.1:1/c.duckdb"],
    },
}

NO_FAILURE = "it has nothing of the kind"
CANNOT = {
    "an argument is missing": dict.fromkeys(["init", "schema", "version"], "it needs none"),
    "a word that is none of them": dict.fromkeys(["schema", "version"], NO_FAILURE),
    "file missing": dict.fromkeys(
        [*(set(READS_CONFIG) - {"run"}), "init", "schema", "version"], "it reads no file but the config"
    ),
    "output in no folder": dict.fromkeys(
        ["diff", "describe", "validate", "show-paths", "show-imports", "doctor", "build", "schema", "completion", "version"],
        "it writes to standard output",
    ),
    "database missing": dict.fromkeys(["diff", "doctor", "build"], "it would be built"),
    "SQL wrong": dict.fromkeys(["diff", "doctor"], "it runs none of the user's"),
    "data out of reach": {"diff": "it looks at no data"},
    "server out of reach": {"diff": "it attaches nothing"},
    "catalog elsewhere out of reach": dict.fromkeys(set(CALLS) - {"run", "build", "query"}, "it asks for no catalog"),
    "catalog in no such place": dict.fromkeys(set(CALLS) - {"run", "build", "query"}, "it asks for no catalog"),
}


@contextmanager
def calls_of(room):
    """A room with all that the calls name. The locked database is held by this process."""
    room.catalog(("v", "SELECT 1 AS i"))
    room.catalog(("v", "SELECT 1 AS i"), name="built.yaml", database="built.duckdb")
    assert room.duckalog("run", "built.yaml").code == 0
    room.catalog(("v", "SELECT 1 AS i"), name="new.yaml.txt", database="absent.duckdb")
    room.config("version: 1\nduckdb: {}\nviews: [{name: v}]\n", "broken.yaml")
    room.catalog(("v", "FROM nowhere"), name="sql.yaml", database="sql.duckdb")
    room.catalog({"name": "v", "source": "parquet", "uri": "gone/*.parquet"}, name="data.yaml", database="data.duckdb")
    room.write("text.duckdb", "this is not a database, and it is longer than a header is\n")
    room.catalog(("v", "SELECT 1 AS i"), name="locked.yaml", database="locked.duckdb")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = {"alias": "p", "host": "127.0.0.1", "port": port, "database": "d", "user": "u", "password": "secret"}
    room.catalog(
        ("v", "SELECT 1 AS i"), name="server.yaml", database="built.duckdb", attachments={"postgres": [server]}
    )
    with duckdb.connect(str(room / "locked.duckdb")) as connection:
        connection.execute("CREATE VIEW v AS SELECT 1 AS i")
        yield room


@pytest.fixture
def prepared(room):
    with calls_of(room):
        yield room


def words_for(command, kind):
    """The call, or None when the command can't fail like that."""
    if command in CANNOT.get(kind, {}):
        return None
    if kind in ROWS:
        return ROWS[kind].get(command)
    works = CALLS[command]
    if kind == "unknown option":
        return [*works, "--no-such-option"]
    if kind == "too many arguments":
        return [*works, *(["more"] * 3)]
    if kind == "an argument is missing":
        return []
    if kind.startswith("config"):
        name = {"with": "broken.yaml", "miss": "missing.yaml", "is a": "."}[kind[7:11]]
        if command == "query":
            return ["FROM v", "--config", name]
        return [name] if command in READS_CONFIG else None
    if kind == "no libduckdb":
        return works if command in OPENS_DATABASE else None
    return works


def table():
    return [(kind, command) for kind in KINDS for command in CALLS if words_for(command, kind) is not None]


def test_every_command_has_a_row_for_each_kind_of_failure_or_a_reason(room):
    listed = re.findall(r"^  ([a-z-]+) .*", room.duckalog("--help").out.partition("Commands:\n")[2], re.MULTILINE)
    assert sorted(listed) == sorted(CALLS)
    for kind, rows in ROWS.items():
        needed = OPENS_DATABASE if KINDS[kind] == DATABASE else CALLS
        assert not set(needed) - set(rows) - set(CANNOT.get(kind, {})), kind


@pytest.mark.parametrize("kind, command", table(), ids=lambda value: value.replace(" ", "-"))
def test_each_failure_of_each_command_has_its_exit_code(prepared, kind, command):
    if kind == "server out of reach":
        need_extension("postgres_scanner")
        prepared.environment["DUCKALOG_ATTACH_TIMEOUT"] = "1"
    if (kind, command) == ("database missing", "query"):
        (prepared / "new.yaml.txt").rename(prepared / "new.yaml")
    if kind == "no libduckdb":
        prepared.environment["DUCKALOG_LIBDUCKDB"] = str(prepared / "gone.so")
    prepared.environment["DUCKALOG_NO_DEPRECATION"] = "1"
    words = [command, *words_for(command, kind)]
    if kind == "reader gone":
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as gone:
            outcome = prepared.duckalog(*words, stdout=gone)
    elif kind == "disk full":
        with open("/dev/full", "wb") as full:
            outcome = prepared.duckalog(*words, stdout=full)
    elif kind == "output closed":
        outcome = prepared.duckalog("-c", 'exec "$0" "$@" >&-', PROGRAM, *words, program="sh")
    else:
        outcome = prepared.duckalog(*words)
    code = KINDS[kind]
    assert outcome.code == code, outcome.out + outcome.err
    if code == DONE:
        assert outcome.err == ""
    elif command != "completion" or code != DATABASE and kind != "file missing":
        # What a key calls while a line is completed says nothing, or the line would be spoilt.
        assert outcome.err.strip() != "" and "secret" not in outcome.err


@pytest.mark.parametrize("command", OPENS_DATABASE)
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_is_printed_to_a_closed_stream_never_goes_into_the_catalog(prepared, command, closed):
    """The database file would get the number of the closed stream."""
    words = [command, *CALLS[command]]
    prepared.run()
    before = prepared.views_in()
    prepared.duckalog("-c", f'exec "$0" "$@" {closed}', PROGRAM, *words, program="sh")
    assert prepared.views_in() == before
    assert prepared.run("--read-only").err == ""


# ---- interrupted ----


def ended(process):
    """As a shell tells it: one that was ended by a signal has 128 more than its number."""
    code = process.wait(20)
    return 128 - code if code < 0 else code


LONG_QUERY = "SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) = 1"


@pytest.mark.parametrize(
    "words",
    [
        ["run", "catalog.yaml", "--query", LONG_QUERY],
        ["query", LONG_QUERY, "--catalog", "built.duckdb"],
        ["query", LONG_QUERY, "--config", "built.yaml"],
        ["build", "long.yaml"],
    ],
)
def test_an_interrupt_while_duckdb_computes_ends_with_130(prepared, words):
    prepared.catalog(("v", "SELECT 1"), name="long.yaml", database="long.duckdb", duckdb={"pragmas": [LONG_QUERY]})
    process = prepared.start(*words)
    wait_until(lambda: cpu_seconds(process.pid) > 0.3, "DuckDB to compute")
    process.send_signal(signal.SIGINT)
    assert ended(process) == INTERRUPTED, process.stderr.read()


@pytest.mark.parametrize("command", ["run", "build", "doctor", "query"])
def test_an_interrupt_while_a_server_says_nothing_ends_with_130(prepared, command):
    need_extension("postgres_scanner")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server = {"alias": "p", "host": "127.0.0.1", "port": mute.getsockname()[1], "database": "d", "user": "u", "password": "secret"}
        prepared.catalog(
            ("v", "SELECT 1 AS i"), name="mute.yaml", database="built.duckdb", attachments={"postgres": [server]}
        )
        words = ["FROM v", "--config", "mute.yaml"] if command == "query" else ["mute.yaml"]
        process = prepared.start(command, *words, "--attach-timeout", "60")
        mute.settimeout(10)
        connection, _ = mute.accept()
        process.send_signal(signal.SIGINT)
        assert ended(process) == INTERRUPTED, process.stderr.read()
        connection.close()


@contextmanager
def stalled(room, *words):
    """The program while what it prints fills a pipe that nobody reads."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)

    def count():
        return struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"\0" * 4))[0]

    try:
        process = room.start(*words, stdout=writer)
        os.close(writer)
        wait_until(lambda: count() > 0, "something to read")
        while (before := count()) != (time.sleep(0.3), count())[1]:
            assert before < 4096
        assert process.poll() is None, "all of it went into the pipe"
        yield process
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "words",
    [
        ["run", "many.yaml", "--dry-run"],
        ["diff", "many.yaml"],
        ["generate-sql", "many.yaml"],
        ["validate", "wrong.yaml", "--json"],
        ["show-imports", "many.yaml", "--show-merged"],
        ["show-paths", "many.yaml"],
        ["graph", "many.yaml"],
        ["schema"],
        ["completion", "bash"],
    ],
)
def test_an_interrupt_while_the_reader_does_not_read_ends_with_130(prepared, words):
    views = [{"name": f"v{i}", "source": "parquet", "uri": f"data/file-number-{i}.parquet"} for i in range(300)]
    prepared.catalog(*views, name="many.yaml", database="many.duckdb")
    prepared.catalog(*[{"name": f"v{i}"} for i in range(300)], name="wrong.yaml")
    with stalled(prepared, *words) as process:
        process.send_signal(signal.SIGINT)
        assert ended(process) == INTERRUPTED, process.stderr.read()


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_second_interrupt_ends_a_query_whose_reader_does_not_read_with_130(prepared, form):
    """The first one stops the query; what DuckDB has handed over already waits for its reader."""
    with stalled(prepared, "run", "catalog.yaml", "--query", "FROM range(1000000)", "--format", form) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # two at once would be one
        process.send_signal(signal.SIGINT)
        assert ended(process) == INTERRUPTED, process.stderr.read()
