"""
How the program tells what it can do: help, hints for what was mistyped, completions and man pages. All of it comes from
the table of commands, so whatever --help lists has to be everywhere else too.
"""

import fcntl
import os
import re
import struct
import subprocess
import termios

import pytest
from conftest import PROGRAM, environment_of

# ---- what --help says, which the other tests compare with ----


def help_of(*command):
    words = [PROGRAM, *command, "--help"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


COMMANDS = re.findall(r"^  ([a-z-]+) .*", help_of().partition("Commands:\n")[2], re.MULTILINE)
OPTION_ROW = re.compile(r"^  (?:-(\w), |    )--([a-z-]+)(?: ([A-Z]+))?", re.MULTILINE)


def options_of(command):
    """Letter or "", name, and name of the argument or "", of each option of a command."""
    return OPTION_ROW.findall(help_of(command))


def words_of(command, option):
    """The words that an option takes, as its help lists them."""
    [said] = re.findall(rf"--{option} [A-Z]+ +((?:.*\n)(?: {{30,}}.*\n)*)", help_of(command))
    found = re.search(r"(\w+(?:, \w+)*) or (\w+)", said)
    return [*found[1].split(", "), found[2]] if found else []


def test_the_options_of_help_are_read_as_they_are():
    assert len(COMMANDS) > 10
    assert ("q", "query", "SQL") in options_of("run")
    assert ("", "prune", "") in options_of("run")
    assert words_of("init", "format") == ["yaml", "json"]


# ---- help ----


def shown_in_a_terminal(columns, *words):
    here, there = os.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([PROGRAM, *words], stdout=there)
    os.close(there)
    shown = b""
    try:
        while part := os.read(here, 65536):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(here)
    assert process.wait() == 0
    return shown.decode().splitlines()


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_help_fits_into_the_terminal(columns):
    for words in [["--help"], *([command, "--help"] for command in COMMANDS)]:
        lines = shown_in_a_terminal(columns, *words)
        wrapped = lines[: next((n for n, line in enumerate(lines) if line.startswith("Example")), None)]
        assert max(map(len, wrapped)) <= columns
        assert " ".join(" ".join(lines).split()) == " ".join(help_of(*words[:-1]).split())


def test_every_example_of_help_can_be_typed(room):
    """Each is a call with options that there are; whether its files are there is another question."""
    for command in COMMANDS:
        examples = re.findall(r"^    (duckalog .*)", help_of(command).partition("\nExample")[2], re.MULTILINE)
        assert examples
        for example in examples:
            call = re.split(r" [|<>]", example)[0] + " --help"
            program = f'duckalog() {{ "{PROGRAM}" "$@"; }}'
            done = subprocess.run(["sh", "-c", f"{program}; {call}"], capture_output=True, text=True, cwd=room.folder)
            assert (done.returncode, done.stderr) == (0, ""), example


# ---- what was mistyped ----


@pytest.mark.parametrize(
    "words, error, hint",
    [
        (["validat"], 'there is no command "validat"', "did you mean validate?"),
        (["run", "c.yaml", "--qury", "x"], "there is no option --qury here", "did you mean --query?"),
        (["run", "c.yaml", "--qury=x"], "there is no option --qury here", "did you mean --query?"),
        (["run", "c.yaml", "--lock-timout", "1"], "there is no option --lock-timout here", "did you mean --lock-timeout?"),
        (["run", "c.yaml", "--quite"], "there is no option --quite here", "did you mean --quiet?"),
        (["run", "c.yaml", "--zzzzzzzzzzzz"], "there is no option --zzzzzzzzzzzz here", None),
        (["run", "c.yaml", "--fo"], "--fo is short for several options: --force-rebuild or --format", None),
        (["run", "c.yaml", "--quiet=1"], "the option --quiet takes no value", None),
        (["run", "c.yaml", "--format", "jsn"], '--format takes table, csv, tsv, json, jsonl, markdown, html or parquet, not "jsn"', "did you mean json?"),
        (["graph", "c.yaml", "--format", "dott"], '--format takes mermaid, dot or json, not "dott"', "did you mean dot?"),
        (["init", "--format", "yml"], '--format takes yaml or json, not "yml"', "did you mean yaml?"),
        (["run", "c.yaml", "--log-level", "warn"], '--log-level takes error, warning, info or debug, not "warn"', None),
        (["run", "c.yaml", "--format", "workbook"], '--format takes table, csv, tsv, json, jsonl, markdown, html or parquet, not "workbook"', None),
    ],
)  # fmt: skip
def test_what_was_mistyped_is_told_with_what_may_have_been_meant(room, words, error, hint):
    outcome = room.duckalog(*words)
    assert (outcome.code, outcome.out) == (2, "")
    lines = [line for line in outcome.err.splitlines() if not line.startswith("usage:")]
    assert lines == [f"error: {error}"] + [f"hint: {hint}"] * (hint is not None)


def test_an_option_may_be_shortened_while_it_is_the_only_one_that_begins_so(room):
    room.catalog(("v", "SELECT 1 AS i"))
    assert room.run("--quer", "FROM v", "--form=csv").out == "i\n1\n"


# ---- the first call ----


BEGIN = "hint: duckalog init writes a config to begin with, catalog.yaml"


@pytest.mark.parametrize(
    "files, hint",
    [
        ([], BEGIN),
        (["other.yaml"], BEGIN),
        (["catalog.yaml"], "hint: there is a config in this folder: duckalog run catalog.yaml"),
        (["catalog.yml"], "hint: there is a config in this folder: duckalog run catalog.yml"),
        (["catalog.json"], "hint: there is a config in this folder: duckalog run catalog.json"),
        (["catalog.yaml", "catalog.json"], None),
    ],
)
def test_the_first_call_tells_how_to_begin(room, files, hint):
    for file in files:
        room.write(file, "version: 1\n")
    for words in ([], ["run"]):
        outcome = room.duckalog(*words)
        assert (outcome.code, outcome.out) == (2, "")
        assert [line for line in outcome.err.splitlines() if line.startswith("hint:")] == [hint] * (hint is not None)
    assert "CONFIG is missing" in room.duckalog("run").err


def test_a_command_without_its_config_names_itself_in_the_hint(room):
    room.write("catalog.yaml", "version: 1\n")
    for command in ("validate", "doctor"):
        assert f"duckalog {command} catalog.yaml\n" in room.duckalog(command).err
