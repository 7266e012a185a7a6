#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace heddle {

void assertion_failed(const char* kind, const char* expression, const char* file, int line) {
    std::fprintf(stderr, "heddle: %s failed: %s:%d: %s\n", kind, file, line, expression);
    std::fflush(stderr);
    std::abort();
}

} // namespace heddle
