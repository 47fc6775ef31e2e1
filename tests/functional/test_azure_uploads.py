"""
Files that are put to Azure's blobs: the blob is the old one until it is the new one, whatever happens meanwhile. (What is
read from there: test_stores.py.)
"""

import base64
import hashlib
import os
import signal
import threading
import time

import pytest
from conftest import wait_until
from proxy import Proxy
from transfers import MOVE_FILE, Mover
from web import RESET

pytestmark = pytest.mark.skipif(not MOVE_FILE.exists(), reason="built without remote support")

MB = 1 << 20
OLD = b"what was there before\n"
NEW = os.urandom(300_000)
LARGE = 150 * MB
NO_STRING = {"AZURE_STORAGE_CONNECTION_STRING": ""}
ONLY_SIGNED = "a managed identity and az login let in to read, and not to write"


@pytest.fixture
def mover(room, azure_container):
    room.write("new", NEW)
    mover = Mover(room)
    mover.environment["AZURE_STORAGE_CONNECTION_STRING"] = azure_container.connection_string()
    mover.environment["ASAN_OPTIONS"] = "detect_leaks=0"  # of the azure extension
    return mover


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file that goes in blocks."""
    path = tmp_path_factory.mktemp("large") / "large"
    with path.open("wb") as file:
        for _ in range(LARGE // MB):
            file.write(os.urandom(MB))
    return path


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """A smaller one that goes in five."""
    path = tmp_path_factory.mktemp("blocks") / "blocks"
    path.write_bytes(os.urandom(70 * MB))
    return path


def through(azure, proxy):
    return {"AZURE_STORAGE_CONNECTION_STRING": azure.connection_string(port=proxy.port)}


def uncommitted(azure, name):
    """Names of blocks that are with the server and in no blob."""
    answer, body = azure.request("GET", name, query={"comp": "blocklist", "blocklisttype": "uncommitted"})
    return body.decode().count("<Block>") if answer.status == 200 else 0


class Reader:
    """Reads a blob again and again, as long as the block lasts."""

    def __init__(self, azure, name, known):
        self.azure, self.name, self.known = azure, name, known
        self.seen = []  # which of the known contents it was
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.read)

    def read(self):
        while not self.ends.is_set():
            content = self.azure.get(self.name)
            self.seen.append(self.known.index(content) if content in self.known else content and len(content))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()


# ---- all goes well ----


def test_a_small_blob_is_put_whole_and_takes_the_place_of_the_old_one(mover, azure_container, room):
    uri = azure_container.put("catalog.duckdb", OLD)
    answer = mover.good("upload", "new", uri)
    assert azure_container.get("catalog.duckdb") == NEW
    assert (answer["size"], answer["done"], answer["total"]) == (len(NEW), len(NEW), len(NEW))
    assert answer["etag"] == mover.good("find", uri)["etag"]
    mover.good("download", uri, "back")
    assert (room / "back").read_bytes() == NEW


def test_a_large_blob_is_put_whole_in_little_memory(mover, azure_container, large):
    process = mover.start("upload", large, azure_container.put("a/large", OLD))
    most = [0]

    def watch():
        while process.poll() is None:
            lines = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status").read().splitlines())
            most[0] = max(most[0], int(lines.get("RssAnon", "0 kB").split()[0]))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    answer = mover.answer(process)
    watcher.join()
    assert answer["good"] and answer["size"] == answer["done"] == LARGE and not answer["goes_back"]
    assert azure_container.get("a/large") == large.read_bytes()
    if "asan" not in str(MOVE_FILE) and "tsan" not in str(MOVE_FILE):
        assert most[0] < 64_000, "kB"


@pytest.mark.parametrize("size", [0, 1, 64 * MB, 64 * MB + 1])
def test_blobs_of_sizes_where_the_way_changes_are_whole(mover, azure_container, room, size):
    content = os.urandom(size)
    (room / "new").write_bytes(content)
    mover.good("upload", "new", f"az://{azure_container.container}/b")
    assert azure_container.get("b") == content


def test_letters_that_mean_something_in_a_url_are_letters_of_a_name(mover, azure_container):
    for name in ("a b?x=1&y#z%41+c.db", "ä/ö.db", "a=b;c~d'(e)*!", "x//y"):
        mover.good("upload", "new", f"az://{azure_container.container}/{name}")
        assert azure_container.get(name) == NEW, name


def test_a_blob_is_named_by_each_spelling_of_its_address(mover, azure_container):
    whole = f"{azure_container.container}@{azure_container.account}"
    for n, place in enumerate((f"azure://{whole}", f"abfss://{azure_container.container}", f"abfs://{whole}")):
        # DuckDB looks for them at a lake afterwards, where there is none.
        mover.call("upload", "new", f"{place}/{n}", timeout_ms=500)
        assert azure_container.get(str(n)) == NEW, place


# ---- versions ----


@pytest.mark.parametrize("size", [300_000, 65 * MB], ids=["at once", "in blocks"])
def test_only_the_version_of_a_blob_that_is_meant_is_replaced(mover, azure_container, room, size):
    (room / "new").write_bytes(bytes(size))
    uri = azure_container.put("b", OLD)
    known = mover.good("find", uri)["etag"]
    mover.good("upload", "new", uri, known)
    (room / "second").write_bytes(b"x" * size)
    assert mover.bad("upload", "second", uri, known) == "was changed by someone else meanwhile (412)"
    assert azure_container.get("b") == bytes(size)


def test_a_blob_that_is_gone_is_a_change_too(mover, azure_container):
    uri = azure_container.put("b", OLD)
    known = mover.good("find", uri)["etag"]
    azure_container.request("DELETE", "b")
    assert "was changed by someone else meanwhile" in mover.bad("upload", "new", uri, known)
    assert azure_container.get("b") is None


def test_of_two_that_write_in_blocks_at_a_time_one_is_whole(mover, azure_container, blocks, room):
    other = room / "other"
    other.write_bytes(bytes(70 * MB))
    uri = azure_container.put("b", OLD)
    known = mover.good("find", uri)["etag"]
    processes = [mover.start("upload", path, uri, known) for path in (blocks, other)]
    answers = [mover.answer(process) for process in processes]
    assert sorted(answer["good"] for answer in answers) == [False, True], answers
    [loser] = [answer for answer in answers if not answer["good"]]
    assert "was changed by someone else meanwhile" in loser["message"]
    assert azure_container.get("b") == (blocks if answers[0]["good"] else other).read_bytes()


# ---- the old blob stays ----


def test_readers_see_the_old_blob_until_they_see_the_new_one(mover, azure_container, large):
    uri = azure_container.put("b", OLD)
    with Proxy(azure_container.port, delay_s=0.1) as proxy, Reader(azure_container, "b", [OLD, large.read_bytes()]) as reader:
        mover.good("upload", large, uri, env=through(azure_container, proxy))
        wait_until(lambda: reader.seen[-1] == 1, "the new one")
    assert reader.seen == sorted(reader.seen) and set(reader.seen) == {0, 1}
    assert reader.seen.count(0) > 20


@pytest.mark.parametrize("there", [True, False], ids=["over an old one", "where there is none"])
@pytest.mark.parametrize(
    "how, after",
    [
        *[("killed", after) for after in (1, 20 * MB, 40 * MB, 69 * MB)],
        *[("interrupted", after) for after in (1, 69 * MB)],
        *[("broken off", after) for after in (1, 40 * MB, 69 * MB)],
        ("silent", 40 * MB),
    ],
)
def test_an_upload_that_does_not_end_leaves_what_was_there(mover, azure_container, blocks, there, how, after):
    uri = azure_container.put("b", OLD) if there else f"az://{azure_container.container}/b"
    with Proxy(azure_container.port, delay_s=0.02) as proxy, Reader(azure_container, "b", [OLD, None]) as reader:
        process = mover.start("upload", blocks, uri, env=through(azure_container, proxy), timeout_ms=500)
        wait_until(lambda: proxy.bytes_from_client >= after, "so many bytes")
        if how == "killed":
            process.send_signal(signal.SIGKILL)
            process.communicate()
        elif how == "silent":
            proxy.mute()
            proxy.stall_connections()
        elif how == "broken off":
            proxy.refuse()
            proxy.kill_connections()
        else:
            process.send_signal(signal.SIGINT)
        if how != "killed":
            answer = mover.answer(process)
            expected = {
                "interrupted": ["was not written: interrupted"],
                # By the last try, which begins before or after the port is closed.
                "broken off": ["can't be written: the server does not take connections", "can't be written: the connection broke off"],
                "silent": ["can't be written: no answer within 0.5 s"],
            }
            assert answer["message"] in expected[how]
    assert set(reader.seen) == {0 if there else 1}


def test_blocks_that_break_off_are_sent_again_and_those_that_are_there_are_not(mover, azure_container, blocks):
    with Proxy(azure_container.port) as proxy:
        process = mover.start(
            "upload", blocks, f"az://{azure_container.container}/b", env=through(azure_container, proxy)
        )
        for after in (20 * MB, 45 * MB, 65 * MB):
            wait_until(lambda after=after: proxy.bytes_from_client >= after, "so many bytes")
            proxy.kill_connections()
        answer = mover.answer(process)
        assert answer["good"] and not answer["goes_back"], answer
        assert proxy.bytes_from_client < 70 * MB + 4 * 16 * MB
    assert azure_container.get("b") == blocks.read_bytes()


def test_a_file_that_becomes_shorter_meanwhile_is_not_put(mover, azure_container, room):
    content = room / "shrinking"
    content.write_bytes(bytes(70 * MB))
    uri = azure_container.put("b", OLD)
    with Proxy(azure_container.port, delay_s=0.05) as proxy:
        process = mover.start("upload", "shrinking", uri, env=through(azure_container, proxy))
        wait_until(lambda: proxy.bytes_from_client > 20 * MB, "the first block")
        os.truncate(content, 50 * MB)
        assert mover.answer(process)["message"] == "can't be written: the file became shorter meanwhile"
    assert azure_container.get("b") == OLD


def test_blocks_of_an_upload_that_failed_are_not_in_the_way_of_the_next_one(mover, azure_container, blocks):
    with Proxy(azure_container.port) as proxy:
        process = mover.start(
            "upload", blocks, f"az://{azure_container.container}/b", env=through(azure_container, proxy)
        )
        wait_until(lambda: proxy.bytes_from_client > 40 * MB, "some blocks")
        process.kill()
        process.communicate()
    assert uncommitted(azure_container, "b") > 0 and azure_container.get("b") is None
    mover.good("upload", blocks, f"az://{azure_container.container}/b")
    assert azure_container.get("b") == blocks.read_bytes() and uncommitted(azure_container, "b") == 0


def test_blocks_of_another_program_that_are_in_the_way_are_told_of(mover, azure_container, blocks):
    uri = azure_container.put("b", OLD)
    block = {"comp": "block", "blockid": "AAAAAA=="}  # as DuckDB names them
    assert azure_container.request("PUT", "b", b"x", block)[0].status == 201
    text = mover.bad("upload", blocks, uri)
    assert "parts of an upload of another program are in its way (400)" in text and "after a week" in text
    assert azure_container.get("b") == OLD


# ---- what the server says ----


@pytest.fixture
def scripted(web):
    """Where a server that does as it is told has the blob az://lake/b, and the environment that leads there."""
    web.take_puts("/")
    web.serve("/me/lake/b", OLD)
    parts = f"AccountName=me;AccountKey=c2VjcmV0LWtleQ==;BlobEndpoint={web.url('/me')};"
    return web, {"AZURE_STORAGE_CONNECTION_STRING": parts}


