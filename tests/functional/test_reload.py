"""duckalog_reload(): a live session follows its config, by the differences alone, or stays what it was."""

import ctypes
import os

import pytest
from conftest import need_extension
from duckalog_library import CONFIG, ENGINE, OK, USAGE, Catalog, reload

CANARY = "c4nary-pa55word"


@pytest.fixture
def room(room):
    """A room in which the config is opened and reloaded by the library, in this process."""
    room.opened = []

    def open_catalog(**options):
        catalog = Catalog(room / "catalog.yaml", extension_directory=room.environment["DUCKALOG_EXTENSION_DIRECTORY"], **options)
        room.opened.append(catalog)
        catalog.connection()
        return catalog

    room.open = open_catalog
    yield room
    for catalog in room.opened:
        catalog.__exit__()


def done(catalog):
    """What a reload did, which has to work: (object, message)."""
    status, problems = catalog.reload()
    assert status == OK, problems
    assert all(code in ("reloaded", "view-dropped") for _, code, _, _ in problems), problems
    return [(about, message) for _, _, about, message in problems]


def state(catalog):
    """All of the session that a reload may touch."""
    return [
        catalog.query("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL"),
        catalog.query("SELECT database_name, path FROM duckdb_databases() WHERE NOT internal ORDER BY ALL"),
        catalog.query("SELECT name, type, scope::VARCHAR, persistent FROM duckdb_secrets() ORDER BY ALL"),
        catalog.query("SELECT current_setting('threads'), current_setting('TimeZone'), current_setting('default_null_order')"),
    ]


# ---- what is done ----


def test_nothing_is_done_when_nothing_changed(room):
    room.duckdb("a.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    room.catalog(
        ("v", "FROM a.t"),
        duckdb={"settings": ["SET threads = 2"], "secrets": [{"type": "http", "name": "s", "bearer_token": CANARY}]},
        attachments={"duckdb": [{"alias": "a", "path": "a.duckdb"}]},
    )
    catalog = room.open()
    before = state(catalog)
    room.write("catalog.yaml", (room / "catalog.yaml").read_text() + "# a comment\n")
    assert done(catalog) == []
    assert state(catalog) == before


def test_settings_are_run_again_reset_and_kept_in_their_order(room):
    room.catalog(duckdb={"settings": ["SET threads = 2", "SET default_null_order = 'nulls_first'"], "pragmas": ["SET VARIABLE x = 1"]})
    catalog = room.open()
    [(default,)] = room.rows("SELECT current_setting('TimeZone')", "--quiet", config=room.catalog(name="other.yaml", database=":memory:").name)
    room.catalog(duckdb={"settings": ["SET threads = 3", "SET threads = 2", "SET TimeZone = 'Asia/Tokyo'"]})
    assert sorted(done(catalog)) == [
        ("SET TimeZone = 'Asia/Tokyo'", "run"),
        ("SET threads = 2", "run"),
        ("SET threads = 3", "run"),
        ("default_null_order", "reset"),
        ("variable x", "reset"),
    ]
    assert catalog.query(
        "SELECT current_setting('threads'), current_setting('TimeZone'), current_setting('default_null_order'), getvariable('x')"
    ) == [("2", "Asia/Tokyo", "NULLS_LAST", None)]
    room.catalog(duckdb={"settings": ["SET threads = 2"]})
    assert ("timezone", "reset") in done(catalog)
    assert catalog.query("SELECT current_setting('TimeZone')") == [(default,)]


def test_statement_that_sets_nothing_stays_in_effect_and_that_is_told(room):
    room.catalog(duckdb={"pragmas": ["CREATE OR REPLACE TEMP MACRO one() AS 1"]})
    catalog = room.open()
    room.catalog(duckdb={"pragmas": ["CREATE OR REPLACE TEMP MACRO two() AS 2"]})
    assert done(catalog) == [
        ("CREATE OR REPLACE TEMP MACRO one() AS 1", "gone from the config, but not taken back in this session"),
        ("CREATE OR REPLACE TEMP MACRO two() AS 2", "run"),
    ]
    assert catalog.query("SELECT one(), two()") == [("1", "2")]


