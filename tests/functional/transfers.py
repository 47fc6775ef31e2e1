"""
Calls move-file (tests/remote/move_file.c), which finds, gets and puts one file behind a URI as the program does.
"""

import json
import subprocess

from conftest import EXTENSIONS, PROGRAM, TIMEOUT_S

MOVE_FILE = PROGRAM.parent / "move-file"


class Mover:
    """Of a room: its environment, its folder."""

    def __init__(self, room):
        self.room = room
        self.environment = dict(room.environment)

    def start(self, *words, env=None, **options):
        """Starts it; the caller watches it, or kills it. Options have the names of duckalog_remote_options."""
        popen = {name: options.pop(name) for name in ("preexec_fn", "restore_signals") if name in options}
        given = [f"{name}={value}" for name, value in options.items()]
        return subprocess.Popen(
            [MOVE_FILE, *given, *map(str, words)],
            cwd=self.room.folder,
            env={**self.environment, "DUCKALOG_EXTENSION_DIRECTORY": str(EXTENSIONS), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **popen,
        )

    def call(self, *words, timeout=TIMEOUT_S, **options):
        """What came of it."""
        process = self.start(*words, **options)
        try:
            return self.answer(process, timeout)
        finally:
            process.kill()
            process.wait()

    @staticmethod
    def answer(process, timeout=TIMEOUT_S):
        out, err = process.communicate(timeout=timeout)
        assert process.returncode in (0, 1) and not err, f"{process.returncode}: {err.decode()}"
        answer = json.loads(out)
        assert answer["good"] == (process.returncode == 0) == (answer["message"] is None)
        return answer

    # -- what has to work, and what must not --

    def good(self, *words, **options):
        answer = self.call(*words, **options)
        assert answer["good"], answer
        return answer

    def bad(self, *words, **options):
        """Message and hint in one text."""
        answer = self.call(*words, **options)
        assert not answer["good"], answer
        return f"{answer['message']} ({answer['hint']})" if answer["hint"] else answer["message"]
