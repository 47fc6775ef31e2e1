/*
 * duckalog: a DuckDB catalog from one config file.
 *
 * The whole public interface. A catalog is described by a YAML or JSON file; this library builds it when it is missing
 * and, on every later connection, restores the session that DuckDB forgets: settings, extensions, secrets, attached
 * databases. It creates only the views that are missing.
 *
 *     duckalog_catalog *catalog = NULL;
 *     duckdb_connection connection = NULL;
 *
 *     if (duckalog_connect("catalog.yaml", NULL, &catalog) == DUCKALOG_OK &&
 *         duckalog_get_connection(catalog, &connection) == DUCKALOG_OK)
 *         … use the connection with DuckDB's own functions …
 *     duckalog_destroy(&catalog);
 *
 * General rules
 * - Text is UTF-8 and ends with a NUL byte.
 * - A `ret_…` parameter is set on success only, unless its function says otherwise.
 * - Nothing is printed, and the process is never ended, by this library.
 * - libduckdb is loaded when it is first needed. When the host program has one of its own, that one is used;
 *   otherwise the file that DUCKALOG_LIBDUCKDB names, the one that this library was built with, or libduckdb.so of the
 *   system.
 * - Threads: the functions that take no object may be called from any thread, also side by side. A config or report may be
 *   read by several threads at a time; freeing it is for the last of them. The functions on one catalog may be called from
 *   several threads at a time, but for duckalog_destroy(): one opens or closes it, and the others wait, except in
 *   duckalog_interrupt(). What a function hands out as a pointer into the catalog may go with the next opening or closing,
 *   by whichever thread; where several threads do that, take the copies: duckalog_copy_diagnostics(), duckalog_metrics(),
 *   duckalog_status_json(). A catalog's DuckDB connection is for one thread at a time, as DuckDB has it. The functions of
 *   the host (log, read, …) are called only on the thread that called the library.
 * - The environment of the process is read (getenv()) while configs are loaded and catalogs opened: no other thread may
 *   change it then.
 */
#ifndef DUCKALOG_H
#define DUCKALOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DUCKALOG_API __attribute__((visibility("default")))
#else
#define DUCKALOG_API
#endif

/** The version of this header. */
#define DUCKALOG_VERSION_MAJOR 0
#define DUCKALOG_VERSION_MINOR 1
#define DUCKALOG_VERSION_PATCH 0

/** Is this header at least of that version? For code that is to compile with older ones too. */
#define DUCKALOG_VERSION_AT_LEAST(major, minor, patch)                                                                 \
    (DUCKALOG_VERSION_MAJOR > (major) ||                                                                               \
     (DUCKALOG_VERSION_MAJOR == (major) &&                                                                             \
      (DUCKALOG_VERSION_MINOR > (minor) || (DUCKALOG_VERSION_MINOR == (minor) && DUCKALOG_VERSION_PATCH >= (patch)))))

/** As in duckdb.h, which need not be included here. */
typedef struct _duckdb_connection *duckdb_connection;

/** How a call ended. Details are in the report of the same call. */
typedef enum duckalog_status {
    DUCKALOG_OK = 0,
    DUCKALOG_USAGE = 1,     /**< the call itself is wrong: a missing argument, options that exclude each other */
    DUCKALOG_NOMEM = 2,     /**< no memory left */
    DUCKALOG_INTERNAL = 3,  /**< a defect of duckalog */
    DUCKALOG_CONFIG = 4,    /**< the config can't be read, or is not valid */
    DUCKALOG_NO_DUCKDB = 5, /**< libduckdb was not found, or is too old */
    DUCKALOG_ENGINE = 6,    /**< DuckDB refused something: a setting, a secret, an attachment, a view */
    DUCKALOG_DATABASE_NOT_FOUND = 7, /**< read-only, and the catalog's file is missing */
    DUCKALOG_DATABASE_INVALID = 8,   /**< the file is no DuckDB database, or one that can't be opened */
    DUCKALOG_LOCKED = 9,             /**< another process holds the database: may go away by itself */
    DUCKALOG_VIEW_CONFLICT = 10,     /**< a table has the name of a view of the config */
    DUCKALOG_INTERRUPTED = 11,       /**< stopped by duckalog_interrupt() */
    DUCKALOG_TIMEOUT = 12,           /**< a server did not answer in time: may go away by itself */
    DUCKALOG_UNAVAILABLE = 13,       /**< a server refused for now, or went away: may go away by itself */
    DUCKALOG_REMOTE =
        14 /**< a document or catalog behind a URI can't be read or written: not there, refused, no answer */
} duckalog_status;

/** The status in one lower-case word or two, for logs. Never NULL. */
DUCKALOG_API const char *duckalog_status_name(duckalog_status status);

