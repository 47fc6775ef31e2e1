"""
SFTP against OpenSSH's server: which servers are trusted, who we are there, reading, and files that are there whole or not at
all. test_remote.py has configs over SFTP among those over other ways.
"""

import contextlib
import os
import signal
import subprocess
import time

import pytest
from conftest import wait_until
from proxy import Proxy
from transfers import MOVE_FILE, Mover

pytestmark = pytest.mark.skipif(not MOVE_FILE.exists(), reason="built without remote support")

OLD = b"what was there before\n"
NEW = os.urandom(300_000)
HOUR_S = 3600


class Client:
    """Calls of move-file in a home of its own, which knows the server and has its key."""

    def __init__(self, room, sftp):
        self.room = room
        self.sftp = sftp
        self.mover = Mover(room)
        self.ssh = room.folder / "home/.ssh"
        self.ssh.mkdir(mode=0o700)
        self.know(sftp.known_hosts.read_text())
        self.options = {"sftp_key_file": sftp.key}
        room.write("new", NEW)

    def know(self, lines):
        (self.ssh / "known_hosts").write_text(lines)

    def have_key(self, key, name="id_ed25519"):
        (self.ssh / name).write_bytes(key.read_bytes())
        (self.ssh / name).chmod(0o600)

    def good(self, *words, **options):
        return self.mover.good(*words, **{**self.options, **options})

    def bad(self, *words, **options):
        return self.mover.bad(*words, **{**self.options, **options})

    def start(self, *words, **options):
        return self.mover.start(*words, **{**self.options, **options})

    # -- on the server --

    def put(self, name, content, age_s=0, now=None):
        """A file of the server's user, made so long ago; its URI."""
        path = self.sftp.files / name
        path.write_bytes(content)
        self.sftp.own(path)
        os.utime(path, ((now or time.time()) - age_s,) * 2)
        return self.sftp.url(name)

    def there(self):
        """The names of what is there, and what is in the file."""
        return sorted(path.name for path in self.sftp.files.iterdir())

    def content(self, name="catalog.duckdb"):
        return (self.sftp.files / name).read_bytes()


@pytest.fixture
def client(room, sftp_folder):
    return Client(room, sftp_folder)


@pytest.fixture
def shelf(client):
    return client.put("catalog.duckdb", OLD)


@pytest.fixture
def far(client, sftp_folder):
    """A proxy before the server, which the client knows there, too."""
    with Proxy(sftp_folder.port) as proxy:
        client.know(sftp_folder.host_lines() + sftp_folder.host_lines(proxy.port))
        yield proxy


# ---- the server's key ----


def test_a_server_whose_key_is_not_known_is_not_asked(client, far, sftp_folder):
    client.know("")
    text = client.bad("find", sftp_folder.url("a", far.port))
    assert "the key of 127.0.0.1 is not known here" in text
    assert f"`ssh -p {far.port} 127.0.0.1`" in text and "ssh-keyscan" in text
    assert far.connections == 0


def test_a_server_with_another_key_than_before_is_not_let_near_anything(client, sftp_folder):
    other = (sftp_folder.folder / "other_key.pub").read_text().split()[1]
    known = sftp_folder.known_hosts.read_text()
    client.know(known.replace(known.split()[2], other))
    text = client.bad("find", sftp_folder.url("a"))
    assert "has another key than the one that is known here" in text
    assert f"ssh-keygen -R '[127.0.0.1]:{sftp_folder.port}'" in text
    assert client.bad("upload", "new", sftp_folder.url("a")).startswith("can't be written: 127.0.0.1 has another key")
    assert (client.ssh / "known_hosts").read_text().split()[2] == other


def test_a_known_host_may_be_hidden_among_others_with_other_kinds_of_keys(client, shelf, sftp_folder):
    # libcurl by itself takes the kind of key of the first hidden line, whoever's it is.
    key = sftp_folder.folder / f"rsa-{os.getpid()}"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", key], check=True)
    another = " ".join(key.with_name(key.name + ".pub").read_text().split()[:2])
    client.know(f"example.org {another}\n" + sftp_folder.known_hosts.read_text())
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", client.ssh / "known_hosts"], check=True, capture_output=True)
    assert "127.0.0.1" not in (client.ssh / "known_hosts").read_text()
    assert client.good("find", shelf)["is_there"]


