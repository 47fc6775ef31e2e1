"""
Object stores as the loading of configs reaches them: src/remote/stores.h, by a program that calls it.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from conftest import EXTENSIONS, PROGRAM, need_extension, wait_until
from proxy import Proxy

USE_STORES = PROGRAM.parent / "use-stores"
DOCUMENT = b"version: 1\n# \xc3\xa4\n"

pytestmark = pytest.mark.skipif(not USE_STORES.exists(), reason="built without remote support")


@pytest.fixture
def ask(s3, tmp_path):
    """Calls the program; its environment has nothing in it but what lets in to the server of S3."""
    need_extension("httpfs")
    (tmp_path / "home").mkdir()

    def environment_with(**environment):
        base = {
            "HOME": str(tmp_path / "home"),
            "PATH": os.environ["PATH"],
            "DUCKALOG_EXTENSION_DIRECTORY": str(EXTENSIONS),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3.port}",
            "AWS_ACCESS_KEY_ID": s3.key,
            "AWS_SECRET_ACCESS_KEY": s3.secret,
            "ASAN_OPTIONS": "detect_leaks=0",  # the aws and azure extensions leave some, and so does an upload that fails
            **{name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TSAN_OPTIONS") if name in os.environ},
        }
        return {name: str(value) for name, value in {**base, **environment}.items() if value is not None}

    def start(*arguments, **environment):
        return subprocess.Popen(
            [USE_STORES, *map(str, arguments)], stdout=subprocess.PIPE, env=environment_with(**environment), cwd=tmp_path
        )

    def call(*arguments, timeout=60, **environment):
        command = [USE_STORES, *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, env=environment_with(**environment), cwd=tmp_path, timeout=timeout
        )
        assert done.returncode == 0, done.stderr.decode()
        for secret in (s3.secret, "wr0ng-s3cret", "t0ken-of-mine"):
            assert secret not in done.stdout.decode() + done.stderr.decode()
        return json.loads(done.stdout)

    call.home = tmp_path / "home"
    call.start = start
    return call


NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
PATHS = pytest.mark.parametrize("way", [[], ["without-files"]], ids=["files", "query"])


# ---- reading ----


@PATHS
def test_an_object_is_read_with_what_tells_whether_it_changes(ask, s3, way):
    uri = s3.put("read/a.yaml", DOCUMENT)
    answer = ask(*way, "get", uri)
    assert answer["outcome"] == "done", answer
    assert answer["content"].encode() == DOCUMENT
    assert answer["etag"].startswith('"') and answer["modified"].endswith("GMT")


@PATHS
def test_an_object_that_is_known_already_is_not_read_again(ask, s3, way):
    uri = s3.put("read/known.yaml", DOCUMENT * 50_000)
    known = ask(*way, "get", uri)
    with Proxy(s3.port) as proxy:
        there = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        for arguments in ([f"etag={known['etag']}"], [f"modified={known['modified']}"]):
            assert ask(*way, *arguments, "get", uri, **there)["outcome"] == "unchanged"
        assert proxy.bytes_from_server < 4000
        assert ask(*way, 'etag="other"', f"modified={known['modified']}", "get", uri, **there)["outcome"] == "done"


@PATHS
def test_an_object_that_is_too_large_is_not_fetched(ask, s3, way):
    uri = s3.put("read/large.yaml", bytes(3 << 20))
    with Proxy(s3.port) as proxy:
        answer = ask(*way, f"largest={1 << 20}", "get", uri, AWS_ENDPOINT_URL=f"http://127.0.0.1:{proxy.port}")
        assert answer["outcome"] == "refused"
        assert answer["message"] == "is larger than 1 MiB"
        assert proxy.bytes_from_server < 4000


@PATHS
def test_an_empty_object_is_an_empty_document(ask, s3, way):
    answer = ask(*way, "get", s3.put("read/empty.yaml", b""))
    assert (answer["outcome"], answer["content"]) == ("done", ""), answer


@PATHS
def test_characters_of_patterns_and_queries_are_letters_of_a_name(ask, s3, way):
    s3.put("odd/a1.yaml", b"not this")
    for name in ("odd/a*.yaml", "odd/[a]?x=1&s3_endpoint=elsewhere.yaml", "odd/a b%41+c#.yaml", "odd/ä.yaml"):
        answer = ask(*way, "get", s3.put(name, name.encode()))
        assert (answer["outcome"], answer["content"]) == ("done", name), answer
        assert answer["etag"] is not None


def test_documents_are_read_side_by_side(ask, s3):
    uris = [s3.put(f"many/{n}.yaml", b"%d" % n) for n in range(24)]
    answers = ask("many", *uris, "s3://lake/many/none.yaml")
    assert [answer["content"] for answer in answers] == [*map(str, range(24)), None]


# ---- what can be wrong ----


@PATHS
def test_what_is_not_there_is_refused(ask, s3, way):
    for uri in ("s3://lake/read/none.yaml", "s3://no-such-bucket/a.yaml"):
        answer = ask(*way, "get", uri)
        assert (answer["outcome"], answer["message"]) == ("refused", "can't be read: not found (404)")


@PATHS
def test_a_wrong_key_is_refused_with_where_keys_are_looked_for(ask, s3, way):
    uri = s3.put("read/a.yaml", DOCUMENT)
    answer = ask(*way, "get", uri, AWS_SECRET_ACCESS_KEY="wr0ng-s3cret")
    assert (answer["outcome"], answer["message"]) == ("refused", "can't be read: access denied (403)")
    assert "AWS_ACCESS_KEY_ID" in answer["hint"] and "docs/remote-credentials.md" in answer["hint"]


@PATHS
def test_a_server_that_is_gone_may_come_back(ask, way):
    with Proxy(1) as proxy:
        proxy.refuse()
        answer = ask(*way, "get", "s3://lake/a.yaml", AWS_ENDPOINT_URL=f"http://127.0.0.1:{proxy.port}")
    assert (answer["outcome"], answer["message"]) == ("failed", "can't be read: the server does not take connections")


@PATHS
@pytest.mark.parametrize("how", ["mute", "stalled"])
def test_a_silent_server_fails_within_its_time(ask, s3, way, how):
    uri = s3.put("read/slow.yaml", DOCUMENT * 5000)
    with Proxy(s3.port) as proxy:
        proxy.mute() if how == "mute" else proxy.stall_after(5000)
        answer = ask(*way, "patience=1000", "get", uri, AWS_ENDPOINT_URL=f"http://127.0.0.1:{proxy.port}")
    assert answer["outcome"] == "failed"
    assert "no answer" in answer["message"] and "--fs-timeout" in answer["hint"]
    assert answer["seconds"] < 4


def test_a_wait_ends_when_the_user_or_the_load_ends_it(ask, s3):
    uri = s3.put("read/slow.yaml", DOCUMENT)
    with Proxy(s3.port) as proxy:
        proxy.mute()
        there = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        answer = ask("interrupt=500", "get", uri, **there)
        assert answer["message"] == "can't be read: interrupted" and answer["seconds"] < 2
        answer = ask("total=700", "get", uri, **there)
        assert answer["message"] == "can't be read: the time for all documents is over" and answer["seconds"] < 2


def test_a_broken_connection_fails(ask, s3):
    uri = s3.put("read/slow.yaml", DOCUMENT)
    with Proxy(s3.port) as proxy:
        proxy.reset()
        answer = ask("get", uri, AWS_ENDPOINT_URL=f"http://127.0.0.1:{proxy.port}")
    assert answer["outcome"] == "failed", answer


def test_an_extension_that_is_not_there_is_named(ask, s3, tmp_path):
    answer = ask("get", "s3://lake/a.yaml", DUCKALOG_EXTENSION_DIRECTORY=tmp_path / "empty")
    assert answer["outcome"] == "refused"
    assert answer["message"].startswith("can't be read: DuckDB's extension httpfs is not there")
    assert "--extension-directory" in answer["hint"]


# ---- credentials ----


def test_options_come_before_the_environment(ask, s3):
    uri = s3.put("read/a.yaml", DOCUMENT)
    assert ask(f"key={s3.key}", f"secret={s3.secret}", "get", uri, AWS_ACCESS_KEY_ID="no")["outcome"] == "done"
    own = {"DUCKALOG_FS_KEY": s3.key, "DUCKALOG_FS_SECRET": s3.secret}
    assert ask("get", uri, AWS_ACCESS_KEY_ID="no", **own)["outcome"] == "done"
    wrong = ["key=no", "secret=wr0ng-s3cret"]
    assert ask(*wrong, "get", uri)["outcome"] == "refused"
    assert ask("protocol=s3", *wrong, "get", uri)["outcome"] == "refused"
    assert ask("protocol=gcs", *wrong, "get", uri)["outcome"] == "done"  # they are for another store
    assert ask("anonymous=1", "get", uri)["message"] == "can't be read: access denied (403)"


def test_half_a_pair_is_refused(ask, s3):
    for arguments in (["key=a"], ["secret=wr0ng-s3cret"]):
        answer = ask(*arguments, "get", "s3://lake/a.yaml")
        assert (answer["outcome"], answer["message"]) == (
            "refused",
            "can't be read: there is only one of key and secret",
        )


def test_profiles_of_the_aws_files_let_in(ask, s3):
    uri = s3.put("read/a.yaml", DOCUMENT)
    folder = ask.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[default]\naws_access_key_id = {s3.key}\naws_secret_access_key = wr0ng-s3cret\n"
        f"[lake]\naws_access_key_id = {s3.key}\naws_secret_access_key = {s3.secret}\n"
    )
    assert ask("get", uri, **NO_KEYS)["message"] == "can't be read: access denied (403)"
    assert ask("get", uri, AWS_PROFILE="lake", **NO_KEYS)["outcome"] == "done"
    assert ask("profile=lake", "get", uri, AWS_ACCESS_KEY_ID="no")["outcome"] == "done"
    answer = ask("profile=none", "get", uri)
    assert (answer["outcome"], answer["message"]) == ("refused", "can't be read: the AWS profile 'none' has no credentials")


def test_nothing_asks_the_metadata_service_of_a_cloud(ask, s3):
    """Nor waits for it: there is none here, so that a look at it would take its time."""
    uri = s3.put("read/a.yaml", DOCUMENT)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.1)
        service = f"http://127.0.0.1:{listener.getsockname()[1]}"
        answer = ask("get", uri, AWS_EC2_METADATA_SERVICE_ENDPOINT=service, **NO_KEYS)
        assert answer["message"] == "can't be read: access denied (403)"
        with pytest.raises(TimeoutError):
            listener.accept()
    assert answer["seconds"] < 3


def test_secrets_that_duckdb_keeps_for_the_user_are_not_used(ask, s3):
    import duckdb

    uri = s3.put("read/a.yaml", DOCUMENT)
    folder = ask.home / ".duckdb" / "stored_secrets"
    with duckdb.connect(config={"extension_directory": str(EXTENSIONS), "secret_directory": str(folder)}) as connection:
        connection.execute("LOAD httpfs")
        connection.execute(
            f"CREATE PERSISTENT SECRET kept (TYPE s3, KEY_ID '{s3.key}', SECRET '{s3.secret}', SCOPE '{uri}', "
            f"ENDPOINT '127.0.0.1:{s3.port}', URL_STYLE path, USE_SSL false)"
        )
    assert list(folder.iterdir())
    assert ask("get", uri, **NO_KEYS)["message"] == "can't be read: access denied (403)"


def test_r2_needs_an_account(ask):
    answer = ask("get", "r2://bucket/a.yaml", AWS_ENDPOINT_URL=None)
    assert answer["message"] == "can't be read: nothing names the account at Cloudflare"
    assert "CLOUDFLARE_ACCOUNT_ID" in answer["hint"]


def test_every_scheme_of_a_store_reaches_duckdb(ask, s3):
    """s3 and what speaks it at the server of the tests; the others as far as there is a network."""
    s3.put("read/a.yaml", DOCUMENT)
    for scheme in ("s3", "s3a", "s3n", "r2"):
        assert ask("get", f"{scheme}://lake/read/a.yaml", AWS_REGION="us-east-1")["outcome"] == "done", scheme
    assert ask("list", "s3a://lake/read/a.y*")["names"] == ["s3a://lake/read/a.yaml"]
    nowhere = {"HTTPS_PROXY": "", "HTTP_PROXY": ""}
    for uri in ("gs://bucket/a.yaml", "gcs://bucket/a.yaml", "hf://datasets/user/repository/a.yaml"):
        answer = ask("token=t0ken-of-mine", "patience=3000", "get", uri, **nowhere)
        assert answer["outcome"] == "failed", answer


# ---- listing ----


def test_patterns_find_objects_as_they_find_files(ask, s3):
    names = ["p/a.yaml", "p/b.yaml", "p/b.json", "p/.hidden.yaml", "p/deep/c.yaml", "p/deep/er/d.yaml", "p/.no/e.yaml"]
    for name in names:
        s3.put(name, b"x")

    def found(pattern):
        answer = ask("list", f"s3://lake/{pattern}")
        assert answer["outcome"] == "done", answer
        return [name.removeprefix("s3://lake/p/") for name in answer["names"]]

    assert found("p/*.yaml") == ["a.yaml", "b.yaml"]
    assert found("p/[!a].yaml") == ["b.yaml"]
    assert found("p/?.json") == ["b.json"]
    assert found("p/*/*.yaml") == ["deep/c.yaml"]
    assert found("p/**/*.yaml") == ["a.yaml", "b.yaml", "deep/c.yaml", "deep/er/d.yaml"]
    assert found("p/**/er/**") == ["deep/er/d.yaml"]
    assert found("p/.h*") == [".hidden.yaml"]
    assert found("p/none*") == []
    assert [name for name in found("*/deep/*.yaml")] == ["deep/c.yaml"]


def test_lists_that_fail_say_why(ask, s3):
    for n in range(3):
        s3.put(f"few/{n}.yaml", b"x")
    answer = ask("most=2", "list", "s3://lake/few/*")
    assert (answer["outcome"], answer["message"]) == ("refused", "can't be listed: more than 2 objects match it")
    assert ask("list", "s3://no-such-bucket/*")["message"] == "can't be listed: there is no such bucket (404)"
    assert ask("list", "s3://lake/few/*", **NO_KEYS)["message"] == "can't be listed: access denied (403)"


def test_the_database_is_opened_once_and_only_when_it_is_needed(ask, s3):
    """Loading the extension takes 50 ms or more; 40 documents one after the other would take 2 s."""
    uris = [s3.put(f"many/{n}.yaml", b"%d" % n) for n in range(40)]
    start = time.monotonic()
    assert all(answer["outcome"] == "done" for answer in ask("many", *uris))
    assert time.monotonic() - start < 10


# ---- looking, fetching and writing ----

MB = 1 << 20
LONG = os.environ.get("DUCKALOG_TEST_LONG") == "1"
LARGE = 300 * MB


def via(proxy):
    return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}


@pytest.fixture
def file(tmp_path):
    """Makes a file of so many bytes, which are not all the same."""

    def make(size, name="file"):
        path = tmp_path / name
        block = os.urandom(MB)
        with path.open("wb") as out:
            for start in range(0, size, MB):
                out.write(block[: min(MB, size - start)])
        return path

    return make


@PATHS
def test_what_is_known_of_an_object_is_told_without_reading_it(ask, s3, way):
    uri = s3.put("look/a", bytes(3 * MB))
    with Proxy(s3.port) as proxy:
        answer = ask(*way, "head", uri, **via(proxy))
        assert (answer["outcome"], answer["size"], answer["content"]) == ("done", 3 * MB, None)
        assert answer["etag"]
        assert proxy.bytes_from_server < 4000
    assert ask(*way, "head", "s3://lake/look/none")["message"] == "can't be read: not found (404)"


@PATHS
def test_a_file_is_written_and_fetched_again(ask, s3, way, file, tmp_path):
    for size in (1000, 6 * MB):
        path = file(size)
        answer = ask(*way, "put", path, "s3://lake/put/a b?.db")
        assert (answer["outcome"], answer["size"], answer["told"]) == ("done", size, size), answer
        assert (s3.folder / "lake/put/a b?.db").read_bytes() == path.read_bytes()
        fetched = ask(*way, "download", "s3://lake/put/a b?.db", tmp_path / "back")
        assert (fetched["outcome"], fetched["etag"]) == ("done", answer["etag"])
        assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_a_large_file_goes_both_ways_in_little_memory(ask, file, tmp_path):
    path = file(LARGE)
    there = ask("total=300000", "put", path, "s3://lake/put/large.db", timeout=300)
    assert there["outcome"] == "done", there
    back = ask("total=300000", "download", "s3://lake/put/large.db", tmp_path / "back", timeout=300)
    assert back["outcome"] == "done", back
    assert subprocess.run(["cmp", path, tmp_path / "back"]).returncode == 0
    assert max(there["most_memory_kb"], back["most_memory_kb"]) < 160 * 1024


@PATHS
def test_only_what_was_fetched_is_replaced(ask, s3, way, file):
    uri = s3.put("put/guarded", b"first")
    path = file(1000)
    answer = ask(*way, 'replaces="other"', "put", path, uri)
    assert (answer["outcome"], answer["message"]) == (
        "refused",
        "can't be written: it has been changed by someone else since it was fetched",
    )
    assert (s3.folder / "lake/put/guarded").read_bytes() == b"first"
    known = ask(*way, "head", uri)["etag"]
    first = ask(*way, f"replaces={known}", "put", path, uri)
    assert first["outcome"] == "done" and first["etag"] != known
    assert ask(*way, f"replaces={known}", "put", path, uri)["outcome"] == "refused"


@PATHS
def test_what_cannot_be_written_says_why(ask, s3, way, file):
    path = file(1000)
    answer = ask(*way, "put", path, "s3://lake/put/denied", AWS_SECRET_ACCESS_KEY="wr0ng-s3cret")
    assert (answer["outcome"], answer["message"]) == ("refused", "can't be written: access denied (403)")
    assert "AWS_ACCESS_KEY_ID" in answer["hint"]
    answer = ask(*way, "put", path, "s3://no-such-bucket/a")
    assert (answer["outcome"], answer["message"]) == ("refused", "can't be written: there is no such bucket (404)")
    assert ask("put", file(0, "empty"), "s3://lake/put/a")["message"] == "can't be written: the file is empty"
    answer = ask("put", path, "hf://datasets/a/b/c")
    assert (answer["outcome"], answer["message"]) == ("refused", "can't be written: DuckDB only reads from Hugging Face")


# DuckDB takes half a minute to give a silent server up: with DUCKALOG_TEST_LONG=1 only.
@pytest.mark.parametrize("how", ["killed", "interrupted", "broken", "shortened", *(["stalled"] if LONG else [])])
def test_an_upload_that_ends_half_way_leaves_the_old_object(ask, s3, file, how):
    uri = s3.put(f"put/{how}", b"old")
    path = file(100 * MB)
    with Proxy(s3.port) as proxy:
        patience = "patience=1000" if how in ("stalled", "broken") else "patience=30000"
        process = ask.start(
            patience, *(["interrupt=2500"] if how == "interrupted" else []), "put", path, uri, **via(proxy)
        )
        try:
            wait_until(lambda: proxy.bytes_from_client > 8 * MB, "a part of the upload")
            if how == "killed":
                process.send_signal(signal.SIGKILL)
            elif how == "shortened":
                os.truncate(path, 1000)  # the server is well: it would take what there is for the whole
            elif how == "broken":
                proxy.refuse()
                proxy.kill_connections()
            else:
                proxy.mute()
                proxy.stall_connections()
            out = process.communicate(timeout=60)[0]
        finally:
            process.kill()
            process.communicate()
    assert (s3.folder / "lake/put" / how).read_bytes() == b"old"
    if how != "killed":
        assert process.returncode == 0
        answer = json.loads(out)
        assert answer["outcome"] in ("failed", "refused"), answer
        assert answer["message"].startswith("can't be written: "), answer
    if how == "shortened":
        assert answer["message"] == "can't be written: the file has become shorter while it was written"
    if how == "interrupted":
        assert answer["message"] == "can't be written: interrupted" and answer["seconds"] < 6


def test_a_download_that_breaks_fails(ask, s3, file, tmp_path):
    uri = s3.put("put/half", bytes(30 * MB))
    with Proxy(s3.port) as proxy:
        proxy.stall_after(12 * MB)
        watcher = threading.Timer(1.5, proxy.mute)
        watcher.start()
        answer = ask("patience=1000", "total=20000", "download", uri, tmp_path / "back", **via(proxy))
        watcher.join()
    assert answer["outcome"] == "failed", answer


# ---- Azure ----


@pytest.fixture
def blobs(azure_container, ask):
    """Calls the program with the server of Azure's blobs."""

    def call(*arguments, **environment):
        string = {"AZURE_STORAGE_CONNECTION_STRING": azure_container.connection_string()}
        answer = ask(*arguments, **{**string, **environment})
        assert azure_container.key not in json.dumps(answer)
        return answer

    return call


