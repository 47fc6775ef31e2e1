"""
Configs of many files (config-language.md section 6, D-13 to D-24): which files count, in which order, and who wins.

The rules for random graphs of files are written down a second time below, from that text and not from the C code.
"""

import ctypes
import fnmatch
import json
import os
import random
import re
from ctypes import byref, c_void_p

import duckalog_library as api
import pytest
from conftest import in_json


def view(name, **keys):
    return {"name": name, "sql": f"SELECT '{name}' AS name", **keys}


def base(**keys):
    return {"version": 1, "duckdb": {}, **keys}


def script(config, **options):
    """The SQL of a config through the C API, or its problems."""
    handle, report, text = c_void_p(), c_void_p(), c_void_p()
    status = api.config_load(str(config).encode(), byref(api.options(**options)), byref(handle), byref(report))
    found = places(report)
    api.report_free(report)
    if status != api.OK:
        return found
    assert api.generate_sql(handle, None, api.FULL, byref(text)) == api.OK
    sql = ctypes.string_at(text).decode()
    api.string_free(text)
    api.config_free(handle)
    return sql


def places(report):
    """Each problem as "file:line:column path: message (hint)", the file by its name alone."""
    found = []
    while pointer := api.report_get(report, len(found)):
        one = pointer.contents
        file = os.path.basename((one.file or b"-").decode())
        found.append(
            f"{file}:{one.line}:{one.column} {one.code.decode()} {(one.path or b'-').decode()}: {one.message.decode()}"
            + (f" ({one.hint.decode()})" if one.hint else "")
        )
    return found


def views_of(sql):
    return re.findall(r'^CREATE OR REPLACE VIEW (?:"\w+"\.)?"([^"]+)"', sql, re.MULTILINE)


def pragmas_of(sql):
    return re.findall(r"^SET (p\w+) = 1;", sql, re.MULTILINE)


def write(room, files):
    """Files by name; what is no text is written as JSON, which is YAML too."""
    for name, content in files.items():
        room.write(name, content if isinstance(content, (str, bytes)) else in_json(content))


def problems(room, files, name="catalog.yaml", **options):
    write(room, files)
    found = script(room / name, **options)
    assert isinstance(found, list), found
    return found


def views(room, files, name="catalog.yaml", **options):
    write(room, files)
    found = script(room / name, **options)
    assert isinstance(found, str), found
    return views_of(found)


# ---- 6.1: forms ----

A, B, C = {"views": [view("a")]}, {"views": [view("b")]}, {"views": [view("c")]}
THREE = {"d/a.yaml": A, "d/b.yaml": B, "d/c.yaml": C}

FORMS = {
    "a list of paths": (["d/a.yaml", "d/b.yaml"], "a b"),
    "mappings with a path": ([{"path": "d/b.yaml"}, {"path": "d/a.yaml", "override": False}], "b a"),
    "a section": ({"views": ["d/a.yaml"]}, "a"),
    "a section that the file has not": ({"duckdb": ["d/a.yaml"]}, ""),
    "sections in written order": ({"attachments": ["d/b.yaml"], "views": ["d/c.yaml", "d/a.yaml"]}, "c a"),
    "a null section": ({"views": None, "duckdb": None}, ""),
    "nothing": ([], ""),
    "null": (None, ""),
    "a star, sorted": (["d/*.yaml"], "a b c"),
    "a question mark": (["d/?.yaml"], "a b c"),
    "a set": (["d/[ac].yaml"], "a c"),
    "a set of others": (["d/[!ac].yaml"], "b"),
    "any folders": (["**/b.yaml"], "b"),
    "a pattern in a mapping": ([{"path": "d/*.yaml", "override": False}], "a b c"),
    "a pattern in a section": ({"views": ["d/*.yaml"]}, "a b c"),
    "without one": (["d/*.yaml", "!d/b.yaml"], "a c"),
    "the negation first": (["!d/b.yaml", "d/*.yaml"], "a c"),
    "a negation takes paths away too": (["d/a.yaml", "d/b.yaml", "!d/a.yaml"], "b"),
    "a negated pattern": (["d/*.yaml", "!d/[ab].*"], "c"),
    "a negation as a mapping": (["d/*.yaml", {"path": "!d/a.yaml"}], "b c"),
    "only negations": (["!d/a.yaml"], ""),
    "nothing is left": (["d/a.yaml", "!**"], ""),
    "a negation is of its own list": ({"views": ["d/*.yaml"], "duckdb": ["!d/a.yaml"]}, "a b c"),
    "a path twice counts where it is first": (["d/b.yaml", "d/a.yaml", "d/b.yaml"], "b a"),
    "two ways to write a path": (["d/b.yaml", "./d/../d/b.yaml", "d//b.yaml", "d/a.yaml"], "b a"),
    "a path and a pattern": (["d/b.yaml", "d/*.yaml"], "b a c"),
    "blanks around a path": (["  d/a.yaml "], "a"),
    "file:// in front": (["file://{folder}/d/a.yaml"], "a"),
    "an absolute path": (["{folder}/d/b.yaml"], "b"),
}