@pytest.mark.parametrize(
    "names, is_known",
    [
        ("127.0.0.1", True),
        ("127.0.0.*", True),
        ("example.org,127.0.0.1", True),
        ("127.0.0.2", False),
        ("127.0.0.*,!127.0.0.1", False),
        ("@cert-authority 127.0.0.1", False),
    ],
)
def test_known_hosts_are_read_as_ssh_reads_them(client, shelf, sftp_folder, names, is_known):
    key = " ".join(sftp_folder.host_public_key.read_text().split()[:2])
    client.know(f"# a comment\n\n{names} {key} someone@somewhere\n")
    if is_known:
        client.good("find", shelf)
    else:
        assert "is not known here" in client.bad("find", shelf)


def test_a_key_that_was_revoked_is_not_known_any_more(client, shelf, sftp_folder):
    key = " ".join(sftp_folder.host_public_key.read_text().split()[:2])
    client.know(f"[127.0.0.1]:{sftp_folder.port} {key}\n@revoked * {key}\n")
    assert "is not known here" in client.bad("find", shelf)


# ---- who we are ----


def test_a_password_lets_in(client, shelf, sftp_folder):
    client.options = {"secret": sftp_folder.password}
    assert client.good("find", shelf)["size"] == len(OLD)
    uri = shelf.replace(f"{sftp_folder.user}@", "")
    assert client.good("find", uri, key=sftp_folder.user)["is_there"]
    client.options = {}
    client.mover.environment |= {"DUCKALOG_FS_SECRET": sftp_folder.password}
    assert client.good("find", shelf)["is_there"]


def test_a_wrong_password_is_said_and_not_shown(client, shelf, sftp_folder):
    client.options = {"secret": "wr0ng-pa55word"}
    text = client.bad("find", shelf)
    assert f"127.0.0.1 does not let {sftp_folder.user} in (with: the password)" in text
    assert "wr0ng" not in text


def test_a_wrong_key_is_said(client, shelf, sftp_folder):
    client.options = {"sftp_key_file": sftp_folder.other_key}
    assert f"does not let {sftp_folder.user} in (with: {sftp_folder.other_key})" in client.bad("find", shelf)


def test_without_any_key_or_password_nobody_is_asked(client, far, sftp_folder):
    client.options = {}
    text = client.bad("find", sftp_folder.url("a", far.port))
    assert f"no agent, key or password for {sftp_folder.user} at 127.0.0.1" in text
    assert "leave out --fs-anon" in client.bad("find", sftp_folder.url("a", far.port), anonymous=1)
    assert far.connections == 0


def test_the_usual_key_files_are_tried_one_after_the_other(client, shelf, sftp_folder):
    client.options = {}
    client.have_key(sftp_folder.other_key, "id_ed25519")
    client.have_key(sftp_folder.key, "id_ecdsa")
    assert client.good("find", shelf)["is_there"]


def test_the_agent_is_asked_before_the_key_files(client, shelf, sftp_folder):
    client.options = {}
    with sftp_folder.agent() as address:
        client.mover.environment |= {"SSH_AUTH_SOCK": str(address)}
        assert client.good("find", shelf)["is_there"]
    client.have_key(sftp_folder.key)
    assert client.good("find", shelf)["is_there"]  # an agent that is gone is no reason to give up


def test_the_user_is_that_of_the_address_or_whose_program_it_is(client, shelf, sftp_folder):
    uri = shelf.replace(f"{sftp_folder.user}@", "")
    client.mover.environment |= {"USER": "nobody-known"}
    assert "does not let nobody-known in" in client.bad("find", uri)
    client.mover.environment |= {"USER": sftp_folder.user}
    assert client.good("find", uri)["is_there"]


# ---- ~/.ssh/config ----


def test_what_ssh_is_told_of_a_server_counts_here_too(client, shelf, sftp_folder):
    client.options = {}
    client.mover.environment |= {"USER": "nobody-known"}
    client.have_key(sftp_folder.key, "special")
    (client.ssh / "more").write_text(f"Host shop-?\n  IdentityFile ~/.ssh/special\n  User {sftp_folder.user}\n")
    (client.ssh / "config").write_text(
        f"""
# as people write it
Match exec "false"
  User someone-else
Host *.example.org !shop-1
  Port 1
host other "shop-*" !shop-9
  HostName=127.0.0.1
  Port {sftp_folder.port}
Include more
Host *
  User too-late
"""
    )
    uri = f"sftp://shop-1{sftp_folder.files}/catalog.duckdb"
    assert client.good("find", uri)["is_there"]
    assert "key of shop-9 is not known" in client.bad("find", uri.replace("shop-1", "shop-9"), sftp_key_file=sftp_folder.key)


