// Symbol: a unique property key. Also the private names of classes, which never leave the engine.
#pragma once

#include "runtime/string.h"

namespace heddle {

class Symbol : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Symbol; }
    /// `description` may be null (undefined).
    static Fallible<Symbol*> create(Agent&, String* description);
    static Fallible<Symbol*> create_private_name(Agent&, String* description);

    String* description() const { return description_; }
    /// A private name (#x): invisible to proxies, own keys and reflection.
    bool is_private_name() const { return flags_ & kPrivateName; }
    bool is_registered() const { return flags_ & kRegistered; }
    void set_registered() { flags_ |= kRegistered; }
    uint32_t hash() const { return aux_; }

    void visit_edges(Visitor& visitor) override { visitor.visit(static_cast<Cell*>(description_)); }
    std::string snapshot_name() const override { return description_ ? description_->short_text(100) : "symbol"; }

protected:
    friend class Heap;
    enum : uint8_t { kPrivateName = 1, kRegistered = 2 };
    constexpr Symbol(const String* description, uint32_t hash, uint8_t flags, CellState state = CellState::Live)
        : Cell(CellKind::Symbol, flags, hash, state), description_(const_cast<String*>(description)) {}
    String* description_; // immutable, so no barrier is needed
};

} // namespace heddle
