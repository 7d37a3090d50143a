# Embed sql/queries/*.sql as bytes (.incbin) and declare them.
#
# planner/store/queries.h (generated) declares one `extern const struct query q_NAME` per query
# and a list of all; the number of parameters is the number of "-- $N" lines of the header.
function(planner_embed_queries target)
  set(out ${CMAKE_BINARY_DIR}/generated/planner/store)
  file(MAKE_DIRECTORY ${out})
  file(GLOB queries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/queries/*.sql)
  set(files ${queries})

  set(asm "")
  set(header "/* Generated from sql/queries. */\n#ifndef PLANNER_STORE_QUERIES_H\n")
  string(APPEND header "#define PLANNER_STORE_QUERIES_H\n#include \"planner/store/query.h\"\n")
  set(source "#include \"planner/store/queries.h\"\n")
  set(all "")
  foreach(file IN LISTS queries)
    get_filename_component(name ${file} NAME_WE)
    file(STRINGS ${file} params REGEX "^-- \\$[0-9]+ ")
    list(LENGTH params n_params)
    string(APPEND asm "sql_${name}:\n.incbin \"${file}\"\n.byte 0\n.global sql_${name}\n")
    string(APPEND header "extern const struct query q_${name};\n")
    string(APPEND source "extern const char sql_${name}[];\nconst struct query q_${name} = "
                         "{\"${name}\", sql_${name}, ${n_params}};\n")
    string(APPEND all "    &q_${name},\n")
  endforeach()
  string(APPEND header "/* Every query, ended by NULL. */\nextern const struct query *const "
                       "all_queries[];\n#endif\n")
  string(APPEND source "const struct query *const all_queries[] = {\n${all}    NULL};\n")

  set(head ".section .rodata\n")
  set(tail ".section .note.GNU-stack,\"\",@progbits\n")
  file(GENERATE OUTPUT ${out}/sql_bytes.S CONTENT "${head}${asm}${tail}")
  file(GENERATE OUTPUT ${out}/queries.h CONTENT "${header}")
  file(GENERATE OUTPUT ${out}/sql_table.c CONTENT "${source}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set_source_files_properties(${out}/sql_bytes.S PROPERTIES OBJECT_DEPENDS "${files}"
                                                            GENERATED TRUE)
  set_source_files_properties(${out}/sql_table.c PROPERTIES GENERATED TRUE)
  target_sources(${target} PRIVATE ${out}/sql_bytes.S ${out}/sql_table.c)
endfunction()
