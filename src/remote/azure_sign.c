#include "remote/azure_sign.h"

#include "base/arena.h"
#include "base/text.h"
#include "remote/base64.h"
#include "remote/hmac.h"

#include <stdio.h>
#include <string.h>

const char *azure_canonical(struct arena *arena, const char *account, const struct azure_request *request)
{
    struct text text = text_in(arena);
    char length[24] = "";
    /* In this order, one a line; those that are never sent are empty ones. */
    const char *const lines[] = {
        request->method,
        NULL, /* Content-Encoding */
        NULL, /* Content-Language */
        length,
        request->md5,
        request->type,
        NULL, /* Date: there is x-ms-date */
        NULL, /* If-Modified-Since */
        request->if_match,
        NULL, /* If-None-Match */
        NULL, /* If-Unmodified-Since */
        NULL, /* Range */
    };

    if (request->length > 0)
        snprintf(length, sizeof(length), "%llu", (unsigned long long)request->length);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        text_format(&text, "%s\n", lines[i] != NULL ? lines[i] : "");
    for (const struct azure_pair *pair = request->own; pair->name != NULL; pair++)
        text_format(&text, "%s:%s\n", pair->name, pair->value);
    text_format(&text, "/%s%s", account, request->path);
    for (const struct azure_pair *pair = request->query; pair != NULL && pair->name != NULL; pair++)
        text_format(&text, "\n%s:%s", pair->name, pair->value);
    return text_string(&text);
}

const char *azure_authorization(struct arena *arena, const char *account, const char *key,
                                const struct azure_request *request)
{
    const char *canonical = azure_canonical(arena, account, request);
    unsigned char signature[HMAC_LENGTH];
    const char *text;
    size_t length;
    const unsigned char *bytes = base64_decode(arena, key, &length);

    if (canonical == NULL || bytes == NULL)
        return NULL;
    hmac_sha256(bytes, length, canonical, strlen(canonical), signature);
    text = base64_encode(arena, signature, sizeof(signature));
    return text == NULL ? NULL : arena_format(arena, "Authorization: SharedKey %s:%s", account, text);
}

const char *azure_date(struct arena *arena, time_t now)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm time;

    gmtime_r(&now, &time);
    return arena_format(arena, "%s, %02d %s %d %02d:%02d:%02d GMT", days[time.tm_wday], time.tm_mday,
                        months[time.tm_mon], time.tm_year + 1900, time.tm_hour, time.tm_min, time.tm_sec);
}
