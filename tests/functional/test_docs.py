"""What the documents say is what the program does.

The examples of README.md and docs/*.md are run page by page, each page in a folder of its own. What a fenced block is
for stands behind its language:

    ```yaml file=catalog.yaml    written to that file
    ```yaml check                a whole config that `duckalog validate` accepts
    ```sh run                    run, from the top of the page on; `run exit=2` when that exit code is expected
    ```text output               what the block above it prints, standard error included

In outputs `…` stands for any text within a line. Times and the folder differ from run to run, so both sides are
compared with times as `N ms` and the folder as /home/ada/shops.
"""

import os
import re
import subprocess

import pytest
from conftest import DUCKDB_CLI, EXTENSIONS, PROGRAM, REPOSITORY, WITH_REMOTE

PAGES = sorted([REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *(REPOSITORY / "docs").glob("*.md")])

FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block:
    def __init__(self, match, text):
        self.language = match.group(1)
        self.words = match.group(2).split()
        self.content = match.group(3)
        self.start, self.end = match.span(3)
        self.line = text.count("\n", 0, match.start()) + 1

    def value(self, name):
        return next((word.partition("=")[2] for word in self.words if word.startswith(name + "=")), None)


def blocks_of(page):
    text = page.read_text(encoding="utf-8")
    return [Block(match, text) for match in FENCE.finditer(text)]


def cached(name):
    """A value of the CMake cache of the build that is tested."""
    cache = (PROGRAM.parent / "CMakeCache.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:[A-Z]+=(.*)$", cache, re.MULTILINE)
    return found.group(1) if found else ""


class Reader:
    """Someone who follows a page: a home, a folder to work in, the programs, and an installed library."""

    def __init__(self, folder, installation):
        self.home = folder
        self.folder = folder / "shops"
        self.folder.mkdir()
        programs = folder / "programs"
        programs.mkdir()
        (programs / "duckalog").symlink_to(PROGRAM)
        (programs / "duckdb").symlink_to(DUCKDB_CLI)
        libraries = [str(p) for p in installation.rglob("lib*") if p.is_dir()]
        if cached("DUCKDB_LIBRARY"):
            libraries.append(os.path.dirname(cached("DUCKDB_LIBRARY")))
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "DUCKALOG_EXTENSION_DIRECTORY": str(EXTENSIONS),
            "PKG_CONFIG_PATH": ":".join(str(p) for p in installation.rglob("pkgconfig")),
            "CMAKE_PREFIX_PATH": str(installation),
            "CPATH": str(REPOSITORY / ".deps" / "duckdb" / "include"),
            "LIBRARY_PATH": ":".join(libraries),
            "LD_LIBRARY_PATH": ":".join(libraries),
        }

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def run(self, commands):
        done = subprocess.run(
            ["bash", "-c", commands],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8")

    def normalised(self, output):
        output = output.replace(str(self.home), "/home/ada")
        output = re.sub(r"\b\d+(\.\d+)? ms\b", "N ms", output)
        output = re.sub(r"elapsed_ms=\d+(\.\d+)?", "elapsed_ms=N", output)
        output = re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \|", "TIME |", output, flags=re.MULTILINE)
        return "\n".join(line.rstrip() for line in output.splitlines())


def matches(expected, actual):
    pattern = "[^\n]*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, actual) is not None


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """What `make install` leaves, staged."""
    prefix = tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        ["cmake", "--install", str(PROGRAM.parent), "--prefix", str(prefix)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return prefix


@pytest.fixture
def reader(tmp_path, installation):
    return Reader(tmp_path, installation)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_page_do_what_the_page_says(page, reader):
    printed = ""
    if not WITH_REMOTE and "://127.0.0.1" in page.read_text(encoding="utf-8"):
        pytest.skip("the program was built without remote support")
    for block in blocks_of(page):
        place = f"{page.name}:{block.line}"
        if block.value("file"):
            reader.write(block.value("file"), block.content)
        elif "check" in block.words:
            reader.write("checked.yaml", block.content)
            code, printed = reader.run("duckalog validate checked.yaml")
            assert code == 0, f"{place}: {printed}"
        elif "run" in block.words:
            code, printed = reader.run(block.content)
            assert code == int(block.value("exit") or 0), f"{place}: exit code {code}\n{printed}"
        elif "output" in block.words:
            expected, actual = reader.normalised(block.content), reader.normalised(printed)
            assert matches(expected, actual), f"{place}: the page says\n{expected}\n--- but this is printed:\n{actual}"


def anchors_of(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [*PAGES, REPOSITORY / "CHANGELOG.md", *(REPOSITORY / "examples").rglob("README.md")],
                         ids=lambda page: str(page.relative_to(REPOSITORY)))  # fmt: skip
def test_links_of_page_lead_somewhere(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors_of(linked), f"{page.name}: {target}"


def test_config_reference_is_what_the_schema_says():
    """After a change of src/config/schema.c: build-dev/config-reference >docs/config-reference.md"""
    printer = PROGRAM.parent / "config-reference"
    if not printer.exists():
        pytest.skip("this build has no config-reference: it comes with the unit tests (DUCKALOG_TESTS)")
    printed = subprocess.run([str(printer)], capture_output=True, check=True).stdout.decode("utf-8")
    page = (REPOSITORY / "docs" / "config-reference.md").read_text(encoding="utf-8")
    assert page == printed, "docs/config-reference.md is not what the schema says; print it anew"
