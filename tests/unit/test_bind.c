/*
 * Which statements read from elsewhere.
 */

#include "engine/bind.h"
#include "given.h"

static void uris_in_quotes_lead_elsewhere(void **state)
{
    static const struct {
        const char *sql;
        bool remote;
    } cases[] = {
        { "SELECT * FROM parquet_scan('s3://lake/a.parquet')", true },
        { "SELECT * FROM \"s3://lake/a.parquet\"", true },
        { "FROM read_csv(['/data/a.csv', 'https://example.org/a.csv'])", true },
        { "FROM $$gcs://lake/a.parquet$$", true },
        { "FROM 'hf://datasets/a/b.csv'", true },
        { "FROM delta_scan('abfss://lake@account/t')", true },
        { "FROM iceberg_scan('S3://lake/t')", true },
        { "FROM 'file:///data/a.parquet', 'az://lake/a.parquet'", true },
        { "FROM 'file:///data/a.parquet'", false },
        { "FROM 'FILE:///data/a.parquet'", false },
        { "FROM '/data/a.parquet'", false },
        { "FROM a -- as in s3://lake/a.parquet", false },
        { "SELECT '://' AS separator, a://b", false },
        { "SELECT 'see https://example.org' AS note", false },
        { "://", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (bind_reads_remote(cases[i].sql) != cases[i].remote)
            fail_msg("%s", cases[i].sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(uris_in_quotes_lead_elsewhere) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
