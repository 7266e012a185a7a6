// Coroutine: suspended bytecode. One class for generators, async functions, async generators and modules: the saved
// frame, and what to do with it when a promise that it awaits settles.
#pragma once

#include "interpreter/interpreter.h"

namespace heddle {

class Coroutine final : public NativeContinuation {
public:
    enum class State : uint8_t {
        SuspendedStart,
        SuspendedYield,
        SuspendedAwait,
        Running,
        Completed,
    };
    /// `owner`: the Promise of an async function, the generator object, or (modules) null.
    static Fallible<Coroutine*> create(Agent&, Object* owner);

    /// What a generator gives to whoever resumed it: result objects, or the bare value (see generator_step).
    enum class ResultForm : uint8_t { Object, Bare, Delegated };
    ResultForm result_form() const { return result_form_; }
    void set_result_form(ResultForm form) { result_form_ = form; }

    State state() const { return state_; }
    void set_state(State state) { state_ = state; }
    Object* owner() const { return owner_; }
    void set_owner(Object* owner) { owner_.set(this, owner); }
    Environment* environment() const { return environment_; }

    /// Saves `frame` (its registers, environment and pc). Throws out of memory.
    Fallible<void> save(Agent&, const Frame& frame);
    /// Forgets the saved frame.
    void release_frame();

    // The continuation of an Await.
    Result<Value> on_fulfilled(Agent&, Value) override;
    Result<Value> on_rejected(Agent&, Value) override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    friend class Interpreter;
    Coroutine() = default;
    Member<Object> owner_;
    Member<CodeInstance> instance_;
    Member<Environment> environment_;
    Member<ValueArray> registers_;
    Member<Realm> realm_;
    uint32_t pc_offset_ = 0;
    State state_ = State::SuspendedStart;
    ResultForm result_form_ = ResultForm::Object;
};

} // namespace heddle
