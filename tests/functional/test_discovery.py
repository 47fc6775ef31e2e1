"""
How the program tells what it can do: help, hints for what was mistyped, completions and man pages. All of it comes from
the table of commands, so whatever --help lists has to be everywhere else too.
"""

import fcntl
import os
import re
import shutil
import struct
import subprocess
import termios

import pytest
from conftest import PROGRAM, REPOSITORY
from shells import offers

# ---- what --help says, which the other tests compare with ----


def help_of(*command):
    words = [PROGRAM, *command, "--help"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


COMMANDS = re.findall(r"^  ([a-z-]+) .*", help_of().partition("Commands:\n")[2], re.MULTILINE)
OPTION_ROW = re.compile(r"^  (?:-(\w), |    )--([a-z-]+)(?: ([A-Z=]+\b(?: [A-Z]+\b)*))?", re.MULTILINE)


def options_of(command):
    """Letter or "", name, and name of the argument or "", of each option of a command."""
    return OPTION_ROW.findall(help_of(command))


def words_of(command, option):
    """The words that an option takes, as its help lists them."""
    [said] = re.findall(rf"--{option} [A-Z]+ +((?:.*\n)(?: {{30,}}.*\n)*)", help_of(command))
    found = re.search(r"(\w+(?:, \w+)*) or (\w+)", " ".join(said.split()))
    return [*found[1].split(", "), found[2]] if found else []


def test_the_options_of_help_are_read_as_they_are():
    assert len(COMMANDS) > 10
    assert ("q", "query", "SQL") in options_of("run")
    assert ("", "prune", "") in options_of("run")
    assert ("", "plot", "KIND X Y") in options_of("query")
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
        (["graph", "c.yaml", "--format", "dott"], '--format takes mermaid, dot, json or text, not "dott"', "did you mean dot?"),
        (["run", "c.yaml", "--format", "jsn"], '--format takes table, csv, tsv, json, jsonl, markdown, html, parquet or arrow, not "jsn"', "did you mean json?"),
        (["init", "--format", "yml"], '--format takes yaml or json, not "yml"', "did you mean yaml?"),
        (["run", "c.yaml", "--log-level", "warn"], '--log-level takes error, warning, info or debug, not "warn"', None),
        (["run", "c.yaml", "--format", "workbook"], '--format takes table, csv, tsv, json, jsonl, markdown, html, parquet or arrow, not "workbook"', None),
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


# ---- completions ----


SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def shop(room):
    """A config and a catalog of it, and files of other kinds."""
    views = [("orders", "SELECT 1 AS i"), ("ordered", "SELECT 1 AS i"), ("two words", "SELECT 1 AS i"), ("select", "SELECT 1 AS i")]
    room.catalog(*views, {"name": "by_city", "db_schema": "reports", "sql": "SELECT 1 AS i"})
    room.run()
    room.write("notes.txt", "")
    room.write("my configs/other.json", "{}")
    return room


def completed(room, shell, lines):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}; scripts/setup test installs it")
    return offers(shell, lines, room.folder)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_is_one_that_the_shell_can_read(room, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}; scripts/setup test installs it")
    outcome = room.duckalog("completion", shell)
    assert (outcome.code, outcome.err) == (0, "")
    script = room.write("script", outcome.out)
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_and_each_of_their_options_are_completed(room, shell):
    first, *rest = completed(room, shell, ["duckalog ", *(f"duckalog {command} --" for command in COMMANDS)])
    assert first - {"--help", "--version"} == set(COMMANDS)
    for command, found in zip(COMMANDS, rest, strict=True):
        assert {word for word in found if word.startswith("--")} == {f"--{name}" for _, name, _ in options_of(command)}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_words_of_an_option_are_completed(room, shell):
    having = [(c, name) for c in COMMANDS for _, name, _ in options_of(c) if name in ("format", "log-level", "plot")]
    assert len(having) > 6
    found = completed(room, shell, [f"duckalog {command} --{name} " for command, name in having])
    for (command, name), words in zip(having, found, strict=True):
        assert words == set(words_of(command, name)), (command, name)


