// Looking into objects without running user code: what the inspector, reports and completion share.
#include "runtime/bigint.h"
#include "runtime/error.h"
#include "runtime/proxy.h"
#include "shell/inspector.h"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

namespace heddle::shell {

std::string string_text(Agent& agent, String* string, bool keep_surrogates) {
    Fallible<FlatView> flat = string->flatten(agent);
    if (flat.threw()) {
        if (!agent.is_terminating()) agent.take_exception();
        return "<out of memory>";
    }
    FlatView view = flat.release();
    if (!keep_surrogates || view.is_latin1()) return view.to_utf8();
    std::string out;
    for (uint32_t i = 0; i < view.length();) {
        uint32_t width = 1;
        char32_t c = view.code_point_at(i, width);
        i += width;
        if (c >= 0xD800 && c < 0xE000) {
            out += static_cast<char>(0xE0 | c >> 12);
            out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
            out += static_cast<char>(0x80 | (c & 0x3F));
            continue;
        }
        uint8_t bytes[4];
        int32_t size = 0;
        U8_APPEND_UNSAFE(bytes, size, static_cast<UChar32>(c));
        out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    return out;
}

std::optional<PropertyDescriptor> own_property(Agent& agent, Object* object, PropertyKey key) {
    if (object->kind() == CellKind::Proxy) return {};
    // Of the exotic objects only proxies run user code for this.
    Result<std::optional<PropertyDescriptor>> found = object->get_own_property(agent, key);
    if (!found.threw()) return found.release();
    // An uninitialized export of a module, or no memory for a lazily made property.
    if (!agent.is_terminating()) agent.take_exception();
    return {};
}

Value data_property(Agent& agent, Object* object, PropertyKey key) {
    for (; object; object = object->prototype()) {
        if (object->kind() == CellKind::Proxy) return Value::empty();
        std::optional<PropertyDescriptor> found = own_property(agent, object, key);
        if (!found) continue;
        return found->value ? *found->value : Value::empty();
    }
    return Value::empty();
}

std::string data_string(Agent& agent, Object* object, PropertyKey key) {
    Value value = data_property(agent, object, key);
    return value.is_string() ? string_text(agent, value.as_string()) : std::string();
}

bool own_keys(Agent& agent, Object* object, RootVector<Value>& keys) {
    HEDDLE_ASSERT(object->kind() != CellKind::Proxy);
    if (!object->own_property_keys(agent, keys).threw()) return true;
    if (!agent.is_terminating()) agent.take_exception();
    return false;
}

Object* proxy_target(Object* object) {
    while (object && object->kind() == CellKind::Proxy)
        object = static_cast<Proxy*>(object)->target();
    return object;
}

bool is_error_like(Agent& agent, Object* object) {
    if (object->kind() == CellKind::Error) return true;
    Object* error_prototype = agent.realm().intrinsic_if_made(Intrinsic::ErrorPrototype);
    if (!error_prototype || object->kind() == CellKind::Proxy) return false;
    for (Object* prototype = object->prototype(); prototype; prototype = prototype->prototype()) {
        if (prototype == error_prototype) return true;
        if (prototype->kind() == CellKind::Proxy) return false;
    }
    return false;
}

std::string error_stack(Agent& agent, Object* error) {
    std::optional<PropertyDescriptor> own = own_property(agent, error, atoms::stack);
    if (own && own->value && own->value->is_string() && own->value->as_string()->length() != 0)
        return string_text(agent, own->value->as_string());
    Value name = data_property(agent, error, atoms::name);
    std::string text = name.is_string() ? string_text(agent, name.as_string()) : "Error";
    std::string message = data_string(agent, error, atoms::message);
    if (!message.empty()) text = text.empty() ? message : text + ": " + message;
    if (error->kind() == CellKind::Error) {
        if (String* frames = static_cast<ErrorObject*>(error)->stack_text())
            text += string_text(agent, frames);
    }
    return text;
}

} // namespace heddle::shell
