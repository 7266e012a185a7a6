// RegExp objects (ECMA-262 22.2.8) and the abstract operations that more than one of their files needs.
#pragma once

#include "regexp/program.h"
#include "runtime/operations.h"

namespace heddle {

/// A compiled pattern, shared by the RegExp objects made of the same source and flags.
class RegExpCode final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    static constexpr bool kNeedsFinalizer = true;
    static Fallible<RegExpCode*> create(Agent&, std::unique_ptr<RegExpProgram>);
    const RegExpProgram& program() const { return *program_; }
    void finalize() override;

private:
    friend class Heap;
    RegExpCode(Heap& heap, RegExpProgram* program, size_t bytes)
        : Cell(CellKind::Internal), heap_(heap), program_(program), bytes_(bytes) {}
    Heap& heap_;
    RegExpProgram* program_; // owned
    size_t bytes_;           // reported to the heap
};

class RegExpObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::RegExp; }
    // 22.2.3.2 RegExpAlloc ( newTarget )
    static Fallible<RegExpObject*> create(Agent&, Shape*);
    // 22.2.3.3 RegExpInitialize ( obj, pattern, flags )
    Result<void> initialize(Agent&, Value pattern, Value flags);
    String* source() const { return source_; }
    uint16_t flags() const { return flags_bits_; }
    /// [[OriginalFlags]] as it was given.
    String* flags_text() const { return flags_text_; }
    const RegExpProgram& program() const { return code_->program(); }
    RegExpCode* code() const { return code_; }
    /// "lastIndex" is the first property that create() defines. It lies there, writable, as long as the shape is no
    /// dictionary: whoever makes it read-only makes one of it.
    bool has_plain_last_index() const { return !shape()->is_dictionary(); }
    Value plain_last_index() const { return slot_value(0); }
    void set_plain_last_index(Value value) { set_slot_value(0, value); }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    explicit RegExpObject(Shape* shape) : Object(CellKind::RegExp, shape) {}
    Member<String> source_;
    Member<String> flags_text_;
    Member<RegExpCode> code_; // null until initialized
    uint16_t flags_bits_ = 0;
};

// 22.2.6.13.1 EscapeRegExpPattern ( P, F ): a String; runs no user code.
Fallible<Value> escape_pattern(Agent&, String* source);
// 22.2.7.1 RegExpExec ( R, S ): an object or null
Result<Value> regexp_exec(Agent&, Object* regexp, String* string);
// 22.2.7.2 RegExpBuiltinExec ( R, S )
Result<Value> regexp_builtin_exec(Agent&, RegExpObject* regexp, String* string);
// 22.2.7.3 AdvanceStringIndex ( S, index, unicode )
Fallible<uint64_t> advance_string_index(Agent&, String*, uint64_t index, bool unicode);
/// Reads "lastIndex", ToLength, and moves it on past an empty match.
Result<void> advance_last_index(Agent&, Object* regexp, String* string, bool unicode);

Fallible<void> define_regexp_symbols(Agent&, Realm&,
                                     Object* prototype); // regexp_symbols.cpp: match, replace…
Result<Value> regexp_escape(Agent&, const Arguments&);   // regexp_escape.cpp

} // namespace heddle
