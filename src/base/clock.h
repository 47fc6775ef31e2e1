#ifndef DUCKALOG_BASE_CLOCK_H
#define DUCKALOG_BASE_CLOCK_H

/* Milliseconds of a clock that no one sets: for durations, not for dates. */
double clock_ms(void);

void clock_sleep_ms(double duration_ms);

#endif
