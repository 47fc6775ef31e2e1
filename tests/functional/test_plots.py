"""--plot: what is drawn is read back, and has to be what the rows say."""

import fcntl
import os
import re
import struct
import subprocess
import termios

import pytest
from conftest import PROGRAM

EIGHTHS = {"█": 8, "▉": 7, "▊": 6, "▋": 5, "▌": 4, "▍": 3, "▎": 2, "▏": 1}


@pytest.fixture
def shop(room):
    room.catalog(("one", "SELECT 1 AS i"))
    room.run()
    return room


def plot(room, sql, *arguments, code=0):
    """What goes into a pipe: its lines."""
    outcome = room.duckalog("query", sql, "--plot", *arguments)
    assert outcome.code == code, outcome.err
    return outcome.out.splitlines() if code == 0 else outcome.err


def shown(room, sql, *arguments, columns=80, rows=24, **env):
    """The same on a terminal."""
    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**room.environment, "TERM": "xterm", **env}
    words = [PROGRAM, "query", sql, "--plot", *arguments]
    process = subprocess.Popen(words, cwd=room.folder, env=environment, stdout=there)
    os.close(there)
    drawn = b""
    try:
        while part := os.read(here, 65536):
            drawn += part
    except OSError:
        pass
    os.close(here)
    assert process.wait() == 0
    return drawn.decode().replace("\r\n", "\n").splitlines()


def bars(lines, axis="│"):
    """(label, number, what is left of the axis, what is right of it) of each bar."""
    found = [re.fullmatch(rf"(.*?) +(-?[\d.]+) ( *[▐█#]*)[{axis}](.*)", line) for line in lines]
    return [(m[1].strip(), float(m[2]), m[3].strip(" "), m[4]) for m in found if m]


def lengths(lines):
    """In eighths of a column; negative to the left."""
    return [
        (number, sum(EIGHTHS[c] for c in right) - sum(4 if c == "▐" else 8 for c in left))
        for _, number, left, right in bars(lines)
    ]


# ---- bars ----


def test_bars_are_as_long_as_their_numbers_to_an_eighth_of_a_column(shop):
    drawn = lengths(shown(shop, "SELECT 'r' || i AS r, i * i AS v FROM range(14) t(i)", "bar", "r", "v"))
    assert [number for number, _ in drawn] == [i * i for i in range(14)]
    scale = drawn[-1][1] / drawn[-1][0]
    assert drawn[-1][1] >= 8 * 60
    for number, length in drawn:
        assert abs(length - number * scale) <= 1, number


def test_negative_bars_go_to_the_left_by_the_same_scale(shop):
    lines = shown(shop, "SELECT 'r' || i AS r, i * 10 AS v FROM range(-8, 9) t(i)", "bar", "r", "v", rows=40)
    drawn = lengths(lines)
    assert len(drawn) == 17
    scale = drawn[-1][1] / drawn[-1][0]
    for number, length in drawn:
        assert abs(length - number * scale) <= (4 if number < 0 else 1), number
    assert len({line.index("│") for line in lines if "│" in line}) == 1


def test_only_negative_bars_have_the_axis_at_their_right(shop):
    lines = shown(shop, "SELECT i AS r, i AS v FROM range(-3, 0) t(i)", "bar", "r", "v")
    assert all(line.endswith("│") for line in lines[1:4])
    assert lines[4].endswith("┘")


def test_what_is_not_nothing_shows(shop):
    drawn = lengths(shown(shop, "SELECT i AS r, v FROM (VALUES (1, 1e9), (2, 1), (3, 0)) t(i, v)", "bar", "r", "v"))
    assert [length for _, length in drawn][1:] == [1, 0]