/** May the same call succeed later, with nothing changed? So it is with DUCKALOG_LOCKED, _TIMEOUT and _UNAVAILABLE. */
DUCKALOG_API int duckalog_status_is_transient(duckalog_status status);

/** The version of the library, as in "0.1.0". */
DUCKALOG_API const char *duckalog_version(void);

/**
 * The version of the libduckdb in use, as in "v1.5.5". Loads libduckdb.
 *
 * @return NULL when there is none that can be used. The string lives as long as the process.
 */
DUCKALOG_API const char *duckalog_duckdb_version(void);

/* ---- reports: what was found, problem by problem ---- */

typedef enum duckalog_severity { DUCKALOG_NOTICE = 0, DUCKALOG_WARNING = 1, DUCKALOG_ERROR = 2 } duckalog_severity;

/** One problem. Later versions may add fields at the end: only the library makes such a struct. */
typedef struct duckalog_diagnostic {
    duckalog_severity severity;
    const char *code;    /**< the kind of problem, for programs: "unknown-key", "view-missing" */
    const char *file;    /**< as the caller wrote its path; NULL for a problem of no file */
    unsigned line;       /**< from 1; 0 for the file as a whole */
    unsigned column;     /**< from 1, in characters */
    const char *path;    /**< of the key, as in "views[0].source"; may be NULL */
    const char *phase;   /**< of the restoration, as in "attach"; NULL for a problem of the config itself */
    const char *object;  /**< what the phase was at, as in "ref (duckdb)"; may be NULL */
    const char *message; /**< one sentence; no secret values */
    const char *hint;    /**< what to do; may be NULL */
    /** The line of the file, cut before anything that may be a secret; NULL when it is not to be shown. */
    const char *line_text;
    unsigned line_column; /**< of the problem in that text, from 1, in characters */
    int transient;        /**< may it go away by itself, as a lock or a server that is down? */
} duckalog_diagnostic;

typedef struct duckalog_report duckalog_report;

/** How many problems of any severity there are. 0 for NULL. */
DUCKALOG_API size_t duckalog_report_count(const duckalog_report *report);

/** How many of them are errors. 0 for NULL. */
DUCKALOG_API size_t duckalog_report_errors(const duckalog_report *report);

/** One problem, or NULL when there are not that many. It lives as long as the report. */
DUCKALOG_API const duckalog_diagnostic *duckalog_report_get(const duckalog_report *report, size_t index);

/** Free a report that a call handed over. NULL is fine. */
DUCKALOG_API void duckalog_report_free(duckalog_report *report);

/* ---- options ---- */

typedef enum duckalog_log_level {
    DUCKALOG_LOG_ERROR = 0,
    DUCKALOG_LOG_WARNING = 1,
    DUCKALOG_LOG_INFO = 2,
    DUCKALOG_LOG_DEBUG = 3
} duckalog_log_level;

/**
 * Receives one line of the log, without a newline; secret values and credentials in addresses are masked. The line lives
 * as long as the call. A line of text is `attach done {count=2 elapsed_ms=1.2}`; for lines of JSON see `log_json`.
 *
 * Every phase of an opening has one event when it begins (debug) and one when it ends, also when it fails (info). The
 * levels error, warning and info hold no SQL and no values of the config beside names and paths.
 *
 * Threads: called only on the thread that called the library, and while the catalog is locked: it must not call back.
 */
typedef void (*duckalog_log_function)(duckalog_log_level level, const char *line, void *user);

/** How far an opening, or a reload, has come. Later versions may add fields at the end: only the library makes such a struct. */
typedef struct duckalog_progress {
    const char *phase; /**< as the log has it: "attach", "views"; lives as long as the process */
    const char
        *catalog; /**< of a nested catalog the aliases that lead to it, as in "a > b"; NULL for the catalog itself */
    size_t done;  /**< how many of the phase's objects are */
    size_t total; /**< 0: there is nothing to count */
    /**
     * What is waited for, where it is waited for by name: attachments ("attach"), nested catalogs ("children"), and the
     * remote views that are looked at first ("bind"). At most 16 names in the order of the config; ended by NULL; never NULL
     * itself. Secret values are masked.
     */
    const char *const *pending;
} duckalog_progress;

/**
 * Receives how far an opening or a reload has come: when a phase begins, and whenever one of its objects is done. With many
 * views that is often: what takes time, as drawing does, is for the function to put off. All of it lives as long as the call,
 * but for the name of the phase.
 *
 * There is no call for the end: that is when the function that opens or reloads returns. A phase that hangs has no calls
 * either; who wants to show the time that has gone by looks at a clock.
 *
 * Threads: called only on the thread that called the library, and while the catalog is locked: it must not call back.
 */
typedef void (*duckalog_progress_function)(const duckalog_progress *progress, void *user);

