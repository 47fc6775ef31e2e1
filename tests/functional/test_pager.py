"""The pager: for results that are larger than the screen of a person, and for nothing else."""

import os
import re
import shutil
import termios
import time

import pytest
from terminals import in_room, run_on_terminal, screen_of

# Keeps what it gets, and says that it was there.
KEEPS = "cat > got; echo 'the pager was here'"


@pytest.fixture
def rows(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t AS SELECT range AS i FROM range(1000)")
    return room


def paged(room, *arguments, pager=KEEPS, rows=24, columns=80, **environment):
    """(what the terminal got, what the pager got or None)"""
    environment = {"DUCKALOG_PAGER": pager, "NO_COLOR": "1", **environment}
    code, written = run_on_terminal(room, *arguments, rows=rows, columns=columns, **environment)
    assert code == 0, written
    got = room / "got"
    return written.decode().replace("\r\n", "\n"), got.read_text() if got.exists() else None


# ---- when there is one ----


def test_a_result_that_fits_is_shown_without_a_pager(rows):
    shown, got = paged(rows, "query", "FROM t LIMIT 18")
    assert got is None and len(shown.splitlines()) == 23


def test_one_line_more_goes_through_the_pager(rows):
    shown, got = paged(rows, "query", "FROM t LIMIT 19")
    assert shown == "the pager was here\n" and len(got.splitlines()) == 24


def test_all_rows_and_columns_go_to_the_pager_whole(rows):
    _, got = paged(rows, "query", "SELECT i, repeat('x', 200) AS x FROM t ORDER BY i")
    lines = got.splitlines()
    assert len(lines) == 1005 and all("x" * 200 in line for line in lines[4:-1])
    assert [int(line.split("│")[1]) for line in lines[4:-1]] == list(range(1000))
    assert lines[2].startswith("│ int64 │")


def test_a_result_that_is_too_wide_goes_through_the_pager(rows):
    assert paged(rows, "query", "SELECT repeat('x', 76) AS x")[1] is None
    shown, got = paged(rows, "query", "SELECT repeat('x', 77) AS x")
    assert shown == "the pager was here\n" and "x" * 77 in got


def test_colours_take_no_room_and_go_to_the_pager(rows):
    sql = "SELECT " + ", ".join(f"NULL AS c{n}" for n in range(9))
    shown, got = paged(rows, "query", sql, NO_COLOR="")
    assert got is None and "\033[2mNULL\033[0m" in shown
    assert "\033[2mint64\033[0m" in paged(rows, "query", "FROM t", NO_COLOR="")[1]


def test_wide_characters_are_measured_as_they_are_shown(rows):
    assert paged(rows, "query", "SELECT repeat('猫', 38) AS x")[1] is None
    assert "猫" in paged(rows, "query", "SELECT repeat('猫', 39) AS x")[1]


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "markdown", "html"])
def test_every_form_goes_through_the_pager_as_it_is(rows, form):
    arguments = ["query", "FROM t ORDER BY i", "--format", form]
    assert paged(rows, *arguments)[1] == rows.duckalog(*arguments).out
    (rows / "got").unlink()
    arguments[1] = "FROM t ORDER BY i LIMIT 3"
    assert paged(rows, *arguments) == (rows.duckalog(*arguments).out, None)


def test_a_plan_goes_through_the_pager(rows):
    assert "SEQ_SCAN" in paged(rows, "query", "EXPLAIN FROM t", rows=5)[1]


def test_rows_are_cut_only_when_that_is_asked_for(rows):
    assert paged(rows, "query", "FROM t", "--max-rows", "30")[1].endswith("1,000 rows (30 shown)\n")


def test_results_of_several_statements_share_the_pager_once_it_is_there(rows):
    shown, got = paged(rows, "query", "SELECT 1 AS first; FROM t; SELECT 2 AS last")
    assert "first" in shown and shown.endswith("the pager was here\n") and "last" not in shown
    assert "first" not in got and "last" in got and "999" in got