def test_the_axis_has_round_marks_below_where_they_belong(shop):
    lines = shown(shop, "SELECT i AS r, i AS v FROM (VALUES (20), (40), (100)) t(i)", "bar", "r", "v")
    start = lines[1].index("│")
    labels = {int(m[0]): m.start() + (len(m[0])) // 2 for m in re.finditer(r"\d+", lines[-1])}
    assert {0, 20, 40}.issubset(labels)
    ends = {number: start + -(-length // 8) for number, length in lengths(lines)}
    for number, end in ends.items():
        assert number not in labels or abs(labels[number] - end) <= 1
    assert {c for c in lines[-2].strip()} <= set("└─┬")


def test_in_a_pipe_bars_are_ascii(shop):
    lines = plot(shop, "SELECT i AS r, i AS v FROM range(-2, 3) t(i)", "bar", "r", "v")
    assert all(line.isascii() for line in lines)
    assert max(map(len, lines)) <= 80
    drawn = [len(right) - len(left) for _, _, left, right in bars(lines, axis="|")]
    assert drawn == [-2 * drawn[3], -drawn[3], 0, drawn[3], 2 * drawn[3]]
    assert drawn[3] > 15


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"LANG": "C"}])
def test_a_terminal_that_draws_no_blocks_gets_ascii(shop, env):
    for kind in ("bar", "line"):
        lines = shown(shop, "SELECT i, i AS v FROM range(9) t(i)", kind, "i", "v", **env)
        assert all(line.isascii() for line in lines)


def test_the_first_and_the_last_bars_of_a_long_result_are_shown_and_all_are_counted(shop):
    lines = shown(shop, "SELECT i AS r, i + 0.5 AS v FROM range(10000) t(i)", "bar", "r", "v", rows=24)
    assert len(lines) < 24
    numbers = [number for number, _ in lengths(lines)]
    half = len(numbers) // 2
    assert len(numbers) > 10
    assert numbers == [i + 0.5 for i in [*range(len(numbers) - half), *range(10000 - half, 10000)]]
    assert sum(line.strip() == "·" for line in lines) == 1
    assert lines[-1] == f"10,000 bars ({len(numbers)} shown)"


@pytest.mark.parametrize("most", [1, 2, 5, 49, 50, 51, 0])
def test_max_rows_says_how_many_bars_are_shown(shop, most):
    lines = plot(shop, "SELECT i AS r, i AS v FROM range(50) t(i)", "bar", "r", "v", "--max-rows", str(most))
    numbers = [number for _, number, _, _ in bars(lines, axis="|")]
    half = most // 2
    expected = range(50) if most in (0, 50, 51) else [*range(most - half), *range(50 - half, 50)]
    assert numbers == list(expected)
    assert ("shown)" in lines[-1]) == (most not in (0, 50, 51))


def test_many_chunks_of_rows_with_gaps_end_with_the_last_ones(shop):
    sql = "SELECT i AS r, CASE WHEN i % 3 = 0 OR i > 299990 THEN i END AS v FROM range(300000) t(i)"
    lines = plot(shop, sql, "bar", "r", "v", "--max-rows", "20")
    numbers = [int(number) for _, number, _, _ in bars(lines, axis="|")]
    drawable = [i for i in range(300000) if i % 3 == 0 or i > 299990]
    assert numbers == drawable[:10] + drawable[-10:]
    assert lines[-2:] == [f"{len(drawable):,} bars (20 shown)", f"{300000 - len(drawable):,} NULL left out"]


def test_null_nan_and_infinite_numbers_are_left_out_and_counted(shop):
    values = "(1, '5'), (2, NULL), (3, 'NaN'), (4, 'inf'), (5, '-inf'), (NULL, '7'), (6, '1e308')"
    sql = f"SELECT a, b::DOUBLE AS b FROM (VALUES {values}) t(a, b)"
    lines = plot(shop, sql, "bar", "a", "b")
    assert [(label, number) for label, number, _, _ in bars(lines, axis="|")] == [("1", 5), ("NULL", 7)]
    assert lines[-3:] == ["1 NULL left out", "1 NaN left out", "3 infinite left out"]
    assert plot(shop, sql, "bar", "a", "b", "--null", "-")[2].lstrip().startswith("- 7")
    assert plot(shop, sql, "line", "a", "b")[-3:] == ["2 NULL left out", "1 NaN left out", "3 infinite left out"]