/** What a duckalog_read_function answers. Any other number counts as DUCKALOG_READ_FAILED. */
typedef enum duckalog_read_result {
    DUCKALOG_READ_NOT_MINE = 0, /**< the library is to look in the file system, as if there were no function */
    DUCKALOG_READ_DONE = 1,     /**< the content is set */
    DUCKALOG_READ_FAILED = 2    /**< the file can't be read, and nobody else is to be asked; the content says why */
} duckalog_read_result;

/** The answer's bytes. All zero when the function is called; later versions may add fields at the end. */
typedef struct duckalog_content {
    const char *bytes; /**< of the file, at most 64 MiB; after a failure: the reason, for a message, no secret in it */
    size_t length;     /**< how many; no NUL is needed behind them */
    void (*release)(void *owner); /**< called with `owner` once the bytes are copied, before anything else; or NULL */
    void *owner;
} duckalog_content;

/**
 * Reads a file of a config in place of the library: the config itself, an import, a SQL file, a `.env` file, the config of a
 * nested catalog. The library asks for each path once a load, before it looks at the file system. Patterns (`*.yaml`) find
 * files of the file system only, and data files and databases are DuckDB's own to read.
 *
 * A file that the function answers for need not exist. So is it with a document at a URI, which is fetched only when the
 * function does not have it: relative paths in it start at its folder there.
 *
 * @param path     absolute, without `.` and `..`, or a URI as it is written
 * @param content  to be set, but for DUCKALOG_READ_NOT_MINE
 * @param user     what `read_user` of the options is
 *
 * Threads: called only on the thread that called the library, one path after the other, also where what it does not have
 * is fetched side by side; from as many threads as load configs with these options.
 * While a catalog is opened it is locked: the function must not call back.
 */
typedef duckalog_read_result (*duckalog_read_function)(const char *path, duckalog_content *content, void *user);

/**
 * How configs, SQL files and catalogs behind a URI are reached: `options.remote`. All zero but for `size` means the usual:
 * credentials from the environment and the files of each store, a cache, https only.
 *
 * What is said of one protocol counts for URIs of that protocol only.
 */
typedef struct duckalog_remote_options {
    size_t size; /**< of this struct, as the caller knows it */
    /** Which store `key`, `secret`, `token` and `anonymous` are for: "s3", "gcs", "azure", "sftp", "github", "https"; NULL: by
     * the scheme of the URI at hand. */
    const char *protocol;
    const char *key;                     /**< access key, account name, or user; NULL: none */
    const char *secret;                  /**< secret key, account key, or password; NULL: none */
    const char *token;                   /**< bearer token (https, github), session token (s3); NULL: none */
    int anonymous;                       /**< use no credentials at all */
    const char *aws_profile;             /**< of the shared AWS files */
    const char *gcs_credentials_file;    /**< JSON of a service account, or of a user */
    const char *azure_connection_string; /**< as the portal shows it */
    const char *sftp_host;               /**< in place of the host of sftp:// URIs */
    int sftp_port;                       /**< 0: that of the URI, or 22 */
    const char *sftp_key_file;           /**< private key */
    int timeout_ms;       /**< milliseconds in which a server has to answer, and may be silent; 0: 30,000 */
    int total_timeout_ms; /**< milliseconds for all documents of a config; 0: 60,000 */
    int allow_http;       /**< read configs over plain http:// from other machines, too */
    int allow_local_refs; /**< a document from elsewhere may name files of this machine */
    int no_environment;   /**< a document from elsewhere may use no `${env:…}` */
    /** The variables that a document from elsewhere may use; ended by NULL. NULL: all, with a warning that names them. */
    const char *const *allowed_environment;
    int no_cache;                /**< neither use nor keep documents that were fetched before */
    int offline;                 /**< use only what was fetched before */
    const char *cache_directory; /**< NULL: $XDG_CACHE_HOME/duckalog, or ~/.cache/duckalog */
    int export_put;              /**< a catalog may be published to an https:// address, with PUT */
} duckalog_remote_options;

/** Set all defaults, which are zero. As with duckalog_options_init(), the macro is for C and C++. */
DUCKALOG_API void duckalog_remote_options_init_sized(duckalog_remote_options *options, size_t size);

#define duckalog_remote_options_init(options)                                                                          \
    duckalog_remote_options_init_sized((options), sizeof(duckalog_remote_options))