def test_secrets_are_created_replaced_and_dropped(room):
    def configure(*secrets):
        room.catalog(duckdb={"secrets": [{"type": "http", "name": name, "bearer_token": CANARY, "scope": scope} for name, scope in secrets]})

    def secrets():
        return catalog.query("SELECT name, scope::VARCHAR FROM duckdb_secrets() ORDER BY name")

    configure(("kept", "http://a"), ("changed", "http://b"), ("gone", "http://c"))
    catalog = room.open()
    configure(("kept", "http://a"), ("changed", "http://b2"), ("new", "http://d"))
    assert sorted(done(catalog)) == [("changed", "replaced"), ("gone", "dropped"), ("new", "created")]
    assert secrets() == [("changed", "['http://b2']"), ("kept", "['http://a']"), ("new", "['http://d']")]


def test_secret_with_another_value_is_replaced(room):
    need_extension("httpfs")

    def configure(key):
        secret = {"type": "s3", "name": "s", "key_id": key, "secret": CANARY, "region": "eu-west-1"}
        room.catalog(duckdb={"secrets": [secret], "load_extensions": ["httpfs"]})

    configure("first-key")
    catalog = room.open()
    configure("second-key")
    assert done(catalog) == [("s", "replaced")]
    assert catalog.query("SELECT count(*) FROM duckdb_secrets() WHERE secret_string LIKE '%second-key%'") == [("1",)]


def test_persistent_secret_that_is_new_is_stored(room):
    room.catalog()
    catalog = room.open()
    catalog.query(f"SET secret_directory = '{room / 'stored'}'")
    secret = {"type": "http", "name": "kept", "bearer_token": CANARY, "persistent": True}
    room.catalog(duckdb={"secrets": [secret]})
    assert done(catalog) == [("kept", "created")]
    assert [path.name for path in (room / "stored").iterdir()] == ["kept.duckdb_secret"]
    assert catalog.query("SELECT name, persistent FROM duckdb_secrets()") == [("kept", "true")]
    room.catalog()
    assert done(catalog) == [("kept", "gone from the config; what is stored stays")]
    assert catalog.query("SELECT name, persistent FROM duckdb_secrets()") == [("kept", "true")]


def stored(room, token, **more):
    secret = {"type": "http", "name": "kept", "bearer_token": token, "persistent": True, **more}
    room.catalog(duckdb={"secrets": [secret], "settings": [f"SET secret_directory = '{room / 'stored'}'"]})


LEFT = ("kept", "it is stored already, and left as it is; a run with --refresh-secrets stores it again")


@pytest.mark.parametrize("options", [{}, {"refresh_secrets": 1}])
@pytest.mark.parametrize("change", [{"token": CANARY + "2"}, {"token": CANARY, "scope": "http://a"}])
def test_stored_secret_that_changed_in_the_config_is_told_to_be_left_as_it_is(room, change, options):
    stored(room, CANARY)
    catalog = room.open(**options)
    before = (room / "stored/kept.duckdb_secret").read_bytes()
    stored(room, **change)
    status, problems = catalog.reload()
    assert status == OK and [(problem[2], problem[3]) for problem in problems] == [LEFT]
    assert (room / "stored/kept.duckdb_secret").read_bytes() == before
    assert done(catalog) == []


def test_secret_that_is_stored_already_is_not_told_to_be_created(room):
    stored(room, CANARY)
    room.open().close()
    room.catalog(duckdb={"settings": [f"SET secret_directory = '{room / 'stored'}'"]})
    catalog = room.open()
    stored(room, CANARY + "2")
    status, problems = catalog.reload()
    assert status == OK and [(problem[2], problem[3]) for problem in problems] == [LEFT]


