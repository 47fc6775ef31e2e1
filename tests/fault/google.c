/*
 * The files of Google's accounts, with each allocation failing in turn: what is signed is the whole of it or nothing, and no
 * file is blamed for a want of memory.
 */
#include "failing.h"
#include "given.h"

#include "base/arena.h"
#include "remote/google_account.h"
#include "remote/google_token.h"

#include <stdio.h>
#include <string.h>

/* For tests alone, and as short as can be. */
#define KEY                                                                                                            \
    "-----BEGIN PRIVATE KEY-----\\n"                                                                                   \
    "MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAuURlderFZArasNpB\\n"                                              \
    "1PMNQ+GRvqFGfzp41lH0pll2y08TiJ1wJdXCiFtfG54Ktkr60bLdH1BCDMB2f9I0\\n"                                              \
    "f3jlJQIDAQABAkBMeq2fpdDiYZCxnQe8DrGVKhLuLMlbUBn970sdOKVPe5tM1gT9\\n"                                              \
    "QRB8NDEP+25wdZ4THw9bE62EH+fkiocfr9BBAiEA44BP/b/EuEqpmwD5QxWR79h9\\n"                                              \
    "fjM22+dfqLuiZSoMTH0CIQDQebB2924KXIkykX0b2HnFaqw3SrIx25g3YhgLClbj\\n"                                              \
    "yQIhAK0KE8215zMl1wuHGhDkfzQnPoyW98sbma8FyOeZq/EhAiAqYYKxPK2/J36w\\n"                                              \
    "rAj9/y0KKBxohSPipNy17ZgrrmdpmQIhAJiYQ6C7IlEPbWkPwa4X1+GS0juFdvwu\\n"                                              \
    "XwXRCCYiSzyq\\n"                                                                                                  \
    "-----END PRIVATE KEY-----\\n"

static const char *const files[] = {
    "{\"type\": \"service_account\", \"client_email\": \"a@b.example\", \"private_key_id\": \"c4fe\", "
    "\"private_key\": \"" KEY "\", \"token_uri\": \"https://t.example/token\"}",
    "{\"type\": \"service_account\", \"client_email\": \"\\u00e9\", \"private_key\": \"" KEY
    "\", \"token_uri\": \"http://t.example/\"}",
    "{\"type\": \"service_account\", \"client_email\": \"a\", \"private_key\": \"none\"}",
    "{\"type\": \"external_account\"}",
    "{\"type\": }",
};

struct outcome {
    char assertion[2048]; /* "": none */
    char problem[512];    /* "": none, or no memory for it */
};

static struct outcome sign(const char *path)
{
    struct outcome outcome = { "", "" };
    struct arena *arena = arena_create(ARENA_WIPED);
    struct google_account account;
    const char *assertion = NULL;
    const char *problem = NULL;
    const char *hint;

    if (arena != NULL && google_account_read(arena, path, &account, &problem, &hint))
        assertion = google_assertion(arena, &account, 1700000000, &problem, &hint);
    snprintf(outcome.assertion, sizeof(outcome.assertion), "%s", assertion == NULL ? "" : assertion);
    snprintf(outcome.problem, sizeof(outcome.problem), "%s", assertion != NULL || problem == NULL ? "" : problem);
    arena_destroy(arena);
    return outcome;
}

static void every_allocation_of_the_file_of_an_account_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        const char *path = given_file("account.json", files[i]);
        struct outcome whole;
        size_t total;

        failing_begin(ALLOCATIONS, 0);
        whole = sign(path);
        total = failing_end();
        assert_true((*whole.assertion != '\0') != (*whole.problem != '\0'));
        for (size_t n = 1; n <= total; n++) {
            struct outcome now;

            failing_begin(ALLOCATIONS, n);
            now = sign(path);
            failing_end();
            if (*now.assertion != '\0')
                assert_string_equal(now.assertion, whole.assertion);
            else if (*now.problem != '\0' && strcmp(now.problem, whole.problem) != 0 &&
                     strstr(now.problem, "not enough memory") == NULL)
                fail_msg("file %zu, allocation %zu: %s", i, n, now.problem);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_the_file_of_an_account_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
