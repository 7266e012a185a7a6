// The parser of patterns; regexp/pattern.h has what it makes. In a header because its character classes have
// a file of their own.
#pragma once

#include "regexp/pattern.h"
#include "runtime/string.h"

#include <string>

namespace heddle {

class PatternParser {
public:
    PatternParser(FlatView text, uint16_t flags, bool build, Pattern& out);
    void parse();

private:
    static constexpr char32_t kEnd = 0xFFFF'FFFF;
    static constexpr uint32_t kMaxDepth = 800;
    static constexpr uint32_t kMaxGroups = 1u << 20;

    /// What a class of the flag v stands for.
    struct ClassSet {
        CodePointSet set;
        std::vector<std::u32string>
            strings;                      // of no or several code points, sorted, folded when case is ignored
        bool may_contain_strings = false; // by syntax
        bool is_character = false;        // a single ClassSetCharacter, which may begin a range
        char32_t character = 0;
    };
    /// An escape in a class or as an atom: one character, or a set.
    struct Escape {
        bool is_set = false;
        char32_t character = 0;
        ClassSet set;
    };
    /// Which alternative of which disjunction a place is in.
    struct Step {
        uint32_t disjunction;
        uint32_t alternative;
    };
    struct NamedGroup {
        GrowableArray<Step> path;
    };
    struct NamedReference {
        PatternNode* node;
        std::u16string name;
    };

    // Text
    bool at_end() const { return position_ >= text_.length(); }
    char16_t unit(uint32_t offset = 0) const {
        return position_ + offset < text_.length() ? text_[position_ + offset] : u'\0';
    }
    bool looking_at(std::string_view ascii) const;
    bool eat(char16_t c);
    bool eat(std::string_view ascii);
    /// The next code point (code unit without u and v), or kEnd.
    char32_t peek() const;
    char32_t next();
    /// Notes the first error, and ends the text so that every loop stops.
    std::nullptr_t fail(std::string_view message);
    std::nullptr_t fail_for_memory() {
        if (!failed()) out_.out_of_memory = true;
        return fail("Out of memory");
    }
    template<class T>
    void append(GrowableArray<T>& list, std::type_identity_t<T> item) {
        if (!list.push_back(std::move(item))) fail_for_memory();
    }
    bool failed() const { return !out_.error.empty(); }

    // pattern_parser.cpp
    void count_groups();
    PatternNode* make(PatternKind);
    PatternNode* make_set(CodePointSet set);
    PatternNode* make_character(char32_t c);
    PatternNode* parse_disjunction();
    PatternNode* parse_alternative();
    PatternNode* parse_term();
    PatternNode* parse_parenthesis();
    PatternNode* parse_group_body(PatternNode* node);
    PatternNode* parse_modifiers();
    PatternNode* parse_atom_escape();
    PatternNode* parse_quantifier(PatternNode* atom, uint32_t groups_before, bool quantifiable);
    bool parse_braces(uint32_t& min, uint32_t& max);
    bool skip_braces_if_valid() const;
    bool parse_group_name(std::u16string& name);
    void declare_name(const std::u16string& name, uint32_t group);
    void resolve_references();
    PatternNode* make_reference(uint32_t first, uint32_t count);

    // pattern_classes.cpp
    bool is_class_escape_letter() const;
    bool parse_character_escape(char32_t& c, bool in_class);
    bool parse_unicode_escape(char32_t& c);
    bool parse_class_escape(ClassSet& out);
    bool parse_property(ClassSet& out);
    bool parse_hex(uint32_t digits, char32_t& c);
    PatternNode* parse_class();
    bool parse_class_atom(Escape& out);
    PatternNode* parse_class_with_sets();
    bool parse_class_contents(ClassSet& out);
    bool parse_class_operations(ClassSet& out);
    bool parse_class_union(ClassSet operand, ClassSet& out);
    bool parse_class_operand(ClassSet& out);
    void add_character_as_set(ClassSet& operand);
    /// For a list made of the strings of both, which fails the parse when there is none.
    bool has_room_for_strings(const ClassSet&, const ClassSet&);
    bool parse_class_strings(ClassSet& out);
    bool parse_class_set_character(char32_t& c);
    void fold_strings(ClassSet&);
    /// 22.2.2.9.5 MaybeSimpleCaseFolding: a set as it takes part in the operations of the flag v.
    void close_leaf(CodePointSet&) const;

    FlatView text_;
    uint32_t position_ = 0;
    Pattern& out_;
    bool unicode_;      // u or v
    bool unicode_sets_; // v
    bool ignore_case_;
    bool multiline_;
    bool dot_all_;
    bool build_;
    bool has_names_ = false;
    uint32_t total_groups_ = 0;
    uint32_t depth_ = 0;
    uint32_t disjunctions_ = 0;
    GrowableArray<Step> path_;
    GrowableArray<NamedGroup> named_groups_; // beside Pattern::names
    GrowableArray<NamedReference> named_references_;
    uint32_t nodes_ = 0;
};

} // namespace heddle