/** Set with duckalog_options_init() first, so that a program built today runs with a later library. */
typedef struct duckalog_options {
    size_t size; /**< of this struct, as the caller knows it */
    /** In place of the config's `duckdb.database`; relative to the working directory. See duckalog_get_connection() for URIs. */
    const char *database_path;
    /** Where DuckDB keeps extensions; NULL: what DUCKALOG_EXTENSION_DIRECTORY says, or DuckDB's own folder. */
    const char *extension_directory;
    int read_only;                /**< open the catalog's file read-only; missing views are then only reported */
    int force_rebuild;            /**< create every view again */
    int include_secrets;          /**< write secret values into generated SQL, where there is "***" otherwise */
    duckalog_log_function log;    /**< NULL: no log */
    void *log_user;               /**< handed to `log` */
    duckalog_log_level log_level; /**< what is worth a line */
    int skip_env_files;           /**< read no `.env` files */
    /**
     * Put variables of `.env` files that are not set into the environment of the process, for credential chains that look
     * there. For programs: setenv() is not safe while other threads read the environment.
     */
    int export_env_files;
    /** Every path of the config has to lie below its folder or an allowed root, not only relative ones of views. */
    int strict_paths;
    /** Folders that paths may lead to, besides those of the config's files; ended by NULL; or NULL. */
    const char *const *allowed_roots;
    int nesting_limit; /**< levels of catalogs that attach catalogs; 0: 5 */
    /**
     * Milliseconds that one try to attach a database over the network may take; what DuckDB does not end by then is given
     * up. 0: what DUCKALOG_ATTACH_TIMEOUT says (in seconds), or 10,000. `attach_timeout` of an attachment comes first.
     */
    int attach_timeout_ms;
    int attach_total_ms; /**< milliseconds for one attachment with all its tries; 0: 30,000, and at least one try */
    /** How often to try again after an error that may go away by itself; 0: 2, less than 0: never. */
    int attach_retries;
    int attach_parallel; /**< how many databases are attached over the network at a time; 0: 8 */
    int lock_timeout_ms; /**< milliseconds to wait for another process that has the catalog's file; 0: none */
    /** Go on without attachments that fail; views that need them are left alone. Each is told as a warning. */
    int allow_degraded;
    /**
     * Warn of views whose definition is no longer the config's ("view-changed"), and of views that are not in the config
     * ("view-stale"). 1: by what is remembered of the statements that made them, which takes next to no time; that
     * someone else replaced a view is then seen in catalogs of up to 100 views only. 2: by each definition, about 0.1 ms
     * a view. No view is bound.
     */
    int check_changes;
    /** Drop views that are not in the config, in the transaction that creates views. Tables are never dropped. */
    int prune;
    int refresh_secrets; /**< store persistent secrets again with the config's values; not with read_only */
    /**
     * Lines of the log are JSON objects: "time" (RFC 3339, UTC), "level", "message", and what there is of "phase",
     * "event" ("begin" or "end"), "catalog", "alias", "kind", "name", "attempt", "count", "elapsed_ms" (milliseconds) and
     * "error_class" (a status, as duckalog_status_name() has it).
     */
    int log_json;
    duckalog_read_function read;           /**< asked for each file of a config first; NULL: the file system alone */
    void *read_user;                       /**< handed to `read` */
    duckalog_progress_function progress;   /**< told how far an opening or a reload has come; NULL: nobody */
    void *progress_user;                   /**< handed to `progress` */
    const duckalog_remote_options *remote; /**< copied; NULL: the usual */
    int export_strict;  /**< publish no catalog that reads files of this machine: an error in place of a warning */
    int keep_temporary; /**< leave the local copy of a catalog that is behind a URI, and tell where it is */
} duckalog_options;

/**
 * Set all defaults: as the config says, existing views kept, no secrets shown, no log.
 *
 * In C and C++ use the macro duckalog_options_init(): it hands over the size that the program was built with, so that a
 * later library, which may know more options, neither writes nor reads beyond it. Other languages call this function with
 * the size of the struct as they have it. A library takes the struct of an older program, with the defaults for what is
 * not in it, and that of a newer one as long as what the library does not know is zero.
 *
 * @param size  bytes of the struct; with fewer than any version had, nothing is done
 */
DUCKALOG_API void duckalog_options_init_sized(duckalog_options *options, size_t size);

/** For programs built before there was the macro: the struct as it was then, up to `nesting_limit`. */
DUCKALOG_API void duckalog_options_init(duckalog_options *options);

#define duckalog_options_init(options) duckalog_options_init_sized((options), sizeof(duckalog_options))

/* ---- a catalog: config, database and session ---- */

typedef struct duckalog_catalog duckalog_catalog;

/**
 * Connect to the catalog that a config describes.
 *
 * Nothing is read or opened yet: the first duckalog_get_connection() does that. The path is made absolute here, so a
 * later chdir() is harmless.
 *
 * @param config_path  path of the YAML or JSON config
 * @param options      NULL for the defaults; copied
 * @param ret_catalog  free it with duckalog_destroy()
 *
 * @return DUCKALOG_OK, DUCKALOG_USAGE (no path, options of an unknown size, read_only with force_rebuild, prune or
 *         refresh_secrets) or DUCKALOG_NOMEM
 *
 * Threads: the functions on one catalog may be called from several threads, as the general rules say; its DuckDB
 * connection is for one thread at a time, and is gone when another thread closes the catalog. The functions of the options
 * are called while the catalog is locked: they must not call back.
 *
 * A file can be open in one catalog of a process at a time: DuckDB's lock on it would not survive a second one.
 */
