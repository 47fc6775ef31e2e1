"""
What a config names elsewhere is looked at when that is asked for: `show-paths --check-remote`, `doctor` and `diff`, on real
servers, healthy and not. Nothing is changed, here or there.
"""

import json
import signal
import time

import duckdb
import pytest
from conftest import need_extension, needs_remote
from proxy import Proxy
from servers import free_port, wait_until


@pytest.fixture
def lake(s3_bucket, tmp_path):
    """A bucket with a file; an S3 address takes credentials, which only the config has."""
    path = tmp_path / "lake.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS n) TO '{path}' (FORMAT parquet)")
    s3_bucket.put("one.parquet", path.read_bytes())
    return s3_bucket


def parquet(name, uri, **more):
    return {"name": name, "source": "parquet", "uri": uri, **more}


def session(lake, **changes):
    return {"load_extensions": ["httpfs"], "secrets": [lake.config_secret(**changes)]}


def paths(room, *arguments, code=0):
    """What `show-paths --check-remote` says of each path: (status, message) by section and name."""
    outcome = room.duckalog("show-paths", "catalog.yaml", "--check-remote", "--json", *arguments)
    assert outcome.code == code, outcome.err
    return {(row["section"], row["name"]): (row["status"], row["message"]) for row in json.loads(outcome.out)["paths"]}


def checks(room, *arguments, code=0):
    """What `doctor` says: (status, message) of each finding by check and object."""
    outcome = room.duckalog("doctor", "catalog.yaml", "--json", *arguments)
    assert outcome.code == code, outcome.out
    return {(row["check"], row["object"]): (row["status"], row["message"]) for row in json.loads(outcome.out)["checks"]}


# ---- data and attachments ----


def test_what_is_elsewhere_is_tried_with_the_secrets_of_the_config(room, lake, postgres, web):
    room.data("table.parquet", "SELECT 1 AS n")
    room.duckdb("far.duckdb", "CREATE TABLE t (i INTEGER)")
    web.serve("/far.duckdb", (room / "far.duckdb").read_bytes())
    room.catalog(
        parquet("there", f"s3://{lake.bucket}/one.parquet"),
        parquet("pattern", f"s3://{lake.bucket}/*.parquet"),
        parquet("gone", f"s3://{lake.bucket}/gone.parquet"),
        parquet("here", "table.parquet"),
        {"name": "unused", "sql": "SELECT 1 AS n", "uri": f"s3://{lake.bucket}/gone.parquet"},
        duckdb=session(lake),
        attachments={
            "duckdb": [{"alias": "far", "path": web.url("/far.duckdb")}, {"alias": "lost", "path": web.url("/lost.duckdb")}],
            "postgres": [
                postgres.attachment("shop"),
                postgres.attachment("refused", port=free_port(), retries=0),
                postgres.attachment("denied", password="wr0ng-c4nary", retries=0),
            ],
        },
    )
    before = room.everything()
    found = paths(room, code=3)
    assert {name: status for (section, name), (status, _) in found.items() if section in ("views", "attachments")} == {
        "there": "ok",
        "pattern": "ok",
        "gone": "not reachable",
        "here": "ok",
        "unused": "not used",
        "far": "ok",
        "lost": "not reachable",
        "shop": "ok",
        "refused": "not reachable",
        "denied": "not reachable",
    }
    assert "404" in found["views", "gone"][1] and "LINE" not in found["views", "gone"][1]
    assert "does not exist" in found["attachments", "lost"][1]
    assert "Connection refused" in found["attachments", "refused"][1]
    assert "password authentication failed" in found["attachments", "denied"][1]
    assert all(message is None for status, message in found.values() if status == "ok")
    text = room.duckalog("show-paths", "catalog.yaml", "--check-remote")
    assert text.err == "error: 4 of 11 paths can't be used\n"
    assert "0 remote (not checked), 4 failed" in text.out
    assert f"  gone (parquet): s3://{lake.bucket}/gone.parquet: not reachable: HTTP Error: " in text.out
    for secret in (lake.secret, postgres.password, "wr0ng-c4nary"):
        assert secret not in text.out + text.err + str(found)
    assert room.everything() == before