def test_that_there_is_a_machine_on_the_way_is_said_when_nothing_answers(client, sftp_folder, far):
    far.refuse()
    (client.ssh / "config").write_text("Host 127.0.0.1\n  ProxyJump elsewhere\n")
    assert "does not go through" in client.bad("find", sftp_folder.url("a", far.port))


def test_options_for_host_and_port_come_before_the_address(client, shelf, sftp_folder):
    uri = shelf.replace(f"127.0.0.1:{sftp_folder.port}", "nowhere.invalid")
    assert client.good("find", uri, sftp_host="127.0.0.1", sftp_port=sftp_folder.port)["is_there"]


def test_a_key_file_is_for_the_server_that_the_user_names_and_for_no_other(client, far, sftp_folder, room):
    client.put("part.yaml", b"views: [{name: v, sql: SELECT 7 AS n}]\n")
    elsewhere = sftp_folder.url("part.yaml", far.port)
    main = client.put("main.yaml", f"version: 1\nduckdb: {{}}\nimports: ['{elsewhere}']\n".encode())
    outcome = room.duckalog("validate", main, "--no-cache", "--sftp-key-file", sftp_folder.key)
    assert outcome.code == 4 and "there is no agent, key or password" in outcome.err and far.connections == 0
    room.write("local.yaml", f"version: 1\nduckdb: {{}}\nimports: ['{elsewhere}']\n")
    assert room.duckalog("validate", "local.yaml", "--no-cache", "--sftp-key-file", sftp_folder.key).code == 0
    assert far.connections > 0


def test_a_key_file_is_not_shown_to_a_server_that_only_a_document_by_https_names(client, web, far, sftp_folder, room):
    config = web.serve("/main.yaml", f"version: 1\nduckdb: {{database: '{sftp_folder.url('x.duckdb', far.port)}'}}\nviews: [{{name: v, sql: SELECT 7}}]\n".encode())
    for protocol in (["--fs-protocol", "https"], ["--fs-protocol", "sftp"], []):
        outcome = room.duckalog("run", config, "--sftp-key-file", sftp_folder.key, *protocol)
        assert outcome.code == 4 and ("without credentials" in outcome.err or "there is no agent" in outcome.err), outcome.err
    assert far.connections == 0


# ---- reading ----


@pytest.mark.parametrize("name", ["plain", "a b", "a%20b", "ä", "#1?x=1", 'quo"te\\'])
def test_a_file_of_any_name_goes_there_and_comes_back(client, room, sftp_folder, name):
    uri = sftp_folder.url() + name.replace("%", "%25")
    for _ in range(2):  # new, then replaced
        client.good("upload", "new", uri)
        assert client.there() == [name] and client.content(name) == NEW
    assert client.good("download", uri, "got")["size"] == len(NEW)
    assert (room / "got").read_bytes() == NEW


def test_a_space_may_be_written_as_in_other_addresses(client, sftp_folder):
    client.put("a b", OLD)
    assert client.good("find", sftp_folder.url("a%20b"))["is_there"]


def test_ssh_is_another_word_for_sftp(client, shelf):
    assert client.good("find", shelf.replace("sftp://", "ssh://"))["is_there"]


def test_a_file_is_found_with_its_size_and_its_version(client, shelf):
    first = client.good("find", shelf)
    assert first["size"] == len(OLD) and first["etag"]
    assert client.good("find", client.put("catalog.duckdb", OLD, age_s=10))["etag"] != first["etag"]


def test_that_a_file_is_not_there_is_an_answer_and_no_failure(client, sftp_folder):
    assert not client.good("find", sftp_folder.url("none"))["is_there"]
    assert client.bad("download", sftp_folder.url("none"), "got") == "is not there"


def test_a_folder_is_no_file(client, sftp_folder):
    for uri in (sftp_folder.url(""), "sftp://127.0.0.1"):
        assert "names no file" in client.bad("find", uri)


@pytest.mark.skipif(os.geteuid() != 0, reason="the server's user is who runs the tests")
def test_a_file_that_may_not_be_read_is_said(client, shelf, sftp_folder):
    os.chmod(sftp_folder.files / "catalog.duckdb", 0)
    assert client.bad("download", shelf, "got") == "can't be read: access denied"


