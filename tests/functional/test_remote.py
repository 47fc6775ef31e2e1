"""
Configs that live elsewhere (remote.md sections 1 to 4), on real servers. What is shared by all of them: which rows come of
it, what is asked for, and what is told when it goes wrong.
"""

import json
import os
import re
import signal
import time
from ctypes import byref, c_void_p, cast, pointer, sizeof

import duckalog_library as api
import pytest
from conftest import TIMEOUT_S, needs_remote
from servers import wait_until
from web import RESET, basic, bearer, gzip_bomb, repeated

pytestmark = needs_remote

# A catalog of every kind of document: imports of imports, a SQL file, a template, a nested catalog with files of its own.
DOCUMENTS = {
    "catalog.yaml": """
version: 1
duckdb: {database: catalog.duckdb}
imports: [parts/one.yaml]
attachments:
  duckalog: [{alias: base, config_path: base/catalog.json}]
views:
- {name: far, sql_file: {path: sql/far.sql}}
- {name: filled, sql_template: {path: sql/filled.sql, variables: {n: 3, word: three}}}
- {name: nested, sql: "SELECT * FROM base.below"}
""",
    "parts/one.yaml": "views: [{name: one, sql: SELECT 1 AS n}]\nimports: [deeper/two.yaml]\n",
    "parts/deeper/two.yaml": "views: [{name: two, sql_file: {path: ../../sql/two.sql}}]\n",
    "sql/far.sql": "SELECT 'far' AS text\n",
    "sql/two.sql": "SELECT 2 AS n\n",
    "sql/filled.sql": "SELECT {{n}} AS n, '{{word}}' AS word\n",
    "base/catalog.json": json.dumps({
        "version": 1, "duckdb": {"database": "base.duckdb"}, "views": [{"name": "below", "sql_file": {"path": "sql/below.sql"}}],
    }),
    "base/sql/below.sql": "SELECT 'below' AS text\n",
}  # fmt: skip
ALL = "FROM far; FROM filled; FROM nested; FROM one; FROM two"
SECRET = "c4nary-t0ken-of-the-user"


def documents():
    return {name: text.encode() for name, text in DOCUMENTS.items()}


@pytest.fixture
def expected(room):
    """What the same files say on this machine."""
    for name, content in documents().items():
        room.write(f"local/{name}", content)
    rows = room.results(ALL, config="local/catalog.yaml")
    assert rows == [[("far",)], [(3, "three")], [("below",)], [(1,)], [(2,)]]
    return rows


# ---- each kind of place ----


def on_https(request, room):
    web = request.getfixturevalue("secure_web")
    room.environment["SSL_CERT_FILE"] = str(request.getfixturevalue("authority").ca)
    for name, content in documents().items():
        web.serve(f"/shop/{name}", content)
    return web.url("/shop/")


def on_http(request, room):
    web = request.getfixturevalue("web")
    for name, content in documents().items():
        web.serve(f"/shop/{name}", content)
    return web.url("/shop/")


def on_github(request, room):
    web = request.getfixturevalue("web")
    web.repository("acme/shops", {f"shop/{name}": content for name, content in documents().items()}, token=SECRET)
    room.environment.update(GITHUB_API_URL=web.url(), GITHUB_TOKEN=SECRET)
    return "github://acme/shops/shop/"


def on_s3(request, room):
    s3 = request.getfixturevalue("s3_bucket")
    for name, content in documents().items():
        s3.put(f"shop/{name}", content)
    room.environment.update(
        AWS_ACCESS_KEY_ID=s3.key, AWS_SECRET_ACCESS_KEY=s3.secret, AWS_REGION="us-east-1", AWS_ENDPOINT_URL=f"http://127.0.0.1:{s3.port}"
    )
    return f"s3://{s3.bucket}/shop/"


def on_azure(request, room):
    azure = request.getfixturevalue("azure_container")
    for name, content in documents().items():
        azure.put(f"shop/{name}", content)
    room.environment["AZURE_STORAGE_CONNECTION_STRING"] = azure.connection_string()
    return f"az://{azure.container}/shop/"


def on_sftp(request, room):
    sftp = request.getfixturevalue("sftp_folder")
    for name, content in documents().items():
        path = sftp.files / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    room.write("home/.ssh/known_hosts", sftp.known_hosts.read_bytes())
    room.write("home/.ssh/id_ed25519", sftp.key.read_bytes()).chmod(0o600)
    return sftp.url("shop/")


PLACES = {"https": on_https, "http": on_http, "github": on_github, "s3": on_s3, "azure": on_azure, "sftp": on_sftp}


