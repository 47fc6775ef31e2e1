"""Semantic models as users ask them: rows against SQL written by hand, all kinds of joins, odd names, mistakes."""

import json
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_void_p, string_at

import duckalog_library as library
import pytest

ORDERS = """
SELECT * FROM (VALUES
    (1, 1,    DATE '2024-01-05', 10.00, 'paid'),
    (2, 1,    DATE '2024-01-20',  5.50, 'open'),
    (3, 2,    DATE '2024-02-03',  7.25, 'paid'),
    (4, 9,    DATE '2025-02-04',  2.00, 'paid'),
    (5, NULL, DATE '2025-02-04',  1.00, NULL)
) t(id, customer, day, amount, status)
"""
CUSTOMERS = "SELECT * FROM (VALUES (1, 'Ada', 'north'), (2, 'Bo', 'south'), (3, 'Cy', 'south')) t(id, name, region)"
ITEMS = "SELECT * FROM (VALUES (1, 'pen', 2), (1, 'ink', 1), (3, 'pen', 4)) t(order_id, article, pieces)"

JOIN = {"to_view": "crm.customers", "type": "left", "on_condition": "orders.customer = customers.id"}
MODEL = {
    "name": "sales",
    "base_view": "orders",
    "description": "What was sold",
    "dimensions": [
        {"name": "region", "expression": "upper(customers.region)", "type": "string"},
        {"name": "day", "expression": "orders.day", "type": "time"},
        {"name": "status", "expression": "coalesce(orders.status, 'none')"},
        {"name": "article", "expression": "items.article"},
    ],
    "measures": [
        {"name": "revenue", "expression": "sum(amount)"},
        {"name": "orders", "expression": "count(*)"},
        {"name": "pieces", "expression": "sum(items.pieces)"},
    ],
    "joins": [JOIN, {"to_view": "items", "type": "left", "on_condition": "items.order_id = orders.id"}],
}


def shop(room, model=MODEL, **changes):
    room.catalog(
        ("orders", ORDERS),
        {"name": "customers", "db_schema": "crm", "sql": CUSTOMERS},
        ("items", ITEMS),
        semantic_models=[{**model, **changes}],
    )
    return room


def asked(room, *arguments, model="sales", **options):
    return room.duckalog("query", "--config", "catalog.yaml", "--model", model, *arguments, **options)


def answer(room, *arguments, **options):
    """The rows of a question, as tuples of what JSON can hold."""
    outcome = asked(room, *arguments, "--format", "json", **options)
    assert outcome.code == 0, outcome.err
    return [tuple(row.values()) for row in json.loads(outcome.out)]


@pytest.fixture
def sales(room):
    shop(room).run()
    return room


# ---- questions ----

LEFT = "FROM orders LEFT JOIN crm.customers ON customer = customers.id"
QUESTIONS = [
    (["--measures", "revenue"], "SELECT sum(amount) FROM orders"),
    (["--measures", "revenue,orders"], "SELECT sum(amount), count(*) FROM orders"),
    (
        ["--measures", "orders,revenue", "--by", "region"],
        f"SELECT upper(region), count(*), sum(amount) {LEFT} GROUP BY ALL ORDER BY ALL",
    ),
    (
        ["--measures", "revenue", "--by", "day:year,status"],
        "SELECT date_trunc('year', day), coalesce(status, 'none'), sum(amount) FROM orders GROUP BY ALL ORDER BY ALL",
    ),
    (
        ["--measures", "orders", "--by", "day:Month, day"],
        "SELECT date_trunc('month', day), day, count(*) FROM orders GROUP BY ALL ORDER BY ALL",
    ),
    # a question that needs no item counts each order once
    (
        ["--measures", "orders", "--by", "status"],
        "SELECT coalesce(status, 'none'), count(*) FROM orders GROUP BY 1 ORDER BY 1",
    ),
    (
        ["--measures", "pieces", "--by", "article"],
        "SELECT article, sum(pieces) FROM orders LEFT JOIN items ON order_id = id GROUP BY 1 ORDER BY 1",
    ),
    (
        ["--measures", "orders", "--by", "article", "--where", "region = 'NORTH'"],
        f"SELECT article, count(*) {LEFT} LEFT JOIN items ON order_id = orders.id WHERE region = 'north' "
        "GROUP BY 1 ORDER BY 1",
    ),
    (
        ["--measures", "orders", "--where", "day >= DATE '2024-02-01' AND (status = 'none' OR amount > 5)"],
        "SELECT count(*) FROM orders WHERE day >= DATE '2024-02-01' AND (status IS NULL OR amount > 5)",
    ),
    (
        [
            *["--measures", "orders", "--where"],
            "day > DATE '2024-02-10' - INTERVAL 30 day AND extract(year FROM day) = 2024",
        ],
        "SELECT count(*) FROM orders WHERE day > DATE '2024-01-11' AND day < DATE '2025-01-01'",
    ),
    (
        ["--measures", "orders", "--where", "status = 'paid' OR status = 'open' -- both"],
        "SELECT count(*) FROM orders WHERE status IN ('paid', 'open')",
    ),
    (
        ["--measures", "orders", "--where", "region IN (SELECT upper(region) FROM crm.customers WHERE name = 'Bo')"],
        f"SELECT count(*) {LEFT} WHERE region = 'south'",
    ),
    (["--measures", "orders", "--where", "false"], "SELECT 0"),
    (["--measures", "orders", "--by", "day", "--where", "false"], None),
]


