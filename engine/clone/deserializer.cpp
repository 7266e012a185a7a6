// StructuredDeserialize (HTML 2.7.4) of bytes that nobody vouches for. A container is made, numbered and stored in its
// parent before its parts are read, so that cycles close and depth costs heap memory only.
#include "base/planted_bug.h"
#include "buffers/data_view_object.h"
#include "buffers/typed_array_object.h"
#include "builtins/date_object.h"
#include "builtins/date_time.h"
#include "builtins/hash_table.h"
#include "builtins/regexp_object.h"
#include "clone/serializer.h"
#include "clone/structured_clone.h"
#include "runtime/array.h"
#include "runtime/bigint.h"
#include "runtime/error.h"
#include "runtime/primitive_objects.h"

#include <cmath>
#include <fmt/core.h>

namespace heddle {

namespace {

constexpr uint32_t kPollInterval = 1024;
/// Small resizable buffers take their maximum at once: bytes of it beyond the lengths that one message may ask for.
constexpr size_t kMaxReservedBytes = size_t{1} << 28;

} // namespace

class Deserializer {
public:
    Deserializer(Agent& agent, CloneMessage message)
        : agent_(agent), message_(std::move(message)), reader_(message_.bytes_.data(), message_.bytes_.size()),
          objects_(agent.heap()), shapes_(agent.heap()), keys_(agent.heap()), map_keys_(agent.heap()) {}

    Result<Value> run(RootVector<Value>* transferred);

private:
    enum class Step : uint8_t { Shaped, Properties, Elements, MapEntries, SetEntries, ErrorParts };
    /// A container whose parts are still to be read.
    struct Frame {
        Object* object;
        Step step;
        bool waits_for_value; // of a Map: its key is the last of map_keys_
        uint8_t error_parts;
        bool some_absent;
        uint32_t next;
        uint32_t count;
        uint32_t shape;
    };

    Failed malformed(std::string_view what);
    Failed truncated() { return malformed("it ends too early"); }
    Fallible<uint8_t> byte() {
        uint8_t value;
        if (!reader_.byte(value)) [[unlikely]] return truncated();
        return value;
    }
    Fallible<uint64_t> varint() {
        uint64_t value;
        if (!reader_.varint(value)) [[unlikely]] return malformed("a number is cut off or too long");
        return value;
    }
    Fallible<double> float64() {
        double value;
        if (!reader_.float64(value)) [[unlikely]] return truncated();
        return value;
    }
    /// A count of parts, each of which takes at least `bytes` bytes.
    Fallible<uint32_t> count(size_t bytes, uint32_t most);

    Fallible<void> receive_transfers(RootVector<Value>* transferred);
    Result<Value> value() { return value_of(TRY(byte())); }
    Result<Value> value_of(uint8_t code);
    Result<Value> object_of(WireTag);
    Fallible<String*> string_of(WireTag);
    Fallible<String*> string();
    Fallible<BigInt*> bigint();
    Fallible<PropertyKey> key_of(WireTag);
    Fallible<Value> wrapper_of(WireTag);
    Fallible<Value> date();
    Result<Value> regexp();
    Fallible<Value> new_shape();
    Fallible<Value> shaped(uint32_t shape);
    Fallible<Value> array_of(WireTag);
    Fallible<Value> error();
    Fallible<Value> dom_exception();
    Fallible<Value> array_buffer();
    Fallible<Value> stored_array_buffer();
    Fallible<Value> shared_array_buffer();
    Result<Value> view();
    Fallible<CloneMessage::Store*> next_store(bool shared);

    Result<void> advance();
    Result<void> advance_shaped();
    Result<void> advance_properties();
    Result<void> advance_elements();
    Result<void> advance_map();
    Result<void> advance_set();
    Result<void> advance_error();

