"""
The servers that other tests rely on are what they say: each is asked by a client that is none of ours.
"""

import base64
import gzip
import http.client
import json
import os
import re
import ssl
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import duckdb
import pytest
from conftest import EXTENSIONS, need_extension, wait_until
from web import RESET, basic, bearer, gzip_bomb, repeated, web_server

# ---- the web server ----


def trusting(authority):
    return ssl.create_default_context(cafile=authority.ca)


def fetch(url, method="GET", data=None, context=None, **headers):
    """Status, headers and body of an answer, whatever it is."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_web_server_serves_pages_and_folders_and_remembers_requests(web, tmp_path):
    (tmp_path / "a b.sql").write_text("SELECT 1")
    (tmp_path.parent / "outside").write_text("secret")
    web.serve("/catalog.yaml", "version: 1")
    web.serve_folder("/sql", tmp_path)
    assert fetch(web.url("/catalog.yaml"), X_Test="yes")[2] == b"version: 1"
    assert fetch(web.url("/catalog.yaml?signature=abc"))[2] == b"version: 1"
    assert fetch(web.url("/sql/a b.sql"))[2] == b"SELECT 1"
    for missing in ("/sql/none.sql", "/sql/../outside", "/sql/%2e%2e/outside", "/none"):
        assert fetch(web.url(missing))[0] == 404
    assert web.requests[0].headers["x-test"] == "yes"
    assert web.asked("GET")[:3] == ["/catalog.yaml", "/catalog.yaml?signature=abc", "/sql/a%20b.sql"]


def test_web_server_answers_304_to_who_has_the_page(web):
    url = web.serve("/a", b"one", modified=1_000_000_000)
    status, headers, _ = fetch(url)
    assert (status, headers["Last-Modified"]) == (200, "Sun, 09 Sep 2001 01:46:40 GMT")
    assert fetch(url, If_None_Match=headers["ETag"])[::2] == (304, b"")
    assert fetch(url, If_None_Match='"other"')[0] == 200
    assert fetch(url, If_Modified_Since=headers["Last-Modified"])[0] == 304
    assert fetch(url, If_Modified_Since="Sun, 09 Sep 2001 01:46:39 GMT")[0] == 200
    web.serve("/a", b"two")
    assert fetch(url, If_None_Match=headers["ETag"])[::2] == (200, b"two")


def test_web_server_checks_credentials(web):
    url = web.serve("/basic", b"yes", authorization=basic("ann", "pa:ss"))
    assert fetch(url)[0] == 401
    assert fetch(url)[1]["WWW-Authenticate"].startswith("Basic ")
    assert fetch(url, Authorization="Basic YW5uOnBhOnNz")[2] == b"yes"
    assert fetch(web.serve("/token", b"yes", authorization=bearer("t")), Authorization="Bearer t")[2] == b"yes"
    assert fetch(web.url("/token"), Authorization="Bearer u")[0] == 401


def test_web_server_answers_with_the_status_it_is_told(web):
    for status in (403, 404, 429, 500, 503):
        assert fetch(web.serve("/a", b"why", status=status))[::2] == (status, b"why")
    url = web.serve("/b", b"at last", first=[503, RESET, 429])
    assert fetch(url)[0] == 503
    with pytest.raises(OSError):
        fetch(url)
    assert fetch(url)[0] == 429
    assert fetch(url)[2] == b"at last"


def received(url):
    """What comes of a body before the connection is broken, ends or says nothing for a second, and which."""
    with closing(http.client.HTTPConnection(url.split("/")[2], timeout=1)) as connection:
        body = b""
        try:
            connection.request("GET", "/" + url.split("/", 3)[3])
            answer = connection.getresponse()
            while piece := answer.read1():
                body += piece
            return body, "end"
        except http.client.HTTPException:
            return body, "cut"
        except ConnectionResetError:
            return body, "reset"
        except TimeoutError:
            return body, "stall"


@pytest.mark.parametrize(
    "behaviour, body, end",
    [
        ({}, b"0123456789", "end"),
        ({"chunked": True}, b"0123456789", "end"),
        ({"status": RESET}, b"", "reset"),
        ({"reset_after": 0}, b"", "reset"),
        ({"reset_after": 4}, b"0123", "reset"),
        ({"stall": True}, b"", "stall"),
        ({"stall_after": 0}, b"", "stall"),
        ({"stall_after": 4}, b"0123", "stall"),
        ({"end_after": 4}, b"0123", "end"),
        ({"end_after": 4, "chunked": True}, b"0123", "cut"),
        ({"length": 6}, b"012345", "end"),
        ({"length": 20}, b"0123456789", "end"),
        ({"trickle_s": 0.01}, b"0123456789", "end"),
        ({"delay_s": 0.1}, b"0123456789", "end"),
        ({"delay_s": 10}, b"", "stall"),
    ],
    ids=str,
)
def test_web_server_misbehaves_as_it_is_told(web, behaviour, body, end):
    assert received(web.serve("/a", b"0123456789", **behaviour)) == (body, end)


def test_web_server_sends_more_or_less_than_it_says(web):
    with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)) as connection:
        for behaviour, length, body in (({"length": 6}, "6", b"0123456789"), ({"end_after": 3}, "10", b"012")):
            web.serve("/a", b"0123456789", **behaviour)
            connection.connect()
            connection.sock.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            with connection.sock.makefile("rb") as everything:
                headers, _, rest = everything.read().partition(b"\r\n\r\n")
            assert f"Content-Length: {length}\r\n".encode() in headers + b"\r\n"
            assert rest == body
            connection.close()


def test_web_server_streams_what_is_larger_than_memory_should_be(web):
    gigabyte = 1 << 30
    for behaviour in ({"length": gigabyte}, {}):
        url = web.serve("/large", repeated(bytes(1 << 20), gigabyte), **behaviour)
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.headers["Content-Length"] == (str(gigabyte) if behaviour else None)
            assert sum(iter(lambda: len(answer.read(1 << 20)), 0)) == gigabyte


def test_web_server_sends_a_gzip_bomb(web):
    url = web.serve("/bomb", gzip_bomb(64 << 20), headers={"Content-Encoding": "gzip"})
    _, headers, body = fetch(url)
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < (64 << 20) / 500
    assert gzip.decompress(body) == bytes(64 << 20)


def test_web_server_redirects_to_other_hosts_and_in_circles(web, secure_web, authority):
    web.serve("/end", b"here")
    web.redirect("/hop", web.url("/end", host="localhost"))
    secure_web.redirect("/down", web.url("/hop"), status=307)
    assert fetch(secure_web.url("/down"), context=trusting(authority))[2] == b"here"
    assert [request.headers["host"].split(":")[0] for request in web.requests] == ["127.0.0.1", "localhost"]
    web.redirect("/loop", "/loop", status=301)
    with pytest.raises(urllib.error.HTTPError, match="infinite loop"):
        urllib.request.urlopen(web.url("/loop"), timeout=5)


def test_web_server_takes_a_put_on_its_condition(web):
    url = web.take_puts("/up/") + "a.db"
    assert fetch(web.url("/elsewhere"), "PUT", b"x")[0] == 405
    status, headers, _ = fetch(url, "PUT", b"one", If_None_Match="*")
    assert (status, fetch(url)[2]) == (201, b"one")
    assert headers["ETag"] == fetch(url)[1]["ETag"]
    assert fetch(url, "PUT", b"two", If_None_Match="*")[0] == 412
    assert fetch(url, "PUT", b"two", If_Match='"old"')[0] == 412
    assert fetch(url, "PUT", b"two", If_Match=headers["ETag"])[0] == 204
    assert fetch(url, "PUT", iter([b"th", b"ree"]), Transfer_Encoding="chunked")[0] == 204
    assert web.content("/up/a.db") == b"three"
    assert [request.body for request in web.requests if request.method == "PUT"][-1] == b"three"


def test_web_server_fails_a_put_as_it_is_told(web):
    url = web.take_puts("/") + "a"
    web.serve("/a", b"before", put_fails_after=1 << 20)
    with pytest.raises(OSError):
        fetch(url, "PUT", bytes(64 << 20))
    web.serve("/a", b"before", put_status=507)
    assert fetch(url, "PUT", b"x")[0] == 507
    web.serve("/a", b"before", first=[500])
    assert fetch(url, "PUT", b"x")[0] == 500
    assert web.content("/a") == b"before"


def test_web_server_lets_a_client_ask_before_it_sends_a_body(web):
    web.take_puts("/")
    web.serve("/a", b"before")
    question = b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n%s\r\n"
    for condition, said in ((b"", b" 100 "), (b'If-Match: "old"\r\n', b" 412 ")):
        with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)) as connection:
            connection.connect()
            connection.sock.sendall(question % condition)
            assert said in connection.sock.recv(4096).split(b"\r\n")[0]


def test_web_server_counts_requests_at_a_time(web):
    urls = [web.serve(f"/{n}", b"x", delay_s=0.5) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert [answer[0] for answer in pool.map(fetch, urls)] == [200] * 4
    assert web.most_at_once == 4


def test_secure_web_server_is_trusted_with_its_authority_only(secure_web, authority):
    secure_web.serve("/a", b"yes")
    for host in ("127.0.0.1", "localhost"):
        assert fetch(secure_web.url("/a", host), context=trusting(authority))[2] == b"yes"
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(secure_web.url("/a"))
    wait_until(lambda: secure_web.failed_handshakes == 1, "the server to notice")
    assert len(secure_web.requests) == 2


@pytest.mark.parametrize(
    "name, complaint",
    [("expired", "certificate has expired"), ("misnamed", "IP address mismatch"), ("stranger", "self-signed")],
)
def test_certificates_that_are_no_good_are_refused(authority, name, complaint):
    with web_server(getattr(authority, name)) as server:
        with pytest.raises(urllib.error.URLError, match=complaint):
            fetch(server.url("/"), context=trusting(authority))


def test_secure_web_server_misbehaves_too(secure_web, authority):
    secure_web.serve("/reset", b"0123456789", reset_after=4)
    secure_web.serve("/cut", b"0123456789", end_after=4)
    for path in ("/reset", "/cut"):
        with pytest.raises((OSError, http.client.IncompleteRead)):
            fetch(secure_web.url(path), context=trusting(authority))


def test_web_server_shows_files_as_github_does(web):
    raw = {"Accept": "application/vnd.github.raw+json"}
    web.repository("ann/open", {"a/b.yaml": b"version: 1"})
    web.repository("ann/open", {"a/b.yaml": b"version: 2"}, ref="v2")
    web.repository("ann/closed", {"c.yaml": b"version: 3"}, token="t0ken")
    web.repository("ann/busy", {"c.yaml": b"version: 4"}, limited=True)

    def contents(repository, path, **headers):
        return fetch(web.url(f"/repos/ann/{repository}/contents/{path}"), **headers)

    status, headers, body = contents("open", "a/b.yaml", **raw)
    assert (status, headers["Content-Type"]) == (200, "application/vnd.github.raw+json; charset=utf-8")
    assert body == b"version: 1"
    assert contents("open", "a/b.yaml", If_None_Match=headers["ETag"], **raw)[0] == 304
    assert contents("open", "a/b.yaml?ref=v2", **raw)[2] == b"version: 2"
    assert json.loads(contents("open", "a/b.yaml")[2])["encoding"] == "base64"
    assert contents("open", "a/b.yaml?ref=v3", **raw)[0] == 404
    assert json.loads(contents("open", "none.yaml", **raw)[2]) == {"message": "Not Found"}
    assert contents("closed", "c.yaml", **raw)[0] == 404
    assert contents("closed", "c.yaml", Authorization="Bearer wrong", **raw)[0] == 401
    assert contents("closed", "c.yaml", Authorization="Bearer t0ken", **raw)[2] == b"version: 3"
    status, headers, _ = contents("busy", "c.yaml", **raw)
    assert (status, headers["X-RateLimit-Remaining"]) == (403, "0")


def test_duckdb_reads_a_database_of_the_web_server(web, tmp_path):
    need_extension("httpfs")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS answer")
    web.serve_folder("/", tmp_path)
    with duckdb.connect(config={"extension_directory": str(EXTENSIONS)}) as connection:
        connection.execute("LOAD httpfs")
        connection.execute(f"ATTACH '{web.url('/a.duckdb')}' AS far (READ_ONLY)")
        assert connection.execute("FROM far.t").fetchall() == [(42,)]
    assert any("range" in request.headers for request in web.requests)


# ---- the S3 server ----


def duckdb_with(*extensions):
    """A database in memory with extensions of the tests' folder."""
    connection = duckdb.connect(config={"extension_directory": str(EXTENSIONS)})
    for name in extensions:
        connection.execute(f"LOAD {name}")
    return connection


