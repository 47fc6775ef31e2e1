"""docs/commands.md has a section for each command, and that has each of its options. test_docs.py runs its examples."""

import re
import subprocess

import pytest
from conftest import PROGRAM, REPOSITORY, environment_of

PAGE = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = {part.split("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def help_of(tmp_path, *command):
    done = subprocess.run(
        [PROGRAM, *command, "--help"], env=environment_of(tmp_path), capture_output=True, text=True, check=True
    )
    return done.stdout


def options_in(text):
    return set(re.findall(r"--[a-z][a-z-]+", text))


@pytest.fixture
def commands(tmp_path):
    return re.findall(r"^  ([a-z-]+) .*", help_of(tmp_path).partition("Commands:\n")[2], re.MULTILINE)


def test_every_command_has_a_section_with_its_options(tmp_path, commands):
    assert len(commands) > 10
    assert set(commands) == set(SECTIONS) - {"Reading the config"}
    for command in commands:
        own, _, shared = help_of(tmp_path, command).partition("\nReading the config:\n")
        wanted = options_in(own.partition("\nOptions:\n")[2].partition("\nExample:")[0]) - {"--help"}
        missing = {option for option in wanted if not re.search(rf"{option}\b(?!-)", SECTIONS[command])}
        assert not missing, command
        for option in options_in(shared.partition("\nExample:")[0]):
            assert option in SECTIONS["Reading the config"]


def test_the_table_of_readme_has_every_command(commands):
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for command in commands:
        assert f"`duckalog {command}" in readme