@pytest.mark.parametrize(
    "arguments, environment",
    [
        (["--no-pager"], {}),
        ([], {"pager": ""}),
        ([], {"pager": " "}),
        ([], {"pager": "cat"}),
        ([], {"TERM": "dumb"}),
        ([], {"TERM": None}),
        ([], {"pager": None, "PAGER": ""}),
        ([], {"pager": "", "PAGER": KEEPS}),
        ([], {"pager": None}),
    ],
)
def test_without_a_pager_forty_rows_are_shown_and_cut_to_the_terminal(rows, arguments, environment):
    sql = "SELECT i, repeat('x', 200) AS x FROM t"
    shown, got = paged(rows, "query", sql, *arguments, **environment)
    assert got is None and shown.endswith("1,000 rows (40 shown)\n") and max(map(len, shown.splitlines())) <= 80


def test_pager_is_the_one_of_everybody_and_ours_comes_first(rows):
    paged(rows, "query", "FROM t", pager=None, PAGER="cat > got; echo general")
    assert (rows / "got").exists()
    shown, _ = paged(rows, "query", "FROM t", PAGER="echo general", pager=KEEPS)
    assert shown == "the pager was here\n"


def test_only_a_person_at_both_ends_gets_one(rows):
    (rows / "empty").touch()
    for files in ({0: rows / "empty"}, {1: rows / "out"}):
        run_on_terminal(rows, "query", "FROM t", DUCKALOG_PAGER=KEEPS, files=files)
        assert not (rows / "got").exists()
    assert len((rows / "out").read_text().splitlines()) == 1004


def test_a_file_needs_none(rows):
    paged(rows, "query", "FROM t", "-o", "all.csv")
    assert not (rows / "got").exists()


def test_run_has_it_too(room):
    room.catalog(("v", "SELECT range AS i FROM range(100)"))
    assert len(paged(room, "run", "catalog.yaml", "--query", "FROM v")[1].splitlines()) == 105


# ---- how it ends ----


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_leaving_early_ends_the_query_quietly(rows, form):
    began = time.monotonic()
    shown, _ = paged(rows, "query", "SELECT range FROM range(10000000000)", "--format", form, pager="head -3 > got")
    assert shown == "" and time.monotonic() - began < 30
    assert len((rows / "got").read_text().splitlines()) == 3


def test_statements_after_one_that_was_left_are_run(room):
    room.catalog(("v", "SELECT 1 AS a"))
    sql = "FROM range(1000000); CREATE TABLE made AS SELECT 1 AS a"
    paged(room, "run", "catalog.yaml", "--query", sql, pager="head -3 > got")
    assert room.rows("FROM made") == [(1,)]


@pytest.mark.parametrize("form", ["table", "csv"])
def test_nothing_more_is_shown_once_the_pager_was_left(rows, form):
    sql = ["FROM range(1000000)", "FROM nowhere", "FROM t"]
    arguments = ["query", "--keep-going", "--format", form, *(word for one in sql for word in ("--file", rows.write(f"{one[5:8]}.sql", one)))]
    with in_room(rows, *arguments, DUCKALOG_PAGER="head -1 > /dev/null; echo 'the pager was here'") as terminal:
        assert terminal.end() == 3
    lines = [line for line in screen_of(terminal.raw) if line]
    assert lines[0] == "the pager was here" and lines[1].startswith("error: ") and "999" not in str(lines)
    assert terminal.raw.count(b"the pager") == 1


def test_memory_does_not_grow_with_what_the_pager_has_not_read(rows):
    with in_room(rows, "query", "SELECT range AS i, repeat('x', 100) AS x FROM range(100000000)", DUCKALOG_PAGER="sleep 4") as terminal:
        time.sleep(3)
        resident = int(re.search(r"VmRSS:\s+(\d+) kB", open(f"/proc/{terminal.process.pid}/status").read())[1])
        assert terminal.end() == 0
    assert resident < 200_000


def test_an_error_is_told_when_the_pager_was_left(rows):
    sql = "SELECT CASE WHEN range = 500000 THEN error('that is enough') ELSE range END AS i FROM range(1000000)"
    with in_room(rows, "query", sql, DUCKALOG_PAGER="cat > got; sleep 1; echo 'the pager was here'") as terminal:
        assert terminal.end() == 3
    lines = [line for line in screen_of(terminal.raw) if line]
    assert lines[0] == "the pager was here" and lines[1].startswith("error: ") and "that is enough" in lines[1]


