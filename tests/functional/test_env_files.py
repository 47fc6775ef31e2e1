"""
.env files end to end (config-language.md section 5, D-10 to D-12): where they are looked for, who wins, and that nothing
of them stays in the process. How one file is read: tests/unit/test_dotenv.c.
"""

import ctypes
import os
import sys
from ctypes import byref, c_void_p

import duckalog_library as api
import pytest
from conftest import in_json

libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p


def config(name="DT_WHERE", **keys):
    """A config whose only view tells what the variable is."""
    return {"version": 1, "duckdb": {}, "views": [{"name": "v", "sql": f"SELECT '${{env:{name}:unset}}' AS v"}], **keys}


def value(room, *words, config="catalog.yaml", **options):
    """What the variable is for the program."""
    outcome = room.duckalog("generate-sql", config, *words, **options)
    assert outcome.code == 0, outcome.err
    return outcome.out.split("SELECT '")[1].split("'")[0]


def loaded(path, **options):
    """The same through the C API, in this process; and the report."""
    handle, report, text = c_void_p(), c_void_p(), c_void_p()
    status = api.config_load(str(path).encode(), byref(api.options(**options)), byref(handle), byref(report))
    found = api.problems(report)
    api.report_free(report)
    assert status == api.OK, found
    assert api.generate_sql(handle, None, api.VIEWS_ONLY, byref(text)) == api.OK
    sql = ctypes.string_at(text).decode()
    api.string_free(text)
    api.config_free(handle)
    return sql.split("SELECT '")[1].split("'")[0], found


# ---- where ----


def test_the_folder_of_the_config_comes_before_those_above_it(room):
    for depth, folder in enumerate(["", "a/", "a/b/", "a/b/c/"]):
        room.write(f"{folder}.env", f"DT_WHERE={depth}\n")
    for folder, expected in (("", "0"), ("a/", "1"), ("a/b/", "2"), ("a/b/c/", "3")):
        room.config(config(), f"{folder}catalog.yaml")
        assert value(room, config=f"{folder}catalog.yaml") == expected
    (room / "a/b/c/.env").unlink()
    assert value(room, config="a/b/c/catalog.yaml") == "2"


def test_ten_folders_are_looked_into(room):
    room.write(".env", "DT_WHERE=top\n")
    for depth, expected in ((9, "top"), (10, "unset")):
        name = "/".join("d" * depth) + "/catalog.yaml"
        room.config(config(), name)
        assert value(room, config=name) == expected


def test_a_relative_path_of_the_config_makes_no_difference(room):
    """D-11."""
    room.write(".env", "DT_WHERE=top\n")
    room.config(config(), "a/b/catalog.yaml")
    for folder, path in (("a/b", "catalog.yaml"), ("a/b", "./catalog.yaml"), ("a", "b/catalog.yaml"), ("a/b", "../b/catalog.yaml")):
        assert value(room, config=path, cwd=room / folder) == "top"
    assert value(room, config=room / "a/b/catalog.yaml", cwd="/") == "top"


def test_the_folder_of_a_link_counts_not_that_of_its_target(room):
    room.write("real/.env", "DT_WHERE=real\n")
    room.write("links/.env", "DT_WHERE=links\n")
    room.config(config(), "real/catalog.yaml")
    (room / "links/catalog.yaml").symlink_to("../real/catalog.yaml")
    assert value(room, config="links/catalog.yaml") == "links"


NAMES = {
    "another name": ["other.env"],
    "in a folder": ["sub/x.env"],
    "beside the folder": ["../beside.env"],
    "an absolute path": ["{folder}/far/x.env"],
    "a placeholder of the real environment": ["${env:DT_NAME}.env"],
    "a folder of that name": [".env", "other.env"],
    "one that is not there": ["none.env", "other.env"],
    "a folder for a file": ["sub", "other.env"],
}


@pytest.mark.parametrize("names", NAMES)
def test_env_files_names_files(room, names):
    for path in ("in/other.env", "in/sub/x.env", "beside.env", "far/x.env", "in/real.env"):
        room.write(path, "DT_WHERE=found\n")
    (room / "in/.env").mkdir()
    names = [name.replace("{folder}", str(room.folder)) for name in NAMES[names]]
    room.config(config(env_files=names), "in/catalog.yaml")
    assert value(room, config="in/catalog.yaml", env={"DT_NAME": "real"}) == "found"
    assert room.duckalog("validate", "in/catalog.yaml", env={"DT_NAME": "real"}).err == ""