def test_secret_that_could_not_be_stored_is_tried_again(room):
    (room / "stored").write_text("no folder")
    room.catalog(duckdb={"settings": [f"SET secret_directory = '{room / 'stored'}'"]})
    catalog = room.open()
    stored(room, CANARY)
    for _ in range(2):
        status, problems = catalog.reload()
        assert status == ENGINE and [problem[1] for problem in problems] == ["secret-not-stored"], problems
    assert catalog.query("SELECT name, persistent FROM duckdb_secrets()") == [("kept", "false")]
    (room / "stored").unlink()
    assert done(catalog) == [("kept", "created")]
    assert catalog.query("SELECT name, persistent FROM duckdb_secrets()") == [("kept", "true")]
    assert done(catalog) == []


def test_setting_that_can_not_be_reset_is_the_only_problem(room):
    stored(room, CANARY)
    catalog = room.open()
    room.catalog()
    status, problems = catalog.reload()
    assert status == ENGINE and len(problems) == 1 and "Secret Manager settings" in problems[0][3], problems


def test_attachments_come_go_and_change(room):
    for name in ("kept", "one", "two", "gone", "new"):
        room.duckdb(f"{name}.duckdb", f"CREATE TABLE t AS SELECT '{name}' AS a")

    def configure(**paths):
        room.catalog(
            *((f"v_{alias}", f"FROM {alias}.t") for alias in paths),
            attachments={"duckdb": [{"alias": alias, "path": f"{path}.duckdb"} for alias, path in paths.items()]},
        )

    configure(kept="kept", changed="one", gone="gone")
    catalog = room.open()
    configure(kept="kept", changed="two", new="new")
    assert sorted(done(catalog)) == [
        ("changed (duckdb)", "attached anew"),
        ("gone (duckdb)", "detached"),
        ("new (duckdb)", "attached"),
        ("v_changed", "replaced"),
        ("v_gone", "dropped, as it is not in the config"),
        ("v_new", "created"),
    ]
    assert catalog.query("FROM v_changed UNION ALL FROM v_kept UNION ALL FROM v_new") == [("two",), ("kept",), ("new",)]
    assert catalog.summary().attachments == 3 and catalog.summary().views == 3
    # DuckDB has closed it: this process may open it again.
    with Catalog(room.catalog(name="gone.yaml", database="gone.duckdb"), read_only=1) as other:
        other.connection()


