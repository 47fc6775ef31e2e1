"""
A web server for the tests, on loopback, plain or with TLS: it keeps what it was given, remembers what it was asked, and
misbehaves where it was told to. Its certificates are made anew for each run.

    with web_server() as web:
        uri = web.serve("/a.yaml", b"version: 1", stall_after=3)
        … read uri …
        assert [request.method for request in web.requests] == ["GET"]

Called from any thread; each connection is served in one of its own.
"""

import base64
import contextlib
import hashlib
import json
import os
import select
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

TIMEOUT_S = 60
RESET = "reset"  # as a status: the connection is broken instead
PIECE = 65536


# ---- what is served ----


@dataclass
class Page:
    """
    What is at a path, and how it is answered. A number of bytes counts those of the body; faults that name one happen
    when so many have been sent.
    """

    content: bytes | Callable = b""  # a function gives the pieces of a body that is made while it is sent
    status: int | str = 200
    headers: dict = field(default_factory=dict)
    modified: float = 1_700_000_000
    authorization: str | None = None  # the header that a client has to send; see basic() and bearer()

    first: list = field(default_factory=list)  # statuses of the first requests, or RESET; taken from it one by one
    delay_s: float = 0  # before the headers
    stall: bool = False  # never answers
    stall_after: int | None = None
    reset_after: int | None = None  # breaks the connection
    end_after: int | None = None  # ends the connection as if all was said
    trickle_s: float = 0  # between any two bytes
    length: int | None = None  # told instead of the true one
    chunked: bool = False  # no length is told
    ranges: bool = True  # answers to Range

    put_status: int | str | None = None  # how a PUT is answered, whatever it brings
    put_fails_after: int | None = None  # the connection breaks when so much of a PUT has come

    @property
    def etag(self):
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"' if isinstance(self.content, bytes) else None


@dataclass
class Request:
    """What a client asked: the path as it was sent, the headers' names in small letters."""

    method: str
    path: str
    headers: dict
    body: bytes = b""


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def bearer(token):
    return f"Bearer {token}"


def repeated(piece, size):
    """The content of a page of so many bytes, which is in memory nowhere as a whole."""

    def pieces():
        for at in range(0, size, len(piece)):
            yield piece[: size - at]

    return pieces


