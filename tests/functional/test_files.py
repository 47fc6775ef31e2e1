"""Files that are not what they should be: told by name, and never changed or lost."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import PROGRAM, Room, need_extension

NOT_A_DATABASE = {
    "text": b"this is not a database, although it is long enough to be one\n" * 100,
    "zero bytes": b"",
    "a few bytes": b"DUCK",
    "a SQLite header": b"SQLite format 3\0" + bytes(4096),
    "zeros": bytes(65536),
    "damaged": None,  # a real one, its header spoilt
}

WAYS = [
    ["run", "catalog.yaml"],
    ["run", "catalog.yaml", "--force-rebuild"],
    ["run", "catalog.yaml", "--read-only"],
    ["build", "catalog.yaml"],
    ["query", "SELECT 1", "-c", "catalog.duckdb"],
    ["query", "SELECT 1", "-C", "catalog.yaml"],
]


@pytest.fixture
def one(room):
    room.catalog(("v", "SELECT 1 AS i"))
    return room


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
@pytest.mark.parametrize("content", NOT_A_DATABASE)
def test_a_file_that_is_no_duckdb_database_is_named_and_left_alone(one, content, way):
    if content == "damaged":
        one.run()
        with (one / "catalog.duckdb").open("r+b") as file:
            file.seek(12)
            file.write(b"\xff" * 4096)
    else:
        one.write("catalog.duckdb", NOT_A_DATABASE[content])
    before = one.everything()
    outcome = one.duckalog(*way)
    assert outcome.code == 3
    assert "catalog.duckdb" in outcome.err
    assert outcome.out == ""
    assert one.everything() == before


@pytest.mark.parametrize("way", WAYS[:4], ids=" ".join)
def test_a_database_cut_short_is_named_and_left_alone(one, way):
    one.run()
    content = (one / "catalog.duckdb").read_bytes()
    one.write("catalog.duckdb", content[: 3 * 4096 + 100])
    before = one.everything()
    outcome = one.duckalog(*way)
    assert outcome.code == 3 and "catalog.duckdb" in outcome.err
    assert one.everything() == before


HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=len(sys.argv) > 2)
print("held", flush=True)
sys.stdin.read()
"""


def holder(room, *read_only):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, room / "catalog.duckdb", *read_only], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    return process


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_catalog_that_another_process_holds_is_named_with_that_process(one, way):
    one.run()
    with holder(one) as other:
        outcome = one.duckalog(*way, timeout=10)
        other.stdin.close()
    assert outcome.code == 3
    assert "catalog.duckdb" in outcome.err and f"PID {other.pid}" in outcome.err
    assert outcome.out == ""
    assert len([line for line in outcome.err.splitlines() if line.startswith("error:")]) == 1
    assert one.rows("FROM v") == [(1,)]


def test_readers_share_a_catalog(one):
    one.run()
    with holder(one, "read-only") as other:
        assert one.rows("FROM v", "--read-only") == [(1,)]
        assert one.duckalog("query", "FROM v").code == 0
        assert "--read-only" in one.duckalog("run", "catalog.yaml").err
        other.stdin.close()


def test_a_missing_catalog_is_not_created_in_read_only_mode(one):
    for way in (
        ["run", "catalog.yaml", "--read-only"],
        ["run", "catalog.yaml", "--read-only", "--db-path", "a/b.duckdb"],
    ):
        outcome = one.duckalog(*way)
        assert outcome.code == 3
        assert way[-1] in outcome.err or "catalog.duckdb" in outcome.err
        assert list(one.everything()) == ["catalog.yaml"]


