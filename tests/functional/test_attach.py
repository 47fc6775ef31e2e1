"""
Attaching over a network that behaves badly: a real PostgreSQL server behind a proxy (proxy.py) that is silent, breaks off
or goes away. Whatever it does, an attachment ends within its deadline, is named, and harms nothing else.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import duckalog_library as lib
import pytest
from conftest import need_extension, wait_until
from duckalog_library import Catalog
from proxy import Proxy
from test_processes import Holder

START_S = 1.0  # for the program to start, load DuckDB and its extension, and end: far more than it takes
PERMANENT, UNAVAILABLE, TIMEOUT = lib.ENGINE, lib.UNAVAILABLE, lib.TIMEOUT


@pytest.fixture
def proxy(postgres):
    with Proxy(postgres.port) as made:
        yield made


@pytest.fixture
def host(room, monkeypatch):
    """The room as a host program's own folder."""
    monkeypatch.chdir(room.folder)
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


def view_of(alias, name=None):
    return {"name": name or f"of_{alias}", "source": "postgres", "database": alias, "table": "customers"}


def timed(call):
    start = time.monotonic()
    return call(), time.monotonic() - start


# What goes wrong, how it is classed, words of the message, and whether it takes the whole time limit.
BAD_SERVERS = {
    "mute": (lambda proxy, server: proxy.mute(), TIMEOUT, "no answer within 2 s"),
    "stalls after authentication": (
        lambda proxy, server: proxy.stall_after_authentication(),
        TIMEOUT,
        "no answer within 2 s",
    ),
    "stalls in its first message": (lambda proxy, server: proxy.stall_after(3), TIMEOUT, "no answer within 2 s"),
    "resets": (lambda proxy, server: proxy.reset(), UNAVAILABLE, "Connection reset by peer (tried 2 times)"),
    "resets in the middle": (lambda proxy, server: proxy.reset_after(200), UNAVAILABLE, "(tried 2 times)"),
    "refuses": (lambda proxy, server: proxy.refuse(), UNAVAILABLE, "Connection refused (tried 2 times)"),
    "wrong password": (
        lambda proxy, server: {"password": "wr0ng-c4nary-password"},
        PERMANENT,
        "password authentication failed",
    ),
    "no such database": (lambda proxy, server: {"database": "nowhere"}, PERMANENT, "does not exist"),
    "no such host": (lambda proxy, server: {"host": "host.invalid"}, None, "host.invalid port"),
}


@pytest.fixture(params=BAD_SERVERS)
def bad(request, proxy, postgres):
    """A config's attachment that can't be attached, its class and the words of its message."""
    make, status, words = BAD_SERVERS[request.param]
    changes = make(proxy, postgres) or {}
    return postgres.attachment("bad", **{"port": proxy.port, "retries": 1, **changes}), status, words


def test_a_bad_server_ends_within_its_deadline_and_is_named(room, bad):
    attachment, _, words = bad
    room.catalog(view_of("bad"), attachments={"postgres": [attachment]})
    outcome, seconds = timed(lambda: room.duckalog("run", "catalog.yaml", "--attach-timeout", "2"))
    assert outcome.code == 3
    assert seconds < 2 + 1 + START_S
    assert outcome.err.startswith("error: attach: bad (postgres): ")
    assert words in outcome.err
    assert attachment["password"] not in outcome.err
    assert not (room / "catalog.duckdb").exists()