def test_a_document_that_has_not_changed_for_a_while_is_not_read_again(client, far, sftp_folder, room):
    client.room.environment |= {"DUCKALOG_FS_SECRET": sftp_folder.password}
    now = time.time()
    text = b"version: 1\nduckdb: {}\nviews: [{name: v, sql: SELECT 1}]\n"
    text += b"# " + os.urandom(150_000).hex().encode() + b"\n"

    def read(content, age_s):
        client.put("a.yaml", content, age_s, now)
        before = far.bytes_from_server
        outcome = room.duckalog("validate", sftp_folder.url("a.yaml", far.port))
        assert outcome.code == 0, outcome.err
        return far.bytes_from_server - before > len(content)

    assert read(text, age_s=10)
    assert read(text, age_s=10)  # it may have changed within the same second
    assert read(text, age_s=1000)
    assert not read(text, age_s=1000)
    assert read(text, age_s=500)
    assert read(text + b"# more\n", age_s=500)


@pytest.mark.parametrize("count", [0, 10, 500, 1500, 2500, 3000, 100_000])
def test_a_server_that_stops_answering_is_given_up(client, shelf, far, sftp_folder, room, count):
    client.put("large", NEW)
    far.stall_after(count)
    start = time.monotonic()
    text = client.bad("download", sftp_folder.url("large", far.port), "got", timeout_ms=1000)
    assert text.startswith("can't be read: no answer within 1 s"), text
    assert time.monotonic() - start < 15
    assert not list(room.folder.glob("got*"))


# Not within the answer to who we are, at some 1500 bytes: libcurl takes that for a refusal.
@pytest.mark.parametrize("count", [0, 10, 500, 1000, 2500, 3000, 4000, 100_000])
def test_a_connection_that_breaks_is_begun_again(client, shelf, far, sftp_folder, room, count):
    client.put("large", NEW)
    far.reset_after(count)
    process = client.start("download", sftp_folder.url("large", far.port), "got")
    wait_until(lambda: far.connections > 0, "the first try")
    far.pass_on()
    answer = client.mover.answer(process)
    assert answer["good"], answer["message"]
    assert (room / "got").read_bytes() == NEW


def test_a_server_that_takes_no_connections_is_said(client, far, sftp_folder):
    far.refuse()
    assert client.bad("find", sftp_folder.url("a", far.port)) == (
        "can't be read: the server does not take connections"
    )


# ---- writing ----


def test_a_file_is_put_where_there_was_none(client, sftp_folder):
    answer = client.good("upload", "new", sftp_folder.url("catalog.duckdb"))
    assert client.content() == NEW and client.there() == ["catalog.duckdb"]
    assert (answer["size"], answer["done"], answer["total"]) == (len(NEW), len(NEW), len(NEW))


def test_a_file_takes_the_place_of_the_old_one_and_has_its_permissions(client, shelf, sftp_folder):
    os.chmod(sftp_folder.files / "catalog.duckdb", 0o640)
    client.good("upload", "new", shelf)
    assert client.content() == NEW and client.there() == ["catalog.duckdb"]
    assert (sftp_folder.files / "catalog.duckdb").stat().st_mode & 0o777 == 0o640


def test_an_empty_file_is_put_as_one(client, shelf, room):
    room.write("new", b"")
    assert client.good("upload", "new", shelf)["size"] == 0
    assert client.content() == b""


def test_only_the_version_that_is_meant_is_replaced(client, shelf, sftp_folder):
    known = client.put("catalog.duckdb", OLD, age_s=100) and client.good("find", shelf)["etag"]
    client.good("upload", "new", shelf, known)
    assert client.bad("upload", "new", shelf, known) == "was changed by someone else meanwhile"
    assert client.bad("upload", "new", sftp_folder.url("none"), known) == "was changed by someone else meanwhile"
    assert client.content() == NEW and client.there() == ["catalog.duckdb"]


def test_a_folder_that_is_not_there_is_said(client, sftp_folder):
    assert client.bad("upload", "new", sftp_folder.url("nowhere/a")) == "can't be written: its folder is not there"


def test_a_folder_is_not_replaced_by_a_file(client, sftp_folder):
    (sftp_folder.files / "folder").mkdir()
    assert client.bad("upload", "new", sftp_folder.url("folder")) == (
        "can't be written: it is a folder (name the file)"
    )
    assert client.there() == ["folder"] and (sftp_folder.files / "folder").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="the server's user is who runs the tests")
