#include "engine/written.h"

#include "base/text.h"
#include "engine/files.h"

#include <string.h>

void written_look(const char *path, struct written *ret_written)
{
    struct text log = text_on_heap();

    memset(ret_written, 0, sizeof(*ret_written));
    text_format(&log, "%s.wal", path);
    (void)stat(path, &ret_written->file);
    if (text_string(&log) != NULL)
        (void)stat(text_string(&log), &ret_written->log);
    text_free(&log);
}

bool was_written(const char *path, const struct written *before)
{
    struct written now;

    written_look(path, &now);
    return !files_are_unchanged(&now.file, &before->file) || !files_are_unchanged(&now.log, &before->log);
}
