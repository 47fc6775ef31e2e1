"""A duckalog that was built with -DDUCKALOG_WITH_REMOTE=OFF: what is behind URIs is told as such, and all else works."""

import subprocess

import pytest
from conftest import PROGRAM, REPOSITORY, WITH_REMOTE

LOCAL = REPOSITORY / "build-local/duckalog" if WITH_REMOTE else PROGRAM
WORDS = "can't be read: this duckalog was built without remote support; download it first"


@pytest.fixture
def local_room(room):
    def duckalog(*arguments, **options):
        return type(room).duckalog(room, *arguments, program=LOCAL, **options)

    room.duckalog = duckalog
    return room


@pytest.mark.parametrize("uri", ["https://127.0.0.1:9/a.yaml", "s3://b/a.yaml", "sftp://127.0.0.1/a.yaml", "github://a/b/c.yaml"])
def test_a_config_behind_a_uri_is_refused_and_nobody_is_asked(local_room, uri):
    outcome = local_room.duckalog("run", uri)
    assert (outcome.code, outcome.err) == (4, f"{uri}: {WORDS}\n")


@pytest.mark.parametrize(
    "content, place",
    [
        ({"imports": ["https://127.0.0.1:9/a.yaml"]}, "imports[0]: https://127.0.0.1:9/a.yaml "),
        ({"views": [{"name": "v", "sql_file": {"path": "s3://b/v.sql"}}]}, "views[0].sql_file.path: s3://b/v.sql "),
        ({"attachments": {"duckalog": [{"alias": "child", "config_path": "https://127.0.0.1:9/c.yaml"}]}},
         "attachments.duckalog[0].config_path: https://127.0.0.1:9/c.yaml "),
    ],
)  # fmt: skip
def test_what_a_local_config_names_behind_a_uri_is_refused_at_its_place(local_room, content, place):
    local_room.config({"version": 1, "duckdb": {"database": "c.duckdb"}, **content})
    outcome = local_room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 4 and place + WORDS.partition(";")[0] in outcome.err, outcome.err


def test_local_catalogs_work_and_libcurl_is_not_even_mentioned(local_room):
    local_room.catalog(("v", "SELECT 1 AS n"))
    assert local_room.rows("FROM v") == [(1,)]
    assert b"libcurl" not in LOCAL.read_bytes()
    needed = subprocess.run(["ldd", LOCAL], capture_output=True, text=True, check=True).stdout
    assert "curl" not in needed


def test_the_program_with_remote_support_is_not_linked_to_libcurl_either():
    """It is loaded when the first address comes up: it brings some thirty libraries along."""
    assert "curl" not in subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
