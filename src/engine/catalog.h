#ifndef DUCKALOG_ENGINE_CATALOG_H
#define DUCKALOG_ENGINE_CATALOG_H

/*
 * What the program needs of a catalog beside the public interface.
 */

#include "duckalog.h"

struct redactor;

/* The secret values of the config in use, to be masked in what is printed; NULL without a session. */
const struct redactor *catalog_redactor(const duckalog_catalog *catalog);

#endif
