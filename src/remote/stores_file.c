/*
 * Objects by the file systems of DuckDB 1.5 and newer: piece by piece, so that the memory they take does not depend on their
 * size.
 */

#include "remote/stores_parts.h"

#include "base/arena.h"
#include "base/text.h"

/* `error` is destroyed. */
static void fail(struct store_call *call, duckdb_error_data error)
{
    store_call_fail(call, duckdb_error_data_message(error));
    duckdb_destroy_error_data(&error);
}

/* They work inside of a transaction only. */
static bool begin(struct store_call *call)
{
    struct text problem = text_on_heap();
    bool good = store_query(call->connection, "BEGIN", NULL, 0, NULL, &problem);

    if (!good)
        store_call_fail(call, text_string(&problem));
    text_free(&problem);
    return good;
}

static void end(struct store_call *call, struct store_file *file)
{
    struct text ignored = text_on_heap();

    duckdb_files.destroy(&file->file_system);
    duckdb_destroy_client_context(&file->context);
    store_query(call->connection, "ROLLBACK", NULL, 0, NULL, &ignored);
    text_free(&ignored);
}

bool store_file_open(struct store_call *call, enum store_file_use use, struct store_file *ret_file)
{
    void *options;
    bool good;

    *ret_file = (struct store_file){ NULL };
    if (!begin(call))
        return false;
    duckdb_connection_get_client_context(call->connection, &ret_file->context);
    ret_file->file_system = duckdb_files.of_context(ret_file->context);
    options = duckdb_files.create_options();
    if (use == STORE_FILE_READ)
        duckdb_files.set_flag(options, DUCKDB_FILES_READ, true);
    else {
        duckdb_files.set_flag(options, DUCKDB_FILES_WRITE, true);
        duckdb_files.set_flag(options, DUCKDB_FILES_CREATE, true);
    }
    good = duckdb_files.open(ret_file->file_system, call->address, options, &ret_file->handle) == DuckDBSuccess;
    duckdb_files.destroy_options(&options);
    if (!good) {
        fail(call, duckdb_files.error(ret_file->file_system));
        end(call, ret_file);
    }
    return good;
}

void store_file_fail(struct store_call *call, const struct store_file *file)
{
    fail(call, duckdb_files.handle_error(file->handle));
}

bool store_file_close(struct store_call *call, struct store_file *file)
{
    if (duckdb_files.close(file->handle) != DuckDBSuccess) {
        fail(call, duckdb_files.handle_error(file->handle));
        store_file_leave(call, file);
        return false;
    }
    duckdb_files.destroy_handle(&file->handle);
    end(call, file);
    return true;
}

void store_file_leave(struct store_call *call, struct store_file *file)
{
    stores_hold(call->stores);
    file->handle = NULL;
    end(call, file);
}
