"""
The JSON Schema of configs (`duckalog schema`) and the program's own checks say the same of every config: of those in
the documents and examples, of what can be right and wrong with each key, and of the mistakes in tests/corpus/configs.
"""

import itertools
import json
import re
from ctypes import byref, c_void_p

import duckalog_library as lib
import pytest
import test_docs
import yaml
from conftest import PROGRAM, REPOSITORY
from config_reference import ROOT, SECTIONS, right_configs, wrong_configs
from jsonschema import Draft202012Validator

COPY = REPOSITORY / "schema" / "duckalog.schema.json"
CORPUS = REPOSITORY / "tests" / "corpus" / "configs"

# What is wrong with a config, by the codes of the report, that a schema can say too.
EXPRESSIBLE = {
    "type", "unknown-key", "missing-key", "null", "combination", "unknown-value", "range", "blank", "control-character",
}  # fmt: skip

# Mistakes of the corpus that the schema lets pass in at least one reading, and why it has to.
INEXPRESSIBLE = {
    "number-with-leading-zero": "a parsed number does not tell how it was written: 8 in YAML 1.1, 10 in YAML 1.2",
    "version-is-beyond-all-numbers": "text in YAML 1.1, and a range is of numbers",
    "number-of-base-60": "a parsed number does not tell how it was written: 90 in YAML 1.1",
    "number-of-base-2": "a parsed number does not tell how it was written: 3 in YAML 1.1",
    "number-with-an-exponent-beyond-whole-numbers": "the same number as with all its zeros, which is taken",
    "number-with-too-many-hexadecimal-digits": "a parsed number does not tell how it was written",
    "number-in-quotes-out-of-range": "a range is of numbers, not of text that stands for one",
    "number-in-quotes-with-a-fraction-in-its-exponent": "whether it is whole is no matter of form",
    "yes-in-quotes-for-a-number": "a parsed text does not tell whether it had quotes; bare, `yes` is taken",
    "yes-or-no-with-a-sign": "a parsed number does not tell how it was written",
    "yes-or-no-in-hexadecimal": "a parsed number does not tell how it was written",
    "placeholder-that-turns-out-blank": "variables are not known to a schema",
    "placeholder-that-turns-out-a-mistake": "variables are not known to a schema",
    "placeholder-that-leaves-a-key-empty": "variables are not known to a schema",
    "placeholder-that-changes-what-is-needed": "variables are not known to a schema",
    "iceberg-catalog-of-unknown-type": "checked beyond the table, in check_views.c",
    "iceberg-rest-catalog-without-uri": "checked beyond the table, in check_views.c",
}


# ---- the two judges ----


def printed_schema():
    return test_docs.subprocess.run([str(PROGRAM), "schema"], capture_output=True, check=True).stdout.decode("utf-8")


@pytest.fixture(scope="module")
def schema():
    return Draft202012Validator(json.loads(printed_schema()))


def problems(path):
    """(code, key path) of each error that the library finds, in this process."""
    config, report = c_void_p(), c_void_p()
    lib.config_load(str(path).encode(), None, byref(config), byref(report))
    found = [lib.report_get(report, i).contents for i in range(lib.report_count(report))]
    errors = [(one.code.decode(), (one.path or b"").decode()) for one in found if one.severity == lib.ERROR]
    lib.report_free(report)
    lib.config_free(config)
    return errors


def codes(path):
    return {code for code, _ in problems(path)}


# ---- documents as other tools parse them ----


class Yaml11(yaml.SafeLoader):
    """PyYAML's own reading, but for dates, which JSON has not."""


Yaml11.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in rows if not tag.endswith(":timestamp")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Yaml12(yaml.SafeLoader):
    """The core schema of YAML 1.2, as most editors read it."""

    yaml_implicit_resolvers = {}

    def construct_number(self, node):
        text = node.value
        return int(text, 0) if text.startswith(("0x", "0o")) else int(text)


for _tag, _regex, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
     "-+.0123456789"),
    ("merge", r"^<<$", "<"),
):  # fmt: skip
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_regex), list(_first))
Yaml12.add_constructor("tag:yaml.org,2002:int", Yaml12.construct_number)


