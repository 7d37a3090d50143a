# What the official conformance suite wants to find, compiled into the layer that it is a part of.
# Included by src/CMakeLists.txt with PLANNER_CONFORMANCE only; the registry of each layer includes
# its fixtures.h.
set(fixtures ${CMAKE_SOURCE_DIR}/tests/conformance/fixtures)
foreach(layer tools resources prompts)
  if(TARGET planner_${layer})
    file(GLOB sources CONFIGURE_DEPENDS ${fixtures}/${layer}/*.c)
    target_sources(planner_${layer} PRIVATE ${sources})
    target_include_directories(planner_${layer} PRIVATE ${fixtures}/${layer} ${fixtures})
    target_compile_definitions(planner_${layer} PRIVATE PLANNER_CONFORMANCE)
  endif()
endforeach()
