/*
 * duckalog completion SHELL: the script by which a shell completes our command lines; --views is what it calls back.
 */

#include "cli/completion.h"

#include "cli/print.h"
#include "cli/view_names.h"

#include <stdio.h>
#include <string.h>

int command_completion(const struct invocation *invocation)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {
        { "bash", completion_print_bash },
        { "zsh", completion_print_zsh },
        { "fish", completion_print_fish },
    };
    const char *shell = invocation->operands[0];

    if (has_option(invocation, OPTION_VIEWS) == (shell != NULL)) {
        print_error(NULL, "as in: duckalog completion bash", "completion takes a shell or --views");
        return exit_code_of(DUCKALOG_USAGE);
    }
    if (shell == NULL)
        return view_names_print(invocation->values[OPTION_VIEWS]);
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
        if (strcmp(shells[i].shell, shell) == 0)
            shells[i].print();
    return finish_output();
}
