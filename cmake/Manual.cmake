# The manual and the completions, made from the tables of commands (tools/man-pages.c, `duckalog completion`) with each
# build: none of it is kept in the repository.
set(DUCKALOG_MANUAL ${CMAKE_BINARY_DIR}/man)
set(DUCKALOG_COMPLETIONS ${CMAKE_BINARY_DIR}/completions)
string(TIMESTAMP DUCKALOG_DATE "%B %d, %Y" UTC) # or SOURCE_DATE_EPOCH
string(REPLACE " 0" " " DUCKALOG_DATE ${DUCKALOG_DATE})

add_executable(man-pages tools/man-pages.c)
target_link_libraries(man-pages PRIVATE duckalog_commands duckalog_objects)

add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/man.stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${DUCKALOG_MANUAL}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${DUCKALOG_MANUAL}
  COMMAND man-pages ${DUCKALOG_MANUAL} ${DUCKALOG_DATE}
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/man.stamp
  DEPENDS man-pages
  COMMENT "Writing the manual"
  VERBATIM)
add_custom_command(
  OUTPUT ${DUCKALOG_COMPLETIONS}/duckalog ${DUCKALOG_COMPLETIONS}/_duckalog ${DUCKALOG_COMPLETIONS}/duckalog.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${DUCKALOG_COMPLETIONS}
  COMMAND duckalog_program completion bash >${DUCKALOG_COMPLETIONS}/duckalog
  COMMAND duckalog_program completion zsh >${DUCKALOG_COMPLETIONS}/_duckalog
  COMMAND duckalog_program completion fish >${DUCKALOG_COMPLETIONS}/duckalog.fish
  DEPENDS duckalog_program
  COMMENT "Writing the completions")
add_custom_target(duckalog_manual ALL DEPENDS
  ${CMAKE_BINARY_DIR}/man.stamp
  ${DUCKALOG_COMPLETIONS}/duckalog ${DUCKALOG_COMPLETIONS}/_duckalog ${DUCKALOG_COMPLETIONS}/duckalog.fish)
