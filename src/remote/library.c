#include "remote/library.h"

#include <dlfcn.h>
#include <string.h>

enum library_outcome library_load(const char *const *names, const struct library_function *wanted, size_t count)
{
    void *library = NULL;

    for (; library == NULL && *names != NULL; names++)
        library = dlopen(*names, RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL)
        return LIBRARY_MISSING;
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, wanted[i].name);

        if (function == NULL)
            return LIBRARY_LACKS_FUNCTIONS;
        memcpy(wanted[i].place, &function, sizeof(function));
    }
    return LIBRARY_LOADED;
}
