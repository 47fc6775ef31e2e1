/*
 * The database of the stores: opened in memory when a store is first asked for, with the extensions and the secret of each
 * kind of store once one of its kind is. Nothing of the user's own DuckDB is in it but the extensions.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "remote/google_token.h"

#include <stdlib.h>
#include <string.h>

struct stores {
    char *extension_directory; /* NULL: DuckDB's own */
    struct google_sign_in *sign_in;
    pthread_mutex_t lock;
    size_t holders;
    duckdb_database database; /* NULL: not yet */
    bool is_let_in[URI_GITHUB + 1];
};

#define EXTENSION_HINT                                                                                                 \
    "DuckDB could not fetch the extension; without a network, put it into the extension directory "                    \
    "(--extension-directory)"

struct stores *stores_create(const struct remote_settings *settings)
{
    struct stores *stores = calloc(1, sizeof(*stores));
    const char *folder = settings->extension_directory;

    if (stores == NULL)
        return NULL;
    stores->sign_in = google_sign_in_create();
    if (folder == NULL)
        folder = getenv("DUCKALOG_EXTENSION_DIRECTORY");
    if (folder != NULL && *folder == '\0')
        folder = NULL;
    if (folder != NULL)
        stores->extension_directory = strdup(folder);
    if (stores->sign_in == NULL || (folder != NULL && stores->extension_directory == NULL)) {
        google_sign_in_destroy(stores->sign_in);
        free(stores->extension_directory);
        free(stores);
        return NULL;
    }
    pthread_mutex_init(&stores->lock, NULL);
    stores->holders = 1;
    return stores;
}

void stores_hold(struct stores *stores)
{
    pthread_mutex_lock(&stores->lock);
    stores->holders++;
    pthread_mutex_unlock(&stores->lock);
}

/* The last one closes the database: that may be the thread of a call that was given up. */
void stores_release(struct stores *stores)
{
    bool is_last;

    pthread_mutex_lock(&stores->lock);
    is_last = --stores->holders == 0;
    pthread_mutex_unlock(&stores->lock);
    if (!is_last)
        return;
    if (stores->database != NULL)
        duckdb_close(&stores->database);
    pthread_mutex_destroy(&stores->lock);
    google_sign_in_destroy(stores->sign_in);
    free(stores->extension_directory);
    free(stores);
}

void stores_destroy(struct stores *stores)
{
    if (stores != NULL)
        stores_release(stores);
}

struct google_sign_in *stores_sign_in(struct stores *stores)
{
    return stores->sign_in;
}

static void refuse(struct store_call *call, const char *reason, const char *hint)
{
    call->answer = (struct remote_answer){
        .outcome = REMOTE_REFUSED,
        .message = store_message(call->arena, call->action, reason),
        .hint = hint,
    };
}

/* ---- opening ---- */

/* Persistent secrets are the user's, for other uses; and no extension comes along by itself. */
static bool configure(const struct stores *stores, duckdb_config config)
{
    static const char *const settings[] = { "allow_persistent_secrets", "autoinstall_known_extensions",
                                            "autoload_known_extensions" };

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (duckdb_set_config(config, settings[i], "false") != DuckDBSuccess)
            return false;
    return stores->extension_directory == NULL ||
           duckdb_set_config(config, "extension_directory", stores->extension_directory) == DuckDBSuccess;
}

static bool open_database(struct stores *stores, struct store_call *call)
{
    const char *problem = "DuckDB can't be started";
    duckdb_config config = NULL;
    char *message = NULL;

    if (!duckdb_load(&problem)) {
        refuse(call, problem, NULL);
        return false;
    }
    if (duckdb_create_config(&config) != DuckDBSuccess)
        return false;
    if (!configure(stores, config) ||
        duckdb_open_ext(":memory:", &stores->database, config, &message) != DuckDBSuccess) {
        stores->database = NULL;
        refuse(call, message != NULL ? message : problem, NULL);
    }
    duckdb_free(message);
    duckdb_destroy_config(&config);
    return stores->database != NULL;
}

/* Loading comes first: where the extension is there, nothing asks the network. */
static bool load_extension(struct store_call *call, duckdb_connection connection, const char *name)
{
    const char *load = arena_format(call->arena, "LOAD %s", name);
    const char *install = arena_format(call->arena, "INSTALL %s", name);
    struct text problem = text_on_heap();
    struct text again = text_on_heap();
    bool good = load != NULL && install != NULL &&
                (store_query(connection, load, NULL, 0, NULL, &problem) ||
                 (store_query(connection, install, NULL, 0, NULL, &again) &&
                  store_query(connection, load, NULL, 0, NULL, &again)));

    if (!good) {
        const char *said = text_string(again.length > 0 ? &again : &problem);
        struct text reason = text_in(call->arena);

        text_format(&reason, "DuckDB's extension %s is not there: ", name);
        text_add_length(&reason, said == NULL ? "" : said, said == NULL ? 0 : strcspn(said, "\n"));
        refuse(call, text_string(&reason), EXTENSION_HINT);
    }
    text_free(&again);
    text_free(&problem);
    return good;
}

