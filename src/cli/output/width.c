#include "cli/output/width.h"

#include <utf8proc.h>

enum { VARIATION_EMOJI = 0xFE0F, FIRST_REGIONAL = 0x1F1E6, LAST_REGIONAL = 0x1F1FF };

/*
 * What is shown as one: a letter with its marks, a flag, an emoji of several. Returns its end; one byte when it is no
 * UTF-8.
 */
static const char *next_cluster(const char *text, size_t *ret_width)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t state = 0;
    utf8proc_int32_t first;
    utf8proc_int32_t before;
    utf8proc_ssize_t length = utf8proc_iterate(at, -1, &first);
    int width;

    *ret_width = 1;
    if (length <= 0)
        return text + 1;
    width = utf8proc_charwidth(first);
    *ret_width = width > 0 ? (size_t)width : 0;
    at += length;
    for (before = first; *at != 0; at += length) {
        utf8proc_int32_t next;

        length = utf8proc_iterate(at, -1, &next);
        if (length <= 0 || utf8proc_grapheme_break_stateful(before, next, &state))
            break;
        if (next == VARIATION_EMOJI || (next >= FIRST_REGIONAL && next <= LAST_REGIONAL))
            *ret_width = 2;
        before = next;
    }
    return (const char *)at;
}

size_t width_of(const char *text)
{
    size_t width = 0;
    size_t more;

    for (; *text != '\0'; width += more)
        text = next_cluster(text, &more);
    return width;
}

size_t width_cut(const char *text, size_t room, size_t *ret_width)
{
    const char *end = text;
    size_t more;

    *ret_width = 0;
    while (*end != '\0') {
        const char *next = next_cluster(end, &more);

        if (*ret_width + more > room)
            break;
        *ret_width += more;
        end = next;
    }
    return (size_t)(end - text);
}
