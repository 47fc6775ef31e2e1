"""tools/bind-own-symbols: the libduckdb that scripts/setup fetches is made to load faster, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools/bind-own-symbols.c"
# As the program does it, functions are looked up when they are called first.
ASK = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    static const char *const names[] = { "own", "shared", "foreign", "calls" };
    void *library = dlopen(argv[argc - 1], RTLD_LAZY | RTLD_LOCAL);
    for (int i = 0; i < 4; i++)
        printf(i == 3 ? "%d\\n" : "%d ", ((int (*)(void))dlsym(library, names[i]))());
}
"""
# As a C++ compiler names what is in the namespace duckdb, and what is not.
LIBRARY = """
int _ZN6duckdb3ownE = 1;
int _ZN5other6sharedE = 1;
extern int _ZN6duckdb7foreignE __attribute__((weak));
int *const places[] = { &_ZN6duckdb3ownE, &_ZN5other6sharedE, &_ZN6duckdb7foreignE };
int _ZN6duckdb4callEv(void) { return 1; }
int _ZN5other4callEv(void) { return 1; }
int calls(void) { return _ZN6duckdb4callEv() + _ZN5other4callEv(); }
int own(void) { return *places[0] + _ZN6duckdb3ownE; }
int shared(void) { return *places[1] + _ZN5other6sharedE; }
int foreign(void) { return places[2] == 0 ? 0 : *places[2]; }
"""
FIRST = "int _ZN6duckdb3ownE = 10; int _ZN5other6sharedE = 10; int _ZN6duckdb7foreignE = 10;"
FIRST += " int _ZN6duckdb4callEv(void) { return 10; } int _ZN5other4callEv(void) { return 10; }"


@pytest.fixture
def tool(room):
    subprocess.run(["cc", "-o", room / "tool", TOOL], check=True)

    def bind(name):
        return subprocess.run([room / "tool", room / name], capture_output=True, text=True, check=False)

    return bind


def library(room, name, text):
    room.write(f"{name}.c", text)
    subprocess.run(["cc", "-shared", "-fPIC", "-Wl,-z,lazy", "-o", room / f"{name}.so", room / f"{name}.c"], check=True)
    return room / f"{name}.so"


def answers(room, **environment):
    room.write("ask.c", ASK)
    subprocess.run(["cc", "-o", room / "ask", room / "ask.c", "-ldl"], check=True)
    words = [room / "ask", room / "library.so"]
    return subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout


def test_only_what_the_library_has_of_duckdb_is_bound_to_it(room, tool):
    library(room, "library", LIBRARY)
    first = library(room, "first", FIRST)
    assert answers(room) == "2 2 0 2\n"
    assert answers(room, LD_PRELOAD=str(first)) == "20 20 10 20\n", "what is loaded first counts"
    assert tool("library.so").stdout == "3 references bound\n"
    assert answers(room) == "2 2 0 2\n"
    assert answers(room, LD_PRELOAD=str(first)) == "2 20 10 11\n"
    assert answers(room, LD_BIND_NOW="1") == "2 2 0 2\n"


def test_binding_twice_changes_nothing(room, tool):
    path = library(room, "library", LIBRARY)
    tool("library.so")
    before = path.read_bytes()
    assert tool("library.so").stdout == "0 references bound\n"
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"text", b"\x7fELF", b"\x7fELF\x02\x01\x01" + bytes(200)])
def test_what_is_no_library_is_left_as_it_is(room, tool, content):
    path = room.write("file.so", content)
    done = tool("file.so")
    assert done.returncode == 1 and done.stderr.startswith(f"bind-own-symbols: {path}: ")
    assert path.read_bytes() == content


def test_a_library_that_is_cut_anywhere_is_no_crash(room, tool):
    whole = library(room, "library", LIBRARY).read_bytes()
    for length in range(0, len(whole), 61):
        room.write("cut.so", whole[:length])
        assert tool("cut.so").returncode in (0, 1), length
