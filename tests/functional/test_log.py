"""The log and the timings: each phase of an opening has its events and its figures, and no secret is in any of them."""

import json
import re
from datetime import datetime

import duckalog_library as api
import pytest

PHASES = [
    "config", "path", "library", "open", "inventory", "plan", "pragmas", "settings", "install", "load", "secrets", "children",
    "attach", "views", "schemas", "persistent secrets",
]  # fmt: skip
LEVELS = ["error", "warning", "info", "debug"]


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture
def full(room):
    """A catalog with something in most phases."""
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 7 AS i")
    room.catalog(("own", "SELECT 1 AS i"), name="child/catalog.yaml", database="child.duckdb")
    room.catalog(
        {"name": "a", "db_schema": "s", "sql": "FROM ref.t"},
        ("b", "FROM child.own"),
        duckdb={
            "settings": ["SET threads = 2"],
            "pragmas": ["PRAGMA disable_progress_bar"],
            "secrets": [{"type": "http", "name": "web", "bearer_token": "token-c4nary-1"}],
        },
        attachments={
            "duckdb": [{"alias": "ref", "path": "ref.duckdb"}],
            "duckalog": [{"alias": "child", "config_path": "child/catalog.yaml"}],
        },
    )
    return room


def test_every_phase_has_one_begin_and_one_end(full):
    events = json_lines(full.run("--log-level", "debug", "--log-json").err)
    own = [event for event in events if event["catalog"] == "catalog.yaml" and "event" in event]
    for phase in PHASES:
        here = [(event["event"], event["level"]) for event in own if event["phase"] == phase]
        assert here == [("begin", "debug"), ("end", "info")], phase
    begun = [event["phase"] for event in own if event["event"] == "begin"]
    assert begun == PHASES
    counts = {event["phase"]: event["count"] for event in own if event["event"] == "end"}
    assert counts["config"] == 1 and counts["secrets"] == 1 and counts["children"] == 1 and counts["attach"] == 2
    assert counts["schemas"] == 1 and counts["views"] == 2 and counts["install"] == 0


def test_every_event_has_time_level_and_message(full):
    before = datetime.now().astimezone()
    events = json_lines(full.run("--log-level", "debug", "--log-json").err)
    assert len(events) > 2 * len(PHASES)
    for event in events:
        stamp = datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
        assert event["time"].endswith("Z") and abs((stamp - before).total_seconds()) < 60
        assert event["level"] in LEVELS and event["message"]
        assert event.get("elapsed_ms", 0) >= 0
        assert set(event) <= {
            "time", "level", "message", "phase", "event", "catalog", "alias", "kind", "name", "attempt", "elapsed_ms", "count",
            "error_class",
        }  # fmt: skip


def test_a_child_has_the_same_phases_under_the_name_of_its_attachment(full):
    events = json_lines(full.run("--log-level", "debug", "--log-json").err)
    assert [event["phase"] for event in events if event["catalog"] == "child" and event.get("event") == "end"] == [
        "inventory", "plan", "pragmas", "settings", "install", "load", "secrets", "children", "attach", "schemas", "views",
        "persistent secrets",
    ]  # fmt: skip
    assert "views done {catalog=child count=1 " in full.run("--force-rebuild", "-v").err


def test_both_forms_tell_the_same(full):
    text = full.run("--log-level", "debug").err
    events = json_lines(full.run("--log-level", "debug", "--log-json", "--force-rebuild").err)
    told = re.findall(r"^\S+ \S+ \| ([A-Z]+) \| (.*?)(?: \{.*\})?$", text, re.MULTILINE)
    assert told == [(event["level"].upper(), event["message"]) for event in events]


