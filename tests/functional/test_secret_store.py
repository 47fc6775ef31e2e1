"""
The user's own store of secrets (connection.md 9), on a real secret directory: what is left alone, what is stored, and
what becomes of it when something goes wrong. Names, scopes and shadowing are in test_secrets.py.
"""

import fcntl
import os
import random
import resource
import signal
import stat
import subprocess
import time

import pytest
from conftest import DUCKDB_CLI, EXTENSIONS, need_extension

LISTED = "SELECT name, type, persistent, scope FROM duckdb_secrets() ORDER BY ALL"


def http(name, token="t0ken", **more):
    return {"type": "http", "name": name, "bearer_token": token, **more}


def stored(name="keep", token="t0ken", **more):
    return http(name, token, persistent=True, **more)


def with_secrets(room, *secrets, name="catalog.yaml", database="catalog.duckdb", view="SELECT 1 AS i", **duckdb):
    room.catalog(("v", view), duckdb={"secrets": list(secrets), **duckdb}, name=name, database=database)


def store(room):
    return room / "home" / ".duckdb" / "stored_secrets"


def files_of(room):
    """What is in the secret directory, whatever it is called."""
    return {path.name: path.read_bytes() for path in store(room).iterdir()} if store(room).is_dir() else {}


def user_stores(room, name, value="the-users-own"):
    sql = f"CREATE PERSISTENT SECRET \"{name}\" (TYPE http, BEARER_TOKEN '{value}')"
    subprocess.run([DUCKDB_CLI, "-c", sql], env=room.environment, check=True, capture_output=True, timeout=60)


def run_to_fail(room, *arguments, code=3, **options):
    outcome = room.duckalog("run", "catalog.yaml", *arguments, **options)
    assert outcome.code == code, outcome.err
    return outcome


# ---- --refresh-secrets ----


@pytest.mark.parametrize("command", [("run",), ("build",), ("build", "--incremental"), ("run", "--force-rebuild")])
def test_refresh_stores_the_values_of_the_config(room, command):
    user_stores(room, "other")
    with_secrets(room, stored("keep", "old-value"), http("fleeting"))
    room.run()
    other = files_of(room)["other.duckdb_secret"]
    with_secrets(room, stored("Keep", "new-value", scope="https://new.example/"), http("fleeting"))
    outcome = room.duckalog(*command[:1], "catalog.yaml", *command[1:], "--refresh-secrets")
    assert outcome.code == 0, outcome.err
    assert "another" not in outcome.err
    assert set(files_of(room)) == {"keep.duckdb_secret", "other.duckdb_secret"}
    assert b"new-value" in files_of(room)["keep.duckdb_secret"] and b"old-value" not in files_of(room)["keep.duckdb_secret"]
    assert files_of(room)["other.duckdb_secret"] == other
    assert stat.S_IMODE((store(room) / "keep.duckdb_secret").stat().st_mode) == 0o600
    assert room.rows(LISTED) == [
        ("fleeting", "http", False, []),
        ("keep", "http", True, ["https://new.example/"]),
        ("other", "http", True, []),
    ]


def test_the_session_of_a_refresh_has_the_new_values_already(room):
    with_secrets(room, stored(scope="https://old.example/"))
    room.run()
    with_secrets(room, stored(scope="https://new.example/"))
    assert room.rows(LISTED, "--refresh-secrets") == [("keep", "http", True, ["https://new.example/"])]


def test_refresh_knows_secrets_of_extensions(room):
    need_extension("httpfs")
    for region in ("eu-1", "eu-2"):
        secret = {"type": "s3", "name": "lake", "key_id": "K", "secret": "S", "region": region, "persistent": True}
        with_secrets(room, secret, load_extensions=["httpfs"])
        [(text,)] = room.rows("SELECT secret_string FROM duckdb_secrets()", "--refresh-secrets")
        assert f"region={region}" in text
    assert list(files_of(room)) == ["lake.duckdb_secret"]


