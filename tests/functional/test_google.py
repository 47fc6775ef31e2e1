"""
Google Cloud Storage with the credentials that its users have: HMAC keys, access tokens, and the files of accounts, which a
server of tokens turns into one. What signs is checked with OpenSSL's own command.
"""

import base64
import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from conftest import need_extension, needs_remote
from servers import TIMEOUT_S, wait_until
from web import Page, bearer, json_page, web_server

pytestmark = needs_remote

TOKEN = "ya29.c4nary-t0ken-of-google"
OTHER_TOKEN = "ya29.c4nary-t0ken-of-mine"
EMAIL = "reader@project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
WELL_KNOWN = "home/.config/gcloud/application_default_credentials.json"
USER = {"type": "authorized_user", "client_id": "c4nary-client", "client_secret": "c4nary&secret", "refresh_token": "1//c4nary-refresh"}
CONFIG = "version: 1\nduckdb: {database: catalog.duckdb}\nviews:\n  - {name: v, sql: SELECT 42 AS answer}\n"


# ---- what is given ----


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=TIMEOUT_S)


def new_key(folder, name, *kind):
    path = folder / f"{name}.pem"
    done = openssl("genpkey", *(kind or ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]), "-out", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Private keys in PEM: that of the account, and one of somebody else."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: new_key(folder, name) for name in ("own", "other")}


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Google:
    """A web server that gives tokens to one account, and shows what is in a bucket to who has one."""

    def __init__(self, web, room, keys):
        self.web = web
        self.room = room
        self.keys = keys
        self.claims = []
        self.forms = []
        self.token_server = web.take_posts("/token", self.give)
        room.environment["STORAGE_EMULATOR_HOST"] = web.url()

    def give(self, request):
        form = {name: value for name, [value] in parse_qs(request.body.decode(), strict_parsing=True).items()}
        self.forms.append(form)
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        signed, _, signature = form["assertion"].rpartition(".")
        header, claims = (json.loads(decoded(part)) for part in signed.split("."))
        self.claims.append((header, claims))
        if not self.is_signed(signed, decoded(signature)):
            return json_page(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        return json_page(200, {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})

    def is_signed(self, text, signature):
        self.room.write("signed/text", text)
        self.room.write("signed/signature", signature)
        public = self.room / "signed" / "public.pem"
        assert openssl("pkey", "-in", self.keys["own"], "-pubout", "-out", public).returncode == 0
        files = ["-signature", self.room / "signed/signature", self.room / "signed/text"]
        return openssl("dgst", "-sha256", "-verify", public, *files).returncode == 0

    def account(self, name="account.json", **changes):
        """The file of the service account; a part that is None is left out."""
        parts = {
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "c4fe",
            "private_key": self.keys["own"].read_text(),
            "client_email": EMAIL,
            "token_uri": self.token_server,
            **changes,
        }
        return self.room.write(name, json.dumps({key: value for key, value in parts.items() if value is not None}))

    def serve(self, name, content=CONFIG, token=TOKEN):
        self.web.serve(f"/bucket/{name}", content, authorization=bearer(token))
        return f"gs://bucket/{name}"

    def asked_with(self):
        """The Authorization of each request for an object."""
        return {request.headers.get("authorization") for request in self.web.requests if request.path.startswith("/bucket/")}

    def asked_for_tokens(self):
        return self.web.asked("POST")

    def secrets(self):
        lines = self.keys["own"].read_text().splitlines() + self.keys["other"].read_text().splitlines()
        return [TOKEN, OTHER_TOKEN, *[value for value in USER.values() if "c4nary" in value], *[line for line in lines if "---" not in line]]

    def call(self, *arguments, code=0, **options):
        """Runs the program; nothing that lets in is ever shown."""
        outcome = self.room.duckalog(*arguments, **options)
        assert outcome.code == code, outcome.err
        for secret in self.secrets():
            assert secret not in outcome.out + outcome.err
        return outcome


@pytest.fixture
def google(web, room, keys):
    need_extension("httpfs")
    return Google(web, room, keys)


# ---- the file of a service account ----


def by_option(google):
    return ["--gcs-credentials-file", google.account()]


def by_variable(google):
    google.room.environment["GOOGLE_APPLICATION_CREDENTIALS"] = str(google.account())
    return []


@pytest.mark.parametrize("way", [by_option, by_variable])
def test_the_file_of_a_service_account_opens_a_bucket(google, way):
    uri = google.serve("catalog.yaml", CONFIG.replace("SELECT 42 AS answer", "SELECT 43 AS answer"))
    outcome = google.call("run", uri, "--format", "csv", "--query", "FROM v", "-vv", "--log-json", *way(google))
    assert outcome.out == "answer\n43\n"
    assert google.asked_with() == {bearer(TOKEN)}


def test_what_a_service_account_says_of_itself_is_what_google_asks_for(google):
    google.call("validate", google.serve("catalog.yaml"), *by_option(google))
    [(header, claims)] = google.claims
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "c4fe"}
    assert {"iss": EMAIL, "scope": SCOPE, "aud": google.token_server}.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == 3600 and abs(claims["iat"] - time.time()) < 60
    assert len(claims) == 5


