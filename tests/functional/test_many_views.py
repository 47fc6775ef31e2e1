"""
Many views at once: they are read in batches and made with one thread, and nobody can tell.
"""

import re

import pytest

MANY = 150  # more than a batch has, and enough for one thread


def many(count=MANY):
    return [(f"v{n}", f"SELECT {n} AS n -- a comment at the end") for n in range(count)]


def test_views_made_together_are_stored_like_views_made_one_by_one(room):
    views = [
        ("plain", "SELECT 1 AS one"),
        ("spaced", "\n\n  SELECT 1 AS one,\n    'a;b' AS text  \n\n"),
        ("commented", "SELECT 1 AS one /* why */ -- and so on"),
        ("reading", "SELECT * FROM plain JOIN spaced USING (one)"),
        ("named", 'SELECT 1 AS "ä ö"'),
    ]
    room.catalog(*views)
    room.run()
    room.catalog(*views, database="single.duckdb", name="single.yaml")
    for count in range(1, len(views) + 1):
        room.catalog(*views[:count], database="single.duckdb", name="single.yaml")
        assert room.duckalog("run", "single.yaml").code == 0
    together, alone = ({key: sql.replace("single.", "catalog.") for key, sql in room.views_in(name).items()}
                       for name in ("catalog.duckdb", "single.duckdb"))  # fmt: skip
    assert together == alone
    assert len(together) == len(views)


def test_the_users_threads_are_back_after_many_views(room):
    room.catalog(*many(), duckdb={"settings": ["SET threads = 3"]})
    for created in (MANY, 0):
        outcome = room.duckalog("run", "catalog.yaml", "--query", "SELECT current_setting('threads') AS t")
        assert outcome.code == 0, outcome.err
        assert "| 3 |" in outcome.out, (created, outcome.out)
    assert len(room.views_in()) == MANY


# What would be one more statement, or one less, if views were told apart by counting statements alone.
SMUGGLED = {
    "two statements": ["SELECT 1; CREATE TABLE stolen (i integer)"],
    "a statement behind a comment": ["SELECT 1 --\n; CREATE TABLE stolen (i integer)"],
    "one too many, and one swallowed by a comment": ["SELECT 1; CREATE TABLE stolen (i integer) /*", "*/"],
    "one too many, and one swallowed by a string": ["SELECT 1; SELECT '", "' AS text"],
    "one swallowed by a comment": ["SELECT 1 /*", "*/ UNION SELECT 2"],
    "one swallowed by a string": ["SELECT 'a", "b'"],
    "one swallowed by dollars": ["SELECT $$a", "b$$"],
}


@pytest.mark.parametrize("bodies", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_no_statement_slips_through_among_many(room, bodies):
    middle = [(f"odd{n}", body) for n, body in enumerate(bodies)]
    room.catalog(*many(20), *middle, *[(f"w{n}", "SELECT 1") for n in range(20)])
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code in (2, 3), outcome.err  # the config's own check, or else DuckDB's parser
    assert "odd0" in outcome.err or "views[20].sql" in outcome.err
    assert "v1" not in outcome.err and "w1" not in outcome.err
    assert not (room / "catalog.duckdb").exists()


def test_a_semicolon_within_a_view_among_many_is_just_text(room):
    bodies = ["SELECT 'a;b' AS text", 'SELECT 1 AS ";"', "SELECT $$;$$ AS text", "SELECT 1 /* ; */", "SELECT 1 -- ;"]
    room.catalog(*many(20), *[(f"odd{n}", body) for n, body in enumerate(bodies)], *[("last", "SELECT 7 AS n")])
    room.run()
    assert len(room.views_in()) == 20 + len(bodies) + 1
    assert room.rows("SELECT n FROM last") == [(7,)]


def test_an_error_among_many_has_its_own_place_and_excerpt(room):
    views = many()
    views[70] = ("wrong", "SELECT 1 AS one,\n       nonsense AS two")
    room.catalog(*views)
    outcome = room.duckalog("run", "catalog.yaml")
    room.catalog(views[70], name="alone.yaml", database="alone.duckdb")
    alone = room.duckalog("run", "alone.yaml")
    assert outcome.code == alone.code == 3
    assert "nonsense" in outcome.err

    def told(text):
        """Without the place in the file, which is another one."""
        return re.sub(r"\(\w+\.yaml:\d+:", "(", text)

    assert told(outcome.err) == told(alone.err)


def test_of_many_failures_each_is_told(room):
    views = many()
    for n in (3, 64, 149):
        views[n] = (f"wrong{n}", f"SELECT * FROM missing{n}")
    room.catalog(*views)
    outcome = room.duckalog("run", "catalog.yaml")
    assert outcome.code == 3
    for n in (3, 64, 149):
        assert f"wrong{n}" in outcome.err and f"missing{n}" in outcome.err
    assert not (room / "catalog.duckdb").exists()
