# make install: program, library, header, JSON Schema, manual, completions, pkg-config file, CMake package.
install(TARGETS duckalog_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS duckalog_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/duckalog.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES schema/duckalog.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/duckalog)
install(DIRECTORY ${DUCKALOG_MANUAL}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${DUCKALOG_COMPLETIONS}/duckalog DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${DUCKALOG_COMPLETIONS}/_duckalog DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${DUCKALOG_COMPLETIONS}/duckalog.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# $ORIGIN-like paths, so that an installed tree may be moved.
file(RELATIVE_PATH DUCKALOG_PREFIX_FROM_PKGCONFIG
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/duckalog.pc.in duckalog.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/duckalog.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/duckalogConfig.cmake.in duckalogConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/duckalog
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/duckalogConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/duckalogConfig.cmake ${CMAKE_BINARY_DIR}/duckalogConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/duckalog)
