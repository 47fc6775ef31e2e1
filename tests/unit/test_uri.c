/*
 * Addresses (src/remote/uri.c): their parts, one spelling for each, and what is refused before anybody is asked
 * (remote.md sections 1 and 3).
 */
#include "given.h"

#include "base/arena.h"
#include "remote/uri.h"

#include <string.h>

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create(ARENA_PLAIN);
    return arena == NULL;
}

static int drop_arena(void **state)
{
    arena_destroy(arena);
    return forget_all(state);
}

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "nothing";
}

static void an_address_is_taken_apart(void **state)
{
    static const struct {
        const char *text;
        enum uri_scheme scheme;
        int port;
        const char *user;
        const char *host;
        const char *path;
        const char *query;
    } rows[] = {
        { "https://data.example.org/a/b.yaml", URI_HTTPS, 0, NULL, "data.example.org", "/a/b.yaml", NULL },
        { "HTTPS://Data.Example.org:443/A/b", URI_HTTPS, 0, NULL, "data.example.org", "/A/b", NULL },
        { "http://h:8080/x?y=1&z=%20#part", URI_HTTP, 8080, NULL, "h", "/x", "y=1&z=%20" },
        { "http://[::1]:80/x", URI_HTTP, 0, NULL, "[::1]", "/x", NULL },
        { "http://[::1]:81", URI_HTTP, 81, NULL, "[::1]", "", NULL },
        { "https://h?q", URI_HTTPS, 0, NULL, "h", "", "q" },
        { "https://h/a@b:c", URI_HTTPS, 0, NULL, "h", "/a@b:c", NULL },
        { "s3://Bucket.Name/key with space/a?b#c", URI_S3, 0, NULL, "Bucket.Name", "/key with space/a?b#c", NULL },
        { "s3a://b/k", URI_S3, 0, NULL, "b", "/k", NULL },
        { "GS://b/k", URI_GCS, 0, NULL, "b", "/k", NULL },
        { "gcs://b/k", URI_GCS, 0, NULL, "b", "/k", NULL },
        { "r2://b/k", URI_R2, 0, NULL, "b", "/k", NULL },
        { "az://c/k", URI_AZURE, 0, NULL, "c", "/k", NULL },
        { "abfss://c@account.dfs.core.windows.net/k", URI_AZURE, 0, "c", "account.dfs.core.windows.net", "/k", NULL },
        { "hf://datasets/o/n/x.yaml", URI_HUGGING_FACE, 0, NULL, "datasets", "/o/n/x.yaml", NULL },
        { "sftp://ada@Host:2222/a/b", URI_SFTP, 2222, "ada", "host", "/a/b", NULL },
        { "ssh://host:22/a", URI_SFTP, 0, NULL, "host", "/a", NULL },
        { "github://Acme/Shops/a.yaml?ref=main", URI_GITHUB, 0, NULL, "Acme", "/Shops/a.yaml", "ref=main" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem = NULL;
        const char *hint = NULL;
        struct uri uri;

        if (!uri_parse(arena, rows[i].text, &uri, &problem, &hint)) {
            check_text(rows[i].text, problem, "");
            continue;
        }
        check_number(rows[i].text, uri.scheme, rows[i].scheme);
        check_text(rows[i].text, or_nothing(uri.user), or_nothing(rows[i].user));
        check_text(rows[i].text, uri.host, rows[i].host);
        check_number(rows[i].text, uri.port, rows[i].port);
        check_text(rows[i].text, uri.path, rows[i].path);
        check_text(rows[i].text, or_nothing(uri.query), or_nothing(rows[i].query));
    }
    table_ends();
}

static void an_address_has_one_spelling(void **state)
{
    static const char *const rows[][2] = {
        { "HTTPS://Data.Example.org:443/A?b#c", "https://data.example.org/A?b" },
        { "http://h:80", "http://h" },
        { "http://h:8080/", "http://h:8080/" },
        { "S3://Bucket/Key", "s3://Bucket/Key" },
        { "sftp://ada@HOST:22/x", "sftp://ada@host/x" },
        { "https://h/%7Ea/~b", "https://h/%7Ea/~b" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem;
        const char *hint;
        struct uri uri;

        assert_true(uri_parse(arena, rows[i][0], &uri, &problem, &hint));
        check_text(rows[i][0], uri.text, rows[i][1]);
    }
    table_ends();
}

#define UNFIT_SERVER "has a character in the name of its server that no name has"
#define UNFIT_NAME "has a character in its first name that no bucket, container or owner has"

static void what_is_wrong_with_an_address_is_told(void **state)
{
    static const char *const rows[][2] = {
        { "ftp://h/x", "begins with a scheme that is not known" },
        { "x", "begins with a scheme that is not known" },
        { "://h/x", "begins with a scheme that is not known" },
        { "https://", "names no server" },
        { "https:///x", "names no server" },
        { "https://:8080/x", "names no server" },
        { "https://h:/x", "has a port that is no number from 1 to 65535" },
        { "https://h:0/x", "has a port that is no number from 1 to 65535" },
        { "https://h:65536/x", "has a port that is no number from 1 to 65535" },
        { "https://h:-1/x", "has a port that is no number from 1 to 65535" },
        { "https://h:8o/x", "has a port that is no number from 1 to 65535" },
        { "https://ada:secret@h/x", "has a password in it" },
        { "sftp://ada:secret@h/x", "has a password in it" },
        { "https://:secret@h/x", "has a password in it" },
        { "https://ada@h/x", "has a user in it" },
        { "s3://key:secret@bucket/x", "has a password in it" },
        { "github://token@acme/x/y", "has a user in it" },
        { "https://h/a b", "has a space or a control character in it" },
        { "https://h/a\r\nHost: x", "has a space or a control character in it" },
        { "s3://b/a\nb", "has a space or a control character in it" },
        { "https://h\t/a", "has a space or a control character in it" },
        { "https://h%2eexample/a", UNFIT_SERVER },
        { "https://h\\evil.example/a", UNFIT_SERVER },
        { "https://[::1/a", UNFIT_SERVER },
        { "https://[::1]x/a", UNFIT_SERVER },
        { "https://[]/a", UNFIT_SERVER },
        { "sftp://ada@h@evil.example/a", UNFIT_SERVER },
        { "s3://b?s3_endpoint=evil.example/x", UNFIT_NAME },
        { "s3://b#c/x", UNFIT_NAME },
        { "s3://b:1/x", UNFIT_NAME },
        { "s3://*/x", UNFIT_NAME },
        { "s3://a b/x", UNFIT_NAME },
        { "az://c@a?x@b/x", UNFIT_NAME },
        { "abfss://c?x@account/x", UNFIT_NAME },
        { "abfss://@account/x", UNFIT_NAME },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem = NULL;
        const char *hint = NULL;
        struct uri uri;

        check_number(rows[i][0], uri_parse(arena, rows[i][0], &uri, &problem, &hint), false);
        check_text(rows[i][0], problem, rows[i][1]);
        if (strchr(rows[i][0], '*') != NULL)
            check_text(rows[i][0], hint, "only what is in it may be a pattern");
    }
    table_ends();
}

static void only_this_machine_is_loopback(void **state)
{
    static const struct {
        const char *text;
        bool is_loopback;
    } rows[] = {
        { "http://127.0.0.1/x", true },
        { "http://127.1.2.3:99/x", true },
        { "http://localhost/x", true },
        { "http://LOCALHOST:1/x", true },
        { "http://a.localhost/x", true },
        { "http://[::1]/x", true },
        { "http://127.0.0.1.example/x", false },
        { "http://localhost.example/x", false },
        { "http://mylocalhost/x", false },
        { "http://10.0.0.1/x", false },
        { "http://[::2]/x", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem;
        const char *hint;
        struct uri uri;

        assert_true(uri_parse(arena, rows[i].text, &uri, &problem, &hint));
        check_number(rows[i].text, uri_is_loopback(&uri), rows[i].is_loopback);
    }
    table_ends();
}

static void credentials_belong_to_scheme_host_and_port(void **state)
{
    static const struct {
        const char *one;
        const char *other;
        bool is_same;
    } rows[] = {
        { "https://h/a", "https://H:443/b?c", true }, { "https://h/a", "http://h/a", false },
        { "https://h/a", "https://h:444/a", false },  { "https://h/a", "https://h.example/a", false },
        { "https://a.h/a", "https://h/a", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *problem;
        const char *hint;
        struct uri one;
        struct uri other;

        assert_true(uri_parse(arena, rows[i].one, &one, &problem, &hint));
        assert_true(uri_parse(arena, rows[i].other, &other, &problem, &hint));
        check_number(rows[i].other, uri_is_same_server(&one, &other), rows[i].is_same);
    }
    table_ends();
}

static void what_means_something_in_a_url_is_escaped(void **state)
{
    (void)state;
    assert_string_equal(uri_escape(arena, "a b/\xc3\xa4?x=1&y#%41+~-._", "/"),
                        "a%20b/%C3%A4%3Fx%3D1%26y%23%2541%2B~-._");
    assert_string_equal(uri_escape(arena, "a/b==", ""), "a%2Fb%3D%3D");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_address_is_taken_apart, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(an_address_has_one_spelling, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_an_address_is_told, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(only_this_machine_is_loopback, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(credentials_belong_to_scheme_host_and_port, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(what_means_something_in_a_url_is_escaped, make_arena, drop_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
