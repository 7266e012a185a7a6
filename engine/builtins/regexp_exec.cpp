// 22.2.7 Abstract Operations for RegExp Matching, and the making of RegExp objects.
#include "builtins/regexp_object.h"
#include "runtime/array.h"

#include <fmt/core.h>

namespace heddle {

Fallible<RegExpCode*> RegExpCode::create(Agent& agent, std::unique_ptr<RegExpProgram> program) {
    size_t bytes = sizeof(RegExpProgram) + program->code.size() * sizeof(uint32_t);
    for (const RegExpClass& set : program->classes)
        bytes += sizeof set + set.wide.size() * sizeof(CodePointSet::Range);
    if (!agent.heap().add_external(bytes)) return agent.out_of_memory();
    Fallible<RegExpCode*> code = agent.heap().allocate<RegExpCode>(0, agent.heap(), program.get(), bytes);
    if (code.threw()) {
        agent.heap().remove_external(bytes);
        return code.propagate();
    }
    program.release(); // NOLINT: the cell owns it
    return code;
}

void RegExpCode::finalize() {
    delete program_;
    heap_.remove_external(bytes_);
}

namespace {

/// The programs that an agent compiled last, so that a literal in a loop is compiled once.
class RegExpCache final : public AgentComponent {
public:
    static RegExpCache& of(Agent& agent) {
        if (!agent.has_component(Component::RegExp))
            agent.set_component(Component::RegExp, std::make_unique<RegExpCache>());
        return agent.component<RegExpCache>(Component::RegExp);
    }
    struct Entry {
        String* source = nullptr;
        uint16_t flags = 0;
        RegExpCode* code = nullptr;
    };
    Entry& entry(uint32_t hash) { return entries_[hash % kEntries]; }
    void visit_roots(Visitor& visitor) override {
        visitor.visit(static_cast<Cell*>(result_root_));
        visitor.visit(static_cast<Cell*>(result_shape_));
        for (Entry& entry : entries_) {
            visitor.visit(static_cast<Cell*>(entry.source));
            visitor.visit(static_cast<Cell*>(entry.code));
        }
    }

    /// The shape of match results in the realm whose arrays begin with `root`: index, input, groups.
    Fallible<Shape*> result_shape(Agent& agent, Shape* root) {
        if (result_root_ != root) {
            Shape* shape = TRY(root->add(agent, atoms::index, kDefaultAttributes));
            shape = TRY(shape->add(agent, atoms::input, kDefaultAttributes));
            result_shape_ = TRY(shape->add(agent, atoms::groups, kDefaultAttributes));
            result_root_ = root;
        }
        return result_shape_;
    }

private:
    Shape* result_root_ = nullptr;
    Shape* result_shape_ = nullptr;
    static constexpr uint32_t kEntries = 128;
    Entry entries_[kEntries];
};

/// Longer patterns are not worth keeping alive.
constexpr uint32_t kMaxCachedLength = 2048;

Fallible<RegExpCode*> compile(Agent& agent, String* source, uint16_t flags) {
    RegExpCache::Entry* entry = nullptr;
    if (!agent.has_component(Component::RegExp) && !memory_is_at_hand()) return agent.out_of_memory();
    if (source->length() <= kMaxCachedLength) {
        entry = &RegExpCache::of(agent).entry(TRY(source->content_hash(agent)) + flags * 0x9E37u);
        if (entry->source && entry->flags == flags && TRY(strings_equal(agent, entry->source, source)))
            return entry->code;
    }
    std::string error;
    std::unique_ptr<RegExpProgram> program = compile_regexp(TRY(source->flatten(agent)), flags, error);
    if (!program) {
        if (error.empty()) return agent.out_of_memory();
        return agent.throw_syntax_error(
            fmt::format("Invalid regular expression {}: {}", display_string(Value(source)), error));
    }
    RegExpCode* code = TRY(RegExpCode::create(agent, std::move(program)));
    if (entry) *entry = {source, flags, code};
    return code;
}

} // namespace

// 22.2.3.2 RegExpAlloc ( newTarget )
Fallible<RegExpObject*> RegExpObject::create(Agent& agent, Shape* shape) {
    RegExpObject* object = TRY(agent.heap().allocate<RegExpObject>(0, shape));
    TRY(object->define_direct(agent, atoms::lastIndex, Value::undefined(), kWritable));
    return object;
}

void RegExpObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(source_);
    visitor.visit(flags_text_);
    visitor.visit(code_);
}

