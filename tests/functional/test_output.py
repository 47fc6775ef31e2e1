"""
The forms of results (cli.md sections 4 and 7): each is read back by another program, and has to say what the data says.
"""

import csv
import fcntl
import html.parser
import importlib
import io
import json
import os
import pty
import re
import struct
import sys
import termios

import duckdb
import pytest
from conftest import TIMEOUT_S

# Of every type that DuckDB has: the least, the greatest and no value of each; nested ones, and what breaks frames and lines.
ALL_TYPES = "SELECT * FROM test_all_types()"
AWKWARD = (
    "SELECT * FROM (VALUES (1, 'a|b'), (2, 'line\nbreak'), (3, 'tab\tand \"quotes\"'), (4, ''), (5, NULL), (6, '<b>&amp;</b>'),"
    " (7, '`*_[x]_*` \\ ~'), (8, 'żółć 猫 👩‍👩‍👧 é')) t(n, \"te|xt\")"
)


@pytest.fixture
def room_with_catalog(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t AS SELECT range AS i FROM range(100)")
    return room


def query(room, sql, *arguments):
    outcome = room.duckalog("query", sql, *arguments)
    assert outcome.code == 0, outcome.err
    return outcome.out


def as_text(sql):
    """What DuckDB's own module makes of a query: names, and rows of text."""
    names = [column[0] for column in duckdb.sql(sql).description]
    return names, duckdb.sql(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})").fetchall()


# ---- read back ----


@pytest.mark.parametrize("sql", [ALL_TYPES, AWKWARD])
@pytest.mark.parametrize("form, delimiter", [("csv", ","), ("tsv", "\t")])
def test_csv_and_tsv_read_back_by_another_program_are_the_data(room_with_catalog, form, delimiter, sql):
    names, rows = as_text(sql)
    text = query(room_with_catalog, sql, "--format", form, "--null", "no value")
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert found == [names, *[["no value" if cell is None else cell for cell in row] for row in rows]]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_read_back_by_another_program_is_the_data(room_with_catalog, form):
    names, rows = as_text(AWKWARD)
    text = query(room_with_catalog, AWKWARD, "--format", form)
    found = json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]
    assert [list(row) for row in found] == [names] * len(rows)
    assert [tuple(None if cell is None else str(cell) for cell in row.values()) for row in found] == rows


def test_json_of_every_type_is_what_duckdb_makes_of_it(room_with_catalog):
    # NaN and infinity are no JSON: DuckDB writes them as text.
    text = query(room_with_catalog, ALL_TYPES, "--format", "jsonl")
    room_with_catalog.write("rows.jsonl", text)
    duckdb.sql(f"COPY ({ALL_TYPES}) TO '{room_with_catalog.folder}/own.jsonl' (FORMAT json)")
    assert text == (room_with_catalog / "own.jsonl").read_text()


