# Embed numbered migrations as the table that planner/store/migrations.h declares.
#
#   planner_embed_migrations(TARGET NAME DIRECTORY...)
#
# A target that embeds its own table (a test, with migrations of its own) takes it in place of the
# one in planner_store. What stands in the header of a file is described in
# tests/tools/check_migrations.py, which also looks at its form; here a missing line and a dependency
# that is no earlier migration end the configuration.

# The value of a header line as the inside of a C string; FALLBACK when there is none.
function(planner_header file text key fallback ret)
  set(value "${fallback}")
  if("\n${text}" MATCHES "\n-- ${key}: ([^\n]*)\n")
    set(value "${CMAKE_MATCH_1}")
  endif()
  if(value STREQUAL "REQUIRED")
    message(FATAL_ERROR "${file}: the header has no line '-- ${key}: ...'")
  endif()
  string(REPLACE "\\" "\\\\" value "${value}")
  string(REPLACE "\"" "\\\"" value "${value}")
  set(${ret} "${value}" PARENT_SCOPE)
endfunction()

# The initialiser of a struct migration_script.
function(planner_script file symbol ret)
  file(READ ${file} text LIMIT 4096)
  file(SHA256 ${file} sha)
  set(row "{${symbol}, \"${sha}\"")
  foreach(key "locks" "lock timeout" "statement timeout")
    planner_header("${file}" "${text}" "${key}" REQUIRED value)
    string(APPEND row ",\n      \"${value}\"")
  endforeach()
  set(${ret} "${row}}" PARENT_SCOPE)
endfunction()

# Each of the numbers has to be one of those before.
function(planner_check_dependencies file version depends earlier)
  if(depends STREQUAL "nothing")
    return()
  endif()
  string(REPLACE " " ";" depends "${depends}")
  foreach(digits IN LISTS depends)
    math(EXPR other "${digits} + 0" OUTPUT_FORMAT DECIMAL)
    if(other GREATER_EQUAL version)
      message(FATAL_ERROR "${file}: depends on ${digits}, which is not earlier")
    elseif(NOT other IN_LIST earlier)
      message(FATAL_ERROR "${file}: depends on ${digits}, which does not exist")
    endif()
  endforeach()
endfunction()

# What a store records of it: the checksum of its up script, or of the checksums of that and of the
# batches, so that neither can change unnoticed.
function(planner_recorded_sha up batch ret)
  file(SHA256 ${up} sha)
  if(EXISTS ${batch})
    file(SHA256 ${batch} batch_sha)
    string(SHA256 sha "${sha}${batch_sha}")
  endif()
  set(${ret} ${sha} PARENT_SCOPE)
endfunction()

function(planner_embed_migrations target name)
  set(out ${CMAKE_BINARY_DIR}/generated/${name})
  set(ups "")
  foreach(dir IN LISTS ARGN)
    file(GLOB found CONFIGURE_DEPENDS ${dir}/*.up.sql)
    list(APPEND ups ${found})
    file(GLOB found CONFIGURE_DEPENDS ${dir}/*.batch.sql) # a new one configures again
  endforeach()
  list(SORT ups COMPARE FILE_BASENAME)

  set(asm "")
  set(rows "")
  set(source "#include <stddef.h>\n\n#include \"planner/store/migrations.h\"\n")
  set(files "")
  set(earlier "")
  foreach(up IN LISTS ups)
    get_filename_component(label ${up} NAME)
    string(REPLACE ".up.sql" "" label ${label})
    string(REPLACE ".up.sql" ".down.sql" down ${up})
    string(REPLACE ".up.sql" ".batch.sql" batch ${up})
    string(REGEX MATCH "^[0-9]+" digits ${label})
    string(REGEX REPLACE "^[0-9]+_" "" label ${label}) # the number is told beside it
    math(EXPR version "${digits} + 0" OUTPUT_FORMAT DECIMAL)
    list(APPEND files ${up} ${down})

    file(READ ${up} text LIMIT 4096)
    planner_header("${up}" "${text}" "oldest program" REQUIRED oldest)
    planner_header("${up}" "${text}" "depends on" REQUIRED depends)
    planner_header("${up}" "${text}" "phase" REQUIRED phase)
    planner_header("${up}" "${text}" "server" 0 server)
    planner_header("${up}" "${text}" "extensions" "" extensions)
    file(READ ${down} text LIMIT 4096)
    planner_header("${down}" "${text}" "loses" REQUIRED loses)
    planner_check_dependencies("${up}" ${version} "${depends}" "${earlier}")
    planner_script(${up} sql_up_${version} up_row)
    planner_script(${down} sql_down_${version} down_row)
    planner_recorded_sha(${up} ${batch} sha)
    list(APPEND earlier ${version})

    set(batch_row "NULL")
    foreach(kind up down batch)
      if(kind STREQUAL "batch")
        if(NOT EXISTS ${batch})
          continue()
        endif()
        set(batch_row "sql_batch_${version}")
        list(APPEND files ${batch})
      endif()
      set(symbol "sql_${kind}_${version}")
      string(APPEND asm "${symbol}:\n.incbin \"${${kind}}\"\n.byte 0\n.global ${symbol}\n")
      string(APPEND source "extern const char ${symbol}[];\n")
    endforeach()
    string(APPEND rows "    {${version}, \"${label}\",\n     ${up_row},\n     ${down_row},\n"
                       "     ${batch_row}, \"${sha}\",\n     \"${oldest}\", \"${depends}\", "
                       "\"${phase}\", ${server}, \"${extensions}\",\n     \"${loses}\"},\n")
  endforeach()
  string(APPEND source "const struct migration all_migrations[] = {\n${rows}    {0}};\n")

  file(GENERATE OUTPUT ${out}/bytes.S
       CONTENT ".section .rodata\n${asm}.section .note.GNU-stack,\"\",@progbits\n")
  file(GENERATE OUTPUT ${out}/table.c CONTENT "${source}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set_source_files_properties(${out}/bytes.S PROPERTIES OBJECT_DEPENDS "${files}" GENERATED TRUE)
  set_source_files_properties(${out}/table.c PROPERTIES GENERATED TRUE)
  target_sources(${target} PRIVATE ${out}/bytes.S ${out}/table.c)
endfunction()