def words(value):
    return " ".join(value) if isinstance(value, list) else ""


@pytest.mark.parametrize(("question", "sql"), QUESTIONS, ids=words)
def test_answer_has_the_rows_of_sql_written_by_hand(sales, question, sql):
    assert answer(sales, *question) == ([] if sql is None else sales.rows(sql))


def test_columns_are_called_by_the_names_of_the_parts(sales):
    outcome = asked(sales, "--measures", "ORDERS", "--by", "Region,day:QUARTER", "--format", "csv")
    assert outcome.out.splitlines()[0] == "region,day_quarter,orders"


def test_without_measures_it_is_the_primary_one_or_all(room):
    shop(room, joins=[JOIN], measures=MODEL["measures"][:2]).run()
    assert answer(room) == room.rows("SELECT sum(amount), count(*) FROM orders")
    shop(room, defaults={"primary_measure": "orders"})
    assert answer(room) == [(5,)]


# ---- joins ----


@pytest.mark.parametrize("kind", ["inner", "left", "right", "full"])
@pytest.mark.parametrize("by", [[], ["--by", "region"]], ids=["total", "by region"])
def test_joins_of_all_kinds(room, kind, by):
    shop(room, joins=[{**JOIN, "type": kind}], dimensions=MODEL["dimensions"][:3], measures=MODEL["measures"][:2]).run()
    source = "orders" if kind == "left" and not by else f"orders {kind} JOIN crm.customers ON customer = customers.id"
    columns, end = ("upper(region), ", " GROUP BY 1 ORDER BY 1") if by else ("", "")
    assert answer(room, "--measures", "orders,revenue", *by) == room.rows(
        f"SELECT {columns}count(*), sum(amount) FROM {source}{end}"
    )


def test_a_view_can_be_joined_with_itself(room):
    room.catalog(
        ("people", "SELECT * FROM (VALUES (1, NULL, 'Ada'), (2, 1, 'Bo'), (3, 1, 'Cy')) t(id, boss, name)"),
        semantic_models=[
            {
                "name": "staff",
                "base_view": "people",
                "dimensions": [{"name": "boss", "expression": "people_2.name"}],
                "measures": [{"name": "n", "expression": "count(*)"}],
                "joins": [{"to_view": "main.people", "type": "left", "on_condition": "people.boss = people_2.id"}],
            }
        ],
    )
    room.run()
    assert answer(room, "--by", "boss", model="staff") == [("Ada", 2), (None, 1)]


def test_a_query_that_fails_tells_of_the_joins_that_were_left_out(room):
    shop(room, dimensions=[{"name": "place", "expression": "region"}]).run()
    outcome = asked(room, "--measures", "orders", "--by", "place")
    assert outcome.code == 3
    assert 'column "region" not found' in outcome.err
    assert "customers is not joined" in outcome.err and "customers.COLUMN" in outcome.err
    quiet, told = asked(room, "--measures", "orders"), asked(room, "--measures", "orders", "-v")
    assert quiet.err == "" and "customers is not joined" in told.err


# ---- default filters ----


