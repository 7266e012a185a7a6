// From the tree of a pattern to instructions. Nothing is unrolled: a program is as long as its pattern.
#include "base/fault.h"
#include "regexp/program.h"

namespace heddle {

RegExpClass::RegExpClass(const CodePointSet& set) {
    for (const CodePointSet::Range& range : set.ranges()) {
        for (char32_t c = range.first; c <= range.last && c < 256; ++c)
            latin1[c >> 6] |= uint64_t{1} << (c & 63);
        if (range.last >= 256 && !wide.push_back({std::max<char32_t>(range.first, 256), range.last})) lacks_memory = true;
    }
    lacks_memory |= set.lacks_memory();
    wide.shrink_to_fit();
}

bool RegExpClass::contains_wide(char32_t c) const {
    size_t low = 0;
    size_t high = wide.size();
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c < wide[middle].first)
            high = middle;
        else if (c > wide[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

namespace {

class RegExpCompiler {
public:
    RegExpCompiler(const Pattern& pattern, RegExpProgram& program) : pattern_(pattern), program_(program) {}

    /// False when there is no memory for the program.
    [[nodiscard]] bool compile() {
        program_.register_count = 2 * (pattern_.group_count + 1);
        emit(RegExpOp::SavePosition, 0);
        compile(pattern_.root, false);
        emit(RegExpOp::SavePosition, 1);
        emit(RegExpOp::Match);
        CodePointSet first;
        if (!collect_first(pattern_.root, first)) program_.first_class = add_class(first);
        return !out_of_memory_;
    }

private:
    uint32_t here() const { return static_cast<uint32_t>(program_.code.size()); }
    template<class... Operands>
    uint32_t emit(RegExpOp op, Operands... operands) {
        uint32_t at = here();
        append(program_.code, static_cast<uint32_t>(op));
        (append(program_.code, static_cast<uint32_t>(operands)), ...);
        return at;
    }
    void patch(uint32_t word) {
        if (!out_of_memory_) program_.code[word] = here();
    }
    template<class T>
    void append(GrowableArray<T>& list, T item) {
        out_of_memory_ |= !list.push_back(std::move(item));
    }
    uint32_t new_register() { return program_.register_count++; }
    uint32_t add_class(const CodePointSet& set) {
        RegExpClass made(set);
        out_of_memory_ |= made.lacks_memory;
        append(program_.classes, std::move(made));
        return static_cast<uint32_t>(program_.classes.size() - 1);
    }
    /// The class of a node's set, made once.
    uint32_t class_of(const PatternNode* node) {
        while (class_numbers_.size() <= node->set && !out_of_memory_)
            append(class_numbers_, +RegExpProgram::kNoClass);
        if (out_of_memory_) return 0;
        uint32_t& number = class_numbers_[node->set];
        if (number == RegExpProgram::kNoClass) number = add_class(pattern_.sets[node->set]);
        return number;
    }

    void compile(const PatternNode* node, bool back) {
        if (out_of_memory_) return;
        switch (node->kind) {
        case PatternKind::Empty:
            break;
        case PatternKind::Character:
            emit(back ? RegExpOp::CharacterBack : RegExpOp::Character, node->character);
            break;
        case PatternKind::Class:
            emit(back ? RegExpOp::ClassBack : RegExpOp::Class, class_of(node));
            break;
        case PatternKind::Sequence:
            compile_sequence(node->child, back);
            break;
        case PatternKind::Alternation:
            compile_alternation(node, back);
            break;
        case PatternKind::Group:
            emit(RegExpOp::SavePosition, node->group * 2 + (back ? 1 : 0));
            compile(node->child, back);
            emit(RegExpOp::SavePosition, node->group * 2 + (back ? 0 : 1));
            break;
        case PatternKind::Quantifier:
            compile_quantifier(node, back);
            break;
        case PatternKind::Look:
            compile_look(node);
            break;
        case PatternKind::LineStart:
            emit(node->multiline ? RegExpOp::LineStart : RegExpOp::InputStart);
            break;
        case PatternKind::LineEnd:
            emit(node->multiline ? RegExpOp::LineEnd : RegExpOp::InputEnd);
            break;
        case PatternKind::WordBoundary:
            emit(RegExpOp::WordBoundary, node->negated, node->ignore_case);
            break;
        case PatternKind::BackReference:
            emit(RegExpOp::BackReference, node->group, node->group_count, node->ignore_case, back);
            break;
        }
    }

    void compile_sequence(const PatternNode* first, bool back) {
        if (!back) {
            for (const PatternNode* node = first; node; node = node->next)
                compile(node, false);
            return;
        }
        GrowableArray<const PatternNode*> nodes;
        for (const PatternNode* node = first; node; node = node->next)
            append(nodes, node);
        for (size_t i = nodes.size(); i-- > 0;)
            compile(nodes[i], true);
    }

    void compile_alternation(const PatternNode* node, bool back) {
        GrowableArray<uint32_t> ends;
        for (const PatternNode* alternative = node->child; alternative; alternative = alternative->next) {
            if (!alternative->next) {
                compile(alternative, back);
                break;
            }
            uint32_t split = emit(RegExpOp::SplitNext, 0);
            compile(alternative, back);
            append(ends, emit(RegExpOp::Jump, 0) + 1);
            patch(split + 1);
        }
        for (uint32_t end : ends)
            patch(end);
    }

    // 22.2.2.5.1 RepeatMatcher
    void compile_quantifier(const PatternNode* node, bool back) {
        const PatternNode* body = node->child;
        if (node->max == 0) return;
        if (!back && node->greedy &&
            (body->kind == PatternKind::Character || body->kind == PatternKind::Class)) {
            if (body->kind == PatternKind::Character)
                emit(RegExpOp::RepeatCharacter, body->character, node->min, node->max);
            else
                emit(RegExpOp::RepeatClass, class_of(body), node->min, node->max);
            return;
        }
        auto clear_groups = [&] {
            if (node->group_count != 0)
                emit(RegExpOp::ClearRegisters, node->group * 2, node->group_count * 2);
        };
        RegExpOp split = node->greedy ? RegExpOp::SplitNext : RegExpOp::SplitTarget;
        bool may_be_empty = can_be_empty(body);
        uint32_t position = may_be_empty ? new_register() : 0;
        if (node->min == 0 && (node->max == 1 || node->max == kInfiniteRepeat)) {
            uint32_t loop = emit(split, 0);
            clear_groups();
            if (may_be_empty) emit(RegExpOp::SavePosition, position);
            compile(body, back);
            if (may_be_empty) emit(RegExpOp::CheckProgress, position);
            if (node->max != 1) emit(RegExpOp::Jump, loop);
            patch(loop + 1);
            return;
        }
        uint32_t counter = new_register();
        emit(RegExpOp::SetRegister, counter, 0);
        uint32_t loop = emit(RegExpOp::CountedLoop, counter, node->min, node->max, node->greedy, 0);
        clear_groups();
        if (may_be_empty) emit(RegExpOp::SavePosition, position);
        compile(body, back);
        if (may_be_empty) emit(RegExpOp::CheckCountedProgress, position, counter, node->min);
        emit(RegExpOp::Jump, loop);
        patch(loop + 5);
    }

    // 22.2.2.4 CompileAssertion, the lookarounds
    void compile_look(const PatternNode* node) {
        uint32_t base = new_register();
        if (!node->negated) {
            new_register();
            emit(RegExpOp::LookStart, base);
            compile(node->child, node->behind);
            emit(RegExpOp::LookSucceed, base);
            return;
        }
        uint32_t start = emit(RegExpOp::NegativeLookStart, base, 0);
        compile(node->child, node->behind);
        emit(RegExpOp::NegativeLookSucceed, base);
        patch(start + 2);
    }

    bool can_be_empty(const PatternNode* node) {
        switch (node->kind) {
        case PatternKind::Character:
        case PatternKind::Class:
            return false;
        case PatternKind::Sequence:
            for (const PatternNode* child = node->child; child; child = child->next) {
                if (!can_be_empty(child)) return false;
            }
            return true;
        case PatternKind::Alternation:
            for (const PatternNode* child = node->child; child; child = child->next) {
                if (can_be_empty(child)) return true;
            }
            return false;
        case PatternKind::Group:
            return can_be_empty(node->child);
        case PatternKind::Quantifier:
            return node->min == 0 || can_be_empty(node->child);
        default:
            return true;
        }
    }

    /// Adds every character that a match of `node` may begin with; true when the match may be empty.
    bool collect_first(const PatternNode* node, CodePointSet& first) {
        switch (node->kind) {
        case PatternKind::Character:
            first.add(node->character);
            return false;
        case PatternKind::Class:
            first.add(pattern_.sets[node->set]);
            return false;
        case PatternKind::Sequence:
            for (const PatternNode* child = node->child; child; child = child->next) {
                if (!collect_first(child, first)) return false;
            }
            return true;
        case PatternKind::Alternation: {
            bool empty = false;
            for (const PatternNode* child = node->child; child; child = child->next)
                empty |= collect_first(child, first);
            return empty;
        }
        case PatternKind::Group:
            return collect_first(node->child, first);
        case PatternKind::Quantifier:
            if (node->max == 0) return true;
            return collect_first(node->child, first) || node->min == 0;
        case PatternKind::BackReference:
            first = CodePointSet::all();
            return true;
        default:
            return true;
        }
    }

    const Pattern& pattern_;
    RegExpProgram& program_;
    GrowableArray<uint32_t> class_numbers_;
    bool out_of_memory_ = false;
};

} // namespace

std::unique_ptr<RegExpProgram> compile_regexp(FlatView text, uint16_t flags, std::string& error) {
    Pattern pattern;
    parse_pattern(text, flags, true, pattern);
    if (!pattern.error.empty()) {
        if (!pattern.out_of_memory) error = pattern.error;
        return nullptr;
    }
    std::unique_ptr<RegExpProgram> program(new_or_null<RegExpProgram>());
    if (!program) return nullptr;
    program->flags = flags;
    program->group_count = pattern.group_count;
    if (!RegExpCompiler(pattern, *program).compile()) return nullptr;
    program->references = std::move(pattern.references);
    program->names = std::move(pattern.names);
    return program;
}

} // namespace heddle
