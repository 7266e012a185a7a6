// WebIDL 4.3 DOMException: the errors of web interfaces (DataCloneError and its kind), with their legacy codes.
#include "builtins/define.h"
#include "builtins/intrinsics.h"
#include "runtime/error.h"

namespace heddle {

namespace {

struct NamedCode {
    std::string_view name;
    std::string_view constant;
    int32_t code;
};

// WebIDL 2.8.1 Base DOMException error names that have a legacy code; codes without a name only have a constant.
constexpr NamedCode kCodes[] = {
    {"IndexSizeError", "INDEX_SIZE_ERR", 1},
    {"", "DOMSTRING_SIZE_ERR", 2},
    {"HierarchyRequestError", "HIERARCHY_REQUEST_ERR", 3},
    {"WrongDocumentError", "WRONG_DOCUMENT_ERR", 4},
    {"InvalidCharacterError", "INVALID_CHARACTER_ERR", 5},
    {"", "NO_DATA_ALLOWED_ERR", 6},
    {"NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR", 7},
    {"NotFoundError", "NOT_FOUND_ERR", 8},
    {"NotSupportedError", "NOT_SUPPORTED_ERR", 9},
    {"InUseAttributeError", "INUSE_ATTRIBUTE_ERR", 10},
    {"InvalidStateError", "INVALID_STATE_ERR", 11},
    {"SyntaxError", "SYNTAX_ERR", 12},
    {"InvalidModificationError", "INVALID_MODIFICATION_ERR", 13},
    {"NamespaceError", "NAMESPACE_ERR", 14},
    {"InvalidAccessError", "INVALID_ACCESS_ERR", 15},
    {"", "VALIDATION_ERR", 16},
    {"TypeMismatchError", "TYPE_MISMATCH_ERR", 17},
    {"SecurityError", "SECURITY_ERR", 18},
    {"NetworkError", "NETWORK_ERR", 19},
    {"AbortError", "ABORT_ERR", 20},
    {"URLMismatchError", "URL_MISMATCH_ERR", 21},
    {"QuotaExceededError", "QUOTA_EXCEEDED_ERR", 22},
    {"TimeoutError", "TIMEOUT_ERR", 23},
    {"InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR", 24},
    {"DataCloneError", "DATA_CLONE_ERR", 25},
};

Fallible<DomException*> this_exception(Agent& agent, const Arguments& arguments, const char* member) {
    if (arguments.this_value().is<DomException>()) return arguments.this_value().as<DomException>();
    return agent.throw_type_error(std::string("get DOMException.prototype.") + member + " was called on " +
                                  display_string(arguments.this_value()) + ", which is not a DOMException");
}

// new DOMException ( message = "", name = "Error" ), or ( message, { name, cause } ) as hosts extend it
Result<Value> dom_exception_constructor(Agent& agent, const Arguments& arguments) {
    if (!arguments.is_construct())
        return agent.throw_type_error("DOMException is a constructor: call it with new");
    String* message =
        arguments[0].is_undefined() ? static_cast<String*>(atoms::empty) : TRY(to_string(agent, arguments[0]));
    String* name = atoms::Error;
    bool has_cause = false;
    Value cause;
    if (arguments[1].is_object()) {
        Object* options = arguments[1].as_object();
        Value given = TRY(options->get(agent, atoms::name));
        if (!given.is_undefined()) name = TRY(to_string(agent, given));
        has_cause = TRY(options->has_property(agent, atoms::cause));
        if (has_cause) cause = TRY(options->get(agent, atoms::cause));
    } else if (!arguments[1].is_undefined()) {
        name = TRY(to_string(agent, arguments[1]));
    }
    Shape* shape =
        TRY(shape_from_constructor(agent, arguments.new_target(), Intrinsic::DOMExceptionPrototype));
    DomException* exception = TRY(DomException::create(agent, shape, name, message));
    if (has_cause) TRY(exception->define_direct(agent, atoms::cause, cause, kBuiltinAttributes));
    return Value(exception);
}

Result<Value> dom_exception_name(Agent& agent, const Arguments& arguments) {
    return Value(TRY(this_exception(agent, arguments, "name"))->name());
}

Result<Value> dom_exception_message(Agent& agent, const Arguments& arguments) {
    return Value(TRY(this_exception(agent, arguments, "message"))->message());
}

Result<Value> dom_exception_code(Agent& agent, const Arguments& arguments) {
    FlatView name = TRY(TRY(this_exception(agent, arguments, "code"))->name()->flatten(agent));
    for (const NamedCode& entry : kCodes)
        if (!entry.name.empty() && name.equals(FlatView(entry.name))) return Value::int32(entry.code);
    return Value::int32(0);
}

Fallible<void> define_codes(Agent& agent, Object* object) {
    for (const NamedCode& entry : kCodes) {
        PropertyKey key = TRY(PropertyKey::from_utf8(agent, entry.constant));
        TRY(object->define_direct(agent, key, Value::int32(entry.code), kEnumerable));
    }
    return {};
}

} // namespace

Fallible<Object*> create_dom_exception(Agent& agent, Realm& realm) {
    Object* constructor =
        TRY(define_constructor(agent, realm, Intrinsic::DOMException, Intrinsic::DOMExceptionPrototype,
                               dom_exception_constructor, 0, atoms::DOMException));
    TRY(define_codes(agent, constructor));
    return constructor;
}

Fallible<Object*> create_dom_exception_prototype(Agent& agent, Realm& realm) {
    Object* prototype = TRY(Object::create(agent, TRY(realm.intrinsic(Intrinsic::ErrorPrototype))));
    TRY(define_prototype(agent, realm, prototype, Intrinsic::DOMExceptionPrototype, Intrinsic::DOMException));
    const AccessorEntry accessors[] = {
        {atoms::name, dom_exception_name, nullptr, kEnumerable | kConfigurable},
        {atoms::message, dom_exception_message, nullptr, kEnumerable | kConfigurable},
        {atoms::code, dom_exception_code, nullptr, kEnumerable | kConfigurable},
    };
    TRY(define_accessors(agent, realm, prototype, accessors));
    TRY(define_codes(agent, prototype));
    TRY(define_to_string_tag(agent, prototype, atoms::DOMException));
    return prototype;
}

} // namespace heddle
