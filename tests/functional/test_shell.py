"""The shell of run --interactive: a person at a real terminal, and input from a pipe (docs/shell.md)."""

import os
import re
import signal
import stat
import termios
import time
from pathlib import Path

import pytest
from conftest import PROGRAM
from terminals import CTRL_A, CTRL_C, CTRL_D, CTRL_R, CTRL_Z, DOWN, ENTER, LEFT, TAB, UP, Terminal

SECONDS_OF_A_PERSON = 5


@pytest.fixture
def shop(room):
    room.catalog(
        ("sales", "SELECT 1 AS amount, 'north' AS region"),
        ("salaries", "SELECT 10 AS pay"),
        {"name": "Odd one", "sql": "SELECT 1 AS i"},
        {"name": "totals", "db_schema": "reports", "sql": "SELECT 5 AS total"},
    )
    room.run()
    return room


@pytest.fixture
def at_terminal(shop):
    """Opens terminals on the shop, and closes them."""
    opened = []

    def open_one(*arguments, **options):
        environment = {**shop.environment, **options.pop("env", {})}
        words = [*options.pop("words", ["run", "catalog.yaml", "-i"]), *arguments]
        opened.append(Terminal(*words, folder=shop.folder, environment=environment, **options))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.__exit__()


# ---- at a terminal ----


def test_a_session_looks_like_this(at_terminal):
    terminal = at_terminal()
    terminal.wait_for_prompt()
    terminal.run("SELECT amount, region FROM sales;")
    terminal.run(".views")
    assert re.fullmatch(r"duckalog \S+ with DuckDB v\S+ on catalog.duckdb: 4 views", terminal.lines[0])
    assert terminal.lines[1:] == [
        "Statements end with a semicolon; .help shows what else there is, Ctrl-D leaves.",
        "duckalog> SELECT amount, region FROM sales;",
        "┌────────┬─────────┐",
        "│ amount │ region  │",
        "│ int32  │ varchar │",
        "├────────┼─────────┤",
        "│      1 │ north   │",
        "└────────┴─────────┘",
        "duckalog> .views",
        "┌──────────┬─────────┬──────────┐",
        "│ database │ schema  │   name   │",
        "│ varchar  │ varchar │ varchar  │",
        "├──────────┼─────────┼──────────┤",
        "│ catalog  │ main    │ Odd one  │",
        "│ catalog  │ main    │ salaries │",
        "│ catalog  │ main    │ sales    │",
        "│ catalog  │ reports │ totals   │",
        "└──────────┴─────────┴──────────┘",
        "duckalog>",
    ]
    terminal.type(CTRL_D)
    assert terminal.end() == 0
    assert b"\x1b[?2004l" in terminal.raw[-20:], "pasting is as it was"


