"""
The data and the configs that are measured with, and the statements that come of them.
"""

import os
import shutil
import sys

from programs import Program, run_program

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXTENSIONS = os.environ.get("DUCKALOG_TEST_EXTENSIONS") or os.path.join(REPOSITORY, ".deps", "extensions")
SHELL = os.environ.get("DUCKALOG_TEST_DUCKDB_CLI") or os.path.join(REPOSITORY, ".deps", "venv", "bin", "duckdb")

# What the program asks of a restored catalog beside the statements of the config. Keep in step with session.c,
# inventory.c, remembered.c and attach.c of src/engine.
ASK_NAME = "SELECT database_name, type FROM duckdb_databases() WHERE database_name = current_database()"
ASK_VIEWS = (
    "SELECT schema_name, view_name, 'view'{} FROM duckdb_views() "
    "WHERE NOT internal AND NOT temporary AND database_name = current_database() "
    "UNION ALL SELECT schema_name, table_name, 'table'{} FROM duckdb_tables() "
    "WHERE NOT internal AND NOT temporary AND database_name = current_database()"
)
WITH_DEFINITIONS = (", sql", ", NULL")  # where there are 100 views at most
ASK_FINGERPRINTS = 'SELECT "{}".main.duckalog_fingerprints()::VARCHAR'
ASK_ATTACHED = "SELECT database_name, path FROM duckdb_databases() WHERE NOT internal"


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_data(program, folder):
    """Parquet, CSV, a DuckDB file and a SQLite file, made by the program itself."""
    config = os.path.join(folder, "make.yaml")
    write(
        config,
        "version: 1\nduckdb: {}\nattachments:\n"
        "  duckdb: [{alias: shop, path: shop.duckdb, read_only: false}]\n"
        "  sqlite: [{alias: ledger, path: ledger.sqlite, read_only: false}]\n",
    )
    rows = "SELECT i AS id, i % 97 AS customer, i * 3 AS amount FROM range(2000) AS numbers(i)"
    run_program(
        program, "run", config, "--extension-directory", EXTENSIONS, "--query",
        f"COPY ({rows}) TO '{folder}/orders.parquet' (FORMAT parquet);"
        f"COPY ({rows}) TO '{folder}/orders.csv' (FORMAT csv);"
        f"CREATE TABLE shop.orders AS {rows}; CREATE SCHEMA shop.crm; CREATE TABLE shop.crm.customers AS {rows};"
        f"CREATE TABLE ledger.payments AS {rows}; CREATE TABLE ledger.refunds AS {rows}",
    )  # fmt: skip


# The second one needs an extension, whose signature takes DuckDB some 40 ms to check: more than all else together.
FILE_ATTACHMENT = "attachments:\n  duckdb: [{alias: shop, path: shop.duckdb}]\n"
ATTACHMENTS = FILE_ATTACHMENT + "  sqlite: [{alias: ledger, path: ledger.sqlite}]\n"
SETTINGS = "  settings: [SET threads = 2, SET TimeZone = 'UTC']\n"


def nine_views(folder, attached):
    views = [
        "{name: a1, source: parquet, uri: orders.parquet}",
        f"{{name: a2, sql: \"SELECT * FROM read_csv('{folder}/orders.csv')\"}}",
        '{name: a3, sql: "SELECT customer, sum(amount) AS amount FROM a1 GROUP BY customer"}',
        "{name: a4, db_schema: reports, sql: SELECT count(*) AS n FROM a2}",
    ]
    views += [
        "{name: b1, source: duckdb, database: shop, table: orders}",
        "{name: b2, source: duckdb, database: shop, table: crm.customers}",
        "{name: b3, source: sqlite, database: ledger, table: payments}",
        "{name: b4, source: sqlite, database: ledger, table: refunds}",
        '{name: b5, sql: "SELECT b1.id, b3.amount FROM b1 JOIN b3 USING (id)"}',
    ] if attached else [f"{{name: c{n}, sql: SELECT id + {n} AS id FROM a1}}" for n in range(5)]
    return views


