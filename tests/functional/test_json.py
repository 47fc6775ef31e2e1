"""What programs read: every command with something to tell tells it as JSON, and as nothing else."""

import json
import re

import pytest

# Whose output is for programs as it is.
FOR_PROGRAMS = {
    "query": "results: --format json",
    "generate-sql": "SQL",
    "schema": "JSON",
    "completion": "a script for a shell",
}

# Calls, and a key of what comes.
CALLS = [
    (["run", "catalog.yaml", "--json"], "summary"),
    (["build", "catalog.yaml", "--json"], "summary"),
    (["diff", "catalog.yaml", "--json"], "catalogs"),
    (["describe", "catalog.yaml", "sales", "--json"], "measures"),
    (["validate", "catalog.yaml", "--json"], "problems"),
    (["show-paths", "catalog.yaml", "--json"], "paths"),
    (["show-imports", "catalog.yaml", "--json"], "import_graph"),
    (["graph", "catalog.yaml", "--json"], "nodes"),
    (["doctor", "catalog.yaml", "--json"], "checks"),
    (["init", "--output", "new.yaml", "--json"], "path"),
    (["version", "--json"], "version"),
    (["schema"], "properties"),
]


@pytest.fixture
def catalog(room):
    model = {
        "name": "sales",
        "base_view": "v",
        "dimensions": [{"name": "i", "expression": "i"}],
        "measures": [{"name": "n", "expression": "count(*)"}],
    }
    room.catalog(("v", "SELECT 1 AS i"), semantic_models=[model])
    room.environment["DUCKALOG_NO_DEPRECATION"] = "1"
    return room


def test_every_command_has_json_or_prints_what_programs_read_anyway(room):
    listed = re.findall(r"^  ([a-z-]+) .*", room.duckalog("--help").out.partition("Commands:\n")[2], re.MULTILINE)
    for command in listed:
        has = "--json " in room.duckalog(command, "--help").out
        assert has != (command in FOR_PROGRAMS), command
    assert {words[0] for words, _ in CALLS} >= set(listed) - set(FOR_PROGRAMS)


@pytest.mark.parametrize("words, key", CALLS, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_json_is_all_that_is_printed(catalog, words, key):
    outcome = catalog.duckalog(*words)
    assert (outcome.code, outcome.err) == (0, "")
    assert key in json.loads(outcome.out)
    assert outcome.out.endswith("\n")


@pytest.mark.parametrize(
    "words",
    [["describe", "catalog.yaml"], ["describe", "catalog.yaml", "sales"], ["graph", "catalog.yaml"],
     ["show-imports", "catalog.yaml", "--show-merged"]],
)  # fmt: skip
def test_json_is_short_for_the_format_json(catalog, words):
    short = catalog.duckalog(*words, "--json")
    assert short == catalog.duckalog(*words, "--format", "json") == catalog.duckalog(*words, "--json", "--format", "json")
    assert short.code == 0 and json.loads(short.out)


@pytest.mark.parametrize("command, form", [("describe", "table"), ("graph", "dot"), ("show-imports", "tree")])
def test_json_and_another_format_exclude_each_other(catalog, command, form):
    outcome = catalog.duckalog(command, "catalog.yaml", "--format", form, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"--json and --format {form} exclude each other" in outcome.err


def test_the_graph_goes_to_a_file_as_json(catalog):
    assert catalog.duckalog("graph", "catalog.yaml", "--json", "-o", "graph.json").out == ""
    assert json.loads((catalog / "graph.json").read_text())["nodes"]


def test_version_in_json_is_that_of_the_text(room):
    told = json.loads(room.duckalog("version", "--json").out)
    assert room.duckalog("version").out == f"{told['name']} {told['version']}\n"


def test_init_tells_in_json_what_it_wrote_and_what_it_kept(room):
    first = json.loads(room.duckalog("init", "--json", "--database", 'a"b.duckdb').out)
    assert first == {
        "state": "written",
        "file": "catalog.yaml",
        "path": str(room / "catalog.yaml"),
        "format": "yaml",
        "database": 'a"b.duckdb',
        "schema": {"file": "duckalog.schema.json", "state": "written"},
    }
    second = json.loads(room.duckalog("init", "--json", "--skip-existing").out)
    assert second == {
        "state": "kept",
        "file": "catalog.yaml",
        "path": str(room / "catalog.yaml"),
        "format": None,
        "database": None,
        "schema": None,
    }
    third = json.loads(room.duckalog("init", "--json", "--format", "json", "--no-schema", "-v").out)
    assert (third["file"], third["format"], third["schema"]) == ("catalog.json", "json", None)