    Fallible<void> note(Object* object) {
        if (!objects_.push_back(object)) return agent_.out_of_memory();
        return {};
    }
    Fallible<void> push(Object* object, Step step, uint32_t count, uint32_t shape = 0) {
        if (!frames_.push_back({object, step, false, 0, false, 0, count, shape})) return agent_.out_of_memory();
        return {};
    }
    Fallible<void> poll() {
        if (++polls_ % kPollInterval == 0) return agent_.poll_interrupts();
        return {};
    }

    Agent& agent_;
    CloneMessage message_;
    WireReader reader_;
    RootVector<Object*> objects_; // by number
    RootVector<Shape*> shapes_;   // by number
    RootVector<Value> keys_;      // by number: atoms
    RootVector<Value> map_keys_;  // of the maps under way, each read before its value
    GrowableArray<Frame> frames_;
    size_t next_store_ = 0;
    size_t reserved_ = 0;
    uint32_t polls_ = 0;
};

Failed Deserializer::malformed(std::string_view what) {
    return throw_dom_exception(agent_, "DataCloneError",
                               fmt::format("The message is not a structured clone that this engine can read: {} (at byte {} of {})", what,
                                           reader_.position(), message_.bytes_.size()));
}

Fallible<uint32_t> Deserializer::count(size_t bytes, uint32_t most) {
    uint64_t value = TRY(varint());
    if (value > reader_.remaining() / bytes || value > most) return malformed(fmt::format("it announces {} parts and has no room for them", value));
    return static_cast<uint32_t>(value);
}

// 2.7.7 StructuredDeserializeWithTransfer ( serializeWithTransferResult, targetRealm )
Result<Value> Deserializer::run(RootVector<Value>* transferred) {
    if (message_.cluster_ && message_.cluster_ != &agent_.runtime()) {
        return throw_dom_exception(agent_, "DataCloneError",
                                   "The message holds a SharedArrayBuffer of another agent cluster: memory is shared within a cluster only");
    }
    if (TRY(byte()) != kWireMagic) return malformed("it does not begin as one");
    uint8_t version = TRY(byte());
    if (version != kWireVersion) return malformed(fmt::format("its version is {}, not {}", version, kWireVersion));
    TRY(receive_transfers(transferred));
    // The first value is rooted by the stack, or as an object by its number.
    Value result = TRY(value());
    while (!frames_.empty())
        TRY(advance());
    if (reader_.remaining() != 0) return malformed("it goes on after its end");
    if (next_store_ != message_.stores_.size()) return malformed("it does not use all its buffers");
    return result;
}

// Steps 3: the transferred objects are there before anything refers to them.
Fallible<void> Deserializer::receive_transfers(RootVector<Value>* transferred) {
    uint64_t announced = TRY(varint());
    if (announced != message_.transfers_.size())
        return malformed(fmt::format("it transfers {} objects and comes with {}", announced, message_.transfers_.size()));
    for (CloneMessage::Transfer& entry : message_.transfers_) {
        Object* object;
        if (entry.store) {
            object = TRY(ArrayBufferObject::create(agent_, nullptr, StoreReference::adopt(std::exchange(entry.store, nullptr))));
        } else {
            std::unique_ptr<TransferredObject> held(std::exchange(entry.object, nullptr));
            object = TRY(held->receive(agent_));
        }
        TRY(note(object));
        if (transferred && !transferred->push_back(Value(object))) return agent_.out_of_memory();
    }
    return {};
}

// 2.7.4 StructuredDeserialize ( serialized, targetRealm, memory ), but for the parts of containers
Result<Value> Deserializer::value_of(uint8_t code) {
    if (code >= kWireSmallInteger) return Value::int32(code & 0x7F);
    switch (static_cast<WireTag>(code)) {
    case WireTag::Undefined: return Value::undefined();
    case WireTag::Null: return Value::null();
    case WireTag::False: return Value::boolean(false);
    case WireTag::True: return Value::boolean(true);
    case WireTag::Integer: {
        uint64_t zigzag = TRY(varint());
        if (zigzag > 0xFFFF'FFFF) return malformed("an integer has more than 32 bits");
        auto bits = static_cast<uint32_t>(zigzag);
        return Value::int32(static_cast<int32_t>((bits >> 1) ^ (0 - (bits & 1))));
    }
    case WireTag::Double: return Value::number(TRY(float64()));
    case WireTag::BigInt: return Value(TRY(bigint()));
    case WireTag::Latin1String:
    case WireTag::Utf16String: return Value(TRY(string_of(static_cast<WireTag>(code))));
    case WireTag::ObjectReference: {
        uint64_t number = TRY(varint());
        if (number >= objects_.size()) return malformed(fmt::format("it refers to object {}, and there are {}", number, objects_.size()));
        if (PLANTED(CloneSharesByNumber) && number + 1 < objects_.size()) ++number;
        return Value(objects_[number]);
    }
    default: break;
    }
    TRY(poll());
    return object_of(static_cast<WireTag>(code));
}

Result<Value> Deserializer::object_of(WireTag tag) {
    switch (tag) {
    case WireTag::BooleanObject:
    case WireTag::NumberObject:
    case WireTag::BigIntObject:
    case WireTag::StringObject: return wrapper_of(tag);
    case WireTag::Date: return date();
    case WireTag::RegExp: return regexp();
    case WireTag::Object: {
        Object* object = TRY(Object::create(agent_, TRY(agent_.intrinsic(Intrinsic::ObjectPrototype))));
        TRY(note(object));
        TRY(push(object, Step::Properties, 0));
        return Value(object);
    }
    case WireTag::NewShape: return new_shape();
    case WireTag::KnownShape: {
        uint64_t shape = TRY(varint());
        if (shape >= shapes_.size()) return malformed(fmt::format("it refers to shape {}, and there are {}", shape, shapes_.size()));
        return shaped(static_cast<uint32_t>(shape));
    }
    case WireTag::Array:
    case WireTag::DenseArray:
    case WireTag::NumberArray:
    case WireTag::IntegerArray: return array_of(tag);
    case WireTag::Map: {
        uint32_t entries = TRY(count(2, HashTable::kMaxCapacity));
        MapObject* map = TRY(MapObject::create(agent_, nullptr, entries));
        TRY(note(map));
        if (entries != 0) TRY(push(map, Step::MapEntries, entries));
        return Value(map);
    }
    case WireTag::Set: {
        uint32_t entries = TRY(count(1, HashTable::kMaxCapacity));
        SetObject* set = TRY(SetObject::create(agent_, nullptr, entries));
        TRY(note(set));
        if (entries != 0) TRY(push(set, Step::SetEntries, entries));
        return Value(set);
    }
    case WireTag::Error: return error();
    case WireTag::DomException: return dom_exception();
    case WireTag::ArrayBuffer: return array_buffer();
    case WireTag::ArrayBufferStore: return stored_array_buffer();
    case WireTag::SharedArrayBuffer: return shared_array_buffer();
    case WireTag::View: return view();
    default: break;
    }
    const char* name = wire_tag_name(static_cast<uint8_t>(tag));
    return malformed(name ? fmt::format("{} stands in the place of a value", name)
                          : fmt::format("no tag has the code 0x{:02X}", static_cast<uint8_t>(tag)));
}

// --- strings, keys, numbers -------------------------------------------------------------------------------------------

Fallible<String*> Deserializer::string_of(WireTag tag) {
    uint64_t length = TRY(varint());
    if (tag == WireTag::Latin1String) {
        if (length > String::kMaxLength) return malformed("a string is too long");
        const uint8_t* units = reader_.raw(length);
        if (!units) return truncated();
        return String::create(agent_, FlatView(units, static_cast<uint32_t>(length)));
    }
    if (tag != WireTag::Utf16String) return malformed("a string is missing");
    if (length > String::kMaxLength || length > reader_.remaining() / 2) return malformed("a string is too long");
    // Strings whose units all fit in a byte are Latin-1: create() sees to it. The bytes may lie at odd addresses.
    const uint8_t* bytes = reader_.raw(length * 2);
    bool wide = false;
    for (size_t i = 1; i < length * 2 && !wide; i += 2)
        wide = bytes[i] != 0;
    if (!wide) return malformed("a Latin-1 string is written in units of two bytes");
    char16_t* units;
    String* result = TRY(String::create_uninitialized_utf16(agent_, static_cast<uint32_t>(length), units));
    __builtin_memcpy(units, bytes, length * 2);
    return result;
}

Fallible<String*> Deserializer::string() { return string_of(static_cast<WireTag>(TRY(byte()))); }

Fallible<BigInt*> Deserializer::bigint() {
    uint64_t head = TRY(varint());
    uint64_t limbs = head / 2;
    if (limbs > BigInt::kMaxLimbs || limbs > reader_.remaining() / 8) return malformed("a BigInt is too long");
    const uint8_t* bytes = reader_.raw(limbs * 8);
    GrowableArray<BigInt::Limb> copy; // the bytes may lie at odd addresses
    if (!copy.reserve(limbs)) return agent_.out_of_memory();
    copy.set_size(limbs);
    if (limbs != 0) __builtin_memcpy(copy.data(), bytes, limbs * 8);
    if ((limbs == 0 && head != 0) || (limbs != 0 && copy.back() == 0)) return malformed("a BigInt is not written the shortest way");
    return BigInt::from_limbs(agent_, copy.span(), head & 1);
}

Fallible<PropertyKey> Deserializer::key_of(WireTag tag) {
    switch (tag) {
    case WireTag::Key: {
        String* text = TRY(string());
        PropertyKey key = TRY(PropertyKey::from_string(agent_, text));
        if (key.is_index()) return malformed("an array index is written as a string");
        if (!keys_.push_back(Value(key.as_atom()))) return agent_.out_of_memory();
        return key;
    }
    case WireTag::KeyReference: {
        uint64_t number = TRY(varint());
        if (number >= keys_.size()) return malformed(fmt::format("it refers to key {}, and there are {}", number, keys_.size()));
        return PropertyKey(keys_[number].as_string());
    }
    case WireTag::IndexKey: {
        uint64_t index = TRY(varint());
        if (index >= String::kNotIndex) return malformed("an array index is too large");
        return PropertyKey::index(static_cast<uint32_t>(index));
    }
    default: return malformed("a property key is missing");
    }
}

// --- objects without parts --------------------------------------------------------------------------------------------

Fallible<Value> Deserializer::wrapper_of(WireTag tag) {
    Object* object;
    switch (tag) {
    case WireTag::BooleanObject: {
        uint8_t value = TRY(byte());
        if (value > 1) return malformed("a Boolean is neither 0 nor 1");
        Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::BooleanPrototype));
        object = TRY(PrimitiveObject::create(agent_, CellKind::BooleanObject, shape, Value::boolean(value == 1)));
        break;
    }
    case WireTag::NumberObject: {
        Value value = Value::number(TRY(float64()));
        Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::NumberPrototype));
        object = TRY(PrimitiveObject::create(agent_, CellKind::NumberObject, shape, value));
        break;
    }
    case WireTag::BigIntObject: {
        BigInt* value = TRY(bigint());
        Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::BigIntPrototype));
        object = TRY(PrimitiveObject::create(agent_, CellKind::BigIntObject, shape, Value(value)));
        break;
    }
    default: {
        String* value = TRY(string());
        Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::StringPrototype));
        object = TRY(StringObject::create(agent_, shape, value));
        break;
    }
    }
    TRY(note(object));
    return Value(object);
}

