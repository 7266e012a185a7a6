// DisposeStack: 7.5.1 DisposeCapability Records, for `using` declarations and for DisposableStack.
#pragma once

#include "runtime/promise.h"

namespace heddle {

struct DisposableResource {
    Value value;
    Value method; // undefined: `await using` of null or undefined
    bool is_async;
};

class DisposeStack final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    static Fallible<DisposeStack*> create(Agent&);
    bool is_empty() const { return count_ == 0; }
    Fallible<void> push(Agent&, Value value, Value method, bool is_async);
    DisposableResource pop();
    DisposableResource peek() const {
        return {resources_->get((count_ - 1) * 3), resources_->get((count_ - 1) * 3 + 1), resources_->get((count_ - 1) * 3 + 2).is_true()};
    }
    // The state of 7.5.7 between its awaits.
    bool needs_await = false;
    bool has_awaited = false;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    DisposeStack() : Cell(CellKind::Internal) {}
    Member<ValueArray> resources_; // triples
    uint32_t count_ = 0;
};

Result<Value> get_dispose_method(Agent&, Value, bool is_async);
Result<void> add_disposable_resource(Agent&, DisposeStack&, Value, bool is_async);
/// A SuppressedError of `error` and the one that it hides.
Fallible<Value> combine_dispose_errors(Agent&, Value error, Value suppressed);

} // namespace heddle