def test_an_error_follows_what_fits_on_the_screen(rows):
    with in_room(rows, "query", "SELECT 1 AS one; FROM nowhere", DUCKALOG_PAGER=KEEPS) as terminal:
        assert terminal.end() == 3
    text = terminal.raw.decode()
    assert text.index("one") < text.index("error: ")


def test_a_pager_that_is_not_there_is_told(rows):
    with in_room(rows, "query", "FROM t", DUCKALOG_PAGER="no-such-pager -x") as terminal:
        assert terminal.end() == 2
    assert 'error: the pager "no-such-pager -x" can\'t be run' in terminal.raw.decode()


def test_ctrl_c_is_the_pagers(rows):
    pager = "trap '' INT; cat > got; echo end of text; read key < /dev/tty; echo left by $key"
    with in_room(rows, "query", "FROM t", DUCKALOG_PAGER=pager) as terminal:
        terminal.wait_for_bytes(b"end of text")
        terminal.type("\x03\x03\x03")
        time.sleep(0.5)
        terminal.type("q\n")
        assert terminal.end() == 0
    assert "left by q" in terminal.raw.decode() and "error" not in terminal.raw.decode()


def test_ctrl_c_in_the_pager_stops_a_query_that_goes_on(rows):
    sql = "SELECT range AS i FROM range(100) UNION ALL SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b"
    pager = "trap '' INT; cat > got; echo 'the pager was here'"
    with in_room(rows, "query", sql, "--format", "csv", DUCKALOG_PAGER=pager) as terminal:
        time.sleep(2)
        terminal.type("\x03")
        assert terminal.end() == 130
    assert screen_of(terminal.raw)[-2].endswith("error: interrupted")


@pytest.mark.parametrize("form", ["table", "csv"])
def test_a_pager_gets_nothing_of_ours_but_its_input(rows, form):
    sql = "SELECT range FROM range(1000000)"
    _, got = paged(rows, "query", sql, "--format", form, pager="ls -l /proc/$$/fd > got; cat > /dev/null")
    assert not re.search("duckdb|memory|fd/", got) and got.count("pipe:") == 1


def test_a_pager_that_waits_for_the_end_gets_it_from_every_writer(rows):
    # DuckDB has its own end of a pipe open while the pager is started.
    shown, got = paged(rows, "query", "SELECT range AS i FROM range(1000000)", "--format", "csv")
    assert shown == "the pager was here\n" and len(got.splitlines()) == 1000001


def test_data_never_gets_near_the_shell(rows):
    paged(rows, "query", "SELECT '$(touch made)`touch made`; touch made' AS x FROM t", pager=KEEPS)
    assert not (rows / "made").exists()


@pytest.mark.skipif(shutil.which("less") is None, reason="less is not installed")
def test_less_shows_the_table_and_leaves_the_terminal_as_it_was(rows):
    sql = "SELECT i, repeat('x', 100) AS x FROM t ORDER BY i"
    with in_room(rows, "query", sql, PATH=os.environ["PATH"], PAGER="less", NO_COLOR="1", rows=10) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.wait_for_bytes("│     3 │".encode())
        assert "…" not in terminal.raw.decode()
        terminal.type("G")
        terminal.wait_for_bytes("│   999 │".encode())
        terminal.type("\x03")
        time.sleep(0.5)  # what is typed at once goes with it
        terminal.type("q")
        assert terminal.end() == 0
        assert termios.tcgetattr(terminal.master) == before
    assert b"error" not in terminal.raw


@pytest.mark.skipif(shutil.which("less") is None, reason="less is not installed")
def test_less_of_an_endless_query_can_be_left_at_once(rows):
    with in_room(rows, "query", "SELECT range AS i FROM range(10000000000)", PATH=os.environ["PATH"], PAGER="less") as terminal:
        terminal.wait_for_bytes("│     5 │".encode())
        terminal.type("q")
        assert terminal.end() == 0
    assert "error" not in terminal.raw.decode()
