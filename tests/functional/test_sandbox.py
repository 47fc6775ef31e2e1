"""
query --sandbox (cli.md section 7): the SQL of a stranger reads what the catalog declares, and nothing else.
"""

import json
import os
from pathlib import Path

import duckdb
import pytest
from conftest import Room, need_extension

SECRET = "kept-from-strangers"


def build(room):
    """A catalog with views of all kinds, beside files that it does not name."""
    room.data("data/a-1.parquet", "SELECT 1 AS n")
    room.data("data/a-2.parquet", "SELECT 2 AS n")
    room.data("data/other.parquet", f"SELECT '{SECRET}' AS n")
    room.write("data/names.csv", "name\nada\n")
    room.write("secret.txt", SECRET)
    room.write("exported/schema.sql", f'"{SECRET}" is no SQL')
    room.write("exported/load.sql", "")
    room.duckdb("crm.duckdb", "CREATE TABLE customers AS SELECT 7 AS customer", "CREATE SEQUENCE counter")
    room.sqlite("other.sqlite", f"CREATE TABLE t (x); INSERT INTO t VALUES ('{SECRET}');")
    room.catalog(
        {"name": "files", "source": "parquet", "uri": "data/a-*.parquet"},
        {"name": "named", "sql": f"SELECT * FROM read_csv('{room.folder}/data/names.csv')"},
        {"name": "first", "sql": f"SELECT * FROM '{room.folder}/data/a-1.parquet' WHERE n < 1"},
        {"name": "worded", "sql": f"SELECT 1 AS n WHERE '{SECRET}' <> ''"},
        {"name": "customers", "source": "duckdb", "database": "crm", "table": "customers"},
        attachments={"duckdb": [{"alias": "crm", "path": "crm.duckdb", "read_only": False}]},
        duckdb={
            "secrets": [{"type": "http", "name": "web", "bearer_token": SECRET}],
            "settings": [
                "SET threads = 2",
                f"SET VARIABLE token = '{SECRET}'",
                f"SET http_proxy_password = '{SECRET}'",
            ],
        },
    )
    (room / "link.txt").symlink_to("secret.txt")
    room.run()
    return room


