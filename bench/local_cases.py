"""
Cases without a network: queries on restored catalogs, starts, checks, first builds.
"""

import os
import statistics

from catalogs import (
    ATTACHMENTS,
    EXTENSIONS,
    FILE_ATTACHMENT,
    SHELL,
    many_views,
    nine_views,
    restored,
    statements_of,
    write,
    write_config,
    write_domains,
    write_statements,
)
from programs import Case, FigureCase, Program, run_program


def at_most_floor(medians):
    ratio = medians["duckalog"] / medians["floor"]
    return ratio <= 1.15, f"{ratio:.2f} x the floor; at most 1.15"


def under_5_ms(medians):
    return medians["duckalog"] < 5, f"{medians['duckalog']:.2f} ms; under 5 ms"


def query_cases(tools, folder):
    return [
        Case(
            "run --query: 9 views, a DuckDB and a SQLite attachment",
            restored(tools, folder, "nine", nine_views(folder, True), ATTACHMENTS, "SELECT * FROM b5 ORDER BY id LIMIT 20"),
            at_most_floor,
        ),
        Case(
            "run --query: 9 views, no attachment",
            restored(tools, folder, "plain", nine_views(folder, False), "", "SELECT * FROM c1 ORDER BY id LIMIT 20"),
            at_most_floor,
        ),
        Case(
            "run --query: 1,000 views, a DuckDB attachment",
            restored(tools, folder, "thousand", many_views(1000), FILE_ATTACHMENT, "SELECT * FROM v1 ORDER BY id LIMIT 20"),
            at_most_floor,
        ),
        Case(
            "run --query: 1,000 views, a DuckDB and a SQLite attachment",
            restored(tools, folder, "many", many_views(1000), ATTACHMENTS, "SELECT * FROM v1 ORDER BY id LIMIT 20"),
            at_most_floor,
        ),
        Case(
            "run --query: 10,000 views, a DuckDB attachment",
            restored(tools, folder, "ten", many_views(10000), FILE_ATTACHMENT, "SELECT * FROM v1 ORDER BY id LIMIT 20"),
            at_most_floor,
            rounds=15,
        ),
    ]  # fmt: skip


def start_cases(tools, folder):
    config = write_config(folder, "sources", [v for v in nine_views(folder, True) if "sql:" not in v], ATTACHMENTS)
    nothing = [tools["bench-nothing"]]
    return [
        Case(
            "--help",
            [Program("nothing", nothing), Program("duckalog", [tools["duckalog"], "--help"])],
            under_5_ms,
        ),
        Case(
            "validate: a config without SQL of its own",
            [Program("nothing", nothing), Program("duckalog", [tools["duckalog"], "validate", config])],
            under_5_ms,
        ),
    ]


def under_half_a_second(programs):
    program = programs["duckalog"]
    wall = statistics.median(program.wall)
    return wall < 500 and program.memory < 150, f"{wall:.0f} ms, {program.memory:.0f} MiB; under 500 ms and 150 MiB"


def linear(programs):
    """
    Processor time, as two cores do not help the smallest, without what a start costs. The least of all rounds: a
    difference of small medians is mostly what else the machine did.
    """
    start, *steps = (min(p.processor) for p in programs.values())
    ratios = [(b - start) / (a - start) for a, b in zip(steps, steps[1:])]
    return max(ratios) <= 11, "ratios per tenfold: " + ", ".join(f"{r:.1f}" for r in ratios) + "; at most 11"


def validate_cases(tools, folder):
    sizes = {count: write_domains(folder, count, max(1, count // 100)) for count in (1, 100, 1000, 10000, 100000)}
    commands = {count: [tools["duckalog"], "validate", config] for count, config in sizes.items()}
    return [
        Case(
            "validate: 10,000 views with SQL in 100 imported files",
            [Program("duckalog", commands[10000])],
            under_half_a_second,
            whole=True,
            rounds=11,
        ),
        Case(
            "validate: from 100 to 100,000 views",
            [Program(f"{count:,} views", command) for count, command in commands.items()],
            linear,
            whole=True,
            rounds=7,
        ),
    ]


def remove(path):
    for ending in ("", ".wal"):
        if os.path.exists(path + ending):
            os.remove(path + ending)


def at_most_shell(medians):
    ratio = medians["duckalog"] / medians["DuckDB's shell"]
    return ratio <= 1, f"{ratio:.2f} x the shell; at most 1.00"


def build_case(tools, folder, count, bar=None, rounds=None):
    """A catalog from nothing; the others run the same script, its views in one transaction."""
    name = f"new{count}"
    config = write_config(folder, name, many_views(count), FILE_ATTACHMENT)
    sql = run_program(tools["duckalog"], "generate-sql", config)
    sql = sql.replace("\n-- Views\n", "\nBEGIN TRANSACTION;\n", 1) + "COMMIT;\n"
    script = os.path.join(folder, name + ".sql")
    write(script, sql)
    statements = write_statements(folder, name, statements_of(sql))
    built, by_floor, by_shell = (os.path.join(folder, f"{name}{who}.duckdb") for who in ("", "floor", "shell"))
    return Case(
        f"first build of {count:,} views",
        [
            Program("DuckDB's shell", [SHELL, "-no-init", by_shell, "-f", script], lambda: remove(by_shell)),
            Program(
                "floor",
                [tools["bench-floor"], by_floor, EXTENSIONS, statements, "SELECT 1"],
                lambda: remove(by_floor),
            ),
            Program("duckalog", [tools["duckalog"], "run", config], lambda: remove(built)),
        ],
        bar,
        rounds=rounds,
    )


def build_cases(tools, folder):
    if not os.access(SHELL, os.X_OK):
        print("bench: there is no DuckDB shell to compare the first build with; `scripts/setup bench` gets one")
        return []
    return [
        build_case(tools, folder, 1000),
        build_case(tools, folder, 10000, at_most_shell, rounds=7),
    ]


def under_100_ns(nanoseconds):
    return nanoseconds < 100, f"{nanoseconds:.0f} ns; under 100 ns"


def again_case(tools, folder):
    config = write_config(folder, "again", nine_views(folder, False), "")
    return FigureCase("a second duckalog_get_connection()", [tools["bench-again"], config], "ns", under_100_ns)


def local_cases(tools, folder):
    return [
        *query_cases(tools, folder),
        *start_cases(tools, folder),
        *validate_cases(tools, folder),
        *build_cases(tools, folder),
        again_case(tools, folder),
    ]
