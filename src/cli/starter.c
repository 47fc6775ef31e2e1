/*
 * The starter config, once as data and then in YAML, with comments, or in JSON, which has none.
 */

#include "cli/starter.h"

#include "base/sql.h"
#include "base/text.h"
#include "config/value.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

static const char *const settings[] = { "SET memory_limit = '2GB'", "SET threads = 4",
                                        "SET preserve_insertion_order = false" };

struct sample_view {
    const char *name;
    const char *description;
    const char *sql; /* %L is the project, in the last one */
};

static const struct sample_view views[] = {
    { "orders", "Sample data; put your own in its place",
      "SELECT *\n"
      "FROM (\n"
      "  VALUES\n"
      "    (1, DATE '2025-03-03', 'Bergen', 120.00),\n"
      "    (2, DATE '2025-03-03', 'Oslo', 80.50),\n"
      "    (3, DATE '2025-03-05', 'Oslo', 19.50),\n"
      "    (4, DATE '2025-03-11', 'Bergen', 45.00),\n"
      "    (5, DATE '2025-03-12', 'Oslo', 60.00)\n"
      ") AS sample (id, ordered_on, city, amount)\n" },
    { "daily_orders", "What came in each day",
      "SELECT ordered_on AS day, count(*) AS orders, sum(amount) AS revenue\n"
      "FROM orders\n"
      "GROUP BY ordered_on\n" },
    { "weekly_summary", "The same by week",
      "SELECT\n"
      "  %L AS project,\n"
      "  CAST(date_trunc('week', day) AS DATE) AS week,\n"
      "  sum(orders) AS orders,\n"
      "  sum(revenue) AS revenue\n"
      "FROM daily_orders\n"
      "GROUP BY ALL\n"
      "ORDER BY week\n" },
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]), VIEWS = sizeof(views) / sizeof(views[0]) };

/* ---- what a reader of YAML takes for text ---- */

/* A value is text for duckalog, whatever is in it: a placeholder is not to be replaced (config-language.md D-9). */
static void add_without_placeholders(struct text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (starts_with(value, "${env:"))
            text_add_char(text, '$');
        text_add_char(text, *value);
    }
}

/* Does YAML print the character as it is? What it takes for the end of a line is no such character, but for \n. */
static bool is_printable(utf8proc_int32_t c)
{
    return (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c <= 0xFFFD && c != 0x2028 && c != 0x2029 && c != 0xFEFF) ||
           c >= 0x10000;
}

/* The character at `*next`, which then points behind it. The text is UTF-8. */
static utf8proc_int32_t next_character(const char **next)
{
    utf8proc_int32_t c = 0;
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)*next, -1, &c);

    *next += length > 0 ? length : 1;
    return c;
}

static bool fits_a_block(const char *text)
{
    while (*text != '\0') {
        utf8proc_int32_t c = next_character(&text);

        if (c != '\n' && !is_printable(c))
            return false;
    }
    return true;
}

/* Needs no quotes in any YAML: a word or path of plain letters that is neither a boolean nor null. */
static bool is_plain(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/";
    static const char others[] = "0123456789-.";
    static const char *const words[] = { "null", "y", "n" };
    const char *rest = text;
    bool unused;

    if (strspn(text, first) == 0 || boolean_from_word(text, &unused))
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (equal_ignoring_case(text, words[i]))
            return false;
    while (*rest != '\0' && (strchr(first, *rest) != NULL || strchr(others, *rest) != NULL))
        rest++;
    return *rest == '\0';
}

static void add_quoted(struct text *yaml, const char *value)
{
    text_add_char(yaml, '"');
    while (*value != '\0') {
        const char *start = value;
        utf8proc_int32_t c = next_character(&value);

        if (c == '"' || c == '\\')
            text_format(yaml, "\\%c", (int)c);
        else if (c == '\n')
            text_add(yaml, "\\n");
        else if (is_printable(c))
            text_add_length(yaml, start, (size_t)(value - start));
        else
            text_format(yaml, c <= 0xFF ? "\\x%02X" : "\\u%04X", (unsigned)c);
    }
    text_add_char(yaml, '"');
}

static void add_scalar(struct text *yaml, const char *value)
{
    if (is_plain(value))
        text_add(yaml, value);
    else
        add_quoted(yaml, value);
}

