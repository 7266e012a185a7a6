// A stream of random numbers that a seed determines: splitmix64 (Steele, Lea, Flood 2014).
#pragma once

#include <cstdint>

namespace stress {

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// In [0, bound); bound is positive.
    uint64_t below(uint64_t bound) { return next() % bound; }
    /// In [low, high].
    int between(int low, int high) { return low + static_cast<int>(below(static_cast<uint64_t>(high - low) + 1)); }
    bool one_in(uint64_t n) { return below(n) == 0; }
    /// A stream of its own, for another thread.
    Random split() { return Random(next()); }

private:
    uint64_t state_;
};

} // namespace stress
