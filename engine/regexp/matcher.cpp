// The backtracking matcher. All its state lies in registers and on a stack of its own, so that no pattern or
// input can exhaust the native stack.
#include "regexp/program.h"
#include "runtime/agent.h"

#include <cstring>

namespace heddle {

namespace {

//   kind:2 | index:30, value, limit
// Choice: go on at instruction `index` from position `value`. Undo: register `index` was `value`. Range: as
// Choice, and then from every position down to `limit`.
struct BacktrackEntry {
    enum Kind : uint32_t { Choice, Undo, Range };
    uint32_t kind : 2;
    uint32_t index : 30;
    int32_t value;
    int32_t limit;
};

/// Beside the instruction of a lazy CountedLoop in a Choice: enter its body.
constexpr uint32_t kEnterLoop = 1u << 29;
/// Counts go no further: only their order with the bounds of the loop matters.
constexpr uint32_t kMaxCount = 0x7FFF'FFFE;

class BacktrackStack {
public:
    // 192 MiB: more is a pattern that will not end.
    static constexpr uint32_t kMaxEntries = 1u << 24;
    explicit BacktrackStack(Agent& agent) : agent_(agent) {}
    ~BacktrackStack() {
        if (entries_ != inline_) __builtin_free(entries_);
    }
    BacktrackStack(const BacktrackStack&) = delete;
    Fallible<void> push(BacktrackEntry entry) {
        if (size_ == capacity_) [[unlikely]]
            TRY(grow());
        entries_[size_++] = entry;
        return {};
    }
    bool is_empty() const { return size_ == 0; }
    BacktrackEntry& top() { return entries_[size_ - 1]; }
    BacktrackEntry& operator[](uint32_t i) { return entries_[i]; }
    void pop() { --size_; }
    uint32_t size() const { return size_; }
    void set_size(uint32_t size) { size_ = size; }

private:
    Fallible<void> grow() {
        if (capacity_ >= kMaxEntries) {
            return agent_.throw_range_error(
                "The regular expression needs too much memory for backtracking on this string");
        }
        uint32_t capacity = capacity_ * 4;
        auto* grown = static_cast<BacktrackEntry*>(
            __builtin_realloc(entries_ == inline_ ? nullptr : entries_, capacity * sizeof(BacktrackEntry)));
        if (!grown) return agent_.out_of_memory();
        if (entries_ == inline_) std::memcpy(grown, inline_, sizeof inline_);
        entries_ = grown;
        capacity_ = capacity;
        return {};
    }
    Agent& agent_;
    BacktrackEntry inline_[64];
    BacktrackEntry* entries_ = inline_;
    uint32_t capacity_ = 64;
    uint32_t size_ = 0;
};

bool is_line_terminator(char32_t c) {
    return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

bool is_word_character(char32_t c, bool extended) {
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z');
    return extended && (c == 0x017F || c == 0x212A);
}

/// `kUnicode`: the input is a list of code points.
template<class Unit, bool kUnicode>
class Matcher {
public:
    Matcher(Agent& agent, const RegExpProgram& program, const Unit* input, int32_t length, int32_t* registers)
        : agent_(agent), program_(program), input_(input), length_(length), registers_(registers),
          stack_(agent) {}

    Fallible<bool> search(int32_t start, bool sticky) {
        const RegExpClass* first = program_.first_class == RegExpProgram::kNoClass
                                       ? nullptr
                                       : &program_.classes[program_.first_class];
        for (;;) {
            if (first && !sticky) {
                while (start < length_) {
                    int32_t after = start;
                    if (first->contains(read(after))) break;
                    start = after;
                }
                if (start >= length_) return false;
            }
            if (TRY(run(start))) return true;
            if (sticky || start >= length_) return false;
            read(start);
        }
    }

private:
    /// The character at `position`, which moves behind it. Not at the end.
    char32_t read(int32_t& position) const {
        char32_t c = input_[position++];
        if constexpr (kUnicode) {
            if ((c & 0xFC00) == 0xD800 && position < length_ && (input_[position] & 0xFC00) == 0xDC00)
                c = 0x10000 + ((c - 0xD800) << 10) + (input_[position++] - 0xDC00);
        }
        return c;
    }
    /// The character before `position`, which moves before it. Not at the start.
    char32_t read_back(int32_t& position) const {
        char32_t c = input_[--position];
        if constexpr (kUnicode) {
            if ((c & 0xFC00) == 0xDC00 && position > 0 && (input_[position - 1] & 0xFC00) == 0xD800)
                c = 0x10000 + ((static_cast<char32_t>(input_[--position]) - 0xD800) << 10) + (c - 0xDC00);
        }
        return c;
    }
    Fallible<void> set_register(uint32_t index, int32_t value) {
        TRY(stack_.push({BacktrackEntry::Undo, index, registers_[index], 0}));
        registers_[index] = value;
        return {};
    }
    void unwind(uint32_t height) {
        while (stack_.size() > height) {
            BacktrackEntry& entry = stack_.top();
            if (entry.kind == BacktrackEntry::Undo) registers_[entry.index] = entry.value;
            stack_.pop();
        }
    }
    bool is_word_at(int32_t position, bool extended) const {
        return position >= 0 && position < length_ && is_word_character(input_[position], extended);
    }
    /// 22.2.2.7.2 BackreferenceMatcher; false when the text differs.
    bool match_back_reference(const uint32_t* operands, int32_t& position) const {
        int32_t from = -1;
        int32_t to = -1;
        for (uint32_t i = 0; i < operands[1]; ++i) {
            uint32_t group = program_.references[operands[0] + i];
            if (registers_[group * 2] < 0 || registers_[group * 2 + 1] < 0) continue;
            from = registers_[group * 2];
            to = registers_[group * 2 + 1];
        }
        if (from < 0) return true;
        int32_t length = to - from;
        bool back = operands[3];
        if (back ? position < length : length_ - position < length) return false;
        int32_t start = back ? position - length : position;
        if (!operands[2]) {
            if (std::memcmp(input_ + from, input_ + start, static_cast<size_t>(length) * sizeof(Unit)) != 0)
                return false;
        } else {
            int32_t a = from;
            int32_t b = start;
            while (a < to) {
                char32_t x = read(a);
                char32_t y = read(b);
                if (x != y && canonicalize_for_regexp(x, program_.is_unicode()) !=
                                  canonicalize_for_regexp(y, program_.is_unicode()))
                    return false;
            }
        }
        position = back ? start : start + length;
        return true;
    }
    /// Moves `position` over as many as `max` characters that `accepts`; `least` becomes the position after
    /// `min` of them. False when there are fewer.
    template<class Accepts>
    bool repeat(int32_t& position, int32_t& least, uint32_t min, uint32_t max, Accepts&& accepts) const {
        uint32_t count = 0;
        least = position;
        while (count < max && position < length_) {
            int32_t after = position;
            if (!accepts(read(after))) break;
            position = after;
            if (++count == min) least = position;
        }
        return count >= min;
    }

    Fallible<bool> run(int32_t start);

    Agent& agent_;
    const RegExpProgram& program_;
    const Unit* input_;
    int32_t length_;
    int32_t* registers_;
    BacktrackStack stack_;
    uint32_t steps_ = 0;
};

template<class Unit, bool kUnicode>
Fallible<bool> Matcher<Unit, kUnicode>::run(int32_t start) {
    const uint32_t* code = program_.code.data();
    const uint32_t* pc = code;
    int32_t position = start;
    std::memset(registers_, 0xFF, program_.register_count * sizeof(int32_t));
    stack_.set_size(0);
    for (;;) {
        const uint32_t* operands = pc + 1;
        switch (static_cast<RegExpOp>(*pc)) {
        case RegExpOp::Match:
            return true;
        case RegExpOp::Fail:
            goto backtrack;
        case RegExpOp::Character:
            if (position >= length_ || read(position) != operands[0]) goto backtrack;
            pc += 2;
            continue;
        case RegExpOp::CharacterBack:
            if (position <= 0 || read_back(position) != operands[0]) goto backtrack;
            pc += 2;
            continue;
        case RegExpOp::Class:
            if (position >= length_ || !program_.classes[operands[0]].contains(read(position)))
                goto backtrack;
            pc += 2;
            continue;
        case RegExpOp::ClassBack:
            if (position <= 0 || !program_.classes[operands[0]].contains(read_back(position))) goto backtrack;
            pc += 2;
            continue;
        case RegExpOp::Jump:
            if ((++steps_ & 0xFFFF) == 0) TRY(agent_.poll_interrupts());
            pc = code + operands[0];
            continue;
        case RegExpOp::SplitNext:
            TRY(stack_.push({BacktrackEntry::Choice, operands[0], position, 0}));
            pc += 2;
            continue;
        case RegExpOp::SplitTarget:
            TRY(stack_.push({BacktrackEntry::Choice, static_cast<uint32_t>(pc + 2 - code), position, 0}));
            pc = code + operands[0];
            continue;
        case RegExpOp::SavePosition:
            TRY(set_register(operands[0], position));
            pc += 2;
            continue;
        case RegExpOp::SetRegister:
            TRY(set_register(operands[0], static_cast<int32_t>(operands[1])));
            pc += 3;
            continue;
        case RegExpOp::ClearRegisters:
            for (uint32_t i = 0; i < operands[1]; ++i) {
                if (registers_[operands[0] + i] != -1) TRY(set_register(operands[0] + i, -1));
            }
            pc += 3;
            continue;
        case RegExpOp::CountedLoop: {
            auto count = static_cast<uint32_t>(registers_[operands[0]]);
            const uint32_t* exit = code + operands[4];
            if (count >= operands[2]) {
                pc = exit;
                continue;
            }
            if (count >= operands[1]) {
                if (!operands[3]) {
                    // Lazy: the body is what is tried second, with the count as it will be.
                    TRY(stack_.push({BacktrackEntry::Choice, static_cast<uint32_t>(pc - code) | kEnterLoop,
                                     position, 0}));
                    pc = exit;
                    continue;
                }
                TRY(stack_.push({BacktrackEntry::Choice, operands[4], position, 0}));
            }
            TRY(set_register(operands[0], static_cast<int32_t>(std::min(count + 1, kMaxCount))));
            pc += 6;
            continue;
        }
        case RegExpOp::CheckProgress:
            if (registers_[operands[0]] == position) goto backtrack;
            pc += 2;
            continue;
        case RegExpOp::CheckCountedProgress:
            if (registers_[operands[0]] == position &&
                static_cast<uint32_t>(registers_[operands[1]]) > operands[2])
                goto backtrack;
            pc += 4;
            continue;
        case RegExpOp::RepeatCharacter:
        case RegExpOp::RepeatClass: {
            int32_t least;
            bool enough;
            if (static_cast<RegExpOp>(*pc) == RegExpOp::RepeatCharacter) {
                enough = repeat(position, least, operands[1], operands[2],
                                [&](char32_t c) { return c == operands[0]; });
            } else {
                const RegExpClass& set = program_.classes[operands[0]];
                enough = repeat(position, least, operands[1], operands[2],
                                [&](char32_t c) { return set.contains(c); });
            }
            if (!enough) goto backtrack;
            pc += 4;
            if (position > least)
                TRY(stack_.push({BacktrackEntry::Range, static_cast<uint32_t>(pc - code), position, least}));
            continue;
        }
        case RegExpOp::InputStart:
            if (position != 0) goto backtrack;
            ++pc;
            continue;
        case RegExpOp::LineStart:
            if (position != 0 && !is_line_terminator(input_[position - 1])) goto backtrack;
            ++pc;
            continue;
        case RegExpOp::InputEnd:
            if (position != length_) goto backtrack;
            ++pc;
            continue;
        case RegExpOp::LineEnd:
            if (position != length_ && !is_line_terminator(input_[position])) goto backtrack;
            ++pc;
            continue;
        case RegExpOp::WordBoundary: {
            bool boundary = is_word_at(position - 1, operands[1]) != is_word_at(position, operands[1]);
            if (boundary == static_cast<bool>(operands[0])) goto backtrack;
            pc += 3;
            continue;
        }
        case RegExpOp::BackReference:
            if (!match_back_reference(operands, position)) goto backtrack;
            pc += 5;
            continue;
        case RegExpOp::LookStart:
            TRY(set_register(operands[0] + 1, position));
            TRY(set_register(operands[0], 0));
            registers_[operands[0]] = static_cast<int32_t>(stack_.size());
            pc += 2;
            continue;
        case RegExpOp::LookSucceed: {
            // What the body captured stays, and with it the entries that undo it; its choices are dropped.
            auto kept = static_cast<uint32_t>(registers_[operands[0]]);
            for (uint32_t i = kept; i < stack_.size(); ++i) {
                if (stack_[i].kind == BacktrackEntry::Undo) stack_[kept++] = stack_[i];
            }
            stack_.set_size(kept);
            position = registers_[operands[0] + 1];
            pc += 2;
            continue;
        }
        case RegExpOp::NegativeLookStart:
            TRY(set_register(operands[0], 0));
            registers_[operands[0]] = static_cast<int32_t>(stack_.size());
            TRY(stack_.push({BacktrackEntry::Choice, operands[1], position, 0}));
            pc += 3;
            continue;
        case RegExpOp::NegativeLookSucceed:
            unwind(static_cast<uint32_t>(registers_[operands[0]]));
            goto backtrack;
        }
        __builtin_unreachable();
    backtrack:
        if ((++steps_ & 0xFFFF) == 0) TRY(agent_.poll_interrupts());
        for (;;) {
            if (stack_.is_empty()) return false;
            BacktrackEntry& entry = stack_.top();
            if (entry.kind == BacktrackEntry::Undo) {
                registers_[entry.index] = entry.value;
                stack_.pop();
                continue;
            }
            position = entry.value;
            uint32_t index = entry.index;
            if (entry.kind == BacktrackEntry::Range) {
                read_back(position);
                if (position > entry.limit)
                    entry.value = position;
                else
                    stack_.pop();
                pc = code + index;
                break;
            }
            stack_.pop();
            if (index & kEnterLoop) {
                index &= ~kEnterLoop;
                uint32_t counter = code[index + 1];
                TRY(set_register(counter, static_cast<int32_t>(std::min(
                                              static_cast<uint32_t>(registers_[counter]) + 1, kMaxCount))));
                index += 6;
            }
            pc = code + index;
            break;
        }
    }
}

template<class Unit, bool kUnicode>
Fallible<bool> match(Agent& agent, const RegExpProgram& program, const Unit* input, uint32_t length,
                     uint32_t start, bool sticky, int32_t* registers) {
    return Matcher<Unit, kUnicode>(agent, program, input, static_cast<int32_t>(length), registers)
        .search(static_cast<int32_t>(start), sticky);
}

} // namespace

Fallible<bool> match_regexp(Agent& agent, const RegExpProgram& program, FlatView input, uint32_t start,
                            bool sticky, GrowableArray<int32_t>& captures) {
    HEDDLE_ASSERT(start <= input.length());
    if (!captures.reserve(program.register_count)) return agent.out_of_memory();
    captures.set_size(program.register_count);
    std::fill(captures.begin(), captures.end(), -1);
    bool found;
    if (input.is_latin1()) {
        uint8_t none = 0;
        const uint8_t* units = input.length() == 0 ? &none : input.latin1();
        found =
            TRY(match<uint8_t, false>(agent, program, units, input.length(), start, sticky, captures.data()));
    } else if (program.is_unicode()) {
        found = TRY(match<char16_t, true>(agent, program, input.utf16(), input.length(), start, sticky,
                                          captures.data()));
    } else {
        found = TRY(match<char16_t, false>(agent, program, input.utf16(), input.length(), start, sticky,
                                           captures.data()));
    }
    captures.set_size(size_t{2} * (program.group_count + 1));
    return found;
}

} // namespace heddle
