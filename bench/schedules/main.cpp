// heddle-bench-schedules: runs every shape under every strategy and writes what bench/schedules.py makes a
// table of.
//
//     heddle-bench-schedules replay FILE | shrink FILE | search PROGRAM      (stress/schedules/replay.h)
//     heddle-bench-schedules [--trials N] [--max-runs N] [--filter TEXT] [--strategies A,B] [--seed N]
//     [--throughput]
//
// Writes a line for each shape, strategy and trial: SHAPE STRATEGY TRIAL RUNS, where RUNS is 0 when the bug
// was not found.
#include "bench/schedules/programs.h"
#include "bench/schedules/shape.h"
#include "stress/hunt/prepared_process.h"
#include "stress/schedules/explorer.h"
#include "stress/schedules/replay.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>
#include <sstream>
#include <stdexcept>

namespace {

using SteadyClock = std::chrono::steady_clock;

// Two agents pass a baton through a guarded slot: what throughput is measured on.
void baton() {
    shapes::Lock lock;
    shapes::ConditionVariable changed;
    shapes::Watched<int> turn = 0;
    shapes::Threads threads;
    for (int agent = 0; agent < 2; agent++) {
        threads.start([&, agent] {
            for (int round = 0; round < 20; round++) {
                lock.lock();
                while (turn % 2 != agent)
                    changed.wait(lock);
                turn++;
                changed.notify_one();
                lock.unlock();
            }
        });
    }
    threads.join();
    shapes::require(turn.unannounced() == 40, "the baton was lost");
}

int measure_throughput() {
    stress::Runner runner(baton);
    runner.plan().strategy = stress::Strategy::Pos;
    auto began = SteadyClock::now();
    double seconds = 0;
    uint64_t runs = 0, decisions = 0;
    uint32_t least = UINT32_MAX;
    while (seconds < 3) {
        runner.plan().seed = runs;
        stress::RunResult result = runner.run();
        if (result.failed())
            throw std::runtime_error("the baton was dropped: " + result.signature + "\n" + result.report);
        runs++;
        decisions += runner.record().decisions;
        least = std::min(least, runner.record().decisions);
        seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
    }
    fmt::print("throughput {:.0f} runs/s {:.0f} decisions/s {} decisions a run at least\n",
               static_cast<double>(runs) / seconds, static_cast<double>(decisions) / seconds, least);
    return 0;
}

int run(int count, char** arguments) {
    uint64_t trials = 20, max_runs = 2000, seed = 1;
    std::string filter, strategies = "random-walk,pct3,pos,surw,reads-from,portfolio";
    bool throughput = false;
    for (int i = 1; i < count; i++) {
        std::string option = arguments[i];
        if (option == "--throughput") {
            throughput = true;
            continue;
        }
        if (i + 1 == count) throw std::runtime_error(fmt::format("{} needs a value", option));
        std::string value = arguments[++i];
        if (option == "--trials")
            trials = std::stoull(value);
        else if (option == "--max-runs")
            max_runs = std::stoull(value);
        else if (option == "--seed")
            seed = std::stoull(value);
        else if (option == "--filter")
            filter = value;
        else if (option == "--strategies")
            strategies = value;
        else
            throw std::runtime_error(fmt::format("there is no option {}", option));
    }
    if (throughput) return measure_throughput();
    for (const shapes::Shape& shape : shapes::all_shapes()) {
        if (std::string(shape.name).find(filter) == std::string::npos) continue;
        fmt::print("shape {} {}\n", shape.name, shape.published ? shape.published : "-");
        stress::Runner runner(shape.run);
        runner.set_captures(true);
        std::istringstream names(strategies);
        for (std::string strategy; std::getline(names, strategy, ',');) {
            for (uint64_t trial = 0; trial < trials; trial++) {
                stress::Search search(runner, strategy, seed * 1000 + trial);
                while (!search.result().failed() && search.runs() < max_runs)
                    search.step();
                fmt::print("{} {} {} {}\n", shape.name, strategy, trial,
                           search.result().failed() ? search.runs() : 0);
                std::fflush(stdout);
            }
        }
    }
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    try {
        stress::run_again_prepared(arguments);
        std::string command = count > 1 ? arguments[1] : "";
        std::vector<std::string> rest(arguments + std::min(count, 2), arguments + count);
        if (command == "replay") return stress::replay_command(shapes::shape_programs(), rest);
        if (command == "shrink") return stress::shrink_command(shapes::shape_programs(), rest);
        if (command == "search") return stress::search_command(shapes::shape_programs(), rest);
        return run(count, arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "heddle-bench-schedules: {}\n", error.what());
        return 2;
    }
}
