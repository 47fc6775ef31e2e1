"""Each folder of examples/ runs, and prints what it says it prints.

An example is run in a copy, twice: the first call makes the data and builds the catalog, the second one restores it.
What it has to print, standard error included, is in its expected.txt; the second time, nothing is made any more and all
views are kept. The folder of the copy is left out of what is printed, times are `N ms`, and ports the usual one.

After a change: `DUCKALOG_TEST_WRITE_EXPECTED=1 python -m pytest tests/functional/test_examples.py`, then look at what git
shows.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM, REPOSITORY, TIMEOUT_S, environment_of, need_extension

EXAMPLES = REPOSITORY / "examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What the machine has to have, by the names of DuckDB's extensions.
EXTENSIONS = {
    "attachments": ["sqlite_scanner"],
    "postgres": ["postgres_scanner"],
    "secrets": ["httpfs"],
}


def committed_files():
    """Those of examples/ that are in the repository, or will be; all of them when this is no repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", "."],
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\0")
    files = [name for name in listed if name and (EXAMPLES / name).exists()]
    return files or [str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*") if path.is_file()]


class Visitor:
    """Someone who has the examples, and the program in the PATH."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = environment_of(folder)
        (folder / "programs").mkdir()
        (folder / "programs" / "duckalog").symlink_to(PROGRAM)
        self.environment["PATH"] = f"{folder / 'programs'}:{self.environment['PATH']}"
        for name in committed_files():
            target = folder / "examples" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(EXAMPLES / name, target)

    def call(self, script, cwd):
        """What is printed, without what differs between machines and days."""
        done = subprocess.run(
            [script],
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
        printed = done.stdout.decode("utf-8")
        assert done.returncode == 0, printed
        printed = printed.replace(f"{self.folder}/", "")
        printed = re.sub(r"\bPORT \d+", "PORT 5432", printed)
        return re.sub(r"\b\d+(\.\d+)? ms\b", "N ms", printed)

    def files(self, name):
        return {str(path.relative_to(self.folder)) for path in (self.folder / "examples" / name).rglob("*")
                if path.is_file()}  # fmt: skip


@pytest.fixture
def visitor(tmp_path):
    return Visitor(tmp_path)


def use_postgres(environment, postgres):
    """As in the README of the example: by the names that PostgreSQL's own programs know."""
    environment["PGHOST"] = postgres.host
    environment["PGPORT"] = str(postgres.port)
    environment["PGUSER"] = postgres.user
    environment["PGPASSWORD"] = postgres.password
    environment["PGDATABASE"] = postgres.database


def as_printed_again(expected):
    """What a call prints when data and views are there."""
    lines = [line for line in expected.splitlines(keepends=True) if not line.startswith("made in ")]
    return re.sub(
        r"\((\d+) created, (\d+) kept\)",
        lambda found: f"(0 created, {int(found[1]) + int(found[2])} kept)",
        "".join(lines),
    )


def not_ignored(files):
    """Those that git would offer to commit. None when this is no repository."""
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=REPOSITORY,
        input="\n".join(files),
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if done.returncode > 1 else sorted(set(files) - set(done.stdout.splitlines()))


@pytest.mark.parametrize("name", NAMES)
def test_example_prints_what_is_expected_and_again(name, visitor, request):
    for extension in EXTENSIONS.get(name, []):
        need_extension(extension)
    if name == "postgres":
        use_postgres(visitor.environment, request.getfixturevalue("postgres"))
    expected = EXAMPLES / name / "expected.txt"
    given = visitor.files(name)

    first = visitor.call(f"examples/{name}/run", visitor.folder)
    if os.environ.get("DUCKALOG_TEST_WRITE_EXPECTED"):
        expected.write_text(first, encoding="utf-8")
    assert expected.exists(), f"examples/{name}/expected.txt is missing; this is printed:\n{first}"
    assert first == expected.read_text(encoding="utf-8")

    # From elsewhere, by its absolute path.
    again = visitor.call(visitor.folder / "examples" / name / "run", "/")
    assert again == as_printed_again(first)
    assert not_ignored(visitor.files(name) - given) == []


@pytest.mark.parametrize("name", NAMES)
def test_readme_of_example_shows_what_is_there(name):
    """Blocks of text are parts of what is printed; blocks in other languages are parts of a file of the example."""
    folder = EXAMPLES / name
    files = [
        (EXAMPLES / file).read_text(encoding="utf-8")
        for file in committed_files()
        if file.startswith(f"{name}/") and not file.endswith("README.md")
    ]
    printed = (folder / "expected.txt").read_text(encoding="utf-8")
    blocks = FENCE.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert ("sh", f"examples/{name}/run build/duckalog\n") in blocks
    for language, content in blocks:
        if language == "text":
            assert content in printed, f"this is not printed:\n{content}"
        elif language != "sh":
            assert any(content in file for file in files), f"this is in no file:\n{content}"


def test_list_of_examples_names_each():
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w-]+)/README\.md\)", listed)
    assert sorted(linked) == NAMES