@pytest.mark.parametrize(
    ("filters", "sql"),
    [
        ([{"dimension": "status", "value": "paid"}], "status = 'paid'"),
        ([{"dimension": "status", "operator": "!=", "value": "paid"}], "coalesce(status, 'none') <> 'paid'"),
        ([{"dimension": "status", "operator": "In", "value": ["paid", "it's"]}], "status = 'paid'"),
        ([{"dimension": "status", "operator": "not in", "value": ["paid"]}], "status IS DISTINCT FROM 'paid'"),
        ([{"dimension": "status", "operator": "like", "value": "%a%"}], "status = 'paid'"),
        ([{"dimension": "day", "operator": ">", "value": "2024-02-03"}], "day > '2024-02-03'"),
        ([{"dimension": "day", "operator": "between", "value": ["2024-01-01", "2024-12-31"]}], "year(day) = 2024"),
        ([{"dimension": "region", "operator": "is null"}], "customer IS NULL OR customer = 9"),
        ([{"dimension": "region", "operator": "is not null"}], "customer < 9"),
        ([{"dimension": "status", "value": "paid"}, {"dimension": "region", "value": "NORTH"}], "id = 1"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, list) else "",
)
def test_default_filters_hold_for_every_question(room, filters, sql):
    shop(room, defaults={"default_filters": filters}).run()
    assert answer(room, "--measures", "orders") == room.rows(f"SELECT count(*) FROM orders WHERE {sql}")
    total = answer(room, "--measures", "orders")
    assert total == answer(room, "--measures", "orders", "--where", "orders.id < 3 OR true")


def test_a_filter_that_is_no_condition_is_a_warning(room):
    shop(room, defaults={"default_filters": [{"dimension": "status", "operator": "similar", "value": "paid"}]}).run()
    outcome = asked(room, "--measures", "orders")
    assert outcome.code == 0 and "5" in outcome.out
    assert "warning: semantic_models[0].defaults.default_filters[0]: this filter is not applied" in outcome.err


# ---- names ----


def test_odd_names_are_quoted(room):
    room.catalog(
        {"name": 'o"r.d', "db_schema": "a b", "sql": "SELECT 1 AS x, 'ü' AS \"y z\""},
        semantic_models=[
            {
                "name": "odd model",
                "base_view": '"a b"."o""r.d"',
                "dimensions": [
                    {"name": 'city, "land"', "expression": '"y z"'},
                    {"name": "select", "expression": "x"},
                    {"name": "Größe:day", "expression": "DATE '2024-02-03'"},
                ],
                "measures": [{"name": "it's; --", "expression": "count(*) -- all of them"}],
            }
        ],
    )
    room.run()
    by = '"city, ""land""",select,Größe:day,Größe:day:year'
    outcome = asked(room, "--by", by, "--where", '"select" = 1', "--format", "json", model="ODD Model")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out) == [
        {
            'city, "land"': "ü",
            "select": 1,
            "Größe:day": "2024-02-03",
            "Größe:day_year": "2024-01-01 00:00:00",
            "it's; --": 1,
        }
    ]


def test_a_schema_may_have_the_name_of_the_database(room):
    room.catalog(
        {"name": "v", "db_schema": "shop", "sql": "SELECT 7 AS x"},
        database="shop.duckdb",
        semantic_models=[
            {"name": "m", "base_view": "v", "measures": [{"name": "s", "expression": "sum(shop.v.x)"}]},
        ],
    )
    room.run()
    assert answer(room, model="m") == [(7,)]


# ---- the command line ----


def test_sql_is_printed_without_a_database_and_runs_by_itself(room):
    shop(room)
    question = ["--measures", "orders", "--by", "region,day:month", "--where", "status = 'paid'"]
    printed = asked(room, *question, "--sql", env={"DUCKALOG_LIBDUCKDB": "/nowhere.so"})
    assert (printed.code, printed.err) == (0, "")
    assert not (room / "catalog.duckdb").exists()
    room.run()
    assert room.rows(printed.out) == answer(room, *question)


