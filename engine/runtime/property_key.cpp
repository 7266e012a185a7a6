#include "runtime/property_key.h"

#include "runtime/conversions.h"

#include <fmt/core.h>

namespace heddle {

Fallible<PropertyKey> PropertyKey::from_string(Agent& agent, String* string) {
    String* atom = TRY(agent.atoms().intern(agent, string));
    if (atom->array_index() != String::kNotIndex) return index(atom->array_index());
    return PropertyKey(atom);
}

Fallible<PropertyKey> PropertyKey::from_utf8(Agent& agent, std::string_view text) {
    String* string = TRY(String::from_utf8(agent, text));
    return from_string(agent, string);
}

Fallible<PropertyKey> PropertyKey::from_integer(Agent& agent, uint64_t integer) {
    if (integer < String::kNotIndex) return index(static_cast<uint32_t>(integer));
    char buffer[32];
    size_t length = number_to_latin1(static_cast<double>(integer), buffer);
    String* string = TRY(String::from_latin1(agent, {buffer, length}));
    return from_string(agent, string);
}

Fallible<Value> PropertyKey::to_value(Agent& agent) const {
    if (is_index()) {
        String* string = TRY(number_to_string(agent, as_index()));
        return Value(string);
    }
    return Value(cell());
}

std::string PropertyKey::to_display_string() const {
    if (is_index()) return fmt::format("{}", as_index());
    if (is_symbol()) {
        String* description = as_symbol()->description();
        std::string text = description && !description->is_rope() ? description->flat_view().short_utf8() : "";
        return is_private_name() ? text : fmt::format("Symbol({})", text);
    }
    return as_atom()->flat_view().short_utf8();
}

} // namespace heddle
