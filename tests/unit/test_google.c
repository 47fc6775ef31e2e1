/*
 * What a service account says of itself to Google (src/remote/google_token.c, google_account.c, rsa.c, base64.c).
 */
#include "given.h"

#include "base/arena.h"
#include "remote/base64.h"
#include "remote/google_account.h"
#include "remote/google_token.h"
#include "remote/rsa.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* For tests alone, and as short as can be. */
static const char key[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAuURlderFZArasNpB\n"
                          "1PMNQ+GRvqFGfzp41lH0pll2y08TiJ1wJdXCiFtfG54Ktkr60bLdH1BCDMB2f9I0\n"
                          "f3jlJQIDAQABAkBMeq2fpdDiYZCxnQe8DrGVKhLuLMlbUBn970sdOKVPe5tM1gT9\n"
                          "QRB8NDEP+25wdZ4THw9bE62EH+fkiocfr9BBAiEA44BP/b/EuEqpmwD5QxWR79h9\n"
                          "fjM22+dfqLuiZSoMTH0CIQDQebB2924KXIkykX0b2HnFaqw3SrIx25g3YhgLClbj\n"
                          "yQIhAK0KE8215zMl1wuHGhDkfzQnPoyW98sbma8FyOeZq/EhAiAqYYKxPK2/J36w\n"
                          "rAj9/y0KKBxohSPipNy17ZgrrmdpmQIhAJiYQ6C7IlEPbWkPwa4X1+GS0juFdvwu\n"
                          "XwXRCCYiSzyq\n"
                          "-----END PRIVATE KEY-----\n";

static struct arena *arena;
static bool is_without_libcrypto;

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

void *__wrap_dlopen(const char *name, int flags)
{
    return is_without_libcrypto && strstr(name, "libcrypto") != NULL ? NULL : __real_dlopen(name, flags);
}

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

/* It is looked for once in a process: in one of its own, then. */
static void without_libcrypto_nothing_is_signed_and_the_hint_says_what_to_install(void **state)
{
    pid_t child = fork();
    int status = -1;

    (void)state;
    if (child == 0) {
        struct rsa_signature signature;
        const char *problem;
        const char *hint;

        is_without_libcrypto = true;
        _exit(!rsa_sign(arena, key, "text", &signature, &problem, &hint) && strstr(problem, "libcrypto.so.3") != NULL &&
                      strstr(hint, "libssl3") != NULL
                  ? EXIT_SUCCESS
                  : EXIT_FAILURE);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Made with base64 and `openssl dgst -sha256 -sign`. */
static void an_assertion_is_signed_as_openssl_signs_it(void **state)
{
    const struct google_account account = {
        .token_server = "https://t.example/token", .email = "a@b.example", .key = key, .key_id = "c4fe"
    };
    const char *problem;
    const char *hint;

    (void)state;
    assert_string_equal(google_assertion(arena, &account, 1700000000, &problem, &hint),
                        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImM0ZmUifQ.eyJpc3MiOiJhQGIuZXhhbXBsZSIsInNjb"
                        "3BlIjoiaHR0cHM6Ly93d3cuZ29vZ2xlYXBpcy5jb20vYXV0aC9kZXZzdG9yYWdlLnJlYWRfd3JpdGUiLCJhdWQiO"
                        "iJodHRwczovL3QuZXhhbXBsZS90b2tlbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.UaBUVj"
                        "qOJWtSJZ6c9j9Mdbf-9QHdL9GxY7LSaVQNgf95DdLrcVtspUS5_O92ZKwYz5WWHIR5EK0VqTtc2RMGNA");
}

static void what_is_no_key_signs_nothing(void **state)
{
    const struct google_account account = { .token_server = "https://t.example/token", .email = "a", .key = "no key" };
    const char *problem;
    const char *hint;

    (void)state;
    assert_null(google_assertion(arena, &account, 1700000000, &problem, &hint));
    assert_string_equal(problem, "its private key can't be read");
}

static void tokens_have_the_base64_of_urls(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "\xfb\xff\xbe\xff", "-_--_w" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_text(rows[i].text, base64url_encode(arena, rows[i].bytes, strlen(rows[i].bytes)), rows[i].text);
    table_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_libcrypto_nothing_is_signed_and_the_hint_says_what_to_install,
                                        make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(an_assertion_is_signed_as_openssl_signs_it, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(what_is_no_key_signs_nothing, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(tokens_have_the_base64_of_urls, make_arena, drop_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