def test_secret_values_are_masked_in_what_is_shown_and_used_in_what_is_run(room):
    secret = "canary-5ecret"
    room.catalog(
        ("v", f"SELECT '{secret}' AS t"),
        duckdb={"secrets": [{"type": "http", "bearer_token": secret}]},
        semantic_models=[
            {
                "name": "m",
                "base_view": "v",
                "description": f"not {secret}",
                "dimensions": [{"name": "t", "expression": "t"}],
                "measures": [{"name": "n", "expression": f"count(*) FILTER (t = '{secret}')"}],
                "defaults": {"default_filters": [{"dimension": "t", "value": secret}]},
            }
        ],
    )
    room.run()
    assert answer(room, model="m") == [(1,)]
    for shown in (
        asked(room, "--sql", model="m"),
        room.duckalog("describe", "catalog.yaml"),
        room.duckalog("describe", "catalog.yaml", "m"),
        room.duckalog("describe", "catalog.yaml", "--format", "json"),
        asked(room, "--by", secret, model="m"),
    ):
        assert "***" in shown.out + shown.err
        assert secret not in shown.out + shown.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--model", "sales"], 2, "--model needs --config"),
        (["-C", "catalog.yaml", "--by", "region"], 2, "--by needs --model"),
        (["-C", "catalog.yaml", "--sql"], 2, "--sql needs --model"),
        (["-C", "catalog.yaml", "-m", "sales", "SELECT 1"], 2, "both can't be run"),
        (["-C", "catalog.yaml", "-m", "sales", "--by", "region,"], 2, "a name in --by is blank"),
        (["-C", "catalog.yaml", "-m", "sales", "--measures", ""], 2, "a name in --measures is blank"),
        (["-C", "catalog.yaml", "-m", "sales", "--where", " "], 2, "--where is blank"),
        (["-C", "catalog.yaml", "-m", "sale"], 2, "did you mean sales?"),
        (["-C", "catalog.yaml", "-m", "sales", "--by", "regio"], 2, "did you mean region?"),
        (["-C", "catalog.yaml", "-m", "sales", "--measures", "revenu"], 2, "did you mean revenue?"),
        (["-C", "catalog.yaml", "-m", "sales", "--by", "day:fortnight"], 2, "choose one of year, quarter"),
        (["-C", "catalog.yaml", "-m", "sales", "--by", "region:day"], 2, "only times have grains"),
        (["-C", "catalog.yaml", "-m", "sales", "--by", "day,day"], 2, "two columns"),
        (["-C", "catalog.yaml", "-m", "sales", "--where", "revenue > 1"], 2, "orders.revenue"),
        (["-C", "catalog.yaml", "-m", "sales", "--where", "1) OR (1"], 2, "a bracket is closed"),
        (["-C", "catalog.yaml", "-m", "sales", "--where", "nowhere = 1"], 3, "nowhere"),
        (["-C", "catalog.yaml", "-m", "sales", "--format", "xml"], 2, "--format takes"),
        (["-C", "nothing.yaml", "-m", "sales"], 2, "nothing.yaml"),
    ],
    ids=words,
)
def test_what_is_refused(sales, arguments, code, message):
    outcome = sales.duckalog("query", *arguments)
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert message in outcome.err


def test_a_catalog_that_is_not_built_is_told(room):
    outcome = asked(shop(room))
    assert outcome.code == 3 and "catalog.duckdb" in outcome.err


# ---- describe ----


def test_describe_lists_models(room):
    shop(room)
    outcome = room.duckalog("describe", "catalog.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "+-------+-----------+------------+----------+-------+---------------+\n"
        "| model | base view | dimensions | measures | joins | description   |\n"
        "+-------+-----------+------------+----------+-------+---------------+\n"
        "| sales | orders    |          4 |        3 |     2 | What was sold |\n"
        "+-------+-----------+------------+----------+-------+---------------+\n"
    )
    assert not (room / "catalog.duckdb").exists()


def test_describe_tells_the_parts_of_a_model(room):
    shop(
        room,
        dimensions=[
            *MODEL["dimensions"],
            {"name": "größe 視", "expression": "a\n+ b", "type": "time", "time_grains": ["DAY"]},
        ],
        defaults={
            "time_dimension": "day",
            "primary_measure": "orders",
            "default_filters": [{"dimension": "status", "value": 1}],
        },
    )
    outcome = room.duckalog("describe", "catalog.yaml", "SALES")
    lines = [line for line in outcome.out.splitlines() if line.startswith("|")]
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in lines] == [
        ["part", "name", "type", "SQL", "description"],
        ["base view", "orders", "", "", "What was sold"],
        ["dimension", "region", "string", "upper(customers.region)", ""],
        ["dimension", "day", "time", "orders.day", ""],
        ["dimension", "status", "", "coalesce(orders.status, 'none')", ""],
        ["dimension", "article", "", "items.article", ""],
        ["dimension", "größe 視", "time: day", r"a\n+ b", ""],
        ["measure", "revenue", "", "sum(amount)", ""],
        ["measure", "orders", "", "count(*)", ""],
        ["measure", "pieces", "", "sum(items.pieces)", ""],
        ["join", "crm.customers", "left", "orders.customer = customers.id", ""],
        ["join", "items", "left", "items.order_id = orders.id", ""],
        ["time dimension", "day", "", "", ""],
        ["primary measure", "orders", "", "", ""],
        ["filter", "status", "", "(coalesce(orders.status, 'none')) = 1", ""],
    ]


