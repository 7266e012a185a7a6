// Assertions. HEDDLE_ASSERT states a cheap invariant and is checked in every build but release;
// HEDDLE_CHECK guards a rule whose silent violation would be a security bug and is checked in every build.
#pragma once

namespace heddle {

/// Prints `kind: file:line: expression` to stderr and aborts. Never returns; may be called from any thread.
[[noreturn]] void assertion_failed(const char* kind, const char* expression, const char* file, int line);

} // namespace heddle

#define HEDDLE_CHECK(...)                                                                                    \
    (__builtin_expect(!(__VA_ARGS__), 0) ? ::heddle::assertion_failed("check", #__VA_ARGS__, __FILE__, __LINE__) \
                                         : (void)0)

#ifdef HEDDLE_CHECKED
#define HEDDLE_ASSERT(...) HEDDLE_CHECK(__VA_ARGS__)
#else
#define HEDDLE_ASSERT(...) ((void)sizeof(!(__VA_ARGS__)))
#endif

#define HEDDLE_UNREACHABLE() ::heddle::assertion_failed("unreachable", "", __FILE__, __LINE__)
