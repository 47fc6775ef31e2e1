"""`duckalog run --watch`: an open catalog follows its config, as a process that users start and end."""

import os
import re
import signal
import time

import pytest
from conftest import cpu_seconds, wait_until

END_S = 20


class Watch:
    """A running watch; what it prints is collected as it comes."""

    def __init__(self, room, *arguments, **options):
        self.room = room
        self.process = room.start("run", "catalog.yaml", "--watch", *arguments, **options)
        self.texts = {"stdout": "", "stderr": ""}
        for name in self.texts:
            os.set_blocking(getattr(self.process, name).fileno(), False)
        self.seen = 0
        self.until("watching ")

    def collect(self):
        for name in self.texts:
            self.texts[name] += (getattr(self.process, name).read() or b"").decode()

    @property
    def out(self):
        self.collect()
        return self.texts["stdout"]

    @property
    def err(self):
        self.collect()
        return self.texts["stderr"]

    def until(self, text):
        """Waits for it on standard output, behind what was waited for before."""
        wait_until(lambda: text in self.out[self.seen :], f"{text!r}; there is {self.texts}", END_S)
        self.seen = self.out.index(text, self.seen) + len(text)

    def until_error(self, text, times=1):
        wait_until(lambda: self.err.count(text) >= times, f"{text!r}; there is {self.texts}", END_S)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(END_S)
        self.collect()
        return code