def test_describe_in_json_has_every_key(room):
    filters = [
        {"dimension": "day", "operator": "between", "value": [1, 2.5, True, None, "x", {"k": 1234567890123456789}]},
        {"dimension": "status", "operator": "is null"},
    ]
    shop(room, label="Sales", tags=["a", "b"], defaults={"default_filters": filters})
    [model] = json.loads(room.duckalog("describe", "catalog.yaml", "--format", "json").out)
    assert model == json.loads(room.duckalog("describe", "catalog.yaml", "sales", "--format", "json").out)
    assert list(model) == [
        "name", "label", "description", "tags", "base_view", "dimensions", "measures", "joins", "defaults",
    ]  # fmt: skip
    assert model["tags"] == ["a", "b"] and model["label"] == "Sales"
    assert model["base_view"] == {"schema": "main", "name": "orders"}
    assert model["dimensions"][0] == {
        "name": "region", "label": None, "description": None, "type": "string", "time_grains": [],
        "expression": "upper(customers.region)",
    }  # fmt: skip
    assert model["measures"][1]["expression"] == "count(*)"
    assert model["joins"][0] == {**JOIN, "to_view": {"schema": "crm", "name": "customers"}}
    assert model["defaults"] == {"time_dimension": None, "primary_measure": None, "default_filters": filters}


def test_describe_of_a_config_without_models(room):
    room.catalog(("v", "SELECT 1"))
    assert room.duckalog("describe", "catalog.yaml").out.count("\n") == 4
    assert json.loads(room.duckalog("describe", "catalog.yaml", "--format", "json").out) == []
    outcome = room.duckalog("describe", "catalog.yaml", "m")
    assert (outcome.code, outcome.out) == (2, "") and 'no semantic model with the name "m"' in outcome.err


def test_describe_takes_table_and_json(room):
    shop(room)
    for arguments in (["--format", "csv"], ["sales", "x"]):
        outcome = room.duckalog("describe", "catalog.yaml", *arguments)
        assert (outcome.code, outcome.out) == (2, "")


# ---- the library ----


class ModelQuery(Structure):
    _fields_ = [
        ("size", c_size_t), ("model", c_char_p), ("measures", POINTER(c_char_p)), ("measure_count", c_size_t),
        ("dimensions", POINTER(c_char_p)), ("dimension_count", c_size_t), ("where", c_char_p), ("catalog", c_char_p),
        ("include_secrets", c_int),
    ]  # fmt: skip


def test_library_makes_the_statement_and_reports_what_is_wrong(sales):
    init = library.declare("duckalog_model_query_init", None, POINTER(ModelQuery))
    model_sql = library.declare(
        "duckalog_model_sql", c_int, c_void_p, POINTER(ModelQuery), POINTER(c_void_p), POINTER(c_void_p)
    )
    config, sql, query = c_void_p(), c_void_p(), ModelQuery()
    assert library.config_load(str(sales / "catalog.yaml").encode(), None, byref(config), None) == library.OK
    init(byref(query))
    query.model = b"sales"
    query.measures, query.measure_count = (c_char_p * 1)(b"orders"), 1
    query.dimensions, query.dimension_count = (c_char_p * 2)(b"region", b"day:year"), 2
    status, found = library.problems_of_call(model_sql, config, byref(query), byref(sql))
    assert status == library.OK
    assert [problem[:2] for problem in found] == [(library.NOTICE, "join-left-out")]
    with library.Catalog(sales / "catalog.yaml", read_only=1) as catalog:
        rows = catalog.query(string_at(sql.value).decode())
    assert rows == [tuple(str(cell) if cell is not None else None for cell in row)
                    for row in answer(sales, "--measures", "orders", "--by", "region,day:year")]  # fmt: skip
    library.string_free(sql)
    query.where = b"orders > 1 AND 'x"
    status, found = library.problems_of_call(model_sql, config, byref(query), byref(sql))
    assert status == library.CONFIG
    assert [problem[:2] for problem in found] == [(library.ERROR, "sql")]
    library.config_free(config)


def test_validate_tells_every_problem_of_models_with_its_place(room):
    shop(room, base_view="order", joins=[{**JOIN, "to_view": "customer", "on_condition": "a = (b"}])
    outcome = room.duckalog("validate", "catalog.yaml")
    assert outcome.code == 2
    lines = outcome.err.splitlines()
    assert len(lines) == 3 and all(line.startswith("catalog.yaml:") for line in lines)
    assert "semantic_models[0].base_view: there is no view" in outcome.err and "did you mean orders?" in outcome.err
    assert "semantic_models[0].joins[0].on_condition: a bracket is not closed" in outcome.err
