// Patterns: disjunctions, terms, groups, quantifiers and names (ECMA-262 22.2.1 and B.1.2).
#include "regexp/pattern_parser.h"

#include "base/fault.h"

#include <algorithm>
#include <unicode/uchar.h>

namespace heddle {

bool parse_regexp_flags(FlatView text, uint16_t& flags) {
    constexpr std::string_view kLetters = "dgimsuvy"; // in the order of RegExpFlags
    flags = 0;
    for (uint32_t i = 0; i < text.length(); ++i) {
        size_t at = text[i] < 0x80 ? kLetters.find(static_cast<char>(text[i])) : std::string_view::npos;
        if (at == std::string_view::npos) return false;
        auto flag = static_cast<uint16_t>(1 << at);
        if (flags & flag) return false;
        flags |= flag;
    }
    return (flags & kRegExpEitherUnicode) != kRegExpEitherUnicode;
}

void parse_pattern(FlatView text, uint16_t flags, bool build, Pattern& out) {
    PatternParser(text, flags, build, out).parse();
}

PatternParser::PatternParser(FlatView text, uint16_t flags, bool build, Pattern& out)
    : text_(text), out_(out), unicode_(flags & kRegExpEitherUnicode),
      unicode_sets_(flags & kRegExpUnicodeSets), ignore_case_(flags & kRegExpIgnoreCase),
      multiline_(flags & kRegExpMultiline), dot_all_(flags & kRegExpDotAll), build_(build) {}

void PatternParser::parse() {
    if (!out_.arena.prepare()) {
        fail_for_memory();
        return;
    }
    count_groups();
    PatternNode* root = parse_disjunction();
    if (!failed() && !at_end()) fail("Unmatched ')'");
    if (!failed()) resolve_references();
    if (out_.arena.is_exhausted()) fail_for_memory();
    out_.root = root;
}

// --- text
// ---------------------------------------------------------------------------------------------------

bool PatternParser::looking_at(std::string_view ascii) const {
    if (text_.length() - position_ < ascii.size()) return false;
    for (size_t i = 0; i < ascii.size(); ++i) {
        if (text_[position_ + static_cast<uint32_t>(i)] != static_cast<unsigned char>(ascii[i])) return false;
    }
    return true;
}

bool PatternParser::eat(char16_t c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
}

bool PatternParser::eat(std::string_view ascii) {
    if (!looking_at(ascii)) return false;
    position_ += static_cast<uint32_t>(ascii.size());
    return true;
}

char32_t PatternParser::peek() const {
    if (at_end()) return kEnd;
    if (!unicode_) return text_[position_];
    uint32_t width;
    return text_.code_point_at(position_, width);
}

char32_t PatternParser::next() {
    if (at_end()) return kEnd;
    uint32_t width = 1;
    char32_t c = unicode_ ? text_.code_point_at(position_, width) : text_[position_];
    position_ += width;
    return c;
}

std::nullptr_t PatternParser::fail(std::string_view message) {
    if (!failed()) out_.error = message;
    position_ = text_.length();
    return nullptr;
}

// Counts the capturing groups ahead of parsing: \2 means another thing when there is no second group, and \k
// when there are no names.
void PatternParser::count_groups() {
    uint32_t class_depth = 0;
    for (uint32_t i = 0; i < text_.length(); ++i) {
        char16_t c = text_[i];
        if (c == u'\\') {
            ++i;
        } else if (c == u'[') {
            if (class_depth == 0 || unicode_sets_) ++class_depth;
        } else if (c == u']') {
            if (class_depth > 0) --class_depth;
        } else if (c == u'(' && class_depth == 0) {
            auto at = [&](uint32_t offset) {
                return i + offset < text_.length() ? text_[i + offset] : u'\0';
            };
            if (at(1) != u'?') {
                ++total_groups_;
            } else if (at(2) == u'<' && at(3) != u'=' && at(3) != u'!') {
                ++total_groups_;
                has_names_ = true;
            }
        }
    }
}

// --- nodes
// --------------------------------------------------------------------------------------------------

PatternNode* PatternParser::make(PatternKind kind) {
    // Sets, names and strings grow in small steps beside the tree.
    if (out_.arena.is_exhausted() || ((++nodes_ & 0xFF) == 0 && !memory_is_at_hand())) fail_for_memory();
    return out_.arena.make<PatternNode>(PatternNode{.kind = kind});
}

PatternNode* PatternParser::make_set(CodePointSet set) {
    PatternNode* node = make(PatternKind::Class);
    if (set.lacks_memory()) fail_for_memory();
    if (!build_ || failed()) return node;
    std::span<const CodePointSet::Range> ranges = set.ranges();
    if (ranges.size() == 1 && ranges[0].first == ranges[0].last) {
        node->kind = PatternKind::Character;
        node->character = ranges[0].first;
        return node;
    }
    node->set = static_cast<uint32_t>(out_.sets.size());
    out_.sets.push_back(std::move(set));
    return node;
}

PatternNode* PatternParser::make_character(char32_t c) {
    if (build_ && ignore_case_) return make_set(close_over_case({{c, c}}, unicode_));
    PatternNode* node = make(PatternKind::Character);
    node->character = c;
    return node;
}

// --- grammar
// ------------------------------------------------------------------------------------------------

// Disjunction
PatternNode* PatternParser::parse_disjunction() {
    if (++depth_ > kMaxDepth) return fail("The pattern is nested too deeply");
    if (!path_.push_back({disjunctions_++, 0})) return fail_for_memory();
    PatternNode* first = parse_alternative();
    PatternNode* result = first;
    PatternNode* last = first;
    while (!failed() && eat(u'|')) {
        ++path_.back().alternative;
        if (result == first) {
            result = make(PatternKind::Alternation);
            result->child = first;
        }
        last->next = parse_alternative();
        last = last->next;
    }
    path_.pop_back();
    --depth_;
    return result;
}

// Alternative
PatternNode* PatternParser::parse_alternative() {
    PatternNode* first = nullptr;
    PatternNode* last = nullptr;
    while (!at_end() && unit() != u'|' && unit() != u')') {
        PatternNode* term = parse_term();
        if (failed()) break;
        if (last)
            last->next = term;
        else
            first = term;
        last = term;
    }
    if (!first) return make(PatternKind::Empty);
    if (first == last) {
        // Alternatives are linked by `next` too.
        return first;
    }
    PatternNode* sequence = make(PatternKind::Sequence);
    sequence->child = first;
    return sequence;
}

// Term
PatternNode* PatternParser::parse_term() {
    uint32_t groups_before = out_.group_count;
    PatternNode* node = nullptr;
    switch (unit()) {
    case u'^':
    case u'$':
        node = make(unit() == u'^' ? PatternKind::LineStart : PatternKind::LineEnd);
        node->multiline = multiline_;
        ++position_;
        return node;
    case u'(': {
        bool is_look = looking_at("(?=") || looking_at("(?!");
        bool is_look_behind = looking_at("(?<=") || looking_at("(?<!");
        node = parse_parenthesis();
        if (failed()) return nullptr;
        if (is_look_behind) return node;
        return parse_quantifier(node, groups_before, !is_look || !unicode_);
    }
    case u'.': {
        ++position_;
        node = make_set(dot_all_ ? CodePointSet::all() : line_terminators().complement());
        break;
    }
    case u'[':
        node = unicode_sets_ ? parse_class_with_sets() : parse_class();
        break;
    case u'\\': {
        if (unit(1) == u'b' || unit(1) == u'B') {
            node = make(PatternKind::WordBoundary);
            node->negated = unit(1) == u'B';
            node->ignore_case = ignore_case_ && unicode_;
            position_ += 2;
            return node;
        }
        node = parse_atom_escape();
        break;
    }
    case u'*':
    case u'+':
    case u'?':
        return fail("Nothing to repeat");
    case u'{':
        if (unicode_ || skip_braces_if_valid()) return fail("Nothing to repeat");
        node = make_character(next());
        break;
    case u'}':
    case u']':
        if (unicode_) return fail(unit() == u'}' ? "Unmatched '}': write \\}" : "Unmatched ']': write \\]");
        node = make_character(next());
        break;
    default:
        node = make_character(next());
        break;
    }
    if (failed()) return nullptr;
    return parse_quantifier(node, groups_before, true);
}

/// Whether a valid {n}, {n,} or {n,m} begins here.
bool PatternParser::skip_braces_if_valid() const {
    uint32_t i = position_ + 1;
    auto digits = [&] {
        uint32_t from = i;
        while (i < text_.length() && text_[i] >= u'0' && text_[i] <= u'9')
            ++i;
        return i > from;
    };
    if (!digits()) return false;
    if (i < text_.length() && text_[i] == u',') {
        ++i;
        digits();
    }
    return i < text_.length() && text_[i] == u'}';
}

bool PatternParser::parse_braces(uint32_t& min, uint32_t& max) {
    auto number = [&] {
        uint64_t value = 0;
        while (unit() >= u'0' && unit() <= u'9') {
            value = std::min<uint64_t>(value * 10 + (unit() - u'0'), uint64_t{1} << 58);
            ++position_;
        }
        return value;
    };
    ++position_; // {
    uint64_t low = number();
    uint64_t high = low;
    bool infinite = false;
    if (eat(u',')) {
        infinite = unit() == u'}';
        high = number();
    }
    ++position_; // }
    if (!infinite && high < low) {
        fail("Numbers out of order in a {} quantifier");
        return false;
    }
    // No string is as long as the bounds that these stand for.
    constexpr uint64_t kLargest = 0x7FFF'FFFE;
    min = static_cast<uint32_t>(std::min(low, kLargest));
    max = infinite || high > kLargest ? kInfiniteRepeat : static_cast<uint32_t>(high);
    return true;
}

// Quantifier
PatternNode* PatternParser::parse_quantifier(PatternNode* atom, uint32_t groups_before, bool quantifiable) {
    uint32_t min = 0;
    uint32_t max = kInfiniteRepeat;
    if (at_end()) return atom;
    switch (unit()) {
    case u'*':
        ++position_;
        break;
    case u'+':
        ++position_;
        min = 1;
        break;
    case u'?':
        ++position_;
        max = 1;
        break;
    case u'{':
        if (!skip_braces_if_valid()) {
            if (unicode_) return fail("Incomplete quantifier: write \\{ for the character");
            return atom;
        }
        if (!parse_braces(min, max)) return nullptr;
        break;
    default:
        return atom;
    }
    if (!quantifiable) return fail("A lookahead cannot be repeated");
    PatternNode* node = make(PatternKind::Quantifier);
    node->greedy = !eat(u'?');
    node->child = atom;
    node->min = min;
    node->max = max;
    node->group = groups_before + 1;
    node->group_count = out_.group_count - groups_before;
    return node;
}

/// The rest of a group: its disjunction, in `node`, up to the closing parenthesis.
PatternNode* PatternParser::parse_group_body(PatternNode* node) {
    PatternNode* body = parse_disjunction();
    if (failed()) return nullptr;
    if (!eat(u')')) return fail("Unterminated group");
    if (!node) return body;
    node->child = body;
    return node;
}

// ( GroupSpecifier_opt Disjunction ) and everything that begins with (?
PatternNode* PatternParser::parse_parenthesis() {
    uint32_t groups_before = out_.group_count;
    auto look = [&](bool behind, bool negated) {
        PatternNode* node = make(PatternKind::Look);
        node->behind = behind;
        node->negated = negated;
        node->group = groups_before + 1;
        parse_group_body(node);
        node->group_count = out_.group_count - groups_before;
        return node;
    };
    if (eat("(?:")) {
        PatternNode* body = parse_group_body(nullptr);
        if (failed()) return nullptr;
        // A node of its own, so that the links between siblings stay apart.
        PatternNode* sequence = make(PatternKind::Sequence);
        sequence->child = body;
        return sequence;
    }
    if (eat("(?=")) return look(false, false);
    if (eat("(?!")) return look(false, true);
    if (eat("(?<=")) return look(true, false);
    if (eat("(?<!")) return look(true, true);
    bool is_named = looking_at("(?<");
    if (looking_at("(?") && !is_named) return parse_modifiers();
    if (out_.group_count == kMaxGroups) return fail("Too many groups");
    PatternNode* node = make(PatternKind::Group);
    node->group = ++out_.group_count;
    position_ += is_named ? 2 : 1;
    if (is_named) {
        std::u16string name;
        if (!parse_group_name(name)) return nullptr;
        declare_name(name, node->group);
        if (failed()) return nullptr;
    }
    return parse_group_body(node);
}

// (? RegularExpressionModifiers [ - RegularExpressionModifiers ] : Disjunction )
PatternNode* PatternParser::parse_modifiers() {
    position_ += 2;
    constexpr std::string_view kLetters = "ims";
    uint32_t seen = 0;
    uint32_t on = 0;
    uint32_t off = 0;
    bool removing = false;
    for (; !at_end() && unit() != u':'; ++position_) {
        if (unit() == u'-' && !removing) {
            removing = true;
            continue;
        }
        size_t at = unit() < 0x80 ? kLetters.find(static_cast<char>(unit())) : std::string_view::npos;
        if (at == std::string_view::npos)
            return fail("Invalid group: after (? comes :, =, !, <, or modifiers of i, m and s");
        if (seen & (1u << at)) return fail("A modifier of a group is repeated");
        seen |= 1u << at;
        (removing ? off : on) |= 1u << at;
    }
    if (!eat(u':')) return fail("Invalid group: the modifiers must be followed by ':'");
    if (seen == 0) return fail("Invalid group: no modifier before or after '-'");
    bool saved[] = {ignore_case_, multiline_, dot_all_};
    ignore_case_ = (ignore_case_ || (on & 1)) && !(off & 1);
    multiline_ = (multiline_ || (on & 2)) && !(off & 2);
    dot_all_ = (dot_all_ || (on & 4)) && !(off & 4);
    PatternNode* body = parse_group_body(nullptr);
    ignore_case_ = saved[0];
    multiline_ = saved[1];
    dot_all_ = saved[2];
    if (failed()) return nullptr;
    PatternNode* sequence = make(PatternKind::Sequence);
    sequence->child = body;
    return sequence;
}

// AtomEscape, with the backslash at the position
PatternNode* PatternParser::parse_atom_escape() {
    char16_t c = unit(1);
    if (c >= u'1' && c <= u'9') {
        uint32_t i = position_ + 1;
        uint64_t number = 0;
        for (; i < text_.length() && text_[i] >= u'0' && text_[i] <= u'9'; ++i)
            number = std::min<uint64_t>(number * 10 + (text_[i] - u'0'), uint64_t{1} << 40);
        if (number <= total_groups_) {
            position_ = i;
            auto first = static_cast<uint32_t>(out_.references.size());
            append(out_.references, static_cast<uint32_t>(number));
            return make_reference(first, 1);
        }
        if (unicode_) return fail("A back reference to a group that is not there");
    }
    if (c == u'k' && (unicode_ || has_names_)) {
        position_ += 2;
        if (unit() != u'<') return fail("Invalid named reference: \\k needs <name>");
        std::u16string name;
        if (!parse_group_name(name)) return nullptr;
        PatternNode* node = make_reference(0, 0);
        append(named_references_, {node, std::move(name)});
        return node;
    }
    if (is_class_escape_letter()) {
        ClassSet set;
        if (!parse_class_escape(set)) return nullptr;
        if (set.strings.empty()) {
            if (ignore_case_ && build_) set.set = close_over_case(set.set, unicode_);
            return make_set(std::move(set.set));
        }
        // A property of strings: the longest first.
        PatternNode* node = make(PatternKind::Alternation);
        PatternNode** link = &node->child;
        std::stable_sort(set.strings.begin(), set.strings.end(),
                         [](const auto& a, const auto& b) { return a.size() > b.size(); });
        for (const std::u32string& string : set.strings) {
            PatternNode* sequence = make(PatternKind::Sequence);
            PatternNode** inner = &sequence->child;
            for (char32_t character : string) {
                if (failed()) return nullptr;
                *inner = make_character(character);
                inner = &(*inner)->next;
            }
            *link = sequence;
            link = &sequence->next;
        }
        *link = make_set(std::move(set.set));
        return node;
    }
    char32_t character;
    if (!parse_character_escape(character, false)) return nullptr;
    return make_character(character);
}

// --- names
// --------------------------------------------------------------------------------------------------

namespace {

bool is_name_start(char32_t c) {
    return c == '$' || c == '_' || u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ID_START);
}

bool is_name_part(char32_t c) {
    return c == '$' || c == 0x200C || c == 0x200D ||
           u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ID_CONTINUE);
}

} // namespace

