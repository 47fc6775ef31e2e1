/*
 * For LD_PRELOAD: the time of the day jumps back and forth by hours from one look to the next. Clocks that only count are
 * left alone. With tests/functional/test_machine_limits.py.
 */
#define _GNU_SOURCE

#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The C library calls its parameters __file and the like.
   NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
#define EXPORT __attribute__((visibility("default")))

static time_t jump(void)
{
    static atomic_uint looks;
    static const time_t hours[] = { 0, -5, 3, -1, 12, -11, 1, -24 };

    return hours[atomic_fetch_add(&looks, 1) % (sizeof(hours) / sizeof(hours[0]))] * 3600;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, ret_now);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ret_now->tv_sec += jump();
    return result;
}

EXPORT int gettimeofday(struct timeval *ret_now, void *zone)
{
    int result = (int)syscall(SYS_gettimeofday, ret_now, zone);

    if (result == 0)
        ret_now->tv_sec += jump();
    return result;
}

EXPORT time_t time(time_t *ret_now)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret_now != NULL)
        *ret_now = now.tv_sec;
    return now.tv_sec;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
