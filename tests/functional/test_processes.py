"""
Several processes and threads with one catalog: who has it is told, who waits gets it, and nobody sees half of anything.
"""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import duckalog_library as lib
import pytest
from conftest import wait_until
from duckalog_library import Catalog

# Another program that has the file open: it does what it is told, line by line, and says when that is done.
HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=len(sys.argv) > 2)
print("done", flush=True)
for line in sys.stdin:
    connection.execute(line)
    print("done", flush=True)
"""


class Holder:
    def __init__(self, path, *read_only):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, path, *read_only], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.pid = self.process.pid
        assert self.process.stdout.readline() == b"done\n"

    def execute(self, sql):
        self.process.stdin.write(sql.encode() + b"\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == b"done\n"

    def release(self):
        self.process.stdin.close()
        self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture
def one(room):
    room.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"))
    return room


def end_of(process, seconds=30):
    """Exit code and messages of a program that was started."""
    _, err = process.communicate(timeout=seconds)
    return process.returncode, err.decode()


def is_waiting(process):
    """It has loaded DuckDB, and has nothing to compute: between two tries."""
    maps = f"/proc/{process.pid}/maps"
    with contextlib.suppress(OSError), open(maps, encoding="utf-8") as file:
        return "libduckdb" in file.read()
    return False


# ---- waiting for the catalog ----

WAYS = [
    ["run", "catalog.yaml"],
    ["run", "catalog.yaml", "--force-rebuild"],
    ["run", "catalog.yaml", "--read-only"],
    ["build", "catalog.yaml"],
    ["query", "FROM v", "-C", "catalog.yaml"],
    ["query", "FROM v", "-c", "catalog.duckdb"],
]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_catalog_that_stays_held_is_given_up_after_the_timeout_and_its_holder_named(one, way):
    one.run()
    with Holder(one / "catalog.duckdb") as holder:
        began = time.monotonic()
        outcome = one.duckalog(*way, "--lock-timeout", "1")
        took = time.monotonic() - began
    assert outcome.code == 3
    assert f"PID {holder.pid}" in outcome.err and "python" in outcome.err
    assert re.search(r"waited 1\.\d s in vain", outcome.err), outcome.err
    assert len([line for line in outcome.err.splitlines() if line.startswith("error:")]) == 1
    assert 1 <= took < 6


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_catalog_that_is_let_go_in_time_is_got(one, way):
    one.run()
    with Holder(one / "catalog.duckdb") as holder:
        waiting = one.start(*way, "--lock-timeout", "60")
        wait_until(lambda: is_waiting(waiting), "the other process to wait")
        time.sleep(0.5)
        assert waiting.poll() is None
        holder.release()
        began = time.monotonic()
        code, err = end_of(waiting)
    assert code == 0, err
    assert time.monotonic() - began < 5
    assert len(one.views_in()) == 2


def test_without_a_timeout_nothing_is_waited_for(one):
    one.run()
    with Holder(one / "catalog.duckdb") as holder:
        outcome = one.duckalog("run", "catalog.yaml", timeout=5)
    assert outcome.code == 3 and f"PID {holder.pid}" in outcome.err
    assert "waited" not in outcome.err and "--lock-timeout" in outcome.err


def test_what_the_other_process_has_built_meanwhile_is_kept(one):
    with Holder(one / "catalog.duckdb") as holder:
        waiting = one.start("run", "catalog.yaml", "--lock-timeout", "60")
        wait_until(lambda: is_waiting(waiting), "the other process to wait")
        holder.execute("CREATE VIEW w AS SELECT 'theirs' AS i")
        holder.release()
        out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, err
    assert b"1 created, 1 kept" in out
    assert one.look("catalog.duckdb", "FROM w") == [("theirs",)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_ends_at_once_when_it_is_interrupted(one, number):
    one.run()
    with Holder(one / "catalog.duckdb"):
        waiting = one.start("run", "catalog.yaml", "--lock-timeout", "60")
        wait_until(lambda: is_waiting(waiting), "the other process to wait")
        time.sleep(0.3)
        began = time.monotonic()
        waiting.send_signal(number)
        code, err = end_of(waiting)
        assert time.monotonic() - began < 1
    assert code == 130 and "interrupted after waiting" in err, err
    assert "Traceback" not in err and len(one.views_in()) == 2


def test_waiting_is_interrupted_through_the_library_too(one):
    with Holder(one / "catalog.duckdb"), Catalog(one / "catalog.yaml", lock_timeout_ms=60_000) as catalog:
        timer = threading.Timer(0.5, lambda: lib.interrupt(catalog.handle))
        began = time.monotonic()
        timer.start()
        assert catalog.open()[0] == lib.INTERRUPTED
        assert 0.4 < time.monotonic() - began < 1.5
        timer.join()
        assert [problem[:2] for problem in catalog.problems()] == [(lib.ERROR, "interrupted")]


def test_a_lock_is_told_as_what_may_go_away_by_itself(one):
    with Holder(one / "catalog.duckdb") as holder, Catalog(one / "catalog.yaml") as catalog:
        assert catalog.open()[0] == lib.LOCKED
        problem = lib.report_get(lib.diagnostics(catalog.handle), 0).contents
        assert problem.transient and problem.code == b"locked"
        holder.release()
        assert catalog.query("FROM v") == [("1",)]


# ---- readers and builders ----


def test_readers_work_beside_each_other_and_keep_writers_out(one):
    one.run()
    with contextlib.ExitStack() as readers:
        for _ in range(2):
            readers.enter_context(Holder(one / "catalog.duckdb", "read-only"))
        running = [one.start("query", "FROM v", "-C", "catalog.yaml") for _ in range(6)]
        assert [end_of(process)[0] for process in running] == [0] * 6
        outcome = one.duckalog("run", "catalog.yaml")
        assert outcome.code == 3 and "--read-only" in outcome.err


def test_a_reader_finds_a_catalog_whole_or_is_told_who_builds_it(one):
    one.run()
    seen = set()
    for factor in (10, 100, 1000):
        one.catalog(("v", f"SELECT {factor} AS i"), ("w", f"SELECT {2 * factor} AS i"))
        building = one.start("run", "catalog.yaml", "--force-rebuild", "--lock-timeout", "60")
        while building.poll() is None:
            outcome = one.duckalog("query", "SELECT w.i // v.i FROM v, w", "-c", "catalog.duckdb", "--format", "csv")
            if outcome.code == 0:
                seen.add(outcome.out.splitlines()[1])
            else:
                assert outcome.code == 3 and "another process has it open" in outcome.err, outcome.err
        assert end_of(building)[0] == 0
        assert one.look("catalog.duckdb", "SELECT v.i, w.i FROM v, w") == [(factor, 2 * factor)]
    assert seen <= {"2"}


def slow(rows):
    """Some work at each connection, while the catalog is held."""
    return f"CREATE TEMP TABLE t AS SELECT count(*) AS n FROM range({rows}) a, range({rows}) b WHERE hash(a, b) = 1"


def test_a_reader_that_waits_sees_the_catalog_that_was_being_built(one):
    one.catalog(("v", "SELECT 1 AS i"), duckdb={"pragmas": [slow(10_000)]})
    building = one.start("run", "catalog.yaml")
    wait_until(lambda: (one / "catalog.duckdb").exists(), "the build to begin")
    reader = one.duckalog("query", "FROM v", "-c", "catalog.duckdb", "--lock-timeout", "60", "--format", "csv")
    assert end_of(building)[0] == 0
    assert reader.code == 0 and reader.out.splitlines() == ["i", "1"], reader.err


def test_a_reader_that_waits_for_a_build_that_fails_is_told_that_there_is_no_catalog(one):
    one.catalog(("v", "SELECT 1 AS i"), duckdb={"pragmas": [slow(10_000_000)]})
    building = one.start("run", "catalog.yaml")
    wait_until(lambda: (one / "catalog.duckdb").exists(), "the build to begin")
    wait_until(
        lambda: f"PID {building.pid}" in one.duckalog("query", "FROM v", "-c", "catalog.duckdb").err,
        "the build to hold the file",
    )
    reader = one.start("query", "FROM v", "-c", "catalog.duckdb", "--lock-timeout", "60")
    wait_until(lambda: is_waiting(reader), "the reader to wait")
    time.sleep(0.3)
    building.send_signal(signal.SIGINT)
    assert end_of(building)[0] == 130
    code, err = end_of(reader)
    assert code == 3 and "No such file" in err, err


def test_a_child_that_another_process_writes_is_waited_for(room):
    room.catalog(("v", "SELECT 1 AS i"), database="child.duckdb", name="child.yaml")
    room.catalog(
        ("top", "SELECT i + 1 AS i FROM child.v"),
        attachments={"duckalog": [{"alias": "child", "config_path": "child.yaml"}]},
    )
    with Holder(room / "child.duckdb") as holder:
        outcome = room.duckalog("run", "catalog.yaml", "--lock-timeout", "1")
        assert outcome.code == 3 and f"PID {holder.pid}" in outcome.err and "waited 1." in outcome.err
        assert "child" in outcome.err and not (room / "catalog.duckdb").exists()
        waiting = room.start("run", "catalog.yaml", "--lock-timeout", "60")
        wait_until(lambda: is_waiting(waiting), "the parent to wait")
        time.sleep(0.3)
        assert waiting.poll() is None
        holder.release()
        code, err = end_of(waiting)
    assert code == 0, err
    assert room.rows("FROM top") == [(2,)]


def test_waiting_for_a_child_ends_when_it_is_interrupted(room):
    room.catalog(("v", "SELECT 1 AS i"), database="child.duckdb", name="child.yaml")
    room.catalog(attachments={"duckalog": [{"alias": "child", "config_path": "child.yaml"}]})
    with Holder(room / "child.duckdb"):
        waiting = room.start("run", "catalog.yaml", "--lock-timeout", "60")
        wait_until(lambda: is_waiting(waiting), "the parent to wait")
        time.sleep(0.5)
        began = time.monotonic()
        waiting.send_signal(signal.SIGINT)
        code, err = end_of(waiting)
        assert time.monotonic() - began < 1
    assert code == 130 and "interrupted" in err, err
    assert not (room / "catalog.duckdb").exists()


@contextlib.contextmanager
def backups(path):
    """A program that makes backups by hard links, again and again: the file changes, but not what is in it."""
    stop = threading.Event()

    def back_up():
        while not stop.is_set():
            os.link(path, f"{path}.backup")
            os.unlink(f"{path}.backup")

    thread = threading.Thread(target=back_up)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("way", [["run", "catalog.yaml"], ["query", "SELECT 1", "-C", "catalog.yaml"]], ids=" ".join)
@pytest.mark.parametrize("content", [[], ["CREATE MACRO f() AS 7", "CREATE SEQUENCE s"]], ids=["empty", "no tables"])
def test_a_catalog_that_was_there_stays_whatever_happens_to_it_while_it_is_opened(room, way, content):
    room.duckdb("catalog.duckdb", *content)
    room.catalog(("v", "SELECT nope"), attachments={"duckdb": [{"alias": "a", "path": "missing.duckdb"}]})
    with backups(room / "catalog.duckdb"):
        for _ in range(3):
            assert room.duckalog(*way).code == 3
            assert (room / "catalog.duckdb").exists()
    assert content == [] or room.look("catalog.duckdb", "SELECT f()") == [(7,)]


# ---- one process ----


def test_of_many_catalogs_of_one_process_on_one_file_one_gets_it(one):
    for round_number in range(10):
        (one / "catalog.duckdb").unlink(missing_ok=True)
        ready = threading.Barrier(6)

        def open_at_once(catalog, ready=ready):
            ready.wait()
            return catalog.open()[0]

        with contextlib.ExitStack() as all_of_them, ThreadPoolExecutor(6) as threads:
            catalogs = [all_of_them.enter_context(Catalog(one / "catalog.yaml")) for _ in range(6)]
            found = sorted(threads.map(open_at_once, catalogs))
            assert found == [lib.OK] + [lib.LOCKED] * 5, round_number
            # Neither the five that failed nor their look at the file have let go of the lock.
            assert one.duckalog("run", "catalog.yaml").code == 3
        assert len(one.views_in()) == 2


def test_catalogs_of_one_process_take_turns_when_they_wait(one):
    def build(number):
        with Catalog(one / "catalog.yaml", lock_timeout_ms=30_000, force_rebuild=number % 2) as catalog:
            return catalog.query("SELECT v.i, w.i FROM v, w")

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(build, range(24))) == [[("1", "2")]] * 24


def test_the_catalog_that_this_process_has_open_is_waited_for(one):
    with Catalog(one / "catalog.yaml") as first, Catalog(one / "catalog.yaml", lock_timeout_ms=60_000) as second:
        first.connection()
        timer = threading.Timer(0.4, first.close)
        timer.start()
        assert second.query("FROM v") == [("1",)]
        timer.join()


# ---- many at once ----

MANY = 20
ROUNDS = 50 if os.environ.get("DUCKALOG_TEST_LONG") == "1" else 5
HELD = re.compile(r"^error: .*(another process has it open: .+ \(PID \d+\)|another process (took the file away|is making it))", re.M)


def start_many(room, *arguments):
    """Some of them build all views again."""
    (room / "catalog.duckdb").unlink(missing_ok=True)
    more = (["--force-rebuild"], [], [], ["--query", "SELECT count(*) FROM v0"])
    return [room.start("run", "catalog.yaml", *more[i % 4], *arguments) for i in range(MANY)]


@pytest.fixture
def wide(room):
    room.catalog(*[(f"v{i}", f"SELECT {i} AS i") for i in range(30)], ("top", "SELECT v0.i + v29.i AS i FROM v0, v29"))
    return room


def assert_whole(room):
    assert len(room.views_in()) == 31
    assert room.look("catalog.duckdb", "FROM top") == [(29,)]
    assert sorted(room.everything()) == ["catalog.duckdb", "catalog.yaml"]


def test_of_twenty_processes_at_once_each_succeeds_or_names_who_has_the_catalog(wide):
    told = 0
    for _ in range(ROUNDS):
        found = [end_of(process, 60) for process in start_many(wide)]
        assert 0 in {code for code, _ in found}
        for code, err in found:
            assert code == 0 or (code == 3 and HELD.search(err)), (code, err)
            told += code == 3
        assert_whole(wide)
    print(f"{ROUNDS} rounds of {MANY}: {told} were told who has the catalog")


def test_of_twenty_processes_at_once_all_succeed_when_they_wait(wide):
    for _ in range(ROUNDS):
        began = time.monotonic()
        found = [end_of(process, 60) for process in start_many(wide, "--lock-timeout", "30")]
        assert [code for code, _ in found] == [0] * MANY, found
        assert_whole(wide)
    print(f"{ROUNDS} rounds of {MANY}: the last one took {time.monotonic() - began:.1f} s")


def test_a_catalog_that_another_process_is_making_is_waited_for(room):
    room.catalog(("v", "SELECT 1 AS i"))
    # As a process has it that was stopped in the midst of it.
    folder = os.open(room.folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    room.write("catalog.duckdb.duckalog-new", b"")
    told = room.duckalog("run", "catalog.yaml")
    assert told.code == 3
    assert "another process is making it, or has a lock on its folder" in told.err
    assert "--lock-timeout" in told.err
    waiting = room.start("run", "catalog.yaml", "--lock-timeout", "30")
    time.sleep(0.2)
    assert sorted(room.everything()) == ["catalog.duckdb.duckalog-new", "catalog.yaml"]
    os.close(folder)
    assert end_of(waiting, 30)[0] == 0
    assert sorted(room.everything()) == ["catalog.duckdb", "catalog.yaml"]


def test_of_ten_processes_with_one_child_all_succeed_when_they_wait(room):
    for _ in range(max(1, ROUNDS // 5)):
        (room / "child.duckdb").unlink(missing_ok=True)
        room.catalog(("v", "SELECT 1 AS i"), database="child.duckdb", name="child.yaml")
        for number in range(10):
            (room / f"{number}.duckdb").unlink(missing_ok=True)
            attachments = {"duckalog": [{"alias": "child", "config_path": "child.yaml"}]}
            room.catalog(
                ("top", "FROM child.v"), database=f"{number}.duckdb", name=f"{number}.yaml", attachments=attachments
            )
        running = [room.start("run", f"{number}.yaml", "--lock-timeout", "30") for number in range(10)]
        found = [end_of(process, 60) for process in running]
        assert [code for code, _ in found] == [0] * 10, found
        assert room.look("child.duckdb", "FROM v") == [(1,)]