@PATHS
def test_blobs_are_read_looked_at_and_listed(blobs, azure_container, way, tmp_path):
    uri = azure_container.put("a.yaml", DOCUMENT)
    answer = blobs(*way, "get", uri)
    assert (answer["outcome"], answer["content"].encode()) == ("done", DOCUMENT)
    assert blobs(*way, f"etag={answer['etag']}", "get", uri)["outcome"] == "unchanged"
    assert blobs(*way, "head", uri.replace("az://", "azure://"))["size"] == len(DOCUMENT)
    container = uri.removesuffix("/a.yaml")
    assert blobs(*way, "list", f"{container}/*.yaml")["names"] == [uri]
    large = os.urandom(3 * MB)
    azure_container.put("b.db", large)
    assert blobs(*way, "download", f"{container}/b.db", tmp_path / "back")["size"] == len(large)
    assert (tmp_path / "back").read_bytes() == large


def test_blobs_are_reached_by_each_kind_of_credentials(blobs, azure_container):
    uri = azure_container.put("a.yaml", DOCUMENT)
    own = azure_container.connection_string()
    signed = azure_container.connection_string(AccountKey=None, SharedAccessSignature=azure_container.sas_token("rl"))
    nothing = {"AZURE_STORAGE_CONNECTION_STRING": None}
    assert blobs(f"azure={own}", "get", uri, **nothing)["outcome"] == "done"
    answer = blobs("get", uri, AZURE_STORAGE_CONNECTION_STRING=signed)
    assert answer["outcome"] == "done" and answer["etag"]
    for environment in (nothing, {"AZURE_STORAGE_CONNECTION_STRING": azure_container.connection_string(AccountKey="d3Jvbmc=")}):
        answer = blobs("get", uri, **environment)
        assert (answer["outcome"], answer["message"]) == ("refused", "can't be read: access denied (403)")
        assert "AZURE_STORAGE_CONNECTION_STRING" in answer["hint"]
    answer = blobs("get", uri, AZURE_STORAGE_CONNECTION_STRING="AccountKey=c2VjcmV0;")
    assert answer["message"] == "can't be read: the connection string of Azure names no account"