def test_a_list_replaces_the_usual_name(room):
    room.write(".env", "DT_WHERE=usual\n")
    for names, expected in (([], "unset"), (["none.env"], "unset"), (None, "usual"), ([".env"], "usual")):
        room.config(config(env_files=names))
        assert value(room) == expected


def test_names_are_no_patterns(room):
    room.write("a.env", "DT_WHERE=a\n")
    room.config(config(env_files=["*.env"]))
    assert value(room) == "unset"


def test_variables_of_files_name_no_files(room):
    """D-12: they are not there yet."""
    room.write(".env", "DT_NAME=other\n")
    room.write("other.env", "DT_WHERE=other\n")
    room.config(config(env_files=[".env", "${env:DT_NAME}.env"]))
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2 and "env_files[1]: " in outcome.err
    assert "DT_NAME" in outcome.err


# ---- who wins ----


def test_the_real_environment_wins_even_when_it_is_empty(room):
    room.write(".env", "DT_WHERE=file\n")
    room.config(config())
    assert value(room, env={"DT_WHERE": "real"}) == "real"
    assert value(room, env={"DT_WHERE": ""}) == ""


def test_earlier_names_win_over_later_ones_and_nearer_folders_over_all(room):
    room.write("a/one.env", "DT_A=one\n")
    room.write("a/two.env", "DT_A=two\nDT_B=two\n")
    room.write("one.env", "DT_A=one above\nDT_B=one above\nDT_C=one above\n")
    for name, expected in (("DT_A", "one"), ("DT_B", "two"), ("DT_C", "one above")):
        room.config(config(name, env_files=["one.env", "two.env"]), "a/catalog.yaml")
        assert value(room, config="a/catalog.yaml") == expected
    room.config(config("DT_A", env_files=["two.env", "one.env"]), "a/catalog.yaml")
    assert value(room, config="a/catalog.yaml") == "two"


def test_the_last_line_of_a_file_wins(room):
    room.write(".env", "DT_WHERE=first\nDT_WHERE=last\n")
    room.config(config())
    assert value(room) == "last"


def test_a_file_may_use_what_was_read_before_it(room):
    room.write(".env", "DT_WHERE=${DT_BASE}/${HOME_OF_DT:-none}\n")
    room.write("base.env", "DT_BASE=base\n")
    room.config(config(env_files=["base.env", ".env"]))
    assert value(room) == "base/none"
    assert value(room, env={"DT_BASE": "real"}) == "real/none"


def test_placeholders_in_values_are_left_alone(room):
    room.write(".env", "DT_WHERE='${env:DT_OTHER}'\nDT_OTHER=x\n")
    room.config(config())
    assert value(room) == "${env:DT_OTHER}"


# ---- what can't be read ----


def as_nobody():
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def test_files_that_cannot_be_read_are_warned_of_and_the_others_used(room):
    """D-12."""
    room.write("bad.env", b"DT_WHERE=\xff\n")
    room.write("big.env", b"#" * (1 << 20) + b"\n")
    os.mkfifo(room / "pipe.env")
    (room / "loop.env").symlink_to("loop.env")
    room.write("good.env", "DT_WHERE=good\n")
    room.config(config(env_files=["bad.env", "big.env", "pipe.env", "loop.env", "good.env"]))
    outcome = room.duckalog("validate", "catalog.yaml", timeout=5)
    assert outcome.code == 0
    lines = outcome.err.splitlines()
    for name in ("bad", "big", "pipe", "loop"):
        assert any(f"{name}.env" in line and "warning" in line and "not used" in line for line in lines), outcome.err
    assert len(lines) == 4
    assert value(room) == "good"


def test_a_link_to_a_file_is_followed(room):
    room.write("far/real.env", "DT_WHERE=far\n")
    (room / ".env").symlink_to("far/real.env")
    room.config(config())
    assert value(room) == "far"


# ---- nothing stays ----


