// The inspector: which text stands for which kind of value. The output follows node's util.inspect.
#include "shell/inspector.h"

#include "buffers/data_view_object.h"
#include "buffers/typed_array_object.h"
#include "builtins/date_object.h"
#include "builtins/date_time.h"
#include "builtins/hash_iterator.h"
#include "builtins/regexp_object.h"
#include "interpreter/script_function.h"
#include "runtime/array.h"
#include "runtime/bigint.h"
#include "runtime/error.h"
#include "runtime/primitive_objects.h"
#include "runtime/promise.h"
#include "runtime/sparse_elements.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace heddle::shell {

namespace {

/// Past this many bytes at one level of indentation the rest is shown by names alone: shared parts of a graph
/// are printed again wherever they occur.
constexpr size_t kBudget = size_t{1} << 22;
constexpr uint32_t kMinLengthToSplit = 16;
/// Nobody reads deeper, and the indentation alone would be longer than the values.
constexpr int kMaxLevel = 250;
constexpr uintptr_t kStackReserve = 64 * 1024;

const char* type_name(ElementType type) {
    constexpr const char* kNames[] = {
#define ELEMENT_TYPE(Name, Raw) #Name "Array",
#include "buffers/element_types.def"
#undef ELEMENT_TYPE
    };
    return kNames[static_cast<size_t>(type)];
}

/// The name of an object's class as its kind has it, for objects whose prototypes say nothing.
const char* name_of_kind(Object* object) {
    switch (object->kind()) {
    case CellKind::Array:
        return "Array";
    case CellKind::NativeFunction:
    case CellKind::BoundFunction:
    case CellKind::ScriptFunction:
        return "Function";
    case CellKind::Error:
        return "Error";
    case CellKind::BooleanObject:
        return "Boolean";
    case CellKind::NumberObject:
        return "Number";
    case CellKind::StringObject:
        return "String";
    case CellKind::SymbolObject:
        return "Symbol";
    case CellKind::BigIntObject:
        return "BigInt";
    case CellKind::Date:
        return "Date";
    case CellKind::RegExp:
        return "RegExp";
    case CellKind::Map:
        return "Map";
    case CellKind::Set:
        return "Set";
    case CellKind::WeakMap:
        return "WeakMap";
    case CellKind::WeakSet:
        return "WeakSet";
    case CellKind::WeakRef:
        return "WeakRef";
    case CellKind::Promise:
        return "Promise";
    case CellKind::ArrayBuffer:
        return "ArrayBuffer";
    case CellKind::SharedArrayBuffer:
        return "SharedArrayBuffer";
    case CellKind::TypedArray:
        return type_name(static_cast<TypedArrayObject*>(object)->type());
    case CellKind::DataView:
        return "DataView";
    case CellKind::ModuleNamespace:
        return "Module";
    default:
        return "Object";
    }
}

std::string more_items(size_t count) {
    return fmt::format("... {} more item{}", count, count > 1 ? "s" : "");
}

/// `name` as found in a prototype, or nothing where all prototypes are null.
using ClassName = std::optional<std::string>;

/// "Foo(2) [Tag] " in front of a brace.
std::string prefix_of(const ClassName& name, const std::string& tag, std::string_view fallback,
                      std::string_view size = {}) {
    if (!name) {
        if (!tag.empty() && fallback != tag)
            return fmt::format("[{}{}: null prototype] [{}] ", fallback, size, tag);
        return fmt::format("[{}{}: null prototype] ", fallback, size);
    }
    if (!tag.empty() && *name != tag) return fmt::format("{}{} [{}] ", *name, size, tag);
    return fmt::format("{}{} ", *name, size);
}

class Inspector {
public:
    Inspector(Agent& agent, const InspectOptions& options) : agent_(agent), options_(options) {}

    std::string value(Value value, int level, bool in_typed_array = false);

private:
    struct Subject {
        Object* object;
        ClassName name;
        std::string tag;
        int level;
        bool in_typed_array;
    };

    std::string primitive(Value);
    std::string string(String*);
    std::string object(Object*, int level, bool in_typed_array);
    /// Fills entries and braces; true when `layout.base` is the whole text.
    bool describe(Subject&, Layout&, RootVector<Value>& keys);
    void contents(const Subject&, Layout&, int level);
    std::string property(Object* holder, PropertyKey key, int level, bool element);
    std::string described_property(const PropertyDescriptor&, int level);
    std::string key_text(PropertyKey key, bool enumerable);
    std::string field(std::string_view name, std::string text) { return fmt::format("{}: {}", name, text); }
    std::string hidden_field(std::string_view name, Value v, int level);

