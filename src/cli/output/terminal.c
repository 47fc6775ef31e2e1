#include "cli/output/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 10 };

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0';
}

/* As setlocale() would find it, without a locale for the whole program: numbers keep their point. */
static bool speaks_utf8(void)
{
    const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_set(names[i])) {
            const char *codeset = strchr(getenv(names[i]), '.');

            return codeset != NULL && (strncasecmp(codeset, ".utf-8", 6) == 0 || strncasecmp(codeset, ".utf8", 5) == 0);
        }
    return false;
}

static size_t width_of_output(void)
{
    struct winsize size;
    long width = 0;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0 && is_set("COLUMNS"))
        width = strtol(getenv("COLUMNS"), NULL, 10);
    return width <= 0 || width > 10000 ? USUAL_WIDTH : width < LEAST_WIDTH ? LEAST_WIDTH : (size_t)width;
}

struct terminal terminal_of_output(void)
{
    const char *kind = getenv("TERM");
    bool is_dumb = kind == NULL || *kind == '\0' || strcmp(kind, "dumb") == 0;

    if (!isatty(STDOUT_FILENO))
        return (struct terminal){ 0 };
    return (struct terminal){ .is_there = true,
                              .has_colours = !is_dumb && !is_set("NO_COLOR"),
                              .has_boxes = !is_dumb && speaks_utf8(),
                              .width = width_of_output() };
}
