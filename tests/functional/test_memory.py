"""
What is left of secret values in a process that used the library, looked for from outside: values that DuckDB was never
given are gone with their config. Of those that it was given DuckDB keeps copies, which it does not wipe; those are its own.
tests/unit/test_wiping.c has the strict form, without DuckDB.
"""

import re
import subprocess
import sys

import pytest
from conftest import REPOSITORY, need_extension
from servers import free_port

MARK = b"Q7xW9k"  # in this process only: the other one reads it from files

HOST = """
import ctypes, sys
sys.path.insert(0, sys.argv[1])
import duckalog_library as lib

def pause(what):
    print(what, flush=True)
    sys.stdin.readline()

def loaded(path):
    config, sql = ctypes.c_void_p(), ctypes.c_void_p()
    assert lib.config_load(path, None, ctypes.byref(config), None) == lib.OK
    pause("loaded")
    assert lib.generate_sql(config, ctypes.byref(lib.options(include_secrets=1)), lib.FULL, ctypes.byref(sql)) == lib.OK
    lib.string_free(sql)
    lib.config_free(config)
    pause("freed")

pause("up")
loaded(b"catalog.yaml")
with lib.Catalog("catalog.yaml", attach_retries=-1) as catalog:
    for _ in range(2):
        status, _ = catalog.open()
        assert status == lib.OK, catalog.problems()
        pause("open")
        catalog.close()
        pause("closed")
with lib.Catalog("failing.yaml", attach_retries=-1) as catalog:
    assert catalog.open()[0] != lib.OK
    assert len(catalog.problems()) >= 1
    pause("failed")
for call in (lib.build, lib.validate):
    status, problems = lib.problems_of_call(call, b"mistaken.yaml", None)
    assert status == lib.CONFIG and len(problems) > 1
pause("gone")
"""


def left_in(process):
    """How often each value is in memory that the process can write to, by the letter behind the mark."""
    found = {}
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            area, rights, *_ = line.split()
            start, end = (int(word, 16) for word in area.split("-"))
            if not rights.startswith("rw"):
                continue
            memory.seek(start)
            try:
                content = memory.read(end - start)
            except OSError:
                continue
            for match in re.finditer(MARK + b"(.)", content):
                letter = match[1].decode("latin-1")
                found[letter] = found.get(letter, 0) + 1
    return found


@pytest.fixture
def configs(room):
    need_extension("postgres_scanner")
    value = {letter: f"{MARK.decode()}{letter}-value" for letter in "ABCDEF"}
    room.write(".env", f"UNUSED_TOKEN={value['A']}\n")
    port = free_port()
    config = {
        "version": 1,
        "duckdb": {
            "database": "catalog.duckdb",
            "load_extensions": ["postgres"],
            "secrets": [
                {"type": "http", "name": "given", "bearer_token": value["B"]},
                {"type": "http", "name": "kept", "bearer_token": value["C"], "persistent": True},
            ],
        },
        "attachments": {
            "postgres": [
                {
                    **{"alias": "away", "host": "127.0.0.1", "port": port, "database": "d", "user": "u"},
                    **{"password": value["D"], "on_error": "warn"},
                }
            ]
        },
        "views": [{"name": "v", "sql": "SELECT 1 AS i"}],
    }
    room.config(config)
    config["duckdb"]["database"] = "failing.duckdb"
    config["attachments"]["postgres"][0].update(on_error="fail", password=value["E"])
    room.config(config, "failing.yaml")
    config["duckdb"]["secrets"] = [{"type": "s3", "secret": value["F"]}, {"type": "http", "bearer_token": [value["F"]]}]
    room.config(config, "mistaken.yaml")


def test_values_that_duckdb_was_never_given_are_gone_with_their_config(room, configs):
    process = subprocess.Popen(
        [sys.executable, "-c", HOST, str(REPOSITORY / "tests" / "functional")], cwd=room.folder,
        env={**room.environment, "LD_BIND_NOW": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen = []
    for line in process.stdout:
        seen.append((line.strip(), left_in(process)))
        process.stdin.write("\n")
        process.stdin.flush()
    assert process.wait(60) == 0
    assert [what for what, _ in seen] == ["up", "loaded", "freed", "open", "closed", "open", "closed", "failed", "gone"]
    for what, found in seen:
        if what == "loaded":
            assert {"A", "B", "C", "D"} <= set(found)  # the search finds what is there
        if what == "open":
            assert {"B", "D"} <= set(found)
        if what in ("up", "freed"):
            assert found == {}
        if what in ("closed", "failed", "gone"):
            assert set(found) <= {"B", "C"}, (what, found)
