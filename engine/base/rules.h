// Rules of the engine that a checked build watches (rules.def), and the one way in which a broken one is reported.
#pragma once

#include "base/assert.h"

#include <cstdint>

namespace heddle {

enum class Rule : uint8_t {
#define RULE(identifier, name, expected) identifier,
#include "base/rules.def"
#undef RULE
};

inline constexpr int kRuleCount = 0
#define RULE(identifier, name, expected) +1
#include "base/rules.def"
#undef RULE
    ;

/// The name in reports, in findings and in the table of scenarios. Static storage.
const char* rule_name(Rule);
/// What is expected, and the way out. Static storage.
const char* rule_expectation(Rule);

/// Prints the report and aborts: the rule, what happened (without addresses, so that findings can be told apart by this
/// line), the object (may be null), the thread, and its C++ and JavaScript stacks. Any thread, also in the midst of a
/// collection. Defined with the thread record in engine/sync.
[[noreturn, gnu::cold, gnu::format(printf, 3, 4)]] void report_broken_rule(Rule, const void* object, const char* format, ...);

} // namespace heddle

/// HEDDLE_RULE(StaleView, is_fresh(), this, "%zu bytes ...", length): in checked builds reports the rule as broken unless
/// the condition holds.
#ifdef HEDDLE_CHECKED
#define HEDDLE_RULE(identifier, condition, object, ...)                                                              \
    (__builtin_expect(!(condition), 0) ? ::heddle::report_broken_rule(::heddle::Rule::identifier, object, __VA_ARGS__) \
                                       : (void)0)
#else
#define HEDDLE_RULE(identifier, condition, object, ...) ((void)sizeof(!(condition)))
#endif
