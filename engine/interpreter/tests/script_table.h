// Scripts and what they print, one test for each row of a table.
#pragma once

#include "threads/tests/script_host.h"

#include <gtest/gtest.h>

#include <ostream>

namespace heddle::test {

struct ScriptCase {
    const char* name;
    const char* code;
    const char* printed; // "; " between two calls of print
};

inline void PrintTo(const ScriptCase& row, std::ostream* out) {
    *out << row.name;
}

inline std::string case_name(const testing::TestParamInfo<ScriptCase>& info) {
    return info.param.name;
}

} // namespace heddle::test