def test_a_load_signs_in_once_however_much_it_reads(google):
    imports = [google.serve(f"{n}.yaml", f"views:\n  - {{name: v{n}, sql: SELECT {n}}}\n") for n in range(6)]
    google.serve("view.sql", "SELECT 7 AS n")
    views = "views:\n  - {name: filed, sql_file: {path: view.sql}}\n"
    uri = google.serve("catalog.yaml", f"version: 1\nduckdb: {{}}\nimports: {json.dumps(imports)}\n{views}")
    google.call("validate", uri, *by_option(google))
    assert google.asked_for_tokens() == ["/token"]
    assert len([path for path in google.web.asked("GET")]) == 8


def test_a_key_that_is_not_the_one_of_the_account_opens_nothing(google):
    file = google.account(private_key=google.keys["other"].read_text())
    outcome = google.call("validate", google.serve("catalog.yaml"), "--gcs-credentials-file", file, code=4)
    assert "the access token of 127.0.0.1 can't be read: the account is refused: invalid_grant: Invalid JWT Signature." in outcome.err
    assert "the key may have been deleted" in outcome.err
    assert google.asked_for_tokens() == ["/token"] and google.asked_with() == set()


@pytest.mark.parametrize("way, token", [(by_option, TOKEN), (lambda _: ["--fs-token", OTHER_TOKEN], OTHER_TOKEN)], ids=["file", "token"])
def test_a_large_catalog_in_a_bucket_is_attached_with_the_credentials_of_the_user(google, way, token):
    """And not fetched as a whole, once DuckDB is not let in."""
    table = "CREATE TABLE big AS SELECT hash(i) AS h, hash(i + 1) AS h2 FROM range(1500000) r(i)"
    google.room.duckdb("made.duckdb", "CREATE VIEW v AS SELECT 42 AS answer", table)
    content = (google.room / "made.duckdb").read_bytes()
    assert len(content) > 16 << 20
    uri = google.serve("sales.duckdb", content, token)
    sql = "FROM v; SELECT name, scope FROM duckdb_secrets()"
    outcome = google.call("query", sql, "--catalog", uri, "--format", "csv", *way(google))
    assert outcome.out == f"answer\n42\nname,scope\nduckalog_catalog,['{uri}']\n"
    assert google.asked_with() == {bearer(token)}


def test_a_catalog_is_published_to_a_bucket_with_the_file_of_an_account(google):
    google.web.take_puts("/bucket/", status=200)
    google.room.catalog(("v", "SELECT 42 AS answer"))
    outcome = google.call("run", "catalog.yaml", "--db-path", "gs://bucket/sales.duckdb", *by_option(google))
    assert "published gs://bucket/sales.duckdb: " in outcome.out
    google.room.write("fetched.duckdb", google.web.content("/bucket/sales.duckdb"))
    assert google.room.look("fetched.duckdb", "FROM v") == [(42,)]
    assert google.asked_with() == {bearer(TOKEN)}


# ---- the account of a user ----


