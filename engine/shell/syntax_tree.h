// The parts of each kind of syntax node by name, and the tree as text for --dump-ast.
#pragma once

#include "syntax/parser.h"

namespace heddle::shell {

/// Receives the parts of one node in the order of the text.
class PartVisitor {
public:
    virtual ~PartVisitor() = default;
    /// A fact that is no node: a name, a value, an operator, a flag.
    virtual void fact(std::string_view name, std::string_view text) = 0;
    /// Null: the part is absent (a hole in an array, for one).
    virtual void child(std::string_view name, const Node*) = 0;
};
void visit_parts(const Node&, PartVisitor&);

/// An indented line for each node: its part's name, kind, facts, and position (line:column-line:column).
std::string dump_tree(const Program&, const SourceText&);

/// True when the code of the function itself awaits: not counting functions inside.
bool contains_await(const FunctionNode&);

} // namespace heddle::shell