@pytest.mark.parametrize(
    "change, phase, error_class",
    [
        ({"views": [{"name": "v", "sql": "FROM nowhere"}]}, "views", "engine"),
        ({"attachments": {"duckdb": [{"alias": "x", "path": "gone.duckdb"}]}}, "attach", "engine"),
        ({"duckdb": {"database": "c.duckdb", "settings": ["SET nonsense = 1"]}}, "settings", "engine"),
        ({"duckdb": {"database": "no.duckdb"}}, "open", "database invalid"),
        ({"views": [{"name": "v", "sql": "FROM w"}, {"name": "w", "sql": "FROM v"}]}, "plan", "config"),
        ({"nonsense": 1}, "config", "config"),
    ],
)
def test_a_phase_that_fails_ends_with_the_class_of_the_error(room, change, phase, error_class):
    room.write("no.duckdb", "this is text")
    room.config({"version": 1, "duckdb": {"database": "c.duckdb"}, "views": [{"name": "v", "sql": "SELECT 1 AS i"}], **change})
    outcome = room.duckalog("run", "catalog.yaml", "--log-json", "--log-level", "debug")
    events = [event for event in json_lines(outcome.err) if "event" in event]
    assert outcome.code in (2, 3) and events[-1]["event"] == "end"
    assert (events[-1]["phase"], events[-1]["error_class"], events[-1]["level"]) == (phase, error_class, "info")
    begun = [event["phase"] for event in events if event["event"] == "begin"]
    assert sorted(begun) == sorted(event["phase"] for event in events if event["event"] == "end")
    assert all("error_class" not in event for event in events if event["phase"] != phase)


def test_each_attachment_has_an_event_of_its_own(room):
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 7 AS i")
    files = [{"alias": "ref", "path": "ref.duckdb"}, {"alias": "gone", "path": "gone.duckdb"}]
    room.catalog(attachments={"duckdb": files})
    events = json_lines(room.duckalog("run", "catalog.yaml", "--log-json", "-vv").err)
    told = {event["alias"]: event for event in events if "alias" in event}
    assert (told["ref"]["level"], told["ref"]["kind"], told["ref"]["attempt"]) == ("debug", "duckdb", 1)
    assert (told["gone"]["level"], told["gone"]["error_class"]) == ("info", "engine")
    assert {event["phase"] for event in told.values()} == {"attach"}


def test_no_secret_and_no_sql_is_in_either_form(full):
    full.write(".env", "PASSWORD=env-c4nary-2\n")
    config = json.loads((full / "catalog.yaml").read_text())
    config["views"].append({"name": "c", "sql": "SELECT '${env:PASSWORD}' AS marker_in_sql"})
    config["duckdb"]["pragmas"].append("SET VARIABLE api_token = 'pragma-c4nary-3'")
    full.config(config)
    for form in ([], ["--log-json"]):
        outcome = full.run("--log-level", "debug", "--force-rebuild", *form)
        assert "c4nary" not in outcome.err + outcome.out
        assert "marker_in_sql" not in outcome.err and "SELECT" not in outcome.err


@pytest.mark.parametrize(
    "words, environment, least",
    [
        ([], {}, "warning"),
        (["-v"], {}, "info"),
        (["-vv"], {}, "debug"),
        (["--quiet"], {}, "error"),
        (["--log-level", "info"], {}, "info"),
        (["--log-level", "error", "-vv"], {}, "error"),
        (["--quiet", "--log-level", "debug"], {}, "debug"),
        ([], {"DUCKALOG_LOG_LEVEL": "debug"}, "debug"),
        ([], {"DUCKALOG_LOG_LEVEL": "info"}, "info"),
        ([], {"DUCKALOG_LOG_LEVEL": ""}, "warning"),
        (["-v"], {"DUCKALOG_LOG_LEVEL": "error"}, "info"),
        (["--log-level", "warning"], {"DUCKALOG_LOG_LEVEL": "debug"}, "warning"),
        (["--quiet"], {"DUCKALOG_LOG_LEVEL": "debug"}, "error"),
        (["-v"], {"DUCKALOG_LOG_LEVEL": "nonsense"}, "info"),
    ],
)
def test_the_level_comes_from_the_command_line_or_else_the_environment(room, words, environment, least):
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 7 AS i")
    attachment = {"alias": "new", "path": "new.duckdb", "read_only": False}  # worth a warning while it is not there
    room.catalog(("v", "SELECT 1 AS i"), attachments={"duckdb": [attachment]})
    events = json_lines(room.run("--log-json", *words, env=environment).err)
    assert {event["level"] for event in events} == set(LEVELS[1 : LEVELS.index(least) + 1])


def test_a_level_that_there_is_not_is_wrong_usage(room):
    room.catalog(("v", "SELECT 1 AS i"))
    outcome = room.duckalog("run", "catalog.yaml", "--log-level", "loud")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == 'error: --log-level takes error, warning, info or debug, not "loud"\n'
    outcome = room.duckalog("run", "catalog.yaml", env={"DUCKALOG_LOG_LEVEL": "loud"})
    assert outcome.code == 2 and "DUCKALOG_LOG_LEVEL" in outcome.err and "warning" in outcome.err
    assert not (room / "catalog.duckdb").exists()
    # It is none of the business of commands that have no log.
    assert room.duckalog("validate", "catalog.yaml", env={"DUCKALOG_LOG_LEVEL": "loud"}).code == 0


