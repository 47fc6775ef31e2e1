"""
The specification of the config language as two tables: what each decision D-n of its section 13 says, and what each row
of its other tables says that no decision changes. A row is a small config, and the SQL or the problems that come of it.

Where a problem has its place, the text of a config has a § in front: it is taken out before the config is written.
"""

import ctypes
import os
import re
from ctypes import byref, c_char_p, c_void_p
from dataclasses import dataclass, field

import duckalog_library as api
import pytest
from conftest import WITH_REMOTE, need_extension

DECISIONS_IN_SPECIFICATION = 42
MARK = "§"


# ---- rows ----


@dataclass
class Row:
    """A config, and what comes of it."""

    files: dict
    sql: tuple | None  # parts of the script, in their order; None: the config is refused
    problems: tuple = ()  # "code path: part of the message | part of the hint", the path may be left out
    absent: tuple = ()  # is in no script and in no problem
    env: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    cwd: str | None = None  # the config is named relative to it
    prepare: object = None  # called with the room before
    then: object = None  # called with the room after
    parsed: bool = False  # the problem is found by DuckDB's parser: loading alone succeeds
    options: dict = field(default_factory=dict)


def in_files(config):
    """A text is a catalog.yaml, to which what every config needs is added at its end, so that no place changes."""
    if not isinstance(config, str):
        return config
    for line in ("version: 1", "duckdb: {}"):
        key = line.split(":")[0]
        if not re.search(rf"^{MARK}*{key}:", config, re.MULTILINE):
            config = config.rstrip("\n") + f"\n{line}\n"
    return {"catalog.yaml": config}


def row(config, sql, problems, keys):
    own = {key: keys.pop(key) for key in list(keys) if key in Row.__dataclass_fields__}
    return Row(in_files(config), sql, tuple(problems), options=keys, **own)


def good(config, *sql, warns=(), **keys):
    return row(config, sql, warns, keys)


def bad(config, *problems, **keys):
    return row(config, None, problems, keys)


def view(text):
    """A config of one view, given as what stands beside its name."""
    return f"views: [{{name: v, {text}}}]\n"


# ---- what comes of a row ----


@dataclass
class Found:
    severity: int
    code: str
    place: tuple
    path: str
    message: str
    hint: str
    everything: str


def problems_in(report, room):
    """Each problem, its file as the row calls it."""
    found = []
    while pointer := api.report_get(report, len(found)):
        one = pointer.contents
        texts = [(text or b"").decode() for text in (one.code, one.path, one.message, one.hint, one.line_text)]
        file = os.path.relpath((one.file or b"-").decode(), room.folder)
        found.append(Found(one.severity, texts[0], (file, one.line, one.column), *texts[1:4], " ".join(texts)))
    api.report_free(report)
    return found


def options_of(row, room):
    values = dict(row.options)
    roots = [str(room / root).encode() for root in values.pop("allowed_roots", ())]
    made = api.options(**values)
    if roots:
        made.allowed_roots = (c_char_p * (len(roots) + 1))(*roots, None)
    return made


def load(path, options, room):
    """(SQL or None, problems) of duckalog_config_load() and duckalog_generate_sql()."""
    handle, report, text = c_void_p(), c_void_p(), c_void_p()
    status = api.config_load(path, byref(options), byref(handle), byref(report))
    found = problems_in(report, room)
    if status != api.OK:
        assert status in (api.CONFIG, api.REMOTE)
        return None, found
    assert api.generate_sql(handle, byref(options), api.FULL, byref(text)) == api.OK
    sql = ctypes.string_at(text).decode()
    api.string_free(text)
    api.config_free(handle)
    return sql, found


def validate(path, options, room):
    """(valid?, problems) of duckalog_validate()."""
    report = c_void_p()
    status = api.validate(path, byref(options), byref(report))
    assert status in (api.OK, api.CONFIG, api.REMOTE)
    return status == api.OK, problems_in(report, room)


def write(room, row):
    """Writes the files of a row; the marked places, in the order of the files."""
    places = []
    for name, content in row.files.items():
        if isinstance(content, bytes):
            room.write(name, content)
            continue
        content = content.replace("<folder>", str(room.folder))
        while MARK in content:
            before, content_after = content.split(MARK, 1)
            places.append((name, before.count("\n") + 1, len(before) - before.rfind("\n")))
            content = before + content_after
        room.write(name, content)
    for name, target in row.links.items():
        (room / name).parent.mkdir(parents=True, exist_ok=True)
        (room / name).symlink_to(target)
    return places


def assert_in_order(parts, text):
    at = 0
    for part in parts:
        assert text.find(part, at) >= 0, f"{part!r} is not there, or not after the part before it:\n{text}"
        at = text.find(part, at) + len(part)


def assert_problems(row, places, found, room):
    """As many problems as the row has, each with its code, its place and the words; those without a § are of a file."""
    marked = list(places)
    names = list(row.files)
    found = sorted(
        found, key=lambda one: (names.index(one.place[0]) if one.place[0] in names else len(names), one.place[1:])
    )
    assert len(found) == len(row.problems), found
    for expected, one in zip(row.problems, found, strict=True):
        expected = expected.replace("<folder>", str(room.folder))
        code, path, message, hint = re.fullmatch(r"(\S+?)(?: (\S+))?: (.*?)(?: \| (.*))?", expected).groups()
        assert one.code == code, found
        assert path is None or one.path == path, found
        assert_in_order(message.split("…"), one.message)
        assert_in_order([hint or ""], one.hint)
        if one.place[1] > 0 and not isinstance(row.files.get(one.place[0]), bytes):
            assert marked and one.place == marked.pop(0), (one, places)
    assert not marked, (marked, found)


def check_row(row, room, monkeypatch):
    places = write(room, row)
    for name, value in {"HOME": str(room / "home"), **row.env}.items():
        monkeypatch.setenv(name, value.replace("<folder>", str(room.folder)))
    if row.prepare:
        row.prepare(room)
    monkeypatch.chdir(room / row.cwd if row.cwd else room.folder)
    path = os.path.relpath(room / next(iter(row.files))).encode() if row.cwd else str(room / next(iter(row.files))).encode()
    options = options_of(row, room)
    valid, found = validate(path, options, room)
    sql, found_by_loading = load(path, options, room)
    assert valid == (row.sql is not None), found
    assert (sql is not None) == (valid or row.parsed), found_by_loading
    assert_problems(row, places, found, room)
    assert all((one.severity < api.ERROR) for one in found) == valid
    assert row.parsed or found == found_by_loading
    if valid:
        assert_in_order([part.replace("<folder>", str(room.folder)) for part in row.sql], sql)
    for word in row.absent:
        assert word.replace("<folder>", str(room.folder)) not in (sql or "") + " ".join(one.everything for one in found)
    if row.then:
        row.then(room)


# ---- decisions ----


def parts(n):
    """A file of everything that merges: a number, a text and a list."""
    return (
        f"version: {n}\nduckdb: {{database: {n}.db, settings: SET threads = {n}, pragmas: [SET p{n} = 1]}}\n"
        f"views: [{{name: v{n}, sql: SELECT {n}}}]\n"
    )


def importing(n, *imports):
    return f"imports: [{', '.join(imports)}]\n{parts(n)}"


V = "views: [{name: %s, sql: SELECT 1}]\n"
BASE = "version: 1\nduckdb: {}\n"
PARQUET = "views: [{name: v, source: parquet, uri: %s}]\n"
SQL_FILE = "views: [{name: v, sql_file: {path: %s}}]\n"
TEMPLATE = "views: [{name: v, sql_template: {path: v.sql, variables: {%s}}}]\n"
ATTACHED = "attachments: {duckdb: [{alias: a, path: %s}]}\n"
NESTED = "attachments: {duckalog: [{alias: %s, config_path: %s}]}\n"
NO_HOST = "attachments: {postgres: [{alias: p, host: '', port: 1, database: d, user: u, password: w}]}\n"
CHILD = "version: 1\nduckdb: {database: %s}\nviews: [{name: inner, sql: SELECT 1}]\n"

# A list of ten, of lists of ten, …: 10^8 values in a few lines.
BILLION = "x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"x{i}: &x{i} [{'§' * (i == 6)}{', '.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 8)
)


def templated(sql, variables, *expected, **keys):
    return good({"catalog.yaml": BASE + TEMPLATE % variables, "v.sql": sql}, *expected, **keys)


def template_refused(sql, variables, *problems, **keys):
    return bad({"catalog.yaml": BASE + TEMPLATE % variables, "v.sql": sql}, *problems, **keys)


def modelled(model, views="views: [{name: v, sql: SELECT 1 AS x}]"):
    return f"{views}\nsemantic_models:\n  - {{name: m, {model}}}\n"


def run_prints(arguments, code, *expected, env=None):
    """After a row: the program in the row's folder."""

    def run(room):
        outcome = room.duckalog(*arguments, env=env)
        assert outcome.code == code, outcome.err
        assert_in_order(expected, outcome.out + outcome.err)

    return run


def sized(name, size):
    """Before a row: a file of that size that takes no room on the disk."""

    def make(room):
        with (room / name).open("ab") as file:
            file.truncate(size)

    return make


def many_files(count):
    def make(room):
        (room / "many").mkdir()
        for i in range(count):
            (room / f"many/{i}.yaml").touch()

    return make


def not_in_environment(name):
    """After a row: no load has changed the environment of the process, as C sees it."""

    def look(room):
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = c_char_p
        assert getenv(name.encode()) is None

    return look


