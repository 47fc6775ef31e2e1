"""Secrets: what they may hold, what becomes of the user's own stored ones, and that no value ever comes out."""

import copy
import json
import stat
import subprocess

import pytest
from conftest import DUCKDB_CLI, need_extension

ODD_NAMES = [
    "prod-s3",
    "with space",
    'quo"te',
    "it's",
    "a; CREATE TABLE evil (i INT); --",
    "ünïcode 祕密",
    "select",
    "x" * 60,
]
LISTED = "SELECT name, type, persistent, scope FROM duckdb_secrets() ORDER BY ALL"


def http(name, **more):
    return {"type": "http", "name": name, "bearer_token": "t0ken", **more}


def with_secrets(room, *secrets, **duckdb):
    room.catalog(("v", "SELECT 1 AS i"), duckdb={"secrets": list(secrets), **duckdb})


def stored_files(room):
    return {path.name: path for path in (room / "home").rglob("*") if ".duckdb_secret" in path.name}


def user_stores(room, name, value="the-users-own"):
    """As the user does it, with DuckDB's own shell."""
    sql = f"CREATE PERSISTENT SECRET \"{name}\" (TYPE http, BEARER_TOKEN '{value}')"
    subprocess.run([DUCKDB_CLI, "-c", sql], env=room.environment, check=True, capture_output=True, timeout=60)
    [path] = stored_files(room).values()
    return path


# ---- what a secret may hold ----


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_will_do_and_is_only_a_name(room, name, persistent):
    with_secrets(room, http(name, persistent=persistent))
    for _ in range(2):
        assert room.rows(LISTED) == [(name.lower(), "http", persistent, [])]
    assert room.rows("SELECT count(*) FROM duckdb_tables()") == [(0,)]
    assert len(stored_files(room)) == persistent


@pytest.mark.parametrize("name", ["../../evil", "sub/folder", "/evil"])
def test_a_name_cannot_lead_out_of_the_secret_directory(room, name):
    with_secrets(room, http(name, persistent=True))
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 2
    assert "duckdb.secrets[0].name" in outcome.err
    assert stored_files(room) == {}


def test_scope_and_every_kind_of_option_reach_duckdb(room):
    need_extension("httpfs")
    with_secrets(
        room,
        {
            **{"type": "s3", "name": "scoped", "key_id": "K", "secret": "it's", "scope": "s3://bucket/it's"},
            **{"region": "eu-1", "endpoint": "HTTP://127.0.0.1:9000", "options": {"url_style": "path"}},
        },
        {
            **{"type": "s3", "name": "listed", "key_id": "K", "secret": "S", "endpoint": "https://x.example"},
            **{"options": {"scope": ["s3://a", "s3://b"], "use_ssl": False}},
        },
        {"type": "gcs", "name": "google", "key_id": "K", "secret": "S"},
        http(
            "mapped", scope="https://a.example/", options={"extra_http_headers": {"X-One": "it's 1", "Two Words": "2"}}
        ),
        load_extensions=["httpfs"],
    )
    rows = room.rows("SELECT name, scope, secret_string FROM duckdb_secrets() ORDER BY name")
    found = {name: (scope, text) for name, scope, text in rows}
    assert set(found) == {"scoped", "listed", "google", "mapped"}
    scope, text = found["scoped"]
    assert scope == ["s3://bucket/it's"]
    for part in ("endpoint=127.0.0.1:9000", "region=eu-1", "url_style=path", "use_ssl=false", "key_id=K"):
        assert part in text.split(";")
    scope, text = found["listed"]
    assert scope == ["s3://a", "s3://b"] and "use_ssl=false" in text and "endpoint=x.example" in text
    assert found["mapped"][0] == ["https://a.example/"]
    assert "X-One=" in found["mapped"][1] and "Two Words=2" in found["mapped"][1]


def test_the_secret_whose_scope_fits_is_the_one_that_is_used(room):
    need_extension("httpfs")
    both = [http("wide"), http("narrow", scope="https://a.example/deep/")]
    with_secrets(room, *both, load_extensions=["httpfs"])
    which = "SELECT name FROM which_secret('https://a.example/{}', 'http')"
    assert room.rows(which.format("deep/x")) == [("narrow",)]
    assert room.rows(which.format("x")) == [("wide",)]


