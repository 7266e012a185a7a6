// Signals, what follows them, and how long those that follow are kept.
#include "threads/abort.h"

#include "base/fault.h"
#include "builtins/define.h"
#include "runtime/error.h"
#include "runtime/iterator.h"
#include "sync/clock.h"
#include "threads/event_loop.h"
#include "threads/timers.h"

#include <cmath>
#include <memory>

namespace heddle {

/// From a source (a signal or a timer) to a signal that follows it. The follower is held weakly until somebody could
/// notice that it is aborted (DOM 3.2, the garbage collection of signals); it holds its sources.
class AbortLink final : public Cell {
public:
    AbortSignalObject* follower() const { return follower_; }
    void hold() { held_.set(this, follower_); }

    void visit_edges(Visitor& visitor) override {
        visitor.visit(source_);
        visitor.visit(held_);
        visitor.visit(next_of_source_);
        visitor.visit(next_of_follower_);
        visitor.defer_weak(this);
    }
    void process_weak(WeakProcessor& weak) override {
        if (follower_ && !weak.is_live(follower_)) follower_ = nullptr;
    }

private:
    friend class Heap;
    friend class AbortSignalObject;
    AbortLink(AbortSignalObject* follower, AbortSignalObject* source) : Cell(CellKind::Internal), follower_(follower) {
        source_.init(source);
    }
    AbortSignalObject* follower_; // weak: not a Member
    Member<AbortSignalObject> held_;
    Member<AbortSignalObject> source_; // null: a timer
    Member<AbortLink> next_of_source_;
    Member<AbortLink> next_of_follower_;
};

// --- AbortSignal --------------------------------------------------------------------------------------------------

Fallible<AbortSignalObject*> AbortSignalObject::create(Agent& agent) {
    Shape* shape = TRY(agent.realm().root_shape(Intrinsic::AbortSignalPrototype));
    return agent.heap().allocate<AbortSignalObject>(0, shape, &agent.realm());
}

void AbortSignalObject::visit_edges(Visitor& visitor) {
    EventTargetObject::visit_edges(visitor);
    visitor.visit(reason_);
    visitor.visit(listeners_to_remove_);
    visitor.visit(dependents_);
    visitor.visit(sources_);
}

bool AbortSignalObject::is_watched() const {
    return has_listener(atoms::abort) || listeners_to_remove_ || dependents_;
}

void AbortSignalObject::hold_if_watched() {
    if (!is_watched()) return;
    for (AbortLink* link = sources_; link; link = link->next_of_follower_)
        link->hold();
}

Fallible<void> AbortSignalObject::listeners_changed(Agent&, String* type) {
    if (type == atoms::abort) hold_if_watched();
    return {};
}

// A signal that outlives what listens by it must not collect what is gone: its lists are gone through when they may have
// doubled.
void AbortSignalObject::drop_what_is_gone() {
    if (++added_ <= kept_ + 16) return;
    added_ = kept_ = 0;
    auto keep = [this]<class T>(Member<T>& list, Member<T> T::* next, auto&& is_gone) {
        T* last = nullptr;
        auto append = [&](T* item) { last ? (last->*next).set(last, item) : list.set(this, item); };
        for (T* item = list; item; item = item->*next) {
            if (is_gone(*item)) continue;
            append(item);
            last = item;
            kept_++;
        }
        append(nullptr);
    };
    keep(listeners_to_remove_, &EventListener::next_of_signal_, [](EventListener& each) { return each.is_removed(); });
    keep(dependents_, &AbortLink::next_of_source_, [](AbortLink& each) { return !each.follower_ || each.follower_->is_aborted(); });
}

void AbortSignalObject::add_listener_to_remove(EventTargetObject* target, EventListener* listener) {
    drop_what_is_gone();
    listener->target_.set(listener, target);
    listener->next_of_signal_.set(listener, listeners_to_remove_);
    listeners_to_remove_.set(this, listener);
    hold_if_watched();
}

// `source` null: a timer.
Fallible<AbortLink*> AbortSignalObject::add_link(Agent& agent, AbortSignalObject* source) {
    AbortLink* link = TRY(agent.heap().allocate<AbortLink>(0, this, source));
    link->next_of_follower_.set(link, sources_);
    sources_.set(this, link);
    if (!source) return link;
    source->drop_what_is_gone();
    link->next_of_source_.set(link, source->dependents_);
    source->dependents_.set(source, link);
    source->hold_if_watched();
    return link;
}

// DOM 3.2 create a dependent abort signal. Signals that follow others stand for those.
Fallible<void> AbortSignalObject::follow(Agent& agent, std::span<const Value> sources) {
    for (Value value : sources) {
        auto* source = value.as<AbortSignalObject>();
        if (!source->is_aborted()) continue;
        reason_.set(this, source->reason());
        return {};
    }
    auto add = [&](AbortSignalObject* source) -> Fallible<void> {
        // Named twice: the latest that follows it is this one.
        if (source->dependents_ && source->dependents_->follower_ == this) return {};
        TRY(add_link(agent, source));
        return {};
    };
    for (Value value : sources) {
        auto* source = value.as<AbortSignalObject>();
        bool follows = false;
        for (AbortLink* link = source->sources_; link; link = link->next_of_follower_) {
            if (!link->source_) continue;
            follows = true;
            TRY(add(link->source_));
        }
        if (!follows) TRY(add(source));
    }
    return {};
}

Fallible<void> AbortSignalObject::start_timeout(Agent& agent, double milliseconds) {
    AbortLink* link = TRY(add_link(agent, nullptr));
    std::unique_ptr<Root<AbortLink>> held(new_or_null<Root<AbortLink>>(agent.heap(), link));
    if (!held) return agent.out_of_memory();
    TRY(ensure_room_for_timer(agent));
    auto expire = [held = std::move(held)](Agent& running) {
        AbortSignalObject* signal = (*held)->follower();
        if (!signal) return;
        RealmScope scope(running, signal->realm());
        auto timed_out = [&]() -> Result<void> {
            return signal->abort(running, Value(TRY(DomException::create(running, "TimeoutError", "The operation timed out"))));
        };
        if (timed_out().threw() && !running.is_terminating()) running.report_uncaught(running.take_exception());
    };
    // As in node, such a timer keeps no loop alive.
    EventLoop::of(agent).add_timer(sync::now().after_milliseconds(milliseconds), std::move(expire), false);
    return {};
}

// DOM 3.2 run the abort steps
Result<void> AbortSignalObject::run_abort_steps(Agent& agent) {
    EventListener* listener = listeners_to_remove_;
    listeners_to_remove_.set(this, nullptr);
    for (; listener; listener = listener->next_of_signal_) {
        if (!listener->is_removed()) listener->target_->remove_listener(agent, listener);
    }
    fire(agent, EventObject::create(agent, atoms::abort));
    if (agent.is_terminating()) return Threw{};
    return {};
}

// DOM 3.2 signal abort
Result<void> AbortSignalObject::abort(Agent& agent, Value reason) {
    if (is_aborted()) return {};
    if (reason.is_undefined()) reason = Value(TRY(DomException::create(agent, "AbortError", "The operation was aborted")));
    RootVector<Value> dependents(agent.heap());
    for (AbortLink* link = dependents_; link; link = link->next_of_source_) {
        AbortSignalObject* follower = link->follower_;
        if (follower && !follower->is_aborted() && !dependents.push_back(Value(follower))) return agent.out_of_memory();
    }
    // The list has the latest first; those that came first come first.
    for (size_t i = 0; i < dependents.size() / 2; i++)
        std::swap(dependents[i], dependents[dependents.size() - 1 - i]);
    dependents_.set(this, nullptr);
    reason_.set(this, reason);
    for (Value follower : dependents) {
        auto* signal = follower.as<AbortSignalObject>();
        signal->reason_.set(signal, reason);
    }
    TRY(run_abort_steps(agent));
    for (Value follower : dependents)
        TRY(follower.as<AbortSignalObject>()->run_abort_steps(agent));
    return {};
}

namespace {

Fallible<AbortSignalObject*> this_signal(Agent& agent, const Arguments& arguments, const char* member) {
    if (arguments.this_value().is<AbortSignalObject>()) return arguments.this_value().as<AbortSignalObject>();
    return agent.throw_type_error(std::string(member) + " of AbortSignal was used on " + display_string(arguments.this_value()) +
                                  ", which is not an AbortSignal");
}

Result<Value> signal_constructor(Agent& agent, const Arguments&) {
    return agent.throw_type_error("AbortSignal has no constructor: make an AbortController and use its signal, or AbortSignal.timeout(ms)");
}

// DOM 3.2 AbortSignal.abort ( reason )
Result<Value> signal_abort(Agent& agent, const Arguments& arguments) {
    AbortSignalObject* signal = TRY(AbortSignalObject::create(agent));
    TRY(signal->abort(agent, arguments[0]));
    return Value(signal);
}

// DOM 3.2 AbortSignal.timeout ( milliseconds )
Result<Value> signal_timeout(Agent& agent, const Arguments& arguments) {
    double milliseconds = std::trunc(TRY(to_number(agent, arguments[0])));
    if (!(milliseconds >= 0 && milliseconds <= 9007199254740991.0)) // WebIDL [EnforceRange] unsigned long long
        return agent.throw_type_error("AbortSignal.timeout takes milliseconds from 0 to 9007199254740991, got " + display_string(arguments[0]));
    AbortSignalObject* signal = TRY(AbortSignalObject::create(agent));
    TRY(signal->start_timeout(agent, milliseconds));
    return Value(signal);
}

// DOM 3.2 AbortSignal.any ( signals )
Result<Value> signal_any(Agent& agent, const Arguments& arguments) {
    RootVector<Value> sources(agent.heap());
    auto add = [&](Value source) -> Result<void> {
        if (!source.is<AbortSignalObject>()) return agent.throw_type_error("AbortSignal.any takes AbortSignals, got " + display_string(source));
        if (!sources.push_back(source)) return agent.out_of_memory();
        return {};
    };
    TRY(iterate(agent, arguments[0], add));
    AbortSignalObject* signal = TRY(AbortSignalObject::create(agent));
    TRY(signal->follow(agent, sources.span()));
    return Value(signal);
}

Result<Value> signal_aborted(Agent& agent, const Arguments& arguments) {
    return Value::boolean(TRY(this_signal(agent, arguments, "aborted"))->is_aborted());
}

Result<Value> signal_reason(Agent& agent, const Arguments& arguments) {
    return TRY(this_signal(agent, arguments, "reason"))->reason();
}

Result<Value> signal_throw_if_aborted(Agent& agent, const Arguments& arguments) {
    AbortSignalObject* signal = TRY(this_signal(agent, arguments, "throwIfAborted"));
    if (signal->is_aborted()) return agent.throw_value(signal->reason());
    return Value::undefined();
}

} // namespace

// --- AbortController ----------------------------------------------------------------------------------------------

class AbortControllerObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::AbortController; }
    AbortSignalObject* signal() const { return signal_; }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(signal_);
    }

