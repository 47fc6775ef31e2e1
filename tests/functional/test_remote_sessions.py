"""
What goes on while documents and catalogs from elsewhere change: watches and shells that publish, processes that share a
cache, and a host that hands documents over by itself.
"""

import os
import signal
import subprocess
import time

import pytest
from conftest import needs_remote
from servers import wait_until

pytestmark = needs_remote

END_S = 30


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
