#include "remote/azure_credentials.h"
#include "remote/credentials.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* A part of a connection string, `Name=value;…`, where a value may have further equals signs. NULL: none, or no memory. */
static const char *part(struct arena *arena, const char *string, const char *name)
{
    size_t length = strlen(name);

    while (*string != '\0') {
        size_t end = strcspn(string, ";");

        if (starts_with_ignoring_case(string, name) && string[length] == '=' && end > length + 1)
            return arena_copy(arena, string + length + 1, end - length - 1);
        string += end + (string[end] == ';');
    }
    return NULL;
}

static const char *or_usual(const char *value, const char *usual)
{
    return value != NULL ? value : usual;
}

static bool take_apart(struct arena *arena, const char *string, struct azure_credentials *found)
{
    const char *signature = part(arena, string, "SharedAccessSignature");

    found->connection_string = string;
    found->account = part(arena, string, "AccountName");
    found->key = part(arena, string, "AccountKey");
    found->signature = signature != NULL && *signature == '?' ? signature + 1 : signature;
    found->endpoint = part(arena, string, "BlobEndpoint");
    if (found->endpoint == NULL && found->account != NULL)
        found->endpoint =
            arena_format(arena, "%s://%s.blob.%s", or_usual(part(arena, string, "DefaultEndpointsProtocol"), "https"),
                         found->account, or_usual(part(arena, string, "EndpointSuffix"), "core.windows.net"));
    if (arena_failed(arena))
        return false;
    if (found->endpoint == NULL) {
        found->problem = "the connection string of Azure names no account";
        found->problem_hint = "copy it from the portal: it begins with DefaultEndpointsProtocol=https;AccountName=…";
    }
    return true;
}

/* One's own emulator goes by a connection string. Of key and signature there is one. */
static const char *string_for(struct arena *arena, const char *account, const char *key, const char *signature)
{
    if (key != NULL)
        return arena_format(arena,
                            "DefaultEndpointsProtocol=https;AccountName=%s;AccountKey=%s;"
                            "EndpointSuffix=core.windows.net",
                            account, key);
    return arena_format(arena, "BlobEndpoint=https://%s.blob.core.windows.net/;SharedAccessSignature=%s", account,
                        signature == NULL ? "" : signature + (*signature == '?'));
}

bool azure_credentials_find(struct arena *arena, const struct store_given *given, struct azure_credentials *ret_found)
{
    const char *account = credentials_variable("AZURE_STORAGE_ACCOUNT");
    const char *key = credentials_variable("AZURE_STORAGE_KEY");
    const char *signature = credentials_variable("AZURE_STORAGE_SAS_TOKEN");
    const char *own = given->options->azure_connection_string;
    const char *string = own != NULL ? own : credentials_variable("AZURE_STORAGE_CONNECTION_STRING");

    *ret_found = (struct azure_credentials){ NULL };
    if (store_given_is_half(given)) {
        ret_found->problem = STORE_HALF_PROBLEM;
        ret_found->problem_hint = STORE_HALF_HINT;
        return true;
    }
    if (!given->is_anonymous && own == NULL && given->key != NULL)
        string = string_for(arena, given->key, given->secret, NULL);
    else if (!given->is_anonymous && string != NULL)
        string = arena_string(arena, string);
    else if (!given->is_anonymous && account != NULL && (key != NULL || signature != NULL))
        string = string_for(arena, account, key, signature);
    else {
        ret_found->account = account == NULL ? NULL : arena_string(arena, account);
        return account == NULL || ret_found->account != NULL;
    }
    return string != NULL && take_apart(arena, string, ret_found);
}