def test_the_doctor_tries_the_data_of_views_too(room, lake):
    room.catalog(
        parquet("there", f"s3://{lake.bucket}/one.parquet"),
        parquet("deep.gone", f"s3://{lake.bucket}/gone.parquet"),
        duckdb=session(lake),
    )
    found = checks(room, code=3)
    assert found["data", "there"] == ("ok", f"s3://{lake.bucket}/one.parquet")
    status, message = found["data", "deep.gone"]
    assert status == "failed" and "404" in message
    assert ("files", None) not in found
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3 and message.splitlines()[0] in outcome.err


def test_without_the_secret_there_is_no_way_in(room, lake):
    changes = {"key_id": "another", "secret": "an0ther-c4nary"}
    room.catalog(parquet("there", f"s3://{lake.bucket}/one.parquet"), duckdb=session(lake, **changes))
    [status, message] = paths(room, code=3)["views", "there"]
    assert status == "not reachable" and "403" in message and "an0ther-c4nary" not in message


@pytest.mark.parametrize("command", ["show-paths", "doctor"])
def test_silent_servers_are_waited_for_together_and_not_long(room, lake, command):
    with Proxy(lake.port) as proxy:
        proxy.mute()
        room.catalog(
            *[parquet(f"v{n}", f"s3://{lake.bucket}/{n}.parquet") for n in range(8)],
            duckdb=session(lake, port=proxy.port),
        )
        start = time.monotonic()
        room.environment["DUCKALOG_ATTACH_TIMEOUT"] = "0.5"
        arguments = ["--check-remote"] if command == "show-paths" else []
        outcome = room.duckalog(command, "catalog.yaml", *arguments)
        assert time.monotonic() - start < 3 + 4
    assert outcome.code == 3
    for n in range(8):
        assert f"s3://{lake.bucket}/{n}.parquet did not answer within 3 s" in outcome.out


def test_what_duckdb_has_no_extension_for_is_not_tried_and_none_is_fetched(room, postgres, web):
    (room / "extensions").mkdir()
    room.catalog(
        parquet("far", web.url("/far.parquet")),
        {"name": "deltas", "source": "delta", "uri": web.url("/table")},
        attachments={
            "postgres": [postgres.attachment("shop")],
            "duckdb": [{"alias": "far_file", "path": web.url("/far.duckdb")}, {"alias": "ducklake", "path": "ducklake:m.ducklake"}],
        },
    )
    room.environment.pop("DUCKALOG_TEST_EXTENSIONS", None)
    found = paths(room, "--extension-directory", room / "extensions")
    not_tried = "remote (not checked)"
    assert found["views", "far"] == (not_tried, "the extension httpfs is not there")
    assert found["views", "deltas"][0] == not_tried
    assert found["attachments", "shop"] == (not_tried, "the extension postgres_scanner is not there")
    assert found["attachments", "far_file"] == (not_tried, "the extension httpfs is not there")
    assert found["attachments", "ducklake"] == (not_tried, "the extension ducklake is not there")
    text = room.duckalog("show-paths", "catalog.yaml", "--check-remote", "--extension-directory", room / "extensions")
    assert "Status: remote (not checked): the extension httpfs is not there\n" in text.out
    assert "5 remote (not checked), 0 failed" in text.out
    assert list((room / "extensions").rglob("*.duckdb_extension")) == [] and web.requests == []


def test_without_duckdb_what_is_elsewhere_is_not_reachable(room, web):
    room.catalog(parquet("far", web.url("/far.parquet")))
    room.environment["DUCKALOG_LIBDUCKDB"] = str(room / "nowhere.so")
    [status, message] = paths(room, code=3)["views", "far"]
    assert status == "not reachable" and "nowhere.so" in message


def test_what_only_duckdb_finds_is_not_tried(room):
    room.catalog(("one", "SELECT 1 AS n"), database="md:sales")
    assert paths(room)["database", "catalog"] == ("remote (not checked)", "only DuckDB finds it")


