"""
Real servers for the tests and the benchmarks, each a context manager: started on a free port of loopback below a
temporary folder, ended by its own process id, and ended by the kernel when whoever started it dies.

Nothing but Python's own library in here: bench/run has no other.
"""

import base64
import ctypes
import hashlib
import hmac
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, urlencode

TIMEOUT_S = 60
DEPENDENCIES = Path(__file__).resolve().parents[2] / ".deps"  # what scripts/setup test has put there


# ---- what all of them need ----


def wait_until(condition, what, timeout_s=TIMEOUT_S):
    """Polls until the condition is true; its value is handed back."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {timeout_s} s in vain: {what}"
        time.sleep(0.01)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def accepts(port):
    """Is anything listening there?"""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def end_with_parent(with_signal=signal.SIGINT):
    """In the child: the kernel ends it when the thread that started it dies, however that happens."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, with_signal)


@contextmanager
def server_process(command, log, ready, name, **popen):
    """Runs a server until the block ends; its output goes to the file `log`, which a failed start quotes."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=subprocess.STDOUT, preexec_fn=end_with_parent, **popen
        )
    try:
        wait_until(lambda: process.poll() is not None or ready(), f"{name} to be ready")
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}: {log.read_text(errors='replace')}")
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # to PostgreSQL: at once, not when the last client leaves
        try:
            process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# ---- PostgreSQL ----


@dataclass
class Postgres:
    """A running server with a database of two schemas."""

    port: int
    log: Path
    programs: Path
    max_connections: int = 100
    host: str = "127.0.0.1"
    user: str = "duckalog"
    password: str = "pg-c4nary-pa55word"
    database: str = "shop"

    def attachment(self, alias="pg", **changes):
        """As in a config's `attachments: postgres:`."""
        return {
            "alias": alias,
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "user": self.user,
            "password": self.password,
            **changes,
        }

    def client(self, *arguments, database=None, port=None):
        """The command line of psql, which wants self.environment()."""
        place = ["-h", self.host, "-p", str(port or self.port), "-U", self.user, "-d", database or self.database]
        return [str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *place, *arguments]

    def environment(self):
        return {**os.environ, "PGPASSWORD": self.password}

    def psql(self, sql, **where):
        """What psql prints for some SQL, which has to work."""
        done = subprocess.run(
            self.client(**where),
            input=sql.encode(),
            env=self.environment(),
            capture_output=True,
            timeout=TIMEOUT_S,
        )
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.decode()}")
        return done.stdout.decode()

    def connections(self, application="%"):
        """How many clients it serves, beside the one that asks."""
        return int(
            self.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                f"AND pid <> pg_backend_pid() AND application_name LIKE '{application}'"
            )
        )

    def is_full(self):
        """Does it turn clients away for want of a slot?"""
        done = subprocess.run(
            self.client("-c", "SELECT 1"), env=self.environment(), capture_output=True, timeout=TIMEOUT_S
        )
        return b"too many clients already" in done.stderr

    @contextmanager
    def full_slots(self, left=0):
        """Takes its slots for connections, but for some, as long as the block lasts."""
        with ExitStack() as clients:
            for _ in range(self.max_connections - left):
                client = subprocess.Popen(
                    self.client(), env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
                clients.callback(client.stdout.close)
                clients.callback(client.wait)
                clients.callback(client.stdin.close)  # psql ends with its input
                client.stdin.write(b"\\echo connected\n")
                client.stdin.flush()
                if client.stdout.readline() != b"connected\n":
                    raise RuntimeError("a client that was to take a slot did not get one")
            yield
        # The server notices a moment after its clients are gone.
        wait_until(lambda: not self.is_full(), "the slots to be free again")


POSTGRES_DATA = """
CREATE TABLE customers (id integer PRIMARY KEY, name text, since date);
INSERT INTO customers VALUES (1, 'Ada', '2020-02-29'), (2, 'Żółć', NULL);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamp, amount numeric(10, 2));
INSERT INTO audit.log VALUES ('2024-05-06 07:08:09', 12.50), ('2024-05-07 00:00:00', -0.01);
"""


def postgres_programs():
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if folders or found:
        return folders[-1] if folders else Path(found).parent
    raise RuntimeError("PostgreSQL's server is not there: scripts/setup test installs it")


def other_user():
    """PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    names = [name for name in ("postgres", "nobody") if any(entry.pw_name == name for entry in pwd.getpwall())]
    entry = pwd.getpwnam(names[0])
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def make_cluster(settings, folder, user):
    password_file = folder / "password"
    password_file.write_text(settings.password)
    password_file.chmod(0o644)
    subprocess.run(
        [
            *[settings.programs / "initdb", "-D", folder / "data", "-U", settings.user, "-A", "scram-sha-256"],
            *[f"--pwfile={password_file}", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=TIMEOUT_S,
        **user,
    )


@contextmanager
def postgres_server(max_connections=100):
    """A PostgreSQL server with POSTGRES_DATA in it. All slots are for everyone, none kept for superusers."""
    user = other_user()
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="duckalog-postgres-"))
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        if user:
            os.chown(folder, user["user"], user["group"])
        settings = Postgres(free_port(), folder / "server.log", postgres_programs(), max_connections)
        make_cluster(settings, folder, user)
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "log_connections": "on",
            "max_connections": max_connections,
            "superuser_reserved_connections": 0,
            **dict.fromkeys(["fsync", "synchronous_commit", "full_page_writes"], "off"),
        }
        isready = [settings.programs / "pg_isready", "-q", "-h", settings.host, "-p", str(settings.port)]
        ends.enter_context(
            server_process(
                [
                    *[settings.programs / "postgres", "-D", folder / "data", "-p", settings.port],
                    *[word for name, value in options.items() for word in ("-c", f"{name}={value}")],
                ],
                settings.log,
                lambda: subprocess.run(isready).returncode == 0,
                "PostgreSQL",
                cwd=folder,
                **user,
            )
        )
        settings.psql(f"CREATE DATABASE {settings.database}", database="postgres")
        settings.psql(POSTGRES_DATA)
        yield settings


# ---- S3 ----

S3_SERVER = DEPENDENCIES / "bin/s3-server"


@dataclass
class S3:
    """A running S3 server; a bucket is a folder below `folder`, an object a file in it."""

    port: int
    folder: Path
    log: Path
    bucket: str = "lake"
    key: str = "S3C4NARYKEY"
    secret: str = "s3-c4nary-s3cret/with+signs="

    def config_secret(self, name="lake", port=None, **changes):
        """As in a config's `duckdb: secrets:`."""
        return {
            "name": name,
            "type": "s3",
            "key_id": self.key,
            "secret": self.secret,
            "region": "us-east-1",
            "endpoint": f"http://127.0.0.1:{port or self.port}",
            "options": {"url_style": "path"},
            "scope": f"s3://{self.bucket}",
            **changes,
        }

    def fresh_bucket(self):
        """The same server, with a bucket that nobody else uses."""
        bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        (self.folder / bucket).mkdir()
        return replace(self, bucket=bucket)

    def request(self, method, name="", content=b"", query=(), **headers):
        """Asks the server as clients of S3 do, with a signature of our own; the answer and its body."""
        path = quote(f"/{self.bucket}/{name}")
        query = urlencode(sorted(dict(query).items()), quote_via=quote)
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        signed = {
            "host": f"127.0.0.1:{self.port}",
            "x-amz-content-sha256": hashlib.sha256(content).hexdigest(),
            "x-amz-date": now,
            **{name: value for name, value in headers.items() if name.startswith("x-amz-")},
        }
        signed = dict(sorted(signed.items()))
        names = ";".join(signed)
        canonical = "\n".join([method, path, query, *[f"{key}:{value}" for key, value in signed.items()], "", names])
        canonical += "\n" + signed["x-amz-content-sha256"]
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = b"AWS4" + self.secret.encode()
        for word in [*scope.split("/"), to_sign]:
            key = hmac.digest(key, word.encode(), "sha256")
        authorization = f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
        headers = {**signed, "authorization": authorization, **headers}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)) as connection:
            connection.request(method, f"{path}?{query}" if query else path, content, headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def put(self, name, content):
        """Makes an object, as clients of S3 do, so that it has an ETag; its URI is handed back."""
        answer, body = self.request("PUT", name, content)
        if answer.status != 200:
            raise RuntimeError(f"the S3 server does not take {name}: {answer.status} {body.decode()}")
        return f"s3://{self.bucket}/{name}"

    def get(self, name):
        """What an object holds; None when there is none."""
        answer, body = self.request("GET", name)
        return body if answer.status == 200 else None


@contextmanager
def s3_server():
    """An S3 server with an empty bucket."""
    with tempfile.TemporaryDirectory(prefix="duckalog-s3-") as name:
        folder = Path(name)
        settings = S3(free_port(), folder / "buckets", folder / "server.log")
        (settings.folder / settings.bucket).mkdir(parents=True)
        (folder / "metadata").mkdir()
        (folder / "accounts").mkdir()
        command = [S3_SERVER, f"127.0.0.1:{settings.port}", folder]
        credentials = {"ROOT_ACCESS_KEY": settings.key, "ROOT_SECRET_KEY": settings.secret}
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": name, **credentials}
        with server_process(
            command, settings.log, lambda: accepts(settings.port), "the S3 server", cwd=folder, env=environment
        ):
            yield settings


# ---- Azure's blobs ----


@dataclass
class Azure:
    """A running azurite, which has one account, with a container."""

    port: int
    log: Path
    container: str = "lake"
    account: str = "duckalogtests"
    key: str = base64.b64encode(b"azure-c4nary-key-of-some-32-bytes-").decode()

    def connection_string(self, port=None, **changes):
        """As clients take it; a part that is None is left out."""
        parts = {
            "DefaultEndpointsProtocol": "http",
            "AccountName": self.account,
            "AccountKey": self.key,
            "BlobEndpoint": f"http://127.0.0.1:{port or self.port}/{self.account}",
            **changes,
        }
        return "".join(f"{name}={value};" for name, value in parts.items() if value is not None)

    def sas_token(self, permissions="r", seconds=3600):
        """A shared access signature for the container."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        parts = {"sv": "2021-10-04", "sr": "c", "sp": permissions, "se": until}
        to_sign = [permissions, "", until, f"/blob/{self.account}/{self.container}", *[""] * 3, parts["sv"], "c"]
        return urlencode({**parts, "sig": self.signature("\n".join([*to_sign, *[""] * 7]))})

    def signature(self, text):
        return base64.b64encode(hmac.digest(base64.b64decode(self.key), text.encode(), "sha256")).decode()

    def request(self, method, name="", content=b"", query=(), **headers):
        """Asks the server as its clients do, signed with the key; the answer and its body."""
        query = dict(query)
        path = quote(f"/{self.account}/{self.container}" + (f"/{name}" if name else ""))
        headers = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        headers["x-ms-date"] = formatdate(usegmt=True)
        headers["x-ms-version"] = "2021-10-04"
        length = str(len(content)) if content else ""
        known = ["content-md5", "content-type", "date", "if-modified-since", "if-match", "if-none-match"]
        known = [headers.get(name, "") for name in [*known, "if-unmodified-since", "range"]]
        own = [f"{name}:{value}" for name, value in sorted(headers.items()) if name.startswith("x-ms-")]
        resource = [f"/{self.account}{path}", *[f"{name}:{value}" for name, value in sorted(query.items())]]
        signature = self.signature("\n".join([method, "", "", length, *known, *own, *resource]))
        headers["authorization"] = f"SharedKey {self.account}:{signature}"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)) as connection:
            connection.request(method, f"{path}?{urlencode(query)}" if query else path, content, headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def put(self, name, content):
        """Makes a blob; its URI is handed back."""
        answer, body = self.request("PUT", name, content, x_ms_blob_type="BlockBlob")
        if answer.status != 201:
            raise RuntimeError(f"azurite does not take {name}: {answer.status} {body.decode()}")
        return f"az://{self.container}/{name}"

    def get(self, name):
        """What a blob holds; None when there is none."""
        answer, body = self.request("GET", name)
        return body if answer.status == 200 else None

    def make_container(self):
        answer, body = self.request("PUT", query={"restype": "container"})
        if answer.status != 201:
            raise RuntimeError(f"azurite does not make a container: {answer.status} {body.decode()}")

    def fresh_container(self):
        """The same server, with a container that nobody else uses."""
        fresh = replace(self, container=f"container-{uuid.uuid4().hex[:12]}")
        fresh.make_container()
        return fresh


@contextmanager
def azure_server():
    """Azurite, serving blobs from memory, with an empty container."""
    own_node = DEPENDENCIES / "node/bin/node"
    with tempfile.TemporaryDirectory(prefix="duckalog-azure-") as name:
        settings = Azure(free_port(), Path(name, "server.log"))
        command = [
            own_node if own_node.exists() else "node",
            DEPENDENCIES / "azurite/node_modules/azurite/dist/src/blob/main.js",
            *["--blobHost", "127.0.0.1", "--blobPort", settings.port],
            *["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"],
        ]
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": name}
        environment["AZURITE_ACCOUNTS"] = f"{settings.account}:{settings.key}"
        with server_process(
            command, settings.log, lambda: accepts(settings.port), "azurite", cwd=name, env=environment
        ):
            settings.make_container()
            yield settings


# ---- SFTP ----


@dataclass
class SFTP:
    """A running OpenSSH server that serves files only, to one user: by password, or by the key of the file `key`."""

    port: int
    user: str
    owner: dict  # as for Popen, when that user is not who runs the tests
    folder: Path
    files: Path  # where a client starts
    log: Path
    password: str = "sftp-c4nary-pa55word"

    @property
    def key(self):
        return self.folder / "user_key"

    @property
    def other_key(self):
        """A good key that the server does not know."""
        return self.folder / "other_key"

    @property
    def known_hosts(self):
        """The server's key by its addresses, as clients keep it."""
        return self.folder / "known_hosts"

    def url(self, name="", port=None):
        return f"sftp://{self.user}@127.0.0.1:{port or self.port}{self.files}/{name}"

    def fresh_folder(self):
        """The same server, with a folder that nobody else uses."""
        files = self.files / uuid.uuid4().hex[:12]
        files.mkdir()
        self.own(files)
        return replace(self, files=files)

    def own(self, path):
        if self.owner:
            os.chown(path, self.owner["user"], self.owner["group"])

    @property
    def host_public_key(self):
        return self.folder / "host_key.pub"

    def host_lines(self, port=None):
        """The server, here or behind another port, as lines of a file of known hosts."""
        key = " ".join(self.host_public_key.read_text().split()[:2])
        return "".join(f"[{host}]:{port or self.port} {key}\n" for host in ("127.0.0.1", "localhost"))

    @contextmanager
    def agent(self):
        """An ssh-agent that has the key; its socket."""
        with tempfile.TemporaryDirectory(prefix="duckalog-agent-") as name:
            address = Path(name, "socket")
            with server_process(
                ["ssh-agent", "-D", "-a", address], Path(name, "log"), address.exists, "the agent", cwd=name
            ):
                environment = {**os.environ, "SSH_AUTH_SOCK": str(address)}
                subprocess.run(["ssh-add", "-q", self.key], env=environment, check=True, timeout=TIMEOUT_S)
                yield address


def sshd_in(folder):
    """OpenSSH's server: the command, its environment and settings that only newer ones know."""
    system = Path("/usr/sbin/sshd")
    if system.exists():
        return system, {}, []
    # Its user may not be allowed into the folders above.
    root = Path(shutil.copytree(DEPENDENCIES / "ssh", folder / "ssh"))
    helpers = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}
    settings = [
        f"{setting} {root}/usr/lib/openssh/{name}"
        for setting, name in helpers.items()
        if (root / "usr/lib/openssh" / name).exists()
    ]
    libraries = ":".join(map(str, [*root.glob("usr/lib/*-linux-gnu"), *root.glob("lib/*-linux-gnu")]))
    return root / "usr/sbin/sshd", {"LD_LIBRARY_PATH": libraries}, settings


