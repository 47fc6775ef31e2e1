"""SQL from several places, with parameters and limits (docs/scripts.md)."""

import json
import signal
import time

import pytest


@pytest.fixture
def shop(room):
    room.catalog(("v", "SELECT range AS i FROM range(10)"))
    room.run()
    return room


def rows(outcome):
    assert outcome.code == 0, outcome.err
    return outcome.out.splitlines()


BOTH = pytest.mark.parametrize("command", [["run", "catalog.yaml"], ["query", "--config", "catalog.yaml"], ["query", "-c", "catalog.duckdb"]])


@BOTH
def test_files_and_standard_input_are_run_in_the_order_of_the_command_line(shop, command):
    shop.write("a.sql", "SELECT 'a'; -- and more:\nSELECT 'b'")
    shop.write("c.sql", "SELECT 'c';;\n")
    outcome = shop.duckalog(*command, "--file", "a.sql", "--file", "-", "--file", "c.sql", "--format", "csv", "--no-header", stdin="SELECT 'in'")
    assert rows(outcome) == ["a", "b", "in", "c"]


def test_queries_and_files_of_run_take_turns(shop):
    shop.write("a.sql", "SELECT 2")
    words = ["-q", "SELECT 1", "--file", "a.sql", "-q", "SELECT 3", "--query", "SELECT 4", "--file", "a.sql"]
    assert rows(shop.duckalog("run", "catalog.yaml", *words, "--format", "csv", "--no-header")) == list("12342")


@pytest.mark.parametrize(
    "content, words",
    [
        (None, "x.sql can't be read: No such file or directory"),
        ("  ;\n ; ", "there is no SQL to run in x.sql"),
        ("SELECT 1\0;", "x.sql can't be read: it has a NUL in it"),
    ],
)
def test_a_file_without_sql_is_told_before_anything_is_opened(room, content, words):
    room.catalog(("v", "SELECT 1"))
    if content is not None:
        room.write("x.sql", content)
    outcome = room.duckalog("run", "catalog.yaml", "--file", "x.sql")
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert not (room / "catalog.duckdb").exists()


# ---- parameters ----


@BOTH
@pytest.mark.parametrize("form, first", [("csv", "7"), ("jsonl", '{"i":7}'), ("table", "| 7 |"), ("markdown", "| 7 |"), ("html", "<td>7")])
def test_a_parameter_is_bound_in_every_form_of_results(shop, command, form, first):
    query = ["--query", "FROM v WHERE i >= $least ORDER BY i"] if command[0] == "run" else ["FROM v WHERE i >= $least ORDER BY i"]
    outcome = shop.duckalog(*command, *query, "--param", "least=7", "--format", form)
    assert outcome.code == 0, outcome.err
    assert first in outcome.out and "6" not in outcome.out.replace("utf-16", "")


@pytest.mark.parametrize("value", ["'; DROP VIEW v; --", "$other", '"', "żółć", "", "a=b=c", "x' OR '1'='1"])
def test_a_value_is_never_sql(shop, value):
    outcome = shop.duckalog("query", "SELECT $x = $x AND length($x) >= 0 AS same, $x AS x", "-C", "catalog.yaml", "--param", f"x={value}", "--format", "jsonl")
    assert json.loads(outcome.out) == {"same": True, "x": value}, outcome.err


def test_the_last_value_of_a_parameter_counts_and_one_that_is_not_used_is_told(shop):
    outcome = shop.duckalog("query", "SELECT $x AS x", "-C", "catalog.yaml", "--param", "x=1", "--param", "y=2", "--param", "x=3", "--format", "csv")
    assert (outcome.code, outcome.out) == (0, "x\n3\n")
    assert outcome.err == "warning: no statement has the parameter $y of --param\n"


def test_a_parameter_without_a_value_is_told(shop):
    outcome = shop.duckalog("query", "SELECT $x", "-C", "catalog.yaml")
    assert outcome.code == 3
    assert "parameters: x" in outcome.err and "hint: --param NAME=VALUE gives one" in outcome.err


@pytest.mark.parametrize("given", ["x", "=1", "a b=1", "a-b=1"])
def test_a_parameter_has_a_name_and_a_value(shop, given):
    outcome = shop.duckalog("query", "SELECT 1", "-C", "catalog.yaml", "--param", given)
    assert (outcome.code, outcome.out) == (2, "")
    assert f'--param takes NAME=VALUE, not "{given}"' in outcome.err


def test_statements_that_write_take_parameters(shop):
    sql = "CREATE TABLE t AS SELECT $x AS x; INSERT INTO t VALUES ($y); UPDATE t SET x = $x WHERE x = $y; FROM t"
    outcome = shop.duckalog("run", "catalog.yaml", "-q", sql, "--param", "x=one", "--param", "y=two", "--format", "csv", "--no-header")
    assert rows(outcome) == ["one", "one"]


# ---- failures ----


@pytest.mark.parametrize("bad", ["FROM nowhere", "SELEC 1", "SELECT error('no')", "SELECT 1 +"])
def test_the_first_failure_ends_a_script_unless_it_keeps_going(shop, bad):
    words = ["query", f"SELECT 1; {bad}; SELECT 2", "-C", "catalog.yaml", "--format", "csv", "--no-header"]
    stopped, went_on = shop.duckalog(*words), shop.duckalog(*words, "--keep-going")
    assert (stopped.code, stopped.out) == (3, "1\n")
    assert (went_on.code, went_on.out) == (3, "1\n2\n")
    assert stopped.err == went_on.err != ""


def test_a_file_that_is_bad_leaves_the_next_one_to_one_that_keeps_going(shop):
    shop.write("a.sql", "FROM nowhere")
    shop.write("b.sql", "SELECT 2")
    outcome = shop.duckalog("run", "catalog.yaml", "--file", "a.sql", "--file", "b.sql", "--keep-going", "--format", "csv", "--no-header")
    assert (outcome.code, outcome.out) == (3, "2\n")


LONG = "SELECT count(*) FROM range(1000000000000) AS r(i) WHERE i % 3 = 1"


@pytest.mark.parametrize("form", ["table", "csv"])
def test_a_statement_is_stopped_when_its_time_is_over(shop, form):
    began = time.monotonic()
    outcome = shop.duckalog("query", f"SELECT 1 AS one; {LONG}; SELECT 2", "-C", "catalog.yaml", "--timeout", "1", "--format", form)
    assert time.monotonic() - began < 10
    assert outcome.code == 3 and "one" in outcome.out and "2" not in outcome.out
    assert outcome.err == "error: the statement was stopped after 1 s\nhint: --timeout gives it more time\n"


def test_the_time_of_one_statement_is_not_that_of_the_next(shop):
    outcome = shop.duckalog("query", f"{LONG}; SELECT 2", "-C", "catalog.yaml", "--timeout", "1", "--keep-going", "--format", "csv", "--no-header")
    assert (outcome.code, outcome.out) == (3, "2\n")


def test_an_interrupted_script_does_not_keep_going(shop):
    process = shop.start("query", f"SELECT 1; {LONG}; SELECT 2", "-C", "catalog.yaml", "--keep-going", "--format", "csv", "--no-header")
    assert process.stdout.readline() == b"1\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"interrupted" in err


def test_options_of_statements_need_some(shop):
    for words in (["--param", "x=1"], ["--timeout", "1"], ["--keep-going"], ["--format", "csv"], ["-o", "x.csv"]):
        outcome = shop.duckalog("run", "catalog.yaml", *words)
        assert (outcome.code, outcome.out) == (2, "")
        assert "goes with --query or --file" in outcome.err