@pytest.mark.parametrize("shell", SHELLS)
def test_an_argument_is_completed_with_what_it_can_be(shop, shell):
    configs, files, folders = {"catalog.yaml"}, {"catalog.yaml", "catalog.duckdb", "notes.txt"}, {"home", "my configs"}
    script = {f"duckalog.{shell}"}
    having = [(c, name, takes) for c in COMMANDS for _, name, takes in options_of(c) if takes in ("CONFIG", "FILE", "FOLDER")]
    assert {takes for _, _, takes in having} == {"CONFIG", "FILE", "FOLDER"}
    expected = {"CONFIG": configs | folders, "FILE": files | script | folders, "FOLDER": folders}
    found = completed(shop, shell, [f"duckalog {command} --{name} " for command, name, _ in having])
    for (command, name, takes), words in zip(having, found, strict=True):
        assert words == expected[takes], (command, name)


@pytest.mark.parametrize("shell", SHELLS)
def test_operands_are_completed_by_their_place(shop, shell):
    configs = {"catalog.yaml", "home", "my configs"}
    cases = {
        "duckalog run ": configs,
        "duckalog run --quiet ": configs,
        "duckalog run --lock-timeout 3 --format csv ": configs,
        "duckalog run cat": {"catalog.yaml"},
        "duckalog run catalog.yaml ": set(),
        "duckalog run catalog.yaml --lock-timeout ": set(),
        "duckalog run --plot ": {"bar", "line"},
        "duckalog run --plot bar ": set(),
        "duckalog run --plot bar x ": set(),
        "duckalog run --plot bar x y ": configs,
        "duckalog run --plot=bar x y --quiet cat": {"catalog.yaml"},
        "duckalog completion ": set(SHELLS),
        "duckalog completion b": {"bash"},
        "duckalog init ": set(),
        "duckalog nope ": set(),
    }
    found = completed(shop, shell, list(cases))
    for line, words in zip(cases, found, strict=True):
        # Where nothing more can stand, zsh shows options.
        assert {word for word in words if not word.startswith("-")} == cases[line], line


@pytest.mark.parametrize("shell", SHELLS)
def test_the_last_word_of_sql_is_completed_with_names_of_views(shop, shell):
    sources = ["query -c catalog.duckdb", "query --catalog catalog.duckdb", "query --config catalog.yaml", "run --quiet catalog.yaml -q"]
    lines = [f'duckalog {source} "SELECT i FROM {part}' for source in sources for part in ("ord", "rep", "two", "nope")]
    nowhere = ['duckalog query "FROM ord', 'duckalog run gone.yaml -q "FROM ord', 'duckalog query -c notes.txt "FROM ord']
    found = completed(shop, shell, lines + nowhere)
    words = [{offer.rpartition(" ")[2] for offer in offered} for offered in found]
    assert words == [{"orders", "ordered"}, {"reports.by_city"}, set(), set()] * len(sources) + [set()] * len(nowhere)
    if shell != "zsh":  # which completes only what is behind the last blank
        assert found[0] == {"SELECT i FROM orders", "SELECT i FROM ordered"}


def test_names_of_views_are_found_without_a_network_and_in_what_can_be_read(room):
    room.config(
        {
            "version": 1,
            "imports": ["http://127.0.0.1:1/more.yaml", "good.yaml"],
            "attachments": {"postgres": [{"alias": "p", "host": "127.0.0.1", "port": 1, "database": "d"}]},
            "views": [{"name": "a", "sql": "SELECT 1"}, {"name": "b", "sql": "SELECT ${env:NO_SUCH_VARIABLE}"}],
        }
    )
    room.config({"views": [{"name": "c", "sql": "SELECT 1"}]}, "good.yaml")
    outcome = room.duckalog("completion", "--views", "catalog.yaml", env={"DUCKALOG_LIBDUCKDB": "/nonexistent"})
    assert (outcome.code, outcome.err) == (2, "")
    assert set(outcome.out.split()) >= {"a", "c"}


