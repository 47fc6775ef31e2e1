# make install: program, library, header, JSON Schema, manual, completions, pkg-config file, CMake package, and libduckdb
# where it is ours to bring (DuckDB.cmake). The components are the Debian packages of Package.cmake.

# What is put where is written down for make uninstall: folders that were not there before, then files.
set(DUCKALOG_FOLDERS
  ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_LIBDIR}/cmake/duckalog
  ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_DATADIR}/duckalog ${CMAKE_INSTALL_MANDIR}/man1
  ${CMAKE_INSTALL_DATADIR}/bash-completion/completions ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
  ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d ${CMAKE_INSTALL_DOCDIR} ${DUCKALOG_PRIVATE_DIR} share/duckalog)
install(SCRIPT cmake/Installed.cmake COMPONENT list)
install(CODE "duckalog_note_folders(\"${DUCKALOG_FOLDERS}\")" COMPONENT list)

install(TARGETS duckalog_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(FILES schema/duckalog.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/duckalog COMPONENT program)
install(DIRECTORY ${DUCKALOG_MANUAL}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${DUCKALOG_COMPLETIONS}/duckalog
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${DUCKALOG_COMPLETIONS}/_duckalog
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT program)
install(FILES ${DUCKALOG_COMPLETIONS}/duckalog.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
install(FILES ${FLATCC_SOURCE}/LICENSE RENAME LICENSE.nanoarrow-flatcc DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(FILES ${FLATCC_SOURCE}/NOTICE RENAME NOTICE.nanoarrow-flatcc DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
if(DUCKALOG_BUNDLE_DUCKDB)
  file(REAL_PATH ${DUCKDB_LIBRARY} DUCKDB_FILE)
  install(FILES ${DUCKDB_FILE} RENAME libduckdb.so DESTINATION ${DUCKALOG_PRIVATE_DIR} COMPONENT program)
endif()

install(TARGETS duckalog_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT library NAMELINK_COMPONENT development)
install(FILES include/duckalog.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# $ORIGIN-like paths, so that an installed tree may be moved.
file(RELATIVE_PATH DUCKALOG_PREFIX_FROM_PKGCONFIG
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/duckalog.pc.in duckalog.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/duckalog.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

configure_package_config_file(cmake/duckalogConfig.cmake.in duckalogConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/duckalog
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/duckalogConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/duckalogConfig.cmake ${CMAKE_BINARY_DIR}/duckalogConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/duckalog COMPONENT development)

install(CODE "duckalog_write_list()" COMPONENT list)