def test_s3_server_keeps_objects_for_who_signs_rightly(s3_bucket):
    s3 = s3_bucket
    assert s3.put("a b/ż.txt", b"one") == f"s3://{s3.bucket}/a b/ż.txt"
    assert s3.get("a b/ż.txt") == b"one"
    assert s3.get("none") is None
    assert s3.request("DELETE", "a b/ż.txt")[0].status == 204
    assert s3.get("a b/ż.txt") is None
    for wrong in (replace(s3, secret="wrong"), replace(s3, key="WRONG")):
        assert wrong.request("GET", "a")[0].status == 403
    assert fetch(f"http://127.0.0.1:{s3.port}/{s3.bucket}/a")[0] == 403


def test_s3_server_puts_on_a_condition(s3_bucket):
    s3 = s3_bucket
    answer, _ = s3.request("PUT", "a", b"one", If_None_Match="*")
    etag = answer.headers["ETag"]
    assert (answer.status, s3.request("HEAD", "a")[0].headers["ETag"]) == (200, etag)
    assert s3.request("PUT", "a", b"two", If_None_Match="*")[0].status == 412
    assert s3.request("PUT", "a", b"two", If_Match='"00000000000000000000000000000000"')[0].status == 412
    assert s3.request("PUT", "none", b"two", If_Match=etag)[0].status == 404
    assert s3.get("a") == b"one"
    assert s3.request("PUT", "a", b"two", If_Match=etag)[0].status == 200
    assert s3.request("GET", "a", If_None_Match=etag)[0].status == 200
    assert s3.request("GET", "a", Range="bytes=1-1")[1] == b"w"
    assert s3.request("PUT", "a", b"x", Content_MD5=base64.b64encode(bytes(16)).decode())[0].status == 400
    wrong = base64.b64encode(bytes(32)).decode()
    assert s3.request("PUT", "a", b"x", x_amz_checksum_sha256=wrong)[0].status == 400
    assert s3.get("a") == b"two"


