# Flags that every translation unit gets, the tests too.
add_library(planner_flags INTERFACE)
target_include_directories(planner_flags INTERFACE ${CMAKE_SOURCE_DIR}/include
                                                   ${CMAKE_BINARY_DIR}/generated)
target_include_directories(planner_flags SYSTEM INTERFACE ${PQ_INCLUDE_DIRS} ${CJSON_INCLUDE_DIRS})
target_compile_definitions(planner_flags INTERFACE _GNU_SOURCE
                                                   PLANNER_VERSION="${PROJECT_VERSION}")
target_compile_options(
  planner_flags
  INTERFACE -Wall
            -Wextra
            -Wshadow
            -Wpointer-arith
            -Wwrite-strings
            -Wformat=2
            -Wundef
            -Wvla
            -Wno-missing-field-initializers # {NULL} and {0} say "the rest is zero"
            $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>
            -fno-common)
if(PLANNER_WERROR)
  target_compile_options(planner_flags INTERFACE -Werror)
endif()

if(PLANNER_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(planner_flags INTERFACE ${sanitizers})
  target_link_options(planner_flags INTERFACE ${sanitizers})
endif()

# The whole tree is built for the fuzzers, so that they link the layers as they are.
if(PLANNER_FUZZ)
  set(coverage -fsanitize=fuzzer-no-link)
  if(PLANNER_FUZZ STREQUAL "find")
    list(APPEND coverage -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  endif()
  target_compile_options(planner_flags INTERFACE ${coverage})
  target_link_options(planner_flags INTERFACE ${coverage})
endif()

if(PLANNER_HARDEN)
  target_compile_options(planner_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
                                                 -fstack-protector-strong -fstack-clash-protection)
  target_link_options(planner_flags INTERFACE LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
endif()
target_link_options(planner_flags INTERFACE LINKER:--as-needed)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()

# The banned names, for the program only: the tests may print, and they link other headers.
add_library(planner_ban INTERFACE)
target_compile_options(
  planner_ban
  INTERFACE $<$<COMPILE_LANGUAGE:C>:-include;${CMAKE_SOURCE_DIR}/include/planner/base/banned.h>)
