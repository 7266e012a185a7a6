# One GoogleTest program for each folder that has tests/*_test.cpp, and the rule checks.

include(GoogleTest)
set(GTEST_LIBRARIES gtest gtest_main)
add_library(heddle_test_precompiled OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled/anchor.cpp)
target_precompile_headers(heddle_test_precompiled PRIVATE <gtest/gtest.h> <string> <string_view> <vector> <memory>
    <cstdint> <fmt/core.h>)
target_compile_options(heddle_test_precompiled PRIVATE -Xclang -fno-pch-timestamp)

function(heddle_add_tests name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/tests/*.cpp ${folder}/tests/*.h)
    if(NOT sources MATCHES "_test\\.cpp")
        return()
    endif()
    add_executable(${name} ${sources})
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/engine)
    target_compile_definitions(${name} PRIVATE HEDDLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_compile_options(${name} PRIVATE -Wno-thread-safety -Xclang -fno-pch-timestamp)
    target_precompile_headers(${name} REUSE_FROM heddle_test_precompiled)
    # Only the static parts of RapidCheck that a test uses are linked.
    target_link_libraries(${name} PRIVATE heddle_engine rapidcheck ${GTEST_LIBRARIES} pthread)
    if(TARGET heddle)
        add_dependencies(${name} heddle)
        target_compile_definitions(${name} PRIVATE HEDDLE_SHELL="$<TARGET_FILE:heddle>")
    endif()
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

foreach(layer IN LISTS HEDDLE_LAYERS ITEMS shell)
    heddle_add_tests(${layer}_tests ${CMAKE_SOURCE_DIR}/engine/${layer})
endforeach()
# Derives from a class of the engine's, which has no run-time type.
set_source_files_properties(${CMAKE_SOURCE_DIR}/engine/clone/tests/rules_test.cpp PROPERTIES COMPILE_OPTIONS -fno-rtti
    SKIP_PRECOMPILE_HEADERS ON)
add_library(api_plain_c OBJECT engine/api/tests/plain_c.c)
target_include_directories(api_plain_c PRIVATE engine/include)
target_compile_options(api_plain_c PRIVATE -std=c11 -pedantic -Werror)
target_link_libraries(api_tests PRIVATE api_plain_c)
# Its tests pass numbers that are no constants, as C may.
target_compile_options(api_tests PRIVATE -fno-sanitize=enum)
foreach(tool conformance stress triage)
    heddle_add_tests(${tool}_tests ${CMAKE_SOURCE_DIR}/${tool})
endforeach()
target_link_libraries(shell_tests PRIVATE heddle_shell edit)
target_link_libraries(conformance_tests PRIVATE conformance_objects)
target_compile_definitions(conformance_tests PRIVATE HEDDLE_TEST262="$<TARGET_FILE:heddle-test262>")
add_dependencies(conformance_tests heddle-test262)
string(FIND "${HEDDLE_SANITIZE}" "thread" thread_sanitizer)
target_compile_definitions(stress_tests PRIVATE HEDDLE_HUNT="$<TARGET_FILE:heddle-hunt>"
    HEDDLE_HUNT_SEES_RACES=$<NOT:$<EQUAL:${thread_sanitizer},-1>>)
add_dependencies(stress_tests heddle-hunt)

find_package(Python3 REQUIRED COMPONENTS Interpreter)

if(HEDDLE_CONTROLLED)
    # Apart from the tests that need the whole engine.
    file(GLOB schedule_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stress/tests/schedules/*_test.cpp)
    add_executable(schedule_tests ${schedule_tests} ${CMAKE_SOURCE_DIR}/stress/tests/schedules/main.cpp)
    target_include_directories(schedule_tests PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/engine)
    target_compile_options(schedule_tests PRIVATE -Wno-thread-safety -Xclang -fno-pch-timestamp)
    target_precompile_headers(schedule_tests REUSE_FROM heddle_test_precompiled)
    target_link_libraries(schedule_tests PRIVATE schedule_shapes stress_schedules heddle_sync_alone ${GTEST_LIBRARIES} pthread)
    gtest_discover_tests(schedule_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600 LABELS schedules)
    file(GLOB scenario_schedule_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stress/tests/schedules/scenarios/*_test.cpp)
    add_executable(scenario_schedule_tests ${scenario_schedule_tests} ${CMAKE_SOURCE_DIR}/stress/tests/schedules/main.cpp
        ${CMAKE_SOURCE_DIR}/stress/schedules/scenario_programs.cpp
        ${CMAKE_SOURCE_DIR}/stress/schedules/script_observer.cpp ${CMAKE_SOURCE_DIR}/stress/schedules/script_program.cpp)
    target_include_directories(scenario_schedule_tests PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/engine)
    target_compile_options(scenario_schedule_tests PRIVATE -Wno-thread-safety)
    target_link_libraries(scenario_schedule_tests PRIVATE stress_schedules stress_scenarios heddle_shell heddle_engine edit
        ${GTEST_LIBRARIES} pthread)
    target_compile_definitions(scenario_schedule_tests PRIVATE HEDDLE_SCHEDULES="$<TARGET_FILE:heddle-schedules>"
        HEDDLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_dependencies(scenario_schedule_tests heddle-schedules)
    gtest_discover_tests(scenario_schedule_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600
        LABELS schedules)
    add_test(NAME rules.scheduler COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/rules/check_scheduler.py
        $<TARGET_OBJECTS:heddle_scheduler>)
    set_tests_properties(rules.scheduler PROPERTIES LABELS schedules)
    # What ./dev test builds of a controlled preset.
    add_custom_target(schedule-checks DEPENDS heddle-schedules schedule_tests scenario_schedule_tests fuzz_schedule_bytes)
endif()
# What people are shown to hunt in is at least a script everywhere; with a scheduler its bug is found.
add_test(NAME shell.examples COMMAND $<TARGET_FILE:heddle> --dump-bytecode ${CMAKE_SOURCE_DIR}/stress/examples/lost_update.js
    ${CMAKE_SOURCE_DIR}/stress/examples/deadlock.js ${CMAKE_SOURCE_DIR}/stress/examples/torn_invariant.js)
add_test(NAME shell.hunt COMMAND sh -c "rm -rf hunted; '$<TARGET_FILE:heddle>' hunt \\
'${CMAKE_SOURCE_DIR}/stress/examples/lost_update.js' --until-found --findings hunted")
set_tests_properties(shell.hunt PROPERTIES LABELS shell TIMEOUT 120
    PASS_REGULAR_EXPRESSION "FOUND assert-.*shrunk to|in the source tree, ./dev hunt --script")
add_test(NAME shell.repl
    COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE}
        ${CMAKE_SOURCE_DIR}/engine/shell/tests/repl_session.py $<TARGET_FILE:heddle>)
set_tests_properties(shell.repl PROPERTIES LABELS shell TIMEOUT 300)

# The rules of the house, each with a self-test that shows it can fail.
set(rules ${CMAKE_SOURCE_DIR}/rules)
set(python ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 ${Python3_EXECUTABLE})
foreach(rule layers synchronization sizes clone_steps engine_rules)
    add_test(NAME rules.${rule} COMMAND ${python} ${rules}/check_${rule}.py ${CMAKE_SOURCE_DIR})
    add_test(NAME rules.${rule}.self_test COMMAND ${python} ${rules}/check_${rule}.py --self-test)
endforeach()
if(NOT HEDDLE_SANITIZE AND NOT HEDDLE_LTO AND NOT CMAKE_CXX_FLAGS MATCHES "profile")
    # Sanitizers and profiling add writable data of their own.
    add_test(NAME rules.statics COMMAND ${python} ${rules}/check_statics.py $<TARGET_FILE:heddle_engine>)
    add_test(NAME rules.statics.self_test
        COMMAND ${python} ${rules}/check_statics.py --self-test ${CMAKE_CXX_COMPILER})
    add_test(NAME rules.exports
        COMMAND ${python} ${rules}/check_exports.py ${CMAKE_SOURCE_DIR}/engine/include/heddle/heddle.h $<TARGET_FILE:heddle_shared>)
    add_test(NAME rules.exports.self_test COMMAND ${python} ${rules}/check_exports.py --self-test ${CMAKE_CXX_COMPILER})
endif()

# The tables of stress/README.md are those of the scenarios.
add_test(NAME rules.stress_readme COMMAND heddle-hunt --check-readme ${CMAKE_SOURCE_DIR}/stress/README.md)
add_test(NAME rules.stress_readme.self_test COMMAND sh -c "sed 's/^| 12 |.*/| 12 | something else |/' \
'${CMAKE_SOURCE_DIR}/stress/README.md' >stale.md && ! '$<TARGET_FILE:heddle-hunt>' --check-readme stale.md")

# The installed library, from outside.
add_test(NAME examples.install COMMAND ${python} ${CMAKE_SOURCE_DIR}/examples/check_install.py ${CMAKE_BINARY_DIR}
    ${CMAKE_C_COMPILER} ${CMAKE_CXX_COMPILER} "${HEDDLE_SANITIZE_OPTION}")
set_tests_properties(examples.install PROPERTIES LABELS examples TIMEOUT 300)

add_test(NAME bench.schedules.self_test COMMAND ${python} ${CMAKE_SOURCE_DIR}/bench/schedules.py --self-test)
add_test(NAME rules.scheduler.self_test COMMAND ${python} ${rules}/check_scheduler.py --self-test)

if(NOT HEDDLE_CONTROLLED AND NOT HEDDLE_SANITIZE)
    add_test(NAME rules.release_sync COMMAND ${python} ${rules}/check_release_sync.py ${CMAKE_CXX_COMPILER}
        ${CMAKE_SOURCE_DIR} $<TARGET_FILE:heddle>)
    add_test(NAME rules.release_sync.self_test COMMAND ${python} ${rules}/check_release_sync.py --self-test)
endif()

# Recordings, over an rr of the test's own; for real where RR and RR_FLAGS name one that works.
if(HEDDLE_CHECKED AND NOT HEDDLE_CONTROLLED AND NOT HEDDLE_SANITIZE)
    add_test(NAME triage.rr COMMAND ${python} ${CMAKE_SOURCE_DIR}/triage/tests/rr_test.py $<TARGET_FILE:heddle-hunt>)
    set_tests_properties(triage.rr PROPERTIES LABELS triage TIMEOUT 600)
endif()

# The programs of bench/ still compute what they did; their speed is ./dev bench's matter.
add_test(NAME bench.checksums COMMAND ${python} ${CMAKE_SOURCE_DIR}/bench/bench.py --heddle $<TARGET_FILE:heddle> --check)
set_tests_properties(bench.checksums PROPERTIES LABELS bench TIMEOUT 300)

# Unmodified packages from npm; skipped where npm or the network is missing.
add_test(NAME npm.bundles COMMAND ${python} ${CMAKE_SOURCE_DIR}/bench/bundle.py --heddle $<TARGET_FILE:heddle>
    --folder ${CMAKE_BINARY_DIR}/npm)
set_tests_properties(npm.bundles PROPERTIES LABELS npm TIMEOUT 300 SKIP_RETURN_CODE 77)
