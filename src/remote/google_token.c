#include "remote/google_token.h"

#include "base/arena.h"
#include "base/json_out.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/document.h"
#include "remote/base64.h"
#include "remote/google_account.h"
#include "remote/http.h"
#include "remote/retry.h"
#include "remote/rsa.h"
#include "remote/transfer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* To read, to write, and to look who else may: nothing outside of Cloud Storage. */
#define SCOPE "https://www.googleapis.com/auth/devstorage.read_write"
#define GRANT_OF_ASSERTION "urn:ietf:params:oauth:grant-type:jwt-bearer"

enum {
    LIFE_S = 3600, /* of an assertion: the most that Google takes */
    LARGEST_ANSWER = 1024 * 1024,
    LONGEST_WORDS = 300, /* bytes of what the server says that are shown */
};

struct google_sign_in {
    pthread_mutex_t lock;
    bool is_done;
    struct arena *arena; /* wiped; NULL before it is asked for */
    struct google_token found;
};

struct google_sign_in *google_sign_in_create(void)
{
    struct google_sign_in *sign_in = calloc(1, sizeof(*sign_in));

    if (sign_in != NULL)
        pthread_mutex_init(&sign_in->lock, NULL);
    return sign_in;
}

void google_sign_in_destroy(struct google_sign_in *sign_in)
{
    if (sign_in == NULL)
        return;
    arena_destroy(sign_in->arena);
    pthread_mutex_destroy(&sign_in->lock);
    free(sign_in);
}

/* ---- what is sent ---- */

static const char *header_of(struct arena *arena, const struct google_account *account)
{
    struct text json = text_in(arena);

    json_begin_object(&json);
    json_put_string(&json, "alg", "RS256");
    json_put_string(&json, "typ", "JWT");
    if (account->key_id != NULL)
        json_put_string(&json, "kid", account->key_id);
    json_end_object(&json);
    return text_string(&json);
}

static const char *claims_of(struct arena *arena, const struct google_account *account, time_t now)
{
    struct text json = text_in(arena);

    json_begin_object(&json);
    json_put_string(&json, "iss", account->email);
    json_put_string(&json, "scope", SCOPE);
    json_put_string(&json, "aud", account->token_server);
    json_put_count(&json, "iat", (unsigned long long)now);
    json_put_count(&json, "exp", (unsigned long long)now + LIFE_S);
    json_end_object(&json);
    return text_string(&json);
}

const char *google_assertion(struct arena *arena, const struct google_account *account, time_t now,
                             const char **ret_problem, const char **ret_hint)
{
    const char *parts[] = { header_of(arena, account), claims_of(arena, account, now) };
    struct rsa_signature signature;
    const char *signed_text;
    const char *last;

    *ret_problem = NULL;
    *ret_hint = NULL;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i] = parts[i] == NULL ? NULL : base64url_encode(arena, parts[i], strlen(parts[i]));
    if (parts[0] == NULL || parts[1] == NULL)
        return NULL;
    signed_text = arena_format(arena, "%s.%s", parts[0], parts[1]);
    if (signed_text == NULL || !rsa_sign(arena, account->key, signed_text, &signature, ret_problem, ret_hint))
        return NULL;
    last = base64url_encode(arena, signature.bytes, signature.length);
    return last == NULL ? NULL : arena_format(arena, "%s.%s", signed_text, last);
}

static void add_field(struct text *form, struct arena *arena, const char *name, const char *value)
{
    const char *escaped = uri_escape(arena, value, "");

    text_format(form, "%s%s=%s", form->length > 0 ? "&" : "", name, escaped == NULL ? "" : escaped);
    form->failed = form->failed || escaped == NULL;
}

struct exchange {
    const struct remote_context *context;
    struct arena *arena;
    const struct google_account *account;
    struct uri server;
    const char *assertion; /* NULL: the account is a user's */
    const char *form;
    int patience_ms;
    const char *token; /* NULL: none came */
};

/* False with the reason, as google_assertion() has them. */
static bool make_form(struct exchange *exchange, const char **ret_problem, const char **ret_hint)
{
    const struct google_account *account = exchange->account;
    struct arena *arena = exchange->arena;
    struct text form = text_in(arena);

    if (account->is_user) {
        add_field(&form, arena, "grant_type", "refresh_token");
        add_field(&form, arena, "client_id", account->client_id);
        add_field(&form, arena, "client_secret", account->client_secret);
        add_field(&form, arena, "refresh_token", account->refresh_token);
    } else {
        exchange->assertion = google_assertion(arena, account, time(NULL), ret_problem, ret_hint);
        if (exchange->assertion == NULL)
            return false;
        add_field(&form, arena, "grant_type", GRANT_OF_ASSERTION);
        add_field(&form, arena, "assertion", exchange->assertion);
    }
    exchange->form = text_string(&form);
    return exchange->form != NULL;
}

/* ---- what comes back ---- */

/* A text of the object that came; NULL: there is none. */
static const char *text_in_answer(struct arena *arena, const struct file_content *content, const char *key)
{
    static const struct source source = { .shown = "the answer" };
    struct duckalog_report *report = report_create();
    const struct node *root =
        report == NULL ? NULL : json_read(arena, &source, content->chars, content->length, report);
    const struct node *node = root == NULL || root->kind != NODE_MAP ? NULL : node_get(root, key);

    duckalog_report_free(report);
    return node == NULL || node->kind != NODE_SCALAR || node->style != SCALAR_QUOTED ? NULL : node->text;
}

static bool is_token(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *text != '\0';
}

