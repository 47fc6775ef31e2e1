/*
 * Credentials of object stores: what the user names by options, else what DUCKALOG_FS_… says, else the environment of the
 * store's own tools, else their files; else none, which does for what is public. They become a secret of the throw-away
 * database, for the schemes of its kind, which is the scope that DuckDB gives it.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/azure_credentials.h"
#include "remote/credentials.h"
#include "remote/google_account.h"
#include "remote/google_token.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S3_HINT                                                                                                        \
    "credentials come from --fs-key and --fs-secret, DUCKALOG_FS_KEY and DUCKALOG_FS_SECRET, AWS_ACCESS_KEY_ID and "   \
    "AWS_SECRET_ACCESS_KEY, or the profiles of ~/.aws: docs/remote-credentials.md"
#define R2_HINT                                                                                                        \
    "credentials come from --fs-key and --fs-secret, DUCKALOG_FS_KEY and DUCKALOG_FS_SECRET, or AWS_ACCESS_KEY_ID "    \
    "and AWS_SECRET_ACCESS_KEY: docs/remote-credentials.md"
#define GCS_HINT                                                                                                       \
    "credentials come from --fs-key and --fs-secret, --fs-token, the file of an account (--gcs-credentials-file, "     \
    "GOOGLE_APPLICATION_CREDENTIALS), or gcloud auth application-default login: docs/remote-credentials.md"
#define HF_HINT                                                                                                        \
    "a token comes from --fs-token, DUCKALOG_FS_TOKEN, HF_TOKEN, or what the hf tool keeps: "                          \
    "docs/remote-credentials.md"

static const char *first(const char *a, const char *b)
{
    return a != NULL ? a : b;
}

struct store_given store_given_find(const struct remote_context *context, const struct uri *uri)
{
    static const duckalog_remote_options none;
    struct credentials own = credentials_for(context, uri);
    bool are_for_it = credentials_are_for(context->options, uri->scheme);

    return (struct store_given){
        .options = are_for_it ? context->options : &none,
        .key = own.key,
        .secret = own.secret,
        .token = own.token,
        .is_anonymous = are_for_it && context->options->anonymous != 0,
    };
}

bool store_given_is_half(const struct store_given *given)
{
    return (given->key == NULL) != (given->secret == NULL);
}

/* ---- the statement ---- */

struct form {
    const struct remote_context *context;
    int patience_ms; /* of servers that are asked before DuckDB is */
    struct store_entry *entry;
    struct arena *arena;
    struct text sql;
};

static void begin(struct form *form, const char *type)
{
    form->sql = text_in(form->arena);
    text_format(&form->sql, "CREATE OR REPLACE TEMPORARY SECRET store (TYPE %s", type);
}

/* A value that is NULL is left out. */
static void add(struct form *form, const char *parameter, const char *value)
{
    struct store_entry *entry = form->entry;
    const char *copy = value == NULL ? NULL : arena_string(form->arena, value);

    if (value == NULL)
        return;
    if (copy == NULL || entry->value_count == STORE_MOST_VALUES) {
        form->sql.failed = true;
        return;
    }
    entry->values[entry->value_count++] = copy;
    text_format(&form->sql, ", %s $%zu", parameter, entry->value_count);
}

static bool end(struct form *form)
{
    text_add(&form->sql, ")");
    form->entry->secret = text_string(&form->sql);
    return form->entry->secret != NULL;
}

static bool refuse(struct store_entry *entry, const char *problem, const char *hint)
{
    entry->problem = problem;
    entry->problem_hint = hint;
    return true;
}

static bool refuse_half(struct store_entry *entry)
{
    return refuse(entry, STORE_HALF_PROBLEM, STORE_HALF_HINT);
}

/* ---- S3, and what speaks it ---- */

