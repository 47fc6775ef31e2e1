"""The library's calls beside opening a catalog: configs as text and from the host, single statements, the state as JSON."""

import ctypes
import json
from ctypes import byref, c_void_p

import duckalog_library as api
import pytest
from conftest import LIBRARY, WITH_REMOTE


def load(config, reader=None, **values):
    """(status, problems, the config's SQL)"""
    made, report, options = c_void_p(), c_void_p(), api.options(**values)
    if reader is not None:
        options.read = reader.pointer
    if isinstance(config, tuple):
        status = api.config_load_text(*config, byref(options), byref(made), byref(report))
    else:
        status = api.config_load(str(config).encode(), byref(options), byref(made), byref(report))
    sql = api.string_of(api.generate_sql, made, None, api.FULL)[1] if status == api.OK else None
    found = [] if report.value is None else api.problems(report)
    api.report_free(report)
    api.config_free(made)
    return status, found, sql


# ---- configs as text ----


def test_a_text_is_read_as_the_file_that_it_stands_for(room):
    room.write("sql/a.sql", "SELECT 1 AS one")
    room.write("part.yaml", "views: [{name: b, sql: SELECT 2 AS two}]")
    room.write(".env", "NAME=from-env")
    text = {
        "version": 1,
        "duckdb": {"database": "c.duckdb"},
        "imports": ["part.yaml"],
        "views": [
            {"name": "a", "sql_file": {"path": "sql/a.sql"}},
            {"name": "c", "sql": "SELECT '${env:NAME}' AS e"},
            {"name": "d", "source": "parquet", "uri": "x.parquet"},
        ],
    }
    room.config(text, "file.json")
    expected = load(room / "file.json")
    assert expected[0] == api.OK
    assert load((json.dumps(text).encode(), api.JSON, str(room.folder).encode())) == expected
    assert load((json.dumps(text).encode(), api.YAML, str(room.folder).encode())) == expected
    assert "from-env" in expected[2] and f"{room.folder}/x.parquet" in expected[2]


def test_problems_of_a_text_have_its_places(room):
    status, found, _ = load((b"version: 1\nduckdb: {}\nviews:\n- {name: a, nonsense: 1}\n", api.YAML, None))
    assert status == api.CONFIG and "unknown-key" in [problem[1] for problem in found]
    assert load((b"version: 1 # a comment\n", api.JSON, None))[0] == api.CONFIG
    report = c_void_p()
    assert api.validate_text(b"a: 1", api.YAML, None, None, byref(report)) == api.CONFIG
    problem = api.report_get(report, 0).contents
    assert (problem.file, problem.line, problem.column) == (b"<text>.yaml", 1, 1)
    api.report_free(report)


def test_validation_of_a_text_asks_duckdb_too(room):
    status, found = api.problems_of_call(
        api.validate_text, b"version: 1\nduckdb: {}\nviews: [{name: a, sql: SELECT FROM WHERE}]\n", api.YAML, None, None
    )
    assert status == api.CONFIG and [problem[1] for problem in found] == ["sql"]
    good = b"version: 1\nduckdb: {}\nviews: [{name: a, sql: SELECT 1}]\n"
    assert api.problems_of_call(api.validate_text, good, api.YAML, None, None) == (api.OK, [])


def test_a_text_is_copied(room):
    buffer, made = ctypes.create_string_buffer(b"version: 1\nduckdb: {}\nviews: [{name: abc, sql: SELECT 1 AS longer_name}]\n"), c_void_p()
    assert api.config_load_text(buffer, api.YAML, None, None, byref(made), None) == api.OK
    ctypes.memset(buffer, 0x78, len(buffer) - 1)
    assert api.string_of(api.view_sql, made, b"abc", None)[1] == 'CREATE OR REPLACE VIEW "abc" AS\nSELECT 1 AS longer_name'
    api.config_free(made)


def test_wrong_calls_with_a_text_are_told(room):
    made, report = c_void_p(), c_void_p(1)
    assert api.config_load_text(None, api.YAML, None, None, byref(made), byref(report)) == api.USAGE
    assert report.value is None
    assert api.config_load_text(b"version: 1", 2, None, None, byref(made), None) == api.USAGE
    assert api.config_load_text(b"version: 1", api.YAML, None, None, None, None) == api.USAGE
    assert api.validate_text(None, api.YAML, None, None, None) == api.USAGE
    assert api.validate_text(b"version: 1", -1, None, None, None) == api.USAGE