def test_s3_server_takes_uploads_in_parts(s3_bucket):
    s3, part = s3_bucket, bytes(5 << 20)
    etag = None
    for condition, status in (({}, 200), ({"If_Match": '"0"'}, 412), ({"If_None_Match": "*"}, 412)):
        _, body = s3.request("POST", "a", query={"uploads": ""})
        [upload] = re.findall(b"<UploadId>(.*)</UploadId>", body)
        parts = [(1, part), (2, b"end")]
        listed = ""
        for number, content in parts:
            query = {"partNumber": number, "uploadId": upload.decode()}
            etag = s3.request("PUT", "a", content, query)[0].headers["ETag"]
            listed += f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        query = {"uploadId": upload.decode()}
        document = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
        answer, _ = s3.request("POST", "a", document.encode(), query, **condition)
        assert answer.status == status
        assert s3.request("DELETE", "a", query=query)[0].status == (404 if status == 200 else 204)
    assert s3.get("a") == part + b"end"
    assert b"<Upload>" not in s3.request("GET", query={"uploads": ""})[1]


def test_s3_server_lists_objects(s3_bucket):
    s3 = s3_bucket
    for name in ("d/a", "d/b", "d/e/c", "f"):
        s3.put(name, b"")

    def listed(**query):
        _, body = s3.request("GET", query={"list-type": "2", **query})
        return [re.findall(f"<{tag}>(.*?)</", body.decode()) for tag in ("Key", "CommonPrefixes><Prefix")]

    assert listed() == [["d/a", "d/b", "d/e/c", "f"], []]
    assert listed(prefix="d/", delimiter="/") == [["d/a", "d/b"], ["d/e/"]]
    assert listed(**{"max-keys": 2}) == [["d/a", "d/b"], []]
    assert listed(**{"start-after": "d/b"}) == [["d/e/c", "f"], []]


