// One agent that lives as long as the fuzzer's process, and what targets do with it.
#pragma once

#include "threads/engine.h"

#include <cstdint>
#include <string_view>

namespace heddle::fuzz {

/// Made at the first use, on the calling thread, which is inside the agent from then on. Its heap is limited to
/// `limit_bytes`. HEDDLE_PLANT names a planted bug to switch on (checked builds; see base/planted_bugs.def).
Agent& shared_agent(size_t limit_bytes);

/// Ends the process with a report: what libFuzzer takes for a crash.
[[noreturn]] void fail(std::string_view target, std::string_view what);

/// Takes the pending exception off the agent. Ends the process when it is not one of those that the operation may throw:
/// a DataCloneError, or a RangeError for want of memory or stack.
void expect_clone_error(Agent&, std::string_view target);

/// Reads decisions from the fuzzer's bytes; zeros when they are used up.
class ByteSource {
public:
    ByteSource(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}
    bool empty() const { return at_ == end_; }
    uint8_t byte() { return empty() ? 0 : *at_++; }
    uint32_t below(uint32_t bound) {
        uint32_t value = byte();
        if (bound > 256) value |= static_cast<uint32_t>(byte()) << 8;
        return value % bound;
    }
    uint64_t word() {
        uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
            value |= static_cast<uint64_t>(byte()) << (8 * i);
        return value;
    }

private:
    const uint8_t* at_;
    const uint8_t* end_;
};

} // namespace heddle::fuzz
