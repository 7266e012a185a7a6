// The cells behind functions, classes and instances that a host makes through heddle.h.
#pragma once

#include "api/state.h"
#include "runtime/function.h"
#include "runtime/promise.h"

namespace heddle::api {

/// A class of the host's: what its constructor and instances share.
class HostClass final : public Cell {
public:
    static constexpr bool kNeedsFinalizer = true;
    static Fallible<HostClass*> create(Agent&, AgentState&, heddle_callback constructor, HostClass* parent, HostData* data);
    bool is_or_derives_from(const HostClass* other) const {
        for (const HostClass* each = this; each; each = each->parent_) {
            if (each == other) return true;
        }
        return false;
    }
    HostClass* parent() const { return parent_; }
    Object* constructor_function() const { return function_; }
    Object* prototype() const { return prototype_; }
    void set_objects(Object* function, Object* prototype) {
        function_.set(this, function);
        prototype_.set(this, prototype);
    }
    heddle_callback constructor() const { return constructor_; }
    void* data() const { return data_->data(); }
    /// The shape of instances with the class's own prototype; `prototype` another one when script derived from it.
    Fallible<Shape*> instance_shape(Agent&, Object* prototype);
    void visit_edges(Visitor&) override;
    void finalize() override { state_.dispose_later(data_); }

private:
    friend class heddle::Heap;
    HostClass(AgentState& state, heddle_callback constructor, HostData* data)
        : Cell(CellKind::Internal), state_(state), constructor_(constructor), data_(data) {}
    AgentState& state_;
    heddle_callback constructor_;
    HostData* data_;
    Member<HostClass> parent_;
    Member<Object> function_;
    Member<Object> prototype_;
    Member<Shape> shape_;
};

/// A function that calls the host. Of a class: its constructor, or a method that gets the class's data.
class HostFunction final : public Function {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::HostFunction; }
    static constexpr bool kNeedsFinalizer = true;
    /// `data` may be null when the function is of a class. On failure the caller keeps it.
    static Fallible<HostFunction*> create(Agent&, AgentState&, Realm&, heddle_callback, HostData* data, HostClass*,
                                          uint32_t length, PropertyKey name, std::string_view prefix = {},
                                          bool constructor = false);
    void set_method_data(void* data) { method_data_ = data; }
    Result<Value> call(Agent&, const Arguments&) override;
    Result<Value> construct(Agent&, const Arguments&) override;
    void visit_edges(Visitor&) override;
    void finalize() override {
        if (data_) state_.dispose_later(data_);
    }

private:
    friend class heddle::Heap;
    HostFunction(Shape* shape, uint8_t flags, Realm* realm, AgentState& state, heddle_callback callback, HostClass* host_class)
        : Function(CellKind::HostFunction, shape, flags, realm), state_(state), callback_(callback) {
        class_.init(host_class);
    }
    Result<Value> call_host(Agent&, const Arguments&, Value this_value);
    AgentState& state_;
    heddle_callback callback_;
    void* method_data_ = nullptr; // the host's, for as long as the class lives
    HostData* data_ = nullptr;
    Member<HostClass> class_;
};

/// An instance of a HostClass, or what settles a promise of the host's: see is_resolver.
class HostObject : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::HostObject; }
    bool is_resolver() const { return class_data_ == kResolver; }

protected:
    friend class heddle::Heap;
    enum : uint32_t { kInstance = 0, kResolver = 1 };
    HostObject(Shape* shape, uint32_t what) : Object(CellKind::HostObject, shape) { class_data_ = what; }
};

class HostInstance final : public HostObject {
public:
    static constexpr bool kNeedsFinalizer = true;
    static Fallible<HostInstance*> create(Agent&, AgentState&, HostClass*, Object* prototype);
    HostClass* host_class() const { return class_; }
    void* data() const { return data_ ? data_->data() : nullptr; }
    /// Disposes of what was there.
    void set_data(HostData* data) {
        if (data_) state_.dispose_later(data_);
        data_ = data;
    }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(class_);
    }
    void finalize() override {
        if (data_) state_.dispose_later(data_);
    }

private:
    friend class heddle::Heap;
    HostInstance(Shape* shape, AgentState& state, HostClass* host_class) : HostObject(shape, kInstance), state_(state) {
        class_.init(host_class);
    }
    AgentState& state_;
    Member<HostClass> class_;
    HostData* data_ = nullptr;
};

class HostResolver final : public HostObject {
public:
    static Fallible<HostResolver*> create(Agent&, Promise*);
    Value resolve() const { return Value(resolve_.get()); }
    Value reject() const { return Value(reject_.get()); }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(resolve_);
        visitor.visit(reject_);
    }

private:
    friend class heddle::Heap;
    explicit HostResolver(Shape* shape) : HostObject(shape, kResolver) {}
    Member<Object> resolve_;
    Member<Object> reject_;
};

/// What a callback returned, as the engine has it: passes exceptions on.
Result<void> callback_outcome(AgentState&, heddle_status);

/// The engine is about to call the host: a scope of its own for the handles, and a place on the stack below which no
/// value of the engine's lies.
class HostScope {
public:
    explicit HostScope(AgentState& state) : state_(state), depth_(state.handles->scope_depth()), outer_bound_(state.stack_bound) {
        opened_ = state.handles->open_scope().has_value();
    }
    ~HostScope() {
        state_.handles->close_scopes_above(depth_);
        state_.stack_bound = outer_bound_;
    }
    HostScope(const HostScope&) = delete;
    bool opened() const { return opened_; }
    /// Nothing when there is no memory for the handle.
    bool add(Value value, heddle_value& out) {
        std::optional<uint64_t> entry = state_.handles->add_local(value, HandleKind::Value);
        if (entry) out = {state_.owner_bits(), *entry};
        return entry.has_value();
    }

private:
    AgentState& state_;
    size_t depth_;
    const void* outer_bound_;
    bool opened_;
};

} // namespace heddle::api
