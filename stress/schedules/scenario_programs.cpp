// Wraps each scenario, with the seed that draws its parameters.
#include "stress/schedules/scenario_programs.h"

#include "stress/scenario.h"
#include "stress/schedules/script_observer.h"

#include <memory>

namespace stress {

std::vector<Program> scenario_programs() {
    std::vector<Program> programs;
    for (const ScenarioInfo* info : all_scenarios()) {
        Program program;
        program.name = info->name;
        program.parameters = {{"seed", 1, 0}, {"gc_stress", 0, 0}, {"plant", 0, 0}};
        program.body = [info](const Arguments& arguments) {
            // Windows are counted by the hunt; a run that is replayed needs the marks only.
            auto windows = std::make_unique<heddle::sync::WindowTable>();
            heddle::sync::ThreadRecord& thread = heddle::sync::current_thread();
            thread.windows = windows.get();
            if (arguments.at("plant") != 0) thread.planted_bugs |= uint64_t{1} << static_cast<unsigned>(info->planted);
            Faults faults;
            faults.gc_stress = static_cast<uint32_t>(arguments.at("gc_stress"));
            Context context(static_cast<uint64_t>(arguments.at("seed")), faults);
            std::unique_ptr<Scenario> scenario = info->make();
            scenario->setup(context);
            scenario->run(context);
            scenario->check(context);
            scenario.reset();
            thread.windows = nullptr;
        };
        program.prepare = [](Plan& plan) { plan.observer = script_observer(); };
        programs.push_back(std::move(program));
    }
    return programs;
}

} // namespace stress