def as_json(value):
    """Keys are text there."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else value


READINGS = {"YAML 1.1": Yaml11, "YAML 1.2": Yaml12}


def differences(schema, path, text):
    """Where the two judges disagree on a YAML config, for each way to read it."""
    found = codes(path)
    for name, loader in READINGS.items():
        try:
            document = as_json(yaml.load(text, loader))
        except yaml.YAMLError:
            assert found, f"{path}: no YAML, but accepted"
            continue
        yield from difference(schema, document, found, name)


def difference(schema, document, found, reading="JSON"):
    error = next(schema.iter_errors(document), None)
    if error is not None and not found:
        yield f"{reading}: the schema refuses what is accepted: {error.json_path}: {error.message}"
    if error is None and found & EXPRESSIBLE:
        yield f"{reading}: the schema takes what is refused: {sorted(found)}"


# ---- the schema itself ----


def test_schema_is_a_valid_schema_of_draft_2020_12(schema):
    Draft202012Validator.check_schema(schema.schema)
    assert schema.schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_committed_copy_is_what_the_program_prints():
    """After a change of src/config/schema.c: build-dev/duckalog schema >schema/duckalog.schema.json"""
    assert COPY.read_text(encoding="utf-8") == printed_schema(), "schema/duckalog.schema.json is old; print it anew"


def definition_of(schema, section):
    name = section.split(",")[0].replace("[]", "")
    return schema.schema if section == ROOT else schema.schema["$defs"][name]


def test_schema_has_the_keys_of_the_reference_in_their_order_and_no_others(schema):
    for section, keys in SECTIONS.items():
        definition = definition_of(schema, section)
        assert list(definition["properties"]) == [key.name for key in keys], section
        assert definition["additionalProperties"] is False
        for key in keys:
            found = definition["properties"][key.name]
            assert found["description"]
            written = {True: "true", False: "false"}.get(found.get("default"), str(found.get("default", "none")))
            assert written == ("none" if key.required else key.default), f"{section}: {key.name}"


def test_secret_values_are_marked_as_not_to_be_shown(schema):
    page = test_docs.REPOSITORY.joinpath("docs/config-reference.md").read_text(encoding="utf-8")
    marked = [key for d in schema.schema["$defs"].values() for key, p in d.get("properties", {}).items() if p.get("writeOnly")]
    assert sorted(marked) == sorted(re.findall(r"^\| `(\w+)` .*\*\*Secret", page, re.MULTILINE))


# ---- agreement ----


def test_configs_of_documents_and_examples_are_judged_the_same(schema, tmp_path):
    found, count = [], 0
    for page in test_docs.PAGES:
        for block in test_docs.blocks_of(page):
            name = block.value("file") or ("checked.yaml" if "check" in block.words else None)
            if block.language != "yaml" or name is None:
                continue
            path = tmp_path / "config.yaml"
            path.write_text(block.content, encoding="utf-8")
            found += [f"{page.name}:{block.line}: {d}" for d in differences(schema, path, block.content)]
            count += 1
    for path in sorted(REPOSITORY.glob("examples/*/*.yaml")):
        text = path.read_text(encoding="utf-8")
        found += [f"{path}: {d}" for d in differences(schema, path, text)]
        count += 1
    assert count > 10
    assert not found, "\n".join(found)


def judged(schema, path, document):
    path.write_text(json.dumps(document), encoding="utf-8")
    found = codes(path)
    return found, list(difference(schema, document, found))


def test_every_value_that_a_key_takes_is_taken_by_the_schema(schema, tmp_path):
    found = []
    for what, document in right_configs():
        ours, differing = judged(schema, tmp_path / "config.json", document)
        # What a placeholder stands for may need other keys; the catalog's type, and that grains are of times, is checked
        # beyond the table.
        if what.startswith("views[]: source: '${") or "catalog_type" in what or "time_grains" in what:
            continue
        found += [f"{what}: {d}" for d in differing]
        error = next(schema.iter_errors(document), None)
        # A word may need other keys beside it: then both say so.
        if error is not None and not ours & EXPRESSIBLE:
            found.append(f"{what}: {error.json_path}: {error.message}")
    assert not found, "\n".join(found)


def test_every_mistake_with_a_key_is_refused_by_the_schema(schema, tmp_path):
    found, count = [], 0
    for what, code, document in wrong_configs():
        ours, differing = judged(schema, tmp_path / "config.json", document)
        found += [f"{what}: {d}" for d in differing]
        if code not in ours:
            found.append(f"{what}: {code} expected, not {sorted(ours)}")
        if schema.is_valid(document):
            found.append(f"{what}: taken by the schema")
        count += 1
    assert count > 400
    assert not found, "\n".join(found)


def corpus():
    return sorted(CORPUS.glob("*.yaml"))


def test_corpus_of_mistakes_is_judged_the_same_but_for_what_no_schema_can_say(schema):
    found, differing = [], set()
    for path in corpus():
        text = path.read_text(encoding="utf-8")
        code = re.match(r"# refused: ([\w-]+)\n", text)[1]
        ours = codes(path)
        if code not in ours:
            found.append(f"{path.name}: {code} expected, not {sorted(ours)}")
        unlike = list(differences(schema, path, text))
        if unlike:
            differing.add(path.stem)
        if path.stem not in INEXPRESSIBLE:
            found += [f"{path.name}: {d}" for d in unlike]
    assert len(corpus()) >= 120
    assert not found, "\n".join(found)
    assert differing == set(INEXPRESSIBLE)


def test_import_may_bring_what_is_required(schema):
    assert schema.is_valid({"imports": ["base.yaml"]})
    assert schema.is_valid({"imports": {"duckdb": ["base.yaml"]}, "version": 1})
    for nothing in (None, [], {}):
        assert not schema.is_valid({"imports": nothing, "version": 1})


def judged_by_item(schema, tmp_path, items, wrap, path):
    """Both judges' opinion on each item of a long list: the numbers of those whose keys do not go together."""
    document = wrap(items)
    (tmp_path / "config.json").write_text(json.dumps(document), encoding="utf-8")
    item = re.compile(re.escape(path) + r"\[(\d+)\]")
    ours = {int(item.match(where)[1]) for code, where in problems(tmp_path / "config.json") if code in EXPRESSIBLE}
    theirs = {int(item.match(error.json_path.removeprefix("$."))[1]) for error in schema.iter_errors(document)}
    assert 0 < len(ours) < len(items)
    assert not [items[number] for number in sorted(ours ^ theirs)]


