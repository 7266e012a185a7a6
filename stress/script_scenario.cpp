// What all scenarios of one script have in common: their parameters, their agents, and that nothing of these is left.
#include "stress/script_scenario.h"

#include <cstring>
#include <fmt/core.h>

namespace stress {

using namespace heddle;

void ScriptScenario::setup(Context& context) {
    count_ = context.threads(parameters_.threads.low, parameters_.threads.high);
    if (Range range = parameters_.rounds; range.high != 0) {
        if (parameters_.most_rounds_collecting != 0 && context.faults().gc_stress != 0) range.high = parameters_.most_rounds_collecting;
        rounds_ = context.rounds(range.low, range.high);
    }
    agents_.emplace(context);
    prepare(context);
}

void ScriptScenario::run(Context&) {
    start_agents();
    agents_->join();
}

void ScriptScenario::check(Context& context) {
    if (!agents_->gave_up()) check_results(context);
    agents_->check_no_leaks();
}

std::string ScriptScenario::constants(int) {
    return fmt::format("rounds = {}", rounds_);
}

void ScriptScenario::start_agent(const std::string& constants) {
    agents_->start(constants.empty() ? parameters_.script : fmt::format("const {};{}", constants, parameters_.script), count_);
}

void ScriptScenario::start_agents() {
    for (int i = 0; i < count_; i++)
        start_agent(constants(i));
}

void ScriptScenario::share(size_t bytes, size_t max_bytes) {
    BackingStore* made = agents_->add_shared(bytes, max_bytes);
    if (!store_) store_ = made;
}

int32_t ScriptScenario::word(int index) const {
    int32_t value;
    std::memcpy(&value, store_->data() + 4 * index, 4);
    return value;
}

} // namespace stress
