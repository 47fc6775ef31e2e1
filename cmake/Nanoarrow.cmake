# The target nanoarrow: Apache's small C library for Arrow, with its writer of Arrow files and the flatcc runtime that it
# needs. No Debian release that we build on has it, so scripts/setup puts its sources below .deps; NANOARROW_ROOT, in the
# environment, names others. Both are under the Apache License 2.0, which Install.cmake installs.
set(NANOARROW_ROOT ${CMAKE_SOURCE_DIR}/.deps/nanoarrow)
if(DEFINED ENV{NANOARROW_ROOT})
  set(NANOARROW_ROOT $ENV{NANOARROW_ROOT})
endif()
set(NANOARROW_SOURCE ${NANOARROW_ROOT}/arrow-nanoarrow/src/nanoarrow)
set(FLATCC_SOURCE ${NANOARROW_ROOT}/flatcc)
if(NOT EXISTS ${NANOARROW_SOURCE}/nanoarrow_ipc.h)
  message(FATAL_ERROR "nanoarrow's sources are not there yet: run scripts/setup build first")
endif()

set(NANOARROW_VERSION_MAJOR 0)
set(NANOARROW_VERSION_MINOR 9)
set(NANOARROW_VERSION_PATCH 0)
set(NANOARROW_VERSION 0.9.0)
set(NANOARROW_NAMESPACE_DEFINE "#define NANOARROW_NAMESPACE Duckalog")
configure_file(${NANOARROW_SOURCE}/nanoarrow_config.h.in ${CMAKE_BINARY_DIR}/nanoarrow/nanoarrow/nanoarrow_config.h @ONLY)

add_library(nanoarrow STATIC
  ${NANOARROW_SOURCE}/common/array.c ${NANOARROW_SOURCE}/common/array_stream.c ${NANOARROW_SOURCE}/common/schema.c
  ${NANOARROW_SOURCE}/common/utils.c ${NANOARROW_SOURCE}/ipc/codecs.c ${NANOARROW_SOURCE}/ipc/decoder.c
  ${NANOARROW_SOURCE}/ipc/encoder.c ${NANOARROW_SOURCE}/ipc/reader.c ${NANOARROW_SOURCE}/ipc/writer.c
  ${FLATCC_SOURCE}/src/runtime/builder.c ${FLATCC_SOURCE}/src/runtime/emitter.c ${FLATCC_SOURCE}/src/runtime/refmap.c
  ${FLATCC_SOURCE}/src/runtime/verifier.c)
target_include_directories(nanoarrow SYSTEM PUBLIC
  ${CMAKE_BINARY_DIR}/nanoarrow ${NANOARROW_ROOT}/arrow-nanoarrow/src ${FLATCC_SOURCE}/include)
target_compile_options(nanoarrow PRIVATE -w) # theirs to heed