@pytest.mark.parametrize("file, code", [("gone.yaml", 2), ("gone.duckdb", 3), ("notes.txt", 3), ("s3://b/c.duckdb", 2), ("http://127.0.0.1:1/c.yaml", 2)])
def test_where_no_names_can_be_found_nothing_is_said(shop, file, code):
    outcome = shop.duckalog("completion", "--views", file)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", "")


@pytest.mark.parametrize("words", [[], ["bash", "--views", "catalog.yaml"]])
def test_completion_wants_a_shell_or_a_file(room, words):
    outcome = room.duckalog("completion", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "error: completion takes a shell or --views\nhint: as in: duckalog completion bash\n"
    outcome = room.duckalog("completion", "zssh")
    assert outcome.err == 'error: completion takes bash, zsh or fish, not "zssh"\nhint: did you mean zsh?\n'


# ---- the manual ----


MANUAL = PROGRAM.parent / "man"


def mandoc(*words):
    if shutil.which("mandoc") is None:
        pytest.skip("there is no mandoc; scripts/setup test installs it")
    return subprocess.run(["mandoc", *words], capture_output=True, text=True, check=False)


def page_of(name):
    """A page as a reader sees it, on lines that do not end."""
    shown = mandoc("-T", "ascii", "-O", "width=1000", MANUAL / f"{name}.1").stdout
    return re.sub(r".\x08", "", shown)


def test_there_is_a_page_of_the_program_and_of_each_command():
    names = {"duckalog", *(f"duckalog-{command}" for command in COMMANDS)}
    assert {page.name for page in MANUAL.iterdir()} == {f"{name}.1" for name in names}
    whole = page_of("duckalog")
    assert all(f"duckalog-{command}(1)" in whole for command in COMMANDS)


def test_mandoc_finds_nothing_wrong_with_any_page():
    # It looks for other pages where the system has its own, so ours are not found before they are installed.
    pages = {page.stem for page in MANUAL.iterdir()}
    for page in sorted(MANUAL.iterdir()):
        said = mandoc("-T", "lint", "-W", "style", page).stdout.splitlines()
        unknown = [re.search(r"STYLE: referenced manual not found: Xr (\S+) 1(?: \(\d+ times\))?$", line) for line in said]
        assert [line for line, found in zip(said, unknown, strict=True) if not found or found[1] not in pages] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_of_a_command_says_all_that_its_help_says(command):
    page, said = page_of(f"duckalog-{command}"), help_of(command)
    for letter, name, argument in options_of(command):
        term = (f"-{letter}, " if letter else "") + f"--{name}" + (f" {argument}" if argument else "")
        assert len(re.findall(rf"^     {term}( {{2,}}|$)", page, re.MULTILINE)) == 1, term
    options, _, examples = said.partition("\nExample")
    for help in re.findall(r"(?:--\S+(?: [A-Z=]+\b)* +)(\S.*(?:\n {30,}.*)*)", options.partition("Options:\n")[2]):
        assert " ".join(help.split()) in " ".join(page.split()).replace(".  ", ". ")
    for example in re.findall(r"^    (\S.*)", examples, re.MULTILINE):
        assert f"           {example}\n" in page
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        assert f"\n{section}\n" in page
    [summary] = re.findall(r"^usage: .*\n\n((?:.+\n)+)\nOptions:", options)
    assert f"duckalog-{command} - {' '.join(summary.split()).removesuffix('.')}\n" in page


def test_every_variable_that_the_program_reads_is_in_the_manual():
    """By the sources, but for what says nothing about duckalog in particular."""
    usual = {"HOME", "PATH", "TERM"}
    sources = "".join(path.read_text() for path in (REPOSITORY / "src").rglob("*.[ch]"))
    read = set(re.findall(r'"(DUCKALOG_[A-Z_]+)"', sources)) | set(re.findall(r'(?:getenv|variable)\("([A-Z_]+)"\)', sources))
    assert len(read) > 4
    section = page_of("duckalog").partition("\nENVIRONMENT\n")[2].partition("\nFILES\n")[0]
    assert set(re.findall(r"^     ([A-Z_]+)(?=$|  )", section, re.MULTILINE)) == read - usual
