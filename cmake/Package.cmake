# make package: Debian packages by CPack, one for each component of Install.cmake. What Debian wants on top of what is
# installed is done by DebianFiles.cmake. libduckdb, which Debian has not, is in the program's package, so that one file
# is enough to use the program; the library's package needs that one.
set(DUCKALOG_MAINTAINER "The duckalog authors <duckalog@localhost.localdomain>" CACHE STRING
  "Who answers for a package: NAME <ADDRESS>; DEBFULLNAME and DEBEMAIL come first")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
  set(DUCKALOG_MAINTAINER "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME duckalog)
set(CPACK_PACKAGE_CONTACT ${DUCKALOG_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/DebianFiles.cmake)
set(CPACK_DUCKALOG_SOURCE ${CMAKE_SOURCE_DIR})
set(CPACK_DUCKALOG_STRIP ${CMAKE_STRIP})
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(DUCKALOG_DEBIAN_VERSION ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME duckalog)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION database)
# Extensions and data over HTTPS; what is behind URIs, for which libcurl is loaded when it is first needed, and libcrypto for
# accounts of Google.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "ca-certificates, libcurl4, libssl3 | libssl3t64")
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "DuckDB catalogs from one config file
DuckDB keeps the views of a database file, but not the session that they
need: settings, loaded extensions, secrets and attached databases. duckalog
describes all of it in one YAML or JSON file, builds the catalog when it is
missing, and restores the session on every connection after that.

DuckDB itself is in this package, for the use of duckalog only.")

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libduckalog${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "duckalog (= ${DUCKALOG_DEBIAN_VERSION})")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "DuckDB catalogs from one config file (library)
The library of duckalog, which restores the session of a DuckDB catalog in
programs of one's own. It loads the program's libduckdb, or the DuckDB that
the program that uses it has already.")
# What programs that are linked to the library need, and that ldconfig has to know of it.
file(CONFIGURE OUTPUT shlibs @ONLY CONTENT
  "libduckalog @PROJECT_VERSION_MAJOR@ libduckalog@PROJECT_VERSION_MAJOR@ (>= @PROJECT_VERSION@)\n")
file(CONFIGURE OUTPUT triggers @ONLY CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/shlibs ${CMAKE_BINARY_DIR}/triggers)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libduckalog-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libduckalog${PROJECT_VERSION_MAJOR} (= ${DUCKALOG_DEBIAN_VERSION}), duckalog (= ${DUCKALOG_DEBIAN_VERSION})")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "DuckDB catalogs from one config file (development)
What is needed to compile programs with the library of duckalog: its header,
a pkg-config file and a CMake package.")
include(CPack)