class Tunnel:
    """A proxy that leads every https server to one on this machine."""

    def __init__(self, web):
        self.web = web

    @contextlib.contextmanager
    def port(self):
        def copy(one, other):
            with contextlib.suppress(OSError):
                while piece := one.recv(65536):
                    other.sendall(piece)
            with contextlib.suppress(OSError):
                other.shutdown(socket.SHUT_WR)

        def serve(client):
            with client, socket.create_connection(("127.0.0.1", self.web.port)) as server:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += client.recv(4096)
                self.asked.append(asked.split(b"\r\n")[0].decode())
                client.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
                back = threading.Thread(target=copy, args=(server, client), daemon=True)
                back.start()
                copy(client, server)
                back.join()

        def accept(listener):
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        self.asked = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=accept, args=(listener,), daemon=True).start()
            yield listener.getsockname()[1]
            listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def oauth2(authority, room):
    """What stands in for https://oauth2.googleapis.com."""
    certificate = authority.signed("oauth2", "DNS:oauth2.googleapis.com", *authority.around_now(-1, 2))
    with web_server(certificate) as server:
        tunnel = Tunnel(server)
        with tunnel.port() as port:
            room.environment.update(https_proxy=f"http://127.0.0.1:{port}", SSL_CERT_FILE=str(authority.ca))
            server.tunnel = tunnel
            yield server


def give_to_user(request):
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qs(request.body.decode(), strict_parsing=True)
    if form != {"grant_type": ["refresh_token"], **{name: [value] for name, value in USER.items() if name != "type"}}:
        return json_page(401, {"error": "invalid_client", "error_description": f"not {form['refresh_token'][0]}"})
    return json_page(200, {"access_token": TOKEN})


@pytest.mark.parametrize("place", [WELL_KNOWN, "sdk/application_default_credentials.json", "user.json"])
def test_the_account_of_a_user_opens_a_bucket_by_google_alone(google, oauth2, place):
    """Whatever server the file names."""
    oauth2.take_posts("/token", give_to_user)
    google.room.write(place, json.dumps({**USER, "token_uri": google.token_server}))
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(google.room / place)}
    google.call("validate", google.serve("catalog.yaml"), env=environment)
    assert oauth2.tunnel.asked == ["CONNECT oauth2.googleapis.com:443 HTTP/1.1"]
    assert oauth2.asked() == ["/token"] and google.asked_for_tokens() == []
    assert google.asked_with() == {bearer(TOKEN)}


def test_a_user_who_is_signed_out_is_told_to_sign_in_again(google, oauth2):
    oauth2.take_posts("/token", give_to_user)
    file = google.room.write("user.json", json.dumps({**USER, "refresh_token": "1//c4nary-refresh-0ld"}))
    outcome = google.call("validate", google.serve("catalog.yaml"), "--gcs-credentials-file", file, code=4)
    assert "the account is refused: invalid_client: not ***" in outcome.err
    assert "sign in again: gcloud auth application-default login" in outcome.err


@pytest.mark.parametrize("place, environment", [(WELL_KNOWN, {}), ("sdk/application_default_credentials.json", {"CLOUDSDK_CONFIG": "sdk"})])
def test_what_gcloud_keeps_is_used_when_nothing_else_is_named(google, oauth2, place, environment):
    """Not with a server of one's own: so this one only gets as far as Google."""
    oauth2.take_posts("/token", lambda _: json_page(400, {"error": "invalid_grant"}))
    google.room.write(place, json.dumps(USER))
    google.call("validate", google.serve("catalog.yaml"), env=environment, code=4)
    assert oauth2.asked() == [] and google.asked_with() == {None}
    del google.room.environment["STORAGE_EMULATOR_HOST"]
    outcome = google.call("validate", "gs://bucket/catalog.yaml", env=environment, code=4)
    assert "oauth2.googleapis.com can't be read: the account is refused: invalid_grant; sign in again" in outcome.err
    assert oauth2.asked() == ["/token"]
    google.call("validate", "gs://bucket/catalog.yaml", "--fs-anon", env=environment, code=4)
    assert oauth2.asked("POST") == ["/token"]


# ---- which of them ----