// 22.2.3.3 RegExpInitialize ( obj, pattern, flags )
Result<void> RegExpObject::initialize(Agent& agent, Value pattern, Value flags) {
    String* source =
        pattern.is_undefined() ? static_cast<String*>(atoms::empty) : TRY(to_string(agent, pattern));
    String* text = flags.is_undefined() ? static_cast<String*>(atoms::empty) : TRY(to_string(agent, flags));
    uint16_t bits;
    if (!parse_regexp_flags(TRY(text->flatten(agent)), bits)) {
        return agent.throw_syntax_error(fmt::format("Invalid regular expression flags {}: each of d, g, i, "
                                                    "m, s, u, v and y at most once, and not u with v",
                                                    display_string(Value(text))));
    }
    RegExpCode* code = TRY(compile(agent, source, bits));
    source_.set(this, source);
    flags_text_.set(this, text);
    flags_bits_ = bits;
    code_.set(this, code);
    return set_or_throw(agent, atoms::lastIndex, Value::int32(0));
}

// 22.2.7.1 RegExpExec ( R, S )
Result<Value> regexp_exec(Agent& agent, Object* regexp, String* string) {
    Value exec = TRY(regexp->get(agent, atoms::exec));
    if (is_callable(exec)) {
        Value result = TRY(call(agent, exec, Value(regexp), {Value(string)}));
        if (result.is_object() || result.is_null()) return result;
        return agent.throw_type_error(
            fmt::format("The method exec gave {}: it must give an object or null", display_string(result)));
    }
    if (!regexp->is<RegExpObject>()) {
        return agent.throw_type_error(fmt::format("{} is not a regular expression and has no method exec",
                                                  display_string(Value(regexp))));
    }
    return regexp_builtin_exec(agent, regexp->as<RegExpObject>(), string);
}

// 22.2.7.3 AdvanceStringIndex ( S, index, unicode )
Fallible<uint64_t> advance_string_index(Agent& agent, String* string, uint64_t index, bool unicode) {
    if (!unicode || index + 1 >= string->length()) return index + 1;
    uint32_t width;
    TRY(string->flatten(agent)).code_point_at(static_cast<uint32_t>(index), width);
    return index + width;
}

Result<void> advance_last_index(Agent& agent, Object* regexp, String* string, bool unicode) {
    uint64_t index = TRY(to_length(agent, TRY(regexp->get(agent, atoms::lastIndex))));
    return regexp->set_or_throw(agent, atoms::lastIndex,
                                Value::number(TRY(advance_string_index(agent, string, index, unicode))));
}

namespace {

/// [start, end], or undefined for a group that took no part.
Fallible<Value> index_pair(Agent& agent, int32_t start, int32_t end) {
    if (start < 0) return Value::undefined();
    Value pair[] = {Value::int32(start), Value::int32(end)};
    return Value(TRY(Array::from_values(agent, pair)));
}

Fallible<Value> capture_string(Agent& agent, String* string, int32_t start, int32_t end) {
    if (start < 0) return Value::undefined();
    return Value(
        TRY(String::substring(agent, string, static_cast<uint32_t>(start), static_cast<uint32_t>(end))));
}

/// The object "groups": a property for each name, with the value of the one group of the name that took part.
Fallible<Value> create_groups(Agent& agent, const RegExpProgram& program, Array* values) {
    if (program.names.empty()) return Value::undefined();
    Object* groups = TRY(Object::create(agent, nullptr));
    for (const Pattern::Name& name : program.names) {
        String* text =
            TRY(String::create(agent, FlatView(name.name.data(), static_cast<uint32_t>(name.name.size()))));
        PropertyKey key = TRY(PropertyKey::from_string(agent, text));
        Value value = values->dense_element_or_empty(name.group);
        auto existing = groups->own_property_direct(key);
        if (existing && value.is_undefined()) continue;
        TRY(groups->define_direct(agent, key, value));
    }
    return Value(groups);
}

} // namespace

