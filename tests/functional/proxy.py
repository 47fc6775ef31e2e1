"""
A network that behaves badly on request: a proxy on loopback in front of a port of this machine.

    with Proxy(server.port, delay_s=0.15) as proxy:    # a round trip of 300 ms
        … connect to proxy.port …
        proxy.mute()                                    # from now on: accepts, and never answers

The mode is for connections accepted from then on; those that are open go on as they began, until stall_connections() or
kill_connections(). The delay may be changed at any time. Called from any thread; the work is done in one of its own.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass

CHUNK = 65536
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
RESET = object()  # in a queue of data: the connection ends here


@dataclass(frozen=True)
class Mode:
    name: str = "pass"
    after: int = 0  # bytes from the server


class Authentication:
    """Follows what a PostgreSQL server sends, up to its first ReadyForQuery."""

    def __init__(self):
        self.single = 0  # bytes without a message's frame to come: answers to SSLRequest
        self.buffer = b""

    def client_sent(self, chunk):
        if len(chunk) == 8 and struct.unpack("!II", chunk) in ((8, SSL_REQUEST), (8, GSS_REQUEST)):
            self.single += 1

    def end_in(self, chunk):
        """How many bytes of the chunk belong to it; None: all, and more to come."""
        before = len(self.buffer)
        self.buffer += chunk
        at = 0
        while len(self.buffer) - at > (0 if self.single else 4):
            if self.single:
                self.single -= 1
                at += 1
                continue
            length = 1 + struct.unpack_from("!I", self.buffer, at + 1)[0]
            if at + length > len(self.buffer):
                break
            if self.buffer[at : at + 1] == b"Z":
                return at + length - before
            at += length
        self.buffer = self.buffer[at:]
        return None


class Connection:
    """A client's connection, and ours to the server on its behalf."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.mode = proxy.mode
        self.opened = asyncio.get_running_loop().time()
        self.reader, self.writer = client
        self.writers = [self.writer]
        self.silent = self.mode.name == "mute"
        self.left = self.mode.after
        self.authentication = Authentication() if self.mode.name == "stall_after_authentication" else None

    async def serve(self):
        try:
            if self.mode.name == "reset":
                self.reset()
            elif self.mode.name == "mute":
                while await self.reader.read(CHUNK):
                    pass
            else:
                await self.pass_on()
        except OSError:
            self.reset()  # whichever side it came from, the other one sees the same
        finally:
            for writer in self.writers:
                writer.close()

    async def pass_on(self):
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.proxy.target)
        self.writers.append(server_writer)
        upward = asyncio.create_task(self.carry(self.reader, server_writer, self.from_client))
        downward = asyncio.create_task(self.carry(server_reader, self.writer, self.from_server))
        try:
            await upward
            if self.silent:
                return  # the client left; what the server has to say would not have come anyway
            await downward
        finally:
            for task in (upward, downward):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, OSError):
                    await task

    async def carry(self, reader, writer, take):
        """Pipelined: each chunk arrives so much later than it set off, however many are under way."""
        queue = asyncio.Queue()
        sender = asyncio.create_task(self.deliver(queue, writer))
        try:
            while chunk := await reader.read(CHUNK):
                now = asyncio.get_running_loop().time()
                for part in take(chunk):
                    # The handshake of a real connection is a round trip before anything can set off.
                    set_off = max(now, self.opened + 2 * self.proxy.delay_s)
                    queue.put_nowait((set_off + self.proxy.delay_s, part))
            if not self.silent:
                queue.put_nowait((asyncio.get_running_loop().time() + self.proxy.delay_s, None))
            elif writer is self.writer:
                await asyncio.Event().wait()  # the server left, but this client is not to know
            await sender if not self.silent else None
        finally:
            sender.cancel()

    async def deliver(self, queue, writer):
        while True:
            due, part = await queue.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if part is RESET:
                self.reset()
            elif part is None:
                writer.write_eof()
                return
            else:
                writer.write(part)
                await writer.drain()

    def from_client(self, chunk):
        self.proxy.bytes_from_client += len(chunk)
        if self.authentication is not None:
            self.authentication.client_sent(chunk)
        return [] if self.silent else [chunk]

    def from_server(self, chunk):
        self.proxy.bytes_from_server += len(chunk)
        if self.silent:
            return []
        end = None
        if self.authentication is not None:
            end = self.authentication.end_in(chunk)
        elif self.mode.name in ("stall_after", "reset_after"):
            end = self.left if self.left <= len(chunk) else None
            self.left -= len(chunk)
        if end is None:
            return [chunk]
        self.silent = True
        return [chunk[:end]] + ([RESET] if self.mode.name == "reset_after" else [])

    def reset(self):
        """RST, not FIN: what happens when a machine or a cable is gone and then heard of again."""
        for writer in self.writers:
            if (connection := writer.get_extra_info("socket")) is not None and connection.fileno() >= 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class Proxy:
    def __init__(self, target, delay_s=0.0):
        self.target = target
        self.delay_s = delay_s  # of each direction
        self.mode = Mode()
        self.connections = 0  # seen so far
        self.most_open = 0  # of them at a time
        self.bytes_from_client = 0
        self.bytes_from_server = 0
        self.live = set()

    def __enter__(self):
        # Keeps the port ours while nothing listens there.
        self.holder = self.bound_socket(0)
        self.port = self.holder.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.server = None
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.call(self.listen())
        return self

    def __exit__(self, *_):
        self.call(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        self.holder.close()

    @staticmethod
    def bound_socket(port):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    # -- modes --

    def switch(self, name, after=0):
        self.mode = Mode(name, after)
        self.call(self.unlisten() if name == "refuse" else self.listen())

    def pass_on(self):
        """As at the start: all goes through."""
        self.switch("pass")

    def refuse(self):
        """Nothing listens."""
        self.switch("refuse")

    def mute(self):
        """Accepts, and never answers."""
        self.switch("mute")

    def reset(self):
        """Accepts, and breaks the connection."""
        self.switch("reset")

    def reset_after(self, count):
        """Breaks the connection after so many bytes from the server."""
        self.switch("reset_after", count)

    def stall_after(self, count):
        """Goes silent after so many bytes from the server; the connection stays."""
        self.switch("stall_after", count)

    def stall_after_authentication(self):
        """Goes silent when a PostgreSQL server has told for the first time that it is ready for a query."""
        self.switch("stall_after_authentication")

    # -- what is open now --

    def stall_connections(self):
        """The connections that are open go silent, and stay."""
        self.call(self.for_each(lambda connection: setattr(connection, "silent", True)))

    def kill_connections(self):
        """The connections that are open break."""
        self.call(self.for_each(Connection.reset))

    @property
    def open_connections(self):
        return len(self.live)

    # -- in the thread --

    async def listen(self):
        if self.server is None:
            bound = self.bound_socket(self.port)
            self.server = await asyncio.start_server(self.accept, sock=bound, backlog=128)

    async def unlisten(self):
        if self.server is not None:
            self.server.close()
            self.server = None

    async def accept(self, reader, writer):
        connection = Connection(self, (reader, writer))
        self.connections += 1
        self.live.add(connection)
        self.most_open = max(self.most_open, len(self.live))
        try:
            await connection.serve()
        except asyncio.CancelledError:
            pass  # the proxy ends
        finally:
            self.live.discard(connection)

    async def for_each(self, do):
        for connection in list(self.live):
            do(connection)

    async def end(self):
        await self.unlisten()
        await self.for_each(Connection.reset)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
