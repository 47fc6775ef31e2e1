"""
Whole files behind URIs: what is there, getting it, and putting one there, by HTTP and to object stores (by SFTP:
test_sftp.py). Whatever goes wrong, there is the whole file or what was there before.
"""

import os
import resource
import signal
import time

import pytest
from conftest import need_extension, wait_until
from transfers import MOVE_FILE, Mover
from web import RESET, basic, bearer, repeated

pytestmark = pytest.mark.skipif(not MOVE_FILE.exists(), reason="built without remote support")

OLD = b"what was there before\n"
NEW = os.urandom(300_000)
PUT = {"export_put": 1}


@pytest.fixture
def mover(room):
    room.write("new", NEW)
    return Mover(room)


@pytest.fixture
def shelf(web):
    """The URL of a file on a server that takes files, with OLD in it."""
    web.take_puts("/")
    return web.serve("/shelf/catalog.duckdb", OLD)


def on_shelf(web):
    return web.content("/shelf/catalog.duckdb")


def files_in(room):
    return sorted(path.name for path in room.folder.iterdir() if path.name not in ("home", "new"))


# ---- finding ----


def test_a_file_is_found_with_its_size_and_its_version(mover, web):
    found = mover.good("find", web.serve("/a", NEW))
    assert (found["is_there"], found["size"]) == (True, len(NEW))
    assert found["etag"] == web.pages["/a"].etag
    assert web.asked() == ["/a"] and web.requests[0].method == "HEAD"


def test_that_a_file_is_not_there_is_an_answer_and_no_failure(mover, web):
    assert not mover.good("find", web.url("/a"))["is_there"]


def test_a_file_whose_size_the_server_does_not_tell_is_found_without_one(mover, web):
    found = mover.good("find", web.serve("/a", NEW, chunked=True))
    assert found["is_there"] and found["has_no_size"]


def test_looking_for_a_file_is_tried_again_when_the_server_has_a_problem(mover, web):
    assert mover.good("find", web.serve("/a", NEW, first=[503, RESET]))["size"] == len(NEW)
    assert len(web.requests) == 3


def test_a_server_that_fails_three_times_is_not_asked_again(mover, web):
    assert mover.bad("find", web.serve("/a", NEW, status=500)) == "can't be read: the server has a problem (500)"
    assert len(web.requests) == 3


def test_no_permission_is_said_and_not_asked_for_again(mover, web):
    assert "access denied (403)" in mover.bad("find", web.serve("/a", NEW, status=403))
    assert len(web.requests) == 1


def test_offline_nobody_is_asked_for_a_file(mover, web):
    web.serve("/a", NEW)
    assert "offline nobody is asked" in mover.bad("find", web.url("/a"), offline=1)
    assert "offline nobody is asked" in mover.bad("download", web.url("/a"), "a", offline=1)
    assert "offline nobody is asked" in mover.bad("upload", "new", web.url("/a"), offline=1, **PUT)
    assert not web.requests


@pytest.mark.parametrize("uri", ["nosuch://host/a", "https://user:pw@host/a", "https:///a"])
def test_a_uri_that_is_none_is_refused_before_anyone_is_asked(mover, uri):
    for words in (["find", uri], ["download", uri, "a"], ["upload", "new", uri]):
        answer = mover.call(*words, **PUT)
        assert answer["is_refused"] and answer["message"], answer


# ---- getting ----


def test_a_file_is_downloaded_whole(mover, web, room):
    answer = mover.good("download", web.serve("/a", NEW), "a")
    assert (room / "a").read_bytes() == NEW
    assert (answer["size"], answer["etag"]) == (len(NEW), web.pages["/a"].etag)
    assert (answer["done"], answer["total"], answer["goes_back"]) == (len(NEW), len(NEW), False)


def test_a_download_takes_the_place_of_what_was_there_with_the_usual_permissions(mover, web, room):
    room.write("a", OLD)
    mover.good("download", web.serve("/a", NEW), "a")
    mask = os.umask(0)
    os.umask(mask)
    assert (room / "a").read_bytes() == NEW
    assert (room / "a").stat().st_mode & 0o777 == 0o666 & ~mask
    assert files_in(room) == ["a"]


def test_a_download_may_be_larger_than_a_document_may_be(mover, web, room):
    size = 80 << 20
    web.serve("/a", repeated(b"0123456789abcdef" * 4096, size))
    assert mover.good("download", web.url("/a"), "a")["size"] == size
    assert (room / "a").stat().st_size == size


