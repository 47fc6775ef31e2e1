#include "cli/remote.h"

#include "base/text.h"
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_SECRET = 64 * 1024, MOST_VARIABLES = 256 };

/* Of --fs-secret-file; a process has one command line. */
static struct text secret_of_file;

/* Of --allow-env, which takes several names with commas between them, too. */
static struct text names_of_variables;
static const char *allowed_variables[MOST_VARIABLES + 1];

/* Without the line end that an editor leaves. False after printing why not. */
static bool read_secret(const char *path)
{
    FILE *file = fopen(path, "r");
    char chunk[4096];
    size_t length;
    bool good;

    if (file == NULL) {
        print_error(NULL, NULL, "--fs-secret-file: %s can't be read: %s", path, strerror(errno));
        return false;
    }
    secret_of_file = text_on_heap();
    while ((length = fread(chunk, 1, sizeof(chunk), file)) > 0 && secret_of_file.length <= LONGEST_SECRET)
        text_add_length(&secret_of_file, chunk, length);
    good = !ferror(file) && !text_failed(&secret_of_file) && secret_of_file.length <= LONGEST_SECRET;
    fclose(file);
    if (!good)
        print_error(NULL, NULL, "--fs-secret-file: %s can't be read as a secret", path);
    text_trim_end(&secret_of_file);
    return good;
}

static int check_files(const struct invocation *invocation)
{
    static const enum option_id files[] = { OPTION_GCS_CREDENTIALS_FILE, OPTION_SFTP_KEY_FILE };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path = invocation->values[files[i]];

        if (path != NULL && access(path, R_OK) != 0) {
            print_error(NULL, NULL, "--%s: %s can't be read: %s", option_rows[files[i]].name, path, strerror(errno));
            return exit_code_of(DUCKALOG_REMOTE);
        }
    }
    return !has_option(invocation, OPTION_FS_SECRET_FILE) || read_secret(invocation->values[OPTION_FS_SECRET_FILE])
               ? 0
               : exit_code_of(DUCKALOG_REMOTE);
}

static int check_choice(const struct invocation *invocation)
{
    static const struct {
        enum option_id one;
        enum option_id other;
    } exclusive[] = {
        { OPTION_AWS_PROFILE, OPTION_FS_KEY },
        { OPTION_AZURE_CONNECTION_STRING, OPTION_FS_KEY },
        { OPTION_FS_SECRET, OPTION_FS_SECRET_FILE },
        { OPTION_FS_ANON, OPTION_FS_KEY },
        { OPTION_FS_ANON, OPTION_FS_TOKEN },
        { OPTION_FS_ANON, OPTION_AWS_PROFILE },
        { OPTION_ALLOW_ENV, OPTION_NO_REMOTE_ENV },
        { OPTION_OFFLINE, OPTION_NO_CACHE },
        { OPTION_FS_ANON, OPTION_AZURE_CONNECTION_STRING },
    };

    for (size_t i = 0; i < sizeof(exclusive) / sizeof(exclusive[0]); i++)
        if (has_option(invocation, exclusive[i].one) && has_option(invocation, exclusive[i].other)) {
            print_error(NULL, NULL, "--%s and --%s exclude each other", option_rows[exclusive[i].one].name,
                        option_rows[exclusive[i].other].name);
            return exit_code_of(DUCKALOG_REMOTE);
        }
    return 0;
}

/* The list of processes is open to all users of a machine. */
static void warn_of_arguments(const struct invocation *invocation)
{
    static const struct {
        enum option_id option;
        const char *instead;
    } rows[] = {
        { OPTION_FS_SECRET, "DUCKALOG_FS_SECRET or --fs-secret-file" },
        { OPTION_FS_TOKEN, "DUCKALOG_FS_TOKEN" },
        { OPTION_AZURE_CONNECTION_STRING, "AZURE_STORAGE_CONNECTION_STRING" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (has_option(invocation, rows[i].option))
            fprintf(stderr, "warning: other users of this machine can see what --%s is given; use %s\n",
                    option_rows[rows[i].option].name, rows[i].instead);
}

static int split_variables(const struct invocation *invocation)
{
    size_t count = 0;
    char *rest = NULL;

    names_of_variables = text_on_heap();
    for (const char *const *list = invocation->lists[OPTION_ALLOW_ENV]; *list != NULL; list++)
        text_format(&names_of_variables, "%s,", *list);
    if (text_string(&names_of_variables) == NULL)
        return exit_code_of(DUCKALOG_NOMEM);
    for (char *name = strtok_r(names_of_variables.chars, ", ", &rest); name != NULL;
         name = strtok_r(NULL, ", ", &rest)) {
        if (count == MOST_VARIABLES) {
            print_error(NULL, NULL, "--allow-env takes at most %d names", MOST_VARIABLES);
            return exit_code_of(DUCKALOG_USAGE);
        }
        allowed_variables[count++] = name;
    }
    return 0;
}

int remote_options_check(const struct invocation *invocation)
{
    int code = check_choice(invocation);

    if (code == 0)
        code = has_option(invocation, OPTION_ALLOW_ENV) ? split_variables(invocation) : 0;
    if (code == 0)
        code = check_files(invocation);
    if (code == 0)
        warn_of_arguments(invocation);
    return code;
}

static int number_of(const struct invocation *invocation, enum option_id option)
{
    return has_option(invocation, option) ? (int)strtol(invocation->values[option], NULL, 10) : 0;
}

const duckalog_remote_options *remote_options_from(const struct invocation *invocation)
{
    enum { USUAL_TOTAL_MS = 60000 };
    static duckalog_remote_options options;

    duckalog_remote_options_init(&options);
    options.protocol = invocation->values[OPTION_FS_PROTOCOL];
    options.key = invocation->values[OPTION_FS_KEY];
    options.secret = has_option(invocation, OPTION_FS_SECRET_FILE) ? text_string(&secret_of_file)
                                                                   : invocation->values[OPTION_FS_SECRET];
    options.token = invocation->values[OPTION_FS_TOKEN];
    options.anonymous = has_option(invocation, OPTION_FS_ANON);
    options.aws_profile = invocation->values[OPTION_AWS_PROFILE];
    options.gcs_credentials_file = invocation->values[OPTION_GCS_CREDENTIALS_FILE];
    options.azure_connection_string = invocation->values[OPTION_AZURE_CONNECTION_STRING];
    options.sftp_host = invocation->values[OPTION_SFTP_HOST];
    options.sftp_port = number_of(invocation, OPTION_SFTP_PORT);
    options.sftp_key_file = invocation->values[OPTION_SFTP_KEY_FILE];
    options.timeout_ms = number_of(invocation, OPTION_FS_TIMEOUT) * 1000;
    /* Who gives a server more time gives them all more. */
    options.total_timeout_ms = 2 * options.timeout_ms > USUAL_TOTAL_MS ? 2 * options.timeout_ms : 0;
    options.allow_http = has_option(invocation, OPTION_ALLOW_HTTP);
    options.allow_local_refs = has_option(invocation, OPTION_ALLOW_LOCAL_REFS);
    options.no_environment = has_option(invocation, OPTION_NO_REMOTE_ENV);
    options.allowed_environment = has_option(invocation, OPTION_ALLOW_ENV) ? allowed_variables : NULL;
    options.no_cache = has_option(invocation, OPTION_NO_CACHE);
    options.offline = has_option(invocation, OPTION_OFFLINE);
    options.export_put = has_option(invocation, OPTION_EXPORT_PUT);
    return &options;
}