def test_nothing_of_a_load_is_left_for_the_next_one(room):
    """D-10."""
    for name in ("a", "b"):
        room.write(f"{name}/.env", f"DT_WHERE={name}\nDT_ONLY_{name.upper()}=1\n")
        room.config(config(), f"{name}/catalog.yaml")
    room.config(config("DT_ONLY_A"), "b/other.yaml")
    for name in "abab":
        assert loaded(room / name / "catalog.yaml")[0] == name
    assert loaded(room / "b/other.yaml")[0] == "unset"
    assert loaded(room / "a/catalog.yaml", skip_env_files=1)[0] == "unset"
    for name in ("DT_WHERE", "DT_ONLY_A", "DT_ONLY_B"):
        assert libc.getenv(name.encode()) is None and name not in os.environ


def test_a_changed_file_counts_at_the_next_opening(room):
    room.write(".env", "DT_WHERE=one\n")
    room.config(config())
    with api.Catalog(room / "catalog.yaml") as catalog:
        assert catalog.query("FROM v") == [("one",)]
        catalog.close()
        room.write(".env", "DT_WHERE=two\n")
        assert catalog.query("FROM v") == [("two",)]
    assert libc.getenv(b"DT_WHERE") is None


EXPORTED = """
import ctypes, os, sys
sys.path.insert(0, sys.argv[1])
import duckalog_library as api
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
with api.Catalog(sys.argv[2], export_env_files=1) as catalog:
    catalog.connection()
print([libc.getenv(name.encode()) for name in ("DT_WHERE", "DT_SET", "DT_EMPTY", "DT_ABOVE")])
"""


def test_a_program_may_have_unset_names_exported(room):
    room.write("in/.env", "DT_WHERE=file\nDT_SET=file\nDT_EMPTY=file\n")
    room.write(".env", "DT_ABOVE=above\nDT_WHERE=above\n")
    path = room.config(config(), "in/catalog.yaml")
    outcome = room.start(
        "-c", EXPORTED, os.path.dirname(__file__), path, program=sys.executable, env={"DT_SET": "real", "DT_EMPTY": "",
        **{name: os.environ[name] for name in ("DUCKALOG_PROGRAM",) if name in os.environ}},
    )  # fmt: skip
    out, err = outcome.communicate(timeout=60)
    assert out.decode().strip() == "[b'file', b'real', b'', b'above']", err.decode()


# ---- who has files of his own ----


def test_files_beside_imports_do_not_count(room):
    room.write("far/.env", "DT_WHERE=far\n")
    room.config({"views": config()["views"], "env_files": [".env"]}, "far/a.yaml")
    room.config({"version": 1, "duckdb": {}, "imports": ["../far/a.yaml"]}, "in/catalog.yaml")
    assert value(room, config="in/catalog.yaml") == "unset"
    room.write("in/.env", "DT_WHERE=in\n")
    assert value(room, config="in/catalog.yaml") == "in"
    assert "env_files of an imported file are not used" in room.duckalog("validate", "in/catalog.yaml").err


def test_a_nested_catalog_has_its_own_files(room):
    room.write("parent/.env", "DT_WHERE=parent\nDT_PARENT=1\n")
    room.write("child/.env", "DT_WHERE=child\n")
    child = config(duckdb={"database": "child.duckdb"})
    child["views"].append({"name": "w", "sql": "SELECT '${env:DT_PARENT:unset}' AS w"})
    room.config(child, "child/catalog.yaml")
    parent = config(attachments={"duckalog": [{"alias": "c", "config_path": "../child/catalog.yaml"}]})
    room.config(parent, "parent/catalog.yaml")
    found = room.rows("SELECT (FROM v), (FROM c.v), (FROM c.w)", config="parent/catalog.yaml")
    assert found == [("parent", "child", "unset")]


def test_secret_values_of_files_are_masked(room):
    room.write(".env", "DT_PASSWORD=pass-c4nary\nDT_TOKEN=t0ken-c4nary\n")
    sql = "SELECT '${env:DT_PASSWORD}' AS p, '${env:DT_TOKEN}' AS t FROM"
    room.config(in_json({"version": 1, "duckdb": {}, "views": [{"name": "v", "sql": sql}]}))
    for command in ("generate-sql", "validate", "run"):
        outcome = room.duckalog(command, "catalog.yaml", "-vv" if command == "run" else "-v")
        assert "c4nary" not in outcome.out + outcome.err
    room.config(config("DT_PASSWORD"))
    assert value(room) == "***"
    assert value(room, "--include-secrets") == "pass-c4nary"
