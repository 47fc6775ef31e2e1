#include "engine/knock.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MS = 50 }; /* how often a waiting one looks whether it is to stop */

struct attempt {
    const struct door *door;
    const struct worker *worker;
    struct text *problem;
    double deadline;
};

static duckalog_status fail(const struct attempt *attempt, duckalog_status status, const char *what)
{
    text_free(attempt->problem);
    text_format(attempt->problem, "%s port %d: %s", attempt->door->host, attempt->door->port, what);
    return status;
}

static duckalog_status fail_by_errno(const struct attempt *attempt, int error)
{
    if (error == ETIMEDOUT)
        return fail(attempt, DUCKALOG_TIMEOUT, "can't be reached in time");
    return fail(attempt, DUCKALOG_UNAVAILABLE, strerror(error));
}

/* Until the socket can be read or written. */
static duckalog_status wait_for(const struct attempt *attempt, int socket_file, short events, const char *silence)
{
    struct pollfd watched = { .fd = socket_file, .events = events };

    for (;;) {
        double left = attempt->deadline - clock_ms();
        int ready;

        if (left <= 0 || worker_is_stopped(attempt->worker))
            return fail(attempt, DUCKALOG_TIMEOUT, silence);
        ready = poll(&watched, 1, left > LOOK_MS ? LOOK_MS : (int)left + 1);
        if (ready > 0)
            return DUCKALOG_OK;
        if (ready < 0 && errno != EINTR)
            return fail_by_errno(attempt, errno);
    }
}

static duckalog_status reach(const struct attempt *attempt, int socket_file, const struct addrinfo *address)
{
    duckalog_status status;
    int error = 0;
    socklen_t length = sizeof(error);

    if (connect(socket_file, address->ai_addr, address->ai_addrlen) == 0)
        return DUCKALOG_OK;
    if (errno != EINPROGRESS && errno != EINTR)
        return fail_by_errno(attempt, errno);
    status = wait_for(attempt, socket_file, POLLOUT, "can't be reached in time");
    if (status != DUCKALOG_OK)
        return status;
    if (getsockopt(socket_file, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    return error == 0 ? DUCKALOG_OK : fail_by_errno(attempt, error);
}

/* PostgreSQL's SSLRequest, which every server answers with one byte. */
static duckalog_status ask(const struct attempt *attempt, int socket_file)
{
    static const unsigned char request[8] = { 0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F };
    duckalog_status status;
    char answer;
    ssize_t length;

    if (send(socket_file, request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
        return fail_by_errno(attempt, errno);
    status = wait_for(attempt, socket_file, POLLIN, "accepts connections, but does not answer");
    if (status != DUCKALOG_OK)
        return status;
    length = recv(socket_file, &answer, 1, 0);
    if (length == 0)
        return fail(attempt, DUCKALOG_UNAVAILABLE, "the server closed the connection at once");
    return length == 1 ? DUCKALOG_OK : fail_by_errno(attempt, errno);
}

static duckalog_status knock_at(const struct attempt *attempt, const struct addrinfo *address)
{
    int socket_file =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
    duckalog_status status;

    if (socket_file < 0)
        return fail_by_errno(attempt, errno);
    status = reach(attempt, socket_file, address);
    if (status == DUCKALOG_OK && attempt->door->asks_for_tls)
        status = ask(attempt, socket_file);
    close(socket_file);
    return status;
}

static size_t count_of(const struct addrinfo *addresses)
{
    size_t count = 0;

    for (; addresses != NULL; addresses = addresses->ai_next)
        count++;
    return count;
}

duckalog_status knock(const struct door *door, const struct worker *worker, struct text *problem)
{
    struct attempt attempt = { .door = door, .worker = worker, .problem = problem };
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    double deadline = clock_ms() + door->limit_ms;
    struct addrinfo *addresses = NULL;
    duckalog_status status = DUCKALOG_UNAVAILABLE;
    size_t left;
    char port[16];
    int error;

    snprintf(port, sizeof(port), "%d", door->port);
    error = getaddrinfo(door->host, port, &hints, &addresses);
    if (error != 0)
        return fail(&attempt, error == EAI_AGAIN ? DUCKALOG_UNAVAILABLE : DUCKALOG_ENGINE, gai_strerror(error));
    left = count_of(addresses);
    /* A host may have an address that leads nowhere: each gets its share of the time. */
    for (const struct addrinfo *address = addresses; address != NULL && status != DUCKALOG_OK;
         address = address->ai_next) {
        attempt.deadline = clock_ms() + (deadline - clock_ms()) / (double)left--;
        status = knock_at(&attempt, address);
        if (worker_is_stopped(worker))
            break;
    }
    freeaddrinfo(addresses);
    return status;
}