def test_blobs_that_cannot_be_had_say_why(blobs, azure_container):
    uri = azure_container.put("a.yaml", DOCUMENT)
    for missing in (f"{uri}.no", "az://no-such-container/a.yaml"):
        assert blobs("get", missing)["message"] == "can't be read: not found (404)"
    with Proxy(azure_container.port) as proxy:
        there = {"AZURE_STORAGE_CONNECTION_STRING": azure_container.connection_string(port=proxy.port)}
        proxy.mute()
        answer = blobs("patience=1000", "get", uri, **there)
        assert (answer["outcome"], answer["message"]) == ("failed", "can't be read: no answer within 1 s")
        assert answer["seconds"] < 3


def test_addresses_of_a_data_lake_are_spelled_as_duckdb_has_them(ask):
    """There is no server of these to test with: the message says which one was looked for."""
    for uri in ("abfss://lake@nowhere/a", "abfs://lake@nowhere.dfs.core.windows.net/a", "adl://lake@nowhere/a"):
        answer = ask("patience=2000", "get", uri)
        assert answer["outcome"] == "failed", answer


@pytest.mark.parametrize(
    ("protocol", "uri"),
    [
        ("s3", "s3://b/c.yaml"),
        ("r2", "r2://b/c.yaml"),
        ("gcs", "gs://b/c.yaml"),
        ("gs", "gs://b/c.yaml"),
        ("azure", "az://b/c.yaml"),
        ("az", "abfss://b@a/c.yaml"),
        ("abfs", "az://b/c.yaml"),
    ],
)
def test_each_store_has_a_word_that_credentials_are_named_for(room, protocol, uri):
    outcome = room.duckalog("validate", uri, "--fs-key", "half", "--fs-protocol", protocol)
    assert outcome.code != 0 and "there is only one of key and secret" in outcome.err
