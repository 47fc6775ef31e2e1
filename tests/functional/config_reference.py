"""
docs/config-reference.md as data, and configs made from it: for each key of each mapping one with every value that it
takes, and one for each mistake that can be made with it. The page is printed from the schema table (a test compares),
by another program than the JSON Schema is, so a key that is added there is tested without a line here.
"""

import copy
import re
from dataclasses import dataclass

from conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "config-reference.md"
ROOT = "Top level"

# What a mapping needs beside its required keys, or what a required one has to be for the checks beyond the table.
NEEDED = {
    ROOT: {"version": 1, "duckdb": {}},
    "views[]": {"name": "v", "sql": "SELECT 1"},
    "duckdb.secrets[]": {"type": "s3", "key_id": "k", "secret": "s"},
    "iceberg_catalogs[]": {"name": "ice", "catalog_type": "glue"},
}


@dataclass
class Key:
    name: str
    value: str  # in words, as the page has it
    default: str
    required: bool

    @property
    def words(self):
        """The words it takes, where it takes only some."""
        found = re.findall(r"`(\w+)`", self.value)
        return [] if self.value.startswith(("`true`", "mapping", "list of [", "list of paths")) else found

    @property
    def in_any_case(self):
        return self.value.endswith("in any case")

    @property
    def may_be_null(self):
        return not self.required and self.default == "none"

    @property
    def kind(self):
        starts = [
            ("text, not blank", "filled"), ("path, not blank", "filled"), ("text", "text"), ("path", "text"),
            ("name", "name"), ("whole number", "number"), ("`true`", "bool"), ("list of texts", "texts"),
            ("list of `", "words"), ("a statement", "statements"), ("mapping with", "options"), ("mapping [", "mapping"),
            ("list of [", "mappings"), ("list of mappings", "options list"), ("list of paths", "imports"),
            ("`", "word"),
        ]  # fmt: skip
        return next(kind for start, kind in starts if self.value.startswith(start))

    @property
    def range(self):
        """(least, most) of a number."""
        numbers = [int(n) for n in re.findall(r"\d+", self.value)]
        return (*numbers, 2**63 - 1)[:2]


def sections():
    """The keys of each mapping, by the heading it has on the page."""
    found = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| ", part, re.MULTILINE)
        found[part.split("\n")[0]] = [
            Key(name, value, default.strip("`"), default == "**required**") for name, value, default in rows
        ]
    return found


SECTIONS = sections()


def good_value(key):
    """Any value that is right."""
    return {
        "text": "x", "filled": "x", "name": "x", "number": 1, "bool": True, "texts": ["x"], "words": key.words[:1],
        "statements": "SET threads = 4", "options": {"x": 1}, "mapping": {}, "mappings": [], "options list": [{"x": 1}],
        "imports": ["x.yaml"], "word": key.words[0] if key.words else None,
    }[key.kind]  # fmt: skip


def good_object(section):
    return NEEDED.get(section) or {key.name: good_value(key) for key in SECTIONS[section] if key.required}


def config_with(section, value):
    """A whole config with this in the place of that mapping."""
    if section == ROOT:
        return value
    config = copy.deepcopy(NEEDED[ROOT])
    place, path = config, section.split(",")[0].split(".")
    for depth, part in enumerate(path):
        last = depth + 1 == len(path)
        inner = value if last else copy.deepcopy(good_object(".".join(path[: depth + 1])) if part[-1] == "]" else {})
        name = part.removesuffix("[]")
        if name == "sql_file":
            del place["sql"]
        place[name] = [inner] if part.endswith("[]") else inner
        place = inner
    return config


def with_key(section, key, value):
    return config_with(section, {**copy.deepcopy(good_object(section)), key.name: value})