def test_a_blob_is_asked_for_with_a_hash_of_it_its_kind_and_the_version_it_replaces(mover, scripted):
    web, environment = scripted
    mover.call("upload", "new", "az://lake/b", '"known"', env=environment)
    headers = web.requests[0].headers
    assert headers["content-md5"] == base64.b64encode(hashlib.md5(NEW).digest()).decode()
    assert (headers["x-ms-blob-type"], headers["if-match"]) == ("BlockBlob", '"known"')
    assert headers["authorization"].startswith("SharedKey me:")


@pytest.mark.parametrize("first", [[500], [503, RESET], [429, 429]])
def test_putting_a_blob_is_tried_again_when_the_server_has_a_problem(mover, scripted, first):
    web, environment = scripted
    web.pages["/me/lake/b"].first = list(first)
    mover.call("upload", "new", "az://lake/b", env=environment)
    assert web.content("/me/lake/b") == NEW
    assert len(web.asked("PUT")) == len(first) + 1


def test_a_server_of_blobs_that_fails_three_times_is_not_asked_again(mover, scripted):
    web, environment = scripted
    web.pages["/me/lake/b"].put_status = 503
    text = mover.bad("upload", "new", "az://lake/b", env=environment)
    assert text == "can't be written: the server has a problem (503)"
    assert len(web.asked("PUT")) == 3 and web.content("/me/lake/b") == OLD


