/*
 * The program: finds the command, has its words read by the tables of commands.c, and hands them to it.
 */

#include "cli/command_line.h"
#include "cli/first_run.h"
#include "cli/help.h"
#include "cli/log.h"
#include "cli/print.h"
#include "cli/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Where a standard stream is closed, as after `>&-`, the next file that is opened would take its place: the catalog, and
 * what is printed would be written into it. What takes the place instead fails as a closed stream does.
 */
static bool keep_places_of_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream)
            return false;
    return true;
}

static int run_command(const struct command *command, int count, char **words)
{
    struct invocation invocation;
    int code = command_line_read(command, count, words, &invocation);

    if (code == 0 && has_option(&invocation, OPTION_HELP)) {
        help_print_command(stdout, command);
        return finish_output();
    }
    if (code == 0)
        code = log_check(&invocation);
    if (code == 0)
        code = remote_options_check(&invocation);
    return code == 0 ? command->run(&invocation) : code;
}

/* Nobody asked for anything: help, and where to begin. */
static int run_nothing(void)
{
    char hint[FIRST_RUN_HINT];

    help_print(stderr);
    if (first_run_hint(commands[0].name, hint))
        fprintf(stderr, "\nhint: %s\n", hint);
    return exit_code_of(DUCKALOG_USAGE);
}

int main(int argc, char **argv)
{
    const struct command *command;

    if (!keep_places_of_streams())
        return exit_code_of(DUCKALOG_INTERNAL);
    /* A reader that has seen enough is no reason to die; writing tells. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* so does a file that may not grow */
    if (argc < 2)
        return run_nothing();
    command_line_move_options(argc, argv);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help_print(stdout);
        return finish_output();
    }
    if (strcmp(argv[1], "--version") == 0)
        return command_version(NULL);
    command = command_find(argv[1]);
    if (command == NULL)
        return command_line_unknown(argv[1]);
    return run_command(command, argc - 1, argv + 1);
}
