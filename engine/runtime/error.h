// Error objects (ECMA-262 20.5) and where they were made.
#pragma once

#include "runtime/agent.h"

namespace heddle {

class ErrorObject : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Error || kind == CellKind::DomException; }
    /// With the "message" property (when not null), and the running frames captured.
    static Fallible<ErrorObject*> create(Agent&, Shape*, ErrorType, String* message);
    ErrorType type() const { return static_cast<ErrorType>(class_data_ & 0xFF); }
    /// The position at which it was made, for the shell's caret. Line 0 when unknown.
    String* file() const { return file_; }
    uint32_t line() const { return line_; }
    uint32_t column() const { return column_; }
    void set_position(Agent&, String* file, uint32_t line, uint32_t column);
    /// Lines "    at f (file:line:column)" as captured; null when there was no frame.
    String* stack_text() const { return stack_text_; }
    /// What get Error.prototype.stack gives: a line from type and own message, then the frames.
    Fallible<String*> stack_string(Agent&) const;
    /// For a copy of an error made elsewhere: what was captured there.
    void set_stack_text(String* text) { stack_text_.set(this, text); }
    void visit_edges(Visitor&) override;

protected:
    friend class Heap;
    ErrorObject(Shape* shape, ErrorType type, CellKind kind = CellKind::Error) : Object(kind, shape) {
        class_data_ = static_cast<uint32_t>(type);
    }
    /// Records the running frames as where the error was made.
    Fallible<void> capture_stack(Agent&);

private:
    Member<String> file_;
    Member<String> stack_text_;
    uint32_t line_ = 0;
    uint32_t column_ = 0;
};

/// WebIDL DOMException: name and message are fixed when it is made, and read by accessors of the prototype.
class DomException final : public ErrorObject {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::DomException; }
    static Fallible<DomException*> create(Agent&, Shape*, String* name, String* message);
    /// Of the current realm.
    static Fallible<DomException*> create(Agent&, std::string_view name_utf8, std::string_view message_utf8);
    String* name() const { return name_; }
    String* message() const { return message_; }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    DomException(Shape* shape, String* name, String* message)
        : ErrorObject(shape, ErrorType::Error, CellKind::DomException) {
        name_.init(name);
        message_.init(message);
    }
    Member<String> name_;
    Member<String> message_;
};

/// Throws a DOMException of this name ("DataCloneError") in the current realm.
Failed throw_dom_exception(Agent&, std::string_view name, std::string_view message_utf8);

/// A new error of `type` in the current realm.
Fallible<ErrorObject*> create_error(Agent&, ErrorType, std::string_view message_utf8);
/// Intrinsic prototype for a type, its name.
Intrinsic error_prototype(ErrorType);
const char* error_type_name(ErrorType);

} // namespace heddle