DUCKALOG_API duckalog_status duckalog_connect(const char *config_path, const duckalog_options *options,
                                              duckalog_catalog **ret_catalog);

/**
 * The catalog's connection, with the whole session restored.
 *
 * The first call (and the first one after duckalog_close()) reads the config, opens the database, restores settings,
 * extensions, secrets and attachments, and creates the views that are missing, all of them or none. Later calls hand
 * out the same connection and do nothing else.
 *
 * A database behind a URI (s3://, gs://, r2://, az://, abfss://, sftp://; https:// with `remote->export_put`) is fetched into a
 * temporary folder, or built there when it is not there yet or with `force_rebuild`. Once the session is restored the file is
 * published, when anything was written to it: the whole of it, or what was there stays. If it is not what was fetched any
 * more, nothing is written. The session goes on with its local copy until it is closed; what is written to that later is
 * not published. With `read_only` nothing ever is.
 *
 * @param ret_connection  belongs to the catalog: do not disconnect it. Valid until duckalog_close()
 *
 * @return DUCKALOG_OK; every other status but DUCKALOG_INTERNAL as its name says, DUCKALOG_USAGE also when
 *         DUCKALOG_ATTACH_TIMEOUT in the environment is no time. After a failure nothing is open, a
 *         database file that the call created is removed, and the next call starts anew. See duckalog_diagnostics().
 */
DUCKALOG_API duckalog_status duckalog_get_connection(duckalog_catalog *catalog, duckdb_connection *ret_connection);

/**
 * Read the config again, and bring the open session up to it: only what differs is done.
 *
 * | In the config | In the session |
 * |---|---|
 * | settings and pragmas: new or changed | run, all that set the same name in their order |
 * | … gone | RESET; a statement that sets nothing by name stays in effect, and a notice says so |
 * | extensions: new | loaded; what is gone stays loaded |
 * | temporary secrets: new, changed, gone | created, replaced, dropped |
 * | persistent secrets: new | stored; those that are stored already are left as they are, also with refresh_secrets |
 * | attachments: new, changed, gone | attached, detached and attached again, detached |
 * | nested catalogs: changed | detached, their views created again, attached |
 * | views: new or changed, and views that read from something of the above | created again, in one transaction |
 * | … gone | dropped in that transaction, if the config had them before; other views stay |
 * | … by hand, with the name of a new one | left as they are, with a warning "view-changed" |
 *
 * When the config can't be read, or a step fails, the session goes on with the config that it had: what was done already
 * is taken back. Nested catalogs that were built by then stay so, as their files are no part of the session. Should
 * taking back fail too, the report has an error "reload-incomplete"; then close the catalog and connect again.
 *
 * The database stays: a config that names another one is refused. One that is behind a URI is published anew, if anything
 * was written to its copy; when that fails, the session has the new config all the same. It goes on failing when somebody
 * else has published one there meanwhile: close the catalog and connect again, which begins with theirs. The connection
 * stays the same as well; it must not be in use by another thread, nor within a transaction. Prepared statements of it may
 * have to be prepared again.
 * duckalog_diagnostics() goes on to tell of the opening.
 *
 * @param ret_report  one notice "reloaded" or "view-dropped" for each thing that was done, and what went wrong; NULL after
 *                    DUCKALOG_USAGE and DUCKALOG_NOMEM. May be NULL. Free it with duckalog_report_free()
 *
 * @return DUCKALOG_OK, also when there was nothing to do; DUCKALOG_USAGE without a session; DUCKALOG_CONFIG;
 *         DUCKALOG_INTERRUPTED by duckalog_interrupt(); DUCKALOG_NOMEM; DUCKALOG_REMOTE; for a step that failed DUCKALOG_ENGINE,
 *         DUCKALOG_LOCKED, DUCKALOG_TIMEOUT or DUCKALOG_UNAVAILABLE. When only a persistent secret could not be stored, the
 *         status says so, but all else is done
 */
DUCKALOG_API duckalog_status duckalog_reload(duckalog_catalog *catalog, duckalog_report **ret_report);

/**
 * Close the session, if there is one: its connection, and what was handed out of it, is no longer valid. The catalog can be
 * connected to again. NULL is fine. Waits for an opening that another thread is at; duckalog_interrupt() makes it short.
 */
DUCKALOG_API void duckalog_close(duckalog_catalog *catalog);

/** Close and free; sets the pointer to NULL. A NULL pointer in it is fine. No other thread may be using the catalog. */
DUCKALOG_API void duckalog_destroy(duckalog_catalog **catalog);