Fallible<Value> Deserializer::date() {
    double time = TRY(float64());
    if (!std::isnan(time) && time_clip(time) != time) return malformed("a Date lies outside the range of time values");
    Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::DatePrototype));
    DateObject* object = TRY(agent_.heap().allocate<DateObject>(0, shape, std::isnan(time) ? std::nan("") : time));
    TRY(note(object));
    return Value(object);
}

Result<Value> Deserializer::regexp() {
    String* source = TRY(string());
    String* flags = TRY(string());
    RegExpObject* object = TRY(RegExpObject::create(agent_, TRY(agent_.realm().root_shape(Intrinsic::RegExpPrototype))));
    Result<void> initialized = object->initialize(agent_, Value(source), Value(flags));
    if (initialized.threw()) {
        // Nothing that was cloned fails to compile: a SyntaxError is the message's fault.
        bool is_syntax_error = !agent_.is_terminating() && agent_.exception().is<ErrorObject>() &&
                               agent_.exception().as<ErrorObject>()->type() == ErrorType::SyntaxError;
        if (!is_syntax_error) return initialized.propagate();
        agent_.take_exception();
        return malformed("a regular expression does not compile");
    }
    TRY(note(object));
    return Value(object);
}

Fallible<Value> Deserializer::dom_exception() {
    String* name = TRY(string());
    String* message = TRY(string());
    String* stack = TRY(string());
    Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::DOMExceptionPrototype));
    DomException* exception = TRY(DomException::create(agent_, shape, name, message));
    exception->set_stack_text(stack->length() ? stack : nullptr);
    TRY(note(exception));
    return Value(exception);
}

