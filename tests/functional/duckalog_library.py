"""
libduckalog.so as a host program sees it: include/duckalog.h in Python, and just enough of DuckDB's C API to query the
connection that it hands out.
"""

import ctypes
import re
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_size_t, c_uint, c_uint64, c_void_p
from pathlib import Path

from conftest import LIBRARY, REPOSITORY

OK, USAGE, CONFIG, ENGINE, DATABASE_NOT_FOUND, LOCKED, VIEW_CONFLICT, INTERRUPTED = 0, 1, 4, 6, 7, 9, 10, 11
TIMEOUT, UNAVAILABLE, REMOTE = 12, 13, 14
NOTICE, WARNING, ERROR = 0, 1, 2
INFO = 2
FULL, VIEWS_ONLY = 0, 1

LOG_FUNCTION = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)
HEADER = REPOSITORY / "include/duckalog.h"
TYPES = {
    "const char *": c_char_p, "const char *const *": POINTER(c_char_p), "void *": c_void_p, "int ": c_int, "unsigned ": c_uint, "size_t ": c_size_t, "uint64_t ": ctypes.c_uint64,
    "double ": c_double, "duckalog_severity ": c_int, "duckalog_log_level ": c_int,
    "duckalog_log_function ": LOG_FUNCTION, "duckalog_read_function ": c_void_p, "duckalog_progress_function ": c_void_p, "const duckalog_remote_options *": c_void_p,
}  # fmt: skip


def structure(name):
    """A struct of the header: read there, as a field that is not known here would be written past its end."""
    body = re.search(rf"struct {name} \{{(.*?)\n\}}", HEADER.read_text(), re.DOTALL)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
    fields = re.findall(r"\s*([\w *]+[ *])(\w+);", body)
    return type(name, (ctypes.Structure,), {"_fields_": [(field, TYPES[kind]) for kind, field in fields]})


Diagnostic = structure("duckalog_diagnostic")
Options = structure("duckalog_options")
Summary = structure("duckalog_summary")
Metric = structure("duckalog_metric")
RemoteOptions = structure("duckalog_remote_options")


library = ctypes.CDLL(str(LIBRARY))


