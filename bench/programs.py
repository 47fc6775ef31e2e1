"""
The programs of a case, run in turns, and what is printed of them.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time


def run_program(program, *arguments):
    """What it prints; it has to work."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: this failed: {program} {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


class Program:
    """One of the programs of a case: its command, and what has to be done before each run."""

    def __init__(self, name, command, before=None, code=0):
        self.name = name
        self.command = command
        self.before = before
        self.code = code  # that it ends with
        self.wall = []
        self.processor = []
        self.memory = 0  # the largest resident set, in MiB

    def run(self):
        if self.before:
            self.before()
        out = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        if self.code != 0:
            out.append((os.POSIX_SPAWN_DUP2, 1, 2))
        start = time.perf_counter_ns()
        process = os.posix_spawn(self.command[0], self.command, os.environ, file_actions=out)
        _, status, usage = os.wait4(process, 0)
        end = time.perf_counter_ns()
        if os.waitstatus_to_exitcode(status) != self.code:
            sys.exit(f"bench: this ended with another code than {self.code}: {' '.join(self.command)}")
        self.wall.append((end - start) / 1e6)
        self.processor.append((usage.ru_utime + usage.ru_stime) * 1e3)
        self.memory = max(self.memory, usage.ru_maxrss / 1024)


class Case:
    """
    Programs beside each other, and the bar that the last of them has to pass. `make` is called when the case has its
    turn, makes what the programs need, and returns them.
    """

    def __init__(self, name, make, bar=None, whole=False, rounds=None):
        self.name = name
        self.make = make
        self.programs = []
        self.bar = bar  # takes the medians by program (the programs themselves, if `whole`), returns (met, text)
        self.whole = whole
        self.rounds = rounds  # at most, where one takes long

    def run(self, rounds):
        self.programs = self.make()
        for program in self.programs:  # what is in the system's cache afterwards is there for all
            program.run()
            program.wall.clear()
            program.processor.clear()
        for _ in range(min(rounds, self.rounds or rounds)):
            for program in self.programs:
                program.run()

    def report(self):
        base = self.programs[0]
        print(f"\n{self.name}")
        print(f"  {'':<16} {'wall':>9} {'least':>9} {'ratio':>6} {'processor':>10} {'ratio':>6}")
        for program in self.programs:
            wall = statistics.median(program.wall)
            processor = statistics.median(program.processor)
            print(
                f"  {program.name:<16} {wall:>6.2f} ms {min(program.wall):>6.2f} ms "
                f"{wall / statistics.median(base.wall):>6.2f} {processor:>7.2f} ms "
                f"{processor / max(statistics.median(base.processor), 0.001):>6.2f}"
            )
        if self.bar:
            met, text = self.bar({p.name: p if self.whole else statistics.median(p.wall) for p in self.programs})
            print(f"  {'PASS' if met else 'OVER THE BAR'}: {text}")


class FigureCase:
    """A program that measures something itself, and prints a number."""

    def __init__(self, name, make, unit, bar):
        self.name = name
        self.make = make  # as in a Case, of one program
        self.programs = []
        self.unit = unit
        self.bar = bar  # takes the median, returns (met, text)
        self.figures = []

    def run(self, rounds):
        self.programs = self.make()
        for _ in range(min(rounds, 11)):
            self.figures.append(float(run_program(*self.programs[0].command)))

    def report(self):
        median = statistics.median(self.figures)
        print(f"\n{self.name}")
        print(f"  {self.programs[0].name:<16} {median:>6.1f} {self.unit}, least {min(self.figures):.1f}")
        met, text = self.bar(median)
        print(f"  {'PASS' if met else 'OVER THE BAR'}: {text}")


# ---- instructions ----


def count_instructions(command, folder):
    if shutil.which("valgrind"):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", *command],
            capture_output=True, text=True,
        )  # fmt: skip
        found = re.search(r"Collected : (\d+)", done.stderr)
    else:
        done = subprocess.run(
            ["perf", "stat", "-x", ",", "-e", "instructions:u", *command], capture_output=True, text=True
        )
        found = re.search(r"^(\d+),,instructions", done.stderr, re.MULTILINE)
    return int(found.group(1)) if found else None


def report_instructions(cases, folder):
    print("\ninstructions of one run, in millions")
    for case in cases:
        print(f"  {case.name}")
        base = None
        for program in case.programs:
            if program.before:
                program.before()
            count = count_instructions(program.command, folder)
            if count is None:
                print(f"    {program.name:<16} can't be counted on this machine")
                continue
            base = base or count
            print(f"    {program.name:<16} {count / 1e6:>10.1f} {count / base:>6.2f}")