// --- buffers ----------------------------------------------------------------------------------------------------------

Fallible<Value> Deserializer::array_buffer() {
    uint8_t flags = TRY(byte());
    bool resizable = flags & kWireResizable;
    if (flags > (kWireResizable | kWireImmutable) || (resizable && (flags & kWireImmutable))) return malformed("an ArrayBuffer has unknown flags");
    uint64_t length = TRY(varint());
    std::optional<uint64_t> maximum;
    if (resizable) maximum = TRY(varint());
    const uint8_t* bytes = reader_.raw(length);
    if (!bytes) return truncated();
    if (maximum) {
        if (*maximum < length || *maximum > BackingStore::kMaxByteLength) return malformed("an ArrayBuffer's maximum length is out of range");
        if (*maximum <= BackingStore::kReserveThreshold) reserved_ += *maximum - length;
        if (reserved_ > kMaxReservedBytes) return agent_.out_of_memory();
    }
    ArrayBufferObject* buffer = TRY(ArrayBufferObject::create(agent_, nullptr, length, maximum));
    if (length != 0) sync::copy_relaxed(buffer->store()->data(), bytes, length);
    if (flags & kWireImmutable) buffer->make_immutable();
    TRY(note(buffer));
    return Value(buffer);
}

// Stores come in the order in which the bytes mention them, each once: a token can be neither forged nor used again.
Fallible<CloneMessage::Store*> Deserializer::next_store(bool shared) {
    uint64_t token = TRY(varint());
    if (token != next_store_ || token >= message_.stores_.size())
        return malformed(fmt::format("buffer token {} is not the next one of {}", token, message_.stores_.size()));
    CloneMessage::Store* entry = &message_.stores_[next_store_++];
    if (entry->store->is_shared() != shared) return malformed("a buffer token is of the other kind");
    return entry;
}