@pytest.mark.parametrize(
    "options, environment, found",
    [
        (["--fs-token", OTHER_TOKEN, "--gcs-credentials-file", "account.json"], {}, bearer(OTHER_TOKEN)),
        (["--gcs-credentials-file", "account.json"], {"DUCKALOG_FS_TOKEN": OTHER_TOKEN}, bearer(TOKEN)),
        (["--gcs-credentials-file", "account.json"], {"DUCKALOG_FS_KEY": "half"}, bearer(TOKEN)),
        ([], {"DUCKALOG_FS_TOKEN": OTHER_TOKEN, "GOOGLE_APPLICATION_CREDENTIALS": "account.json"}, bearer(OTHER_TOKEN)),
        ([], {"GOOGLE_APPLICATION_CREDENTIALS": "account.json"}, bearer(TOKEN)),
        ([], {"GOOGLE_APPLICATION_CREDENTIALS": ""}, None),
        (["--fs-anon"], {"GOOGLE_APPLICATION_CREDENTIALS": "account.json"}, None),
        (["--fs-anon", "--gcs-credentials-file", "account.json"], {"DUCKALOG_FS_TOKEN": OTHER_TOKEN}, None),
        (["--fs-protocol", "s3", "--gcs-credentials-file", "account.json"], {}, None),
    ],
)
def test_options_come_before_variables_and_those_before_what_google_names(google, options, environment, found):
    google.account()
    google.web.serve("/bucket/catalog.yaml", CONFIG)
    google.call("validate", "gs://bucket/catalog.yaml", *options, env=environment)
    assert google.asked_with() == {found}


@pytest.mark.parametrize("half", ["KEY", "SECRET"])
def test_half_a_key_is_an_error_before_the_file_that_a_variable_names(google, half):
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(google.account()), f"DUCKALOG_FS_{half}": "half"}
    outcome = google.call("validate", google.serve("catalog.yaml"), env=environment, code=4)
    assert "there is only one of key and secret" in outcome.err and google.web.requests == []


def test_the_file_of_a_google_account_is_for_google_alone(google, s3):
    uri = s3.put("other.yaml", CONFIG.encode())
    places = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3.port}", "AWS_ACCESS_KEY_ID": s3.key, "AWS_SECRET_ACCESS_KEY": s3.secret}
    google.call("validate", uri, *by_option(google), env=places)
    google.call("validate", google.web.serve("/page.yaml", CONFIG), *by_option(google))
    assert google.asked_for_tokens() == []


# ---- files that are no good ----


def changed(**changes):
    return lambda google: google.account(**changes)


def made_of(content):
    return lambda google: google.room.write("account.json", content)


def made_with_passphrase(google):
    path = google.room / "locked.pem"
    made = openssl("pkey", "-in", google.keys["own"], "-aes256", "-passout", "pass:x", "-out", path)
    assert made.returncode == 0, made.stderr
    return google.account(private_key=path.read_text())


def made_for_another_kind_of_signature(google):
    return google.account(private_key=new_key(google.room.folder, "ed25519", "-algorithm", "ED25519").read_text())


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda google: google.room / "gone.json", "gone.json can't be read: No such file or directory"),
        (lambda google: google.room.folder, "is a folder, not a file"),
        (lambda _: Path("/dev/zero"), "/dev/zero is not a regular file"),
        (made_of("{\n\"type\": c4nary-t0ken}"), "account.json is no JSON document: see line 2"),
        (made_of("[1]"), "account.json has no credentials in it"),
        (made_of("{}"), "account.json has no `type`"),
        (changed(type=1), "account.json has no `type`"),
        (changed(client_email=None), "account.json has no `client_email`"),
        (changed(private_key=""), "account.json has no `private_key`"),
        (made_of(json.dumps({**USER, "refresh_token": None})), "account.json has no `refresh_token`"),
        (changed(type="external_account"), "has credentials of the type external_account, which can't be used here"),
        (changed(type="impersonated_service_account"), "has credentials of the type impersonated_service_account"),
        (changed(token_uri="http://tokens.example.org/"), "has a `token_uri` that is no https:// address"),
        (changed(token_uri="sftp://127.0.0.1/"), "has a `token_uri` that is no https:// address"),
        (changed(private_key="c4nary"), "account.json can't be used: its private key can't be read"),
        (made_with_passphrase, "account.json can't be used: its private key can't be read"),
        (made_for_another_kind_of_signature, "account.json can't be used: its private key is of a kind that"),
    ],
)
def test_a_file_that_is_no_good_is_told_with_what_is_wrong(google, make, message):
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(make(google))}
    outcome = google.call("validate", google.serve("catalog.yaml"), env=environment, code=4)
    assert message in outcome.err and "; " in outcome.err, outcome.err
    assert "c4nary" not in outcome.err and google.web.requests == []
    assert ("credentials of the type" in message) == ("gcloud auth print-access-token" in outcome.err)


