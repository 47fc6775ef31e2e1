/*
 * What CREATE SECRET takes (src/config/secret_types.c): the form for each type and provider, and connection strings in
 * libpq's two forms taken apart.
 */
#include "given.h"

#include "base/arena.h"
#include "config/secret_types.h"

#include <string.h>

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create(ARENA_WIPED);
    return arena == NULL;
}

static int drop_arena(void **state)
{
    arena_destroy(arena);
    return forget_all(state);
}

static const struct secret *secret_of(const char *yaml)
{
    return &given_config(with_secret(yaml))->root.duckdb->secrets.items[0];
}

/* ---- forms ---- */

static void form_is_chosen_by_type_provider_and_keys(void **state)
{
    static const struct {
        const char *secret, *type, *provider, *first;
    } rows[] = {
        { "{type: s3, key_id: k, secret: s}", "S3", "", "KEY_ID" },
        { "{type: s3, provider: credential_chain}", "S3", "credential_chain", "KEY_ID" },
        { "{type: gcs, key_id: k, secret: s}", "GCS", "", "KEY_ID" },
        { "{type: gcs, provider: credential_chain}", "GCS", "credential_chain", "KEY_ID" },
        { "{type: azure, connection_string: c}", "AZURE", "", "CONNECTION_STRING" },
        { "{type: azure, connection_string: c, tenant_id: t, client_id: i, client_secret: s}", "AZURE", "",
          "CONNECTION_STRING" },
        { "{type: azure, tenant_id: t, client_id: i, client_secret: s}", "AZURE", "service_principal", "TENANT_ID" },
        { "{type: azure, provider: credential_chain}", "AZURE", "credential_chain", "ACCOUNT_NAME" },
        { "{type: http, bearer_token: b}", "HTTP", "", "BEARER_TOKEN" },
        { "{type: postgres, host: h, database: d, user: u, password: p}", "POSTGRES", "", "HOST" },
        { "{type: mysql, host: h, database: d, user: u, password: p}", "MYSQL", "", "HOST" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct secret_form *form = secret_form(secret_of(rows[i].secret));

        assert_non_null(form);
        check_text(rows[i].secret, form->type_word, rows[i].type);
        check_text(rows[i].secret, form->provider_word != NULL ? form->provider_word : "", rows[i].provider);
        check_text(rows[i].secret, form->parameters[0].parameter, rows[i].first);
    }
    table_ends();
}

static void value_that_is_absent_or_empty_is_none(void **state)
{
    const struct secret *secret =
        secret_of("{type: postgres, host: h, port: 5432, database: d, user: u, password: p, region: ''}");

    (void)state;
    assert_string_equal(secret_value(arena, secret, "host"), "h");
    assert_string_equal(secret_value(arena, secret, "port"), "5432");
    assert_null(secret_value(arena, secret, "region"));
    assert_null(secret_value(arena, secret, "key_id"));
    assert_null(secret_value(arena, secret_of("{type: s3, key_id: k, secret: s, port: 0}"), "port"));
}

static void keys_that_are_never_shown_are_known(void **state)
{
    (void)state;
    assert_true(secret_key_is_secret("password"));
    assert_true(secret_key_is_secret("secret"));
    assert_true(secret_key_is_secret("client_secret"));
    assert_false(secret_key_is_secret("host"));
    assert_false(secret_key_is_secret("region"));
}

static void name_is_folded_to_lower_case_or_the_type(void **state)
{
    (void)state;
    assert_string_equal(secret_of("{type: s3, key_id: k, secret: s}")->name, "s3");
    assert_string_equal(secret_of("{type: s3, name: ' Prod-S3 ', key_id: k, secret: s}")->name, "prod-s3");
}

/* ---- connection strings ---- */

static const char *part(const char *value)
{
    return value == NULL ? "-" : value;
}

/* "host port database user password", - for what is absent; or "refused". */
static const char *split(struct secret secret)
{
    const char *problem = secret_split_connection_string(arena, &secret);

    if (problem != NULL)
        return "refused";
    return made_of("%s %lld %s %s %s", part(secret.host), (long long)secret.port, part(secret.database),
                   part(secret.user), part(secret.password));
}

static void connection_strings_are_taken_apart(void **state)
{
    static const char *const rows[][2] = {
        /* pairs */
        { "host=h port=5432 dbname=d user=u password=p", "h 5432 d u p" },
        { "  host = h\tport = 1\n", "h 1 - - -" },
        { "host=h;port=3306;db=d;user=u;passwd=p;", "h 3306 d u p" },
        { "HOST=h DBName=d", "h 0 d - -" },
        { "hostaddr=127.0.0.1", "127.0.0.1 0 - - -" },
        { "database=d", "- 0 d - -" },
        { "password=''", "- 0 - - " },
        { "password='a b'", "- 0 - - a b" },
        { "password='it\\'s'", "- 0 - - it's" },
        { "password='a\\\\b' user=u", "- 0 - u a\\b" },
        { "password=a\\ b user=u", "- 0 - u a b" },
        { "password=a\\'b", "- 0 - - a'b" },
        { "password=a=b", "- 0 - - a=b" },
        { "password='x;y=z' host=h", "h 0 - - x;y=z" },
        { "user='http://x' host=h", "h 0 - http://x -" },
        { "host=/var/run/postgresql", "/var/run/postgresql 0 - - -" },
        { "", "- 0 - - -" },
        /* URIs */
        { "postgresql://u:p@h:5432/d", "h 5432 d u p" },
        { "postgres://h", "h 0 - - -" },
        { "postgresql://", "- 0 - - -" },
        { "postgresql:///d", "- 0 d - -" },
        { "postgresql://h/", "h 0 - - -" },
        { "postgresql://u@h", "h 0 - u -" },
        { "postgresql://u:@h", "h 0 - u " },
        { "postgresql://:p@h", "h 0 -  p" },
        { "mysql://root:pw@h:3306/d", "h 3306 d root pw" },
        { "postgresql://u%40x:p%3A%2F%40@h%2e/d%20e", "h. 0 d e u@x p:/@" },
        { "postgresql://u:a:b@h", "h 0 - u a:b" },
        { "postgresql://[::1]:5432/d", "::1 5432 d - -" },
        { "postgresql://[2001:db8::1]/d", "2001:db8::1 0 d - -" },
        { "postgresql://u:p@[::1]", "::1 0 - u p" },
        { "postgresql://h?user=u&password=p%20q", "h 0 - u p q" },
        { "postgresql:///d?host=/run&port=5433", "/run 5433 d - -" },
        { "postgresql://%2Frun/d", "/run 0 d - -" },
        { "postgresql://h:65535", "h 65535 - - -" },
        { "postgresql://h:1", "h 1 - - -" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i][0], split((struct secret){ .connection_string = rows[i][0] }), rows[i][1]);
    table_ends();
}

static void connection_strings_that_are_none_are_refused(void **state)
{
    static const char *const rows[] = {
        "text",
        "host",
        "host=h text",
        "=x",
        "password='open",
        "password='a\\'",
        "port=0",
        "port=65536",
        "port=-1",
        "port=x",
        "port=",
        "port=54x",
        "port=99999999999999999999",
        "sslmode=require",
        "unknown=1",
        "postgresql://h:0",
        "postgresql://h:65536",
        "postgresql://h:x",
        "postgresql://h:5432x",
        "postgresql://h:-5",
        "postgresql://h?sslmode=require",
        "postgresql://h?port=x",
        "postgresql://h?text",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i], split((struct secret){ .connection_string = rows[i] }), "refused");
    table_ends();
}

