// 26.1 WeakRef Objects: what the library and weak handles of hosts share.
#pragma once

#include "runtime/object.h"

namespace heddle {

/// [[WeakRefTarget]] is undefined once the target has been collected.
class WeakRefObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::WeakRef; }
    /// `target` can_be_held_weakly(). Does not keep it for the rest of the job, as the constructor and deref do.
    static Fallible<WeakRefObject*> create(Agent&, Shape*, Value target);
    Value target() const { return target_; }
    void visit_edges(Visitor&) override;
    void process_weak(WeakProcessor&) override;

private:
    friend class Heap;
    WeakRefObject(Shape* shape, Value target) : Object(CellKind::WeakRef, shape), target_(target) {}
    Value target_; // weak: not a Member
};

} // namespace heddle
