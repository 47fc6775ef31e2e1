"""The command line: every command and option, what it prints where, and its exit code."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import duckdb
import pytest
from conftest import DUCKDB_CLI, EXTENSIONS, PROGRAM, TIMEOUT_S, cpu_seconds, need_extension, wait_until

COMMANDS = ["run", "query", "describe", "validate", "generate-sql", "build", "version"]


@pytest.fixture
def small(room):
    """A catalog of one view with three rows, not built yet."""
    room.catalog(("v", "SELECT * FROM (VALUES (1, 'one'), (2, NULL), (3, 'three')) t(i, word)"))
    return room


# ---- exit codes ----


def broken_config(room):
    room.config("version: 1\nduckdb: {}\nviews: [{name: v}]\n", "broken.yaml")


def engine_trouble(room):
    room.catalog(("v", "FROM nowhere"), name="failing.yaml", database="failing.duckdb")


def no_database(room):
    room.write("text.duckdb", "this is not a database, and it is longer than a header is\n")


def built(room):
    room.run()


# What was there before, the arguments, the exit code, and what standard error has to say.
EXIT_CODES = [
    (None, ["run", "catalog.yaml"], 0, ""),
    (None, ["run", "catalog.yaml", "-q", "FROM v"], 0, ""),
    (None, ["run", "catalog.yaml", "--dry-run"], 0, ""),
    (None, ["build", "catalog.yaml"], 0, "deprecated"),
    (None, ["validate", "catalog.yaml"], 0, ""),
    (None, ["generate-sql", "catalog.yaml"], 0, ""),
    (built, ["query", "FROM v"], 0, ""),
    (None, ["version"], 0, ""),
    (None, ["--version"], 0, ""),
    (None, ["--help"], 0, ""),
    # usage
    (None, [], 2, "usage: duckalog COMMAND"),
    (None, ["nope"], 2, 'there is no command "nope"'),
    (None, ["validat", "catalog.yaml"], 2, "did you mean validate?"),
    (None, ["run"], 2, "CONFIG is missing"),
    (None, ["query"], 2, "SQL is missing"),
    (None, ["version", "more"], 2, "one argument too many"),
    (None, ["run", "catalog.yaml", "other.yaml"], 2, "one argument too many"),
    (None, ["run", "catalog.yaml", "--nope"], 2, "--nope"),
    (None, ["run", "catalog.yaml", "-x"], 2, "-x"),
    (None, ["run", "catalog.yaml", "--query"], 2, "needs a value"),
    (None, ["run", "catalog.yaml", "--query", ""], 2, "there is no SQL to run in --query"),
    (None, ["run", "catalog.yaml", "-q", " ; "], 2, "there is no SQL to run in --query"),
    (None, ["run", "catalog.yaml", "--dry-run", "-q", "FROM v"], 2, "goes with neither --query nor --interactive"),
    (None, ["run", "catalog.yaml", "--read-only", "--force-rebuild"], 2, "exclude each other"),
    (None, ["run", "catalog.yaml", "--include-secrets"], 2, "--dry-run"),
    (None, ["run", "catalog.yaml", "-q", "FROM v", "--format", "xml"], 2, "table, csv, tsv, json, jsonl, markdown, html, parquet or arrow"),
    (None, ["validate", "catalog.yaml", "--db-path", "x"], 2, "--db-path"),
    (None, ["query", ""], 2, "no SQL"),
    # configs
    (None, ["run", "missing.yaml"], 2, "missing.yaml"),
    (None, ["run", "."], 2, "."),
    (None, ["validate", "missing.yaml"], 2, "missing.yaml"),
    (None, ["generate-sql", "missing.yaml"], 2, "missing.yaml"),
    (None, ["build", "missing.yaml"], 2, "missing.yaml"),
    (broken_config, ["run", "broken.yaml"], 2, "broken.yaml:3:9: views[0]"),
    (broken_config, ["run", "broken.yaml", "--dry-run"], 2, "broken.yaml:3:9: views[0]"),
    (broken_config, ["build", "broken.yaml"], 2, "broken.yaml:3:9: views[0]"),
    (broken_config, ["validate", "broken.yaml"], 2, "broken.yaml:3:9: views[0]"),
    (broken_config, ["generate-sql", "broken.yaml"], 2, "broken.yaml:3:9: views[0]"),
    (broken_config, ["query", "SELECT 1", "--config", "broken.yaml"], 2, "broken.yaml:3:9: views[0]"),
    # files named on the command line
    (None, ["query", "SELECT 1"], 2, "catalog.duckdb"),
    (None, ["query", "SELECT 1", "-c", "gone.duckdb"], 2, "Catalog file not found: gone.duckdb"),
    # the database, SQL, data
    (None, ["run", "catalog.yaml", "--read-only"], 3, "catalog.duckdb"),
    (None, ["query", "SELECT 1", "--config", "catalog.yaml"], 3, "catalog.duckdb"),
    (engine_trouble, ["run", "failing.yaml"], 3, "views: v: "),
    (engine_trouble, ["build", "failing.yaml"], 3, "views: v: "),
    (no_database, ["run", "catalog.yaml", "--db-path", "text.duckdb"], 3, "text.duckdb"),
    (no_database, ["query", "SELECT 1", "-c", "text.duckdb"], 3, "text.duckdb"),
    (None, ["run", "catalog.yaml", "-q", "FROM nowhere"], 3, "nowhere"),
    (None, ["run", "catalog.yaml", "-q", "SELEKT 1"], 3, "SELEKT"),
    (None, ["run", "catalog.yaml", "-q", "SELECT 'x'::INT"], 3, "Conversion Error"),
    (built, ["query", "FROM nowhere"], 3, "nowhere"),
    (built, ["query", "CREATE TABLE t (i INT)"], 3, "read-only"),
    (None, ["generate-sql", "catalog.yaml", "-o", "no/such/folder/x.sql"], 2, "no/such/folder/x.sql"),
]


@pytest.mark.parametrize(
    "before, arguments, code, words", EXIT_CODES, ids=[" ".join(row[1]) or "-" for row in EXIT_CODES]
)
def test_each_way_to_end_has_its_exit_code(small, before, arguments, code, words):
    if before is not None:
        before(small)
    outcome = small.duckalog(*arguments)
    assert outcome.code == code, outcome.err
    assert words in outcome.err
    if code != 0:
        assert outcome.out == ""
    elif not words:
        assert outcome.err == ""


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_lists_every_command(room, word):
    outcome = room.duckalog(word)
    assert (outcome.code, outcome.err) == (0, "")
    listed = re.findall(r"^  ([a-z-]+) .*  +\S", outcome.out, re.MULTILINE)
    assert [name for name in listed if name in COMMANDS] == COMMANDS
    assert listed[0] == "run"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_tells_its_options_and_an_example_that_names_it(room, command):
    for words in ([command, "--help"], [command, "-h"], [command, "x", "--help", "y"]):
        outcome = room.duckalog(*words)
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.startswith(f"usage: duckalog {command}")
        assert "--help" in outcome.out
        assert re.search(rf"\nExamples?:\n  \S.*:\n    duckalog {command}\b", outcome.out)
        assert all(len(line) <= 80 for line in outcome.out.partition("\nExample")[0].splitlines())


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_version_is_one_line(room, words):
    assert re.fullmatch(r"duckalog \d+\.\d+\.\d+\n", room.duckalog(*words).out)


# ---- without a database, no DuckDB ----


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["--help"], 0),
        (["run", "--help"], 0),
        (["version"], 0),
        (["validate", "plain.yaml"], 0),
        (["validate", "broken.yaml"], 2),
        (["generate-sql", "plain.yaml"], 0),
        (["run", "plain.yaml", "--dry-run"], 0),
        (["run", "missing.yaml"], 2),
        (["nope"], 2),
    ],
)
def test_commands_that_need_no_database_do_not_load_libduckdb(room, arguments, code):
    room.catalog({"name": "v", "source": "parquet", "uri": "x.parquet"}, name="plain.yaml")
    broken_config(room)
    missing = room.duckalog(*arguments, env={"DUCKALOG_LIBDUCKDB": "/nonexistent"})
    assert missing.code == code, missing.err
    assert "/nonexistent" not in missing.err
    loaded = room.duckalog(*arguments, env={"LD_DEBUG": "files"})
    assert loaded.code == code
    assert "libc.so" in loaded.err and "duckdb" not in re.sub(r"/\S*/duckalog", "", loaded.err)


def test_a_libduckdb_that_is_not_there_is_told_by_name(small):
    outcome = small.duckalog("run", "catalog.yaml", env={"DUCKALOG_LIBDUCKDB": "/nonexistent/libduckdb.so"})
    assert outcome.code == 3
    assert "/nonexistent/libduckdb.so" in outcome.err
    assert list(small.everything()) == ["catalog.yaml"]


@pytest.mark.parametrize("cwd", ["/", None])
def test_the_program_works_from_any_folder_with_no_environment_at_all(small, cwd):
    process = subprocess.run(
        [PROGRAM, "run", small / "catalog.yaml", "-q", "SELECT count(*) AS n FROM v", "--format", "csv"],
        cwd=cwd or small.folder,
        env={},
        capture_output=True,
        timeout=TIMEOUT_S,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, b"n\n3\n", b"")


# ---- validate ----

TEN_MISTAKES = """\
version: 0
dukdb: {}
duckdb:
  datbase: catalog.duckdb
  settings: ["DROP TABLE t"]
  secrets:
    - {type: s3, key_id: c4nary-key, secret: [c4nary-secret]}
    - {type: s5, name: other, secret: c4nary-other}
