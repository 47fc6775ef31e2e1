"""
Killed at any moment: whatever the program was about to write, the catalog is wholly the old one or wholly the new one,
everybody can open it, and the next run ends as if nothing had happened.

The program runs with tests/fault/stop_at.c, which counts what it does to files. Here a sample of the places is taken;
with DUCKALOG_TEST_LONG=1 (make test-kills) each of them, and many more kills at moments of chance.
"""

import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import LIBRARY, Room

SHIM = LIBRARY.parent / "tests/fault/stop_at.so"
LONG = os.environ.get("DUCKALOG_TEST_LONG") == "1"
RANDOM_KILLS = 500 if LONG else 6
KILLED = -9


# ---- what is run ----


def views(number, of=12):
    made = [{"name": f"v{i}", "sql": f"SELECT {number} AS n, {i} AS i, {'x' * 400!r} AS x"} for i in range(of)]
    made += [{"name": f"over{i}", "db_schema": "s", "sql": f"SELECT n, i FROM v{i}"} for i in range(3)]
    return made


SECRET = {"type": "http", "name": "kept", "bearer_token": "a-bearer-token", "persistent": True}


def first_build(room):
    room.catalog(*views(1), duckdb={"settings": ["SET threads = 1"]})


def rebuild(room):
    """Of a catalog with tables and views of the user's own in it."""
    room.catalog(*views(1))
    room.run()
    room.duckdb(
        "catalog.duckdb",
        "CREATE SCHEMA mine",
        "CREATE TABLE mine.t AS SELECT i, repeat('y', 50) AS y FROM range(20000) r(i)",
        "CREATE VIEW mine.v AS SELECT count(*) AS n FROM mine.t",
        "CREATE TABLE u (i INTEGER PRIMARY KEY)",
        "INSERT INTO u VALUES (1), (2)",
    )
    room.catalog(*views(2))


def more_views(room):
    """Incremental: some are there."""
    room.catalog(*views(1)[:6])
    room.run()
    room.duckdb("catalog.duckdb", "CREATE TABLE u (i INTEGER)", "INSERT INTO u VALUES (1), (2)")
    room.catalog(*views(1))


def secret(room):
    room.catalog(*views(1, of=3), duckdb={"secrets": [SECRET]})


def nested(room):
    room.catalog(*views(1, of=3), database="deeper/child.duckdb", name="child.yaml")
    room.catalog(
        {"name": "top", "sql": "SELECT n FROM child.v1"},
        attachments={"duckalog": [{"alias": "child", "config_path": "child.yaml"}]},
    )


def nested_rebuild(room):
    nested(room)
    room.run()
    room.duckdb("deeper/child.duckdb", "CREATE TABLE u (i INTEGER)", "INSERT INTO u VALUES (1), (2)")
    room.catalog(*views(2, of=3), database="deeper/child.duckdb", name="child.yaml")


SCENARIOS = {
    "first build": (first_build, []),
    "rebuild": (rebuild, ["--force-rebuild"]),
    "more views": (more_views, []),
    "persistent secret": (secret, []),
    "nested": (nested, []),
    "nested rebuild": (nested_rebuild, ["--force-rebuild"]),
}


# ---- what is there ----


@dataclass
class State:
    views: dict  # of each database file: its views by name; a file that is not there has none
    tables: dict
    secrets: dict
    files: list