def test_duckdb_reads_and_writes_the_s3_server(s3_bucket):
    s3 = s3_bucket
    with duckdb_with("httpfs") as connection:
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{s3.key}', SECRET '{s3.secret}', REGION 'us-east-1', "
            f"ENDPOINT '127.0.0.1:{s3.port}', USE_SSL false, URL_STYLE path)"
        )
        connection.execute(f"COPY (SELECT 42 AS n) TO 's3://{s3.bucket}/d/a.parquet'")
        assert connection.execute(f"FROM 's3://{s3.bucket}/d/*.parquet'").fetchall() == [(42,)]
        s3.put("a.txt", b"text")
        [[text]] = connection.execute(f"SELECT content FROM read_text('s3://{s3.bucket}/a.txt')").fetchall()
        assert text == "text"


# ---- the server of Azure's blobs ----


def test_azure_server_keeps_blobs_for_who_has_the_key(azure_container):
    azure = azure_container
    assert azure.put("a b/ż.txt", b"one") == f"az://{azure.container}/a b/ż.txt"
    assert azure.get("a b/ż.txt") == b"one"
    assert azure.request("GET", "none")[0].status == 404
    assert azure.request("GET", "a b/ż.txt", x_ms_range="bytes=1-2")[1] == b"ne"
    assert azure.request("DELETE", "a b/ż.txt")[0].status == 202
    assert azure.get("a b/ż.txt") is None
    assert replace(azure, key=base64.b64encode(b"wrong").decode()).request("GET", "a")[0].status == 403


