"""
The scenarios that the seeds demand, by their Id in the specification (connection.md section 1).
"""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from ctypes import byref, c_void_p

import duckalog_library as lib
import pytest
from conftest import cpu_seconds, need_extension, wait_until
from duckalog_library import Catalog


@pytest.fixture
def host(room, monkeypatch):
    """The room, with this process as the host program of libduckalog in it."""
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(room.folder)
    return room


def secret(name, value="first-value", **more):
    return {"type": "http", "name": name, "bearer_token": value, **more}


def secrets_of(room, *arguments, **options):
    sql = "SELECT name, persistent FROM duckdb_secrets() ORDER BY ALL"
    return room.rows(sql, *arguments, **options)


# ---- R1: the session is restored on every connection ----


def test_R1a_settings_and_pragmas_are_back_on_every_connection(room):
    room.catalog(
        ("v", "SELECT 1"),
        duckdb={
            "pragmas": [
                "SET threads = 3",
                "PRAGMA default_null_order = 'NULLS_FIRST'",
                "CREATE TEMP MACRO twice(x) AS x * 2",
            ],
            "settings": [
                "SET memory_limit = '300MB'",
                "set\ttimezone = 'Asia/Tokyo'",
                "RESET preserve_insertion_order",
            ],
        },
    )
    sql = (
        "SELECT current_setting('threads'), current_setting('default_null_order'), current_setting('memory_limit'),"
        " current_setting('TimeZone'), twice(21)"
    )
    for _ in range(3):
        assert room.rows(sql) == [(3, "NULLS_FIRST", "286.1 MiB", "Asia/Tokyo", 42)]


def test_R1a_one_setting_may_be_given_as_text(room):
    room.catalog(("v", "SELECT 1"), duckdb={"settings": "SET threads = 3"})
    for _ in range(2):
        assert room.rows("SELECT current_setting('threads')") == [(3,)]


def test_R1b_every_attached_database_is_attached_again_on_every_connection(room, postgres):
    need_extension("sqlite_scanner")
    room.duckdb("d.duckdb", "CREATE TABLE t AS SELECT 'duckdb' AS kind")
    room.sqlite("s.db", "CREATE TABLE t (kind TEXT); INSERT INTO t VALUES ('sqlite');")
    room.catalog(
        {"name": "v", "sql": "SELECT d.kind AS a, s.kind AS b, c.name FROM d.t d, s.t s, p.customers c WHERE c.id = 1"},
        attachments={
            "duckdb": [{"alias": "d", "path": "d.duckdb"}],
            "sqlite": [{"alias": "s", "path": "s.db"}],
            "postgres": [postgres.attachment("p")],
        },
    )
    for _ in range(3):
        assert room.rows("FROM v") == [("duckdb", "sqlite", "Ada")]


# ---- R2: what is missing is built, what is there is kept ----


def test_R2a_a_missing_catalog_is_built_in_full_and_an_existing_one_restored(room):
    room.catalog(("a", "SELECT 1 AS i"), ("b", "FROM a"), duckdb={"settings": "SET threads = 3"})
    first = room.run()
    assert re.fullmatch(
        re.escape(f"catalog {room / 'catalog.duckdb'}: 2 views (2 created, 0 kept), 0 attachments, 0 secrets, ")
        + r"\d+ ms\n",
        first.out,
    )
    assert "2 views (0 created, 2 kept)" in room.run().out


def test_R2a_a_database_named_on_the_command_line_is_built_too(room):
    room.catalog(("a", "SELECT 1 AS i"))
    (room / "work").mkdir()
    for kept in ("1 created, 0 kept", "0 created, 1 kept"):
        outcome = room.duckalog("run", "../catalog.yaml", "--db-path", "deep/down/own.duckdb", cwd=room / "work")
        assert outcome.code == 0 and kept in outcome.out, outcome.err
    assert room.look("work/deep/down/own.duckdb", "FROM a") == [(1,)]
    assert not (room / "catalog.duckdb").exists()


def test_R2a_a_catalog_in_memory_is_built_every_time(room):
    for database in (":memory:", ""):
        room.catalog(("a", "SELECT 1 AS i"), database=database)
        for _ in range(2):
            assert "1 view (1 created, 0 kept)" in room.run().out
        assert room.rows("FROM a") == [(1,)]
    assert list(room.everything()) == ["catalog.yaml"]


