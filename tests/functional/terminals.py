"""A person at a terminal: keys go in, and the screen is looked at as it is shown."""

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pyte
from conftest import PROGRAM

PATIENCE_S = 20

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
TAB, ENTER, CTRL_A, CTRL_C, CTRL_D, CTRL_R, CTRL_Z = "\t", "\r", "\x01", "\x03", "\x04", "\x12", "\x1a"


class Screen(pyte.HistoryScreen):
    """Tells what is asked of it, as terminals do, and remembers the modes that pyte does not know."""

    def __init__(self, columns, lines):
        super().__init__(columns, lines, history=10_000)
        self.private = set()

    def set_mode(self, *modes, **options):
        self.private |= set(modes) if options.get("private") else set()
        super().set_mode(*modes, **options)

    def reset_mode(self, *modes, **options):
        self.private -= set(modes) if options.get("private") else set()
        super().reset_mode(*modes, **options)


class Terminal:
    """Starts a program on a terminal of its own, as its session's leader, so that Ctrl-C is a signal where it is one."""

    def __init__(
        self, *arguments, folder, environment, program=PROGRAM, columns=80, lines=24, kind="xterm-256color", files=None
    ):
        """`files`: by their numbers, what stands in the place of the terminal."""
        self.began = time.monotonic()
        self.pieces = []  # (seconds since the start, bytes)
        self.master, slave = pty.openpty()
        self.screen = Screen(columns, lines)
        self.stream = pyte.Stream(self.screen)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._set_size(columns, lines)
        self.process = subprocess.Popen(
            [str(program), *map(str, arguments)],
            cwd=folder,
            env={"LANG": "C.UTF-8", **({"TERM": kind} if kind else {}), **environment},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: self._take(files or {}),
        )
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    @staticmethod
    def _take(files):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for number, path in files.items():
            os.dup2(os.open(path, (os.O_RDWR | os.O_CREAT) if number else os.O_RDONLY, 0o600), number)

    def _set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines=24):
        self.screen.resize(lines, columns)
        self._set_size(columns, lines)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def paste(self, text):
        """As terminals do it for programs that have asked for it."""
        marked = f"\x1b[200~{text}\x1b[201~" if 2004 in self.screen.private else text
        self.type(marked.replace("\n", "\r"))

    def read(self, seconds=0.0):
        """Takes what there is; False when the program has closed the terminal."""
        while select.select([self.master], [], [], seconds)[0]:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return False
            if not part:
                return False
            self.pieces.append((time.monotonic() - self.began, part))
            self.stream.feed(self.decoder.decode(part))
            seconds = 0.0
        return True

    @property
    def raw(self):
        return b"".join(part for _, part in self.pieces)

    @property
    def lines(self):
        """The screen, without what is empty at its end."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def text(self):
        return "\n".join(self.lines)

    def wait_for(self, wanted, seconds=PATIENCE_S):
        """Until the screen has this text, or until it is as a function wants it."""
        is_there = wanted if callable(wanted) else lambda terminal: wanted in terminal.text
        until = time.monotonic() + seconds
        while not is_there(self):
            assert time.monotonic() < until, f"not on the screen: {wanted!r}\n{self.text}"
            if not self.read(0.05):
                assert is_there(self), f"ended without {wanted!r}\n{self.text}"
                break
        return self

    def wait_for_bytes(self, wanted, count=1, seconds=PATIENCE_S):
        """Until so much was written, also what is not on the screen any more."""
        return self.wait_for(lambda terminal: terminal.raw.count(wanted) >= count, seconds)

    def wait_for_prompt(self, prompt="duckalog>", seconds=PATIENCE_S):
        """Until the cursor is behind a prompt, and nothing is typed there."""
        return self.wait_for(lambda terminal: terminal.lines[-1:] == [prompt], seconds)

    def run(self, statement):
        self.type(statement + ENTER)
        self.wait_for(lambda terminal: statement.splitlines()[-1][-30:] in terminal.text)
        return self.wait_for_prompt()

    def end(self, seconds=PATIENCE_S):
        """Waits for the end of the program; returns its exit code."""
        until = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < until, f"the program goes on\n{self.text}"
            self.read(0.05)
        self.read(0.05)
        return self.process.returncode


def in_room(room, *arguments, columns=80, rows=24, files=None, TERM="xterm", **environment):
    """A terminal in a test's own folder; a variable that is None is not there."""
    environment = {name: value for name, value in {**room.environment, **environment}.items() if value is not None}
    return Terminal(
        *arguments, folder=room.folder, environment=environment, columns=columns, lines=rows, kind=TERM, files=files
    )


def run_on_terminal(room, *arguments, **options):
    """(exit code, what was written)"""
    with in_room(room, *arguments, **options) as terminal:
        return terminal.end(), terminal.raw


def screen_of(written, columns=80):
    """What was written, as a person sees it on a screen that is high enough for all of it."""
    screen = Screen(columns, 500)
    pyte.Stream(screen).feed(written.decode())
    return [line.rstrip() for line in screen.display[: screen.cursor.y + 1]]
