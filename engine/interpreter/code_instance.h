// CodeInstance: what one Code is in one agent: its constants as values of that agent, and its inline caches.
#pragma once

#include "bytecode/code.h"
#include "runtime/object.h"

namespace heddle {

/// One inline cache. References in it are weak: a collection clears the entries whose cells have died.
struct PropertyCache {
    enum Kind : uint8_t {
        kUnused,
        kOwn,       // slot of the receiver
        kPrototype, // slot of `holder`; valid while the prototype epoch stands
        kAdd,       // store: a transition from `shape` to `new_shape`; valid while the epoch stands
        kGlobalLexical,
        kGlobalObject,
    };
    Shape* shape = nullptr;
    union {
        Object* holder;
        Shape* new_shape = nullptr;
    };
    uint64_t epoch = 0;
    uint32_t slot = 0;
    Kind kind = kUnused;
};

class CodeInstance final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::CodeInstance; }
    static constexpr bool kNeedsFinalizer = true; // gives back its reference on the Code
    static Fallible<CodeInstance*> create(Agent&, const Code*);

    const Code& code() const { return *code_; }
    bool is_linked() const { return flags_ & kLinked; }
    /// Resolves the constants. Happens at the first run; may throw out of memory.
    Fallible<void> link(Agent&);

    /// Constant as a value: atoms for strings, numbers, BigInts, CodeInstances for functions.
    Value constant(uint32_t i) const {
        HEDDLE_ASSERT(is_linked());
        return constants_->get(i);
    }
    PropertyKey key(uint32_t i) const { return PropertyKey::from_bits(constant(i).bits()); }
    String* atom(uint32_t i) const { return constant(i).as_string(); }
    CodeInstance* inner(uint32_t i) const { return static_cast<CodeInstance*>(constant(i).as_cell()); }
    const ScopeDescription& scope(uint32_t i) const { return *code_->constant(i).scope; }

    const PropertyCache& cache(uint32_t feedback) const { return caches_[feedback]; }
    /// To be filled while a frame of this code runs: the frame keeps the instance in the remembered set through
    /// collections that come before the fill.
    PropertyCache& writable_cache(uint32_t feedback) {
        write_barrier(this);
        return caches_[feedback];
    }
    /// Feedback slots that hold a value: template objects.
    Value site_value(uint32_t feedback) const { return site_values_ ? site_values_->get(feedback) : Value::empty(); }
    Fallible<void> set_site_value(Agent&, uint32_t feedback, Value);

    /// The shape with which closures of this code begin, once known (see ScriptFunction::create).
    Shape* closure_shape() const { return closure_shape_; }
    void set_closure_shape(Shape* shape) { closure_shape_.set(this, shape); }

    void visit_edges(Visitor&) override;
    void process_weak(WeakProcessor&) override;
    void finalize() override;
    std::string snapshot_name() const override { return code_->name().to_utf8(); }

private:
    friend class Heap;
    enum : uint8_t { kLinked = 1 };
    explicit CodeInstance(const Code* code) : Cell(CellKind::CodeInstance), code_(code) { code_->retain(); }
    const Code* code_; // one reference of ours
    Member<ValueArray> constants_;
    Member<ValueArray> site_values_;
    Member<Shape> closure_shape_;
    PropertyCache* caches_ = nullptr; // malloc: no cell refers to it, its references are weak
};

} // namespace heddle
