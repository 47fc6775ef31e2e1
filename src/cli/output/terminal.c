#include "cli/output/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 10, USUAL_HEIGHT = 24 };

/* NULL for an empty one, too. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* As setlocale() would find it, without a locale for the whole program: numbers keep their point. */
static bool speaks_utf8(void)
{
    const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    const char *locale = NULL;
    const char *codeset;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && locale == NULL; i++)
        locale = variable(names[i]);
    codeset = locale == NULL ? NULL : strchr(locale, '.');
    return codeset != NULL && (strncasecmp(codeset, ".utf-8", 6) == 0 || strncasecmp(codeset, ".utf8", 5) == 0);
}

static size_t columns_of(int descriptor)
{
    const char *columns = variable("COLUMNS");
    struct winsize size;
    long width = 0;

    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0 && columns != NULL)
        width = strtol(columns, NULL, 10);
    return width <= 0 || width > 10000 ? USUAL_WIDTH : width < LEAST_WIDTH ? LEAST_WIDTH : (size_t)width;
}

static size_t rows_of(int descriptor)
{
    struct winsize size;

    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : USUAL_HEIGHT;
}

struct terminal terminal_of(int descriptor)
{
    const char *kind = variable("TERM");
    bool is_dumb = kind == NULL || strcmp(kind, "dumb") == 0;

    if (!isatty(descriptor))
        return (struct terminal){ 0 };
    return (struct terminal){ .is_there = true,
                              .is_dumb = is_dumb,
                              .has_colours = !is_dumb && variable("NO_COLOR") == NULL,
                              .has_boxes = !is_dumb && speaks_utf8(),
                              .width = columns_of(descriptor),
                              .height = rows_of(descriptor) };
}

struct terminal terminal_of_output(void)
{
    return terminal_of(STDOUT_FILENO);
}
