// Evaluation of modules: 16.2.1.6.1.3 Evaluate to 16.2.1.6.1.3.5 AsyncModuleExecutionRejected.
#include "modules/module.h"

#include <algorithm>

namespace heddle {

/// The algorithms of evaluation, as functions over module records.
class ModuleEvaluation {
public:
    using Status = ModuleRecord::Status;
    static constexpr uint64_t kNotAsync = 0;
    static constexpr uint64_t kDone = 1;

    explicit ModuleEvaluation(Agent& agent) : agent_(agent) {}

    Result<Promise*> evaluate(ModuleRecord& start);

private:
    friend class ModuleSettled;
    Result<uint32_t> inner_evaluate(ModuleRecord&, GrowableArray<ModuleRecord*>& stack, uint32_t index);
    Result<void> execute_sync(ModuleRecord&);
    Result<void> execute_async(ModuleRecord&);
    bool gather_available_ancestors(ModuleRecord&, GrowableArray<ModuleRecord*>& list);
    Result<void> fulfilled(ModuleRecord&);
    void rejected(ModuleRecord&, Value error);
    Fallible<void> add_async_parent(ModuleRecord& required, ModuleRecord& parent);
    static ModuleRecord* async_parent(ModuleRecord& module, uint32_t i) { return static_cast<ModuleRecord*>(module.async_parents_->get(i).as_cell()); }
    uint64_t next_async_order() { return agent_.next_symbol_number() + kDone; }