/* As a block when all of it can be seen there, line by line. */
static void add_block(struct text *yaml, const char *value, const char *indent)
{
    if (!fits_a_block(value)) {
        add_quoted(yaml, value);
        text_add_char(yaml, '\n');
        return;
    }
    text_add(yaml, "|\n");
    while (*value != '\0') {
        size_t length = strcspn(value, "\n");

        if (length > 0)
            text_add(yaml, indent);
        text_add_length(yaml, value, length);
        text_add_char(yaml, '\n');
        value += length;
        value += *value == '\n';
    }
}

/* ---- the config ---- */

static void add_sql(struct text *sql, const struct sample_view *view, const struct starter *starter)
{
    struct text project = text_on_heap();

    add_without_placeholders(&project, starter->project);
    if (text_string(&project) != NULL)
        sql_format(sql, view->sql, text_string(&project));
    else
        sql->failed = true;
    text_free(&project);
}

static void add_view(struct text *yaml, const struct sample_view *view, const struct starter *starter)
{
    struct text sql = text_on_heap();

    add_sql(&sql, view, starter);
    text_format(yaml, "  - name: %s\n    description: %s\n    sql: ", view->name, view->description);
    if (text_string(&sql) != NULL)
        add_block(yaml, text_string(&sql), "      ");
    else
        yaml->failed = true;
    text_free(&sql);
}

void starter_add_yaml(struct text *text, const struct starter *starter)
{
    struct text database = text_on_heap();

    add_without_placeholders(&database, starter->database);
    if (starter->names_schema)
        text_add(text, "# yaml-language-server: $schema=" STARTER_SCHEMA "\n");
    text_add(
        text,
        "# A DuckDB catalog, made by `duckalog init`. It runs as it is. Lines such as `#attachments:`, with no blank\n"
        "# behind the `#` or several, are examples: take the `#` away and put your own names in.\n"
        "version: 1\n\n"
        "duckdb:\n"
        "  # The catalog is kept in this file; the path is relative to this config.\n"
        "  database: ");
    if (text_string(&database) != NULL)
        add_scalar(text, text_string(&database));
    else
        text->failed = true;
    text_free(&database);
    text_add(text, "\n\n"
                   "  # DuckDB forgets settings. Every connection to the catalog gets them back.\n"
                   "  settings:\n");
    for (size_t i = 0; i < SETTINGS; i++)
        text_format(text, "    - %s\n", settings[i]);
    text_add(text,
             "\n"
             "  # Credentials are forgotten too. Keep them in the environment, not in this file.\n"
             "#  secrets:\n"
             "#    - type: s3\n"
             "#      key_id: ${env:AWS_ACCESS_KEY_ID}\n"
             "#      secret: ${env:AWS_SECRET_ACCESS_KEY}\n"
             "#      region: eu-north-1\n"
             "\n"
             "# Other databases, open to the views under their alias; read-only unless `read_only: false` is added.\n"
             "#attachments:\n"
             "#  duckdb:\n"
             "#    - alias: crm\n"
             "#      path: data/crm.duckdb\n"
             "\n"
             "views:\n");
    for (size_t i = 0; i < VIEWS; i++) {
        add_view(text, &views[i], starter);
        text_add_char(text, '\n');
    }
    text_add(text,
             "  # Parquet files are a view without SQL. The path is relative to this config and may be a pattern.\n"
             "#  - name: sales\n"
             "#    source: parquet\n"
             "#    uri: data/sales/*.parquet\n");
}

static json_t *json_views(const struct starter *starter)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (size_t i = 0; i < VIEWS && good; i++) {
        struct text sql = text_on_heap();

        add_sql(&sql, &views[i], starter);
        good = text_string(&sql) != NULL &&
               json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", views[i].name, "description",
                                                     views[i].description, "sql", text_string(&sql))) == 0;
        text_free(&sql);
    }
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

static int add_chars(const char *chars, size_t length, void *text)
{
    text_add_length(text, chars, length);
    return text_failed(text) ? -1 : 0;
}

void starter_add_json(struct text *text, const struct starter *starter)
{
    struct text database = text_on_heap();
    json_t *config = NULL;

    add_without_placeholders(&database, starter->database);
    if (text_string(&database) != NULL)
        config = json_pack("{s:i, s:{s:s, s:[sss]}, s:o}", "version", 1, "duckdb", "database", text_string(&database),
                           "settings", settings[0], settings[1], settings[2], "views", json_views(starter));
    if (config == NULL || json_dump_callback(config, add_chars, text, JSON_INDENT(2)) != 0)
        text->failed = true;
    text_add_char(text, '\n');
    json_decref(config);
    text_free(&database);
}