@pytest.mark.parametrize("place", PLACES)
def test_a_catalog_that_lives_elsewhere_has_the_rows_of_its_local_copy(request, room, expected, place):
    uri = PLACES[place](request, room)
    assert room.results(ALL, config=f"{uri}catalog.yaml") == expected
    assert sorted(path.name for path in room.folder.glob("*.duckdb")) == ["base.duckdb", "catalog.duckdb"]
    outcome = room.duckalog("show-imports", f"{uri}catalog.yaml", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["total_files"] == 3


@pytest.mark.parametrize("place", PLACES)
def test_a_local_config_imports_from_elsewhere(request, room, place):
    uri = PLACES[place](request, room)
    room.catalog({"name": "far", "sql_file": {"path": f"{uri}sql/far.sql"}}, imports=[f"{uri}parts/one.yaml"])
    assert room.results("FROM far; FROM one; FROM two") == [[("far",)], [(1,)], [(2,)]]


@pytest.mark.parametrize("place", ["s3", "azure"])
def test_a_pattern_finds_the_documents_of_a_store(request, room, place):
    uri = PLACES[place](request, room)
    room.catalog(imports=[f"{uri}parts/*.yaml"])
    assert room.results("FROM one; FROM two") == [[(1,)], [(2,)]]
    room.catalog(imports=[f"{uri}none/*.yaml"])
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2 and "no file matches this pattern" in outcome.err


@pytest.mark.parametrize("place", ["https", "github"])
def test_a_pattern_is_refused_where_nothing_can_be_listed(request, room, place):
    uri = PLACES[place](request, room)
    room.catalog(imports=[f"{uri}parts/*.yaml"])
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2 and "only object stores can list their files; name each file" in outcome.err


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_read_twice_that_has_not_changed(request, room, expected, place):
    uri = PLACES[place](request, room)
    config = f"{uri}catalog.yaml"
    assert room.results(ALL, config=config) == expected
    kept = sorted(path.name for path in (room / "home/.cache/duckalog/documents").iterdir())
    assert len(kept) == len(DOCUMENTS)
    assert room.results(ALL, config=config) == expected
    assert room.results(ALL, "--offline", config=config) == expected


# ---- what is asked for ----


def test_with_a_warm_cache_one_question_is_enough(room, web):
    config = web.serve("/one.yaml", b"version: 1\nduckdb: {}\nviews: [{name: v, sql: SELECT 1}]\n")
    assert room.rows("FROM v", config=config) == [(1,)]
    assert [request.headers.get("if-none-match") for request in web.requests] == [None]
    web.requests.clear()
    assert room.rows("FROM v", config=config) == [(1,)]
    [asked] = web.requests
    assert asked.headers["if-none-match"] == web.pages["/one.yaml"].etag
    web.requests.clear()
    assert room.rows("FROM v", "--offline", config=config) == [(1,)]
    assert web.requests == []
    web.serve("/one.yaml", b"version: 1\nduckdb: {}\nviews: [{name: v, sql: SELECT 22}]\n")
    assert room.rows("FROM v", config=config, *["--force-rebuild"]) == [(22,)]
    web.requests.clear()
    assert room.rows("FROM v", "--no-cache", config=config) == [(22,)]
    assert web.requests[0].headers.get("if-none-match") is None


def test_a_document_is_fetched_once_a_load_however_many_name_it(room, web):
    shared = web.serve("/shared.sql", b"SELECT 1 AS n")
    web.serve("/both.yaml", b"views: [{name: both, sql: SELECT 3}]")
    web.serve("/a.yaml", b"imports: [both.yaml]")
    config = web.serve(
        "/main.yaml",
        f"version: 1\nduckdb: {{}}\nimports: [a.yaml, both.yaml]\nviews: [{{name: x, sql_file: {{path: '{shared}'}}}}, {{name: y, sql_file: {{path: shared.sql}}}}]".encode(),
    )
    assert room.duckalog("validate", config).code == 0
    assert sorted(web.asked()) == ["/a.yaml", "/both.yaml", "/main.yaml", "/shared.sql"]


def test_the_spelling_of_an_address_does_not_make_another_document(room, web):
    web.serve("/both.yaml", b"views: [{name: both, sql: SELECT 3}]")
    port = web.port
    config = web.serve(
        "/main.yaml", f"version: 1\nduckdb: {{}}\nimports: [both.yaml, 'HTTP://127.0.0.1:{port}/both.yaml#part', './x/../both.yaml']".encode()
    )
    outcome = room.duckalog("validate", config)
    assert outcome.code == 0, outcome.err
    assert sorted(web.asked()) == ["/both.yaml", "/main.yaml"]


def test_the_query_of_an_address_is_for_that_address_alone(room, web):
    web.serve("/shop/catalog.yaml", b"version: 1\nduckdb: {}\nimports: [part.yaml]")
    web.serve("/shop/part.yaml", b"views: [{name: v, sql: SELECT 3}]")
    outcome = room.duckalog("validate", web.url("/shop/catalog.yaml?version=3&sig=s1gnature-c4nary"), "-v")
    assert outcome.code == 0 and "c4nary" not in outcome.out + outcome.err, outcome.err
    assert web.asked() == ["/shop/catalog.yaml?version=3&sig=s1gnature-c4nary", "/shop/part.yaml"]
    # Nor is it kept.
    assert [path.read_bytes().splitlines()[1] for path in (room / "home/.cache/duckalog/documents").iterdir()] == [
        f"uri {web.url('/shop/part.yaml')}".encode()
    ]


def test_documents_side_by_side_come_side_by_side(room, web):
    parts = [f"p{n}.yaml" for n in range(16)]
    for n, part in enumerate(parts):
        web.serve(f"/{part}", f"views: [{{name: v{n}, sql: SELECT {n}}}]".encode(), delay_s=0.3)
    config = web.serve("/main.yaml", f"version: 1\nduckdb: {{}}\nimports: {json.dumps(parts)}".encode())
    begun = time.monotonic()
    assert room.duckalog("validate", config).code == 0
    assert time.monotonic() - begun < 0.3 * 16 / 2
    assert room.duckalog("show-imports", config, "--show-merged").out.count('"sql": "SELECT') == 16


# ---- when the server is gone ----


def one(web, path="/one.yaml", **behaviour):
    return web.serve(path, b"version: 1\nduckdb: {}\nviews: [{name: v, sql: SELECT 1}]\n", **behaviour)


@pytest.mark.parametrize("behaviour", [{"status": 500}, {"status": RESET}, {"stall": True}, {"status": 429}], ids=str)
def test_what_was_fetched_before_is_used_when_the_server_fails(room, web, behaviour):
    config = one(web)
    assert room.rows("FROM v", config=config) == [(1,)]
    one(web, **behaviour)
    begun = time.monotonic()
    outcome = room.duckalog("validate", config, "--fs-timeout", 2)
    assert outcome.code == 0 and "warning" in outcome.err and "what was fetched before is used" in outcome.err, outcome.err
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize("status", [403, 404, 401])
def test_what_was_fetched_before_is_not_used_against_the_word_of_the_server(room, web, status):
    config = one(web)
    assert room.duckalog("validate", config).code == 0
    one(web, status=status)
    outcome = room.duckalog("validate", config)
    assert outcome.code == 4 and str(status) in outcome.err


def test_offline_what_was_never_fetched_is_an_error_with_a_hint(room, web):
    outcome = room.duckalog("validate", one(web), "--offline")
    assert outcome.code == 4 and "run it once without --offline" in outcome.err
    assert web.requests == []


def test_a_damaged_copy_is_fetched_again(room, web):
    config = one(web)
    assert room.duckalog("validate", config).code == 0
    [kept] = (room / "home/.cache/duckalog/documents").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600 and kept.parent.stat().st_mode & 0o777 == 0o700
    for damage in (b"", kept.read_bytes()[:-5], kept.read_bytes().replace(b"SELECT 1", b"SELECT 2"), b"\0" * 1000):
        kept.write_bytes(damage)
        web.requests.clear()
        assert room.rows("FROM v", config=config) == [(1,)]
        assert "if-none-match" not in web.requests[0].headers


@pytest.mark.parametrize("whose", ["another user's", "writable", "link"])
def test_a_copy_that_others_can_change_is_not_used(room, web, whose):
    config = one(web)
    assert room.duckalog("validate", config).code == 0
    [copy] = (room / "home/.cache/duckalog/documents").iterdir()
    if whose == "link":
        copy.rename(room / "copy")
        copy.symlink_to(room / "copy")
    elif whose == "writable":
        copy.chmod(0o666)
    elif os.geteuid() == 0:
        os.chown(copy, 12345, 12345)
    else:
        pytest.skip("only root gives files to others")
    assert room.duckalog("validate", config, "--offline").code == 4
    web.requests.clear()
    assert room.duckalog("validate", config).code == 0
    assert [request.headers.get("if-none-match") for request in web.requests] == [None]
    assert room.duckalog("validate", config, "--offline").code == 0


def test_a_cache_that_can_not_be_written_is_no_reason_to_fail(room, web):
    room.write("home/.cache", "a file where the folder should be")
    assert room.rows("FROM v", config=one(web)) == [(1,)]


# ---- what goes wrong ----

WRONG = {
    "403": ({"status": 403}, 4, "access denied (403)"),
    "401": ({"status": 401}, 4, "access denied (401)"),
    "404": ({"status": 404}, 4, "is not there (404)"),
    "500 again and again": ({"status": 500}, 4, "the server has a problem (500)"),
    "reset before the answer": ({"status": RESET}, 4, "the connection broke off"),
    "reset in the middle": ({"reset_after": 20}, 4, "the connection broke off"),
    "ended in the middle": ({"end_after": 20}, 4, "the connection broke off"),
    "longer than it says": ({"length": 5000}, 4, "the connection broke off"),
    "no answer": ({"stall": True}, 4, "no answer within 1 s"),
    "silence in the middle": ({"stall_after": 20}, 4, "no answer within 1 s"),
    "1 GB": ({"content": repeated(b"# a line of a large file\n" * 2000, 1 << 30)}, 4, "is larger than 16 MiB"),
    "without an end": ({"content": repeated(b"# a line of a large file\n" * 2000, 1 << 40), "chunked": True}, 4, "is larger than 16 MiB"),
    "gzip bomb": ({"content": gzip_bomb(1 << 30), "headers": {"Content-Encoding": "gzip"}}, 4, "is larger than 16 MiB"),
    "no YAML": ({"content": b"a: [\n"}, 2, "one.yaml:2:1: "),
    "no UTF-8": ({"content": b"version: 1\nduckdb: {database: '\xff'}\n"}, 2, "UTF-8"),
    "a header that is too long": ({"headers": {"X-Long": "x" * 120_000}}, 4, "can't be read: the server's headers are too long"),
    "headers that are too long": ({"headers": {f"X-Long-{n}": "x" * 50_000 for n in range(20)}}, 4, "can't be read: the server's headers are too long"),
    "a page for people": ({"content": b"<!doctype html><html><body>Sign in</body></html>"}, 2, "one.yaml:1:1: "),
    "empty": ({"content": b""}, 2, "the file is empty"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("command", ["validate", "run"])
def test_what_goes_wrong_is_told_in_time_and_leaves_nothing(room, secure_web, authority, wrong, command):
    behaviour, code, message = WRONG[wrong]
    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    behaviour = {"content": b"version: 1\nduckdb: {database: here.duckdb}\nviews: [{name: v, sql: SELECT 1}]\n", **behaviour}
    config = secure_web.serve("/one.yaml", **behaviour)
    before = room.everything()
    begun = time.monotonic()
    outcome = room.duckalog(command, config, "--fs-timeout", 1, "--no-cache", env={"DUCKALOG_FS_TOKEN": SECRET})
    assert outcome.code == code and message in outcome.err, outcome.err
    assert time.monotonic() - begun < 10
    assert SECRET not in outcome.out + outcome.err
    assert room.everything() == before


def test_bytes_that_come_one_by_one_end_with_the_time_for_all(room, web):
    config = one(web, trickle_s=0.5)
    remote = api.RemoteOptions(size=sizeof(api.RemoteOptions), no_cache=1, total_timeout_ms=2000)
    options = api.Options()
    api.options_init(byref(options), sizeof(options))
    options.remote = cast(pointer(remote), c_void_p)
    begun = time.monotonic()
    assert api.validate(config.encode(), byref(options), None) == api.REMOTE
    assert 1.5 < time.monotonic() - begun < 6


def test_a_failure_that_goes_away_is_none(room, web):
    config = one(web, first=[500, RESET])
    outcome = room.duckalog("validate", config)
    assert outcome.code == 0, outcome.err
    assert len(web.requests) == 3


def test_each_document_that_can_not_be_had_is_told_where_it_was_wanted(room, web):
    config = web.serve(
        "/main.yaml", b"version: 1\nduckdb: {}\nimports:\n- gone.yaml\n- closed.yaml\nviews:\n- {name: v, sql_file: {path: gone.sql}}\n"
    )
    web.serve("/closed.yaml", b"", status=403)
    outcome = room.duckalog("validate", config)
    assert outcome.code == 4
    assert re.findall(r"main\.yaml:(\d+:\d+): (?:views\[0\]\.sql_file\.path: )?\S+/(\S+) (.*?)(?:;|$)", outcome.err, re.MULTILINE) == [
        ("4:3", "gone.yaml", "is not there (404)"),
        ("5:3", "closed.yaml", "can't be read: access denied (403)"),
        ("7:30", "gone.sql", "is not there (404)"),
    ]


@pytest.mark.parametrize(
    "certificate, message", [("expired", "certificate has expired"), ("misnamed", "no alternative certificate subject name matches"), ("stranger", "certificate")]
)
def test_a_certificate_that_is_no_good_is_refused(room, authority, certificate, message):
    from web import web_server

    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    with web_server(getattr(authority, certificate)) as server:
        outcome = room.duckalog("validate", one(server))
        assert outcome.code == 4 and "its certificate is not to be trusted" in outcome.err and message in outcome.err
        assert server.requests == []


def test_a_server_that_does_not_listen_is_told_as_such(room):
    outcome = room.duckalog("validate", "https://127.0.0.1:9/catalog.yaml")
    assert outcome.code == 4 and "the server does not take connections" in outcome.err


@pytest.mark.parametrize(
    "uri, message",
    [
        ("ftp://127.0.0.1/catalog.yaml", "begins with a scheme that is not known; the schemes are https"),
        ("https://ada:s3cret-c4nary@127.0.0.1/catalog.yaml", "has a password in it"),
        ("https://ada@127.0.0.1/catalog.yaml", "has a user in it"),
        ("https:///catalog.yaml", "names no server"),
        ("https://127.0.0.1:0/catalog.yaml", "has a port that is no number from 1 to 65535"),
        ("https://127.0.0.1/a b.yaml", "has a space or a control character"),
        ("http://config.example/catalog.yaml", "is not read over plain http"),
        ("github://acme", "names no file of a repository"),
        ("sftp://127.0.0.1", "names no file"),
        ("sftp://127.0.0.1/folder/", "names no file; write sftp://HOST"),
        ("sftp://127.0.0.1/a%0Ab", "has a control character in it"),
        ("s3://bucket", "names no file; write s3://BUCKET/"),
        ("s3://bucket/", "names no file"),
        ("s3://bucket/folder/", "names no file"),
        ("gs://bucket", "names no file; write gs://BUCKET/"),
        ("r2://bucket//", "names no file"),
        ("az://container", "names no file; write az://CONTAINER/"),
        ("abfss://container@account/", "names no file"),
        ("az://account.blob.core.windows.net/container", "names no file"),
        ("hf://datasets/ada/shop", "names no file; write hf://datasets/USER/REPOSITORY/"),
        ("hf://models/ada/shop/catalog.yaml", "names no file"),
    ],
)
def test_an_address_that_is_wrong_is_refused_before_anybody_is_asked(room, uri, message):
    outcome = room.duckalog("validate", uri)
    assert outcome.code == 2 and message in outcome.err and "c4nary" not in outcome.err, outcome.err


def test_a_sql_file_behind_a_wrong_address_is_told_at_its_place(room):
    room.catalog({"name": "v", "sql_file": {"path": "ftp://127.0.0.1/v.sql"}})
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2 and "views[0].sql_file.path: ftp://127.0.0.1/v.sql begins with a scheme" in outcome.err


# ---- limits ----


def test_no_more_than_64_documents_are_read(room, web):
    parts = [f"p{n}.yaml" for n in range(64)]
    for n, part in enumerate(parts):
        web.serve(f"/{part}", f"views: [{{name: v{n}, sql: SELECT {n}}}]".encode())
    config = web.serve("/main.yaml", f"version: 1\nduckdb: {{}}\nimports: {json.dumps(parts[:63])}".encode())
    assert room.duckalog("validate", config).code == 0
    web.serve("/main.yaml", f"version: 1\nduckdb: {{}}\nimports: {json.dumps(parts)}".encode())
    outcome = room.duckalog("validate", config)
    assert outcome.code == 2 and "at most 64 documents from elsewhere" in outcome.err


def test_documents_import_each_other_at_most_10_deep(room, web):
    for n in range(1, 12):
        web.serve(f"/p{n}.yaml", f"imports: [p{n + 1}.yaml]\nviews: [{{name: v{n}, sql: SELECT {n}}}]".encode())
    web.serve("/p12.yaml", b"views: []")
    outcome = room.duckalog("validate", web.serve("/p0.yaml", b"version: 1\nduckdb: {}\nimports: [p1.yaml]"))
    assert outcome.code == 2 and "more than 10 deep" in outcome.err
    assert "/p9.yaml" in web.asked() and "/p10.yaml" not in web.asked()


def test_documents_that_import_each_other_in_a_ring_are_told(room, web):
    web.serve("/a.yaml", b"imports: [main.yaml]")
    outcome = room.duckalog("validate", web.serve("/main.yaml", b"version: 1\nduckdb: {}\nimports: [a.yaml]"))
    assert outcome.code == 2 and "import each other in a ring" in outcome.err


def test_a_sql_file_has_a_limit_of_its_own(room, web):
    config = web.serve("/main.yaml", b"version: 1\nduckdb: {}\nviews: [{name: v, sql_file: {path: v.sql}}]")
    web.serve("/v.sql", b"SELECT 1 -- " + b"x" * (4 << 20))
    outcome = room.duckalog("validate", config)
    assert outcome.code == 4 and "v.sql is larger than 4 MiB" in outcome.err


# ---- redirects ----


def test_a_redirect_is_followed_and_paths_start_where_the_user_said(room, web):
    web.serve("/there/catalog.yaml", b"version: 1\nduckdb: {}\nimports: [part.yaml]")
    web.serve("/here/part.yaml", b"views: [{name: v, sql: SELECT 3}]")
    web.redirect("/here/catalog.yaml", "/there/catalog.yaml")
    assert room.rows("FROM v", config=web.url("/here/catalog.yaml")) == [(3,)]


def test_a_redirect_without_an_end_is_refused(room, web):
    web.redirect("/a.yaml", "/b.yaml")
    web.redirect("/b.yaml", "/a.yaml")
    outcome = room.duckalog("validate", web.url("/a.yaml"))
    assert outcome.code == 4 and "redirected again and again" in outcome.err and len(web.requests) == 6


@pytest.mark.parametrize("credentials", [{"DUCKALOG_FS_TOKEN": SECRET}, {"DUCKALOG_FS_KEY": "ada", "DUCKALOG_FS_SECRET": SECRET}, "netrc"], ids=str)
def test_a_redirect_to_another_server_takes_no_credentials_along(room, secure_web, authority, credentials):
    from web import web_server

    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    if credentials == "netrc":
        room.write("home/.netrc", f"machine 127.0.0.1 login ada password {SECRET}\n").chmod(0o600)
    else:
        room.environment.update(credentials)
    sent = bearer(SECRET) if "DUCKALOG_FS_TOKEN" in credentials else basic("ada", SECRET)
    with web_server(authority.good) as other:
        other.serve("/catalog.yaml", b"version: 1\nduckdb: {}\n")
        secure_web.redirect("/catalog.yaml", other.url("/catalog.yaml", host="localhost"), authorization=sent)
        assert room.duckalog("validate", secure_web.url("/catalog.yaml")).code == 0
        assert [request.headers.get("authorization") for request in secure_web.requests][-1] == sent
        assert [request.headers.get("authorization") for request in other.requests] == [None]


def test_a_redirect_to_another_server_takes_no_default_of_netrc_along(room, secure_web, authority):
    from web import web_server

    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    room.write("home/.netrc", f"default login ada password {SECRET}\n").chmod(0o600)
    with web_server(authority.good) as other:
        other.serve("/catalog.yaml", b"version: 1\nduckdb: {}\n")
        secure_web.redirect("/catalog.yaml", other.url("/catalog.yaml", host="localhost"), authorization=basic("ada", SECRET))
        assert room.duckalog("validate", secure_web.url("/catalog.yaml")).code == 0
        assert [request.headers.get("authorization") for request in other.requests] == [None]


def test_a_redirect_from_this_machine_to_plain_http_is_refused_though_http_is_allowed(room, web):
    web.redirect("/catalog.yaml", "http://config.invalid/x.yaml")
    outcome = room.duckalog("validate", web.url("/catalog.yaml"), "--allow-http")
    assert outcome.code == 4 and "redirected to plain http" in outcome.err, outcome.err


def test_a_redirect_from_https_to_http_is_refused(room, secure_web, web, authority):
    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    secure_web.redirect("/catalog.yaml", one(web))
    outcome = room.duckalog("validate", secure_web.url("/catalog.yaml"))
    assert outcome.code == 4 and "redirected from https to http" in outcome.err and web.requests == []


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://ada:pw-c4nary@127.0.0.1/x", "http://config.example/x"])
def test_a_redirect_to_what_no_user_may_name_is_refused(room, web, to):
    web.redirect("/catalog.yaml", to)
    outcome = room.duckalog("validate", web.url("/catalog.yaml"))
    assert outcome.code == 4 and "redirected to" in outcome.err and "c4nary" not in outcome.err, outcome.err


# ---- credentials ----


@pytest.mark.parametrize(
    "options, environment, sent",
    [
        (["--fs-token", SECRET], {}, bearer(SECRET)),
        (["--fs-key", "ada", "--fs-secret", SECRET], {}, basic("ada", SECRET)),
        (["--fs-key", "ada"], {"DUCKALOG_FS_SECRET": SECRET}, basic("ada", SECRET)),
        (["--fs-key", "ada", "--fs-secret-file", "secret.txt"], {}, basic("ada", SECRET)),
        ([], {"DUCKALOG_FS_TOKEN": SECRET}, bearer(SECRET)),
        (["--fs-token", SECRET, "--fs-protocol", "https"], {}, bearer(SECRET)),
        (["--fs-token", SECRET, "--fs-protocol", "s3"], {}, None),
        (["--fs-anon"], {"DUCKALOG_FS_TOKEN": SECRET}, None),
        ([], {"NETRC": "netrc.txt"}, basic("bob", SECRET)),
        (["--fs-token", "another-" + SECRET], {"NETRC": "netrc.txt"}, bearer("another-" + SECRET)),
        (["--fs-anon"], {"NETRC": "netrc.txt"}, None),
    ],
)
def test_credentials_come_from_where_the_user_put_them(room, secure_web, authority, options, environment, sent):
    room.write("secret.txt", SECRET + "\n")
    room.write("netrc.txt", f"machine 127.0.0.1 login bob password {SECRET}\n").chmod(0o600)
    room.environment.update(SSL_CERT_FILE=str(authority.ca), **environment)
    outcome = room.duckalog("validate", one(secure_web), *options, "-v", "-v")
    assert outcome.code == 0, outcome.err
    assert secure_web.requests[-1].headers.get("authorization") == sent
    assert SECRET not in outcome.out + outcome.err
    assert ("other users of this machine can see" in outcome.err) == (SECRET in " ".join(options))


def test_credentials_are_for_the_server_of_the_config_and_for_no_other(room, secure_web, authority):
    from web import web_server

    room.environment.update(SSL_CERT_FILE=str(authority.ca), DUCKALOG_FS_TOKEN=SECRET)
    with web_server(authority.good) as other:
        theirs = other.serve("/part.yaml", b"views: []")
        secure_web.serve("/mine.yaml", b"views: []")
        config = secure_web.serve("/main.yaml", f"version: 1\nduckdb: {{}}\nimports: ['{theirs}', mine.yaml]".encode())
        assert room.duckalog("validate", config).code == 0
        assert {request.headers.get("authorization") for request in secure_web.requests} == {bearer(SECRET)}
        assert [request.headers.get("authorization") for request in other.requests] == [None]


@pytest.mark.parametrize("credentials", [{"DUCKALOG_FS_TOKEN": SECRET}, {"DUCKALOG_FS_KEY": "ada", "DUCKALOG_FS_SECRET": SECRET}], ids=str)
@pytest.mark.parametrize("options", [[], ["--fs-protocol", "https"]], ids=str)
@pytest.mark.parametrize("named", ["import", "sql_file", "nested"])
@pytest.mark.parametrize("place", ["github", "http"])
def test_a_document_by_one_protocol_has_no_credentials_sent_by_another(room, web, secure_web, authority, place, named, options, credentials):
    room.environment.update(SSL_CERT_FILE=str(authority.ca), GITHUB_API_URL=web.url(), **credentials)
    theirs = {
        "import": f"imports: ['{secure_web.serve('/part.yaml', b'views: []')}']",
        "sql_file": f"views: [{{name: v, sql_file: {{path: '{secure_web.serve('/part.sql', b'SELECT 1')}'}}}}]",
        "nested": f"attachments: {{duckalog: [{{alias: n, config_path: '{one(secure_web)}', database: n.duckdb}}]}}",
    }
    document = f"version: 1\nduckdb: {{}}\n{theirs[named]}\n".encode()
    config = web.serve("/main.yaml", document)
    if place == "github":
        web.repository("acme/shops", {"catalog.yaml": document}, token=credentials.get("DUCKALOG_FS_TOKEN") if options == [] else None)
        config = "github://acme/shops/catalog.yaml"
    room.duckalog("validate", config, *options)
    assert [request.headers.get("authorization") for request in secure_web.requests] == [None]


def test_a_document_by_https_has_no_credentials_sent_to_another_program_of_this_machine(room, web, secure_web, authority):
    room.environment.update(SSL_CERT_FILE=str(authority.ca), DUCKALOG_FS_TOKEN=SECRET)
    theirs = web.serve("/part.yaml", b"views: []")
    config = secure_web.serve("/main.yaml", f"version: 1\nduckdb: {{}}\nimports: ['{theirs}']".encode())
    assert room.duckalog("validate", config).code == 0
    assert [request.headers.get("authorization") for request in web.requests] == [None]


def test_a_local_config_may_say_where_credentials_go_besides_documents_from_elsewhere(room, web, secure_web, authority):
    web.repository("acme/shops", {"part.yaml": b"views: []"})
    room.environment.update(SSL_CERT_FILE=str(authority.ca), GITHUB_API_URL=web.url(), DUCKALOG_FS_TOKEN=SECRET)
    sql = secure_web.serve("/v.sql", b"SELECT 1", authorization=bearer(SECRET))
    room.catalog({"name": "v", "sql_file": {"path": sql}}, imports=["github://acme/shops/part.yaml"])
    outcome = room.duckalog("validate", "catalog.yaml", "--fs-protocol", "https")
    assert outcome.code == 0, outcome.err


def test_what_goes_to_this_machine_goes_by_no_proxy(room, web):
    from web import web_server

    with web_server() as proxy:
        room.environment.update(http_proxy=proxy.url(), all_proxy=proxy.url(), DUCKALOG_FS_TOKEN=SECRET)
        assert room.duckalog("validate", one(web, authorization=bearer(SECRET))).code == 0
        assert proxy.requests == []


@pytest.mark.parametrize("token, code", [(SECRET + "\n", 0), (SECRET + "\r\n", 0), (SECRET + "\r\nX-Other: 1", 4)], ids=["line end", "of Windows", "two lines"])
@pytest.mark.parametrize("place", ["http", "github"])
def test_a_token_is_one_line_and_its_line_end_no_part_of_it(room, web, place, token, code):
    config = one(web, authorization=bearer(SECRET))
    if place == "github":
        web.repository("acme/shops", {"catalog.yaml": b"version: 1\nduckdb: {}\n"}, token=SECRET)
        config = "github://acme/shops/catalog.yaml"
    room.environment.update(GITHUB_API_URL=web.url(), DUCKALOG_FS_TOKEN=token)
    for _ in range(2):  # the second time with a header behind it
        outcome = room.duckalog("validate", config)
        assert outcome.code == code and SECRET not in outcome.err, outcome.err
        assert code == 0 or "the token has a line break" in outcome.err
    assert [request for request in web.requests if "x-other" in request.headers] == []
    assert len(web.requests) == (2 if code == 0 else 0)


@pytest.mark.parametrize("path", ["../../../../user.yaml", "a/%2E%2e/../x.yaml", "./x.yaml", "x/.."])
def test_an_address_of_a_repository_does_not_lead_out_of_it(room, web, path):
    web.serve("/user.yaml", b"version: 1\nduckdb: {}\n")
    room.environment.update(GITHUB_API_URL=web.url(), GITHUB_TOKEN=SECRET)
    outcome = room.duckalog("validate", f"github://acme/shops/{path}")
    assert outcome.code == 2 and "names no file of a repository" in outcome.err and web.requests == [], outcome.err


@pytest.mark.parametrize("server", ["http://config.invalid", "config.invalid/api", "sftp://config.invalid"])
def test_a_server_for_repositories_has_an_https_address(room, server):
    room.environment.update(GITHUB_API_URL=server, GITHUB_TOKEN=SECRET)
    outcome = room.duckalog("validate", "github://acme/shops/catalog.yaml", "--allow-http")
    assert outcome.code == 4 and "GITHUB_API_URL is no https:// address" in outcome.err, outcome.err


def test_an_empty_variable_names_no_server_for_repositories(room):
    room.environment.update(GITHUB_API_URL="", https_proxy="http://127.0.0.1:1")
    outcome = room.duckalog("validate", "github://acme/shops/catalog.yaml")
    assert outcome.code == 4 and "scheme" not in outcome.err and "GITHUB_API_URL" not in outcome.err, outcome.err


def test_a_private_repository_needs_a_token(room, web):
    web.repository("acme/shops", {"catalog.yaml": b"version: 1\nduckdb: {}\n"}, token=SECRET)
    room.environment["GITHUB_API_URL"] = web.url()
    uri = "github://acme/shops/catalog.yaml?ref=main"
    outcome = room.duckalog("validate", uri)
    assert outcome.code == 4 and "a private repository needs a token: GITHUB_TOKEN or --fs-token" in outcome.err
    for options, environment in ([], {"GITHUB_TOKEN": SECRET}), ([], {"GH_TOKEN": SECRET}), (["--fs-token", SECRET], {}):
        assert room.duckalog("validate", uri, *options, env=environment).code == 0
    assert room.duckalog("validate", uri, env={"GITHUB_TOKEN": "wrong"}).code == 4


def test_github_that_is_asked_too_often_says_so(room, web):
    web.repository("acme/shops", {"catalog.yaml": b"version: 1\n"}, limited=True)
    room.environment["GITHUB_API_URL"] = web.url()
    outcome = room.duckalog("validate", "github://acme/shops/catalog.yaml")
    assert outcome.code == 4 and "GitHub is asked too often from here" in outcome.err


@pytest.mark.parametrize(
    "options, code, message",
    [
        (["--fs-protocol", "ftp"], 2, "--fs-protocol"),
        (["--aws-profile", "p", "--fs-key", "k"], 4, "--aws-profile and --fs-key exclude each other"),
        (["--azure-connection-string", "x", "--fs-key", "k"], 4, "exclude each other"),
        (["--sftp-key-file", "gone"], 4, "--sftp-key-file: gone can't be read"),
        (["--gcs-credentials-file", "gone"], 4, "--gcs-credentials-file: gone can't be read"),
        (["--fs-secret-file", "gone"], 4, "--fs-secret-file: gone can't be read"),
        (["--fs-timeout", "0"], 2, "--fs-timeout"),
        (["--offline", "--no-cache"], 4, "exclude each other"),
    ],
)
def test_options_that_are_wrong_are_told_before_anything_is_done(room, options, code, message):
    room.catalog(("v", "SELECT 1"))
    outcome = room.duckalog("run", "catalog.yaml", *options)
    assert outcome.code == code and message in outcome.err, outcome.err
    assert not (room / "catalog.duckdb").exists()


def test_the_options_may_stand_before_the_command_as_in_python(room, secure_web, authority):
    room.environment["SSL_CERT_FILE"] = str(authority.ca)
    outcome = room.duckalog("--fs-token", SECRET, "--fs-protocol=https", "--offline", "validate", one(secure_web))
    assert outcome.code == 4 and "was not fetched before" in outcome.err
    assert room.duckalog("--fs-token", SECRET, "--fs-protocol=https", "validate", one(secure_web)).code == 0
    assert secure_web.requests[-1].headers.get("authorization") == bearer(SECRET)
    assert room.duckalog("--fs-anon").code == 2
    assert room.duckalog("--fs-key", "validate").code == 2


def test_an_interruption_ends_the_waiting_for_a_server(room, web):
    config = one(web, stall=True)
    process = room.start("run", config)
    wait_until(lambda: web.requests, "the request")
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130 and time.monotonic() - begun < 4, err


@pytest.mark.parametrize("scheme", ["http", "s3"])
def test_an_interruption_is_no_reason_to_use_what_was_fetched_before(room, web, scheme):
    if scheme == "s3":
        room.environment.update(AWS_ENDPOINT_URL=web.url().rstrip("/"), AWS_ACCESS_KEY_ID="ada", AWS_SECRET_ACCESS_KEY=SECRET)
    one(web, "/bucket/one.yaml")
    config = "s3://bucket/one.yaml" if scheme == "s3" else web.url("/bucket/one.yaml")
    assert room.duckalog("validate", config).code == 0
    one(web, "/bucket/one.yaml", stall=True)
    web.requests.clear()
    process = room.start("run", config)
    wait_until(lambda: web.requests, "the request")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130 and b"what was fetched before" not in err, err


# ---- trust ----


def with_variables(web, path="/main.yaml"):
    return web.serve(path, b"version: 1\nduckdb: {}\nviews: [{name: v, sql: \"SELECT '${env:A_THING}' AS a, '${env:B_THING:b}' AS b\"}]\n")


def test_variables_in_a_document_from_elsewhere_are_named_in_a_warning(room, web):
    outcome = room.duckalog("validate", with_variables(web), env={"A_THING": "a-value", "B_THING": "x"})
    assert outcome.code == 0
    assert "documents from elsewhere use variables of the environment: A_THING,B_THING; --allow-env A_THING,B_THING" in outcome.err
    assert "a-value" not in outcome.err


@pytest.mark.parametrize(
    "options, rows",
    [(["--allow-env", "A_THING,B_THING"], ("1", "2")), (["--allow-env", "A_THING", "--allow-env", "C"], ("1", "b")), (["--no-remote-env"], None)],
)
def test_only_variables_that_are_allowed_are_used(room, web, options, rows):
    config = with_variables(web)
    environment = {"A_THING": "1", "B_THING": "2"}
    if rows is not None:
        assert room.rows("FROM v", *options, config=config, env=environment) == [rows]
        assert "elsewhere" not in room.duckalog("validate", config, *options, env=environment).err
    else:
        outcome = room.duckalog("validate", config, *options, env=environment)
        assert outcome.code == 2 and 'may not use the environment variable "A_THING"' in outcome.err and "B_THING" not in outcome.err


def test_a_local_config_uses_variables_without_a_word(room, web):
    part = web.serve("/part.yaml", b"views: [{name: p, sql: SELECT 1}]")
    room.catalog(("v", "SELECT '${env:A_THING}' AS a"), imports=[part])
    outcome = room.duckalog("validate", "catalog.yaml", "--no-remote-env", env={"A_THING": "1"})
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize(
    "document, message",
    [
        ("imports: ['{room}/local.yaml']", "may not name a file of this machine"),
        ("imports: ['file://{room}/local.yaml']", "may not name a file of this machine"),
        ("imports: ['~/local.yaml']", "may not name a file of this machine"),
        ("imports: ['{room}/*.yaml']", "may not name a file of this machine"),
        ("views: [{{name: v, sql_file: {{path: '{room}/local.sql'}}}}]", "is a file of this machine"),
        ("views: [{{name: v, sql_template: {{path: 'file://{room}/local.sql'}}}}]", "is a file of this machine"),
        ("views: [{{name: v, source: parquet, uri: '{room}/d.parquet'}}]", "may not name a file of this machine"),
        ("attachments: {{duckdb: [{{alias: d, path: '{room}/d.duckdb'}}]}}", "may not name a file of this machine"),
        ("attachments: {{sqlite: [{{alias: d, path: '{room}/d.db'}}]}}", "may not name a file of this machine"),
        ("attachments: {{duckalog: [{{alias: d, config_path: '{room}/local.yaml'}}]}}", "may not name a file of this machine"),
    ],
)
@pytest.mark.parametrize("where", ["main", "import", "import of a config beside them"])
def test_a_document_from_elsewhere_may_not_name_files_of_this_machine(room, web, document, message, where):
    room.write("local.yaml", "version: 1\nduckdb: {database: x.duckdb}\nviews: [{name: local, sql: SELECT 1}]")
    room.write("local.sql", "SELECT 1")
    text = document.format(room=room.folder)
    if where == "main":
        config = web.serve("/main.yaml", f"version: 1\nduckdb: {{}}\n{text}\n".encode())
    else:
        config = "sub/main.yaml" if where == "import" else "main.yaml"
        room.write(config, f"version: 1\nduckdb: {{}}\nimports: ['{web.serve('/part.yaml', text.encode())}']\n")
    outcome = room.duckalog("validate", config)
    assert outcome.code == 2 and message in outcome.err, outcome.err
    if "local." in text and "~" not in text:
        assert room.duckalog("validate", config, "--allow-local-refs").code == 0
    if "/d." in text:
        assert room.duckalog("validate", config, "--allow-root", room.folder).code == 0


@pytest.mark.parametrize(
    "attachment",
    [
        "duckdb: [{{alias: d, path: '{start}{path}', read_only: false}}]",
        "duckdb: [{{alias: d, path: 'sqlite:{start}{path}', read_only: false}}]",
        "sqlite: [{{alias: d, path: '{start}{path}', read_only: false}}]",
    ],
)
@pytest.mark.parametrize("start", ["x://", "HTTP://h/", "github://o/"])
def test_a_document_from_elsewhere_may_not_hide_a_file_of_this_machine_in_an_address(room, web, attachment, start):
    text = attachment.format(start=start, path=f"{'../' * 30}{room.folder}/made.duckdb")
    part = web.serve("/part.yaml", f"attachments: {{{text}}}".encode())
    room.catalog(("v", "SELECT 1 AS n"), imports=[part])
    outcome = room.duckalog("run", "catalog.yaml", "--allow-root", room.folder)
    assert outcome.code == 2 and "can't be read from there" in outcome.err
    assert not (room / "made.duckdb").exists()


def test_a_part_from_elsewhere_may_not_say_which_file_the_database_is(room, web):
    part = web.serve("/part.yaml", f"duckdb: {{database: '{room.folder}/there.duckdb'}}".encode())
    room.write("main.yaml", f"version: 1\nimports: ['{part}']\nduckdb: {{}}\nviews: [{{name: v, sql: SELECT 1}}]\n")
    outcome = room.duckalog("run", "main.yaml")
    assert outcome.code == 2 and "duckdb.database: a document from elsewhere may not name" in outcome.err
    assert not (room / "there.duckdb").exists()
    assert room.duckalog("run", "main.yaml", "--allow-root", room.folder).code == 0


def test_env_files_of_a_config_from_elsewhere_are_not_used(room, web):
    room.write(".env", "A_THING=from-the-file\n")
    web.serve("/.env", b"A_THING=from-the-server\n")
    config = web.serve("/main.yaml", b"version: 1\nduckdb: {}\nenv_files: [.env]\nviews: [{name: v, sql: \"SELECT '${env:A_THING:none}' AS a\"}]\n")
    assert room.rows("FROM v", config=config) == [("none",)]
    assert "/.env" not in web.asked()
    assert "env_files of a config from elsewhere are not used" in room.duckalog("validate", config).err


@pytest.mark.parametrize("database", ["../up.duckdb", "/tmp/elsewhere.duckdb", "a/../../up.duckdb"])
def test_a_config_from_elsewhere_builds_its_catalog_here_or_nowhere(room, web, database):
    config = web.serve("/main.yaml", f"version: 1\nduckdb: {{database: {database}}}\nviews: []\n".encode())
    outcome = room.duckalog("run", config)
    assert outcome.code == 2 and "a document from elsewhere may not name a file of this machine" in outcome.err, outcome.err


def test_relative_data_of_a_config_from_elsewhere_is_beside_it(room, web):
    web.serve("/shop/data/d.parquet", room.data("d.parquet", "SELECT 7 AS n").read_bytes())
    config = web.serve(
        "/shop/main.yaml",
        b"version: 1\nduckdb: {load_extensions: [httpfs]}\nviews: [{name: v, source: parquet, uri: data/d.parquet}]\n",
    )
    assert room.rows("FROM v", config=config) == [(7,)]


def test_doctor_says_that_a_config_can_not_be_had_by_the_exit_code_of_the_others(room, web):
    assert [room.duckalog(command, web.url("/none.yaml")).code for command in ("validate", "run", "doctor")] == [4, 4, 4]


# ---- what is shown of an address ----

SHOWING = [
    ["validate", "-v", "-v"], ["validate", "--json"], ["show-imports", "--diagnostics"], ["show-imports", "--json", "--diagnostics"],
    ["show-imports", "--show-merged"], ["show-paths"], ["show-paths", "--json"], ["doctor"], ["doctor", "--json"], ["run", "-v", "-v"], ["generate-sql"], ["describe"],
]  # fmt: skip


def shown_of(room, config):
    outcomes = [room.duckalog(command, config, *options) for command, *options in SHOWING]
    assert {outcome.code for outcome in outcomes} <= {0, 4}, outcomes
    return "".join(outcome.out + outcome.err for outcome in outcomes)


@pytest.mark.parametrize("status", [200, 500])
def test_a_password_in_an_address_is_shown_nowhere(room, web, status):
    documents = {f"/{SECRET}/part.yaml": b"views: []", f"/{SECRET}/ring.yaml": b"imports: [part.yaml]"}
    for path, content in documents.items():
        web.serve(path, content)
    room.environment["DB_PASSWORD"] = SECRET
    room.catalog(imports=[f"{web.url('/')}${{env:DB_PASSWORD}}/part.yaml", f"{web.url('/')}${{env:DB_PASSWORD}}/ring.yaml"])
    assert SECRET not in shown_of(room, "catalog.yaml")
    for path, content in documents.items():
        web.serve(path, content, status=status)
    assert SECRET not in shown_of(room, "catalog.yaml")


@pytest.mark.parametrize("name", ["sig", "X-Amz-Signature", "X-Goog-Signature", "token", "access_token", "private_token", "key", "api_key", "code", "jwt", "auth"])
def test_a_signature_in_an_address_is_shown_nowhere(room, web, name):
    web.serve("/v.sql", b"SELECT 1")
    web.serve("/part.yaml", b"views: []")
    query = f"?version=3&{name}={SECRET}"
    main = f"version: 1\nduckdb: {{}}\nimports: ['{web.url('/part.yaml' + query)}']\nviews: [{{name: v, sql_file: {{path: '{web.url('/v.sql' + query)}'}}}}]"
    web.serve("/main.yaml", main.encode())
    assert SECRET not in shown_of(room, web.url("/main.yaml" + query))
    web.pages.pop("/part.yaml")
    web.pages.pop("/v.sql")
    assert SECRET not in shown_of(room, web.url("/main.yaml" + query))
    assert not list(room.folder.glob("home/.cache/duckalog/documents/*"))
