"""docs/commands.md has a section for each command, and that has each of its options. test_docs.py runs its examples."""

import re
import subprocess

import pytest
from conftest import PROGRAM, REPOSITORY, environment_of

PAGE = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
SHARED = ["Statements", "Results", "Reading the config", "What is behind URIs", "Connecting"]
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
    assert set(commands) == set(SECTIONS) - set(SHARED)
    for command in commands:
        # "Options:" and the groups that several commands share, each with its title.
        groups = re.split(r"\n\n(?=\S[^\n]*:\n)", help_of(tmp_path, command).partition("\nExample")[0])[1:]
        for group in groups:
            title, _, rows = group.partition(":\n")
            section = SECTIONS[title if title in SHARED else command]
            missing = {o for o in options_in(rows) - {"--help"} if not re.search(rf"{o}\b(?!-)", section)}
            assert not missing, f"{command}: {title}"


def test_the_table_of_readme_has_every_command(commands):
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for command in commands:
        assert f"`duckalog {command}" in readme
