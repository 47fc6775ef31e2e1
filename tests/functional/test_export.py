"""
Catalogs whose database is behind a URI (remote.md sections 5 and 6), on real servers: building and publishing them,
reading them there, and what is left when that is broken off.
"""

import json
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest
from conftest import need_extension, needs_remote
from servers import wait_until
from web import bearer

pytestmark = needs_remote

VIEWS = [("one", "SELECT 1 AS n"), ("two", "SELECT n + 1 AS n FROM one")]
SECRET = "c4nary-t0ken-of-the-user"
RANDOM_KILLS = 200 if os.environ.get("DUCKALOG_TEST_LONG") == "1" else 6
SIZES = [0, 1, 4096, 100_000]  # bytes of an upload after which it breaks
SLOW = "SELECT sum(i) FROM range(1500000000) r(i)"  # about a second: time for another to do something


@pytest.fixture
def temporary(room):
    """Where the program keeps its copies."""
    folder = room / "temporary"
    folder.mkdir()
    room.environment["TMPDIR"] = str(folder)
    return folder


@pytest.fixture
def target(secure_web, authority, room, temporary):
    """An address of a web server that takes catalogs."""
    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    secure_web.take_puts("/published/")
    return secure_web.url("/published/sales.duckdb")


PATH = "/published/sales.duckdb"


def is_empty(folder):
    return list(folder.iterdir()) == []


def views_of(content, folder):
    """What anybody finds in a catalog: each view with its rows."""
    path = folder / "opened.duckdb"
    path.write_bytes(content)
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1").fetchall()]
        found = {name: connection.execute(f"FROM {name}").fetchall() for name in names}
    path.unlink()
    return found


BOTH = {"one": [(1,)], "two": [(2,)]}


def publish(room, uri, *arguments, code=0):
    outcome = room.duckalog("run", "catalog.yaml", "--db-path", uri, "--export-put", *arguments)
    assert outcome.code == code, outcome.err
    return outcome


# ---- each kind of place ----


def to_https(request, room):
    uri = request.getfixturevalue("target")
    web = request.getfixturevalue("secure_web")
    return uri, lambda: web.content(PATH) if PATH in web.pages else None


def to_s3(request, room):
    s3 = request.getfixturevalue("s3_bucket")
    room.environment.update(
        AWS_ACCESS_KEY_ID=s3.key, AWS_SECRET_ACCESS_KEY=s3.secret, AWS_REGION="us-east-1", AWS_ENDPOINT_URL=f"http://127.0.0.1:{s3.port}"
    )
    return f"s3://{s3.bucket}/published/sales.duckdb", lambda: s3.get("published/sales.duckdb")


def to_azure(request, room):
    azure = request.getfixturevalue("azure_container")
    room.environment["AZURE_STORAGE_CONNECTION_STRING"] = azure.connection_string()
    return f"az://{azure.container}/published/sales.duckdb", lambda: azure.get("published/sales.duckdb")


def to_sftp(request, room):
    sftp = request.getfixturevalue("sftp_folder")
    room.write("home/.ssh/known_hosts", sftp.known_hosts.read_bytes())
    room.write("home/.ssh/id_ed25519", sftp.key.read_bytes()).chmod(0o600)
    path = sftp.files / "sales.duckdb"
    return sftp.url("sales.duckdb"), lambda: path.read_bytes() if path.exists() else None


PLACES = {"https": to_https, "s3": to_s3, "azure": to_azure, "sftp": to_sftp}


@pytest.mark.parametrize("place", PLACES)
def test_a_published_catalog_has_every_view_for_whoever_opens_it(request, room, temporary, place):
    uri, content = PLACES[place](request, room)
    room.catalog(*VIEWS)
    outcome = publish(room, uri)
    [line] = [line for line in outcome.out.splitlines() if line.startswith("published")]
    assert re.fullmatch(rf"published {re.escape(uri)}: {len(content())} bytes, \d+\.\d s", line)
    assert views_of(content(), room.folder) == BOTH
    assert not (room / "catalog.duckdb").exists() and is_empty(temporary)

    outcome = room.duckalog("query", "FROM two", "--catalog", uri, "--format", "csv")
    assert (outcome.code, outcome.out) == (0, "n\n2\n"), outcome.err
    assert room.rows("FROM two", "--db-path", uri, "--read-only") == [(2,)]
    assert is_empty(temporary)