DECISIONS = {
    # -- parsing and errors --
    "D-1 a .json file is JSON: tabs, exponents, surrogate pairs": good(
        {"catalog.json": '{\n\t"version":\t1, "duckdb": {}, "views": [{"name": "\\ud83d\\ude00", "source": "parquet",'
                         ' "uri": "a", "options": {"n": 1e5}}]}'},
        '"\U0001f600" AS', "n=100000.0",
    ),
    "D-1 a .json file may have no comma at the end": bad(
        {"catalog.json": '{"version": 1,\n "duckdb": {},§}'}, "syntax: a key in quotes is expected"),
    "D-1 keys in a .json file are quoted": bad({"catalog.json": "{§version: 1}"}, "syntax: a key in quotes is expected"),
    "D-1 half a surrogate pair is no text": bad(
        {"catalog.json": '{"version": 1, "duckdb": {"database": "\\ud83d§"}}'}, "syntax: half of a surrogate pair stands alone"),
    "D-1 NaN is no JSON, in imported files too": bad(
        {"catalog.yaml": BASE + "imports: [a.json]\n", "a.json": '{"version": §NaN}'}, "syntax: "),
    "D-1 everything else is YAML, whatever its ending": good({"catalog.conf": BASE + V % "v"}, '"v" AS'),
    "D-2 a key twice is a mistake with both places": bad(
        {"catalog.yaml": "version: 1\nduckdb: {}\n§version: 2\n"},
        'duplicate-key: the key "version" is here twice; the first one is at line 1, column 1'),
    "D-2 a key twice in JSON": bad(
        {"catalog.json": '{"version": 1, "duckdb": {"database": "a",\n §"database": "b"}}'},
        'duplicate-key: the key "database" is here twice; the first one is at line 1, column 27'),
    "D-2 a key twice deep in an imported file": bad(
        {"catalog.yaml": BASE + "imports: [a.yaml]\n", "a.yaml": "views:\n  - name: v\n    sql: SELECT 1\n    §name: w\n"},
        "duplicate-key: first one is at line 2, column 5"),
    "D-3 a mistake of YAML has its place": bad(
        {"catalog.yaml": "version: 1\nduckdb: [\n§"}, "syntax: ", then=run_prints(["validate", "catalog.yaml"], 2, "catalog.yaml:3:1: ")),
    "D-3 bytes that are no UTF-8 have their place": bad(
        {"catalog.yaml": b"version: 1\nduckdb: {database: a\xff}\n"}, "encoding:  | UTF-8",
        then=run_prints(["validate", "catalog.yaml"], 2, "catalog.yaml:2:21: ")),
    "D-3 an empty file": bad({"catalog.yaml": "§"}, "type: the file is empty"),
    "D-3 sections may be null": good(
        "views: null\nattachments: null\niceberg_catalogs: null\nsemantic_models: null\nimports: null\nenv_files: null\n"
        "loader_settings: null\n", "Config version: 1"),
    "D-3 lists in sections may be null": good(
        "attachments: {duckdb: null, sqlite: null, postgres: null, duckalog: null}\nduckdb: {secrets: null, pragmas: null}\n"),
    "D-3 what is required must not be null": bad("duckdb: §null\n", "null duckdb: must not be null | leave the key out"),
    "D-3 a date in options is no crash": good(PARQUET % "a, options: {d: 2024-01-01}", "d='2024-01-01'"),
    "D-3 a missing file": bad(
        {"catalog.yaml": ""}, "file: can't be read", prepare=lambda room: (room / "catalog.yaml").unlink()),
    "D-4 text takes what is written": good(
        "views:\n  - {name: on, sql: SELECT 1}\n  - {name: 123, sql: SELECT 2}\n  - {name: 2024-01-01, sql: SELECT 3}\n"
        "  - {name: 1e5, sql: SELECT 4}\n", '"on" AS', '"123" AS', '"2024-01-01" AS', '"1e5" AS'),
    "D-4 numbers are decimal, or begin with 0x": good(
        PARQUET % "u, options: {a: 0x1F, b: 1e5, c: 1_000, d: +7, e: -1.50}",
        "a=31, b=100000.0, c=1000, d=7, e=-1.5"),
    "D-4 a leading zero is refused with a hint": bad(
        {"catalog.yaml": "version: §010\nduckdb: {}\n"}, "type version: leading zero is octal | decimal"),
    "D-4 base 60 is refused with a hint": bad(
        "attachments: {postgres: [{alias: p, host: h, port: §12:30, database: d, user: u, password: w}]}\n",
        "type attachments.postgres[0].port: base 60 | decimal"),
    "D-4 both are refused in free maps too": bad(
        PARQUET % "a, options: {a: §010, b: §12:30}", "value views[0].options: octal | quotes", "value views[0].options: base 60 | quotes"),
    "D-4 yes and no are booleans where one is wanted": good(
        "attachments:\n  duckdb:\n    - {alias: a, path: a.db, read_only: No}\n    - {alias: b, path: b.db, read_only: on}\n",
        """ATTACH '<folder>/a.db' AS "a";""", """ATTACH '<folder>/b.db' AS "b" (READ_ONLY);"""),
    "D-4 yes and no are booleans in free maps, text in quotes": good(
        PARQUET % "a, options: {a: yes, b: off, c: 'yes'}", "a=TRUE, b=FALSE, c='yes'"),
    "D-5 aliases of aliases": bad({"catalog.yaml": BASE + BILLION}, "too-large: more than…values"),
    "D-5 an alias inside of what it names": bad({"catalog.yaml": BASE + "views: &a [§*a]\n"}, "alias: inside of what it names"),
    "D-5 depth": bad({"catalog.yaml": BASE + "views: " + "[" * 63 + "§[" + "]" * 64 + "\n"}, "too-deep: more than 64 deep"),
    "D-5 size of a file": bad(BASE, "file: larger than 64 MiB", prepare=sized("catalog.yaml", (64 << 20) + 1)),
    "D-5 number of imports": bad(
        "imports: [§many/*.yaml]\n", "too-large imports[0]: too many files", prepare=many_files(10001)),
    "D-6 no value of a secret is told": bad(
        "duckdb:\n  secrets:\n    - {type: s3, key_id: c4nary-key, secret: §[c4nary-secret]}\n",
        "type duckdb.secrets[0].secret: text is expected here, not a list", absent=["c4nary"]),
    "D-6 no value beside a mistyped key is told": bad(
        "duckdb:\n  secrets:\n    - {type: http, bearer_token: a, §pasword: c4nary-word}\n",
        "unknown-key duckdb.secrets[0].pasword: unknown key | did you mean password", absent=["c4nary"]),
    "D-6 no password is told where a number is wanted": bad(
        "attachments: {postgres: [{alias: p, host: h, port: §five, database: d, user: u, password: c4nary-word}]}\n",
        "type attachments.postgres[0].port: whole number", absent=["c4nary-word"]),
    "D-6 scripts show secrets when they are asked for": good(
        "duckdb: {secrets: [{type: s3, key_id: k, secret: c4nary}]}\n", "SECRET 'c4nary'", include_secrets=1),
    "D-6 and not otherwise": good(
        "duckdb: {secrets: [{type: s3, key_id: k, secret: c4nary}]}\n", "SECRET '***'", absent=["c4nary"]),
    "D-7 all mistakes are told, each at its place, with the place of the other one": bad(
        {"catalog.yaml": "version: 1\nduckdb: {}\nimports: [a.yaml]\nviews:\n  - {name: §v, sql: SELECT 2}\n"
                         "semantic_models:\n  - {name: m, base_view: §w}\n  - {name: §m, base_view: v}\n"
                         "attachments: {duckdb: [{alias: a, path: x}, {alias: §a, path: y}]}\n",
         "a.yaml": "views: [{name: v, sql: SELECT 1}]\niceberg_catalogs: [{name: §a, catalog_type: glue}]\n"},
        'duplicate-name views[0].name: another view has the name "v": …a.yaml:1:16',
        'reference semantic_models[0].base_view: there is no view with the name "w"',
        'duplicate-name semantic_models[1].name: another model has the name "m": line 7, column 12',
        'duplicate-name attachments.duckdb[1].alias: another attachment has the name "a": line 9, column 32',
        'duplicate-name iceberg_catalogs[0].name: another attachment has the name "a"'),
    "D-7 mistakes of form and of sense are told together": bad(
        "views:\n  - {name: v, sql: SELECT 1, §x: 1}\n  - {name: §v, sql: SELECT 1}\n",
        "unknown-key views[0].x: ", "duplicate-name views[1].name: line 2, column 12"),
    "D-8 no NUL": bad('views: [{name: §"a\\0b", sql: SELECT 1}]\n', "nul: "),
    "D-8 no control characters in names": bad(
        'views: [{name: §"a\\nb", db_schema: §"s\\x1Fs", sql: SELECT 1}]\nattachments: {duckdb: [{alias: §"a\\tb", path: x}]}\n',
        "control-character views[0].name: ", "control-character views[0].db_schema: ",
        "control-character attachments.duckdb[0].alias: "),
    "D-8 they are fine in SQL": good('views: [{name: v, sql: "SELECT 1,\\n\\t2"}]\n', "SELECT 1,\n\t2"),
    # -- environment --
    **{f"D-9 malformed: {text}": bad(view(f"sql: §'SELECT \"{text}\"'"), "placeholder views[0].sql: can't be read | $${env:")
       for text in ("${env:}", "${env:A B}", "${env:1A}", "${env:A-B}", "${env:A.B}", "${env:ä}", "${env:A", "${env: A}", "${env:A:${env:B}")},
    "D-9 other braces and dollars are text": good(
        view("sql: 'SELECT \"${X} $env ${ENV:X} {env:X}\"'"), "${X} $env ${ENV:X} {env:X}"),
    "D-9 a default may hold placeholders": good(
        view("sql: 'SELECT ${env:DT_A:${env:DT_B:[${env:DT_C}]}}'"), "SELECT [c]", env={"DT_C": "c"}),
    "D-9 the outer value counts when it is set": good(
        view("sql: 'SELECT ${env:DT_A:${env:DT_B}}'"), "SELECT a;", env={"DT_A": "a"}),
    "D-9 $$ is the escape": good(view("sql: 'SELECT \"$${env:DT_A} $${env:\"'"), '"${env:DT_A} ${env:"', env={"DT_A": "a"}),
    "D-10 a value of a file is used, and never in the environment": good(
        {"catalog.yaml": BASE + view("sql: 'SELECT ${env:DT_FILE}'"), ".env": "DT_FILE=7\n"}, "SELECT 7",
        then=not_in_environment("DT_FILE")),
    "D-10 nor in another load": bad(view("sql: §'SELECT ${env:DT_FILE}'"), "unset-variable views[0].sql: DT_FILE"),
    # libpq looks there for what the config leaves empty; its error tells where it looked.
    "D-10 the program exports names that are unset": good(
        {"catalog.yaml": BASE + NO_HOST, ".env": "PGHOST=/nowhere/file\n"}, "TYPE postgres", prepare=lambda _: need_extension("postgres_scanner"),
        then=lambda room: (
            not_in_environment("PGHOST")(room), run_prints(["run", "catalog.yaml"], 3, "/nowhere/file")(room),
            run_prints(["run", "catalog.yaml"], 3, "/nowhere/real", env={"PGHOST": "/nowhere/real"})(room))),
    "D-11 a config by a relative path sees the files above the working directory": good(
        {"sub/catalog.yaml": BASE + view("sql: 'SELECT ${env:DT_ABOVE}'"), ".env": "DT_ABOVE=7\n"}, "SELECT 7", cwd="sub"),
    "D-12 names of env_files take placeholders": good(
        {"catalog.yaml": "env_files: ['${env:DT_STAGE}.env']\n" + BASE + view("sql: 'SELECT ${env:DT_X}'"), "prod.env": "DT_X=7\n"},
        "SELECT 7", env={"DT_STAGE": "prod"}),
    "D-12 but of the process only": bad(
        {"catalog.yaml": "env_files: [.env, §'${env:DT_STAGE}.env']\n" + BASE, ".env": "DT_STAGE=prod\n"},
        "unset-variable env_files[1]: DT_STAGE"),
    "D-12 a file that is no UTF-8 is a warning": good(
        {"catalog.yaml": BASE + view("sql: SELECT 1"), ".env": b"DT_X=\xff\n"}, "SELECT 1",
        warns=["env-file: not valid UTF-8…its variables are not used | UTF-8"]),
    "D-12 a folder of that name is none": good(
        {"catalog.yaml": BASE, ".env/x": ""}, ),
    "D-12 env_files of an import are not used": good(
        {"catalog.yaml": BASE + "imports: [a.yaml]\n", "a.yaml": "§env_files: [x.env]\n" + view("sql: 'SELECT ${env:DT_X:0}'"),
         "x.env": "DT_X=7\n"}, "SELECT 0", warns=["env-files-ignored env_files: not used | main config"]),
    # -- imports --
    "D-13 a diamond contributes once, at its first position": good(
        {"catalog.yaml": importing(1, "2.yaml", "3.yaml"), "2.yaml": importing(2, "4.yaml"), "3.yaml": importing(3, "4.yaml"),
         "4.yaml": parts(4)},
        "Config version: 1", "SET p4", "SET p2", "SET p3", "SET p1", '"v4"', '"v2"', '"v3"', '"v1"'),
    "D-13 without threads it is the same": good(
        {"catalog.yaml": "loader_settings: {concurrency_enabled: false}\n" + importing(1, "2.yaml", "3.yaml"),
         "2.yaml": importing(2, "4.yaml"), "3.yaml": importing(3, "4.yaml"), "4.yaml": parts(4)},
        "Config version: 1", "SET p4", "SET p2", "SET p3", "SET p1", '"v4"', '"v2"', '"v3"', '"v1"'),
    "D-13 of several imports the later one wins": good(
        {"catalog.yaml": "imports: [2.yaml, 3.yaml]\n", "2.yaml": parts(2), "3.yaml": parts(3)},
        "Config version: 3", "SET p2", "SET p3", "SET threads = 3", absent=["threads = 2"]),
    "D-13 the importer wins over its imports": good(
        {"catalog.yaml": importing(1, "{path: 2.yaml, override: true}"), "2.yaml": parts(2)},
        "Config version: 1", "SET p2", "SET p1", "SET threads = 1", absent=["threads = 2"]),
    "D-14 nested: a later import wins, lists are in written order": good(
        {"catalog.yaml": "imports: [2.yaml]\n", "2.yaml": "imports: [3.yaml, 4.yaml, 5.yaml]\n", "3.yaml": parts(3), "4.yaml": parts(4),
         "5.yaml": parts(5)},
        "Config version: 5", "SET p3", "SET p4", "SET p5", "SET threads = 5"),
    "D-14 nested: override false gives way to the files before": good(
        {"catalog.yaml": "imports: [2.yaml]\n", "2.yaml": "imports: [3.yaml, {path: 4.yaml, override: false}]\n",
         "3.yaml": parts(3), "4.yaml": parts(4)},
        "Config version: 3", "SET p3", "SET p4", "SET threads = 3"),
    "D-14 override false changes no order of lists": good(
        {"catalog.yaml": "imports: [2.yaml, {path: 3.yaml, override: false}]\n", "2.yaml": parts(2), "3.yaml": parts(3)},
        "Config version: 2", "SET p2", "SET p3", "SET threads = 2"),
    "D-14 nested: patterns, negations and sections": good(
        {"catalog.yaml": BASE + "imports: [2.yaml]\n", "2.yaml": "imports: {views: [d/*.yaml, '!d/4.yaml']}\n",
         "d/3.yaml": parts(3), "d/4.yaml": parts(4), "d/5.yaml": parts(5)},
        '"v3"', '"v5"', absent=["v4", "SET p3"]),
    "D-15 a file in two sections gives each its part": good(
        {"catalog.yaml": BASE + "imports: {duckdb: [2.yaml], views: [2.yaml]}\n", "2.yaml": parts(2)}, "SET p2", '"v2"'),
    "D-16 a mistake in an imported view is told with its file and index": bad(
        {"catalog.yaml": BASE + "imports: [a.yaml]\n",
         "a.yaml": "views:\n  - {name: good, sql: SELECT 1}\n  - §{name: bad, §sqll: SELECT 1}\n"},
        "combination views[1]: ", "unknown-key views[1].sqll: unknown key | did you mean sql"),
    "D-17 a SQL file of an imported file is beside it": good(
        {"catalog.yaml": BASE + "imports: [d/a.yaml]\n", "d/a.yaml": SQL_FILE % "v.sql", "d/v.sql": "SELECT 'beside'", "v.sql": "SELECT 0"},
        "SELECT 'beside'"),
    "D-18 relative paths start at the file that declares them": good(
        {"catalog.yaml": BASE + "imports: [d/a.yaml]\n", "d/a.yaml": PARQUET % "v.parquet" + ATTACHED % "x.db"},
        "ATTACH '<folder>/d/x.db'", "'<folder>/d/v.parquet'"),
    "D-18 the folder of an imported file is allowed": good(
        {"in/catalog.yaml": BASE + "imports: [../d/a.yaml]\n", "d/a.yaml": PARQUET % "v.parquet"}, "'<folder>/d/v.parquet'"),
    "D-18 a folder above it is not": bad(
        {"in/catalog.yaml": BASE + "imports: [../d/a.yaml]\n", "d/a.yaml": PARQUET % "§../v.parquet"},
        "path views[0].uri: leads out of…<folder>/v.parquet is not below <folder>/in, <folder>/d"),
    "D-19 a pattern leaves the importing file out": good(
        {"catalog.yaml": BASE + "imports: ['*.yaml']\n" + V % "main", "a.yaml": V % "a"}, '"a"', '"main"'),
    "D-19 a nested one too": good(
        {"catalog.yaml": BASE + "imports: [d/a.yaml]\n", "d/a.yaml": "imports: ['*.yaml']\n" + V % "a", "d/b.yaml": V % "b"}, '"b"', '"a"'),
    "D-20 override takes booleans in quotes": good(
        {"catalog.yaml": "imports: [2.yaml, {path: 3.yaml, override: 'false'}]\n", "2.yaml": parts(2), "3.yaml": parts(3)},
        "Config version: 2"),
    "D-20 and nothing else": bad(
        {"catalog.yaml": BASE + "imports: [{path: a.yaml, override: §maybe}]\n", "a.yaml": V % "a"},
        "type imports[0].override: true or false"),
    "D-20 imports as a text": bad("imports: §base.yaml\n", "type imports: a list of files, or a mapping…is expected"),
    "D-20 null as an entry": bad("imports: [§null]\n", "type imports[0]: a path, or a mapping with the keys path and override"),
    "D-21 a relative uri stays below the config's folder": bad(
        {"in/catalog.yaml": BASE + PARQUET % "§../v.parquet"},
        "path views[0].uri: leads out of the config's folder: <folder>/v.parquet is not below <folder>/in | --allow-root"),
    "D-21 unless a folder is allowed": good(
        {"in/catalog.yaml": BASE + PARQUET % "../v.parquet"}, "'<folder>/v.parquet'", allowed_roots=["."]),
    "D-21 other paths are free": good(
        {"in/catalog.yaml": BASE + "imports: [../a.yaml]\n" + ATTACHED % "../x.db", "a.yaml": V % "a"}, "'<folder>/x.db'", '"a"'),
    "D-21 but not with strict_paths": bad(
        {"in/catalog.yaml": "version: 1\nduckdb: {database: §../c.db}\n" + ATTACHED % "§../x.db"}, "path duckdb.database: leads out",
        "path attachments.duckdb[0].path: leads out", strict_paths=1),
    "D-21 imports with strict_paths": bad(
        {"in/catalog.yaml": BASE + "imports: [../a.yaml]\n", "a.yaml": V % "a"}, "file: leads out | --allow-root", strict_paths=1),
    "D-21 nested configs with strict_paths": bad(
        {"in/catalog.yaml": BASE + NESTED % ("c", "§../child.yaml"), "child.yaml": CHILD % "c.db"},
        "path attachments.duckalog[0].config_path: leads out", strict_paths=1),
    "D-21 env_files with strict_paths": good(
        {"in/catalog.yaml": "env_files: [../x.env]\n" + BASE + view("sql: 'SELECT ${env:DT_X:0}'"), "x.env": "DT_X=1\n"}, "SELECT 0",
        warns=["env-file: its variables are not used | --allow-root"], strict_paths=1),
    "D-21 strict_paths and an allowed folder": good(
        {"in/catalog.yaml": BASE + ATTACHED % "../x.db"}, "'<folder>/x.db'", strict_paths=1, allowed_roots=["."]),
    "D-22 null in the importer erases nothing": good(
        {"catalog.yaml": "imports: [2.yaml]\nviews: null\nduckdb: null\nversion: null\nattachments: {duckdb: null}\n",
         "2.yaml": parts(2) + ATTACHED % "x.db"}, "Config version: 2", "SET threads = 2", "ATTACH", '"v2"'),
    "D-23 two secrets of a name": bad(
        "duckdb:\n  secrets:\n    - {type: http, name: S, bearer_token: a}\n    - {type: http, name: §s, bearer_token: b}\n",
        'duplicate-name duckdb.secrets[1].name: line 3, column 26'),
    "D-23 two unnamed secrets of a type, one of them imported": bad(
        {"catalog.yaml": "version: 1\nimports: [a.yaml]\nduckdb: {secrets: [{type: §http, bearer_token: a}]}\n",
         "a.yaml": "duckdb: {secrets: [{type: http, bearer_token: b}]}\n"},
        "duplicate-name duckdb.secrets[0].type: …http…a.yaml:1:27"),
    # What is behind URIs that answer is the matter of test_remote.py.
    **({
        "D-24 an import behind a URI of an unknown scheme": bad("imports: [§'ftp://127.0.0.1/a.yaml']\n", "uri imports[0]: ftp://127.0.0.1/a.yaml begins with a scheme"),
        "D-24 a SQL file behind a URI that does not answer": bad(
            SQL_FILE % "§https://127.0.0.1:9/v.sql", "remote views[0].sql_file.path: https://127.0.0.1:9/v.sql can't be read"),
    } if WITH_REMOTE else {}),
    "D-24 a config behind a URI that does not answer": good(
        BASE, then=run_prints(["validate", "https://127.0.0.1:9/c.yaml"], 4, "can't be read")),
    # -- paths and SQL files --
    **{f"D-25 a SQL file outside: {path}": bad(
        {"in/catalog.yaml": BASE + SQL_FILE % f"§{path}", "out.sql": "SELECT 'c4nary'"},
        "sql-file views[0].sql_file.path: <folder>/…out.sql leads out of | --allow-root",
        links={"in/link.sql": "../out.sql"} if "link" in path else {}, absent=["c4nary"])
       for path in ("../out.sql", "<folder>/out.sql", "x/../../out.sql")},
    "D-25 a link that leads out": bad(
        {"in/catalog.yaml": BASE + SQL_FILE % "§link.sql", "out.sql": "SELECT 'c4nary'"},
        "sql-file views[0].sql_file.path: <folder>/in/link.sql leads out of", links={"in/link.sql": "../out.sql"}, absent=["c4nary"]),
    "D-25 a folder that is allowed": good(
        {"in/catalog.yaml": BASE + SQL_FILE % "../out.sql", "out.sql": "SELECT 'out'"}, "SELECT 'out'", allowed_roots=["."]),
    **{f"D-26 {path} is left alone": good(ATTACHED % f"'{path}'", f"ATTACH '{path}' AS")
       for path in (":memory:", "md:db", "motherduck:db", "ducklake:m.db", "mysql:host=h", "postgres:host=h")},
    "D-26 sqlite: is left alone": good(ATTACHED % "'sqlite:x.db'", "ATTACH 'sqlite:x.db'"),
    "D-26 file: is stripped": good(ATTACHED % "'file:x.db'", "ATTACH '<folder>/x.db'"),
    "D-26 ./ forces a file": good(ATTACHED % "'./md:db'", "ATTACH '<folder>/md:db'"),
    "D-27 links stay as they are written": good(
        {"catalog.yaml": BASE + PARQUET % "link/v.parquet", "d/v.parquet": ""}, "'<folder>/link/v.parquet'", links={"link": "d"}),
    "D-27 a slash at the end stays": good(PARQUET % "data/", "'<folder>/data/'"),
    "D-27 the real path is what is checked": bad(
        {"in/catalog.yaml": BASE + PARQUET % "§link/v.parquet", "d/v.parquet": ""}, "path views[0].uri: leads out", links={"in/link": "../d"}),
    "D-28 file:// is a path": good(PARQUET % "file://<folder>/v.parquet", "parquet_scan('<folder>/v.parquet')"),
    "D-28 a relative one has to stay inside": bad(
        {"in/catalog.yaml": BASE + PARQUET % "§file://../v.parquet"}, "path views[0].uri: leads out"),
    "D-28 absolute paths are allowed": good({"in/catalog.yaml": BASE + PARQUET % "<folder>/v.parquet"}, "'<folder>/v.parquet'"),
    "D-28 but not with strict_paths": bad(
        {"in/catalog.yaml": BASE + PARQUET % "§<folder>/v.parquet"}, "path views[0].uri: leads out", strict_paths=1),
    "D-28 nor is file://": bad(
        {"in/catalog.yaml": BASE + PARQUET % "§file://<folder>/v.parquet"}, "path views[0].uri: leads out", strict_paths=1),
    "D-29 ~/ is the home": good(PARQUET % "~/v.parquet" + ATTACHED % "~/x.db", "'<folder>/home/x.db'", "'<folder>/home/v.parquet'"),
    "D-29 it is expanded before the checks": bad(
        {"in/catalog.yaml": BASE + PARQUET % "§~/v.parquet"}, "path views[0].uri: leads out", strict_paths=1),
    "D-30 the database is relative to the config": good(
        {"in/catalog.yaml": "version: 1\nduckdb: {database: c.db}\n" + view("sql: SELECT 1"), "elsewhere/x": ""}, "SELECT 1", cwd="elsewhere",
        then=lambda room: (
            run_prints(["run", "in/catalog.yaml"], 0)(room), (room / "in/c.db").stat(),
            run_prints(["run", "in/catalog.yaml", "--db-path", "other.db"], 0)(room), (room / "other.db").stat())),
    "D-31 one pass: what is put in is not looked at again": templated(
        "SELECT '{{a}}', '{{b}}'", "a: '{{b}}', b: '{{a}}'", "SELECT '{{b}}', '{{a}}'"),
    "D-31 blanks inside of the braces": templated("SELECT {{ a }}, {{\ta}}", "a: 1", "SELECT 1, 1"),
    "D-31 what looks like a placeholder is a mistake": template_refused(
        "SELECT 1,\n  §{{a-b}}", "a: 1", "template: looks like a placeholder"),
    "D-31 in quotes and comments it is a warning": templated(
        "SELECT '§{{a-b}}' -- §{{a b}}", "a: 1", "SELECT '{{a-b}}' -- {{a b}}",
        warns=["template: looks like a placeholder and is none", "template: looks like a placeholder and is none"]),
    "D-31 values are DuckDB's": templated(
        "SELECT {{a}}, {{b}}, {{c}}, {{d}}, {{e}}", "a: true, b: null, c: 100.50, d: [1, x, no], e: {k: 1, l: ''}",
        "SELECT true, NULL, 100.5", "[1, 'x', false], {'k': 1, 'l': ''}"),
    "D-31 texts are put in as they are": templated("SELECT {{a}}", "a: \"x, 'y'\"", "SELECT x, 'y'"),
    "D-31 filters quote them": templated(
        "SELECT {{a|literal}} AS {{ a | identifier }}", "a: \"o'k \\\"x\\\"\"", 'SELECT \'o\'\'k "x"\' AS "o\'k ""x""";'),
    "D-31 a filter that is none": template_refused("SELECT §{{a|quote}}", "a: 1", "template-filter: no filter with the name"),
    "D-32 a byte order mark is dropped": good(
        {"catalog.yaml": BASE + SQL_FILE % "v.sql", "v.sql": b"\xef\xbb\xbfSELECT 1"}, "AS\nSELECT 1;"),
    **{f"D-32 no SQL: {sql!r}": bad({"catalog.yaml": BASE + SQL_FILE % "§v.sql", "v.sql": sql}, "sql views[0].sql_file.path: holds no SQL")
       for sql in ("", " \n", "\ufeff")},
    "D-32 nothing but comments": bad({"catalog.yaml": BASE + SQL_FILE % "§v.sql", "v.sql": "-- SELECT 1\n/* x */"}, "sql views[0].sql_file.path: no SQL"),
    # -- model checks --
    **{f"D-33 {other} is a again": bad(
        f"views:\n  - {{name: a, sql: SELECT 1}}\n  - {{{keys.replace('name: ', 'name: §')}, sql: SELECT 1}}\n",
        "duplicate-name views[1].name: line 2, column 12")
       for other, keys in {"A": "name: A", "main.a": "name: a, db_schema: main", "MAIN.A": "name: A, db_schema: MAIN"}.items()},
    "D-33 other letters are told apart": good("views: [{name: ä, sql: SELECT 1}, {name: Ä, sql: SELECT 2}]\n", '"ä"', '"Ä"'),
    "D-33 main.a finds a view without a schema": good(modelled("base_view: Main.V")),
    "D-33 models, dimensions and aliases": bad(
        "views: [{name: v, sql: SELECT 1}]\nattachments: {duckdb: [{alias: x, path: x}], sqlite: [{alias: §X, path: y}]}\n"
        "semantic_models:\n  - {name: m, base_view: v, dimensions: [{name: d, expression: x}], measures: [{name: §D, expression: y}]}\n"
        "  - {name: §M, base_view: v}\n",
        "duplicate-name attachments.sqlite[0].alias: ", "duplicate-name semantic_models[0].measures[0].name: ",
        "duplicate-name semantic_models[1].name: "),
    "D-34 a view's database has to be attached": bad(
        ATTACHED % "x.db" + "views: [{name: v, source: duckdb, database: §b, table: t}]\n",
        'reference views[0].database: no attachment with the name "b" | did you mean a'),
    "D-34 upper and lower case are one there": good(
        ATTACHED % "x.db" + "views: [{name: v, source: duckdb, database: A, table: t}]\n", '"A"."t"'),
    "D-34 another kind of database is a warning": good(
        ATTACHED % "x.db" + "views: [{name: v, source: sqlite, database: §a, table: t}]\n", '"a"."t"',
        warns=['reference views[0].database: "a" is attached as duckdb, not as sqlite']),
    "D-34 reserved and blank aliases": bad(
        "attachments:\n  duckdb: [{alias: §main, path: x}, {alias: §Temp, path: x}, {alias: §'', path: x}]\n"
        "  sqlite: [{alias: §memory, path: x}, {alias: §system, path: x}]\n",
        "reserved-name attachments.duckdb[0].alias: ", "reserved-name attachments.duckdb[1].alias: ", "blank attachments.duckdb[2].alias: ",
        "reserved-name attachments.sqlite[0].alias: ", "reserved-name attachments.sqlite[1].alias: "),
    "D-34 the catalog's own name": bad(
        "duckdb: {database: d/shop.x.duckdb}\nattachments: {duckdb: [{alias: §Shop, path: x}]}\n",
        'reserved-name attachments.duckdb[0].alias: own database has the name "Shop"'),
    "D-34 an Iceberg catalog has to be there": bad(
        "views: [{name: v, source: iceberg, catalog: §c, table: t}]\n", 'reference views[0].catalog: no Iceberg catalog with the name "c"'),
    **{f"D-35 Iceberg with uri and {key}": bad(
        f"views: [§{{name: v, source: iceberg, uri: s3://b/x, {key}: x}}]\niceberg_catalogs: [{{name: x, catalog_type: glue}}]\n", "combination views[0]: takes only one of | `uri`")
       for key in ("catalog", "table")},
    "D-36 blank sql beside a source counts as absent": good(view("sql: ' \n ', source: parquet, uri: a"), "parquet_scan('<folder>/a')"),
    "D-36 blank sql beside a SQL file too": good(
        {"catalog.yaml": BASE + view("sql: '', sql_file: {path: v.sql}"), "v.sql": "SELECT 7"}, "SELECT 7"),
    "D-37 a source beside SQL is not used, with a warning": good(
        view("sql: SELECT 7, source: §parquet, uri: a"), "SELECT 7", warns=["source-ignored views[0].source: own SQL"], absent=["parquet_scan"]),
    "D-37 beside a SQL file too": good(
        {"catalog.yaml": BASE + view("sql_file: {path: v.sql}, source: §parquet, uri: a"), "v.sql": "SELECT 7"}, "SELECT 7",
        warns=["source-ignored views[0].source: own SQL"]),
    "D-38 names of options": bad(
        PARQUET % "a, options: §§{'a b': 1, 'x=1, y': 2}", 'option-name views[0].options: "a b"', 'option-name views[0].options: "x=1, y"'),
    "D-38 values of options": bad(
        PARQUET % "a, options: §{a: null}" + "attachments: {postgres: [{alias: p, host: h, port: 1, database: d, user: u, password: w,"
        " options: §§{x: [1], y: {z: 1}}}]}\n",
        'option-value views[0].options: "a" has no value', 'option-value attachments.postgres[0].options: "x" can\'t be a list',
        'option-value attachments.postgres[0].options: "y" can\'t be a mapping'),
    "D-38 values that SQL has no form for": bad(
        PARQUET % "a, options: {a: §.nan, b: §-.inf}", "value views[0].options: NaN", "value views[0].options: infinity"),
    **{f"D-39 a model finds a view with dots: {reference}": good(modelled(f"base_view: '{reference}'", f"views: [{{{keys}, sql: SELECT 1}}]"))
       for reference, keys in {
           "a.b": "name: a.b", "a.b.c": "name: b.c, db_schema: a", "x.y.z": "name: z, db_schema: x.y", '"a.b"': "name: a.b",
           's."a.b"': "name: a.b, db_schema: s"}.items()},
    "D-39 a list as the dimension of a filter": bad(
        modelled("base_view: v, dimensions: [{name: d, expression: x}], defaults: {default_filters: [{dimension: §[d]}]}"),
        "type semantic_models[0].defaults.default_filters[0].dimension: a dimension is expected here, not a list"),
    **{f"D-40 {setting!r} is a setting": good(f"duckdb:\n  settings: [{setting!r}]\n", *expected)
       for setting, expected in {"RESET threads": ["RESET threads;"], "set  threads = 1;": ["threads = 1;"],
                                 "SET x = 'a;b'": ["SET x = 'a;b';"], "/* few */ SET threads = 1": ["SET threads = 1;"]}.items()},
    "D-40 a tab after SET": good('duckdb: {settings: ["SET\\tthreads = 1"]}\n', "SET\tthreads = 1;"),
    "D-40 two statements": bad("duckdb:\n  settings: [SET threads = 1; §SET x = 2]\n", "sql duckdb.settings[0]: holds 2 statements | one"),
    **{f"D-40 {setting!r} is none": bad(f"duckdb:\n  settings: [§{setting}]\n", "setting duckdb.settings[0]: a SET or a RESET")
       for setting in ("threads = 4", "PRAGMA threads = 4", "SELECT 1")},
    "D-41 a ring": bad(
        {"catalog.yaml": "version: 1\nduckdb: {database: c.db}\n" + NESTED % ("n", "a.yaml"),
         "a.yaml": "version: 1\nduckdb: {database: a.db}\n" + NESTED % ("m", "§catalog.yaml")},
        "nested-ring attachments.duckalog[0].config_path: in a ring: …catalog.yaml -> …a.yaml -> …catalog.yaml"),
    "D-41 the limit of levels is one": bad(
        {"0.yaml": "version: 1\nduckdb: {database: 0.db}\n" + NESTED % ("n1", "1.yaml"),
         "1.yaml": "version: 1\nduckdb: {database: 1.db}\n" + NESTED % ("n2", "§2.yaml"), "2.yaml": CHILD % "2.db"},
        "too-deep attachments.duckalog[0].config_path: nested more than 1 deep: …0.yaml -> …1.yaml -> …2.yaml", nesting_limit=1),
    "D-41 and can be set": good(
        {f"{i}.yaml": f"version: 1\nduckdb: {{database: {i}.db}}\n" + (NESTED % (f"n{i + 1}", f"{i + 1}.yaml") if i < 9 else "") for i in range(10)},
        "n1", nesting_limit=9),
    "D-41 without being set it is 5": bad(
        {f"{i}.yaml": f"version: 1\nduckdb: {{database: {i}.db}}\n" + NESTED % (f"n{i + 1}", f"{'§' * (i == 5)}{i + 1}.yaml") for i in range(7)},
        "too-deep attachments.duckalog[0].config_path: nested more than 5 deep"),
    "D-41 the override beats a child in memory": good(
        {"catalog.yaml": BASE + "attachments: {duckalog: [{alias: n, config_path: a.yaml, database: n.db}]}\n", "a.yaml": CHILD % "':memory:'"},
        """ATTACH '<folder>/n.db' AS "n" (READ_ONLY);"""),
    "D-41 without it there is nothing to attach": bad(
        {"catalog.yaml": BASE + NESTED % ("n", "§a.yaml"), "a.yaml": CHILD % "':memory:'"},
        "nested-database attachments.duckalog[0].config_path: in memory, which can't be attached…`database`"),
    "D-41 a child under two aliases": good(
        {"catalog.yaml": BASE + "attachments:\n  duckalog:\n    - {alias: n, config_path: a.yaml}\n"
                         "    - {alias: m, config_path: a.yaml, database: m.db}\n", "a.yaml": CHILD % "a.db"},
        """ATTACH '<folder>/a.db' AS "n" """, """ATTACH '<folder>/m.db' AS "m" """),
    "D-41 run builds the child and attaches it": good(
        {"catalog.yaml": BASE + NESTED % ("n", "a.yaml") + "views: [{name: v, sql: SELECT * FROM n.inner}]\n", "a.yaml": CHILD % "a.db"},
        then=run_prints(["run", "catalog.yaml", "-q", "SELECT 'got ' || \"1\" FROM v"], 0, "got 1")),
    "D-41 what a child's views read comes along": good(
        {"catalog.yaml": BASE + NESTED % ("n", "a.yaml"),
         "a.yaml": "version: 1\nduckdb: {database: a.db}\nattachments: {sqlite: [{alias: old, path: old.db}]}\n"
                   "views: [{name: w, source: sqlite, database: old, table: t}]\n"},
        """'<folder>/old.db' AS "old" (TYPE sqlite, READ_ONLY)"""),
    "D-41 or there is a warning": good(
        {"catalog.yaml": BASE + NESTED % ("n", "§a.yaml"),
         "a.yaml": "version: 1\nduckdb: {database: a.db}\nattachments: {postgres: [{alias: pg, host: h, port: 1, database: d, user: u,"
                   " password: w}]}\nviews: [{name: w, source: postgres, database: pg, table: t}]\n"},
        warns=['nested-attachment attachments.duckalog[0].config_path: its attachment "pg" (postgres)']),
    "D-42 an unknown key in sql_file": bad(
        {"catalog.yaml": BASE + view("sql_file: {path: v.sql, §variable: {a: 1}}"), "v.sql": "SELECT 1"},
        "unknown-key views[0].sql_file.variable: unknown key | did you mean variables"),
    "D-42 and in sql_template": bad(
        {"catalog.yaml": BASE + view("sql_template: {path: v.sql, §vars: {a: 1}}"), "v.sql": "SELECT 1"},
        "unknown-key views[0].sql_template.vars: unknown key"),
}  # fmt: skip