def test_R2b_only_missing_views_are_created(room):
    room.catalog(("a", "SELECT 1 AS i"), {"name": "a", "db_schema": "s", "sql": "SELECT 2 AS i"})
    room.run()
    before = room.views_in()
    room.catalog(
        ("a", "SELECT 'changed' AS i"),
        {"name": "a", "db_schema": "s", "sql": "SELECT 'changed' AS i"},
        ("new", "SELECT 3 AS i"),
        {"name": "new", "db_schema": "t", "sql": "SELECT 4 AS i"},
    )
    assert "4 views (2 created, 2 kept)" in room.run().out
    after = room.views_in()
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {("main", "new"), ("t", "new")}


def test_R2b_a_view_that_the_user_changed_or_added_is_left_alone(room):
    room.catalog(("a", "SELECT 1 AS i"), ("b", "SELECT 2 AS i"))
    room.run()
    room.duckdb(
        "catalog.duckdb", "CREATE OR REPLACE VIEW a AS SELECT 'edited' AS i", "CREATE VIEW own AS SELECT 3 AS i"
    )
    room.run()
    assert room.look("catalog.duckdb", "SELECT a.i, b.i, own.i FROM a, b, own") == [("edited", 2, 3)]


def test_R2b_a_run_that_has_nothing_to_create_writes_nothing(room):
    room.catalog(("a", "SELECT 1 AS i"))
    room.run()
    before = room.everything()
    room.run()
    assert room.everything() == before


def test_R2c_force_rebuild_creates_every_view_again(room):
    room.catalog(("a", "SELECT 1 AS i"), ("b", "FROM a"))
    room.run()
    room.catalog(("a", "SELECT 'changed' AS word, 2 AS j"), ("b", "FROM a"))
    assert "2 views (2 created, 0 kept)" in room.run("--force-rebuild").out
    assert room.look("catalog.duckdb", "FROM b") == [("changed", 2)]


# ---- R3: a catalog object, used as a C program does ----


def test_R3a_the_first_get_connection_opens_restores_and_updates(host):
    host.catalog(("a", "SELECT 1 AS i"), duckdb={"settings": "SET threads = 3"})
    with Catalog("catalog.yaml") as catalog:
        assert not (host / "catalog.duckdb").exists()
        assert catalog.summary() is None
        assert catalog.query("SELECT i, current_setting('threads') FROM a") == [("1", "3")]
        summary = catalog.summary()
        assert (summary.created, summary.views, summary.views_created, summary.views_kept) == (1, 1, 1, 0)
        assert summary.database.decode() == str(host / "catalog.duckdb")
        assert summary.elapsed_ms > 0
        assert catalog.problems() == []


def test_R3a_connecting_reads_nothing_and_a_later_chdir_is_harmless(host):
    with Catalog("catalog.yaml", database_path="own.duckdb") as catalog:
        status, _ = catalog.open()
        assert status == lib.CONFIG  # only now: there is no such file
        host.catalog(("a", "SELECT 1 AS i"))
        os.chdir("/")
        assert catalog.query("FROM a") == [("1",)]
    assert (host / "own.duckdb").exists() and not (host / "catalog.duckdb").exists()


def test_R3b_later_calls_give_the_same_handle_until_close(host):
    host.catalog(("a", "SELECT 1 AS i"))
    with Catalog("catalog.yaml") as catalog:
        first = catalog.connection()
        lib.query(first, "CREATE TEMP TABLE of_this_session AS SELECT 5 AS i")
        host.catalog(("a", "SELECT 1 AS i"), ("b", "SELECT 2 AS i"))
        assert catalog.connection().value == first.value
        assert catalog.query("FROM of_this_session") == [("5",)]
        with pytest.raises(RuntimeError, match="b does not exist"):
            catalog.query("FROM b")
        # The session holds the file as long as it lives, and no longer.
        assert host.duckalog("run", "catalog.yaml").code == 3
        catalog.close()
        catalog.close()
        assert catalog.summary() is None
        assert host.duckalog("run", "catalog.yaml", "--read-only").code == 0


def test_R3b_after_close_the_config_is_read_again(host):
    host.catalog(("a", "SELECT 1 AS i"), duckdb={"settings": "SET threads = 3"})
    with Catalog("catalog.yaml") as catalog:
        catalog.connection()
        host.catalog(("a", "SELECT 1 AS i"), ("b", "SELECT 2 AS i"), duckdb={"settings": "SET threads = 2"})
        catalog.close()
        assert catalog.query("SELECT a.i, b.i, current_setting('threads') FROM a, b") == [("1", "2", "2")]
        summary = catalog.summary()
        assert (summary.created, summary.views, summary.views_created, summary.views_kept) == (0, 2, 1, 1)


