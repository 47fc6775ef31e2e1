"""
What goes on while documents and catalogs from elsewhere change: watches and shells that publish, processes that share a
cache, and a host that hands documents over by itself.
"""

import os
import signal
import subprocess
import threading
import time

import duckdb
import pytest
from conftest import needs_remote
from servers import wait_until

pytestmark = needs_remote

PATH = "/published/sales.duckdb"
END_S = 30


@pytest.fixture
def target(web, room):
    """An address of a web server that takes catalogs."""
    folder = room / "temporary"
    folder.mkdir()
    room.environment["TMPDIR"] = str(folder)
    web.take_puts("/published/")
    return web.url(PATH)


class Session:
    """`run --watch`, or a shell; with a target one that publishes."""

    def __init__(self, room, target, *arguments, **options):
        to = [] if target is None else ["--db-path", target, "--export-put"]
        self.process = room.start("run", "catalog.yaml", *to, *arguments, **options)
        self.err = ""
        os.set_blocking(self.process.stderr.fileno(), False)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.out = ""

    def until(self, what):
        """Waits for a text on standard output or standard error."""

        def is_said():
            self.out += (self.process.stdout.read() or b"").decode()
            self.err += (self.process.stderr.read() or b"").decode()
            return what in self.out + self.err

        wait_until(is_said, what, END_S)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(END_S)
        return self.process.returncode


