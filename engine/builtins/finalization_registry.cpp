// 26.2 FinalizationRegistry Objects. Their callbacks run as jobs of the agent, never inside a collection.
#include "base/entry_guard.h"
#include "base/planted_bug.h"
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "builtins/weak_table.h"

#include <fmt/core.h>

namespace heddle {

/// [[Cells]]: records of a target (weak), a held value (strong) and an unregister token (weak).
class FinalizationCells final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    static constexpr uint32_t kMaxCapacity = 1u << 27;
    struct Record {
        Value target; // undefined: collected; empty: the record is free
        Value token;  // undefined: none, or collected
        Member<Value> held;
    };
    static Fallible<FinalizationCells*> create(Agent& agent, uint32_t capacity) {
        if (capacity > kMaxCapacity) {
            return agent.throw_range_error(
                fmt::format("A FinalizationRegistry holds at most {} targets", kMaxCapacity));
        }
        return agent.heap().allocate<FinalizationCells>(size_t{capacity} * sizeof(Record), capacity);
    }
    uint32_t capacity() const { return aux_; }
    uint32_t used() const { return used_; }
    Record& record(uint32_t i) { return reinterpret_cast<Record*>(this + 1)[i]; }
    void append(Value target, Value token, Value held) {
        HEDDLE_ASSERT(used_ < capacity());
        Record& added = *new (&record(used_++)) Record;
        added.target = target;
        added.token = token;
        added.held.set(this, held);
    }
    void release(uint32_t i) {
        record(i).target = record(i).token = Value::empty();
        record(i).held.init(Value::undefined());
    }
    /// Closes the gaps of released records.
    void compact() {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < used_; ++i) {
            if (record(i).target.is_empty()) continue;
            if (kept != i) {
                record(kept).target = record(i).target;
                record(kept).token = record(i).token;
                record(kept).held.set(this, record(i).held);
            }
            ++kept;
        }
        used_ = kept;
    }
    void visit_edges(Visitor& visitor) override {
        for (uint32_t i = 0; i < used_; ++i)
            visitor.visit(record(i).held);
    }

private:
    friend class Heap;
    explicit FinalizationCells(uint32_t capacity) : Cell(CellKind::Internal, 0, capacity) {}
    uint32_t used_ = 0;
};

class FinalizationRegistryObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::FinalizationRegistry; }
    Fallible<void> add(Agent& agent, Value target, Value token, Value held) {
        FinalizationCells* old = cells_;
        if (old->used() == old->capacity()) {
            old->compact();
            if (old->used() > old->capacity() / 2) {
                FinalizationCells* grown = TRY(FinalizationCells::create(agent, old->capacity() * 2));
                for (uint32_t i = 0; i < old->used(); ++i)
                    grown->append(old->record(i).target, old->record(i).token, old->record(i).held);
                cells_.set(this, grown);
            }
        }
        EntryGuard walking(walked_, Rule::ReenteredFinalization, this, "the records of a FinalizationRegistry are changed");
        cells_->append(target, token, held);
        write_barrier(this); // it is the registry that looks for dead targets
        return {};
    }
    /// Removes every record with this token; whether there was one.
    bool remove(Value token) {
        bool removed = false;
        EntryGuard walking(walked_, Rule::ReenteredFinalization, this, "the records of a FinalizationRegistry are changed");
        if (PLANTED(BuiltinsUnregisterCollects)) agent_.heap().collect();
        for (uint32_t i = 0; i < cells_->used(); ++i) {
            if (cells_->record(i).token != token) continue;
            cells_->release(i);
            removed = true;
        }
        return removed;
    }
    /// Removes a record whose target was collected; its held value, or nothing.
    std::optional<Value> take_collected() {
        EntryGuard walking(walked_, Rule::ReenteredFinalization, this, "the records of a FinalizationRegistry are changed");
        for (uint32_t i = 0; i < cells_->used(); ++i) {
            if (!cells_->record(i).target.is_undefined()) continue;
            Value held = cells_->record(i).held;
            cells_->release(i);
            return held;
        }
        cells_->compact();
        return {};
    }
    Value callback() const { return callback_; }

    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(cells_);
        visitor.visit(callback_);
        visitor.visit(realm_);
        visitor.defer_weak(this);
    }
    void process_weak(WeakProcessor& weak) override {
        EntryGuard walking(walked_, Rule::ReenteredFinalization, this, "the records of a FinalizationRegistry are walked");
        bool collected = false;
        for (uint32_t i = 0; i < cells_->used(); ++i) {
            FinalizationCells::Record& record = cells_->record(i);
            if (!weak.is_live(record.target)) record.target = Value::undefined();
            if (!weak.is_live(record.token)) record.token = Value::undefined();
            collected |= record.target.is_undefined();
        }
        if (collected && !PLANTED(RuntimeForgetsCleanups)) agent_.enqueue_finalization_cleanup(this, cleanup);
    }

