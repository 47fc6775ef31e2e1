"""
Which files a config may lead to (D-21, D-25 to D-29): relative paths of views and SQL files stay below the folders of the
config's files, all other paths only where the caller wants it so (strict_paths).
"""

import ctypes
import os
import subprocess
import sys
from ctypes import byref, c_char_p, c_void_p

import duckalog_library as api
import pytest
from conftest import in_json

OUTSIDE = "outside-c4nary"


def load(config, roots=(), **options):
    """The SQL of a config, or what its report says, code by code."""
    made = api.options(**options)
    folders = (c_char_p * (len(roots) + 1))(*[str(root).encode() for root in roots], None)
    made.allowed_roots = folders
    handle, report, text = c_void_p(), c_void_p(), c_void_p()
    status = api.config_load(str(config).encode(), byref(made), byref(handle), byref(report))
    found = api.problems(report)
    api.report_free(report)
    if status != api.OK:
        return None, found
    assert api.generate_sql(handle, None, api.FULL, byref(text)) == api.OK
    sql = ctypes.string_at(text).decode()
    api.string_free(text)
    api.config_free(handle)
    return sql, found


@pytest.fixture
def house(room):
    """A project in `in`, and around it what is none of its business."""
    for name in ("in/inside.sql", "in/sub/inside.sql", "in/..sql", "in/%2e%2e.sql"):
        room.write(name, "SELECT 'inside' AS v")
    for name in ("outside.sql", "out/outside.sql", "in-beside/outside.sql"):
        room.write(name, f"SELECT '{OUTSIDE}' AS v")
    for name in ("in/p.parquet", "in/sub/p.parquet", "in/sub/q.parquet", "p.parquet", "out/p.parquet", "in-beside/p.parquet"):
        room.write(name, "no Parquet, but that is never looked at\n")
    for name, target in {
        "in/link.sql": "../outside.sql",
        "in/link.parquet": "../p.parquet",
        "in/out": "../out",
        "in/sub/up": "../..",
        "in/sub/q-link.parquet": "../../p.parquet",
        "in/home": ".",
        "in/inner.sql": "sub/inside.sql",
        "in/round": "../in/sub",
        "in/dangling.parquet": "../nowhere/x.parquet",
        "way": "in",
    }.items():
        (room / name).symlink_to(target)
    return room


def written(house, key, path):
    """A config with that path: of a SQL file, of a template, or of a view."""
    view = {"name": "v", "source": "parquet", "uri": path} if key == "uri" else {"name": "v", key: {"path": path}}
    return house.config({"version": 1, "duckdb": {}, "views": [view]}, "in/catalog.yaml")


ESCAPES = {
    "a folder up": "../{name}",
    "up behind a folder": "sub/../../{name}",
    "up behind a folder that is not there": "none/../../{name}",
    "far up": "../../../../../../../../../../..{folder}/{name}",
    "a link to a file": "{link}",
    "a link to a folder": "out/{name}",
    "a link up": "sub/up/{name}",
    "a link, and back": "sub/up/in-beside/{name}",
    "a folder whose name begins alike": "../in-beside/{name}",
    "file: in front": "file:../{name}",
    "file:// in front": "file://../{name}",
    "FILE:// in front": "FILE://../{name}",
    "slashes": ".././/{name}",
    "blanks around": "  ../{name} ",
}


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("key", ["sql_file", "sql_template", "uri"])
def test_relative_paths_that_lead_out_are_refused(house, key, escape):
    names = {"name": "p.parquet", "link": "link.parquet"} if key == "uri" else {"name": "outside.sql", "link": "link.sql"}
    path = ESCAPES[escape].format(folder=house.folder, **names)
    config = written(house, key, path)
    sql, found = load(config)
    assert sql is None
    assert [one[1] for one in found] == ["path" if key == "uri" else "sql-file"]
    assert "leads out of" in found[0][3] and OUTSIDE not in found[0][3]
    # Where the caller allows it, it is allowed.
    sql, found = load(config, roots=[house.folder])
    assert sql is not None, found
    assert OUTSIDE in sql or key == "uri"


INSIDE = {
    "sql_file": ["inside.sql", "./sub/inside.sql", "sub/../inside.sql", "..sql", "%2e%2e.sql", "inner.sql", "round/inside.sql",
                 "home/home/inside.sql", "file:inside.sql", "{folder}/in/inside.sql"],
    "uri": ["p.parquet", "sub/../p.parquet", "round/p.parquet", "not-there.parquet", "*.nothing", "sub/p*.parquet",
            "home/sub/p?parquet", "r*d/p.parquet", "..\\..\\p.parquet", "%2e%2e/p.parquet", "...", "sub/[p]*"],
}  # fmt: skip


