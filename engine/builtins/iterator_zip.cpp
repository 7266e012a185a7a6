// Iterator.zip and Iterator.zipKeyed (ECMA-262 27.1.3.2): gathering the iterators and the padding.
#include "builtins/iterator_helper.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// Iterators gathered so far: iterator, next method, iterator…
class OpenIterators {
public:
    explicit OpenIterators(Agent& agent) : agent_(agent), values_(agent.heap()) {}
    Fallible<void> append(const IteratorRecord& record) {
        if (!values_.push_back(Value(record.iterator)) || !values_.push_back(record.next_method))
            return agent_.out_of_memory();
        return {};
    }
    uint32_t count() const { return static_cast<uint32_t>(values_.size() / 2); }
    // 7.4.13 IteratorCloseAll ( iters, completion ) with a throw completion: that of the failed call is
    // pending.
    Threw close_throwing() {
        for (size_t i = values_.size(); i > 0; i -= 2)
            (void)iterator_close_throwing(agent_, {values_[i - 2].as_object(), values_[i - 1], false});
        return {};
    }
    Fallible<ValueArray*> to_value_array() { return copy(agent_, values_); }
    static Fallible<ValueArray*> copy(Agent& agent, RootVector<Value>& values) {
        ValueArray* array =
            TRY(ValueArray::create(agent, static_cast<uint32_t>(values.size()), Value::undefined()));
        for (uint32_t i = 0; i < values.size(); ++i)
            array->set(i, values[i]);
        return array;
    }

private:
    Agent& agent_;
    RootVector<Value> values_;
};

struct ZipOptions {
    ZipMode mode;
    Value padding; // undefined or an object
};

Result<ZipOptions> read_options(Agent& agent, Value options) {
    ZipOptions result{ZipMode::Shortest, Value::undefined()};
    // 9.14 GetOptionsObject ( options )
    if (options.is_undefined()) return result;
    if (!options.is_object())
        return agent.throw_type_error(
            fmt::format("The options are {}: pass an object, or nothing", display_string(options)));
    Value mode = TRY(options.as_object()->get(agent, atoms::mode));
    if (!mode.is_undefined()) {
        FlatView name = mode.is_string() ? TRY(mode.as_string()->flatten(agent)) : FlatView();
        if (name.equals(FlatView("longest")))
            result.mode = ZipMode::Longest;
        else if (name.equals(FlatView("strict")))
            result.mode = ZipMode::Strict;
        else if (!name.equals(FlatView("shortest"))) {
            return agent.throw_type_error(
                fmt::format("The option mode is {}: it must be \"shortest\", \"longest\" or \"strict\"",
                            display_string(mode)));
        }
    }
    if (result.mode == ZipMode::Longest) {
        result.padding = TRY(options.as_object()->get(agent, atoms::padding));
        if (!result.padding.is_undefined() && !result.padding.is_object()) {
            return agent.throw_type_error(fmt::format("The option padding is {}: it must be an object",
                                                      display_string(result.padding)));
        }
    }
    return result;
}

Fallible<Value> create_zip(Agent& agent, OpenIterators& iterators, ZipMode mode, RootVector<Value>& padding,
                           ValueArray* keys) {
    IteratorHelper* helper = TRY(IteratorHelper::create(agent, IteratorHelperKind::Zip, {}));
    ValueArray* list = TRY(iterators.to_value_array());
    ValueArray* fillers = mode == ZipMode::Longest ? TRY(OpenIterators::copy(agent, padding)) : nullptr;
    helper->set_zip(list, mode, fillers, keys);
    return Value(helper);
}

Failed throw_not_object(Agent& agent, Value iterables) {
    return agent.throw_type_error(fmt::format(
        "{} is not an object: pass the iterables in an array or an object", display_string(iterables)));
}