def test_a_wrong_time_to_attach_in_the_environment_is_told_before_anything_is_done(room):
    room.catalog(("v", "SELECT 1 AS i"))
    outcome = room.duckalog("run", "catalog.yaml", env={"DUCKALOG_ATTACH_TIMEOUT": "soon"})
    assert outcome.code == 2 and "DUCKALOG_ATTACH_TIMEOUT" in outcome.err
    assert not (room / "catalog.duckdb").exists()
    assert room.duckalog("run", "catalog.yaml", env={"DUCKALOG_ATTACH_TIMEOUT": "2.5"}).code == 0


# ---- timing ----


def timing_of(text):
    """The rows of the table, as (ms, count)."""
    lines = text.splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("phase "))) :]
    rows = [re.fullmatch(r"(\S.*?) +(\d+\.\d)(?: +(\d+))?", line).groups() for line in table[1:]]
    return {name: (float(ms), count and int(count)) for name, ms, count in rows}


@pytest.mark.parametrize("words, last", [([], "output"), (["-q", "SELECT sum(i) FROM range(3000000) t(i)"], "query")])
def test_timing_tells_where_the_time_of_a_run_went(full, words, last):
    rows = timing_of(full.run("--timing", *words).err)
    ended = sorted(PHASES, key=lambda phase: PHASES.index(phase) if phase != "schemas" else PHASES.index("views") - 0.5)
    assert list(rows) == [*ended, last, "close", "total"]
    assert rows["attach"][1] == 2 and rows["views"][1] == 2 and rows["schemas"][1] == 1
    total = rows.pop("total")[0]
    assert 0.9 * total - 2 <= sum(ms for ms, _ in rows.values()) <= total + 0.1 * len(rows)


def test_timing_of_a_run_that_fails_tells_the_phases_until_then(room):
    room.catalog(("v", "FROM nowhere"))
    outcome = room.duckalog("run", "catalog.yaml", "--timing")
    assert outcome.code == 3
    rows = timing_of(outcome.err)
    assert "views" in rows and "persistent secrets" not in rows and rows["total"][0] > 0


# ---- the library ----


def test_metrics_are_those_of_all_openings(full):
    with api.Catalog(full / "catalog.yaml") as catalog:
        assert catalog.metrics() == {}
        elapsed = []
        for _ in range(3):
            catalog.connection()
            elapsed.append(catalog.summary().elapsed_ms)
            catalog.close()
        metrics = catalog.metrics()
    assert set(metrics) == set(PHASES)
    for phase, row in metrics.items():
        assert row["count"] == 3, phase
        assert 0 <= row["min_ms"] <= row["average_ms"] <= row["max_ms"] <= row["total_ms"], phase
        assert row["total_ms"] == pytest.approx(3 * row["average_ms"])
    assert metrics["attach"]["objects"] == 6
    total = sum(row["total_ms"] for row in metrics.values())
    assert 0.9 * sum(elapsed) - 2 <= total <= sum(elapsed)


def test_metrics_count_what_failed_too(room):
    room.catalog(("v", "FROM nowhere"))
    with api.Catalog(room / "catalog.yaml") as catalog:
        for _ in range(2):
            assert catalog.open()[0] == api.ENGINE
        metrics = catalog.metrics()
    assert metrics["views"]["count"] == 2 and "persistent secrets" not in metrics


def test_the_log_function_gets_whole_lines_in_either_form(full):
    for in_json in (0, 1):
        lines = []
        log = api.LOG_FUNCTION(lambda level, line, user: lines.append((level, line.decode())))
        with api.Catalog(full / "catalog.yaml", log=log, log_level=3, log_json=in_json) as catalog:
            catalog.connection()
        assert len(lines) >= 2 * len(PHASES)
        assert all("\n" not in line for _, line in lines)
        if in_json:
            assert [LEVELS[level] for level, _ in lines] == [json.loads(line)["level"] for _, line in lines]
        else:
            assert any(re.fullmatch(r"attach done \{count=2 elapsed_ms=\d+\.\d\}", line) for _, line in lines)