# ---- files from the host ----


def given_files(room):
    """Everything that a config is made of, by path; nothing of it is on the disk."""
    return {
        room / "main.yaml": "version: 1\nimports: [parts/one.yaml]\nduckdb: {database: c.duckdb}\n"
        "attachments: {duckalog: [{alias: kid, config_path: kid/kid.yaml}]}\n"
        "views:\n- {name: a, sql_file: {path: sql/a.sql}}\n- {name: e, sql: \"SELECT '${env:NAME}' AS e\"}\n",
        room / "parts/one.yaml": "imports: [two.json]\nviews: [{name: one, sql: SELECT 1 AS n}]",
        room / "parts/two.json": '{"views": [{"name": "two", "sql": "SELECT 2 AS n"}]}',
        room / "sql/a.sql": "SELECT 'from the host' AS text",
        room / ".env": "NAME=host-env",
        room / "kid/kid.yaml": "version: 1\nduckdb: {database: kid.duckdb}\nviews: [{name: k, sql: SELECT 3 AS n}]",
    }


def test_every_file_of_a_config_can_come_from_the_host(room):
    reader = api.Reader(given_files(room))
    status, found, sql = load(room / "main.yaml", reader)
    assert (status, found) == (api.OK, [])
    for text in ("from the host", "host-env", '"one"', '"two"', "kid.duckdb"):
        assert text in sql
    assert set(map(str, given_files(room))) <= set(reader.asked)
    assert len(reader.asked) == len(set(reader.asked)), "each is asked for once"
    assert reader.released == len(given_files(room)) and reader.kept == {}
    assert room.everything() == {}


def test_a_catalog_is_built_from_files_of_the_host(room):
    reader = api.Reader(given_files(room))
    with api.Catalog(room / "main.yaml", read=reader.pointer) as catalog:
        assert catalog.query("FROM a") == [("from the host",)]
        assert catalog.query("FROM e") == [("host-env",)]
        assert catalog.query("SELECT n FROM kid.k") == [("3",)]
        catalog.close()
        # Each opening asks anew.
        reader.files[str(room / "parts/two.json")] = '{"views": [{"name": "later", "sql": "SELECT 5 AS n"}]}'
        assert catalog.query("FROM later") == [("5",)]


def test_the_file_system_has_what_the_host_has_not(room):
    for path, content in given_files(room).items():
        room.write(path.relative_to(room.folder), content)
    plain = load(room / "main.yaml")
    nothing = api.Reader({})
    assert load(room / "main.yaml", nothing) == plain and plain[0] == api.OK
    assert set(map(str, given_files(room))) <= set(nothing.asked)
    # One file of the host's stands in front of the one on the disk.
    status, _, sql = load(room / "main.yaml", api.Reader({room / "sql/a.sql": "SELECT 'other' AS text"}))
    assert status == api.OK and "'other'" in sql and "from the host" not in sql and "host-env" in sql


@pytest.mark.parametrize("name", ["main.yaml", "parts/two.json", "sql/a.sql", "kid/kid.yaml"])
def test_a_file_that_the_host_refuses_is_told_with_the_reason(room, name):
    for path, content in given_files(room).items():
        room.write(path.relative_to(room.folder), content)
    status, found, _ = load(room / "main.yaml", api.Reader({room / name: OSError("the vault is closed")}))
    assert status == api.CONFIG
    assert sum("can't be read: the vault is closed" in problem[3] for problem in found) == 1, found


def test_a_refused_env_file_is_a_warning(room):
    files = given_files(room)
    files[room / ".env"] = OSError("the vault is closed")
    status, found, _ = load(room / "main.yaml", api.Reader(files))
    assert status == api.CONFIG  # its variable is missing
    assert [problem for problem in found if problem[0] == api.WARNING and "the vault is closed" in problem[3]]