@pytest.fixture
def watch(room):
    started = []

    def start(*arguments, **options):
        started.append(Watch(room, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def lines(one):
    """What was done, without the two lines that a watch begins with."""
    return [line for line in one.out.splitlines() if not line.startswith(("catalog ", "watching "))]


def test_each_change_is_a_line(room, watch):
    room.catalog(("v", "SELECT 1 AS a"), ("w", "SELECT 2 AS a"))
    one = watch()
    room.catalog(("v", "SELECT 10 AS a"), ("new", "SELECT 3 AS a"), duckdb={"settings": ["SET threads = 2"]})
    one.until("views: new: created")
    assert sorted(lines(one)) == [
        "settings: SET threads = 2: run",
        "views: new: created",
        "views: v: replaced",
        "views: w: dropped, as it is not in the config",
    ]
    assert one.end() == 0 and one.err == ""
    assert {name for _, name in room.views_in()} == {"v", "new"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_a_watch_without_an_error(room, watch, number):
    room.catalog(("v", "SELECT 1 AS a"))
    one = watch()
    assert one.end(number) == 0 and one.err == ""
    room.run("--strict")  # and nobody has the file


def configure(room, import_sql="SELECT 1 AS a"):
    room.write(
        "catalog.yaml",
        "version: 1\nduckdb: {database: catalog.duckdb}\nimports: [parts/*.yaml]\n"
        "attachments: {duckalog: [{alias: child, config_path: child/catalog.yaml}]}\n"
        "views:\n- {name: by_file, sql_file: {path: sql/file.sql}}\n"
        "- {name: by_template, sql_template: {path: sql/template.sql, variables: {a: 1}}}\n"
        "- {name: by_variable, sql: \"SELECT '${env:NAME}' AS a\"}\n- {name: by_child, sql: FROM child.inner_view}\n",
    )
    room.write("parts/one.yaml", f'views: [{{name: by_import, sql: "{import_sql}"}}]\n')
    room.write("sql/file.sql", "SELECT 1 AS a")
    room.write("sql/template.sql", "SELECT {{a}} AS a")
    room.write(".env", "NAME=one\n")
    room.write("child/catalog.yaml", "version: 1\nduckdb: {database: child.duckdb}\nviews: [{name: inner_view, sql: SELECT 1 AS a}]\n")


EDITS = {
    "import": (lambda room: room.write("parts/one.yaml", 'views: [{name: by_import, sql: "SELECT 2 AS a"}]\n'), "by_import: replaced"),
    "new file of an import's pattern": (lambda room: room.write("parts/two.yml.yaml", "views: [{name: more, sql: SELECT 2 AS a}]\n"), "more: created"),
    "SQL file": (lambda room: room.write("sql/file.sql", "SELECT 2 AS a"), "by_file: replaced"),
    "template": (lambda room: room.write("sql/template.sql", "SELECT {{a}} + 1 AS a"), "by_template: replaced"),
    ".env": (lambda room: room.write(".env", "NAME=two\n"), "by_variable: replaced"),
    "nested config": (
        lambda room: room.write(
            "child/catalog.yaml",
            "version: 1\nduckdb: {database: child.duckdb}\nviews: [{name: inner_view, sql: SELECT 2 AS a}]\n",
        ),
        "by_child: replaced",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_each_file_that_a_config_is_made_of_is_followed(room, watch, edit):
    configure(room)
    one = watch()
    change, line = EDITS[edit]
    change(room)
    one.until(line)
    assert one.end() == 0 and one.err == ""


def rename_over(path, text):
    """As most editors save."""
    new = path.with_name(path.name + "~")
    new.write_text(text)
    os.replace(new, path)


def in_place(path, text):
    path.write_text(text)


def delete_and_create(path, text):
    path.unlink()
    time.sleep(0.4)  # longer than a change takes to settle
    path.write_text(text)


def through_a_link(path, text):
    """As Kubernetes does with its volumes."""
    target = path.with_name("..new.yaml")
    target.write_text(text)
    path.unlink()
    path.symlink_to(target.name)


@pytest.mark.parametrize("save", [rename_over, in_place, delete_and_create, through_a_link])
def test_however_a_file_is_saved_the_change_is_seen(room, watch, save):
    room.catalog(("v", "SELECT 1 AS a"))
    text = (room / "catalog.yaml").read_text()
    one = watch()
    for n in range(2, 5):
        save(room / "catalog.yaml", text.replace("SELECT 1", f"SELECT {n}"))
        one.until("views: v: replaced")
    assert one.end() == 0
    assert "SELECT 4" in room.views_in()["main", "v"]


def test_file_behind_a_link_is_followed(room, watch):
    (room / "real").mkdir()
    room.catalog(("v", "SELECT 1 AS a"), name="real/catalog.yaml")
    (room / "catalog.yaml").symlink_to("real/catalog.yaml")
    one = watch()
    room.catalog(("v", "SELECT 2 AS a"), name="real/catalog.yaml")
    one.until("views: v: replaced")


def swap_link(path, target):
    """In one step, as those who deploy do."""
    new = path.with_name(path.name + ".new")
    new.symlink_to(target)
    os.replace(new, path)


def test_link_that_leads_elsewhere_by_now_is_followed_there(room, watch):
    for name in ("one", "two"):
        (room / name).mkdir()
        room.catalog(("v", f"SELECT '{name}' AS a"), name=f"{name}/catalog.yaml", database=str(room / "catalog.duckdb"))
    (room / "catalog.yaml").symlink_to("one/catalog.yaml")
    one = watch()
    swap_link(room / "catalog.yaml", "two/catalog.yaml")
    one.until("views: v: replaced")
    room.catalog(("v", "SELECT 'three' AS a"), name="two/catalog.yaml", database=str(room / "catalog.duckdb"))
    one.until("views: v: replaced")
    assert one.end() == 0


@pytest.mark.parametrize("linked", ["config", "import", "pattern"])
def test_folder_that_is_a_link_is_followed_when_it_leads_elsewhere(room, watch, linked):
    def release(folder, value):
        (room / folder).mkdir(exist_ok=True)
        if linked == "config":
            room.catalog(("v", f"SELECT '{value}' AS a"), name=f"{folder}/catalog.yaml", database=str(room / "catalog.duckdb"))
        else:
            room.write(f"{folder}/part.yaml", f"views: [{{name: v, sql: SELECT '{value}' AS a}}]\n")

    release("release1", "one")
    release("release2", "two")
    (room / "current").symlink_to("release1")
    if linked == "config":
        (room / "catalog.yaml").symlink_to("current/catalog.yaml")
    else:
        part = {"import": "part.yaml", "pattern": "*.yaml"}[linked]
        room.catalog(imports=[f"current/{part}"])
    one = watch()
    swap_link(room / "current", "release2")
    one.until("views: v: replaced")
    release("release2", "three")
    one.until("views: v: replaced")
    assert one.end() == 0 and one.err == ""
    assert "three" in room.views_in()["main", "v"]


@pytest.mark.parametrize("pattern", ["parts/**/*.yaml", "parts/*/*/*.yaml"])
def test_new_file_far_below_the_folder_of_a_pattern_is_noticed(room, watch, pattern):
    def part(name):
        room.write(f"parts/{name}.yaml", f"views: [{{name: {name.replace('/', '_')}, sql: SELECT 1 AS a}}]\n")

    part("a/b/first")
    (room / "parts/empty/one").mkdir(parents=True)
    room.catalog(imports=[pattern])
    one = watch()
    for name in ("empty/one/second", "new/folder/third", "new/folder/fourth"):
        part(name)
        one.until(f"views: {name.replace('/', '_')}: created")
    assert one.end() == 0 and one.err == ""


def test_env_file_that_comes_further_up_is_noticed(room, watch):
    folder = room / "deep" / "down"
    folder.mkdir(parents=True)
    room.catalog(("v", "SELECT '${env:NAME:none}' AS a"), name="deep/down/catalog.yaml")
    one = watch(cwd=folder)
    room.write(".env", "NAME=some\n")
    one.until("views: v: replaced")
    assert one.end() == 0


def test_file_that_is_being_written_is_waited_for(room, watch):
    room.catalog()
    first, second = "version: 1\nduckdb: {database: catalog.duckdb}\nviews:\n- {name: v, sql: SELECT 1 AS a}\n", "- {name: w, sql: SELECT 1 AS a}\n"
    room.write("catalog.yaml", first + second)
    one = watch()
    for _ in range(2):
        (room / "catalog.yaml").unlink()
        with (room / "catalog.yaml").open("w") as file:
            file.write(first)
            file.flush()
            time.sleep(0.7)
            file.write(second + "# as it was\n")
    room.write("next.yaml", first + second + "- {name: x, sql: SELECT 1 AS a}\n")
    os.replace(room / "next.yaml", room / "catalog.yaml")  # while it may be read: cutting it off would be seen
    one.until("views: x: created")
    assert lines(one) == ["views: x: created"]
    assert one.end() == 0 and one.err == ""


def test_file_that_is_never_closed_counts_in_the_end(room, watch):
    room.catalog()
    one = watch()
    (room / "catalog.yaml").unlink()
    with (room / "catalog.yaml").open("w") as file:
        file.write("version: 1\nduckdb: {database: catalog.duckdb}\nviews: [{name: v, sql: SELECT 1 AS a}]\n")
        file.flush()
        one.until("views: v: created")
    assert one.end() == 0


def test_folder_that_goes_and_comes_back_is_followed_on(room, watch):
    configure(room)
    one = watch()
    os.rename(room / "parts", room / "away")
    one.until_error("imports[0]: no file matches this pattern")
    room.write("parts/one.yaml", 'views: [{name: by_import, sql: "SELECT 3 AS a"}]\n')
    one.until("by_import: replaced")
    room.write("parts/one.yaml", 'views: [{name: by_import, sql: "SELECT 4 AS a"}]\n')
    one.until("by_import: replaced")


def test_mistake_is_told_and_the_catalog_goes_on(room, watch):
    room.catalog(("v", "SELECT 1 AS a"))
    good = (room / "catalog.yaml").read_text()
    one = watch()
    room.write("catalog.yaml", "version: 1\nviews: [")
    one.until_error("catalog.yaml:")
    one.until_error("notice: the catalog stays as it was until that is mended")
    room.write("catalog.yaml", good.replace("SELECT 1 AS a", "FROM nowhere"))
    one.until_error("nowhere")
    one.until_error("notice: the catalog stays", 2)
    assert lines(one) == []
    room.write("catalog.yaml", good.replace("SELECT 1", "SELECT 2"))
    one.until("views: v: replaced")
    assert one.end() == 0


WHOLE = """version: 1
imports: [parts/*.yaml]
env_files: [more.env]
duckdb:
  database: catalog.duckdb
  settings: [SET threads = 2]
  secrets:
  - {name: web, type: http, bearer_token: t0ken-value}
attachments:
  duckdb:
  - {alias: crm, path: crm.duckdb, read_only: true}
  duckalog:
  - alias: child
    config_path: child/catalog.yaml
views:
- name: by_file
  sql_file:
    path: one.sql
- {name: by_template, sql_template: {path: one.sql, variables: {a: 1}}}
- {name: by_database, source: duckdb, database: crm, table: t}
- {name: by_child, sql: FROM child.inner_view}
"""
CHILD = """version: 1
duckdb:
  database: child.duckdb
views:
- name: inner_view
  sql_file:
    path: inner.sql
- {name: other_view, sql: SELECT 1 AS a}
"""


def mistakes_in(text):
    """The text without each of its lines, with each value made nothing or something else, and cut off."""
    rows = text.splitlines(True)
    yield from ("".join(rows[:i] + rows[i + 1 :]) for i in range(len(rows)))
    for value in re.finditer(r": ([^\s{\[,}][^,}\n]*)", text):
        yield from (text[: value.start(1)] + other + text[value.end(1) :] for other in ("null", "[1]"))
    yield from (text[:end] for end in range(0, len(text), 97))


def configure_whole(room):
    room.write("parts/one.yaml", "views: [{name: imported, sql: SELECT 1 AS a}]\n")
    room.write("more.env", "A=1\n")
    room.write("one.sql", "SELECT 1 AS a")
    room.write("child/inner.sql", "SELECT 1 AS a")
    room.duckdb("crm.duckdb", "CREATE TABLE t (a INTEGER)")
    room.write("catalog.yaml", WHOLE)
    room.write("child/catalog.yaml", CHILD)


@pytest.mark.parametrize("name, text", [("catalog.yaml", WHOLE), ("child/catalog.yaml", CHILD)])
def test_no_mistake_ends_a_watch(room, watch, name, text):
    configure_whole(room)
    one = watch()
    told = 0
    for mistake in mistakes_in(text):
        before = one.err.count("notice: the catalog stays")
        rename_over(room / name, mistake)
        deadline = time.monotonic() + 0.4  # not all of them are mistakes, and then nothing may be told
        while time.monotonic() < deadline and one.err.count("notice: the catalog stays") == before:
            time.sleep(0.02)
        told += one.err.count("notice: the catalog stays") > before
        assert one.process.poll() is None, (mistake, one.err[-1000:])
    assert told > 20
    rename_over(room / name, text)
    rename_over(room / "one.sql", "SELECT 77 AS a")
    one.until("views: by_file: replaced")
    assert one.end() == 0
    assert "77" in room.views_in()["main", "by_file"]


def test_file_that_a_bad_nested_catalog_lacks_can_come(room, watch):
    configure_whole(room)
    one = watch()
    room.write("child/catalog.yaml", CHILD.replace("inner.sql", "later.sql"))
    one.until_error("later.sql can't be read")
    room.write("child/later.sql", "SELECT 5 AS a")
    one.until("by_child: replaced")
    assert one.end() == 0


def test_mistake_in_a_file_that_is_new_can_be_mended_there(room, watch):
    room.catalog(("v", "SELECT 1 AS a"))
    one = watch()
    (room / "later").mkdir()
    room.write("later/file.sql", "SELECT nonsense(")
    text = (room / "catalog.yaml").read_text()
    room.write("catalog.yaml", text.replace('"sql": "SELECT 1 AS a"', '"sql_file": {"path": "later/file.sql"}'))
    one.until_error("notice: the catalog stays")
    room.write("later/file.sql", "SELECT 5 AS a")
    one.until("views: v: replaced")


def test_what_is_no_part_of_the_config_is_nobodys_business(room, watch):
    room.catalog(("v", "SELECT 1 AS a"))
    one = watch("-v")
    before = one.err.count("config done")
    room.data("data.parquet", "SELECT 1 AS a")
    room.write("notes.txt", "nothing")
    room.write("catalog.yaml.swp", "nothing")
    time.sleep(0.5)
    assert one.err.count("config done") == before and lines(one) == []
    # An edit that changes nothing is read, and nothing is done.
    room.write("catalog.yaml", (room / "catalog.yaml").read_text() + "# a comment\n")
    time.sleep(0.5)
    assert lines(one) == []
    used = cpu_seconds(one.process.pid)
    time.sleep(0.5)
    assert cpu_seconds(one.process.pid) - used < 0.05


def test_many_changes_at_once_are_one(room, watch):
    configure(room)
    one = watch()
    for n in range(30):
        room.write("sql/file.sql", f"SELECT {n} AS a")
        room.write("sql/template.sql", f"SELECT {{{{a}}}} + {n} AS a")
        time.sleep(0.01)
    one.until("views: by_template: replaced")
    assert 2 <= len(lines(one)) <= 6
    assert one.end() == 0
    assert "SELECT 29" in room.views_in()["main", "by_file"]


def test_attachment_that_is_done_without_is_not_told_as_attached(room, watch):
    crm = {"duckdb": [{"alias": "crm", "path": "crm.duckdb", "on_error": "skip"}]}
    room.catalog(("one", "SELECT 1 AS a"), ("two", "FROM crm.t"), attachments=crm)
    one = watch()
    room.catalog(("one", "SELECT 5 AS a"), ("two", "FROM crm.t"), attachments=crm)
    one.until("views: one: replaced")
    assert {line for line in lines(one) if line.startswith("attach")} == {f"attach: crm (duckdb): file not found: {room / 'crm.duckdb'}"}
    room.duckdb("crm.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    room.catalog(("one", "SELECT 6 AS a"), ("two", "FROM crm.t"), attachments=crm)
    one.until("attach: crm (duckdb): attached\n")
    one.until("views: two: created")
    assert one.end() == 0


def test_secret_that_can_not_be_stored_keeps_nothing_from_being_done(room, watch):
    def configure(number, *secrets):
        settings = [f"SET secret_directory = '{room / 'vault'}'"]
        room.catalog(("v", f"SELECT {number} AS a"), duckdb={"secrets": list(secrets), "settings": settings})

    (room / "vault").write_text("no folder")
    configure(1)
    one = watch()
    configure(2, {"type": "http", "name": "web", "bearer_token": "t0ken-value", "persistent": True})
    one.until("views: v: replaced")
    one.until_error("persistent secrets: web: ")
    (room / "vault").unlink()
    room.write("catalog.yaml", (room / "catalog.yaml").read_text() + "# again\n")
    one.until("secrets: web: created")
    assert one.end() == 0
    assert "the catalog stays as it was" not in one.err
    assert (room / "vault/web.duckdb_secret").exists()


def test_watch_ends_when_nobody_reads_its_lines(room, watch):
    room.catalog(("v", "SELECT 1 AS a"))
    one = watch()
    one.process.stdout.close()
    one.texts["stdout"] = ""
    room.catalog(("v", "SELECT 2 AS a"))
    assert one.process.wait(END_S) == 0
    one.process.stdout = None


def test_catalog_that_is_only_read_is_told_what_it_lacks(room, watch):
    room.catalog(("v", "SELECT 1 AS a"))
    room.run()
    one = watch("--read-only")
    room.catalog(("v", "SELECT 2 AS a"))
    one.until_error("warning: views: v: the catalog is open read-only, so it was left as it is")
    assert one.end() == 0


@pytest.mark.parametrize("other", [["--query", "SELECT 1"], ["--dry-run"], ["--strict"]])
def test_watch_goes_with_nothing_that_ends_by_itself(room, other):
    room.catalog(("v", "SELECT 1 AS a"))
    outcome = room.duckalog("run", "catalog.yaml", "--watch", *other)
    assert outcome.code == 2 and "--watch goes with none of" in outcome.err


def test_config_that_fails_at_the_start_ends_as_without_a_watch(room):
    room.catalog(("v", "FROM nowhere"))
    assert room.duckalog("run", "catalog.yaml", "--watch").code == 3