def test_keys_of_secrets_that_go_together_are_the_same_for_both(schema, tmp_path):
    keys = ["key_id", "secret", "connection_string", "tenant_id", "account_name", "client_id", "client_secret",
            "json_key", "bearer_token", "host", "database", "user", "password"]  # fmt: skip
    heads = [{"type": t, **p} for t in ("s3", "azure", "gcs", "http", "postgres", "mysql")
             for p in ({}, {"provider": "config"}, {"provider": "credential_chain"})]  # fmt: skip
    subsets = [subset for size in range(3) for subset in itertools.combinations(keys, size)]
    subsets += [("tenant_id", "client_id", "client_secret"), ("tenant_id", "client_id", "secret"),
                ("host", "database", "user", "password"), ("host", "database", "key_id", "secret"),
                ("host", "database", "user", "secret"), ("host", "database", "user", "key_id")]  # fmt: skip
    items = [{**head, **dict.fromkeys(subset, value)} for head in heads for subset in subsets for value in ("x",)]
    items += [{**head, "key_id": a, "secret": b} for head in heads for a in ("x", "", " ", None) for b in ("", None, 5)]
    judged_by_item(schema, tmp_path, items, lambda all: {"version": 1, "duckdb": {"secrets": all}}, "duckdb.secrets")


def test_keys_of_views_that_go_together_are_the_same_for_both(schema, tmp_path):
    sources = [None, "parquet", "delta", "iceberg", "duckdb", "sqlite", "postgres"]
    values = {"sql": [None, " ", "SELECT 1"], "uri": [None, "", "x"], "database": [None, "d"], "table": [None, "\n", "t"],
              "catalog": [None, "c"]}  # fmt: skip
    items = []
    for source, *rest in itertools.product(sources, *values.values()):
        view = {"source": source, **dict(zip(values, rest))}
        items.append({"name": f"v{len(items)}", **{key: value for key, value in view.items() if value is not None}})
    judged_by_item(schema, tmp_path, items, lambda all: {"version": 1, "duckdb": {}, "views": all}, "views")