def test_a_server_of_tokens_that_a_file_does_not_name_is_googles(google, oauth2):
    oauth2.take_posts("/token", google.give)
    google.call("validate", google.serve("catalog.yaml"), "--gcs-credentials-file", google.account(token_uri=None))
    assert google.claims[0][1]["aud"] == "https://oauth2.googleapis.com/token"


# ---- servers of tokens that are no good ----


@pytest.mark.parametrize(
    "page, message, times",
    [
        (Page(b"<html>", 503), "can't be read: the server has a problem (503)", 3),
        (Page(b"{}", 302, {"Location": "/elsewhere"}), "can't be read: the server answers 302", 1),
        (Page(b"", 404), "the access token of 127.0.0.1 is not there (404)", 1),
        (Page(b"<html>"), "can't be read: there is none in the answer", 1),
        (json_page(200, {"access_token": 7}), "can't be read: there is none in the answer", 1),
        (json_page(200, {"access_token": "a\r\nX-Other: 1"}), "can't be read: there is none in the answer", 1),
        (json_page(400, {"error": "x" * 5000}), "the account is refused: " + "x" * 300 + "; ", 1),
        (json_page(400, {"error": "bad\x1b[2J\nthing"}), "the account is refused: bad; ", 1),
        (json_page(403, ["no"]), "can't be read: access denied (403)", 1),
        (Page(bytes(2 << 20)), "the access token of 127.0.0.1 is larger than 1 MiB", 1),
        (Page(reset_after=0, content=b"x"), "can't be read: the connection broke off", 3),
    ],
)
def test_a_server_that_gives_no_token_is_told_with_what_it_does(google, page, message, times):
    google.web.take_posts("/token", lambda _: page)
    google.web.take_posts("/elsewhere", lambda _: json_page(200, {"access_token": TOKEN}))
    outcome = google.call("validate", google.serve("catalog.yaml"), *by_option(google), code=4)
    assert message in outcome.err, outcome.err
    assert google.asked_for_tokens() == ["/token"] * times and google.asked_with() == set()


def test_a_server_of_tokens_gets_a_second_chance(google):
    failing = json_page(200, {"access_token": TOKEN})
    failing.first = [503, 429]
    google.web.take_posts("/token", lambda _: failing)
    google.call("validate", google.serve("catalog.yaml"), *by_option(google))
    assert len(google.asked_for_tokens()) == 3


def test_a_silent_server_of_tokens_is_not_waited_for_longer_than_said(google):
    google.web.take_posts("/token", lambda _: Page(stall=True))
    start = time.monotonic()
    outcome = google.call("validate", google.serve("catalog.yaml"), *by_option(google), "--fs-timeout", "1", code=4)
    assert "the access token of 127.0.0.1 can't be read: no answer within 1 s" in outcome.err
    assert "--fs-timeout gives it more time" in outcome.err
    assert time.monotonic() - start < 15


def test_who_waits_for_a_token_can_be_interrupted(google):
    google.web.take_posts("/token", lambda _: Page(stall=True))
    process = google.room.start("run", google.serve("catalog.yaml"), *by_option(google))
    wait_until(google.asked_for_tokens, "the server of tokens to be asked")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130, err.decode()


def test_what_a_server_of_tokens_repeats_of_the_request_is_masked(google):
    def repeat(request):
        [assertion] = parse_qs(request.body.decode())["assertion"]
        return json_page(400, {"error": "invalid_grant", "error_description": f"not {assertion}, no"})

    google.web.take_posts("/token", repeat)
    outcome = google.call("validate", google.serve("catalog.yaml"), *by_option(google), code=4)
    assert "the account is refused: invalid_grant: not ***, no; " in outcome.err


def test_what_was_fetched_before_is_used_while_no_token_is_to_be_had(google):
    uri = google.serve("catalog.yaml")
    google.call("validate", uri, *by_option(google))
    google.web.take_posts("/token", lambda _: Page(status=503))
    assert "what was fetched before is used" in google.call("validate", uri, *by_option(google)).err
    google.web.take_posts("/token", lambda _: json_page(400, {"error": "invalid_grant"}))
    google.call("validate", uri, *by_option(google), code=4)


# ---- a server of one's own ----