def test_a_folder_that_may_not_be_written_to_is_said(client, shelf, sftp_folder):
    os.chown(sftp_folder.files, 0, 0)
    assert client.bad("upload", "new", shelf) == "can't be written: access denied"
    assert client.content() == OLD


@pytest.mark.parametrize("count", [0, 1500, 2500, 4000])
def test_an_upload_to_a_server_that_stops_answering_leaves_the_old_file(client, shelf, far, sftp_folder, count):
    far.stall_after(count)
    text = client.bad("upload", "new", sftp_folder.url("catalog.duckdb", far.port), timeout_ms=1000)
    assert "can't be written: no answer within 1 s" in text
    assert client.content() == OLD


def test_an_upload_that_breaks_off_is_begun_again_and_leaves_nothing_behind(client, shelf, far, sftp_folder):
    far.reset_after(4000)
    process = client.start("upload", "new", sftp_folder.url("catalog.duckdb", far.port))
    wait_until(lambda: far.connections > 0, "the first try")
    far.pass_on()
    assert client.mover.answer(process)["good"]
    assert client.content() == NEW and client.there() == ["catalog.duckdb"]


def test_an_upload_can_be_interrupted_and_leaves_nothing_behind(client, shelf, far, sftp_folder, room):
    room.write("new", bytes(20_000_000))
    far.delay_s = 0.05
    process = client.start("upload", "new", sftp_folder.url("catalog.duckdb", far.port))
    wait_until(lambda: len(client.there()) == 2, "the part")
    process.send_signal(signal.SIGINT)
    assert client.mover.answer(process, 20)["message"] == "was not written: interrupted"
    assert client.content() == OLD and client.there() == ["catalog.duckdb"]


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_an_upload_that_is_killed_leaves_the_old_file_and_a_part_that_a_later_one_removes(
    client, shelf, far, sftp_folder, room, share
):
    size = 8_000_000
    room.write("new", bytes(size))
    far.delay_s = 0.02

    def part():
        return next(iter(sftp_folder.files.glob("catalog.duckdb.tmp-*")), None)

    process = client.start("upload", "new", sftp_folder.url("catalog.duckdb", far.port))
    with contextlib.closing(process.stdout), contextlib.closing(process.stderr):
        wait_until(lambda: part() and part().stat().st_size >= share * size, "the part")
        process.kill()
        process.wait()
    assert client.content() == OLD
    left = part()
    assert left and left.stat().st_size < size
    # One that may still be at work is left alone, and so is what only looks like ours.
    others = {"catalog.duckdb.tmp-mine", "x-" + left.name, "catalog.duckdb2.tmp-0123456789abcdef"}
    for name in others:
        client.put(name, b"", age_s=2 * HOUR_S)
    client.good("upload", "new", shelf)
    assert set(client.there()) == {"catalog.duckdb", left.name} | others
    os.utime(left, (time.time() - 2 * HOUR_S,) * 2)
    client.good("upload", "new", shelf)
    assert set(client.there()) == {"catalog.duckdb"} | others


def test_an_upload_that_is_killed_between_two_names_is_put_right_by_the_next(client, shelf, far, sftp_folder):
    far.delay_s = 0.2
    process = client.start("upload", "new", sftp_folder.url("catalog.duckdb", far.port))
    with contextlib.closing(process.stdout), contextlib.closing(process.stderr):
        wait_until(lambda: "catalog.duckdb" not in client.there(), "the old one to step aside")
        far.stall_connections()
        process.kill()
        process.wait()
    time.sleep(0.3)
    [aside] = sftp_folder.files.glob("catalog.duckdb.old-*")
    if "catalog.duckdb" not in client.there():
        assert aside.read_bytes() == OLD
        # The next one fails, too: but what was there is there again.
        assert "changed by someone else" in client.bad("upload", "new", shelf, "another-version")
        assert client.content() == OLD
    client.good("upload", "new", shelf)
    assert client.content() == NEW
    assert not [name for name in client.there() if ".old-" in name]


def test_two_uploads_at_a_time_leave_one_whole_file(client, shelf, room):
    contents = [bytes([letter]) * 2_000_000 for letter in b"ab"]
    processes = []
    for number, content in enumerate(contents):
        room.write(f"new-{number}", content)
        processes.append(client.start("upload", f"new-{number}", shelf))
    answers = [client.mover.answer(process) for process in processes]
    assert any(answer["good"] for answer in answers), answers
    assert client.content() in contents and client.there() == ["catalog.duckdb"]
