# The machine gates, each with a self-test that shows that it can fail. They look at the sources,
# so one build's run is enough: the plain one.
if(PLANNER_SANITIZE)
  return()
endif()

# planner_gate(NAME COMMAND SELF_TEST_COMMAND): lists
function(planner_gate name command self_test)
  add_test(NAME gate_${name} COMMAND ${command})
  add_test(NAME gate_${name}_self_test COMMAND ${self_test})
  set_tests_properties(gate_${name} gate_${name}_self_test PROPERTIES LABELS gate TIMEOUT 300)
endfunction()

set(tools ${CMAKE_CURRENT_SOURCE_DIR}/tools)
set(python ${Python3_EXECUTABLE} -B)
foreach(name size layers sql_in_c sql_files migrations)
  planner_gate(${name} "${python};${tools}/check_${name}.py"
               "${python};${tools}/check_${name}.py;--self-test")
endforeach()
planner_gate(globals "${python};${tools}/check_globals.py;${CMAKE_BINARY_DIR}"
             "${python};${tools}/check_globals.py;--self-test")
planner_gate(settings "${python};${tools}/check_settings.py;$<TARGET_FILE:mcp-planner>"
             "${python};${tools}/check_settings.py;--self-test")
planner_gate(database "${python};${tools}/check_database.py;$<TARGET_FILE:mcp-planner>"
             "${python};${tools}/check_database.py;--self-test")
set_tests_properties(gate_database PROPERTIES LABELS "gate;database" SKIP_RETURN_CODE 77)
planner_gate(fixtures
             "${CMAKE_CURRENT_SOURCE_DIR}/conformance/check_fixtures.sh;$<TARGET_FILE:mcp-planner>"
             "${CMAKE_CURRENT_SOURCE_DIR}/conformance/check_fixtures.sh;--self-test")
planner_gate(scripts "${tools}/check_scripts.sh" "${tools}/check_scripts.sh;--self-test")
find_program(CLANG_FORMAT clang-format)
if(CLANG_FORMAT)
  planner_gate(format "${tools}/check_format.sh" "${tools}/check_format.sh;--self-test")
endif()
find_program(RUN_CLANG_TIDY run-clang-tidy)
if(RUN_CLANG_TIDY)
  planner_gate(tidy "${tools}/check_tidy.sh;${CMAKE_BINARY_DIR}"
               "${tools}/check_tidy.sh;--self-test")
  # It uses every core by itself.
  set_tests_properties(gate_tidy PROPERTIES RUN_SERIAL TRUE TIMEOUT 600)
endif()
add_test(NAME gate_count_self_test COMMAND ${python} ${tools}/count.py --self-test)
set_tests_properties(gate_count_self_test PROPERTIES LABELS gate)
add_test(NAME gate_packages_self_test COMMAND ${tools}/packages_test.sh)
set_tests_properties(gate_packages_self_test PROPERTIES LABELS gate)