@pytest.mark.parametrize("place", PLACES)
def test_a_later_run_adds_what_is_missing_and_keeps_the_rest(request, room, temporary, place):
    uri, content = PLACES[place](request, room)
    room.catalog(VIEWS[0])
    publish(room, uri)
    path = room.write("with_table.duckdb", content())
    room.catalog(*VIEWS, database=uri)
    outcome = publish(room, uri)
    assert "2 views (1 created, 1 kept)" in outcome.out and "\npublished" in outcome.out
    assert views_of(content(), room.folder) == BOTH
    before = content()
    outcome = publish(room, uri)
    assert outcome.out.splitlines()[1] == f"unchanged {uri}: nothing was uploaded"
    assert content() == before and before != path.read_bytes() and is_empty(temporary)


# ---- what is asked of the server ----


def test_a_run_with_nothing_changed_uploads_nothing(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    publish(room, target)
    assert secure_web.asked("PUT") == [PATH]
    publish(room, target)
    publish(room, target, "--query", "FROM two")
    publish(room, target, "--prune", "--json")
    assert secure_web.asked("PUT") == [PATH] and is_empty(temporary)


def test_a_forced_rebuild_fetches_nothing(room, secure_web, target):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"no database at all")
    publish(room, target, "--force-rebuild")
    assert "GET" not in {request.method for request in secure_web.requests}
    assert views_of(secure_web.content(PATH), room.folder) == BOTH


def test_a_dry_run_asks_nobody(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    publish(room, target, "--dry-run")
    assert secure_web.requests == [] and is_empty(temporary)


def test_a_catalog_is_there_for_others_before_the_query_runs(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    outcome = room.duckalog("run", "catalog.yaml", "--db-path", target, "--export-put", "--query", "CREATE TABLE mine AS FROM two; FROM nothing")
    assert outcome.code == 3 and "nothing" in outcome.err
    assert views_of(secure_web.content(PATH), room.folder) == BOTH
    with pytest.raises(duckdb.CatalogException):
        room.write("copy.duckdb", secure_web.content(PATH))
        room.look("copy.duckdb", "FROM mine")
    assert is_empty(temporary)


def test_tables_of_the_published_catalog_stay(room, secure_web, target):
    room.duckdb("sales.duckdb", "CREATE TABLE kept AS SELECT 7 AS n")
    secure_web.serve(PATH, (room / "sales.duckdb").read_bytes())
    room.catalog(("over", "FROM sales.main.kept"))
    publish(room, target)
    room.write("home/sales.duckdb", secure_web.content(PATH))
    assert room.look("home/sales.duckdb", "FROM over") == [(7,)]


def test_build_publishes_too(room, secure_web, target):
    room.catalog(*VIEWS)
    outcome = room.duckalog("build", "catalog.yaml", "--db-path", target, "--export-put")
    assert outcome.code == 0, outcome.err
    assert views_of(secure_web.content(PATH), room.folder) == BOTH


def test_json_tells_where_a_catalog_is_and_what_was_uploaded(room, secure_web, target):
    room.catalog(*VIEWS, database=target)
    summary = json.loads(publish(room, target, "--json").out)["summary"]
    assert summary["remote_uri"] == target and summary["remote_bytes"] == len(secure_web.content(PATH))
    assert summary["database"].endswith("/sales.duckdb")
    summary = json.loads(publish(room, target, "--json").out)["summary"]
    assert summary["remote_bytes"] == 0
    room.catalog(*VIEWS)
    summary = json.loads(room.run("--json").out)["summary"]
    assert summary["remote_uri"] is None and summary["remote_bytes"] == 0


def test_the_log_has_phases_for_both_ways(room, secure_web, target):
    room.catalog(*VIEWS)
    outcome = publish(room, target, "-v")
    assert "download done" in outcome.err and "upload done" in outcome.err


# ---- when it goes wrong ----


def test_a_view_that_can_not_be_built_uploads_nothing(room, secure_web, target, temporary):
    room.catalog(*VIEWS, ("broken", "FROM nowhere"))
    outcome = publish(room, target, code=3)
    assert "nowhere" in outcome.err
    assert secure_web.asked("PUT") == [] and is_empty(temporary)


def test_a_catalog_without_some_of_its_views_is_not_published(room, secure_web, target, temporary):
    room.config({
        "version": 1,
        "duckdb": {"database": target},
        "attachments": {"duckdb": [{"alias": "gone", "path": "gone.duckdb"}]},
        "views": [{"name": "one", "sql": "SELECT 1 AS n"}, {"name": "lost", "sql": "FROM gone.t"}],
    })  # fmt: skip
    outcome = publish(room, target, "--allow-degraded", code=3)
    assert "built but not uploaded: 1 of 2 views are not in it, lost for one" in outcome.err
    assert secure_web.asked("PUT") == [] and is_empty(temporary)


@pytest.mark.parametrize("size", SIZES)
def test_an_upload_that_breaks_leaves_what_was_there(room, secure_web, target, temporary, size):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"the old one", put_fails_after=size)
    outcome = publish(room, target, "--force-rebuild", code=4)
    assert "built but not uploaded: " in outcome.err
    assert secure_web.content(PATH) == b"the old one" and is_empty(temporary)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 413, 500, 507])