@pytest.mark.parametrize("form", FORMS)
def test_imports_may_be_written(room, form):
    imports, expected = FORMS[form]
    imports = json.loads(json.dumps(imports).replace("{folder}", str(room.folder)))
    assert views(room, {"catalog.yaml": base(imports=imports), **THREE}) == expected.split()
    # At every level alike (D-14).
    nested = {"catalog.yaml": base(imports=["in.yaml"]), "in.yaml": {"imports": imports}, **THREE}
    assert views(room, nested) == expected.split()


BAD_FORMS = {
    "a word": ("d/a.yaml", "catalog.yaml:4:14 type imports: a list of files, or a mapping"),
    "a number": (5, "catalog.yaml:4:14 type imports: "),
    "a word in a section": ({"views": "d/a.yaml"}, "catalog.yaml:5:14 type imports.views: a list of files"),
    "a section that is none": ({"secrets": ["d/a.yaml"]}, "catalog.yaml:5:5 unknown-key imports.secrets: "),
    "a top key that is no section": ({"env_files": ["d/a.yaml"]}, "catalog.yaml:5:5 unknown-key imports.env_files: "),
    "null in the list": ([None], "catalog.yaml:5:5 type imports[0]: a path, or a mapping"),
    "a list in the list": ([["d/a.yaml"]], "catalog.yaml:5:5 type imports[0]: "),
    "a blank path": ([" "], "catalog.yaml:5:5 blank imports[0]: "),
    "no path": ([{"override": True}], "catalog.yaml:5:5 missing-key imports[0].path: "),
    "a blank path in a mapping": ([{"path": ""}], "catalog.yaml:6:15 blank imports[0].path: "),
    "an unknown key": (
        [{"path": "d/a.yaml", "optional": True}],
        "catalog.yaml:7:7 unknown-key imports[0].optional: ",
    ),
    "override is no boolean": (
        [{"path": "d/a.yaml", "override": "maybe"}],
        "catalog.yaml:7:19 type imports[0].override: ",
    ),
    "a missing file": (["d/z.yaml"], "catalog.yaml:5:5 import imports[0]: {folder}/d/z.yaml can't be found"),
    "a pattern that matches nothing": (["d/z*.yaml"], "catalog.yaml:5:5 import imports[0]: no file matches"),
    "a folder": (["d"], "catalog.yaml:5:5 import imports[0]: {folder}/d is not a config file"),
    "a folder that is called like a file": (["odd.yaml"], "odd.yaml:0:0 file -: is a folder"),
    "another ending": (["d/note.txt"], "catalog.yaml:5:5 import imports[0]: {folder}/d/note.txt is not a config file"),
    "a pattern that matches another ending": (["d/n*"], "catalog.yaml:5:5 import imports[0]: {folder}/d/note.txt is"),
    "an empty file": (["empty.yaml"], "empty.yaml:1:1 type -: the file is empty"),
    "a file of comments": (["comments.yaml"], "comments.yaml:1:1 type -: the file is empty"),
    "a list": (["list.yaml"], "list.yaml:1:1 type -: a mapping is expected here"),
    "no YAML": (["broken.yaml"], "broken.yaml:2:1 "),
    "no JSON": (["broken.json"], "broken.json:1:14 "),
    "YAML in a JSON file": (["yaml.json"], "yaml.json:1:1 "),
    "a pipe": (["pipe.yaml"], "pipe.yaml:0:0 file -: is not a regular file"),
    "a link to nowhere": (["nowhere.yaml"], "catalog.yaml:5:5 import imports[0]: {folder}/nowhere.yaml can't be found"),
    "a link to itself": (["loop.yaml"], "catalog.yaml:5:5 import imports[0]: {folder}/loop.yaml can't be found"),
}


@pytest.mark.parametrize("form", BAD_FORMS)
def test_imports_are_refused_with_their_place(room, form):
    imports, expected = BAD_FORMS[form]
    (room / "odd.yaml").mkdir()
    os.mkfifo(room / "pipe.yaml")
    (room / "nowhere.yaml").symlink_to("gone.yaml")
    (room / "loop.yaml").symlink_to("loop.yaml")
    files = {
        "d/note.txt": "views: []\n",
        "empty.yaml": "",
        "comments.yaml": "# nothing\n",
        "list.yaml": "[1]\n",
        "broken.yaml": "views: [\n",
        "broken.json": '{"views": [],}',
        "yaml.json": "views: []\n",
    }
    # What the file may hold is not asked for: neither `duckdb` nor the base of the model.
    config = {
        "version": 1,
        "semantic_models": [{"name": "m", "base_view": "elsewhere"}],
        "views": [{"name": "v", "source": "duckdb", "database": "elsewhere", "table": "t"}],
    }
    top = in_json({"imports": imports, **config}).replace('{\n  "imports"', '{\n\n\n  "imports"', 1)
    found = problems(room, {"catalog.yaml": top, **THREE, **files})
    assert len(found) == 1, found
    assert found[0].startswith(expected.replace("{folder}", str(room.folder))), found


def test_the_endings_of_imports_may_be_in_upper_case(room):
    files = {"a.YAML": A, "b.Yml": B, "c.JSON": C, "catalog.conf": base(imports=["a.YAML", "b.Yml", "c.JSON"])}
    assert views(room, files, "catalog.conf") == ["a", "b", "c"]


