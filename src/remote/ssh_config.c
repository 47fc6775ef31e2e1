#include "remote/ssh_config.h"

#include "base/arena.h"
#include "base/text.h"
#include "config/file.h"

#include <glob.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEEPEST = 8 };

struct reading {
    struct arena *arena;
    const char *home;   /* "" without one */
    const char *folder; /* where files are that are named without one */
    const char *host;   /* as the user has it */
    bool applies;       /* the section that is read */
    struct ssh_config *config;
};

const char *ssh_home(struct arena *arena)
{
    const char *home = getenv("HOME");
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer;
    enum { BUFFER = 16384 };

    if (home != NULL && *home != '\0')
        return home;
    buffer = arena_alloc(arena, BUFFER);
    if (buffer == NULL || getpwuid_r(getuid(), &entry, buffer, BUFFER, &found) != 0 || found == NULL)
        return NULL;
    return found->pw_dir;
}

/* ---- patterns ---- */

static bool is_like(const char *pattern, const char *name)
{
    for (; *pattern != '\0'; pattern++, name++) {
        if (*pattern == '*') {
            for (; *pattern == '*'; pattern++)
                ;
            for (;; name++) {
                if (is_like(pattern, name))
                    return true;
                if (*name == '\0')
                    return false;
            }
        }
        if (*name == '\0' || (*pattern != '?' && ascii_lower(*pattern) != ascii_lower(*name)))
            return false;
    }
    return *name == '\0';
}

bool ssh_patterns_match(struct arena *arena, const char *patterns, const char *separators, const char *name)
{
    bool matches = false;

    for (patterns += strspn(patterns, separators); *patterns != '\0'; patterns += strspn(patterns, separators)) {
        size_t length = strcspn(patterns, separators);
        const char *pattern = arena_copy(arena, patterns, length);

        if (pattern == NULL)
            return false;
        if (*pattern == '!' && is_like(pattern + 1, name))
            return false;
        matches = matches || is_like(pattern, name);
        patterns += length;
    }
    return matches;
}

/* ---- values ---- */

/* The first of a line, without its quotes; NULL: no memory. */
static const char *first_value(struct arena *arena, const char *values)
{
    if (*values == '"')
        return arena_copy(arena, values + 1, strcspn(values + 1, "\""));
    return arena_copy(arena, values, strcspn(values, " \t"));
}

/* `~` and the letters that stand for something; NULL: it has others, or no memory. */
static const char *expanded(const struct reading *reading, const char *value)
{
    struct text text = text_in(reading->arena);

    if (starts_with(value, "~/")) {
        text_add(&text, reading->home);
        value++;
    }
    for (; *value != '\0'; value++) {
        if (*value != '%')
            text_add_char(&text, *value);
        else if (*++value == 'h')
            text_add(&text, reading->config->host != NULL ? reading->config->host : reading->host);
        else if (*value == 'd')
            text_add(&text, reading->home);
        else if (*value == '%')
            text_add_char(&text, '%');
        else
            return NULL;
    }
    return text_string(&text);
}

static void take_key_file(struct reading *reading, const char *value)
{
    struct ssh_config *config = reading->config;
    const char *path = strcmp(value, "none") == 0 ? NULL : expanded(reading, value);

    if (path != NULL && config->key_file_count < SSH_MOST_KEY_FILES)
        config->key_files[config->key_file_count++] = path;
}

/* Of each the first that is said counts. */
static void take_value(struct reading *reading, const char *keyword, const char *value)
{
    struct ssh_config *config = reading->config;

    if (equal_ignoring_case(keyword, "hostname") && config->host == NULL)
        config->host = expanded(reading, value);
    else if (equal_ignoring_case(keyword, "user") && config->user == NULL)
        config->user = value;
    else if (equal_ignoring_case(keyword, "port") && config->port == 0) {
        long port = strtol(value, NULL, 10);

        config->port = port > 0 && port <= 65535 ? (int)port : 0;
    } else if (equal_ignoring_case(keyword, "identityfile"))
        take_key_file(reading, value);
    else if (equal_ignoring_case(keyword, "proxyjump") || equal_ignoring_case(keyword, "proxycommand"))
        config->has_proxy = config->has_proxy || strcmp(value, "none") != 0;
}

/* ---- files ---- */

static bool read_file(struct reading *reading, const char *path, int depth);

/* A section that begins in an included file ends with it. */
static bool include(struct reading *reading, const char *value, int depth)
{
    const char *pattern = expanded(reading, value);
    bool applied = reading->applies;
    bool good = true;
    glob_t found;

    if (pattern != NULL && *pattern != '/')
        pattern = arena_format(reading->arena, "%s/%s", reading->folder, pattern);
    if (pattern == NULL || depth == DEEPEST || glob(pattern, 0, NULL, &found) != 0)
        return true;
    for (size_t i = 0; i < found.gl_pathc && good; i++) {
        good = read_file(reading, found.gl_pathv[i], depth + 1);
        reading->applies = applied;
    }
    globfree(&found);
    return good;
}

static bool read_line(struct reading *reading, const char *line, int depth)
{
    size_t length = strcspn(line, " \t=\"");
    const char *keyword = arena_copy(reading->arena, line, length);
    const char *values = line + length + strspn(line + length, " \t");
    const char *value;

    if (*values == '=')
        values += 1 + strspn(values + 1, " \t");
    value = first_value(reading->arena, values);
    if (keyword == NULL || value == NULL)
        return false;
    if (equal_ignoring_case(keyword, "host"))
        reading->applies = ssh_patterns_match(reading->arena, values, " \t\"", reading->host);
    else if (equal_ignoring_case(keyword, "match"))
        reading->applies = equal_ignoring_case(values, "all");
    else if (reading->applies && equal_ignoring_case(keyword, "include"))
        return include(reading, value, depth);
    else if (reading->applies && *value != '\0')
        take_value(reading, keyword, value);
    return true;
}

static bool read_file(struct reading *reading, const char *path, int depth)
{
    struct file_content content;
    const char *chars;

    if (file_read(reading->arena, path, NULL, &content) != NULL)
        return true;
    for (chars = content.chars; chars != NULL && *chars != '\0';) {
        size_t length = strcspn(chars, "\n");
        const char *line = arena_copy(reading->arena, chars, length);

        line = line == NULL ? NULL : text_trimmed(reading->arena, line);
        if (line == NULL || (*line != '\0' && *line != '#' && !read_line(reading, line, depth)))
            return false;
        chars += length + (chars[length] == '\n' ? 1 : 0);
    }
    return true;
}

bool ssh_config_find(struct arena *arena, const char *host, struct ssh_config *ret_config)
{
    const char *home = ssh_home(arena);
    struct reading reading = { .arena = arena,
                               .home = home != NULL ? home : "",
                               .folder = arena_format(arena, "%s/.ssh", home != NULL ? home : ""),
                               .host = host,
                               .applies = true,
                               .config = ret_config };
    const char *path = arena_format(arena, "%s/config", reading.folder != NULL ? reading.folder : "");

    *ret_config = (struct ssh_config){ .host = NULL };
    if (reading.folder == NULL || path == NULL || !read_file(&reading, path, 0))
        return false;
    reading.folder = "/etc/ssh";
    reading.applies = true;
    return read_file(&reading, "/etc/ssh/ssh_config", 0);
}