@pytest.mark.parametrize("columns", [20, 30, 80, 200])
@pytest.mark.parametrize("kind", ["bar", "line"])
def test_a_plot_is_never_wider_than_the_terminal(shop, columns, kind):
    sql = "SELECT '2026-01-01'::DATE + i::INT AS day, sin(i / 9) * 1e7 AS v, '日本語のラベル' || i AS name FROM range(90) t(i)"
    lines = shown(shop, sql, kind, "name" if kind == "bar" else "day", "v", columns=columns)
    assert max(sum(2 if "\u3000" <= c <= "\ufaff" else 1 for c in line) for line in lines) <= columns
    assert len(lines) <= 24


def test_long_labels_are_cut_with_a_mark(shop):
    lines = shown(shop, "SELECT repeat('x', 200) AS r, 1 AS v", "bar", "r", "v", columns=60)
    assert lines[1].startswith("x" * 19 + "… 1 │█")


def test_labels_stay_on_one_line(shop):
    lines = plot(shop, "SELECT e'a\\nb\\x1b[31m' AS r, 1 AS v", "bar", "r", "v")
    assert lines[1].startswith("a\\nb\\x1B[31m 1 |#")


def test_each_row_has_its_bar_even_when_its_x_was_there_before(shop):
    lines = plot(shop, "SELECT 'a' AS r, i AS v FROM range(1, 4) t(i)", "bar", "r", "v")
    assert [(label, number) for label, number, _, _ in bars(lines, axis="|")] == [("a", 1), ("a", 2), ("a", 3)]


def test_numbers_stand_as_the_result_has_them_unless_they_are_long(shop):
    lines = plot(shop, "SELECT 1 AS r, 1.50::DECIMAL(9, 2) AS v; SELECT 1 AS r, 1 / 3 AS v", "bar", "r", "v")
    assert lines[1].startswith("1 1.50 |")
    assert lines[5].startswith("1 0.333333 |")


# ---- lines ----


def dots(lines):
    """All dots of a line in braille, as (column of dots, dots from below), within the axis."""
    rows = [line.partition("┤")[2] or line.partition("│")[2] for line in lines if "┤" in line or "│" in line]
    bits = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    found = set()
    for r, row in enumerate(rows):
        for c, char in enumerate(row):
            pattern = ord(char) - 0x2800 if char != " " else 0
            found |= {(2 * c + x, 4 * (len(rows) - r) - 1 - y) for b, (x, y) in enumerate(bits) if pattern >> b & 1}
    return found, 4 * len(rows)


def test_a_line_goes_where_its_points_are(shop):
    lines = shown(shop, "SELECT i AS x, i AS y FROM range(0, 101) t(i) ORDER BY random()", "line", "x", "y")
    found, height = dots(lines)
    width = max(x for x, _ in found) + 1
    assert width > 140
    for x in range(width):
        [low, *_, high] = sorted(y for at, y in found if at == x) * 2
        assert abs(low - x * (height - 1) / (width - 1)) <= 1
        assert abs(high - x * (height - 1) / (width - 1)) <= 1


def test_a_spike_among_a_million_rows_is_seen(shop):
    sql = "SELECT i AS x, CASE WHEN i = 777777 THEN 100 ELSE 0 END AS y FROM range(1000000) t(i)"
    found, height = dots(shown(shop, sql, "line", "x", "y"))
    width = max(x for x, _ in found) + 1
    top = {x for x, y in found if y == height - 1}
    assert len(top) == 1
    assert abs(top.pop() / width - 0.777777) < 0.02


def test_times_have_marks_where_they_begin(shop):
    sql = "SELECT DATE '2026-01-01' + i::INT AS day, i AS v FROM range(200) t(i)"
    lines = plot(shop, sql, "line", "day", "v")
    assert lines[-1].split() == [f"2026-0{month}" for month in range(1, 8)]
    hours = plot(shop, "SELECT TIMESTAMP '2026-01-01 06:00' + to_minutes(i) AS t, i AS v FROM range(121) t(i)", "line", "t", "v")
    assert hours[-2].split() == ["06:00", "06:15", "06:30", "06:45", "07:00", "07:15", "07:30", "07:45", "08:00"]
    assert hours[-1] == "from 2026-01-01 06:00:00 to 2026-01-01 08:00:00"