@pytest.fixture
def session(room):
    started = []

    def start(*arguments, target=None, **options):
        started.append(Session(room, target, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture
def publisher(session, target):
    return lambda *arguments, **options: session(*arguments, target=target, **options)


def published(web, room, *names):
    """The rows of what is published, by names; without names of all views."""
    path = room / "looked-at.duckdb"
    path.write_bytes(web.content(PATH))
    with duckdb.connect(str(path), read_only=True) as connection:
        all_views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        found = {name: connection.execute(f"FROM {name}").fetchall() for name in names or [name for (name,) in all_views]}
    path.unlink()
    return found


def publish_another(web, room, *statements):
    """As somebody else does: what is there, and more."""
    path = room / "another.duckdb"
    path.write_bytes(web.content(PATH))
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    web.serve(PATH, path.read_bytes())
    path.unlink()


def temporary_is_empty(room):
    return list((room / "temporary").iterdir()) == []


# ---- watches and shells that publish ----


def test_a_watch_goes_on_with_what_somebody_else_has_published(web, room, publisher):
    room.catalog(("kept", "SELECT 1 AS n"), ("replaced", "SELECT 1 AS n"), ("dropped", "SELECT 1 AS n"))
    one = publisher("--watch")
    one.until("watching")
    publish_another(web, room, "CREATE TABLE theirs AS SELECT 7 AS n", "CREATE VIEW by_them AS FROM theirs")
    room.catalog(("kept", "SELECT 1 AS n"), ("replaced", "SELECT 2 AS n"), ("dropped", "SELECT 1 AS n"))
    one.until("built but not uploaded: was changed by someone else meanwhile")
    one.until("the next change of the config begins with theirs")
    assert published(web, room)["replaced"] == [(1,)]
    room.catalog(("kept", "SELECT 1 AS n"), ("replaced", "SELECT 2 AS n"), ("new", "SELECT 3 AS n"))
    one.until("somebody else has published it meanwhile")
    wait_until(lambda: "new" in published(web, room), "what was published")
    assert published(web, room) == {"kept": [(1,)], "replaced": [(2,)], "new": [(3,)], "by_them": [(7,)]}
    room.catalog(("kept", "SELECT 4 AS n"), ("new", "SELECT 3 AS n"))
    wait_until(lambda: published(web, room)["kept"] == [(4,)], "what is published later")
    assert sorted(published(web, room)) == ["by_them", "kept", "new"]
    assert one.end() == 0 and temporary_is_empty(room)


def test_a_watch_that_can_not_fetch_what_somebody_else_has_published_tries_with_the_next_change(web, room, publisher):
    room.catalog(("a", "SELECT 1 AS n"))
    one = publisher("--watch")
    one.until("watching")
    publish_another(web, room, "CREATE TABLE theirs AS SELECT 7 AS n")
    room.catalog(("a", "SELECT 2 AS n"))
    one.until("the next change of the config begins with theirs")
    theirs = web.content(PATH)
    web.serve(PATH, theirs, status=403)
    room.catalog(("a", "SELECT 3 AS n"))
    one.until("access denied (403)")
    one.until("the catalog stays as it was until that is mended")
    web.serve(PATH, theirs)
    room.catalog(("a", "SELECT 4 AS n"))
    wait_until(lambda: published(web, room)["a"] == [(4,)], "what was published")
    assert published(web, room, "theirs") == {"theirs": [(7,)]}
    assert one.end() == 0 and temporary_is_empty(room)


def test_a_watch_ends_when_what_somebody_else_has_published_can_not_be_used(web, room, publisher):
    room.catalog(("a", "SELECT 1 AS n"))
    one = publisher("--watch")
    one.until("watching")
    web.serve(PATH, b"this is no database")
    room.catalog(("a", "SELECT 2 AS n"))
    one.until("the next change of the config begins with theirs")
    room.catalog(("a", "SELECT 3 AS n"))
    one.until("the catalog is closed")
    assert one.process.wait(END_S) == 3
    assert web.content(PATH) == b"this is no database" and temporary_is_empty(room)


def test_a_shell_keeps_its_session_and_says_how_to_begin_with_what_somebody_else_has_published(web, room, publisher):
    room.catalog(("a", "SELECT 1 AS n"))
    one = publisher("--interactive", stdin=subprocess.PIPE)
    wait_until(lambda: PATH in web.pages, "the first upload")
    time.sleep(0.3)
    publish_another(web, room, "CREATE TABLE theirs AS SELECT 7 AS n")
    room.catalog(("a", "SELECT 2 AS n"))
    one.process.stdin.write(b"CREATE TEMP TABLE mine AS SELECT 40 AS n;\n.reload\n")
    one.process.stdin.flush()
    one.until("begin again: that begins with theirs")
    one.process.stdin.write(b".reload\nSELECT mine.n + a.n AS sum FROM mine, a;\n")
    one.process.stdin.flush()
    one.until("42")
    assert published(web, room, "theirs") == {"theirs": [(7,)]} and published(web, room) == {"a": [(1,)]}


# ---- watches and shells with documents from elsewhere ----


def serve_part(web, number):
    return web.serve("/part.yaml", f"views: [{{name: far, sql: SELECT {number} AS n}}]\n".encode())


def test_a_config_from_elsewhere_is_not_followed_and_nothing_is_done_for_it(room, web):
    outcome = room.duckalog("run", web.serve("/one.yaml", b"version: 1\nduckdb: {database: x.duckdb}\nviews: [{name: v, sql: SELECT 1}]\n"), "--watch")
    assert outcome.code == 2 and "--watch follows files of this machine" in outcome.err
    assert web.requests == [] and not (room / "x.duckdb").exists()


def test_a_watch_asks_for_parts_from_elsewhere_again_when_a_file_here_changes(room, web, session):
    room.catalog(("near", "SELECT 1 AS n"), imports=[serve_part(web, 1)])
    one = session("--watch")
    one.until("watching")
    wait_until(lambda: len(web.requests) == 2, "the look at what changed before it was watched", END_S)
    settled = len(web.requests)
    serve_part(web, 2)
    time.sleep(1)
    assert len(web.requests) == settled, "nobody asks by itself"
    room.catalog(("near", "SELECT 2 AS n"), imports=[web.url("/part.yaml")])
    one.until("views: far: replaced")
    settled = len(web.requests)
    room.catalog(("near", "SELECT 3 AS n"), imports=[web.url("/part.yaml")])
    wait_until(lambda: len(web.requests) > settled, "another question", END_S)
    assert "if-none-match" in web.requests[-1].headers, "a question, and no fetching of what is here"
    assert one.end() == 0


def test_a_watch_stays_as_it_was_when_a_part_from_elsewhere_is_gone(room, web, session):
    room.catalog(("near", "SELECT 1 AS n"), imports=[serve_part(web, 1)])
    one = session("--watch")
    one.until("watching")
    web.serve("/part.yaml", b"", status=404)
    room.catalog(("near", "SELECT 2 AS n"), imports=[web.url("/part.yaml")])
    one.until("is not there (404)")
    one.until("the catalog stays as it was until that is mended")
    serve_part(web, 3)
    room.catalog(("near", "SELECT 3 AS n"), imports=[web.url("/part.yaml")])
    one.until("views: far: replaced")
    assert one.end() == 0


def test_a_shell_reloads_a_config_from_elsewhere(room, web):
    def serve(number):
        return web.serve("/one.yaml", f"version: 1\nduckdb: {{}}\nviews: [{{name: v, sql: SELECT {number} AS n}}]\n".encode())

    process = room.start("run", serve(41), "--interactive", "--format", "csv", stdin=subprocess.PIPE)
    process.stdin.write(b"FROM v;\n")
    process.stdin.flush()
    out = b""
    while b"41" not in out:
        out += os.read(process.stdout.fileno(), 1000)
    serve(42)
    out, err = process.communicate(b".reload\nFROM v;\n", timeout=END_S)
    assert process.returncode == 0 and b"42" in out, err


# ---- processes that share a cache ----

PROCESSES = 12


def version_of(number):
    """One of a document that the server changes: its views say which, at both ends of many bytes."""
    filler = "# " + "x" * 100 + "\n"
    return (
        f"version: 1\nduckdb: {{}}\nviews:\n- {{name: first, sql: SELECT {number} AS n}}\n"
        + filler * (1000 + number % 7 * 300)
        + f"- {{name: last, sql: SELECT {number} AS n}}\n"
    ).encode()


def run_side_by_side(room, config, *arguments):
    """The rows that each process gets."""
    query = "SELECT first.n, last.n FROM first, last"
    processes = [room.start("run", config, "--db-path", f"{n}.duckdb", "--query", query, "--format", "csv", *arguments) for n in range(PROCESSES)]
    for n, process in enumerate(processes):
        out, err = process.communicate(timeout=END_S)
        (room / f"{n}.duckdb").unlink(missing_ok=True)
        assert process.returncode == 0, err
        first, last = map(int, out.decode().splitlines()[1].split(","))
        assert first == last, "of one version"
        yield first


def kept(room):
    return sorted(path.name for path in (room / "home/.cache/duckalog/documents").iterdir())


@pytest.mark.parametrize("cache", ["cold", "warm"])
def test_processes_that_share_a_cache_have_one_version_each_and_leave_one(room, web, cache):
    config = web.serve("/one.yaml", version_of(0))
    if cache == "warm":
        room.rows("FROM first", config=config)
    ended = threading.Event()
    newest = 0

    def change():
        nonlocal newest
        while not ended.wait(0.002):
            web.serve("/one.yaml", version_of(newest + 1))
            newest += 1

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(2):
            seen = list(run_side_by_side(room, config))
            assert all(0 <= number <= newest + 1 for number in seen)
    finally:
        ended.set()
        changer.join()
    assert len(kept(room)) == 1 and "." not in kept(room)[0]
    (offline,) = set(run_side_by_side(room, config, "--offline"))
    # What is kept has the ETag that goes with it: the server would not say "unchanged" of another version.
    web.serve("/one.yaml", version_of(offline))
    web.requests.clear()
    assert set(run_side_by_side(room, config)) == {offline}
    web.serve("/one.yaml", version_of(newest + 5))
    assert set(run_side_by_side(room, config)) == {newest + 5}