#if defined(__GNUC__)
/** Destroys the catalog at the end of its scope: DUCKALOG_SCOPED duckalog_catalog *catalog = NULL; */
#define DUCKALOG_SCOPED __attribute__((cleanup(duckalog_destroy)))
#endif

/**
 * Stop what the catalog's connection is doing, from another thread or a signal handler.
 *
 * A running duckalog_get_connection() then returns DUCKALOG_INTERRUPTED, a running query fails. Without a session,
 * nothing happens. The catalog must not be destroyed meanwhile.
 */
DUCKALOG_API void duckalog_interrupt(duckalog_catalog *catalog);

/**
 * What the last duckalog_get_connection() that did anything found: the errors when it failed, else the warnings.
 *
 * @return NULL only for NULL; belongs to the catalog, and is valid until its next opening, by whichever thread
 *
 * Threads: waits for an opening or closing that another thread is at.
 */
DUCKALOG_API const duckalog_report *duckalog_diagnostics(const duckalog_catalog *catalog);

/**
 * The same as a copy, which no other thread's opening or closing takes away.
 *
 * @param ret_report  free it with duckalog_report_free()
 *
 * @return DUCKALOG_OK, DUCKALOG_USAGE (a NULL) or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_copy_diagnostics(const duckalog_catalog *catalog, duckalog_report **ret_report);

/** Later versions may add fields at the end: only the library makes such a struct. */
typedef struct duckalog_summary {
    const char *database; /**< absolute path, or ":memory:"; lives as long as the session */
    int created;          /**< was the catalog built from nothing? */
    size_t views;         /**< views of the config */
    size_t views_created; /**< created or replaced by this opening */
    size_t views_kept;    /**< there already, and left alone */
    size_t attachments;
    size_t secrets;
    double elapsed_ms;         /**< from the call to the restored session, in milliseconds */
    size_t attachments_failed; /**< of the attachments: those that the session has to do without */
    size_t views_lost;         /**< of the views: those that can't be read without them, created or not */
    size_t views_changed;      /**< kept, though the config defines them in another way: with `check_changes` */
    size_t views_stale;        /**< kept, though they are not in the config: with `check_changes` */
    size_t views_dropped;      /**< by `prune` */
    const char *remote_uri;    /**< what `database` is the copy of, without credentials; NULL: the database is local */
    uint64_t remote_bytes;     /**< uploaded there; 0: nothing, as nothing was changed, or it is only read */
} duckalog_summary;

/**
 * What the last opening did, or NULL when there is no session. It is valid until the session ends, by whichever thread.
 *
 * Threads: waits for an opening or closing that another thread is at.
 */
DUCKALOG_API const duckalog_summary *duckalog_get_summary(const duckalog_catalog *catalog);

/**
 * How long one phase of opening took: "config", "path", "download" (of a database behind a URI), "library" (loading libduckdb), "open",
 * "inventory" (which views are there), "plan", "pragmas", "settings", "install", "load", "secrets", "children" (catalogs that this one builds on),
 * "attach", "schemas", "views", "persistent secrets", "upload". What runs within another phase counts only for itself, so the times
 * of all phases add up to that of the opening. Later versions may add phases, and fields at the end: only the library makes
 * such a struct.
 */
typedef struct duckalog_metric {
    const char *phase; /**< lives as long as the library is loaded */
    size_t count;      /**< how often the phase ran, to its end or not */
    double total_ms;   /**< all times together, in milliseconds, as all that follow */
    double min_ms;
    double max_ms;
    double average_ms;
    size_t objects; /**< what the phase dealt with in all its runs: files, statements, secrets, attachments, views */
} duckalog_metric;

/**
 * The times of all openings of this catalog object, also of those that failed: a row for each phase that ran, in the order
 * in which the phases first ended. Closing the catalog changes nothing in them.
 *
 * @param ret_metrics  that many pointers; a copy: free it with duckalog_metrics_free()
 *
 * @return DUCKALOG_OK (also when there was no opening: the count is 0 then), DUCKALOG_USAGE (a NULL) or DUCKALOG_NOMEM
 *
 * Threads: waits for an opening or closing that another thread is at.
 */
DUCKALOG_API duckalog_status duckalog_metrics(duckalog_catalog *catalog, const duckalog_metric *const **ret_metrics,
                                              size_t *ret_count);

/** Free what duckalog_metrics() handed over. NULL is fine. */
DUCKALOG_API void duckalog_metrics_free(const duckalog_metric *const *metrics);

/**
 * Build or update a catalog and close it again: duckalog_connect(), duckalog_get_connection(), duckalog_destroy().
 *
 * @param ret_report  what the opening found, also on failure; NULL when it did not come to one (no path, options of an
 *                    unknown size, no memory); may be NULL. Free it with duckalog_report_free()
 *
 * @return as duckalog_connect() and duckalog_get_connection()
 */
