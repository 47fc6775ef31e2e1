#include "failing.h"

#include <stdatomic.h>

static _Atomic(enum failing) counted;
static atomic_size_t calls; /* since counting began */
static size_t failing;      /* the number of the one that fails; 0: none */
static const char *failed_call;

void failing_begin(enum failing kind, size_t nth)
{
    failing = nth;
    failed_call = NULL;
    atomic_store(&calls, 0);
    atomic_store(&counted, kind);
}

size_t failing_end(void)
{
    atomic_store(&counted, NOTHING);
    return atomic_load(&calls);
}

bool failing_now(enum failing kind, const char *call)
{
    if (atomic_load(&counted) != kind || atomic_fetch_add(&calls, 1) + 1 != failing)
        return false;
    failed_call = call;
    return true;
}

const char *failing_call(void)
{
    return failed_call;
}
