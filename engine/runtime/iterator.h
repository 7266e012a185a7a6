// Operations on iterator objects (ECMA-262 7.4).
#pragma once

#include "runtime/operations.h"

namespace heddle {

/// 7.4.1 Iterator Records. Lives on the stack or inside a cell that visits its parts.
struct IteratorRecord {
    Object* iterator = nullptr;
    Value next_method;
    bool done = false;
};

enum class IteratorKind : uint8_t { Sync, Async };
Result<IteratorRecord> get_iterator_direct(Agent&, Object*);             // 7.4.2
Result<IteratorRecord> get_iterator_from_method(Agent&, Value, Value method); // 7.4.3
Result<IteratorRecord> get_iterator(Agent&, Value, IteratorKind = IteratorKind::Sync); // 7.4.4
enum class StringHandling : uint8_t { Iterate, Reject };
Result<IteratorRecord> get_iterator_flattenable(Agent&, Value, StringHandling); // 7.4.5
Result<Object*> iterator_next(Agent&, IteratorRecord&, std::optional<Value> value = {}); // 7.4.6
Result<bool> iterator_complete(Agent&, Object* result);                  // 7.4.7
Result<Value> iterator_value(Agent&, Object* result);                    // 7.4.8
/// 7.4.9 IteratorStep + 7.4.10 IteratorStepValue: the value, or nothing when done. Sets record.done.
Result<std::optional<Value>> iterator_step_value(Agent&, IteratorRecord&);
/// 7.4.11 IteratorClose with a normal completion.
Result<void> iterator_close(Agent&, const IteratorRecord&);
/// IteratorClose with a throw completion: the exception pending on the agent wins; it stays pending.
/// Takes what a failed call propagated and hands it on: `return iterator_close_throwing(agent, record);`
Threw iterator_close_throwing(Agent&, const IteratorRecord&);
Fallible<Object*> create_iter_result_object(Agent&, Value value, bool done); // 7.4.14
/// 7.4.12 AsyncIteratorClose is compiled into bytecode. 27.1.4.1 CreateAsyncFromSyncIterator:
Result<IteratorRecord> create_async_from_sync_iterator(Agent&, IteratorRecord);
Fallible<Object*> create_async_from_sync_iterator_prototype(Agent&, Realm&);

/// Walks `iterable`, calling `body(Value) -> Result<void>`; closes the iterator when body throws.
template<class Body>
Result<void> iterate(Agent& agent, Value iterable, Body&& body) {
    IteratorRecord record = TRY(get_iterator(agent, iterable));
    for (;;) {
        auto next = TRY(iterator_step_value(agent, record));
        if (!next) return {};
        Result<void> step = body(*next);
        if (step.threw()) return iterator_close_throwing(agent, record);
    }
}

} // namespace heddle
