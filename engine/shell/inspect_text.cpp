// Quoting, colours, widths and line breaking of the inspector.
#include "shell/inspect_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace heddle::shell {

namespace {

/// More levels of containers than this inside the last entry, and the container takes a line for each entry.
constexpr int kCompactLevels = 3;
constexpr size_t kMinEntriesToGroup = 7;
constexpr size_t kMaxColumns = 15;
constexpr size_t kSeparatorWidth = 2; // a comma and a space

struct ColorCodes {
    int on;
    int off;
};
ColorCodes codes_of(Style style) {
    switch (style) {
    case Style::Special:
        return {36, 39};
    case Style::Number:
    case Style::Boolean:
        return {33, 39};
    case Style::Undefined:
        return {90, 39};
    case Style::Null:
        return {1, 22};
    case Style::String:
    case Style::Symbol:
        return {32, 39};
    case Style::Date:
        return {35, 39};
    case Style::RegExp:
        return {31, 39};
    case Style::Plain:
        return {0, 0};
    }
    return {0, 0};
}

/// Bytes of the terminal escape sequence at the start of `text`; zero when there is none.
size_t escape_sequence_length(std::string_view text) {
    if (text.size() < 2 || text[0] != '\x1b' || text[1] != '[') return 0;
    size_t i = 2;
    while (i < text.size() && (text[i] < '@' || text[i] > '~'))
        ++i;
    return i < text.size() ? i + 1 : 0;
}

size_t code_point_width(UChar32 c) {
    if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return 0;
    if (c < 0x300) return 1;
    int8_t category = u_charType(c);
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK || category == U_FORMAT_CHAR) return 0;
    int32_t width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

std::string padded(const std::string& text, size_t width, size_t own_width, bool at_start) {
    std::string padding(width > own_width ? width - own_width : 0, ' ');
    return at_start ? padding + text : text + padding;
}

/// Many short entries as rows of columns. Returns the entries themselves when columns would not help.
std::vector<std::string> group_in_columns(const InspectOptions& options, const Layout& layout) {
    const std::vector<std::string>& entries = layout.entries;
    size_t count = entries.size() - layout.has_more_items;
    std::vector<size_t> widths(count);
    size_t total = 0;
    size_t widest = 0;
    for (size_t i = 0; i < count; ++i) {
        widths[i] = display_width(entries[i]);
        total += widths[i] + kSeparatorWidth;
        widest = std::max(widest, widths[i]);
    }
    size_t cell = widest + kSeparatorWidth;
    // Three cells must fit side by side, and one long entry must not spread the others over the screen.
    bool fits = cell * 3 + layout.indentation < options.break_length;
    bool even = static_cast<double>(total) / static_cast<double>(cell) > 5 || widest <= 6;
    if (!fits || !even) return entries;
    // About a square of rows and columns, a character being 2.5 times as high as wide.
    double bias = std::sqrt(static_cast<double>(cell) -
                            static_cast<double>(total) / static_cast<double>(entries.size()));
    double biased = std::max(static_cast<double>(cell) - 3 - bias, 1.0);
    double square = std::floor(std::sqrt(2.5 * biased * static_cast<double>(count)) / biased + 0.5);
    size_t columns =
        std::min({static_cast<size_t>(square), (options.break_length - layout.indentation) / cell,
                  static_cast<size_t>(kCompactLevels) * 4, kMaxColumns});
    if (columns <= 1) return entries;
    std::vector<size_t> column_widths(columns);
    for (size_t i = 0; i < count; ++i)
        column_widths[i % columns] = std::max(column_widths[i % columns], widths[i] + kSeparatorWidth);
    std::vector<std::string> rows;
    for (size_t first = 0; first < count; first += columns) {
        size_t end = std::min(first + columns, count);
        std::string row;
        for (size_t i = first; i + 1 < end; ++i)
            row += padded(entries[i] + ", ", column_widths[i - first], widths[i] + kSeparatorWidth,
                          layout.all_numeric);
        size_t last = end - 1;
        if (layout.all_numeric)
            row += padded(entries[last], column_widths[last - first] - kSeparatorWidth, widths[last], true);
        else
            row += entries[last];
        rows.push_back(std::move(row));
    }
    if (layout.has_more_items) rows.push_back(entries.back());
    return rows;
}

std::string joined(const std::vector<std::string>& entries, std::string_view separator) {
    std::string out;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (i != 0) out += separator;
        out += entries[i];
    }
    return out;
}

