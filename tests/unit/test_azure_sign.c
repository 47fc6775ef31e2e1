/*
 * Requests to Azure's blobs (src/remote/azure_sign.c, hmac.c, base64.c): what is signed, and the signature.
 */
#include "given.h"

#include "base/arena.h"
#include "remote/azure_sign.h"
#include "remote/base64.h"
#include "remote/hmac.h"

#include <stdio.h>
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

/* The test cases 1 and 2 of RFC 2202: how ssh hides the names of hosts. */
static void hashes_of_sha_1_are_those_of_rfc_2202(void **state)
{
    static const unsigned char first_key[20] = { 11, 11, 11, 11, 11, 11, 11, 11, 11, 11,
                                                 11, 11, 11, 11, 11, 11, 11, 11, 11, 11 };
    const struct {
        const void *key;
        size_t length;
        const char *text;
        const char *hash;
    } rows[] = {
        { first_key, sizeof(first_key), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
        { "Jefe", 4, "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char hash[HMAC_SHA1_LENGTH];
        char hex[HMAC_SHA1_LENGTH * 2 + 1];

        hmac_sha1(rows[i].key, rows[i].length, rows[i].text, strlen(rows[i].text), hash);
        for (size_t j = 0; j < sizeof(hash); j++)
            snprintf(hex + 2 * j, 3, "%02x", hash[j]);
        check_text(rows[i].text, hex, rows[i].hash);
    }
    table_ends();
}

/* The test cases 1 to 4, 6 and 7 of RFC 4231. */
static void signatures_are_those_of_rfc_4231(void **state)
{
    static const struct { /* NOLINT(clang-analyzer-optin.performance.Padding): rows are written in this order */
        const char *key;
        char key_byte; /* so many of them in place of the key */
        size_t key_length;
        const char *text;
        char text_byte;
        size_t length;
        const char *signature;
    } rows[] = {
        { NULL, '\x0b', 20, "Hi There", 0, 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { "Jefe", 0, 4, "what do ya want for nothing?", 0, 28,
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { NULL, '\xaa', 20, NULL, '\xdd', 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19", 0, 25,
          NULL, '\xcd', 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
        { NULL, '\xaa', 131, "Test Using Larger Than Block-Size Key - Hash Key First", 0, 54,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { NULL, '\xaa', 131,
          "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
          "hashed before being used by the HMAC algorithm.",
          0, 152, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char signature[HMAC_LENGTH];
        char hex[HMAC_LENGTH * 2 + 1];
        char key[200];
        char text[200];

        memset(key, rows[i].key_byte, sizeof(key));
        memset(text, rows[i].text_byte, sizeof(text));
        hmac_sha256(rows[i].key != NULL ? rows[i].key : key, rows[i].key_length,
                    rows[i].text != NULL ? rows[i].text : text, rows[i].length, signature);
        for (size_t j = 0; j < HMAC_LENGTH; j++)
            snprintf(hex + 2 * j, 3, "%02x", signature[j]);
        check_text(rows[i].signature, hex, rows[i].signature);
    }
    table_ends();
}

static const struct azure_pair OWN[] = {
    { "x-ms-blob-type", "BlockBlob" },
    { "x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT" },
    { "x-ms-version", "2021-12-02" },
    { NULL, NULL },
};
static const struct azure_pair QUERY[] = { { "blockid", "AA==" }, { "comp", "block" }, { NULL, NULL } };

static struct azure_request a_request(void)
{
    return (struct azure_request){ .method = "PUT",
                                   .path = "/acme/lake/a%20b.db",
                                   .query = QUERY,
                                   .own = OWN,
                                   .length = 11,
                                   .md5 = "XrY7u+Ae7tCTyyK7j1rNww==",
                                   .type = "application/octet-stream",
                                   .if_match = "\"0x8D\"" };
}

/* Twelve lines, those of headers that are not there empty, the headers of Azure's own, the account, path and query. */
static void a_request_is_signed_line_by_line(void **state)
{
    struct azure_request request = a_request();

    (void)state;
    assert_string_equal(azure_canonical(arena, "acme", &request), "PUT\n"
                                                                  "\n"
                                                                  "\n"
                                                                  "11\n"
                                                                  "XrY7u+Ae7tCTyyK7j1rNww==\n"
                                                                  "application/octet-stream\n"
                                                                  "\n"
                                                                  "\n"
                                                                  "\"0x8D\"\n"
                                                                  "\n"
                                                                  "\n"
                                                                  "\n"
                                                                  "x-ms-blob-type:BlockBlob\n"
                                                                  "x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
                                                                  "x-ms-version:2021-12-02\n"
                                                                  "/acme/acme/lake/a%20b.db\n"
                                                                  "blockid:AA==\n"
                                                                  "comp:block");
    /* The key is that of base64 here, and `openssl dgst -sha256 -mac hmac` signs the text above so. */
    assert_string_equal(azure_authorization(arena, "acme", "YSBrZXkgb2YgdGhlIGFjY291bnQsIGluIGJhc2U2ND8=", &request),
                        "Authorization: SharedKey acme:Q1G88/fTlEgwEKgxT840y29TbPD5uTJe6ullTcFCW7A=");
}

static void no_content_has_no_length(void **state)
{
    struct azure_request request = a_request();

    (void)state;
    request.length = 0;
    request.query = NULL;
    assert_memory_equal(azure_canonical(arena, "acme", &request), "PUT\n\n\n\nXrY7", 11);
    assert_null(strstr(azure_canonical(arena, "acme", &request), "comp:"));
}

static void a_key_that_is_no_base64_signs_nothing(void **state)
{
    static const char *const keys[] = { "abc", "a=bc", "ab=c", "a===", "ab c", "ab*=", "=", "====" };
    struct azure_request request = a_request();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        check_number(keys[i], azure_authorization(arena, "acme", keys[i], &request) != NULL, false);
    table_ends();
}

static void base64_goes_there_and_back(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xbe", "+/++" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length;
        const char *back;

        check_text(rows[i].text, base64_encode(arena, rows[i].bytes, strlen(rows[i].bytes)), rows[i].text);
        back = (const char *)base64_decode(arena, rows[i].text, &length);
        check_number(rows[i].text, (long long)length, (long long)strlen(rows[i].bytes));
        check_text(rows[i].text, back, rows[i].bytes);
    }
    table_ends();
}

static void dates_are_in_english(void **state)
{
    (void)state;
    assert_string_equal(azure_date(arena, 784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_string_equal(azure_date(arena, 951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_sha_1_are_those_of_rfc_2202),
        cmocka_unit_test_setup_teardown(signatures_are_those_of_rfc_4231, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(a_request_is_signed_line_by_line, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(no_content_has_no_length, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(a_key_that_is_no_base64_signs_nothing, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(base64_goes_there_and_back, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(dates_are_in_english, make_arena, drop_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