def test_parquet_read_back_has_the_data_and_its_types(room_with_catalog):
    outcome = room_with_catalog.duckalog("query", ALL_TYPES, "-o", "all.parquet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    duckdb.sql(f"COPY ({ALL_TYPES}) TO '{room_with_catalog.folder}/own.parquet' (FORMAT parquet)")
    both = [f"FROM '{room_with_catalog.folder}/{name}.parquet'" for name in ("all", "own")]
    assert duckdb.sql(both[0]).types == duckdb.sql(both[1]).types
    assert as_text(both[0]) == as_text(both[1])


# ---- Arrow ----


def read_arrow(source, kind="file"):
    """A file or stream as a table of Arrow, by Arrow's own reader, which looks through all of it."""
    # There is none for an older Python; with a newer one it has to be there.
    ipc = importlib.import_module("pyarrow.ipc") if sys.version_info >= (3, 11) else pytest.importorskip("pyarrow.ipc")
    with (ipc.open_file if kind == "file" else ipc.open_stream)(source) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


# HUGEINT's least and greatest have a digit more than decimals, and no day of Arrow has an hour 24; Arrow's GEOMETRY is WKB,
# which DuckDB does not show as such.
ARROW_TYPES = """SELECT * REPLACE (hugeint // 10 AS hugeint, least(time, '23:59:59.999999') AS time,
                                   least(time_ns, '23:59:59.999999999') AS time_ns) FROM test_all_types()"""


def test_arrow_read_back_has_the_data_of_every_type(room_with_catalog):
    outcome = room_with_catalog.duckalog("query", ARROW_TYPES, "-o", "all.arrow")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    table = read_arrow(room_with_catalog / "all.arrow")
    assert len(table.column_names) > 50
    duckdb.register("found", table)
    found = as_text("SELECT * EXCLUDE (geometry) FROM found")
    duckdb.unregister("found")
    assert found == as_text(f"SELECT * EXCLUDE (geometry) FROM ({ARROW_TYPES})")


@pytest.mark.parametrize(
    "value, type_, python",
    [
        ("1::TINYINT", "int8", 1),
        ("2::UBIGINT", "uint64", 2),
        ("3::HUGEINT", "decimal128(38, 0)", 3),
        ("'4'::UHUGEINT", "string", "4"),
        ("1.50::DECIMAL(10, 2)", "decimal128(10, 2)", "1.50"),
        ("'a'::ENUM ('a', 'b')", "string", "a"),
        ("['a'::ENUM ('a', 'b')]", "list<l: string>", ["a"]),
        ("{'bit': '101'::BIT, 'a b': ['a'::ENUM ('a', 'it''s')]}", "struct<bit: string, a b: list<l: string>>", {"bit": "101", "a b": ["a"]}),
        ("{'enum': 1, 'time': 2::HUGEINT}", "struct<enum: int32, time: decimal128(38, 0)>", {"enum": 1, "time": 2}),
        ("MAP {'a'::ENUM ('a'): '10'::BIT}", "map<string, string>", [("a", "10")]),
        ("'10:00:00+02'::TIMETZ", "string", "10:00:00+02"),
        ("[TIMETZ '10:00:00+02']", "list<l: string>", ["10:00:00+02"]),
        ("union_value(e := 'a'::ENUM ('a'))", "sparse_union<e: string=0>", "a"),
        ("NULL", "int32", None),
        ("'\\xFF'::BLOB", "binary", b"\xff"),
        ("'00000000-0000-0000-0000-000000000001'::UUID", "string", "00000000-0000-0000-0000-000000000001"),
        ("INTERVAL '1 month 2 days'", "month_day_nano_interval", (1, 2, 0)),
        ("'NaN'::DOUBLE", "double", "nan"),
        ("'{}'::JSON", "string", "{}"),
    ],
)
def test_a_type_of_duckdb_becomes_its_like_in_arrow(room_with_catalog, value, type_, python):
    outcome = room_with_catalog.duckalog("query", f"SELECT {value} AS \"a \"\"b\", 1 AS other", "-o", "one.arrow")
    assert outcome.code == 0, outcome.err
    table = read_arrow(room_with_catalog / "one.arrow")
    assert table.column_names == ['a "b', "other"]
    assert str(table.schema.field(0).type) in (type_, f"extension<arrow.json>" if "JSON" in value else type_)
    [found] = table.column(0).to_pylist()
    assert found == python or str(found) == python


def test_a_number_that_no_decimal_holds_is_an_error_in_arrow(room_with_catalog):
    outcome = room_with_catalog.duckalog("query", "SELECT 170141183460469231731687303715884105727::HUGEINT AS n", "-o", "n.arrow")
    assert outcome.code == 3
    assert outcome.err.startswith("error: Conversion Error: ")
    assert not (room_with_catalog / "n.arrow").exists()


def test_what_our_writer_of_arrow_does_not_know_is_an_error(room_with_catalog):
    room_with_catalog.catalog(("v", "SELECT 1"))
    sql = "SET arrow_output_version = '1.5'; SELECT BLOB 'x' AS b"
    outcome = room_with_catalog.duckalog("run", "catalog.yaml", "-q", sql, "-o", "a.arrow")
    assert outcome.code == 3
    assert outcome.err.startswith("error: the result can't be written as Arrow: ")
    assert not (room_with_catalog / "a.arrow").exists()


@pytest.mark.parametrize("rows", [0, 1, 2048, 2049, 100_000])
def test_arrow_comes_in_batches_of_a_file_and_of_a_stream(room_with_catalog, rows):
    sql = f"SELECT i, i::VARCHAR AS t FROM range({rows}) AS r(i)"
    for name, kind in [("a.arrow", "file"), ("a.feather", "file"), ("a.arrows", "stream")]:
        assert room_with_catalog.duckalog("query", sql, "-o", name).code == 0
        table = read_arrow(room_with_catalog / name, kind)
        assert table.column("i").to_pylist() == list(range(rows))
        assert table.column("t").to_pylist() == [str(i) for i in range(rows)]
        assert len(table.to_batches()) >= rows // 2048
        assert [str(field.type) for field in table.schema] == ["int64", "string"]


def test_arrow_in_a_pipe_is_a_stream(room_with_catalog):
    process = room_with_catalog.start("query", "SELECT * FROM range(5000) AS r(i)", "--format", "arrow", "--max-rows", "3000")
    assert read_arrow(process.stdout, "stream").column("i").to_pylist() == list(range(3000))
    assert process.wait(TIMEOUT_S) == 0
    process.stdout.close()
    process.stderr.close()


def test_arrow_to_a_reader_that_has_enough_ends_quietly(room_with_catalog):
    process = room_with_catalog.start("query", "SELECT * FROM range(100000000) AS r(i)", "--format", "arrow")
    process.stdout.read(100_000)
    process.stdout.close()
    assert (process.wait(TIMEOUT_S), process.stderr.read()) == (0, b"")
    process.stderr.close()


def test_arrow_of_rows_that_no_query_returns(room_with_catalog):
    room_with_catalog.catalog(("v", "SELECT 1"))
    sql = "INSERT INTO t SELECT range FROM range(5000) RETURNING i"
    assert room_with_catalog.duckalog("run", "catalog.yaml", "-q", sql, "-o", "a.arrow").code == 0
    assert read_arrow(room_with_catalog / "a.arrow").column("i").to_pylist() == list(range(5000))


def test_a_statement_without_a_result_makes_no_arrow_file(room_with_catalog):
    room_with_catalog.catalog(("v", "SELECT 1"))
    outcome = room_with_catalog.duckalog("run", "catalog.yaml", "-q", "CREATE TABLE u (i INTEGER)", "-o", "a.arrow")
    assert (outcome.code, "there is no result" in outcome.err) == (2, True)
    assert not (room_with_catalog / "a.arrow").exists()


def markdown_cells(line):
    cells = re.split(r"(?<!\\)\|", line)[1:-1]
    return [
        re.sub(r"\\([|\\`*_\[\]~])", r"\1", cell.strip()).replace("<br>", "\n").replace("&lt;", "<").replace("&amp;", "&")
        for cell in cells
    ]


def test_markdown_read_back_is_the_data(room_with_catalog):
    names, rows = as_text(AWKWARD)
    lines = query(room_with_catalog, AWKWARD, "--format", "markdown").splitlines()
    assert lines[1] == "| ---: | --- |"
    assert markdown_cells(lines[0]) == names
    expected = [["NULL" if cell is None else cell.replace("\t", " ") for cell in row] for row in rows]
    assert [markdown_cells(line) for line in lines[2:]] == expected


class Cells(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.kinds = [], set()

    def handle_starttag(self, tag, attrs):
        self.kinds.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data if data != "\n" else ""


def test_html_read_back_is_the_data(room_with_catalog):
    names, rows = as_text(AWKWARD)
    cells = Cells()
    cells.feed(query(room_with_catalog, AWKWARD, "--format", "html").replace("</td>", "<end>").replace("</th>", "<end>"))
    assert cells.kinds == {"table", "thead", "tbody", "tr", "th", "td", "end"}
    assert cells.rows[0] == names
    assert cells.rows[1:] == [["NULL" if cell is None else cell for cell in row] for row in rows]


# ---- what is left out ----


@pytest.mark.parametrize(
    "form, first",
    [("csv", "0"), ("tsv", "0"), ("table", "+----+"), ("markdown", "|  |"), ("html", "<table>")],
)
def test_the_names_of_columns_can_be_left_out(room_with_catalog, form, first):
    text = query(room_with_catalog, "SELECT i AS name_of_it FROM t ORDER BY i", "--format", form, "--no-header")
    assert "name_of_it" not in text
    assert text.splitlines()[0] == first


@pytest.mark.parametrize("form, rows", [("csv", 4), ("jsonl", 3), ("markdown", 5)])
def test_no_more_rows_than_asked_for_are_written(room_with_catalog, form, rows):
    text = query(room_with_catalog, "SELECT i FROM t ORDER BY i", "--format", form, "--max-rows", "3")
    assert len(text.splitlines()) == rows


@pytest.mark.parametrize("count, shown", [(1, [0]), (2, [0, 99]), (5, [0, 1, 2, 98, 99])])
def test_a_long_table_is_cut_in_the_middle_and_says_so(room_with_catalog, count, shown):
    lines = query(room_with_catalog, "SELECT i FROM t ORDER BY i", "--max-rows", str(count)).splitlines()
    assert [int(line.strip("| ")) for line in lines if re.fullmatch(r"\| +\d+ \|", line)] == shown
    assert lines[-1] == f"100 rows ({count} shown)"
    assert [line.strip("| ") for line in lines].index(":") == 3 + (count + 1) // 2


@pytest.mark.parametrize("rows, size", [(2047, 3), (2048, 4), (2049, 5), (10_000, 4096), (10_000, 9_999), (10_000, 10_000)])
def test_a_table_is_cut_right_at_any_size(room_with_catalog, rows, size):
    text = query(room_with_catalog, f"FROM range({rows}) ORDER BY 1", "--max-rows", str(size))
    found = [int(row) for row in re.findall(r"^\| +(\d+) \|$", text, re.MULTILINE)]
    assert found == [*range((size + 1) // 2), *range(rows - size // 2, rows)] if size < rows else found == list(range(rows))


def test_rows_that_no_query_returns_are_cut_too(room_with_catalog):
    room_with_catalog.catalog(("v", "SELECT 1"))
    sql = "INSERT INTO t SELECT range FROM range(5000) RETURNING i"
    outcome = room_with_catalog.duckalog("run", "catalog.yaml", "-q", sql, "--max-rows", "2")
    assert outcome.out.endswith("5,000 rows (2 shown)\n"), outcome.err


# ---- files ----


@pytest.mark.parametrize(
    "name, first",
    [("a.csv", "i"), ("a.tsv", "i"), ("a.json", "["), ("a.ndjson", '{"i":0}'), ("a.md", "| i |"), ("a.HTML", "<table>"), ("a.txt", "+---+")],
)
def test_the_ending_of_a_file_says_its_form(room_with_catalog, name, first):
    outcome = room_with_catalog.duckalog("query", "SELECT i FROM t ORDER BY i LIMIT 3", "--output", name)
    assert (outcome.code, outcome.out) == (0, ""), outcome.err
    assert (room_with_catalog / name).read_text().splitlines()[0] == first


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["-o", "a.xyz"], "the ending of a.xyz does not say in which form it is to be written\nhint: name it with --format"),
        (["-o", "no/such/a.csv"], "no/such/a.csv can't be written: No such file or directory"),
        (["--format", "parquet"], "parquet is written to a file\nhint: name one with --output"),
        (["--format", "jsno"], 'not "jsno"\nhint: did you mean json?'),
        (["--format", "json", "--null", "x"], "--null says nothing about json"),
        (["--format", "json", "--no-header"], "--no-header says nothing about json"),
        (["--max-rows", "-1"], "--max-rows takes a number"),
    ],
)
def test_options_that_make_no_sense_are_told(room_with_catalog, arguments, words):
    before = set(os.listdir(room_with_catalog.folder))
    outcome = room_with_catalog.duckalog("query", "FROM t", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert set(os.listdir(room_with_catalog.folder)) == before


@pytest.mark.parametrize("name", ["a.csv", "a.md", "a.parquet", "a.arrow", "a.arrows"])
@pytest.mark.parametrize("sql", ["SELECT error('no')", "SELECT CASE WHEN i = 99 THEN error('no') ELSE i END FROM t", "FROM nowhere"])
def test_a_query_that_fails_leaves_the_file_as_it_was(room_with_catalog, name, sql):
    room_with_catalog.write(name, "before")
    outcome = room_with_catalog.duckalog("query", sql, "-o", name)
    assert outcome.code == 3
    assert (room_with_catalog / name).read_text() == "before"
    assert [entry for entry in os.listdir(room_with_catalog.folder) if entry.startswith("a.")] == [name]


def test_a_file_of_one_result_takes_no_second(room_with_catalog):
    outcome = room_with_catalog.duckalog("query", "SELECT 1; SELECT 2", "-o", "a.csv")
    assert outcome.code == 2
    assert "takes one result, and there are more" in outcome.err
    assert not (room_with_catalog / "a.csv").exists()


def test_several_results_go_to_one_page(room_with_catalog):
    outcome = room_with_catalog.duckalog("query", "SELECT 1 AS a; SELECT 2 AS b", "-o", "a.md")
    assert outcome.code == 0
    assert (room_with_catalog / "a.md").read_text().count("| ---: |") == 2


def test_a_file_keeps_its_rights_and_a_link_stays_one(room_with_catalog):
    (room_with_catalog / "real.csv").write_text("old")
    (room_with_catalog / "real.csv").chmod(0o640)
    (room_with_catalog / "link.csv").symlink_to("real.csv")
    assert room_with_catalog.duckalog("query", "SELECT 1 AS a", "-o", "link.csv").code == 0
    assert (room_with_catalog / "link.csv").is_symlink()
    assert (room_with_catalog / "real.csv").read_text() == "a\n1\n"
    assert (room_with_catalog / "real.csv").stat().st_mode & 0o777 == 0o640


# ---- on a terminal ----


def on_terminal(room, *arguments, columns=80, **environment):
    """What a person sees: standard output is a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = room.start(*arguments, env={"TERM": "xterm", **environment}, stdout=follower)
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(leader)
    assert process.wait(TIMEOUT_S) == 0, process.stderr.read()
    process.stderr.close()
    return seen.decode().replace("\r\n", "\n")


def test_a_table_on_a_terminal_is_drawn_with_types(room_with_catalog):
    sql = "SELECT 1 AS id, 'x' AS name, NULL AS nothing, [1::BIGINT] AS list"
    assert on_terminal(room_with_catalog, "query", sql, NO_COLOR="1") == (
        "┌───────┬─────────┬─────────┬─────────┐\n"
        "│  id   │  name   │ nothing │  list   │\n"
        "│ int32 │ varchar │  int32  │ int64[] │\n"
        "├───────┼─────────┼─────────┼─────────┤\n"
        "│     1 │ x       │    NULL │ [1]     │\n"
        "└───────┴─────────┴─────────┴─────────┘\n"
    )


def test_only_a_terminal_with_colours_gets_them(room_with_catalog):
    assert "\033[2mNULL\033[0m" in on_terminal(room_with_catalog, "query", "SELECT NULL AS n")
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033" not in on_terminal(room_with_catalog, "query", "SELECT NULL AS n", **environment)
    assert "\033" not in query(room_with_catalog, "SELECT NULL AS n")


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"LANG": "C"}, {"LC_ALL": "POSIX"}])
def test_a_terminal_that_draws_no_boxes_gets_ascii(room_with_catalog, environment):
    text = on_terminal(room_with_catalog, "query", "SELECT 'a long text' AS t", columns=14, **environment, NO_COLOR="1")
    assert text.isascii()
    assert "| a long te~ |" in text


def display_width(text):
    """Of the characters of these tests."""
    return sum(0 if c in "\u200d\u0301\ufe0f" else 2 if ord(c) > 0x2E80 else 1 for c in text)


@pytest.mark.parametrize("columns", [10, 20, 33, 79, 80, 200])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM test_all_types()",
        "SELECT 'a' AS x, repeat('long ', 100) AS y, 7 AS z",
        "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(30)),
        "SELECT '猫猫猫猫猫猫猫猫猫猫猫猫猫' AS cats, 'e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301' AS marks, '👍👍👍👍👍👍' AS thumbs",
    ],
)
def test_a_frame_is_whole_and_no_wider_than_its_terminal(room_with_catalog, columns, sql):
    lines = on_terminal(room_with_catalog, "query", sql, columns=columns, NO_COLOR="1").splitlines()
    frame = [line for line in lines if line[0] in "┌│├└"]
    assert len({display_width(line) for line in frame}) == 1
    assert display_width(frame[0]) <= columns
    assert len({sum(line.count(c) for c in "┌┬┐│├┼┤└┴┘") for line in frame}) == 1


def test_arrow_is_not_for_a_terminal(room_with_catalog):
    leader, follower = pty.openpty()
    process = room_with_catalog.start("query", "FROM t", "--format", "arrow", env={"TERM": "xterm"}, stdout=follower)
    os.close(follower)
    assert process.wait(TIMEOUT_S) == 2
    assert process.stderr.read().decode() == (
        "error: arrow is not for a terminal\nhint: name a file with --output, or pass it on to a program\n"
    )
    os.close(leader)
    process.stderr.close()


@pytest.mark.parametrize("columns, shown", [(53, 6), (60, 6), (61, 7), (68, 7), (69, 8)])
def test_as_many_columns_as_fit_are_shown_and_counted(room_with_catalog, columns, shown):
    sql = "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(30))
    text = on_terminal(room_with_catalog, "query", sql, columns=columns, NO_COLOR="1")
    assert text.endswith(f"\n30 columns ({shown} shown)\n")
    names = text.splitlines()[1].strip("│").split("│")
    assert [name.strip() for name in names].count("…") == 1 and len(names) == shown + 1
    assert names[0].strip() == "c0" and names[-1].strip() == "c29"


def test_what_is_shown_as_one_is_as_wide_as_one(room_with_catalog):
    rows = query(room_with_catalog, "SELECT * FROM (VALUES ('ab'), ('🇳🇴'), ('❤️'), ('👩‍👩‍👧'), ('猫')) t(x)").splitlines()[3:-1]
    assert rows == ["| ab |", "| 🇳🇴 |", "| ❤️ |", "| 👩‍👩‍👧 |", "| 猫 |"]


def test_no_control_character_of_the_data_gets_to_the_terminal(room_with_catalog):
    rows = query(room_with_catalog, "SELECT 'é' || chr(27) || chr(127) || chr(128) || chr(155) || '31m' || chr(160) AS x").splitlines()
    assert rows[3] == "| é\\x1B\\x7F\\x80\\x9B31m\u00a0 |"


def test_a_terminal_shows_forty_rows_unless_told_otherwise(room_with_catalog):
    text = on_terminal(room_with_catalog, "query", "SELECT i FROM t ORDER BY i", NO_COLOR="1")
    assert text.endswith("100 rows (40 shown)\n")
    assert len(on_terminal(room_with_catalog, "query", "FROM t", "--max-rows", "0").splitlines()) == 105


def test_csv_is_the_same_on_a_terminal(room_with_catalog):
    assert on_terminal(room_with_catalog, "query", "FROM t", "--format", "csv") == query(room_with_catalog, "FROM t", "--format", "csv")


@pytest.mark.parametrize("count", [5, 6, 2048, 2053, 4096, 3_000_000, 60_000_000])
@pytest.mark.parametrize("most", [1, 5, 4100])
def test_a_cut_result_has_its_first_and_its_last_rows_whatever_its_length(room, count, most):
    # The longest one is not computed at once, as it may not find room in memory.
    room.duckdb("catalog.duckdb", "CREATE TABLE t (i INT)")
    outcome = room.duckalog("query", f"SELECT range AS i FROM range({count})", "--max-rows", most)
    shown = [int(line.split("|")[1]) for line in outcome.out.splitlines()[3:] if re.match(r"\|\s+\d", line)]
    if count <= most:
        assert shown == list(range(count))
    else:
        assert shown == [*range((most + 1) // 2), *range(count - most // 2, count)]
        assert outcome.out.endswith(f"{count:,} rows ({most:,} shown)\n")


SOME_DELETED = "DELETE FROM t WHERE i % 3 = 0 OR i BETWEEN 4000 AND 9000 OR i > 290_000"


@pytest.mark.parametrize(
    "before, sql",
    [
        ([], "FROM t"),
        ([], "SELECT text AS i, i AS text FROM t AS again"),
        ([], "SELECT i, i, rowid FROM t"),
        ([], "FROM v"),
        ([], "FROM t WHERE i > 1000"),
        ([], "SELECT * FROM t UNION ALL FROM t"),
        ([SOME_DELETED], "FROM t"),
        ([SOME_DELETED, "CHECKPOINT"], "FROM t"),
        (["BEGIN", SOME_DELETED], "FROM t"),
        (["BEGIN", "INSERT INTO t SELECT -range, 'new' FROM range(5000)", SOME_DELETED], "FROM t"),
        (["BEGIN", "DELETE FROM t WHERE i <> 7"], "FROM t"),
        (["DELETE FROM t"], "FROM t"),
        (["CREATE INDEX by_i ON t (i)"], "FROM t WHERE i = 5"),
    ],
)
@pytest.mark.parametrize("most", [1, 6, 4001])
def test_of_a_stored_table_the_rows_that_all_rows_begin_and_end_with_are_shown(room, before, sql, most):
    # The middle is not read there, so the rows are compared with those of one who reads them all.
    made = "CREATE TABLE t AS SELECT range AS i, 'row ' || range AS text FROM range(300_000); CREATE VIEW v AS SELECT text FROM t"
    room.duckdb("catalog.duckdb", made)
    room.duckdb("same.duckdb", made)
    room.catalog()
    statements = [part for statement in [*before, sql] for part in ("-q", statement)]
    outcome = room.duckalog("run", "catalog.yaml", *statements, "--max-rows", most)
    assert outcome.code == 0, outcome.err
    with duckdb.connect(str(room / "same.duckdb")) as same:
        for statement in before:
            same.execute(statement)
        rows = [tuple(str(cell) for cell in row) for row in same.execute(sql).fetchall()]
    lines = outcome.out.splitlines()
    head_ends = [number for number, line in enumerate(lines) if line.startswith("+")][-2]
    shown = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[head_ends:] if line.startswith("|")]
    if len(rows) <= most:
        assert shown == rows
    else:
        assert shown == [*rows[: (most + 1) // 2], (":",) * len(rows[0]), *(rows[-(most // 2) :] if most > 1 else [])]
        assert lines[-1] == f"{len(rows):,} rows ({most:,} shown)"


def test_a_table_in_no_order_is_shown_without_a_row_twice(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t AS SELECT range AS i FROM range(1_000_000)")
    sql = "SET preserve_insertion_order = false; FROM t"
    shown = re.findall(r"^\| +(\d+) \|$", query(room, sql, "--max-rows", "5000"), re.MULTILINE)
    assert len(set(shown)) == 5000


def test_a_sample_of_a_table_is_one_sample(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t AS SELECT range AS i FROM range(1_000_000)")
    shown = [int(i) for i in re.findall(r"^\| +(\d+) \|$", query(room, "FROM t TABLESAMPLE 10%", "--max-rows", "5000"), re.MULTILINE)]
    assert len(shown) == 5000 and shown == sorted(set(shown))


def test_a_table_that_grows_between_two_looks_is_counted_again(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t AS SELECT range AS i FROM range(100_000)")
    room.catalog()
    writer = "INSERT INTO t SELECT (SELECT count(*) FROM t) + range FROM range(777)"
    sql = [part for _ in range(20) for part in ("-q", writer, "-q", "FROM t")]
    outcome = room.duckalog("run", "catalog.yaml", *sql, "--max-rows", "2")
    counts = [int(text.replace(",", "")) for text in re.findall(r"^(.*) rows \(2 shown\)$", outcome.out, re.MULTILINE)]
    last = [int(i) for i in re.findall(r"^\| +(\d+) \|$", outcome.out, re.MULTILINE)][1::2]
    assert counts == [100_000 + 777 * (n + 1) for n in range(20)] and last == [count - 1 for count in counts]