static void take_token(struct exchange *exchange, const struct file_content *content, struct remote_answer *ret_answer)
{
    const char *token = text_in_answer(exchange->arena, content, "access_token");

    *ret_answer = (struct remote_answer){ .outcome = REMOTE_DONE };
    if (token != NULL && is_token(token))
        exchange->token = token;
    else
        *ret_answer = (struct remote_answer){ .outcome = REMOTE_REFUSED,
                                              .message = "can't be read: there is none in the answer" };
}

/* What the server says, up to the first line end or other control character, without what it was sent as a secret. */
static const char *masked(const struct exchange *exchange, const char *said)
{
    const struct google_account *account = exchange->account;
    const char *const secrets[] = { exchange->assertion, account->client_secret, account->refresh_token };
    struct redactor *redactor = redactor_create();
    struct text known = text_in(exchange->arena);
    struct text all = text_in(exchange->arena);
    const char *text;
    size_t length = 0;
    bool good = redactor != NULL;

    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]) && good; i++)
        good = secrets[i] == NULL || redactor_learn(redactor, secrets[i]);
    if (good) {
        redact_add(redactor, &known, said);
        good = text_string(&known) != NULL;
    }
    if (good)
        redact_add_without_credentials(&all, text_string(&known));
    redactor_destroy(redactor);
    text = good ? text_string(&all) : NULL;
    while (text != NULL && length < LONGEST_WORDS && (unsigned char)text[length] >= ' ' && text[length] != 0x7F)
        length++;
    return text == NULL ? NULL : arena_copy(exchange->arena, text, utf8_valid_length(text, length));
}

/* The words of OAuth, as in "invalid_grant: Invalid JWT Signature."; NULL: there are none, or no memory. */
static const char *words_of(const struct exchange *exchange, const struct file_content *content)
{
    const char *error = text_in_answer(exchange->arena, content, "error");
    const char *description = text_in_answer(exchange->arena, content, "error_description");
    const char *said = error == NULL || *error == '\0' ? NULL
                       : description == NULL           ? error
                                                       : arena_format(exchange->arena, "%s: %s", error, description);

    return said == NULL ? NULL : masked(exchange, said);
}

static void explain(const struct exchange *exchange, const struct transfer_result *result,
                    struct remote_answer *ret_answer)
{
    const char *words;

    *ret_answer = (struct remote_answer){ .wait_ms = result->wait_ms };
    http_explain(exchange->arena, result->status, "read", ret_answer);
    words = ret_answer->outcome == REMOTE_FAILED || result->status < 400 ? NULL : words_of(exchange, &result->content);
    if (words == NULL)
        return;
    ret_answer->message = arena_format(exchange->arena, "can't be read: the account is refused: %s", words);
    ret_answer->hint = exchange->account->is_user
                           ? "sign in again: gcloud auth application-default login"
                           : "the key may have been deleted, or the clock of this machine be wrong";
}

/* One try. Whatever the answer says about other places, nothing is sent there. */
static void ask(void *user, struct remote_answer *ret_answer)
{
    struct exchange *exchange = user;
    struct transfer_result result;
    const struct transfer transfer = { .context = exchange->context,
                                       .arena = exchange->arena,
                                       .url = exchange->server.text,
                                       .form = exchange->form,
                                       .is_direct = uri_is_loopback(&exchange->server),
                                       .largest = LARGEST_ANSWER,
                                       .patience_ms = exchange->patience_ms };

    if (!transfer_ask(&transfer, &result, ret_answer))
        return;
    if (result.status == 200)
        take_token(exchange, &result.content, ret_answer);
    else
        explain(exchange, &result, ret_answer);
}

/* ---- all of it ---- */

static void sign_in_with(struct exchange *exchange, struct google_token *found)
{
    const char *unused;
    struct remote_answer answer;

    if (!make_form(exchange, &found->problem, &found->hint) ||
        !uri_parse(exchange->arena, exchange->account->token_server, &exchange->server, &unused, &unused))
        return;
    retry(exchange->context, RETRY_MOST_TRIES, ask, exchange, &answer);
    found->token = exchange->token;
    found->tries = answer.tries;
    if (exchange->token != NULL)
        return;
    found->problem = answer.message == NULL ? NULL
                                            : arena_format(exchange->arena, "the access token of %s %s",
                                                           exchange->server.host, answer.message);
    found->hint = answer.hint;
    found->is_transient = answer.outcome == REMOTE_FAILED;
}

static void find(struct google_sign_in *sign_in, const struct remote_context *context, const char *path,
                 int patience_ms)
{
    struct google_account account;
    struct google_token *found = &sign_in->found;
    struct exchange exchange = {
        .context = context, .arena = sign_in->arena, .account = &account, .patience_ms = patience_ms
    };

    if (!google_account_read(sign_in->arena, path, &account, &found->problem, &found->hint))
        return;
    sign_in_with(&exchange, found);
    /* Of the key. What the server says has its name already. */
    if (found->token == NULL && found->problem != NULL && found->tries == 0)
        found->problem = arena_format(sign_in->arena, "%s can't be used: %s", path, found->problem);
}

const struct google_token *google_sign_in(struct google_sign_in *sign_in, const struct remote_context *context,
                                          const char *path, int patience_ms)
{
    pthread_mutex_lock(&sign_in->lock);
    if (!sign_in->is_done) {
        sign_in->is_done = true;
        sign_in->arena = arena_create(ARENA_WIPED);
        if (sign_in->arena != NULL)
            find(sign_in, context, path, patience_ms);
    }
    pthread_mutex_unlock(&sign_in->lock);
    return &sign_in->found;
}
