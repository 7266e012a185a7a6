#include "interpreter/environment.h"

#include "interpreter/code_instance.h"

namespace heddle {

Environment::Environment(Environment* outer, const ScopeDescription& scope, CodeInstance* instance)
    : Cell(CellKind::Environment, 0, scope.slot_count), scope_(&scope) {
    outer_.init(outer);
    instance_.init(instance);
    for (uint32_t i = 0; i < scope.slot_count; ++i)
        new (&slots_[i]) Member<Value>();
    for (uint32_t slot : scope.empty_slots)
        slots_[slot].init(Value::empty());
}

Fallible<Environment*> Environment::create(Agent& agent, Environment* outer, const ScopeDescription& scope, CodeInstance* instance) {
    return agent.heap().allocate<Environment>(scope.slot_count * sizeof(Value), outer, scope, instance);
}

Fallible<Environment*> Environment::copy(Agent& agent, Environment* original) {
    Environment* environment = TRY(create(agent, original->outer_, *original->scope_, original->instance_));
    for (uint32_t i = 0; i < original->slot_count(); ++i)
        environment->set_slot(i, original->slot(i));
    environment->object_.set(environment, original->object_);
    return environment;
}

const ScopeSlot* Environment::find(String* name) const {
    for (const ScopeSlot& slot : scope_->slots) {
        if (instance_->atom(slot.name) == name) return &slot;
    }
    return nullptr;
}

void Environment::visit_edges(Visitor& visitor) {
    visitor.visit(outer_, "outer");
    visitor.visit(instance_, "code");
    visitor.visit(object_, "object");
    if (visitor.wants_names() && instance_->is_linked()) [[unlikely]] {
        for (const ScopeSlot& slot : scope_->slots) {
            std::string name = instance_->atom(slot.name)->short_text(200);
            visitor.visit(slots_[slot.slot].get(), EdgeName{EdgeName::Property, name, 0});
        }
        if (scope_->slots.size() == slot_count()) return;
    }
    visitor.visit({slots_, slot_count()});
}

} // namespace heddle
