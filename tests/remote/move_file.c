/*
 * Finds, gets or puts one file as the program does, and prints what came of it as a line of JSON. tests/functional/
 * test_transfers.py runs it, and kills it.
 *
 *     move-file [OPTION=VALUE …] find URI
 *     move-file [OPTION=VALUE …] download URI FILE
 *     move-file [OPTION=VALUE …] upload FILE URI [ETAG]
 */
#include "base/arena.h"
#include "remote/remote.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static duckalog_remote_options options;
static atomic_bool interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    atomic_store(&interrupted, true);
}

/* Is it an option, which is taken? */
static bool take_option(const char *word)
{
    static const struct {
        const char *name;
        const char **text;
        int *number;
    } known[] = {
        { "protocol=", &options.protocol, NULL },
        { "key=", &options.key, NULL },
        { "secret=", &options.secret, NULL },
        { "token=", &options.token, NULL },
        { "azure_connection_string=", &options.azure_connection_string, NULL },
        { "sftp_host=", &options.sftp_host, NULL },
        { "sftp_port=", NULL, &options.sftp_port },
        { "sftp_key_file=", &options.sftp_key_file, NULL },
        { "timeout_ms=", NULL, &options.timeout_ms },
        { "export_put=", NULL, &options.export_put },
        { "anonymous=", NULL, &options.anonymous },
        { "allow_http=", NULL, &options.allow_http },
        { "offline=", NULL, &options.offline },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const char *value = word + strlen(known[i].name);

        if (strncmp(word, known[i].name, strlen(known[i].name)) != 0)
            continue;
        if (known[i].text != NULL)
            *known[i].text = value;
        else
            *known[i].number = (int)strtol(value, NULL, 10);
        return true;
    }
    return false;
}

struct seen {
    uint64_t done;
    uint64_t total;
    bool goes_back;
};

static void see(uint64_t done, uint64_t total, void *user)
{
    struct seen *seen = user;

    seen->goes_back = seen->goes_back || done < seen->done;
    seen->done = done;
    seen->total = total > 0 ? total : seen->total;
}

static bool move(struct arena *arena, char **words, struct seen *seen, struct remote_file *ret_file,
                 struct remote_problem *ret_problem)
{
    struct remote_settings settings = { .options = &options, .interrupted = &interrupted };

    if (strcmp(words[0], "find") == 0)
        return remote_find(&settings, arena, words[1], ret_file, ret_problem);
    if (strcmp(words[0], "download") == 0)
        return remote_download(&settings, arena, words[1], words[2], see, seen, ret_file, ret_problem);
    return remote_upload(&settings, arena, words[1], words[2], words[3], see, seen, ret_file, ret_problem);
}

int main(int count, char **words)
{
    struct arena *arena = arena_create(ARENA_PLAIN);
    struct seen seen = { 0 };
    struct remote_file file;
    struct remote_problem problem;
    json_t *line;
    bool good;

    duckalog_remote_options_init(&options);
    for (words++, count--; count > 0 && take_option(*words); count--)
        words++;
    if (count < 2 || arena == NULL)
        return EXIT_FAILURE;
    signal(SIGINT, interrupt);
    good = move(arena, words, &seen, &file, &problem);
    line = json_pack("{sb sb sb sI ss? sI sI sb ss? ss? sb sb}", "good", good, "is_there", file.is_there, "has_no_size",
                     file.has_no_size, "size", (json_int_t)file.size, "etag", file.etag, "done", (json_int_t)seen.done,
                     "total", (json_int_t)seen.total, "goes_back", seen.goes_back, "message", problem.message, "hint",
                     problem.hint, "is_refused", problem.is_refused, "is_transient", problem.is_transient);
    json_dumpf(line, stdout, JSON_ENSURE_ASCII);
    json_decref(line);
    arena_destroy(arena);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