@pytest.mark.parametrize(
    "connection_string",
    [
        "host=h.example port=5433 dbname='my db' user=u password='p w'",
        "postgresql://u:p%20w@h.example:5433/my%20db",
    ],
)
def test_a_connection_string_becomes_the_parts_that_duckdb_takes(room, connection_string):
    need_extension("postgres_scanner")
    secret = {"type": "postgres", "name": "server", "connection_string": connection_string}
    with_secrets(room, secret, load_extensions=["postgres"])
    [(text,)] = room.rows("SELECT secret_string FROM duckdb_secrets()")
    assert {"host=h.example", "port=5433", "dbname=my db", "user=u"} <= set(text.split(";"))


def test_attachments_can_be_reached_through_a_secret_of_the_config(room, postgres):
    """Secrets come before attachments: here a pragma's ATTACH could not work, a view's attachment does."""
    with_secrets(
        room,
        {
            **{"type": "postgres", "name": "shop", "host": postgres.host, "port": postgres.port},
            **{"database": postgres.database, "user": postgres.user, "password": "${env:PG}"},
        },
        load_extensions=["postgres"],
    )
    sql = "ATTACH '' AS p (TYPE postgres, SECRET shop, READ_ONLY); SELECT name FROM p.customers WHERE id = 1"
    outcome = room.duckalog("run", "catalog.yaml", "-q", sql, env={"PG": postgres.password})
    assert outcome.code == 0 and "Ada" in outcome.out, outcome.err


@pytest.mark.parametrize(
    "secrets",
    [
        [http("one"), http("ONE")],
        [{"type": "http", "bearer_token": "a"}, {"type": "http", "bearer_token": "b"}],
    ],
)
def test_two_secrets_of_one_name_are_a_mistake(room, secrets):
    with_secrets(room, *secrets)
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 2 and "duckdb.secrets[1]" in outcome.err


# ---- the user's own stored secrets ----


@pytest.mark.parametrize("name", ["mine", "MINE", "http"])
@pytest.mark.parametrize("command", [("run",), ("run", "--force-rebuild"), ("build",)])
def test_a_stored_secret_of_the_same_name_is_left_alone(room, name, command):
    path = user_stores(room, name.lower())
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with_secrets(room, http(name))
    outcome = room.duckalog(command[0], "catalog.yaml", *command[1:])
    assert outcome.code == 0
    assert "a stored secret has this name too" in outcome.err
    assert room.rows(LISTED) == [(name.lower(), "http", False, []), (name.lower(), "http", True, [])]
    assert stored_files(room) == {path.name: path}
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("name", ["mine", "MINE"])
def test_a_persistent_secret_that_is_stored_already_is_not_written_again(room, name):
    path = user_stores(room, "mine")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with_secrets(room, http(name, persistent=True, scope="https://new.example/"))
    for arguments in ((), ("--force-rebuild",)):
        assert room.run(*arguments).code == 0
        assert room.rows(LISTED) == [("mine", "http", True, [])]
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_persistent_secret_is_stored_for_its_user_only(room):
    with_secrets(room, http("Keep", persistent=True))
    room.run()
    [path] = stored_files(room).values()
    assert path.name == "keep.duckdb_secret"
    assert path.parent == room / "home" / ".duckdb" / "stored_secrets"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_secret_directory_can_be_set_in_the_config(room):
    with_secrets(room, http("keep", persistent=True), settings=[f"SET secret_directory = '{room / 'vault'}'"])
    for _ in range(2):
        assert room.rows(LISTED) == [("keep", "http", True, [])]
    assert [path.name for path in (room / "vault").iterdir()] == ["keep.duckdb_secret"]
    assert stored_files(room) == {}


def test_a_read_only_session_stores_no_secret_but_has_it(room):
    room.catalog(("v", "SELECT 1 AS i"))
    room.run()
    with_secrets(room, http("keep", persistent=True), http("fleeting"))
    outcome = room.run(
        "--read-only", "--format", "csv", "-q", "SELECT name, persistent FROM duckdb_secrets() ORDER BY ALL"
    )
    assert outcome.out == "name,persistent\nfleeting,false\nkeep,false\n"
    assert "warning: persistent secrets: keep: this session is read-only" in outcome.err
    assert stored_files(room) == {}


def test_a_build_that_fails_stores_no_secret(room):
    room.catalog(("bad", "FROM nowhere"), duckdb={"secrets": [http("keep", persistent=True)]})
    assert room.duckalog("run", "catalog.yaml").code == 3
    assert stored_files(room) == {}