def test_json_and_yaml_may_be_mixed(room):
    files = {
        "catalog.json": base(imports=["a.yaml"]),
        "a.yaml": "imports: [b.json]\nviews:\n- {name: a, sql: SELECT 1}\n",
        "b.json": '{"views": [{"name": "b", "sql": "SELECT \\u0031"}]}',
    }
    assert views(room, files, "catalog.json") == ["b", "a"]


def test_files_that_begin_with_a_dot_need_to_be_named(room):
    files = {".hidden.yaml": A, "b.yaml": B, "d/c.yaml": C}
    assert views(room, {"catalog.yml": base(imports=["*.yaml"]), **files}, "catalog.yml") == ["b"]
    assert views(room, {"catalog.yml": base(imports=[".*.yaml", "**/*.yaml"])}, "catalog.yml") == ["a", "b", "c"]


def test_names_are_sorted_by_their_text(room):
    files = {f"v{i}.json": {"views": [view(f"v{i}")]} for i in (10, 9, 1, 2)}
    assert views(room, {"catalog.yaml": base(imports=["*.json"]), **files}) == ["v1", "v10", "v2", "v9"]


# ---- D-19, links ----


def test_a_pattern_leaves_the_importer_out(room):
    files = {"catalog.yaml": base(imports=["*.yaml"]), "a.yaml": A, "b.yaml": B}
    assert views(room, files) == ["a", "b"]
    assert views(room, {"catalog.yaml": base(imports=["*.yaml", "!b.*"])}) == ["a"]


def test_a_pattern_leaves_the_importer_out_by_whatever_name(room):
    (room / "same").symlink_to(".")
    (room / "copy.yaml").symlink_to("catalog.yaml")
    files = {"catalog.yaml": base(imports=["same/*.yaml"]), "a.yaml": A}
    assert views(room, files) == ["a"]


def test_imports_start_at_the_target_of_a_link_and_other_paths_at_the_link(room):
    (room / "links").mkdir()
    (room / "links" / "catalog.yaml").symlink_to("../real/catalog.yaml")
    files = {
        "real/catalog.yaml": base(imports=["a.yaml"], views=[{"name": "p", "source": "parquet", "uri": "p.parquet"}]),
        "real/a.yaml": A,
    }
    write(room, files)
    sql = script(room / "links/catalog.yaml")
    assert views_of(sql) == ["a", "p"]
    assert f"'{room.folder}/links/p.parquet'" in sql


def test_a_file_behind_two_names_counts_once(room):
    (room / "again.yaml").symlink_to("a.yaml")
    assert views(room, {"catalog.yaml": base(imports=["again.yaml", "b.yaml", "a.yaml"]), "a.yaml": A, "b.yaml": B}) == [
        "a",
        "b",
    ]


def test_a_name_that_begins_like_an_address_of_a_database_is_a_files_name(room):
    files = {"catalog.yaml": base(imports=["md:a.yaml", "d/sqlite:b.yaml"]), "md:a.yaml": A, "d/sqlite:b.yaml": B}
    assert views(room, files) == ["a", "b"]


def test_placeholders_in_paths_of_imports_are_filled_in(room):
    files = {
        ".env": "WHERE=d\n",
        "catalog.yaml": base(imports=["${env:WHERE}/${env:FILE:a}.yaml", "!${env:WHERE}/b.yaml"]),
        "d/a.yaml": {"imports": ["${env:NEXT:b}.yaml"], **A},
        "d/b.yaml": B,
    }
    assert views(room, files) == ["b", "a"]
    [problem] = problems(room, {"catalog.yaml": base(imports=["${env:NOT_SET_ANYWHERE}.yaml"])})
    assert "unset-variable imports[0]" in problem and "NOT_SET_ANYWHERE" in problem


# ---- 6.3: who wins ----


def version_of(sql):
    return int(re.search(r"Config version: (\d+)", sql)[1])


def threads_of(sql):
    found = re.search(r"^SET threads = (\d+);", sql, re.MULTILINE)
    return found and int(found[1])


def part(n, *imports, **keys):
    """A file of everything that can be told apart: scalars, lists, and mappings of both."""
    return {
        "version": n,
        "duckdb": {"settings": f"SET threads = {n}", "pragmas": [f"SET p{n} = 1"]},
        "attachments": {"duckdb": [{"alias": f"x{n}", "path": f"x{n}.db"}]},
        "views": [view(f"v{n}")],
        **({"imports": list(imports)} if imports else {}),
        **keys,
    }


def summary(room, files):
    """(version, threads, the numbers in the order of pragmas), which is the order of all other lists too."""
    write(room, files)
    sql = script(room / "catalog.yaml")
    assert isinstance(sql, str), sql
    order = [int(name[1:]) for name in pragmas_of(sql)]
    assert [int(name[1:]) for name in views_of(sql)] == order
    assert [int(name) for name in re.findall(r'AS "x(\d+)"', sql)] == order
    return version_of(sql), threads_of(sql), order


def weak(path):
    return {"path": path, "override": False}