static Result<void> store_last_index(Agent& agent, RegExpObject* regexp, int32_t index) {
    if (!regexp->has_plain_last_index()) return regexp->set_or_throw(agent, atoms::lastIndex, Value::int32(index));
    regexp->set_plain_last_index(Value::int32(index));
    return {};
}

// 22.2.7.2 RegExpBuiltinExec ( R, S )
Result<Value> regexp_builtin_exec(Agent& agent, RegExpObject* regexp, String* string) {
    Value raw_index = regexp->has_plain_last_index() ? regexp->plain_last_index() : TRY(regexp->get(agent, atoms::lastIndex));
    uint64_t last_index = raw_index.is_int32() && raw_index.as_int32() >= 0 ? static_cast<uint64_t>(raw_index.as_int32())
                                                                            : TRY(to_length(agent, raw_index));
    // The flags and the program are read after lastIndex: its conversion may have recompiled the object.
    RegExpCode* code = regexp->code();
    const RegExpProgram& program = code->program();
    bool sticky = program.flags & kRegExpSticky;
    bool keeps_index = program.flags & (kRegExpGlobal | kRegExpSticky);
    if (!keeps_index) last_index = 0;
    FlatView view = TRY(string->flatten(agent));
    GrowableArray<int32_t> captures;
    bool found = false;
    if (last_index <= view.length()) {
        auto start = static_cast<uint32_t>(last_index);
        bool within_pair = false;
        if (program.is_unicode() && start > 0 && start < view.length()) {
            uint32_t width;
            within_pair = (view.code_point_at(start - 1, width), width == 2);
        }
        // In the midst of a code point the match begins at that code point, but is said to begin at
        // lastIndex.
        found = TRY(match_regexp(agent, program, view, within_pair ? start - 1 : start, sticky, captures));
        if (found && within_pair && captures[0] < static_cast<int32_t>(start))
            captures[0] = static_cast<int32_t>(start);
    }
    if (!found) {
        if (keeps_index) TRY(store_last_index(agent, regexp, 0));
        return Value::null();
    }
    if (keeps_index) TRY(store_last_index(agent, regexp, captures[1]));
    Array* array = TRY(Array::create(agent, 0));
    TRY(array->ensure_dense_capacity(agent, program.group_count + 1));
    for (uint32_t i = 0; i <= program.group_count; ++i)
        TRY(array->push_direct(agent,
                               TRY(capture_string(agent, string, captures[i * 2], captures[i * 2 + 1]))));
    Value properties[] = {Value::int32(captures[0]), Value(string), TRY(create_groups(agent, program, array))};
    Shape* shape = TRY(RegExpCache::of(agent).result_shape(agent, array->shape()));
    TRY(array->define_all_direct(agent, shape, properties));
    if (program.flags & kRegExpHasIndices) {
        // 22.2.7.8 MakeMatchIndicesIndexPairArray
        Array* indices = TRY(Array::create(agent, 0));
        for (uint32_t i = 0; i <= program.group_count; ++i)
            TRY(indices->push_direct(agent, TRY(index_pair(agent, captures[i * 2], captures[i * 2 + 1]))));
        TRY(indices->define_direct(agent, atoms::groups, TRY(create_groups(agent, program, indices))));
        TRY(array->define_direct(agent, atoms::indices, Value(indices)));
    }
    return Value(array);
}

} // namespace heddle