def test_refresh_stores_a_secret_that_is_not_stored_yet(room):
    with_secrets(room, stored())
    assert room.rows(LISTED, "--refresh-secrets") == [("keep", "http", True, [])]
    assert list(files_of(room)) == ["keep.duckdb_secret"]


def test_refresh_keeps_to_the_secret_directory_of_the_config(room):
    user_stores(room, "keep")
    before = files_of(room)
    for token in ("value-one", "value-two"):
        with_secrets(room, stored("keep", token), settings=[f"SET secret_directory = '{room / 'vault'}'"])
        room.run("--refresh-secrets")
        assert token.encode() in (room / "vault" / "keep.duckdb_secret").read_bytes()
    assert files_of(room) == before
    assert [path.name for path in (room / "vault").iterdir()] == ["keep.duckdb_secret"]


def test_refresh_works_where_the_configuration_is_locked(room):
    for token in ("value-one", "value-two"):
        with_secrets(room, stored("keep", token), settings=[f"SET secret_directory = '{room / 'vault'}'", "SET lock_configuration = true"])
        room.run("--refresh-secrets")
        assert token.encode() in (room / "vault" / "keep.duckdb_secret").read_bytes()


def test_refresh_leaves_the_secrets_of_nested_catalogs_alone(room):
    with_secrets(room, stored("childs", "childs-old"), name="child.yaml", database="child.duckdb")
    parent = {
        "version": 1,
        "duckdb": {"database": "catalog.duckdb", "secrets": [stored("keep", "old-value")]},
        "attachments": {"duckalog": [{"alias": "child", "config_path": "child.yaml"}]},
        "views": [{"name": "w", "sql": "FROM child.v"}],
    }
    room.config(parent)
    room.run()
    before = files_of(room)
    with_secrets(room, stored("childs", "childs-new"), name="child.yaml", database="child.duckdb")
    parent["duckdb"]["secrets"] = [stored("keep", "new-value")]
    room.config(parent)
    room.run("--refresh-secrets", "--force-rebuild")
    assert files_of(room)["childs.duckdb_secret"] == before["childs.duckdb_secret"]
    assert b"new-value" in files_of(room)["keep.duckdb_secret"]


def test_refresh_is_not_for_those_who_only_read(room):
    with_secrets(room, stored())
    room.run()
    outcome = run_to_fail(room, "--refresh-secrets", "--read-only", code=2)
    assert "--read-only and --refresh-secrets exclude each other" in outcome.err