Fallible<Value> Deserializer::stored_array_buffer() {
    uint8_t flags = TRY(byte());
    CloneMessage::Store* entry = TRY(next_store(false));
    if (flags != (entry->immutable ? kWireImmutable : 0)) return malformed("an ArrayBuffer has the flags of another");
    BackingStore* store = std::exchange(entry->store, nullptr);
    ArrayBufferObject* buffer = TRY(ArrayBufferObject::create(agent_, nullptr, StoreReference::adopt(store), entry->immutable));
    TRY(note(buffer));
    return Value(buffer);
}

Fallible<Value> Deserializer::shared_array_buffer() {
    CloneMessage::Store* entry = TRY(next_store(true));
    BackingStore* store = std::exchange(entry->store, nullptr);
    SharedArrayBufferObject* buffer = TRY(SharedArrayBufferObject::create(agent_, nullptr, StoreReference::adopt(store)));
    TRY(note(buffer));
    return Value(buffer);
}

Result<Value> Deserializer::view() {
    uint8_t type = TRY(byte());
    uint8_t flags = TRY(byte());
    uint64_t offset = TRY(varint());
    if ((type >= kElementTypeCount && type != kWireDataView) || flags > kWireTracksLength) return malformed("a view has an unknown type");
    std::optional<size_t> length;
    if (!(flags & kWireTracksLength)) length = TRY(varint());
    uint8_t tag = TRY(byte());
    bool is_buffer = tag == static_cast<uint8_t>(WireTag::ArrayBuffer) || tag == static_cast<uint8_t>(WireTag::ArrayBufferStore) ||
                     tag == static_cast<uint8_t>(WireTag::SharedArrayBuffer) || tag == static_cast<uint8_t>(WireTag::ObjectReference);
    Value value = is_buffer ? TRY(value_of(tag)) : Value::undefined();
    if (!value.is<BufferObject>()) return malformed("a view has no buffer");
    auto* buffer = value.as<BufferObject>();
    uint32_t shift = type == kWireDataView ? 0 : element_shift(static_cast<ElementType>(type));
    size_t bytes = buffer->byte_length();
    bool fits = offset <= bytes && (offset & ((size_t{1} << shift) - 1)) == 0 && (!length || *length <= (bytes - offset) >> shift);
    if (!fits && !PLANTED(CloneTrustsViews)) return malformed("a view lies outside its buffer");
    if (!length && buffer->is_fixed_length()) return malformed("a view tracks the length of a buffer that cannot change");
    Object* object;
    if (type == kWireDataView) object = TRY(DataViewObject::create(agent_, nullptr, buffer, offset, length));
    else object = TRY(TypedArrayObject::create(agent_, nullptr, static_cast<ElementType>(type), buffer, offset, length));
    TRY(note(object));
    return Value(object);
}

