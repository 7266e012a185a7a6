// Wraps each scenario, with the seed that draws its parameters and the faults that it meets.
#include "stress/schedules/scenario_programs.h"

#include "stress/schedules/script_observer.h"

#include <memory>

namespace stress {

static heddle::sync::WindowTable* shared_windows = nullptr;

void count_windows_in(heddle::sync::WindowTable* table) {
    shared_windows = table;
}

std::vector<Program> scenario_programs() {
    std::vector<Program> programs;
    for (const ScenarioInfo* info : all_scenarios()) {
        Program program;
        program.name = info->name;
        program.parameters = {{"seed", 1, 0},          {"threads", -1, 0},      {"rounds", -1, 0},
                              {"size", -1, 0},         {"gc_stress", 0, 0},     {"plant", 0, 0},
                              {"memory_limit", 0, 0},  {"stack_limit", 0, 0},   {"queue_messages", 0, 0},
                              {"fail_allocation", 0, 0}, {"terminate", 0, 0},   {"fail_nth", 0, 0}};
        program.body = [info](const Arguments& arguments) {
            // A run that is replayed needs the marks only.
            std::unique_ptr<heddle::sync::WindowTable> own;
            if (!shared_windows) own = std::make_unique<heddle::sync::WindowTable>();
            heddle::sync::ThreadRecord& thread = heddle::sync::current_thread();
            thread.windows = shared_windows ? shared_windows : own.get();
            if (arguments.at("plant") != 0 && info->planted)
                thread.planted_bugs |= uint64_t{1} << static_cast<unsigned>(*info->planted);
            Faults faults;
            auto small = [&](const char* name) { return static_cast<uint32_t>(arguments.at(name)); };
            faults.gc_stress = small("gc_stress");
            faults.memory_limit = static_cast<uint64_t>(arguments.at("memory_limit"));
            faults.stack_limit = static_cast<uint64_t>(arguments.at("stack_limit"));
            faults.queue_messages = small("queue_messages");
            faults.fail_allocation_low = faults.fail_allocation_high = small("fail_allocation");
            faults.terminate_low = faults.terminate_high = small("terminate");
            faults.fail_nth = static_cast<uint64_t>(arguments.at("fail_nth"));
            auto size = [&](const char* name) { return static_cast<int>(arguments.at(name)); };
            run_iteration(*info, static_cast<uint64_t>(arguments.at("seed")), faults,
                          {size("threads"), size("rounds"), size("size")});
            thread.windows = nullptr;
        };
        program.prepare = [](Plan& plan) { plan.observer = script_observer(); };
        programs.push_back(std::move(program));
    }
    return programs;
}

void add_arguments(const Faults& faults, Random& random, Arguments& arguments) {
    auto drawn = [&](uint32_t low, uint32_t high) {
        return high == 0 ? 0 : int64_t{random.between(static_cast<int>(low), static_cast<int>(high))};
    };
    arguments["gc_stress"] = faults.gc_stress;
    arguments["memory_limit"] = static_cast<int64_t>(faults.memory_limit);
    arguments["stack_limit"] = static_cast<int64_t>(faults.stack_limit);
    arguments["queue_messages"] = faults.queue_messages;
    arguments["fail_allocation"] = drawn(faults.fail_allocation_low, faults.fail_allocation_high);
    arguments["terminate"] = drawn(faults.terminate_low, faults.terminate_high);
    arguments["fail_nth"] = static_cast<int64_t>(faults.fail_nth);
}

void set_rates(const Faults& faults, Plan& plan) {
    constexpr uint32_t kSpuriousOneIn = 64;
    plan.spurious_one_in = faults.spurious_period ? faults.spurious_period : kSpuriousOneIn;
    plan.choice_one_in[static_cast<int>(controlled::ChoiceKind::TimeOfDay)] = faults.clock_jump_period;
}

} // namespace stress