@pytest.fixture
def sandbox(room):
    return build(room)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One for all that is refused: nothing changes it, as each test looks."""
    return build(Room(tmp_path_factory.mktemp("sandbox")))


def ask(room, sql, *arguments, **options):
    return room.duckalog("query", sql, "--config", "catalog.yaml", "--sandbox", *arguments, **options)


# ---- what can be read ----


@pytest.mark.parametrize(
    "sql, rows",
    [
        ("FROM files ORDER BY n", [{"n": 1}, {"n": 2}]),
        ("FROM named", [{"name": "ada"}]),
        ("FROM customers", [{"customer": 7}]),
        ("FROM crm.customers", [{"customer": 7}]),
        ("FROM range(2)", [{"range": 0}, {"range": 1}]),
        ("WITH f AS (FROM files) SELECT max(n) AS n FROM f", [{"n": 2}]),
        ("SELECT * FROM (PIVOT files ON n IN (1, 2) USING count(*))", [{"1": 1, "2": 1}]),
        ("SELECT row_number() OVER (ORDER BY n) AS r, upper('a') AS u FROM files LIMIT 1", [{"r": 1, "u": "A"}]),
        ("SHOW TABLES", [{"name": name} for name in ("customers", "files", "first", "named", "worded")]),
        ("SELECT name FROM (SHOW ALL TABLES) WHERE database = 'crm'", [{"name": "customers"}]),
        ("SHOW TABLES FROM crm", [{"name": "customers"}]),
        ("SHOW DATABASES", [{"database_name": "catalog"}, {"database_name": "crm"}]),
        ("SELECT database_name FROM (SHOW SCHEMAS)", [{"database_name": "catalog"}, {"database_name": "crm"}]),
        ("SELECT column_name FROM (DESCRIBE named)", [{"column_name": "name"}]),
        ("VALUES (1)", [{"col0": 1}]),
        ("SELECT '/etc/passwd' AS text", [{"text": "/etc/passwd"}]),
    ],
)
def test_what_the_catalog_declares_is_read(sandbox, sql, rows):
    outcome = ask(sandbox, sql, "--format", "json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out) == rows


def test_a_catalog_file_without_its_config_is_read_the_same_way(sandbox):
    for sql, code in [("FROM files", 0), ("FROM named", 0), ("FROM 'data/a-1.parquet'", 3), ("SELECT getenv('HOME')", 3)]:
        assert sandbox.duckalog("query", sql, "--sandbox").code == code
    assert sandbox.duckalog("query", "FROM files", "-c", "catalog.duckdb", "--sandbox", "--format", "csv").out == "n\n1\n2\n"


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "jsonl", "markdown", "html"])
def test_results_come_in_every_form(sandbox, form):
    plain = sandbox.duckalog("query", "FROM files ORDER BY n", "--config", "catalog.yaml", "--format", form)
    boxed = ask(sandbox, "FROM files ORDER BY n", "--format", form)
    assert (boxed.code, boxed.out) == (0, plain.out)


@pytest.mark.parametrize("ending", ["txt", "csv", "json", "jsonl", "md", "html", "parquet", "arrow", "arrows"])
def test_results_go_to_a_file_that_the_caller_names(sandbox, ending):
    sandbox.write(f"plain.{ending}", "")
    outcome = sandbox.duckalog("query", "FROM files ORDER BY n", "--config", "catalog.yaml", "-o", f"plain.{ending}")
    assert outcome.code == 0, outcome.err
    outcome = ask(sandbox, "FROM files ORDER BY n", "-o", f"boxed.{ending}")
    assert (outcome.code, outcome.out) == (0, ""), outcome.err
    assert (sandbox / f"boxed.{ending}").read_bytes() == (sandbox / f"plain.{ending}").read_bytes()


def test_a_failure_half_way_leaves_no_file(sandbox):
    sql = "SELECT CASE WHEN range = 900000 THEN error('no') ELSE range END FROM range(1000000)"
    outcome = ask(sandbox, sql, "-o", "boxed.csv")
    assert (outcome.code, outcome.err) == (3, "error: Invalid Input Error: no\n")
    assert not [name for name in os.listdir(sandbox.folder) if name.startswith("boxed")]


def test_several_statements_each_have_their_result(sandbox):
    outcome = ask(sandbox, "FROM files ORDER BY n; FROM named; SELECT $x AS x", "--format", "csv", "--param", "x=5")
    assert (outcome.code, outcome.out) == (0, "n\n1\n2\nname\nada\nx\n5\n"), outcome.err


def test_a_large_result_streams_through(sandbox):
    outcome = ask(sandbox, "FROM range(300000)", "--format", "csv")
    assert outcome.code == 0
    assert outcome.out.splitlines() == ["range", *map(str, range(300000))]


# ---- what can't ----

ESCAPES = [
    # files, by whatever function or name
    "FROM read_csv('{folder}/secret.txt')",
    "FROM read_text('{folder}/secret.txt')",
    "FROM read_blob('{folder}/secret.txt')",
    "FROM read_text('{folder}/data/../secret.txt')",
    "FROM read_text('file://{folder}/secret.txt')",
    "FROM read_text('{folder}/link.txt')",
    "FROM read_text('/proc/self/environ')",
    "FROM read_parquet('{folder}/data/other.parquet')",
    "FROM parquet_scan(['{folder}/data/a-1.parquet', '{folder}/data/other.parquet'])",
    "FROM '{folder}/data/other.parquet'",
    "FROM 'data/other.parquet'",
    'FROM "data/other".parquet',
    "FROM '{folder}/data/*.parquet'",
    "FROM '{folder}/crm.duckdb'",
    "FROM '/etc/passwd'",
    "FROM glob('/*')",
    "FROM sniff_csv('{folder}/secret.txt')",
    "FROM parquet_metadata('{folder}/data/other.parquet')",
    "FROM parquet_schema('{folder}/data/other.parquet')",
    "FROM parquet_kv_metadata('{folder}/data/other.parquet')",
    "FROM read_duckdb('{folder}/crm.duckdb', table_name = 'customers')",
    "SELECT (SELECT content FROM read_text('{folder}/secret.txt'))",
    "WITH x AS (FROM read_text('{folder}/secret.txt')) FROM x",
    "SUMMARIZE FROM read_text('{folder}/secret.txt')",
    "DESCRIBE FROM read_csv('{folder}/secret.txt')",
    "FROM files WHERE n = (SELECT count(*) FROM read_text('{folder}/secret.txt'))",
    # behind what a view filters
    "FROM '{folder}/data/a-1.parquet'",
    "FROM read_parquet('{folder}/data/a-1.parquet')",
    "SELECT stats(n) FROM first",
    "SELECT main.STATS(n) FROM (FROM first)",
    # SQL in strings
    "FROM query('FROM read_text(''{folder}/secret.txt'')')",
    "FROM query_table('{folder}/data/other.parquet')",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{folder}/secret.txt'')'))",
    "PRAGMA json_execute_serialized_sql('x')",
    "SELECT json_serialize_plan('SELECT max(n) FROM read_parquet(''{folder}/data/a-1.parquet'')', optimize := true)",
    "SELECT json_serialize_plan('SELECT current_setting(''http_proxy_password'')', optimize := true)",
    "PREPARE p AS FROM read_text('{folder}/secret.txt')",
    "PREPARE p AS SELECT 1; EXECUTE p",
    "EXPLAIN ANALYZE COPY files TO '{folder}/made'",
    "EXPLAIN FROM files",
    # writing
    "COPY files TO '{folder}/made'",
    "COPY files TO '{folder}/data/a-1.parquet'",
    "COPY (SELECT 1 AS n) TO '{folder}/data/a-1.parquet' (USE_TMP_FILE false)",
    "COPY files FROM '{folder}/data/names.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE '{folder}/made'",
    "IMPORT DATABASE '{folder}/data'",
    "IMPORT DATABASE '{folder}/exported'",
    "FROM files; IMPORT DATABASE '{folder}/exported'",
    "IMPORT DATABASE 'http://127.0.0.1:1/exported'",
    "CREATE TABLE made (i INTEGER)",
    "CREATE TEMP TABLE made AS FROM files",
    "CREATE TEMP VIEW made AS FROM read_text('{folder}/secret.txt')",
    "CREATE TEMP MACRO made() AS TABLE FROM read_text('{folder}/secret.txt')",
    "INSERT INTO crm.customers VALUES (8)",
    "UPDATE crm.customers SET customer = 8",
    "DELETE FROM crm.customers",
    "SELECT nextval('crm.main.counter')",
    "SELECT write_log('x')",
    "DROP VIEW files",
    "ALTER TABLE crm.customers ADD COLUMN c INTEGER",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    # other databases
    "ATTACH '{folder}/crm.duckdb' AS other",
    "ATTACH '{folder}/made.duckdb' AS made",
    "ATTACH ':memory:' AS made",
    "ATTACH '{folder}/other.sqlite' AS other (TYPE sqlite)",
    "DETACH crm",
    "USE crm",
    "FROM sqlite_scan('{folder}/other.sqlite', 't')",
    "FROM sqlite_query('crm', 'SELECT 1')",
    "FROM postgres_scan('host=127.0.0.1 port=1', 'public', 't')",
    "FROM postgres_query('crm', 'SELECT 1')",
    "FROM delta_scan('{folder}/data')",
    "FROM iceberg_scan('{folder}/data')",
    # code
    "INSTALL httpfs",
    "FORCE INSTALL httpfs",
    "INSTALL spatial FROM community",
    "LOAD httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "UPDATE EXTENSIONS",
    # the network
    "FROM 'http://127.0.0.1:1/x.csv'",
    "FROM read_text('https://127.0.0.1:1/x')",
    "FROM read_csv('s3://bucket/x.csv')",
    # settings and secrets
    "SET threads = 1",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET search_path = 'crm'",
    "SET schema = 'crm'",
    "SET VARIABLE x = 1",
    "SET allowed_paths = ['{folder}/secret.txt']",
    "SET temp_directory = '{folder}/made'",
    "RESET threads",
    "RESET lock_configuration",
    "PRAGMA threads = 1",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "CREATE SECRET (TYPE http, BEARER_TOKEN 'x')",
    "CREATE PERSISTENT SECRET (TYPE http, BEARER_TOKEN 'x')",
    "DROP SECRET web",
    "FROM duckdb_secrets()",
    "FROM duckdb_secrets(redact = false)",
    "FROM system.main.duckdb_secrets()",
    'FROM "DuckDB_Secrets"()',
    "FROM which_secret('http://x', 'http')",
    "SELECT getenv('HOME')",
    "SELECT main.getenv('HOME')",
    "SELECT 'HOME'.getenv()",
    "SELECT current_setting('threads')",
    "FROM duckdb_settings()",
    "SELECT getvariable('token')",
    "SHOW VARIABLES",
    "SELECT value FROM (SHOW VARIABLES)",
    "FROM pg_settings",
    "FROM pg_catalog.pg_settings",
    "SUMMARIZE pg_settings",
    "FROM histogram('pg_settings', name)",
    "FROM duckdb_views()",
    "FROM duckdb_views",
    "SELECT pg_get_viewdef(oid) FROM pg_class",
    "SELECT pg_catalog.pg_get_viewdef(oid) FROM pg_class",
    "FROM sqlite_master",
    "FROM information_schema.views",
    "FROM duckdb_databases()",
    "FROM duckdb_databases",
    "FROM pragma_database_list",
    "FROM duckdb_logs()",
    "FROM duckdb_temporary_files()",
    "CALL enable_logging(storage = 'file', storage_path = '{folder}/made')",
    "CALL pragma_version()",
    "BEGIN",
    # no SQL
    "FROM files) TO '{folder}/made' (FORMAT csv) --",
    "FROM files; COPY files TO '{folder}/made'",
    "FROM files /* ; */ ; ATTACH '{folder}/crm.duckdb' AS other",
    "nonsense",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_everything_else_is_refused_and_changes_nothing(shared, sql):
    before = shared.everything()
    outcome = ask(shared, sql.replace("{folder}", str(shared.folder)), "--format", "jsonl")
    assert outcome.code == 3, outcome.out
    assert SECRET not in outcome.out + outcome.err and "root:" not in outcome.out
    assert outcome.out in ("", '{"n":1}\n{"n":2}\n', '{"1":1}\n')  # of the good statement before the bad one
    assert outcome.err.startswith("error: ")
    assert shared.everything() == before


@pytest.mark.parametrize("sql", ESCAPES[:40])
def test_a_catalog_file_alone_keeps_strangers_out_too(shared, sql):
    outcome = shared.duckalog("query", sql.replace("{folder}", str(shared.folder)), "--sandbox")
    assert outcome.code == 3, outcome.out
    assert SECRET not in outcome.out


def test_no_extension_is_loaded_to_take_sql_apart(shared):
    need_extension("httpfs")
    outcome = ask(shared, "IMPORT DATABASE 'http://127.0.0.1:1/exported'")
    assert "disabled by configuration" in outcome.err


def test_a_mistake_is_told_in_the_words_of_duckdb(sandbox):
    for sql, words in [("SELECT FROM WHERE", "Parser Error: "), ("FROM nowhere", "Catalog Error: "), ("SELECT x FROM files", "Binder Error: ")]:
        outcome = ask(sandbox, sql)
        assert outcome.code == 3
        assert outcome.err.startswith("error: " + words)


def test_keep_going_goes_on_in_the_sandbox(sandbox):
    outcome = ask(sandbox, "FROM read_text('secret.txt'); SET threads = 1; FROM named", "--keep-going", "--format", "csv")
    assert (outcome.code, outcome.out) == (3, "name\nada\n")


def test_duckdb_itself_is_closed_behind_the_look_at_statements(sandbox):
    """A view made of another's words: what it opens is not known by its text, so that DuckDB's own wall has to hold."""
    with duckdb.connect(str(sandbox / "catalog.duckdb")) as connection:
        connection.execute("CREATE MACRO opened(file) AS TABLE FROM read_text(file)")
        connection.execute(f"CREATE VIEW built AS FROM read_text('{sandbox.folder}/secret' || '.txt')")
    for sql in ("FROM built", f"FROM opened('{sandbox.folder}/secret.txt')", "FROM opened('/etc/passwd')"):
        outcome = sandbox.duckalog("query", sql, "--sandbox")
        assert outcome.code == 3
        assert "disabled by configuration" in outcome.err
        assert "hint: with --sandbox a view reads files that its query names" in outcome.err
        assert SECRET not in outcome.out
    assert sandbox.duckalog("query", f"FROM opened('{sandbox.folder}/data/names.csv')", "--sandbox").code == 0


def test_what_does_not_fit_into_memory_is_not_written_to_disk(sandbox):
    config = json.loads((sandbox / "catalog.yaml").read_text())
    config["duckdb"]["settings"] = ["SET memory_limit = '250MB'", "SET threads = 1"]
    sandbox.config(config)
    sql = "SELECT max(t) FROM (SELECT repeat(range::VARCHAR, 40) AS t FROM range(2000000) ORDER BY hash(range) LIMIT 1900000)"
    assert sandbox.duckalog("query", sql, "--config", "catalog.yaml").code == 0
    outcome = ask(sandbox, sql)
    assert outcome.code == 3
    assert "Out of Memory" in outcome.err


def test_a_sandbox_that_can_not_be_built_runs_nothing(sandbox):
    config = json.loads((sandbox / "catalog.yaml").read_text())
    config["duckdb"]["settings"] = ["SET lock_configuration = true"]
    sandbox.config(config)
    outcome = ask(sandbox, "FROM named")
    assert (outcome.code, outcome.out) == (3, "")
    assert "error: the sandbox can't be built: " in outcome.err


@pytest.mark.parametrize("here", [".", "data"])
def test_files_are_found_from_the_folder_of_the_config(room, here):
    room.data("data/a-1.parquet", "SELECT 1 AS n")
    room.write("data/b.csv", "n\n2\n")
    room.catalog(("a", "FROM 'data/a-*.parquet'"), ("b", "FROM read_csv(['data/b.csv'])"))
    room.run()
    sql = "FROM a UNION ALL FROM b"
    arguments = ("query", sql, "--config", room / "catalog.yaml", "--sandbox", "--format", "csv")
    assert room.duckalog(*arguments, cwd=room / here).out == "n\n1\n2\n"


def test_views_over_s3_read_their_own_files_only(room, s3):
    need_extension("httpfs")
    for n, name in enumerate(("a-1", "a-2", "other")):
        s3.put(f"box/{name}.parquet", room.data(f"{name}.parquet", f"SELECT {n} AS n").read_bytes())
    room.catalog(
        {"name": "two", "source": "parquet", "uri": "s3://lake/box/a-*.parquet"},
        {"name": "one", "source": "parquet", "uri": "s3://lake/box/a-1.parquet"},
        ("built", "FROM read_parquet('s3://lake/box/' || 'other.parquet')"),
        duckdb={"load_extensions": ["httpfs"], "secrets": [s3.config_secret()]},
    )
    room.run()
    outcome = ask(room, "FROM two UNION ALL FROM one", "--format", "csv")
    assert outcome.out == "n\n0\n1\n0\n", outcome.err
    for sql in ("FROM 's3://lake/box/other.parquet'", "FROM 's3://lake/box/a-1.parquet'", "FROM built", "FROM duckdb_secrets()"):
        outcome = ask(room, sql)
        assert outcome.code == 3
        assert s3.secret not in outcome.out + outcome.err


def test_an_attached_sqlite_file_is_read_through_its_name_only(room):
    need_extension("sqlite_scanner")
    room.sqlite("shop.sqlite", "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);")
    room.sqlite("other.sqlite", f"CREATE TABLE t (x); INSERT INTO t VALUES ('{SECRET}');")
    room.catalog(
        {"name": "v", "source": "sqlite", "database": "shop", "table": "t"},
        attachments={"sqlite": [{"alias": "shop", "path": "shop.sqlite"}]},
    )
    room.run()
    assert ask(room, "FROM v UNION ALL FROM shop.t", "--format", "csv").out == "x\n1\n1\n"
    for sql in (f"FROM sqlite_scan('{room.folder}/other.sqlite', 't')", "FROM sqlite_query('shop', 'SELECT 1')"):
        outcome = ask(room, sql)
        assert outcome.code == 3
        assert "the sandbox does not call the function sqlite_" in outcome.err


def test_an_attached_server_is_read_through_its_name_only(room, postgres):
    postgres.psql("CREATE TABLE boxed AS SELECT 1 AS x")
    room.catalog(
        {"name": "v", "source": "postgres", "database": "pg", "table": "public.boxed"},
        attachments={"postgres": [postgres.attachment()]},
    )
    room.run()
    assert ask(room, "FROM v UNION ALL FROM pg.public.boxed", "--format", "csv").out == "x\n1\n1\n"
    for sql in (
        "FROM postgres_query('pg', 'SELECT pg_read_file(''/etc/passwd'')')",
        "CALL postgres_execute('pg', 'DROP TABLE boxed')",
        "FROM postgres_scan('host=127.0.0.1', 'public', 'boxed')",
    ):
        assert ask(room, sql).code == 3
    assert ask(room, "FROM v", "--format", "csv").out == "x\n1\n"


def test_a_catalog_that_builds_on_another_is_read(room):
    room.data("data/a.parquet", "SELECT 1 AS n")
    room.catalog({"name": "a", "source": "parquet", "uri": "data/a.parquet"}, database="base.duckdb", name="base.yaml")
    room.catalog(
        ("v", "SELECT * FROM base.a"), attachments={"duckalog": [{"alias": "base", "config_path": "base.yaml"}]}
    )
    room.run()
    assert ask(room, "FROM v", "--format", "csv").out == "n\n1\n"
    assert ask(room, "FROM 'data/a.parquet'").code == 3


def test_a_question_to_a_model_is_asked_in_the_sandbox_too(room):
    room.catalog(
        ("sales", "SELECT 'x' AS region, 5 AS amount"),
        semantic_models=[
            {
                "name": "sales",
                "base_view": "sales",
                "dimensions": [{"name": "region", "expression": "region"}],
                "measures": [{"name": "revenue", "expression": "sum(amount)"}],
            }
        ],
    )
    room.run()
    question = ("query", "--config", "catalog.yaml", "--model", "sales", "--sandbox", "--format", "csv")
    assert room.duckalog(*question, "--by", "region").out == "region,revenue\nx,5\n"
    outcome = room.duckalog(*question, "--where", "(SELECT content FROM read_text('/etc/passwd')) <> ''")
    assert outcome.code == 3
    assert "the sandbox does not call the function read_text" in outcome.err


def test_secrets_that_the_user_has_stored_stay_closed(room):
    room.catalog(("v", "SELECT 1 AS n"))
    room.run()
    folder = room / "home/.duckdb/stored_secrets"
    folder.mkdir(parents=True)
    with duckdb.connect(config={"secret_directory": str(folder)}) as connection:
        connection.execute(f"CREATE PERSISTENT SECRET mine (TYPE http, BEARER_TOKEN '{SECRET}')")
    for arguments in ((), ("--config", "catalog.yaml")):
        outcome = room.duckalog("query", "FROM duckdb_secrets()", "--sandbox", *arguments)
        assert outcome.code == 3
        assert SECRET not in outcome.out + outcome.err


def test_every_function_of_duckdb_was_looked_at(sandbox):
    # Functions are refused by their names: whoever takes a newer DuckDB looks at those that it brings, refuses those that
    # tell or do what a stranger may not (sandbox_query.c), and then writes all of them down here.
    known = set((Path(__file__).parent / "known_functions.txt").read_text().split())
    sql = (
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE internal"
        " AND function_type IN ('scalar', 'aggregate', 'macro') AND regexp_full_match(function_name, '[a-z_][a-z0-9_]*')"
    )
    sandbox.catalog(("v", "SELECT 1 AS n"), database="plain.duckdb", name="plain.yaml")
    assert {name for (name,) in sandbox.rows(sql, config="plain.yaml")} - known == set()