NEW = "the-new-value"
FAILURES = {
    "a secret that DuckDB refuses": {"options": {"nope": NEW}},
    "a view that fails": {"view": "FROM nowhere"},
    "a setting that fails": {"settings": ["SET no_such_setting = 1"]},
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_old_secrets_survive_a_refresh_that_fails(room, failure):
    with_secrets(room, stored("one", "old-one"), stored("two", "old-two"))
    room.run()
    before = files_of(room)
    more = dict(FAILURES[failure])
    options = {"options": more.pop("options")} if "options" in more else {}
    with_secrets(room, stored("one", NEW), stored("two", NEW, **options), **more)
    outcome = run_to_fail(room, "--refresh-secrets", "--force-rebuild")
    assert NEW not in outcome.err
    assert files_of(room) == before
    assert room.rows(LISTED, config=config_without_secrets(room)) == [("one", "http", True, []), ("two", "http", True, [])]


def config_without_secrets(room):
    room.config({"version": 1, "duckdb": {}}, "plain.yaml")
    return "plain.yaml"


def no_room_on_the_disk():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_the_old_secret_survives_a_full_disk(room):
    with_secrets(room, stored("keep", "old-value"))
    room.run()
    before = files_of(room)
    with_secrets(room, stored("keep", "new-value"))
    outcome = run_to_fail(room, "--refresh-secrets", preexec_fn=no_room_on_the_disk)
    assert "persistent secrets: keep: " in outcome.err
    assert files_of(room) == before


def test_a_refresh_that_is_killed_leaves_the_old_secret_or_the_new_one(room):
    """At any moment. Of what it leaves beside them, the next refresh clears the secret directory."""
    with_secrets(room, stored("keep", "value-0"))
    room.run()
    whole = {len(content) for content in files_of(room).values()}
    chance = random.Random(7)
    for round in range(1, 31):
        with_secrets(room, stored("keep", f"value-{round % 10}"))
        process = room.start("run", "catalog.yaml", "--refresh-secrets")
        time.sleep(chance.uniform(0.02, 0.09))
        process.kill()
        process.communicate()
        assert {len((store(room) / "keep.duckdb_secret").read_bytes())} == whole
        [(text,)] = room.rows("SELECT type FROM duckdb_secrets()", config=config_without_secrets(room))
        assert text == "http"
    with_secrets(room, stored("keep", "at-last"))
    room.run("--refresh-secrets")
    assert list(files_of(room)) == ["keep.duckdb_secret"]


def test_a_refresh_clears_what_killed_ones_left_and_nothing_else(room):
    with_secrets(room, stored())
    room.run()
    left, busy = store(room) / ".duckalog-refresh-left00", store(room) / ".duckalog-refresh-busy00"
    for folder in (left, busy):
        folder.mkdir(mode=0o700)
        (folder / "keep.duckdb_secret").write_text("half a secret")
    lock = os.open(busy, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    room.run("--refresh-secrets")
    os.close(lock)
    assert sorted(path.name for path in store(room).iterdir()) == [busy.name, "keep.duckdb_secret"]
    assert (busy / "keep.duckdb_secret").read_text() == "half a secret"


# ---- what is stored, and what the config says ----

DIFFERENCES = {
    "another scope": stored(scope="https://new.example/"),
    "other values": stored(options={"verify_ssl": False}),
    "another type": {"type": "s3", "name": "keep", "key_id": "K", "secret": "S", "persistent": True},
}


@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize("arguments", [(), ("--read-only",), ("--force-rebuild",)])
def test_a_stored_secret_that_differs_is_left_as_it_is_and_told_of(room, difference, arguments):
    need_extension("httpfs")
    with_secrets(room, stored())
    room.run()
    before = files_of(room)
    with_secrets(room, DIFFERENCES[difference], load_extensions=["httpfs"])
    outcome = room.duckalog("run", "catalog.yaml", *arguments)
    assert outcome.code == 0
    assert f"notice: secrets: keep: it is stored with {difference}, and left as it is" in outcome.err
    assert "hint: --refresh-secrets stores it again" in outcome.err
    assert files_of(room) == before
    assert room.rows("SELECT storage FROM duckdb_secrets()") == [("local_file",)]


def test_a_stored_secret_that_is_the_configs_is_not_told_of(room):
    need_extension("httpfs")
    secrets = [
        stored(scope="https://x.example/", options={"extra_http_headers": {"B": "2", "A": "1"}}),
        {"type": "s3", "name": "lake", "key_id": "K", "secret": "S", "region": "eu-1", "scope": "s3://a", "persistent": True},
    ]
    with_secrets(room, *secrets, load_extensions=["httpfs"])
    for _ in range(2):
        assert room.run().err == ""


def test_two_catalogs_share_a_stored_secret_and_the_first_one_makes_it(room):
    with_secrets(room, stored("shared", "of-the-first", scope="https://first.example/"))
    with_secrets(room, stored("Shared", "of-the-second"), name="second.yaml", database="second.duckdb")
    room.run()
    outcome = room.duckalog("run", "second.yaml")
    assert outcome.code == 0 and "secrets: shared: it is stored with another scope" in outcome.err
    assert b"of-the-first" in files_of(room)["shared.duckdb_secret"]
    assert room.duckalog("run", "second.yaml", "--refresh-secrets").code == 0
    assert b"of-the-second" in files_of(room)["shared.duckdb_secret"]


# ---- a secret directory in disorder ----


def make_a_file_of_it(room):
    store(room).parent.mkdir(parents=True)
    store(room).write_text("")


def lead_it_nowhere(room):
    store(room).parent.mkdir(parents=True)
    store(room).symlink_to("/proc/nowhere")


@pytest.mark.parametrize("disorder", [make_a_file_of_it, lead_it_nowhere])
def test_a_secret_directory_that_cannot_be_written_to_keeps_nobody_from_temporary_secrets(room, disorder):
    disorder(room)
    with_secrets(room, http("fleeting"))
    assert room.rows(LISTED) == [("fleeting", "http", False, [])]


@pytest.mark.parametrize("disorder", [make_a_file_of_it, lead_it_nowhere])
def test_a_persistent_secret_that_cannot_be_stored_says_what_became_of_the_catalog(room, disorder):
    disorder(room)
    with_secrets(room, stored())
    outcome = run_to_fail(room)
    assert "error: persistent secrets: keep: " in outcome.err
    assert "hint: DuckDB has to be able to write to its secret directory\n" in outcome.err
    assert not (room / "catalog.duckdb").exists()

    room.catalog(("v", "SELECT 1 AS i"))
    room.run()
    room.catalog(("v", "SELECT 1 AS i"), ("w", "SELECT 2 AS i"), duckdb={"secrets": [stored()]})
    outcome = run_to_fail(room)
    assert "the views are made and stay, so run again when it can" in outcome.err
    assert set(room.views_in()) == {("main", "v"), ("main", "w")}


def break_content(path):
    path.write_bytes(b"no secret at all")


def break_mode(path):
    path.chmod(0o644)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [break_content, break_mode, empty])
def test_a_damaged_file_in_the_secret_directory_stops_no_catalog(room, damage):
    """DuckDB lists all or none. Other catalogs' files, and the user's, are not this catalog's to fail for."""
    user_stores(room, "damaged")
    damage(store(room) / "damaged.duckdb_secret")
    before = files_of(room)["damaged.duckdb_secret"]
    with_secrets(room, http("fleeting"), stored("keep", "new-value"))
    for _ in range(2):
        outcome = room.run("--format", "csv", "-q", "FROM v")
        assert outcome.out == "i\n1\n"
        assert outcome.err.count("warning: secrets: DuckDB can't read what is stored: ") == 1
        assert "damaged.duckdb_secret" in outcome.err
    assert set(files_of(room)) == {"damaged.duckdb_secret", "keep.duckdb_secret"}
    assert files_of(room)["damaged.duckdb_secret"] == before
    with_secrets(room, stored("damaged", "whole-again"))
    room.run("--refresh-secrets")
    assert room.run().err == ""
    assert b"whole-again" in files_of(room)["damaged.duckdb_secret"]


# ---- types that DuckDB has to load an extension for ----


@pytest.mark.parametrize("persistent", [False, True])
def test_a_secret_whose_extension_is_missing_fails_and_says_which(room, persistent):
    secret = {"type": "s3", "name": "lake", "key_id": "K", "secret": "s3cr3t-value", "persistent": persistent}
    with_secrets(room, secret, settings=["SET autoinstall_known_extensions = false"])
    (room / "none").mkdir()
    outcome = run_to_fail(room, "--extension-directory", room / "none")
    assert "error: secrets: lake: " in outcome.err and "httpfs" in outcome.err and "--extension-directory" in outcome.err
    assert "s3cr3t-value" not in outcome.err
    assert files_of(room) == {} and not (room / "catalog.duckdb").exists()


def test_extensions_of_the_machine_are_not_needed_for_what_is_stored_by_others(room):
    """A stored secret of a type that is not loaded is nobody's business but its user's."""
    need_extension("httpfs")
    sql = "CREATE PERSISTENT SECRET theirs (TYPE s3, KEY_ID 'K', SECRET 'S')"
    subprocess.run(
        [DUCKDB_CLI, "-c", f"SET extension_directory = '{EXTENSIONS}'; {sql}"],
        env=room.environment, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    with_secrets(room, http("fleeting"), settings=["SET autoinstall_known_extensions = false"])
    (room / "none").mkdir()
    outcome = room.run("--extension-directory", room / "none")
    assert outcome.code == 0
