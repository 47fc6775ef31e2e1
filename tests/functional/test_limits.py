"""
What a large or spiteful config costs: it is read, or refused with its place, within a bound on memory and time.

Memory is what the program may ask the system for, which is more than what it uses of it, and for the largest files what it
uses, too.
"""

import os
import re
import resource
import subprocess

import pytest
from conftest import PROGRAM

MIB = 1024 * 1024
LARGEST = 64 * MIB  # of a file, in bytes
MOST_VALUES = 2_000_000

# (bytes, seconds). An alias bomb and a file that is too large need next to nothing. The largest file that is read costs
# itself, two copies of a text that fills it, or two million values of up to 250 bytes each.
SMALL = (64 * MIB, 1)
LARGE = (1024 * MIB, 30)
MOST_RESIDENT = 640 * MIB


def validate_within(path, memory, seconds):
    """Exit code and messages of `duckalog validate`. Time is the program's own: the machine may have other work."""
    process = subprocess.Popen(
        [PROGRAM, "validate", path.name],
        cwd=path.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory, memory)),
    )
    with process.stderr:
        said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert usage.ru_utime + usage.ru_stime < seconds
    assert usage.ru_maxrss * 1024 < MOST_RESIDENT
    return process.returncode, said


def assert_refused(path, what, bounds, place=r":\d+:\d+"):
    code, said = validate_within(path, *bounds)
    assert code == 2
    assert re.match(rf"{path.name}{place}: (.*?: )?{what}".encode(), said), said[:300]
    assert len(said) < 4 * MIB


# ---- bombs ----


def levels(first, level):
    """Ten levels, each of ten times the one before: ten milliards of values in a kilobyte."""
    return "".join([f"a0: &a0 {first}\n", *(f"a{i}: &a{i} {level(f'*a{i - 1}')}\n" for i in range(1, 10))])


def list_of(item):
    return "[" + ", ".join([item] * 10) + "]"


def map_of(value, size=10):
    return "{" + ", ".join(f"k{i}: {value}" for i in range(size)) + "}"


TOO_MANY_VALUES = "the document has more than 2000000 values"
TOO_MANY_MERGED = '"<<" copies more than 1000000 keys'
BOMBS = {
    "lists": (levels(list_of("x"), list_of), TOO_MANY_VALUES),
    "mappings": (levels(map_of("x"), map_of), TOO_MANY_VALUES),
    "lists of a long text": (levels("x" * 100_000, list_of), TOO_MANY_VALUES),
    "merged mappings": (levels(map_of("x"), lambda alias: map_of(f"{{<<: {alias}}}")), TOO_MANY_VALUES),
    "mappings merged again": (  # which has its keys already
        levels(map_of("x"), lambda alias: f"{{<<: {list_of(alias)}}}"),
        "version: this key is required",
    ),
    "one mapping used by many": (f"a: &a {map_of('x')}\nb:\n" + "- *a\n" * 200_000, TOO_MANY_VALUES),
    "one mapping merged into many": (f"a: &a {map_of('x', 1000)}\nb:\n" + "- {<<: *a}\n" * 2000, TOO_MANY_MERGED),
    "alias to what it is in": ("a: &a [x, [*a, *a]]\n", "this alias stands inside of what it names"),
    "merge of what it is in": ("a: &a {x: 1, <<: *a}\n", "this alias stands inside of what it names"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_alias_bomb_is_refused_within_a_second_and_64_mib(room, name):
    content, what = BOMBS[name]
    assert_refused(room.write("bomb.yaml", content), what, SMALL)


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_file_of_a_gigabyte_is_refused_within_a_second_and_64_mib(room, ending):
    path = room.write(f"huge.{ending}", "")
    os.truncate(path, 1024 * MIB)
    assert_refused(path, "is larger than 64 MiB", SMALL, place="")


# ---- the largest file that is read ----


def filled(before, piece, after):
    """Of 64 MiB, or as near as the piece comes to it."""
    return [before, piece * ((LARGEST - len(before) - len(after)) // len(piece)), after]


def many(before, piece, after):
    """As many pieces as there may be values."""
    yield before
    yield from (piece % i if b"%d" in piece else piece for i in range(MOST_VALUES - 10))
    yield after


NO_MAPPING = "a mapping is expected here"
# In pieces, and made when they are needed: other tests measure what a child of this process takes.
FILES = {
    "opened.json": (lambda: filled(b"", b"[", b""), "lists and objects are nested more than 64 deep"),
    "opened.yaml": (lambda: filled(b"", b"[", b""), "lists and mappings are nested more than 64 deep"),
    "dashes.yaml": (lambda: filled(b"", b"- ", b""), "lists and mappings are nested more than 64 deep"),
    "values.json": (lambda: filled(b"[1", b",1", b"]"), TOO_MANY_VALUES),
    "values.yaml": (lambda: filled(b"[1", b",1", b"]"), TOO_MANY_VALUES),
    "nested.json": (lambda: filled(b"", b"[" + b"1," * 500_000, b""), TOO_MANY_VALUES),
    "text.json": (lambda: filled(b'"', b"x", b'"'), NO_MAPPING),
    "text.yaml": (lambda: filled(b'"', b"x", b'"'), NO_MAPPING),
    "escapes.json": (lambda: filled(b'"', b"\\u00e9", b'"'), NO_MAPPING),
    "key.json": (lambda: filled(b'{"', b"x", b'": 1}'), "version: this key is required"),
    "recursive.yaml": (lambda: filled(b"a: &a [", b"*a,", b"]"), "this alias stands inside of what it names"),
    "comment.yaml": (lambda: filled(b"", b"#", b""), "the file is empty"),
    "blank.yaml": (lambda: filled(b"", b"\n", b""), "the file is empty"),
    "tags.yaml": (lambda: filled(b"", b"%TAG !a! x\n", b"--- a"), "a config has no use for YAML tags"),
    "merges.yaml": (lambda: filled(b"a: &a {x: 1, y: 1}\nb:\n", b"- {<<: *a}\n", b""), TOO_MANY_VALUES),
    # As many values as there may be, each of them wrong.
    "mistakes.yaml": (lambda: many(b"version: 1\nduckdb: {}\nviews: [", b"1,", b"]"), NO_MAPPING),
    "twice.json": (lambda: many(b"{", b'"a":1,', b'"b":1}'), 'the key "a" is here twice'),
    "anchors.yaml": (lambda: many(b"[", b"&a%d x,", b"]"), NO_MAPPING),
    "keys.json": (lambda: many(b"{", b'"k%d":1,', b'"k":1}'), "version: this key is required"),
}


@pytest.mark.parametrize("name", FILES)
def test_large_file_is_read_or_refused_within_640_mib(room, name):
    make, what = FILES[name]
    path = room / name
    try:
        with path.open("wb") as file:
            file.writelines(make())
        assert_refused(path, what, LARGE)
    finally:
        path.unlink()  # pytest keeps the folders of a few runs


def test_hundred_thousand_views_of_ten_keys_are_read(room):
    view = (
        "- {{name: v{0}, db_schema: s{0}, source: iceberg, catalog: c, table: t{0}, description: d, tags: [a, b, c],"
        " uri: ~, database: d, options: {{k: 1}}}}\n"
    )
    with (room / "views.yaml").open("w") as file:
        file.write("version: 1\nduckdb: {}\n")
        file.write("iceberg_catalogs: [{name: c, catalog_type: rest, uri: 'http://x'}]\nviews:\n")
        file.writelines(view.format(i) for i in range(100_000))
    assert validate_within(room / "views.yaml", *LARGE) == (0, b"")
