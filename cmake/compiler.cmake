# Flags that hold for every target, from HEDDLE_CHECKED, HEDDLE_SANITIZE, HEDDLE_FUZZ and HEDDLE_LTO.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "Heddle is built with clang 19 or later (musttail with preserve_none); "
        "found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. Use a preset: cmake --preset dev")
endif()

find_program(HEDDLE_CCACHE ccache)
if(HEDDLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Precompiled headers are cacheable only when ccache may ignore their time stamps.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${HEDDLE_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_compile_options(-Wall -Wextra -Wthread-safety -Wno-unused-parameter -Wno-gnu-statement-expression -Wno-deprecated-declarations
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-invalid-offsetof> -fno-omit-frame-pointer -momit-leaf-frame-pointer -fno-strict-aliasing
    -ffp-contract=off -fdiagnostics-color=auto -gz=none)
# The same objects serve the programs and the shared library: position-independent, with only HEDDLE_API visible. In a
# program the linker turns the accesses to the one thread-local into the fastest ones.
add_compile_options(-fPIC -fvisibility=hidden -ftls-model=initial-exec
    $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
add_link_options(-fuse-ld=lld-19 -Wl,--threads=2 -Wl,--gc-sections -Wl,--as-needed)
add_compile_options(-ffunction-sections)

if(HEDDLE_CHECKED)
    add_compile_definitions(HEDDLE_CHECKED=1)
endif()
if(HEDDLE_CONTROLLED)
    add_compile_definitions(HEDDLE_CONTROLLED=1)
endif()
if(HEDDLE_SANITIZE)
    set(HEDDLE_SANITIZE_OPTION -fsanitize=${HEDDLE_SANITIZE}) # for programs that link the library elsewhere
    set(HEDDLE_SANITIZE_FLAGS ${HEDDLE_SANITIZE_OPTION})
    if(HEDDLE_SANITIZE MATCHES "address")
        # Fake stacks would hide locals from the conservative stack scan.
        list(APPEND HEDDLE_SANITIZE_FLAGS -fsanitize-address-use-after-return=never)
    endif()
    if(HEDDLE_SANITIZE MATCHES "undefined")
        list(APPEND HEDDLE_SANITIZE_FLAGS -fno-sanitize=vptr,function -fno-sanitize-recover=all)
    endif()
    add_compile_options(${HEDDLE_SANITIZE_FLAGS})
    add_link_options(${HEDDLE_SANITIZE_FLAGS})
endif()
if(HEDDLE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    # The programs that are not fuzz targets still need the coverage callbacks.
    add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(HEDDLE_LTO)
    add_compile_options(-flto=thin)
    add_link_options(-flto=thin)
endif()

get_filename_component(HEDDLE_BUILD_NAME ${CMAKE_BINARY_DIR} NAME)
