/*
 * duckalog schema
 */

#include "cli/print.h"

#include "base/text.h"
#include "config/json_schema.h"

#include <stdio.h>

int command_schema(const struct invocation *invocation)
{
    struct text schema = text_on_heap();
    int code = exit_code_of(DUCKALOG_NOMEM);

    (void)invocation;
    json_schema_add(&schema, &schema_root);
    if (text_string(&schema) != NULL) {
        fputs(text_string(&schema), stdout);
        code = finish_output();
    } else
        print_error(NULL, NULL, "not enough memory to make the schema");
    text_free(&schema);
    return code;
}
