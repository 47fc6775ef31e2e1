"""
The proxy does what it says: a test with a proxy that does nothing would prove nothing.
"""

import contextlib
import socket
import struct
import subprocess
import threading
import time

import pytest
from proxy import Authentication, Proxy
from servers import wait_until

ANSWER = bytes(range(256)) * 40  # more than a proxy's limit, less than a socket's buffer
SOON_S = 0.3


@pytest.fixture(scope="module")
def echo():
    """The port of a server that sends ANSWER for each byte it gets."""

    def answer(client):
        with client, contextlib.suppress(OSError):
            while received := client.recv(1):
                client.sendall(ANSWER * len(received))

    def serve(listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo):
    with Proxy(echo) as proxy:
        yield proxy


def connect(proxy):
    client = socket.create_connection(("127.0.0.1", proxy.port), 10)
    client.settimeout(10)
    return client


def receive(client, count):
    received = b""
    while len(received) < count:
        chunk = client.recv(count - len(received))
        assert chunk, f"the connection ended after {len(received)} of {count} bytes"
        received += chunk
    return received


def ask(client):
    client.sendall(b"?")
    return receive(client, len(ANSWER))


def is_silent(client):
    client.settimeout(SOON_S)
    try:
        client.recv(1)
        return False
    except TimeoutError:
        return True


def test_all_goes_through_and_is_counted(proxy):
    for _ in range(3):
        with connect(proxy) as client:
            assert ask(client) == ANSWER
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
    assert (proxy.connections, proxy.bytes_from_client, proxy.bytes_from_server) == (3, 3, 3 * len(ANSWER))
    assert proxy.most_open >= 1
    wait_until(lambda: proxy.open_connections == 0, "the connections to be over")


def test_a_delay_is_for_each_direction_and_for_the_handshake(proxy):
    proxy.delay_s = 0.1
    start = time.monotonic()
    with connect(proxy) as client:
        assert ask(client) == ANSWER
        first = time.monotonic() - start
        assert ask(client) == ANSWER
        second = time.monotonic() - start - first
    assert 0.4 <= first < 2  # two round trips: the handshake's, the question's
    assert 0.2 <= second < 2


def test_delayed_data_is_under_way_together(proxy):
    proxy.delay_s = 0.2
    with connect(proxy) as client:
        ask(client)
        start = time.monotonic()
        for _ in range(20):
            client.sendall(b"?")
            time.sleep(0.005)
        assert receive(client, 20 * len(ANSWER)) == 20 * ANSWER
    assert 0.4 <= time.monotonic() - start < 4  # one after another it would be 8 s


def test_mute_accepts_and_never_answers(proxy):
    proxy.mute()
    with connect(proxy) as client:
        client.sendall(b"?")
        assert is_silent(client)
    proxy.pass_on()
    with connect(proxy) as client:
        assert ask(client) == ANSWER


def test_refuse_leaves_a_port_with_nothing_listening(proxy):
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.pass_on()
    with connect(proxy) as client:
        assert ask(client) == ANSWER
    assert proxy.connections == 1


def test_reset_breaks_a_connection_at_once(proxy):
    proxy.reset()
    with pytest.raises(ConnectionResetError), connect(proxy) as client:
        client.recv(1)


def test_reset_after_lets_so_many_bytes_through(proxy):
    proxy.reset_after(1000)
    with connect(proxy) as client:
        client.sendall(b"?")
        assert receive(client, 1000) == ANSWER[:1000]
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_stall_after_lets_so_many_bytes_through_and_keeps_the_connection(proxy):
    proxy.stall_after(1000)
    with connect(proxy) as client:
        client.sendall(b"?")
        assert receive(client, 1000) == ANSWER[:1000]
        client.sendall(b"?")
        assert is_silent(client)
        assert proxy.open_connections == 1
    wait_until(lambda: proxy.open_connections == 0, "the client's leaving to be noticed")


def test_a_mode_is_for_new_connections_only(proxy):
    with connect(proxy) as client:
        ask(client)
        proxy.mute()
        assert ask(client) == ANSWER


def test_open_connections_can_be_stalled(proxy):
    with connect(proxy) as client:
        ask(client)
        proxy.stall_connections()
        client.sendall(b"?")
        assert is_silent(client)
        with connect(proxy) as another:
            assert ask(another) == ANSWER


def test_open_connections_can_be_broken(proxy):
    with connect(proxy) as client, connect(proxy) as another:
        ask(client)
        ask(another)
        proxy.kill_connections()
        for one in (client, another):
            with pytest.raises(ConnectionResetError):
                one.recv(1)
    with connect(proxy) as client:
        assert ask(client) == ANSWER


def test_a_server_that_is_gone_breaks_the_connection(echo):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with Proxy(unused.getsockname()[1]) as proxy, pytest.raises(ConnectionResetError), connect(proxy) as client:
            client.recv(1)


# ---- PostgreSQL ----


def message(kind, content):
    return kind + struct.pack("!I", 4 + len(content)) + content


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_the_end_of_authentication_is_found_in_any_chunks(size):
    authentication = Authentication()
    authentication.client_sent(struct.pack("!II", 8, 80877103))
    # The answer to SSLRequest is a bare N, which elsewhere begins a notice; a Z within a message is no ReadyForQuery.
    through = b"N" + message(b"R", bytes(4)) + message(b"S", b"Z\0Z\0\0\5ZZ") + message(b"Z", b"I")
    stream = through + message(b"T", b"more")
    passed = 0
    for at in range(0, len(stream), size):
        end = authentication.end_in(stream[at : at + size])
        if end is not None:
            passed += end
            break
        passed += len(stream[at : at + size])
    assert passed == len(through)


def test_a_postgres_server_can_stall_after_authentication(postgres):
    with Proxy(postgres.port) as proxy:
        assert postgres.psql("SELECT 1", port=proxy.port) == "1\n"
        proxy.stall_after_authentication()
        stalled = subprocess.Popen(
            postgres.client("-c", "\\echo connected", "-c", "SELECT 1", port=proxy.port),
            env=postgres.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            assert stalled.stdout.readline() == b"connected\n"
            with pytest.raises(subprocess.TimeoutExpired):
                stalled.wait(SOON_S)
            assert proxy.open_connections == 1
        finally:
            stalled.kill()
            stalled.communicate()
        wait_until(lambda: proxy.open_connections == 0, "the client's leaving to be noticed")


def test_a_server_with_its_slots_taken_turns_clients_away(small_postgres):
    assert not small_postgres.is_full()
    with small_postgres.full_slots():
        assert small_postgres.is_full()
    with small_postgres.full_slots(left=1):
        assert not small_postgres.is_full()
        assert small_postgres.connections() == small_postgres.max_connections - 1
    assert not small_postgres.is_full()
