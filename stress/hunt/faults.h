// hunt.toml: named faults, and which scenarios are composed with which.
#pragma once

#include "stress/scenario.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace stress {

/// Does the name match a pattern in which * stands for any text?
bool matches(std::string_view pattern, std::string_view name);

class FaultPlan {
public:
    /// Throws std::runtime_error naming file, place and what is wrong.
    explicit FaultPlan(const std::filesystem::path& file);

    /// The faults that the first matching composition gives the scenario; at least one.
    const std::vector<Faults>& faults_for(std::string_view scenario) const;
    /// Throws std::runtime_error naming what exists.
    const Faults& named(const std::string& name) const;

private:
    struct Composition {
        std::string pattern;
        std::vector<Faults> faults;
    };
    std::map<std::string, Faults> faults_;
    std::vector<Composition> compositions_;
    std::vector<Faults> undisturbed_{Faults{}};
};

} // namespace stress