@pytest.mark.parametrize("name", DECISIONS)
def test_decision(room, monkeypatch, name):
    check_row(DECISIONS[name], room, monkeypatch)


def test_each_decision_has_a_row():
    found = {re.match(r"D-\d+ ", name)[0].strip() for name in DECISIONS}
    assert found == {f"D-{n}" for n in range(1, DECISIONS_IN_SPECIFICATION + 1)}


# ---- rules ----

SECTIONS = "2 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 4 5 6.1 6.2 6.3 6.4 6.6 7 8 9 11".split()
POSTGRES = "attachments: {postgres: [{alias: p, host: h, port: %s, database: d, user: u, password: w}]}\n"
READ_ONLY = "attachments: {duckdb: [{alias: a, path: x.db, read_only: %s}]}\n"
SECRET = "duckdb:\n  secrets:\n    - {%s}\n"
COLUMNS = "base_view: v, dimensions: [{name: day, expression: d, type: time}, {name: k, expression: k}], measures: [{name: n, expression: count(*)}]"


def secret(text, *expected, **keys):
    return good(SECRET % text, *expected, **keys)


def from_env(value, *expected, **env):
    """What comes of a text in SQL."""
    return good({"catalog.yaml": BASE + view(f"sql: 'SELECT \"{value}\"'")}, *[f'SELECT "{text}";' for text in expected], env=env)


