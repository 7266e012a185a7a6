# The shared library, the embeddings of examples/, and what `cmake --install` puts where: the libraries, the headers, the
# shell, a CMake package and a pkg-config file.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Of all its symbols only those of heddle.h are visible.
add_library(heddle_shared SHARED ${HEDDLE_OBJECTS})
target_include_directories(heddle_shared INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/engine/include> $<INSTALL_INTERFACE:include>)
target_link_libraries(heddle_shared PRIVATE fmt double-conversion gmp icui18n icuuc icudata hwy pthread)
target_link_options(heddle_shared PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/exports.map)
set_target_properties(heddle_shared PROPERTIES OUTPUT_NAME heddle EXPORT_NAME heddle VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/exports.map LINKER_LANGUAGE CXX)
set_target_properties(heddle_engine PROPERTIES OUTPUT_NAME heddle EXPORT_NAME static)

install(TARGETS heddle_shared heddle_engine EXPORT heddle
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS heddle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES engine/include/heddle/heddle.h engine/include/heddle/heddle.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heddle)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/heddle)
install(EXPORT heddle NAMESPACE heddle:: DESTINATION ${package} FILE heddleTargets.cmake)
configure_package_config_file(cmake/heddleConfig.cmake.in ${CMAKE_BINARY_DIR}/package/heddleConfig.cmake
    INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/heddleConfigVersion.cmake VERSION ${PROJECT_VERSION}
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/heddleConfig.cmake ${CMAKE_BINARY_DIR}/package/heddleConfigVersion.cmake
    DESTINATION ${package})
configure_file(cmake/heddle.pc.in ${CMAKE_BINARY_DIR}/package/heddle.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/heddle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The examples are programs of their own (see their CMakeLists.txt); here they are built against this tree and run.
add_library(heddle::heddle ALIAS heddle_shared)
foreach(example c_program agent_pool own_event_loop)
    file(GLOB sources CONFIGURE_DEPENDS examples/${example}/*.c examples/${example}/*.cpp)
    add_executable(example_${example} ${sources})
    target_link_libraries(example_${example} PRIVATE heddle::heddle pthread)
    add_test(NAME examples.${example} COMMAND example_${example})
    set_tests_properties(examples.${example} PROPERTIES LABELS examples TIMEOUT 120)
endforeach()
