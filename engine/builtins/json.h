// What the two halves of the JSON object share: the objects of JSON.rawJSON.
#pragma once

#include "runtime/operations.h"

namespace heddle {

/// An object with [[IsRawJSON]]: frozen, without a prototype, its text in the property "rawJSON".
class RawJson final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::RawJson; }
    static Fallible<RawJson*> create(Agent&, String* text);
    String* text() const { return text_; }
    void visit_edges(Visitor& visitor) override {
        Object::visit_edges(visitor);
        visitor.visit(text_);
    }

private:
    friend class Heap;
    RawJson(Shape* shape, String* text) : Object(CellKind::RawJson, shape) { text_.init(text); }
    Member<String> text_;
};

// 25.5.2 ParseJSON ( text ), the value alone: throws SyntaxError, runs no user code.
Fallible<Value> parse_json(Agent&, String* text);

// 25.5.4 JSON.stringify ( value [ , replacer [ , space ] ] )
Result<Value> json_stringify(Agent&, const Arguments&);

} // namespace heddle