@pytest.mark.parametrize("key", INSIDE)
def test_relative_paths_that_stay_inside_are_taken(house, key):
    for path in INSIDE[key]:
        sql, found = load(written(house, key, path.format(folder=house.folder)))
        assert sql is not None, (path, found)
        assert key == "uri" or "'inside'" in sql


PATTERNS_THAT_LEAD_OUT = [
    "*/p.parquet", "o*/p.parquet", "l*.parquet", "[l]ink.parquet", "sub/u?/p.parquet", "**/q-link.parquet", "**/q*", "sub/**",
    "s*/up/p.parquet", "*/up/out/*.parquet", "**/up/p.parquet", "out/*", "../*.parquet", "*",
    "?ink.parquet", "li[!x]k.parquet",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS_THAT_LEAD_OUT)
def test_patterns_that_a_link_leads_out_are_refused(house, pattern):
    sql, [problem] = load(written(house, "uri", pattern))
    assert sql is None and problem[1] == "path" and "leads out of" in problem[3]
    sql, _ = load(written(house, "uri", pattern), roots=[house.folder])
    assert sql is not None


def test_a_config_may_stand_behind_a_link_itself(house):
    written(house, "sql_file", "inside.sql")
    assert load(house / "way/catalog.yaml")[0] is not None
    written(house, "uri", "sub/p*.parquet")
    assert load(house / "way/catalog.yaml")[0] is not None


def test_a_nul_is_no_part_of_a_path(house):
    for key in ("sql_file", "uri"):
        assert load(written(house, key, "inside.sql\0/../../outside.sql"))[0] is None


def test_the_address_of_a_database_is_none_for_files(house):
    """`sqlite:..` would be a folder of the working directory; the policy has to see the file that is meant."""
    (house / "in/sqlite:..").mkdir()
    for path in ("sqlite:../../outside.sql", "md:../outside.sql"):
        sql, [problem] = load(written(house, "sql_file", path))
        assert sql is None and problem[1] == "sql-file", problem
    sql, _ = load(written(house, "uri", "sqlite:../x.parquet"))
    assert f"'{house.folder}/in/sqlite:../x.parquet'" in sql


def test_absolute_paths_are_the_users_own_affair(house):
    sql, _ = load(written(house, "uri", f"{house.folder}/p.parquet"))
    assert f"'{house.folder}/p.parquet'" in sql
    sql, _ = load(written(house, "uri", f"file://{house.folder}/p.parquet"))
    assert f"'{house.folder}/p.parquet'" in sql


@pytest.mark.parametrize("path", ["{folder}/outside.sql", "file://{folder}/outside.sql", "file:{folder}/outside.sql"])
def test_sql_files_stay_below_even_with_absolute_paths(house, path):
    sql, [problem] = load(written(house, "sql_file", path.format(folder=house.folder)))
    assert sql is None and problem[1] == "sql-file"


def test_the_home_folder_is_expanded_before_it_is_looked_at(house):
    for key, allowed in (("uri", True), ("sql_file", False)):
        path = written(house, key, "~/outside.sql")
        house.write("home/outside.sql", f"SELECT '{OUTSIDE}'")
        outcome = house.duckalog("generate-sql", path)
        assert (outcome.code == 0) == allowed, outcome.err


def test_folders_of_imports_are_allowed_too(house):
    """D-18."""
    house.config({"views": [{"name": "s", "sql_file": {"path": "outside.sql"}}, {"name": "u", "source": "parquet", "uri": "p.parquet"}]},
                 "out/shared.yaml")  # fmt: skip
    config = house.config({"version": 1, "duckdb": {}, "imports": ["../out/shared.yaml"]}, "in/catalog.yaml")
    sql, found = load(config)
    assert sql is not None and OUTSIDE in sql, found
    assert load(config, strict_paths=1)[0] is None


# ---- strict_paths ----


def attached(kind, **keys):
    return {"version": 1, "duckdb": {}, "attachments": {kind: [{"alias": "a", **keys}]}}


