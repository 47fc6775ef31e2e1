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


def query_case(tools, folder, what, name, views, attachments, query, rounds=None):
    return Case(
        f"run --query: {what}",
        lambda: restored(tools, folder, name, views, attachments, f"SELECT * FROM {query} ORDER BY id LIMIT 20"),
        at_most_floor,
        rounds=rounds,
    )


def query_cases(tools, folder):
    both, file = "a DuckDB and a SQLite attachment", "a DuckDB attachment"
    return [
        query_case(tools, folder, f"9 views, {both}", "nine", nine_views(folder, True), ATTACHMENTS, "b5"),
        query_case(tools, folder, "9 views, no attachment", "plain", nine_views(folder, False), "", "c1"),
        query_case(tools, folder, f"1,000 views, {file}", "thousand", many_views(1000), FILE_ATTACHMENT, "v1"),
        query_case(tools, folder, f"1,000 views, {both}", "many", many_views(1000), ATTACHMENTS, "v1"),
        query_case(tools, folder, f"10,000 views, {file}", "ten", many_views(10000), FILE_ATTACHMENT, "v1", rounds=15),
    ]


def beside_nothing(tools, *arguments):
    return [Program("nothing", [tools["bench-nothing"]]), Program("duckalog", [tools["duckalog"], *arguments])]


def start_cases(tools, folder):
    views = [view for view in nine_views(folder, True) if "sql:" not in view]
    return [
        Case("--help", lambda: beside_nothing(tools, "--help"), under_5_ms),
        Case(
            "validate: a config without SQL of its own",
            lambda: beside_nothing(tools, "validate", write_config(folder, "sources", views, ATTACHMENTS)),
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
    def validate(name, count):
        config = write_domains(folder, count, max(1, count // 100))
        return Program(name, [tools["duckalog"], "validate", config])

    sizes = (1, 100, 1000, 10000, 100000)
    return [
        Case(
            "validate: 10,000 views with SQL in 100 imported files",
            lambda: [validate("duckalog", 10000)],
            under_half_a_second,
            whole=True,
            rounds=11,
        ),
        Case(
            "validate: from 100 to 100,000 views",
            lambda: [validate(f"{count:,} views", count) for count in sizes],
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


def builders(tools, folder, count):
    """A catalog from nothing; the others run the same script, its views in one transaction."""
    name = f"new{count}"
    config = write_config(folder, name, many_views(count), FILE_ATTACHMENT)
    sql = run_program(tools["duckalog"], "generate-sql", config)
    sql = sql.replace("\n-- Views\n", "\nBEGIN TRANSACTION;\n", 1) + "COMMIT;\n"
    script = os.path.join(folder, name + ".sql")
    write(script, sql)
    statements = write_statements(folder, name, statements_of(sql))
    built, by_floor, by_shell = (os.path.join(folder, f"{name}{who}.duckdb") for who in ("", "floor", "shell"))
    floor = [tools["bench-floor"], by_floor, EXTENSIONS, statements, "SELECT 1"]
    return [
        Program("DuckDB's shell", [SHELL, "-no-init", by_shell, "-f", script], lambda: remove(by_shell)),
        Program("floor", floor, lambda: remove(by_floor)),
        Program("duckalog", [tools["duckalog"], "run", config], lambda: remove(built)),
    ]


def build_cases(tools, folder):
    if not os.access(SHELL, os.X_OK):
        print("bench: there is no DuckDB shell to compare the first build with; `scripts/setup bench` gets one")
        return []
    return [
        Case("first build of 1,000 views", lambda: builders(tools, folder, 1000)),
        Case("first build of 10,000 views", lambda: builders(tools, folder, 10000), at_most_shell, rounds=11),
    ]


def under_100_ns(nanoseconds):
    return nanoseconds < 100, f"{nanoseconds:.0f} ns; under 100 ns"


def again_case(tools, folder):
    def again():
        config = write_config(folder, "again", nine_views(folder, False), "")
        return [Program("bench-again", [tools["bench-again"], config])]

    return FigureCase("a second duckalog_get_connection()", again, "ns", under_100_ns)


def local_cases(tools, folder):
    return [
        *query_cases(tools, folder),
        *start_cases(tools, folder),
        *validate_cases(tools, folder),
        *build_cases(tools, folder),
        again_case(tools, folder),
    ]