def declare(name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


status_name = declare("duckalog_status_name", c_char_p, c_int)
version = declare("duckalog_version", c_char_p)
duckdb_version = declare("duckalog_duckdb_version", c_char_p)
report_count = declare("duckalog_report_count", c_size_t, c_void_p)
report_errors = declare("duckalog_report_errors", c_size_t, c_void_p)
report_get = declare("duckalog_report_get", POINTER(Diagnostic), c_void_p, c_size_t)
report_free = declare("duckalog_report_free", None, c_void_p)
options_init = declare("duckalog_options_init_sized", None, POINTER(Options), c_size_t)
connect = declare("duckalog_connect", c_int, c_char_p, POINTER(Options), POINTER(c_void_p))
get_connection = declare("duckalog_get_connection", c_int, c_void_p, POINTER(c_void_p))
close = declare("duckalog_close", None, c_void_p)
destroy = declare("duckalog_destroy", None, POINTER(c_void_p))
interrupt = declare("duckalog_interrupt", None, c_void_p)
reload = declare("duckalog_reload", c_int, c_void_p, POINTER(c_void_p))
diagnostics = declare("duckalog_diagnostics", c_void_p, c_void_p)
get_summary = declare("duckalog_get_summary", POINTER(Summary), c_void_p)
CONNECTION_FUNCTION = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
with_connection = declare("duckalog_with_connection", c_int, c_char_p, POINTER(Options), CONNECTION_FUNCTION, c_void_p, POINTER(c_void_p))
copy_diagnostics = declare("duckalog_copy_diagnostics", c_int, c_void_p, POINTER(c_void_p))
status_json = declare("duckalog_status_json", c_int, c_void_p, POINTER(c_void_p))
config_load_text = declare("duckalog_config_load_text", c_int, c_char_p, c_int, c_char_p, POINTER(Options), POINTER(c_void_p), POINTER(c_void_p))
validate_text = declare("duckalog_validate_text", c_int, c_char_p, c_int, c_char_p, POINTER(Options), POINTER(c_void_p))
view_sql = declare("duckalog_view_sql", c_int, c_void_p, c_char_p, POINTER(Options), POINTER(c_void_p))
quote_identifier = declare("duckalog_quote_identifier", c_int, c_char_p, POINTER(c_void_p))
quote_literal = declare("duckalog_quote_literal", c_int, c_char_p, POINTER(c_void_p))
uri_is_remote = declare("duckalog_uri_is_remote", c_int, c_char_p)
metrics = declare("duckalog_metrics", c_int, c_void_p, POINTER(POINTER(POINTER(Metric))), POINTER(c_size_t))
metrics_free = declare("duckalog_metrics_free", None, POINTER(POINTER(Metric)))
build = declare("duckalog_build", c_int, c_char_p, POINTER(Options), POINTER(c_void_p))
config_load = declare("duckalog_config_load", c_int, c_char_p, POINTER(Options), POINTER(c_void_p), POINTER(c_void_p))
config_free = declare("duckalog_config_free", None, c_void_p)
validate = declare("duckalog_validate", c_int, c_char_p, POINTER(Options), POINTER(c_void_p))
generate_sql = declare("duckalog_generate_sql", c_int, c_void_p, POINTER(Options), c_int, POINTER(c_void_p))
string_free = declare("duckalog_string_free", None, c_void_p)


def options(**values):
    made = Options()
    options_init(byref(made), ctypes.sizeof(made))
    for name, value in values.items():
        setattr(made, name, str(value).encode() if isinstance(value, (str, Path)) else value)
    return made


def string_of(function, *arguments):
    """Calls what hands over a string: its status and the string."""
    text = c_void_p()
    status = function(*arguments, byref(text))
    found = None if text.value is None else ctypes.string_at(text.value).decode()
    string_free(text)
    return status, found


class Content(ctypes.Structure):
    """duckalog_content: the address of bytes, as the ones of Python would be gone too early."""

    _fields_ = [("bytes", c_void_p), ("length", c_size_t), ("release", ctypes.CFUNCTYPE(None, c_void_p)), ("owner", c_void_p)]


READ_FUNCTION = ctypes.CFUNCTYPE(c_int, c_char_p, POINTER(Content), c_void_p)
NOT_MINE, READ_DONE, READ_FAILED = 0, 1, 2
YAML, JSON = 0, 1


class Reader:
    """Files by path, for the options `read`: bytes, or an Exception with the reason that it can't be read."""

    def __init__(self, files):
        self.files = {str(path): content for path, content in files.items()}
        self.asked, self.kept, self.released = [], {}, 0
        self.release = Content._fields_[2][1](self._release)
        self.function = READ_FUNCTION(self._read)
        self.pointer = ctypes.cast(self.function, c_void_p)

    def _release(self, owner):
        del self.kept[owner]
        self.released += 1

    def _read(self, path, content, user):
        path = path.decode()
        self.asked.append(path)
        if path not in self.files:
            return NOT_MINE
        given = self.files[path]
        data = str(given).encode() if isinstance(given, Exception) else given if isinstance(given, bytes) else given.encode()
        owner = len(self.asked)
        self.kept[owner] = ctypes.create_string_buffer(data, len(data) or 1)
        content.contents.bytes = ctypes.addressof(self.kept[owner])
        content.contents.length, content.contents.release, content.contents.owner = len(data), self.release, owner
        return READ_FAILED if isinstance(given, Exception) else READ_DONE


def problems(report):
    """(severity, code, object, message) of each problem in a report."""
    found = []
    while pointer := report_get(report, len(found)):
        one = pointer.contents
        found.append((one.severity, one.code.decode(), (one.object or b"").decode(), one.message.decode()))
    assert len(found) == report_count(report)
    assert sum(problem[0] == ERROR for problem in found) == report_errors(report)
    return found


def problems_of_call(function, *arguments):
    """Calls what hands over a report: its status and the problems."""
    report = c_void_p()
    status = function(*arguments, byref(report))
    assert report.value is not None
    found = problems(report)
    report_free(report)
    return status, found


# ---- DuckDB ----


class Result(ctypes.Structure):
    _fields_ = [("counts", c_uint64 * 3), ("columns", c_void_p), ("message", c_char_p), ("data", c_void_p)]


def libduckdb():
    """The one that duckalog loaded."""
    maps = Path("/proc/self/maps").read_text()
    path = next(line.split()[-1] for line in maps.splitlines() if "/libduckdb" in line)
    duckdb = ctypes.CDLL(path)
    duckdb.duckdb_query.argtypes = [c_void_p, c_char_p, POINTER(Result)]
    duckdb.duckdb_result_error.argtypes = [POINTER(Result)]
    duckdb.duckdb_result_error.restype = c_char_p
    for count in (duckdb.duckdb_row_count, duckdb.duckdb_column_count):
        count.argtypes, count.restype = [POINTER(Result)], c_uint64
    duckdb.duckdb_value_varchar.argtypes = [POINTER(Result), c_uint64, c_uint64]
    duckdb.duckdb_value_varchar.restype = c_void_p
    duckdb.duckdb_free.argtypes = [c_void_p]
    duckdb.duckdb_destroy_result.argtypes = [POINTER(Result)]
    return duckdb


def query(connection, sql):
    """The rows, each value as DuckDB's text."""
    duckdb = libduckdb()
    result = Result()
    if duckdb.duckdb_query(connection, sql.encode(), byref(result)) != 0:
        message = duckdb.duckdb_result_error(byref(result)).decode()
        duckdb.duckdb_destroy_result(byref(result))
        raise RuntimeError(message)

    def text(column, row):
        value = duckdb.duckdb_value_varchar(byref(result), column, row)
        copy = None if value is None else ctypes.string_at(value).decode()
        duckdb.duckdb_free(value)
        return copy

    rows, columns = duckdb.duckdb_row_count(byref(result)), duckdb.duckdb_column_count(byref(result))
    found = [tuple(text(column, row) for column in range(columns)) for row in range(rows)]
    duckdb.duckdb_destroy_result(byref(result))
    return found


# ---- a catalog ----


class Catalog:
    """with Catalog("catalog.yaml", read_only=1) as catalog: …"""

    def __init__(self, config, **values):
        self.handle = c_void_p()
        self.options = options(**values)
        status = connect(str(config).encode(), byref(self.options), byref(self.handle))
        assert status == OK, status_name(status)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        destroy(byref(self.handle))
        assert self.handle.value is None

    def open(self):
        """(status, connection)"""
        connection = c_void_p()
        return get_connection(self.handle, byref(connection)), connection

    def connection(self):
        status, connection = self.open()
        assert status == OK, self.problems()
        return connection

    def query(self, sql):
        return query(self.connection(), sql)

    def reload(self):
        """(status, problems)"""
        return problems_of_call(reload, self.handle)

    def close(self):
        close(self.handle)

    def problems(self):
        return problems(diagnostics(self.handle))

    def transient(self):
        """Of each problem: may it go away by itself?"""
        report = diagnostics(self.handle)
        return [bool(report_get(report, i).contents.transient) for i in range(report_count(report))]

    def summary(self):
        pointer = get_summary(self.handle)
        return pointer.contents if pointer else None

    def metrics(self):
        """By phase, each figure by its name."""
        rows, count = POINTER(POINTER(Metric))(), c_size_t()
        assert metrics(self.handle, byref(rows), byref(count)) == OK
        found = {}
        for row in (rows[i].contents for i in range(count.value)):
            found[row.phase.decode()] = {name: getattr(row, name) for name, _ in Metric._fields_ if name != "phase"}
        metrics_free(rows)
        return found