// --- containers: their beginning --------------------------------------------------------------------------------------

Fallible<Value> Deserializer::error() {
    uint8_t type = TRY(byte());
    uint8_t flags = TRY(byte());
    if (type > static_cast<uint8_t>(ErrorType::AggregateError) || flags > kWireErrorFlags) return malformed("an error has an unknown type");
    auto error_type = static_cast<ErrorType>(type);
    if ((flags & kWireErrors) && error_type != ErrorType::AggregateError) return malformed("an error has errors and is no AggregateError");
    String* message = flags & kWireMessage ? TRY(string()) : nullptr;
    String* stack = flags & kWireStack ? TRY(string()) : nullptr;
    String* file = flags & kWirePosition ? TRY(string()) : nullptr;
    uint64_t line = flags & kWirePosition ? TRY(varint()) : 0;
    uint64_t column = flags & kWirePosition ? TRY(varint()) : 0;
    if (line > UINT32_MAX || column > UINT32_MAX || (file && line == 0)) return malformed("an error has no such position");
    Shape* shape = TRY(agent_.realm().root_shape(error_prototype(error_type)));
    ErrorObject* object = TRY(ErrorObject::create(agent_, shape, error_type, message));
    object->set_stack_text(stack);
    object->set_position(agent_, file, static_cast<uint32_t>(line), static_cast<uint32_t>(column));
    TRY(note(object));
    uint8_t parts = flags & (kWireCause | kWireErrors);
    if (parts) {
        TRY(push(object, Step::ErrorParts, 0));
        frames_.back().error_parts = parts;
    }
    return Value(object);
}

