#include "clone/serializer.h"

#include "base/planted_bug.h"
#include "buffers/data_view_object.h"
#include "buffers/typed_array_object.h"
#include "builtins/date_object.h"
#include "runtime/bigint.h"

#include <fmt/core.h>

namespace heddle {

namespace {

/// Buffers up to this many bytes are copied into the message; longer ones get a store that travels beside it.
constexpr size_t kInlineBufferBytes = 4096;
/// Objects with more properties are written key by key.
constexpr uint32_t kMaxShapedProperties = Object::kMaxInlineCapacity;
constexpr uint32_t kPollInterval = 1024;
/// Longer messages take over the writer's memory.
constexpr size_t kCopiedMessageBytes = 4096;
/// A serializer whose lists are longer than this is not kept for the next message.
constexpr size_t kMaxKept = 512;
/// A copy this long takes well under a millisecond.
constexpr size_t kCopyChunk = size_t{1} << 20;

Fallible<void> copy_polling(Agent& agent, std::byte* target, const std::byte* source, size_t size) {
    for (size_t done = 0; done < size; done += kCopyChunk) {
        if (done != 0) TRY(agent.poll_interrupts());
        sync::copy_relaxed(target + done, source + done, std::min(kCopyChunk, size - done));
    }
    return {};
}

ErrorType wire_error_type(Value name) {
    if (!name.is_string() || name.as_string()->length() > 32) return ErrorType::Error;
    std::string text = name.as_string()->short_text(32);
    for (ErrorType type : {ErrorType::EvalError, ErrorType::RangeError, ErrorType::ReferenceError, ErrorType::SyntaxError,
                           ErrorType::TypeError, ErrorType::URIError, ErrorType::AggregateError})
        if (text == error_type_name(type)) return type;
    return ErrorType::Error;
}

bool is_identifier_like(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    for (char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$')) return false;
    return true;
}

std::string member_text(PropertyKey key) {
    if (key.is_index()) return fmt::format("[{}]", key.as_index());
    std::string text = key.as_atom()->short_text(60);
    return is_identifier_like(text) ? "." + text : fmt::format("[\"{}\"]", text);
}

/// The text that a string value contributes to an Error: only own data properties count.
std::optional<Value> data_value(const std::optional<PropertyDescriptor>& property) {
    if (!property || property->is_accessor_descriptor()) return {};
    return property->value.value_or(Value::undefined());
}

} // namespace

bool CellNumbers::grow() {
    constexpr size_t kSmall = 1 << 16; // up to here moving costs more than room
    size_t capacity = slots_.empty() ? 32 : slots_.size() * (slots_.size() < kSmall ? 4 : 2);
    GrowableArray<Slot> old;
    if (!old.reserve(capacity)) return false;
    old.set_size(capacity);
    __builtin_memset(static_cast<void*>(old.data()), 0, capacity * sizeof(Slot));
    std::swap(old, slots_);
    shift_ = 64 - std::countr_zero(capacity);
    for (const Slot& slot : old)
        if (slot.cell) insert(slot);
    return true;
}

// 2.7.6 StructuredSerializeWithTransfer ( value, transferList )
Result<CloneMessage> Serializer::run(Value value, std::span<const Value> transfer, const SerializeOptions& options) {
    EntryGuard running(running_, Rule::ReenteredClone, this, "a serializer writes a value");
    options_ = options;
    writer_.byte(kWireMagic);
    writer_.byte(kWireVersion);
    writer_.varint(transfer.size());
    TRY(check_transfer_list(transfer));
    TRY(serialize(value));
    TRY(transfer_all(transfer));
    // A short message gets memory of its own size, and the writer keeps what it has.
    size_t size = writer_.size();
    if (size <= kCopiedMessageBytes && message_.bytes_.reserve(size)) {
        message_.bytes_.set_size(size);
        __builtin_memcpy(message_.bytes_.data(), writer_.span().data(), size);
    } else {
        message_.bytes_ = writer_.take();
    }
    return std::move(message_);
}

bool Serializer::reset() {
    size_t longest = std::max({objects_.capacity(), shapes_.capacity(), written_keys_.capacity(), taken_.capacity(), frames_.capacity(),
                               properties_.capacity()});
    if (longest > kMaxKept || writer_.capacity() > 2 * kCopiedMessageBytes)
        return false;
    message_ = {};
    writer_.clear();
    frames_.clear();
    objects_.clear();
    object_numbers_.clear();
    shapes_.clear();
    plans_.clear();
    properties_.clear();
    shape_numbers_.clear();
    wire_shape_count_ = 0;
    written_keys_.clear();
    key_numbers_.clear();
    taken_.clear();
    return true;
}

// Steps 2: each entry is of a transferable kind and named once.
Fallible<void> Serializer::check_transfer_list(std::span<const Value> transfer) {
    for (size_t i = 0; i < transfer.size(); ++i) {
        auto refuse_entry = [&](std::string_view why) {
            return throw_dom_exception(agent_, "DataCloneError", fmt::format("transfer[{}] {}: {}", i, display_string(transfer[i]), why));
        };
        if (transfer[i].is<SharedArrayBufferObject>())
            return refuse_entry("a SharedArrayBuffer is shared by cloning it, not transferred");
        if (!transfer[i].is<ArrayBufferObject>() && !transfer[i].is<TransferableObject>())
            return refuse_entry("cannot be transferred; an ArrayBuffer or a MessagePort can");
        Object* object = transfer[i].as_object();
        if (object_numbers_.find(object) != CellNumbers::kNone) return refuse_entry("is in the list twice");
        TRY(note(object));
    }
    return {};
}

// Steps 5: as the standard says, but every entry is checked before the first is detached.
Fallible<void> Serializer::transfer_all(std::span<const Value> transfer) {
    for (size_t i = 0; i < transfer.size(); ++i) {
        auto refuse_entry = [&](std::string_view why) {
            return throw_dom_exception(agent_, "DataCloneError", fmt::format("transfer[{}] {}: {}", i, display_string(transfer[i]), why));
        };
        if (transfer[i].is<ArrayBufferObject>()) {
            auto* buffer = transfer[i].as<ArrayBufferObject>();
            if (buffer->is_detached()) return refuse_entry("is detached already");
            if (buffer->is_immutable()) return refuse_entry("is immutable, so it can be cloned but not detached");
            TRY(buffer->check_detachable(agent_));
        } else if (transfer[i].as<TransferableObject>()->is_detached()) {
            return refuse_entry("is detached already");
        }
    }
    constexpr size_t kBytesOfTransferred = 128; // of a TransferredObject; none may fail once the first entry is detached
    if (!message_.transfers_.reserve(transfer.size())) return agent_.out_of_memory();
    if (!transfer.empty() && !memory_is_at_hand(transfer.size() * kBytesOfTransferred)) return agent_.out_of_memory();
    for (Value entry : transfer) {
        CloneMessage::Transfer held{};
        if (entry.is<ArrayBufferObject>()) {
            held.store = entry.as<ArrayBufferObject>()->take_store().leak();
            message_.store_bytes_ += held.store->byte_length();
        } else {
            held.object = entry.as<TransferableObject>()->transfer(agent_).release();
        }
        if (!message_.transfers_.push_back(held)) HEDDLE_UNREACHABLE();
    }
    return {};
}

// 2.7.3 StructuredSerializeInternal ( value, forStorage, memory )
Result<void> Serializer::serialize(Value value) {
    TRY(begin(value));
    while (!frames_.empty())
        TRY(advance());
    return check_memory();
}

Failed Serializer::refuse(std::string_view why) {
    return throw_dom_exception(agent_, "DataCloneError", fmt::format("{} {}", path(), why));
}

// What a reader of the message would write to get at the value: value.a[3].f
std::string Serializer::path() const {
    std::string text = "value";
    auto shorten = [&] {
        constexpr size_t kLongest = 400;
        if (text.size() > kLongest) text = text.substr(0, kLongest / 2) + " … " + text.substr(text.size() - kLongest / 4);
    };
    for (const Frame& frame : frames_) {
        uint32_t i = frame.next - 1;
        switch (frame.step) {
        case Step::Shaped: text += member_text(planned_key(frame, i)); break;
        case Step::Dense: text += fmt::format("[{}]", i); break;
        case Step::Keyed: {
            String* name = taken_[frame.first + i].as_string();
            text += name->is_atom() && name->array_index() == String::kNotIndex ? member_text(PropertyKey(name))
                                                                                : fmt::format("[{}]", name->short_text(20));
            break;
        }
        case Step::MapEntries: text = fmt::format("[...{}.{}()][{}]", text, i % 2 == 0 ? "keys" : "values", i / 2); break;
        case Step::SetEntries: text = fmt::format("[...{}][{}]", text, i); break;
        case Step::ErrorParts: text += frame.next == 1 && (frame.error_parts & kWireCause) ? ".cause" : ".errors"; break;
        }
        shorten();
    }
    return text;
}

Fallible<void> Serializer::note(Object* object) {
    auto number = static_cast<uint32_t>(objects_.size());
    if (!objects_.push_back(object) || !object_numbers_.add(object, number)) return agent_.out_of_memory();
    return {};
}

Fallible<void> Serializer::take(Value value) {
    if (!taken_.push_back(value)) return agent_.out_of_memory();
    return {};
}

Fallible<void> Serializer::push(Object* object, Step step, uint32_t count, uint32_t first) {
    if (!frames_.push_back({object, step, 0, 0, count, first, 0})) return agent_.out_of_memory();
    return {};
}

void Serializer::finish_frame() {
    const Frame& frame = frames_.back();
    bool took = frame.step == Step::Keyed || frame.step == Step::MapEntries || frame.step == Step::SetEntries ||
                frame.step == Step::ErrorParts;
    if (took) {
        bool shrunk = taken_.resize(frame.first, Value::undefined());
        HEDDLE_ASSERT(shrunk);
    }
    frames_.pop_back();
}

// --- values without parts ---------------------------------------------------------------------------------------

void Serializer::write_integer(int32_t value) {
    if (value >= 0 && value < 128) return writer_.byte(static_cast<uint8_t>(kWireSmallInteger | value));
    writer_.tag(WireTag::Integer);
    writer_.varint((static_cast<uint32_t>(value) << 1) ^ static_cast<uint32_t>(value >> 31));
}

void Serializer::write_bigint(const BigInt* value) {
    auto limbs = value->limbs();
    writer_.varint(limbs.size() * 2 + value->is_negative());
    writer_.raw(limbs.data(), limbs.size_bytes());
}

Fallible<void> Serializer::write_string(String* string) {
    FlatView text = string->is_flat() ? string->flat_view() : TRY(string->flatten(agent_));
    if (text.is_latin1()) {
        writer_.tag(WireTag::Latin1String);
        writer_.varint(text.length());
        writer_.raw(text.latin1(), text.length());
    } else {
        writer_.tag(WireTag::Utf16String);
        writer_.varint(text.length());
        writer_.raw(text.utf16(), size_t{text.length()} * 2);
    }
    return {};
}

Fallible<bool> Serializer::write_primitive(Value value) {
    if (value.is_int32()) {
        write_integer(value.as_int32());
    } else if (value.is_double()) {
        writer_.tag(WireTag::Double);
        writer_.float64(value.as_double());
    } else if (value.is_string()) {
        TRY(write_string(value.as_string()));
    } else if (value.is_object()) {
        return false;
    } else if (value.is_undefined()) {
        writer_.tag(WireTag::Undefined);
    } else if (value.is_null()) {
        writer_.tag(WireTag::Null);
    } else if (value.is_boolean()) {
        writer_.tag(value.as_boolean() ? WireTag::True : WireTag::False);
    } else if (value.is_bigint()) {
        writer_.tag(WireTag::BigInt);
        write_bigint(value.as_bigint());
    } else {
        return refuse("is a symbol, which cannot be cloned"); // step 5
    }
    return true;
}

Fallible<void> Serializer::write_key(PropertyKey key) {
    if (key.is_index()) {
        writer_.tag(WireTag::IndexKey);
        writer_.varint(key.as_index());
        return {};
    }
    String* atom = key.as_atom();
    uint32_t number = key_numbers_.find(atom);
    if (number != CellNumbers::kNone) {
        writer_.tag(WireTag::KeyReference);
        writer_.varint(number);
        return {};
    }
    if (!key_numbers_.add(atom, key_numbers_.count()) || !written_keys_.push_back(Value(atom))) return agent_.out_of_memory();
    writer_.tag(WireTag::Key);
    return write_string(atom);
}

// --- objects ----------------------------------------------------------------------------------------------------

Result<void> Serializer::begin(Value value) {
    if (TRY(write_primitive(value))) return check_memory();
    return begin_object(value.as_object());
}

Result<void> Serializer::begin_object(Object* object) {
    if (++polls_ % kPollInterval == 0) TRY(agent_.poll_interrupts());
    TRY(check_memory());
    // Steps 2 and 3: what has been met before is not serialized again.
    uint32_t number = object_numbers_.find(object);
    bool lost = PLANTED(CloneLosesSharing) && (object->kind() == CellKind::Date || PrimitiveObject::is_kind(object->kind()));
    if (number != CellNumbers::kNone && !lost) {
        writer_.tag(WireTag::ObjectReference);
        writer_.varint(number);
        return {};
    }
    switch (object->kind()) {
    case CellKind::Object:
        if (object->is_callable() || !object->has_ordinary_named_properties() || !object->has_ordinary_elements()) break;
        return begin_plain(object);
    case CellKind::Array: return begin_array(static_cast<Array*>(object));
    case CellKind::BooleanObject:
    case CellKind::NumberObject:
    case CellKind::BigIntObject:
    case CellKind::StringObject: return write_wrapper(static_cast<PrimitiveObject*>(object));
    case CellKind::Date:
        TRY(note(object));
        writer_.tag(WireTag::Date);
        writer_.float64(static_cast<DateObject*>(object)->value());
        return {};
    case CellKind::RegExp: return write_regexp(static_cast<RegExpObject*>(object));
    case CellKind::ArrayBuffer:
    case CellKind::SharedArrayBuffer: return write_buffer(static_cast<BufferObject*>(object));
    case CellKind::TypedArray:
    case CellKind::DataView: return write_view(object);
    case CellKind::Map: return begin_map(static_cast<MapObject*>(object));
    case CellKind::Set: return begin_set(static_cast<SetObject*>(object));
    case CellKind::Error: return begin_error(static_cast<ErrorObject*>(object));
    case CellKind::DomException: return write_dom_exception(static_cast<DomException*>(object));
    case CellKind::MessagePort: return refuse("is a MessagePort: it must be in the list of what is transferred");
    default: break;
    }
    // Steps 20 to 23: platform objects, functions, objects with other internal slots, exotic objects
    if (object->is_callable()) return refuse("is a function, which cannot be cloned: " + display_string(Value(object)));
    if (object->kind() == CellKind::Proxy) return refuse("is a Proxy, which cannot be cloned");
    return refuse("cannot be cloned: " + display_string(Value(object)));
}

// Steps 7 to 10
Fallible<void> Serializer::write_wrapper(PrimitiveObject* object) {
    TRY(note(object));
    Value primitive = object->primitive();
    switch (object->kind()) {
    case CellKind::BooleanObject:
        writer_.tag(WireTag::BooleanObject);
        writer_.byte(primitive.as_boolean());
        return {};
    case CellKind::NumberObject:
        writer_.tag(WireTag::NumberObject);
        writer_.float64(primitive.as_number());
        return {};
    case CellKind::BigIntObject:
        writer_.tag(WireTag::BigIntObject);
        write_bigint(primitive.as_bigint());
        return {};
    default:
        writer_.tag(WireTag::StringObject);
        return write_string(primitive.as_string());
    }
}

// Step 12
Fallible<void> Serializer::write_regexp(RegExpObject* regexp) {
    TRY(note(regexp));
    writer_.tag(WireTag::RegExp);
    TRY(write_string(regexp->source()));
    return write_string(regexp->flags_text());
}

Fallible<uint32_t> Serializer::add_store(BackingStore* store, bool immutable) {
    auto token = static_cast<uint32_t>(message_.stores_.size());
    if (!message_.stores_.push_back({store, immutable})) {
        store->release();
        return agent_.out_of_memory();
    }
    if (!store->is_shared() && !immutable) message_.store_bytes_ += store->byte_length();
    return token;
}

// Step 13
Fallible<void> Serializer::write_buffer(BufferObject* buffer) {
    if (!buffer->is_shared()) {
        if (buffer->is_detached()) return refuse("is a detached ArrayBuffer, which cannot be cloned");
        return write_copied_buffer(static_cast<ArrayBufferObject*>(buffer));
    }
    if (options_.for_storage) return refuse("is a SharedArrayBuffer, which cannot be stored: it lives as long as its cluster");
    TRY(note(buffer));
    buffer->store()->retain();
    uint32_t token = TRY(add_store(buffer->store(), false));
    message_.cluster_ = &agent_.runtime();
    writer_.tag(WireTag::SharedArrayBuffer);
    writer_.varint(token);
    return {};
}

Fallible<void> Serializer::write_copied_buffer(ArrayBufferObject* buffer) {
    BackingStore* store = buffer->store();
    size_t length = store->byte_length();
    auto flags = static_cast<uint8_t>((buffer->is_fixed_length() ? 0 : kWireResizable) | (buffer->is_immutable() ? kWireImmutable : 0));
    TRY(note(buffer));
    if (options_.for_storage || length <= kInlineBufferBytes) {
        writer_.tag(WireTag::ArrayBuffer);
        writer_.byte(flags);
        writer_.varint(length);
        if (flags & kWireResizable) writer_.varint(store->max_byte_length());
        uint8_t* to = writer_.room(length);
        TRY(check_memory());
        return copy_polling(agent_, reinterpret_cast<std::byte*>(to), store->data(), length);
    }
    if (buffer->is_immutable()) {
        // Nobody can change the bytes: both agents may use the same.
        store->retain();
    } else {
        BackingStore* copy = BackingStore::create({length, store->max_byte_length(), store->is_resizable(), false, store->live_count()});
        if (!copy) return agent_.throw_range_error(fmt::format("{} is an ArrayBuffer of {} bytes: there is no memory for its clone", path(), length));
        Fallible<void> copied = copy_polling(agent_, copy->data(), store->data(), length);
        if (copied.threw()) {
            copy->release();
            return copied.propagate();
        }
        store = copy;
    }
    uint32_t token = TRY(add_store(store, buffer->is_immutable()));
    writer_.tag(WireTag::ArrayBufferStore);
    writer_.byte(flags & kWireImmutable);
    writer_.varint(token);
    return {};
}

// Step 14
Fallible<void> Serializer::write_view(Object* object) {
    auto* array = object->kind() == CellKind::TypedArray ? static_cast<TypedArrayObject*>(object) : nullptr;
    auto* data_view = array ? nullptr : static_cast<DataViewObject*>(object);
    bool out_of_bounds = array ? array->is_out_of_bounds() : !data_view->byte_length();
    if (out_of_bounds) return refuse("is a view beyond the end of its buffer, or of a detached one, which cannot be cloned");
    bool tracks = array ? array->tracks_length() : data_view->tracks_length();
    BufferObject* buffer = array ? array->buffer() : data_view->buffer();
    writer_.tag(WireTag::View);
    writer_.byte(array ? static_cast<uint8_t>(array->type()) : kWireDataView);
    writer_.byte(tracks ? kWireTracksLength : 0);
    writer_.varint(array ? array->byte_offset() : data_view->byte_offset());
    if (!tracks) writer_.varint(array ? array->fixed_length() : data_view->fixed_byte_length());
    uint32_t number = object_numbers_.find(buffer);
    if (number != CellNumbers::kNone) {
        writer_.tag(WireTag::ObjectReference);
        writer_.varint(number);
    } else {
        TRY(write_buffer(buffer));
    }
    return note(object);
}

// Step 15, and 26.1: the entries are taken before anything of them is serialized.
Fallible<void> Serializer::begin_map(MapObject* map) {
    TRY(note(map));
    auto first = static_cast<uint32_t>(taken_.size());
    HashPosition position = map->begin();
    while (HashTable::Entry* entry = position.next()) {
        TRY(take(entry->key));
        TRY(take(position.table->value_of(*entry)));
    }
    auto count = static_cast<uint32_t>(taken_.size()) - first;
    writer_.tag(WireTag::Map);
    writer_.varint(count / 2);
    return push(map, Step::MapEntries, count, first);
}

// Step 16, and 26.2
Fallible<void> Serializer::begin_set(SetObject* set) {
    TRY(note(set));
    auto first = static_cast<uint32_t>(taken_.size());
    HashPosition position = set->begin();
    while (HashTable::Entry* entry = position.next())
        TRY(take(entry->key));
    auto count = static_cast<uint32_t>(taken_.size()) - first;
    writer_.tag(WireTag::Set);
    writer_.varint(count);
    return push(set, Step::SetEntries, count, first);
}

// Step 17, with what the standard lets user agents add: stack, position, cause and errors.
Result<void> Serializer::begin_error(ErrorObject* error) {
    ErrorType type = wire_error_type(TRY(error->get(agent_, atoms::name)));
    String* message = nullptr;
    if (auto value = data_value(TRY(error->get_own_property(agent_, atoms::message)))) message = TRY(to_string(agent_, *value));
    auto cause = data_value(TRY(error->get_own_property(agent_, atoms::cause)));
    std::optional<Value> errors;
    if (type == ErrorType::AggregateError) errors = data_value(TRY(error->get_own_property(agent_, atoms::errors)));

    TRY(note(error));
    bool has_position = error->file() != nullptr && error->line() != 0;
    uint8_t flags = (message ? kWireMessage : 0) | (error->stack_text() ? kWireStack : 0) | (has_position ? kWirePosition : 0) |
                    (cause ? kWireCause : 0) | (errors ? kWireErrors : 0);
    writer_.tag(WireTag::Error);
    writer_.byte(static_cast<uint8_t>(type));
    writer_.byte(flags);
    if (message) TRY(write_string(message));
    if (error->stack_text()) TRY(write_string(error->stack_text()));
    if (has_position) {
        TRY(write_string(error->file()));
        writer_.varint(error->line());
        writer_.varint(error->column());
    }
    auto first = static_cast<uint32_t>(taken_.size());
    if (cause) TRY(take(*cause));
    if (errors) TRY(take(*errors));
    auto count = static_cast<uint32_t>(taken_.size()) - first;
    if (count == 0) return {};
    TRY(push(error, Step::ErrorParts, count, first));
    frames_.back().error_parts = flags;
    return {};
}

// WebIDL 2.8.? DOMException's serialization steps
Fallible<void> Serializer::write_dom_exception(DomException* exception) {
    TRY(note(exception));
    writer_.tag(WireTag::DomException);
    TRY(write_string(exception->name()));
    TRY(write_string(exception->message()));
    return write_string(exception->stack_text() ? exception->stack_text() : static_cast<String*>(atoms::empty));
}

// --- plain objects and arrays ----------------------------------------------------------------------------------------

// Steps 24 and 26.4
Result<void> Serializer::begin_plain(Object* object) {
    if (object->has_only_shaped_properties()) {
        uint32_t shape = TRY(shape_number(object->shape()));
        if (plans_[shape].usable) return begin_shaped(object, shape);
    }
    TRY(note(object));
    writer_.tag(WireTag::Object);
    return begin_keyed(object);
}

Fallible<uint32_t> Serializer::shape_number(Shape* shape) {
    uint32_t number = shape_numbers_.find(shape);
    if (number != CellNumbers::kNone) return number;
    number = shape_numbers_.count();
    Plan plan{static_cast<uint32_t>(properties_.size()), 0, true, CellNumbers::kNone};
    PropertyKey key;
    PropertySlot slot;
    for (uint32_t i = 0; i < shape->entry_count() && plan.usable; ++i) {
        if (!shape->property_at(i, key, slot) || key.is_symbol() || !slot.is_enumerable()) continue;
        plan.usable = !slot.is_accessor() && plan.count < kMaxShapedProperties;
        if (!plan.usable) break;
        if (!properties_.push_back({i, slot.slot})) return agent_.out_of_memory();
        ++plan.count;
    }
    if (!plans_.push_back(plan) || !shapes_.push_back(shape) || !shape_numbers_.add(shape, number)) return agent_.out_of_memory();
    return number;
}

PropertyKey Serializer::planned_key(const Frame& frame, uint32_t i) const {
    PropertyKey key;
    PropertySlot slot;
    bool found = shapes_[frame.shape]->property_at(properties_[plans_[frame.shape].first + i].entry, key, slot);
    HEDDLE_ASSERT(found);
    return key;
}

Fallible<void> Serializer::begin_shaped(Object* object, uint32_t shape) {
    TRY(note(object));
    Plan& plan = plans_[shape];
    TRY(push(object, Step::Shaped, plan.count));
    frames_.back().shape = shape;
    if (plan.on_wire != CellNumbers::kNone) {
        writer_.tag(WireTag::KnownShape);
        writer_.varint(plan.on_wire);
        return {};
    }
    plan.on_wire = wire_shape_count_++;
    writer_.tag(WireTag::NewShape);
    writer_.varint(plan.count);
    for (uint32_t i = 0; i < plan.count; ++i)
        TRY(write_string(planned_key(frames_.back(), i).as_atom()));
    return {};
}

// The keys of EnumerableOwnProperties ( value, key ). Neither plain objects nor arrays run user code for it.
Result<void> Serializer::begin_keyed(Object* object) {
    auto first = static_cast<uint32_t>(taken_.size());
    TRY(object->own_property_keys(agent_, taken_));
    uint32_t kept = first;
    for (auto i = first; i < taken_.size(); ++i) {
        if (!taken_[i].is_string()) continue;
        auto property = TRY(object->get_own_property(agent_, TRY(taken_key(i))));
        if (property && property->enumerable.value_or(false)) taken_[kept++] = taken_[i];
        if (i % kPollInterval == 0) TRY(agent_.poll_interrupts());
    }
    bool shrunk = taken_.resize(kept, Value::undefined());
    HEDDLE_ASSERT(shrunk);
    return push(object, Step::Keyed, kept - first, first);
}

Result<PropertyKey> Serializer::taken_key(uint32_t at) { return to_property_key(agent_, taken_[at]); }

// Steps 18 and 26.4
Result<void> Serializer::begin_array(Array* array) {
    TRY(note(array));
    uint32_t length = array->length();
    Shape* shape = array->shape();
    bool holes = array->is_sparse() || array->dense_length() != length || shape->is_dictionary() || shape->property_count() != 0;
    bool integers = !holes;
    bool numbers = !holes;
    for (uint32_t i = 0; i < length && !holes; ++i) {
        Value value = array->dense_element_or_empty(i);
        integers &= value.is_int32();
        numbers &= value.is_number();
        holes = value.is_empty();
        if (!numbers && !holes) {
            // Only holes matter from here on.
            for (++i; i < length && !holes; ++i)
                holes = array->dense_element_or_empty(i).is_empty();
        }
    }
    if (holes) {
        writer_.tag(WireTag::Array);
        writer_.varint(length);
        return begin_keyed(array);
    }
    constexpr uint32_t kFewNumbers = 8;
    if (!numbers || length < kFewNumbers) {
        writer_.tag(WireTag::DenseArray);
        writer_.varint(length);
        return push(array, Step::Dense, length);
    }
    size_t size = integers ? 4 : 8;
    writer_.tag(integers ? WireTag::IntegerArray : WireTag::NumberArray);
    writer_.varint(length);
    uint8_t* to = writer_.room(length * size);
    TRY(check_memory());
    for (uint32_t i = 0; i < length; ++i) {
        Value value = array->dense_element_or_empty(i);
        if (integers) {
            int32_t number = value.as_int32();
            __builtin_memcpy(to + size_t{i} * 4, &number, 4);
        } else {
            double number = value.as_number();
            __builtin_memcpy(to + size_t{i} * 8, &number, 8);
        }
    }
    return {};
}

// --- the parts of containers ------------------------------------------------------------------------------------------

Result<void> Serializer::advance() {
    switch (frames_.back().step) {
    case Step::Shaped: return advance_shaped();
    case Step::Keyed: return advance_keyed();
    case Step::Dense: return advance_dense();
    case Step::MapEntries:
    case Step::SetEntries:
    case Step::ErrorParts: return advance_taken();
    }
    HEDDLE_UNREACHABLE();
}

// Writes parts until one is a container, whose own frame comes first then. `part` gives each from the frame and its
// number, or the empty value for one that is no longer there.
template<typename Part>
Result<void> Serializer::advance_parts(Part part) {
    size_t depth = frames_.size();
    for (Frame* frame = &frames_.back(); frame->next < frame->count; frame = &frames_.back()) {
        uint32_t i = frame->next++;
        if (i % kPollInterval == kPollInterval - 1) TRY(agent_.poll_interrupts());
        Value value = TRY(part(*frame, i));
        if (value.is_empty()) {
            writer_.tag(WireTag::Absent);
            continue;
        }
        if (TRY(write_primitive(value))) continue;
        TRY(begin_object(value.as_object()));
        if (frames_.size() != depth) return {};
    }
    finish_frame();
    return check_memory();
}

// What a getter elsewhere may have changed since the container's keys were taken.
Result<Value> Serializer::get_if_present(Object* object, PropertyKey key) {
    if (!TRY(object->has_own_property(agent_, key))) return Value::empty();
    return object->get(agent_, key);
}

Result<void> Serializer::advance_shaped() {
    return advance_parts([&](const Frame& frame, uint32_t i) -> Result<Value> {
        Object* object = frame.object;
        if (object->shape() == shapes_[frame.shape]) [[likely]] {
            Value value = object->slot_value(properties_[plans_[frame.shape].first + i].slot);
            if (!value.is_empty()) return value;
        }
        return get_if_present(object, planned_key(frame, i));
    });
}

Result<void> Serializer::advance_dense() {
    return advance_parts([&](const Frame& frame, uint32_t i) -> Result<Value> {
        Value value = frame.object->dense_element_or_empty(i);
        if (!value.is_empty()) [[likely]] return value;
        return get_if_present(frame.object, PropertyKey::index(i));
    });
}

Result<void> Serializer::advance_taken() {
    return advance_parts([&](const Frame& frame, uint32_t i) -> Result<Value> { return taken_[frame.first + i]; });
}

Result<void> Serializer::advance_keyed() {
    size_t depth = frames_.size();
    while (frames_.size() == depth) {
        Frame& frame = frames_.back();
        if (++polls_ % kPollInterval == 0) TRY(agent_.poll_interrupts());
        if (frame.next == frame.count) {
            writer_.tag(WireTag::End);
            finish_frame();
            break;
        }
        Object* object = frame.object;
        PropertyKey key = TRY(taken_key(frame.first + frame.next++));
        Value value = TRY(get_if_present(object, key));
        if (value.is_empty()) continue;
        TRY(write_key(key));
        TRY(begin(value));
    }
    return check_memory();
}

Result<CloneMessage> structured_serialize(Agent& agent, Value value, std::span<const Value> transfer, const SerializeOptions& options) {
    if (!agent.has_component(Component::Clone) && !memory_is_at_hand()) return agent.out_of_memory();
    CloneState& state = CloneState::of(agent);
    if (PLANTED(CloneSharesSerializer) && state.innermost) return state.innermost->run(value, transfer, options);
    // A getter may serialize while we do.
    std::unique_ptr<Serializer> serializer = std::move(state.spare);
    if (!serializer) serializer.reset(new_or_null<Serializer>(agent));
    if (!serializer) return agent.out_of_memory();
    Serializer* outer = std::exchange(state.innermost, serializer.get());
    ++state.serializers_in_use;
    Result<CloneMessage> message = serializer->run(value, transfer, options);
    --state.serializers_in_use;
    state.innermost = outer;
    if (serializer->reset()) state.spare = std::move(serializer);
    return message;
}

} // namespace heddle