def test_R3b_a_failed_call_leaves_nothing_open_and_the_next_one_starts_anew(host):
    host.catalog(("a", "FROM nowhere"))
    with Catalog("catalog.yaml") as catalog:
        for _ in range(2):
            status, _ = catalog.open()
            assert status == lib.ENGINE
            assert [problem[:3] for problem in catalog.problems()] == [(lib.ERROR, "view", "a")]
            assert not (host / "catalog.duckdb").exists()
            assert catalog.summary() is None
        host.catalog(("a", "SELECT 1 AS i"))
        assert catalog.query("FROM a") == [("1",)]
        assert catalog.problems() == []


def test_R3b_threads_that_ask_at_once_get_the_same_handle(host):
    host.catalog(*[(f"v{i}", "SELECT 1") for i in range(50)])
    with Catalog("catalog.yaml") as catalog, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: catalog.open(), range(16)))
        assert {status for status, _ in found} == {lib.OK}
        assert len({connection.value for _, connection in found}) == 1
        assert catalog.summary().views_created == 50


def test_R3a_an_opening_can_be_interrupted_from_another_thread(host):
    endless = "SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) = 1"
    host.catalog(("v", "SELECT 1"), duckdb={"pragmas": [endless]})
    with Catalog("catalog.yaml") as catalog, ThreadPoolExecutor(1) as thread:
        before = cpu_seconds(os.getpid())
        opening = thread.submit(catalog.open)
        wait_until(lambda: cpu_seconds(os.getpid()) > before + 0.3, "the opening to compute")
        lib.interrupt(catalog.handle)
        assert opening.result(10)[0] == lib.INTERRUPTED
        assert list(host.everything()) == ["catalog.yaml"]
        host.catalog(("v", "SELECT 1 AS i"))
        assert catalog.query("FROM v") == [("1",)]


@pytest.mark.parametrize(
    "status, before",
    [
        (lib.CONFIG, lambda host: host.config("version: 1\n")),
        (lib.DATABASE_NOT_FOUND, lambda host: None),
        (lib.VIEW_CONFLICT, lambda host: host.duckdb("catalog.duckdb", "CREATE TABLE a (i INT)")),
    ],
)
def test_R3a_each_failure_has_its_status(host, status, before):
    host.catalog(("a", "SELECT 1 AS i"))
    before(host)
    with Catalog("catalog.yaml", read_only=1) as catalog:
        assert catalog.open()[0] == status
        assert catalog.problems()[0][0] == lib.ERROR
        assert catalog.summary() is None


def test_R3a_wrong_arguments_are_told_as_such(host):
    catalog = c_void_p()
    host.catalog(("a", "SELECT 1 AS i"))
    wrong_size = lib.options()
    wrong_size.size = 3
    for path, options in (
        (None, None),
        (b"", None),
        (b"catalog.yaml", wrong_size),
        (b"catalog.yaml", lib.options(read_only=1, force_rebuild=1)),
    ):
        assert lib.connect(path, options and byref(options), byref(catalog)) == lib.USAGE
        assert catalog.value is None
    assert lib.connect(b"catalog.yaml", None, None) == lib.USAGE
    lib.destroy(byref(catalog))
    lib.close(None)
    lib.interrupt(None)
    lib.report_free(None)
    lib.config_free(None)
    lib.string_free(None)
    assert lib.report_count(None) == 0


def test_R3a_versions_and_status_names_are_told(host):
    assert re.fullmatch(rb"\d+\.\d+\.\d+", lib.version())
    assert lib.duckdb_version().startswith(b"v")
    names = [lib.status_name(status) for status in range(12)]
    assert len(set(names)) == 12 and names[0] == b"ok"
    assert lib.status_name(99) is not None


# ---- R4: build ----


def test_R4a_build_applies_session_state_and_all_views(host):
    host.catalog(
        ("a", "SELECT twice(1) AS i"),
        ("b", "FROM a"),
        duckdb={"pragmas": ["CREATE OR REPLACE MACRO twice(x) AS x * 2"]},
    )
    status, problems = lib.problems_of_call(lib.build, b"catalog.yaml", None)
    assert status == lib.OK
    assert [problem for problem in problems if problem[0] == lib.ERROR] == []
    assert host.look("catalog.duckdb", "FROM b") == [(2,)]
    assert host.duckalog("run", "catalog.yaml").code == 0  # the build holds nothing open


def test_R4a_the_build_command_creates_every_view_again(room):
    room.catalog(("a", "SELECT 1 AS i"))
    room.run()
    room.catalog(("a", "SELECT 'new' AS i"))
    outcome = room.duckalog("build", "catalog.yaml")
    assert outcome.code == 0 and "1 view (1 created, 0 kept)" in outcome.out
    assert room.look("catalog.duckdb", "FROM a") == [("new",)]


