"""
A machine that has no more to give: no space, no descriptors, no right to write, a clock that jumps. Each ends with a
clear error and with nothing lost, and what went wrong once goes well when there is enough again.
"""

import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from conftest import LIBRARY, PROGRAM, Room, wait_until
from test_files import as_nobody, can_load_libduckdb
from test_kills import LONG, SCENARIOS, SHIM, Killing, state_of
from test_processes import Holder, is_waiting

CLOCK = LIBRARY.parent / "tests/fault/clock_jumps.so"
NO_SPACE = re.compile(r"^error: .*(No space left|File too large|could not write|can't be created)", re.I | re.M)


def limited(kind, most):
    """For a child process: a limit of its own."""
    return {"preexec_fn": lambda: resource.setrlimit(kind, (most, most))}


# ---- no space left ----


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_disk_that_gets_full_at_any_write_is_told_and_harms_nothing(tmp_path, name):
    killing = Killing(tmp_path, name)
    needs = re.compile("open|write|mkdir")
    writes = [n for n, call in enumerate(killing.calls, 1) if needs.search(call[0])]
    told = 0
    for n in writes if LONG else writes[:: max(1, len(writes) // 4)]:
        process = killing.start({"STOP_AT": str(n), "STOP_AT_MODE": "full"})
        _, err = process.communicate(timeout=60)
        what = f"{name}: full from {n} on: {' '.join(killing.calls[n - 1])}: {err.decode()}"
        # At its very end the catalog is there: DuckDB puts off what it can't write to when it is opened next.
        assert process.returncode in (0, 3), what
        told += process.returncode == 3
        if process.returncode == 3:
            assert NO_SPACE.search(err.decode()), what
            if not killing.old.views:
                assert not (killing.folder / "catalog.duckdb").exists(), what
        killing.check(what)
    assert told > 0


@pytest.mark.parametrize("most", [0, 1, 4096, 6000, 12288, 13000])
def test_a_limit_on_the_size_of_files_is_told_and_harms_nothing(tmp_path, most):
    killing = Killing(tmp_path, "first build")
    shutil.rmtree(killing.folder)
    shutil.copytree(killing.template, killing.folder)
    room = Room(killing.folder)
    outcome = room.duckalog("run", "catalog.yaml", **limited(resource.RLIMIT_FSIZE, most))
    assert outcome.code == 3 and NO_SPACE.search(outcome.err), outcome
    assert list(room.everything()) == ["catalog.yaml"]
    killing.check(f"files of up to {most} bytes")


def test_a_limit_on_the_size_of_files_leaves_a_catalog_as_it_was(tmp_path):
    killing = Killing(tmp_path, "rebuild")
    for most in (1, 1000, 5000):
        shutil.rmtree(killing.folder)
        shutil.copytree(killing.template, killing.folder)
        outcome = Room(killing.folder).duckalog(
            "run", "catalog.yaml", "--force-rebuild", **limited(resource.RLIMIT_FSIZE, most)
        )
        assert outcome.code == 3 and NO_SPACE.search(outcome.err), outcome
        assert state_of(killing.folder).views == killing.old.views
        killing.check(f"files of up to {most} bytes")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few kilobytes; who may not mount one has the tests above."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "none", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no right to mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_of_32_kilobytes_is_told_when_it_is_full(room, small_disk):
    room.catalog(*[(f"v{i}", f"SELECT {'x' * 2000!r} AS x") for i in range(30)], database="disk/catalog.duckdb")
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "No space left" in outcome.err, outcome
    assert list(small_disk.iterdir()) == []
    room.catalog(("v", "SELECT 1 AS i"), database="disk/catalog.duckdb")
    room.run()
    assert room.rows("FROM v") == [(1,)]
    room.catalog(*[(f"v{i}", f"SELECT {'x' * 2000!r} AS x") for i in range(30)], database="disk/catalog.duckdb")
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "No space left" in outcome.err, outcome
    assert set(room.views_in("disk/catalog.duckdb")) == {("main", "v")}


# ---- no descriptors left ----


def test_few_descriptors_are_enough_or_their_want_is_told(room):
    room.catalog(("v", "SELECT 1 AS i"), database="child.duckdb", name="child.yaml")
    room.catalog(
        ("top", "SELECT i FROM child.v"), attachments={"duckalog": [{"alias": "child", "config_path": "child.yaml"}]}
    )
    codes = []
    for most in range(3, 24):
        for name in ("catalog.duckdb", "child.duckdb"):
            (room / name).unlink(missing_ok=True)
        outcome = room.duckalog("run", "catalog.yaml", **limited(resource.RLIMIT_NOFILE, most))
        codes.append(outcome.code)
        if outcome.code != 0:
            assert outcome.code in (2, 3, 127), outcome  # 127: not even the program's own libraries could be read
            assert re.search(r"Too many open files|cannot open shared object|libduckdb", outcome.err), outcome
            assert not (room / "catalog.duckdb").exists()
        else:
            assert room.look("catalog.duckdb", "SELECT count(*) FROM duckdb_views() WHERE view_name = 'top'") == [(1,)]
        assert {name for name in room.everything()} <= {"catalog.yaml", "child.yaml", "catalog.duckdb", "child.duckdb"}
    assert codes[0] != 0 and codes[-1] == 0
    assert codes == sorted(codes, key=lambda code: code == 0), "once there are enough, more do no harm"


# ---- no right to write ----


@pytest.fixture
def shared_room():
    """A room that everybody may look into, with a catalog in it, and the program as everybody can run it."""
    folder = Path(tempfile.mkdtemp(prefix="duckalog-limits-"))
    folder.chmod(0o755)
    room = Room(folder)
    (folder / "home").chmod(0o777)
    (folder / "db").mkdir()
    room.catalog(("v", "SELECT 1 AS i"), database="db/catalog.duckdb")
    room.run()
    room.program = folder / "duckalog"
    shutil.copy(PROGRAM, room.program)
    if not can_load_libduckdb(room, room.program):
        pytest.skip("another user cannot read this machine's libduckdb")
    yield room
    (folder / "db").chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("closed", ["db", "db/catalog.duckdb"])
def test_a_catalog_that_may_not_be_written_can_be_read_and_stays_as_it_is(shared_room, closed):
    room = shared_room
    (room / "db").chmod(0o777)
    (room / "db/catalog.duckdb").chmod(0o666)
    (room / closed).chmod(0o555)
    room.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"), database="db/catalog.duckdb")
    before = room.everything()
    for arguments in ([], ["--force-rebuild"]):
        outcome = room.duckalog("run", "catalog.yaml", *arguments, program=room.program, **as_nobody())
        assert outcome.code == 3, outcome
        assert "db/catalog.duckdb" in outcome.err and "ermission denied" in outcome.err, outcome
        assert room.everything() == before
    assert room.rows("FROM v", "--read-only", program=room.program, **as_nobody()) == [(1,)]
    assert room.everything() == before


def test_a_folder_that_may_not_be_made_is_told_with_the_reason(shared_room):
    room = shared_room
    room.catalog(("v", "SELECT 1 AS i"), database="db/deeper/catalog.duckdb")
    outcome = room.duckalog("run", "catalog.yaml", program=room.program, **as_nobody())
    assert outcome.code == 3, outcome
    assert re.search(r"the folder .*db/deeper can't be created: Permission denied", outcome.err), outcome


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_an_attachment_that_may_not_be_made_is_told(shared_room, kind):
    room = shared_room
    attachment = {"alias": "made", "path": "db/made.db", "read_only": False}
    room.catalog(("v", "SELECT 1 AS i"), database=":memory:", attachments={kind: [attachment]})
    before = room.everything()
    outcome = room.duckalog("run", "catalog.yaml", program=room.program, **as_nobody())
    assert outcome.code == 3 and "its folder can't be written to" in outcome.err, outcome
    assert "will be created" not in outcome.err and room.everything() == before


# ---- a clock that jumps ----


def test_a_clock_that_jumps_changes_neither_what_is_built_nor_how_long_is_waited(room):
    jumping = {"LD_PRELOAD": str(CLOCK)}
    room.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"))
    for arguments in ([], [], ["--force-rebuild"]):
        outcome = room.run(*arguments, env=jumping)
        assert re.search(r", \d{1,4} ms$", outcome.out.strip()), outcome.out
    assert room.rows("SELECT v.i, w.i FROM v, w", env=jumping) == [(1, 2)]
    with Holder(room / "catalog.duckdb") as holder:
        began = time.monotonic()
        outcome = room.duckalog("run", "catalog.yaml", "--lock-timeout", "1", env=jumping)
        assert outcome.code == 3 and "waited 1." in outcome.err, outcome
        assert 1 <= time.monotonic() - began < 10
        waiting = room.start("run", "catalog.yaml", "--lock-timeout", "60", env=jumping)
        wait_until(lambda: is_waiting(waiting), "the other process to wait")
        time.sleep(0.3)
        assert waiting.poll() is None
        holder.release()
        _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, err