def test_azure_server_puts_on_a_condition(azure_container):
    azure = azure_container

    def put(content, **condition):
        return azure.request("PUT", "a", content, x_ms_blob_type="BlockBlob", **condition)[0]

    etag = put(b"one", If_None_Match="*").headers["ETag"]
    assert put(b"two", If_None_Match="*").status == 409
    assert put(b"two", If_Match='"0x1"').status == 412
    assert azure.get("a") == b"one"
    assert put(b"two", If_Match=etag).status == 201
    assert azure.request("HEAD", "a", If_Match=etag)[0].status == 412


def test_azure_server_takes_uploads_in_blocks(azure_container):
    azure = azure_container
    ids = [base64.b64encode(f"{n:04}".encode()).decode() for n in range(3)]
    for n, block in enumerate(ids):
        assert azure.request("PUT", "a", b"%d" % n * 1000, {"comp": "block", "blockid": block})[0].status == 201
    assert azure.get("a") is None
    blocks = "".join(f"<Latest>{block}</Latest>" for block in ids)
    document = f"<?xml version='1.0' encoding='utf-8'?><BlockList>{blocks}</BlockList>".encode()
    assert azure.request("PUT", "a", document, {"comp": "blocklist"}, If_Match='"0x1"')[0].status == 412
    assert azure.request("PUT", "a", document, {"comp": "blocklist"})[0].status == 201
    assert azure.get("a") == b"0" * 1000 + b"1" * 1000 + b"2" * 1000


def test_azure_server_lists_blobs(azure_container):
    for name in ("d/a", "d/b", "f"):
        azure_container.put(name, b"x")
    query = {"restype": "container", "comp": "list", "prefix": "d/"}
    _, body = azure_container.request("GET", query=query)
    assert re.findall("<Name>(.*?)</Name>", body.decode()) == ["d/a", "d/b"]


def test_azure_server_takes_a_shared_access_signature(azure_container):
    azure = azure_container
    azure.put("a", b"text")
    url = f"http://127.0.0.1:{azure.port}/{azure.account}/{azure.container}/a"
    assert fetch(f"{url}?{azure.sas_token()}")[::2] == (200, b"text")
    assert fetch(f"{url}?{azure.sas_token(seconds=-60)}")[0] == 403
    assert fetch(f"{url}?{azure.sas_token(permissions='w')}")[0] == 403
    assert fetch(url)[0] == 403


