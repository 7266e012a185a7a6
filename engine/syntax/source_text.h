// The immutable text of one script, module or piece of eval code, with its name and line table. Shared
// between threads by reference count; never on a garbage-collected heap.
#pragma once

#include "base/assert.h"
#include "sync/atomic.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace heddle {

/// One-based line and column; the column counts code units.
struct SourcePosition {
    uint32_t line = 1;
    uint32_t column = 1;
};

class SourceText;

/// Owning reference to a SourceText.
class SourceTextRef {
public:
    SourceTextRef() = default;
    /// Takes over a reference that the caller already owns.
    static SourceTextRef adopt(SourceText* text) {
        SourceTextRef ref;
        ref.text_ = text;
        return ref;
    }
    inline explicit SourceTextRef(SourceText* text);
    inline SourceTextRef(const SourceTextRef& other);
    SourceTextRef(SourceTextRef&& other) noexcept : text_(std::exchange(other.text_, nullptr)) {}
    SourceTextRef& operator=(SourceTextRef other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    inline ~SourceTextRef();
    SourceText* get() const { return text_; }
    SourceText* operator->() const { return text_; }
    SourceText& operator*() const { return *text_; }
    explicit operator bool() const { return text_ != nullptr; }
    /// Gives the reference away.
    SourceText* leak() { return std::exchange(text_, nullptr); }

private:
    SourceText* text_ = nullptr;
};

class SourceText {
public:
    /// Longer texts are refused by the parser: positions are 32-bit.
    static constexpr size_t kMaxLength = (size_t(1) << 30) - 1;

    // Each gives nothing when there is no memory for it, which the parser then says.

    /// Decodes UTF-8; each maximal invalid sequence becomes U+FFFD and a leading byte order mark is skipped.
    static SourceTextRef from_utf8(std::string_view bytes, std::string_view name);
    static SourceTextRef from_latin1(const uint8_t* units, size_t length, std::string_view name);
    /// Lone surrogates are kept. Stored as Latin-1 when every unit fits.
    static SourceTextRef from_utf16(const char16_t* units, size_t length, std::string_view name);

    uint32_t length() const { return length_; }
    bool is_latin1() const { return is_latin1_; }
    const uint8_t* latin1() const {
        HEDDLE_ASSERT(is_latin1_);
        return static_cast<const uint8_t*>(units_.get());
    }
    const char16_t* utf16() const {
        HEDDLE_ASSERT(!is_latin1_);
        return static_cast<const char16_t*>(units_.get());
    }
    char16_t at(uint32_t offset) const {
        HEDDLE_ASSERT(offset < length_);
        return is_latin1_ ? static_cast<const uint8_t*>(units_.get())[offset]
                          : static_cast<const char16_t*>(units_.get())[offset];
    }
    /// File name or URL, UTF-8.
    const std::string& name() const { return name_; }
    /// False for text that was made at run time: eval code and dynamic functions.
    bool is_file() const { return name_ != kEvalName && name_ != kDynamicFunctionName; }
    static constexpr std::string_view kEvalName = "eval";
    static constexpr std::string_view kDynamicFunctionName = "anonymous";

    /// Any offset up to and including length(). Safe from every thread; costs one binary search.
    SourcePosition position_of(uint32_t offset) const;
    /// The line that holds `offset`, without its terminator, as UTF-8.
    std::string line_text(uint32_t offset) const;
    std::string to_utf8(uint32_t begin, uint32_t end) const;

    void retain() const;
    void release() const;

private:
    struct FreeDeleter {
        void operator()(void* memory) const { std::free(memory); }
    };
    template<class T, class... Arguments>
    friend T* new_or_null(Arguments&&...);
    SourceText() = default;
    ~SourceText() = default;
    static SourceTextRef make(std::string_view name);
    [[nodiscard]] bool build_line_table();

    std::unique_ptr<void, FreeDeleter> units_;
    uint32_t length_ = 0;
    bool is_latin1_ = true;
    /// Offsets of line starts, built with the text: an immutable object needs no lock.
    std::unique_ptr<uint32_t[]> line_starts_;
    uint32_t line_count_ = 0;
    std::string name_;
    mutable sync::Counter<uint32_t> count_{1};
};

inline SourceTextRef::SourceTextRef(SourceText* text) : text_(text) {
    if (text_) text_->retain();
}
inline SourceTextRef::SourceTextRef(const SourceTextRef& other) : text_(other.text_) {
    if (text_) text_->retain();
}
inline SourceTextRef::~SourceTextRef() {
    if (text_) text_->release();
}

} // namespace heddle