def many_views(count):
    return [
        f"{{name: v{n}, source: duckdb, database: shop, table: orders}}"
        if n % 2 == 0
        else f"{{name: v{n}, sql: SELECT id + {n} AS id FROM shop.crm.customers WHERE amount > {n}}}"
        for n in range(count)
    ]


def write_config(folder, name, views, attachments):
    config = os.path.join(folder, name + ".yaml")
    write(
        config,
        f"version: 1\nduckdb:\n  database: {name}.duckdb\n{SETTINGS}{attachments}"
        "views:\n" + "".join(f"  - {view}\n" for view in views),
    )
    return config


def statements_of(script):
    """Each statement of a generated script in one line; ours hold no comments, and no quoted line breaks."""
    text = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    return [" ".join(statement.split()) for statement in text.split(";\n") if statement.strip(" \n;")]


def write_statements(folder, name, statements):
    path = os.path.join(folder, name + ".statements")
    write(path, "".join(statement.rstrip(";") + "\n" for statement in statements))
    return path


def restored(tools, folder, name, views, attachments, query):
    """The program and the floor, on a catalog that is complete."""
    config = write_config(folder, name, views, attachments)
    database = os.path.join(folder, name + ".duckdb")
    script = statements_of(run_program(tools["duckalog"], "generate-sql", config))
    settings = [s for s in script if s.startswith("SET ")]
    attach = [s for s in script if s.startswith("ATTACH ")]
    ask_views = ASK_VIEWS.format(*(WITH_DEFINITIONS if len(views) <= 100 else ("", "")))
    asked = [ASK_NAME, ask_views, ASK_FINGERPRINTS.format(name)] + settings + ([ASK_ATTACHED] if attach else []) + attach
    statements = write_statements(folder, name, asked)
    run_program(tools["duckalog"], "run", config, "--extension-directory", EXTENSIONS)
    commands = [
        [tools["bench-floor"], database, EXTENSIONS, statements, query],
        [tools["duckalog"], "run", config, "--extension-directory", EXTENSIONS, "--query", query],
    ]
    rows = [run_program(*command).splitlines() for command in commands]
    table = [[cell.strip() for cell in line[1:-1].split("|")] for line in rows[1][3:-1]]
    if [line.split("\t") for line in rows[0]] != table:
        sys.exit(f"bench: {name}: the floor and the program print different rows")
    return [Program("floor", commands[0]), Program("duckalog", commands[1])]


def write_domains(folder, count, files):
    """A config of so many views, by default in a hundredth as many imported files; nine in ten read another view."""
    root = os.path.join(folder, f"views{count}")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(os.path.join(root, "domains"))
    config = os.path.join(root, "catalog.yaml")
    write(config, 'version: 1\nduckdb: {database: c.duckdb}\nimports: ["domains/*.yaml"]\n')
    each = count // files
    for file in range(files):
        views = ["views:\n"]
        for n in range(file * each, (file + 1) * each):
            source = f"d{(n - 1) // each}.v{n - 1}" if n % 10 else f"read_parquet('data/x{n}.parquet')"
            views.append(
                f"  - name: v{n}\n    db_schema: d{file}\n    description: view {n} of domain {file}\n"
                f"    tags: [domain, t{n % 7}]\n    sql: |\n"
                "      SELECT a.id, a.amount * 1.2 AS gross, b.name, count(*) OVER (PARTITION BY b.name) AS n\n"
                f"      FROM {source} a\n      LEFT JOIN lookup.names b ON a.id = b.id\n"
                f"      WHERE a.amount > {n} AND a.day >= DATE '2024-01-01'\n"
            )
        write(os.path.join(root, "domains", f"d{file:05}.yaml"), "".join(views))
    return config
