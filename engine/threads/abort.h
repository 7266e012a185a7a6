// AbortController and AbortSignal (DOM standard 3).
#pragma once

#include "threads/event_target.h"

namespace heddle {

class AbortLink;

class AbortSignalObject final : public EventTargetObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::AbortSignal; }
    /// A signal of the current realm.
    static Fallible<AbortSignalObject*> create(Agent&);

    bool is_aborted() const { return !reason_.get().is_undefined(); }
    /// Undefined until it is aborted.
    Value reason() const { return reason_; }
    /// DOM 3.2 signal abort: its dependents too. `reason` undefined: an AbortError. Throws termination and what making
    /// that error throws; what listeners throw is reported.
    Result<void> abort(Agent&, Value reason);
    /// The listener goes when the signal is aborted.
    void add_listener_to_remove(EventTargetObject*, EventListener*);
    /// DOM 3.2 AbortSignal.any: this signal follows each of `sources`; it is new.
    Fallible<void> follow(Agent&, std::span<const Value> sources);
    /// DOM 3.2 AbortSignal.timeout: this signal is aborted after so many milliseconds; it is new.
    Fallible<void> start_timeout(Agent&, double milliseconds);

    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    friend class AbortLink;
    AbortSignalObject(Shape* shape, Realm* realm) : EventTargetObject(CellKind::AbortSignal, shape, realm) {}
    Fallible<void> listeners_changed(Agent&, String* type) override;
    Fallible<AbortLink*> add_link(Agent&, AbortSignalObject* source);
    bool is_watched() const;
    void hold_if_watched();
    void drop_what_is_gone();
    Result<void> run_abort_steps(Agent&);

    Member<Value> reason_;
    Member<EventListener> listeners_to_remove_; // latest first
    Member<AbortLink> dependents_;              // from this signal to those that follow it, latest first
    Member<AbortLink> sources_;                 // from others, or a timer, to this one
    uint32_t added_ = 0;                        // listeners and dependents since the lists were last gone through
    uint32_t kept_ = 0;                         // how many those were then
};

Fallible<Object*> create_abort_controller(Agent&, Realm&);
Fallible<Object*> create_abort_controller_prototype(Agent&, Realm&);
Fallible<Object*> create_abort_signal(Agent&, Realm&);
Fallible<Object*> create_abort_signal_prototype(Agent&, Realm&);

} // namespace heddle