STRICT = {
    "imports": lambda path: {"version": 1, "duckdb": {}, "imports": [path + "/x.yaml"]},
    "imports by a pattern": lambda path: {"version": 1, "duckdb": {}, "imports": [path + "/x.y*"]},
    "imports in a section": lambda path: {"version": 1, "duckdb": {}, "imports": {"views": [path + "/x.yaml"]}},
    "a DuckDB file": lambda path: attached("duckdb", path=path + "/x.db"),
    "a SQLite file": lambda path: attached("sqlite", path=path + "/x.db"),
    "a SQLite file by its address": lambda path: attached("duckdb", path=f"sqlite:{path}/x.db"),
    "a DuckLake by its address": lambda path: attached("duckdb", path=f"ducklake:sqlite:{path}/x.db"),
    "a nested catalog": lambda path: attached("duckalog", config_path=path + "/child.yaml"),
    "its database": lambda path: attached("duckalog", config_path="sub/child.yaml", database=path + "/x.db"),
    "the database": lambda path: {"version": 1, "duckdb": {"database": path + "/x.db"}},
    "a view": lambda path: {"version": 1, "duckdb": {}, "views": [{"name": "v", "source": "parquet", "uri": path + "/p.parquet"}]},
    "views by a pattern": lambda path: {"version": 1, "duckdb": {}, "views": [{"name": "v", "source": "parquet", "uri": path + "/p*"}]},
}  # fmt: skip


@pytest.mark.parametrize("start", ["x://", "sftp://h/", "github://o/", "HTTP://h/", "S3://b/", "adl://c/"])
@pytest.mark.parametrize("kind", ["a DuckDB file", "a SQLite file", "a SQLite file by its address", "a DuckLake by its address", "a view"])
def test_with_strict_paths_an_address_that_would_be_a_file_is_refused(house, kind, start):
    """DuckDB takes an address of a scheme that it does not know for a path, which may lead anywhere."""
    config = house.config(STRICT[kind](f"{start}{'../' * 30}{house / 'out'}"), "in/catalog.yaml")
    sql, [problem] = load(config, strict_paths=1)
    assert sql is None and "can't be read from there" in problem[3]
    assert load(config, strict_paths=1, roots=["/"])[0] is None


@pytest.mark.parametrize("kind", ["a SQLite file", "a SQLite file by its address", "a DuckLake by its address"])
def test_with_strict_paths_a_sqlite_file_behind_an_address_is_refused(house, kind):
    sql, [problem] = load(house.config(STRICT[kind]("https://h/a"), "in/catalog.yaml"), strict_paths=1)
    assert sql is None and "can't be read from there" in problem[3]


@pytest.mark.parametrize("start", ["http://h", "https://h", "s3://b", "s3a://b", "gs://b", "gcs://b", "r2://b", "hf://d", "az://c", "abfss://c"])
def test_with_strict_paths_an_address_that_duckdb_reads_is_fine(house, start):
    for kind in ("a DuckDB file", "a view"):
        assert load(house.config(STRICT[kind](start), "in/catalog.yaml"), strict_paths=1)[0] is not None


@pytest.mark.parametrize("kind", STRICT)
def test_with_strict_paths_all_that_leads_out_is_refused(house, kind):
    child = {"version": 1, "duckdb": {"database": "child.duckdb"}}
    for folder in ("out", "in/sub"):
        house.config({"views": []}, f"{folder}/x.yaml")
        house.config(child, f"{folder}/child.yaml")
    absolute = str(house / "out")
    paths = [absolute, "../out", "out", f"file://{absolute}"]
    if kind.endswith("address"):
        paths = [absolute]
    for path in paths:
        config = house.config(STRICT[kind](path), "in/catalog.yaml")
        sql, found = load(config, strict_paths=1)
        assert sql is None, (path, sql)
        assert len(found) == 1 and ("leads out of" in found[0][3]), (path, found)
        assert load(config, roots=[house / "out"], strict_paths=1)[0] is not None, path
        assert load(config)[0] is not None or "view" in kind, path
    inner = f"{house.folder}/in/sub" if kind.endswith("address") else "sub"
    if kind == "views by a pattern":
        inner = "round"
    config = house.config(STRICT[kind](inner), "in/catalog.yaml")
    sql, found = load(config, strict_paths=1)
    assert sql is not None, found


