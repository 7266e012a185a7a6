// Reading hunt.toml. Unknown keys are errors: a misspelt fault would be a fault that never happens.
#include "stress/hunt/faults.h"

#include <fmt/core.h>
#include <stdexcept>
#include <toml++/toml.h>

namespace stress {

bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern.front() == '*') {
        for (size_t skip = 0; skip <= name.size(); skip++) {
            if (matches(pattern.substr(1), name.substr(skip))) return true;
        }
        return false;
    }
    return !name.empty() && pattern.front() == name.front() && matches(pattern.substr(1), name.substr(1));
}

namespace {

[[noreturn]] void complain(const std::filesystem::path& file, const toml::node& node, const std::string& message) {
    throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), node.source().begin.line, message));
}

int64_t whole_number(const std::filesystem::path& file, const toml::node& node, std::string_view key) {
    std::optional<int64_t> value = node.value<int64_t>();
    if (!node.is_integer() || *value < 0) complain(file, node, fmt::format("{} is no whole number", key));
    return *value;
}

Faults read_fault(const std::filesystem::path& file, std::string_view name, const toml::node& node) {
    Faults faults;
    faults.name = name;
    const toml::table* table = node.as_table();
    if (!table) complain(file, node, fmt::format("faults.{} is no table", name));
    for (const auto& [key, value] : *table) {
        std::string_view field = key.str();
        if (field == "yield_period") faults.yield_period = static_cast<uint32_t>(whole_number(file, value, field));
        else if (field == "gc_stress") faults.gc_stress = static_cast<uint32_t>(whole_number(file, value, field));
        else if (field == "memory_limit") faults.memory_limit = static_cast<uint64_t>(whole_number(file, value, field));
        else if (field == "fail_allocation") {
            const toml::array* range = value.as_array();
            if (!range || range->size() != 2) complain(file, value, "fail_allocation is no [low, high]");
            faults.fail_allocation_low = static_cast<uint32_t>(whole_number(file, *range->get(0), field));
            faults.fail_allocation_high = static_cast<uint32_t>(whole_number(file, *range->get(1), field));
            if (faults.fail_allocation_low > faults.fail_allocation_high)
                complain(file, value, "fail_allocation: low is above high");
        } else {
            complain(file, value, fmt::format("a fault has no '{}'; it has yield_period, gc_stress, fail_allocation, "
                                              "memory_limit", field));
        }
    }
    return faults;
}

} // namespace

FaultPlan::FaultPlan(const std::filesystem::path& file) {
    toml::table document;
    try {
        document = toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), error.source().begin.line,
                                             std::string(error.description())));
    }
    for (const auto& [key, value] : document) {
        if (key.str() == "faults" && value.is_table()) {
            for (const auto& [name, fault] : *value.as_table())
                faults_.emplace(std::string(name.str()), read_fault(file, name.str(), fault));
        } else if (key.str() != "compose" || !value.is_array()) {
            complain(file, value, fmt::format("'{}' is neither [faults.NAME] nor [[compose]]", std::string(key.str())));
        }
    }
    if (const toml::array* entries = document["compose"].as_array()) {
        for (const toml::node& entry : *entries) {
            const toml::table* table = entry.as_table();
            if (!table) complain(file, entry, "compose is no table");
            Composition composition;
            composition.pattern = (*table)["scenarios"].value_or(std::string());
            const toml::array* names = (*table)["faults"].as_array();
            if (composition.pattern.empty() || !names || names->empty())
                complain(file, entry, "a composition has scenarios = \"PATTERN\" and faults = [NAME, ...]");
            for (const toml::node& name : *names) composition.faults.push_back(named(name.value_or(std::string())));
            compositions_.push_back(std::move(composition));
        }
    }
}

const std::vector<Faults>& FaultPlan::faults_for(std::string_view scenario) const {
    for (const Composition& composition : compositions_) {
        if (matches(composition.pattern, scenario)) return composition.faults;
    }
    return undisturbed_;
}

const Faults& FaultPlan::named(const std::string& name) const {
    auto found = faults_.find(name);
    if (found != faults_.end()) return found->second;
    std::string there;
    for (const auto& [known, faults] : faults_) there += ' ' + known;
    throw std::runtime_error(fmt::format("there are no faults '{}'; there are:{}", name, there));
}

} // namespace stress
