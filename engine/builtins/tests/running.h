// Runs scripts in an agent of its own and shows what they give, for the tests of the builtins.
#pragma once

#include "builtins/intrinsics.h"
#include "interpreter/interpreter.h"
#include "runtime/conversions.h"
#include "runtime/runtime.h"

#include <string>

namespace heddle {

/// One agent with its interpreter and a realm; the thread is inside the agent for the object's life.
class ScriptRunner {
public:
    explicit ScriptRunner(const HeapOptions& heap = {})
        : runtime_({&library_.table(), heap}), agent_(runtime_, agent_options(heap)), request_(agent_) {
        HEDDLE_CHECK(Interpreter::install(agent_));
        Fallible<Realm*> realm = Realm::create(agent_, library_.table());
        HEDDLE_CHECK(!realm.threw());
        realm_ = realm.release();
        agent_.set_realm(realm_);
    }
    Agent& agent() { return agent_; }

    /// The completion value of a script as String(value) gives it; "throws NAME: MESSAGE" when it threw. Jobs
    /// run too.
    std::string run(std::string_view code) {
        Result<Value> result =
            Interpreter::of(agent_).evaluate_script(*realm_, SourceText::from_utf8(code, "test.js"));
        std::string text =
            result.threw() ? "throws " + show(agent_.take_exception()) : show(result.release());
        agent_.run_jobs();
        return text;
    }

private:
    static AgentOptions agent_options(const HeapOptions& heap) {
        AgentOptions options;
        options.heap = heap;
        return options;
    }
    std::string show(Value value) {
        Result<String*> string = to_string(agent_, value);
        if (string.threw()) {
            agent_.take_exception();
            return display_string(value);
        }
        Fallible<FlatView> view = string.release()->flatten(agent_);
        HEDDLE_CHECK(!view.threw());
        return view.release().to_utf8();
    }

    BuiltinLibrary library_;
    Runtime runtime_;
    Agent agent_;
    Request request_;
    Realm* realm_; // the object lies on the stack, where the collector sees it
};

} // namespace heddle