def test_a_bad_server_harms_neither_the_other_attachments_nor_the_session(room, bad, postgres):
    attachment, _, words = bad
    room.catalog(
        view_of("bad"),
        view_of("good"),
        ("own", "SELECT 7 AS i"),
        attachments={"postgres": [attachment, postgres.attachment("good")]},
    )
    arguments = ["--allow-degraded", "--attach-timeout", "2", "--format", "csv"]
    outcome, seconds = timed(
        lambda: room.duckalog("run", "catalog.yaml", *arguments, "--query", "SELECT count(*), (SELECT i FROM own) FROM of_good")
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert seconds < 2 + 1 + START_S
    assert outcome.out.splitlines()[1] == "2,7"
    assert "warning: attach: bad (postgres): " in outcome.err
    assert "warning: views: of_bad: not created: it reads from bad, which is not attached" in outcome.err
    assert {name for _, name in room.views_in()} == {"of_good", "own"}


def test_a_failure_is_classed_as_passing_or_permanent(host, bad):
    attachment, status, words = bad
    host.catalog(("own", "SELECT 1"), attachments={"postgres": [attachment]})
    with Catalog("catalog.yaml", attach_timeout_ms=2000) as catalog:
        found, _ = catalog.open()
        # Without a network no one knows whether a name is unknown for now, or for good.
        assert found in ([status] if status is not None else [PERMANENT, UNAVAILABLE])
        assert catalog.transient() == [found in (UNAVAILABLE, TIMEOUT)]
        assert [(severity, name) for severity, _, name, _ in catalog.problems()] == [(lib.ERROR, "bad (postgres)")]


def test_a_server_without_a_free_slot_is_passing(host, small_postgres):
    host.catalog(("own", "SELECT 1"), attachments={"postgres": [small_postgres.attachment("bad", retries=1)]})
    with Catalog("catalog.yaml") as catalog:
        with small_postgres.full_slots():
            assert catalog.open()[0] == UNAVAILABLE
            assert "too many clients already (tried 2 times)" in catalog.problems()[0][3]
        assert catalog.open()[0] == lib.OK


def test_a_server_that_comes_back_in_time_is_attached(room, proxy, postgres):
    proxy.refuse()
    room.catalog(view_of("pg"), attachments={"postgres": [postgres.attachment(port=proxy.port)]})
    timer = threading.Timer(0.6, proxy.pass_on)
    timer.start()
    assert room.rows("SELECT count(*) FROM of_pg") == [(2,)]
    timer.join()


@pytest.mark.parametrize("retries, option", [(None, ["--attach-retries", "0"]), (0, [])])
def test_retries_can_be_switched_off(room, proxy, postgres, retries, option):
    proxy.reset()
    changes = {} if retries is None else {"retries": retries}
    room.catalog(("v", "SELECT 1"), attachments={"postgres": [postgres.attachment(port=proxy.port, **changes)]})
    outcome = room.duckalog("run", "catalog.yaml", *option)
    assert outcome.code == 3
    assert "tried" not in outcome.err
    assert proxy.connections == 1


def test_the_log_says_how_often_a_server_was_tried(room, proxy, postgres):
    proxy.reset()
    room.catalog(
        ("v", "SELECT 1"),
        attachments={"postgres": [postgres.attachment("bad", port=proxy.port, retries=1), postgres.attachment("good")]},
    )
    outcome = room.duckalog("run", "catalog.yaml", "--log-json", "--log-level", "debug", "--allow-degraded")
    told = [json.loads(line) for line in outcome.err.splitlines() if line.startswith("{")]
    assert {event["alias"]: event["attempt"] for event in told if "alias" in event} == {"bad": 2, "good": 1}


def test_a_permanent_failure_is_not_tried_again(room, proxy, postgres):
    attachment = postgres.attachment(port=proxy.port, password="wrong", sslmode="disable")
    room.catalog(("v", "SELECT 1"), attachments={"postgres": [attachment]})
    assert room.duckalog("run", "catalog.yaml").code == 3
    assert proxy.connections == 2  # a knock, and the try itself


def test_mute_servers_cost_one_time_limit_together(room, proxy, postgres):
    proxy.mute()
    attachments = [postgres.attachment(f"pg{n}", port=proxy.port) for n in range(8)]
    room.catalog(("v", "SELECT 1"), attachments={"postgres": attachments})
    outcome, seconds = timed(lambda: room.duckalog("run", "catalog.yaml", "--attach-timeout", "2"))
    assert outcome.code == 3
    assert seconds < 2 + 1 + START_S
    # All of them are told, in the order of the config.
    assert [line.split(": ")[2] for line in outcome.err.splitlines() if line.startswith("error")] == [
        f"pg{n} (postgres)" for n in range(8)
    ]


def test_no_more_than_a_given_number_is_attached_at_a_time(room, proxy, postgres):
    proxy.mute()
    attachments = [postgres.attachment(f"pg{n}", port=proxy.port) for n in range(4)]
    room.catalog(("v", "SELECT 1"), attachments={"postgres": attachments})
    arguments = ["--attach-timeout", "1", "--attach-parallel", "2"]
    outcome, seconds = timed(lambda: room.duckalog("run", "catalog.yaml", *arguments))
    assert outcome.code == 3
    assert 2 <= seconds < 3 + START_S


@pytest.mark.parametrize("where", ["option", "variable", "config"])
def test_the_time_limit_can_be_set(room, proxy, postgres, where):
    proxy.mute()
    changes = {"attach_timeout": 1} if where == "config" else {}
    room.catalog(("v", "SELECT 1"), attachments={"postgres": [postgres.attachment(port=proxy.port, **changes)]})
    outcome, seconds = timed(
        lambda: room.duckalog(
            "run",
            "catalog.yaml",
            *(["--attach-timeout", "1"] if where == "option" else []),
            env={"DUCKALOG_ATTACH_TIMEOUT": "1"} if where == "variable" else {},
        )
    )
    assert outcome.code == 3
    assert "no answer within 1 s" in outcome.err
    more_time = "a longer attach_timeout" if where == "config" else "--attach-timeout"
    assert f"{more_time} gives it more time" in outcome.err
    assert 1 <= seconds < 2 + START_S


def test_a_time_limit_that_is_none_is_refused(room):
    room.catalog(("v", "SELECT 1"))
    outcome = room.duckalog("run", "catalog.yaml", env={"DUCKALOG_ATTACH_TIMEOUT": "soon"})
    assert outcome.code == 2
    assert 'DUCKALOG_ATTACH_TIMEOUT is "soon"' in outcome.err


def test_libpq_gets_the_time_to_connect_that_the_config_says(room, postgres):
    room.catalog(("v", "SELECT 1"), attachments={"postgres": [postgres.attachment(connect_timeout=7)]})
    assert "connect_timeout=''7''" in room.run("--dry-run").out
    room.catalog(("v", "SELECT 1"), attachments={"postgres": [postgres.attachment(connect_timeout=7, attach_timeout=3)]})
    assert "connect_timeout=''3''" in room.run("--dry-run").out


def test_all_that_fails_is_told_in_the_order_of_the_config(room, proxy, postgres):
    proxy.mute()
    attachments = [
        postgres.attachment("slow", port=proxy.port, attach_timeout=1),
        postgres.attachment("quick", password="wrong"),
    ]
    room.catalog(("v", "SELECT 1"), attachments={"postgres": attachments})
    outcome = room.duckalog("run", "catalog.yaml")
    assert [line.split(": ")[2] for line in outcome.err.splitlines() if line.startswith("error")] == [
        "slow (postgres)",
        "quick (postgres)",
    ]


def test_no_server_is_asked_when_a_file_is_missing(room, proxy, postgres):
    room.catalog(
        ("v", "SELECT 1"),
        attachments={
            "postgres": [postgres.attachment(port=proxy.port)],
            "duckdb": [{"alias": "a", "path": "a.duckdb"}, {"alias": "b", "path": "b.duckdb"}],
        },
    )
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert outcome.err.count("file not found") == 2
    assert proxy.connections == 0


def test_ctrl_c_ends_an_attachment_that_is_stuck(room, proxy, postgres):
    proxy.stall_after_authentication()
    room.catalog(("v", "SELECT 1"), attachments={"postgres": [postgres.attachment(port=proxy.port)]})
    process = room.start("run", "catalog.yaml")
    wait_until(lambda: proxy.connections == 2, "the attachment to be under way")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, seconds = timed(lambda: process.communicate(timeout=10))
    assert process.returncode == 130
    assert seconds < 2
    assert not (room / "catalog.duckdb").exists()


# ---- servers that go away later ----

ANSWERS_OF_ATTACHING = 1500  # bytes: an attachment needs fewer, an attachment and a view need more


def test_a_server_that_dies_while_views_are_created_is_named(host, proxy, postgres):
    proxy.reset_after(ANSWERS_OF_ATTACHING)
    host.catalog(
        ("over", "SELECT name FROM of_pg"),
        view_of("pg"),
        attachments={"postgres": [postgres.attachment(port=proxy.port)]},
    )
    outcome = host.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert "error: views: of_pg: " in outcome.err
    assert "it reads from pg, which was attached and then failed" in outcome.err
    assert not (host / "catalog.duckdb").exists()
    with Catalog("catalog.yaml") as catalog:
        assert catalog.open()[0] == UNAVAILABLE
        assert catalog.transient()[0]


def test_a_server_that_stalls_while_views_are_created_is_named_and_hangs_nothing(host, proxy, postgres):
    proxy.stall_after(ANSWERS_OF_ATTACHING)
    host.catalog(view_of("pg"), attachments={"postgres": [postgres.attachment(port=proxy.port)]})
    outcome, seconds = timed(lambda: host.duckalog("run", "catalog.yaml", "--attach-timeout", "2"))
    assert outcome.code == 3
    assert seconds < 2 + 1 + START_S
    assert "error: views: of_pg: pg did not answer within 2 s" in outcome.err
    assert not (host / "catalog.duckdb").exists()


def test_a_view_of_a_server_has_no_more_time_than_its_attachment(host, proxy, postgres):
    proxy.stall_after(ANSWERS_OF_ATTACHING)
    host.catalog(view_of("pg"), attachments={"postgres": [postgres.attachment(port=proxy.port, attach_timeout=2)]})
    outcome, seconds = timed(lambda: host.duckalog("run", "catalog.yaml"))
    assert outcome.code == 3
    assert seconds < 2 + 1 + START_S
    assert "error: views: of_pg: pg did not answer within 2 s" in outcome.err
    assert "a longer attach_timeout of the attachment gives it more time" in outcome.err


def test_a_view_of_a_server_has_as_much_time_as_its_attachment(host, proxy, postgres):
    proxy.delay_s = 0.3
    host.catalog(view_of("pg"), attachments={"postgres": [postgres.attachment(port=proxy.port, attach_timeout=60)]})
    assert host.run("--attach-timeout", "1").err == ""


def test_a_server_that_dies_and_comes_back_leaves_the_session_usable(host, proxy, postgres):
    host.catalog(
        view_of("pg"), ("own", "SELECT 1 AS i"), attachments={"postgres": [postgres.attachment(port=proxy.port)]}
    )
    with Catalog("catalog.yaml") as catalog:
        assert catalog.query("SELECT count(*) FROM of_pg") == [("2",)]
        proxy.refuse()
        proxy.kill_connections()
        with pytest.raises(RuntimeError):
            catalog.query("SELECT count(*) FROM of_pg")
        assert catalog.query("SELECT i FROM own") == [("1",)]
        proxy.pass_on()
        wait_until(lambda: can_count(catalog), "the attachment to work again")


def can_count(catalog):
    try:
        return catalog.query("SELECT count(*) FROM of_pg") == [("2",)]
    except RuntimeError:
        return False


# ---- sessions that do without ----


@pytest.fixture
def built(room, postgres, proxy):
    """A complete catalog; the server behind the proxy is gone by now."""
    room.catalog(
        view_of("pg", "direct"),
        ("derived", "SELECT name FROM direct"),
        ("joined", "SELECT d.name FROM derived d JOIN own ON true"),
        ("own", "SELECT 1 AS i"),
        attachments={"postgres": [postgres.attachment("pg", port=proxy.port, retries=0)]},
    )
    room.run()
    proxy.refuse()
    return room


def unavailable(outcome):
    return [line.split(": ")[2] for line in outcome.err.splitlines() if line.startswith("warning: views: ")]


def test_a_session_that_does_without_keeps_the_views_that_need_it(built):
    before = built.views_in()
    outcome = built.duckalog("run", "catalog.yaml", "--allow-degraded")
    assert outcome.code == 0
    assert unavailable(outcome) == ["direct", "derived", "joined"]
    assert "can't be read now: it reads from pg, which is not attached" in outcome.err
    assert "4 views (0 created, 4 kept, 3 unavailable), 1 attachment (1 failed)" in outcome.out
    assert built.views_in() == before


def test_what_a_session_does_without_is_in_json_too(built):
    outcome = built.duckalog("run", "catalog.yaml", "--allow-degraded", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    state = json.loads(outcome.out)
    assert state["open"] and state["summary"]["attachments_failed"] == 1 and state["summary"]["views_lost"] == 3
    assert [(a["alias"], a["attached"]) for a in state["attachments"]] == [("pg", False)]
    assert [(p["severity"], p["code"], p["object"], p["transient"]) for p in state["problems"]] == [
        ("warning", "attachment-unavailable", "pg (postgres)", True),
        *[("warning", "view-unavailable", name, False) for name in ("direct", "derived", "joined")],
    ]
    outcome = built.duckalog("run", "catalog.yaml", "--json")
    assert (outcome.code, outcome.err) == (3, "")
    state = json.loads(outcome.out)
    assert not state["open"] and state["problems"][0]["severity"] == "error"


def test_with_strict_a_session_that_does_without_is_a_failure(built):
    outcome = built.duckalog("run", "catalog.yaml", "--allow-degraded", "--strict")
    assert outcome.code == 3
    assert "4 views (0 created, 4 kept, 3 unavailable)" in outcome.out


def test_json_tells_of_the_run_and_not_of_results(room):
    room.catalog(("v", "SELECT 1"))
    outcome = room.duckalog("run", "catalog.yaml", "--json", "--query", "FROM v")
    assert outcome.code == 2 and "--format json" in outcome.err


def test_a_rebuild_without_an_attachment_leaves_the_views_that_need_it_alone(built, proxy):
    before = built.views_in()
    config = (built / "catalog.yaml").read_text().replace("SELECT 1 AS i", "SELECT 2 AS i")
    built.config(config.replace("SELECT name FROM direct", "SELECT name AS other FROM direct"))
    outcome = built.duckalog("run", "catalog.yaml", "--allow-degraded", "--force-rebuild")
    assert outcome.code == 0, outcome.err
    after = built.views_in()
    assert "SELECT 2" in after.pop(("main", "own"))
    assert before.pop(("main", "own")) and after == before
    # And when the server is back, what was left alone is known to differ.
    proxy.pass_on()
    outcome = built.run()
    assert "warning: views: derived: its definition in the catalog is not the config's" in outcome.err
    assert outcome.err.count("its definition") == 1


def test_without_leave_a_failed_attachment_fails_the_connection(built):
    outcome = built.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert outcome.out == ""


@pytest.mark.parametrize(
    "on_error, arguments, code, word",
    [
        ("fail", [], 3, "error: attach: pg"),
        ("fail", ["--allow-degraded"], 3, "error: attach: pg"),
        ("warn", [], 0, "warning: attach: pg"),
        ("Skip", [], 0, "notice: attach: pg"),
    ],
)
def test_on_error_says_what_a_failed_attachment_means(built, on_error, arguments, code, word):
    built.config((built / "catalog.yaml").read_text().replace('"retries": 0', f'"on_error": "{on_error}", "retries": 0'))
    outcome = built.duckalog("run", "catalog.yaml", *arguments)
    assert outcome.code == code
    assert outcome.err.startswith(word)


def test_a_missing_file_can_be_done_without_as_well(room):
    room.catalog(
        {"name": "a", "source": "duckdb", "database": "crm", "table": "t"},
        {"name": "b", "source": "sqlite", "database": "lite", "table": "t"},
        ("c", "SELECT 1"),
        attachments={"duckdb": [{"alias": "crm", "path": "crm.duckdb"}], "sqlite": [{"alias": "lite", "path": "x"}]},
    )
    outcome = room.duckalog("run", "catalog.yaml", "--allow-degraded")
    assert outcome.code == 0, outcome.err
    assert unavailable(outcome) == ["a", "b"]


def test_a_nested_catalog_that_fails_can_be_done_without(room):
    room.catalog(("broken", "SELECT * FROM nowhere"), name="child.yaml", database="child.duckdb")
    room.catalog(
        ("a", "SELECT * FROM child.broken"),
        ("b", "SELECT 1"),
        attachments={"duckalog": [{"alias": "child", "config_path": "child.yaml"}]},
    )
    outcome = room.duckalog("run", "catalog.yaml", "--allow-degraded")
    assert outcome.code == 0, outcome.err
    assert "warning: views: child > broken: " in outcome.err
    assert "warning: attach: child (duckalog): not attached, as its catalog could not be brought up to date" in outcome.err
    assert unavailable(outcome) == ["a", "child > broken"]
    assert {name for _, name in room.views_in()} == {"b"}
    state = json.loads(room.duckalog("run", "catalog.yaml", "--allow-degraded", "--json").out)
    assert [(a["alias"], a["attached"]) for a in state["attachments"]] == [("child", False)]


def test_a_query_works_in_a_session_that_does_without(built):
    outcome = built.duckalog("query", "SELECT * FROM own", "-C", "catalog.yaml", "--allow-degraded", "--format", "csv")
    assert outcome.out == "i\n1\n"


# ---- programs that stay ----


def test_after_a_try_was_given_up_the_same_program_can_connect_again(host, proxy, postgres):
    host.catalog(("own", "SELECT 1 AS i"))
    host.run()
    host.catalog(("own", "SELECT 1 AS i"), view_of("pg"), attachments={"postgres": [postgres.attachment(port=proxy.port)]})
    proxy.stall_after_authentication()
    with Catalog("catalog.yaml", attach_timeout_ms=1000) as catalog:
        assert catalog.open()[0] == TIMEOUT
        assert catalog.open()[0] == TIMEOUT
        proxy.pass_on()
        assert catalog.query("SELECT count(*) FROM of_pg") == [("2",)]
    # The first tries are still stuck; nothing that they held keeps others of this program out.
    with Catalog("catalog.yaml") as other:
        assert other.query("SELECT count(*) FROM of_pg") == [("2",)]
    proxy.kill_connections()
    wait_until(lambda: host.duckalog("run", "catalog.yaml").code == 0, "the file to be closed once the tries have ended")


def test_files_attached_beside_a_try_that_was_given_up_can_be_attached_again(host, proxy, postgres):
    host.duckdb("written.duckdb", "CREATE TABLE t AS SELECT 1 AS i")
    host.catalog(("own", "SELECT 1 AS i"))
    host.run()
    host.catalog(
        ("own", "SELECT 1 AS i"),
        ("v", "FROM w.t"),
        attachments={
            "duckdb": [{"alias": "w", "path": "written.duckdb", "read_only": False}],
            "postgres": [postgres.attachment(port=proxy.port)],
        },
    )
    proxy.stall_after_authentication()
    with Catalog("catalog.yaml", attach_timeout_ms=1000) as catalog:
        assert catalog.open()[0] == TIMEOUT
        assert host.look("written.duckdb", "FROM t") == [(1,)]  # closed: it can be had by others meanwhile
        assert catalog.open()[0] == TIMEOUT, catalog.problems()
        proxy.pass_on()
        assert catalog.query("FROM v") == [("1",)]


def test_a_file_that_a_catalog_in_memory_has_attached_is_not_taken_for_its_own(host, proxy, postgres):
    host.duckdb("x.duckdb", "CREATE TABLE t AS SELECT 1 AS i")
    memory = {"duckdb": [{"alias": "x", "path": "x.duckdb"}], "postgres": [postgres.attachment(port=proxy.port)]}
    host.catalog(("v", "FROM x.t"), database=":memory:", name="memory.yaml", attachments=memory)
    host.catalog(("v", "FROM t"), database="x.duckdb", name="file.yaml")
    proxy.stall_after_authentication()
    with Catalog("memory.yaml", attach_timeout_ms=1000) as catalog:
        assert catalog.open()[0] == TIMEOUT
        with Catalog("file.yaml") as other:
            assert other.query("FROM v") == [("1",)]


# ---- nested catalogs whose server stalls ----


@pytest.fixture
def nested(host, proxy, postgres):
    """A catalog on one with a server that stalls after authentication."""
    host.catalog(
        ("own", "SELECT 1 AS i"),
        view_of("pg"),
        name="child.yaml",
        database="child.duckdb",
        attachments={"postgres": [postgres.attachment(port=proxy.port)]},
    )
    host.catalog(
        ("v", "FROM child.own"), attachments={"duckalog": [{"alias": "child", "config_path": "child.yaml"}]}
    )
    proxy.stall_after_authentication()
    return host


def open_degraded(config="catalog.yaml"):
    return Catalog(config, attach_timeout_ms=1000, allow_degraded=1)


def told(catalog):
    """Of what the last opening told, but for warnings of the config."""
    return [name for _, _, name, _ in catalog.problems() if name]


def test_a_nested_catalog_does_without_a_server_that_stalls(nested):
    outcome = nested.duckalog("run", "catalog.yaml", "--allow-degraded", "--attach-timeout", "1")
    assert outcome.code == 0
    assert unavailable(outcome) == ["child > of_pg"]
    assert "1 attachment," in outcome.out, outcome.out
    assert nested.views_in().keys() == {("main", "v")}
    assert nested.views_in("child.duckdb").keys() == {("main", "own")}


def test_a_nested_catalog_is_whole_once_its_server_is_back(nested, proxy):
    """In a program that stays, while the try that was given up is still stuck."""
    with open_degraded() as catalog:
        assert catalog.query("FROM v") == [("1",)]
        catalog.close()
        assert catalog.query("FROM v") == [("1",)]
        assert told(catalog) == ["child > pg (postgres)", "child > of_pg"]
        proxy.pass_on()
        catalog.close()
        assert catalog.query("FROM v") == [("1",)]
        assert told(catalog) == []
        assert nested.duckalog("run", "child.yaml").code == 3  # it is this process's
    assert nested.views_in("child.duckdb").keys() == {("main", "own"), ("main", "of_pg")}


def test_a_catalog_that_is_taken_over_is_locked_again(nested):
    """DuckDB's lock went when the parent closed the file."""
    with open_degraded() as catalog:
        assert catalog.query("FROM v") == [("1",)]
    with open_degraded("child.yaml") as child:
        assert child.query("FROM own") == [("1",)]
        outcome = nested.duckalog("run", "child.yaml", "--allow-degraded", "--attach-timeout", "1")
        assert outcome.code == 3 and "another process has it open" in outcome.err


def test_a_catalog_that_another_process_changed_meanwhile_is_not_taken_over(nested, proxy):
    with open_degraded() as catalog:
        assert catalog.query("FROM v") == [("1",)]
        with open_degraded("child.yaml") as child:
            assert child.open()[0] == lib.LOCKED  # the parent reads it
        catalog.close()
    nested.config((nested / "child.yaml").read_text().replace("of_pg", "later"), "other.yaml")
    assert nested.duckalog("run", "other.yaml", "--allow-degraded", "--attach-timeout", "1").code == 0
    nested.duckdb("child.duckdb", "CREATE TABLE t AS SELECT 7 AS i")
    proxy.pass_on()
    with Catalog("child.yaml") as child:
        assert child.open()[0] == lib.LOCKED
    proxy.kill_connections()
    with Catalog("child.yaml") as child:
        wait_until(lambda: child.open()[0] == lib.OK, "the file to be closed once the try has ended")
        assert child.query("FROM t") == [("7",)]
        assert child.query("SELECT count(*) FROM of_pg") == [("2",)]


# ---- programs that stay ----


def test_a_session_with_a_stuck_attachment_works_and_closes(host, proxy, postgres):
    host.catalog(
        ("own", "SELECT 1 AS i"),
        attachments={"postgres": [postgres.attachment(port=proxy.port), postgres.attachment("good")]},
    )
    proxy.stall_after_authentication()
    with Catalog("catalog.yaml", attach_timeout_ms=1000, allow_degraded=1) as catalog:
        assert catalog.query("SELECT i FROM own") == [("1",)]
        assert catalog.query("SELECT count(*) FROM good.customers") == [("2",)]
        assert catalog.summary().attachments_failed == 1
        _, seconds = timed(catalog.close)
        assert seconds < 1
    assert host.look("catalog.duckdb", "FROM own") == [(1,)]


# ---- files that attaching makes ----


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_file_that_an_attachment_made_is_gone_when_the_connection_fails(room, kind):
    pragma = "CREATE TABLE IF NOT EXISTS made.t (i INTEGER)"
    room.catalog(
        ("v", "SELECT * FROM nowhere"),
        attachments={kind: [{"alias": "made", "path": "made.db", "read_only": False}]},
    )
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert list(room.everything()) == ["catalog.yaml"]
    room.catalog(attachments={kind: [{"alias": "made", "path": "made.db", "read_only": False}]})
    assert room.results(f"{pragma}; INSERT INTO made.t VALUES (1); FROM made.t") == [[(1,)]]
    # One that was there stays, whatever happens.
    room.catalog(
        ("v", "SELECT * FROM nowhere"),
        attachments={kind: [{"alias": "made", "path": "made.db", "read_only": False}]},
    )
    assert room.duckalog("run", "catalog.yaml", "--force-rebuild").code == 3
    room.catalog(attachments={kind: [{"alias": "made", "path": "made.db", "read_only": False}]})
    assert room.rows("FROM made.t") == [(1,)]


@pytest.mark.parametrize("most", [0, 1, 4096, 8192])
def test_a_file_that_could_not_be_made_whole_stands_in_the_way_of_no_later_run(room, most):
    attachment = {"alias": "new", "path": "new.duckdb", "read_only": False}
    room.catalog(("v", "SELECT 1 AS i"), database=":memory:", attachments={"duckdb": [attachment]})
    outcome = room.duckalog(
        "run", "catalog.yaml", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    )
    assert outcome.code == 3, outcome
    assert list(room.everything()) == ["catalog.yaml"]
    room.run()


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
@pytest.mark.parametrize("target", ["elsewhere.db", "nowhere/elsewhere.db"])
def test_no_file_is_made_through_a_link(room, kind, target):
    os.symlink(target, room / "link.db")
    room.catalog(
        ("v", "SELECT 1 AS i"), attachments={kind: [{"alias": "made", "path": "link.db", "read_only": False}]}
    )
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "this is a link to a file that can't be reached" in outcome.err, outcome
    assert os.readlink(room / "link.db") == target
    assert sorted(path.name for path in room.folder.iterdir()) == ["catalog.yaml", "home", "link.db"]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_file_is_not_made_in_a_folder_that_is_not_there(room, kind):
    room.catalog(
        ("v", "SELECT 1 AS i"), attachments={kind: [{"alias": "made", "path": "nope/made.db", "read_only": False}]}
    )
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "its folder does not exist" in outcome.err, outcome
    assert "will be created" not in outcome.err and "make the folder first" in outcome.err
    assert list(room.everything()) == ["catalog.yaml"]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_who_only_reads_makes_no_file(room, kind):
    room.catalog(("v", "SELECT 1 AS i"))
    room.run()
    room.catalog(("v", "SELECT 1 AS i"), attachments={kind: [{"alias": "made", "path": "made.db", "read_only": False}]})
    before = room.everything()
    outcome = room.duckalog("query", "FROM v", "-C", "catalog.yaml")
    assert outcome.code == 3 and "file not found" in outcome.err and "without --read-only" in outcome.err, outcome
    assert room.everything() == before


# ---- files that others put where a session has made one ----


@contextlib.contextmanager
def failing_build(room, **attachments):
    """A first build that is to fail, as a server says nothing: what is done meanwhile is done by others."""
    need_extension("postgres_scanner")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        host, port = mute.getsockname()
        server = {"alias": "pg", "host": host, "port": port, "database": "x", "user": "u", "password": "c4nary"}
        room.catalog(("v", "SELECT 1 AS i"), attachments={"postgres": [server], **attachments})
        process = room.start("run", "catalog.yaml", "--attach-timeout", "2")
        mute.settimeout(30)
        connection, _ = mute.accept()
        with connection:
            yield
            _, err = process.communicate(timeout=30)
    assert process.returncode == 3 and b"no answer within 2 s" in err, err


@pytest.mark.parametrize("name", ["catalog.duckdb", "made.duckdb"])
def test_a_database_that_is_deployed_during_a_build_that_fails_stays(room, name):
    room.duckdb("deploy.duckdb", "CREATE TABLE precious AS SELECT 7 AS i")
    with failing_build(room, duckdb=[{"alias": "made", "path": "made.duckdb", "read_only": False}]):
        os.rename(room / "deploy.duckdb", room / name)
    assert room.look(name, "FROM precious") == [(7,)]
    assert sorted(room.everything()) == sorted(["catalog.yaml", name])


def test_the_log_of_a_deployed_database_stays_too(room):
    """It may have been copied while it was open: then the log holds what is not in the file."""
    room.duckdb("deploy.duckdb", "CREATE TABLE precious AS SELECT 7 AS i")
    with failing_build(room):
        os.rename(room / "deploy.duckdb", room / "catalog.duckdb")
        room.write("catalog.duckdb.wal", b"something of the user's")
    assert sorted(room.everything()) == ["catalog.duckdb", "catalog.duckdb.wal", "catalog.yaml"]


@pytest.mark.parametrize("how", ["used", "deployed"])
def test_a_sqlite_file_that_others_fill_during_a_build_that_fails_stays(room, how):
    need_extension("sqlite_scanner")
    script = "CREATE TABLE precious (i INTEGER); INSERT INTO precious VALUES (7)"
    with failing_build(room, sqlite=[{"alias": "made", "path": "made.db", "read_only": False}]):
        if how == "used":
            room.sqlite("made.db", script)
        else:
            room.sqlite("deploy.db", script)
            os.rename(room / "deploy.db", room / "made.db")
    with contextlib.closing(sqlite3.connect(room / "made.db")) as connection:
        assert connection.execute("SELECT i FROM precious").fetchall() == [(7,)]
    assert sorted(room.everything()) == ["catalog.yaml", "made.db"]


# ---- files that are open ----

OTHER_WRITER = """
import sqlite3, sys
connection = sqlite3.connect("lite.db", timeout=0.1)
try:
    connection.execute("INSERT INTO t VALUES (99)")
    connection.commit()
except sqlite3.OperationalError as problem:
    sys.exit(str(problem))
"""


def test_a_sqlite_file_that_this_process_writes_keeps_its_lock_when_it_is_attached_again(host):
    need_extension("sqlite_scanner")
    host.sqlite("lite.db", "CREATE TABLE t (a BIGINT)")
    for name, read_only in (("writer", False), ("reader", True)):
        attachment = {"alias": "lite", "path": "lite.db", "read_only": read_only}
        host.catalog(database=":memory:", name=f"{name}.yaml", attachments={"sqlite": [attachment]})
    with Catalog("writer.yaml") as writer, Catalog("reader.yaml") as reader, Catalog("writer.yaml") as second:
        writer.query("BEGIN")
        writer.query("INSERT INTO lite.t SELECT range FROM range(5)")
        for also in (reader, second):
            assert also.open()[0] == lib.OK
            other = subprocess.run([sys.executable, "-c", OTHER_WRITER], capture_output=True, text=True)
            assert "locked" in other.stderr, other
        writer.query("COMMIT")
    with contextlib.closing(sqlite3.connect(host / "lite.db")) as connection:
        assert connection.execute("SELECT a FROM t").fetchall() == [(i,) for i in range(5)]


def test_all_tries_of_a_locked_file_end_within_the_time_for_all(host):
    host.duckdb("ref.duckdb", "CREATE TABLE t (i INTEGER)")
    host.catalog(("v", "SELECT 1"), attachments={"duckdb": [{"alias": "ref", "path": "ref.duckdb", "retries": 12}]})
    with Holder(host / "ref.duckdb"), Catalog("catalog.yaml", attach_total_ms=2000, attach_timeout_ms=1000) as catalog:
        (status, _), seconds = timed(catalog.open)
        assert status == lib.LOCKED and seconds < 2 + START_S


# What a session has open itself: attachments, and words of the message about the last one.
OWN_FILES = {
    "the catalog by a link": ({"duckdb": [("me", "link.duckdb", True)]}, "this is the catalog itself"),
    "the catalog for SQLite": ({"sqlite": [("me", "catalog.duckdb", True)]}, "not a SQLite database"),
    "twice for writing": (
        {"duckdb": [("a", "other.duckdb", False), ("b", "link-to-other.duckdb", False)]},
        "another attachment has this file open",
    ),
    "for writing and for reading": (
        {"duckdb": [("a", "other.duckdb", False), ("b", "link-to-other.duckdb", True)]},
        "another attachment has this file open",
    ),
    "SQLite as DuckDB": (
        {"sqlite": [("a", "lite.db", False)], "duckdb": [("b", "link-to-lite.db", True)]},
        "not a DuckDB database",
    ),
}


@pytest.mark.parametrize("attachments, words", OWN_FILES.values(), ids=OWN_FILES)
def test_what_the_session_has_open_itself_is_not_waited_for(room, attachments, words):
    if "sqlite" in attachments:
        need_extension("sqlite_scanner")
    room.duckdb("other.duckdb", "CREATE TABLE t (i INTEGER)")
    room.sqlite("lite.db", "CREATE TABLE t (i INTEGER)")
    for link, target in (("link", "catalog.duckdb"), ("link-to-other", "other.duckdb")):
        os.symlink(target, room / f"{link}.duckdb")
    os.symlink("lite.db", room / "link-to-lite.db")
    room.catalog(("v", "SELECT 1 AS i"))
    room.run()
    before = room.everything()
    given = {
        kind: [{"alias": alias, "path": path, "read_only": read_only} for alias, path, read_only in entries]
        for kind, entries in attachments.items()
    }
    room.catalog(("v", "SELECT 1 AS i"), attachments=given)
    outcome, seconds = timed(lambda: room.duckalog("run", "catalog.yaml", "--lock-timeout", "20", "--json"))
    assert outcome.code == 3 and seconds < START_S * 3, outcome
    [problem] = json.loads(outcome.out)["problems"]
    assert problem["code"] == "attachment-file" and words in problem["message"] and not problem["transient"], problem
    assert {**room.everything(), "catalog.yaml": before["catalog.yaml"]} == before


@pytest.mark.parametrize(
    "kind, content, hint",
    [
        ("duckdb", "", "the file is empty; remove it, and DuckDB makes a new one"),
        ("duckdb", "i\n1\n", "Parquet, CSV and JSON files are not attached, but read by views"),
        ("duckdb", "SQLite format 3\0" + 100 * "\0", "attach it under attachments: sqlite"),
        ("sqlite", "12345678DUCK" + 100 * "\0", "attach it under attachments: duckdb"),
    ],
)
def test_a_file_of_another_kind_is_told_with_what_to_do(room, kind, content, hint):
    room.write("odd", content)
    room.catalog(("v", "SELECT 1"), attachments={kind: [{"alias": "odd", "path": "odd", "read_only": False}]})
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and hint in outcome.err, outcome
    assert (room / "odd").read_text() == content and not (room / "catalog.duckdb").exists()