@pytest.mark.parametrize("type", ["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ", "DATE"])
def test_every_type_of_date_is_a_time(shop, type):
    sql = f"SELECT make_timestamp(i * 86400000000)::{type} AS t, i AS v FROM range(20454, 20460) t(i)"
    if type == "TIMESTAMPTZ":
        sql = sql.replace("make_timestamp(i * 86400000000)::TIMESTAMPTZ", "to_timestamp(i * 86400)")
    assert plot(shop, sql, "line", "t", "v")[-1].split()[0] == "2026-01-01"


def test_several_rows_of_an_x_are_drawn_from_the_least_to_the_most_and_told(shop):
    lines = shown(shop, "FROM (VALUES (1, 0), (2, 0), (2, 10), (3, 0)) t(x, y)", "line", "x", "y")
    found, height = dots(lines)
    middle = (max(x for x, _ in found) + 1) // 2
    assert {y for x, y in found if abs(x - middle) <= 1} == set(range(height))
    assert lines[-1] == "some x have several rows: drawn from the least to the most"


def test_one_point_is_drawn(shop):
    found, _ = dots(shown(shop, "SELECT 5 AS x, 5 AS y", "line", "x", "y"))
    assert len(found) == 1


# ---- any result ----


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a AS (SELECT 1 AS x, 2 AS y) FROM a",
        "FROM (VALUES (1, 2)) t(x, y)",
        "SELECT x, y FROM (PIVOT (SELECT 1 AS x, 2 AS v, 'y' AS z) ON z IN ('y') USING sum(v))",
        "PIVOT (SELECT 1 AS x, 2 AS v, 'y' AS z) ON z USING sum(v)",
        "SELECT 1 AS x, 2 AS y -- the end",
        "CREATE TEMP TABLE t AS SELECT 1 AS x, 2 AS y; FROM t",
        "CREATE TEMP TABLE t (x INT, y INT); INSERT INTO t VALUES (1, 2) RETURNING x, y",
        "SELECT 1 AS X, 2 AS \"Y\"",
    ],
)
def test_whatever_has_the_columns_can_be_drawn(shop, sql):
    lines = plot(shop, sql, "bar", "x", "y")
    assert [(label, number) for label, number, _, _ in bars(lines, axis="|")] == [("1", 2)]


@pytest.mark.parametrize(
    ("sql", "x", "y"),
    [("DESCRIBE SELECT 1 AS a", "column_name", "column_name"), ("SHOW TABLES", "name", "name"), ("EXPLAIN SELECT 1", "explain_key", "explain_value")],
)
def test_what_only_tells_about_a_query_has_its_columns_too(shop, sql, x, y):
    assert "is varchar, not a number" in plot(shop, sql, "bar", x, y, code=2)


def test_names_may_be_anything(shop):
    lines = plot(shop, 'SELECT 1 AS "a ""b"" c", 2 AS "--y"', "bar", 'a "b" c', "--y", code=2)
    assert "needs 3 values: KIND X Y" in lines
    lines = plot(shop, 'SELECT 1 AS "a ""b"" c", 2 AS "sum(i)"', "bar", 'a "b" c', "sum(i)")
    assert lines[0] == 'sum(i) by a "b" c'


def test_each_of_several_results_is_drawn(shop):
    lines = plot(shop, "SELECT 1 AS x, 2 AS y; SELECT 3 AS x, 4 AS y", "bar", "x", "y")
    assert [line for line in lines if " by " in line] == ["y by x"] * 2


def test_no_rows_are_no_mistake(shop):
    for kind in ("bar", "line"):
        assert plot(shop, "SELECT 1 AS x, 2 AS y WHERE false", kind, "x", "y") == ["y by x", "no rows to draw"]


def test_run_draws_what_query_draws(shop):
    sql = "SELECT i AS x, i AS y FROM range(5) t(i)"
    ran = shop.duckalog("run", "catalog.yaml", "-q", sql, "--plot", "bar", "x", "y")
    assert ran.out.splitlines() == plot(shop, sql, "bar", "x", "y")


