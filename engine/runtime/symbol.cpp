#include "runtime/symbol.h"

#include "runtime/agent.h"

namespace heddle {

namespace {
uint32_t next_symbol_hash(Agent& agent) {
    // A step of a Weyl sequence: distinct and well spread, and the same in every run of an agent.
    return static_cast<uint32_t>(agent.next_symbol_number() * 0x9E3779B9u);
}
} // namespace

Fallible<Symbol*> Symbol::create(Agent& agent, String* description) {
    return agent.heap().allocate<Symbol>(0, description, next_symbol_hash(agent), uint8_t{0});
}

Fallible<Symbol*> Symbol::create_private_name(Agent& agent, String* description) {
    return agent.heap().allocate<Symbol>(0, description, next_symbol_hash(agent), uint8_t{kPrivateName});
}

} // namespace heddle