Fallible<Value> Deserializer::new_shape() {
    uint32_t keys = TRY(count(2, Object::kMaxInlineCapacity));
    // Objects are multiples of 16 bytes: a capacity of two more costs nothing.
    uint32_t capacity = std::min(std::max(4u, (keys + 1) & ~1u), Object::kMaxInlineCapacity);
    Shape* shape = TRY(agent_.realm().root_shape(Intrinsic::ObjectPrototype, capacity));
    for (uint32_t i = 0; i < keys; ++i) {
        String* text = TRY(string());
        PropertyKey key = TRY(PropertyKey::from_string(agent_, text));
        PropertySlot found;
        if (key.is_index() || shape->lookup(key, found)) return malformed("a shape has an index for a key, or one key twice");
        shape = TRY(shape->add(agent_, key, kDefaultAttributes));
    }
    if (!shapes_.push_back(shape)) return agent_.out_of_memory();
    return shaped(static_cast<uint32_t>(shapes_.size() - 1));
}

Fallible<Value> Deserializer::shaped(uint32_t number) {
    Shape* shape = shapes_[number];
    if (shape->slot_count() > reader_.remaining()) return truncated();
    Object* object = TRY(Object::create_with_shape(agent_, shape));
    TRY(note(object));
    if (shape->slot_count() != 0) TRY(push(object, Step::Shaped, shape->slot_count(), number));
    return Value(object);
}

