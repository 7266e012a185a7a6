#include "fuzz/support/graph.h"

#include "buffers/data_view_object.h"
#include "buffers/typed_array_object.h"
#include "builtins/date_object.h"
#include "builtins/hash_table.h"
#include "builtins/regexp_object.h"
#include "runtime/array.h"
#include "runtime/bigint.h"
#include "runtime/error.h"
#include "runtime/primitive_objects.h"

#include <fmt/core.h>
#include <unordered_map>

namespace heddle::fuzz {

namespace {

class Comparison {
public:
    explicit Comparison(Agent& agent) : agent_(agent), pending_(agent.heap()) {}

    std::string run(Value left, Value right) {
        pair(left, right);
        while (difference_.empty() && !pending_.empty()) {
            Value b = pending_.pop_back();
            Value a = pending_.pop_back();
            compare(a.as_object(), b.as_object());
        }
        return difference_;
    }

private:
    void differ(std::string what) {
        if (difference_.empty()) difference_ = std::move(what);
    }
    template<class T>
    void equal(const char* what, T a, T b) {
        if (a != b) differ(fmt::format("{} differs: {} and {}", what, a, b));
    }

    void pair(Value a, Value b) {
        if (!a.is_object() || !b.is_object()) {
            if (!same_value(a, b)) differ(fmt::format("{} is not {}", display_string(a), display_string(b)));
            return;
        }
        auto left = partners_.find(a.as_object());
        auto right = partners_of_right_.find(b.as_object());
        bool known = left != partners_.end();
        if (known != (right != partners_of_right_.end()) || (known && left->second != b.as_object())) {
            differ("two places share an object on one side only");
            return;
        }
        if (known) return;
        partners_.emplace(a.as_object(), b.as_object());
        partners_of_right_.emplace(b.as_object(), a.as_object());
        if (!pending_.push_back(a) || !pending_.push_back(b)) differ("no memory for the comparison");
    }

    void properties(Object* a, Object* b) {
        RootVector<Value> left(agent_.heap());
        RootVector<Value> right(agent_.heap());
        MUST(a->own_property_keys(agent_, left));
        MUST(b->own_property_keys(agent_, right));
        equal("the number of properties", left.size(), right.size());
        for (size_t i = 0; i < left.size() && difference_.empty(); ++i) {
            if (!same_value(left[i], right[i])) {
                differ(fmt::format("property {} is called {} and {}", i, display_string(left[i]), display_string(right[i])));
                return;
            }
            PropertyKey key = MUST(to_property_key(agent_, left[i]));
            auto x = MUST(a->get_own_property(agent_, key));
            auto y = MUST(b->get_own_property(agent_, key));
            if (!x || !y || !x->value || !y->value) differ("a property is no data property");
            else pair(*x->value, *y->value);
            equal("an attribute", x->enumerable.value_or(false), y->enumerable.value_or(false));
        }
    }

    void entries(HashCollection* a, HashCollection* b) {
        equal("the size", a->size(), b->size());
        if (a->size() != b->size()) return;
        HashPosition left = a->begin();
        HashPosition right = b->begin();
        while (HashTable::Entry* x = left.next()) {
            HashTable::Entry* y = right.next();
            pair(x->key, y->key);
            pair(left.table->value_of(*x), right.table->value_of(*y));
        }
    }

    void buffers(BufferObject* a, BufferObject* b) {
        equal("a buffer's length", a->byte_length(), b->byte_length());
        equal("a buffer's maximum", a->max_byte_length(), b->max_byte_length());
        equal("whether a buffer is fixed", a->is_fixed_length(), b->is_fixed_length());
        equal("whether a buffer is immutable", a->is_immutable(), b->is_immutable());
        if (!difference_.empty() || a->byte_length() == 0) return;
        if (sync::compare_relaxed(a->store()->data(), b->store()->data(), a->byte_length()) != 0) differ("the bytes of a buffer differ");
        if (a->is_shared() && a->store() != b->store()) differ("a shared buffer was copied");
    }

    void texts(const char* what, String* a, String* b) {
        if (!a != !b || (a && !same_value(Value(a), Value(b)))) differ(fmt::format("{} differs", what));
    }