def test_quiet_greets_nobody(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    assert terminal.lines == ["duckalog>"]


def test_a_statement_may_have_several_lines(at_terminal):
    terminal = at_terminal("--quiet", "--format", "csv")
    terminal.wait_for_prompt()
    terminal.type("SELECT 'a;" + ENTER)
    terminal.wait_for_prompt("     ...>")
    terminal.type("b' AS x, $$;" + ENTER)
    terminal.wait_for_prompt("     ...>")
    terminal.type("$$ AS y -- the end;" + ENTER)
    terminal.wait_for_prompt("     ...>")
    terminal.type("; -- now" + ENTER)
    terminal.wait_for_prompt()
    assert terminal.lines[4:] == ["x,y", '"a;', 'b",";', '"', "duckalog>"]
    terminal.run("/* not; yet */ SELECT 1 AS one; SELECT 2 AS two;")
    assert terminal.lines[-5:] == ["one", "1", "two", "2", "duckalog>"]


def test_a_tab_completes_names_of_the_catalog(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type("FROM re" + TAB)
    terminal.wait_for("duckalog> FROM reports.")
    terminal.type("t" + TAB + ";" + ENTER)
    terminal.wait_for("│     5 │")
    terminal.wait_for_prompt()
    terminal.type("FROM sal" + TAB)
    terminal.wait_for("salaries  sales")
    terminal.type("e" + TAB)
    terminal.wait_for("duckalog> FROM sales")
    assert terminal.screen.cursor.x == len("duckalog> FROM sales "), "ready for the next word"
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    terminal.type('FROM "Od' + TAB)
    terminal.wait_for('duckalog> FROM "Odd one"')
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    terminal.type("FROM Od" + TAB)
    terminal.wait_for(lambda t: t.lines[-1] == 'duckalog> FROM "Odd one"')


def test_a_tab_completes_columns_functions_and_keywords(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type("SELECT  FROM sales s" + LEFT * 13 + "am" + TAB)
    terminal.wait_for("duckalog> SELECT amount  FROM sales s")
    terminal.type(", s." + TAB)
    terminal.wait_for("amount  region")
    terminal.type("r" + TAB)
    terminal.wait_for("s.region")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    terminal.type("SELECT list_agg" + TAB + TAB)
    terminal.wait_for("list_aggr(")
    terminal.wait_for("duckalog> SELECT list_aggr")
    terminal.type("eg" + TAB)
    terminal.wait_for("duckalog> SELECT list_aggregate(")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    terminal.type("SUMMARIZ" + TAB)
    terminal.wait_for("duckalog> SUMMARIZE")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    # On a second line the first one still counts.
    terminal.type("FROM sales" + ENTER)
    terminal.wait_for_prompt("     ...>")
    terminal.type("WHERE regio" + TAB)
    terminal.wait_for("     ...> WHERE region")


def test_nothing_is_completed_within_text(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type("SELECT 'FROM sal" + TAB + "x';" + ENTER)
    terminal.wait_for("│ FROM salx   │")


def test_a_tab_completes_commands_and_what_they_take(at_terminal, shop):
    shop.write("script.sql", "SELECT 42 AS answer;\n")
    shop.write("scripts/more.sql", "SELECT 43;")
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type(".ta" + TAB)
    terminal.wait_for("duckalog> .tables")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    terminal.type(".form" + TAB + "js" + TAB)
    terminal.wait_for("duckalog> .format json")
    terminal.type("l" + TAB + ENTER)
    terminal.wait_for_prompt()
    terminal.type(".read scr" + TAB + TAB)
    terminal.wait_for("script.sql  scripts/")
    terminal.type(".sql" + ENTER)
    terminal.wait_for('{"answer":42}')
    terminal.wait_for_prompt()
    terminal.type(".schema sala" + TAB + ENTER)
    terminal.wait_for("CREATE VIEW salaries AS SELECT 10 AS pay;")


def test_a_completion_leaves_a_transaction_alone(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.run("BEGIN;")
    terminal.run("CREATE TEMP TABLE t AS SELECT 1 AS i;")
    terminal.type("FROM nothing_" + TAB + CTRL_C)
    terminal.wait_for("^C")
    terminal.wait_for_prompt()
    terminal.type("SELECT x FROM nothing_at_all" + LEFT * 20 + TAB + CTRL_C)
    terminal.wait_for_prompt()
    terminal.run("SELECT count(*) AS n FROM t;")
    terminal.run("COMMIT;")
    assert "error" not in terminal.text


def test_ctrl_c_clears_what_is_typed(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type("SELECT 'half" + ENTER + "more")
    terminal.wait_for("     ...> more")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    assert terminal.lines == ["duckalog> SELECT 'half", "     ...> more^C", "duckalog>"]
    terminal.run("SELECT 7 AS seven;")
    assert "│     7 │" in terminal.text


def test_ctrl_c_stops_a_query_that_would_take_ten_minutes(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type("SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(1000000) b;" + ENTER)
    time.sleep(1)
    began = time.monotonic()
    terminal.type(CTRL_C)
    terminal.wait_for("error: interrupted")
    terminal.wait_for_prompt()
    assert time.monotonic() - began < SECONDS_OF_A_PERSON
    terminal.run("SELECT 7 AS seven;")
    assert "│     7 │" in terminal.text


def test_the_end_of_input_leaves_whatever_is_typed_before(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type("x" + CTRL_D)
    terminal.wait_for("duckalog> x")
    terminal.type(CTRL_A + CTRL_D)  # deletes the character
    terminal.wait_for_prompt()
    terminal.type("SELECT 1" + ENTER)
    terminal.wait_for_prompt("     ...>")
    terminal.type(CTRL_D)
    assert terminal.end() == 0


@pytest.mark.parametrize("word", [".quit", ".exit", "quit", "exit;", "  QUIT ; "])
def test_these_words_leave(at_terminal, word):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type(word + ENTER)
    assert terminal.end() == 0


def test_ctrl_c_that_is_held_down_stops_a_query_and_not_the_shell(at_terminal):
    terminal = at_terminal("--quiet", "--format", "csv")
    terminal.wait_for_prompt()
    terminal.type("SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(1000000) b;" + ENTER)
    time.sleep(1)
    for _ in range(20):
        os.kill(terminal.process.pid, signal.SIGINT)
        time.sleep(0.001)
    terminal.wait_for("error: interrupted")
    terminal.wait_for_prompt()
    terminal.run("SELECT 7 AS seven;")


TEN_MINUTES = "SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(1000000) b;\n"


def test_ctrl_c_ends_a_file_that_is_read(at_terminal, shop):
    shop.write("inner.sql", TEN_MINUTES * 2)
    shop.write("outer.sql", "SELECT 5 AS before;\n.read inner.sql\nSELECT 'not reached';\n")
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type(".read outer.sql" + ENTER)
    terminal.wait_for("│      5 │")
    time.sleep(1)
    terminal.type(CTRL_C)
    terminal.wait_for("error: interrupted")
    terminal.wait_for_prompt(seconds=SECONDS_OF_A_PERSON)
    assert "not reached" not in terminal.text
    shop.write("outer.sql", ".maxrows 9\nSELECT 6 AS after;\n")
    terminal.type(".read outer.sql" + ENTER)
    terminal.wait_for("│     6 │")  # what was stopped before does not count


def test_being_told_to_end_ends_a_file_that_is_read(at_terminal, shop):
    shop.write("script.sql", "SELECT 5 AS before;\n" + TEN_MINUTES * 2)
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.type(".read script.sql" + ENTER)
    terminal.wait_for("│      5 │")
    time.sleep(1)
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.end(SECONDS_OF_A_PERSON) == 0


def test_results_and_lines_follow_the_size_of_the_window(at_terminal):
    terminal = at_terminal("--quiet", columns=80)
    terminal.wait_for_prompt()
    terminal.type("SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'")
    terminal.wait_for("aaa'")
    terminal.resize(30, 24)
    terminal.wait_for(lambda t: t.lines == ["duckalog> SELECT 'aaaaaaaaaaaa", "a" * 30, "a'"])
    terminal.type(" AS text;" + ENTER)
    terminal.wait_for("…")
    terminal.wait_for_prompt()
    assert max(len(line) for line in terminal.lines) <= 30
    terminal.resize(80, 24)
    terminal.run("SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' AS b;")
    assert "│ " + "a" * 43 + " │" in terminal.text


@pytest.mark.parametrize("number", [signal.SIGWINCH, signal.SIGINT])
def test_a_signal_while_the_terminal_is_slow_does_not_end_the_shell(at_terminal, number):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    terminal.run(".maxrows 0")
    terminal.type("FROM range(30000);" + ENTER)
    time.sleep(1.5)  # nobody reads: it waits for the terminal
    for _ in range(3):
        os.kill(terminal.process.pid, number)
        time.sleep(0.1)
    terminal.wait_for_prompt()
    terminal.type("SELECT 77 AS answer;" + ENTER)
    terminal.wait_for("│     77 │")
    if number == signal.SIGWINCH:
        assert terminal.raw.count("│".encode()) > 60_000, "nothing is lost"
    terminal.wait_for_prompt()
    terminal.type(CTRL_D)
    assert terminal.end() == 0


def test_pasted_text_is_taken_as_it_is(at_terminal):
    terminal = at_terminal("--quiet", "--format", "json")
    terminal.wait_for_prompt()
    terminal.paste("SELECT 'é漢字😀' AS s,\n\t'tab\there' AS t;\nSELECT 2 AS two;\n")
    terminal.wait_for("two;")
    assert "[" not in terminal.text, "nothing runs before a key says so"
    terminal.type(ENTER)
    terminal.wait_for('{"two":2}')
    assert '{"s":"é漢字😀","t":"tab\\there"}' in terminal.text


def test_keys_edit_pasted_lines_and_wide_characters(at_terminal):
    terminal = at_terminal("--quiet", "--format", "csv", "--no-header")
    terminal.wait_for_prompt()
    terminal.paste("SELECT '漢字😀',\n2;")
    terminal.wait_for("2;")
    terminal.type(UP + LEFT * 20 + DOWN + DOWN + DOWN + "1" + ENTER)
    terminal.wait_for("漢字😀,12")
    terminal.wait_for_prompt()
    terminal.type("SELECT '漢字x😀';" + LEFT * 3 + "\x7f" + ENTER)
    terminal.wait_for(lambda t: t.lines[-2:] == ["漢字😀", "duckalog>"])


def test_what_is_no_utf8_takes_no_key_with_it(at_terminal):
    terminal = at_terminal("--quiet", "--format", "csv", "--no-header")
    terminal.wait_for_prompt()
    os.write(terminal.master, b"SELECT 'caf\xe9s' || 1; --\xc3\r")
    terminal.wait_for(lambda t: t.lines[-2:] == ["caf\ufffds1", "duckalog>"])


def test_statements_come_back_by_keys_and_in_later_shells(at_terminal, shop):
    kept = {"XDG_STATE_HOME": str(shop / "state")}
    first = at_terminal("--quiet", env=kept)
    first.wait_for_prompt()
    first.type("SELECT 1" + ENTER + "AS one;" + ENTER)
    first.wait_for("│     1 │")
    first.wait_for_prompt()
    first.run(".views")
    first.type(UP + UP)
    first.wait_for(lambda t: t.lines[-2:] == ["duckalog> SELECT 1", "AS one;"])
    first.type(CTRL_C)
    first.wait_for_prompt()
    first.type(CTRL_D)
    assert first.end() == 0

    second = at_terminal("--quiet", env=kept)
    second.wait_for_prompt()
    second.type(CTRL_R + "one")
    second.wait_for("AS one;")
    second.type(ENTER)
    second.wait_for("│     1 │")
    history = shop / "state/duckalog/history"
    assert history.read_text().splitlines()[:2] == ["SELECT 1\\nAS one;", ".views"]
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_no_secret_is_kept(at_terminal, shop):
    history = shop / "history"
    terminal = at_terminal("--quiet", env={"DUCKALOG_HISTORY": str(history)})
    terminal.wait_for_prompt()
    terminal.run("CREATE SECRET s (TYPE http, BEARER_TOKEN 'canary-1');")
    terminal.run("SET s3_secret_access_key = 'canary-2';")
    terminal.run("ATTACH 'postgres://u:canary-3@127.0.0.1:1/x' AS p;")
    terminal.run("SELECT 'password=canary-4';")
    terminal.run("PRAGMA add_parquet_key('k', 'canary-5-canary-');")
    terminal.run("SELECT 9 AS nine;")
    terminal.type(UP)
    terminal.wait_for(lambda t: t.lines[-1] == "duckalog> SELECT 9 AS nine;")
    terminal.type(UP)
    terminal.read(0.3)
    assert terminal.lines[-1] == "duckalog> SELECT 9 AS nine;"
    assert history.read_text() == "SELECT 9 AS nine;\n"


def test_an_empty_name_keeps_no_history(at_terminal, shop):
    before = shop.everything()
    terminal = at_terminal("--quiet", env={"DUCKALOG_HISTORY": ""})
    terminal.wait_for_prompt()
    terminal.run("SELECT 1;")
    terminal.type(CTRL_D)
    assert terminal.end() == 0
    assert shop.everything() == before


def test_a_history_that_cannot_be_written_is_told_once(at_terminal, shop):
    terminal = at_terminal("--quiet", env={"DUCKALOG_HISTORY": "/dev/full"})
    terminal.wait_for_prompt()
    terminal.run("SELECT 1;")
    terminal.run("SELECT 2;")
    assert terminal.text.count("warning: what is typed is not kept: /dev/full can't be written") == 1


def test_a_pipe_that_nobody_reads_is_no_history(at_terminal, shop):
    os.mkfifo(shop / "pipe")
    terminal = at_terminal("--quiet", env={"DUCKALOG_HISTORY": str(shop / "pipe")})
    terminal.wait_for_prompt()
    terminal.run("SELECT 1;")
    assert "warning: what is typed is not kept:" in terminal.text


def test_a_long_history_is_cut(at_terminal, shop):
    history = shop.write("history", "".join(f"SELECT {i};\n" for i in range(5000)))
    os.chmod(history, 0o644)
    terminal = at_terminal("--quiet", env={"DUCKALOG_HISTORY": str(history)})
    terminal.wait_for_prompt()
    terminal.type(UP)
    terminal.wait_for("duckalog> SELECT 4999;")
    assert history.read_text().splitlines() == [f"SELECT {i};" for i in range(3000, 5000)]
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_ctrl_z_suspends_and_fg_goes_on(at_terminal):
    # Only a shell with jobs gets it back: a program of its own on a terminal can't be suspended.
    terminal = at_terminal("--norc", "--noprofile", "-i", program="bash", words=[], env={"PS1": "$ "})
    terminal.wait_for_prompt("$")
    terminal.type(f"{PROGRAM} run catalog.yaml -i --quiet\n")
    terminal.wait_for_prompt()
    terminal.type("SELECT 8")
    terminal.wait_for("duckalog> SELECT 8")
    terminal.type(CTRL_Z)
    terminal.wait_for("Stopped")
    terminal.wait_for_prompt("$")
    terminal.type("fg\n")
    terminal.wait_for(lambda t: t.lines[-1] == "duckalog> SELECT 8")
    terminal.type(" AS eight;" + ENTER)
    terminal.wait_for("│     8 │")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_ends_it_and_the_terminal_is_sane(at_terminal, number):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 0
    modes = termios.tcgetattr(terminal.master)[3]
    assert modes & termios.ICANON and modes & termios.ECHO and modes & termios.ISIG


def test_a_completion_that_does_not_stop_leaves_a_sane_terminal(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    # A list that is made while the view is bound, where DuckDB does not notice that it is interrupted.
    terminal.type("CREATE VIEW slow AS FROM range(len(list_sort(list_transform(range(30000000), i -> hash(i)))));" + ENTER)
    terminal.wait_for("OK", seconds=120)
    terminal.wait_for_prompt()
    terminal.type("SELECT  FROM slow" + LEFT * 10 + TAB)
    for _ in range(3):
        time.sleep(0.55)
        terminal.type(CTRL_C)
    assert terminal.end(SECONDS_OF_A_PERSON) == 130
    modes = termios.tcgetattr(terminal.master)[3]
    assert modes & termios.ICANON and modes & termios.ECHO and modes & termios.ISIG
    assert 2004 not in terminal.screen.private, "pasting is as it was"


def test_a_terminal_that_goes_away_ends_it(at_terminal):
    terminal = at_terminal("--quiet")
    terminal.wait_for_prompt()
    os.close(terminal.master)
    terminal.master = os.open("/dev/null", os.O_RDWR)
    terminal.process.wait(SECONDS_OF_A_PERSON)


def test_a_dumb_terminal_is_not_edited_on(at_terminal):
    terminal = at_terminal("--quiet", kind="dumb")
    terminal.wait_for_prompt()
    terminal.type("SELECT 1 AS one;\n")
    terminal.wait_for("|     1 |")
    terminal.wait_for_prompt()
    terminal.type("SELECT 'half\n")
    terminal.wait_for_prompt("     ...>")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    terminal.type(CTRL_D)
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw


def test_twenty_columns_are_enough(at_terminal):
    terminal = at_terminal("--quiet", columns=20, lines=30)
    terminal.wait_for_prompt()
    terminal.type("SELECT 'a long text that does not fit' AS text, 1 AS one;" + ENTER)
    terminal.wait_for("└")
    terminal.wait_for_prompt()
    assert [line for line in terminal.lines if line.startswith("│")][-1].endswith("│")
    terminal.type(".vi" + TAB + ENTER)
    terminal.wait_for_prompt()


def test_vi_keys_of_editrc_still_leave(at_terminal, shop):
    editrc = shop.write("editrc", "bind -v\n")
    terminal = at_terminal("--quiet", env={"EDITRC": str(editrc)})
    terminal.wait_for_prompt()
    terminal.type("SELECT 1" + CTRL_C)
    terminal.wait_for_prompt()
    terminal.type("SELECT 15 AS i\x1b0" + "i" + "/**/ \x1bA;" + ENTER)
    terminal.wait_for("│    15 │")
    terminal.wait_for_prompt()
    terminal.type("\x1b" + CTRL_C)
    terminal.wait_for("^C")
    terminal.type(CTRL_D)
    assert terminal.end() == 0


def test_a_query_comes_before_the_shell(at_terminal):
    terminal = at_terminal("--quiet", "--query", "SELECT 'first' AS word", "--param", "n=3")
    terminal.wait_for("│ first   │")
    terminal.wait_for_prompt()
    terminal.run("SELECT $n::INT + 1 AS four;")
    assert "│     4 │" in terminal.text


def test_a_long_query_shows_how_far_it_is_and_leaves_no_trace(at_terminal):
    terminal = at_terminal()
    terminal.wait_for_prompt()
    terminal.type("SELECT count(*) AS n FROM range(4000000) a, range(1000) b WHERE (a.range + b.range) % 7 = 1;" + ENTER)
    terminal.wait_for("query")
    terminal.type(CTRL_C)
    terminal.wait_for_prompt()
    assert terminal.lines[-2:] == ["error: interrupted", "duckalog>"]
    assert not any(line.startswith("query") for line in terminal.lines)


def test_settings_are_the_users_after_a_transaction_that_failed(at_terminal):
    terminal = at_terminal("--format", "csv")
    terminal.wait_for_prompt()
    for statement in [
        "CREATE TABLE once (i INT PRIMARY KEY);",
        "INSERT INTO once VALUES (1);",
        "BEGIN;",
        "INSERT INTO once VALUES (+1);",
        "SELECT 1;",
        "ROLLBACK;",
        "SELECT 2;",
    ]:
        terminal.run(statement)
    terminal.type("SELECT current_setting('enable_progress_bar') AS a," + ENTER)
    terminal.type("current_setting('enable_progress_bar_print') AS b;" + ENTER)
    terminal.wait_for("\na,b\n")
    terminal.wait_for_prompt()
    assert "current transaction is aborted" in terminal.text.lower()
    assert terminal.lines[-2] == "false,true"


def test_what_is_larger_than_the_screen_goes_through_the_pager_that_is_set(at_terminal, shop):
    terminal = at_terminal("--quiet", env={"PAGER": "cat > got; echo paged"})
    terminal.wait_for_prompt()
    terminal.run("SELECT 1 AS one;")
    terminal.type("SELECT range AS i FROM range(100);" + ENTER)
    terminal.wait_for(lambda t: t.lines[-2:] == ["paged", "duckalog>"])
    assert len((shop / "got").read_text().splitlines()) == 105
    terminal.run("SELECT 2 AS two;")
    assert "│     2 │" in terminal.text


# ---- from a pipe ----


def shell(room, text, *arguments, **options):
    return room.duckalog("run", "catalog.yaml", "--interactive", *arguments, stdin=text, **options)


def test_a_pipe_gets_results_and_nothing_else(shop):
    outcome = shell(shop, "SELECT 1 AS a;\n.format csv\nSELECT 2\nAS b; -- end\n\n;\nSELECT 3 AS c")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "+---+\n| a |\n+---+\n| 1 |\n+---+\nb\n2\nc\n3\n"


def test_the_end_of_a_pipe_ends_the_shell(shop):
    for text in ["", "\n", "-- nothing\n", ".quit\nSELECT 'not reached';\n", "\ufeffexit\nSELECT 1;"]:
        outcome = shell(shop, text, timeout=10)
        assert (outcome.code, outcome.out, outcome.err) == (0, "", ""), text


def test_an_error_is_told_and_the_shell_goes_on(shop):
    outcome = shell(shop, "SELECT nope;\n.nope\nSELECT 2 AS b;\n", "--format", "csv")
    assert outcome.out == "b\n2\n"
    assert 'column "nope" was not found' in outcome.err
    assert "error: unknown command .nope, try .help" in outcome.err
    assert outcome.code == 3, "of the first failure: a script is to notice"


@pytest.mark.parametrize(
    "line, words",
    [
        (".tabels", "hint: did you mean .tables?"),
        (".views;", None),
        (".attached x", "error: .attached takes no argument"),
        (".read", "error: .read needs the name of a file"),
        (".read missing.sql", "error: missing.sql can't be read: No such file or directory"),
        (".format yaml", "error: there is no format yaml here"),
        (".format parquet", "error: there is no format parquet here"),
        (".maxrows many", "error: many is no number of rows"),
        (".timer sometimes", "error: .timer is on or off, not sometimes"),
        (".schema nothing", "error: there is no table or view nothing"),
        (".models nothing", "error: there is no semantic model"),
        (".help nothing", "error: unknown command nothing"),
        ("SELECT 1\0;", "error: this line has a NUL in it"),
    ],
)
def test_a_wrong_command_is_told_with_what_would_be_right(shop, line, words):
    outcome = shell(shop, line + "\n")
    if words is None:
        assert (outcome.code, outcome.err) == (0, "")
    else:
        assert outcome.code in (2, 3)
        assert words in outcome.err


def test_commands_list_what_there_is(shop):
    shop.duckdb("other.duckdb", "CREATE TABLE things (i INT)")
    shop.catalog(
        ("v", "FROM other.things"),
        attachments={"duckdb": [{"alias": "other", "path": "other.duckdb"}]},
        duckdb={"pragmas": ["SET threads = 2", "SET s3_secret_access_key = 'canary'"]},
    )
    shop.run("--prune")
    outcome = shell(
        shop,
        ".format json\n.tables\n.tables nothing\n.attached\n.settings\n.settings s3_sec\n.secrets\n.schema other.things\n.schema v\n.maxrows\n.format\n",
    )
    assert outcome.err == ""
    assert '{"database":"other","schema":"main","name":"things"}' in outcome.out
    assert f'"name":"other","type":"duckdb","read_only":true,"file":"{shop / "other.duckdb"}"' in outcome.out.replace("'", '"')
    assert '{"name":"threads","value":"2",' in outcome.out
    assert "canary" not in outcome.out + outcome.err
    assert outcome.out.count('"value":"***"') == 2
    assert "CREATE TABLE things(i INTEGER);\nCREATE VIEW v AS" in outcome.out
    assert outcome.out.endswith("0\njson\n")


def test_every_command_is_in_the_help_and_in_the_docs(shop):
    lines = shell(shop, ".help\n").out.split("\n\n")[0].splitlines()
    page = (Path(__file__).parents[2] / "docs/shell.md").read_text()
    assert len(lines) >= 16
    for line in lines:
        assert f"| `{line[:20].strip()}`" in page.replace("\\|", "|"), line
    assert shell(shop, ".help .views\n.help views\n").out == 2 * next(f"{line}\n" for line in lines if line.startswith(".views"))


def test_files_read_files_but_not_themselves_for_ever(shop):
    shop.write("a.sql", "SELECT 'a' AS s;\n.read b.sql\nSELECT 'last")
    shop.write("b.sql", ".format csv\nSELECT 'b' AS s;\nSELECT nope;\n")
    outcome = shell(shop, ".read a.sql\nSELECT 'c' AS s;\n")
    assert outcome.out.endswith("s\nb\ns\nc\n")
    assert "nope" in outcome.err and "unterminated" in outcome.err
    assert outcome.code == 3
    shop.write("a.sql", "SELECT 1;\n.read a.sql\n")
    outcome = shell(shop, ".read a.sql\n", "--format", "csv", "--no-header")
    assert outcome.out == "1\n" * 16
    assert "a.sql reads itself, or files are nested too deep" in outcome.err


def test_reload_applies_what_was_edited(room):
    room.catalog(("sales", "SELECT 1 AS amount"))
    process = room.start("run", "catalog.yaml", "-i", "--format", "csv", "--no-header", stdin=-1)

    def say(text, count):
        process.stdin.write(text)
        process.stdin.flush()
        return [process.stdout.readline().decode() for _ in range(count)]

    assert say(b"FROM sales;\n", 1) == ["1\n"]
    room.catalog(("sales", "SELECT 2 AS amount"), ("new", "SELECT 3 AS i"))
    assert say(b".reload\nFROM sales, new;\n", 3) == ["views: sales: replaced\n", "views: new: created\n", "2,3\n"]
    assert say(b".reload\n", 1) == ["The catalog is as its config says.\n"]
    room.write("catalog.yaml", "version: 1\nviews: [{name: x}]\n")
    out, err = process.communicate(b".reload\nFROM new;\n", timeout=30)
    assert out == b"3\n"
    assert b"catalog.yaml:2" in err
    assert b"notice: the catalog stays as it was" in err
    assert process.returncode == 2


def test_the_last_result_is_drawn(shop):
    query = "SELECT * FROM (VALUES ('a', 1, 4), ('b', 2, 2)) t(\"the x\", n, y) -- the end\n;\n"
    outcome = shell(shop, query + '.plot bar "the x" y\n.plot line n y\nSELECT 7 AS seven;\n', "--format", "csv", "--no-header")
    assert outcome.err == ""
    assert outcome.out.startswith("a,1,4\nb,2,2\ny by the x\n") and outcome.out.endswith("\n7\n")
    bars = [line.count("#") or line.count("█") for line in outcome.out.splitlines() if re.match(r" *[ab] ", line)]
    assert bars[0] > 20 and abs(bars[0] - 2 * bars[1]) <= 1
    assert "y by n" in outcome.out


@pytest.mark.parametrize(
    "before, line, words",
    [
        ("SELECT 1 AS a;", ".plot", ".plot takes bar or line, and the names of two columns"),
        ("SELECT 1 AS a;", ".plot bar a", ".plot takes bar or line, and the names of two columns"),
        ("SELECT 1 AS a;", ".plot pie a a", "pie is neither bar nor line"),
        ("SELECT 1 AS a;", ".plot bar a b", 'no column "b"'),
        ("SELECT 1; SELECT 2;", ".plot bar a b", ".plot draws the result of the query before it"),
        ("", ".plot bar a b", ".plot draws the result of the query before it"),
        ("CREATE TEMP TABLE t (i INT); INSERT INTO t VALUES (1);", ".plot bar i i", ".plot draws the result of the query before it"),
    ],
)
def test_a_drawing_that_cannot_be_is_told(shop, before, line, words):
    outcome = shell(shop, f"{before}\n{line}\n")
    assert words in outcome.err, outcome.err
    assert outcome.code in (2, 3)


def test_a_drawing_runs_nothing_that_writes_twice(shop):
    text = "CREATE TEMP TABLE t (i INT);\nINSERT INTO t VALUES (1) RETURNING i;\n.plot bar i i\nSELECT count(*) AS n FROM t;\n"
    outcome = shell(shop, text, "--format", "csv")
    assert outcome.out.endswith("n\n1\n")


def test_a_time_is_told_beside_the_result(shop):
    outcome = shell(shop, ".timer on\nSELECT 1 AS a;\n.timer off\nSELECT 2 AS b;\n", "--format", "csv")
    assert outcome.out == "a\n1\nb\n2\n"
    assert outcome.err.count("time: ") == 1 and outcome.err.endswith(" ms\n")


def test_warnings_of_the_opening_can_be_read_again(shop):
    shop.catalog(("sales", "SELECT 2 AS amount"))
    outcome = shell(shop, ".warnings\n")
    told = [line for line in outcome.err.splitlines() if "warning" in line]
    assert told and len(told) == 2 * len(set(told))
    shop.run("--force-rebuild", "--prune")
    assert shell(shop, ".warnings\n").out == "There were no warnings when the catalog was opened.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--dry-run"],
        ["--watch"],
        ["--json"],
        ["--output", "x.csv"],
    ],
)
def test_options_that_say_nothing_in_a_shell_are_refused(shop, words):
    outcome = shell(shop, "", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --")


def test_a_limit_counts_for_each_statement(shop):
    outcome = shell(shop, "SELECT count(*) FROM range(1000000000) a, range(1000) b;\nSELECT 2 AS b;\n", "--timeout", "1", "--format", "csv")
    assert outcome.out == "b\n2\n"
    assert "the statement was stopped after 1 s" in outcome.err


def test_ctrl_c_ends_a_pipe_that_waits(shop):
    process = shop.start("run", "catalog.yaml", "-i", "--format", "csv", stdin=-1)
    process.stdin.write(b"SELECT 1 AS a;\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"a\n"
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS_OF_A_PERSON) == 130


def test_a_closed_pipe_ends_the_shell_quietly(shop):
    process = shop.start("run", "catalog.yaml", "-i", "--format", "csv", stdin=-1)
    process.stdout.close()
    process.stdin.write(b"SELECT 1 AS a;\n" * 1000)
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    assert process.wait(30) == 0
    assert process.stderr.read() == b""


def test_a_million_lines_are_one_statement(shop):
    text = "SELECT sum(i) AS s FROM (VALUES\n" + "(1),\n" * 200_000 + "(1)) t(i);\n"
    began = time.monotonic()
    outcome = shell(shop, text, "--format", "csv")
    assert outcome.out == "s\n200001\n", outcome.err
    assert time.monotonic() - began < 30


def test_semicolons_in_the_text_of_many_lines_do_not_slow_them_down(shop):
    rows = ",\n".join(f"({i}, 'first; then {i}')" for i in range(50_000))
    began = time.monotonic()
    outcome = shell(shop, f"SELECT max(i) AS i FROM (VALUES\n{rows}) t(i, x);\nSELECT 2 AS two;\n", "--format", "csv")
    assert outcome.out == "i\n49999\ntwo\n2\n", outcome.err
    assert time.monotonic() - began < 30