# ---- values stay inside ----

# Each value that must not come out has this in it, the password of the PostgreSQL server too.
CANARY = "c4nary"


@pytest.fixture
def guarded(room, postgres):
    """A config with a canary wherever a secret can be."""
    need_extension("httpfs")
    room.environment["CANARY"] = "c4nary-of-the-environment"
    return {
        "version": 1,
        "duckdb": {
            "database": "catalog.duckdb",
            "load_extensions": ["httpfs", "postgres"],
            "secrets": [
                {"type": "s3", "name": "s3", "key_id": "c4nary-key", "secret": "c4nary-s3'quoted"},
                http("web", options={"extra_http_headers": {"Authorization": "c4nary-header"}}),
                {"type": "http", "name": "keep", "bearer_token": "${env:CANARY}", "scope": "https://x.example/"},
                {"type": "postgres", "name": "pg", "connection_string": "host=h user=u dbname=d password=c4nary-dsn"},
            ],
        },
        "attachments": {"postgres": [postgres.attachment("shop")]},
        "views": [{"name": "v", "sql": "SELECT * FROM shop.customers"}],
    }


def change(path, value):
    """A mistake: another value at a place in the config."""

    def apply(config):
        *way, last = path
        for key in way:
            config = config[key]
        config[last] = value

    return apply


S3, WEB, PG = ("duckdb", "secrets", 0), ("duckdb", "secrets", 1), ("duckdb", "secrets", 3)
SERVER = ("attachments", "postgres", 0)

# What is changed, and the exit code of `run`: each way to fail has its own words, often DuckDB's.
MISTAKES = {
    "none": (lambda config: None, 0),
    "wrong password": (change((*SERVER, "password"), "c4nary-wrong"), 3),
    "wrong user": (change((*SERVER, "user"), "nobody"), 3),
    "wrong database": (change((*SERVER, "database"), "nowhere"), 3),
    "nobody listens": (change((*SERVER, "port"), 1), 3),
    "secret option of libpq": (change((*SERVER, "options"), {"sslpassword": "c4nary"}), 0),
    "secret option of libpq, and nobody listens": (
        lambda config: config["attachments"]["postgres"][0].update(port=1, options={"sslpassword": "c4nary"}),
        3,
    ),
    "unknown option of libpq": (change((*SERVER, "options"), {"sslpasswords": "c4nary"}), 3),
    "unknown option of a secret": (change((*S3, "options"), {"nope_token": "c4nary"}), 3),
    "option of the wrong type": (change((*S3, "options"), {"use_ssl": "c4nary"}), 3),
    "headers of the wrong type": (change((*WEB, "options"), {"extra_http_headers": "c4nary"}), 3),
    "headers of an odd type": (change((*WEB, "options"), {"extra_http_headers": {"a": ["c4nary"]}}), 0),
    "list for text": (change((*S3, "secret"), ["c4nary"]), 2),
    "mapping for text": (change((*S3, "key_id"), {"c4nary": "c4nary"}), 2),
    "unknown key of a secret": (change((*S3, "sekret"), "c4nary"), 2),
    "unknown provider": (change((*S3, "provider"), "c4nary"), 2),
    "broken connection string": (change((*PG, "connection_string"), "c4nary c4nary"), 2),
    "unknown part of a connection string": (change((*PG, "connection_string"), "host=h passwort=c4nary"), 2),
    "broken placeholder": (change((*S3, "secret"), "${env:C4NARY-c4nary}"), 2),
    "setting that fails": (change(("duckdb", "settings"), ["SET s3_secret_access_keys = '${env:CANARY}'"]), 3),
    "setting that is no setting": (
        change(("duckdb", "settings"), ["CREATE SECRET (TYPE s3, SECRET '${env:CANARY}')"]),
        2,
    ),
    "pragma that fails": (
        change(("duckdb", "pragmas"), ["CREATE SECRET x (TYPE s3, SECRET '${env:CANARY}', NOPE 1)"]),
        3,
    ),
    "view that fails": (change(("views", 0, "sql"), "FROM nowhere WHERE x = '${env:CANARY}'"), 3),
    "view that cannot be parsed": (change(("views", 0, "sql"), "SELEKT '${env:CANARY}'"), 3),
}

# A script shows these as they are: the SQL of a view is no secret, and neither is an option like this one.
SHOWN_IN_SCRIPTS = {"option of the wrong type", "view that fails", "view that cannot be parsed"}
# See test_a_script_shows_no_secret_of_a_setting_or_pragma.
TESTED_BELOW = {"setting that fails", "pragma that fails"}

