# Where DuckDB is: sets DUCKDB_INCLUDE_DIR and DUCKDB_LIBRARY_DIR.
#
# An installed library comes first (DUCKDB_ROOT, then pkg-config), then the one that scripts/setup put below .deps. The
# headers are always the pinned ones: a binary built with them runs with DuckDB 1.4, 1.5 and 2.0.
set(DUCKDB_INCLUDE_DIR ${CMAKE_SOURCE_DIR}/.deps/duckdb/include)
if(NOT EXISTS ${DUCKDB_INCLUDE_DIR}/duckdb_extension.h)
  message(FATAL_ERROR "DuckDB's headers are not there yet: run scripts/setup build first")
endif()

pkg_check_modules(DUCKDB QUIET duckdb)
find_library(DUCKDB_LIBRARY duckdb NO_DEFAULT_PATH
  PATHS $ENV{DUCKDB_ROOT}/lib $ENV{DUCKDB_ROOT} ${DUCKDB_LIBRARY_DIRS} ${DUCKDB_LIBDIR}
        ${CMAKE_SOURCE_DIR}/.deps/duckdb/lib)
if(NOT DUCKDB_LIBRARY)
  message(FATAL_ERROR "libduckdb was not found: set DUCKDB_ROOT, or run scripts/setup build")
endif()
get_filename_component(DUCKDB_LIBRARY_DIR ${DUCKDB_LIBRARY} DIRECTORY)
message(STATUS "DuckDB: ${DUCKDB_LIBRARY}")