Result<void> gather(Agent& agent, Value iterables, OpenIterators& iterators) {
    IteratorRecord input = TRY(get_iterator(agent, iterables));
    for (;;) {
        TRY(agent.poll_interrupts());
        Result<std::optional<Value>> stepped = iterator_step_value(agent, input);
        if (stepped.threw()) return iterators.close_throwing();
        std::optional<Value> next = stepped.release();
        if (!next) return {};
        Result<IteratorRecord> record = get_iterator_flattenable(agent, *next, StringHandling::Reject);
        if (record.threw() || iterators.append(record.release()).threw()) {
            (void)iterators.close_throwing();
            return iterator_close_throwing(agent, input);
        }
    }
}

// Iterator.zip, step 14: the values of the iterable `option`, then undefined, as many as there are iterators.
Result<void> gather_padding(Agent& agent, Value option, OpenIterators& iterators,
                            RootVector<Value>& padding) {
    IteratorRecord record;
    bool using_iterator = !option.is_undefined();
    if (using_iterator) {
        Result<IteratorRecord> got = get_iterator(agent, option);
        if (got.threw()) return iterators.close_throwing();
        record = got.release();
    }
    for (uint32_t i = 0; i < iterators.count(); ++i) {
        Value value = Value::undefined();
        if (using_iterator) {
            Result<std::optional<Value>> stepped = iterator_step_value(agent, record);
            if (stepped.threw()) return iterators.close_throwing();
            std::optional<Value> next = stepped.release();
            using_iterator = next.has_value();
            value = next.value_or(Value::undefined());
        }
        if (!padding.push_back(value)) return agent.out_of_memory();
    }
    if (using_iterator && iterator_close(agent, record).threw()) return iterators.close_throwing();
    return {};
}

} // namespace

// 27.1.3.2.3 Iterator.zip ( iterables [ , options ] )
Result<Value> iterator_zip(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return throw_not_object(agent, arguments[0]);
    ZipOptions options = TRY(read_options(agent, arguments[1]));
    OpenIterators iterators(agent);
    TRY(gather(agent, arguments[0], iterators));
    RootVector<Value> padding(agent.heap());
    if (options.mode == ZipMode::Longest) TRY(gather_padding(agent, options.padding, iterators, padding));
    return TRY(create_zip(agent, iterators, options.mode, padding, nullptr));
}

// 27.1.3.2.4 Iterator.zipKeyed ( iterables [ , options ] )
Result<Value> iterator_zip_keyed(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_object()) return throw_not_object(agent, arguments[0]);
    Object* iterables = arguments[0].as_object();
    ZipOptions options = TRY(read_options(agent, arguments[1]));
    OpenIterators iterators(agent);
    RootVector<Value> all_keys(agent.heap());
    TRY(iterables->own_property_keys(agent, all_keys));
    RootVector<Value> keys(agent.heap());
    for (Value key_value : all_keys) {
        PropertyKey key = TRY(to_property_key(agent, key_value));
        Result<std::optional<PropertyDescriptor>> got = iterables->get_own_property(agent, key);
        if (got.threw()) return iterators.close_throwing();
        std::optional<PropertyDescriptor> descriptor = got.release();
        if (!descriptor || !descriptor->enumerable.value_or(false)) continue;
        Result<Value> value = iterables->get(agent, key);
        if (value.threw()) return iterators.close_throwing();
        Value iterable = value.release();
        if (iterable.is_undefined()) continue;
        if (!keys.push_back(key_value)) return agent.out_of_memory();
        Result<IteratorRecord> record = get_iterator_flattenable(agent, iterable, StringHandling::Reject);
        if (record.threw() || iterators.append(record.release()).threw()) return iterators.close_throwing();
    }
    RootVector<Value> padding(agent.heap());
    for (uint32_t i = 0; i < keys.size() && options.mode == ZipMode::Longest; ++i) {
        Value filler = Value::undefined();
        if (options.padding.is_object()) {
            Result<Value> value =
                options.padding.as_object()->get(agent, TRY(to_property_key(agent, keys[i])));
            if (value.threw()) return iterators.close_throwing();
            filler = value.release();
        }
        if (!padding.push_back(filler)) return agent.out_of_memory();
    }
    ValueArray* key_array = TRY(OpenIterators::copy(agent, keys));
    return TRY(create_zip(agent, iterators, options.mode, padding, key_array));
}

} // namespace heddle