def gzip_bomb(size):
    """The content of a page that is `size` zeros once it is unpacked, and a thousandth of that before."""
    block = bytes(1 << 20)
    assert size % len(block) == 0

    def pieces():
        # Flushed fully, a block stands for itself: it is packed once and sent as often as it is needed.
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
        check = 0
        yield b"\x1f\x8b\x08" + bytes(6) + b"\xff"
        for _ in range(size // len(block)):
            check = zlib.crc32(block, check)
            yield packed
        yield packer.flush() + struct.pack("<II", check, size & 0xFFFFFFFF)

    return pieces


# ---- certificates ----


class Authority:
    """
    Signs certificates, each in a file with its key: `good` for 127.0.0.1 and localhost, `expired`, `misnamed` for a
    host that is not this one, and `stranger`, good but for being signed by nobody. Who trusts `ca` trusts the first.
    """

    HERE = "IP:127.0.0.1,DNS:localhost"

    def __init__(self, folder):
        self.folder = Path(folder)
        settings = """
            [ca]
            default_ca = here
            [here]
            database = index
            new_certs_dir = .
            rand_serial = yes
            unique_subject = no
            default_md = sha256
            policy = any
            certificate = ca.pem
            private_key = ca.pem
            x509_extensions = server
            [any]
            commonName = supplied
            [server]
            subjectAltName = ${ENV::NAMES}
            [req]
            distinguished_name = name
            prompt = no
            [name]
            commonName = ${ENV::COMMON}
            """
        self.folder.joinpath("openssl.cnf").write_text("\n".join(map(str.strip, settings.splitlines())))
        self.folder.joinpath("index").touch()
        extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
        self.ca = self.self_signed("ca", extensions)
        self.good = self.signed("good", self.HERE, *self.around_now(-1, 2))
        self.expired = self.signed("expired", self.HERE, *self.around_now(-10, -2))
        self.misnamed = self.signed("misnamed", "DNS:elsewhere.example", *self.around_now(-1, 2))
        self.stranger = self.self_signed("stranger", [f"subjectAltName={self.HERE}"])

    @staticmethod
    def around_now(*days):
        return [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 86400 * day)) for day in days]

    def openssl(self, *arguments, common="", names=""):
        done = subprocess.run(
            ["openssl", *arguments],
            cwd=self.folder,
            env={**os.environ, "OPENSSL_CONF": "openssl.cnf", "COMMON": common, "NAMES": names},
            capture_output=True,
            timeout=TIMEOUT_S,
        )
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode()}")

    NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")

    def self_signed(self, name, extensions):
        extensions = [word for extension in extensions for word in ("-addext", extension)]
        made = ["-keyout", f"{name}.key", "-out", f"{name}.crt"]
        self.openssl("req", "-x509", *self.NEW_KEY, "-days", "2", *extensions, *made, common=f"duckalog tests {name}")
        return self.joined(name)

    def signed(self, name, names, start, end):
        self.openssl("req", *self.NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", common=name)
        dates = ["-startdate", start, "-enddate", end]
        self.openssl("ca", "-batch", "-notext", *dates, "-in", f"{name}.csr", "-out", f"{name}.crt", names=names)
        return self.joined(name)

    def joined(self, name):
        path = self.folder / f"{name}.pem"
        path.write_bytes(b"".join(self.folder.joinpath(f"{name}.{part}").read_bytes() for part in ("key", "crt")))
        return path


@contextlib.contextmanager
def authority():
    with tempfile.TemporaryDirectory(prefix="duckalog-certificates-") as folder:
        yield Authority(folder)


# ---- the server ----


class Web:
    """A running web server."""

    def __init__(self, port, scheme):
        self.port = port
        self.scheme = scheme
        self.log_lock = threading.Lock()
        self.released = threading.Event()
        self.at_work = 0
        self.clear()

    def clear(self):
        """Forgets all that it was given and asked. Answers that hang from before end."""
        self.released.set()
        self.released = threading.Event()
        self.pages = {}
        self.folders = {}
        self.writable = []
        self.put_status = None
        self.posts = {}
        self.repositories = {}
        self.requests = []
        self.failed_handshakes = 0  # clients that did not like the certificate, among others
        self.connections = 0
        self.most_at_once = 0  # requests being answered at a time

    # -- what it serves --

    def url(self, path="", host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{quote(path, safe='/?=&%~')}"

    def serve(self, path, content=b"", **behaviour):
        """Puts a page at a path; its URL is handed back."""
        self.pages[path] = Page(content.encode() if isinstance(content, str) else content, **behaviour)
        return self.url(path)

    def serve_folder(self, prefix, folder):
        """The files below a folder, as they are when they are asked for."""
        self.folders[prefix.rstrip("/") + "/"] = Path(folder).resolve()
        return self.url(prefix)

    def redirect(self, path, to, status=302, **behaviour):
        """`to` is an URL, or a path of this server."""
        return self.serve(path, status=status, headers={"Location": to}, **behaviour)

    def take_puts(self, prefix="/", status=None):
        """From now on, a PUT below this path makes or replaces a page. The answer is 201 or 204, or this one always."""
        self.writable.append(prefix)
        self.put_status = status
        return self.url(prefix)

    def take_posts(self, path, answer):
        """From now on, a POST to this path is answered with the page that the function makes of the request."""
        self.posts[path] = answer
        return self.url(path)

    def repository(self, name, files, token=None, ref="main", limited=False):
        """
        Makes a repository, "owner/name", of files by path at a branch, as GitHub's API shows it below url(). With a
        token it is private; `limited`: its rate limit is used up.
        """
        self.repositories[name, ref] = {"files": files, "token": token, "limited": limited}
        self.repositories.setdefault((name, None), self.repositories[name, ref])
        return self.url()

    def content(self, path):
        return self.pages[path].content

    # -- what it was asked --

    def asked(self, method=None):
        """The paths of the requests so far, in order."""
        return [request.path for request in self.requests if method in (None, request.method)]

    # -- for the handler --

    def find(self, path):
        path = urlsplit(path).path
        for known in (path, unquote(path)):
            if known in self.pages:
                return self.pages[known]
        for prefix, folder in self.folders.items():
            if path.startswith(prefix):
                file = (folder / unquote(path[len(prefix) :])).resolve()
                if file.is_relative_to(folder) and file.is_file():
                    return Page(file.read_bytes(), modified=file.stat().st_mtime)
        return None

    def takes(self, path):
        return any(urlsplit(path).path.startswith(prefix) for prefix in self.writable)

    def in_repository(self, path, headers):
        """The page for a request to GitHub's API; None when it is no such request."""
        parts = urlsplit(path)
        words = unquote(parts.path).split("/", 5)
        if len(words) < 6 or words[1] != "repos" or words[4] != "contents":
            return None
        [ref] = parse_qs(parts.query).get("ref", [None])
        repository = self.repositories.get((f"{words[2]}/{words[3]}", ref))
        given = headers.get("authorization")
        known = {f"Bearer {known['token']}" for known in self.repositories.values() if known["token"]}
        if given is not None and given not in known:
            return json_page(401, {"message": "Bad credentials"})
        if repository is not None and repository["limited"]:
            limit = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}
            limit["X-RateLimit-Reset"] = str(int(time.time()) + 3600)
            return json_page(403, {"message": "API rate limit exceeded for 127.0.0.1."}, limit)
        # What may not be seen is not there.
        hidden = repository is None or (repository["token"] and given != f"Bearer {repository['token']}")
        content = None if hidden else repository["files"].get(words[5])
        if content is None:
            return json_page(404, {"message": "Not Found"})
        if "application/vnd.github.raw" in headers.get("accept", ""):
            return Page(content, headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
        encoded = base64.encodebytes(content).decode()
        return json_page(200, {"type": "file", "path": words[5], "encoding": "base64", "content": encoded})


def json_page(status, document, headers=()):
    headers = {"Content-Type": "application/json; charset=utf-8", **dict(headers)}
    return Page(json.dumps(document).encode(), status, headers)


class Broken(Exception):
    """The connection is not to be used any more."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT_S
    disable_nagle_algorithm = True
    waits_for_100 = False

    @property
    def web(self):
        return self.server.web

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.work(self.get)

    def do_HEAD(self):
        self.work(self.get)

    def do_PUT(self):
        self.work(self.put)

    def do_POST(self):
        self.work(self.post)

    def do_DELETE(self):
        self.work(self.refuse_method)

    def handle_expect_100(self):
        self.waits_for_100 = True  # told in put(), which may have an answer before the body
        return True

    # -- one request --

    def work(self, answer):
        web = self.web
        self.close_connection = self.close_connection or self.headers.get("Connection", "").lower() == "close"
        self.request_seen = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
        with web.log_lock:
            web.requests.append(self.request_seen)
            web.at_work += 1
            web.most_at_once = max(web.most_at_once, web.at_work)
        try:
            answer()
        except Broken:
            self.close_connection = True
        except OSError:
            self.close_connection = True  # the client left
        finally:
            self.waits_for_100 = False
            with web.log_lock:
                web.at_work -= 1

    def get(self):
        page = self.web.in_repository(self.path, self.request_seen.headers) or self.web.find(self.path)
        if page is None:
            self.say(404, b"there is no such page\n")
        elif not self.turned_away(page):
            self.show(page)

    def turned_away(self, page):
        """Has the request been answered before the page is looked at?"""
        if page.delay_s:
            self.web.released.wait(page.delay_s)
        if page.stall:
            self.hang()
        with self.web.log_lock:
            status = page.first.pop(0) if page.first else None
        if status is None and page.status == RESET:
            status = RESET
        if status == RESET:
            self.reset()
        if status is not None:
            self.say(status, f"status {status}, for once\n".encode(), {"Retry-After": "0"} if status == 429 else {})
            return True
        if page.authorization is not None and self.headers.get("Authorization") != page.authorization:
            challenge = page.authorization.split()[0] + ' realm="tests"'
            self.say(401, b"who are you?\n", {"WWW-Authenticate": challenge})
            return True
        return False

    def not_modified(self, page):
        if (wanted := self.headers.get("If-None-Match")) is not None:
            return matches(wanted, page.etag)
        if (since := self.headers.get("If-Modified-Since")) is not None:
            return int(page.modified) <= parsedate_to_datetime(since).timestamp()
        return False

    def show(self, page):
        headers = {"Last-Modified": formatdate(page.modified, usegmt=True), **page.headers}
        if page.etag is not None:
            headers = {"ETag": page.etag, **headers}
        if page.status == 200 and self.not_modified(page):
            self.head(304, headers)
            return
        status, content, length = page.status, page.content, page.length
        if isinstance(content, bytes):
            if page.ranges and status == 200:
                headers["Accept-Ranges"] = "bytes"
                asked = range_of(self.headers.get("Range"), len(content))
                if asked == ():
                    self.say(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                    return
                if asked is not None:
                    status = 206
                    headers["Content-Range"] = f"bytes {asked[0]}-{asked[1] - 1}/{len(content)}"
                    content = content[slice(*asked)]
            length = len(content) if length is None else length
        if page.chunked or length is None:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(length)
            if length != (len(content) if isinstance(content, bytes) else length):
                self.close_connection = True
        self.head(status, headers)
        if self.command != "HEAD":
            self.send(page, content, "Transfer-Encoding" in headers)

    def send(self, page, content, chunked):
        pieces = [content] if isinstance(content, bytes) else content()
        faults = [(page.stall_after, self.hang), (page.reset_after, self.reset), (page.end_after, self.end)]
        faults = sorted(((at, do) for at, do in faults if at is not None), key=lambda fault: fault[0])
        step = 1 if page.trickle_s else PIECE
        sent = 0
        for whole in pieces:
            for at in range(0, len(whole), step):
                piece = whole[at : at + step]
                if faults and sent + len(piece) >= faults[0][0]:
                    self.send_piece(piece[: faults[0][0] - sent], chunked)
                    faults[0][1]()
                self.send_piece(piece, chunked)
                sent += len(piece)
                if page.trickle_s and self.web.released.wait(page.trickle_s):
                    raise Broken
        if faults:  # of an empty body
            faults[0][1]()
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send_piece(self, piece, chunked):
        if piece:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)

    def put(self):
        page = self.web.find(self.path)
        rules = page or Page()
        if self.turned_away(rules):
            self.close_connection = True  # its body is not read
            return
        if not self.web.takes(self.path):
            self.close_connection = True
            self.say(405, b"nothing is put here\n")
            return
        refused = self.unmet_condition(page)
        if refused:
            self.close_connection = True
            self.say(412, refused)
            return
        if self.waits_for_100:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.read_body(rules)
        self.request_seen.body = body
        if rules.put_status is not None:
            self.say(rules.put_status, b"as told\n", rules.headers)
            return
        with self.web.log_lock:
            refused = self.unmet_condition(self.web.find(self.path))  # another may have been faster
            if not refused:
                self.web.serve(unquote(urlsplit(self.path).path), body, modified=time.time())
        if refused:
            self.say(412, refused)
        else:
            self.say(self.web.put_status or (201 if page is None else 204), b"", {"ETag": Page(body).etag})

    def post(self):
        answer = self.web.posts.get(urlsplit(self.path).path)
        if answer is None:
            self.refuse_method()
            return
        self.request_seen.body = self.read_body(Page())
        page = answer(self.request_seen)
        if not self.turned_away(page):
            self.show(page)

    def unmet_condition(self, page):
        wanted, unwanted = self.headers.get("If-Match"), self.headers.get("If-None-Match")
        if wanted is not None and (page is None or not matches(wanted, page.etag)):
            return b"another version is here\n"
        if unwanted is not None and page is not None and matches(unwanted, page.etag):
            return b"it is here already\n"
        return None

    def read_body(self, rules):
        body = bytearray()
        limit = rules.put_fails_after

        def take(count):
            while count > 0:
                piece = self.rfile.read1(min(count, PIECE))
                if not piece:
                    raise Broken
                body.extend(piece)
                count -= len(piece)
                if limit is not None and len(body) >= limit:
                    self.reset()

        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                take(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            take(int(self.headers.get("Content-Length", 0)))
        return bytes(body)

    def refuse_method(self):
        self.close_connection = True
        self.say(405, b"only GET, HEAD and PUT here\n")

    # -- what goes out --

    def head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def say(self, status, text, headers=()):
        if status == RESET:
            self.reset()
        length = {} if status in (204, 304) else {"Content-Length": str(len(text))}
        self.head(status, {"Content-Type": "text/plain", **length, **dict(headers)})
        if self.command != "HEAD" and length:
            self.wfile.write(text)

    # -- faults --

    def hang(self):
        """Says nothing until the server is cleared or ends, or the client leaves."""
        released = self.web.released
        while not released.is_set():
            if select.select([self.connection], [], [], 0.02)[0]:
                break  # amid our answer a client has nothing to say but goodbye
        raise Broken

    def reset(self):
        """RST, not FIN: what happens when a machine or a cable is gone and then heard of again."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.broken.add(self.connection)
        raise Broken

    def end(self):
        raise Broken


def matches(wanted, etag):
    """If-Match and If-None-Match: a list of tags, or any."""
    return wanted.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in wanted.split(",")]


def range_of(text, size):
    """First and last+1 byte of a Range header; None when it asks for all, () when there is nothing there."""
    if text is None or not text.startswith("bytes=") or "," in text:
        return None
    first, _, last = text.removeprefix("bytes=").partition("-")
    start, end = (int(first), min(int(last or size - 1) + 1, size)) if first else (max(size - int(last), 0), size)
    return (start, end) if start < end else ()


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, tls):
        super().__init__(("127.0.0.1", 0), Handler)
        self.tls = tls
        self.broken = set()  # connections to be reset, not ended
        self.web = Web(self.server_port, "https" if tls else "http")

    def finish_request(self, request, client_address):
        # In the connection's own thread: a client that never ends its handshake holds up nobody.
        with self.web.log_lock:
            self.web.connections += 1
        if self.tls:
            request.settimeout(TIMEOUT_S)
            try:
                request.do_handshake()
            except OSError:
                with self.web.log_lock:
                    self.web.failed_handshakes += 1
                return
        super().finish_request(request, client_address)

    def get_request(self):
        connection, address = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def shutdown_request(self, request):
        if request in self.broken:
            self.broken.discard(request)
            request.close()  # without a farewell, which would be a FIN
        else:
            super().shutdown_request(request)

    def handle_error(self, *_):
        pass  # a client that left


@contextlib.contextmanager
def web_server(certificate=None):
    """A web server without any page; with a certificate of an Authority, one with TLS."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    with Listener(tls) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield listener.web
        finally:
            listener.web.clear()
            listener.shutdown()
            thread.join()
