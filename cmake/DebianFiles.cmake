# Run by CPack when the files of each component are in a folder of their own, and before they are packed: what Debian's
# policy asks for beside what make install does.
cmake_policy(VERSION 3.22)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH
set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(program ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/program/usr)

function(compress)
  execute_process(COMMAND gzip -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(GLOB pages ${program}/share/man/man1/*)
compress(${pages})
# Where Debian's zsh looks for what packages bring.
file(RENAME ${program}/share/zsh/site-functions ${program}/share/zsh/vendor-completions)
file(GLOB private ${program}/lib/duckalog/*.so)
foreach(library IN LISTS private)
  execute_process(COMMAND ${CPACK_DUCKALOG_STRIP} --strip-unneeded ${library} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# The license is in one place of the source: Debian's form has a blank before each line, and a dot for an empty one.
file(READ ${CPACK_DUCKALOG_SOURCE}/LICENSE license)
string(REGEX REPLACE "^.*(Permission is hereby granted)" "\\1" license "${license}")
string(REGEX REPLACE "\n+$" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " EXPAT_LICENSE "${license}")

# The packages need the program's of the same version, so they may share its folder of documents.
set(documents ${program}/share/doc/duckalog)
configure_file(${CPACK_DUCKALOG_SOURCE}/packaging/debian/copyright.in ${documents}/copyright @ONLY)
configure_file(${CPACK_DUCKALOG_SOURCE}/CHANGELOG.md ${documents}/changelog COPYONLY)
file(WRITE ${documents}/changelog.Debian
  "duckalog (${version}) unstable; urgency=medium\n\n"
  "  * Packaged from the source of version ${CPACK_PACKAGE_VERSION}.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")
compress(${documents}/changelog ${documents}/changelog.Debian)

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component}/usr/share)
  if(NOT component STREQUAL "program")
    file(MAKE_DIRECTORY ${share}/doc)
    file(CREATE_LINK duckalog ${share}/doc/${package} SYMBOLIC)
  endif()
  set(overrides ${CPACK_DUCKALOG_SOURCE}/packaging/debian/${component}.lintian-overrides)
  if(EXISTS ${overrides})
    configure_file(${overrides} ${share}/lintian/overrides/${package} @ONLY)
  endif()
endforeach()
