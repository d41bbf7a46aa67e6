# Compiler settings and the few functions that every CMakeLists.txt here uses.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(SLUICE_PLUGIN_OUTPUT ${CMAKE_BINARY_DIR}/plugins)

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths are hashed relative to the tree, so that a fresh clone profits from what another one has compiled.
  set(SLUICE_CCACHE_COMMAND ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${SLUICE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${SLUICE_CCACHE_COMMAND})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SLUICE_CCACHE_COMMAND})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
# g++ 12 gives false alarms inside std::string (PR 105651) and std::regex when it optimises.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
add_compile_options($<$<C_COMPILER_ID:GNU>:-Wno-non-virtual-dtor>)
if(SLUICE_SANITIZE)
  add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SLUICE_SANITIZE})
endif()

find_package(Threads REQUIRED)

# The include path of the repository, for core and tests; plugins never get it.
add_library(sluice_root INTERFACE)
target_include_directories(sluice_root INTERFACE ${CMAKE_SOURCE_DIR})

# sluice_module(NAME DEPENDS ... LIBS ... EXCLUDE ...): the sources of this folder as static library sluice_NAME, without
# the files that EXCLUDE names.
# DEPENDS names other modules (linked as sluice_<name>), LIBS anything else.
function(sluice_module NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(TRANSFORM ARG_EXCLUDE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  if(ARG_EXCLUDE)
    list(REMOVE_ITEM sources ${ARG_EXCLUDE})
  endif()
  list(TRANSFORM ARG_DEPENDS PREPEND sluice_)
  if(sources)
    add_library(sluice_${NAME} STATIC ${sources})
    target_link_libraries(sluice_${NAME} PUBLIC sluice_root sluice_sdk ${ARG_DEPENDS} ${ARG_LIBS} Threads::Threads)
  else()
    add_library(sluice_${NAME} INTERFACE)
    target_link_libraries(sluice_${NAME} INTERFACE sluice_root sluice_sdk ${ARG_DEPENDS} ${ARG_LIBS} Threads::Threads)
  endif()
endfunction()

# sluice_add_plugin(NAME KIND LIBS ... CHECK_CONFIG JSON): the sources of this folder as a plugin library, build/plugins/NAME.so.
# Only the SDK is on its include path; one symbol is exported. The target sluice_plugins builds all of them.
# The conformance suite runs on it as a test, with CHECK_CONFIG as its settings ({tmp} is a fresh folder); with NEEDS_SERVER
# only in tests/abi, beside the server that it needs.
function(sluice_add_plugin NAME KIND)
  cmake_parse_arguments(ARG "NEEDS_SERVER" "CHECK_CONFIG" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(target plugin_${NAME})
  add_library(${target} MODULE ${sources})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME sluice_${KIND}_${NAME}
    LIBRARY_OUTPUT_DIRECTORY ${SLUICE_PLUGIN_OUTPUT})
  target_link_libraries(${target} PRIVATE sluice_sdk ${ARG_LIBS} Threads::Threads)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/plugin.version)
  if(NOT SLUICE_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/sluice/plugins)
  set_property(GLOBAL APPEND PROPERTY SLUICE_PLUGINS ${target})
  if(NOT TARGET sluice_plugins)
    add_custom_target(sluice_plugins)
  endif()
  add_dependencies(sluice_plugins ${target})
  if(SLUICE_BUILD_TESTS AND NOT ARG_NEEDS_SERVER)
    set(config)
    if(ARG_CHECK_CONFIG)
      set(config --config "${ARG_CHECK_CONFIG}")
    endif()
    add_test(NAME "conformance: ${KIND} ${NAME}" COMMAND sluice-plugin-check $<TARGET_FILE:${target}> ${config})
    set_tests_properties("conformance: ${KIND} ${NAME}" PROPERTIES LABELS conformance TIMEOUT 300)
  endif()
endfunction()
