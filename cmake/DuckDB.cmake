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

# One that scripts/setup fetched goes with the source tree, so an installation has a copy of its own, in a folder where no
# other program looks. One that was there before us is used where it is.
string(FIND ${DUCKDB_LIBRARY} ${CMAKE_SOURCE_DIR}/.deps/ DUCKDB_FETCHED)
if(DUCKDB_FETCHED EQUAL 0)
  set(DUCKALOG_BUNDLE_DEFAULT ON)
else()
  set(DUCKALOG_BUNDLE_DEFAULT OFF)
endif()
if(NOT DEFINED DUCKALOG_LIBDUCKDB) # the one to load where the run path leads to none
  set(DUCKALOG_LIBDUCKDB ${DUCKDB_LIBRARY})
endif()
option(DUCKALOG_BUNDLE_DUCKDB "Install libduckdb with the program, in lib/duckalog" ${DUCKALOG_BUNDLE_DEFAULT})
set(DUCKALOG_PRIVATE_DIR lib/duckalog)
if(DUCKALOG_BUNDLE_DUCKDB)
  # Relative to the program and to the library, so that an installed tree may be moved.
  file(RELATIVE_PATH DUCKDB_FROM_PROGRAM ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_PREFIX}/${DUCKALOG_PRIVATE_DIR})
  file(RELATIVE_PATH DUCKDB_FROM_LIBRARY ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_PREFIX}/${DUCKALOG_PRIVATE_DIR})
  set(DUCKDB_FROM_PROGRAM "$ORIGIN/${DUCKDB_FROM_PROGRAM}")
  set(DUCKDB_FROM_LIBRARY "$ORIGIN/${DUCKDB_FROM_LIBRARY}")
else()
  set(DUCKDB_FROM_PROGRAM ${DUCKDB_LIBRARY_DIR})
  set(DUCKDB_FROM_LIBRARY ${DUCKDB_LIBRARY_DIR})
endif()