    void compare(Object* a, Object* b) {
        equal("the kind", static_cast<int>(a->kind()), static_cast<int>(b->kind()));
        if (!difference_.empty()) return;
        switch (a->kind()) {
        case CellKind::Array: equal("the length", static_cast<Array*>(a)->length(), static_cast<Array*>(b)->length()); [[fallthrough]];
        case CellKind::Object: properties(a, b); break;
        case CellKind::Map:
        case CellKind::Set: entries(static_cast<HashCollection*>(a), static_cast<HashCollection*>(b)); break;
        case CellKind::BooleanObject:
        case CellKind::NumberObject:
        case CellKind::BigIntObject:
        case CellKind::StringObject: pair(static_cast<PrimitiveObject*>(a)->primitive(), static_cast<PrimitiveObject*>(b)->primitive()); break;
        case CellKind::Date: pair(Value::number(static_cast<DateObject*>(a)->value()), Value::number(static_cast<DateObject*>(b)->value())); break;
        case CellKind::RegExp:
            texts("a pattern", static_cast<RegExpObject*>(a)->source(), static_cast<RegExpObject*>(b)->source());
            equal("flags", static_cast<RegExpObject*>(a)->flags(), static_cast<RegExpObject*>(b)->flags());
            break;
        case CellKind::DomException:
            texts("a name", static_cast<DomException*>(a)->name(), static_cast<DomException*>(b)->name());
            texts("a message", static_cast<DomException*>(a)->message(), static_cast<DomException*>(b)->message());
            break;
        case CellKind::Error: {
            auto* x = static_cast<ErrorObject*>(a);
            auto* y = static_cast<ErrorObject*>(b);
            equal("the type of an error", static_cast<int>(x->type()), static_cast<int>(y->type()));
            texts("a stack", x->stack_text(), y->stack_text());
            equal("a line", x->line(), y->line());
            // In which order an error got its parts is not kept.
            for (PropertyKey key : {PropertyKey(atoms::message), PropertyKey(atoms::cause), PropertyKey(atoms::errors)}) {
                auto left = MUST(a->get_own_property(agent_, key));
                auto right = MUST(b->get_own_property(agent_, key));
                equal("whether an error has a part", left.has_value(), right.has_value());
                if (left && right) pair(left->value.value_or(Value::undefined()), right->value.value_or(Value::undefined()));
            }
            break;
        }
        case CellKind::ArrayBuffer:
        case CellKind::SharedArrayBuffer: buffers(static_cast<BufferObject*>(a), static_cast<BufferObject*>(b)); break;
        case CellKind::TypedArray: {
            auto* x = static_cast<TypedArrayObject*>(a);
            auto* y = static_cast<TypedArrayObject*>(b);
            equal("the element type", static_cast<int>(x->type()), static_cast<int>(y->type()));
            equal("the offset of a view", x->byte_offset(), y->byte_offset());
            equal("the length of a view", x->length().value_or(SIZE_MAX), y->length().value_or(SIZE_MAX));
            equal("what a view tracks", x->tracks_length(), y->tracks_length());
            pair(Value(x->buffer()), Value(y->buffer()));
            break;
        }
        case CellKind::DataView: {
            auto* x = static_cast<DataViewObject*>(a);
            auto* y = static_cast<DataViewObject*>(b);
            equal("the offset of a view", x->byte_offset(), y->byte_offset());
            equal("the length of a view", x->byte_length().value_or(SIZE_MAX), y->byte_length().value_or(SIZE_MAX));
            equal("what a view tracks", x->tracks_length(), y->tracks_length());
            pair(Value(x->buffer()), Value(y->buffer()));
            break;
        }
        default: differ("a kind that cannot be cloned was"); break;
        }
    }

    Agent& agent_;
    RootVector<Value> pending_;
    // Cells do not move, and both graphs are alive as long as their roots are.
    std::unordered_map<const Object*, const Object*> partners_;
    std::unordered_map<const Object*, const Object*> partners_of_right_;
    std::string difference_;
};

/// Makes parts one after the other, each put into a container made before.
class Builder {
public:
    Builder(Agent& agent, ByteSource& source, RootVector<Value>& buffers)
        : agent_(agent), source_(source), buffers_(buffers), objects_(agent.heap()), containers_(agent.heap()),
          all_buffers_(agent.heap()) {}

    Fallible<Value> run(bool poison) {
        Value root = TRY(container());
        constexpr int kMostParts = 400;
        for (int i = 0; i < kMostParts && !source_.empty(); ++i) {
            Value holder = containers_[source_.below(static_cast<uint32_t>(containers_.size()))];
            TRY(put(holder.as_object(), TRY(part())));
        }
        if (poison) {
            Value holder = containers_[source_.below(static_cast<uint32_t>(containers_.size()))];
            TRY(put(holder.as_object(), Value(TRY(agent_.intrinsic(Intrinsic::Object)))));
        }
        return root;
    }

private:
    Fallible<Value> keep(Object* object) {
        if (!objects_.push_back(Value(object))) return agent_.out_of_memory();
        return Value(object);
    }

