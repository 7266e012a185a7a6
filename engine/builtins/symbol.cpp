// 20.4 Symbol Objects
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/primitive_objects.h"

namespace heddle {

namespace {

// 20.4.1.1 Symbol ( [ description ] )
Result<Value> symbol_constructor(Agent& agent, const Arguments& arguments) {
    if (arguments.is_construct())
        return agent.throw_type_error("Symbol is not a constructor: call it without new");
    String* description = nullptr;
    if (!arguments[0].is_undefined()) description = TRY(to_string(agent, arguments[0]));
    return Value(TRY(Symbol::create(agent, description)));
}

// The registry is an open-addressed table of symbols by their description, which is an atom. Entry 0 counts
// them.
constexpr size_t kInitialRegistryCapacity = 16;

size_t registry_slot(RootVector<Value>& registry, String* key) {
    size_t mask = registry.size() - 2;
    size_t at = key->hash() & mask;
    while (!registry[at + 1].is_undefined() && registry[at + 1].as_symbol()->description() != key)
        at = (at + 1) & mask;
    return at + 1;
}

Fallible<void> grow_registry(Agent& agent, RootVector<Value>& registry) {
    RootVector<Value> symbols(agent.heap());
    for (size_t i = 1; i < registry.size(); ++i)
        if (!registry[i].is_undefined() && !symbols.push_back(registry[i])) return agent.out_of_memory();
    size_t capacity = registry.empty() ? kInitialRegistryCapacity : (registry.size() - 1) * 2;
    if (!registry.resize(capacity + 1, Value::undefined())) return agent.out_of_memory();
    for (Value& entry : registry)
        entry = Value::undefined();
    registry[0] = Value::number(static_cast<uint64_t>(symbols.size()));
    for (Value symbol : symbols)
        registry[registry_slot(registry, symbol.as_symbol()->description())] = symbol;
    return {};
}

// 20.4.2.2 Symbol.for ( key )
Result<Value> symbol_for(Agent& agent, const Arguments& arguments) {
    String* key = TRY(agent.atoms().intern(agent, TRY(to_string(agent, arguments[0]))));
    RootVector<Value>& registry = agent.symbol_registry();
    if (registry.empty() || registry[0].as_number() * 4 >= static_cast<double>(registry.size()) * 3)
        TRY(grow_registry(agent, registry));
    size_t slot = registry_slot(registry, key);
    if (!registry[slot].is_undefined()) return registry[slot];
    Symbol* symbol = TRY(Symbol::create(agent, key));
    symbol->set_registered();
    registry[slot] = Value(symbol);
    registry[0] = Value::number(registry[0].as_number() + 1);
    return Value(symbol);
}

// 20.4.2.6 Symbol.keyFor ( sym )
Result<Value> symbol_key_for(Agent& agent, const Arguments& arguments) {
    if (!arguments[0].is_symbol())
        return agent.throw_type_error("Symbol.keyFor needs a symbol, got " + display_string(arguments[0]));
    Symbol* symbol = arguments[0].as_symbol();
    return symbol->is_registered() ? Value(symbol->description()) : Value::undefined();
}

// 20.4.3.4.1 ThisSymbolValue ( value )
Fallible<Symbol*> this_symbol_value(Agent& agent, Value value, const char* method) {
    if (value.is_symbol()) return value.as_symbol();
    if (value.is_object() && value.as_object()->kind() == CellKind::SymbolObject)
        return value.as<PrimitiveObject>()->primitive().as_symbol();
    return agent.throw_type_error(std::string(method) + " was called on " + display_string(value) +
                                  ", which is not a symbol");
}

// 20.4.3.2 get Symbol.prototype.description
Result<Value> symbol_prototype_description(Agent& agent, const Arguments& arguments) {
    Symbol* symbol = TRY(this_symbol_value(agent, arguments.this_value(), "Symbol.prototype.description"));
    return symbol->description() ? Value(symbol->description()) : Value::undefined();
}

// 20.4.3.3 Symbol.prototype.toString ( )
Result<Value> symbol_prototype_to_string(Agent& agent, const Arguments& arguments) {
    Symbol* symbol = TRY(this_symbol_value(agent, arguments.this_value(), "Symbol.prototype.toString"));
    StringBuilder builder(agent);
    TRY(builder.append("Symbol("));
    if (symbol->description()) TRY(builder.append(symbol->description()));
    TRY(builder.append(")"));
    return Value(TRY(builder.finish()));
}

// 20.4.3.4 Symbol.prototype.valueOf ( )
Result<Value> symbol_prototype_value_of(Agent& agent, const Arguments& arguments) {
    return Value(TRY(this_symbol_value(agent, arguments.this_value(), "Symbol.prototype.valueOf")));
}

// 20.4.3.5 Symbol.prototype [ %Symbol.toPrimitive% ] ( hint )
Result<Value> symbol_prototype_to_primitive(Agent& agent, const Arguments& arguments) {
    return Value(
        TRY(this_symbol_value(agent, arguments.this_value(), "Symbol.prototype[Symbol.toPrimitive]")));
}

} // namespace

Result<Value> species_getter(Agent&, const Arguments& arguments) {
    return arguments.this_value();
}

Fallible<Object*> create_symbol(Agent& agent, Realm& realm) {
    Object* constructor = TRY(define_constructor(agent, realm, Intrinsic::Symbol, Intrinsic::SymbolPrototype,
                                                 symbol_constructor, 0, atoms::Symbol));
    const FunctionEntry functions[] = {
        {atoms::for_, symbol_for, 1},
        {atoms::keyFor, symbol_key_for, 1},
    };
    TRY(define_functions(agent, realm, constructor, functions));
#define WELL_KNOWN_SYMBOL(identifier)                                                                        \
    TRY(constructor->define_direct(agent, atoms::identifier,                                                 \
                                   Value(static_cast<Symbol*>(symbols::identifier)), kNone));
#include "runtime/symbols.def"
#undef WELL_KNOWN_SYMBOL
    return constructor;
}

Fallible<Object*> create_symbol_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ObjectPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::SymbolPrototype, Intrinsic::Symbol));
    const FunctionEntry functions[] = {
        {atoms::toString, symbol_prototype_to_string, 0},
        {atoms::valueOf, symbol_prototype_value_of, 0},
        {symbols::toPrimitive, symbol_prototype_to_primitive, 1, kConfigurable},
    };
    TRY(define_functions(agent, realm, prototype, functions));
    const AccessorEntry accessors[] = {{atoms::description, symbol_prototype_description}};
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_to_string_tag(agent, prototype, atoms::Symbol));
    return prototype;
}

} // namespace heddle
