// Unicode property escapes: the names that ECMA-262 22.2.1.1 allows, exactly as it spells them, and ICU's
// sets for them.
#include "regexp/code_point_set.h"

#include <string>
#include <unicode/uchar.h>
#include <unicode/uset.h>

namespace heddle {

namespace {

// Beside ICU's properties: three that ECMA-262 defines itself.
constexpr int kAscii = -2;
constexpr int kAny = -3;
constexpr int kAssigned = -4;

struct BinaryProperty {
    std::string_view name;
    std::string_view alias;
    int property;
};

constexpr BinaryProperty kBinaryProperties[] = {
#define BINARY_PROPERTY(name, alias, property) {name, alias, property},
#include "regexp/binary_properties.def"
#undef BINARY_PROPERTY
};

const BinaryProperty* find_binary_property(std::string_view name) {
    if (name.empty()) return nullptr;
    for (const BinaryProperty& entry : kBinaryProperties) {
        if (name == entry.name || name == entry.alias) return &entry;
    }
    return nullptr;
}

bool is_property_of_strings(int property) {
    return property >= UCHAR_BASIC_EMOJI && property <= UCHAR_RGI_EMOJI;
}

/// ICU's number for a value of `property`, spelled exactly as in PropertyValueAliases.txt; -1 for others.
int find_property_value(UProperty property, std::string_view spelled) {
    std::string name(spelled);
    int32_t value = u_getPropertyValueEnum(property, name.c_str());
    if (value == UCHAR_INVALID_CODE) return -1;
    for (int choice = U_SHORT_PROPERTY_NAME; choice < 8; ++choice) {
        const char* known = u_getPropertyValueName(property, value, static_cast<UPropertyNameChoice>(choice));
        if (known && spelled == known) return value;
        if (!known && choice > U_LONG_PROPERTY_NAME) break;
    }
    return -1;
}

/// The ICU property of a name that takes a value, or -1.
int find_valued_property(std::string_view name) {
    if (name == "General_Category" || name == "gc") return UCHAR_GENERAL_CATEGORY_MASK;
    if (name == "Script" || name == "sc") return UCHAR_SCRIPT;
    if (name == "Script_Extensions" || name == "scx") return UCHAR_SCRIPT_EXTENSIONS;
    return -1;
}

int find_value(int property, std::string_view value) {
    // The extensions have no value names of their own in ICU.
    return find_property_value(
        property == UCHAR_SCRIPT_EXTENSIONS ? UCHAR_SCRIPT : static_cast<UProperty>(property), value);
}

void copy_set(const USet* set, CodePointSet& code_points, std::vector<std::u32string>& strings) {
    for (int32_t i = 0; i < uset_getItemCount(set); ++i) {
        UChar32 first;
        UChar32 last;
        char16_t buffer[64];
        UErrorCode error = U_ZERO_ERROR;
        int32_t length = uset_getItem(set, i, &first, &last, buffer, 64, &error);
        if (U_FAILURE(error)) continue;
        if (length == 0) {
            code_points.add(static_cast<char32_t>(first), static_cast<char32_t>(last));
            continue;
        }
        std::u32string string;
        for (int32_t at = 0; at < length;) {
            UChar32 c;
            U16_NEXT(buffer, at, length, c);
            string += static_cast<char32_t>(c);
        }
        strings.push_back(std::move(string));
    }
}

} // namespace

UnicodePropertyKind find_unicode_property(std::string_view name, std::string_view value) {
    if (!value.empty()) {
        int property = find_valued_property(name);
        return property >= 0 && find_value(property, value) >= 0 ? UnicodePropertyKind::CodePoints
                                                                 : UnicodePropertyKind::Invalid;
    }
    if (const BinaryProperty* binary = find_binary_property(name))
        return is_property_of_strings(binary->property) ? UnicodePropertyKind::Strings
                                                        : UnicodePropertyKind::CodePoints;
    return find_property_value(UCHAR_GENERAL_CATEGORY_MASK, name) >= 0 ? UnicodePropertyKind::CodePoints
                                                                       : UnicodePropertyKind::Invalid;
}

void get_unicode_property(std::string_view name, std::string_view value, CodePointSet& code_points,
                          std::vector<std::u32string>& strings) {
    UErrorCode error = U_ZERO_ERROR;
    const BinaryProperty* binary = value.empty() ? find_binary_property(name) : nullptr;
    if (binary && binary->property >= 0) {
        const USet* set = u_getBinaryPropertySet(static_cast<UProperty>(binary->property), &error);
        if (set && U_SUCCESS(error)) copy_set(set, code_points, strings);
        else code_points = CodePointSet::without_memory();
        return;
    }
    if (binary && binary->property == kAscii) return code_points.add(0, 0x7F);
    if (binary && binary->property == kAny) return code_points.add(0, CodePointSet::kLast);
    USet* set = uset_openEmpty();
    if (!set) {
        code_points = CodePointSet::without_memory();
        return;
    }
    if (binary) {
        uset_applyIntPropertyValue(set, UCHAR_GENERAL_CATEGORY_MASK, U_GC_CN_MASK, &error);
    } else {
        int property = value.empty() ? UCHAR_GENERAL_CATEGORY_MASK : find_valued_property(name);
        uset_applyIntPropertyValue(set, static_cast<UProperty>(property),
                                   find_value(property, value.empty() ? name : value), &error);
    }
    if (U_SUCCESS(error)) copy_set(set, code_points, strings);
    else code_points = CodePointSet::without_memory();
    uset_close(set);
    if (binary) code_points = code_points.complement(); // Assigned
}

} // namespace heddle