COMMANDS = [
    ("run", "catalog.yaml", "-vv"),
    ("run", "catalog.yaml", "-vv", "-q", "SELECT * FROM v WHERE nope = 1"),
    ("run", "catalog.yaml", "-vv", "--force-rebuild", "-q", "SELECT database_name, path FROM duckdb_databases()"),
    ("run", "catalog.yaml", "-vv", "--read-only"),
    ("run", "catalog.yaml", "-vv", "--dry-run"),
    ("build", "catalog.yaml", "-vv"),
    ("build", "catalog.yaml", "--dry-run"),
    ("query", "SELECT * FROM duckdb_settings() WHERE name LIKE '%timeout%'", "--config", "catalog.yaml", "-vv"),
    ("validate", "catalog.yaml", "-vv"),
    ("generate-sql", "catalog.yaml", "-v"),
    ("generate-sql", "catalog.yaml", "--views-only"),
    ("generate-sql", "catalog.yaml", "-v", "-o", "out.sql"),
]


def leaks(room, outcome):
    """Where a canary is: in the streams, or in a file that was written."""
    files = [path for path in room.folder.rglob("*") if path.is_file() and path.name != "catalog.yaml"]
    return [name for name in ("out", "err") if CANARY in getattr(outcome, name)] + [
        path.name for path in files if CANARY.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:60])
def test_no_command_lets_a_secret_value_out(room, guarded, command):
    room.config(guarded)
    outcome = room.duckalog(*command)
    assert outcome.code == (3 if "--read-only" in command or "--config" in command or "nope" in command[-1] else 0), (
        outcome.err
    )
    assert leaks(room, outcome) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_error_lets_a_secret_value_out(room, guarded, mistake):
    apply, code = MISTAKES[mistake]
    config = copy.deepcopy(guarded)
    apply(config)
    room.config(config)
    outcome = room.duckalog("run", "catalog.yaml", "-vv")
    assert outcome.code == code, outcome.err
    assert leaks(room, outcome) == [], outcome.err
    outcome = room.duckalog("validate", "catalog.yaml", "-vv")
    assert outcome.code == (2 if code == 2 or "parsed" in mistake else 0), outcome.err
    assert leaks(room, outcome) == [], outcome.err
    if mistake not in SHOWN_IN_SCRIPTS | TESTED_BELOW:
        outcome = room.duckalog("generate-sql", "catalog.yaml", "-o", "out.sql")
        assert outcome.code == (2 if code == 2 else 0), outcome.err
        assert leaks(room, outcome) == [], outcome.err


@pytest.mark.parametrize(
    "text",
    [
        'version: 1\nduckdb:\n  secrets:\n    - {type: s3, key_id: K, secret: "c4nary}\n',
        "version: 1\nduckdb:\n  secrets:\n    - type: s3\n      secret: c4nary: c4nary\n",
        "version: 1\nduckdb:\n  secrets:\n    - type: s3\n\tsecret: c4nary\n",
        "version: 1\nduckdb:\n  secrets:\n    - {type: s3, secret: c4nary, secret: c4nary2}\n",
        "version: 1\nduckdb:\n  secrets: c4nary\n",
        b"version: 1\nduckdb:\n  secrets:\n    - {type: s3, secret: c4nary\xff}\n",
    ],
)
@pytest.mark.parametrize("name", ["catalog.yaml", "catalog.json"])
def test_a_file_that_cannot_be_read_lets_no_value_out(room, text, name):
    room.write(name, text)
    for command in ("run", "validate"):
        outcome = room.duckalog(command, name)
        assert outcome.code == 2
        assert outcome.err.startswith(f"{name}:")
        assert CANARY not in outcome.out + outcome.err


def test_values_come_out_only_where_they_are_asked_for(room, guarded):
    room.config(guarded)
    for command in (("generate-sql", "catalog.yaml"), ("run", "catalog.yaml", "--dry-run")):
        outcome = room.duckalog(*command, "--include-secrets")
        assert outcome.code == 0
        for value in (
            "'c4nary-key'",
            "'c4nary-s3''quoted'",
            "'c4nary-header'",
            "'c4nary-of-the-environment'",
            "'c4nary-dsn'",
        ):
            assert value in outcome.out
    outcome = room.duckalog("generate-sql", "catalog.yaml", "--include-secrets", "-o", "out.sql")
    assert outcome.code == 0
    assert stat.S_IMODE((room / "out.sql").stat().st_mode) == 0o600


