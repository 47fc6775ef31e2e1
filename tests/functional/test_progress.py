"""Progress: a line on standard error of what takes longer than a second, there only for a person, gone when it is done."""

import contextlib
import ctypes
import re
import socket

import duckalog_library as api
import pytest
from conftest import needs_remote
from terminals import in_room, run_on_terminal, screen_of

SLOW = "SELECT count(*) AS n FROM t WHERE md5(md5(md5(md5(md5(i::VARCHAR))))) < 'x'"
# Longer than any test; DuckDB finds out nothing of how far it is.
ENDLESS = "SELECT sum(hash(a.i + b.range)) FROM range(1000000) a(i), range(1000000) b"
FRAME = re.compile(rb"\r([^\r\n]*?)\033\[J\r")


@pytest.fixture
def many_rows(room):
    room.duckdb("catalog.duckdb", "CREATE TABLE t AS SELECT range AS i FROM range(4000000)")
    return room


@contextlib.contextmanager
def silent_server():
    """Accepts connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def frames_of(written):
    """What was drawn, one after the other; what only erases is empty."""
    return [frame.decode() for frame in FRAME.findall(written) if frame]


# ---- queries ----


def test_a_query_of_more_than_a_second_has_a_bar_that_goes_without_a_trace(many_rows):
    with in_room(many_rows, "query", SLOW, NO_COLOR="1") as terminal:
        assert terminal.end() == 0
    frames = frames_of(terminal.raw)
    assert frames and all(re.fullmatch(r"query (▕[ █▉▊▋▌▍▎▏]{20}▏ \d+ %, )?\d+ s", frame) for frame in frames)
    shown = [int(found[1]) for frame in frames if (found := re.search(r"(\d+) %", frame))]
    assert shown and shown == sorted(shown) and shown[-1] <= 100
    first = next(when for when, piece in terminal.pieces if b"query" in piece)
    assert first >= 1
    lines = screen_of(terminal.raw)
    assert lines[0].startswith("┌") and lines[-2].startswith("└") and lines[-1] == "" and len(lines) == 7


def test_it_is_drawn_ten_times_a_second_at_most(many_rows):
    with in_room(many_rows, "query", ENDLESS, "--timeout", "3") as terminal:
        assert terminal.end() == 3
    assert 5 <= len(frames_of(terminal.raw)) <= 21


def test_where_duckdb_does_not_know_how_far_it_is_only_the_time_is_shown(many_rows):
    code, written = run_on_terminal(many_rows, "query", ENDLESS, "--timeout", "2")
    assert code == 3
    assert set(frames_of(written)) <= {"query 1 s", "query 2 s"} and frames_of(written)[0] == "query 1 s"
    assert screen_of(written)[0] == "error: the statement was stopped after 2 s"


@pytest.mark.parametrize(
    "arguments, environment",
    [(["--no-progress"], {}), ([], {"TERM": "dumb"}), ([], {"TERM": None})],
)
def test_it_can_be_kept_away(many_rows, arguments, environment):
    code, written = run_on_terminal(many_rows, "query", ENDLESS, "--timeout", "2", *arguments, **environment)
    assert code == 3
    assert written.replace(b"\r\n", b"\n") == b"error: the statement was stopped after 2 s\nhint: --timeout gives it more time\n"


def test_quiet_keeps_it_away_too(room):
    room.catalog(("v", "SELECT 1 AS a"))
    written = run_on_terminal(room, "run", "catalog.yaml", "--quiet", "--query", ENDLESS, "--timeout", "2")[1]
    assert written.startswith(b"error: ")


def test_there_is_none_when_standard_error_is_no_terminal(many_rows):
    written = run_on_terminal(many_rows, "query", SLOW, NO_COLOR="1", files={2: many_rows / "err"})[1]
    assert (many_rows / "err").read_bytes() == b""
    assert written.decode().startswith("┌")


def test_a_short_query_shows_nothing(many_rows):
    assert b"\r\033[J" not in run_on_terminal(many_rows, "query", "FROM t LIMIT 3; FROM t LIMIT 3")[1]


def test_ascii_is_enough_for_a_bar(many_rows):
    written = run_on_terminal(many_rows, "query", SLOW, LANG="C")[1]
    assert b"%" in written and written.isascii()


@pytest.mark.parametrize("columns", [10, 20, 49])
def test_it_is_cut_to_the_terminal(many_rows, columns):
    code, written = run_on_terminal(many_rows, "query", SLOW, "--timeout", "5", "--no-pager", columns=columns)
    frames = frames_of(written)
    assert frames and all(len(frame) < columns and "█" not in frame for frame in frames)


def test_a_terminal_that_gets_narrower_is_not_overrun(room):
    with silent_server() as port:
        servers = [{"alias": "a_very_long_name_of_a_server", "host": "127.0.0.1", "port": port, "database": "d", "user": "u", "password": "p"}]
        room.catalog(("v", "SELECT 1 AS a"), attachments={"postgres": servers})
        with in_room(room, "run", "catalog.yaml", "--attach-timeout", "3") as terminal:
            terminal.wait_for_bytes(b"a_very")
            terminal.resize(30)
            before = len(terminal.raw)
            terminal.end()
    later = frames_of(terminal.raw[before:])[1:]  # one may have been on its way
    assert later and all(len(frame) <= 29 for frame in later) and later[-1].startswith("attach 0 of 1, ")


def test_rows_that_come_slowly_follow_the_bar_and_are_whole(many_rows):
    sql = "SELECT i FROM t WHERE md5(md5(md5(md5(md5(i::VARCHAR))))) < '00001'"
    for form in ("table", "jsonl"):
        expected = many_rows.duckalog("query", sql, "--format", form, "--max-rows", "0").out
        out = many_rows / f"out-{form}"
        written = run_on_terminal(many_rows, "query", sql, "--format", form, "--max-rows", "0", files={1: out})[1]
        assert sorted(out.read_text().splitlines()) == sorted(expected.splitlines())
        # The terminal has nothing but the line, which is there while rows go to the file, too.
        assert frames_of(written) and screen_of(written) == [""]


def test_ctrl_c_takes_it_away(many_rows):
    with in_room(many_rows, "query", ENDLESS) as terminal:
        terminal.wait_for_bytes(b"query 1 s")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert [line for line in screen_of(terminal.raw) if line] == ["error: interrupted"]


def test_being_ended_at_once_takes_it_away(many_rows):
    with in_room(many_rows, "query", ENDLESS) as terminal:
        terminal.wait_for_bytes(b"query 1 s")
        terminal.type("\x03\x03\x03")
        assert terminal.end() == 130
    assert screen_of(terminal.raw)[0] in ("", "error: interrupted")


def test_queries_see_the_settings_of_the_user_and_leave_them(room):
    room.catalog(("v", "SELECT 1 AS a"))
    both = "SELECT current_setting('enable_progress_bar') AS bar, current_setting('enable_progress_bar_print') AS print"
    script = [f"SELECT 1; {both}", f"SET enable_progress_bar = true; SELECT 2; {both}", "SELECT 3; RESET enable_progress_bar", both]
    queries = [word for sql in script for word in ("--query", sql)]
    code, written = run_on_terminal(room, "run", "catalog.yaml", *queries, "--format", "csv")
    lines = [line for line in screen_of(written) if line]
    assert code == 0
    assert lines == ["1", "1", "bar,print", "false,true", "2", "2", "bar,print", "true,true", "3", "3", "bar,print", "false,true"]


def test_duckdb_draws_no_bar_of_its_own_beside_it(many_rows):
    many_rows.catalog(("v", "SELECT 1 AS a"), duckdb={"settings": ["SET enable_progress_bar = true", "SET progress_bar_time = 0"]})
    with in_room(many_rows, "run", "catalog.yaml", "--query", SLOW, NO_COLOR="1") as terminal:
        assert terminal.end() == 0
    assert all(frame.startswith("query") for frame in frames_of(terminal.raw))
    assert b"remaining" not in terminal.raw


# ---- openings ----


def test_attachments_that_are_waited_for_are_named(room):
    room.duckdb("local.duckdb", "CREATE TABLE x AS SELECT 1 AS a")
    with silent_server() as port:
        servers = [{"alias": name, "host": "127.0.0.1", "port": port, "database": "d", "user": "u", "password": "p"} for name in ("near", "far")]
        room.catalog(("v", "SELECT 1 AS a"), attachments={"duckdb": [{"alias": "local", "path": "local.duckdb"}], "postgres": servers})
        code, written = run_on_terminal(room, "run", "catalog.yaml", "--attach-timeout", "2", columns=300)
    assert code == 3
    assert any(re.fullmatch(r"attach ▕[ █▉▊▋▌▍▎▏]{20}▏ 1 of 3, \d s, waiting for near, far", frame) for frame in frames_of(written))
    lines = [line for line in screen_of(written, 300) if line]
    assert [line.split(":")[0] for line in lines if not line.startswith("hint")] == ["error", "error"]


def test_log_lines_are_whole_beside_it(room):
    with silent_server() as port:
        servers = [{"alias": f"s{n}", "host": "127.0.0.1", "port": port, "database": "d", "user": "u", "password": "p", "attach_timeout": 1 + n} for n in (1, 2)]
        room.catalog(("v", "SELECT 1 AS a"), attachments={"postgres": servers})
        code, written = run_on_terminal(room, "run", "catalog.yaml", "-vv", columns=200)
    assert code == 3 and frames_of(written)
    for line in filter(None, screen_of(written, columns=200)):
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| (INFO|DEBUG) \| [\w ]+( \{.*\})?$|error: |hint: ", line), line


def test_views_that_are_built_are_counted(room):
    # Each is bound in the time that its list of numbers takes.
    slow = "SELECT i FROM (VALUES " + ", ".join(f"({n})" for n in range(4000)) + ") t(i)"
    room.catalog(*((f"v{n}", slow) for n in range(200)))
    code, written = run_on_terminal(room, "run", "catalog.yaml", columns=300)
    assert code == 0
    lines = [line for line in screen_of(written, 300) if line]
    assert len(lines) == 1 and lines[0].startswith("catalog ")
    counted = [int(found[1]) for frame in frames_of(written) if (found := re.match(r"views .* (\d+) of 200, \d+ s$", frame))]
    assert counted and counted == sorted(counted)


# ---- the library ----


class Told(ctypes.Structure):
    _fields_ = [
        ("phase", ctypes.c_char_p), ("catalog", ctypes.c_char_p), ("done", ctypes.c_size_t), ("total", ctypes.c_size_t),
        ("pending", ctypes.POINTER(ctypes.c_char_p)),
    ]  # fmt: skip


def names_of(pointers):
    names = []
    while (name := pointers[len(names)]) is not None:
        names.append(name.decode())
    return names


def told_by(config, **options):
    """What the callback hears of an opening: (phase, catalog, done, total, pending)"""
    told = []

    def take(pointer, user):
        one = pointer.contents
        told.append((one.phase.decode(), (one.catalog or b"").decode(), one.done, one.total, names_of(one.pending)))

    function = ctypes.CFUNCTYPE(None, ctypes.POINTER(Told), ctypes.c_void_p)(take)
    with api.Catalog(config, progress=ctypes.cast(function, ctypes.c_void_p), **options) as catalog:
        status, _ = catalog.open()
        catalog.reload()
    return status, told


def test_the_callback_hears_of_every_view_and_attachment(room):
    for name in ("one", "two"):
        room.duckdb(f"{name}.duckdb", "CREATE TABLE x AS SELECT 1 AS a")
    attachments = {"duckdb": [{"alias": name, "path": f"{name}.duckdb"} for name in ("one", "two")]}
    room.catalog(("a", "FROM one.x"), ("b", "FROM a"), ("c", "FROM two.x"), attachments=attachments)
    status, told = told_by(room / "catalog.yaml")
    assert status == api.OK
    phases = list(dict.fromkeys(one[0] for one in told))
    assert phases[:2] == ["config", "path"] and phases.index("attach") < phases.index("views")
    opening = told[: max(i for i, one in enumerate(told) if one[0] == "persistent secrets") + 1]
    assert [one for one in opening if one[0] == "attach" and one[3]][-3:] == [
        ("attach", "", 0, 2, ["one", "two"]), ("attach", "", 1, 2, ["two"]), ("attach", "", 2, 2, []),
    ]  # fmt: skip
    assert [one[2:] for one in told if one[0] == "views" and one[2]] == [(1, 3, []), (2, 3, []), (3, 3, [])]
    assert all(done <= total or total == 0 for _, _, done, total, _ in told)


def test_the_callback_tells_nested_catalogs_apart_and_masks_secrets(room):
    room.catalog(("v", "SELECT 1 AS a"), database="child.duckdb", name="child.yaml")
    room.catalog(
        ("w", "FROM inner_secret.v"),
        duckdb={"secrets": [{"type": "http", "name": "s", "bearer_token": "inner_secret"}]},
        attachments={"duckalog": [{"alias": "kid", "config_path": "child.yaml"}, {"alias": "inner_secret", "config_path": "child.yaml"}]},
    )
    _, told = told_by(room / "catalog.yaml")
    assert ("views", "kid", 1, 1, []) in told
    assert ("children", "", 0, 2, ["kid", "***"]) in told and ("children", "", 1, 2, ["***"]) in told


@needs_remote
def test_the_callback_hears_how_many_bytes_were_uploaded(room, web):
    web.take_puts("/published/")
    room.catalog(("v", "SELECT 1 AS a"))
    remote = api.RemoteOptions(size=ctypes.sizeof(api.RemoteOptions), export_put=1)
    uri = web.url("/published/sales.duckdb")
    status, told = told_by(room / "catalog.yaml", database_path=uri.encode(), remote=ctypes.cast(ctypes.pointer(remote), ctypes.c_void_p))
    assert status == api.OK
    size = len(web.content("/published/sales.duckdb"))
    uploads = [(done, total) for phase, _, done, total, _ in told if phase == "upload" and total]
    assert uploads[-1] == (size, size) and uploads == sorted(uploads)