def test_that_the_change_may_be_our_own_is_said_when_the_answer_of_a_blob_was_lost(mover, scripted):
    web, environment = scripted
    web.pages["/me/lake/b"].first = [503, 412]
    text = mover.bad("upload", "new", "az://lake/b", '"known"', env=environment)
    assert "was changed by someone else meanwhile (412)" in text and "it was the try before" in text


def test_that_a_blob_is_leased_is_said(mover, azure_container):
    uri = azure_container.put("b", OLD)
    lease = {"x_ms_lease_action": "acquire", "x_ms_lease_duration": "-1"}
    assert azure_container.request("PUT", "b", query={"comp": "lease"}, **lease)[0].status == 201
    assert mover.bad("upload", "new", uri) == "can't be written: someone has a lease on it (412)"
    assert azure_container.get("b") == OLD


def test_a_container_that_is_not_there_is_said(mover):
    text = mover.bad("upload", "new", "az://no-such-container/b")
    assert text == "can't be written: there is no such container (404)"


# ---- credentials ----


def test_a_wrong_key_is_denied_and_shown_nowhere(mover, azure_container):
    uri = azure_container.put("b", OLD)
    wrong = "d3Jvbmcta2V5LW9mLXRoZS1hY2NvdW50"
    string = {"AZURE_STORAGE_CONNECTION_STRING": azure_container.connection_string(AccountKey=wrong)}
    answer = mover.call("upload", "new", uri, env=string)
    assert answer["message"] == "can't be written: access denied (403)"
    assert "AZURE_STORAGE_CONNECTION_STRING" in answer["hint"]
    assert wrong not in str(answer) and "SharedKey" not in str(answer)
    assert azure_container.get("b") == OLD


