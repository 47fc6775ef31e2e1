"""
`duckalog init`: what it writes runs as it is, whatever the names; what is there is not touched unasked.
"""

import json
import os
import pty
import re
import select
import time

import duckalog_library as lib
import jsonschema
import pytest
import yaml
from conftest import PROGRAM, REPOSITORY, TIMEOUT_S

SCHEMA = "duckalog.schema.json"
DATABASE = "analytics_catalog.duckdb"
WEEKLY = "SELECT project, CAST(week AS VARCHAR), CAST(orders AS INTEGER) FROM weekly_summary ORDER BY week"

NASTY = [
    "plain", "two words", "it's", 'say "hi"', "back\\slash", "a: b", "# no comment", "a #b", "- item", "{x}", "[y]", "&a",
    "*a", "!tag", "%d %s %L", "@at", "`tick`", "| block", "> folded", "true", "null", "~", "on", "123", "0x1F", "1e5", ".5",
    "2024-01-01", "ключ", "データ", "🦆", "e\u0301", "a\nb", "a\n\nb\n", "\n  a", "a\r\nb", "tab\there", "  blanks  ", "--",
    "/* */", ";", "'; DROP VIEW orders; --", "''", "${env:HOME}", "$${env:HOME}", "x${env:", "${env:NOPE:x}", "$1", "{{a}}",
    "\x01\x1b[0m\x7f", "\u0085", "\u2028x\u2029", "\ufeff", "\u00a0", "\U000e0001", "\ufffe",
]  # fmt: skip


def init(room, *arguments, code=0, **options):
    outcome = room.duckalog("init", *arguments, **options)
    assert outcome.code == code, outcome.err
    return outcome


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_init_writes_runs_as_it_is(room, form):
    init(room, "--format", form)
    config = f"catalog.{form}"
    assert room.duckalog("validate", config).code == 0
    assert room.rows(WEEKLY, config=config) == [
        ("my_analytics_project", "2025-03-03", 3),
        ("my_analytics_project", "2025-03-10", 2),
    ]
    assert {name for _, name in room.views_in(DATABASE)} == {"orders", "daily_orders", "weekly_summary"}
    assert room.rows("SELECT current_setting('threads')", config=config) == [(4,)]


def test_yaml_and_json_say_the_same(room):
    init(room)
    init(room, "-f", "json")
    assert yaml.safe_load((room / "catalog.yaml").read_text()) == json.loads((room / "catalog.json").read_text())


def test_output_has_four_lines_and_next_steps_when_asked_for(room):
    out = init(room, "-d", "shops.duckdb", "--no-schema").out.splitlines()
    assert out == ["Created catalog.yaml", f"  path:     {room.folder}/catalog.yaml", "  format:   yaml",
                   "  database: shops.duckdb"]  # fmt: skip
    out = init(room, "-v", "-o", "a folder/it's.yaml").out.splitlines()
    assert out[4] == f"  schema:   {SCHEMA} (written)"
    assert out[6:] == ["Next:", "  duckalog validate 'a folder/it'\\''s.yaml'", "  duckalog run 'a folder/it'\\''s.yaml'",
                       "  duckalog run 'a folder/it'\\''s.yaml' --query \"FROM weekly_summary\""]  # fmt: skip


def test_schema_stands_beside_the_config_and_is_named_in_its_first_line(room):
    schema = room / "deep" / "folders" / SCHEMA
    assert "(written)" in init(room, "-o", "deep/folders/a.yml").out
    assert (room / "deep/folders/a.yml").read_text().startswith(f"# yaml-language-server: $schema={SCHEMA}\n")
    assert schema.read_text() == (REPOSITORY / "schema" / SCHEMA).read_text()
    jsonschema.validate(yaml.safe_load((room / "deep/folders/a.yml").read_text()), json.loads(schema.read_text()))
    before = schema.stat()
    assert "(there already)" in init(room, "-o", "deep/folders/b.yaml").out
    assert schema.stat().st_ino == before.st_ino
    schema.write_text("{}")
    assert "(replaced)" in init(room, "-o", "deep/folders/c.yaml").out
    assert len(schema.read_text()) > 1000


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_no_schema_leaves_out_file_and_line(room, form):
    assert "schema:" not in init(room, "--no-schema", "-f", form).out
    assert "schema" not in (room / f"catalog.{form}").read_text()
    assert not (room / SCHEMA).exists()


def test_examples_in_comments_are_right_once_the_sign_is_taken_away(room):
    init(room)
    text = (room / "catalog.yaml").read_text()
    uncommented = re.sub(r"^#(?=\w|  )", "", text, flags=re.MULTILINE)
    added = set(uncommented.splitlines()) - set(text.splitlines())
    assert len(added) == 12
    room.write("uncommented.yaml", uncommented)
    secrets = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "none-of-yours"}
    outcome = room.duckalog("validate", "uncommented.yaml", env=secrets)
    assert outcome.code == 0, outcome.err
    parsed = yaml.safe_load(uncommented)
    assert parsed["attachments"] and parsed["duckdb"]["secrets"] and len(parsed["views"]) == 4


def run_here(room, config):
    """`validate` and `run` by the library in this process, as starting DuckDB anew for each name takes its time."""
    status, problems = lib.problems_of_call(lib.validate, str(room / config).encode(), None)
    assert (status, problems) == (lib.OK, [])
    with lib.Catalog(room / config) as catalog:
        return catalog.query(WEEKLY)