def good_values(key):
    """What the key takes, in every form in which a parsed document may have it."""
    placeholder = "${env:DUCKALOG_TEST_UNSET:%s}"
    scalars = ["x", 5, 0, 1.5, True, False, placeholder % "x"]
    least, most = key.range if key.kind == "number" else (0, 0)
    return [*([None] if key.may_be_null else []), *{
        "text": [*scalars, "", " "],
        "filled": [*scalars, " x "],
        "name": [*scalars, " x\n", "ä b"],
        "number": [least, most if most < 2**53 else 2**53, 1, 1.0, True, *([False] if least == 0 else []), "7", " 7 ",
                   "0x1F", "1_0", "07", "7.0", "1e1", "+7", placeholder % 7, "\u00a07"],
        "bool": [True, False, 1, 0, 1.0, *"yes No ON off t F y N 1 0 1.0 0.0 TRUE".split(), " true ",
                 placeholder % "yes"],
        "word": [placeholder % key.words[0], *([key.words[0].upper(), f" {key.words[0].title()}\n"] * key.in_any_case)]
                if key.words else [],
        "texts": [[], ["x", 5, True, placeholder % "x", ""]],
        "words": [[], [*key.words, placeholder % (key.words or [0])[0], key.words[0].upper() if key.words else ""]],
        "statements": ["SET a = 1", "", [], ["SET a = 1", "", placeholder % "SET a = 1"]],
        "options": [{}, {"x": [1, {"y": None}], "z": 1.5}],
        "mapping": [],
        "mappings": [[]],
        "options list": [[], [{}, {"x": [None]}]],
        "imports": [[], {}, ["x.yaml", {"path": "y.yaml"}], {"views": ["x.yaml"], "duckdb": [{"path": "y", "override": "no"}],
                    "attachments": None}],
    }[key.kind]]  # fmt: skip


def bad_values(key):
    """(code, value) of what it does not take."""
    wrong = [("type", []), ("type", {}), ("type", ["x"])]
    if key.kind == "number":
        least, most = key.range
        return [*wrong, ("type", "x"), ("type", 1.5), ("type", "1.5"), ("type", ""), ("type", "1 2"), ("range", least - 1),
                ("range", most + 1), *([("range", False)] if least > 0 else [])]  # fmt: skip
    return {
        "text": wrong,
        "filled": [*wrong, ("blank", ""), ("blank", " \t\n"), ("blank", "\u00a0\u2003")],
        "name": [*wrong, ("blank", ""), ("blank", "\u3000 "), ("control-character", "a\nb"), ("control-character", "\x01")],
        "bool": [*wrong, ("type", 2), ("type", -1), ("type", 1.5), ("type", "maybe"), ("type", ""), ("null", None)],
        "word": [*wrong, ("unknown-value", "nonsense"), ("unknown-value", ""), ("unknown-value", 1),
                 *([] if key.in_any_case else [("unknown-value", key.words[0].upper()),
                                               ("unknown-value", key.words[0] + " ")])] if key.words else [],
        "texts": [("type", {}), ("type", "x"), ("type", 5), ("type", [None]), ("type", [[]]), ("type", [{}])],
        "words": [("type", {}), ("type", "year"), ("unknown-value", ["nonsense"]), ("type", [None]), ("type", [[]])],
        "statements": [("type", {}), ("type", [None]), ("type", [["x"]])],
        "options": [("type", []), ("type", "x"), ("type", 5)],
        "mapping": [("type", []), ("type", "x"), ("type", True)],
        "mappings": [("type", {}), ("type", "x"), ("type", [5]), ("type", [None]), ("type", [[]])],
        "options list": [("type", {}), ("type", "x"), ("type", [5]), ("type", [None])],
        "imports": [("type", "x"), ("type", 5), ("type", [[]]), ("type", [None]), ("unknown-key", {"nonsense": []}),
                    ("type", {"views": "x"}), ("blank", [" "]), ("missing-key", [{"override": True}])],
    }[key.kind]  # fmt: skip


def right_configs():
    """(what is in it, config)"""
    for section, keys in SECTIONS.items():
        yield section, config_with(section, good_object(section))
        for key in keys:
            for value in good_values(key):
                yield f"{section}: {key.name}: {value!r}", with_key(section, key, value)


def wrong_configs():
    """(what is wrong, code of it, config)"""
    for section, keys in SECTIONS.items():
        good = good_object(section)
        yield f"{section}: unknown", "unknown-key", config_with(section, {**good, "zzz": 1})
        for value in (5, "x", [], None):
            # An import may be a path alone; a mapping that is no item of a list may be null.
            if (section == "imports[]" and value in (5, "x")) or (value is None and section[-1] != "]" and section != ROOT):
                continue
            yield f"{section} is {value!r}", "type", config_with(section, value)
        for key in keys:
            if key.required:
                rest = {name: value for name, value in good.items() if name != key.name}
                yield f"{section}: no {key.name}", "missing-key", config_with(section, rest)
            if not key.may_be_null:
                yield f"{section}: {key.name}: null", "null", with_key(section, key, None)
            for code, value in bad_values(key):
                yield f"{section}: {key.name}: {value!r}", code, with_key(section, key, value)