def test_R4a_a_failed_build_reports_why(host):
    host.catalog(("good", "SELECT 1"), ("bad", "FROM nowhere"))
    status, problems = lib.problems_of_call(lib.build, b"catalog.yaml", None)
    assert status == lib.ENGINE
    [(severity, code, view, message)] = problems
    assert (severity, code, view) == (lib.ERROR, "view", "bad") and "nowhere" in message
    assert not (host / "catalog.duckdb").exists()


@pytest.mark.parametrize("force", [0, 1])
def test_R4b_build_of_the_library_keeps_views_unless_it_is_forced(host, force):
    host.catalog(("a", "SELECT 1 AS i"))
    lib.problems_of_call(lib.build, b"catalog.yaml", None)
    host.catalog(("a", "SELECT 'new' AS i"), ("b", "SELECT 2 AS i"))
    for _ in range(2):
        status, _ = lib.problems_of_call(lib.build, b"catalog.yaml", byref(lib.options(force_rebuild=force)))
        assert status == lib.OK
        assert host.look("catalog.duckdb", "SELECT a.i, b.i FROM a, b") == [("new" if force else 1, 2)]


@pytest.mark.parametrize(
    "arguments, expected",
    [(["--incremental"], 1), (["--use-connection"], 1), (["--incremental", "--force-rebuild"], "new"), ([], "new")],
)
def test_R4b_the_build_command_keeps_views_when_it_is_incremental(room, arguments, expected):
    room.catalog(("a", "SELECT 1 AS i"))
    room.run()
    room.catalog(("a", "SELECT 'new' AS i"))
    for _ in range(2):
        assert room.duckalog("build", "catalog.yaml", *arguments).code == 0
        assert room.look("catalog.duckdb", "FROM a") == [(expected,)]


# ---- R5: secrets ----


def test_R5a_secrets_are_temporary_made_anew_on_each_connection_and_not_in_the_file(room):
    room.catalog(("v", "SELECT 1"), duckdb={"secrets": [secret("api", "c4nary-token")]})
    for _ in range(2):
        assert secrets_of(room) == [("api", False)]
    assert b"c4nary-token" not in (room / "catalog.duckdb").read_bytes()
    assert not list((room / "home").rglob("*.duckdb_secret"))
    room.catalog(("v", "SELECT 1"))
    assert secrets_of(room) == []


def test_R5b_persistent_secrets_survive_reconnection(room):
    room.catalog(("v", "SELECT 1"), duckdb={"secrets": [secret("api", persistent=True)]})
    for _ in range(2):
        assert secrets_of(room) == [("api", True)]
    room.catalog(("v", "SELECT 1"))
    assert secrets_of(room) == [("api", True)]


def test_R5c_persistent_ones_are_created_once_and_temporary_ones_every_time(room):
    mixed = [secret("keep", persistent=True), secret("fleeting")]
    room.catalog(("v", "SELECT 1"), duckdb={"secrets": mixed})
    assert secrets_of(room) == [("fleeting", False), ("keep", True)]
    [file] = (room / "home").rglob("*.duckdb_secret")
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    mixed[0]["scope"] = mixed[1]["scope"] = "https://new.example/"
    room.catalog(("v", "SELECT 1"), duckdb={"secrets": mixed})
    assert secrets_of(room) == [("fleeting", False), ("keep", True)]
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert room.rows("SELECT name, scope FROM duckdb_secrets() ORDER BY ALL") == [
        ("fleeting", ["https://new.example/"]),
        ("keep", []),
    ]


# ---- tasks ----


