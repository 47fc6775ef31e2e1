"""`duckalog validate --json`, which editors and CI read."""

import json
import os

FIELDS = ["severity", "code", "file", "line", "column", "path", "phase", "object", "message", "hint", "transient"]


def checked(room, name, code, *arguments, **options):
    outcome = room.duckalog("validate", name, "--json", *arguments, **options)
    assert (outcome.code, outcome.err) == (code, "")
    found = json.loads(outcome.out)
    assert list(found) == ["valid", "problems"]
    assert all(list(problem) == FIELDS for problem in found["problems"])
    assert found["valid"] == (code == 0)
    return found["problems"]


def test_valid_config_has_no_problems_in_json(room):
    room.catalog(("a", "SELECT 1"))
    assert checked(room, "catalog.yaml", 0) == []
    assert checked(room, "catalog.yaml", 0, "-vv") == []


def test_problems_in_json_are_those_in_text(room):
    room.config("version: 1\nduckdb:\n  databse: x\nviews:\n  - {name: a, source: parqet}\n  - {name: b, sql: SELEC}\n")
    problems = checked(room, "catalog.yaml", 2)
    text = room.duckalog("validate", "catalog.yaml").err.splitlines()
    hints = ["; " + p["hint"] if p["hint"] else "" for p in problems]
    lines = [f"{p['file']}:{p['line']}:{p['column']}: {p['path']}: {p['message']}" for p in problems]
    assert [line + hint for line, hint in zip(lines, hints)] == text
    assert problems[0] == {
        "severity": "error", "code": "unknown-key", "file": "catalog.yaml", "line": 3, "column": 3,
        "path": "duckdb.databse", "phase": None, "object": None, "message": "unknown key", "hint": "did you mean database?",
        "transient": False,
    }  # fmt: skip


def test_warnings_in_json_leave_a_config_valid(room):
    room.config("version: 1\nduckdb: {}\nviews:\n  - {name: a, sql: SELECT 1, source: parquet, uri: x}\n")
    [problem] = checked(room, "catalog.yaml", 0)
    assert (problem["severity"], problem["code"]) == ("warning", "source-ignored")


def test_problem_of_a_file_has_no_line_in_json(room):
    [problem] = checked(room, "none.yaml", 2)
    assert (problem["file"], problem["line"], problem["column"], problem["path"]) == ("none.yaml", None, None, None)
    [problem] = checked(room, "", 2)
    assert (problem["code"], problem["file"]) == ("usage", None)
    [problem] = checked(room, os.fsdecode(b"n\xffne.yaml"), 2)
    assert problem["file"] == "n\ufffdne.yaml"


def test_no_libduckdb_is_a_problem_in_json(room):
    room.catalog(("a", "SELECT 1"))
    [problem] = checked(room, "catalog.yaml", 3, env={"DUCKALOG_LIBDUCKDB": "/nowhere/libduckdb.so"})
    assert problem["code"] == "no-duckdb"


def test_no_secret_value_is_in_json(room):
    room.config("version: 1\nduckdb:\n  secrets:\n    - {type: s3, key_id: k, secret: c4nary-secret, region: [c4nary-secret]}\n"
                "  settings: [c4nary-secret = 1]\n")  # fmt: skip
    outcome = room.duckalog("validate", "catalog.yaml", "--json")
    assert outcome.code == 2 and "c4nary" not in outcome.out + outcome.err


def test_place_in_json_counts_characters_and_text_is_utf8(room):
    room.config('version: 1\nduckdb: {}\nviews: [{name: "žluť", sql: SELECT 1, "klíč": 1}]\n')
    [problem] = checked(room, "catalog.yaml", 2)
    assert (problem["line"], problem["column"], problem["path"]) == (3, 39, "views[0].klíč")


def test_json_on_a_full_disk_or_closed_pipe_is_no_success_unsaid(room):
    room.catalog(("a", "SELECT 1"))
    with open("/dev/full", "wb") as full:
        outcome = room.duckalog("validate", "catalog.yaml", "--json", stdout=full)
    assert outcome.code == 1 and "standard output can't be written" in outcome.err
