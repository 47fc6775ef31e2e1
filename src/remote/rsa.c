/*
 * OpenSSL's headers are not used: they rename functions from one version to the next by macros, and what is looked up by its
 * name has to be in 1.1 and in 3 under that name. These are, in this form.
 */

#include "remote/rsa.h"

#include "base/arena.h"
#include "remote/library.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

struct bio;
struct digest;
struct digest_context;
struct key;

static struct {
    struct bio *(*bio_of_memory)(const void *bytes, int length);
    int (*bio_free)(struct bio *bio);
    struct key *(*read_key)(struct bio *from, struct key **into, int (*passphrase)(char *, int, int, void *),
                            void *user);
    void (*key_free)(struct key *key);
    struct digest_context *(*context_create)(void);
    void (*context_free)(struct digest_context *context);
    const struct digest *(*sha256)(void);
    int (*sign_begin)(struct digest_context *context, void **key_context, const struct digest *digest, void *engine,
                      struct key *key);
    int (*sign)(struct digest_context *context, unsigned char *signature, size_t *length, const unsigned char *bytes,
                size_t byte_count);
    void (*forget_errors)(void);
} functions;

static const char *missing; /* why there are none */

static void load_library(void)
{
    static const char *const names[] = { "libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so", NULL };
    static const struct library_function wanted[] = {
        { "BIO_new_mem_buf", &functions.bio_of_memory },
        { "BIO_free", &functions.bio_free },
        { "PEM_read_bio_PrivateKey", &functions.read_key },
        { "EVP_PKEY_free", &functions.key_free },
        { "EVP_MD_CTX_new", &functions.context_create },
        { "EVP_MD_CTX_free", &functions.context_free },
        { "EVP_sha256", &functions.sha256 },
        { "EVP_DigestSignInit", &functions.sign_begin },
        { "EVP_DigestSign", &functions.sign },
        { "ERR_clear_error", &functions.forget_errors },
    };

    switch (library_load(names, wanted, sizeof(wanted) / sizeof(wanted[0]))) {
    case LIBRARY_MISSING:
        missing = "libcrypto.so.3, which signs with the key, is not there";
        return;
    case LIBRARY_LACKS_FUNCTIONS:
        missing = "the libcrypto of this machine, which signs with the key, is older than 1.1.1";
        return;
    case LIBRARY_LOADED:
        return;
    }
}

/* Without one, OpenSSL would ask whoever sits at the terminal. */
/* NOLINTNEXTLINE(readability-non-const-parameter): what it is told to be is OpenSSL's to say */
static int no_passphrase(char *to, int size, int is_writing, void *user)
{
    (void)to;
    (void)size;
    (void)is_writing;
    (void)user;
    return -1;
}

static struct key *read_key(const char *text)
{
    size_t length = strlen(text);
    struct bio *bio = length > INT_MAX ? NULL : functions.bio_of_memory(text, (int)length);
    struct key *key = bio == NULL ? NULL : functions.read_key(bio, NULL, no_passphrase, NULL);

    if (bio != NULL)
        functions.bio_free(bio);
    return key;
}

static bool sign(struct arena *arena, struct digest_context *context, struct key *key, const char *text,
                 struct rsa_signature *ret_signature, const char **ret_problem)
{
    const unsigned char *from = (const unsigned char *)text;
    unsigned char *bytes;

    *ret_problem = "its private key is of a kind that can't sign with SHA-256";
    if (functions.sign_begin(context, NULL, functions.sha256(), NULL, key) != 1 ||
        functions.sign(context, NULL, &ret_signature->length, from, strlen(text)) != 1)
        return false;
    bytes = arena_alloc(arena, ret_signature->length);
    if (bytes != NULL && functions.sign(context, bytes, &ret_signature->length, from, strlen(text)) != 1)
        return false;
    ret_signature->bytes = bytes;
    *ret_problem = NULL;
    return bytes != NULL;
}

bool rsa_sign(struct arena *arena, const char *key, const char *text, struct rsa_signature *ret_signature,
              const char **ret_problem, const char **ret_hint)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct digest_context *context;
    struct key *read;
    bool good = false;

    pthread_once(&once, load_library);
    *ret_signature = (struct rsa_signature){ NULL, 0 };
    *ret_problem = missing;
    *ret_hint = "install OpenSSL's library (Debian: libssl3)";
    if (missing != NULL)
        return false;
    *ret_hint = "get the file of the account anew";
    read = read_key(key);
    context = read == NULL ? NULL : functions.context_create();
    if (read == NULL)
        *ret_problem = "its private key can't be read";
    else if (context != NULL)
        good = sign(arena, context, read, text, ret_signature, ret_problem);
    functions.context_free(context);
    functions.key_free(read);
    /* What failed is told above; the host of this library may use OpenSSL in this thread, too. */
    functions.forget_errors();
    return good;
}