DUCKALOG_API duckalog_status duckalog_build(const char *config_path, const duckalog_options *options,
                                            duckalog_report **ret_report);

/**
 * Works with a catalog's connection, which is closed when the function returns, and must not be used later.
 *
 * @return what duckalog_with_connection() is to return
 */
typedef duckalog_status (*duckalog_connection_function)(duckdb_connection connection, void *user);

/**
 * Connect to a catalog, call a function with its connection, and close it again, whatever the function returns.
 *
 * @param options     NULL for the defaults
 * @param function    called once, on this thread, when the session is restored; not at all when that fails
 * @param user        handed to `function`
 * @param ret_report  as for duckalog_build(): what the opening found
 *
 * @return what the function returned, or the status of the opening that failed, as for duckalog_get_connection(); or
 *         DUCKALOG_USAGE (no path, no function, options of an unknown size)
 */
DUCKALOG_API duckalog_status duckalog_with_connection(const char *config_path, const duckalog_options *options,
                                                      duckalog_connection_function function, void *user,
                                                      duckalog_report **ret_report);

/**
 * The state of a catalog as one JSON object on one line, for hosts that pass it on:
 *
 *     {"duckalog": "0.1.0", "duckdb": "v1.5.5" or null, "config": "catalog.yaml", "open": true,
 *      "summary": {…} or null, "problems": [{…}], "timings": [{…}], "attachments": [{…}]}
 *
 * "summary", "problems" and "timings" have the fields of duckalog_summary, duckalog_diagnostic and duckalog_metric under
 * the same names ("severity" as "notice", "warning" or "error"; "created" and "transient" as true or false; what is absent
 * as null). "attachments" lists those of the config that is open, with "alias", "kind" ("duckdb", "sqlite", "postgres",
 * "duckalog", "iceberg"), "read_only" (null for "iceberg") and "attached": false when the session has to do without it.
 * Later versions may add keys. Secret values are masked.
 *
 * @param ret_json  free it with duckalog_string_free()
 *
 * @return DUCKALOG_OK (also without a session), DUCKALOG_USAGE (a NULL) or DUCKALOG_NOMEM
 *
 * Threads: waits for an opening or closing that another thread is at; does not use the connection.
 */
DUCKALOG_API duckalog_status duckalog_status_json(const duckalog_catalog *catalog, char **ret_json);

/* ---- configs by themselves: DuckDB is not needed ---- */

typedef struct duckalog_config duckalog_config;

/** The language of a config that is given as text. Of files it is known by their names. */
typedef enum duckalog_format { DUCKALOG_YAML = 0, DUCKALOG_JSON = 1 } duckalog_format;

/**
 * Read a config and check it as far as that is possible without DuckDB.
 *
 * @param options     NULL for the defaults
 * @param ret_config  free it with duckalog_config_free()
 * @param ret_report  all problems, sorted by place; set in every case, also on failure, but NULL after
 *                    DUCKALOG_NOMEM and DUCKALOG_USAGE; may be NULL.
 *                    Free it with duckalog_report_free()
 *
 * @return DUCKALOG_OK, DUCKALOG_CONFIG, DUCKALOG_USAGE or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_config_load(const char *config_path, const duckalog_options *options,
                                                  duckalog_config **ret_config, duckalog_report **ret_report);

/**
 * The same for a config that is given as text. In messages its file is called `<text>.yaml` or `<text>.json`.
 *
 * @param text    copied; at most 64 MiB
 * @param format  the language that it is written in; JSON is strict
 * @param folder  where relative paths in it start, its imports are looked for, and the search for `.env` files begins;
 *                relative to the working directory; need not exist. NULL: the working directory
 *
 * @return DUCKALOG_OK, DUCKALOG_CONFIG, DUCKALOG_USAGE (no text, no such format) or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_config_load_text(const char *text, duckalog_format format, const char *folder,
                                                       const duckalog_options *options, duckalog_config **ret_config,
                                                       duckalog_report **ret_report);

/** Free a config; its secret values are overwritten. NULL is fine. */
DUCKALOG_API void duckalog_config_free(duckalog_config *config);

/**
 * Check a config wholly: as duckalog_config_load() does, and all SQL in it with DuckDB's parser, nested catalogs
 * included.
 *
 * Only the config and the files that it is made of are read, nothing is connected to. libduckdb is loaded only when there
 * is SQL to parse.
 *
 * @param ret_report  as for duckalog_config_load()
 *
 * @return DUCKALOG_OK, DUCKALOG_CONFIG, DUCKALOG_NO_DUCKDB, DUCKALOG_USAGE or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_validate(const char *config_path, const duckalog_options *options,
                                               duckalog_report **ret_report);

/** The same for a config that is given as text, as duckalog_config_load_text() takes it. */
DUCKALOG_API duckalog_status duckalog_validate_text(const char *text, duckalog_format format, const char *folder,
                                                    const duckalog_options *options, duckalog_report **ret_report);