def test_the_password_of_a_server_is_in_no_table_of_duckdb(room, guarded):
    guarded["attachments"]["postgres"][0]["options"] = {"application_name": "a b'c"}
    room.config(guarded)
    sql = "SELECT path FROM duckdb_databases(); SELECT secret_string FROM duckdb_secrets() WHERE type = 'postgres'"
    outcome = room.run("--format", "jsonl", "-q", sql)
    assert '"path"' in outcome.out and "redacted" in outcome.out
    assert CANARY not in outcome.out


@pytest.mark.parametrize("key", ["settings", "pragmas"])
@pytest.mark.parametrize(
    "statement",
    [
        "SET s3_secret_access_key = '{}'",
        "SET GLOBAL s3_session_token='{}'",
        "CREATE TEMPORARY SECRET x (TYPE s3, KEY_ID 'k', SECRET '{}')",
    ],
)
def test_a_script_shows_no_secret_of_a_setting_or_pragma(room, key, statement):
    if key == "settings" and not statement.startswith("SET"):
        return
    with_secrets(room, load_extensions=["httpfs"], **{key: [statement.format("${env:CANARY}")]})
    for command in (
        ("generate-sql", "catalog.yaml"),
        ("run", "catalog.yaml", "--dry-run"),
        ("run", "catalog.yaml", "-vv"),
    ):
        outcome = room.duckalog(*command, env={"CANARY": "c4nary"})
        assert outcome.code == 0, outcome.err
        assert leaks(room, outcome) == []


def test_the_secret_of_an_attachment_leaves_no_trace_in_the_catalog(room, guarded):
    room.config(guarded)
    room.run()
    assert set(room.everything()) == {"catalog.yaml", "catalog.duckdb"}
    assert CANARY.encode() not in (room / "catalog.duckdb").read_bytes()
    assert stored_files(room) == {}


# ---- credentials inside of other texts ----

PLACES = {
    "uri of a view": {"views": [{"name": "v", "source": "parquet", "uri": "https://u:c4nary-pw@127.0.0.1:1/x?sig=c4nary-sig"}]},
    "attached database": {"attachments": {"duckdb": [{"alias": "a", "path": "postgres:host=127.0.0.1 port=1 password=c4nary-pw"}]}},
    "database": {"duckdb": {"database": "postgres:host=127.0.0.1 port=1 password=c4nary-pw"}},
    "pragma": {"duckdb": {"pragmas": ["ATTACH 'host=127.0.0.1 port=1 password=c4nary-pw' AS z (TYPE postgres)"]}},
    "Iceberg catalog": {
        "iceberg_catalogs": [
            {"name": "i", "catalog_type": "rest", "uri": "http://u:c4nary-pw@127.0.0.1:1", "options": {"secret_key": "c4nary"}}
        ]
    },
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", [("run", "-vv"), ("generate-sql",), ("run", "--dry-run"), ("validate",)])
def test_credentials_that_stand_inside_of_other_texts_are_not_shown(room, place, command):
    room.config({"version": 1, "duckdb": {}, **PLACES[place]})
    outcome = room.duckalog(command[0], "catalog.yaml", *command[1:])
    assert "c4nary" not in outcome.out + outcome.err


@pytest.mark.parametrize("value", ["!c4nary", "*c4nary"])
def test_a_password_without_quotes_that_yaml_takes_for_something_else_is_not_shown(room, value):
    room.config(f"version: 1\nduckdb:\n  secrets:\n    - type: http\n      bearer_token: {value}\n")
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2 and "needs quotes" in outcome.err and "c4nary" not in outcome.err


def test_a_short_password_changes_no_other_text_of_a_script(room):
    with_secrets(room, http("web", bearer_token="test"))
    config = json.loads((room / "catalog.yaml").read_text())
    config["views"] = [{"name": "v", "sql": "SELECT 'test-1' AS env, 'test' AS word"}]
    config["duckdb"]["pragmas"] = [*config["duckdb"].get("pragmas", []), "SET secret_directory = '/some/where'"]
    room.config(config)
    script = room.duckalog("generate-sql", "catalog.yaml").out
    assert "'test-1'" in script and "'test' AS word" not in script and "'/some/where'" in script
