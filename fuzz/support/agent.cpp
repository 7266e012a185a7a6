#include "fuzz/support/agent.h"

#include "base/planted_bug.h"
#include "runtime/conversions.h"
#include "runtime/error.h"
#include "sync/current_thread.h"

#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>

namespace heddle::fuzz {

namespace {

struct World {
    explicit World(size_t limit_bytes) : host(engine.runtime(), options(limit_bytes)), request(host.agent()) {
        HEDDLE_CHECK(host.realm() != nullptr);
    }
    static AgentOptions options(size_t limit_bytes) {
        AgentOptions options;
        options.name = "fuzzer";
        options.heap.limit_bytes = limit_bytes;
        return options;
    }
    Engine engine;
    AgentHost host;
    Request request;
};

void plant() {
    const char* name = std::getenv("HEDDLE_PLANT");
    if (!name || !*name) return;
    for (int i = 0; i < kPlantedBugCount; ++i) {
        if (std::string_view(planted_bug_name(static_cast<PlantedBug>(i))) != name) continue;
        sync::current_thread().planted_bugs = uint64_t{1} << i;
        return;
    }
    std::fprintf(stderr, "HEDDLE_PLANT names no planted bug: '%s'; heddle-hunt --list shows them\n", name);
    std::exit(2);
}

} // namespace

Agent& shared_agent(size_t limit_bytes) {
    // Never destroyed: the process ends in libFuzzer's way.
    static World* world = [&] {
        plant();
        return new World(limit_bytes);
    }();
    return world->host.agent();
}

void fail(std::string_view target, std::string_view what) {
    std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(target.size()), target.data(), static_cast<int>(what.size()), what.data());
    std::abort();
}

void expect_clone_error(Agent& agent, std::string_view target) {
    if (!agent.has_exception()) fail(target, "an operation threw, and no exception is pending");
    Value exception = agent.take_exception();
    if (exception.is<DomException>() && exception.as<DomException>()->name()->short_text(40) == "DataCloneError") return;
    if (exception.is<ErrorObject>() && exception.as<ErrorObject>()->type() == ErrorType::RangeError) return;
    fail(target, "an operation threw what it must not throw: " + display_string(exception));
}

} // namespace heddle::fuzz
