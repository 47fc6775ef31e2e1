/*
 * Quoting lines. What the schema knows as a secret is masked by the redactor, but a line may hold one that nobody has
 * learned: the file could not be read to its end, or the key is misspelt. So a line is shown up to the first word that
 * may be the name of a secret, and not at all below such a word, as in a block of text.
 */

#include "config/quote.h"

#include "base/arena.h"
#include "base/redact.h"
#include "base/text.h"
#include "config/read.h"
#include "config/schema.h"

#include <ctype.h>
#include <string.h>

enum { MOST_QUOTED = 200, LONGEST_LINE = 160, LONGEST_WORD = 64 };

struct quoted_text {
    const char *shown;
    const char *chars;
    size_t length;
    bool was_read; /* so that the redactor knows its secrets */
};

struct line {
    const char *start;
    size_t length;
};

bool quote_keep(struct duckalog_config *config, const char *shown, const char *chars, size_t length, bool was_read)
{
    struct quoted_text *texts = arena_extend(config->arena, config->texts, config->text_count, sizeof(*texts));

    if (texts == NULL)
        return false;
    config->texts = texts;
    config->texts[config->text_count++] = (struct quoted_text){ shown, chars, length, was_read };
    return true;
}

/* ---- lines ---- */

static const struct quoted_text *find_text(const struct duckalog_config *config, const char *shown)
{
    for (size_t i = 0; i < config->text_count; i++)
        if (strcmp(config->texts[i].shown, shown) == 0)
            return &config->texts[i];
    return NULL;
}

static struct line line_at(const struct quoted_text *text, const char *start)
{
    const char *end = text->chars + text->length;
    const char *newline = memchr(start, '\n', (size_t)(end - start));
    struct line line = { start, (size_t)((newline != NULL ? newline : end) - start) };

    if (line.length > 0 && line.start[line.length - 1] == '\r')
        line.length--;
    return line;
}

static bool find_line(const struct quoted_text *text, unsigned number, struct line *ret_line)
{
    const char *end = text->chars + text->length;
    const char *start = text->chars;

    for (unsigned n = 1; n < number; n++) {
        start = memchr(start, '\n', (size_t)(end - start));
        if (start == NULL)
            return false;
        start++;
    }
    *ret_line = line_at(text, start);
    return true;
}

static bool find_line_before(const struct quoted_text *text, const struct line *line, struct line *ret_line)
{
    const char *start = line->start;

    if (start == text->chars)
        return false;
    for (start--; start > text->chars && start[-1] != '\n';)
        start--;
    *ret_line = line_at(text, start);
    return true;
}

static size_t indentation(const struct line *line)
{
    size_t blanks = 0;

    while (blanks < line->length && (line->start[blanks] == ' ' || line->start[blanks] == '-'))
        blanks++;
    return blanks;
}

/* ---- words ---- */

/* Is it close to a key whose value is a secret, anywhere in the schema? */
static bool is_like_secret_key(const struct mapping *mapping, const char *word)
{
    for (const struct key *key = mapping->keys; key->name != NULL; key++) {
        const char *const names[] = { key->name, NULL };

        if ((key->flags & KEY_SECRET) != 0 && key->type != TYPE_OPTIONS && closest_word(word, names) != NULL)
            return true;
        if (key->of != NULL && key->of != mapping && is_like_secret_key(key->of, word))
            return true;
    }
    return false;
}

/* The section `secrets` holds what is none as well. */
static bool may_name_secret(const char *word)
{
    return strcmp(word, "secrets") != 0 && (name_looks_secret(word) || is_like_secret_key(&schema_root, word));
}

/* The length of the line up to the end of the first word that may be the name of a secret; all of it without one. */
static size_t shown_length(const struct line *line)
{
    for (size_t i = 0; i < line->length;) {
        char word[LONGEST_WORD];
        size_t length = 0;

        while (i + length < line->length &&
               (isalnum((unsigned char)line->start[i + length]) || strchr("_-", line->start[i + length]) != NULL))
            length++;
        if (length == 0) {
            i++;
            continue;
        }
        if (length < LONGEST_WORD) {
            memcpy(word, line->start + i, length);
            word[length] = '\0';
            if (may_name_secret(word))
                return i + length;
        }
        i += length;
    }
    return line->length;
}