/* DuckDB takes host and port alone. Servers of one's own have one name, so that buckets are part of the path. */
static void add_endpoint(struct form *form, const char *endpoint)
{
    const char *scheme_end = endpoint == NULL ? NULL : strstr(endpoint, "://");
    const char *host = scheme_end == NULL ? endpoint : scheme_end + strlen("://");

    if (endpoint == NULL)
        return;
    add(form, "ENDPOINT", arena_copy(form->arena, host, strcspn(host, "/")));
    text_format(&form->sql, ", URL_STYLE 'path', USE_SSL %s",
                starts_with_ignoring_case(endpoint, "http://") ? "false" : "true");
}

static const char *aws_endpoint(void)
{
    return first(credentials_variable("AWS_ENDPOINT_URL_S3"), credentials_variable("AWS_ENDPOINT_URL"));
}

static const char *aws_region(void)
{
    return first(credentials_variable("AWS_REGION"), credentials_variable("AWS_DEFAULT_REGION"));
}

static void add_place(struct form *form)
{
    const char *endpoint = aws_endpoint();
    const char *region = aws_region();

    add(form, "REGION", region != NULL || endpoint == NULL ? region : "us-east-1");
    add_endpoint(form, endpoint);
}

static bool is_readable_below_home(struct arena *arena, const char *path)
{
    const char *home = credentials_variable("HOME");
    const char *whole = home == NULL ? NULL : arena_format(arena, "%s/%s", home, path);

    return whole != NULL && access(whole, R_OK) == 0;
}

static bool has_aws_files(struct arena *arena)
{
    const char *credentials = credentials_variable("AWS_SHARED_CREDENTIALS_FILE");
    const char *config = credentials_variable("AWS_CONFIG_FILE");

    return (credentials != NULL ? access(credentials, R_OK) == 0 : is_readable_below_home(arena, ".aws/credentials")) ||
           (config != NULL ? access(config, R_OK) == 0 : is_readable_below_home(arena, ".aws/config"));
}

