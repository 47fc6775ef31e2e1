#include "engine/transient.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct symptom {
    const char *words;
    duckalog_status status;
};

static const struct symptom symptoms[] = {
    /* of the network, as libpq and libcurl have it */
    { "timeout expired", DUCKALOG_TIMEOUT },
    { "timed out", DUCKALOG_TIMEOUT },
    { "Timeout was reached", DUCKALOG_TIMEOUT },
    { "Connection refused", DUCKALOG_UNAVAILABLE },
    { "Connection reset", DUCKALOG_UNAVAILABLE },
    { "Broken pipe", DUCKALOG_UNAVAILABLE },
    { "No route to host", DUCKALOG_UNAVAILABLE },
    { "Network is unreachable", DUCKALOG_UNAVAILABLE },
    { "Temporary failure in name resolution", DUCKALOG_UNAVAILABLE },
    { "server closed the connection unexpectedly", DUCKALOG_UNAVAILABLE },
    { "SSL SYSCALL error: EOF detected", DUCKALOG_UNAVAILABLE },
    { "SSL connection has been closed unexpectedly", DUCKALOG_UNAVAILABLE },
    { "could not receive data from server", DUCKALOG_UNAVAILABLE },
    { "could not send data to server", DUCKALOG_UNAVAILABLE },
    { "no connection to the server", DUCKALOG_UNAVAILABLE },
    { "Could not connect to server", DUCKALOG_UNAVAILABLE },
    { "Couldn't connect to server", DUCKALOG_UNAVAILABLE },
    { "Could not establish connection", DUCKALOG_UNAVAILABLE },
    { "Failed to read connection", DUCKALOG_UNAVAILABLE },
    /* of a PostgreSQL server */
    { "too many clients already", DUCKALOG_UNAVAILABLE },
    { "too many connections", DUCKALOG_UNAVAILABLE },
    { "remaining connection slots are reserved", DUCKALOG_UNAVAILABLE },
    { "the database system is starting up", DUCKALOG_UNAVAILABLE },
    { "the database system is shutting down", DUCKALOG_UNAVAILABLE },
    { "the database system is in recovery mode", DUCKALOG_UNAVAILABLE },
    { "terminating connection due to administrator command", DUCKALOG_UNAVAILABLE },
    { "terminating connection because of crash", DUCKALOG_UNAVAILABLE },
};

/* "HTTP 503", "HTTP code 429": asking again later may help. */
static bool is_passing_http_code(const char *message)
{
    for (const char *found = strstr(message, "HTTP"); found != NULL; found = strstr(found + 4, "HTTP")) {
        const char *digits = found + 4;
        long code;

        for (size_t letters = 0; letters < 16 && *digits != '\0' && !isdigit((unsigned char)*digits); letters++)
            digits++;
        code = strtol(digits, NULL, 10);
        if (code == 408 || code == 429 || (code >= 500 && code <= 599))
            return true;
    }
    return false;
}

duckalog_status status_of_network_error(const char *message, duckalog_status otherwise)
{
    for (size_t i = 0; i < sizeof(symptoms) / sizeof(symptoms[0]); i++)
        if (strstr(message, symptoms[i].words) != NULL)
            return symptoms[i].status;
    return is_passing_http_code(message) ? DUCKALOG_UNAVAILABLE : otherwise;
}