def test_an_iceberg_catalog_is_a_path_and_is_tried(room):
    need_extension("iceberg")
    uri = f"http://127.0.0.1:{free_port()}/ice"
    room.catalog(iceberg_catalogs=[{"name": "lake", "catalog_type": "rest", "uri": uri, "retries": 0}])
    outcome = room.duckalog("show-paths", "catalog.yaml", "--json")
    [row] = [row for row in json.loads(outcome.out)["paths"] if row["section"] == "attachments"]
    assert (row["name"], row["kind"], row["original"], row["resolved"]) == ("lake", "iceberg", uri, uri)
    assert paths(room, code=3)["attachments", "lake"][0] == "not reachable"


# ---- documents ----


@needs_remote
def test_documents_from_elsewhere_were_read_already(room, web):
    web.serve("/site/part.yaml", "views:\n- name: a\n  sql_file: {path: a.sql}\n")
    web.serve("/site/a.sql", "SELECT 1 AS n")
    room.catalog(imports=[web.url("/site/part.yaml")])
    outcome = room.duckalog("show-paths", "catalog.yaml", "--check", "--json")
    assert outcome.code == 0, outcome.err
    rows = {(row["section"], row["kind"]): row["status"] for row in json.loads(outcome.out)["paths"]}
    assert rows["imports", None] == "ok" and rows["sql_files", "sql_file"] == "ok"


# ---- a catalog behind an address ----


@needs_remote
def test_without_duckdb_a_published_catalog_is_not_reachable(room, web):
    """There would be nothing to open it with, fetched or not."""
    room.catalog(("one", "SELECT 1 AS n"), database=web.serve("/sales.duckdb", b"some database"))
    room.environment["DUCKALOG_LIBDUCKDB"] = str(room / "nowhere.so")
    [status, message] = paths(room, code=3)["database", "catalog"]
    assert status == "not reachable" and "nowhere.so" in message and web.requests == []


@pytest.fixture
def target(secure_web, authority, room, tmp_path):
    """An address of a web server that takes catalogs, and the folder for copies of them."""
    folder = room / "temporary"
    folder.mkdir()
    room.environment.update(SSL_CERT_FILE=str(authority.ca), TMPDIR=str(folder))
    secure_web.take_puts("/published/")
    return secure_web.url("/published/sales.duckdb")


@needs_remote
def test_a_catalog_that_is_not_published_yet_is_well(room, target, secure_web):
    room.catalog(("one", "SELECT 1 AS n"), database=target)
    assert checks(room, "--export-put")["catalog", target] == ("ok", "not there yet: a run builds and publishes it")
    assert paths(room)["database", "catalog"][0] == "to be created"
    assert secure_web.asked("PUT") == [] and list((room / "temporary").iterdir()) == []


@needs_remote
def test_a_published_catalog_is_looked_into_and_left_alone(room, target, secure_web):
    room.catalog(("one", "SELECT 1 AS n"), database=target)
    room.run("--export-put")
    room.catalog(("one", "SELECT 1 AS n"), ("two", "SELECT 2 AS n"), database=target)
    before = secure_web.content("/published/sales.duckdb")
    status, message = checks(room, "--export-put")["catalog", target]
    assert status == "warning" and message.startswith("1 of 2 views are missing")
    assert paths(room)["database", "catalog"] == ("ok", None)
    assert secure_web.asked("PUT") == ["/published/sales.duckdb"]
    assert secure_web.content("/published/sales.duckdb") == before
    assert list((room / "temporary").iterdir()) == []


def difference(room, *arguments, code=0):
    outcome = room.duckalog("diff", "catalog.yaml", "--json", *arguments)
    assert outcome.code == code, outcome.err
    [catalog] = json.loads(outcome.out)["catalogs"] if code < 2 else [None]
    return catalog


