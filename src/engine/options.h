#ifndef DUCKALOG_ENGINE_OPTIONS_H
#define DUCKALOG_ENGINE_OPTIONS_H

#include "duckalog.h"

#include <stdbool.h>

/*
 * The caller's options as this library knows them, defaults where the caller's struct is shorter or NULL. False for a
 * struct of a size that no version had, for a longer one with anything but zeros behind what we know, and for options that
 * exclude each other.
 */
bool options_read(const duckalog_options *options, duckalog_options *ret_options);

#define OPTIONS_ATTACH_TIMEOUT "DUCKALOG_ATTACH_TIMEOUT"

enum { OPTIONS_USUAL_ATTACH_TIMEOUT_MS = 10000, OPTIONS_LONGEST_ATTACH_TIMEOUT = 86400 /* seconds */ };

/*
 * How long one try to attach may take: what the options say, or what DUCKALOG_ATTACH_TIMEOUT says in seconds, which may
 * have decimals, or the usual time. False when the variable counts and is no number from 0.001 to the longest time.
 */
bool options_attach_timeout(const duckalog_options *options, int *ret_ms);

struct arena;
struct config_options;

/* What of them the loader of configs wants; relative folders start at the working directory of now. False: no memory. */
bool options_for_config(struct arena *arena, const duckalog_options *options, struct config_options *ret_options);

#endif