    Fallible<Value> container() {
        Object* object;
        switch (source_.below(5)) {
        case 0: object = TRY(Object::create(agent_, TRY(agent_.intrinsic(Intrinsic::ObjectPrototype)))); break;
        case 1: object = TRY(Array::create(agent_, source_.below(4) == 0 ? source_.below(3000) : 0)); break;
        case 2: object = TRY(MapObject::create(agent_)); break;
        case 3: object = TRY(SetObject::create(agent_)); break;
        default: {
            auto type = static_cast<ErrorType>(source_.below(static_cast<uint32_t>(ErrorType::AggregateError) + 1));
            object = TRY(create_error(agent_, type, "made"));
            break;
        }
        }
        if (!containers_.push_back(Value(object))) return agent_.out_of_memory();
        return keep(object);
    }

    Fallible<Value> text() {
        static constexpr std::u16string_view kTexts[] = {u"", u"a", u"text", u"\u00FF", u"\u0100", u"\xD800", u"length", u"__proto__", u"name"};
        uint32_t choice = source_.below(std::size(kTexts) + 1);
        if (choice == std::size(kTexts)) {
            StringBuilder builder(agent_);
            for (uint32_t i = source_.below(40); i > 0; --i)
                TRY(builder.append(static_cast<char16_t>(source_.byte() % 3 == 0 ? source_.word() : source_.byte())));
            return Value(TRY(builder.finish()));
        }
        return Value(TRY(String::create(agent_, FlatView(kTexts[choice].data(), static_cast<uint32_t>(kTexts[choice].size())))));
    }

    Fallible<Value> primitive() {
        switch (source_.below(8)) {
        case 0: return Value::undefined();
        case 1: return Value::null();
        case 2: return Value::boolean(source_.byte() & 1);
        case 3: return Value::int32(static_cast<int32_t>(source_.word()));
        case 4: return Value::number(std::bit_cast<double>(source_.word()));
        case 5: return Value::int32(source_.byte());
        case 6: {
            BigInt::Limb limbs[3] = {source_.word(), source_.byte(), source_.byte()};
            return Value(TRY(BigInt::from_limbs(agent_, std::span(limbs, 1 + source_.below(3)), source_.byte() & 1)));
        }
        default: return text();
        }
    }

    Fallible<Value> buffer() {
        uint32_t size = source_.below(8) == 0 ? 4000 + source_.below(3000) : source_.below(64);
        std::optional<uint64_t> maximum;
        uint32_t kind = source_.below(4);
        if (kind == 1 || kind == 3) maximum = size + source_.below(300);
        BufferObject* made;
        if (kind >= 2) made = TRY(SharedArrayBufferObject::create(agent_, nullptr, size, maximum));
        else made = TRY(ArrayBufferObject::create(agent_, nullptr, size, maximum));
        for (uint32_t i = 0; i < size; ++i)
            sync::store_relaxed<uint8_t>(made->store()->data() + i, static_cast<uint8_t>(i * 3 + size));
        if (kind == 0 && source_.below(4) == 0) static_cast<ArrayBufferObject*>(made)->make_immutable();
        bool transferable = kind < 2 && !made->is_immutable();
        if (!all_buffers_.push_back(Value(made)) || (transferable && !buffers_.push_back(Value(made)))) return agent_.out_of_memory();
        return keep(made);
    }

    Fallible<Value> view() {
        if (all_buffers_.empty()) return buffer();
        auto* of = all_buffers_[source_.below(static_cast<uint32_t>(all_buffers_.size()))].as<BufferObject>();
        bool tracks = !of->is_fixed_length() && (source_.byte() & 1);
        uint32_t type = source_.below(kElementTypeCount + 1);
        size_t size = type == kElementTypeCount ? 1 : element_size(static_cast<ElementType>(type));
        size_t units = of->byte_length() / size;
        size_t from = source_.below(static_cast<uint32_t>(units) + 1);
        std::optional<size_t> length;
        if (!tracks) length = source_.below(static_cast<uint32_t>(units - from) + 1);
        if (type == kElementTypeCount) return keep(TRY(DataViewObject::create(agent_, nullptr, of, from, length)));
        return keep(TRY(TypedArrayObject::create(agent_, nullptr, static_cast<ElementType>(type), of, from * size, length)));
    }