def test_T6_3_every_phase_of_the_restoration_is_logged(room, host, postgres):
    host.catalog(
        {"name": "v", "db_schema": "s", "sql": "FROM d.t"},
        duckdb={
            "pragmas": ["PRAGMA threads = 2"],
            "settings": ["SET threads = 3"],
            "install_extensions": ["json"],
            "load_extensions": ["json"],
            "secrets": [secret("api"), secret("keep", persistent=True)],
        },
        attachments={"duckdb": [{"alias": "d", "path": "d.duckdb"}], "postgres": [postgres.attachment()]},
    )
    host.duckdb("d.duckdb", "CREATE TABLE t AS SELECT 1 AS i")
    phases = [
        "config",
        "path",
        "library",
        "open",
        "inventory",
        "plan",
        "pragmas",
        "settings",
        "install",
        "load",
        "secrets",
        "children",
        "attach",
        "schemas",
        "views",
        "persistent secrets",
    ]
    lines = []
    with Catalog(
        "catalog.yaml",
        log=lib.LOG_FUNCTION(lambda level, line, user: lines.append((level, line.decode()))),
        log_level=lib.INFO,
    ) as catalog:
        catalog.connection()
    done = [re.match(r"(.*) done \{.*elapsed_ms=[\d.]+\}$", line) for level, line in lines if level == lib.INFO]
    assert [match and match[1] for match in done] == phases

    # The program writes the same lines to standard error, with time and level.
    errors = room.duckalog("run", "catalog.yaml", "-v").err.splitlines()
    stamped = [re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| INFO \| (.*) done ", line) for line in errors]
    assert [match[1] for match in stamped if match] == phases
    begins = [line for line in room.duckalog("run", "catalog.yaml", "-vv").err.splitlines() if "DEBUG" in line]
    assert all(any(f"| {phase} begins" in line for line in begins) for phase in phases[2:])


def test_T3_4_the_build_command_stays_with_a_notice_of_its_end(room):
    notice = "notice: 'build' is deprecated, use 'run' (or 'run --force-rebuild')\n"
    room.catalog(("a", "SELECT 1 AS i"))
    for arguments in ((), ("--use-connection",), ("--dry-run",)):
        outcome = room.duckalog("build", "catalog.yaml", *arguments)
        assert outcome.code == 0
        assert outcome.err == notice
    silenced = room.duckalog("build", "catalog.yaml", env={"DUCKALOG_NO_DEPRECATION": "1"})
    assert silenced.code == 0 and silenced.err == ""


# ---- configs by themselves ----


def test_the_library_validates_and_generates_sql_without_a_database(host):
    host.catalog(("a", "SELECT 1 AS i"), duckdb={"secrets": [secret("api", "c4nary")]})
    assert lib.problems_of_call(lib.validate, b"catalog.yaml", None) == (lib.OK, [])

    config = c_void_p()
    status, problems = lib.problems_of_call(lib.config_load, b"catalog.yaml", None, byref(config))
    assert (status, problems) == (lib.OK, [])
    scripts = {}
    for scope in (lib.FULL, lib.VIEWS_ONLY):
        for shown in (0, 1):
            sql = c_void_p()
            assert lib.generate_sql(config, byref(lib.options(include_secrets=shown)), scope, byref(sql)) == lib.OK
            scripts[scope, shown] = lib.ctypes.string_at(sql).decode()
            lib.string_free(sql)
    lib.config_free(config)
    view = 'CREATE OR REPLACE VIEW "a" AS\nSELECT 1 AS i;\n'
    assert scripts[lib.VIEWS_ONLY, 0] == f"-- Generated by Duckalog\n-- Config version: 1\n\n{view}"
    assert scripts[lib.VIEWS_ONLY, 1] == scripts[lib.VIEWS_ONLY, 0]
    assert scripts[lib.FULL, 0].endswith(view) and "'***'" in scripts[lib.FULL, 0]
    assert "c4nary" not in scripts[lib.FULL, 0]
    assert "'c4nary'" in scripts[lib.FULL, 1]
    assert list(host.everything()) == ["catalog.yaml"]


def test_the_library_reports_every_mistake_of_a_config(host):
    host.config("version: 0\nduckdb: {datbase: x}\nviews:\n  - {name: a, source: csv}\n")
    for function in (lib.validate, lambda *a: lib.config_load(a[0], a[1], byref(c_void_p()), a[2])):
        status, problems = lib.problems_of_call(function, b"catalog.yaml", None)
        assert status == lib.CONFIG
        assert [severity for severity, *_ in problems] == [lib.ERROR] * 3


# ---- several catalogs in one process ----


def test_a_second_catalog_on_a_file_that_this_process_has_open_is_refused(host):
    host.catalog(("v", "SELECT 1 AS i"))
    with Catalog("catalog.yaml") as first, Catalog("catalog.yaml") as second:
        first.connection()
        assert second.open()[0] == lib.LOCKED
        # Looking at the file would have let go of the lock: other processes are still kept out.
        assert host.duckalog("run", "catalog.yaml").code == 3
        first.close()
        second.connection()
        assert second.query("FROM v") == [("1",)]


def test_interrupting_while_another_thread_opens_and_closes_harms_nothing(host):
    host.catalog(("v", "SELECT 1 AS i"))
    with Catalog("catalog.yaml") as catalog:
        done = threading.Event()

        def interrupt():
            while not done.is_set():
                lib.interrupt(catalog.handle)

        thread = threading.Thread(target=interrupt)
        thread.start()
        for _ in range(30):
            catalog.open()
            catalog.close()
        done.set()
        thread.join()
        catalog.connection()
