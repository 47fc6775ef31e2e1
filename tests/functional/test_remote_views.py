"""
Views over files of an S3 server, near and far, healthy and not.
"""

import signal
import time

import pytest
from conftest import need_extension, wait_until
from proxy import Proxy

FILES = 12


@pytest.fixture(scope="module")
def lake(s3, tmp_path_factory):
    """The server, with Parquet files in it: fN.parquet has one row, of N."""
    import duckdb

    folder = tmp_path_factory.mktemp("lake")
    for n in range(FILES):
        path = folder / "file.parquet"
        duckdb.sql(f"COPY (SELECT {n} AS n) TO '{path}' (FORMAT parquet)")
        s3.put(f"d/f{n}.parquet", path.read_bytes())
    return s3


@pytest.fixture
def far(lake):
    """The lake behind a proxy, which is no further away until it is told so."""
    with Proxy(lake.port) as proxy:
        proxy.lake = lake
        yield proxy


def parquet(n, **keys):
    return {"name": f"v{n}", "source": "parquet", "uri": f"s3://lake/d/f{n}.parquet", **keys}


def write_catalog(room, proxy, views, settings=()):
    # Loaded by name: DuckDB does not look for it by itself in the tests' folder of extensions.
    need_extension("httpfs")
    session = {
        "load_extensions": ["httpfs"],
        "settings": list(settings),
        "secrets": [proxy.lake.config_secret(port=proxy.port)],
    }
    room.catalog(*views, duckdb=session)


def test_views_over_s3_read_what_is_there(room, far):
    views = [parquet(n) for n in range(3)]
    views.append({"name": "all_of_them", "sql": "SELECT sum(n)::INTEGER AS s FROM 's3://lake/d/*.parquet'"})
    views.append({"name": "above", "sql": "SELECT v1.n + v2.n AS s FROM v1, v2"})
    write_catalog(room, far, views)
    assert room.results("FROM v2; FROM all_of_them; FROM above") == [[(2,)], [(sum(range(FILES)),)], [(3,)]]
    before = far.connections
    assert room.run("--quiet").code == 0
    assert far.connections == before  # all there: nothing is asked


def test_remote_views_are_bound_side_by_side_and_their_files_are_asked_for_once(room, far):
    far.delay_s = 0.05
    # In a schema that has to be made first, and in SQL as well.
    views = [parquet(n, db_schema="deep") for n in range(FILES // 2)]
    views += [{"name": f"q{n}", "sql": f"SELECT n FROM 's3://lake/d/f{n}.parquet'"} for n in range(FILES // 2, FILES)]
    write_catalog(room, far, views)
    room.run()
    assert len(room.views_in()) == FILES
    assert far.most_open > FILES / 2
    assert far.connections == FILES


@pytest.mark.parametrize("own", ["true", "false"])
def test_the_users_own_metadata_cache_is_back_afterwards(room, far, own):
    write_catalog(room, far, [parquet(0), parquet(1)], [f"SET enable_http_metadata_cache = {own}"])
    assert room.rows("SELECT current_setting('enable_http_metadata_cache') AS c") == [(own == "true",)]


def test_a_view_of_a_missing_object_is_told_as_any_other(room, far):
    write_catalog(room, far, [parquet(0), parquet(99), {"name": "wrong", "sql": "SELECT nonsense FROM v0"}])
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert "v99" in outcome.err and "404" in outcome.err
    assert far.lake.secret not in outcome.err
    assert not (room / "catalog.duckdb").exists()


@pytest.mark.parametrize("how", ["mute", "stalled"])
def test_a_server_that_does_not_answer_ends_the_build_at_its_limit(room, far, how):
    write_catalog(room, far, [parquet(0), parquet(1), ("local", "SELECT 1 AS one")])
    if how == "mute":
        far.mute()
    else:
        far.stall_after(100)
    start = time.monotonic()
    outcome = room.duckalog("run", "catalog.yaml", "--attach-timeout", "1", timeout=50)
    assert outcome.code == 3
    assert time.monotonic() - start < 6 + 4
    for name in ("v0", "v1"):
        assert f"views: {name}: what it reads did not answer within 6 s" in outcome.err
    assert "--attach-timeout" in outcome.err
    assert "local" not in outcome.err
    assert not (room / "catalog.duckdb").exists()


def test_a_build_that_waits_for_a_server_can_be_interrupted(room, far):
    write_catalog(room, far, [parquet(0), parquet(1)])
    far.mute()
    process = room.start("run", "catalog.yaml")
    try:
        wait_until(lambda: far.open_connections >= 2, "both views to be bound")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    finally:
        process.kill()
        process.communicate()
    assert not (room / "catalog.duckdb").exists()


def test_a_catalog_whose_server_was_silent_is_built_when_it_answers_again(room, far):
    write_catalog(room, far, [parquet(n) for n in range(3)])
    far.mute()
    assert room.duckalog("run", "catalog.yaml", "--attach-timeout", "1", timeout=50).code == 3
    far.pass_on()
    assert room.rows("FROM v1") == [(1,)]


def test_a_broken_connection_is_told_and_nothing_is_left(room, far):
    write_catalog(room, far, [parquet(0)], ["SET http_retries = 0"])
    far.reset()
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    assert "views: v0: " in outcome.err
    assert not (room / "catalog.duckdb").exists()
