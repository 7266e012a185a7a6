// Bytes as the decisions of a controlled run: libFuzzer chooses who goes on, which wait times out and which waiter is
// notified, in small scenarios that must pass under every schedule. What counts as coverage is which read saw which
// write. In controlled builds; a failure is kept as a schedule for ./dev replay beside the bytes.
//
// The first byte picks the scenario, the second draws its parameters, the rest decides.
#include "stress/hunt/prepared_process.h"
#include "stress/scenario.h"
#include "stress/schedules/replay.h"
#include "stress/schedules/scenario_programs.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>

namespace {

using namespace stress;

constexpr const char* kName = "schedule_bytes";
constexpr const char* kScenarios[] = {"primitives/parker_hand_off", "atomics/wait_notify"};

// libFuzzer takes these for its own; runs happen in forks, whose counters it would not see.
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] volatile uint8_t behaviours[1 << 15];
std::string artifact_prefix;

struct Subject {
    Program program;
    bool planted = false;
};

std::vector<Subject> subjects() {
    const char* plant = std::getenv("HEDDLE_PLANT");
    std::vector<Subject> found;
    std::string there;
    for (Program& program : scenario_programs()) {
        for (const char* name : kScenarios) {
            if (program.name != name) continue;
            Subject subject;
            for (const ScenarioInfo* info : all_scenarios()) {
                if (program.name != info->name || !info->planted) continue;
                there += fmt::format(" {}", heddle::planted_bug_name(*info->planted));
                subject.planted = plant && std::strcmp(plant, heddle::planted_bug_name(*info->planted)) == 0;
            }
            subject.program = std::move(program);
            found.push_back(std::move(subject));
            break;
        }
    }
    bool known = !plant || !*plant;
    for (const Subject& subject : found)
        known |= subject.planted;
    if (!known) {
        fmt::print(stderr, "HEDDLE_PLANT names no bug of these scenarios: '{}'; there are:{}\n", plant, there);
        std::exit(2);
    }
    return found;
}

void default_signals() {
    // libFuzzer's handlers would report the run as the fuzzer's own crash.
    for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGALRM})
        std::signal(number, SIG_DFL);
}

void run(const uint8_t* data, size_t size) {
    static Runner runner([] {});
    static const std::vector<Subject> all = subjects();
    if (size < 2) return;
    const Subject& subject = all[data[0] % all.size()];
    Arguments arguments = arguments_for(subject.program, {{"seed", data[1] % 16}, {"plant", subject.planted}});
    runner.set_body([&subject, arguments] {
        default_signals();
        subject.program.body(arguments);
    });
    Plan& plan = runner.plan();
    subject.program.prepare(plan);
    plan.strategy = Strategy::Bytes;
    plan.seed = data[1];
    plan.profile = true;
    plan.constraint_count = plan.weight_count = plan.switch_count = plan.choice_count = 0;
    plan.byte_count = static_cast<uint32_t>(std::min<size_t>(size - 2, controlled::kMaxBytes));
    std::memcpy(plan.bytes, data + 2, plan.byte_count);
    RunResult result = runner.run();
    const Record& record = runner.record();
    for (uint32_t i = 0; i < record.reads_from_count; i++) {
        uint64_t pair = record.reads_from[i].write * 0x9e3779b97f4a7c15 ^ record.reads_from[i].read;
        behaviours[(pair ^ pair >> 29) % sizeof behaviours] = 1;
    }
    if (!result.failed()) return;
    Schedule schedule = record_schedule(runner, result, subject.program, arguments, kName, data[1]);
    std::string file = fmt::format("{}schedule-{:016x}", artifact_prefix, record.trace_hash);
    save_schedule(file, schedule);
    fmt::print(stderr, "{}: {} in {}\n{}\n{}  repeat: ./dev replay {}\n", kName, result.signature, subject.program.name,
               result.report, describe_threads(record), file);
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    run_again_prepared(*arguments);
    constexpr std::string_view kPrefix = "-artifact_prefix=";
    for (int i = 1; i < *count; i++) {
        std::string_view argument = (*arguments)[i];
        if (argument.starts_with(kPrefix)) artifact_prefix = argument.substr(kPrefix.size());
    }
    // The process that forks runs has one thread: none that watches its memory.
    static char no_watcher[] = "-rss_limit_mb=0";
    static std::vector<char*> more(*arguments, *arguments + *count);
    more.push_back(no_watcher);
    more.push_back(nullptr);
    *arguments = more.data();
    *count += 1;
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    run(data, size);
    return 0;
}
