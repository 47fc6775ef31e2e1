#ifndef DUCKALOG_BASE_CLOCK_H
#define DUCKALOG_BASE_CLOCK_H

/* Milliseconds of a clock that no one sets: for durations, not for dates. */
double clock_ms(void);

enum { CLOCK_STAMP_SIZE = 64 };

/* The time of day as RFC 3339 has it, as in 2026-01-31T12:00:00.250Z. */
void clock_stamp(char ret_stamp[CLOCK_STAMP_SIZE]);

void clock_sleep_ms(double duration_ms);

#endif
