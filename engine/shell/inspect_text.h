// The text side of the inspector: quoting, colours, the width of a text on a terminal, and how the entries of
// a container are laid out on lines. Knows nothing of values.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::shell {

struct InspectOptions {
    /// Containers nested deeper are shown by their name alone.
    double depth = 2;
    bool colors = false;
    /// Also properties that are not enumerable.
    bool show_hidden = false;
    uint32_t max_array_length = 100;
    uint32_t max_string_length = 10000;
    uint32_t break_length = 80;
    static constexpr uint32_t kNoBreak = std::numeric_limits<uint32_t>::max() / 2;
};

enum class Style : uint8_t { Special, Number, Boolean, Undefined, Null, String, Symbol, Date, RegExp, Plain };

/// `text` in the colour of its style, if colours are on.
std::string stylize(const InspectOptions&, std::string_view text, Style);
/// Columns that `text` takes on a terminal: escape sequences take none, wide characters two.
size_t display_width(std::string_view text);
/// In quotes that the text does not contain where that is possible: single, double or backquotes. `text` is
/// UTF-8.
std::string quote(std::string_view text);
/// Control characters, quotes and backslashes escaped, without quotes around it.
std::string escape_text(std::string_view text, char quote_character);
/// True for names that need no quotes as a key.
bool is_plain_key(std::string_view name);

/// One container's text under construction.
struct Layout {
    std::vector<std::string> entries;
    std::string base;
    std::string open = "{";
    std::string close = "}";
    /// An array's entries: many of them are grouped in columns.
    bool is_array = false;
    /// All entries are numbers: columns are aligned on the right.
    bool all_numeric = false;
    /// The last entry says how many more there are.
    bool has_more_items = false;
    uint32_t indentation = 0;
    /// How many levels of containers lie inside the last entry.
    int inner_levels = 0;
};
/// One line where the entries fit and are simple enough, else one line (or row of columns) for each.
std::string lay_out(const InspectOptions&, Layout);

} // namespace heddle::shell
