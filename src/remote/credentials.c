#include "remote/credentials.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* As the options name protocols; the names of Duckalog for Python are among them. */
static const struct {
    const char *word;
    enum uri_scheme scheme;
} protocols[] = {
    { "https", URI_HTTPS },   { "http", URI_HTTPS },      { "s3", URI_S3 },       { "r2", URI_R2 },
    { "gcs", URI_GCS },       { "gs", URI_GCS },          { "azure", URI_AZURE }, { "abfs", URI_AZURE },
    { "az", URI_AZURE },      { "adl", URI_AZURE },       { "sftp", URI_SFTP },   { "ssh", URI_SFTP },
    { "github", URI_GITHUB }, { "hf", URI_HUGGING_FACE },
};

enum { PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]) };

static size_t find_protocol(const char *word)
{
    size_t i = 0;

    while (i < PROTOCOLS && !equal_ignoring_case(protocols[i].word, word))
        i++;
    return i;
}

/* Whoever means a server by https means it by http. */
static enum uri_scheme protocol_of(enum uri_scheme scheme)
{
    return scheme == URI_HTTP ? URI_HTTPS : scheme;
}

bool credentials_are_for(const duckalog_remote_options *options, enum uri_scheme scheme)
{
    size_t i;

    if (options->protocol == NULL)
        return true;
    i = find_protocol(options->protocol);
    return i < PROTOCOLS && protocols[i].scheme == protocol_of(scheme);
}

const char *credentials_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* What an option says, be it nothing, or else a variable. */
static const char *given(const char *option, const char *name)
{
    if (option == NULL)
        return credentials_variable(name);
    return *option != '\0' ? option : NULL;
}

static bool leads_to_any_server(enum uri_scheme scheme)
{
    return scheme == URI_HTTP || scheme == URI_HTTPS || scheme == URI_SFTP;
}

void credentials_set_home(struct remote_context *context, const struct uri *uri)
{
    const struct uri **home = &context->homes[protocol_of(uri->scheme)];

    if (*home == NULL)
        *home = uri;
}

/* A store is the user's own, wherever its name comes from, once the user says that the credentials are for it. */
static bool is_at_home(const struct remote_context *context, const struct uri *uri)
{
    const struct uri *home = context->homes[protocol_of(uri->scheme)];

    if (leads_to_any_server(uri->scheme))
        return home != NULL && uri_is_same_server(home, uri);
    return home != NULL || context->options->protocol != NULL;
}

struct credentials credentials_for(const struct remote_context *context, const struct uri *uri)
{
    const duckalog_remote_options *options = context->options;

    struct credentials found = { NULL };

    if (!is_at_home(context, uri))
        return found;
    /* The name of the option says what it is for, whatever the others are for. */
    if (uri->scheme == URI_SFTP)
        found.key_file = options->sftp_key_file;
    if (!options->anonymous && credentials_are_for(options, uri->scheme)) {
        found.key = given(options->key, "DUCKALOG_FS_KEY");
        found.secret = given(options->secret, "DUCKALOG_FS_SECRET");
        found.token = given(options->token, "DUCKALOG_FS_TOKEN");
    }
    return found;
}