/* Where the machine has been told whom to ask for its role. */
static bool has_aws_role(void)
{
    return credentials_variable("AWS_WEB_IDENTITY_TOKEN_FILE") != NULL ||
           credentials_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
           credentials_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

/*
 * By the aws extension: files, or the service that the environment names; the metadata service is not looked for. Without
 * VALIDATION it does not find profiles that are in the file of credentials alone.
 */
static bool by_chain(struct form *form, const char *profile, const char *chain)
{
    form->entry->extensions[1] = "aws";
    form->entry->profile = profile == NULL ? NULL : arena_string(form->arena, profile);
    text_add(&form->sql, ", PROVIDER credential_chain, VALIDATION 'none'");
    add(form, "CHAIN", chain);
    add(form, "PROFILE", profile);
    add_place(form);
    return end(form) && (profile == NULL || form->entry->profile != NULL);
}

static bool find_s3(struct form *form, const struct store_given *given)
{
    const char *profile = first(given->options->aws_profile, credentials_variable("AWS_PROFILE"));
    const char *key = credentials_variable("AWS_ACCESS_KEY_ID");
    const char *secret = credentials_variable("AWS_SECRET_ACCESS_KEY");

    begin(form, "s3");
    if (store_given_is_half(given))
        return refuse_half(form->entry);
    if (given->key != NULL) {
        add(form, "KEY_ID", given->key);
        add(form, "SECRET", given->secret);
        add(form, "SESSION_TOKEN", given->token);
    } else if (!given->is_anonymous) {
        if (given->options->aws_profile == NULL && key != NULL && secret != NULL) {
            add(form, "KEY_ID", key);
            add(form, "SECRET", secret);
            add(form, "SESSION_TOKEN", credentials_variable("AWS_SESSION_TOKEN"));
        } else if (profile != NULL || has_aws_files(form->arena))
            return by_chain(form, profile, "config;sso;process");
        else if (has_aws_role())
            return by_chain(form, NULL, NULL);
    }
    add_place(form);
    return end(form);
}

static bool find_r2(struct form *form, const struct store_given *given)
{
    const char *account = credentials_variable("CLOUDFLARE_ACCOUNT_ID");
    bool has_own = given->key != NULL || given->is_anonymous;

    begin(form, "r2");
    if (store_given_is_half(given))
        return refuse_half(form->entry);
    if (account == NULL && aws_endpoint() == NULL)
        return refuse(form->entry, "nothing names the account at Cloudflare",
                      "set CLOUDFLARE_ACCOUNT_ID, or AWS_ENDPOINT_URL_S3 to the address of the account");
    if (!given->is_anonymous) {
        add(form, "KEY_ID", has_own ? given->key : credentials_variable("AWS_ACCESS_KEY_ID"));
        add(form, "SECRET", has_own ? given->secret : credentials_variable("AWS_SECRET_ACCESS_KEY"));
    }
    if (account != NULL) {
        add(form, "ACCOUNT_ID", account);
        add(form, "REGION", "auto");
    } else {
        add(form, "REGION", first(aws_region(), "auto"));
        add_endpoint(form, aws_endpoint());
    }
    return end(form);
}

/* ---- Google ---- */

static bool is_given(const char *option)
{
    return option != NULL && *option != '\0';
}

/*
 * The file of an account to sign in with; NULL: none. A server of one's own gets no token that nobody has named for it: it is
 * not Google's.
 */
static const char *google_file(struct arena *arena, const struct store_given *given, const char *emulator)
{
    const duckalog_remote_options *options = given->options;
    const char *named = credentials_variable("GOOGLE_APPLICATION_CREDENTIALS");

    if (given->is_anonymous)
        return NULL;
    if (is_given(options->gcs_credentials_file) && !is_given(options->key) && !is_given(options->secret) &&
        !is_given(options->token))
        return options->gcs_credentials_file;
    if (given->key != NULL || given->secret != NULL || given->token != NULL)
        return NULL;
    return named != NULL || emulator != NULL ? named : google_account_of_gcloud(arena);
}

/* False: there is no token. */
static bool add_token_of_file(struct form *form, const char *file)
{
    const struct google_token *found =
        google_sign_in(stores_sign_in(form->context->stores), form->context, file, form->patience_ms);
    struct store_entry *entry = form->entry;

    if (found->token != NULL) {
        add(form, "BEARER_TOKEN", found->token);
        return true;
    }
    entry->problem = found->problem == NULL ? NULL : arena_string(form->arena, found->problem);
    entry->problem_hint = found->hint == NULL ? NULL : arena_string(form->arena, found->hint);
    entry->is_transient = found->is_transient;
    entry->tries = found->tries;
    return false;
}

/* As Google's libraries have it, a server without a scheme is one of plain http. NULL: there is none of one's own. */
static const char *google_emulator(struct arena *arena, bool *ret_is_fit)
{
    const char *value = credentials_variable("STORAGE_EMULATOR_HOST");
    const char *whole = value == NULL || strstr(value, "://") != NULL ? value : arena_format(arena, "http://%s", value);
    const char *unused;
    struct uri uri;

    *ret_is_fit = value == NULL || (whole != NULL && uri_parse(arena, whole, &uri, &unused, &unused) &&
                                    (uri.scheme == URI_HTTPS || (uri.scheme == URI_HTTP && uri_is_loopback(&uri))));
    return whole;
}

/* DuckDB signs with HMAC keys, as S3 does, or passes a token on. */
static bool find_gcs(struct form *form, const struct store_given *given)
{
    bool is_fit;
    const char *emulator = google_emulator(form->arena, &is_fit);
    const char *file = google_file(form->arena, given, emulator);

    begin(form, "gcs");
    if (file == NULL && store_given_is_half(given))
        return refuse_half(form->entry);
    if (!is_fit)
        return refuse(form->entry, "STORAGE_EMULATOR_HOST is no address of this machine, and no https:// one",
                      "as in http://127.0.0.1:9000; what is elsewhere is asked by https:// only");
    if (file == NULL && given->key == NULL && given->token == NULL && emulator == NULL)
        return true; /* what is public needs no account */
    if (file != NULL) {
        if (!add_token_of_file(form, file))
            return form->entry->problem != NULL;
    } else if (given->key != NULL) {
        add(form, "KEY_ID", given->key);
        add(form, "SECRET", given->secret);
    } else
        add(form, "BEARER_TOKEN", given->token);
    if (emulator != NULL) {
        add(form, "REGION", "us-east-1"); /* that of such servers unless they are told another one */
        add_endpoint(form, emulator);
    }
    return end(form);
}

/* ---- Azure ---- */

static bool find_azure(struct form *form, const struct store_given *given)
{
    struct azure_credentials found;

    begin(form, "azure");
    if (!azure_credentials_find(form->arena, given, &found))
        return false;
    if (found.problem != NULL)
        return refuse(form->entry, found.problem, found.problem_hint);
    if (found.connection_string == NULL && found.account == NULL)
        return true; /* the URI may name it */
    add(form, "CONNECTION_STRING", found.connection_string);
    if (found.connection_string == NULL)
        add(form, "ACCOUNT_NAME", found.account);
    return end(form);
}

/* ---- Hugging Face ---- */

static bool has_hf_file(struct arena *arena)
{
    const char *home = credentials_variable("HF_HOME");
    const char *path = home == NULL ? NULL : arena_format(arena, "%s/token", home);

    return path != NULL ? access(path, R_OK) == 0 : is_readable_below_home(arena, ".cache/huggingface/token");
}

static bool find_hf(struct form *form, const struct store_given *given)
{
    const char *token = first(given->token, credentials_variable("HF_TOKEN"));

    begin(form, "huggingface");
    if (given->is_anonymous || (token == NULL && !has_hf_file(form->arena)))
        return true;
    if (token == NULL)
        text_add(&form->sql, ", PROVIDER credential_chain");
    add(form, "TOKEN", token);
    return end(form);
}

/* ---- all of them ---- */

static const struct {
    enum uri_scheme scheme;
    const char *extension;
    bool (*find)(struct form *form, const struct store_given *given);
    const char *denied_hint;
} stores[] = {
    { URI_S3, "httpfs", find_s3, S3_HINT },           { URI_R2, "httpfs", find_r2, R2_HINT },
    { URI_GCS, "httpfs", find_gcs, GCS_HINT },        { URI_AZURE, "azure", find_azure, AZURE_HINT },
    { URI_HUGGING_FACE, "httpfs", find_hf, HF_HINT },
};

bool store_entry_find(struct arena *arena, const struct remote_context *context, const struct uri *uri, int patience_ms,
                      struct store_entry *ret_entry)
{
    struct form form = { .context = context, .patience_ms = patience_ms, .entry = ret_entry, .arena = arena };
    struct store_given given = store_given_find(context, uri);

    *ret_entry = (struct store_entry){ .scheme = uri->scheme };
    for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
        if (stores[i].scheme == uri->scheme) {
            ret_entry->extensions[0] = stores[i].extension;
            ret_entry->denied_hint = stores[i].denied_hint;
            return stores[i].find(&form, &given);
        }
    return refuse(ret_entry, "this is no object store", NULL);
}

/*
 * Data Lake's schemes are one to DuckDB, which has the container behind the account: container@account/path elsewhere, as
 * Hadoop writes it.
 */
const char *store_address(struct arena *arena, const struct uri *uri)
{
    bool is_lake = starts_with(uri->word, "abfs") || strcmp(uri->word, "adl") == 0;

    if (uri->user != NULL)
        return arena_format(arena, "%s://%s%s/%s%s", is_lake ? "abfss" : "az", uri->host,
                            strchr(uri->host, '.') != NULL ? ""
                            : is_lake                      ? ".dfs.core.windows.net"
                                                           : ".blob.core.windows.net",
                            uri->user, uri->path);
    return is_lake ? arena_format(arena, "abfss://%s%s", uri->host, uri->path) : arena_string(arena, uri->text);
}
