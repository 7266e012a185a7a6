// Reading hunt.toml. Unknown keys are errors: a misspelt fault would be a fault that never happens.
#include "stress/hunt/faults.h"

#include <fmt/core.h>
#include <stdexcept>
#include <tuple>
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

std::pair<uint32_t, uint32_t> range(const std::filesystem::path& file, const toml::node& node, std::string_view key) {
    const toml::array* both = node.as_array();
    if (!both || both->size() != 2) complain(file, node, fmt::format("{} is no [low, high]", key));
    auto low = static_cast<uint32_t>(whole_number(file, *both->get(0), key));
    auto high = static_cast<uint32_t>(whole_number(file, *both->get(1), key));
    if (low > high) complain(file, node, fmt::format("{}: low is above high", key));
    return {low, high};
}

Faults read_fault(const std::filesystem::path& file, std::string_view name, const toml::node& node) {
    Faults faults;
    faults.name = name;
    const toml::table* table = node.as_table();
    if (!table) complain(file, node, fmt::format("faults.{} is no table", name));
    for (const auto& [key, value] : *table) {
        std::string_view field = key.str();
        bool known = false;
#define FAULT(key, member)                                                                         \
    if (field == #key) {                                                                           \
        faults.member = static_cast<decltype(faults.member)>(whole_number(file, value, field));    \
        known = true;                                                                              \
    }
#define FAULT_RANGE(key, low, high)                                                                \
    if (field == #key) {                                                                           \
        std::tie(faults.low, faults.high) = range(file, value, field);                             \
        known = true;                                                                              \
    }
#include "stress/hunt/faults.def"
#undef FAULT
#undef FAULT_RANGE
        if (!known) {
            std::string there;
#define FAULT(key, member) there += " " #key;
#define FAULT_RANGE(key, low, high) there += " " #key;
#include "stress/hunt/faults.def"
#undef FAULT
#undef FAULT_RANGE
            complain(file, value, fmt::format("a fault has no '{}'; it has:{}", field, there));
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
