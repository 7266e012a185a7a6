#include "shell/test262_body.h"

#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "runtime/error.h"
#include "runtime/operations.h"
#include "shell/host.h"
#include "shell/report.h"
#include "shell/test262_host.h"
#include "sync/clock.h"

#include <fstream>
#include <iterator>

namespace heddle::shell {

namespace {

std::string read_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
}

/// The name of the exception's constructor (INTERPRETING.md, negative tests), and its message.
TestOutcome outcome_of(Agent& agent, const char* phase) {
    TestOutcome outcome;
    outcome.threw = true;
    outcome.phase = phase;
    if (agent.is_terminating()) {
        outcome.error_name = "Termination";
        return outcome;
    }
    Value exception = agent.take_exception();
    outcome.error_message = exception_headline(agent, exception);
    if (!exception.is_object()) return outcome;
    outcome.error_name = constructor_name(agent, exception.as_object());
    return outcome;
}

struct Uncaught {
    bool seen = false;
    TestOutcome outcome;
};

} // namespace

TestOutcome run_test262_body(const TestRequest& request, PrintSink& sink, const void* options_pointer) {
    Engine engine;
    Test262Cluster cluster(engine.runtime());
    AgentOptions options = *static_cast<const AgentOptions*>(options_pointer);
    options.can_block = request.can_block;
    TestOutcome outcome;
    {
        AgentHost host(engine.runtime(), options);
        if (!host.realm()) return {true, "runtime", "RangeError", "the memory limit does not hold an empty realm"};
        Agent& agent = host.agent();
        Request inside(agent);
        Realm& realm = *host.realm();
        auto component = std::make_unique<HostComponent>();
        component->print = [](void* data, std::string_view text) { static_cast<PrintSink*>(data)->print(text); };
        component->print_data = &sink;
        component->cluster = &cluster;
        component->start_nanoseconds = static_cast<uint64_t>(sync::now().nanoseconds);
        agent.set_component(Component::Host, std::move(component));
        Uncaught uncaught;
        agent.set_uncaught_handler(
            [](Agent& a, Value exception, void* data) {
                auto* record = static_cast<Uncaught*>(data);
                if (record->seen) return;
                record->seen = true;
                Failed failed = a.throw_value(exception);
                (void)failed;
                record->outcome = outcome_of(a, "runtime");
            },
            &uncaught);
        Interpreter& interpreter = Interpreter::of(agent);
        bool threw = install_host_globals(agent, realm).threw() || install_test262(agent, realm, nullptr).threw();
        if (threw) outcome = outcome_of(agent, "runtime");
        for (size_t i = 0; !threw && i < request.includes.size(); ++i) {
            const std::string& file = request.includes[i];
            threw = interpreter.evaluate_script(realm, SourceText::from_utf8(read_file(file), file)).threw();
            if (threw) outcome = outcome_of(agent, "runtime");
        }
        if (!threw && request.mode == TestMode::Module) {
            ModuleLoader& loader = ModuleLoader::of(agent);
            threw = loader.run_main(realm, request.test).threw();
            if (threw) outcome = outcome_of(agent, loader.failed_phase());
        } else if (!threw) {
            std::string text = read_file(request.test);
            if (request.mode == TestMode::Strict) text = "\"use strict\";\n" + text;
            RealmScope scope(agent, &realm);
            Fallible<CodeRef> code = interpreter.compile_script(SourceText::from_utf8(text, request.test));
            threw = code.threw();
            if (threw) {
                outcome = outcome_of(agent, "parse");
            } else {
                CodeRef compiled = code.release();
                threw = interpreter.run_script(realm, *compiled).threw();
                if (threw) outcome = outcome_of(agent, "runtime");
            }
        }
        if (!threw) {
            agent.run_jobs();
            EventLoop::of(agent).run();
            if (uncaught.seen) outcome = uncaught.outcome;
        }
        cluster.terminate_all(agent);
    }
    return outcome;
}

} // namespace heddle::shell