/* A chain of providers that finds nothing makes a secret without a key all the same: that lets in to what is public. */
static bool secret_has_key(struct store_call *call, duckdb_connection connection)
{
    return store_query_text(call->arena, connection,
                            "SELECT name FROM duckdb_secrets() WHERE contains(secret_string, ';key_id=')",
                            NULL) != NULL;
}

/*
 * The httpfs extension has taken the variables of AWS for its settings, which count for whatever a secret does not say: for
 * requests without credentials, and for those to Google.
 */
static bool forget_environment(struct store_call *call, duckdb_connection connection)
{
    static const char *const statements[] = {
        "SET GLOBAL s3_access_key_id = ''",
        "SET GLOBAL s3_secret_access_key = ''",
        "SET GLOBAL s3_session_token = ''",
        "SET GLOBAL s3_region = ''",
    };
    struct text problem = text_on_heap();
    bool good = true;

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && good; i++)
        good = store_query(connection, statements[i], NULL, 0, NULL, &problem);
    if (!good)
        store_call_fail(call, text_string(&problem));
    text_free(&problem);
    return good;
}

static bool let_in(struct store_call *call, duckdb_connection connection)
{
    const struct store_entry *entry = &call->entry;
    struct text problem = text_on_heap();
    struct text ignored = text_on_heap();
    bool good = true;

    for (size_t i = 0; entry->extensions[i] != NULL && good; i++)
        good = load_extension(call, connection, entry->extensions[i]);
    if (good && entry->scheme != URI_AZURE)
        good = forget_environment(call, connection);
    /* Where there is such a log, it has the ETags, which DuckDB itself does not tell. */
    if (good)
        store_query(connection, "CALL enable_logging('HTTP')", NULL, 0, NULL, &ignored);
    if (good && entry->secret != NULL) {
        good = store_query(connection, entry->secret, entry->values, entry->value_count, NULL, &problem);
        if (!good)
            refuse(call, "DuckDB does not take the credentials; its message is withheld, as it may hold a secret value",
                   entry->denied_hint);
        else if (entry->profile != NULL && !secret_has_key(call, connection)) {
            refuse(call, arena_format(call->arena, "the AWS profile '%s' has no credentials", entry->profile),
                   entry->denied_hint);
            good = false;
        }
    }
    text_free(&ignored);
    text_free(&problem);
    return good;
}

/* ---- connections ---- */

/*
 * Of the connection alone. In an address that is no pattern `*` and `?` are letters of a name; without the mode DuckDB
 * would take `?s3_endpoint=…` for a setting, and send the signed request wherever a document wants it to.
 */
static bool set_limits(struct store_call *call, duckdb_connection connection)
{
    const int seconds = call->patience_ms <= 1000 ? 1 : (call->patience_ms + 999) / 1000;
    const char *statements[] = {
        arena_format(call->arena, "SET SESSION http_timeout = %d", seconds),
        arena_format(call->arena, "SET SESSION http_retries = %d", call->retries),
        call->action == STORE_LIST ? "SET SESSION s3_url_compatibility_mode = false"
                                   : "SET SESSION s3_url_compatibility_mode = true",
    };
    struct text problem = text_on_heap();
    bool good = true;

    /* The azure extension has none of them. */
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && good && call->entry.scheme != URI_AZURE; i++)
        good = statements[i] != NULL && store_query(connection, statements[i], NULL, 0, NULL, &problem);
    if (!good)
        store_call_fail(call, text_string(&problem));
    text_free(&problem);
    return good;
}

static bool connect_locked(struct stores *stores, struct store_call *call, duckdb_connection *ret_connection)
{
    bool *is_let_in = &stores->is_let_in[call->entry.scheme];

    if (stores->database == NULL && !open_database(stores, call))
        return false;
    if (duckdb_connect(stores->database, ret_connection) != DuckDBSuccess)
        return false;
    if (!*is_let_in)
        *is_let_in = let_in(call, *ret_connection);
    return *is_let_in;
}

bool stores_connect(struct store_call *call)
{
    struct stores *stores = call->stores;
    duckdb_connection connection = NULL;
    bool good;

    /* Until something else is known. */
    refuse(call, "DuckDB can't be started", NULL);
    atomic_store(&call->is_unwatched, true);
    pthread_mutex_lock(&stores->lock);
    good = !atomic_load(&call->is_given_up) && connect_locked(stores, call, &connection);
    pthread_mutex_unlock(&stores->lock);
    store_call_goes_on(call);
    atomic_store(&call->is_unwatched, false);
    good = good && set_limits(call, connection);
    pthread_mutex_lock(&call->lock);
    call->connection = connection;
    pthread_mutex_unlock(&call->lock);
    return good;
}

void stores_disconnect(struct store_call *call)
{
    duckdb_connection connection;

    pthread_mutex_lock(&call->lock);
    connection = call->connection;
    call->connection = NULL;
    pthread_mutex_unlock(&call->lock);
    if (connection != NULL)
        duckdb_disconnect(&connection);
}