    Fallible<Value> wrapper() {
        Value value = TRY(primitive());
        Realm& realm = agent_.realm();
        if (value.is_boolean())
            return keep(TRY(PrimitiveObject::create(agent_, CellKind::BooleanObject, TRY(realm.root_shape(Intrinsic::BooleanPrototype)), value)));
        if (value.is_number())
            return keep(TRY(PrimitiveObject::create(agent_, CellKind::NumberObject, TRY(realm.root_shape(Intrinsic::NumberPrototype)), value)));
        if (value.is_bigint())
            return keep(TRY(PrimitiveObject::create(agent_, CellKind::BigIntObject, TRY(realm.root_shape(Intrinsic::BigIntPrototype)), value)));
        if (value.is_string())
            return keep(TRY(StringObject::create(agent_, TRY(realm.root_shape(Intrinsic::StringPrototype)), value.as_string())));
        double time = source_.byte() & 1 ? static_cast<double>(static_cast<int32_t>(source_.word())) : std::nan("");
        return keep(TRY(agent_.heap().allocate<DateObject>(0, TRY(realm.root_shape(Intrinsic::DatePrototype)), time)));
    }

    Fallible<Value> regexp() {
        static constexpr std::string_view kSources[] = {"a", "(?:)", "[^x]+", "(?<n>b)\\1"};
        static constexpr std::string_view kFlags[] = {"", "g", "dgimsuy", "v"};
        auto* object = TRY(RegExpObject::create(agent_, TRY(agent_.realm().root_shape(Intrinsic::RegExpPrototype))));
        Value source(TRY(String::from_latin1(agent_, kSources[source_.below(std::size(kSources))])));
        Value flags(TRY(String::from_latin1(agent_, kFlags[source_.below(std::size(kFlags))])));
        if (object->initialize(agent_, source, flags).threw()) return Failed{};
        return keep(object);
    }

    Fallible<Value> part() {
        switch (source_.below(10)) {
        case 0:
        case 1:
        case 2: return primitive();
        case 3:
        case 4: return container();
        case 5: return objects_[source_.below(static_cast<uint32_t>(objects_.size()))];
        case 6: return buffer();
        case 7: return view();
        case 8: return source_.byte() & 1 ? wrapper() : regexp();
        default: {
            Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::DOMExceptionPrototype));
            return keep(TRY(DomException::create(agent_, shape, TRY(String::from_latin1(agent_, "AbortError")), TRY(text()).as_string())));
        }
        }
    }

    Fallible<void> put(Object* holder, Value value) {
        switch (holder->kind()) {
        case CellKind::Map: return static_cast<MapObject*>(holder)->put(agent_, source_.byte() & 1 ? TRY(part()) : TRY(primitive()), value);
        case CellKind::Set: return static_cast<SetObject*>(holder)->add(agent_, value);
        case CellKind::Error: {
            auto* error = static_cast<ErrorObject*>(holder);
            bool errors = error->type() == ErrorType::AggregateError && (source_.byte() & 1);
            return error->define_direct(agent_, errors ? PropertyKey(atoms::errors) : PropertyKey(atoms::cause), value, kBuiltinAttributes);
        }
        case CellKind::Array: {
            auto* array = static_cast<Array*>(holder);
            if (source_.below(4) != 0 && array->is_simple()) return array->push_direct(agent_, value);
            if (source_.below(3) == 0) return named(holder, value);
            uint32_t index = source_.below(4) == 0 ? static_cast<uint32_t>(source_.word()) % 0xFFFF'0000u : source_.below(600);
            TRY(array->define_element_direct(agent_, index, value));
            if (index >= array->length()) TRY(array->set_length_direct(agent_, index + 1));
            return {};
        }
        default:
            if (source_.below(6) == 0) return holder->define_element_direct(agent_, source_.below(500), value);
            return named(holder, value);
        }
    }

    Fallible<void> named(Object* holder, Value value) {
        std::string name;
        if (source_.below(5) == 0) name = fmt::format("key{}", source_.below(200));
        else name.assign(1, static_cast<char>('a' + source_.below(12)));
        return holder->define_direct(agent_, TRY(PropertyKey::from_utf8(agent_, name)), value);
    }

    Agent& agent_;
    ByteSource& source_;
    RootVector<Value>& buffers_;
    RootVector<Value> objects_;
    RootVector<Value> containers_;
    RootVector<Value> all_buffers_;
};

} // namespace

std::string compare_graphs(Agent& agent, Value left, Value right) { return Comparison(agent).run(left, right); }

Fallible<Value> build_graph(Agent& agent, ByteSource& source, RootVector<Value>& buffers, bool poison) {
    return Builder(agent, source, buffers).run(poison);
}

} // namespace heddle::fuzz
