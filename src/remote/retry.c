#include "remote/retry.h"

#include "base/clock.h"

enum {
    USUAL_PATIENCE_MS = 30000,
    FIRST_PAUSE_MS = 200, /* each is four times as long as the one before */
    LONGEST_PAUSE_MS = 10000,
    LOOK_MS = 50, /* how often a pause looks whether it is interrupted */
};

/* False when there is no time left for it, or no wish. */
static bool pause_before_try(const struct remote_context *context, int pause_ms)
{
    double until = clock_ms() + pause_ms;

    if (until > context->deadline)
        return false;
    while (clock_ms() < until) {
        if (context->interrupted != NULL && atomic_load(context->interrupted))
            return false;
        clock_sleep_ms(LOOK_MS);
    }
    return true;
}

void retry(const struct remote_context *context, int most_tries, retry_try *one, void *user,
           struct remote_answer *ret_answer)
{
    int pause_ms = FIRST_PAUSE_MS;

    for (int tries = 1;; tries++) {
        one(user, ret_answer);
        if (ret_answer->tries > 0)
            return;
        ret_answer->tries = tries;
        if (ret_answer->outcome != REMOTE_FAILED || tries >= most_tries)
            return;
        if (ret_answer->wait_ms > pause_ms)
            pause_ms = ret_answer->wait_ms;
        if (pause_ms > LONGEST_PAUSE_MS || !pause_before_try(context, pause_ms))
            return;
        pause_ms *= 4;
    }
}

int retry_patience_ms(const struct remote_context *context)
{
    return context->options->timeout_ms > 0 ? context->options->timeout_ms : USUAL_PATIENCE_MS;
}