def test_a_signature_that_allows_writing_lets_in_and_one_that_does_not_is_told_and_not_shown(mover, azure_container):
    uri = azure_container.put("b", OLD)
    for permissions in ("rcw", "cw"):
        token = azure_container.sas_token(permissions)
        string = azure_container.connection_string(AccountKey=None, SharedAccessSignature=token)
        mover.good("upload", "new", uri, env={"AZURE_STORAGE_CONNECTION_STRING": string})
        assert azure_container.get("b") == NEW
        azure_container.put("b", OLD)
    token = azure_container.sas_token("rl")
    string = azure_container.connection_string(AccountKey=None, SharedAccessSignature=token)
    answer = mover.call("upload", "new", uri, env={"AZURE_STORAGE_CONNECTION_STRING": string})
    assert answer["message"] == "can't be written: access denied (403)"
    assert answer["hint"] == "the shared access signature has to allow creating and writing"
    assert "sig" not in answer["message"] and token not in str(answer)
    assert azure_container.get("b") == OLD


def test_a_large_blob_is_put_by_a_signature(mover, azure_container, blocks):
    token = "?" + azure_container.sas_token("cw")
    string = azure_container.connection_string(AccountKey=None, AccountName=None, SharedAccessSignature=token)
    uri = f"az://{azure_container.container}/b"
    mover.good("upload", blocks, uri, env={"AZURE_STORAGE_CONNECTION_STRING": string})
    assert azure_container.get("b") == blocks.read_bytes()