bool fits_on_one_line(const InspectOptions& options, const Layout& layout) {
    size_t length = layout.entries.size() + layout.indentation + layout.open.size() + layout.base.size() + 10;
    length += layout.entries.size();
    for (const std::string& entry : layout.entries) {
        length += display_width(entry);
        if (length > options.break_length || entry.find('\n') != std::string::npos) return false;
    }
    return length <= options.break_length && layout.base.find('\n') == std::string::npos;
}

} // namespace

std::string stylize(const InspectOptions& options, std::string_view text, Style style) {
    if (!options.colors || style == Style::Plain) return std::string(text);
    ColorCodes codes = codes_of(style);
    return fmt::format("\x1b[{}m{}\x1b[{}m", codes.on, text, codes.off);
}

size_t display_width(std::string_view text) {
    size_t width = 0;
    size_t i = 0;
    while (i < text.size()) {
        if (size_t skipped = escape_sequence_length(text.substr(i))) {
            i += skipped;
            continue;
        }
        int32_t step = 0;
        auto left = static_cast<int32_t>(std::min<size_t>(text.size() - i, 8));
        UChar32 c;
        U8_NEXT_OR_FFFD(reinterpret_cast<const uint8_t*>(text.data()) + i, step, left, c);
        width += code_point_width(c);
        i += static_cast<size_t>(step);
    }
    return width;
}

std::string escape_text(std::string_view text, char quote_character) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        auto byte = static_cast<uint8_t>(c);
        if (c == quote_character || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte == '\n') {
            out += "\\n";
        } else if (byte == '\t') {
            out += "\\t";
        } else if (byte == '\r') {
            out += "\\r";
        } else if (byte == '\b') {
            out += "\\b";
        } else if (byte == '\f') {
            out += "\\f";
        } else if (byte == '\v') {
            out += "\\x0B";
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\x{:02X}", byte);
        } else if (byte == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) {
            out += fmt::format("\\x{:02X}", static_cast<uint8_t>(text[++i])); // U+0080 to U+009F
        } else if (byte == 0xED && i + 2 < text.size() && static_cast<uint8_t>(text[i + 1]) >= 0xA0) {
            // A lone surrogate, as the inspector passes it: in three bytes.
            uint32_t unit = 0xD000u | (static_cast<uint8_t>(text[i + 1]) & 0x3Fu) << 6 |
                            (static_cast<uint8_t>(text[i + 2]) & 0x3Fu);
            out += fmt::format("\\u{:04x}", unit);
            i += 2;
        } else {
            out += c;
        }
    }
    return out;
}

std::string quote(std::string_view text) {
    char mark = '\'';
    if (text.find('\'') != std::string_view::npos) {
        if (text.find('"') == std::string_view::npos)
            mark = '"';
        else if (text.find('`') == std::string_view::npos && text.find("${") == std::string_view::npos)
            mark = '`';
    }
    return mark + escape_text(text, mark) + mark;
}

bool is_plain_key(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::string lay_out(const InspectOptions& options, Layout layout) {
    size_t ungrouped = layout.entries.size();
    if (layout.is_array && ungrouped >= kMinEntriesToGroup)
        layout.entries = group_in_columns(options, layout);
    std::string head = layout.base.empty() ? layout.open : layout.base + " " + layout.open;
    bool simple = layout.inner_levels < kCompactLevels && layout.entries.size() == ungrouped;
    if (simple && fits_on_one_line(options, layout))
        return fmt::format("{} {} {}", head, joined(layout.entries, ", "), layout.close);
    std::string line = "\n" + std::string(layout.indentation, ' ');
    return head + line + "  " + joined(layout.entries, "," + line + "  ") + line + layout.close;
}

} // namespace heddle::shell
