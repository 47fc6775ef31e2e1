"""
What the functional tests share: a room (a folder of its own for each test, with makers of data and a way to call the
program in it) and real servers for all of them (servers.py).

The Makefile says where things are: DUCKALOG_PROGRAM, DUCKALOG_TEST_EXTENSIONS, DUCKALOG_TEST_DUCKDB_CLI.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from servers import TIMEOUT_S, azure_server, postgres_server, s3_server, sftp_server, wait_until
from web import authority as new_authority
from web import web_server

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("DUCKALOG_PROGRAM", REPOSITORY / "build-dev/duckalog"))
LIBRARY = PROGRAM.parent / "libduckalog.so"
EXTENSIONS = Path(os.environ.get("DUCKALOG_TEST_EXTENSIONS", REPOSITORY / ".deps/extensions"))
DUCKDB_CLI = Path(os.environ.get("DUCKALOG_TEST_DUCKDB_CLI", REPOSITORY / ".deps/venv/bin/duckdb"))

# Tests that need it say so in their module: pytestmark = needs_remote.
WITH_REMOTE = "DUCKALOG_WITH_REMOTE:BOOL=OFF" not in (PROGRAM.parent / "CMakeCache.txt").read_text()
needs_remote = pytest.mark.skipif(not WITH_REMOTE, reason="the program was built without remote support")


# ---- watching ----


def cpu_seconds(pid):
    """How long a process has been computing."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- calling the program ----


@dataclass
class Outcome:
    code: int
    out: str
    err: str


def environment_of(folder):
    """Nothing of the machine's user: home, caches and temporary files are in the folder."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local"),
        "DUCKALOG_EXTENSION_DIRECTORY": str(EXTENSIONS),
    }


def in_json(value):
    # Without escapes for what JSON would write as two surrogates: YAML has no such thing.
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class Room:
    """A test's own folder."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = environment_of(folder)

    def __truediv__(self, name):
        return self.folder / name

    # -- the program --

    def start(self, *arguments, program=PROGRAM, cwd=None, env=None, **popen):
        """Starts the program; the caller talks to it."""
        return subprocess.Popen(
            [str(program), *map(str, arguments)],
            cwd=cwd or self.folder,
            env={**self.environment, **(env or {})},
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen},
        )

    def duckalog(self, *arguments, stdin="", timeout=TIMEOUT_S, **options):
        """Runs the program to its end."""
        process = self.start(*arguments, stdin=subprocess.PIPE, **options)
        try:
            out, err = process.communicate(stdin.encode(), timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            pytest.fail(f"duckalog {' '.join(map(str, arguments))}: still there after {timeout} s; {err.decode()}")
        # Text without a stream of its own (a file was given) is empty.
        return Outcome(process.returncode, (out or b"").decode(), (err or b"").decode())

    def run(self, *arguments, **options):
        """`duckalog run` of the room's config, which has to work."""
        outcome = self.duckalog("run", "catalog.yaml", *arguments, **options)
        assert outcome.code == 0, outcome.err
        return outcome

    def results(self, sql, *arguments, config="catalog.yaml", **options):
        """The results of some SQL with `duckalog run`: of each query its rows, as tuples of what JSON can hold."""
        outcome = self.duckalog("run", config, "--format", "json", "--query", sql, *arguments, **options)
        assert outcome.code == 0, outcome.err
        found, rest = [], outcome.out
        while rest.strip():
            rows, end = json.JSONDecoder().raw_decode(rest.lstrip())
            found.append([tuple(row.values()) for row in rows])
            rest = rest.lstrip()[end:]
        return found

    def rows(self, sql, *arguments, **options):
        """The same for one query."""
        [rows] = self.results(sql, *arguments, **options)
        return rows

    # -- data --

    def write(self, name, content):
        path = self / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def config(self, content, name="catalog.yaml"):
        """Text as it is; anything else as JSON, which is YAML too."""
        return self.write(name, content if isinstance(content, str) else in_json(content))

    def catalog(self, *views, database="catalog.duckdb", name="catalog.yaml", **top):
        """A config of views given as (name, sql) or as mappings."""
        views = [view if isinstance(view, dict) else {"name": view[0], "sql": view[1]} for view in views]
        section = {"database": database, **top.pop("duckdb", {})}
        return self.config({"version": 1, "duckdb": section, **top, "views": views}, name)

    def data(self, name, query, options=""):
        """Writes a query's rows to a file with DuckDB: Parquet, CSV or JSON by the name's ending."""
        path = self / name
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(f"COPY ({query}) TO '{path}' {options}")
        return path

    @staticmethod
    def count_of(path):
        """How many rows a file has."""
        return duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchone()[0]

    def duckdb(self, name, *statements):
        """Makes or changes a DuckDB file, by DuckDB's own Python module."""
        with duckdb.connect(str(self / name)) as connection:
            for statement in statements:
                connection.execute(statement)
        return self / name

    def sqlite(self, name, script):
        connection = sqlite3.connect(self / name)
        connection.executescript(script)
        connection.close()
        return self / name

    def look(self, name, sql):
        """What anyone else finds in a DuckDB file."""
        with duckdb.connect(str(self / name), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def views_in(self, name="catalog.duckdb"):
        """Definition of each view in a DuckDB file, by (schema, name)."""
        rows = self.look(name, "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal")
        return {(schema, view): sql for schema, view, sql in rows}

    def everything(self):
        """Each file of the room but its home, by a hash of its content: two of these tell whether anything changed."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else None
            for path in sorted(self.folder.rglob("*"))
            if "home" not in path.relative_to(self.folder).parts
        }


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def need_extension(name):
    """DuckDB's own extensions are pinned to one version: with another libduckdb there are none."""
    if not list(EXTENSIONS.glob(f"*/*/{name}.duckdb_extension")):
        pytest.skip(f"the DuckDB extension {name} is not there for this libduckdb")


# ---- servers ----


@pytest.fixture(scope="session")
def postgres():
    need_extension("postgres_scanner")
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def small_postgres():
    """One with 4 slots for connections, for tests that fill them: see Postgres.full_slots()."""
    need_extension("postgres_scanner")
    with postgres_server(max_connections=4) as server:
        yield server


# These end with the module that used them: the longer the S3 server has worked, the more it does while nobody asks it.


@pytest.fixture(scope="module")
def s3():
    need_extension("httpfs")
    with s3_server() as server:
        yield server


@pytest.fixture
def s3_bucket(s3):
    """The same server, with an empty bucket of the test's own."""
    return s3.fresh_bucket()


@pytest.fixture(scope="module")
def azure():
    need_extension("azure")
    with azure_server() as server:
        yield server


@pytest.fixture
def azure_container(azure):
    """The same server, with an empty container of the test's own."""
    return azure.fresh_container()


@pytest.fixture(scope="module")
def sftp():
    with sftp_server() as server:
        yield server


@pytest.fixture
def sftp_folder(sftp):
    """The same server, with an empty folder of the test's own."""
    return sftp.fresh_folder()


# Web servers are threads of the tests' own process. Each test finds its own empty.


@pytest.fixture(scope="session")
def authority():
    """Who signed secure_web's certificate, and others that are no good: see web.Authority."""
    with new_authority() as made:
        yield made


@pytest.fixture(scope="session")
def session_web():
    with web_server() as server:
        yield server


@pytest.fixture(scope="session")
def session_secure_web(authority):
    with web_server(authority.good) as server:
        yield server


@pytest.fixture
def web(session_web):
    yield session_web
    session_web.clear()


@pytest.fixture
def secure_web(session_secure_web):
    yield session_secure_web
    session_secure_web.clear()
