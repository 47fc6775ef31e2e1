"""
The program on a pseudo terminal: what it writes there and when, what a person sees in the end, keys and sizes from outside.

    with OnTerminal(room, "query", "FROM t", columns=40) as terminal:
        terminal.wait_for(b"query")
        terminal.keys(b"\\x03")
        assert terminal.end() == 130
"""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

from conftest import PROGRAM, TIMEOUT_S


def screen_of(written, columns=80):
    """The lines that are on the screen in the end: of a terminal that knows \\r, \\n, \\b, erasing, and no colours."""
    text = re.sub(r"\033\[[0-9;?]*[a-zHl]|\033[=>]", "", written.decode().replace("\033[J", "\0").replace("\033[K", "\1"))
    lines, row, column = [""], 0, 0
    for c in text:
        if c == "\r":
            column = 0
        elif c == "\b":
            column = max(0, column - 1)
        elif c == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif c in "\0\1":
            lines[row] = lines[row][:column]
            if c == "\0":
                del lines[row + 1 :]
        else:
            if column == columns:
                row, column = row + 1, 0
                lines += [""] * (row + 1 - len(lines))
            lines[row] = lines[row][:column].ljust(column) + c + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


class OnTerminal:
    """Standard input, output and error are the terminal, but for those that are given as files."""

    def __init__(self, room, *arguments, columns=80, rows=24, files=None, **environment):
        self.pieces = []  # (seconds since the start, bytes)
        self.code = None
        environment = {**room.environment, "TERM": "xterm", **environment}
        environment = {name: value for name, value in environment.items() if value is not None}
        self.began = time.monotonic()
        # The terminal is that of the process's session: Ctrl-C is a signal to it.
        self.pid, self.leader = pty.fork()
        if self.pid == 0:
            os.chdir(room.folder)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            for descriptor, path in (files or {}).items():
                os.dup2(os.open(path, (os.O_RDWR | os.O_CREAT) if descriptor else os.O_RDONLY, 0o600), descriptor)
            os.execve(PROGRAM, ["duckalog", *map(str, arguments)], environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.code is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.leader)

    @property
    def written(self):
        return b"".join(piece for _, piece in self.pieces)

    def _read(self, seconds):
        if not select.select([self.leader], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.leader, 65536)
        except OSError:
            return False
        if piece:
            self.pieces.append((time.monotonic() - self.began, piece))
        return bool(piece)

    def wait_for(self, wanted, count=1):
        until = time.monotonic() + TIMEOUT_S
        while self.written.count(wanted) < count:
            assert time.monotonic() < until and self._read(0.1), self.written

    def keys(self, keys):
        os.write(self.leader, keys)

    def resize(self, columns, rows=24):
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        """Reads to the end; the exit code."""
        until = time.monotonic() + TIMEOUT_S
        while self._read(0.1):
            assert time.monotonic() < until, self.written
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code


def run_on_terminal(room, *arguments, **options):
    """(exit code, what was written)"""
    with OnTerminal(room, *arguments, **options) as terminal:
        return terminal.end(), terminal.written
