// Reports of broken rules (engine/base/rules.def) in what a run wrote to stderr: which rule, and where in the program. Both
// kinds of hunt make the finding's key from the two.
#pragma once

#include <optional>
#include <string>

namespace stress {

struct BrokenRule {
    /// As in rules.def: "stale-view".
    std::string name;
    /// The report's first line, without "heddle: ".
    std::string line;
    /// The innermost function that is neither part of the check nor of engine/sync; empty when nothing names it.
    std::string place;
};

/// The first broken rule of a report; its stacks are given names in the report itself.
std::optional<BrokenRule> find_broken_rule(std::string& report);

/// The findings' kind: "rule-stale-view".
std::string kind_of_broken_rule(const BrokenRule&);

} // namespace stress