def test_a_download_that_breaks_off_is_begun_again(mover, web, room):
    page = web.pages[web.serve("/a", NEW, reset_after=100_000)[len(web.url()) :]]
    process = mover.start("download", web.url("/a"), "a")
    wait_until(lambda: len(web.requests) == 1, "the first try")
    time.sleep(0.1)
    page.reset_after = None
    assert mover.answer(process)["good"]
    assert (room / "a").read_bytes() == NEW and len(web.requests) == 2


@pytest.mark.parametrize(
    "fault, message",
    [
        ({"reset_after": 100_000}, "the connection broke off"),
        ({"end_after": 100_000}, "the connection broke off"),
        ({"chunked": True, "end_after": 100_000}, "the connection broke off"),
        ({"stall_after": 100_000}, "no answer within 1 s"),
        ({"stall": True}, "no answer within 1 s"),
        ({"status": 404}, "is not there (404)"),
        ({"status": 403}, "access denied (403)"),
        ({"first": [500, 500, 500]}, "the server has a problem (500)"),
    ],
)
def test_a_download_that_fails_leaves_what_was_there_and_nothing_else(mover, web, room, fault, message):
    room.write("a", OLD)
    assert message in mover.bad("download", web.serve("/a", NEW, **fault), "a", timeout_ms=1000)
    assert (room / "a").read_bytes() == OLD and files_in(room) == ["a"]


def test_a_redirect_is_followed_and_its_own_text_is_not_in_the_file(mover, web, room):
    web.serve("/there", NEW)
    web.redirect("/a", web.url("/there"), content=b"moved, dear reader\n")
    assert mover.good("download", web.url("/a"), "a")["size"] == len(NEW)
    assert (room / "a").read_bytes() == NEW


def test_a_disk_that_is_full_is_said_and_the_server_not_asked_again(mover, web, room):
    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    web.serve("/a", NEW)
    text = mover.bad("download", web.url("/a"), "a", preexec_fn=full, restore_signals=False)
    assert text == "can't be kept: File too large"
    assert files_in(room) == [] and len(web.requests) == 1


def test_a_folder_that_is_not_there_is_said_before_the_server_is_asked(mover, web):
    assert mover.bad("download", web.serve("/a", NEW), "nowhere/a") == "can't be kept: No such file or directory"
    assert not web.requests


def test_a_download_can_be_interrupted(mover, web, room):
    process = mover.start("download", web.serve("/a", NEW, stall_after=100_000), "a")
    wait_until(lambda: web.requests, "the request")
    process.send_signal(signal.SIGINT)
    assert mover.answer(process, 10)["message"] == "was not read: interrupted"
    assert files_in(room) == []


def test_plain_http_of_another_machine_is_not_read(mover):
    for words in (["find"], ["download", "a"]):
        text = mover.bad(words[0], "http://192.0.2.1/a", *words[1:])
        assert "is not read over plain http" in text and "--allow-http" in text


# ---- putting ----


def test_a_file_is_put_where_it_replaces_the_old_one(mover, web, shelf):
    answer = mover.good("upload", "new", shelf, **PUT)
    assert on_shelf(web) == NEW
    assert (answer["size"], answer["etag"]) == (len(NEW), web.pages["/shelf/catalog.duckdb"].etag)
    assert (answer["done"], answer["total"]) == (len(NEW), len(NEW))
    assert [request.method for request in web.requests] == ["PUT", "HEAD"]


def test_a_file_is_put_where_there_was_none(mover, web):
    assert mover.good("upload", "new", web.take_puts("/") + "new/one", **PUT)["is_there"]
    assert web.content("/new/one") == NEW


def test_an_empty_file_is_put_as_one(mover, web, shelf, room):
    room.write("new", b"")
    assert mover.good("upload", "new", shelf, **PUT)["size"] == 0
    assert on_shelf(web) == b""


def test_without_the_option_for_it_nothing_is_put(mover, web, shelf):
    text = mover.bad("upload", "new", shelf)
    assert "is not written to" in text and "--export-put" in text
    assert not web.requests


def test_nothing_is_put_over_plain_http_to_another_machine(mover):
    for options in (PUT, {**PUT, "allow_http": 1}):
        assert "plain http" in mover.bad("upload", "new", "http://192.0.2.1/a", **options)


