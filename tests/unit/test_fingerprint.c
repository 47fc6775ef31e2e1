/*
 * Fingerprints of views (src/plan/fingerprint.c): each row is a pair of views in one config, and whether the same
 * statement creates them.
 */
#include "given.h"

#include "base/hash.h"
#include "plan/fingerprint.h"

#include <string.h>

static uint64_t fingerprint_of(const char *view)
{
    return view_fingerprint(&given_config(with_view(view))->root.views.items[0]);
}

static const struct {
    const char *row;
    const char *a;
    const char *b;
    bool same;
} pairs[] = {
    { "the same", "{name: v, sql: SELECT 1}", "{name: v, sql: SELECT 1}", true },
    { "description and tags", "{name: v, sql: SELECT 1}", "{name: v, sql: SELECT 1, description: d, tags: [t]}", true },
    { "case of the name", "{name: v, sql: SELECT 1}", "{name: V, sql: SELECT 1}", true },
    { "main is the schema", "{name: v, sql: SELECT 1}", "{name: v, db_schema: main, sql: SELECT 1}", true },
    { "order of options", "{name: v, source: parquet, uri: a.parquet, options: {x: 1, y: b}}",
      "{name: v, source: parquet, uri: a.parquet, options: {y: b, x: 1}}", true },
    { "name", "{name: v, sql: SELECT 1}", "{name: w, sql: SELECT 1}", false },
    { "schema", "{name: v, sql: SELECT 1}", "{name: v, db_schema: s, sql: SELECT 1}", false },
    { "where the name ends", "{name: bc, db_schema: a, sql: SELECT 1}", "{name: c, db_schema: ab, sql: SELECT 1}",
      false },
    { "one character", "{name: v, sql: SELECT 'a1234567890'}", "{name: v, sql: SELECT 'a1234567891'}", false },
    { "case in a query", "{name: v, sql: SELECT 'a'}", "{name: v, sql: SELECT 'A'}", false },
    { "one at the end", "{name: v, sql: SELECT 1}", "{name: v, sql: SELECT 11}", false },
    { "address", "{name: v, source: parquet, uri: a.parquet}", "{name: v, source: parquet, uri: b.parquet}", false },
    { "source", "{name: v, source: parquet, uri: a}", "{name: v, source: delta, uri: a}", false },
    { "an option", "{name: v, source: parquet, uri: a.parquet}",
      "{name: v, source: parquet, uri: a.parquet, options: {x: 1}}", false },
    { "name of an option", "{name: v, source: parquet, uri: a.parquet, options: {y: 1}}",
      "{name: v, source: parquet, uri: a.parquet, options: {x: 1}}", false },
    { "type of an option", "{name: v, source: parquet, uri: a.parquet, options: {x: \"1\"}}",
      "{name: v, source: parquet, uri: a.parquet, options: {x: 1}}", false },
    { "true and false", "{name: v, source: parquet, uri: a.parquet, options: {x: true}}",
      "{name: v, source: parquet, uri: a.parquet, options: {x: false}}", false },
    { "depth of a list", "{name: v, source: parquet, uri: a.parquet, options: {x: [[a], b]}}",
      "{name: v, source: parquet, uri: a.parquet, options: {x: [[a, b]]}}", false },
};

static void views_have_one_fingerprint_when_one_statement_creates_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        check_true(pairs[i].row, (fingerprint_of(pairs[i].a) == fingerprint_of(pairs[i].b)) == pairs[i].same);
    table_ends();
}

/* Catalogs hold them, so a later version has to make the same ones. */
static void hashes_stay_as_they_are(void **state)
{
    (void)state;
    assert_true(hash_string(HASH_START, "duckalog") == UINT64_C(0x900a3121f6664bcc));
    assert_true(hash_name(HASH_START, "Main") == hash_name(HASH_START, "mAIN"));
    assert_true(hash_string(HASH_START, NULL) != hash_string(HASH_START, ""));
    assert_true(fingerprint_of("{name: v, sql: SELECT 1}") == UINT64_C(0xebc1c29fd7b2d681));
}

static void each_change_of_a_byte_changes_the_hash(void **state)
{
    char text[] = "SELECT region, sum(amount) FROM orders WHERE day = '2024-01-01' GROUP BY ALL";
    uint64_t hash = hash_string(HASH_START, text);

    (void)state;
    for (size_t i = 0; i < strlen(text); i++) {
        char kept = text[i];

        for (int c = 1; c < 128; c++) {
            text[i] = (char)c;
            assert_true((hash_string(HASH_START, text) == hash) == (c == kept));
        }
        text[i] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_have_one_fingerprint_when_one_statement_creates_them),
        cmocka_unit_test(hashes_stay_as_they_are),
        cmocka_unit_test(each_change_of_a_byte_changes_the_hash),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