def test_attachment_that_was_detached_by_hand_is_attached_again(room):
    room.duckdb("a.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    room.catalog(attachments={"duckdb": [{"alias": "a", "path": "a.duckdb"}]})
    catalog = room.open()
    catalog.query("DETACH a")
    assert done(catalog) == [("a (duckdb)", "attached")]
    assert catalog.query("FROM a.t") == [("1",)]


def test_attachment_that_failed_is_tried_again_and_its_views_made(room):
    room.catalog(
        ("v", "FROM late.t"), ("w", "SELECT 2 AS a"), attachments={"duckdb": [{"alias": "late", "path": "late.duckdb"}]}
    )
    catalog = room.open(allow_degraded=1)
    status, problems = catalog.reload()
    assert status == OK and {problem[1] for problem in problems} == {"attachment-file", "view-unavailable"}
    room.duckdb("late.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    assert sorted(done(catalog)) == [("late (duckdb)", "attached"), ("v", "created")]
    assert catalog.query("FROM v") == [("1",)]


def test_what_never_came_is_not_told_to_be_gone(room):
    late = {"duckdb": [{"alias": "late", "path": "late.duckdb", "on_error": "skip"}]}
    room.catalog(("v", "FROM late.t"), ("w", "SELECT 2 AS a"), attachments=late)
    catalog = room.open()
    room.catalog(("w", "SELECT 2 AS a"))
    assert done(catalog) == []


def test_changed_server_is_attached_anew(room, postgres):
    tables = {"attachments": {"postgres": [postgres.attachment("pg")]}}
    room.catalog(("v", "SELECT name FROM pg.public.customers"), **tables)
    catalog = room.open()
    rows = catalog.query("FROM v")
    tables["attachments"]["postgres"][0]["password"] = "wrong" + CANARY
    room.catalog(("v", "SELECT name FROM pg.public.customers"), **tables)
    status, problems = catalog.reload()
    assert status == ENGINE and CANARY not in str(problems), problems
    assert catalog.query("FROM v") == rows
    tables["attachments"]["postgres"] = [postgres.attachment("pg", read_only=False)]
    room.catalog(("v", "SELECT upper(name) AS name FROM pg.public.customers"), **tables)
    assert sorted(done(catalog)) == [("pg (postgres)", "attached anew"), ("v", "replaced")]
    assert catalog.query("FROM v") == [(name.upper(),) for (name,) in rows]
    room.catalog()
    done(catalog)
    assert catalog.query("SELECT count(*) FROM duckdb_secrets()") == [("0",)]


def test_extension_that_is_new_is_loaded(room):
    need_extension("sqlite_scanner")
    room.catalog()
    catalog = room.open()
    room.catalog(duckdb={"load_extensions": ["sqlite"]})
    assert done(catalog) == [("sqlite", "loaded")]
    room.sqlite("b.db", "CREATE TABLE t (i INT)")
    room.catalog(attachments={"sqlite": [{"alias": "b", "path": "b.db"}]})
    assert done(catalog) == [
        ("sqlite", "gone from the config, but loaded until the session ends"),
        ("b (sqlite)", "attached"),
    ]


def test_views_that_changed_are_replaced_with_all_that_read_them(room):
    room.catalog(("base", "SELECT 1 AS a"), ("reader", "FROM base"), ("far", "SELECT a FROM reader"), ("other", "SELECT 5 AS a"))
    catalog = room.open()
    catalog.query("CREATE VIEW by_hand AS SELECT 9 AS a")
    room.catalog(("base", "SELECT 'x' AS a"), ("reader", "FROM base"), ("far", "SELECT a FROM reader"), ("other", "SELECT 5 AS a"))
    assert sorted(done(catalog)) == [("base", "replaced"), ("far", "replaced"), ("reader", "replaced")]
    assert catalog.query("SELECT a || '!' FROM far") == [("x!",)]
    assert catalog.query("FROM by_hand") == [("9",)]


def test_view_made_by_hand_is_left_and_told_when_the_config_gets_its_name(room):
    room.catalog(("v", "SELECT 1 AS a"))
    catalog = room.open()
    catalog.query("CREATE VIEW mine AS SELECT 'by hand' AS a")
    catalog.query("CREATE VIEW alike AS SELECT 5 AS a")
    room.catalog(("v", "SELECT 1 AS a"), ("Mine", "SELECT 2 AS a"), ("alike", "SELECT 5 AS a -- as it is"), ("new", "SELECT 3 AS a"))
    status, problems = catalog.reload()
    assert status == OK
    assert sorted((code, about) for _, code, about, _ in problems) == [("reloaded", "alike"), ("reloaded", "new"), ("view-changed", "Mine")]
    assert catalog.query("SELECT a FROM mine") == [("by hand",)]
    assert done(catalog) == []
    catalog.close()
    assert "warning: views: Mine: its definition" in room.run().err
    # And the way out is no trap: when the config gives its view another name, that one stays.
    catalog = room.open()
    room.catalog(("v", "SELECT 1 AS a"), ("other", "SELECT 2 AS a"))
    status, problems = catalog.reload()
    assert status == OK
    assert sorted((code, about) for _, code, about, _ in problems) == [("reloaded", "other"), ("view-dropped", "alike"), ("view-dropped", "new"), ("view-stale", "Mine")]
    assert catalog.query("SELECT a FROM mine") == [("by hand",)]


def test_views_gone_from_the_config_are_dropped_and_those_of_others_stay(room):
    room.catalog(("v", "SELECT 1 AS a"), {"name": "w", "db_schema": "mart", "sql": "SELECT 2 AS a"})
    catalog = room.open()
    catalog.query("CREATE VIEW by_hand AS SELECT 9 AS a")
    room.catalog(("v", "SELECT 1 AS a"))
    assert done(catalog) == [("mart.w", "dropped, as it is not in the config")]
    assert catalog.query("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1") == [("by_hand",), ("v",)]
    room.catalog(("other", "SELECT 1 AS a"))
    assert sorted(done(catalog)) == [("other", "created"), ("v", "dropped, as it is not in the config")]


def test_what_a_reload_made_is_no_change_for_the_next_run(room):
    room.catalog(("v", "SELECT 1 AS a"), ("kept", "SELECT 3 AS a"))
    catalog = room.open()
    room.catalog(("v", "SELECT 2 AS a"), ("kept", "SELECT 3 AS a"), ("new", "FROM v"))
    done(catalog)
    catalog.close()
    assert room.run("--strict").err == ""


def test_view_that_was_kept_with_another_definition_is_still_told_later(room):
    room.catalog(("v", "SELECT 1 AS a"))
    room.run()
    room.catalog(("v", "SELECT 2 AS a"))
    catalog = room.open()
    room.catalog(("v", "SELECT 2 AS a"), ("new", "SELECT 3 AS a"))
    assert done(catalog) == [("new", "created")]
    catalog.close()
    assert "warning: views: v: its definition" in room.run().err


def test_variables_of_env_files_are_read_again(room):
    room.write(".env", "NAME=one\n")
    room.catalog(("v", "SELECT '${env:NAME}' AS a"))
    try:
        catalog = room.open(export_env_files=1)
        assert os_getenv("NAME") == "one"
        room.write(".env", "NAME=two\n")
        assert done(catalog) == [("v", "replaced")]
        assert catalog.query("FROM v") == [("two",)] and os_getenv("NAME") == "two"
        room.write(".env", "NAME=three\n")
        room.config("version: 1\nnonsense: ${env:NAME}\n")
        assert catalog.reload()[0] == CONFIG
        assert os_getenv("NAME") == "two"
    finally:
        ctypes.CDLL(None).unsetenv(b"NAME")


def os_getenv(name):
    """As the process has it: Python keeps a copy of its own."""
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    value = libc.getenv(name.encode())
    return value and value.decode()


def test_changed_nested_catalog_is_built_again_under_the_session(room):
    (room / "child").mkdir()

    def child(*views):
        room.catalog(*views, name="child/catalog.yaml")

    child(("inner", "SELECT 1 AS a"), ("same", "SELECT 0 AS a"))
    room.catalog(("reader", "FROM child.inner"), attachments={"duckalog": [{"alias": "child", "config_path": "child/catalog.yaml"}]})
    catalog = room.open()
    assert catalog.query("FROM reader") == [("1",)]
    child(("inner", "SELECT 'two' AS a"), ("same", "SELECT 0 AS a"), ("more", "SELECT 3 AS a"))
    assert [what for what in done(catalog) if "child" in what[0] or "reader" in what[0]] == [
        ("child (duckalog)", "attached anew"),
        ("reader", "replaced"),
    ]
    assert catalog.query("FROM reader") == [("two",)] and catalog.query("FROM child.more") == [("3",)]


def test_read_only_session_gets_its_settings_and_is_told_of_views(room):
    room.catalog(("v", "SELECT 1 AS a"))
    room.run()
    catalog = room.open(read_only=1)
    room.catalog(("v", "SELECT 2 AS a"), ("w", "SELECT 3 AS a"), duckdb={"settings": ["SET threads = 2"]})
    status, problems = catalog.reload()
    assert status == OK
    assert sorted(problem[1] for problem in problems) == ["reloaded", "view-changed", "view-missing"]
    assert catalog.query("SELECT a, current_setting('threads') FROM v") == [("1", "2")]


# ---- what stays ----


BROKEN = {
    "config": lambda room, good: room.config("version: 1\nduckdb: {}\nviews: [{name: v}]\n"),
    "missing file": lambda room, good: (room / "catalog.yaml").unlink(),
    "setting": lambda room, good: good(settings=["SET threads = 3", "SET no_such_thing = 1"]),
    "reset": lambda room, good: good(settings=["SET TimeZone = 'Asia/Tokyo'", "SET no_such_thing = 1"]),
    "secret": lambda room, good: good(secrets=[{"type": "http", "name": "s2", "bearer_token": CANARY, "options": {"nonsense": 1}}]),
    "attachment": lambda room, good: good(attached=["b", "nowhere"]),
    "changed attachment": lambda room, good: good(attached=["b"], path="missing"),
    "view": lambda room, good: good(attached=["b"], settings=["SET threads = 3"], views=[("v", "SELECT 2 AS a"), ("w", "FROM nowhere")]),
    "view that reads what goes": lambda room, good: good(views=[("v", "SELECT 2 AS a"), ("w", "FROM a.t")], attached=["b"]),
    "table of the name": lambda room, good: good(views=[("v", "SELECT 2 AS a"), ("taken", "SELECT 1 AS a")]),
    "ring": lambda room, good: good(views=[("v", "FROM w"), ("w", "FROM v")]),
    "other database": lambda room, good: good(database="other.duckdb"),
}


@pytest.mark.parametrize("way", BROKEN)
def test_last_good_state_stays_when_a_reload_fails(room, way):
    for name in ("a", "b"):
        room.duckdb(f"{name}.duckdb", f"CREATE TABLE t AS SELECT '{name}' AS a")

    def good(views=(("v", "SELECT 1 AS a"), ("w", "SELECT 3 AS a")), attached=("a",), settings=("SET threads = 2",), secrets=None, path=None, database="catalog.duckdb"):
        secrets = secrets or [{"type": "http", "name": "s", "bearer_token": CANARY, "scope": "http://a"}]
        room.catalog(
            *views,
            database=database,
            duckdb={"settings": list(settings), "secrets": secrets},
            attachments={"duckdb": [{"alias": alias, "path": f"{path or alias}.duckdb"} for alias in attached]},
        )

    good()
    catalog = room.open()
    catalog.query("CREATE TABLE taken (i INT)")
    before = state(catalog)
    BROKEN[way](room, good)
    status, problems = catalog.reload()
    assert status in (CONFIG, ENGINE), problems
    assert any(problem[0] == 2 for problem in problems) and not any(problem[1] == "reload-incomplete" for problem in problems)
    assert CANARY not in str(problems)
    assert state(catalog) == before
    assert not (room / "other.duckdb").exists()
    # And the next good one is taken.
    good(settings=["SET threads = 3"], views=[("v", "SELECT 8 AS a")])
    done(catalog)
    assert catalog.query("SELECT a, current_setting('threads') FROM v") == [("8", "3")]


def test_reload_within_a_transaction_is_refused(room):
    room.catalog(("v", "SELECT 1 AS a"))
    catalog = room.open()
    catalog.query("BEGIN")
    catalog.query("CREATE TABLE mine AS SELECT 1 AS a")
    room.catalog(("v", "SELECT 2 AS a"))
    status, problems = catalog.reload()
    assert status == ENGINE and problems[0][1] == "transaction"
    catalog.query("COMMIT")
    assert catalog.query("FROM mine, v") == [("1", "1")]
    assert done(catalog) == [("v", "replaced")]


def test_reload_without_a_session_is_wrong_usage(room):
    room.catalog(("v", "SELECT 1 AS a"))
    with Catalog(room / "catalog.yaml") as catalog:
        assert reload(catalog.handle, None) == USAGE
    assert reload(None, None) == USAGE