def one_password(folder, password):
    """The environment in which sshd takes this password, and asks no system: see sshd_password.c."""
    library = folder / "password.so"
    source = Path(__file__).with_name("sshd_password.c")
    run = {"check": True, "capture_output": True, "timeout": TIMEOUT_S}
    subprocess.run([shutil.which("cc") or "gcc", "-shared", "-fPIC", "-o", library, source], **run)
    hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password.encode(), **run).stdout
    return {"LD_PRELOAD": str(library), "SSHD_PASSWORD_HASH": hashed.decode().strip()}


@contextmanager
def sftp_server():
    """
    OpenSSH's server for SFTP, as the user who runs the tests; or for root, as one who is not: then it needs neither an
    account nor a folder of the system's.
    """
    owner = other_user()
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="duckalog-sftp-"))
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        name = pwd.getpwuid(owner.get("user", os.geteuid())).pw_name
        settings = SFTP(free_port(), name, owner, folder, folder / "files", folder / "server.log")
        settings.files.mkdir()
        for key in ("host_key", "user_key", "other_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "duckalog tests", "-f", folder / key],
                check=True,
                timeout=TIMEOUT_S,
            )
        shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
        settings.known_hosts.write_text(settings.host_lines())
        sshd, environment, newer_settings = sshd_in(folder)
        (folder / "sshd_config").write_text(
            f"""
Port {settings.port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
AllowUsers {name}
UseDNS no
DisableForwarding yes
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp -d {settings.files}
ForceCommand internal-sftp -d {settings.files}
"""
            + "\n".join([*newer_settings, ""])
        )
        environment = {"PATH": os.environ.get("PATH", ""), **environment, **one_password(folder, settings.password)}
        for path in (folder, folder / "host_key", settings.files):
            settings.own(path)
        ends.enter_context(
            server_process(
                [sshd, "-D", "-e", "-f", folder / "sshd_config"],
                settings.log,
                lambda: accepts(settings.port),
                "the SFTP server",
                cwd=folder,
                env=environment,
                **owner,
            )
        )
        yield settings