private:
    friend class Heap;
    FinalizationRegistryObject(Shape* shape, Agent& agent, Value callback, FinalizationCells* cells)
        : Object(CellKind::FinalizationRegistry, shape), agent_(agent) {
        callback_.init(callback);
        cells_.init(cells);
        realm_.init(&agent.realm());
    }
    // 9.13 CleanupFinalizationRegistry ( finalizationRegistry )
    static Result<void> cleanup(Agent& agent, Object* object) {
        auto* registry = object->as<FinalizationRegistryObject>();
        RealmScope scope(agent, registry->realm_);
        while (auto held = registry->take_collected()) {
            Result<Value> result = heddle::call(agent, registry->callback_, Value::undefined(), {*held});
            if (!result.threw()) continue;
            // What is left waits for the next turn.
            agent.enqueue_finalization_cleanup(registry, cleanup);
            return Threw{};
        }
        return {};
    }
    Agent& agent_;
    Member<Value> callback_;
    Member<FinalizationCells> cells_;
    Member<Realm> realm_;
    EntryFlag walked_;
};

namespace {

constexpr uint32_t kFirstCapacity = 8;

// 26.2.1.1 FinalizationRegistry ( cleanupCallback )
Result<Value> finalization_registry_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct())
        return agent.throw_type_error("FinalizationRegistry is a class: call it with new");
    if (!is_callable(arguments[0])) {
        return agent.throw_type_error(fmt::format("A FinalizationRegistry needs a function to call, got {}",
                                                  display_string(arguments[0])));
    }
    Shape* shape =
        TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::FinalizationRegistryPrototype));
    FinalizationCells* cells = TRY(FinalizationCells::create(agent, kFirstCapacity));
    return Value(
        TRY(agent.heap().allocate<FinalizationRegistryObject>(0, shape, agent, arguments[0], cells)));
}

Fallible<FinalizationRegistryObject*> this_registry(Agent& agent, const Arguments& arguments,
                                                    const char* method) {
    Value self = arguments.this_value();
    if (self.is<FinalizationRegistryObject>()) return self.as<FinalizationRegistryObject>();
    return agent.throw_type_error(
        fmt::format("FinalizationRegistry.prototype.{} was called on {}, which is not a FinalizationRegistry",
                    method, display_string(self)));
}

// 26.2.3.2 FinalizationRegistry.prototype.register ( target, heldValue [ , unregisterToken ] )
Result<Value> finalization_registry_register(Agent& agent, const Arguments& arguments) {
    FinalizationRegistryObject* registry = TRY(this_registry(agent, arguments, "register"));
    Value target = arguments[0];
    if (!can_be_held_weakly(target)) {
        return agent.throw_type_error(fmt::format(
            "{} cannot be registered: only objects and symbols that are not in the registry of symbols can",
            display_string(target)));
    }
    if (same_value(target, arguments[1])) {
        return agent.throw_type_error(
            "The target and the held value are the same: the target would never be collected");
    }
    Value token = arguments[2];
    if (!can_be_held_weakly(token) && !token.is_undefined()) {
        return agent.throw_type_error(fmt::format(
            "{} cannot be an unregister token: pass an object, or nothing", display_string(token)));
    }
    TRY(registry->add(agent, target, token, arguments[1]));
    return Value::undefined();
}

// 26.2.3.3 FinalizationRegistry.prototype.unregister ( unregisterToken )
Result<Value> finalization_registry_unregister(Agent& agent, const Arguments& arguments) {
    FinalizationRegistryObject* registry = TRY(this_registry(agent, arguments, "unregister"));
    if (!can_be_held_weakly(arguments[0])) {
        return agent.throw_type_error(
            fmt::format("{} cannot be an unregister token: pass the object that register() was given",
                        display_string(arguments[0])));
    }
    return Value::boolean(registry->remove(arguments[0]));
}

} // namespace

// 26.2.2 Properties of the FinalizationRegistry Constructor
Fallible<Object*> create_finalization_registry(Agent& agent, Realm& realm) {
    return TRY(define_constructor(agent, realm, Intrinsic::FinalizationRegistry,
                                  Intrinsic::FinalizationRegistryPrototype, finalization_registry_constructor,
                                  1, atoms::FinalizationRegistry));
}

// 26.2.3 Properties of the FinalizationRegistry Prototype Object
Fallible<Object*> create_finalization_registry_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::FinalizationRegistryPrototype,
                         Intrinsic::FinalizationRegistry));
    const FunctionEntry functions[] = {
        {atoms::register_, finalization_registry_register, 2},
        {atoms::unregister, finalization_registry_unregister, 1},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::FinalizationRegistry));
    return prototype;
}

} // namespace heddle
