// Decoding and line table of source texts.
#include "syntax/source_text.h"

#include "base/fault.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <unicode/utf16.h>
#include <unicode/utf8.h>

namespace heddle {

namespace {

bool is_line_terminator(char16_t unit) {
    return unit == '\n' || unit == '\r' || unit == 0x2028 || unit == 0x2029;
}

} // namespace

SourceTextRef SourceText::make(std::string_view name) {
    constexpr size_t kSmall = 4096;
    if (name.size() > kSmall && !memory_is_at_hand(name.size() * 2)) return {};
    SourceTextRef text = SourceTextRef::adopt(new_or_null<SourceText>());
    if (text) text->name_ = name;
    return text;
}

SourceTextRef SourceText::from_utf8(std::string_view bytes, std::string_view name) {
    if (bytes.size() >= 3 && std::memcmp(bytes.data(), "\xEF\xBB\xBF", 3) == 0) bytes.remove_prefix(3);
    auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    size_t length = bytes.size();
    // First pass: units needed and the widest code point.
    size_t units = 0;
    bool latin1 = true;
    auto decode = [&](auto&& emit) {
        size_t at = 0;
        while (at < length) {
            if (data[at] < 0x80) {
                emit(static_cast<UChar32>(data[at++]));
                continue;
            }
            // ICU's macro takes 32-bit indices: hand it a window.
            int32_t i = 0;
            auto window = static_cast<int32_t>(std::min<size_t>(length - at, 8));
            UChar32 c;
            U8_NEXT_OR_FFFD(data + at, i, window, c);
            at += static_cast<size_t>(i);
            emit(c);
        }
    };
    decode([&](UChar32 c) {
        units += c > 0xFFFF ? 2 : 1;
        if (c > 0xFF) latin1 = false;
    });
    SourceTextRef result = make(name);
    SourceText* text = result.get();
    if (!text) return {};
    text->is_latin1_ = latin1;
    text->length_ = static_cast<uint32_t>(std::min(units, kMaxLength + 1));
    void* memory = std::malloc(latin1 ? units + 1 : (units + 1) * 2);
    if (!memory) return {};
    text->units_.reset(memory);
    if (latin1) {
        auto* out = static_cast<uint8_t*>(memory);
        decode([&](UChar32 c) { *out++ = static_cast<uint8_t>(c); });
    } else {
        auto* out = static_cast<char16_t*>(memory);
        decode([&](UChar32 c) {
            if (c > 0xFFFF) {
                *out++ = U16_LEAD(c);
                *out++ = U16_TRAIL(c);
            } else {
                *out++ = static_cast<char16_t>(c);
            }
        });
    }
    if (!text->build_line_table()) return {};
    return result;
}

SourceTextRef SourceText::from_latin1(const uint8_t* units, size_t length, std::string_view name) {
    SourceTextRef result = make(name);
    SourceText* text = result.get();
    if (!text) return {};
    text->length_ = static_cast<uint32_t>(std::min(length, kMaxLength + 1));
    void* memory = std::malloc(size_t(text->length_) + 1);
    if (!memory) return {};
    if (text->length_) std::memcpy(memory, units, text->length_);
    text->units_.reset(memory);
    if (!text->build_line_table()) return {};
    return result;
}

SourceTextRef SourceText::from_utf16(const char16_t* units, size_t length, std::string_view name) {
    SourceTextRef result = make(name);
    SourceText* text = result.get();
    if (!text) return {};
    text->length_ = static_cast<uint32_t>(std::min(length, kMaxLength + 1));
    char16_t all = 0;
    for (uint32_t i = 0; i < text->length_; i++)
        all |= units[i];
    text->is_latin1_ = all <= 0xFF;
    size_t size = text->is_latin1_ ? size_t(text->length_) + 1 : (size_t(text->length_) + 1) * 2;
    void* memory = std::malloc(size);
    if (!memory) return {};
    text->units_.reset(memory);
    if (text->is_latin1_) {
        for (uint32_t i = 0; i < text->length_; i++)
            static_cast<uint8_t*>(memory)[i] = static_cast<uint8_t>(units[i]);
    } else {
        std::memcpy(memory, units, size_t(text->length_) * 2);
    }
    if (!text->build_line_table()) return {};
    return result;
}

bool SourceText::build_line_table() {
    auto walk = [&](auto&& emit) {
        for (uint32_t i = 0; i < length_; i++) {
            char16_t unit = at(i);
            if (unit > '\r' && unit < 0x2028) continue;
            if (!is_line_terminator(unit)) continue;
            if (unit == '\r' && i + 1 < length_ && at(i + 1) == '\n') i++;
            emit(i + 1);
        }
    };
    uint32_t count = 1;
    walk([&](uint32_t) { count++; });
    line_starts_.reset(new_array_or_null<uint32_t>(count));
    if (!line_starts_) return false;
    line_count_ = count;
    uint32_t at = 0;
    line_starts_[at++] = 0;
    walk([&](uint32_t start) { line_starts_[at++] = start; });
    return true;
}

SourcePosition SourceText::position_of(uint32_t offset) const {
    if (offset > length_) offset = length_;
    const uint32_t* starts = line_starts_.get();
    const uint32_t* line = std::upper_bound(starts, starts + line_count_, offset) - 1;
    return {static_cast<uint32_t>(line - starts) + 1, offset - *line + 1};
}

std::string SourceText::line_text(uint32_t offset) const {
    uint32_t line = position_of(offset).line;
    uint32_t begin = line_starts_[line - 1];
    uint32_t end = line < line_count_ ? line_starts_[line] : length_;
    while (end > begin && is_line_terminator(at(end - 1)))
        end--;
    return to_utf8(begin, end);
}

std::string SourceText::to_utf8(uint32_t begin, uint32_t end) const {
    std::string out;
    if (end > length_) end = length_;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t code_point = at(i);
        if (U16_IS_SURROGATE(code_point)) {
            if (U16_IS_SURROGATE_LEAD(code_point) && i + 1 < end && U16_IS_TRAIL(at(i + 1))) {
                code_point = static_cast<uint32_t>(U16_GET_SUPPLEMENTARY(code_point, at(i + 1)));
                i++;
            } else {
                code_point = 0xFFFD;
            }
        }
        uint8_t bytes[4];
        int32_t size = 0;
        U8_APPEND_UNSAFE(bytes, size, code_point);
        out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    }
    return out;
}

void SourceText::retain() const {
    count_.add_relaxed(1);
}

void SourceText::release() const {
    if (count_.sub_acq_rel(1) == 1) delete this;
}

} // namespace heddle