def dotenv(text, expected, **env):
    """What variables of a .env file come to."""
    names = "|".join(f"${{env:DT_{name}:-}}" for name in "ABCDE")
    return good(
        {"catalog.yaml": BASE + view(f"sql: 'SELECT $x$ {names} $x$'"), ".env": text}, f"SELECT $x$ {expected} $x$;", env=env)


RULES = {
    # -- 2: syntax --
    "2 the ending of the main file is free": good({"catalog": BASE + V % "v"}, '"v"'),
    "2 an imported file is .yaml, .yml or .json, in any case": good(
        {"catalog.yaml": BASE + "imports: [a.YAML, b.Yml, c.JSON]\n", "a.YAML": V % "a", "b.Yml": V % "b",
         "c.JSON": '{"views": [{"name": "c", "sql": "SELECT 1"}]}'}, '"a"', '"b"', '"c"'),
    "2 and nothing else": bad(
        {"catalog.yaml": BASE + "imports: [§a.txt]\n", "a.txt": V % "a"}, "import imports[0]: not a config file | .yaml, .yml or .json"),
    "2 anchors, aliases and << work": good(
        "views:\n  - &base {name: v, source: parquet, uri: &u a.parquet, options: {n: 1}}\n  - {<<: *base, name: w}\n"
        "  - {name: x, source: delta, uri: *u}\n",
        "parquet_scan('<folder>/a.parquet', n=1)", "parquet_scan('<folder>/a.parquet', n=1)", "delta_scan('<folder>/a.parquet')"),
    "2 null is empty, ~ and null": good(
        "views:\n  - {name: v, sql: SELECT 1, description: ~, tags: Null, uri: NULL, table: }\n", '"v"'),
    "2 a tag of its own": bad("views: [{name: §!x v, sql: SELECT 1}]\n", "tag: no meaning"),
    "2 a tag of the language": bad("views: [{name: §!!python/name:os v, sql: SELECT 1}]\n", "tag: no meaning"),
    "2 several documents": bad({"catalog.yaml": BASE + "§---\n" + BASE}, "several-documents: a second one starts here"),
    "2 a byte order mark is fine": good({"catalog.yaml": "\ufeff" + BASE + V % "v"}, '"v"'),
    "2 a NUL byte": bad({"catalog.yaml": b"version: 1\nduckdb: {database: a\0}\n"}, "encoding: control characters are not allowed"),
    "2 a placeholder in braces needs quotes": bad(
        {"catalog.yaml": BASE + "views: [{name: v, sql: $§{env:X}}]\n"}, "syntax: did not find expected | quotes around it"),
    "2 keys are text": bad({"catalog.yaml": BASE + "views: [{§[a]: 1}]\n"}, "key: plain word or text"),
    **{f"2 a whole number may be {text}": good(POSTGRES % text, f"PORT {port}")
       for text, port in {"5": 5, "5.0": 5, "true": 1, "' 2 '": 2, "'01'": 1, "'5432.0'": 5432, "0x1F": 31}.items()},
    **{f"2 a whole number may not be {text}": bad(POSTGRES % f"§{text}", "type attachments.postgres[0].port: ")
       for text in ("1.5", "x", "''", "[1]", "{}")},
    "2 nor null": bad(POSTGRES % "§null", "null attachments.postgres[0].port: must not be null"),
    **{f"2 true may be {text}": good(READ_ONLY % text, "(READ_ONLY)")
       for text in ("true", "TRUE", "'true'", "t", "yes", "'Y'", "on", "1", "'1'", "1.0")},
    **{f"2 false may be {text}": good(READ_ONLY % text, 'AS "a";')
       for text in ("false", "False", "'false'", "F", "no", "n", "'OFF'", "0", "'0'", "0.0")},
    **{f"2 {text} is neither": bad(READ_ONLY % f"§{text}", "type attachments.duckdb[0].read_only: true or false")
       for text in ("2", "''", "maybe", "-1", "[true]")},
    "2 null is neither": bad(READ_ONLY % "§null", "null attachments.duckdb[0].read_only: "),
    "2 a list of texts is no text": bad("duckdb: {pragmas: §SELECT 1}\n", "type duckdb.pragmas: a list of texts"),
    "2 nor does it hold lists": bad("env_files: [a, §[b]]\n", "type env_files[1]: text is expected here, not a list"),
    "2 a mapping is no list": bad("duckdb: §[]\n", "type duckdb: a mapping is expected here, not a list"),
    "2 unknown keys at every level": bad(
        {"catalog.yaml": "version: 1\n§x: 1\nduckdb: {§x: 1, secrets: [{type: http, bearer_token: a, §x: 1}]}\n"
                         "views: [{name: v, sql: SELECT 1, §x: 1}]\n"
                         "attachments: {§x: 1, duckdb: [{alias: a, path: a, §x: 1}], sqlite: [{alias: b, path: b, §x: 1}]}\n"
                         "iceberg_catalogs: [{name: c, catalog_type: glue, §x: 1}]\nloader_settings: {§x: 1}\n"
                         "semantic_models: [{name: m, base_view: v, §x: 1, dimensions: [{name: d, expression: d, §x: 1}],\n"
                         "  measures: [{name: n, expression: n, §x: 1}], defaults: {§x: 1},\n"
                         "  joins: [{to_view: v, type: left, on_condition: 'true', §x: 1}]}]\n"},
        "unknown-key x: ", "unknown-key duckdb.x: ", "unknown-key duckdb.secrets[0].x: ", "unknown-key views[0].x: ",
        "unknown-key attachments.x: ", "unknown-key attachments.duckdb[0].x: ", "unknown-key attachments.sqlite[0].x: ",
        "unknown-key iceberg_catalogs[0].x: ", "unknown-key loader_settings.x: ", "unknown-key semantic_models[0].x: ",
        "unknown-key semantic_models[0].dimensions[0].x: ", "unknown-key semantic_models[0].measures[0].x: ",
        "unknown-key semantic_models[0].defaults.x: ", "unknown-key semantic_models[0].joins[0].x: "),
    # -- 3.1: top level --
    "3.1 version is required": bad({"catalog.yaml": "§duckdb: {}\n"}, "missing-key version: required"),
    "3.1 duckdb is required": bad({"catalog.yaml": "§version: 1\n"}, "missing-key duckdb: required"),
    "3.1 nothing else is": good({"catalog.yaml": BASE}, "Config version: 1"),
    "3.1 version is 1 or more": bad({"catalog.yaml": "version: §0\nduckdb: {}\n"}, "range version: 1 or more"),
    "3.1 version has no upper bound": good({"catalog.yaml": "version: 987654321\nduckdb: {}\n"}, "Config version: 987654321"),
    "3.1 version and duckdb may come from an import": good(
        {"catalog.yaml": "imports: [a.yaml]\n", "a.yaml": "version: 3\nduckdb: {settings: SET threads = 3}\n"}, "Config version: 3", "threads = 3"),
    "3.1 an imports mapping of nulls is no import": good("imports: {views: null, duckdb: null}\n"),
    **{f"3.1 there is no key {key}": bad({"catalog.yaml": f"{BASE}§{key}: x\n"}, f"unknown-key {key}: ")
       for key in ("schema", "secrets", "load_sql_files", "resolve_paths", "load_dotenv")},
    # -- 3.2: duckdb --
    "3.2 an empty database is memory": good(
        "duckdb: {database: ''}\n", then=run_prints(["run", "catalog.yaml", "-q", "SELECT 'db ' || current_database()"], 0, "db memory")),
    "3.2 extensions": good(
        "duckdb: {install_extensions: [a, b FROM community], load_extensions: [a]}\n", 'INSTALL "a";', 'INSTALL "b" FROM community;', 'LOAD "a";'),
    "3.2 names of extensions are names": bad(
        "duckdb: {install_extensions: [§a; DROP TABLE x], load_extensions: [§'']}\n", "extension duckdb.install_extensions[0]: ",
        "extension duckdb.load_extensions[0]: "),
    "3.2 a pragma is any statement, one each": bad(
        "duckdb:\n  pragmas: [PRAGMA a, SELECT 1, CALL b(), SELECT 1; §SELECT 2]\n", "sql duckdb.pragmas[3]: holds 2 statements"),
    "3.2 pragmas are run as they are": good("duckdb: {pragmas: [PRAGMA enable_x, 'CALL f(1)']}\n", "PRAGMA enable_x;", "CALL f(1);"),
    "3.2 settings are one text": good("duckdb: {settings: ' set threads = 2 '}\n", "set threads = 2;"),
    "3.2 or a list, without what is blank": good(
        "duckdb: {settings: ['', SET threads = 2, ' ', SET x = 1]}\n", "-- Settings\nSET threads = 2;\nSET x = 1;"),
    "3.2 all blank is none": good("duckdb: {settings: ['', ' ']}\n", absent=["-- Settings"]),
    # -- 3.3: secrets --
    "3.3 type is required": bad(
        "duckdb:\n  secrets:\n    - §{name: x}\n", "missing-key duckdb.secrets[0].type: "),
    **{f"3.3 {kind} is no type": bad(SECRET % f"type: §{kind}, bearer_token: x", "unknown-value duckdb.secrets[0].type: expected s3, azure, gcs, http, postgres, mysql")
       for kind in ("r2", "S3", "''")},
    "3.3 an unknown provider": bad(SECRET % "type: s3, provider: §x", "unknown-value duckdb.secrets[0].provider: expected config, credential_chain"),
    "3.3 the name is the type when it is left out": secret("type: s3, key_id: k, secret: s", 'SECRET "s3" (TYPE S3, '),
    "3.3 a name is trimmed": secret("name: ' x ', type: s3, key_id: k, secret: s", 'SECRET "x" (TYPE S3, '),
    "3.3 and not blank": bad(SECRET % "name: §' ', type: s3, key_id: k, secret: s", "blank duckdb.secrets[0].name: "),
    "3.3 scope, region and endpoint of s3": secret(
        "type: s3, key_id: k, secret: s, region: r, endpoint: h, scope: s3://b", "REGION 'r', ENDPOINT 'h', SCOPE 's3://b')"),
    "3.3 options come last": secret("type: s3, key_id: k, secret: s, options: {use_ssl: false}", "USE_SSL FALSE);"),
    "3.3 port 0 counts as absent": secret(
        "type: postgres, host: h, port: 0, database: d, user: u, password: p", "HOST 'h', DATABASE 'd'"),
    "3.3 a persistent secret is stored once": secret(
        "type: http, bearer_token: t, persistent: true", "CREATE PERSISTENT SECRET IF NOT EXISTS", include_secrets=1),
    "3.3 a key of another type is not used, with a warning": secret(
        "type: s3, key_id: k, secret: s, host: §h", "TYPE S3", warns=["secret-key duckdb.secrets[0].host: not used"],
        absent=["HOST"]),
    **{f"3.3 {text.replace('§', '')} is complete": secret(text, *expected) for text, *expected in (
        ("type: s3, provider: credential_chain", "PROVIDER credential_chain"),
        ("type: azure, connection_string: c", "CONNECTION_STRING"),
        ("type: azure, tenant_id: t, client_id: c, client_secret: s", "TENANT_ID 't', CLIENT_ID 'c', CLIENT_SECRET"),
        ("type: azure, provider: credential_chain, account_name: a", "PROVIDER credential_chain", "ACCOUNT_NAME 'a'"),
        ("type: gcs, key_id: k, secret: s", "TYPE GCS, KEY_ID"),
        ("type: gcs, provider: credential_chain", "PROVIDER credential_chain") ,
        ("type: http, bearer_token: t", "BEARER_TOKEN"),
        ("type: postgres, connection_string: 'host=h'", "HOST 'h'"),
        ("type: postgres, host: h, database: d, user: u, password: p", "TYPE POSTGRES, HOST 'h', DATABASE 'd', USER 'u', PASSWORD"),
        ("type: mysql, host: h, database: d, key_id: u, secret: p", "TYPE MYSQL, HOST 'h', DATABASE 'd', USER"),
    )},
    **{f"3.3 {text.replace(MARK, '')} is not complete": bad(f"duckdb:\n  secrets:\n    - {text}\n", f"combination duckdb.secrets[0]: needs…{needed}", *others)
       for text, needed, *others in (
           ("§{type: s3}", "`key_id` and `secret`"),
           ("§{type: s3, key_id: k}", "`key_id` and `secret`"),
           ("§{type: s3, key_id: k, secret: ''}", "`key_id` and `secret`"),
           ("§§{type: azure}", "`connection_string`", "secret-form: made from these keys | `connection_string`"),
           ("§§{type: azure, tenant_id: t}", "`tenant_id` and `account_name`", "secret-form: made from these keys | `client_id`"),
           ("§{type: azure, tenant_id: t, client_id: c}", "`client_id` and `client_secret`"),
           ("§{type: gcs, key_id: k}", "`key_id` and `secret`"),
           ("§{type: gcs}", "`key_id` and `secret`"),
           ("§{type: http}", "`bearer_token`"),
           ("§{type: http, provider: §credential_chain}", "`bearer_token`", "secret-form duckdb.secrets[0].provider: no secret | config"),
           ("§{type: http, user: §u, password: §p}", "`bearer_token`", "secret-key duckdb.secrets[0].user: not used",
            "secret-key duckdb.secrets[0].password: not used"),
           ("§{type: http, header: §h}", "`bearer_token`", "secret-key duckdb.secrets[0].header: not used"),
           ("§{type: postgres}", "`connection_string`"),
           ("§{type: postgres, host: h, database: d, user: u}", "`password` or `secret`"),
           ("§{type: mysql, host: h, database: d, password: p}", "`user` or `key_id`"),
           ("§{type: mysql, provider: §credential_chain}", "`connection_string`", "secret-form duckdb.secrets[0].provider: no secret | config"),
       )},
    **{f"3.3 {text.replace(MARK, '')} is nothing that DuckDB has (S-6)": bad(f"duckdb:\n  secrets:\n    - {text}\n", f"secret-form duckdb.secrets[0].{key}: DuckDB has no secret | {hint}")
       for text, key, hint in (
           ("{type: gcs, json_key: §k}", "json_key", "HMAC keys"),
           ("{type: gcs, service_account_key: §k}", "service_account_key", "HMAC keys"),
           ("§{type: azure, tenant_id: t, account_name: a}", "provider", "`client_secret`"),
           ("{type: http, provider: §credential_chain, bearer_token: t}", "provider", "config"),
       )},
    # -- 3.4: views --
    "3.4 name is required": bad("views: [§{sql: SELECT 1}]\n", "missing-key views[0].name: "),
    "3.4 name is trimmed": good("views: [{name: ' v ', sql: SELECT 1}]\n", 'VIEW "v" AS'),
    "3.4 name blank": bad("views: [{name: §' ', sql: SELECT 1}]\n", "blank views[0].name: must not be blank"),
    "3.4 a name may have any characters": good(
        "views: [{name: 'a \"b\". ä;--', sql: SELECT 1}]\n", '"a ""b"". ä;--" AS'),
    "3.4 db_schema is trimmed": good(view("db_schema: ' s ', sql: SELECT 1"), 'CREATE SCHEMA IF NOT EXISTS "s"', 'VIEW "s"."v" AS'),
    "3.4 db_schema blank": bad(view("db_schema: §'', sql: SELECT 1"), "blank views[0].db_schema: must not be blank"),
    "3.4 schema is no key": bad(view("§schema: s, sql: SELECT 1"), "unknown-key views[0].schema: unknown key | did you mean db_schema"),
    "3.4 sql is trimmed": good(view("sql: ' SELECT 1 ; '"), "AS\nSELECT 1;"),
    "3.4 blank sql counts as absent": bad("views: [§{name: v, sql: ' '}]\n", "combination views[0]: "),
    **{f"3.4 {source} is no source": bad(view(f"source: §{source}, uri: a"), "unknown-value views[0].source: expected parquet, delta, iceberg, duckdb, sqlite, postgres")
       for source in ("csv", "json", "Parquet")},
    "3.4 description and tags are for people": good(view("sql: SELECT 1, description: c4nary, tags: [c4nary, 1]"), "SELECT 1", absent=["c4nary"]),
    "3.4 options go into the scan, sorted": good(PARQUET % "a, options: {b: x, a: [1, 'y']}", "parquet_scan('<folder>/a', a=[1, 'y'], b='x')"),
    "3.4 nothing to show": bad("views: [§{name: v}]\n", "combination views[0]: needs…`sql`, or `sql_file`, or `sql_template`, or `source`"),
    "3.4 two queries": bad(
        {"catalog.yaml": BASE + "views: [§{name: v, sql: SELECT 1, sql_file: {path: v.sql}}]\n", "v.sql": "SELECT 1"}, "combination views[0]: only one of"),
    "3.4 two queries in files": bad(
        {"catalog.yaml": BASE + "views: [§{name: v, sql_template: {path: v.sql}, sql_file: {path: v.sql}}]\n", "v.sql": "SELECT 1"},
        "combination views[0]: only one of"),
    **{f"3.4 {source} needs uri": bad(f"views: [§{{name: v, source: {source}}}]\n", f"combination views[0]: with source=…needs `uri`") for source in ("parquet", "delta")},
    "3.4 database, table and catalog beside parquet are not used": good(
        view("source: parquet, uri: a, database: x, table: y, catalog: z"), "parquet_scan('<folder>/a')"),
    "3.4 delta": good(view("source: delta, uri: s3://b/d"), "delta_scan('s3://b/d')"),
    "3.4 iceberg by its uri": good(view("source: iceberg, uri: s3://b/i"), "iceberg_scan('s3://b/i')"),
    "3.4 iceberg by its catalog": good(
        "iceberg_catalogs: [{name: c, catalog_type: glue}]\n" + view("source: iceberg, catalog: c, table: n.t"), 'SELECT * FROM "c"."n"."t"'),
    **{f"3.4 iceberg with {keys or 'nothing'} alone": bad(
        "iceberg_catalogs: [{name: c, catalog_type: glue}]\n" + f"views: [§{{name: v, source: iceberg{keys and ', ' + keys}}}]\n", "combination views[0]: needs `uri`, or `catalog` and `table`")
       for keys in ("", "catalog: c", "table: t")},
    **{f"3.4 {source} reads a table": good(
        f"attachments: {{{source}: [{{alias: a, {keys}}}]}}\n" + view(f"source: {source}, database: a, table: s.t, options: {{x: 1}}, uri: u"), 'SELECT * FROM "a"."s"."t";')
       for source, keys in {"duckdb": "path: x", "sqlite": "path: x", "postgres": "host: h, port: 1, database: d, user: u, password: w"}.items()},
    **{f"3.4 {source} needs database and table": bad(
        f"views: [§{{name: v, source: {source}, table: t}}]\n", "combination views[0]: needs `database` and `table`") for source in ("duckdb", "sqlite", "postgres")},
    "3.4 uri, database, table and options beside SQL are not used": good(
        view("sql: SELECT 1, uri: u, database: d, table: t, options: {a: 1}"), "SELECT 1", absent=["<folder>/u"]),
    "3.4 but a relative uri stays inside": bad(view("sql: SELECT 1, uri: §../u"), "path views[0].uri: leads out"),
    # -- 3.5: SQL files --
    "3.5 a SQL file is a mapping": bad(view("sql_file: §v.sql"), "type views[0].sql_file: a mapping is expected here, not a single value"),
    "3.5 path is required": bad(view("sql_file: §{as_template: true}"), "missing-key views[0].sql_file.path: "),
    **{f"3.5 {key}: path blank": bad(view(f"{key}: {{path: §' '}}"), f"blank views[0].{key}.path: ") for key in ("sql_file", "sql_template")},
    "3.5 variables may be null": good({"catalog.yaml": BASE + view("sql_template: {path: v.sql, variables: null}"), "v.sql": "SELECT 1"}, "SELECT 1"),
    "3.5 variables are a mapping": bad({"catalog.yaml": BASE + view("sql_template: {path: v.sql, variables: §[a]}"), "v.sql": "SELECT 1"},
                                       "type views[0].sql_template.variables: a mapping"),
    "3.5 a file is a template when as_template says so": good(
        {"catalog.yaml": BASE + view("sql_file: {path: v.sql, as_template: true, variables: {a: 7}}"), "v.sql": "SELECT {{a}}"}, "SELECT 7"),
    "3.5 sql_template always is": good(
        {"catalog.yaml": BASE + view("sql_template: {path: v.sql, as_template: false, variables: {a: 7}}"), "v.sql": "SELECT {{a}}"}, "SELECT 7"),
    # -- 3.6: attachments --
    "3.6 files are read-only unless they say otherwise": good(
        "attachments:\n  duckdb: [{alias: a, path: x}, {alias: b, path: y, read_only: false}]\n  sqlite: [{alias: c, path: z}]\n",
        """'<folder>/x' AS "a" (READ_ONLY);""", """'<folder>/y' AS "b";""", """'<folder>/z' AS "c" (TYPE sqlite, READ_ONLY);"""),
    **{f"3.6 {kind} needs alias and path": bad(
        f"attachments: {{{kind}: [§§{{}}]}}\n", f"missing-key attachments.{kind}[0].alias: ", f"missing-key attachments.{kind}[0].path: ") for kind in ("duckdb", "sqlite")},
    "3.6 postgres needs all but sslmode and options": bad(
        "attachments: {postgres: [§§§§§§{}]}\n", *[f"missing-key attachments.postgres[0].{key}: " for key in ("alias", "host", "port", "database", "user", "password")]),
    "3.6 postgres": good(
        "attachments: {postgres: [{alias: p, host: h, port: 5, database: d, user: u, password: w, sslmode: require, options: {schema: x}}]}\n",
        "HOST 'h', PORT 5, DATABASE 'd', USER 'u', PASSWORD '***'", "sslmode=''require''", """AS "p" (TYPE postgres""", "SCHEMA 'x'"),
    **{f"3.6 port {port}": bad(POSTGRES % f"§{port}", "range attachments.postgres[0].port: between 1 and 65535") for port in (0, 65536, -1)},
    "3.6 schema is no key of postgres": bad(
        "attachments: {postgres: [{alias: p, host: h, port: 5, database: d, user: u, password: w, §schema: s}]}\n", "unknown-key attachments.postgres[0].schema: "),
    "3.6 duckalog needs alias and config_path": bad(
        "attachments: {duckalog: [§§{}]}\n", "missing-key attachments.duckalog[0].alias: ", "missing-key attachments.duckalog[0].config_path: "),
    "3.6 which must not be blank": bad(
        "attachments: {duckalog: [{alias: §' ', config_path: §''}]}\n", "blank attachments.duckalog[0].alias: ", "blank attachments.duckalog[0].config_path: "),
    "3.6 duckalog may be written": good(
        {"catalog.yaml": BASE + "attachments: {duckalog: [{alias: n, config_path: a.yaml, read_only: false}]}\n", "a.yaml": CHILD % "a.db"}, """'<folder>/a.db' AS "n";"""),
    "3.6 another section": bad("attachments: {§mysql: []}\n", "unknown-key attachments.mysql: "),
    "3.6 aliases are unique over all sections": bad(
        {"catalog.yaml": BASE + "attachments:\n  duckdb: [{alias: a, path: x}]\n  sqlite: [{alias: §a, path: y}]\n"
                         "  postgres: [{alias: §a, host: h, port: 1, database: d, user: u, password: w}]\n"
                         "  duckalog: [{alias: §a, config_path: c.yaml}]\n", "c.yaml": CHILD % "c.db"},
        *[f"duplicate-name attachments.{kind}[0].alias: line 4, column 20" for kind in ("sqlite", "postgres", "duckalog")]),
    # -- 3.7: Iceberg catalogs --
    "3.7 name and type are required": bad(
        "iceberg_catalogs: [§§{}]\n", "missing-key iceberg_catalogs[0].name: ", "missing-key iceberg_catalogs[0].catalog_type: "),
    "3.7 name blank": bad("iceberg_catalogs: [{name: §' ', catalog_type: glue}]\n", "blank iceberg_catalogs[0].name: "),
    "3.7 names are unique": bad(
        "iceberg_catalogs: [{name: a, catalog_type: glue}, {name: §A, catalog_type: glue}]\n", "duplicate-name iceberg_catalogs[1].name: line 1, column 27"),
    "3.7 uri and warehouse are no paths": good(
        "iceberg_catalogs: [{name: i, catalog_type: rest, uri: ../x, warehouse: ./w, options: {a: 1}}]\n", """ATTACH './w' AS "i" (TYPE iceberg, ENDPOINT '../x', A 1);"""),
    # -- 3.8: semantic models --
    "3.8 a model needs a name and a view": bad(
        "semantic_models: [§§{}]\n", "missing-key semantic_models[0].name: ", "missing-key semantic_models[0].base_view: "),
    "3.8 a model with nothing else is fine": good(modelled("base_view: v, dimensions: [], measures: [], joins: []")),
    "3.8 models change no SQL": good(modelled(COLUMNS + ", label: c4nary, description: c4nary, tags: [c4nary]"), "SELECT 1 AS x", absent=["c4nary"]),
    "3.8 dimensions and measures need a name and an expression": bad(
        modelled("base_view: v, dimensions: [§§{}], measures: [§{name: n}]"), "missing-key semantic_models[0].dimensions[0].name: ",
        "missing-key semantic_models[0].dimensions[0].expression: ", "missing-key semantic_models[0].measures[0].expression: "),
    "3.8 blank names and expressions": bad(
        modelled("base_view: §' ', dimensions: [{name: §'', expression: x}], measures: [{name: n, expression: §' '}]"), "blank semantic_models[0].base_view: ",
        "blank semantic_models[0].dimensions[0].name: ", "blank semantic_models[0].measures[0].expression: "),
    "3.8 a measure with the name of a dimension": bad(
        modelled("base_view: v, dimensions: [{name: a, expression: x}], measures: [{name: §a, expression: y}]"), "duplicate-name semantic_models[0].measures[0].name: "),
    "3.8 types of dimensions in any case": good(
        modelled("base_view: v, dimensions: [%s]" % ", ".join(f"{{name: d{i}, expression: x, type: '{t}'}}" for i, t in enumerate(["Time", " number ", "STRING", "boolean", "date"])))),
    **{f"3.8 {kind!r} is no type of a dimension": bad(
        modelled(f"base_view: v, dimensions: [{{name: d, expression: x, type: §'{kind}'}}]"), "unknown-value semantic_models[0].dimensions[0].type: expected time, number, string, boolean, date")
       for kind in ("", "text")},
    "3.8 the type of a measure is free": good(modelled("base_view: v, measures: [{name: n, expression: sum(x), type: whatever}]")),
    "3.8 grains of time, repeats too": good(modelled(
        "base_view: v, dimensions: [{name: d, expression: x, type: time, time_grains: [year, Quarter, month, week, day, ' hour ', minute, second, year]}]")),
    "3.8 another grain": bad(
        modelled("base_view: v, dimensions: [{name: d, expression: x, type: time, time_grains: [§decade]}]"),
        "unknown-value semantic_models[0].dimensions[0].time_grains[0]: expected year, quarter"),
    **{f"3.8 grains with {kind or 'no type'}": bad(
        modelled(f"base_view: v, dimensions: [{{name: d, expression: x, {kind}time_grains: §[day]}}]"), "combination semantic_models[0].dimensions[0].time_grains: only…time")
       for kind in ("", "type: date, ")},
    "3.8 a join needs all three": bad(
        modelled("base_view: v, joins: [§§§{}]"), *[f"missing-key semantic_models[0].joins[0].{key}: " for key in ("to_view", "type", "on_condition")]),
    "3.8 joins in any case, to the base view, repeated": good(modelled(
        "base_view: v, joins: [%s]" % ", ".join(f"{{to_view: v, type: '{t}', on_condition: 'true'}}" for t in ("inner", "LEFT", " right ", "full", "full")))),
    "3.8 another kind of join": bad(
        modelled("base_view: v, joins: [{to_view: v, type: §cross, on_condition: 'true'}]"), "unknown-value semantic_models[0].joins[0].type: expected inner, left, right, full"),
    "3.8 a join to no view": bad(
        modelled("base_view: v, joins: [{to_view: §w, type: left, on_condition: 'true'}]"), 'reference semantic_models[0].joins[0].to_view: no view with the name "w"'),
    "3.8 defaults": good(modelled(COLUMNS + ", defaults: {time_dimension: ' day ', primary_measure: n, default_filters: [{dimension: k, operator: '=', value: 1}]}")),
    "3.8 the time dimension is one of the type time": bad(
        modelled(COLUMNS + ", defaults: {time_dimension: §k}"), 'reference semantic_models[0].defaults.time_dimension: "k"…not of the type time'),
    "3.8 and there": bad(modelled(COLUMNS + ", defaults: {time_dimension: §x}"), 'reference semantic_models[0].defaults.time_dimension: no dimension with the name "x"'),
    "3.8 the primary measure is a measure": bad(
        modelled(COLUMNS + ", defaults: {primary_measure: §k}"), 'reference semantic_models[0].defaults.primary_measure: no measure with the name "k"'),
    "3.8 a filter's dimension is one, not a measure": bad(
        modelled(COLUMNS + ", defaults: {default_filters: [{dimension: §n}]}"), 'reference semantic_models[0].defaults.default_filters[0].dimension: no dimension with the name "n"'),
    "3.8 a filter without a dimension is only told": good(
        modelled(COLUMNS + ", defaults: {default_filters: [§{dimension: ''}, §{x: 1}]}"),
        warns=["filter-ignored semantic_models[0].defaults.default_filters[0]: names no dimension", "filter-ignored: names no dimension"]),
    "3.8 filters are mappings": bad(modelled(COLUMNS + ", defaults: {default_filters: [§x]}"), "type semantic_models[0].defaults.default_filters[0]: a mapping"),
    "3.8 an exact reference wins": good(modelled("base_view: v", "views: [{name: v, sql: SELECT 1}, {name: v, db_schema: s, sql: SELECT 2}]")),
    "3.8 a bare name finds the one view in any schema": good(modelled("base_view: v", "views: [{name: v, db_schema: s, sql: SELECT 2}]")),
    "3.8 of two schemas it is ambiguous": bad(
        modelled("base_view: §v", "views: [{name: v, db_schema: s, sql: SELECT 2}, {name: v, db_schema: t, sql: SELECT 2}]"),
        'ambiguous semantic_models[0].base_view: "v" can be s.v (…) or t.v ( | s.v'),
    "3.8 with a schema only that one counts": bad(
        modelled("base_view: §t.v", "views: [{name: v, db_schema: s, sql: SELECT 2}]"), 'reference semantic_models[0].base_view: no view with the name "t.v"'),
    # -- 3.9: loader settings, entries of imports --
    "3.9 loader settings": good("loader_settings: {concurrency_enabled: 'no', max_threads: ' 2 '}\n"),
    "3.9 max_threads is 1 or more": bad("loader_settings: {max_threads: §0}\n", "range loader_settings.max_threads: "),
    "3.9 max_threads may be null": good("loader_settings: {max_threads: null}\n"),
    "3.9 it is fine with imports": bad(
        {"catalog.yaml": BASE + "imports: [a.yaml, b.yaml]\nloader_settings: {max_threads: §0}\n", "a.yaml": V % "a", "b.yaml": V % "b"},
        "range loader_settings.max_threads: "),
    **{f"3.9 {section} can be imported by itself": good(
        {"catalog.yaml": BASE + f"imports: {{{section}: [a.yaml]}}\n", "a.yaml": parts(7) + ATTACHED % "x.db" +
         "iceberg_catalogs: [{name: i, catalog_type: glue}]\nsemantic_models: []\n"}, *expected)
       for section, expected in {"duckdb": ["SET p7"], "views": ['"v7"'], "attachments": ['AS "a"'], "iceberg_catalogs": ['AS "i"'], "semantic_models": []}.items()},
    **{f"3.9 {section} can not": bad({"catalog.yaml": BASE + f"imports: {{§{section}: []}}\n"}, f"unknown-key imports.{section}: not a section | duckdb, views")
       for section in ("secrets", "version", "env_files", "imports")},
    **{f"3.9 an entry has no key {key}": bad(
        {"catalog.yaml": BASE + f"imports: [{{path: a.yaml, §{key}: x}}]\n", "a.yaml": V % "a"}, f"unknown-key imports[0].{key}: ") for key in ("optional", "namespace")},
    "3.9 an entry needs a path": bad("imports: [§{override: true}]\n", "missing-key imports[0].path: "),
    # -- 4: placeholders --
    "4 a variable": from_env("${env:DT_A}", "a", DT_A="a"),
    "4 several in one text": from_env("<${env:DT_A}${env:DT_B}>", "<ab>", DT_A="a", DT_B="b"),
    "4 unset without a default": bad(view("sql: §'${env:DT_NONE}'"), 'unset-variable views[0].sql: "DT_NONE" is not set | ${env:NAME:default}'),
    "4 a default": from_env("${env:DT_NONE:a:b}", "a:b"),
    "4 an empty default": from_env("<${env:DT_NONE:}>", "<>"),
    "4 no rule of shells": from_env("${env:DT_NONE:-d}", "-d"),
    "4 set but empty": from_env("<${env:DT_A:d}>", "<>", DT_A=""),
    "4 a value is not looked at again": from_env("${env:DT_A}", "${env:DT_B}", DT_A="${env:DT_B}", DT_B="b"),
    "4 a value that looks like YAML is text": from_env("${env:DT_A}", "x: [1] # y", DT_A="x: [1] # y"),
    "4 a backslash is no escape": from_env("\\${env:DT_A}", "\\a", DT_A="a"),
    "4 numbers and booleans": good(
        {"catalog.yaml": "version: ${env:DT_N}\nduckdb: {}\n" + READ_ONLY % "'${env:DT_B}'"}, "Config version: 7", '/x.db\' AS "a";', env={"DT_N": "7", "DT_B": "no"}),
    "4 at any depth, in lists and variables too": good(
        {"catalog.yaml": "version: 1\nduckdb: {pragmas: ['SELECT ''${env:DT_A}''']}\n" + TEMPLATE % "x: ['${env:DT_A}']", "v.sql": "SELECT {{x}}"},
        "SELECT 'a';", "SELECT ['a'];", env={"DT_A": "a"}),
    "4 not in keys": bad("views: [{§'${env:DT_A}': v, name: v, sql: SELECT 1}]\n", "unknown-key: unknown key", env={"DT_A": "name"}),
    "4 not in comments": good({"catalog.yaml": BASE + "# ${env:DT_NONE}\n" + V % "v"}, '"v"'),
    "4 not in SQL files": good({"catalog.yaml": BASE + SQL_FILE % "v.sql", "v.sql": "SELECT '${env:DT_NONE}'"}, "'${env:DT_NONE}'"),
    "4 no list comes of it": bad({"catalog.yaml": "version: 1\nduckdb: {pragmas: §'${env:DT_A}'}\n"}, "type duckdb.pragmas: a list", env={"DT_A": "[SELECT 1]"}),
    "4 before imports are followed": good(
        {"catalog.yaml": BASE + "imports: ['${env:DT_A}.yaml']\n", "a.yaml": "imports: ['${env:DT_B}.yaml']\n" + V % "a", "b.yaml": V % "b"}, '"b"', '"a"',
        env={"DT_A": "a", "DT_B": "b"}),
    "4 in imported files": good(
        {"catalog.yaml": BASE + "imports: [d/a.yaml]\n", "d/a.yaml": view("sql: 'SELECT ${env:DT_A}'"), ".env": "DT_A=7\n", "d/.env": "DT_A=8\n"}, "SELECT 7"),
    # -- 5: .env files --
    "5 up to nine folders above": good(
        {"1/2/3/4/5/6/7/8/9/catalog.yaml": BASE + view("sql: 'SELECT ${env:DT_A}'"), ".env": "DT_A=7\n"}, "SELECT 7"),
    "5 and not ten": bad(
        {"1/2/3/4/5/6/7/8/9/10/catalog.yaml": BASE + view("sql: §'SELECT ${env:DT_A}'"), ".env": "DT_A=7\n"}, "unset-variable: DT_A"),
    "5 the environment comes first, then the nearer folder": good(
        {"in/catalog.yaml": BASE + view("sql: 'SELECT ${env:DT_A}, ${env:DT_B}, ${env:DT_C}'"), "in/.env": "DT_A=1\nDT_B=1\n", ".env": "DT_A=2\nDT_B=2\nDT_C=2\n"},
        "SELECT 0, 1, 2", env={"DT_A": "0"}),
    "5 also when it is empty": good({"catalog.yaml": BASE + view("sql: 'SELECT 1${env:DT_A}'"), ".env": "DT_A=2\n"}, "SELECT 1;", env={"DT_A": ""}),
    "5 of env_files the earlier one, which replace .env": good(
        {"catalog.yaml": "env_files: [a.env, sub/b.env]\n" + BASE + view("sql: 'SELECT \"${env:DT_A}${env:DT_B}${env:DT_C:-}\"'"), "a.env": "DT_A=1\n",
         "sub/b.env": "DT_A=2\nDT_B=2\n", ".env": "DT_C=3\n"}, 'SELECT "12-";'),
    "5 ../ and absolute paths": good(
        {"in/catalog.yaml": "env_files: [../x/a.env, <folder>/x/b.env]\n" + BASE + view("sql: 'SELECT ${env:DT_A}${env:DT_B}'"), "x/a.env": "DT_A=1\n", "x/b.env": "DT_B=2\n"},
        "SELECT 12;"),
    "5 an empty list reads none": good({"catalog.yaml": "env_files: []\n" + BASE + view("sql: 'SELECT ${env:DT_A:0}'"), ".env": "DT_A=1\n"}, "SELECT 0"),
    "5 nor does skip_env_files": good({"catalog.yaml": BASE + view("sql: 'SELECT ${env:DT_A:0}'"), ".env": "DT_A=1\n"}, "SELECT 0", skip_env_files=1),
    "5 names are no patterns": good({"catalog.yaml": "env_files: ['*.env']\n" + BASE + view("sql: 'SELECT ${env:DT_A:0}'"), "a.env": "DT_A=1\n"}, "SELECT 0"),
    "5 the last of a file counts": dotenv("DT_A=1\nDT_A=2\n", "2|-|-|-|-"),
    "5 blank lines, comments, export, blanks around =": dotenv("\n# DT_A=1\nexport DT_B=2\nDT_C = 3\n", "-|2|3|-|-"),
    "5 quoted keys, none without =, the empty string, no colon": dotenv("'DT_A'=1\nDT_B\nDT_C=\nDT_D: 4\nDT_E=5\n", "1|-||-|5"),
    "5 comments behind values": dotenv("DT_A=a #b\nDT_B=a#b\nDT_C='a #b' # c\nDT_D=x  \n", "a|a#b|a #b|x|-"),
    "5 escapes in quotes": dotenv("DT_A='a\\n\\\\b'\nDT_B=\"a\\tb\\\\\"\nDT_C=a\\nb\n", "a\\n\\b|a\tb\\|a\\nb|-|-"),
    "5 quotes span lines": dotenv("DT_A=\"1\n2\"\nDT_B='3\n4'\n", "1\n2|3\n4|-|-|-"),
    "5 a quote without an end spoils its line only": dotenv("DT_A=\"1\nDT_B=2\n", "-|2|-|-|-"),
    "5 ${NAME} and ${NAME:-default} in values, single quotes too": dotenv(
        "DT_A=1\nDT_B=<${DT_A}>\nDT_C='${DT_NONE:-d}'\nDT_D=${DT_E}x\nDT_E=5\n", "1|<1>|d|x|5"),
    "5 of the environment too": dotenv("DT_A=${DT_OUT}\n", "o|-|-|-|-", DT_OUT="o"),
    "5 CRLF and a byte order mark": dotenv("\ufeffDT_A=1\r\nDT_B=2\r\n", "1|2|-|-|-"),
    # -- 6: imports --
    "6.1 paths and mappings": good(
        {"catalog.yaml": BASE + "imports: [b.yaml, {path: a.yaml, override: false}]\n", "a.yaml": V % "a", "b.yaml": V % "b"}, '"b"', '"a"'),
    "6.1 sections, of what the file imports itself": good(
        {"catalog.yaml": BASE + "imports: {views: [a.yaml]}\n", "a.yaml": "imports: [b.yaml]\n" + parts(1), "b.yaml": parts(2)}, '"v2"', '"v1"', absent=["SET p"]),
    "6.1 patterns: *, ?, [], **, sorted": good(
        {"catalog.yaml": BASE + "imports: ['v*.yaml', '?.yaml', '[xy]1.yaml', 'd/**/z.yaml']\n",
         **{f"{name}.yaml": V % name.replace("/", "_") for name in ("v2", "v10", "v1", "a", "x1", "w1", "d/e/z", "d/z")}},
        '"v1"', '"v10"', '"v2"', '"a"', '"x1"', '"d_e_z"', '"d_z"', absent=['"w1"']),
    "6.1 no dot-files": good(
        {"catalog.yaml": BASE + "imports: ['a*', '*b.yaml']\n", "a.yaml": V % "a", ".b.yaml": V % "hidden", "b.yaml": V % "b"}, '"a"', '"b"', absent=["hidden"]),
    "6.1 a pattern without a match": bad("imports: [§'x/*.yaml']\n", "import imports[0]: no file matches"),
    "6.1 a folder among the matches": bad(
        {"catalog.yaml": BASE + "imports: [§'x*']\n", "x.d/a": ""}, "import imports[0]: <folder>/x.d is not a config file"),
    "6.1 !pattern, wherever it stands": good(
        {"catalog.yaml": BASE + "imports: ['!b*', a.yaml, '*b.yaml', c.yaml, '!c.yaml']\n", "a.yaml": V % "a", "b.yaml": V % "b", "xb.yaml": V % "xb", "c.yaml": V % "c"},
        '"a"', '"xb"', absent=['"b"', '"c"']),
    "6.1 nothing but negations": good({"catalog.yaml": BASE + "imports: ['!a.yaml']\n", "a.yaml": V % "a"}, absent=['"a"']),
    "6.1 a path twice": good(
        {"catalog.yaml": BASE + "imports: [a.yaml, b.yaml, ./a.yaml]\n", "a.yaml": V % "a", "b.yaml": V % "b"}, '"a"', '"b"'),
    **{f"6.1 {imports} is no list": bad(f"imports: §{imports}\n", "type imports: ") for imports in ("5", "a.yaml")},
    "6.1 nor null in it": bad("imports: [§~]\n", "type imports[0]: a path, or a mapping"),
    "6.2 relative to the importing file": good(
        {"catalog.yaml": BASE + "imports: [d/a.yaml]\n", "d/a.yaml": "imports: [b.yaml, ../c.yaml]\n", "d/b.yaml": V % "b", "b.yaml": V % "wrong", "c.yaml": V % "c"},
        '"b"', '"c"', absent=["wrong"]),
    "6.2 links of the main file are followed first": good(
        {"real/catalog.yaml": BASE + "imports: [a.yaml]\n", "real/a.yaml": V % "a"}, '"a"', links={"link.yaml": "real/catalog.yaml"},
        then=run_prints(["generate-sql", "link.yaml"], 0, '"a"')),
    "6.2 absolute paths and ../": good(
        {"in/catalog.yaml": BASE + "imports: [<folder>/a.yaml, ../b.yaml]\n", "a.yaml": V % "a", "b.yaml": V % "b"}, '"a"', '"b"'),
    "6.2 a missing file": bad("imports: [§a.yaml]\n", "import imports[0]: <folder>/a.yaml can't be found"),
    "6.3 mappings merge key by key": good(
        {"catalog.yaml": "imports: [2.yaml]\nversion: 1\nduckdb: {settings: SET threads = 1}\nattachments: {sqlite: [{alias: s, path: s.db}]}\n",
         "2.yaml": parts(2) + ATTACHED % "x.db"}, "SET p2", "threads = 1", 'AS "a"', 'AS "s"'),
    "6.3 lists are put one behind the other, the main file's last": good(
        {"catalog.yaml": "version: 1\nduckdb: {install_extensions: [m], load_extensions: [m], secrets: [{type: http, name: m, bearer_token: t}]}\nimports: [a.yaml]\n"
                         "attachments: {duckdb: [{alias: m, path: m}]}\niceberg_catalogs: [{name: mi, catalog_type: glue}]\n",
         "a.yaml": "duckdb: {install_extensions: [a], load_extensions: [a], secrets: [{type: http, name: a, bearer_token: t}]}\n"
                   "attachments: {duckdb: [{alias: a, path: a}]}\niceberg_catalogs: [{name: ai, catalog_type: glue}]\n"},
        'INSTALL "a"', 'INSTALL "m"', 'LOAD "a"', 'LOAD "m"', 'SECRET "a"', 'SECRET "m"', 'AS "a"', 'AS "m"', 'AS "ai"', 'AS "mi"'),
    "6.3 a text and a list of settings do not combine": good(
        {"catalog.yaml": "version: 1\nduckdb: {settings: SET threads = 1}\nimports: [a.yaml]\n", "a.yaml": "duckdb: {settings: [SET threads = 2, SET x = 2]}\n"},
        "threads = 1", absent=["threads = 2", "SET x"]),
    "6.3 lists of settings do": good(
        {"catalog.yaml": "version: 1\nduckdb: {settings: [SET threads = 1]}\nimports: [a.yaml]\n", "a.yaml": "duckdb: {settings: [SET x = 2]}\n"},
        "SET x = 2;\nSET threads = 1;"),
    "6.3 override false fills what is missing": good(
        {"catalog.yaml": "imports: [2.yaml, {path: 3.yaml, override: false}]\n", "2.yaml": "version: 2\n", "3.yaml": parts(3)}, "Config version: 2", "threads = 3"),
    "6.3 sections: the same rules, then the main file's": good(
        {"catalog.yaml": "version: 1\nduckdb: {settings: SET threads = 1}\nimports: {duckdb: [2.yaml, 3.yaml]}\n", "2.yaml": parts(2), "3.yaml": parts(3)},
        "SET p2", "SET p3", "threads = 1", absent=["threads = 2", "threads = 3"]),
    "6.3 names are unique in what comes of it": bad(
        {"catalog.yaml": BASE + "imports: [a.yaml, b.yaml]\n", "a.yaml": V % "v", "b.yaml": V % "§v"}, "duplicate-name views[0].name: …a.yaml:1:16"),
    "6.4 a ring is an error with its chain": bad(
        {"catalog.yaml": BASE + "imports: [a.yaml]\n", "a.yaml": "imports: [b.yaml]\n", "b.yaml": "imports: [§a.yaml]\n"},
        "import-ring: in a ring: …a.yaml:1:11 imports …b.yaml, …b.yaml:1:11 imports …a.yaml"),
    "6.4 a file that imports itself": bad({"catalog.yaml": BASE + "imports: [§catalog.yaml]\n"}, "import-ring: this file imports itself"),
    "6.4 any depth": good(
        {"catalog.yaml": BASE + "imports: [1.yaml]\n", **{f"{i}.yaml": f"imports: [{i + 1}.yaml]\n" for i in range(1, 60)}, "60.yaml": V % "deep"}, '"deep"'),
    "6.6 a bad view beside good ones is a mistake": bad(
        {"catalog.yaml": BASE + "imports: [a.yaml]\n", "a.yaml": "views: [{name: a, sql: SELECT 1}, §{name: b}]\n"}, "combination views[1]: "),
    # -- 7: paths --
    **{f"7 {path} is no relative path": good(PARQUET % f"'{path}'", f"parquet_scan('{path}')")
       for path in ("s3://b/x", "HTTPS://h/x", "a+b.c-d://x", "hf://d/x")},
    **{f"7 {path} is one": good(PARQUET % f"'{path}'", f"parquet_scan('<folder>/{path}')") for path in ("C:x", "s3:/b", "x*.parquet", "a\\b", "%2e%2e", "C:/x", "C:\\x", "\\\\server\\x")},
    "7 the name of the file is trimmed, double slashes go": good(PARQUET % "' a//b/./c/../d '", "'<folder>/a/b/d'"),
    "7 attachments may be anywhere": good(
        {"in/catalog.yaml": BASE + "attachments: {duckdb: [{alias: a, path: ../x.db}], sqlite: [{alias: b, path: ../../y.db}]}\n"}, "'<folder>/x.db'", "/y.db'"),
    "7 a nested config's paths start at its folder": good(
        {"catalog.yaml": BASE + "attachments: {duckalog: [{alias: n, config_path: d/a.yaml}, {alias: m, config_path: d/a.yaml, database: m.db}]}\n", "d/a.yaml": CHILD % "a.db"},
        "'<folder>/d/a.db'", "'<folder>/m.db'"),
    "7 paths in SQL are not touched": good(view("sql: \"FROM 'a/../b.parquet'\""), "FROM 'a/../b.parquet'"),
    "7 a config behind a link: uri beside the link": good(
        {"real/catalog.yaml": BASE + PARQUET % "a"}, links={"link.yaml": "real/catalog.yaml"}, then=run_prints(["generate-sql", "link.yaml"], 0, "/a')")),
    # -- 8: SQL files and templates --
    "8 new lines are one kind, blanks around go": good({"catalog.yaml": BASE + SQL_FILE % "v.sql", "v.sql": b"\r\n SELECT 1,\r\n 2 \r\n"}, "AS\nSELECT 1,\n 2;"),
    "8 a missing file": bad(SQL_FILE % "§v.sql", "sql-file views[0].sql_file.path: <folder>/v.sql can't be read"),
    "8 a folder": bad({"catalog.yaml": BASE + SQL_FILE % "§d", "d/x": ""}, "sql-file views[0].sql_file.path: is a folder"),
    "8 no UTF-8": bad({"catalog.yaml": BASE + SQL_FILE % "§v.sql", "v.sql": b"SELECT '\xff'"}, "encoding views[0].sql_file.path: not valid UTF-8"),
    "8 variables of a file that is no template are not used": good(
        {"catalog.yaml": BASE + view("sql_file: {path: v.sql, variables: §{a: 1}}"), "v.sql": "SELECT '{{a}}'"}, "'{{a}}'", warns=["variables-ignored views[0].sql_file.variables: no template"]),
    "8 inline SQL is never a template": good(view("sql: \"SELECT '{{a}}'\""), "'{{a}}'"),
    "8 a placeholder without a variable, in a comment too": template_refused(
        "SELECT §{{x}} -- §{{y}}", "a: 1", "template-variable: {{x}} has no variable | the variables are: a", "template-variable: {{y}} has no variable"),
    "8 a variable that is not used is fine": templated("SELECT 1", "a: 1", "SELECT 1"),
    "8 letters of any language are names": templated("SELECT {{größe_1}}", "größe_1: 7", "SELECT 7"),
    "8 one brace is no placeholder": templated("SELECT {'a': 1}", "a: 1", "SELECT {'a': 1}"),
    "8 a key with other letters can be meant": templated("SELECT {{a-b}}", "a-b: 7", "SELECT 7"),
    "8 three braces": templated("SELECT {{{a}}}", "a: \"'k': 1\"", "SELECT {'k': 1}"),
    "8 one query in a file": bad({"catalog.yaml": BASE + SQL_FILE % "v.sql", "v.sql": "SELECT 1;\n§SELECT 2"}, "sql views[0].sql_file: holds 2 statements"),
    "8 a mistake of SQL has its place": bad(
        {"catalog.yaml": BASE + SQL_FILE % "v.sql", "v.sql": "SELECT 1\n  FORM §x y z"}, "sql views[0].sql_file: syntax error", parsed=True),
    # -- 9: nested catalogs --
    "9 a child has its own environment and paths": good(
        {"catalog.yaml": BASE + NESTED % ("n", "d/a.yaml") + view("sql: SELECT * FROM n.w"),
         "d/a.yaml": "version: 1\nduckdb: {database: '${env:DT_DB}.db'}\nviews: [{name: w, sql_file: {path: w.sql}}]\n", "d/.env": "DT_DB=child\n", "d/w.sql": "SELECT 7 AS x"},
        """ATTACH '<folder>/d/child.db' AS "n" """, then=run_prints(["run", "catalog.yaml", "-q", "SELECT 'x=' || x FROM v"], 0, "x=7")),
    "9 folders of its database are made": good(
        {"catalog.yaml": BASE + NESTED % ("n", "a.yaml"), "a.yaml": CHILD % "deep/er/a.db"}, then=lambda room: (
            run_prints(["run", "catalog.yaml"], 0)(room), (room / "deep/er/a.db").stat())),
    "9 mistakes of a child are told": bad(
        {"catalog.yaml": BASE + NESTED % ("n", "a.yaml"), "a.yaml": "version: 1\nduckdb: {database: a.db, §x: 1}\n"}, "unknown-key duckdb.x: "),
    "9 a missing child": bad(NESTED % ("n", "§a.yaml"), "file attachments.duckalog[0].config_path: <folder>/a.yaml can't be found"),
    "9 grandchildren come along": good(
        {"catalog.yaml": BASE + NESTED % ("n", "a.yaml"), "a.yaml": "version: 1\nduckdb: {database: a.db}\n" + NESTED % ("m", "b.yaml"), "b.yaml": CHILD % "b.db"},
        """'<folder>/a.db' AS "n" """, """'<folder>/b.db' AS "m" """),
    "9 a ring back to the config itself": bad(
        {"catalog.yaml": "version: 1\nduckdb: {database: c.db}\n" + NESTED % ("n", "§catalog.yaml")}, "nested-ring: catalog.yaml -> …catalog.yaml"),
    # -- 11: validation --
    "11 the same view twice": bad("views: [{name: a, sql: SELECT 1}, {name: §a, sql: SELECT 1}]\n", "duplicate-name views[1].name: line 1, column 16"),
    "11 in two schemas it is two": good("views: [{name: a, sql: SELECT 1}, {name: a, db_schema: s, sql: SELECT 1}]\n", '"a"', '"s"."a"'),
    "11 each offender is told": bad(
        "views: [{name: a, sql: SELECT 1}, {name: §a, sql: SELECT 1}, {name: b, sql: SELECT 1}, {name: §b, sql: SELECT 1}, {name: §a, sql: SELECT 1}]\n",
        *[f"duplicate-name views[{i}].name: " for i in (1, 3, 4)]),
    "11 an undefined Iceberg catalog, base view and join": bad(
        "views: [{name: v, source: iceberg, catalog: §c, table: t}]\nsemantic_models:\n"
        "  - {name: m, base_view: §x, joins: [{to_view: §y, type: left, on_condition: 'true'}]}\n",
        "reference views[0].catalog: ", "reference semantic_models[0].base_view: ", "reference semantic_models[0].joins[0].to_view: "),
    "11 an ambiguous join": bad(
        modelled("base_view: b, joins: [{to_view: §v, type: left, on_condition: 'true'}]",
                 "views: [{name: b, sql: SELECT 1}, {name: v, db_schema: s, sql: SELECT 1}, {name: v, db_schema: t, sql: SELECT 1}]"),
        "ambiguous semantic_models[0].joins[0].to_view: "),
    "11 names twice in a model": bad(
        modelled("base_view: v, dimensions: [{name: a, expression: x}, {name: §a, expression: x}], measures: [{name: b, expression: x}, {name: §b, expression: x}]"),
        "duplicate-name semantic_models[0].dimensions[1].name: ", "duplicate-name semantic_models[0].measures[1].name: "),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_rule(room, monkeypatch, name):
    check_row(RULES[name], room, monkeypatch)


def test_each_section_has_a_row():
    assert {name.split()[0] for name in RULES} == set(SECTIONS)