Fallible<Value> Deserializer::array_of(WireTag tag) {
    if (tag == WireTag::Array) {
        uint64_t length = TRY(varint());
        if (length > 0xFFFF'FFFF) return malformed("an array is too long");
        Array* array = TRY(Array::create(agent_, 0));
        if (!TRY(array->set_length_direct(agent_, static_cast<uint32_t>(length)))) return malformed("an array is too long");
        TRY(note(array));
        TRY(push(array, Step::Properties, static_cast<uint32_t>(length)));
        return Value(array);
    }
    size_t size = tag == WireTag::DenseArray ? 1 : tag == WireTag::IntegerArray ? 4 : 8;
    uint32_t length = TRY(count(size, ValueArray::kMaxLength));
    Array* array = TRY(Array::create(agent_, 0));
    if (length != 0) TRY(array->ensure_dense_capacity(agent_, length));
    TRY(note(array));
    bool made = TRY(array->set_length_direct(agent_, length));
    HEDDLE_ASSERT(made);
    array->set_dense_length(length); // holes, until the parts are read
    if (tag == WireTag::DenseArray) {
        if (length != 0) TRY(push(array, Step::Elements, length));
        return Value(array);
    }
    const uint8_t* bytes = reader_.raw(length * size);
    for (uint32_t i = 0; i < length; ++i) {
        if (tag == WireTag::IntegerArray) {
            int32_t number;
            __builtin_memcpy(&number, bytes + size_t{i} * 4, 4);
            array->set_dense_element(i, Value::int32(number));
        } else {
            double number;
            __builtin_memcpy(&number, bytes + size_t{i} * 8, 8);
            array->set_dense_element(i, Value::number(number));
        }
    }
    return Value(array);
}

// --- containers: their parts ------------------------------------------------------------------------------------------
// Each of these reads parts until one is a container, whose parts come next.

Result<void> Deserializer::advance() {
    TRY(poll());
    switch (frames_.back().step) {
    case Step::Shaped: return advance_shaped();
    case Step::Properties: return advance_properties();
    case Step::Elements: return advance_elements();
    case Step::MapEntries: return advance_map();
    case Step::SetEntries: return advance_set();
    case Step::ErrorParts: return advance_error();
    }
    HEDDLE_UNREACHABLE();
}

Result<void> Deserializer::advance_shaped() {
    size_t depth = frames_.size();
    Object* object = frames_.back().object;
    while (frames_.back().next < frames_.back().count) {
        uint32_t slot = frames_.back().next++;
        uint8_t code = TRY(byte());
        if (code == static_cast<uint8_t>(WireTag::Absent)) {
            object->set_slot_value(slot, Value::empty());
            frames_.back().some_absent = true;
            continue;
        }
        object->set_slot_value(slot, TRY(value_of(code)));
        if (frames_.size() != depth) return {};
    }
    Frame frame = frames_.back();
    frames_.pop_back();
    if (!frame.some_absent) return {};
    // A getter deleted properties while the object was cloned: here they go as well.
    Shape* shape = shapes_[frame.shape];
    for (uint32_t i = 0; i < frame.count; ++i) {
        PropertyKey key;
        PropertySlot found;
        if (!shape->property_at(i, key, found) || !object->slot_value(found.slot).is_empty()) continue;
        object->set_slot_value(found.slot, Value::undefined());
        if (!object->remove_direct(agent_, key)) return Failed{};
    }
    return {};
}

Result<void> Deserializer::advance_properties() {
    size_t depth = frames_.size();
    Object* object = frames_.back().object;
    uint32_t length = frames_.back().count;
    bool is_array = object->kind() == CellKind::Array;
    while (frames_.size() == depth) {
        uint8_t code = TRY(byte());
        if (code == static_cast<uint8_t>(WireTag::End)) {
            frames_.pop_back();
            return {};
        }
        TRY(poll());
        PropertyKey key = TRY(key_of(static_cast<WireTag>(code)));
        if (is_array && (key.is_index() ? key.as_index() >= length : key == PropertyKey(atoms::length)))
            return malformed("an array has an element beyond its length");
        Value part = TRY(value());
        TRY(object->define_direct(agent_, key, part));
    }
    return {};
}

Result<void> Deserializer::advance_elements() {
    size_t depth = frames_.size();
    Object* array = frames_.back().object;
    while (frames_.back().next < frames_.back().count) {
        uint32_t i = frames_.back().next++;
        if (i % kPollInterval == 0) TRY(agent_.poll_interrupts());
        uint8_t code = TRY(byte());
        if (code == static_cast<uint8_t>(WireTag::Absent)) continue;
        array->set_dense_element(i, TRY(value_of(code)));
        if (frames_.size() != depth) return {};
    }
    frames_.pop_back();
    return {};
}

Result<void> Deserializer::advance_map() {
    size_t depth = frames_.size();
    auto* map = static_cast<MapObject*>(frames_.back().object);
    HashInserter inserter(agent_, map);
    while (frames_.back().waits_for_value || frames_.back().next < frames_.back().count) {
        if (!frames_.back().waits_for_value) {
            ++frames_.back().next;
            Value key = TRY(value());
            if (!map_keys_.push_back(key)) return agent_.out_of_memory();
            if (frames_.size() != depth) {
                frames_[depth - 1].waits_for_value = true;
                return inserter.flush();
            }
        }
        frames_.back().waits_for_value = false;
        Value part = TRY(value());
        TRY(inserter.put(map_keys_.pop_back(), part));
        if (frames_.size() != depth) return inserter.flush();
    }
    frames_.pop_back();
    return inserter.flush();
}

Result<void> Deserializer::advance_set() {
    size_t depth = frames_.size();
    HashInserter inserter(agent_, static_cast<SetObject*>(frames_.back().object));
    while (frames_.back().next < frames_.back().count) {
        ++frames_.back().next;
        Value part = TRY(value());
        TRY(inserter.put(part, part));
        if (frames_.size() != depth) return inserter.flush();
    }
    frames_.pop_back();
    return inserter.flush();
}

Result<void> Deserializer::advance_error() {
    size_t depth = frames_.size();
    Object* object = frames_.back().object;
    while (uint8_t parts = frames_.back().error_parts) {
        bool is_cause = parts & kWireCause;
        frames_.back().error_parts &= is_cause ? ~kWireCause : ~kWireErrors;
        Value part = TRY(value());
        TRY(object->define_direct(agent_, is_cause ? PropertyKey(atoms::cause) : PropertyKey(atoms::errors), part, kBuiltinAttributes));
        if (frames_.size() != depth) return {};
    }
    frames_.pop_back();
    return {};
}

Result<Value> structured_deserialize(Agent& agent, CloneMessage message, RootVector<Value>* transferred) {
    EntryGuard reading(CloneState::of(agent).reading, Rule::ReenteredClone, &agent, "a clone is read");
    Deserializer deserializer(agent, std::move(message));
    return deserializer.run(transferred);
}

} // namespace heddle