/** Which part of a catalog's SQL is wanted. */
typedef enum duckalog_sql_scope {
    DUCKALOG_SQL_FULL = 0,      /**< the whole session in the order of restoration, then schemas and views */
    DUCKALOG_SQL_VIEWS_ONLY = 1 /**< the views alone, as Duckalog (Python) writes them */
} duckalog_sql_scope;

/**
 * The SQL that builds the catalog, as a script for DuckDB.
 *
 * @param options  NULL for the defaults; `include_secrets` decides on secret values
 * @param ret_sql  free it with duckalog_string_free()
 *
 * @return DUCKALOG_OK, DUCKALOG_USAGE or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_generate_sql(const duckalog_config *config, const duckalog_options *options,
                                                   duckalog_sql_scope scope, char **ret_sql);

/**
 * The CREATE OR REPLACE VIEW statement of one view, as duckalog_generate_sql() has it, without a semicolon. Its end may be
 * a comment: put a line break before whatever follows.
 *
 * @param view     NAME, or SCHEMA.NAME for a view with a `db_schema`; letters count as DuckDB compares them, without case
 * @param options  NULL for the defaults; `include_secrets` decides on secret values
 * @param ret_sql  free it with duckalog_string_free()
 *
 * @return DUCKALOG_OK, DUCKALOG_CONFIG (the config has no such view), DUCKALOG_USAGE or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_view_sql(const duckalog_config *config, const char *view,
                                               const duckalog_options *options, char **ret_sql);

/* ---- small things that hosts need ---- */

/**
 * A name as SQL has it: in double quotes, with those inside doubled. Any text is safe to put into a statement so.
 *
 * @param ret_quoted  free it with duckalog_string_free()
 *
 * @return DUCKALOG_OK, DUCKALOG_USAGE (a NULL) or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_quote_identifier(const char *name, char **ret_quoted);

/** A text as SQL has it: in single quotes, with those inside doubled. Otherwise as duckalog_quote_identifier(). */
DUCKALOG_API duckalog_status duckalog_quote_literal(const char *text, char **ret_quoted);

/**
 * Is this an address of another machine or a service, as in `https://…` and `s3://…`, and no path of this one? `file://…`
 * is a path. 0 for NULL.
 */
DUCKALOG_API int duckalog_uri_is_remote(const char *uri);

/* ---- semantic models: questions without SQL ---- */

/** A question to a semantic model. Set with duckalog_model_query_init() first, as duckalog_options. */
typedef struct duckalog_model_query {
    size_t size;                 /**< of this struct, as the caller knows it */
    const char *model;           /**< its name */
    const char *const *measures; /**< names; none: the primary measure, or all when the model names none */
    size_t measure_count;
    const char *const *dimensions; /**< to group by: NAME, or NAME:GRAIN as in "day:month"; none: one row, the total */
    size_t dimension_count;
    const char *where;   /**< a SQL condition; names of dimensions stand for their expressions. NULL: none */
    const char *catalog; /**< name of the catalog's database in DuckDB, to put before the views; NULL: leave it out */
    int include_secrets; /**< write secret values of the config, where there is "***" otherwise: to run the statement */
} duckalog_model_query;

/** All defaults: no model, no measures, no dimensions, no condition. */
DUCKALOG_API void duckalog_model_query_init(duckalog_model_query *query);

/**
 * The SELECT that answers a question to a semantic model: the dimensions in their order, then the measures, grouped and
 * sorted by the dimensions, with the model's default filters. DuckDB is not needed. The statement is for the connection
 * of a catalog of this config.
 *
 * Set `catalog` when a schema of the config has the same name as the database or an attachment: DuckDB can't tell them
 * apart otherwise.
 *
 * @param ret_sql     one statement without a semicolon; free it with duckalog_string_free()
 * @param ret_report  what is wrong with the question, and notices of joins that it does not need; set in every case, also
 *                    on failure, but NULL after DUCKALOG_NOMEM and DUCKALOG_USAGE; may be NULL. Free it with
 *                    duckalog_report_free()
 *
 * @return DUCKALOG_OK, DUCKALOG_CONFIG (the config has no such model, or the model can't answer this: see the report),
 *         DUCKALOG_USAGE (no config, no model, a query of an unknown size, a NULL among the names) or DUCKALOG_NOMEM
 */
DUCKALOG_API duckalog_status duckalog_model_sql(const duckalog_config *config, const duckalog_model_query *query,
                                                char **ret_sql, duckalog_report **ret_report);

/** Free a string that a call handed over, overwriting it first. NULL is fine. */
DUCKALOG_API void duckalog_string_free(char *string);

#ifdef __cplusplus
}
#endif

#endif
