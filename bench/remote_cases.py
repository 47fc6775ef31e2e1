"""
Cases with servers of this machine, behind a proxy that puts them far away: what would be done one after another is to
cost little more than once.
"""

import functools
import json
import os
import statistics
import sys

from catalogs import EXTENSIONS, REPOSITORY, write
from local_cases import remove
from programs import Case, Program, run_program

sys.path.insert(0, os.path.join(REPOSITORY, "tests", "functional"))
from proxy import Proxy  # noqa: E402
from servers import S3_SERVER, postgres_server, s3_server  # noqa: E402

POSTGRES_AWAY_S = 0.300  # a round trip
S3_AWAY_S = 0.050
DATABASES = 8
FILES = 50
MUTE_TIMEOUT_S = 2


def write_json(folder, name, config):
    path = os.path.join(folder, name + ".json")
    write(path, json.dumps({"version": 1, **config}))
    return path


def run_command(tools, config, *arguments):
    return [tools["duckalog"], "run", config, "--extension-directory", EXTENSIONS, *arguments]


def at_most(ratio_allowed, many, one):
    """Wall time of one program against another's."""

    def bar(programs):
        walls = {name: statistics.median(program.wall) for name, program in programs.items()}
        ratio = walls[many] / walls[one]
        return ratio <= ratio_allowed, f"{many} takes {ratio:.2f} x {one}; at most {ratio_allowed}"

    return bar


def at_least_times_faster(times, slow, fast):
    def bar(programs):
        ratio = statistics.median(programs[slow].wall) / statistics.median(programs[fast].wall)
        return ratio >= times, f"{ratio:.1f} x as fast as {slow}; at least {times}"

    return bar


# ---- PostgreSQL ----


def attaching(folder, postgres, port, name, count, **changes):
    attachments = [postgres.attachment(f"pg{n}", port=port, **changes) for n in range(count)]
    return write_json(folder, name, {"duckdb": {}, "attachments": {"postgres": attachments}})


def postgres_cases(tools, folder, postgres, ends):
    eight, one = f"{DATABASES} databases", "1 database"

    def away():
        far = ends.enter_context(Proxy(postgres().port, delay_s=POSTGRES_AWAY_S / 2))
        return [
            Program(who, run_command(tools, attaching(folder, postgres(), far.port, f"away{count}", count)))
            for who, count in ((one, 1), (eight, DATABASES))
        ]

    def mute():
        dead = ends.enter_context(Proxy(postgres().port))
        dead.mute()
        patience = ["--attach-timeout", str(MUTE_TIMEOUT_S)]
        return [
            Program(who, run_command(tools, attaching(folder, postgres(), dead.port, f"mute{n}", n), *patience), code=3)
            for who, n in ((one, 1), (eight, DATABASES))
        ]

    return [
        Case(
            f"attach: {DATABASES} PostgreSQL databases {POSTGRES_AWAY_S * 1e3:.0f} ms away",
            away,
            at_most(1.3, eight, one),
            whole=True,
            rounds=5,
        ),
        Case(
            f"attach: {DATABASES} mute PostgreSQL servers, given up after {MUTE_TIMEOUT_S} s",
            mute,
            at_most(1.3, eight, one),
            whole=True,
            rounds=3,
        ),
    ]


# ---- S3 ----


def s3_config(folder, s3, port, name, views):
    session = {"load_extensions": ["httpfs"], "secrets": [s3.config_secret(port=port)]}
    return write_json(folder, name, {"duckdb": {"database": f"{name}.duckdb", **session}, "views": views})


def make_objects(tools, folder, s3):
    path = os.path.join(folder, "object.parquet")
    rows = "SELECT i AS id, i % 97 AS customer FROM range(1000) AS numbers(i)"
    maker = write_json(folder, "objects", {"duckdb": {}, "views": []})
    run_program(*run_command(tools, maker, "--query", f"COPY ({rows}) TO '{path}' (FORMAT parquet)"))
    with open(path, "rb") as file:
        content = file.read()
    return [s3.put(f"orders/o{n}.parquet", content) for n in range(FILES)]


def s3_builders(tools, folder, s3, ends):
    far = ends.enter_context(Proxy(s3.port, delay_s=S3_AWAY_S / 2))
    uris = make_objects(tools, folder, s3)
    views = [{"name": f"o{n}", "source": "parquet", "uri": uri} for n, uri in enumerate(uris)]
    built = s3_config(folder, s3, far.port, "lake", views)
    # The same session, in which the same views are created one by one.
    empty = s3_config(folder, s3, far.port, "empty", [])
    script = ";".join(f"CREATE VIEW o{n} AS FROM parquet_scan('{uri}')" for n, uri in enumerate(uris))

    def remove_all():
        for name in ("lake", "empty"):
            remove(os.path.join(folder, name + ".duckdb"))

    return [
        Program("one by one", run_command(tools, empty, "--query", script), remove_all),
        Program("duckalog", run_command(tools, built), remove_all),
    ]


def s3_cases(tools, folder, ends):
    if not S3_SERVER.exists():
        print("bench: there is no S3 server; `scripts/setup bench` compiles it")
        return []
    return [
        Case(
            f"first build of {FILES} views of Parquet files on S3, {S3_AWAY_S * 1e3:.0f} ms away",
            lambda: s3_builders(tools, folder, ends.enter_context(s3_server()), ends),
            at_least_times_faster(8, "one by one", "duckalog"),
            whole=True,
            rounds=5,
        )
    ]


def remote_cases(tools, folder, ends):
    """The servers start when a case has its turn, and run until `ends` does."""

    @functools.cache
    def postgres():
        return ends.enter_context(postgres_server())

    return postgres_cases(tools, folder, postgres, ends) + s3_cases(tools, folder, ends)
