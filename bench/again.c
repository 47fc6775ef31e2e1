/*
 * How long a second duckalog_get_connection() takes, in nanoseconds: the mean of many calls, printed as a number.
 *
 *     bench-again CONFIG
 */

#include <duckalog.h>
#include <stdio.h>
#include <time.h>

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    enum { CALLS = 1000000 };
    DUCKALOG_SCOPED duckalog_catalog *catalog = NULL;
    duckdb_connection first = NULL;
    duckdb_connection again = NULL;
    double started;

    if (argc != 2 || duckalog_connect(argv[1], NULL, &catalog) != DUCKALOG_OK ||
        duckalog_get_connection(catalog, &first) != DUCKALOG_OK) {
        fprintf(stderr, "bench-again: there is no connection\n");
        return 1;
    }
    started = now_ns();
    for (int i = 0; i < CALLS; i++)
        if (duckalog_get_connection(catalog, &again) != DUCKALOG_OK || again != first) {
            fprintf(stderr, "bench-again: this is another connection\n");
            return 1;
        }
    printf("%.1f\n", (now_ns() - started) / CALLS);
    return 0;
}
