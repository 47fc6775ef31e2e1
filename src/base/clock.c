#include "base/clock.h"

#include <stdio.h>
#include <time.h>

double clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void clock_stamp(char ret_stamp[CLOCK_STAMP_SIZE])
{
    struct timespec now;
    struct tm utc = { 0 };

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    snprintf(ret_stamp, CLOCK_STAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900, utc.tm_mon + 1,
             utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

void clock_sleep_ms(double duration_ms)
{
    struct timespec duration = { .tv_sec = (time_t)(duration_ms / 1e3) };

    duration.tv_nsec = (long)((duration_ms - (double)duration.tv_sec * 1e3) * 1e6);
    nanosleep(&duration, NULL);
}
