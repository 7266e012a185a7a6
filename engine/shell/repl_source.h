// What a session makes of the text it was given: a complete script or not, an object literal or a block, with
// top-level await or without. About text and syntax alone; nothing runs.
#pragma once

#include "shell/syntax_tree.h"

namespace heddle::shell {

struct PreparedSource {
    enum class State : uint8_t {
        Complete,
        Incomplete, // more lines may complete it
        Invalid,    // compiling it throws the SyntaxError
    };
    State state = State::Complete;
    std::string text;
    /// The value of the script is a promise of { value }.
    bool awaits = false;
    /// Names that it declares at script level by let, const or class; and by var or function.
    std::vector<std::string> lexical_names;
    std::vector<std::string> variable_names;
    /// Where an invalid text is wrong.
    ParseError error;
};

PreparedSource prepare_source(const std::string& text, const ParseOptions&);

} // namespace heddle::shell