// GroupName: < RegExpIdentifierName >, which is read by code points whatever the flags
bool PatternParser::parse_group_name(std::u16string& name) {
    if (!eat(u'<')) {
        fail("Invalid group name");
        return false;
    }
    bool saved_unicode = unicode_;
    unicode_ = true;
    bool valid = true;
    while (valid && !at_end() && unit() != u'>') {
        char32_t c = next();
        if (c == '\\') valid = unit() == u'u' && parse_unicode_escape(c);
        if (name.size() == name.capacity() && name.size() >= 4096 && !memory_is_at_hand(name.size() * 8)) {
            unicode_ = saved_unicode;
            fail_for_memory();
            return false;
        }
        valid = valid && (name.empty() ? is_name_start(c) : is_name_part(c));
        if (!valid) break;
        if (c > 0xFFFF) {
            name += static_cast<char16_t>(0xD7C0 + (c >> 10));
            name += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
        } else {
            name += static_cast<char16_t>(c);
        }
    }
    unicode_ = saved_unicode;
    if (!valid || name.empty() || !eat(u'>')) {
        fail("Invalid group name: it must be an identifier between < and >");
        return false;
    }
    return true;
}

// Notes a group's name; early error if another group of the name might take part in the same match (22.2.1.4
// MightBothParticipate).
void PatternParser::declare_name(const std::u16string& name, uint32_t group) {
    for (size_t i = 0; i < named_groups_.size(); ++i) {
        if (out_.names[i].name != name) continue;
        const GrowableArray<Step>& other = named_groups_[i].path;
        bool apart = false;
        for (size_t k = 0;
             k < other.size() && k < path_.size() && other[k].disjunction == path_[k].disjunction; ++k)
            apart |= other[k].alternative != path_[k].alternative;
        if (!apart) {
            fail("Duplicate group name");
            return;
        }
    }
    NamedGroup named;
    for (const Step& step : path_)
        append(named.path, step);
    append(named_groups_, std::move(named));
    append(out_.names, {name, group});
}

PatternNode* PatternParser::make_reference(uint32_t first, uint32_t count) {
    PatternNode* node = make(PatternKind::BackReference);
    node->group = first;
    node->group_count = count;
    node->ignore_case = ignore_case_;
    return node;
}

void PatternParser::resolve_references() {
    for (const NamedReference& reference : named_references_) {
        reference.node->group = static_cast<uint32_t>(out_.references.size());
        for (const Pattern::Name& name : out_.names) {
            if (name.name != reference.name) continue;
            append(out_.references, name.group);
            ++reference.node->group_count;
        }
        if (reference.node->group_count == 0) {
            fail("A reference to a named group that is not there");
            return;
        }
    }
}

} // namespace heddle