def look_into(path):
    with duckdb.connect(str(path)) as connection:
        found = connection.execute(
            "SELECT schema_name || '.' || view_name, sql FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        tables = {name: connection.execute(f"SELECT count(*), sum(i) FROM {name}").fetchall() for [name] in names}
        for name, sql in found:
            if "child." not in sql:  # which is not attached here
                connection.execute(f"SELECT * FROM {name} LIMIT 0")
    return dict(found), tables


def state_of(folder):
    """By DuckDB's own Python module, on a copy: what it does when it opens a file is left to the next run."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    found = State({}, {}, {}, [])
    try:
        for path in sorted(copy.rglob("*")):
            name = str(path.relative_to(copy))
            if path.is_file():
                found.files.append(name)
            if path.suffix == ".duckdb":
                found.views[name], found.tables[name] = look_into(path)
            if path.suffix == ".duckdb_secret":
                found.secrets[name] = path.read_bytes()
    finally:
        shutil.rmtree(copy)
    return found


class Killing:
    """One scenario, prepared once; killed many times, each time in a copy."""

    def __init__(self, folder, name):
        prepare, self.arguments = SCENARIOS[name]
        self.folder = folder / "run"
        self.template = folder / "template"
        self.template.mkdir()
        prepare(Room(self.template))
        self.old = state_of(self.template)
        self.trace = folder / "trace"
        began = time.monotonic()
        assert self.run({"STOP_AT_TRACE": str(self.trace)}) == 0
        self.seconds = time.monotonic() - began
        self.new = state_of(self.folder)
        self.calls = [line.split()[1:] for line in self.trace.read_text().splitlines()]

    def start(self, env):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder)
        shim = {"LD_PRELOAD": str(SHIM), "STOP_AT_FOLDER": str(self.folder), **env}
        return Room(self.folder).start("run", "catalog.yaml", *self.arguments, env=shim)

    def run(self, env):
        process = self.start(env)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (0, KILLED), err
        return process.returncode

    def check(self, what):
        """After a kill: wholly one or the other; and after another run: as if there had been none."""
        state = state_of(self.folder)
        for name in set(self.new.views) | set(state.views):
            there, before = state.views.get(name, {}), self.old.views.get(name, {})
            assert there in (before, self.new.views[name]), f"{what}: {name} is half made"
        for name, tables in self.old.tables.items():
            assert state.tables[name] == tables, f"{what}: tables of {name}"
        again = Room(self.folder).duckalog("run", "catalog.yaml", *self.arguments)
        assert again.code == 0, f"{what}: {again.err}"
        after = state_of(self.folder)
        assert after.views == self.new.views, what
        assert after.tables == self.new.tables, what
        assert after.secrets == self.new.secrets, what
        # DuckDB writes a secret under another name first, and does not look after it any more.
        assert [name for name in after.files if ".duckdb_secret.tmp-" not in name] == self.new.files, what


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_any_change_of_a_file_nothing_is_half_made(tmp_path, name):
    killing = Killing(tmp_path, name)
    assert len(killing.calls) > 8
    killed = 0
    places = [(n, how) for n in range(1, len(killing.calls) + 1) for how in ("before", "after", "torn")]
    places = [(n, how) for n, how in places if how != "torn" or "write" in killing.calls[n - 1][0]]
    for n, how in places if LONG else places[len(name) % 7 :: 7]:
        killed += killing.run({"STOP_AT": str(n), "STOP_AT_MODE": how}) == KILLED
        killing.check(f"{name}: killed {how} {n}: {' '.join(killing.calls[n - 1])}")
    print(f"{name}: {len(killing.calls)} places, {killed} kills")
    assert killed > 0


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_at_any_moment_nothing_is_half_made(tmp_path, name):
    killing = Killing(tmp_path, name)
    chance = random.Random(name)
    kills = 0
    while kills < RANDOM_KILLS / len(SCENARIOS):
        process = killing.start({})
        moment = chance.uniform(0, killing.seconds)
        time.sleep(moment)
        process.kill()
        process.communicate(timeout=60)
        kills += process.returncode == KILLED
        killing.check(f"{name}: killed after {moment * 1e3:.1f} ms")
    print(f"{name}: {kills} kills at moments of chance")


def test_remains_of_a_killed_birth_are_taken_away_and_files_of_others_are_not(room):
    room.catalog(("v", "SELECT 1 AS i"))
    for remains in (b"", b"\0" * 4096, b"half of a header"):
        room.write("catalog.duckdb.duckalog-new", remains)
        room.run()
        assert sorted(room.everything()) == ["catalog.duckdb", "catalog.yaml"]
        (room / "catalog.duckdb").unlink()
    room.write("catalog.duckdb.duckalog-new", "something of the user's\n" * 1000)
    room.run()
    assert sorted(room.everything()) == ["catalog.duckdb", "catalog.duckdb.duckalog-new", "catalog.yaml"]
    assert room.look("catalog.duckdb", "FROM v") == [(1,)]


def test_the_log_of_a_catalog_that_is_gone_is_not_taken_for_that_of_the_new_one(room):
    room.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"))
    killing = {"LD_PRELOAD": str(SHIM), "STOP_AT_FOLDER": str(room.folder), "STOP_AT_MODE": "before"}
    room.run(env={**killing, "STOP_AT_TRACE": str(room / "home/trace")})
    calls = (room / "home/trace").read_text().splitlines()
    n = [line.split()[0] for line in calls if line.endswith("unlink " + str(room / "catalog.duckdb.wal"))][-1]
    (room / "catalog.duckdb").unlink()
    assert room.duckalog("run", "catalog.yaml", env={**killing, "STOP_AT": n}).code == KILLED
    assert Path(room / "catalog.duckdb.wal").stat().st_size > 0
    (room / "catalog.duckdb").unlink()
    room.catalog(("v", "SELECT 'new' AS i"))
    room.run()
    assert room.look("catalog.duckdb", "FROM v") == [("new",)]
    assert set(room.views_in()) == {("main", "v")}
