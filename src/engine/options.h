#ifndef DUCKALOG_ENGINE_OPTIONS_H
#define DUCKALOG_ENGINE_OPTIONS_H

#include "duckalog.h"

#include <stdbool.h>

/*
 * The caller's options as this library knows them, defaults where the caller's struct is shorter or NULL. False for a
 * struct of a size that no version had, and for options that exclude each other.
 */
bool options_read(const duckalog_options *options, duckalog_options *ret_options);

struct arena;
struct config_options;
struct duckalog_config;

/* What of them the loader of configs wants; relative folders start at the working directory of now. False: no memory. */
bool options_for_config(struct arena *arena, const duckalog_options *options, struct config_options *ret_options);

/* Puts the variables of .env files into the process's environment, where that is asked for. */
void options_export(const duckalog_options *options, const struct duckalog_config *config);

#endif
