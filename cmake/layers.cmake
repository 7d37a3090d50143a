# One static library per layer, linked only to the layers named here, so that an upward call is a
# link error. tests/tools/check_layers.py reads the same lines to reject an upward #include.
#
#   planner_layer(NAME below...)   sources: src/NAME/*.c   headers: include/planner/NAME/*.h
function(planner_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  add_library(planner_${name} STATIC ${sources})
  target_link_libraries(planner_${name} PUBLIC planner_flags PRIVATE planner_ban)
  foreach(below IN LISTS ARGN)
    target_link_libraries(planner_${name} PUBLIC planner_${below})
  endforeach()
endfunction()