WINNERS = {
    "the main file over its imports": ({"catalog.yaml": part(1, "2.yaml"), "2.yaml": part(2)}, (1, 1, [2, 1])),
    "override: true does not beat the importer": (
        {"catalog.yaml": part(1, {"path": "2.yaml", "override": True}), "2.yaml": part(2)},
        (1, 1, [2, 1]),
    ),
    "a later import over an earlier one": (
        {"catalog.yaml": {"imports": ["2.yaml", "3.yaml"]}, "2.yaml": part(2), "3.yaml": part(3)},
        (3, 3, [2, 3]),
    ),
    "with override: false the earlier one, and lists stay in order": (
        {"catalog.yaml": {"imports": ["2.yaml", weak("3.yaml")]}, "2.yaml": part(2), "3.yaml": part(3)},
        (2, 2, [2, 3]),
    ),
    "with override: false what is missing is filled": (
        {
            "catalog.yaml": {"imports": ["2.yaml", weak("3.yaml")], "duckdb": {"database": "x.duckdb"}},
            "2.yaml": {"version": 2, "duckdb": {"pragmas": ["SET p2 = 1"]}, "views": [view("v2")],
                       "attachments": {"duckdb": [{"alias": "x2", "path": "x2.db"}]}},
            "3.yaml": part(3),
        },
        (2, 3, [2, 3]),
    ),  # fmt: skip
    "with override: false the first one wins all the same": (
        {"catalog.yaml": {"imports": [weak("2.yaml"), "3.yaml"]}, "2.yaml": part(2), "3.yaml": part(3)},
        (3, 3, [2, 3]),
    ),
    "nested: each importer over its imports": (
        {"catalog.yaml": {"imports": ["2.yaml"]}, "2.yaml": part(2, "3.yaml", "4.yaml"), "3.yaml": part(3), "4.yaml": part(4)},
        (2, 2, [3, 4, 2]),
    ),
    "nested: a later import over an earlier one": (
        {"catalog.yaml": {"imports": ["2.yaml"]}, "2.yaml": {"imports": ["3.yaml", "4.yaml"]}, "3.yaml": part(3), "4.yaml": part(4)},
        (4, 4, [3, 4]),
    ),
    "nested: override: false does not beat the importer": (
        {"catalog.yaml": {"imports": ["2.yaml"]}, "2.yaml": part(2, weak("3.yaml")), "3.yaml": part(3)},
        (2, 2, [3, 2]),
    ),
    "nested: override: false looks back in its own file only": (
        {"catalog.yaml": {"imports": ["2.yaml", "3.yaml"]}, "2.yaml": part(2), "3.yaml": {"imports": [weak("4.yaml")]}, "4.yaml": part(4)},
        (4, 4, [2, 4]),
    ),
    "override: false is for all that the file imports": (
        {"catalog.yaml": {"imports": ["2.yaml", weak("3.yaml")]}, "2.yaml": part(2), "3.yaml": part(3, "4.yaml"), "4.yaml": part(4)},
        (2, 2, [2, 4, 3]),
    ),
    "a diamond counts where it is first": (
        {"catalog.yaml": {"imports": ["2.yaml", "3.yaml"]}, "2.yaml": part(2, "4.yaml"), "3.yaml": {"imports": ["4.yaml"]}, "4.yaml": part(4)},
        (2, 2, [4, 2]),
    ),
    "what a diamond shares is before both": (
        {"catalog.yaml": {"imports": ["2.yaml", "3.yaml"]}, "2.yaml": part(2, "4.yaml"), "3.yaml": part(3, "4.yaml"), "4.yaml": part(4)},
        (3, 3, [4, 2, 3]),
    ),
    "imports of the main file come again deeper": (
        {"catalog.yaml": part(1, "2.yaml", "3.yaml"), "2.yaml": part(2, "3.yaml"), "3.yaml": part(3)},
        (1, 1, [3, 2, 1]),
    ),
    "a null says nothing": (
        {"catalog.yaml": {"version": None, "duckdb": None, "views": None, "attachments": None, "imports": ["2.yaml"]}, "2.yaml": part(2)},
        (2, 2, [2]),
    ),
    "a null in an import says nothing": (
        {"catalog.yaml": {"imports": ["2.yaml", "3.yaml"]}, "2.yaml": part(2), "3.yaml": {"version": None, "duckdb": {"settings": None}, "views": None}},
        (2, 2, [2]),
    ),
    "ten levels": (
        {"catalog.yaml": part(1, "2.yaml"), **{f"{n}.yaml": part(n, f"{n + 1}.yaml") for n in range(2, 10)}, "10.yaml": part(10)},
        (1, 1, [*range(10, 0, -1)]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WINNERS)
def test_of_scalars_one_wins_and_lists_are_joined(room, case):
    files, expected = WINNERS[case]
    assert summary(room, files) == expected


def test_sections_are_taken_each_by_itself(room):
    """D-15: the same file in two sections; and what is not named stays out."""
    imports = {"views": ["2.yaml"], "duckdb": ["2.yaml", "3.yaml"]}
    write(room, {"catalog.yaml": {"version": 1, "imports": imports}, "2.yaml": part(2), "3.yaml": part(3)})
    sql = script(room / "catalog.yaml")
    assert (version_of(sql), threads_of(sql), views_of(sql), pragmas_of(sql)) == (1, 3, ["v2"], ["p2", "p3"])
    assert "ATTACH" not in sql


def test_sections_narrow_down_at_every_level(room):
    files = {
        "catalog.yaml": {"version": 1, "duckdb": {}, "imports": {"views": ["2.yaml"]}},
        "2.yaml": part(2, imports={"duckdb": ["3.yaml"], "views": ["4.yaml"]}),
        "3.yaml": part(3),
        "4.yaml": part(4, "5.yaml"),
        "5.yaml": part(5),
    }
    write(room, files)
    sql = script(room / "catalog.yaml")
    assert (views_of(sql), pragmas_of(sql), threads_of(sql)) == (["v5", "v4", "v2"], [], None)


def test_a_section_that_was_taken_before_leaves_the_others(room):
    files = {
        "catalog.yaml": {"imports": ["2.yaml", "3.yaml"]},
        "2.yaml": {"imports": {"views": ["3.yaml"]}, "views": [view("v2")]},
        "3.yaml": part(3, "4.yaml"),
        "4.yaml": part(4),
    }
    write(room, files)
    sql = script(room / "catalog.yaml")
    assert (views_of(sql), pragmas_of(sql)) == (["v4", "v3", "v2"], ["p4", "p3"])


def test_a_list_and_a_single_statement_do_not_mix(room):
    """`settings` may be either: the later one wins as a whole."""
    single, listed = {"duckdb": {"settings": "SET threads = 2"}}, {"duckdb": {"settings": ["SET threads = 3"]}}
    for order, expected in (("ab", 3), ("ba", 2)):
        write(room, {"catalog.yaml": {"version": 1, "imports": [f"{name}.yaml" for name in order]}, "a.yaml": single, "b.yaml": listed})
        assert re.findall(r"SET threads = (\d)", script(room / "catalog.yaml")) == [str(expected)]


def test_imports_and_env_files_are_each_files_own_business(room):
    files = {
        "catalog.yaml": base(imports=["a.yaml"], views=[view("main")]),
        "a.yaml": "env_files: [other.env]\nviews:\n- {name: '${env:FROM_OTHER:a}', sql: SELECT 1}\n",
        "other.env": "FROM_OTHER=other\n",
    }
    assert views(room, files) == ["a", "main"]
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 0
    assert "a.yaml:1:1: warning: env_files: env_files of an imported file are not used" in outcome.err + outcome.out


def test_loader_settings_are_merged_like_all_mappings(room):
    files = {
        "catalog.yaml": base(loader_settings={"max_threads": 2}, imports=["a.yaml"]),
        "a.yaml": {"loader_settings": {"concurrency_enabled": False, "max_threads": 3}, **A},
    }
    assert views(room, files) == ["a"]
    assert "loader_settings.max_threads" in problems(room, {"a.yaml": {"loader_settings": {"max_threads": 0}}, "catalog.yaml": base(imports=["a.yaml"])})[0]


# ---- what is wrong in an import ----

WRONG = {
    "a view without a query (D-16)": (
        {"views": [view("good"), {"name": "bad"}]},
        "a.yaml:7:5 combination views[1]: ",
    ),
    "a key that nobody knows": ({"viewz": []}, "a.yaml:2:3 unknown-key viewz: unknown key (did you mean views?)"),
    "a key of a view that nobody knows": (
        {"views": [view("a", schema="s")]},
        "a.yaml:6:7 unknown-key views[0].schema: ",
    ),
    "a section of another type": ({"views": {}}, "a.yaml:2:12 type views: "),
    "a name that the main file has": (
        {"views": [view("M")]},
        'catalog.yaml:7:15 duplicate-name views[0].name: another view has the name "m": {folder}/a.yaml:4:15',
    ),
    "a name that another import has": (
        {"views": [view("b")]},
        'b.yaml:4:15 duplicate-name views[0].name: another view has the name "b": {folder}/a.yaml:4:15',
    ),
    "an alias that the main file has": (
        {"attachments": {"sqlite": [{"alias": "Main_alias", "path": "y"}]}},
        "a.yaml:5:18 duplicate-name attachments.sqlite[0].alias: another attachment has the name \"Main_alias\": "
        "{folder}/catalog.yaml:",
    ),
    "a secret that the main file has (D-23)": (
        {"duckdb": {"secrets": [{"type": "http", "bearer_token": "xxxxxxxxxx"}]}},
        "catalog.yaml:",
    ),
    "a variable that is not set": (
        {"views": [{"name": "v", "sql": "SELECT '${env:NOT_SET_ANYWHERE}'"}]},
        'a.yaml:5:14 unset-variable views[0].sql: the environment variable "NOT_SET_ANYWHERE" is not set',
    ),
    "a key twice": ("views: []\nviews: []\n", "a.yaml:2:1 duplicate-key -: "),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_an_import_is_told_with_its_file(room, case):
    imported, expected = WRONG[case]
    config = base(
        views=[view("m")],
        imports=["a.yaml", "b.yaml"],
        attachments={"duckdb": [{"alias": "main_alias", "path": "x"}]},
    )
    config["duckdb"] = {"secrets": [{"type": "http", "bearer_token": "yyyyyyyyyy"}]}
    found = problems(room, {"catalog.yaml": in_json({"views": config.pop("views"), **config}), "a.yaml": imported, "b.yaml": B})
    assert len(found) == 1, found
    if case.startswith("a secret"):
        assert "duplicate-name duckdb.secrets[0]" in found[0] and "xxxxx" not in found[0], found
        return
    if case.startswith("a name that the main"):
        expected = 'catalog.yaml:4:15 duplicate-name views[0].name: another view has the name "m": {folder}/a.yaml:4:15'
    assert found[0].startswith(expected.replace("{folder}", str(room.folder))), found


def test_all_files_are_looked_at_and_problems_are_sorted(room):
    files = {
        "catalog.yaml": base(imports=["b.yaml", "gone.yaml", "a.yaml"], views=[{"name": "x"}]),
        "a.yaml": {"views": [{"name": "y"}], "zzz": 1},
        "b.yaml": {"views": [{"name": "z"}], "imports": ["also-gone.yaml"]},
    }
    found = problems(room, files)
    assert [problem.split(" ")[0].split(":")[0] for problem in found] == ["a.yaml"] * 2 + ["b.yaml"] * 2 + ["catalog.yaml"] * 2


# ---- paths in imported files (D-17, D-18) ----


def test_paths_start_at_the_file_that_declares_them(room):
    files = {
        "main/catalog.yaml": base(imports=["../shared/a.yaml", "sub/b.yaml"], views=[{"name": "m", "source": "parquet", "uri": "m.parquet"}]),
        "shared/a.yaml": {
            "duckdb": {"database": "shared.duckdb"},
            "attachments": {"duckdb": [{"alias": "d", "path": "d.db"}], "sqlite": [{"alias": "s", "path": "../s.db"}]},
            "views": [{"name": "a", "source": "parquet", "uri": "data/a.parquet"}, {"name": "f", "sql_file": {"path": "sql/f.sql"}}],
        },
        "shared/sql/f.sql": "SELECT 'from shared' AS f",
        "main/sub/b.yaml": {"views": [{"name": "b", "source": "parquet", "uri": "../b.parquet"}]},
    }  # fmt: skip
    write(room, files)
    sql = script(room / "main/catalog.yaml")
    for path in ("shared/data/a.parquet", "shared/d.db", "s.db", "main/b.parquet", "main/m.parquet"):
        assert f"'{room.folder}/{path}'" in sql
    assert "from shared" in sql


def test_the_database_of_an_import_is_in_that_files_folder(room):
    write(room, {"main/catalog.yaml": {"version": 1, "imports": ["../shared/a.yaml"], **A}, "shared/a.yaml": {"duckdb": {"database": "shared.duckdb"}}})
    assert room.duckalog("run", "main/catalog.yaml").code == 0
    assert (room / "shared/shared.duckdb").exists()


# ---- rings ----

RINGS = {
    "itself": (
        {"catalog.yaml": base(imports=["catalog.yaml"])},
        ["catalog.yaml:5:5 import-ring imports: this file imports itself"],
    ),
    "two": (
        {"catalog.yaml": base(imports=["a.yaml"]), "a.yaml": {"imports": ["catalog.yaml"]}},
        ["a.yaml:3:5 import-ring imports: files import each other in a ring: {f}/catalog.yaml:5:5 imports {f}/a.yaml, "
         "{f}/a.yaml:3:5 imports {f}/catalog.yaml"],
    ),
    "three, not the main file": (
        {"catalog.yaml": base(imports=["a.yaml"]), "a.yaml": {"imports": ["b.yaml"]}, "b.yaml": {"imports": ["c.yaml"]},
         "c.yaml": {"imports": ["a.yaml"]}},
        ["c.yaml:3:5 import-ring imports: files import each other in a ring: {f}/a.yaml:3:5 imports {f}/b.yaml, "
         "{f}/b.yaml:3:5 imports {f}/c.yaml, {f}/c.yaml:3:5 imports {f}/a.yaml"],
    ),
    "two rings": (
        {"catalog.yaml": base(imports=["a.yaml", "b.yaml"]), "a.yaml": {"imports": ["a.yaml"]}, "b.yaml": {"imports": {"views": ["b.yaml"]}}},
        ["a.yaml:3:5 import-ring imports: this file imports itself", "b.yaml:4:7 import-ring imports: this file imports itself"],
    ),
    "by another name": (
        {"catalog.yaml": base(imports=["./d/../catalog.yaml"]), "d/x": ""},
        ["catalog.yaml:5:5 import-ring imports: this file imports itself"],
    ),
    "by a pattern of the other": (
        {"catalog.yaml": base(imports=["a.yaml"]), "a.yaml": {"imports": ["*.yaml"]}},
        ["a.yaml:3:5 import-ring imports: files import each other in a ring: {f}/catalog.yaml:5:5 imports {f}/a.yaml, "
         "{f}/a.yaml:3:5 imports {f}/catalog.yaml"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RINGS)
def test_rings_are_told_with_each_place(room, case):
    files, expected = RINGS[case]
    found = problems(room, files)
    assert len(found) == len(expected), found
    for one, start in zip(found, expected, strict=True):
        assert one.startswith(start.replace("{f}", str(room.folder))), found


# ---- limits ----


def test_ten_thousand_files_are_read_and_no_more(room):
    folder = room / "d"
    folder.mkdir()
    for i in range(9999):
        (folder / f"{i:05}.json").write_text("{}")
    write(room, {"catalog.yaml": base(imports=["d/*.json"]), "d/08000.json": A})
    assert views(room, {}) == ["a"]
    (folder / "one-more.json").write_text("{}")
    assert ["too-large" in one for one in problems(room, {})] == [True]
    # Named one by one: told once, not two thousand times.
    more = {"catalog.yaml": base(imports=["d/*.json", "more.json"]), "more.json": {"imports": [f"e/{i}.json" for i in range(2000)]}}
    os.unlink(folder / "one-more.json")
    (room / "e").mkdir()
    for i in range(2000):
        (room / f"e/{i}.json").write_text("{}")
    [problem] = problems(room, more)
    assert "more than 10000 files" in problem


def test_all_files_together_have_a_limit(room):
    for i in range(5):
        (room / f"{i}.yaml").write_bytes(b"views: []\n" + b"#" * (15 << 20) + b"\n")
    assert views(room, {"catalog.yaml": base(imports=["[0-3].yaml"])}) == []
    [problem] = problems(room, {"catalog.yaml": base(imports=["*.yaml"])})
    assert problem.startswith("catalog.yaml:5:5 too-large imports[0]: ") and "64 MiB" in problem


def test_all_values_together_have_a_limit(room):
    for i in range(3):
        room.write(f"{i}.yaml", "views: [" + "x," * 900_000 + "]\n")
    for threads in (1, 8):
        config = base(imports=["*.yaml"], loader_settings={"max_threads": threads})
        [problem] = problems(room, {"catalog.yaml": config})
        assert "too-large imports: " in problem and "2000000 values" in problem


def test_merging_many_keys_takes_no_long(room):
    """Mappings are joined by their keys, also where somebody wrote a hundred thousand of them."""
    for name in "ab":
        room.write(f"{name}.yaml", "duckdb:\n" + "".join(f"  {name}{i}: 1\n" for i in range(100_000)))
    room.config(base(imports=["a.yaml", "b.yaml"]))
    outcome = room.duckalog("validate", "catalog.yaml", timeout=20)
    assert outcome.code == 2 and "unknown key" in outcome.err


# ---- the same every time (D-13) ----


def hundred(room, broken=False):
    """100 files in three levels with diamonds, of different sizes."""
    pick = random.Random(7)
    files = {"catalog.yaml": part(1, "d/1*.yaml", "d/[2-9]*.yaml")}
    for n in range(10, 110):
        later = [m for m in range(n + 1, 110)]
        keys = {"views": [view(f"v{n}_{i}") for i in range(pick.choice([0, 1, 1, 50]))]}
        if broken:
            keys = {"views": [{"name": f"v{n}"}], "zz": n}
        files[f"d/{n}.yaml"] = part(n, *[f"{m}.yaml" for m in pick.sample(later, min(3, len(later)))], **keys)
    write(room, files)


SETTINGS = [{}, {"concurrency_enabled": False}, *({"max_threads": n} for n in (1, 2, 3, 8, 64))]


def test_the_script_does_not_depend_on_threads(room):
    hundred(room)
    expected = script(room / "catalog.yaml")
    assert isinstance(expected, str) and len(pragmas_of(expected)) == 101
    for settings in SETTINGS:
        room.config({**json.loads((room / "catalog.yaml").read_text()), "loader_settings": settings})
        for _ in range(15):
            assert script(room / "catalog.yaml") == expected
    outcome = room.duckalog("generate-sql", "catalog.yaml")
    assert outcome.out == expected


def test_the_report_does_not_depend_on_threads(room):
    hundred(room, broken=True)
    expected = script(room / "catalog.yaml")
    assert isinstance(expected, list) and len(expected) == 200
    for settings in SETTINGS:
        room.config({**json.loads((room / "catalog.yaml").read_text()), "loader_settings": settings})
        for _ in range(10):
            found = script(room / "catalog.yaml")
            assert found == expected


# ---- random graphs, and the rules a second time ----

SECTIONS = ["version", "duckdb", "views", "attachments"]
IMPORTABLE = ["duckdb", "views", "attachments"]


class Model:
    """The rules of section 6 and D-13, D-14: depth first, imports before their importer, each section of a file once."""

    def __init__(self, files):
        self.files = files  # path → content, with parsed "imports"
        self.met = set()

    def edges(self, path):
        """(file, section or None, override) of each file that an entry stands for."""
        imports = self.files[path].get("imports") or []
        lists = [(None, imports)] if isinstance(imports, list) else list(imports.items())
        for section, entries in lists:
            entries = [entry if isinstance(entry, dict) else {"path": entry} for entry in entries]
            for entry in entries:
                if not entry["path"].startswith("!"):
                    for found in self.matches(path, entry["path"]):
                        if not any(
                            found in self.matches(path, other["path"][1:])
                            for other in entries
                            if other["path"].startswith("!")
                        ):
                            yield found, section, entry.get("override", True)

    def matches(self, importer, pattern):
        folder, _, _ = importer.rpartition("/")
        pattern = os.path.normpath(os.path.join(folder, pattern))
        depth = pattern.count("/")
        found = [name for name in self.files if name.count("/") == depth and fnmatch.fnmatchcase(name, pattern)]
        return sorted(name for name in found if name != importer or name == pattern)

    def meet(self, path, sections):
        """The scalars and lists that a file contributes with all that it imports: {key: value}, {key: [values]}."""
        sections = {section for section in sections if (path, section) not in self.met}
        self.met |= {(path, section) for section in sections}
        scalars, lists = {}, {}
        if not sections:
            return scalars, lists
        for file, section, override in self.edges(path):
            their_scalars, their_lists = self.meet(file, sections if section is None else sections & {section})
            scalars = {**scalars, **their_scalars} if override else {**their_scalars, **scalars}
            for key, values in their_lists.items():
                lists[key] = lists.get(key, []) + values
        content = self.files[path]
        own = {
            "version": content.get("version"),
            "settings": (content.get("duckdb") or {}).get("settings"),
            "pragmas": (content.get("duckdb") or {}).get("pragmas", []),
            "views": [one["name"] for one in content.get("views") or []],
            "aliases": [one["alias"] for one in (content.get("attachments") or {}).get("duckdb", [])],
        }
        of = {"version": "version", "settings": "duckdb", "pragmas": "duckdb", "views": "views", "aliases": "attachments"}
        for key, value in own.items():
            if of[key] in sections and isinstance(value, list):
                lists[key] = lists.get(key, []) + value
            elif of[key] in sections and value is not None:
                scalars[key] = value
        return scalars, lists


def some_file(pick, n):
    """Some sections, some of them null."""
    whole = {**part(n), "views": [view(f"v{n}_{i}") for i in range(pick.randrange(3))]}
    content = {key: value for key, value in whole.items() if pick.random() < 0.7}
    if "duckdb" in content:
        content["duckdb"] = {key: value for key, value in content["duckdb"].items() if pick.random() < 0.7}
    if pick.random() < 0.2:
        content[pick.choice(SECTIONS)] = None
    return content


def some_entries(pick, importer, names):
    """Entries that lead to files further on, so that there are no rings."""
    folder = os.path.dirname(importer)
    later = names[names.index(importer) + 1 :]
    entries = []
    for _ in range(pick.choice([0, 1, 2, 3, 4])):
        if not later:
            break
        target = pick.choice(later)
        kind = pick.random()
        if kind < 0.25 and os.path.dirname(target) > folder:
            pattern = f"{os.path.dirname(target)}/{pick.choice(['*.yaml', '*.json', '*', '?[0-4].*', '*[!37].*'])}"
            target = pattern if fnmatch.filter(names, pattern) else target
        elif kind < 0.4:
            target = f"!{target if pick.random() < 0.6 else os.path.dirname(target) + '/*[05].*'}"
        bang, path = ("!", target[1:]) if target.startswith("!") else ("", target)
        path = bang + os.path.relpath(path, folder or ".")
        entries.append(path if pick.random() < 0.6 else {"path": path, "override": pick.random() < 0.5})
    return entries


def some_graph(pick):
    names = ["catalog.yaml"] + [f"d{n // 5}/{n:02}.{pick.choice(['yaml', 'json'])}" for n in range(20)]
    files = {}
    for n, name in enumerate(names):
        content = some_file(pick, n + 1)
        if n == 0 and pick.random() < 0.8:
            content["duckdb"] = {"database": "x.duckdb", **(content.get("duckdb") or {})}
        if n == 0 or pick.random() < 0.7:
            if pick.random() < 0.7:
                content["imports"] = some_entries(pick, name, names)
            else:
                content["imports"] = {
                    section: some_entries(pick, name, names) for section in pick.sample(IMPORTABLE, pick.randrange(1, 4))
                }
        files[name] = content
    return files


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_of_files_follow_the_rules(room, seed):
    pick = random.Random(seed)
    merged = 0
    for round_ in range(50):
        files = some_graph(pick)
        model = Model(files)
        scalars, lists = model.meet("catalog.yaml", SECTIONS)
        folder = f"{seed}-{round_}"
        write(room, {f"{folder}/{name}": content for name, content in files.items()})
        found = script(room / folder / "catalog.yaml", skip_env_files=1)
        where = room / folder
        if isinstance(found, list):
            assert all(" missing-key " in one or " null " in one for one in found), (where, found)
            assert "version" not in scalars or not any(path_has(model, "duckdb")), (where, found)
            continue
        merged += 1
        expected = [int(name[5:].split(" ")[0]) for name in lists.get("pragmas", [])]
        assert [int(name[1:]) for name in pragmas_of(found)] == expected, where
        assert views_of(found) == lists.get("views", []), where
        assert re.findall(r'AS "(x\d+)"', found) == lists.get("aliases", []), where
        assert version_of(found) == scalars["version"], where
        assert threads_of(found) == ("settings" in scalars and int(scalars["settings"].split("=")[1]) or None), where
    assert merged >= 30


def path_has(model, section):
    return [path for path, met in model.met if met == section and model.files[path].get(section) is not None]
