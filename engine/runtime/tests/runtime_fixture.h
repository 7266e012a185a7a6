// An agent with a realm but no interpreter, for tests of what needs none.
#pragma once

#include "builtins/intrinsics.h"
#include "runtime/conversions.h"
#include "runtime/runtime.h"

#include <gtest/gtest.h>

namespace heddle {

class RuntimeTest : public testing::Test {
protected:
    RuntimeTest() { agent_.set_realm(MUST(Realm::create(agent_, library_.table()))); }
    std::string utf8(String* string) { return MUST(string->flatten(agent_)).to_utf8(); }
    String* latin1(std::string_view text) { return MUST(String::from_latin1(agent_, text)); }
    String* text(std::string_view utf8) { return MUST(String::from_utf8(agent_, utf8)); }

    BuiltinLibrary library_;
    Runtime runtime_{RuntimeOptions{&library_.table(), {}}};
    Agent agent_{runtime_, {}};
    Request request_{agent_};
};

} // namespace heddle