/* Also one with nothing behind it, as the key of a block has. */
static bool names_secret(const struct line *line)
{
    struct line longer = *line;
    char copy[LONGEST_LINE + 2];

    if (line->length > LONGEST_LINE)
        return true;
    memcpy(copy, line->start, line->length);
    copy[line->length] = ' ';
    longer.start = copy;
    longer.length++;
    return shown_length(&longer) < longer.length;
}

/* Do the lines that this one belongs to, as their indentation has it, name a secret? */
static bool is_below_secret(const struct quoted_text *text, const struct line *line)
{
    struct line above = *line;
    size_t indent = indentation(line);

    while (indent > 0 && find_line_before(text, &above, &above)) {
        if (indentation(&above) >= indent || above.length == indentation(&above))
            continue;
        indent = indentation(&above);
        if (names_secret(&above))
            return true;
    }
    return false;
}

/* ---- quoting ---- */

/* A part of a line, as it is shown. */
static void add_masked(struct text *text, const struct redactor *redactor, const char *start, size_t length)
{
    struct text plain = text_on_heap();
    struct text masked = text_on_heap();

    text_add_length(&plain, start, length);
    if (text_string(&plain) != NULL)
        redact_add(redactor, &masked, text_string(&plain));
    if (text_string(&plain) != NULL && text_string(&masked) != NULL)
        redact_add_without_credentials(text, text_string(&masked));
    else
        text->failed = true;
    text_free(&plain);
    text_free(&masked);
}

static size_t bytes_before(const struct line *line, unsigned column)
{
    size_t bytes = 0;

    for (unsigned c = 1; c < column && bytes < line->length; c++)
        do
            bytes++;
        while (bytes < line->length && (line->start[bytes] & 0xC0) == 0x80);
    return bytes;
}

/*
 * Of a secret the key that is wrong is told, but not what stands there: what should be a provider or a region may well be
 * a key that was pasted one line too high. Its type and name are no secrets.
 */
static bool is_value_of_secret(const duckalog_diagnostic *diagnostic)
{
    const char *entry = diagnostic->path == NULL ? NULL : strstr(diagnostic->path, "secrets[");
    const char *key = entry == NULL ? NULL : strchr(entry, '.');

    return key != NULL && strcmp(key, ".type") != 0 && strcmp(key, ".name") != 0;
}

static void quote(const struct duckalog_config *config, struct duckalog_report *report, size_t index)
{
    const duckalog_diagnostic *diagnostic = duckalog_report_get(report, index);
    const struct quoted_text *text = diagnostic->file == NULL ? NULL : find_text(config, diagnostic->file);
    struct text masked = text_on_heap();
    struct text before = text_on_heap();
    struct line line;
    size_t offset;
    size_t shown;

    if (text == NULL || diagnostic->line == 0 || !find_line(text, diagnostic->line, &line) ||
        line.length > LONGEST_LINE || is_below_secret(text, &line))
        return;
    offset = bytes_before(&line, diagnostic->column);
    shown = shown_length(&line);
    /* What an unknown key stands for is unknown too; of a file that could not be read, that is so for all of them. */
    if (!text->was_read || strcmp(diagnostic->code, "unknown-key") == 0) {
        size_t from = text->was_read ? offset : 0;
        const char *colon = memchr(line.start + from, ':', line.length - from);

        if (colon == NULL && !text->was_read)
            return;
        if (colon != NULL && (size_t)(colon - line.start) < shown)
            shown = (size_t)(colon - line.start);
    }
    if (is_value_of_secret(diagnostic) && offset < shown)
        shown = offset;
    if (offset > shown)
        offset = shown;
    add_masked(&masked, config->redactor, line.start, shown);
    add_masked(&before, config->redactor, line.start, offset);
    if (shown < line.length)
        text_add(&masked, " …");
    if (text_string(&masked) != NULL && text_string(&before) != NULL)
        report_set_line(report, index, text_string(&masked),
                        (unsigned)utf8_count(text_string(&before), before.length) + 1);
    text_free(&masked);
    text_free(&before);
}

void quote_lines(const struct duckalog_config *config, struct duckalog_report *report)
{
    report_sort(report);
    for (size_t i = 0; i < MOST_QUOTED && i < duckalog_report_count(report); i++)
        if (duckalog_report_get(report, i)->line_text == NULL)
            quote(config, report, i);
}