def test_an_upload_that_is_refused_leaves_what_was_there(room, secure_web, target, temporary, status):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"the old one", put_status=status)
    outcome = publish(room, target, "--force-rebuild", code=4)
    assert f"{target}: built but not uploaded: " in outcome.err and str(status) in outcome.err
    assert secure_web.content(PATH) == b"the old one" and is_empty(temporary)


def test_a_download_that_breaks_uploads_nothing(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    publish(room, target)
    content = secure_web.content(PATH)
    secure_web.requests.clear()
    secure_web.serve(PATH, content, reset_after=5000)
    room.catalog(*VIEWS, ("three", "SELECT 3"))
    publish(room, target, code=4)
    assert secure_web.asked("PUT") == [] and secure_web.content(PATH) == content and is_empty(temporary)


def test_what_is_no_catalog_is_not_replaced_by_one(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"somebody's notes, longer than nothing\n" * 1000)
    outcome = publish(room, target, code=3)
    assert f"open: {target}: this is not a DuckDB database" in outcome.err
    assert secure_web.asked("PUT") == [] and is_empty(temporary)


def test_a_catalog_that_is_too_large_for_the_disk_is_not_fetched(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"x", length=10**17)
    outcome = publish(room, target, code=3)
    assert "there is no room for its copy" in outcome.err and "TMPDIR" in outcome.err
    assert secure_web.asked("GET") == [] and is_empty(temporary)


def test_what_another_has_published_meanwhile_is_not_overwritten(room, secure_web, target, temporary):
    room.catalog(VIEWS[0])
    publish(room, target)
    secure_web.requests.clear()
    room.catalog(*VIEWS, duckdb={"pragmas": [SLOW]})
    process = room.start("run", "catalog.yaml", "--db-path", target, "--export-put")
    wait_until(lambda: PATH in secure_web.asked("GET"), "its download")
    time.sleep(0.3)
    assert secure_web.asked("PUT") == []
    secure_web.serve(PATH, b"another's")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4 and out == b""
    assert b"built but not uploaded" in err
    assert secure_web.content(PATH) == b"another's" and is_empty(temporary)


def test_of_two_that_publish_a_new_catalog_at_once_one_is_told(room, secure_web, target, temporary):
    room.catalog(*VIEWS, duckdb={"pragmas": [SLOW]})
    processes = [room.start("run", "catalog.yaml", "--db-path", target, "--export-put") for _ in range(2)]
    codes = sorted((process.communicate(timeout=60), process.returncode)[1] for process in processes)
    assert codes == [0, 4]
    assert views_of(secure_web.content(PATH), room.folder) == BOTH and is_empty(temporary)


# ---- broken off ----


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("moment", ["downloading", "building", "uploading"])
def test_broken_off_at_any_moment_it_leaves_nothing_here_and_all_there(room, secure_web, target, temporary, name, moment):
    process = begin_and_hang(room, secure_web, target, moment)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert is_empty(temporary) and secure_web.content(PATH).startswith(b"the old one")


@pytest.mark.parametrize("moment", ["downloading", "building", "uploading"])
def test_what_a_killed_export_leaves_is_gone_after_the_next(room, secure_web, target, temporary, moment):
    process = begin_and_hang(room, secure_web, target, moment)
    process.kill()
    process.communicate(timeout=60)
    [left] = temporary.iterdir()
    assert secure_web.content(PATH).startswith(b"the old one") and left.stat().st_mode & 0o777 == 0o700
    secure_web.clear()
    secure_web.take_puts("/published/")
    room.catalog(*VIEWS)
    publish(room, target)
    assert is_empty(temporary) and views_of(secure_web.content(PATH), room.folder) == BOTH


def begin_and_hang(room, web, uri, moment):
    behaviour = {"downloading": {"stall_after": 4}, "building": {}, "uploading": {"stall": True}}[moment]
    web.serve(PATH, b"the old one" * 100, **behaviour)
    room.catalog(*VIEWS, duckdb={"pragmas": [SLOW.replace("15", "150")]} if moment == "building" else {})
    rebuilds = [] if moment == "downloading" else ["--force-rebuild"]
    process = room.start("run", "catalog.yaml", "--db-path", uri, "--export-put", *rebuilds)
    if moment == "building":
        wait_until(lambda: list(Path(room.environment["TMPDIR"]).glob("*/catalog/sales.duckdb")), "the copy")
        time.sleep(0.3)
    else:
        wait_until(lambda: web.asked("GET" if moment == "downloading" else "PUT"), "the request")
    return process


def test_a_folder_of_an_export_that_is_at_work_stays(room, secure_web, target, temporary):
    process = begin_and_hang(room, secure_web, target, "uploading")
    [folder] = temporary.iterdir()
    other = secure_web.url("/published/other.duckdb")
    room.catalog(*VIEWS)
    publish(room, other)
    assert list(temporary.iterdir()) == [folder] and (folder / "catalog/sales.duckdb").exists()
    process.kill()
    process.communicate()


def test_folders_that_are_not_ours_stay(room, target, temporary):
    room.catalog(*VIEWS)
    for name in ("duckalog-export-open12", "duckalog-export-tolong", "other"):
        (temporary / name).mkdir()
        (temporary / name / "file").touch()
    (temporary / "duckalog-export-open12").chmod(0o755)
    (temporary / "duckalog-export-tolong").rename(temporary / "duckalog-export-toolong")
    (temporary / "duckalog-export-linked").symlink_to(temporary / "other")
    names = sorted(path.name for path in temporary.rglob("*"))
    publish(room, target)
    assert sorted(path.name for path in temporary.rglob("*")) == names


def test_the_copy_is_kept_when_that_is_asked_for(room, target, temporary):
    room.catalog(*VIEWS)
    outcome = publish(room, target, "--keep-temp")
    [copy] = temporary.glob("*/catalog/sales.duckdb")
    assert f"its copy here is {copy}, and stays" in outcome.err
    publish(room, target)
    assert views_of(copy.read_bytes(), room.folder) == BOTH


def test_a_folder_that_can_not_be_removed_is_told(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    process = room.start("run", "catalog.yaml", "--db-path", target, "--export-put", "--query", SLOW)
    wait_until(lambda: secure_web.asked("PUT"), "the upload")
    [folder] = temporary.iterdir()
    (folder / "/".join(["deep"] * 20)).mkdir(parents=True)  # deeper than anything that DuckDB makes
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"a temporary folder is left {{name={folder} ".encode() in err, err


@pytest.mark.parametrize("seed", range(RANDOM_KILLS))
def test_killed_at_a_moment_of_chance_it_leaves_one_whole_catalog(room, secure_web, target, temporary, seed):
    room.catalog(VIEWS[0])
    publish(room, target)
    old = secure_web.content(PATH)
    room.catalog(*VIEWS)
    process = room.start("run", "catalog.yaml", "--db-path", target, "--export-put")
    time.sleep(random.Random(seed).uniform(0, 0.4))
    process.send_signal(random.Random(seed).choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
    process.communicate(timeout=60)
    assert secure_web.content(PATH) == old or views_of(secure_web.content(PATH), room.folder) == BOTH
    publish(room, target)
    assert views_of(secure_web.content(PATH), room.folder) == BOTH and is_empty(temporary)


def test_a_copy_that_is_to_be_kept_is_there_after_an_upload_that_fails(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"the old one", put_status=403)
    publish(room, target, "--force-rebuild", "--keep-temp", code=4)
    [copy] = temporary.glob("*/catalog/sales.duckdb")
    assert views_of(copy.read_bytes(), room.folder) == BOTH


def test_with_strict_a_catalog_that_is_not_what_the_config_says_is_not_published(room, secure_web, target, temporary):
    room.catalog(VIEWS[0])
    publish(room, target)
    old = secure_web.content(PATH)
    room.catalog(("one", "SELECT 5 AS n"), VIEWS[1])
    outcome = publish(room, target, "--strict", code=3)
    assert "one: its definition in the catalog is not the config's" in outcome.err
    assert f"{target}: built but not uploaded: the catalog is not what the config says, in 1 case" in outcome.err
    assert secure_web.content(PATH) == old and is_empty(temporary)
    publish(room, target, "--strict", "--force-rebuild")
    publish(room, target, "--strict")


def test_what_was_written_and_looks_wrong_afterwards_is_not_told_to_be_not_uploaded(room, secure_web, target, temporary):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"the old one", put_status=204)
    outcome = publish(room, target, "--force-rebuild", code=4)
    assert f"{target}: has 11 bytes after it was written" in outcome.err and "not uploaded" not in outcome.err
    assert is_empty(temporary)


def test_where_there_is_no_folder_for_copies_that_is_told(room, secure_web, target):
    room.catalog(*VIEWS)
    room.environment["TMPDIR"] = str(room / "nowhere")
    outcome = publish(room, target, code=3)
    assert "no folder can be made in" in outcome.err and secure_web.requests == []


# ---- what others do not have ----


def local_catalog(room, uri):
    room.data("data/sales.parquet", "SELECT 1 AS n")
    room.duckdb("ref.duckdb", "CREATE TABLE t AS SELECT 1 AS n")
    room.config({
        "version": 1,
        "duckdb": {"database": uri},
        "attachments": {"duckdb": [{"alias": "ref", "path": "ref.duckdb"}]},
        "views": [
            {"name": "sales", "source": "parquet", "uri": "data/sales.parquet"},
            {"name": "by_hand", "sql": "FROM 'data/sales.parquet'"},
            {"name": "one", "sql": "SELECT 1 AS n"},
        ],
    })  # fmt: skip


def test_what_a_published_catalog_reads_from_this_machine_is_told(room, target):
    local_catalog(room, target)
    outcome = publish(room, target)
    [warning] = [line for line in outcome.err.splitlines() if line.startswith("warning: ")]
    assert "attachment ref (" in warning and "view sales (" in warning and "view by_hand (" in warning and "one" not in warning.split(": ", 3)[-1]
    [problem] = json.loads(publish(room, target, "--force-rebuild", "--json").out)["problems"]
    assert problem["code"] == "export-local-dependency"


def test_with_strict_such_a_catalog_is_not_published(room, secure_web, target, temporary):
    local_catalog(room, target)
    outcome = publish(room, target, "--strict", code=3)
    assert "error: " in outcome.err and "view sales (" in outcome.err
    assert secure_web.requests == [] and is_empty(temporary)
    room.catalog(*VIEWS)
    publish(room, target, "--strict")


# ---- what is refused ----


@pytest.mark.parametrize(
    "uri, told",
    [
        ("ftp://example.org/a.duckdb", "begins with a scheme that is not known"),
        ("http://example.org/a.duckdb", "a catalog is not published over plain http"),
        ("https://example.org/a.duckdb", "--export-put sends the catalog with PUT"),
        ("github://acme/shop/a.duckdb", "a catalog can be read from there, and not published"),
        ("hf://datasets/acme/shop/a.duckdb", "a catalog can be read from there, and not published"),
        ("s3://bucket/folder/", "this is a folder"),
    ],
)
def test_a_place_that_takes_no_catalog_is_told_before_anything_is_built(room, temporary, uri, told):
    room.catalog(*VIEWS)
    outcome = room.duckalog("run", "catalog.yaml", "--db-path", uri)
    assert outcome.code == 2 and f"{uri}: " in outcome.err and told in outcome.err
    assert is_empty(temporary)


def test_a_nested_catalog_has_to_be_local(room, target):
    room.catalog(*VIEWS, database=target, name="child.yaml")
    room.catalog(("v", "FROM base.one"), name="parent.yaml", attachments={"duckalog": [{"alias": "base", "config_path": "child.yaml"}]})
    outcome = room.duckalog("run", "parent.yaml")
    assert outcome.code == 2 and "is no local file: name one in `database`" in outcome.err


def test_offline_no_catalog_is_asked_for(room, secure_web, target):
    room.catalog(*VIEWS)
    outcome = publish(room, target, "--offline", code=2)
    assert "offline" in outcome.err and secure_web.requests == []


# ---- credentials ----


def test_a_token_reaches_the_server_and_nobody_else(room, secure_web, target):
    secure_web.serve(PATH, b"", authorization=bearer(SECRET))
    room.catalog(*VIEWS)
    publish(room, target, "--force-rebuild", code=4)
    room.environment["DUCKALOG_FS_TOKEN"] = SECRET
    outcome = publish(room, target, "--force-rebuild", "-vv")
    assert SECRET not in outcome.err + outcome.out
    assert views_of(secure_web.content(PATH), room.folder) == BOTH


def test_a_config_from_elsewhere_can_not_have_its_credentials_sent_to_another_server(room, secure_web, target, web):
    room.environment["DUCKALOG_FS_TOKEN"] = SECRET
    config = f"version: 1\nduckdb: {{database: '{target}'}}\nviews: [{{name: v, sql: SELECT 1}}]\n"
    secure_web.serve("/catalog.yaml", config)
    web.repository("acme/shop", {"catalog.yaml": config.encode()}, token=SECRET)
    room.environment["GITHUB_API_URL"] = web.url()
    others = [secure_web.url("/catalog.yaml", host="localhost"), web.serve("/catalog.yaml", config), "github://acme/shop/catalog.yaml"]
    for other in others:
        for arguments in (["--export-put"], ["--read-only"]):
            secure_web.requests.clear()
            room.duckalog("run", other, *arguments)
            sent = [request.headers.get("authorization") for request in secure_web.requests if request.path == PATH]
            assert sent and set(sent) == {None}, other
    # The user may name it.
    secure_web.requests.clear()
    room.duckalog("run", others[2], "--db-path", target, "--export-put")
    assert {request.headers.get("authorization") for request in secure_web.requests} == {f"Bearer {SECRET}"}


def test_a_signature_in_an_address_is_shown_nowhere(room, secure_web, target):
    room.catalog(*VIEWS)
    signed = f"{target}?X-Amz-Signature={SECRET}&x=1"
    outcome = publish(room, signed, "-vv")
    state = publish(room, signed, "--json", "--force-rebuild")
    secure_web.serve(PATH, b"", put_status=403)
    failed = publish(room, signed, "-vv", "--force-rebuild", code=4)
    for text in (outcome.out, outcome.err, state.out, failed.err):
        assert SECRET not in text
    assert SECRET in secure_web.asked("PUT")[0]


# ---- reading one that is published ----


@pytest.fixture
def published(room, secure_web, target):
    """A catalog behind a URI, with a table of 40 MB beside its views when it is large."""

    def make(rows=0):
        room.duckdb(
            "sales.duckdb",
            "CREATE VIEW one AS SELECT 1 AS n",
            "CREATE VIEW own AS FROM sales.main.one",
            f"CREATE TABLE big AS SELECT i, hash(i) AS h, hash(i + 1) AS h2 FROM range({rows}) r(i)",
        )
        secure_web.serve(PATH, (room / "sales.duckdb").read_bytes())
        (room / "sales.duckdb").unlink()
        return target

    return make


@pytest.mark.parametrize("rows", [0, 2_500_000])
def test_a_catalog_behind_a_uri_reads_as_a_local_one(room, published, temporary, rows):
    uri = published(rows)
    room.config({"version": 1, "duckdb": {"database": uri}, "views": [{"name": "one", "sql": "SELECT 1 AS n"}]})
    for arguments in (["query"], ["run", "catalog.yaml", "--read-only", "--query"], ["query", "--config", "catalog.yaml"]):
        if arguments == ["query"]:
            arguments = ["query", "--catalog", uri]
        sql = "FROM one; FROM own; SELECT count(*) AS c FROM big; SELECT current_database() AS d"
        outcome = room.duckalog(*arguments, sql, "--format", "csv")
        assert (outcome.code, outcome.out) == (0, f"n\n1\nn\n1\nc\n{rows}\nd\nsales\n"), outcome.err
        outcome = room.duckalog(*arguments, "CREATE VIEW mine AS SELECT 1")
        assert outcome.code == 3 and "read-only" in outcome.err
    outcome = room.duckalog("run", "catalog.yaml", "--read-only", "--interactive", stdin=".views\n.tables\n")
    assert outcome.code == 0 and "own" in outcome.out and "big" in outcome.out
    state = json.loads(room.run("--read-only", "--json").out)
    assert state["summary"]["views_kept"] == 1 and state["summary"]["remote_uri"] == uri
    assert is_empty(temporary)


def test_of_a_large_catalog_only_what_is_read_is_fetched(room, web, temporary):
    need_extension("httpfs")
    room.duckdb("sales.duckdb", "CREATE VIEW one AS SELECT 1 AS n", "CREATE TABLE big AS SELECT hash(i) AS h, hash(i + 1) AS h2 FROM range(2500000) r(i)")
    content = (room / "sales.duckdb").read_bytes()
    assert len(content) > 30_000_000
    uri = web.serve("/sales.duckdb", content)
    outcome = room.duckalog("query", "FROM one", "--catalog", uri, "--format", "csv")
    assert (outcome.code, outcome.out) == (0, "n\n1\n"), outcome.err
    asked = [request for request in web.requests if request.method == "GET"]
    assert asked and all("range" in request.headers or request.path.endswith(".wal") for request in asked)
    assert sum(size_of(request.headers.get("range", "bytes=0-0")) for request in asked) < 10_000_000
    web.requests.clear()
    outcome = room.duckalog("query", "SELECT count(h) AS c FROM big", "--catalog", uri, "--sandbox", "--format", "csv")
    assert (outcome.code, outcome.out) == (0, "c\n2500000\n"), outcome.err
    assert any("range" not in request.headers for request in web.requests if request.method == "GET")
    room.environment["DUCKALOG_EXTENSION_DIRECTORY"] = str(room / "none")
    assert room.duckalog("query", "FROM one", "--catalog", uri, "--format", "csv").out == "n\n1\n"


def size_of(value):
    first, last = value.removeprefix("bytes=").split("-")
    return int(last) - int(first) + 1


def test_a_large_catalog_of_a_store_is_attached_with_credentials_for_it_alone(room, s3_bucket, temporary):
    room.environment.update(
        AWS_ACCESS_KEY_ID=s3_bucket.key,
        AWS_SECRET_ACCESS_KEY=s3_bucket.secret,
        AWS_REGION="us-east-1",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{s3_bucket.port}",
    )
    room.duckdb("sales.duckdb", "CREATE VIEW one AS SELECT 1 AS n", "CREATE TABLE big AS SELECT hash(i) AS h, hash(i + 1) AS h2 FROM range(2500000) r(i)")
    uri = s3_bucket.put("sales.duckdb", (room / "sales.duckdb").read_bytes())
    sql = "FROM one; SELECT name, scope FROM duckdb_secrets(); SELECT path FROM duckdb_databases() WHERE NOT internal AND path IS NOT NULL"
    outcome = room.duckalog("query", sql, "--catalog", uri, "--format", "csv")
    assert (outcome.code, outcome.out) == (0, f"n\n1\nname,scope\nduckalog_catalog,['{uri}']\npath\n{uri}\n"), outcome.err


@pytest.mark.parametrize("status, code", [(404, 4), (403, 4), (500, 4)])
def test_what_can_not_be_read_is_told(room, secure_web, target, temporary, status, code):
    room.catalog(*VIEWS)
    secure_web.serve(PATH, b"", status=status)
    for arguments in (["query", "FROM one", "--catalog", target], ["run", "catalog.yaml", "--db-path", target, "--read-only"]):
        outcome = room.duckalog(*arguments)
        assert outcome.code == code and f"{target}: " in outcome.err
    assert is_empty(temporary)


def test_reading_publishes_nothing(room, secure_web, published, temporary):
    uri = published()
    room.catalog(*VIEWS, database=uri)
    outcome = room.duckalog("run", "catalog.yaml", "--read-only")
    assert outcome.code == 0 and "not in the catalog, which is open read-only" in outcome.err
    assert outcome.out.startswith(f"catalog {uri}: ") and len(outcome.out.splitlines()) == 1
    assert secure_web.asked("PUT") == [] and is_empty(temporary)


def test_an_interrupted_fetch_leaves_nothing(room, secure_web, target, temporary):
    secure_web.serve(PATH, b"x" * 10000, stall_after=5)
    process = room.start("query", "FROM one", "--catalog", target)
    wait_until(lambda: secure_web.asked("GET"), "the request")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130 and is_empty(temporary)


SIGNED = [["query", "--catalog"], ["query", "--config", "catalog.yaml", "--catalog"], ["run", "catalog.yaml", "--read-only", "--db-path"]]


@pytest.mark.parametrize("arguments", SIGNED if os.environ.get("DUCKALOG_TEST_LONG") == "1" else SIGNED[1:2])
def test_a_signature_is_not_shown_when_an_attached_catalog_breaks(room, web, temporary, arguments):
    need_extension("httpfs")
    room.duckdb("sales.duckdb", "CREATE VIEW one AS SELECT 1 AS n", "CREATE TABLE big AS SELECT hash(i) AS h, hash(i + 1) AS h2 FROM range(2500000) r(i)")
    uri = web.serve("/sales.duckdb", (room / "sales.duckdb").read_bytes()) + f"?X-Amz-Signature={SECRET}&x=1"
    room.catalog(*VIEWS)
    process = room.start(*arguments, uri, *BROKEN[arguments[0]])
    wait_until(lambda: (room / "ready").exists(), "the first statement")
    web.clear()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3 and b"HTTP" in err and b"sales.duckdb" in err
    assert SECRET.encode() not in out + err


SAY_READY = f"COPY (SELECT 1) TO 'ready' (FORMAT CSV); {SLOW}; SELECT sum(h) FROM big"
BROKEN = {"query": [SAY_READY], "run": ["--query", SAY_READY]}


# ---- following a config ----


def test_a_catalog_that_is_watched_is_published_anew(room, secure_web, target, temporary):
    room.catalog(VIEWS[0])
    process = room.start("run", "catalog.yaml", "--db-path", target, "--export-put", "--watch")
    wait_until(lambda: len(secure_web.asked("PUT")) == 1, "the first upload")
    time.sleep(0.5)
    room.catalog(*VIEWS)
    wait_until(lambda: len(secure_web.asked("PUT")) == 2, "the second upload")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert views_of(secure_web.content(PATH), room.folder) == BOTH and is_empty(temporary), err


def test_what_statements_wrote_is_not_published_by_a_reload(room, secure_web, target, temporary):
    room.catalog(VIEWS[0])
    process = room.start("run", "catalog.yaml", "--db-path", target, "--export-put", "--interactive", stdin=subprocess.PIPE)
    wait_until(lambda: PATH in secure_web.pages, "the first upload")
    old = secure_web.content(PATH)
    process.stdin.write(b"CREATE TABLE mine AS SELECT 7 AS n;\n.reload\n")
    process.stdin.flush()
    time.sleep(1)
    room.catalog(*VIEWS)
    out, err = process.communicate(b".reload\nFROM two;\n", timeout=60)
    assert b"statements have written to the copy" in err and b"2" in out
    assert secure_web.content(PATH) == old and is_empty(temporary)
    publish(room, target)
    assert views_of(secure_web.content(PATH), room.folder) == BOTH


def test_a_reload_in_a_shell_publishes_what_it_changed(room, secure_web, target, temporary):
    room.catalog(VIEWS[0])
    process = room.start("run", "catalog.yaml", "--db-path", target, "--export-put", "--interactive", stdin=subprocess.PIPE)
    wait_until(lambda: PATH in secure_web.pages, "the first upload")
    time.sleep(0.5)
    room.catalog(*VIEWS)
    process.communicate(b"FROM one;\nCREATE TEMP TABLE t AS FROM one;\n.reload\n", timeout=60)
    assert views_of(secure_web.content(PATH), room.folder) == BOTH and is_empty(temporary)