private:
    friend class Heap;
    AbortControllerObject(Shape* shape, AbortSignalObject* signal) : Object(CellKind::AbortController, shape) { signal_.init(signal); }
    Member<AbortSignalObject> signal_;
};

namespace {

Fallible<AbortControllerObject*> this_controller(Agent& agent, const Arguments& arguments, const char* member) {
    if (arguments.this_value().is<AbortControllerObject>()) return arguments.this_value().as<AbortControllerObject>();
    return agent.throw_type_error(std::string(member) + " of AbortController was used on " + display_string(arguments.this_value()) +
                                  ", which is not an AbortController");
}

// DOM 3.1 new AbortController ( )
Result<Value> controller_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct()) return agent.throw_type_error("AbortController is a constructor: call it with new");
    Shape* shape = TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::AbortControllerPrototype));
    AbortSignalObject* signal = TRY(AbortSignalObject::create(agent));
    return Value(TRY(agent.heap().allocate<AbortControllerObject>(0, shape, signal)));
}

Result<Value> controller_signal(Agent& agent, const Arguments& arguments) {
    return Value(TRY(this_controller(agent, arguments, "signal"))->signal());
}

// DOM 3.1 abort ( reason )
Result<Value> controller_abort(Agent& agent, const Arguments& arguments) {
    AbortControllerObject* controller = TRY(this_controller(agent, arguments, "abort"));
    TRY(controller->signal()->abort(agent, arguments[0]));
    return Value::undefined();
}

} // namespace