def test_the_option_for_a_connection_string_comes_before_the_variable(mover, azure_container):
    uri = azure_container.put("b", OLD)
    wrong = {"AZURE_STORAGE_CONNECTION_STRING": azure_container.connection_string(AccountKey="d3Jvbmc=")}
    own = azure_container.connection_string()
    mover.good("upload", "new", uri, env=wrong, azure_connection_string=own)
    assert azure_container.get("b") == NEW


@pytest.mark.parametrize(
    "environment, options, message",
    [
        ({}, {}, "that takes the key of the account or a shared access signature"),
        ({"AZURE_STORAGE_ACCOUNT": "acme"}, {}, ONLY_SIGNED),
        ({}, {"anonymous": 1}, "that takes the key of the account or a shared access signature"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "BlobEndpoint=https://acme.example"}, {}, ONLY_SIGNED),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountKey=c2VjcmV0;"}, {}, "names no account"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "BlobEndpoint=https://h;AccountKey=c2VjcmV0"}, {}, "names no account"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acme;AccountKey=n0-base64-s3cret"}, {}, "is no base64"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=a b;AccountKey=c2VjcmV0"}, {}, "has a space"),
        (
            {"AZURE_STORAGE_CONNECTION_STRING": "DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=c2VjcmV0"},
            {},
            "it would go over plain http",
        ),
        (
            {"AZURE_STORAGE_CONNECTION_STRING": "BlobEndpoint=ftp://h/;AccountName=acme;AccountKey=c2VjcmV0"},
            {},
            "begins with a scheme that is not known",
        ),
        ({}, {"key": "acme"}, "there is only one of key and secret"),
    ],
)
def test_nothing_is_sent_without_credentials_that_can_write(mover, environment, options, message):
    text = mover.bad("upload", "new", "az://lake/b", env={**NO_STRING, **environment}, **options)
    assert text.startswith("can't be written: ") and message in text
    for secret in ("c2VjcmV0", "n0-base64-s3cret"):
        assert secret not in text


@pytest.mark.parametrize(
    "environment, options",
    [
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acme;AccountKey=c2VjcmV0;EndpointSuffix=invalid"}, {}),
        ({"AZURE_STORAGE_CONNECTION_STRING": "accountname=acme;accountkey=c2VjcmV0;endpointsuffix=invalid"}, {}),
        ({"AZURE_STORAGE_CONNECTION_STRING": "BlobEndpoint=https://acme.blob.invalid;SharedAccessSignature=sig=x"}, {}),
    ],
)
@pytest.mark.parametrize("place", ["lake", "lake@acme", "lake@acme.dfs.invalid", "lake@acme.blob.invalid"])
def test_the_server_of_an_account_is_asked(mover, environment, options, place):
    """There is none of this name."""
    text = mover.bad("upload", "new", f"abfss://{place}/b", env={**NO_STRING, **environment}, **options)
    assert "there is no server of this name" in text


@pytest.mark.parametrize(
    "place", ["lake@other", "lake@acme.dfs.elsewhere.invalid", "lake@acme.blob.invalid.elsewhere", "other.blob.invalid/lake"]
)
def test_keys_and_signatures_go_to_no_other_server(mover, place):
    for secret in ("AccountName=acme;AccountKey=c2VjcmV0", "SharedAccessSignature=sig=x"):
        string = f"{secret};BlobEndpoint=https://acme.blob.invalid"
        text = mover.bad("upload", "new", f"az://{place}/b", env={"AZURE_STORAGE_CONNECTION_STRING": string})
        assert "the credentials are for another account or server" in text


@pytest.mark.parametrize("uri", ["az://lake", "az://lake/", "az://lake/folder/", "abfss://lake@duckalogtests/"])
def test_an_address_that_names_no_blob_is_refused(mover, uri):
    assert "names no file" in mover.bad("upload", "new", uri)


def test_an_address_that_leaves_its_container_out_is_refused(mover):
    assert "it names no blob" in mover.bad("upload", "new", "az://duckalogtests.blob.core.windows.net//a/b")


@pytest.mark.parametrize("name", ["a/../b", "./b", "a/.."])
def test_an_address_that_goes_up_is_refused(mover, name):
    assert "there is a . or .. among its folders" in mover.bad("upload", "new", f"az://lake/{name}")
