#ifndef DUCKALOG_REMOTE_RETRY_H
#define DUCKALOG_REMOTE_RETRY_H

/* What a network does not do at the first try, it may do at the third. */

#include "remote/transport.h"

enum { RETRY_MOST_TRIES = 3 };

/* One try. */
typedef void retry_try(void *user, struct remote_answer *ret_answer);

/*
 * Tries until the outcome is another one than REMOTE_FAILED, at most so many times, with pauses that become longer, as long
 * as there is time for it and nobody interrupts. The answer is that of the last try, with the number of tries; what comes
 * with such a number has been tried often enough.
 */
void retry(const struct remote_context *context, int most_tries, retry_try *one, void *user,
           struct remote_answer *ret_answer);

/* How long a server may be silent. */
int retry_patience_ms(const struct remote_context *context);

#endif