@pytest.mark.parametrize("uri", ["github://owner/repository/a", "hf://datasets/user/repository/a"])
def test_nothing_is_put_where_files_are_only_read(mover, uri):
    assert "it is only read from there" in mover.bad("upload", "new", uri, **PUT)


def test_only_the_version_that_is_meant_is_replaced(mover, web, shelf):
    known = web.pages["/shelf/catalog.duckdb"].etag
    mover.good("upload", "new", shelf, known, **PUT)
    assert web.requests[0].headers["if-match"] == known
    assert mover.bad("upload", "new", shelf, known, **PUT) == "was changed by someone else meanwhile (412)"
    assert on_shelf(web) == NEW


def test_that_the_change_may_be_our_own_is_said_when_an_answer_was_lost(mover, web, shelf):
    known = web.pages["/shelf/catalog.duckdb"].etag
    web.pages["/shelf/catalog.duckdb"].first = [503, 412]
    assert "it was the try before" in mover.bad("upload", "new", shelf, known, **PUT)


def test_a_weak_version_is_named_as_the_reason_that_nothing_matches(mover, web, shelf):
    assert "its ETag is a weak one" in mover.bad("upload", "new", shelf, 'W/"a"', **PUT)


@pytest.mark.parametrize("first", [[500], [503, RESET], [429, 429]])
def test_putting_is_tried_again_when_the_server_has_a_problem(mover, web, shelf, first):
    web.pages["/shelf/catalog.duckdb"].first = list(first)
    mover.good("upload", "new", shelf, **PUT)
    assert on_shelf(web) == NEW and web.asked("PUT") == ["/shelf/catalog.duckdb"] * (len(first) + 1)


@pytest.mark.parametrize("after", [1, 65_536, 200_000, 299_999])
def test_a_put_that_breaks_off_leaves_what_was_there(mover, web, shelf, after):
    web.pages["/shelf/catalog.duckdb"].put_fails_after = after
    assert "the connection broke off" in mover.bad("upload", "new", shelf, **PUT)
    assert on_shelf(web) == OLD and len(web.asked("PUT")) == 3


@pytest.mark.parametrize(
    "status, tries, message",
    [
        (403, 1, "can't be written: access denied (403)"),
        (401, 1, "can't be written: access denied (401)"),
        (405, 1, "can't be written: the server answers 405"),
        (412, 1, "was changed by someone else meanwhile (412)"),
        (413, 1, "can't be written: the server answers 413"),
        (507, 1, "can't be written: the server answers 507"),
        (500, 3, "can't be written: the server has a problem (500)"),
    ],
)
def test_what_a_server_says_to_a_put_is_told(mover, web, shelf, status, tries, message):
    web.pages["/shelf/catalog.duckdb"].put_status = status
    assert message in mover.bad("upload", "new", shelf, **PUT)
    assert on_shelf(web) == OLD and len(web.asked("PUT")) == tries


def test_a_server_that_is_silent_after_a_put_is_given_up(mover, web, shelf):
    web.pages["/shelf/catalog.duckdb"].stall = True
    start = time.monotonic()
    assert "can't be written: no answer within 1 s" in mover.bad("upload", "new", shelf, timeout_ms=1000, **PUT)
    assert time.monotonic() - start < 12


def test_a_put_can_be_interrupted(mover, web, shelf):
    web.pages["/shelf/catalog.duckdb"].stall = True
    process = mover.start("upload", "new", shelf, **PUT)
    wait_until(lambda: web.requests, "the request")
    process.send_signal(signal.SIGINT)
    assert mover.answer(process, 10)["message"] == "was not written: interrupted"


def test_credentials_go_with_a_put(mover, web, shelf):
    page = web.pages["/shelf/catalog.duckdb"]
    page.authorization = basic("me", "my-password")
    mover.good("upload", "new", shelf, key="me", secret="my-password", **PUT)
    page = web.pages["/shelf/catalog.duckdb"]
    page.authorization = bearer("my-token")
    mover.good("upload", "new", shelf, token="my-token", **PUT)
    web.pages["/shelf/catalog.duckdb"].authorization = bearer("my-token")
    text = mover.bad("upload", "new", shelf, token="another", **PUT)
    assert "access denied (401)" in text and "another" not in text


@pytest.mark.parametrize("status", [307, 308])
def test_a_put_may_be_sent_elsewhere_on_the_same_server(mover, web, shelf, status):
    web.redirect("/old", shelf, status=status, put_status=status)
    mover.good("upload", "new", web.url("/old"), key="me", secret="my-password", **PUT)
    assert on_shelf(web) == NEW
    assert web.asked("PUT") == ["/old", "/shelf/catalog.duckdb"]
    assert web.requests[1].headers["authorization"] == basic("me", "my-password")


