# What the official conformance suite wants to find, compiled into the layer that it is a part of.
# Included by src/CMakeLists.txt with PLANNER_CONFORMANCE only.
foreach(layer tools resources prompts)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/conformance/fixtures/${layer}/*.c)
  if(sources)
    target_sources(planner_${layer} PRIVATE ${sources})
    target_include_directories(planner_${layer} PRIVATE ${CMAKE_SOURCE_DIR}/tests/conformance/fixtures)
    target_compile_definitions(planner_${layer} PRIVATE PLANNER_CONFORMANCE)
  endif()
endforeach()