def test_answers_that_make_no_sense_are_mistakes_and_no_crashes(room):
    def answer(result, data, length):
        @api.READ_FUNCTION
        def function(_, content, __):
            content.contents.bytes, content.contents.length = data, length
            return result

        made, report, options = c_void_p(), c_void_p(), api.options()
        options.read = ctypes.cast(function, c_void_p)
        status = api.config_load(str(room / "main.yaml").encode(), byref(options), byref(made), byref(report))
        found = api.problems(report)
        api.report_free(report)
        return status, found

    assert answer(api.READ_DONE, None, 5)[0] == api.CONFIG
    assert "is empty" in answer(api.READ_DONE, None, 0)[1][0][3]
    assert "larger than 64 MiB" in answer(api.READ_DONE, 1, 1 << 40)[1][0][3]
    assert "can't be read" in answer(api.READ_FAILED, None, 0)[1][0][3]
    assert "can't be read" in answer(99, None, 0)[1][0][3]


def test_a_config_at_an_address_comes_from_the_host_with_what_is_beside_it(room):
    base = "https://me:pass-c4nary@configs.example/shop"
    reader = api.Reader({
        f"{base}/main.yaml?version=3": "version: 1\nduckdb: {}\nimports: [parts/one.yaml]\nviews:\n"
        "- {name: a, sql_file: {path: ../sql/a.sql}}\n- {name: d, source: parquet, uri: data/d.parquet}\n",
        f"{base}/parts/one.yaml": "views: [{name: one, sql: SELECT 1 AS n}]",
        "https://me:pass-c4nary@configs.example/sql/a.sql": "SELECT 'far' AS text",
    })  # fmt: skip
    status, found, sql = load(f"{base}/main.yaml?version=3", reader)
    assert (status, found) == (api.OK, [])
    assert "'far'" in sql and '"one"' in sql and "configs.example/shop/data/d.parquet" in sql and "c4nary" not in sql
    # What the host does not have is not asked for with the password of the address.
    status, found, _ = load(f"{base}/other.yaml", reader)
    assert (status, len(found)) == ((api.CONFIG if WITH_REMOTE else api.REMOTE), 1), found
    assert "c4nary" not in str(found)


def test_the_folder_of_a_config_from_the_host_need_not_exist(room):
    files = {str(path).replace(str(room.folder), "/vault-of-the-host"): text for path, text in given_files(room).items()}
    files["/vault-of-the-host/main.yaml"] += "- {name: d, source: parquet, uri: data/d.parquet}\n"
    status, found, sql = load("/vault-of-the-host/main.yaml", api.Reader(files))
    assert (status, found) == (api.OK, []) and "/vault-of-the-host/data/d.parquet" in sql
    files["/vault-of-the-host/main.yaml"] += "- {name: e, source: parquet, uri: ../vault-of-the-host-too/d.parquet}\n"
    assert load("/vault-of-the-host/main.yaml", api.Reader(files))[0] == api.CONFIG


def test_files_of_the_host_keep_to_the_allowed_folders(room):
    files = given_files(room)
    files[room / "main.yaml"] = files[room / "main.yaml"].replace("sql/a.sql", "../outside/a.sql")
    outside = room.folder.parent / "outside/a.sql"
    status, found, _ = load(room / "main.yaml", api.Reader({**files, outside: "SELECT 1"}))
    assert status == api.CONFIG and any(problem[1] in ("sql-file", "path") for problem in found), found


# ---- single statements ----