@pytest.mark.parametrize("name", NASTY)
def test_any_project_name_is_quoted_right(room, name):
    for form in ("yaml", "json"):
        init(room, "-p", name, "-f", form, "--no-schema")
        assert {row[0] for row in run_here(room, f"catalog.{form}")} == {name}
    # Other tools read the same, but for the sign that keeps `${env:` from being replaced.
    read = [yaml.safe_load((room / "catalog.yaml").read_text()), json.loads((room / "catalog.json").read_text())]
    assert read[0] == read[1]


# A path is trimmed, `/` leads into folders, and a name is no longer than a file system has it.
@pytest.mark.parametrize("name", [n for n in NASTY if n == n.strip() and n.strip("\ufeff") and "/" not in n and n not in ("--", "~")])
def test_any_database_name_is_quoted_right(room, name):
    init(room, "-d", f"{name}.duckdb", "--no-schema")
    assert len(run_here(room, "catalog.yaml")) == 2
    assert (room / f"{name}.duckdb").exists()
    init(room, "-d", f"{name}.duckdb", "-f", "json")
    assert json.loads((room / "catalog.json").read_text()) == yaml.safe_load((room / "catalog.yaml").read_text())


def test_database_in_memory_is_fine_and_a_blank_one_is_not(room):
    init(room, "-d", ":memory:")
    assert len(room.rows(WEEKLY)) == 2
    assert "blank" in init(room, "-d", " ", "--force", code=2).err


def test_name_that_is_no_utf8_is_refused(room):
    for option in ("-d", "-p"):
        process = room.start("init", option, os.fsdecode(b"a\xff"))
        _, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 2
        assert b"UTF-8" in err
    assert not (room / "catalog.yaml").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--force", "--skip-existing"], ["-f", "toml"], ["-f", ""], ["-f", "YAML"], ["-o", "catalog.json"],
        ["-o", "catalog.txt"], ["-o", "catalog"], ["-o", ".yaml"], ["-o", ""], ["-f", "json", "-o", "catalog.yaml"], ["x"],
        ["-f"],
    ],
)  # fmt: skip
def test_wrong_usage_writes_nothing(room, arguments):
    before = room.everything()
    outcome = init(room, *arguments, code=2)
    assert outcome.err and not outcome.out
    assert room.everything() == before


@pytest.mark.parametrize("ending", ["yaml", "yml", "YAML"])
def test_each_ending_of_yaml_is_fine(room, ending):
    init(room, "-o", f"catalog.{ending}")


# ---- a file that is there ----


def test_file_that_is_there_is_left_alone_unless_asked(room):
    room.write("catalog.yaml", "mine")
    outcome = init(room, code=2)
    assert "catalog.yaml is there already" in outcome.err and "--force" in outcome.err
    assert init(room, "--skip-existing").out == "catalog.yaml is there already and stays as it is.\n"
    assert (room / "catalog.yaml").read_text() == "mine"
    assert not (room / SCHEMA).exists()
    init(room, "--force")
    assert len(room.rows(WEEKLY)) == 2


def test_folder_in_the_way_is_told_of(room):
    (room / "catalog.yaml").mkdir()
    assert "folder" in init(room, "--force", code=2).err
    room.write("file", "")
    assert "file" in init(room, "-o", "file/catalog.yaml", code=2).err


def test_what_a_link_leads_to_is_replaced(room):
    room.write("real.yaml", "mine")
    (room / "catalog.yaml").symlink_to("real.yaml")
    assert init(room, code=2).err
    init(room, "--force")
    assert (room / "catalog.yaml").is_symlink()
    assert "weekly_summary" in (room / "real.yaml").read_text()


def on_a_terminal(room, answer):
    """Runs `init` where somebody can answer: the exit code and all that was printed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(room.folder)
        os.execve(PROGRAM, ["duckalog", "init"], room.environment)
    printed, deadline = b"", time.monotonic() + TIMEOUT_S
    asked = False
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # what Linux says at the end
            break
        if not chunk:
            break
        printed += chunk
        if b"[y/N]" in printed and not asked:
            asked = True
            os.write(terminal, answer)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), printed.decode()


@pytest.mark.parametrize(
    ("answer", "code", "replaced"),
    [(b"y\n", 0, True), (b"YES\n", 0, True), (b"n\n", 0, False), (b"\n", 0, False), (b"nay\n", 0, False), (b"\x04", 1, False)],
)
def test_on_a_terminal_init_asks_and_takes_no_for_granted(room, answer, code, replaced):
    room.write("catalog.yaml", "mine")
    found, printed = on_a_terminal(room, answer)
    assert (found, "Replace it? [y/N]" in printed) == (code, True), printed
    assert ((room / "catalog.yaml").read_text() != "mine") == replaced


def test_on_a_terminal_nothing_is_asked_when_there_is_nothing_to_lose(room):
    code, printed = on_a_terminal(room, b"")
    assert code == 0
    assert "Replace" not in printed and "Created catalog.yaml" in printed


def test_init_needs_no_libduckdb(room):
    init(room, env={"DUCKALOG_LIBDUCKDB": "/nowhere/libduckdb.so"})
    assert room.duckalog("schema", env={"DUCKALOG_LIBDUCKDB": "/nowhere/libduckdb.so"}).code == 0