@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "127.0.0.1:{}", "localhost:{}", "http://127.0.0.1:{}/storage/v1/"])
def test_a_server_of_ones_own_stands_in_for_googles(google, form):
    google.web.serve("/bucket/catalog.yaml", CONFIG)
    google.call("validate", "gs://bucket/catalog.yaml", env={"STORAGE_EMULATOR_HOST": form.format(google.web.port)})
    assert google.asked_with() == {None}


@pytest.mark.parametrize("value", ["http://storage.example.org", "storage.example.org:80", "sftp://127.0.0.1", "http://"])
def test_a_server_of_ones_own_is_not_asked_over_plain_http_elsewhere(google, value):
    outcome = google.call("validate", "gs://bucket/catalog.yaml", env={"STORAGE_EMULATOR_HOST": value}, code=4)
    assert "STORAGE_EMULATOR_HOST is no address of this machine, and no https:// one" in outcome.err


# ---- with keys, at a server of S3 ----


def google_with_keys(s3, room):
    room.environment.update(
        STORAGE_EMULATOR_HOST=f"127.0.0.1:{s3.port}", DUCKALOG_FS_KEY=s3.key, DUCKALOG_FS_SECRET=s3.secret, AWS_REGION="elsewhere"
    )


def cloudflare_with_keys(s3, room):
    room.environment.update(
        AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{s3.port}", AWS_ACCESS_KEY_ID=s3.key, AWS_SECRET_ACCESS_KEY=s3.secret, AWS_REGION="us-east-1"
    )


@pytest.fixture(params=[("gs", google_with_keys), ("gcs", google_with_keys), ("r2", cloudflare_with_keys)], ids=["gs", "gcs", "r2"])
def bucket(request, s3_bucket, room):
    """A bucket behind another scheme than s3://, and the address of what is in it."""
    scheme, let_in = request.param
    let_in(s3_bucket, room)
    return s3_bucket, f"{scheme}://{s3_bucket.bucket}"


def test_a_config_with_all_it_names_is_the_same_behind_each_scheme(bucket, room):
    store, address = bucket
    files = {
        "catalog.yaml": "version: 1\nduckdb: {}\nimports: [parts/more.yaml]\nviews:\n  - {name: one, sql_file: {path: sql/one.sql}}\n",
        "parts/more.yaml": "views:\n  - {name: two, sql: SELECT n + 1 AS n FROM one}\n",
        "sql/one.sql": "SELECT 41 AS n",
    }
    for name, content in files.items():
        room.write(name, content)
        store.put(name, content.encode())
    there = room.duckalog("run", f"{address}/catalog.yaml", "--format", "csv", "--query", "FROM two")
    here = room.duckalog("run", "catalog.yaml", "--format", "csv", "--query", "FROM two")
    assert (there.code, there.out) == (here.code, here.out) == (0, "n\n42\n"), there.err + here.err


def test_files_that_a_pattern_names_are_found_behind_each_scheme(bucket, room):
    store, address = bucket
    for n in range(3):
        store.put(f"parts/{n}.yaml", f"views:\n  - {{name: v{n}, sql: SELECT {n} AS n}}\n".encode())
    room.config(f"version: 1\nduckdb: {{}}\nimports: ['{address}/parts/*.yaml']\n")
    assert room.rows("FROM v0 UNION ALL FROM v1 UNION ALL FROM v2 ORDER BY n") == [(0,), (1,), (2,)]


def test_a_catalog_is_published_behind_each_scheme_and_read_there(bucket, room):
    store, address = bucket
    uri = f"{address}/published/sales.duckdb"
    room.catalog(("one", "SELECT 1 AS n"), ("two", "SELECT n + 1 AS n FROM one"))
    outcome = room.duckalog("run", "catalog.yaml", "--db-path", uri)
    assert outcome.code == 0 and f"published {uri}: " in outcome.out, outcome.err
    room.write("fetched.duckdb", store.get("published/sales.duckdb"))
    assert room.look("fetched.duckdb", "FROM two") == [(2,)]
    outcome = room.duckalog("query", "FROM two", "--catalog", uri, "--format", "csv")
    assert (outcome.code, outcome.out) == (0, "n\n2\n"), outcome.err
    outcome = room.duckalog("run", "catalog.yaml", "--db-path", uri)
    assert f"unchanged {uri}" in outcome.out, outcome.out + outcome.err