def test_the_statement_of_one_view_is_that_of_the_script(room):
    room.config({
        "version": 1,
        "views": [
            {"name": "Sales", "sql": "SELECT 'pass-c4nary' AS p -- end"},
            {"name": "sales", "db_schema": "mart", "sql": "SELECT 2 AS i"},
            {"name": "odd.name", "source": "parquet", "uri": "x.parquet"},
        ],
        "duckdb": {"secrets": [{"type": "http", "bearer_token": "pass-c4nary"}]},
    })  # fmt: skip
    made = c_void_p()
    assert api.config_load(str(room / "catalog.yaml").encode(), None, byref(made), None) == api.OK
    script = api.string_of(api.generate_sql, made, None, api.VIEWS_ONLY)[1]
    for name in (b"Sales", b"sales", b"main.SALES", b"mart.sales", b"MART.Sales", b"odd.name"):
        status, sql = api.string_of(api.view_sql, made, name, None)
        assert status == api.OK and sql in script, name
        assert ('"mart"."sales"' in sql) == name.lower().startswith(b"mart")
    assert "***" in api.string_of(api.view_sql, made, b"Sales", None)[1]
    shown = api.options(include_secrets=1)
    assert "pass-c4nary" in api.string_of(api.view_sql, made, b"Sales", byref(shown))[1]
    for name in (b"", b"nope", b"mart.nope", b"main.mart.sales", b"main."):
        assert api.string_of(api.view_sql, made, name, None) == (api.CONFIG, None), name
    assert api.view_sql(made, None, None, byref(c_void_p())) == api.USAGE
    assert api.view_sql(None, b"x", None, byref(c_void_p())) == api.USAGE
    api.config_free(made)


@pytest.mark.parametrize("text", ["plain", "", "two words", 'a "quoted" one', "it's", "Zażółć; DROP TABLE x --", "a\nb\\"])
def test_quoted_text_is_the_same_for_duckdb(room, text):
    room.catalog(("v", "SELECT 1 AS i"))
    with api.Catalog(room / "catalog.yaml") as catalog:
        status, literal = api.string_of(api.quote_literal, text.encode())
        assert status == api.OK and catalog.query(f"SELECT {literal}") == [(text,)]
        if text:
            status, name = api.string_of(api.quote_identifier, text.encode())
            assert status == api.OK
            assert catalog.query(f"SELECT column_name FROM (DESCRIBE SELECT 1 AS {name})") == [(text,)]
    assert api.quote_identifier(None, byref(c_void_p())) == api.USAGE
    assert api.quote_literal(b"x", None) == api.USAGE


def test_addresses_are_told_from_paths():
    remote = [b"https://x/y", b"s3://bucket/key", b"HTTP://x", b"sftp://host/f", b"hf://a/b"]
    local = [b"", b"/a/b", b"a.yaml", b"file:///a", b"FILE://a", b":memory:", b"c:x", b"1x://y", b"a b://c", b"x:/y"]
    assert [uri for uri in remote if api.uri_is_remote(uri) != 1] == []
    assert [uri for uri in local if api.uri_is_remote(uri) != 0] == []
    assert api.uri_is_remote(None) == 0


# ---- catalogs ----


def test_a_function_is_called_with_a_connection_that_is_closed_after_it(room):
    room.catalog(("v", "SELECT 42 AS i"))
    seen = []

    @api.CONNECTION_FUNCTION
    def ask(connection, user):
        seen.append((api.query(connection, "FROM v"), user))
        return api.TIMEOUT

    status, found = api.problems_of_call(api.with_connection, str(room / "catalog.yaml").encode(), None, ask, 7)
    assert (status, found, seen) == (api.TIMEOUT, [], [([("42",)], 7)])
    assert room.look("catalog.duckdb", "FROM v") == [(42,)]  # nobody has it open any more


def test_the_function_is_not_called_when_there_is_no_connection(room):
    room.catalog(("v", "FROM nowhere"))
    called = []
    function = api.CONNECTION_FUNCTION(lambda connection, user: called.append(1) or 0)
    path = str(room / "catalog.yaml").encode()
    status, found = api.problems_of_call(api.with_connection, path, None, function, None)
    assert status == api.ENGINE and len(found) == 1 and called == []
    report = c_void_p(1)
    assert api.with_connection(path, None, api.CONNECTION_FUNCTION(), None, byref(report)) == api.USAGE
    assert api.with_connection(None, None, function, None, None) == api.USAGE
    assert report.value is None and called == []


def test_the_copy_of_the_diagnostics_outlives_the_catalog(room):
    room.catalog(("v", "FROM nowhere"))
    copy = c_void_p()
    with api.Catalog(room / "catalog.yaml") as catalog:
        catalog.open()
        before = catalog.problems()
        assert api.copy_diagnostics(catalog.handle, byref(copy)) == api.OK
        room.catalog(("v", "SELECT 1 AS i"))
        catalog.connection()
        assert catalog.problems() == []
    assert api.problems(copy) == before and len(before) == 1
    api.report_free(copy)
    assert api.copy_diagnostics(None, byref(copy)) == api.USAGE