def test_duckdb_reads_and_writes_the_azure_server(azure_container):
    azure = azure_container
    here = f"az://{azure.container}"
    with duckdb_with("azure") as connection:
        connection.execute(f"CREATE SECRET (TYPE azure, CONNECTION_STRING '{azure.connection_string()}')")
        azure.put("d/a.txt", b"text")
        assert connection.execute(f"SELECT content FROM read_text('{here}/d/a.txt')").fetchall() == [("text",)]
        assert connection.execute(f"FROM glob('{here}/d/*')").fetchall() == [(f"{here}/d/a.txt",)]
        connection.execute(f"COPY (SELECT 42 AS n) TO '{here}/d/b.parquet'")
        assert connection.execute(f"FROM '{here}/d/*.parquet'").fetchall() == [(42,)]
        connection.execute(f"COPY (SELECT 'bytes'::BLOB) TO '{here}/d/c.bin' (FORMAT blob)")
        assert azure.get("d/c.bin") == b"bytes"


# ---- the SFTP server ----


def sftp_command(server, *commands, key=None, options=(), env=None):
    """What OpenSSH's client says to some commands."""
    options = {
        "Port": server.port,
        "UserKnownHostsFile": server.known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "BatchMode": "yes",
        "IdentityAgent": "none",
        **({"IdentityFile": key, "IdentitiesOnly": "yes"} if key else {"IdentityFile": "/dev/null"}),
        **dict(options),
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return subprocess.run(
        ["sftp", "-F", "none", *words, "-b", "-", f"{server.user}@127.0.0.1"],
        input="\n".join([*commands, ""]),
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_sftp_server_takes_and_gives_files_for_a_key(sftp_folder, tmp_path):
    server = sftp_folder
    (tmp_path / "up").write_text("content")
    (server.files / "theirs").write_text("theirs")
    done = sftp_command(
        server,
        f"put {tmp_path}/up {server.files}/a.tmp",
        f"rename {server.files}/a.tmp {server.files}/a",
        f"ls -1 {server.files}",
        f"get {server.files}/theirs {tmp_path}/down",
        key=server.key,
    )
    assert done.returncode == 0, done.stderr
    assert (server.files / "a").read_text() == "content"
    assert (tmp_path / "down").read_text() == "theirs"
    assert [line.split("/")[-1] for line in done.stdout.splitlines() if line.startswith("/")] == ["a", "theirs"]


def test_sftp_server_refuses_a_key_that_it_does_not_know(sftp):
    done = sftp_command(sftp, "pwd", key=sftp.other_key)
    assert (done.returncode, "Permission denied" in done.stderr) == (255, True)


def test_clients_refuse_an_sftp_server_that_they_do_not_know(sftp, tmp_path):
    theirs, other = (path.read_text().split()[1] for path in (sftp.host_public_key, sftp.other_key.with_suffix(".pub")))
    known = tmp_path / "known_hosts"
    for content, complaint in (
        ("", "No ED25519 host key is known"),
        (sftp.host_lines().replace(theirs, other), "REMOTE HOST IDENTIFICATION HAS CHANGED"),
    ):
        known.write_text(content)
        options = {"UserKnownHostsFile": known, "StrictHostKeyChecking": "yes"}
        done = sftp_command(sftp, "pwd", key=sftp.key, options=options)
        assert (done.returncode, complaint in done.stderr) == (255, True), done.stderr


def test_sftp_server_knows_keys_of_an_agent(sftp):
    with sftp.agent() as address:
        done = sftp_command(sftp, "pwd", options={"IdentityAgent": address})
    assert done.returncode == 0, done.stderr
    assert str(sftp.files) in done.stdout


def test_sftp_server_checks_a_password(sftp, tmp_path):
    answer = tmp_path / "answer"
    for password, code in ((sftp.password, 0), ("wrong", 255)):
        answer.write_text(f"#!/bin/sh\necho '{password}'\n")
        answer.chmod(0o700)
        options = {"BatchMode": "no", "PreferredAuthentications": "password", "NumberOfPasswordPrompts": 1}
        ask = {"SSH_ASKPASS": str(answer), "SSH_ASKPASS_REQUIRE": "force"}
        done = sftp_command(sftp, "pwd", options=options, env=ask)
        assert done.returncode == code, done.stderr
