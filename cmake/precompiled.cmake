# The one set of standard headers that every engine folder shares as a precompiled header, and the flags of the engine.

file(WRITE ${CMAKE_BINARY_DIR}/precompiled/anchor.cpp.in "// Only here so that the precompiled header has a target to belong to.\n")
configure_file(${CMAKE_BINARY_DIR}/precompiled/anchor.cpp.in ${CMAKE_BINARY_DIR}/precompiled/anchor.cpp COPYONLY)

function(heddle_precompiled_headers target)
    target_precompile_headers(${target} PRIVATE
        <algorithm> <array> <bit> <cmath> <cstddef> <cstdint> <cstdlib> <cstring> <limits> <memory> <optional>
        <span> <string> <string_view> <type_traits> <utility> <vector> <fmt/core.h>)
    target_compile_options(${target} PRIVATE -Xclang -fno-pch-timestamp)
endfunction()

add_library(heddle_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled/anchor.cpp)
target_compile_options(heddle_precompiled PRIVATE -fno-exceptions -fno-rtti)
heddle_precompiled_headers(heddle_precompiled)

function(heddle_engine_options target)
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/engine ${CMAKE_SOURCE_DIR}/engine/include)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti -Xclang -fno-pch-timestamp)
    target_precompile_headers(${target} REUSE_FROM heddle_precompiled)
endfunction()
