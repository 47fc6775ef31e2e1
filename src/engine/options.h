#ifndef DUCKALOG_ENGINE_OPTIONS_H
#define DUCKALOG_ENGINE_OPTIONS_H

#include "duckalog.h"

#include <stdbool.h>

/*
 * The caller's options as this library knows them, defaults where the caller's struct is shorter or NULL. False for a
 * struct of a size that no version had, and for options that exclude each other.
 */
bool options_read(const duckalog_options *options, duckalog_options *ret_options);

#endif
