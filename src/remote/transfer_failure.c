/*
 * What it means that an exchange failed below its protocol, for people.
 */

#include "remote/transfer.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static const char *doing(const struct transfer *transfer)
{
    return transfer->from != NULL || transfer->is_for_writing ? "written" : "read";
}

/* "can't be read: " and the reason. */
static const char *because(const struct transfer *transfer, const char *reason)
{
    return arena_format(transfer->arena, "can't be %s: %s", doing(transfer), reason);
}

/* The file of this machine is what fails: asking again is no use. */
static const char *file_problem(const struct transfer *transfer, int error)
{
    if (transfer->from == NULL)
        return arena_format(transfer->arena, "can't be kept: %s", strerror(error));
    return because(transfer, error == ESTALE ? "the file became shorter meanwhile" : strerror(error));
}

/* Failures that have nothing to do with the server. */
static const char *own_problem(const struct transfer *transfer, const struct transfer_result *result)
{
    if (result->is_too_large)
        return arena_format(transfer->arena, "is larger than %zu MiB", transfer->largest >> 20);
    if (result->is_interrupted)
        return arena_format(transfer->arena, "was not %s: interrupted", doing(transfer));
    return result->file_error != 0 ? file_problem(transfer, result->file_error) : NULL;
}

static const char *timeout_problem(const struct transfer *transfer)
{
    if (clock_ms() >= transfer->context->deadline)
        return because(transfer, "the time for all documents is over");
    return arena_format(transfer->arena, "can't be %s: no answer within %g s", doing(transfer),
                        transfer->patience_ms / 1e3);
}

/*
 * An answer has begun, and libcurl takes no more of its headers: one that is too long (of 100 KiB in 7.88) it calls a want of
 * memory, newer ones CURLE_TOO_LARGE; too many of them are an error of receiving, with these words.
 */
static bool has_long_headers(const struct transfer_result *result)
{
    const int too_large = 100; /* CURLE_TOO_LARGE, which older headers of libcurl do not have */

    return result->status > 0 && (result->code == CURLE_OUT_OF_MEMORY || (int)result->code == too_large ||
                                  (result->code == CURLE_RECV_ERROR && result->problem != NULL &&
                                   starts_with(result->problem, "Too large response headers")));
}

bool transfer_failed(const struct transfer *transfer, const struct transfer_result *result,
                     struct remote_answer *ret_answer)
{
    *ret_answer = (struct remote_answer){ .outcome = REMOTE_FAILED, .wait_ms = result->wait_ms };
    if (result->is_too_large || result->is_interrupted || result->file_error != 0) {
        ret_answer->outcome = REMOTE_REFUSED;
        ret_answer->message = own_problem(transfer, result);
    } else if (has_long_headers(result))
        ret_answer->message = because(transfer, "the server's headers are too long");
    else
        switch (result->is_silent ? CURLE_OPERATION_TIMEDOUT : result->code) {
        case CURLE_OK:
            return false;
        case CURLE_OPERATION_TIMEDOUT:
            ret_answer->message = timeout_problem(transfer);
            ret_answer->hint = "--fs-timeout gives it more time";
            break;
        case CURLE_COULDNT_RESOLVE_HOST:
            ret_answer->message = because(transfer, "there is no server of this name, or no network");
            break;
        case CURLE_COULDNT_CONNECT:
            ret_answer->message = because(transfer, "the server does not take connections");
            break;
        case CURLE_PARTIAL_FILE:
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
            ret_answer->message = because(transfer, "the connection broke off");
            break;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
            ret_answer->outcome = REMOTE_REFUSED;
            ret_answer->message = arena_format(transfer->arena, "can't be %s: its certificate is not to be trusted: %s",
                                               doing(transfer), result->problem);
            ret_answer->hint = "SSL_CERT_FILE names a file with the certificates of an authority of your own";
            break;
        default:
            ret_answer->message = because(transfer, result->problem);
            break;
        }
    if (ret_answer->message == NULL)
        ret_answer->message = FILE_NO_MEMORY;
    return true;
}

bool transfer_ask(const struct transfer *transfer, struct transfer_result *ret_result, struct remote_answer *ret_answer)
{
    const char *problem;

    if (transfer_run(transfer, ret_result))
        return !transfer_failed(transfer, ret_result, ret_answer);
    problem = ret_result->problem;
    if (problem != NULL && strcmp(problem, FILE_NO_MEMORY) != 0)
        problem = because(transfer, problem);
    *ret_answer =
        (struct remote_answer){ .outcome = REMOTE_REFUSED, .message = problem != NULL ? problem : FILE_NO_MEMORY };
    return false;
}