    void array_entries(Object*, Layout&, int level);
    void typed_array_entries(TypedArrayObject*, Layout&, int level);
    void collection_entries(HashPosition, size_t count, bool is_map, Layout&, int level);
    void iterator_entries(Object*, Layout&, int level);
    void buffer_entries(BufferObject*, Layout&);
    void error_base(Subject&, Layout&, RootVector<Value>& keys);
    std::string function_base(const Subject&);
    std::string boxed_base(const Subject&);

    ClassName class_name(Object*, int level);
    std::string tag_of(Object*);
    bool collect_keys(Object*, RootVector<Value>& keys, bool with_indices);
    std::string styled(std::string_view text, Style style) { return stylize(options_, text, style); }
    bool too_deep(int level) const { return level > options_.depth || level > kMaxLevel; }
    bool low_stack() const {
        return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < agent_.stack_limit() + kStackReserve;
    }

    /// Indents what is printed while it lives.
    struct Indent {
        Indent(Inspector& inspector, uint32_t by) : inspector_(inspector), by_(by) {
            inspector_.indentation_ += by_;
        }
        ~Indent() { inspector_.indentation_ -= by_; }
        Inspector& inspector_;
        uint32_t by_;
    };

    Agent& agent_;
    InspectOptions options_;
    uint32_t indentation_ = 0;
    /// The level of the container described last: how deep the last entry of each container around it goes.
    int current_level_ = 0;
    // Objects around the one under way: each is held by a local of its own call, so no root is needed.
    std::vector<Object*> open_;
    std::map<Object*, int> circular_;
    std::map<uint32_t, size_t> written_; // bytes by indentation
    bool stopped_ = false;
};

// --- primitives
// -------------------------------------------------------------------------------------------------

std::string Inspector::string(String* string) {
    uint32_t length = string->length();
    std::string trailer;
    if (length > options_.max_string_length) {
        uint32_t rest = length - options_.max_string_length;
        trailer = fmt::format("... {} more character{}", rest, rest > 1 ? "s" : "");
        Fallible<String*> start = String::substring(agent_, string, 0, options_.max_string_length);
        if (start.threw()) {
            if (!agent_.is_terminating()) agent_.take_exception();
            return "<out of memory>";
        }
        string = start.release();
    }
    std::string text = string_text(agent_, string, true);
    uint32_t room = options_.break_length > indentation_ + 4 ? options_.break_length - indentation_ - 4 : 0;
    if (length > kMinLengthToSplit && length > room && text.find('\n') != std::string::npos) {
        // A long text is shown by its lines.
        std::string out;
        for (size_t at = 0; at < text.size();) {
            size_t end = text.find('\n', at);
            end = end == std::string::npos ? text.size() : end + 1;
            if (at != 0) out += " +\n" + std::string(indentation_ + 2, ' ');
            out += styled(quote(std::string_view(text).substr(at, end - at)), Style::String);
            at = end;
        }
        return out + trailer;
    }
    return styled(quote(text), Style::String) + trailer;
}

std::string Inspector::primitive(Value value) {
    if (value.is_string()) return string(value.as_string());
    if (value.is_number()) {
        double number = value.as_number();
        if (number == 0 && std::signbit(number)) return styled("-0", Style::Number);
        char buffer[32];
        return styled(std::string_view(buffer, number_to_latin1(number, buffer)), Style::Number);
    }
    if (value.is_boolean()) return styled(value.is_true() ? "true" : "false", Style::Boolean);
    if (value.is_undefined()) return styled("undefined", Style::Undefined);
    if (value.is_null()) return styled("null", Style::Null);
    if (value.is_bigint()) {
        Fallible<String*> digits = value.as_bigint()->to_string(agent_);
        if (digits.threw()) {
            if (!agent_.is_terminating()) agent_.take_exception();
            return "<out of memory>";
        }
        return styled(string_text(agent_, digits.release()) + "n", Style::Number);
    }
    if (value.is_symbol()) {
        String* description = value.as_symbol()->description();
        return styled(fmt::format("Symbol({})", description ? string_text(agent_, description) : ""),
                      Style::Symbol);
    }
    return styled("<uninitialized>", Style::Special);
}

std::string Inspector::value(Value value, int level, bool in_typed_array) {
    if (!value.is_object()) return primitive(value);
    Object* target = proxy_target(value.as_object());
    if (!target) return styled("<Revoked Proxy>", Style::Special);
    if (stopped_ || agent_.poll_interrupts().threw()) {
        stopped_ = true;
        return "<interrupted>";
    }
    if (std::find(open_.begin(), open_.end(), target) != open_.end()) {
        int index = circular_.try_emplace(target, static_cast<int>(circular_.size()) + 1).first->second;
        return styled(fmt::format("[Circular *{}]", index), Style::Special);
    }
    return object(target, level, in_typed_array);
}

// --- names
// ------------------------------------------------------------------------------------------------------

ClassName Inspector::class_name(Object* object, int level) {
    for (Object* holder = object; holder; holder = holder->prototype()) {
        if (holder->kind() == CellKind::Proxy) break;
        std::optional<PropertyDescriptor> found = own_property(agent_, holder, atoms::constructor);
        if (!found || !found->value || !is_callable(*found->value)) continue;
        Object* constructor = found->value->as_object();
        if (constructor->kind() == CellKind::Proxy) continue;
        std::string name = data_string(agent_, constructor, atoms::name);
        Value prototype = data_property(agent_, constructor, atoms::prototype);
        if (name.empty() || !prototype.is_object()) continue;
        for (Object* each = object->prototype(); each; each = each->prototype()) {
            if (each == prototype.as_object()) return name;
            if (each->kind() == CellKind::Proxy) break;
        }
    }
    Object* first = object->prototype();
    if (!first) return {};
    std::string own = name_of_kind(object);
    if (level > options_.depth) return own + " <Complex prototype>";
    first = proxy_target(first);
    if (!first || low_stack()) return own + " <Complex prototype>";
    ClassName of_prototype = class_name(first, level + 1);
    if (of_prototype) return fmt::format("{} <{}>", own, *of_prototype);
    InspectOptions shallow = options_;
    shallow.depth = -1;
    return fmt::format("{} <{}>", own, Inspector(agent_, shallow).value(Value(first), 0));
}

std::string Inspector::tag_of(Object* object) {
    std::optional<PropertyDescriptor> own = own_property(agent_, object, symbols::toStringTag);
    // An own enumerable one is listed among the properties.
    if (own && (options_.show_hidden || own->enumerable.value_or(false))) return {};
    return data_string(agent_, object, symbols::toStringTag);
}

bool Inspector::collect_keys(Object* object, RootVector<Value>& keys, bool with_indices) {
    RootVector<Value> all(agent_.heap());
    if (!own_keys(agent_, object, all)) return false;
    for (Value each : all) {
        Result<PropertyKey> key = to_property_key(agent_, each);
        if (key.threw()) return false;
        PropertyKey property = key.release();
        if (property.is_index() && !with_indices) continue;
        if (!options_.show_hidden && object->kind() != CellKind::ModuleNamespace) {
            std::optional<PropertyDescriptor> found = own_property(agent_, object, property);
            if (!found || !found->enumerable.value_or(false)) continue;
        }
        if (!keys.push_back(each)) return false;
    }
    return true;
}

std::string Inspector::key_text(PropertyKey key, bool enumerable) {
    if (key.is_symbol()) {
        String* description = key.as_symbol()->description();
        std::string text = escape_text(description ? string_text(agent_, description) : "", '\0');
        return "[" + styled(fmt::format("Symbol({})", text), Style::Symbol) + "]";
    }
    std::string name =
        key.is_index() ? std::to_string(key.as_index()) : string_text(agent_, key.as_atom(), true);
    if (name == "__proto__") return "['__proto__']";
    if (!enumerable) return "[" + escape_text(name, '\0') + "]";
    if (is_plain_key(name)) return name;
    return styled(quote(name), Style::String);
}

// --- properties
// -------------------------------------------------------------------------------------------------

std::string Inspector::described_property(const PropertyDescriptor& found, int level) {
    if (found.value) {
        Indent indent(*this, 2);
        return value(*found.value, level);
    }
    bool has_getter = found.get && !found.get->is_undefined();
    bool has_setter = found.set && !found.set->is_undefined();
    if (has_getter) return styled(has_setter ? "[Getter/Setter]" : "[Getter]", Style::Special);
    return has_setter ? styled("[Setter]", Style::Special) : styled("undefined", Style::Undefined);
}

std::string Inspector::property(Object* holder, PropertyKey key, int level, bool element) {
    std::optional<PropertyDescriptor> found = own_property(agent_, holder, key);
    std::string text;
    bool enumerable = false;
    if (found) {
        enumerable = found->enumerable.value_or(false);
        text = described_property(*found, level);
    } else if (holder->kind() == CellKind::ModuleNamespace) {
        enumerable = true;
        text = styled("<uninitialized>", Style::Special);
    } else {
        // Shown although it is not an own property: the cause or the errors of an error.
        Indent indent(*this, 2);
        Value inherited = data_property(agent_, holder, key);
        text = inherited.is_empty() ? styled("[Getter]", Style::Special) : value(inherited, level);
    }
    return element ? text : field(key_text(key, enumerable), std::move(text));
}

std::string Inspector::hidden_field(std::string_view name, Value v, int level) {
    Indent indent(*this, 2);
    return field(name, value(v, level));
}

// --- contents
// ---------------------------------------------------------------------------------------------------

void Inspector::array_entries(Object* array, Layout& layout, int level) {
    uint32_t length = static_cast<Array*>(array)->length();
    uint32_t limit = std::min(options_.max_array_length, length);
    uint64_t index = 0;
    // The indices in use, so that the holes of a long sparse array cost nothing.
    RootVector<Value> indices(agent_.heap());
    bool has_list = false;
    size_t next = 0;
    while (index < length && layout.entries.size() < limit && !stopped_) {
        std::optional<PropertyDescriptor> found =
            own_property(agent_, array, PropertyKey::index(static_cast<uint32_t>(index)));
        if (found) {
            layout.entries.push_back(described_property(*found, level));
            ++index;
            continue;
        }
        if (!has_list && array->append_element_indices(agent_, indices).threw()) {
            if (!agent_.is_terminating()) agent_.take_exception();
            return;
        }
        has_list = true;
        uint64_t end = length;
        for (; next < indices.size(); ++next) {
            Result<PropertyKey> key = to_property_key(agent_, indices[next]);
            if (key.threw()) return;
            PropertyKey candidate = key.release();
            if (candidate.as_index() <= index) continue;
            end = candidate.as_index();
            break;
        }
        layout.entries.push_back(styled(
            fmt::format("<{} empty item{}>", end - index, end - index > 1 ? "s" : ""), Style::Undefined));
        index = end;
    }
    if (index < length) {
        layout.entries.push_back(more_items(length - index));
        layout.has_more_items = layout.entries.size() > options_.max_array_length;
    }
}

void Inspector::typed_array_entries(TypedArrayObject* array, Layout& layout, int level) {
    size_t length = array->length_unordered().value_or(0);
    size_t shown = std::min<size_t>(length, options_.max_array_length);
    for (size_t i = 0; i < shown; ++i) {
        Fallible<Value> element = array->get_element(agent_, i);
        if (element.threw()) {
            if (!agent_.is_terminating()) agent_.take_exception();
            return;
        }
        layout.entries.push_back(primitive(element.release()));
    }
    if (length > shown) {
        layout.entries.push_back(more_items(length - shown));
        layout.has_more_items = layout.entries.size() > options_.max_array_length;
    }
    if (!options_.show_hidden) return;
    layout.entries.push_back(
        field("[BYTES_PER_ELEMENT]", primitive(Value::number(uint64_t{array->element_size()}))));
    layout.entries.push_back(field("[length]", primitive(Value::number(uint64_t{length}))));
    layout.entries.push_back(
        field("[byteLength]", primitive(Value::number(uint64_t{length * array->element_size()}))));
    layout.entries.push_back(field("[byteOffset]", primitive(Value::number(uint64_t{array->byte_offset()}))));
    Indent indent(*this, 2);
    layout.entries.push_back(field("[buffer]", value(Value(array->buffer()), level, true)));
}

void Inspector::collection_entries(HashPosition position, size_t count, bool is_map, Layout& layout,
                                   int level) {
    Indent indent(*this, 2);
    size_t shown = 0;
    // Nothing changes the collection meanwhile: no user code runs.
    while (HashTable::Entry* entry = position.next()) {
        if (shown == options_.max_array_length || stopped_) {
            layout.entries.push_back(more_items(count - shown));
            return;
        }
        ++shown;
        Value second = position.table->value_of(*entry);
        std::string text = value(entry->key, level);
        if (is_map) text += " => " + value(second, level);
        layout.entries.push_back(std::move(text));
    }
}

void Inspector::iterator_entries(Object* iterator, Layout& layout, int level) {
    HashIteratorView view = *view_hash_iterator(iterator);
    Indent indent(*this, 2);
    size_t total = 0;
    HashPosition ahead = view.position;
    while (ahead.table && ahead.next())
        ++total;
    size_t shown = 0;
    HashPosition position = view.position;
    while (HashTable::Entry* entry = position.table ? position.next() : nullptr) {
        if (shown == options_.max_array_length || stopped_) {
            layout.entries.push_back(more_items(total - shown));
            return;
        }
        ++shown;
        Value key = entry->key;
        Value second = position.table->value_of(*entry);
        switch (view.kind) {
        case HashIterationKind::Key:
            layout.entries.push_back(value(key, level));
            break;
        case HashIterationKind::Value:
            layout.entries.push_back(value(second, level));
            break;
        case HashIterationKind::KeyAndValue: {
            Layout pair;
            pair.open = "[";
            pair.close = "]";
            pair.is_array = true;
            pair.indentation = indentation_;
            pair.entries = {value(key, level), value(second, level)};
            pair.inner_levels = current_level_ - level;
            layout.entries.push_back(lay_out(options_, std::move(pair)));
        }
        }
    }
}

void Inspector::buffer_entries(BufferObject* buffer, Layout& layout) {
    if (buffer->is_detached()) {
        layout.entries.push_back(styled("(detached)", Style::Special));
        return;
    }
    size_t length = buffer->byte_length_unordered();
    size_t shown = std::min<size_t>(length, options_.max_array_length);
    std::string bytes;
    View view = shown ? View(agent_, buffer, 0, shown) : View();
    for (size_t i = 0; i < shown; ++i)
        bytes += fmt::format("{}{:02x}", i ? " " : "", view.load(ElementType::Uint8, i));
    if (length > shown)
        bytes += fmt::format(" ... {} more byte{}", length - shown, length - shown > 1 ? "s" : "");
    layout.entries.push_back(field(styled("[Uint8Contents]", Style::Special), fmt::format("<{}>", bytes)));
}

// --- errors, functions, wrappers
// ----------------------------------------------------------------------------------

/// The stack's first words put right: the class where the error's name does not say it.
std::string improved_stack(std::string stack, const ClassName& name, const std::string& own_name,
                           const std::string& tag) {
    size_t length = own_name.size();
    bool regular = own_name.ends_with("Error") && stack.starts_with(own_name) &&
                   (stack.size() == length || stack[length] == ':' || stack[length] == '\n');
    if (name && !regular) return stack;
    std::string fallback = "Error";
    if (!name) {
        size_t end = stack.find_first_of(":\n");
        fallback = stack.substr(0, end);
        length = fallback.size();
        if (fallback.empty()) fallback = "Error";
    }
    std::string prefix = prefix_of(name, tag, fallback);
    prefix.pop_back();
    if (own_name == prefix) return stack;
    if (prefix.find(own_name) != std::string::npos)
        return length == 0 ? prefix + ": " + stack : prefix + stack.substr(length);
    return fmt::format("{} [{}]{}", prefix, own_name, stack.substr(length));
}

void Inspector::error_base(Subject& subject, Layout& layout, RootVector<Value>& keys) {
    Object* error = subject.object;
    Value name_value = data_property(agent_, error, atoms::name);
    std::string own_name = name_value.is_string() ? string_text(agent_, name_value.as_string()) : "Error";
    std::string stack = error_stack(agent_, error);
    // Properties that the stack shows already.
    RootVector<Value> kept(agent_.heap());
    bool has_cause = false;
    bool has_errors = false;
    for (Value key : keys) {
        bool shown = false;
        for (String* name : {static_cast<String*>(atoms::name), static_cast<String*>(atoms::message),
                             static_cast<String*>(atoms::stack)}) {
            if (options_.show_hidden || key.bits() != Value(name).bits()) continue;
            Value own = data_property(agent_, error, PropertyKey(name));
            shown = own.is_string() && stack.find(string_text(agent_, own.as_string())) != std::string::npos;
        }
        has_cause |= key == Value(static_cast<String*>(atoms::cause));
        has_errors |= key == Value(static_cast<String*>(atoms::errors));
        if (!shown && !kept.push_back(key)) return;
    }
    keys.clear();
    for (Value key : kept)
        (void)keys.push_back(key); // as many as there were
    auto mentions = [&](PropertyKey key) { return own_property(agent_, error, key).has_value(); };
    if (!has_cause && mentions(atoms::cause)) (void)keys.push_back(Value(static_cast<String*>(atoms::cause)));
    Value errors = data_property(agent_, error, atoms::errors);
    if (!has_errors && errors.is<Array>()) (void)keys.push_back(Value(static_cast<String*>(atoms::errors)));
    // What a `using` declaration replaced by a later error.
    for (String* name : {static_cast<String*>(atoms::error), static_cast<String*>(atoms::suppressed)}) {
        bool is_suppressed = error->kind() == CellKind::Error &&
                             static_cast<ErrorObject*>(error)->type() == ErrorType::SuppressedError;
        if (is_suppressed && mentions(PropertyKey(name))) (void)keys.push_back(Value(name));
    }

    stack = improved_stack(std::move(stack), subject.name, own_name, subject.tag);
    std::string message = data_string(agent_, error, atoms::message);
    size_t after_message = message.empty() ? 0 : stack.find(message);
    after_message = after_message == std::string::npos ? 0 : after_message + message.size();
    size_t frames = stack.find("\n    at", after_message);
    if (frames == std::string::npos) {
        stack = "[" + stack + "]";
    } else if (options_.colors) {
        stack = stack.substr(0, frames) + styled(stack.substr(frames), Style::Undefined);
    }
    if (indentation_ != 0) {
        std::string spaces(indentation_, ' ');
        for (size_t at = stack.find('\n'); at != std::string::npos; at = stack.find('\n', at + 1))
            stack.insert(at + 1, spaces);
    }
    layout.base = std::move(stack);
}

std::string Inspector::function_base(const Subject& subject) {
    Object* function = subject.object;
    std::optional<PropertyDescriptor> own_name = own_property(agent_, function, atoms::name);
    std::string name = own_name && own_name->value && own_name->value->is_string()
                           ? string_text(agent_, own_name->value->as_string())
                           : "";
    std::string type = "Function";
    if (function->kind() == CellKind::ScriptFunction) {
        const CodeTraits& traits = static_cast<ScriptFunction*>(function)->code().traits();
        if (traits.is_class_constructor) {
            std::string base = "class " + (name.empty() ? "(anonymous)" : name);
            if (subject.name && *subject.name != "Function") base += fmt::format(" [{}]", *subject.name);
            if (!subject.tag.empty() && subject.name != subject.tag)
                base += fmt::format(" [{}]", subject.tag);
            if (!subject.name) return fmt::format("[{} extends [null prototype]]", base);
            if (Object* parent = proxy_target(function->prototype())) {
                std::string parent_name = data_string(agent_, parent, atoms::name);
                if (!parent_name.empty()) base += " extends " + parent_name;
            }
            return "[" + base + "]";
        }
        switch (traits.flavor) {
        case FunctionFlavor::kNormal:
            break;
        case FunctionFlavor::kGenerator:
            type = "GeneratorFunction";
            break;
        case FunctionFlavor::kAsync:
            type = "AsyncFunction";
            break;
        case FunctionFlavor::kAsyncGenerator:
            type = "AsyncGeneratorFunction";
            break;
        }
    }
    std::string base = "[" + type;
    if (!subject.name) base += " (null prototype)";
    base += name.empty() ? " (anonymous)]" : ": " + name + "]";
    if (subject.name && *subject.name != type) base += " " + *subject.name;
    if (!subject.tag.empty() && subject.name != subject.tag) base += fmt::format(" [{}]", subject.tag);
    return base;
}

std::string Inspector::boxed_base(const Subject& subject) {
    std::string type = name_of_kind(subject.object);
    std::string base = "[" + type;
    if (!subject.name)
        base += " (null prototype)";
    else if (*subject.name != type)
        base += fmt::format(" ({})", *subject.name);
    InspectOptions plain = options_;
    plain.colors = false;
    base += ": " +
            Inspector(agent_, plain).primitive(static_cast<PrimitiveObject*>(subject.object)->primitive()) +
            "]";
    if (!subject.tag.empty() && subject.name != subject.tag) base += fmt::format(" [{}]", subject.tag);
    return base;
}

// --- objects
// ----------------------------------------------------------------------------------------------------

bool Inspector::describe(Subject& subject, Layout& layout, RootVector<Value>& keys) {
    Object* object = subject.object;
    const ClassName& name = subject.name;
    const std::string& tag = subject.tag;
    auto prefix = [&](std::string_view fallback, std::string_view size = {}) {
        return prefix_of(name, tag, fallback, size);
    };
    switch (object->kind()) {
    case CellKind::Array: {
        uint32_t length = static_cast<Array*>(object)->length();
        bool ordinary = name == std::optional<std::string>("Array") && tag.empty();
        layout.open = (ordinary ? "" : prefix("Array", fmt::format("({})", length))) + "[";
        layout.close = "]";
        layout.is_array = true;
        if (length != 0 || !keys.empty()) return false;
        layout.base = layout.open + "]";
        return true;
    }
    case CellKind::Set:
    case CellKind::Map: {
        uint32_t size = static_cast<HashCollection*>(object)->size();
        std::string text = prefix(name_of_kind(object), fmt::format("({})", size));
        layout.open = text + "{";
        if (size != 0 || !keys.empty()) return false;
        layout.base = text + "{}";
        return true;
    }
    case CellKind::TypedArray: {
        size_t length = static_cast<TypedArrayObject*>(object)->length_unordered().value_or(0);
        layout.open = prefix(name_of_kind(object), fmt::format("({})", length)) + "[";
        layout.close = "]";
        layout.is_array = true;
        if (length != 0 || !keys.empty() || options_.show_hidden) return false;
        layout.base = layout.open + "]";
        return true;
    }
    case CellKind::BuiltinIterator:
        if (std::optional<HashIteratorView> view = view_hash_iterator(object)) {
            std::string type = view->is_map ? "Map" : "Set";
            bool pairs = view->kind == HashIterationKind::KeyAndValue;
            std::string own_tag = tag == type + " Iterator" || tag.empty() ? "" : tag + "] [";
            layout.open = fmt::format("[{}{}{}] {{", own_tag, type, pairs ? " Entries" : " Iterator");
            return false;
        }
        break;
    case CellKind::RegExp: {
        auto* regexp = static_cast<RegExpObject*>(object);
        std::string text = prefix("RegExp");
        std::string source = "(?:)";
        std::string flags = regexp->flags_text() ? string_text(agent_, regexp->flags_text()) : "";
        std::sort(flags.begin(), flags.end());
        if (regexp->source()) {
            // [[OriginalSource]] may hold slashes and line breaks as they are.
            Fallible<Value> escaped = escape_pattern(agent_, regexp->source());
            if (escaped.threw()) {
                if (!agent_.is_terminating()) agent_.take_exception();
            } else {
                source = string_text(agent_, escaped.release().as_string());
            }
        }
        layout.base = (text == "RegExp " ? "" : text) + "/" + source + "/" + flags;
        if (!keys.empty() && !too_deep(subject.level)) return false;
        layout.base = styled(layout.base, Style::RegExp);
        return true;
    }
    case CellKind::Date: {
        double time = static_cast<const DateObject*>(object)->value();
        std::string text = prefix("Date");
        layout.base =
            (text == "Date " ? "" : text) + (std::isnan(time) ? "Invalid Date" : date_to_iso_string(time));
        if (!keys.empty()) return false;
        layout.base = styled(layout.base, Style::Date);
        return true;
    }
    case CellKind::ArrayBuffer:
    case CellKind::SharedArrayBuffer:
        layout.open = prefix(name_of_kind(object)) + "{";
        if (!subject.in_typed_array || !keys.empty()) return false;
        layout.base = fmt::format(
            "{} byteLength: {} }}", layout.open,
            primitive(Value::number(uint64_t{static_cast<BufferObject*>(object)->byte_length_unordered()})));
        return true;
    case CellKind::DataView:
    case CellKind::Promise:
    case CellKind::WeakSet:
    case CellKind::WeakMap:
    case CellKind::ModuleNamespace:
        layout.open = prefix(name_of_kind(object)) + "{";
        return false;
    case CellKind::BooleanObject:
    case CellKind::NumberObject:
    case CellKind::StringObject:
    case CellKind::SymbolObject:
    case CellKind::BigIntObject: {
        layout.base = boxed_base(subject);
        if (!keys.empty()) return false;
        Style style = object->kind() == CellKind::StringObject   ? Style::String
                      : object->kind() == CellKind::SymbolObject ? Style::Symbol
                                                                 : Style::Number;
        layout.base = styled(layout.base, style);
        return true;
    }
    default:
        break;
    }
    if (object->is_callable()) {
        layout.base = function_base(subject);
        if (!keys.empty()) return false;
        layout.base = styled(layout.base, Style::Special);
        return true;
    }
    if (is_error_like(agent_, object)) {
        error_base(subject, layout, keys);
        return keys.empty();
    }
    if (object->kind() == CellKind::Arguments)
        layout.open = "[Arguments] {";
    else if (name != std::optional<std::string>("Object") || !tag.empty())
        layout.open = prefix(name_of_kind(object)) + "{";
    if (!keys.empty()) return false;
    layout.base = layout.open + "}";
    return true;
}

void Inspector::contents(const Subject& subject, Layout& layout, int level) {
    Object* object = subject.object;
    switch (object->kind()) {
    case CellKind::Array:
        array_entries(object, layout, level);
        return;
    case CellKind::TypedArray:
        typed_array_entries(static_cast<TypedArrayObject*>(object), layout, level);
        return;
    case CellKind::Map:
    case CellKind::Set: {
        auto* collection = static_cast<HashCollection*>(object);
        collection_entries(collection->begin(), collection->size(), object->kind() == CellKind::Map, layout,
                           level);
        return;
    }
    case CellKind::BuiltinIterator:
        if (view_hash_iterator(object)) iterator_entries(object, layout, level);
        return;
    case CellKind::ArrayBuffer:
    case CellKind::SharedArrayBuffer: {
        auto* buffer = static_cast<BufferObject*>(object);
        if (!subject.in_typed_array) buffer_entries(buffer, layout);
        layout.entries.push_back(
            field("byteLength", primitive(Value::number(uint64_t{buffer->byte_length_unordered()}))));
        return;
    }
    case CellKind::DataView: {
        auto* view = static_cast<DataViewObject*>(object);
        layout.entries.push_back(
            field("byteLength", primitive(Value::number(uint64_t{view->byte_length().value_or(0)}))));
        layout.entries.push_back(
            field("byteOffset", primitive(Value::number(uint64_t{view->byte_offset()}))));
        layout.entries.push_back(hidden_field("buffer", Value(view->buffer()), level));
        return;
    }
    case CellKind::Promise: {
        auto* promise = static_cast<Promise*>(object);
        if (promise->state() == Promise::State::Pending) {
            layout.entries.push_back(styled("<pending>", Style::Special));
            return;
        }
        Indent indent(*this, 2);
        std::string text = value(promise->result(), level);
        bool rejected = promise->state() == Promise::State::Rejected;
        layout.entries.push_back(rejected ? styled("<rejected>", Style::Special) + " " + text : text);
        return;
    }
    case CellKind::WeakMap:
    case CellKind::WeakSet:
        layout.entries.push_back(styled("<items unknown>", Style::Special));
        return;
    default:
        return;
    }
}

std::string Inspector::object(Object* object, int level, bool in_typed_array) {
    bool with_indices = object->kind() != CellKind::Array && object->kind() != CellKind::TypedArray &&
                        object->kind() != CellKind::StringObject;
    RootVector<Value> keys(agent_.heap());
    if (!collect_keys(object, keys, with_indices)) return styled("<out of memory>", Style::Special);
    Subject subject{object, class_name(object, level), tag_of(object), level, in_typed_array};
    Layout layout;
    if (describe(subject, layout, keys)) return layout.base;
    if (too_deep(level) || low_stack()) {
        std::string name = prefix_of(subject.name, subject.tag, name_of_kind(object));
        name.pop_back();
        return styled(subject.name ? "[" + name + "]" : name, Style::Special);
    }
    ++level;
    open_.push_back(object);
    current_level_ = level;
    uint32_t indentation = indentation_;
    contents(subject, layout, level);
    size_t own_entries = layout.entries.size();
    for (Value each : keys) {
        Result<PropertyKey> key = to_property_key(agent_, each);
        if (key.threw() || stopped_) break;
        layout.entries.push_back(property(object, key.release(), level, false));
    }
    open_.pop_back();
    if (auto circular = circular_.find(object); circular != circular_.end()) {
        std::string reference = styled(fmt::format("<ref *{}>", circular->second), Style::Special);
        layout.base = layout.base.empty() ? reference : reference + " " + layout.base;
    }
    if (layout.is_array && own_entries == layout.entries.size()) {
        layout.all_numeric = object->kind() == CellKind::Array || !options_.show_hidden;
        if (object->kind() == CellKind::Array) {
            uint32_t length = static_cast<Array*>(object)->length();
            for (uint32_t i = 0; i < layout.entries.size() && layout.all_numeric; ++i) {
                std::optional<PropertyDescriptor> found;
                if (i < length) found = own_property(agent_, object, PropertyKey::index(i));
                layout.all_numeric =
                    found && found->value && (found->value->is_number() || found->value->is_bigint());
            }
        }
    }
    layout.has_more_items = layout.is_array && layout.entries.size() > options_.max_array_length;
    layout.indentation = indentation;
    layout.inner_levels = current_level_ - level;
    std::string text = lay_out(options_, std::move(layout));
    size_t& written = written_[indentation];
    written += text.size();
    if (written > kBudget) options_.depth = -1;
    return text;
}

} // namespace

std::string inspect(Agent& agent, Value value, const InspectOptions& options) {
    return Inspector(agent, options).value(value, 0);
}

} // namespace heddle::shell
