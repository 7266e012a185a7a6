#include "clone/structured_clone.h"

#include "runtime/iterator.h"

#include <fmt/core.h>

namespace heddle {

namespace {

Result<void> append_entry(Agent& agent, Value entry, RootVector<Value>& list) {
    if (!entry.is_object())
        return agent.throw_type_error(fmt::format("transfer[{}] is {}, not an object: only objects can be transferred", list.size(), display_string(entry)));
    if (!list.push_back(entry)) return agent.out_of_memory();
    return {};
}

// WebIDL 3.2.20: sequence<object> from an iterable whose @@iterator method has been got already.
Result<void> read_sequence(Agent& agent, Value iterable, Value method, RootVector<Value>& list) {
    IteratorRecord record = TRY(get_iterator_from_method(agent, iterable, method));
    while (auto next = TRY(iterator_step_value(agent, record)))
        TRY(append_entry(agent, *next, list));
    return {};
}

// The member `transfer` of StructuredSerializeOptions.
Result<void> read_options(Agent& agent, Value options, RootVector<Value>& list) {
    if (options.is_undefined() || options.is_null()) return {};
    if (!options.is_object())
        return agent.throw_type_error(fmt::format("The options are {}, not an object such as {{ transfer: [buffer] }}", display_string(options)));
    Value transfer = TRY(options.as_object()->get(agent, atoms::transfer));
    if (transfer.is_undefined()) return {};
    Value method = transfer.is_object() ? TRY(transfer.as_object()->get(agent, symbols::iterator)) : Value::undefined();
    if (!is_callable(method))
        return agent.throw_type_error(fmt::format("The option transfer is {}, not an iterable of objects", display_string(transfer)));
    return read_sequence(agent, transfer, method, list);
}

} // namespace

Result<void> read_transfer_list(Agent& agent, Value options_or_sequence, RootVector<Value>& list) {
    if (options_or_sequence.is_object()) {
        Value method = TRY(options_or_sequence.as_object()->get(agent, symbols::iterator));
        if (!method.is_undefined() && !method.is_null()) {
            if (!is_callable(method))
                return agent.throw_type_error(fmt::format("The iterator method of the list of what to transfer is {}, not a function", display_string(method)));
            return read_sequence(agent, options_or_sequence, method, list);
        }
    }
    return read_options(agent, options_or_sequence, list);
}

// HTML 2.7.10 structuredClone ( value, options )
Result<Value> structured_clone_function(Agent& agent, const Arguments& arguments) {
    if (arguments.size() == 0) return agent.throw_type_error("structuredClone needs a value to clone");
    RootVector<Value> transfer(agent.heap());
    TRY(read_options(agent, arguments[1], transfer));
    CloneMessage message = TRY(structured_serialize(agent, arguments[0], transfer.span()));
    return structured_deserialize(agent, std::move(message));
}

} // namespace heddle
