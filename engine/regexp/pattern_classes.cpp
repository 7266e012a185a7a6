// Patterns: character escapes and character classes, the latter with and without the flag v (ECMA-262 22.2.1,
// B.1.2).
#include "base/fault.h"
#include "regexp/pattern_parser.h"

#include <algorithm>

namespace heddle {

namespace {

constexpr size_t kLongestPropertyName = 200; // with its value: no property comes near
constexpr std::string_view kSyntaxCharacters = "^$\\.*+?()[]{}|/"; // with the slash, which may be escaped too
constexpr std::string_view kClassSetSyntaxCharacters = "()[]{}/-\\|";
constexpr std::string_view kClassSetReservedPunctuators = "&-!#%,:;<=>@`~";
constexpr std::string_view kDoublePunctuators = "&!#$%*+,.:;<=>?@^`~";

bool is_one_of(char32_t c, std::string_view set) {
    return c < 0x80 && set.find(static_cast<char>(c)) != std::string_view::npos;
}
bool is_digit(char32_t c) {
    return c >= '0' && c <= '9';
}
bool is_octal(char32_t c) {
    return c >= '0' && c <= '7';
}
bool is_letter(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char32_t c) {
    if (is_digit(c)) return static_cast<int>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A' + 10);
    return -1;
}

} // namespace

void PatternParser::close_leaf(CodePointSet& set) const {
    if (build_ && ignore_case_ && unicode_sets_) set = close_over_case(set, true);
}

void PatternParser::fold_strings(ClassSet& set) {
    if (!build_) return;
    for (std::u32string& string : set.strings) {
        for (char32_t& c : string) {
            if (ignore_case_) c = canonicalize_for_regexp(c, true);
        }
    }
    std::sort(set.strings.begin(), set.strings.end());
    set.strings.erase(std::unique(set.strings.begin(), set.strings.end()), set.strings.end());
}

// --- escapes
// ------------------------------------------------------------------------------------------------

bool PatternParser::is_class_escape_letter() const {
    char16_t c = unit(1);
    return is_one_of(c, "dDsSwW") || (unicode_ && is_one_of(c, "pP"));
}

/// Exactly `digits` hexadecimal digits; otherwise nothing is read.
bool PatternParser::parse_hex(uint32_t digits, char32_t& c) {
    char32_t value = 0;
    for (uint32_t i = 0; i < digits; ++i) {
        int digit = hex_value(unit(i));
        if (digit < 0) return false;
        value = value * 16 + static_cast<char32_t>(digit);
    }
    position_ += digits;
    c = value;
    return true;
}

// RegExpUnicodeEscapeSequence, with the u at the position; otherwise nothing is read.
bool PatternParser::parse_unicode_escape(char32_t& c) {
    uint32_t start = position_;
    ++position_;
    if (unicode_ && eat(u'{')) {
        char32_t value = 0;
        uint32_t digits = 0;
        for (; hex_value(unit()) >= 0 && value <= CodePointSet::kLast; ++digits)
            value = value * 16 + static_cast<char32_t>(hex_value(next()));
        if (digits > 0 && value <= CodePointSet::kLast && eat(u'}')) {
            c = value;
            return true;
        }
        position_ = start;
        return false;
    }
    if (!parse_hex(4, c)) {
        position_ = start;
        return false;
    }
    if (unicode_ && (c & 0xFC00) == 0xD800 && looking_at("\\u")) {
        uint32_t after_lead = position_;
        char32_t trail;
        position_ += 2;
        if (parse_hex(4, trail) && (trail & 0xFC00) == 0xDC00)
            c = 0x10000 + ((c - 0xD800) << 10) + (trail - 0xDC00);
        else
            position_ = after_lead;
    }
    return true;
}

// CharacterEscape, with the backslash at the position
bool PatternParser::parse_character_escape(char32_t& c, bool in_class) {
    ++position_;
    if (at_end()) {
        fail("\\ at end of pattern");
        return false;
    }
    auto take = [&](char32_t value) {
        ++position_;
        c = value;
        return true;
    };
    switch (unit()) {
    case u'f':
        return take('\f');
    case u'n':
        return take('\n');
    case u'r':
        return take('\r');
    case u't':
        return take('\t');
    case u'v':
        return take('\v');
    case u'c': {
        char16_t letter = unit(1);
        if (is_letter(letter) || (in_class && !unicode_ && (is_digit(letter) || letter == u'_'))) {
            position_ += 2;
            c = letter % 32;
            return true;
        }
        if (unicode_) break;
        c = '\\'; // B.1.2: the backslash stands for itself, and the c for what it is
        return true;
    }
    case u'0':
        if (!is_digit(unit(1))) return take(0);
        [[fallthrough]];
    case u'1':
    case u'2':
    case u'3':
    case u'4':
    case u'5':
    case u'6':
    case u'7': {
        if (unicode_) break;
        // LegacyOctalEscapeSequence
        uint32_t limit = unit() <= u'3' ? 3 : 2;
        c = 0;
        for (uint32_t i = 0; i < limit && is_octal(unit()); ++i, ++position_)
            c = c * 8 + (unit() - u'0');
        return true;
    }
    case u'x': {
        ++position_;
        if (parse_hex(2, c)) return true;
        --position_;
        if (unicode_) break;
        return take('x');
    }
    case u'u':
        if (parse_unicode_escape(c)) return true;
        if (unicode_) break;
        return take('u');
    default:
        if (unicode_) {
            if (is_one_of(unit(), kSyntaxCharacters) || (in_class && unit() == u'-')) return take(unit());
            break;
        }
        if (unit() == u'k' && has_names_) break;
        c = next();
        return true;
    }
    fail("Invalid escape");
    return false;
}

// CharacterClassEscape, with the backslash at the position
bool PatternParser::parse_class_escape(ClassSet& out) {
    char16_t letter = unit(1);
    if (letter == u'p' || letter == u'P') return parse_property(out);
    position_ += 2;
    if (!build_) return true;
    bool negated = letter < u'a';
    switch (letter | 0x20) {
    case u'd':
        out.set = digit_characters();
        break;
    case u's':
        out.set = white_space_characters();
        break;
    default:
        out.set = word_characters(ignore_case_ && unicode_);
        break;
    }
    close_leaf(out.set);
    if (negated) out.set = out.set.complement();
    return true;
}

// \p{ UnicodePropertyValueExpression }
bool PatternParser::parse_property(ClassSet& out) {
    bool negated = unit(1) == u'P';
    position_ += 2;
    std::string name;
    std::string value;
    bool has_value = false;
    bool valid = eat(u'{');
    while (valid && !at_end() && unit() != u'}') {
        char16_t c = unit();
        if (c == u'=' && !has_value) {
            has_value = true;
        } else if ((is_letter(c) || is_digit(c) || c == u'_') && name.size() + value.size() < kLongestPropertyName) {
            (has_value ? value : name) += static_cast<char>(c);
        } else {
            valid = false;
        }
        ++position_;
    }
    UnicodePropertyKind kind = UnicodePropertyKind::Invalid;
    if (valid && eat(u'}') && !name.empty() && has_value == !value.empty())
        kind = find_unicode_property(name, value);
    if (kind == UnicodePropertyKind::Strings && (!unicode_sets_ || negated)) {
        fail(negated ? "A property of strings cannot be negated" : "A property of strings needs the flag v");
        return false;
    }
    if (kind == UnicodePropertyKind::Invalid) {
        fail("Invalid property name");
        return false;
    }
    out.may_contain_strings = kind == UnicodePropertyKind::Strings;
    if (!build_) return true;
    if (!memory_is_at_hand(kind == UnicodePropertyKind::Strings ? kBytesOfPropertyStrings : size_t{256} << 10)) {
        fail_for_memory();
        return false;
    }
    get_unicode_property(name, value, out.set, out.strings);
    fold_strings(out);
    close_leaf(out.set);
    if (negated) out.set = out.set.complement();
    return true;
}

// --- classes without the flag v
// -----------------------------------------------------------------------------

// ClassAtom
bool PatternParser::parse_class_atom(Escape& out) {
    if (unit() != u'\\') {
        out.character = next();
        return true;
    }
    if (unit(1) == u'b') {
        position_ += 2;
        out.character = '\b';
        return true;
    }
    if (is_class_escape_letter()) {
        out.is_set = true;
        return parse_class_escape(out.set);
    }
    return parse_character_escape(out.character, true);
}

// CharacterClass
PatternNode* PatternParser::parse_class() {
    ++position_;
    bool negated = eat(u'^');
    CodePointSet characters; // to be closed under case folding
    CodePointSet sets;       // closed already, or the same when closed
    auto add = [&](const Escape& atom) {
        if (!build_) return;
        if (!atom.is_set)
            characters.add(atom.character);
        else
            sets.add(atom.set.set);
    };
    bool has_property = false;
    while (!at_end() && unit() != u']') {
        Escape first;
        has_property |= unit() == u'\\' && is_one_of(unit(1), "pP");
        if (!parse_class_atom(first)) return nullptr;
        if (unit() != u'-' || position_ + 1 >= text_.length() || unit(1) == u']') {
            add(first);
            continue;
        }
        ++position_;
        Escape last;
        has_property |= unit() == u'\\' && is_one_of(unit(1), "pP");
        if (!parse_class_atom(last)) return nullptr;
        if (first.is_set || last.is_set) {
            if (unicode_) return fail("Invalid character class: a set cannot be the end of a range");
            add(first);
            add(last);
            if (build_) characters.add('-');
        } else if (first.character > last.character) {
            return fail("Range out of order in character class");
        } else if (build_) {
            characters.add(first.character, last.character);
        }
    }
    if (!eat(u']')) return fail("Unterminated character class");
    if (build_ && ignore_case_) {
        characters = close_over_case(characters, unicode_);
        if (has_property) sets = close_over_case(sets, unicode_);
    }
    characters.add(sets);
    return make_set(negated ? characters.complement() : std::move(characters));
}

// --- classes with the flag v
// --------------------------------------------------------------------------------

PatternNode* PatternParser::parse_class_with_sets() {
    ClassSet set;
    ++position_;
    if (!parse_class_contents(set)) return nullptr;
    if (set.strings.empty() || !build_) return make_set(std::move(set.set));
    // 22.2.2.7 CompileAtom: strings of several characters from the longest on, then single characters, then
    // "".
    std::stable_sort(set.strings.begin(), set.strings.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    PatternNode* alternation = make(PatternKind::Alternation);
    PatternNode** link = &alternation->child;
    auto append = [&](PatternNode* alternative) {
        *link = alternative;
        link = &alternative->next;
    };
    bool has_empty = set.strings.back().empty();
    if (has_empty) set.strings.pop_back();
    for (const std::u32string& string : set.strings) {
        PatternNode* sequence = make(PatternKind::Sequence);
        PatternNode** inner = &sequence->child;
        for (char32_t c : string) {
            if (failed()) return nullptr;
            *inner = make_character(c);
            inner = &(*inner)->next;
        }
        append(sequence);
    }
    append(make_set(std::move(set.set)));
    if (has_empty) append(make(PatternKind::Empty));
    return alternation;
}

// ClassContents up to the closing bracket, with the opening one behind
bool PatternParser::parse_class_contents(ClassSet& out) {
    if (++depth_ > kMaxDepth) {
        fail("The character class is nested too deeply");
        return false;
    }
    bool negated = eat(u'^');
    if (!failed() && !at_end() && unit() != u']') {
        ClassSet operand;
        if (!parse_class_operand(operand)) return false;
        if (looking_at("&&") || looking_at("--")) {
            add_character_as_set(operand);
            out = std::move(operand);
            if (!parse_class_operations(out)) return false;
        } else if (!parse_class_union(std::move(operand), out)) {
            return false;
        }
    }
    if (!eat(u']')) {
        fail("Unterminated character class");
        return false;
    }
    --depth_;
    if (!negated) return true;
    if (out.may_contain_strings) {
        fail("A class that may contain strings cannot be negated");
        return false;
    }
    out.set = out.set.complement();
    return true;
}

void PatternParser::add_character_as_set(ClassSet& operand) {
    if (!operand.is_character || !build_) return;
    operand.set.add(operand.character);
    close_leaf(operand.set);
    operand.is_character = false;
}

bool PatternParser::has_room_for_strings(const ClassSet& one, const ClassSet& other) {
    if (one.strings.empty() && other.strings.empty()) return true;
    size_t bytes = (one.strings.size() + other.strings.size()) * sizeof(std::u32string) * 3;
    for (const ClassSet* set : {&one, &other}) {
        for (const std::u32string& string : set->strings)
            bytes += 48 + string.size() * sizeof(char32_t);
    }
    if (memory_is_at_hand(bytes)) return true;
    fail_for_memory();
    return false;
}

// ClassIntersection and ClassSubtraction, from their first operator on
bool PatternParser::parse_class_operations(ClassSet& out) {
    bool is_intersection = unit() == u'&';
    while (eat(is_intersection ? "&&" : "--")) {
        if (is_intersection && unit() == u'&') {
            fail("Invalid set operation in character class");
            return false;
        }
        ClassSet operand;
        if (!parse_class_operand(operand)) return false;
        add_character_as_set(operand);
        std::vector<std::u32string> strings;
        if (!has_room_for_strings(out, operand)) return false;
        if (is_intersection) {
            out.set.intersect(operand.set);
            out.may_contain_strings = out.may_contain_strings && operand.may_contain_strings;
            std::set_intersection(out.strings.begin(), out.strings.end(), operand.strings.begin(),
                                  operand.strings.end(), std::back_inserter(strings));
        } else {
            out.set.subtract(operand.set);
            std::set_difference(out.strings.begin(), out.strings.end(), operand.strings.begin(),
                                operand.strings.end(), std::back_inserter(strings));
        }
        out.strings = std::move(strings);
    }
    if (!at_end() && unit() != u']') {
        fail("Invalid set operation in character class: one kind of operator goes without brackets around "
             "the operands");
        return false;
    }
    return true;
}

// ClassUnion, with its first operand read
bool PatternParser::parse_class_union(ClassSet operand, ClassSet& out) {
    CodePointSet characters; // to be closed under case folding at the end, all at once
    for (;;) {
        if (operand.is_character && unit() == u'-' && unit(1) != u'-') {
            ++position_;
            ClassSet last;
            if (!parse_class_operand(last)) return false;
            if (!last.is_character || last.character < operand.character) {
                fail(last.is_character ? "Range out of order in character class"
                                       : "Invalid character class: a set cannot be the end of a range");
                return false;
            }
            if (build_) characters.add(operand.character, last.character);
        } else if (operand.is_character) {
            if (build_) characters.add(operand.character);
        } else {
            out.set.add(operand.set);
            out.may_contain_strings = out.may_contain_strings || operand.may_contain_strings;
            if (!has_room_for_strings(out, operand)) return false;
            std::vector<std::u32string> strings;
            std::set_union(out.strings.begin(), out.strings.end(), operand.strings.begin(),
                           operand.strings.end(), std::back_inserter(strings));
            out.strings = std::move(strings);
        }
        if (at_end() || unit() == u']') break;
        if (looking_at("&&") || looking_at("--")) {
            fail("Invalid set operation in character class: put the operands into brackets");
            return false;
        }
        operand = {};
        if (!parse_class_operand(operand)) return false;
    }
    close_leaf(characters);
    out.set.add(characters);
    return true;
}

// ClassSetOperand
bool PatternParser::parse_class_operand(ClassSet& out) {
    if ((++nodes_ & 0xFF) == 0 && !memory_is_at_hand()) {
        fail_for_memory();
        return false;
    }
    if (eat(u'[')) return parse_class_contents(out);
    if (unit() == u'\\' && !at_end()) {
        if (unit(1) == u'q') return parse_class_strings(out);
        if (is_class_escape_letter()) return parse_class_escape(out);
    }
    out.is_character = true;
    return parse_class_set_character(out.character);
}

// \q{ ClassStringDisjunctionContents }
bool PatternParser::parse_class_strings(ClassSet& out) {
    position_ += 2;
    if (!eat(u'{')) {
        fail("Invalid escape: \\q needs {strings}");
        return false;
    }
    // Read twice or more on the way to the whole set, and each unit is there in four bytes.
    std::u32string string;
    if (!memory_is_at_hand(size_t{text_.length() - position_} * sizeof(char32_t) * 3 + (size_t{64} << 10))) {
        fail_for_memory();
        return false;
    }
    auto finish_string = [&] {
        if (out.strings.size() == out.strings.capacity() || (out.strings.size() & 0xFF) == 0xFF) {
            if (!memory_is_at_hand(out.strings.size() * sizeof string * 3 + (size_t{256} << 10))) fail_for_memory();
        }
        if (string.size() == 1) {
            if (build_) out.set.add(string[0]);
        } else {
            out.may_contain_strings = true;
            out.strings.push_back(string);
        }
        string.clear();
    };
    while (!at_end() && unit() != u'}') {
        if (eat(u'|')) {
            finish_string();
            continue;
        }
        char32_t c;
        if (!parse_class_set_character(c)) return false;
        string += c;
    }
    finish_string();
    if (!eat(u'}')) {
        fail("Unterminated \\q{} in character class");
        return false;
    }
    close_leaf(out.set);
    fold_strings(out);
    return true;
}

// ClassSetCharacter
bool PatternParser::parse_class_set_character(char32_t& c) {
    if (at_end()) {
        fail("Unterminated character class");
        return false;
    }
    if (unit() == u'\\') {
        bool is_backspace = unit(1) == u'b';
        if (is_backspace || is_one_of(unit(1), kClassSetReservedPunctuators)) {
            c = is_backspace ? U'\b' : unit(1);
            position_ += 2;
            return true;
        }
        return parse_character_escape(c, true);
    }
    if (is_one_of(unit(), kClassSetSyntaxCharacters)) {
        fail("Invalid character in character class: it must be escaped");
        return false;
    }
    if (is_one_of(unit(), kDoublePunctuators) && unit(1) == unit()) {
        fail("Invalid set operation in character class: doubled punctuators are reserved");
        return false;
    }
    c = next();
    return true;
}

} // namespace heddle