def test_parent_folders_are_created_with_the_users_usual_rights(one):
    one.catalog(("v", "SELECT 1 AS i"), database="a/b/c/catalog.duckdb")
    mask = os.umask(0o027)
    try:
        one.run()
    finally:
        os.umask(mask)
    assert [(one / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/b/c")] == [0o750] * 3
    assert one.look("a/b/c/catalog.duckdb", "FROM v") == [(1,)]


def test_a_file_where_a_folder_should_be_is_named(one):
    one.write("plain", "a file\n")
    one.catalog(("v", "SELECT 1 AS i"), database="plain/catalog.duckdb")
    before = one.everything()
    outcome = one.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and str(one / "plain") in outcome.err
    assert one.everything() == before


def test_a_folder_or_pipe_in_place_of_the_catalog_is_named(one):
    (one / "folder").mkdir()
    os.mkfifo(one / "pipe")
    for name in ("folder", "pipe", "/dev/null"):
        outcome = one.duckalog("run", "catalog.yaml", "--db-path", name, timeout=5)
        assert outcome.code == 3 and name in outcome.err


def test_a_link_that_leads_nowhere_is_named_and_stays(one):
    (one / "catalog.duckdb").symlink_to("gone/catalog.duckdb")
    outcome = one.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and "catalog.duckdb" in outcome.err
    assert (one / "catalog.duckdb").is_symlink() and not (one / "gone").exists()


def test_a_catalog_behind_a_link_is_used(one):
    (one / "far").mkdir()
    one.run("--db-path", "far/real.duckdb")
    (one / "catalog.duckdb").symlink_to("far/real.duckdb")
    assert "1 kept" in one.run().out
    assert (one / "catalog.duckdb").is_symlink()


# ---- folders that cannot be written ----


def as_nobody():
    """Root may write everywhere: the program is run as somebody else then."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture
def closed():
    """A room that everybody may look into; the catalog goes to a folder in it that nobody may write."""
    folder = Path(tempfile.mkdtemp(prefix="duckalog-closed-"))
    folder.chmod(0o755)
    room = Room(folder)
    (folder / "home").chmod(0o777)
    (folder / "db").mkdir()
    room.catalog(("v", "SELECT 1 AS i"), database="db/catalog.duckdb")
    yield room
    (folder / "db").chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def program_for_all(closed):
    """A copy of the program: the folder that it is built in may be closed to others."""
    shutil.copy(PROGRAM, closed / "duckalog")
    (closed / "duckalog").chmod(0o755)
    return closed / "duckalog"


def can_load_libduckdb(room, program):
    return room.duckalog("run", "catalog.yaml", "--db-path", ":memory:", program=program, **as_nobody()).code == 0


def test_a_folder_that_cannot_be_written_is_named(closed, program_for_all):
    if not can_load_libduckdb(closed, program_for_all):
        pytest.skip("another user cannot read this machine's libduckdb")
    (closed / "db").chmod(0o555)
    before = closed.everything()
    outcome = closed.duckalog("run", "catalog.yaml", program=program_for_all, **as_nobody())
    assert outcome.code == 3
    assert str(closed / "db") in outcome.err and "ermission denied" in outcome.err
    assert closed.everything() == before


def test_a_catalog_in_a_closed_folder_can_still_be_read(closed, program_for_all):
    if not can_load_libduckdb(closed, program_for_all):
        pytest.skip("another user cannot read this machine's libduckdb")
    assert closed.duckalog("run", "catalog.yaml").code == 0
    (closed / "db" / "catalog.duckdb").chmod(0o444)
    (closed / "db").chmod(0o555)
    outcome = closed.duckalog(
        "run", "catalog.yaml", "--read-only", "-q", "FROM v", "--format", "csv", program=program_for_all, **as_nobody()
    )
    assert (outcome.code, outcome.out) == (0, "i\n1\n"), outcome.err
    closed.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"), database="db/catalog.duckdb")
    before = closed.everything()
    outcome = closed.duckalog("run", "catalog.yaml", program=program_for_all, **as_nobody())
    assert outcome.code == 3 and "catalog.duckdb" in outcome.err and "ermission denied" in outcome.err
    assert closed.everything() == before


# ---- a disk that is full ----


@pytest.fixture
def tiny_disk(room):
    """A file system of a few hundred KiB in the room."""
    disk = room / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk, leave):
    """Leaves so many bytes free."""
    size = os.statvfs(disk)
    with (disk / "filler").open("wb") as file:
        file.write(bytes(size.f_bavail * size.f_frsize - leave))


def many(count, database):
    return {
        "version": 1,
        "duckdb": {"database": database},
        "views": [{"name": f"v{i}", "sql": f"SELECT {i} AS i, '{'x' * 2000}' AS s"} for i in range(count)],
    }


@pytest.mark.parametrize("leave", [0, 4096, 16384, 65536])
def test_a_first_build_on_a_full_disk_leaves_nothing(room, tiny_disk, leave):
    room.config(many(400, "disk/new/catalog.duckdb"))
    fill(tiny_disk, leave)
    before = room.everything()
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3, outcome.err
    assert "catalog.duckdb" in outcome.err
    assert room.everything() == before


@pytest.mark.parametrize("arguments", [[], ["--force-rebuild"]])
@pytest.mark.parametrize("leave", [0, 32768])
def test_a_catalog_on_a_full_disk_stays_as_it_was(room, tiny_disk, leave, arguments):
    room.config(many(3, "disk/catalog.duckdb"))
    room.run()
    views = room.views_in("disk/catalog.duckdb")
    room.config(many(600, "disk/catalog.duckdb"))
    fill(tiny_disk, leave)
    outcome = room.duckalog("run", "catalog.yaml", *arguments)
    assert outcome.code == 3, outcome.err
    assert "catalog.duckdb" in outcome.err
    (tiny_disk / "filler").unlink()
    assert room.views_in("disk/catalog.duckdb") == views
    # With room again, it goes on from there.
    room.config(many(5, "disk/catalog.duckdb"))
    assert "2 created, 3 kept" in room.run().out


# ---- configs ----


@pytest.mark.parametrize(
    "name, make",
    [
        ("missing.yaml", lambda path: None),
        ("folder.yaml", lambda path: path.mkdir()),
        ("pipe.yaml", os.mkfifo),
        ("empty.yaml", lambda path: path.write_text("")),
        ("list.yaml", lambda path: path.write_text("[1, 2]\n")),
        ("bytes.yaml", lambda path: path.write_bytes(b"version: \xff\n")),
        ("zeros.yaml", lambda path: path.write_bytes(bytes(100))),
        ("broken.json", lambda path: path.write_text('{"version": 1,}')),
        ("loop.yaml", lambda path: path.symlink_to("loop.yaml")),
        ("bomb.yaml", lambda path: path.write_text(
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"{c}: &{c} [{', '.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)))),
        ("cycle.yaml", lambda path: path.write_text("version: 1\nduckdb: &a {x: *a}\n")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["run", "validate", "generate-sql"])
def test_what_is_no_config_is_named(room, command, name, make):
    make(room / name)
    before = sorted(os.listdir(room.folder))
    outcome = room.duckalog(command, name, timeout=5)
    assert outcome.code == 2, outcome.err
    assert name in outcome.err and outcome.out == ""
    assert len(outcome.err.splitlines()) <= 3
    assert sorted(os.listdir(room.folder)) == before


def test_a_device_is_no_config(room):
    for name in ("/dev/null", "/dev/zero"):
        outcome = room.duckalog("validate", name, timeout=5)
        assert outcome.code == 2 and name in outcome.err


# ---- attachments ----

ATTACHED = {
    "missing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "zero bytes": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a database\n" * 1000),
    "link to nowhere": lambda path: path.symlink_to("nowhere"),
    "loop": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("what", ATTACHED)
@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_an_attachment_that_is_no_database_is_named_at_once(room, kind, what):
    need_extension("sqlite_scanner")
    ATTACHED[what](room / "file.db")
    room.duckdb("good.duckdb", "CREATE TABLE t (i INT)")
    attachments = {"duckdb": [{"alias": "good", "path": "good.duckdb"}]}
    attachments.setdefault(kind, []).append({"alias": "odd", "path": "file.db"})
    room.catalog(("v", "SELECT 1"), attachments=attachments)
    before = sorted(os.listdir(room.folder))
    outcome = room.duckalog("run", "catalog.yaml", timeout=5)
    assert outcome.code == 3
    assert f"attach: odd ({kind}): " in outcome.err and str(room / "file.db") in outcome.err
    assert "catalog.yaml:" in outcome.err  # and where in the config
    if what in ("folder", "pipe"):
        assert "not a regular file" in outcome.err
    assert sorted(os.listdir(room.folder)) == before


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_device_is_no_attachment(room, kind):
    room.catalog(("v", "SELECT 1"), attachments={kind: [{"alias": "odd", "path": "/dev/zero"}]})
    outcome = room.duckalog("run", "catalog.yaml", timeout=5)
    assert outcome.code == 3 and "/dev/zero" in outcome.err


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_missing_attachment_that_may_be_written_is_created(room, kind):
    need_extension("sqlite_scanner")
    room.catalog(("v", "SELECT 1 AS i"), attachments={kind: [{"alias": "new", "path": "new.db", "read_only": False}]})
    assert "does not exist and will be created" in room.run().err
    room.run("-q", "CREATE TABLE new.t AS SELECT 5 AS i")
    assert room.rows("FROM new.t") == [(5,)]


@pytest.mark.parametrize("alias", ["catalog", "CATALOG", "temp", "system", "main"])
def test_an_alias_that_duckdb_needs_itself_is_refused(room, alias):
    room.duckdb("d.duckdb", "CREATE TABLE t (i INT)")
    room.catalog(("v", "SELECT 1"), attachments={"duckdb": [{"alias": alias, "path": "d.duckdb"}]})
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 2 and "attachments.duckdb[0].alias" in outcome.err
    assert "catalog.duckdb" not in os.listdir(room.folder)


def test_the_catalog_cannot_be_attached_to_itself(room):
    room.catalog(("v", "SELECT 1"))
    room.run()
    room.catalog(("v", "SELECT 1"), attachments={"duckdb": [{"alias": "me", "path": "./catalog.duckdb"}]})
    before = room.everything()
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 2 and "attachments.duckdb[0].path" in outcome.err
    assert room.everything() == before


def test_an_attachment_that_another_process_writes_is_named(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t (i INT)")
    room.catalog(
        ("v", "SELECT 1"), database="own.duckdb", attachments={"duckdb": [{"alias": "busy", "path": "catalog.duckdb"}]}
    )
    with holder(room) as other:
        outcome = room.duckalog("run", "catalog.yaml")
        other.stdin.close()
    assert outcome.code == 3
    assert "attach: busy (duckdb): " in outcome.err and f"PID {other.pid}" in outcome.err
    assert not (room / "own.duckdb").exists()


@pytest.mark.parametrize(
    "uri",
    ["../outside.parquet", "data/../../outside.parquet", "link/outside.parquet"],
)
def test_a_relative_path_of_a_view_stays_below_the_configs_folder(room, uri):
    room.data("outside.parquet", "SELECT 1 AS i")
    (room / "in" / "data").mkdir(parents=True)
    (room / "in" / "link").symlink_to("..")
    room.catalog({"name": "v", "source": "parquet", "uri": uri}, name="in/catalog.yaml")
    outcome = room.duckalog("run", "in/catalog.yaml")
    assert outcome.code == 2 and "views[0].uri" in outcome.err