@pytest.mark.parametrize("status", [307, 308])
def test_a_put_is_not_sent_on_to_another_server(mover, web, secure_web, status):
    secure_web.take_puts("/")
    web.take_puts("/")
    web.redirect("/old", secure_web.url("/a"), status=status, put_status=status)
    text = mover.bad("upload", "new", web.url("/old"), **PUT)
    assert text == f"can't be written: it is redirected ({status}) (name the address that takes the file)"
    assert not secure_web.requests


def test_a_put_is_not_redirected_for_ever(mover, web):
    web.take_puts("/")
    web.redirect("/a", web.url("/a"), status=307, put_status=307)
    assert "redirected" in mover.bad("upload", "new", web.url("/a"), **PUT)
    assert len(web.requests) == 6


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_put_is_not_redirected_as_what_follows_would_be_a_get(mover, web, shelf, status):
    web.redirect("/old", shelf, status=status, put_status=status)
    assert f"redirected ({status})" in mover.bad("upload", "new", web.url("/old"), **PUT)
    assert on_shelf(web) == OLD and len(web.requests) == 1


def test_a_file_of_another_size_after_a_put_is_an_error(mover, web, shelf):
    web.pages["/shelf/catalog.duckdb"].put_status = 204  # and does nothing
    assert mover.bad("upload", "new", shelf, **PUT) == (
        f"has {len(OLD)} bytes after it was written, and not the {len(NEW)} of the file"
    )


def test_a_file_that_is_not_there_after_a_put_is_an_error(mover, web):
    web.take_puts("/")
    web.serve("/a", status=404, put_status=201)
    assert mover.bad("upload", "new", web.url("/a"), **PUT) == "was written, but looking at it fails: it is not there (404)"


def test_an_address_that_takes_files_and_shows_none_is_taken_at_its_word(mover, web):
    web.take_puts("/")
    web.serve("/a", status=403, put_status=201)
    assert mover.good("upload", "new", web.url("/a"), **PUT)["size"] == len(NEW)


def test_a_file_to_put_that_is_not_there_is_said(mover, web, shelf, room):
    assert mover.bad("upload", "nothing", shelf, **PUT) == "can't be written: nothing: No such file or directory"
    assert mover.bad("upload", "home", shelf, **PUT) == "can't be written: home is no file"
    assert not web.requests


def test_a_put_by_https_wants_a_certificate_to_trust(mover, secure_web, authority):
    uri = secure_web.take_puts("/") + "a"
    assert "its certificate is not to be trusted" in mover.bad("upload", "new", uri, **PUT)
    mover.good("upload", "new", uri, env={"SSL_CERT_FILE": str(authority.ca)}, **PUT)
    assert secure_web.content("/a") == NEW


# ---- object stores ----


@pytest.fixture
def store(mover, s3):
    need_extension("httpfs")
    mover.environment |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3.port}",
        "AWS_ACCESS_KEY_ID": s3.key,
        "AWS_SECRET_ACCESS_KEY": s3.secret,
    }
    return s3


def test_a_file_goes_to_an_object_store_and_comes_back(mover, store, room):
    uri = store.put("transfers/catalog.duckdb", OLD)
    put = mover.good("upload", "new", uri)
    assert store.get("transfers/catalog.duckdb") == NEW
    found = mover.good("find", uri)
    assert (found["is_there"], found["size"]) == (True, len(NEW))
    assert found["etag"] and found["etag"] == put["etag"]
    assert mover.good("download", uri, "a")["size"] == len(NEW)
    assert (room / "a").read_bytes() == NEW


def test_that_an_object_is_not_there_is_an_answer_and_no_failure(mover, store, room):
    assert not mover.good("find", f"s3://{store.bucket}/transfers/none")["is_there"]
    assert "not found (404)" in mover.bad("download", f"s3://{store.bucket}/transfers/none", "a")
    assert files_in(room) == []


def test_only_the_version_of_an_object_that_is_meant_is_replaced(mover, store):
    uri = store.put("transfers/versions.duckdb", OLD)
    known = mover.good("find", uri)["etag"]
    mover.good("upload", "new", uri, known)
    assert "changed by someone else" in mover.bad("upload", "new", uri, known)