@needs_remote
def test_a_published_catalog_is_compared_with_its_config_and_left_alone(room, target, secure_web):
    room.catalog(("one", "SELECT 1 AS n"), database=target + "?sig=c4nary-signature")
    assert difference(room)["exists"] is False
    room.run("--export-put", "--db-path", target)
    room.catalog(("one", "SELECT 2 AS n"), ("two", "SELECT 2 AS n"), database=target + "?sig=c4nary-signature")
    found = difference(room, "--exit-code", code=1)
    assert found["exists"] is True and found["database"].startswith(target)
    assert {(change["change"], change["name"]) for change in found["changes"]} == {("changed", "one"), ("create", "two")}
    text = room.duckalog("diff", "catalog.yaml")
    assert f"catalog {target}" in text.out and "c4nary" not in text.out + text.err + str(found)
    assert secure_web.asked("PUT") == ["/published/sales.duckdb"]
    assert list((room / "temporary").iterdir()) == []


@needs_remote
def test_a_catalog_that_can_not_be_fetched_is_not_compared(room, target, secure_web):
    room.catalog(("one", "SELECT 1 AS n"), database=target)
    secure_web.serve("/published/sales.duckdb", status=403)
    outcome = room.duckalog("diff", "catalog.yaml")
    assert outcome.code == 4 and outcome.out == "" and "403" in outcome.err


@needs_remote
@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(b"", 403, "403"), (b"", 500, "500"), (b"this is no database" * 500, 200, "not a")],
    ids=["forbidden", "broken", "no database"],
)
def test_a_published_catalog_that_can_not_be_read_is_a_failure(room, target, secure_web, content, status, words):
    room.catalog(("one", "SELECT 1 AS n"), database=target)
    secure_web.serve("/published/sales.duckdb", content, status=status)
    [found, message] = checks(room, "--export-put", code=3)["catalog", target]
    assert found == "failed" and words in message
    [found, message] = paths(room, code=3)["database", "catalog"]
    assert found == "not reachable" and words in message
    assert list((room / "temporary").iterdir()) == []


@needs_remote
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", [("doctor", "--export-put"), ("show-paths", "--check-remote"), ("diff",)], ids=lambda command: command[0])
def test_a_look_that_is_interrupted_leaves_nothing_behind(room, target, secure_web, command, number):
    room.catalog(("one", "SELECT 1 AS n"), database=target)
    secure_web.serve("/published/sales.duckdb", b"x" * 100_000, trickle_s=0.01)
    process = room.start(command[0], "catalog.yaml", *command[1:])
    wait_until(lambda: list((room / "temporary").glob("*/*/*.part-*")), "a part of a copy")
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert b"interrupted" in out + err
    assert list((room / "temporary").iterdir()) == []


@needs_remote
def test_the_doctor_fails_where_a_run_would_not_publish(room, target):
    room.catalog(("one", "SELECT 1 AS n"), database=target)
    [status, message] = checks(room, code=3)["catalog", target]
    assert status == "failed" and "only when that is asked for" in message
    assert "--read-only" not in room.duckalog("doctor", "catalog.yaml").out


@needs_remote
def test_the_doctor_tells_what_others_would_not_have(room, target):
    room.data("sales.parquet", "SELECT 1 AS n")
    room.catalog(parquet("sales", "sales.parquet"), database=target)
    outcome = room.duckalog("doctor", "catalog.yaml", "--export-put")
    assert outcome.code == 0
    assert f"warn catalog {target} " in outcome.out
    assert f"it reads from this machine, which whoever opens it elsewhere can't: view sales ({room / 'sales.parquet'})" in outcome.out
    assert f"ok   catalog {target} " in outcome.out


@needs_remote
def test_a_catalog_in_a_store_is_looked_into(room, lake):
    need_extension("httpfs")
    room.environment.update(
        AWS_ACCESS_KEY_ID=lake.key,
        AWS_SECRET_ACCESS_KEY=lake.secret,
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{lake.port}",
        AWS_REGION="us-east-1",
    )
    uri = f"s3://{lake.bucket}/catalog.duckdb"
    room.catalog(("one", "SELECT 1 AS n"), database=uri)
    room.run()
    status, message = checks(room)["catalog", uri]
    assert status == "ok" and message.startswith("1 view, all there")
    assert difference(room, "--exit-code")["same"] == 1
    assert paths(room)["database", "catalog"] == ("ok", None)