attachments:
  postgres:
    - {alias: pg, host: localhost, port: 99999, database: d, user: u, password: c4nary-password}
views:
  - {name: a, source: csv}
  - {name: b, sql: SELECT 1, sql_fil: x}
  - {name: B, sql: SELECT 2}
"""


def test_ten_mistakes_are_ten_lines_with_their_places_and_no_secret_value(room):
    room.config(TEN_MISTAKES)
    for command in (["validate"], ["run"], ["generate-sql"], ["run", "--dry-run"]):
        outcome = room.duckalog(command[0], "catalog.yaml", *command[1:])
        assert (outcome.code, outcome.out) == (2, "")
        lines = outcome.err.splitlines()
        places = [re.match(r"catalog\.yaml:(\d+):(\d+): ([\w.\[\]]+): (\w.*)$", line) for line in lines]
        assert None not in places, lines
        assert [(int(place[1]), place[3]) for place in places] == [
            (1, "version"),
            (2, "dukdb"),
            (4, "duckdb.datbase"),
            (5, "duckdb.settings[0]"),
            (7, "duckdb.secrets[0].secret"),
            (8, "duckdb.secrets[1].type"),
            (11, "attachments.postgres[0].port"),
            (13, "views[0].source"),
            (14, "views[1].sql_fil"),
            (15, "views[2].name"),
        ]
        for place in places:  # the column is where the key or value of that line begins
            text = TEN_MISTAKES.splitlines()[int(place[1]) - 1][int(place[2]) - 1 :]
            assert re.match(r"[\w\"\[]", text), place[0]
        assert "c4nary" not in outcome.err


def test_the_same_mistake_is_found_at_its_place_in_json(room):
    room.config('{\n  "version": 1,\n  "duckdb": {},\n  "views": [{"name": "a", "source": "csv"}]\n}\n', "catalog.json")
    outcome = room.duckalog("validate", "catalog.json")
    assert outcome.code == 2
    assert outcome.err.startswith("catalog.json:4:37: views[0].source: unknown value (expected parquet, ")


def test_validate_tells_where_in_the_config_the_sql_of_a_view_is_wrong(room):
    room.config("version: 1\nduckdb: {}\nviews:\n  - name: v\n    sql: |\n      SELECT 1\n      FROM FROM x\n")
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2
    [line] = outcome.err.splitlines()
    assert line.startswith("catalog.yaml:7:12: views[0].sql: ")


@pytest.mark.parametrize(
    "sql, words",
    [
        ("SELECT 1; SELECT 2", "one"),
        ("CREATE TABLE t (i INT)", "CREATE"),
        ("-- nothing", ""),
        ("SELECT 1; DROP TABLE t", "one"),
    ],
)
def test_a_view_is_one_query(room, sql, words):
    room.catalog(("v", sql))
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2
    assert "views[0].sql: " in outcome.err and words in outcome.err
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code in (2, 3)  # what only DuckDB's parser sees is told by it
    assert words in outcome.err
    assert list(room.everything()) == ["catalog.yaml"]


def test_validate_touches_no_file_and_no_server(room):
    room.catalog(
        {"name": "v", "source": "parquet", "uri": "nowhere/*.parquet"},
        ("w", "SELECT * FROM read_csv('nowhere.csv'), pg.t, gone.t"),
        attachments={
            "postgres": [
                {"alias": "pg", "host": "192.0.2.1", "port": 1, "database": "d", "user": "u", "password": "p"}
            ],
            "duckdb": [{"alias": "gone", "path": "gone.duckdb"}],
        },
    )
    outcome = room.duckalog("validate", "catalog.yaml", timeout=5)
    assert (outcome.code, outcome.out, outcome.err) == (0, "Config is valid.\n", "")
    assert list(room.everything()) == ["catalog.yaml"]


# ---- results ----

AWKWARD = """
SELECT * FROM (VALUES
    (1, 'plain', 1.50::DECIMAL(9, 2), DATE '2024-02-29', true, [1, 2], {'k': 1}),
    (2, 'comma, "quote"', -0.01, NULL, false, [], NULL),
    (3, 'line' || chr(10) || 'break', 12345.67, DATE '1999-12-31', NULL, NULL, {'k': NULL}),
    (4, '', 0, NULL, NULL, [NULL], NULL),
    (5, 'żółć 視圖 🦆', 1, NULL, NULL, NULL, NULL),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) t(id, "a text", amount, day, yes, list, struct)
