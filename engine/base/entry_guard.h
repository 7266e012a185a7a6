// EntryFlag and EntryGuard: a stretch of code that must not be entered again before it is left. In checked builds the
// second entry breaks the rule that the guard names; in others they are nothing.
#pragma once

#include "base/rules.h"

namespace heddle {

/// Belongs to what is guarded. Not synchronized: of one thread, or under the lock of its owner.
class EntryFlag {
public:
#ifdef HEDDLE_CHECKED
    bool is_inside() const { return inside_; }

private:
    friend class EntryGuard;
    bool inside_ = false;
#endif
};

class EntryGuard {
public:
#ifdef HEDDLE_CHECKED
    /// `what`: what is done inside, for the report: "jobs are drained".
    EntryGuard(EntryFlag& flag, Rule rule, const void* object, const char* what) : flag_(flag) {
        if (flag.inside_) [[unlikely]]
            report_broken_rule(rule, object, "%s again, in the midst of the same", what);
        flag.inside_ = true;
    }
    ~EntryGuard() { flag_.inside_ = false; }
#else
    EntryGuard(EntryFlag&, Rule, const void*, const char*) {}
    ~EntryGuard() {}
#endif
    EntryGuard(const EntryGuard&) = delete;
    EntryGuard& operator=(const EntryGuard&) = delete;

private:
#ifdef HEDDLE_CHECKED
    EntryFlag& flag_;
#endif
};

} // namespace heddle

/// The guarded thing must not be under way: for code that changes what a guarded walk goes over.
#ifdef HEDDLE_CHECKED
#define HEDDLE_NOT_INSIDE(flag, rule, object, ...)                                                                   \
    ((flag).is_inside() ? ::heddle::report_broken_rule(::heddle::Rule::rule, object, __VA_ARGS__) : (void)0)
#else
#define HEDDLE_NOT_INSIDE(flag, rule, object, ...) ((void)0)
#endif
