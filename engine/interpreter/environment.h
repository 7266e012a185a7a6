// Environment: the captured variables of one scope activation (ECMA-262 9.1), and the object environments of `with`.
#pragma once

#include "bytecode/code.h"
#include "runtime/operations.h"

namespace heddle {

class CodeInstance;

//   vtable | header, aux = slot count | outer | scope description | instance | extra | slots[aux]
class Environment final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Environment; }
    /// Slots start undefined, or empty where the scope says so. `instance` keeps the description alive and names its
    /// slots.
    static Fallible<Environment*> create(Agent&, Environment* outer, const ScopeDescription&, CodeInstance*);
    /// 14.7.4.4 CreatePerIterationEnvironment: the same scope, outer environment and values.
    static Fallible<Environment*> copy(Agent&, Environment*);

    Environment* outer() const { return outer_; }
    const ScopeDescription& scope() const { return *scope_; }
    CodeInstance* instance() const { return instance_; }
    uint32_t slot_count() const { return aux_; }
    Value slot(uint32_t i) const {
        HEDDLE_ASSERT(i < slot_count());
        return slots_[i].get();
    }
    void set_slot(uint32_t i, Value value) {
        HEDDLE_ASSERT(i < slot_count());
        slots_[i].set(this, value);
    }
    /// kWith: the binding object. Extensible scopes: the var names that direct eval added (null until the first).
    Object* object() const { return object_; }
    void set_object(Object* object) { object_.set(this, object); }

    /// The slot that `name` (an atom of this agent) has in this environment, or null.
    const ScopeSlot* find(String* name) const;

    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    Environment(Environment* outer, const ScopeDescription& scope, CodeInstance* instance);
    Member<Environment> outer_;
    const ScopeDescription* scope_; // owned by the Code of `instance`
    Member<CodeInstance> instance_;
    Member<Object> object_;
    Member<Value> slots_[0];
};

} // namespace heddle
