"""
Large results, beside DuckDB's own shell: what it costs to print them, and what memory.
"""

import os

from catalogs import SHELL
from programs import Case, Program, run_program

COLUMNS = "i, i * 2 AS j, 'row ' || i AS t, i / 3.0 AS d, DATE '2020-01-01' + (i % 9999)::INT AS day"
MOST = 1.1


def rows_of(count):
    return f"SELECT {COLUMNS} FROM range({count}) r(i)"


def within(medians):
    ratio = medians["duckalog"] / medians["DuckDB's shell"]
    return ratio <= MOST, f"{ratio:.2f} x the shell; at most {MOST}"


def flat(programs):
    small, large = (program.memory for program in programs.values())
    return large <= 1.25 * small, f"{small:.0f} MiB and {large:.0f} MiB; the second at most a quarter more"


def beside_shell(tools, catalog, query, form, shell_form):
    return [
        Program("DuckDB's shell", [SHELL, "-no-init", "-readonly", *shell_form, catalog, "-c", query]),
        Program("duckalog", [tools["duckalog"], "query", "--catalog", catalog, *form, query]),
    ]


def output_cases(tools, folder):
    catalog = os.path.join(folder, "large.duckdb")
    config = os.path.join(folder, "large.yaml")

    def make():
        if not os.path.exists(catalog):
            with open(config, "w", encoding="utf-8") as file:
                file.write("version: 1\nduckdb: {database: large.duckdb}\nviews: [{name: v, sql: SELECT 1}]\n")
            run_program(tools["duckalog"], "run", config, "--query", f"CREATE TABLE large AS {rows_of(1_000_000)}")

    def csv():
        make()
        return beside_shell(tools, catalog, rows_of(10_000_000), ["--format", "csv"], ["-csv"])

    # To a pipe the shell draws the same frame as on a terminal, and does not wait for that to tell what it is.
    def cut(query):
        make()
        return beside_shell(tools, catalog, query, ["--max-rows", "40"], [])

    def memory():
        make()
        command = [tools["duckalog"], "query", "--catalog", catalog, "--format", "csv"]
        return [Program(f"{count:,} rows", [*command, rows_of(count)]) for count in (1_000_000, 100_000_000)]

    if not os.access(SHELL, os.X_OK):
        print("bench: there is no DuckDB shell to compare large results with; `scripts/setup bench` gets one")
        return []
    return [
        Case("10 million rows as CSV", csv, within, rounds=5),
        Case("memory of 1 and of 100 million rows as CSV", memory, flat, whole=True, rounds=1),
        Case("a table of 1 million rows, cut", lambda: cut("FROM large"), within, rounds=15),
        Case("1 million rows that are computed, cut", lambda: cut(rows_of(1_000_000)), within, rounds=15),
        Case("1 million rows that are sorted, cut", lambda: cut("FROM large ORDER BY t"), within, rounds=9),
    ]
