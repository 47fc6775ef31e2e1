"""How configs are read: the options that all commands have in common which read one."""

import pytest

# Each command that reads a config, and its exit code when all is well.
COMMANDS = [
    ("run", "catalog.yaml"),
    ("run", "catalog.yaml", "--dry-run"),
    ("build", "catalog.yaml"),
    ("query", "SELECT 1", "--config", "catalog.yaml", "--catalog", ":memory:"),
    ("describe", "catalog.yaml"),
    ("validate", "catalog.yaml"),
    ("generate-sql", "catalog.yaml"),
    ("show-paths", "catalog.yaml"),
    ("show-imports", "catalog.yaml"),
    ("graph", "catalog.yaml"),
]

every_command = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


@every_command
def test_variables_of_dotenv_files_are_read_unless_they_are_not_wanted(room, command):
    room.write(".env", "NAME=v\n")
    room.catalog(("${env:NAME}", "SELECT 1"), database=":memory:")
    assert room.duckalog(*command).code == 0
    assert room.duckalog(*command, "--load-dotenv").code == 0
    outcome = room.duckalog(*command, "--no-load-dotenv")
    assert outcome.code == 2
    assert '"NAME" is not set' in outcome.err + outcome.out
    assert room.duckalog(*command, "--load-dotenv", "--no-load-dotenv").code == 2
    assert room.duckalog(*command, "--no-load-dotenv", "--load-dotenv").code == 0


@every_command
def test_strict_paths_keep_everything_below_the_allowed_folders(room, command):
    for name in ("outside/one/a.duckdb", "outside/two/b.duckdb"):
        (room / name).parent.mkdir(parents=True)
        room.duckdb(name)
    room.catalog(
        ("v", "SELECT 1"),
        database=":memory:",
        name="inside/catalog.yaml",
        attachments={
            "duckdb": [
                {"alias": "a", "path": "../outside/one/a.duckdb"},
                {"alias": "b", "path": "../outside/two/b.duckdb"},
            ]
        },
    )
    inside = {"cwd": room / "inside"}
    assert room.duckalog(*command, **inside).code == 0
    strict = room.duckalog(*command, "--strict-paths", **inside)
    assert strict.code == 2
    assert "attachments.duckdb[0].path" in strict.err + strict.out
    assert "attachments.duckdb[1].path" in strict.err + strict.out
    one = room.duckalog(*command, "--strict-paths", "--allow-root", "../outside/one", **inside)
    assert one.code == 2
    assert "duckdb[0]" not in one.err and "duckdb[1]" in one.err + one.out
    both = ("--allow-root", "../outside/one", "--allow-root=../outside/two")
    assert room.duckalog(*command, "--strict-paths", *both, **inside).code == 0


@every_command
def test_levels_of_nested_catalogs_are_counted(room, command):
    for level in range(3):
        nested = {"duckalog": [{"alias": f"below{level}", "config_path": f"level{level + 1}.yaml"}]} if level < 2 else {}
        room.catalog(
            (f"v{level}", "SELECT 1"),
            database=f"level{level}.duckdb",
            name=f"level{level}.yaml" if level else "catalog.yaml",
            attachments=nested,
        )
    assert room.duckalog("run", "catalog.yaml", "--max-nesting", "2").code == 0
    outcome = room.duckalog(*command, "--max-nesting", "1")
    assert outcome.code == 2
    assert "nested more than 1 deep" in outcome.err + outcome.out


@pytest.mark.parametrize("number", ["0", "-1", "101", "x", "", "5x", " 5", "99999999999999999999"])
def test_levels_are_a_number(room, number):
    room.catalog(("v", "SELECT 1"))
    outcome = room.duckalog("validate", "catalog.yaml", f"--max-nesting={number}")
    assert outcome.code == 2
    assert outcome.err == f'error: --max-nesting takes a number from 1 to 100, not "{number}"\n'


@pytest.mark.parametrize(
    "option", [("--strict-paths",), ("--no-load-dotenv",), ("--allow-root", "."), ("--max-nesting", "2")]
)
def test_query_without_a_config_has_no_use_for_them(room, option):
    outcome = room.duckalog("query", "SELECT 1", "--catalog", ":memory:", *option)
    assert outcome.code == 2
    assert outcome.err == f"error: {option[0]} needs --config\n"


@pytest.mark.parametrize(
    "command",
    [("run", "catalog.yaml", "-q"), ("build", "catalog.yaml"), ("query", "-C", "catalog.yaml")],
    ids=lambda command: command[0],
)
def test_the_program_exports_what_credential_chains_may_look_for(room, command):
    """DuckDB takes its time zone from the environment, as others take their credentials."""
    room.catalog(("v", "SELECT 1"), database=":memory:")
    room.write(".env", "TZ=Asia/Tokyo\n")
    sql = "SELECT current_setting('TimeZone') AS zone"
    if command[0] == "build":
        room.catalog(database="catalog.duckdb", duckdb={"pragmas": [f"CREATE OR REPLACE TABLE t AS {sql}"]})
        assert room.duckalog(*command).code == 0
        assert room.look("catalog.duckdb", "FROM t") == [("Asia/Tokyo",)]
        return
    assert "Asia/Tokyo" in room.duckalog(*command, sql).out
    assert "Asia/Tokyo" not in room.duckalog(*command, sql, "--no-load-dotenv").out
    # What is set already stays.
    assert "Europe/Oslo" in room.duckalog(*command, sql, env={"TZ": "Europe/Oslo"}).out


def test_help_shows_them_in_a_group_of_their_own(room):
    for command in dict.fromkeys(command[0] for command in COMMANDS):
        own, _, group = room.duckalog(command, "--help").out.partition("\nReading the config:\n")
        for option in ("--allow-root FOLDER", "--strict-paths", "--max-nesting N", "--load-dotenv", "--no-load-dotenv"):
            assert option in group and option not in own
    for command in ("init", "schema", "version"):
        assert "Reading the config" not in room.duckalog(command, "--help").out
