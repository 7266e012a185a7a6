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
        kAbsent,    // load: neither the receiver nor a prototype has it; valid while the epoch stands
        kOwnAccessor,       // slot of the receiver, which holds an AccessorPair
        kPrototypeAccessor, // slot of `holder`, which holds an AccessorPair; valid while the epoch stands
        kString,    // load: slot of `holder`, a prototype of strings, for a string; `shape` is null; valid while the epoch stands
        kPrivate,   // own slot of the private name `holder`
        kAdd,       // store: a transition from `shape` to `new_shape`; valid while the epoch stands
        kGlobalLexical,
        kGlobalObject,
    };
    static constexpr uint8_t kMaxMisses = 64;
    Shape* shape = nullptr;
    union {
        Object* holder;
        Symbol* private_name;
        Shape* new_shape = nullptr;
    };
    uint64_t epoch = 0;
    uint32_t slot = 0;
    Kind kind = kUnused;
    uint8_t misses = 0; // how often the site has been filled since the last collection

    bool depends_on_epoch() const { return kind == kPrototype || kind == kAbsent || kind == kPrototypeAccessor || kind == kString || kind == kAdd; }
    bool is_current(uint64_t prototype_epoch) const { return epoch == prototype_epoch || !depends_on_epoch(); }
};

class CodeInstance final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::CodeInstance; }
    static constexpr bool kNeedsFinalizer = true; // gives back its reference on the Code
    static Fallible<CodeInstance*> create(Agent&, const Code*);

    const Code& code() const { return *code_; }
    /// What a call needs of the code, near at hand once it is linked.
    const uint8_t* entry() const { return entry_; }
    uint32_t register_count() const { return register_count_; }
    uint32_t parameter_count() const { return parameter_count_; }
    /// Linked, callable without `new`, and its frame needs only the parameters it names.
    bool is_simple_to_call() const { return flags_ & kSimpleToCall; }
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
    /// A site that has seen several shapes keeps the earlier ones here: the entry for `shape`, or null.
    const PropertyCache* other_cache(uint32_t feedback, const Shape* shape) const { return find_other(feedback, shape); }
    /// To be filled while a frame of this code runs: the frame keeps the instance in the remembered set through
    /// collections that come before the fill.
    PropertyCache& writable_cache(uint32_t feedback) {
        write_barrier(this);
        return caches_[feedback];
    }
    /// The entry to fill after a miss with `shape`: what the site's own held goes among the others. Null at a site that
    /// sees ever new shapes, which is left alone until the next collection.
    PropertyCache* cache_to_fill(uint32_t feedback, const Shape* shape);
    /// Slots that objects made by this constructor came to use; room for them is made in the object itself.
    uint32_t inline_capacity() const { return inline_capacity_; }
    void learn_slot_count(uint32_t slots) {
        if (slots > inline_capacity_) [[unlikely]] learn_larger(slots);
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
    std::string snapshot_name() const override { return code_->name().short_utf8(); }

private:
    friend class Heap;
    enum : uint8_t { kLinked = 1, kSimpleToCall = 2 };
    explicit CodeInstance(const Code* code) : Cell(CellKind::CodeInstance), code_(code) { code_->retain(); }
    const Code* code_; // one reference of ours
    const uint8_t* entry_ = nullptr;
    uint32_t register_count_ = 0;
    uint32_t parameter_count_ = 0;
    Member<ValueArray> constants_;
    Member<ValueArray> site_values_;
    Member<Shape> closure_shape_;
    static constexpr uint32_t kOtherCaches = 3;
    PropertyCache* find_other(uint32_t feedback, const Shape* shape) const {
        if (!others_ || !others_[feedback]) return nullptr;
        for (uint32_t i = 0; i < kOtherCaches; ++i) {
            PropertyCache& cache = others_[feedback][i];
            if (cache.shape == shape && cache.kind != PropertyCache::kUnused) return &cache;
        }
        return nullptr;
    }
    void learn_larger(uint32_t slots);
    PropertyCache* caches_ = nullptr; // malloc: no cell refers to it, its references are weak
    PropertyCache** others_ = nullptr; // malloc, like each of its entries: null, or kOtherCaches caches
    uint32_t inline_capacity_ = 4;
    uint32_t growths_ = 0;
};

} // namespace heddle