def test_a_plot_can_go_to_a_file(shop):
    assert plot(shop, "SELECT 1 AS x, 2 AS y", "bar", "x", "y", "-o", "plot.txt") == []
    assert (shop / "plot.txt").read_text().splitlines() == plot(shop, "SELECT 1 AS x, 2 AS y", "bar", "x", "y")


# ---- mistakes ----


MISTAKES = [
    ("SELECT 1 AS price, 2 AS v", ["bar", "prise", "v"], 'no column "prise" to plot\nhint: did you mean price?'),
    ("SELECT 1 AS a, 2 AS b, 3 AS c", ["bar", "a", "zzzz"], 'no column "zzzz" to plot\nhint: it has a, b and c'),
    ("SELECT 1 AS \"a\x1b[31m\"", ["bar", "zzzz", "z"], "hint: it has a\\x1B[31m\n"),
    ("SELECT 1 AS a, 'x' AS b", ["bar", "a", "b"], "is varchar, not a number\nhint: make it one in the SQL, as in CAST(b AS DOUBLE)"),
    ("SELECT 'x' AS a, 1 AS b", ["line", "a", "b"], "is varchar, not a number or a time\nhint: a bar has any x"),
    ("SELECT [DATE '2026-01-01'] AS a, 1 AS b", ["line", "a", "b"], "is date[], not a number or a time"),
    ("SELECT 1 AS a, 1 AS b", ["pie", "a", "b"], '--plot takes bar or line, not "pie"'),
    ("SELECT 1 AS a, 1 AS b", ["bar", "a"], "--plot needs 3 values: KIND X Y"),
    ("SELECT 1 AS a, 1 AS b", ["bar", "a", "--timing"], "--plot needs 3 values: KIND X Y"),
    ("SELECT 1 AS a, 1 AS b", ["bar", "a", "b", "--format", "csv"], "--plot draws in place of a table, not of csv"),
    ("SELECT 1 AS a, 1 AS b", ["bar", "a", "b", "-o", "x.csv"], "--plot draws in place of a table, not of csv"),
    ("SELECT 1 AS a, 1 AS b", ["line", "a", "b", "--max-rows", "3"], "--max-rows says nothing about a line"),
    ("SELECT 1 AS a, 1 AS b", ["bar", "a", "b", "--no-header"], "--no-header says nothing about a plot"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "arguments", "said"), MISTAKES)
def test_mistakes_are_told_with_what_to_do(shop, sql, arguments, said):
    assert said in plot(shop, sql, *arguments, code=2)


def test_an_error_half_way_leaves_no_half_plot(shop):
    sql = "SELECT i AS x, CAST(CASE WHEN i > 3000 THEN error('boom') ELSE '1' END AS INT) AS y FROM range(5000) t(i)"
    for kind in ("bar", "line"):
        outcome = shop.duckalog("query", sql, "--plot", kind, "x", "y")
        assert (outcome.code, outcome.out) == (3, "")
        assert "boom" in outcome.err


# ---- an option of several words ----


@pytest.mark.parametrize(
    "words",
    [
        ["query", "SQL", "--plot", "bar", "x", "y"],
        ["query", "--plot", "bar", "x", "y", "SQL"],
        ["query", "--plot=bar", "x", "y", "SQL"],
        ["query", "--plot", "bar", "x", "y", "--", "SQL"],
        ["query", "--plo", "bar", "x", "y", "SQL", "--catalog", "catalog.duckdb"],
        ["query", "--plot", "line", "no", "no", "--plot", "bar", "x", "y", "SQL"],
    ],
)
@pytest.mark.parametrize("env", [{}, {"POSIXLY_CORRECT": "1"}])
def test_the_words_of_plot_may_stand_anywhere(shop, words, env):
    sql = "SELECT 1 AS x, 2 AS y"
    outcome = shop.duckalog(*[sql if word == "SQL" else word for word in words], env=env)
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines() == plot(shop, sql, "bar", "x", "y")