    Agent& agent_;
};

/// The reactions of 16.2.1.6.1.3.2 ExecuteAsyncModule.
class ModuleSettled final : public NativeContinuation {
public:
    explicit ModuleSettled(ModuleRecord* module) { module_.init(module); }
    Result<Value> on_fulfilled(Agent& agent, Value) override {
        TRY(ModuleEvaluation(agent).fulfilled(*module_));
        return Value::undefined();
    }
    Result<Value> on_rejected(Agent& agent, Value reason) override {
        ModuleEvaluation(agent).rejected(*module_, reason);
        return Value::undefined();
    }
    void visit_edges(Visitor& visitor) override { visitor.visit(module_); }

private:
    Member<ModuleRecord> module_;
};

Result<Promise*> ModuleRecord::evaluate(Agent& agent) { return ModuleEvaluation(agent).evaluate(*this); }

// 16.2.1.6.1.3 Evaluate ( )
Result<Promise*> ModuleEvaluation::evaluate(ModuleRecord& start) {
    ModuleRecord* module = &start;
    if (module->is_synthetic()) {
        Promise* promise = TRY(Promise::create(agent_));
        TRY(promise->resolve(agent_, Value::undefined()));
        return promise;
    }
    if (module->status_ == Status::EvaluatingAsync || module->status_ == Status::Evaluated) {
        if (module->cycle_root_) module = module->cycle_root_;
    }
    if (module->top_level_promise_) return module->top_level_promise_.get();
    Promise* promise = TRY(Promise::create(agent_));
    module->top_level_promise_.set(module, promise);
    if (module->has_error_) {
        promise->reject(agent_, module->evaluation_error_);
        return promise;
    }
    GrowableArray<ModuleRecord*> stack;
    Result<uint32_t> result = inner_evaluate(*module, stack, 0);
    if (result.threw()) {
        if (agent_.is_terminating()) return Threw{};
        Value error = agent_.take_exception();
        for (ModuleRecord* each : stack) {
            each->status_ = Status::Evaluated;
            each->has_error_ = true;
            each->evaluation_error_.set(each, error);
            if (!each->cycle_root_) each->cycle_root_.set(each, each);
        }
        promise->reject(agent_, error);
        return promise;
    }
    if (module->async_order_ == kNotAsync) TRY(promise->resolve(agent_, Value::undefined()));
    return promise;
}

// 16.2.1.6.1.3.1 InnerModuleEvaluation ( module, stack, index )
Result<uint32_t> ModuleEvaluation::inner_evaluate(ModuleRecord& module, GrowableArray<ModuleRecord*>& stack, uint32_t index) {
    TRY(agent_.check_stack());
    if (module.is_synthetic()) {
        module.status_ = Status::Evaluated;
        return index;
    }
    if (module.status_ == Status::EvaluatingAsync || module.status_ == Status::Evaluated) {
        if (!module.has_error_) return index;
        return agent_.throw_value(module.evaluation_error_);
    }
    if (module.status_ == Status::Evaluating) return index;
    if (!stack.push_back(&module)) return agent_.out_of_memory();
    module.status_ = Status::Evaluating;
    module.dfs_index_ = module.dfs_ancestor_index_ = index++;
    module.pending_async_dependencies_ = 0;
    for (uint32_t i = 0; i < module.description().requests.size(); ++i) {
        if (module.description().requests[i].phase == ImportPhase::kSource) continue;
        ModuleRecord* required = module.requested(i);
        index = TRY(inner_evaluate(*required, stack, index));
        if (required->is_synthetic()) continue;
        if (required->status_ == Status::Evaluating) {
            module.dfs_ancestor_index_ = std::min(module.dfs_ancestor_index_, required->dfs_ancestor_index_);
        } else {
            if (required->cycle_root_) required = required->cycle_root_;
            if (required->has_error_) return agent_.throw_value(required->evaluation_error_);
        }
        if (required->async_order_ > kDone) {
            ++module.pending_async_dependencies_;
            TRY(add_async_parent(*required, module));
        }
    }
    if (module.pending_async_dependencies_ > 0 || module.description().has_top_level_await) {
        HEDDLE_ASSERT(module.async_order_ == kNotAsync);
        module.async_order_ = next_async_order();
        if (module.pending_async_dependencies_ == 0) TRY(execute_async(module));
    } else {
        TRY(execute_sync(module));
    }
    if (module.dfs_ancestor_index_ == module.dfs_index_) {
        for (;;) {
            ModuleRecord* required = stack.back();
            stack.pop_back();
            required->status_ = required->async_order_ == kNotAsync ? Status::Evaluated : Status::EvaluatingAsync;
            required->cycle_root_.set(required, &module);
            if (required == &module) break;
        }
    }
    return index;
}

Fallible<void> ModuleEvaluation::add_async_parent(ModuleRecord& required, ModuleRecord& parent) {
    uint32_t capacity = required.async_parents_ ? required.async_parents_->length() : 0;
    if (required.async_parent_count_ == capacity) {
        ValueArray* grown = TRY(ValueArray::create(agent_, capacity * 2 + 2, Value::undefined()));
        for (uint32_t i = 0; i < capacity; ++i)
            grown->set(i, required.async_parents_->get(i));
        required.async_parents_.set(&required, grown);
    }
    required.async_parents_->set(required.async_parent_count_++, Value(static_cast<Cell*>(&parent)));
    return {};
}

// 16.2.1.7.3.2 ExecuteModule ( ) without a capability
Result<void> ModuleEvaluation::execute_sync(ModuleRecord& module) {
    TRY(Interpreter::of(agent_).resume(*module.coroutine_, ResumeMode::kNext, Value::undefined()));
    return {};
}

// 16.2.1.6.1.3.2 ExecuteAsyncModule ( module )
Result<void> ModuleEvaluation::execute_async(ModuleRecord& module) {
    Promise* promise = TRY(Promise::create(agent_));
    auto* settled = TRY(agent_.heap().allocate<ModuleSettled>(0, &module));
    TRY(perform_promise_then(agent_, promise, settled));
    module.coroutine_->set_owner(promise);
    TRY(Interpreter::of(agent_).resume(*module.coroutine_, ResumeMode::kNext, Value::undefined()));
    return {};
}

// 16.2.1.6.1.3.3 GatherAvailableAncestors ( module, execList ), as a loop: the list is sorted afterwards, and chains may be
// long. False when there is no memory for the list.
bool ModuleEvaluation::gather_available_ancestors(ModuleRecord& start, GrowableArray<ModuleRecord*>& list) {
    auto add_parents = [&](ModuleRecord& module) {
        for (uint32_t i = 0; i < module.async_parent_count_; ++i) {
            ModuleRecord* parent = async_parent(module, i);
            bool listed = std::find(list.begin(), list.end(), parent) != list.end();
            if (listed || (parent->cycle_root_ && parent->cycle_root_->has_error_)) continue;
            if (parent->pending_async_dependencies_ == 1 && !list.reserve_more(1)) return false;
            if (--parent->pending_async_dependencies_ == 0) HEDDLE_CHECK(list.push_back(parent));
        }
        return true;
    };
    if (!add_parents(start)) return false;
    for (size_t i = 0; i < list.size(); ++i) {
        if (!list[i]->description().has_top_level_await && !add_parents(*list[i])) return false;
    }
    return true;
}

// 16.2.1.6.1.3.4 AsyncModuleExecutionFulfilled ( module )
Result<void> ModuleEvaluation::fulfilled(ModuleRecord& module) {
    if (module.status_ == Status::Evaluated) {
        HEDDLE_ASSERT(module.has_error_);
        return {};
    }
    module.async_order_ = kDone;
    module.status_ = Status::Evaluated;
    if (module.top_level_promise_) TRY(module.top_level_promise_->resolve(agent_, Value::undefined()));
    GrowableArray<ModuleRecord*> list; // reachable from `module` through its parents
    if (!gather_available_ancestors(module, list)) {
        // Nobody else will ever get to them.
        (void)agent_.out_of_memory();
        Value error = agent_.take_exception();
        for (uint32_t i = 0; i < module.async_parent_count_; ++i)
            rejected(*async_parent(module, i), error);
        return {};
    }
    std::sort(list.begin(), list.end(), [](const ModuleRecord* a, const ModuleRecord* b) { return a->async_order_ < b->async_order_; });
    for (ModuleRecord* each : list) {
        if (each->status_ == Status::Evaluated) continue;
        if (each->description().has_top_level_await) {
            TRY(execute_async(*each));
            continue;
        }
        Result<void> result = execute_sync(*each);
        if (result.threw()) {
            if (agent_.is_terminating()) return Threw{};
            rejected(*each, agent_.take_exception());
            continue;
        }
        each->async_order_ = kDone;
        each->status_ = Status::Evaluated;
        if (each->top_level_promise_) TRY(each->top_level_promise_->resolve(agent_, Value::undefined()));
    }
    return {};
}

// 16.2.1.6.1.3.5 AsyncModuleExecutionRejected ( module, error ), with the way back kept in the modules: chains may be long, and
// there may be no memory.
void ModuleEvaluation::rejected(ModuleRecord& start, Value error) {
    auto reject = [&](ModuleRecord& module, ModuleRecord* by) {
        module.has_error_ = true;
        module.evaluation_error_.set(&module, error);
        module.status_ = Status::Evaluated;
        module.async_order_ = kDone;
        module.rejected_by_.set(&module, by);
        module.dfs_index_ = 0; // how many parents know
        if (module.top_level_promise_) module.top_level_promise_->reject(agent_, error);
    };
    if (start.status_ == Status::Evaluated) {
        HEDDLE_ASSERT(start.has_error_);
        return;
    }
    reject(start, nullptr);
    for (ModuleRecord* module = &start; module;) {
        if (module->dfs_index_ == module->async_parent_count_) {
            module = module->rejected_by_;
            continue;
        }
        ModuleRecord* parent = async_parent(*module, module->dfs_index_++);
        if (parent->status_ == Status::Evaluated) continue;
        reject(*parent, module);
        module = parent;
    }
}

} // namespace heddle