def test_with_strict_paths_env_files_outside_are_left_out(house):
    house.write(".env", "DT_A=above\n")
    house.write("in/.env", "DT_B=beside\n")
    house.write("out/x.env", "DT_C=named\n")
    view = {"name": "v", "sql": "SELECT '${env:DT_A:-}${env:DT_B:-}${env:DT_C:-}'"}
    config = {"version": 1, "duckdb": {}, "env_files": [".env", "../out/x.env"], "views": [view]}
    path = house.config(config, "in/catalog.yaml")
    assert "'abovebesidenamed'" in load(path)[0]
    sql, found = load(path, strict_paths=1)
    assert "'-beside-'" in sql
    assert [one[:2] for one in found] == [(api.WARNING, "env-file")] * 2
    sql, found = load(path, strict_paths=1, roots=[house / "out"])
    assert "'-besidenamed'" in sql and len(found) == 1


def test_remote_data_is_no_path_of_this_machine(house):
    config = {"version": 1, "duckdb": {}, "views": [{"name": "v", "source": "parquet", "uri": "s3://b/../x.parquet"}]}
    assert load(house.config(config, "in/catalog.yaml"), strict_paths=1)[0] is not None


def test_strict_paths_are_those_of_nested_catalogs_too(house):
    house.config({"version": 1, "duckdb": {"database": "c.duckdb"}, "views": [{"name": "v", "source": "parquet", "uri": f"{house.folder}/p.parquet"}]},
                 "in/sub/child.yaml")  # fmt: skip
    config = house.config(attached("duckalog", config_path="sub/child.yaml"), "in/catalog.yaml")
    assert load(config)[0] is not None
    sql, [problem] = load(config, strict_paths=1)
    assert sql is None and problem[1] == "path"


# ---- a link that changes between a look and the reading ----

FLIP = """
import os, sys
link, inside, outside = sys.argv[1:]
print("flipping", flush=True)
while True:
    for target in (outside, inside):
        os.symlink(target, link + ".new")
        os.rename(link + ".new", link)
"""


def flipping(link, inside, outside):
    process = subprocess.Popen([sys.executable, "-c", FLIP, str(link), inside, outside], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"flipping\n"
    return process


def flipped(house, config, times, **options):
    """How often the config was loaded, and refused, while a link goes in and out; nothing from outside may come in."""
    taken = refused = 0
    for _ in range(times):
        sql, found = load(house / config, **options)
        taken += sql is not None
        refused += sql is None
        assert sql is None or OUTSIDE not in sql
        assert not any(OUTSIDE in one[3] for one in found)
    return taken, refused


LINKS = {
    "a SQL file": ("in/x.sql", "inside.sql", "../outside.sql", 4000, {}),
    "the folder of a SQL file": ("in/x", "sub", "../out", 4000, {}),
    "an import": ("in/x.yaml", "sub/x.yaml", "../out/x.yaml", 4000, {"strict_paths": 1}),
    "a nested catalog": ("in/c.yaml", "sub/x.yaml", "../out/x.yaml", 2000, {"strict_paths": 1}),
    "an env file": ("in/x.env", "sub/x.env", "../out/x.env", 4000, {"strict_paths": 1}),
}


@pytest.mark.parametrize("what", LINKS)
def test_a_link_swapped_between_check_and_opening_lets_nothing_in(house, what):
    link, inside, outside, times, options = LINKS[what]
    for folder, word in (("in/sub", "inside"), ("out", OUTSIDE)):
        content = {"version": 1, "duckdb": {"database": "x.duckdb"}, "views": [{"name": word, "sql": f"SELECT '{word}'"}]}
        house.config(content, f"{folder}/x.yaml")
        house.write(f"{folder}/x.env", f"DT_X={word}\n")
    house.write("in/sub/outside.sql", "SELECT 'inside'")
    config = {"version": 1, "duckdb": {}, "views": [{"name": "v", "sql": "SELECT '${env:DT_X:none}'"}]}
    if what == "a SQL file":
        config["views"] = [{"name": "v", "sql_file": {"path": "x.sql"}}]
    elif what == "the folder of a SQL file":
        config["views"] = [{"name": "v", "sql_file": {"path": "x/outside.sql"}}]
    elif what == "an import":
        config = {"imports": ["x.yaml"]}
    elif what == "a nested catalog":
        config["attachments"] = {"duckalog": [{"alias": "c", "config_path": "c.yaml"}]}
    else:
        config["env_files"] = ["x.env"]
    house.config(in_json(config), "in/catalog.yaml")
    process = flipping(house / link, inside, outside)
    try:
        taken, refused = flipped(house, "in/catalog.yaml", times, **options)
    finally:
        process.kill()
        process.wait()
    assert taken > 0, (taken, refused)
    assert refused > 0 or what == "an env file", (taken, refused)
    if os.path.lexists(house / (link + ".new")):
        os.unlink(house / (link + ".new"))