"""


@pytest.fixture
def awkward(room):
    room.catalog(("v", AWKWARD))
    return room


def test_csv_read_back_is_the_data(awkward):
    out = awkward.run("--format", "csv", "-q", 'SELECT id, "a text", amount, day, yes FROM v').out
    rows = list(csv.reader(io.StringIO(out, newline="")))
    expected = duckdb.sql(f'SELECT id, "a text", amount, day, yes FROM ({AWKWARD})').fetchall()
    assert rows[0] == ["id", "a text", "amount", "day", "yes"]
    as_text = lambda value: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)  # noqa: E731
    assert rows[1:] == [[as_text(value) for value in row] for row in expected]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_read_back_is_the_data(awkward, form):
    out = awkward.run("--format", form, "-q", "FROM v").out
    rows = json.loads(out) if form == "json" else [json.loads(line) for line in out.splitlines()]
    assert rows == [
        {
            "id": 1,
            "a text": "plain",
            "amount": 1.5,
            "day": "2024-02-29",
            "yes": True,
            "list": [1, 2],
            "struct": {"k": 1},
        },
        {"id": 2, "a text": 'comma, "quote"', "amount": -0.01, "day": None, "yes": False, "list": [], "struct": None},
        {
            "id": 3,
            "a text": "line\nbreak",
            "amount": 12345.67,
            "day": "1999-12-31",
            "yes": None,
            "list": None,
            "struct": {"k": None},
        },
        {"id": 4, "a text": "", "amount": 0, "day": None, "yes": None, "list": [None], "struct": None},
        {"id": 5, "a text": "żółć 視圖 🦆", "amount": 1, "day": None, "yes": None, "list": None, "struct": None},
        dict.fromkeys(["id", "a text", "amount", "day", "yes", "list", "struct"]),
    ]


def test_a_table_keeps_its_frame_whatever_is_in_it(awkward):
    out = awkward.run("-q", 'SELECT id, "a text", amount, yes, list FROM v').out
    assert out == (
        "+------+----------------+----------+-------+--------+\n"
        "| id   | a text         | amount   | yes   | list   |\n"
        "+------+----------------+----------+-------+--------+\n"
        "|    1 | plain          |     1.50 | true  | [1, 2] |\n"
        '|    2 | comma, "quote" |    -0.01 | false | []     |\n'
        "|    3 | line\\nbreak    | 12345.67 | NULL  | NULL   |\n"
        "|    4 |                |     0.00 | NULL  | [NULL] |\n"
        "|    5 | żółć 視圖 🦆   |     1.00 | NULL  | NULL   |\n"
        "| NULL | NULL           |     NULL | NULL  | NULL   |\n"
        "+------+----------------+----------+-------+--------+\n"
    )


EMPTY = {
    "table": "+---+---+\n| i | s |\n+---+---+\n+---+---+\n",
    "csv": "i,s\n",
    "json": "[\n\n]\n",
    "jsonl": "",
}


@pytest.mark.parametrize("form", EMPTY)
def test_a_result_without_rows_still_has_its_columns(small, form):
    out = small.run("--format", form, "-q", "SELECT 1 AS i, 'x' AS s WHERE false").out
    assert out == EMPTY[form] or (form == "json" and json.loads(out) == [])


STATEMENTS = [
    ("CREATE TABLE t (i INT)", "OK\n"),
    ("INSERT INTO t VALUES (1), (2)", "OK, 2 rows\n"),
    ("UPDATE t SET i = i + 1 WHERE i = 2", "OK, 1 rows\n"),
    ("FROM t", "+---+\n| i |\n+---+\n| 1 |\n| 3 |\n+---+\n"),
    ("INSERT INTO t VALUES (9) RETURNING i * 2 AS j", "+----+\n| j  |\n+----+\n| 18 |\n+----+\n"),
    ("DELETE FROM t", "OK, 3 rows\n"),
    ("SET threads = 2", "OK\n"),
    ("SHOW TABLES", "+------+\n| name |\n+------+\n| t    |\n| v    |\n+------+\n"),
    ("DROP TABLE t", "OK\n"),
]


def test_each_statement_prints_its_own_result(small):
    out = small.run("-q", "; ".join(sql for sql, _ in STATEMENTS)).out
    expected = "".join(shown for _, shown in STATEMENTS)
    assert out == expected or out == expected.replace("OK, 1 rows", "OK, 1 row")


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_statements_without_rows_print_nothing_in_the_formats_for_programs(small, form):
    out = small.run("--format", form, "-q", "CREATE TABLE t (i INT); INSERT INTO t VALUES (7); SELECT i FROM t").out
    assert out.split() == {"csv": ["i", "7"], "json": ["[", '{"i":7}', "]"], "jsonl": ['{"i":7}']}[form]


def test_the_first_error_stops_later_statements_and_earlier_results_stay(small):
    outcome = small.duckalog(
        "run", "catalog.yaml", "--format", "csv", "-q", "SELECT 1 AS a; FROM nowhere; CREATE TABLE t (i INT)"
    )
    assert outcome.code == 3
    assert outcome.out == "a\n1\n"
    assert "nowhere" in outcome.err
    assert small.rows("SELECT count(*) FROM duckdb_tables()") == [(0,)]


@pytest.mark.parametrize(
    "sql, expected",
    [
        ("SELECT ';' AS a -- ; no end here\n; SELECT $$;$$ AS b;", ["a", ";", "b", ";"]),
        ("/* ; */ SELECT 1 AS a;;; \n", ["a", "1"]),
        ("WITH x AS (SELECT 1 AS a) FROM x", ["a", "1"]),
        ("VALUES (1)", ["col0", "1"]),
        ("TABLE v", ["i,word", "1,one", "2,", "3,three"]),
        ("SUMMARIZE SELECT 1 AS a", None),
        ("DESCRIBE v", None),
        ("EXPLAIN SELECT 1", None),
        ("PIVOT v ON word USING count(*) GROUP BY i ORDER BY i", ["i,one,three", "1,1,0", "2,0,0", "3,0,1"]),
        ("CALL pragma_version()", None),
        ("PRAGMA table_info('v')", None),
        ("SELECT 1 AS a, 2 AS a", ["a,a_1", "1,2"]),
        ("SELECT i, i FROM v LIMIT 1", ["i,i_1", "1,1"]),
        ("SELECT i FROM v ORDER BY i DESC LIMIT 2", ["i", "3", "2"]),
    ],
)
def test_every_form_of_query_prints_rows(small, sql, expected):
    for form in ("csv", "table", "json", "jsonl"):
        outcome = small.duckalog("run", "catalog.yaml", "--format", form, "-q", sql)
        assert outcome.code == 0, (form, outcome.err)
        assert outcome.out.strip() != ""
        if form == "csv" and expected is not None:
            assert outcome.out.splitlines() == expected


def test_rows_keep_their_order_in_every_format(room):
    room.catalog(("v", "SELECT range AS i FROM range(300000)"))
    for form in ("csv", "jsonl"):
        lines = room.run("--format", form, "-q", "FROM v ORDER BY i DESC").out.splitlines()
        numbers = [int(re.search(r"\d+", line)[0]) for line in lines[form == "csv" :]]
        assert numbers == list(range(299999, -1, -1))


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_large_results_stream_and_do_not_stay_in_memory(small, form):
    sql = "SELECT range AS i, repeat('x', 1000) AS s FROM range(200000)"
    process = small.start("run", "catalog.yaml", "--format", form, "-q", f"SET threads = 1; {sql}", stderr=None)
    length = peak = 0
    for block in iter(lambda: process.stdout.read(1 << 20), b""):
        length += len(block)
        # Not getrusage(): that begins with what this process had when it forked.
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        peak = max(peak, int(found[1]) if found else 0)
    assert process.wait() == 0
    assert length > 200_000_000
    assert 0 < peak < 150_000  # KiB


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_an_error_half_way_through_the_rows_is_an_error(small, form):
    # On one thread: of two, DuckDB at times tells of the one that was stopped, and not of the one that failed.
    sql = "SET threads = 1; SELECT CASE WHEN range = 190000 THEN error('half-way') ELSE 'fine' END AS s FROM range(200000); SELECT 1"
    outcome = small.duckalog("run", "catalog.yaml", "--format", form, "-q", sql, timeout=10)
    assert outcome.code == 3
    assert "half-way" in outcome.err


# ---- output that goes elsewhere ----


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_what_standard_output_holds_already_stays(small, form, mode):
    """Both `>> file` and a script whose commands share one `> file`."""
    target = small.write("out.txt", "kept\n")
    direct = small.run("--format", form, "-q", "FROM v; SELECT 42 AS j").out
    with target.open(mode) as stream:
        stream.seek(0, os.SEEK_END)
        outcome = small.run("--format", form, "-q", "FROM v; SELECT 42 AS j", stdout=stream)
        stream.seek(0, os.SEEK_END)
        stream.write(b"after\n")
    assert outcome.err == ""
    assert target.read_text() == f"kept\n{direct}after\n"


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_a_reader_that_has_seen_enough_is_no_error(small, form):
    process = small.start("run", "catalog.yaml", "--format", form, "-q", "SELECT range AS i FROM range(50000000)")
    assert process.stdout.readline() != b""
    process.stdout.close()
    assert process.wait(TIMEOUT_S) == 0
    assert process.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments", [["run", "catalog.yaml"], ["--help"], ["generate-sql", "catalog.yaml"], ["version"]]
)
def test_a_closed_standard_output_is_no_crash(small, arguments):
    script = ["sh", "-c", 'exec "$0" "$@" | true', str(PROGRAM), *arguments]
    process = subprocess.run(script, cwd=small.folder, env=small.environment, capture_output=True, timeout=TIMEOUT_S)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [["run", "catalog.yaml", "-q", "FROM v"], ["run", "catalog.yaml", "-q", "FROM v", "--format", "csv"],
     ["run", "catalog.yaml"], ["generate-sql", "catalog.yaml"], ["--help"], ["version"]],
)  # fmt: skip
def test_a_full_disk_behind_standard_output_is_told(small, arguments):
    with open("/dev/full", "wb") as full:
        outcome = small.duckalog(*arguments, stdout=full)
    assert outcome.code == 1
    assert "No space left on device" in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_an_interrupt_ends_a_long_query(small, form):
    sql = "SELECT count(*) AS n FROM range(100000000000) a(i) WHERE hash(i) = 1"
    process = small.start("run", "catalog.yaml", "--format", form, "-q", f"{sql}; CREATE TABLE reached (i INT)")
    wait_until(lambda: cpu_seconds(process.pid) > 0.3, "the query to run")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert (out, err) == (b"", b"error: interrupted\n")
    assert small.rows("SELECT count(*) FROM duckdb_tables()") == [(0,)]


def test_an_interrupt_during_a_build_leaves_nothing(room):
    room.catalog(
        ("v", "SELECT 1"),
        duckdb={"pragmas": ["SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) = 1"]},
        database="new/catalog.duckdb",
    )
    process = room.start("run", "catalog.yaml")
    wait_until(lambda: cpu_seconds(process.pid) > 0.3, "the build to run")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert list(room.everything()) == ["catalog.yaml"]


# ---- run ----


def test_quiet_prints_no_summary_and_no_warnings(small):
    small.run()
    small.catalog(("v", "SELECT 1"), ("new", "SELECT 2"))
    noisy = small.run("--read-only")
    assert "1 kept" in noisy.out and "warning: " in noisy.err
    quiet = small.run("--read-only", "--quiet")
    assert (quiet.out, quiet.err) == ("", "")
    assert small.run("--quiet", "-q", "SELECT 1 AS i", "--format", "csv").out == "i\n1\n"


def test_options_may_stand_before_and_after_the_config(small):
    for arguments in (
        ["run", "--format", "csv", "catalog.yaml", "-qSELECT 1 AS i"],
        ["run", "-q", "SELECT 1 AS i", "--format=csv", "--", "catalog.yaml"],
    ):
        assert small.duckalog(*arguments).out == "i\n1\n"


def test_extensions_are_looked_for_where_the_command_line_says(room):
    need_extension("sqlite_scanner")
    room.sqlite("s.db", "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (5);")
    room.catalog(
        {"name": "v", "source": "sqlite", "database": "s", "table": "t"},
        attachments={"sqlite": [{"alias": "s", "path": "s.db"}]},
    )
    directory = room.environment.pop("DUCKALOG_EXTENSION_DIRECTORY")
    offline = {
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    (room / "empty").mkdir()
    failed = room.duckalog("run", "catalog.yaml", "--extension-directory", "empty", env=offline)
    assert failed.code == 3 and "attach: s (sqlite)" in failed.err
    assert room.rows("FROM v", "--extension-directory", directory) == [(5,)]
    assert room.rows(
        "FROM v", "--extension-directory", directory, env={"DUCKALOG_EXTENSION_DIRECTORY": "/nonexistent"}
    ) == [(5,)]
    assert room.rows("FROM v", env={"DUCKALOG_EXTENSION_DIRECTORY": directory}) == [(5,)]


def test_built_in_extensions_are_installed_and_loaded_without_a_network(room):
    room.catalog(
        ("v", "SELECT 1 AS i"),
        duckdb={"install_extensions": ["parquet", "json"], "load_extensions": ["parquet", "icu"]},
    )
    room.environment["DUCKALOG_EXTENSION_DIRECTORY"] = str(room / "none")
    assert room.rows("FROM v") == [(1,)]


# ---- query ----


def test_query_reads_a_catalog_file_and_cannot_write_it(small):
    small.run()
    (small / "sub").mkdir()
    shutil.copy(small / "catalog.duckdb", small / "sub" / "other.duckdb")
    for arguments in ([], ["-c", "catalog.duckdb"], ["--catalog", "sub/other.duckdb"]):
        outcome = small.duckalog("query", "SELECT count(*) AS n FROM v", *arguments, "--format", "csv")
        assert (outcome.code, outcome.out) == (0, "n\n3\n")
    before = small.everything()
    assert small.duckalog("query", "DROP VIEW v").code == 3
    assert small.everything() == before


def test_query_reads_sql_from_standard_input(small):
    small.run()
    outcome = small.duckalog("query", "-", "--format", "csv", stdin="SELECT 1 AS i;\nSELECT 2 AS j;\n")
    assert (outcome.code, outcome.out) == (0, "i\n1\nj\n2\n")
    assert small.duckalog("query", "-", stdin="").code == 2


def test_query_with_a_config_restores_the_session_read_only(room):
    room.duckdb("d.duckdb", "CREATE TABLE t AS SELECT 5 AS i")
    room.catalog(
        ("v", "FROM d.t"),
        attachments={"duckdb": [{"alias": "d", "path": "d.duckdb"}]},
        duckdb={"settings": "SET threads = 3"},
    )
    room.run()
    plain = room.duckalog("query", "FROM v")
    assert plain.code == 3  # the attachment is part of the session
    for option in ("--config", "-C"):
        outcome = room.duckalog(
            "query", "SELECT i, current_setting('threads') AS n FROM v", option, "catalog.yaml", "--format", "csv"
        )
        assert (outcome.code, outcome.out) == (0, "i,n\n5,3\n"), outcome.err
    assert room.duckalog("query", "CREATE TABLE x (i INT)", "-C", "catalog.yaml").code == 3


# ---- generate-sql ----


@pytest.fixture
def scripted(room):
    """A config that a script can do everything of without a network."""
    need_extension("sqlite_scanner")
    room.duckdb("d.duckdb", "CREATE SCHEMA s", "CREATE TABLE s.t AS SELECT 'it''s' AS word")
    room.sqlite("legacy.db", "CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (7);")
    room.data("p/1.parquet", "SELECT 1 AS i")
    room.catalog(
        ("over", "SELECT a.i, b.word FROM late a, mart.words b -- a comment at its end"),
        {
            "name": "late",
            "source": "parquet",
            "uri": "p/*.parquet",
            "options": {"union_by_name": True, "filename": False},
        },
        {"name": "words", "db_schema": "mart", "source": "duckdb", "database": "d", "table": "s.t"},
        {"name": 'q"x', "db_schema": "a schema", "source": "sqlite", "database": "old", "table": "t"},
        ("half", "SELECT ';' AS c;"),
        duckdb={
            "settings": ["SET threads = 2"],
            "pragmas": ["CREATE OR REPLACE TEMP MACRO twice(x) AS x * 2"],
            "load_extensions": ["sqlite"],
            "secrets": [
                {"type": "http", "name": "it's", "bearer_token": "c4nary"},
                {"type": "http", "name": "second", "bearer_token": "c4nary", "scope": "https://x.example/"},
            ],
        },
        attachments={"duckdb": [{"alias": "d", "path": "d.duckdb"}], "sqlite": [{"alias": "old", "path": "legacy.db"}]},
    )
    return room


CONTENT = """
FROM over; FROM mart.words; FROM "a schema"."q""x"; FROM half;
SELECT twice(4) AS x, current_setting('threads') AS n; SELECT name, type FROM duckdb_secrets() ORDER BY ALL
"""


@pytest.mark.parametrize(
    "arguments",
    [["generate-sql", "catalog.yaml"], ["run", "catalog.yaml", "--dry-run"], ["build", "catalog.yaml", "--dry-run"]],
)
def test_the_script_runs_in_duckdbs_own_shell_and_gives_the_same_rows(scripted, arguments):
    script = scripted.duckalog(*arguments)
    assert script.code == 0, script.err
    assert not (scripted / "catalog.duckdb").exists()
    ours = scripted.results(CONTENT)
    (scripted / "catalog.duckdb").unlink()

    shell = subprocess.run(
        [DUCKDB_CLI, "-bail", "-json", scripted / "catalog.duckdb"],
        input=f"SET extension_directory = '{EXTENSIONS}';\n{script.out}\n{CONTENT};",
        env=scripted.environment, capture_output=True, text=True, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert (shell.returncode, shell.stderr) == (0, "")
    found, rest = [], shell.stdout
    while rest.strip():
        rows, end = json.JSONDecoder().raw_decode(rest.lstrip())
        rest = rest.lstrip()[end:]
        found.append([tuple(row.values()) for row in rows])
    # The shell shows rows for some statements of the script too; ours are the last ones.
    assert found[-len(ours) :] == ours


def test_views_only_is_the_old_form(room):
    room.catalog(
        ("a", "  SELECT 1;\n"),
        {"name": "b c", "db_schema": "s", "source": "delta", "uri": "s3://d/t"},
        {
            "name": "p",
            "source": "parquet",
            "uri": "s3://b/x",
            "options": {"b": True, "a": False, "Z": 1, "f": 1.5, "s": "it's", "n": -3},
        },
        duckdb={"settings": "SET threads = 2", "secrets": [{"type": "http", "bearer_token": "x"}]},
    )
    outcome = room.duckalog("generate-sql", "catalog.yaml", "--views-only")
    assert outcome.out == (
        "-- Generated by Duckalog\n"
        "-- Config version: 1\n"
        "\n"
        'CREATE OR REPLACE VIEW "a" AS\n'
        "SELECT 1;\n"
        "\n"
        'CREATE OR REPLACE VIEW "s"."b c" AS\n'
        "SELECT * FROM delta_scan('s3://d/t');\n"
        "\n"
        'CREATE OR REPLACE VIEW "p" AS\n'
        "SELECT * FROM parquet_scan('s3://b/x', Z=1, a=FALSE, b=TRUE, f=1.5, n=-3, s='it''s');\n"
    )
    room.catalog()
    assert (
        room.duckalog("generate-sql", "catalog.yaml", "--views-only").out
        == "-- Generated by Duckalog\n-- Config version: 1\n"
    )


def test_a_script_is_written_to_a_file_whole_or_not_at_all(small):
    shown = small.duckalog("generate-sql", "catalog.yaml").out
    quiet = small.duckalog("generate-sql", "catalog.yaml", "-o", "out.sql")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert (small / "out.sql").read_text() == shown
    assert "out.sql" in small.duckalog("generate-sql", "catalog.yaml", "--output", "out.sql", "-v").err

    # A file that is there is replaced in one step: who holds it open keeps the old one.
    with (small.write("out.sql", "old\n")).open() as reader:
        assert small.duckalog("generate-sql", "catalog.yaml", "-o", "out.sql").code == 0
        assert reader.read() == "old\n"
    assert (small / "out.sql").read_text() == shown
    # A mistake leaves it as it is, and nothing half-written beside it.
    broken_config(small)
    before = small.everything()
    assert small.duckalog("generate-sql", "broken.yaml", "-o", "out.sql").code == 2
    assert small.everything() == before
    assert small.duckalog("generate-sql", "catalog.yaml", "-o", ".").code != 0
    assert small.everything() == before


def test_a_script_may_go_to_a_device(small):
    assert "CREATE OR REPLACE VIEW" in small.duckalog("generate-sql", "catalog.yaml", "-o", "/dev/stdout").out


# ---- lakes: the SQL of Iceberg and Delta ----


def test_iceberg_and_delta_have_the_sql_that_duckdb_documents(room):
    room.catalog(
        {"name": "d", "source": "delta", "uri": "lake/table"},
        {"name": "i", "source": "iceberg", "uri": "s3://b/t", "options": {"allow_moved_paths": True}},
        {"name": "c", "source": "iceberg", "catalog": "ice", "table": "ns.orders"},
        iceberg_catalogs=[
            {
                "name": "ice",
                "catalog_type": "rest",
                "uri": "http://127.0.0.1:1/api",
                "warehouse": "it's",
                "options": {"token": "c4nary"},
            },
            {"name": "aws", "catalog_type": "glue", "warehouse": "123"},
        ],
    )
    out = room.duckalog("generate-sql", "catalog.yaml").out
    for part in (
        f"SELECT * FROM delta_scan('{room / 'lake/table'}');",
        "SELECT * FROM iceberg_scan('s3://b/t', allow_moved_paths=TRUE);",
        'SELECT * FROM "ice"."ns"."orders";',
        "ATTACH 'it''s' AS \"ice\" (TYPE iceberg, ENDPOINT 'http://127.0.0.1:1/api', SECRET \"__duckalog_ice\");",
        "ATTACH '123' AS \"aws\" (TYPE iceberg, ENDPOINT_TYPE glue);",
    ):
        assert part in out
    assert "c4nary" not in out


def test_a_delta_table_can_be_queried(room):
    need_extension("delta")
    file = room.data("lake/t/part-0.parquet", "SELECT range AS id FROM range(3)")
    schema = {"type": "struct", "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}]}
    log = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {"metaData": {"id": "1", "format": {"provider": "parquet", "options": {}}, "schemaString": json.dumps(schema),
                      "partitionColumns": [], "configuration": {}, "createdTime": 0}},
        {"add": {"path": "part-0.parquet", "partitionValues": {}, "size": file.stat().st_size,
                 "modificationTime": 0, "dataChange": True}},
    ]  # fmt: skip
    room.write("lake/t/_delta_log/00000000000000000000.json", "\n".join(map(json.dumps, log)) + "\n")
    room.catalog({"name": "d", "source": "delta", "uri": "lake/t"}, duckdb={"load_extensions": ["delta"]})
    for _ in range(2):
        assert room.rows("FROM d ORDER BY id") == [(0,), (1,), (2,)]


def test_an_iceberg_table_can_be_queried(room):
    need_extension("iceberg")
    pytest.importorskip("fastavro")
    from iceberg_table import make_iceberg_table

    query = "SELECT range AS id, 'n' || range AS name FROM range(3)"
    make_iceberg_table(room, "lake/t", query, [("id", "long"), ("name", "string")])
    room.catalog(
        {"name": "i", "source": "iceberg", "uri": "lake/t"}, duckdb={"load_extensions": ["avro", "iceberg"]}
    )
    for _ in range(2):
        assert room.rows("FROM i ORDER BY id") == [(0, "n0"), (1, "n1"), (2, "n2")]


def test_iceberg_loads_and_says_that_a_table_is_missing(room):
    need_extension("iceberg")
    room.catalog(
        {"name": "i", "source": "iceberg", "uri": "lake/none"}, duckdb={"load_extensions": ["avro", "iceberg"]}
    )
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "views: i: " in outcome.err and "Failed to read iceberg table" in outcome.err


# ---- results that are no plain queries, and forms that DuckDB refuses ----


def test_columns_of_one_name_that_a_statement_returns_get_a_number(room):
    room.catalog(("v", "SELECT 1 AS i"), database=":memory:")
    sql = "CREATE TABLE t (k INT); INSERT INTO t VALUES (7) RETURNING k, k"
    outcome = room.duckalog("run", "catalog.yaml", "--format", "csv", "-q", sql)
    assert (outcome.code, outcome.out) == (0, "k,k_1\n7,7\n")


def test_a_form_that_needs_files_says_so_when_files_are_forbidden(room):
    room.catalog(("v", "SELECT 1 AS i"), duckdb={"settings": ["SET enable_external_access = false"]})
    outcome = room.duckalog("run", "catalog.yaml", "--format", "csv", "-q", "FROM v")
    assert outcome.code == 3 and "Permission Error" in outcome.err and "hint: CSV and JSON need" in outcome.err
    assert "| 1 |" in room.run("-q", "FROM v").out


def test_a_catalog_in_memory_that_is_read_only_takes_no_writes(room):
    room.catalog(("v", "SELECT 1 AS i"), database=":memory:")
    outcome = room.duckalog("run", "catalog.yaml", "--read-only", "-q", "CREATE TABLE t (i INT)")
    assert outcome.code == 3 and "read-only" in outcome.err


def test_output_goes_where_a_link_leads_and_keeps_the_mode_of_the_file(room):
    room.catalog(("v", "SELECT 1 AS i"))
    target = room.write("target.sql", "old")
    target.chmod(0o600)
    (room / "link.sql").symlink_to("target.sql")
    assert room.duckalog("generate-sql", "catalog.yaml", "-o", "link.sql").code == 0
    assert (room / "link.sql").is_symlink()
    assert "CREATE OR REPLACE VIEW" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("words, told", [(("run", "-xv", "c.yaml"), "-x"), (("-v", "run"), "-v"), (("run", "--nope"), "--nope")])
def test_an_option_that_is_not_known_is_named(room, words, told):
    outcome = room.duckalog(*words)
    assert outcome.code == 2 and f" {told}" in outcome.err.splitlines()[0]


def test_a_build_that_is_asked_to_end_leaves_nothing_behind(room):
    room.catalog(("v", "SELECT count(*) AS n FROM range(10)"), database="new/catalog.duckdb")
    slow = {"pragmas": ["CREATE TEMP TABLE t AS SELECT count(*) AS n FROM range(1000000000) a, range(1000) b"]}
    room.catalog(("v", "SELECT 1 AS i"), database="new/catalog.duckdb", duckdb=slow)
    before = room.everything()
    process = room.start("run", "catalog.yaml")
    wait_until(lambda: cpu_seconds(process.pid) > 0.3, "the build to be at work")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert room.everything() == before


def test_a_query_without_its_session_says_how_to_have_it(room):
    room.data("data/a.csv", "SELECT 1 AS i")
    room.catalog(("v", "FROM read_csv('data/a.csv')"))
    room.run()
    (room / "elsewhere").mkdir()
    query = ("query", "FROM v", "-c", room / "catalog.duckdb")
    outcome = room.duckalog(*query, cwd=room / "elsewhere")
    assert outcome.code == 3 and "hint: --config CONFIG restores the session" in outcome.err
    assert room.duckalog(*query[:2], "-C", room / "catalog.yaml", cwd=room / "elsewhere").code == 0


@pytest.mark.parametrize("sql", ["\u00a0", "SELECT 1 AS i;\u3000"])
def test_blanks_that_only_duckdb_takes_for_blanks_are_no_statement(room, sql):
    room.catalog(("v", "SELECT 1 AS i"))
    outcome = room.duckalog("run", "catalog.yaml", "-q", sql)
    assert outcome.code == 3 and "there is no SQL statement here" in outcome.err