def state(catalog):
    status, text = api.string_of(api.status_json, catalog.handle)
    assert status == api.OK and "\n" not in text
    return json.loads(text)


def test_the_state_is_one_object_with_all_that_can_be_asked(room):
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 7 AS i")
    room.catalog(("own", "SELECT 1 AS i"), name="child.yaml", database="child.duckdb")
    room.catalog(
        ("v", "FROM ref.t"),
        attachments={
            "duckdb": [{"alias": "ref", "path": "ref.duckdb"}, {"alias": "gone", "path": "gone.duckdb", "on_error": "warn"}],
            "duckalog": [{"alias": "kid", "config_path": "child.yaml"}],
        },
    )
    with api.Catalog(room / "catalog.yaml") as catalog:
        before = state(catalog)
        assert before == {"duckalog": api.version().decode(), "duckdb": None, "config": str(room / "catalog.yaml"), "open": False,
                          "summary": None, "problems": [], "timings": [], "attachments": []}  # fmt: skip
        catalog.connection()
        now = state(catalog)
        summary = catalog.summary()
        assert now["open"] is True and now["duckdb"] == api.duckdb_version().decode()
        assert now["summary"]["database"] == str(room / "catalog.duckdb") and now["summary"]["created"] is True
        assert {name for name, _ in api.Summary._fields_} == set(now["summary"])
        assert now["summary"]["views"] == summary.views == 1
        assert {name for name, _ in api.Metric._fields_} == set(now["timings"][0])
        assert {row["phase"]: row["count"] for row in now["timings"]} == {
            phase: row["count"] for phase, row in catalog.metrics().items()
        }
        [problem] = now["problems"]
        assert {name for name, _ in api.Diagnostic._fields_} == set(problem)
        assert (problem["severity"], problem["object"], problem["transient"]) == ("warning", "gone (duckdb)", False)
        assert now["attachments"] == [
            {"alias": "ref", "kind": "duckdb", "read_only": True, "attached": True},
            {"alias": "gone", "kind": "duckdb", "read_only": True, "attached": False},
            {"alias": "kid", "kind": "duckalog", "read_only": True, "attached": True},
        ]
        catalog.close()
        closed = state(catalog)
        assert (closed["open"], closed["summary"], closed["attachments"]) == (False, None, [])
        assert closed["problems"] == now["problems"] and closed["timings"] == now["timings"]
    assert api.status_json(None, byref(c_void_p())) == api.USAGE


def test_no_secret_is_in_the_state(room):
    room.catalog(
        ("v", "FROM nowhere_c4nary_1"),
        duckdb={"secrets": [{"type": "http", "bearer_token": "c4nary_1"}]},
        database="d-c4nary_1.duckdb",
    )
    with api.Catalog(room / "catalog.yaml") as catalog:
        catalog.open()
        assert "c4nary" not in json.dumps(state(catalog))
        room.catalog(("v", "SELECT 1 AS i"), duckdb={"secrets": [{"type": "http", "bearer_token": "c4nary_1"}]}, database="d-c4nary_1.duckdb")
        catalog.connection()
        assert "c4nary" not in json.dumps(state(catalog))


def test_a_call_that_comes_to_no_opening_has_no_report(room):
    report = c_void_p(1)
    assert api.build(None, None, byref(report)) == api.USAGE and report.value is None
    report = c_void_p(1)
    wrong = api.options(read_only=1, force_rebuild=1)
    assert api.build(b"catalog.yaml", byref(wrong), byref(report)) == api.USAGE and report.value is None


def test_functions_called_through_the_old_name_know_the_old_struct():
    """A program built before there was the macro: 88 bytes, and no more are written."""
    library = ctypes.CDLL(str(LIBRARY))
    buffer = ctypes.create_string_buffer(b"\xaa" * 200, 200)
    library.duckalog_options_init(buffer)
    assert buffer.raw[88:] == b"\xaa" * 112 and int.from_bytes(buffer.raw[:8], "little") == 88