/* libpq refuses each of these; half of a password would be worse. */
static void malformed_uris_are_refused(void **state)
{
    static const char *const rows[] = {
        "postgresql://u:a%00b@h", /* a NUL ends the password too early */
        "postgresql://u:a%zz@h",  "postgresql://u:a%4@h", "postgresql://[::1/d", "postgresql://[::1]x/d",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i], split((struct secret){ .connection_string = rows[i] }), "refused");
    table_ends();
}

static void keys_that_are_set_by_themselves_win(void **state)
{
    (void)state;
    assert_string_equal(split((struct secret){ .connection_string = "postgresql://u:p@h:5432/d",
                                               .host = "other",
                                               .port = 1,
                                               .user = "",
                                               .password = "mine" }),
                        "other 1 d u mine");
}

static void problem_of_a_connection_string_tells_nothing_of_it(void **state)
{
    static const char *const rows[] = { "qqq", "host=qqq port=qqq", "qqq=1", "password='qqq", "x://qqq:qqq" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret secret = { .connection_string = rows[i] };
        const char *problem = secret_split_connection_string(arena, &secret);

        assert_non_null(problem);
        assert_null(strstr(problem, "qqq"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_is_chosen_by_type_provider_and_keys),
        cmocka_unit_test(value_that_is_absent_or_empty_is_none),
        cmocka_unit_test(keys_that_are_never_shown_are_known),
        cmocka_unit_test(name_is_folded_to_lower_case_or_the_type),
        cmocka_unit_test(connection_strings_are_taken_apart),
        cmocka_unit_test(connection_strings_that_are_none_are_refused),
        cmocka_unit_test(malformed_uris_are_refused),
        cmocka_unit_test(keys_that_are_set_by_themselves_win),
        cmocka_unit_test(problem_of_a_connection_string_tells_nothing_of_it),
    };

    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
