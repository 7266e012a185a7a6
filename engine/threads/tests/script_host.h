// A whole engine with one agent and a `print`, for the tests of the layers between the heap and the shell.
#pragma once

#include "interpreter/interpreter.h"
#include "modules/module_loader.h"
#include "runtime/conversions.h"
#include "runtime/error.h"
#include "runtime/operations.h"
#include "threads/engine.h"
#include "threads/event_loop.h"

#include <string>
#include <string_view>

namespace heddle::test {

/// What scripts printed, "; " between two calls.
struct Printed final : AgentComponent {
    std::string text;
    void add(std::string_view line) {
        if (!text.empty()) text += "; ";
        text += line;
    }
    static Printed& of(Agent& agent) { return agent.component<Printed>(Component::Host); }
};

/// The text of any value; runs toString methods.
inline std::string shown(Agent& agent, Value value) {
    Result<String*> string = to_string(agent, value);
    if (string.threw()) {
        if (!agent.is_terminating()) agent.take_exception();
        return display_string(value);
    }
    Fallible<FlatView> view = string.release()->flatten(agent);
    if (view.threw()) {
        agent.take_exception();
        return "<no memory>";
    }
    return view.release().to_utf8();
}

inline Result<Value> print(Agent& agent, const Arguments& arguments) {
    std::string line;
    for (size_t i = 0; i < arguments.size(); ++i)
        line += (i ? " " : "") +
                (arguments[i].is_symbol() ? display_string(arguments[i]) : shown(agent, arguments[i]));
    Printed::of(agent).add(line);
    return Value::undefined();
}

/// Gives an agent and its realm `print` and a place for what it prints.
inline void install_print(Agent& agent, Realm& realm) {
    agent.set_component(Component::Host, std::make_unique<Printed>());
    const FunctionEntry functions[] = {{atoms::print, print, 1}};
    (void)define_functions(agent, realm, realm.global_object(), functions).threw();
    agent.set_uncaught_handler(
        [](Agent& a, Value exception, void*) { Printed::of(a).add("uncaught " + shown(a, exception)); },
        nullptr);
}

/// A script and what it prints.
struct PrintCase {
    const char* name;
    const char* code;
    const char* printed;
};

/// The calling thread is inside the agent for the life of the object.
class ScriptHost {
public:
    explicit ScriptHost(const AgentOptions& options = {})
        : host_(engine_.runtime(), options), request_(host_.agent()) {
        if (host_.realm()) install_print(agent(), realm());
    }
    Runtime& runtime() { return engine_.runtime(); }
    Agent& agent() { return host_.agent(); }
    Realm& realm() { return *host_.realm(); }

    /// Runs a script, then the event loop until nothing is left. What was printed; "throws ..." at the end of
    /// the script when it threw.
    std::string run(std::string_view code) {
        Printed::of(agent()).text.clear();
        note(Interpreter::of(agent()).evaluate_script(realm(), SourceText::from_utf8(code, "test.js")));
        EventLoop::of(agent()).run();
        return Printed::of(agent()).text;
    }
    std::string run_module(const std::string& path) {
        Printed::of(agent()).text.clear();
        note(ModuleLoader::of(agent()).run_main(realm(), path));
        EventLoop::of(agent()).run();
        return Printed::of(agent()).text;
    }
    /// The completion value of a script as text, or "throws ...".
    std::string evaluate(std::string_view code) {
        Result<Value> result =
            Interpreter::of(agent()).evaluate_script(realm(), SourceText::from_utf8(code, "test.js"));
        if (!result.threw()) return shown(agent(), result.release());
        if (agent().is_terminating()) return "terminated";
        return "throws " + shown(agent(), agent().take_exception());
    }

private:
    void note(const Result<Value>& result) {
        if (!result.threw()) return;
        if (agent().is_terminating())
            Printed::of(agent()).add("terminated");
        else
            Printed::of(agent()).add("throws " + shown(agent(), agent().take_exception()));
    }

    Engine engine_;
    AgentHost host_;
    Request request_;
};

} // namespace heddle::test