Fallible<Object*> create_abort_controller(Agent& agent, Realm& realm) {
    return static_cast<Object*>(TRY(define_constructor(agent, realm, Intrinsic::AbortController, Intrinsic::AbortControllerPrototype,
                                                       controller_constructor, 0, atoms::AbortController)));
}

Fallible<Object*> create_abort_controller_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::AbortControllerPrototype, Intrinsic::AbortController));
    const AccessorEntry accessors[] = {{atoms::signal, controller_signal, nullptr, kWebAccessor}};
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {{atoms::abort, controller_abort, 0, kWebAttributes}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::AbortController));
    return prototype;
}

Fallible<Object*> create_abort_signal(Agent& agent, Realm& realm) {
    Object* parent = TRY(realm.intrinsic(Intrinsic::EventTarget));
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::AbortSignal, Intrinsic::AbortSignalPrototype, signal_constructor,
                                                 0, atoms::AbortSignal, parent));
    const FunctionEntry functions[] = {
        {atoms::abort, signal_abort, 0, kWebAttributes},
        {atoms::timeout, signal_timeout, 1, kWebAttributes},
        {atoms::any, signal_any, 1, kWebAttributes},
    };
    TRY(define_functions(agent, realm, constructor, functions));
    return constructor;
}

Fallible<Object*> create_abort_signal_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::EventTargetPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::AbortSignalPrototype, Intrinsic::AbortSignal));
    const AccessorEntry accessors[] = {
        {atoms::aborted, signal_aborted, nullptr, kWebAccessor},
        {atoms::reason, signal_reason, nullptr, kWebAccessor},
        HEDDLE_EVENT_HANDLER(onabort, abort),
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    const FunctionEntry functions[] = {{atoms::throwIfAborted, signal_throw_if_aborted, 0, kWebAttributes}};
    TRY(define_functions(agent, realm, prototype, functions));
    TRY(define_to_string_tag(agent, prototype, atoms::AbortSignal));
    return prototype;
}

} // namespace heddle
