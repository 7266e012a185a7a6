// Completion walks data properties only: at a getter or a proxy it gives up.
#include "shell/completion.h"

#include "shell/inspector.h"

namespace heddle::shell {

namespace {

constexpr std::string_view kKeywords[] = {
    "async",    "await",   "break",    "case",   "catch",  "class",  "const",      "continue",
    "debugger", "default", "delete",   "do",     "else",   "export", "extends",    "false",
    "finally",  "for",     "function", "if",     "import", "in",     "instanceof", "let",
    "new",      "null",    "return",   "static", "super",  "switch", "this",       "throw",
    "true",     "try",     "typeof",   "var",    "void",   "while",  "with",       "yield"};
constexpr std::string_view kCommands[] = {".break", ".clear", ".editor", ".exit", ".help", ".load", ".save"};

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (static_cast<uint8_t>(c) & 0x80);
}

/// The chain `a.b.c` at the end of the line; empty parts where something else than a name stands.
std::vector<std::string> chain_before_cursor(const std::string& line) {
    std::vector<std::string> chain;
    size_t end = line.size();
    for (;;) {
        size_t begin = end;
        while (begin > 0 && is_name_byte(line[begin - 1]))
            --begin;
        chain.insert(chain.begin(), line.substr(begin, end - begin));
        if (begin == 0 || line[begin - 1] != '.') return chain;
        end = begin - 1;
        if (end > 0 && line[end - 1] == '?') --end;
        if (end > 0 && (line[end - 1] == '\'' || line[end - 1] == '"' || line[end - 1] == '`')) {
            chain.insert(chain.begin(), "''"); // a text's properties
            return chain;
        }
    }
}

class Completer {
public:
    Completer(Agent& agent, Realm& realm) : agent_(agent), realm_(realm) {}

    Value global(const std::string& name) {
        if (name == "globalThis" || name == "this") return Value(realm_.global_this());
        if (name == "''") return Value(static_cast<String*>(atoms::empty));
        Fallible<PropertyKey> key = PropertyKey::from_utf8(agent_, name);
        if (key.threw()) return failed();
        PropertyKey property = key.release();
        Value lexical = own_data(realm_.global_scope(), property);
        if (!lexical.is_empty()) return lexical;
        return data_property(agent_, realm_.global_object(), property);
    }

    Value member(Value value, const std::string& name) {
        Object* object = object_of(value);
        Fallible<PropertyKey> key = PropertyKey::from_utf8(agent_, name);
        if (key.threw()) return failed();
        return object ? data_property(agent_, object, key.release()) : Value::empty();
    }

    /// What a value's properties are looked up on.
    Object* object_of(Value value) {
        if (value.is_object())
            return value.as_object()->kind() == CellKind::Proxy ? nullptr : value.as_object();
        Intrinsic prototype;
        if (value.is_string())
            prototype = Intrinsic::StringPrototype;
        else if (value.is_number())
            prototype = Intrinsic::NumberPrototype;
        else if (value.is_boolean())
            prototype = Intrinsic::BooleanPrototype;
        else if (value.is_symbol())
            prototype = Intrinsic::SymbolPrototype;
        else if (value.is_bigint())
            prototype = Intrinsic::BigIntPrototype;
        else
            return nullptr;
        Fallible<Object*> object = realm_.intrinsic(prototype);
        if (!object.threw()) return object.release();
        failed();
        return nullptr;
    }

    void add_names(Object* object, const std::string& prefix, std::vector<std::string>& names) {
        for (; object && object->kind() != CellKind::Proxy; object = object->prototype()) {
            RootVector<Value> keys(agent_.heap());
            if (!own_keys(agent_, object, keys)) return;
            for (Value key : keys) {
                if (!key.is_string()) continue;
                std::string name = string_text(agent_, key.as_string());
                bool is_name = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
                for (char c : name)
                    is_name &= is_name_byte(c);
                if (is_name && name.starts_with(prefix)) names.push_back(std::move(name));
            }
        }
    }

private:
    Value own_data(Object* object, PropertyKey key) {
        auto found = object->own_property_direct(key);
        return found && found->value ? *found->value : Value::empty();
    }
    Value failed() {
        if (!agent_.is_terminating()) agent_.take_exception();
        return Value::empty();
    }
    Agent& agent_;
    Realm& realm_;
};

} // namespace

Completions complete_line(Agent& agent, Realm& realm, const std::string& line) {
    Completions found;
    if (line.starts_with(".") && line.find(' ') == std::string::npos) {
        found.word = line;
        for (std::string_view command : kCommands)
            if (command.starts_with(line)) found.candidates.emplace_back(command);
        return found;
    }
    RealmScope scope(agent, &realm);
    Completer completer(agent, realm);
    std::vector<std::string> chain = chain_before_cursor(line);
    found.word = chain.back();
    if (chain.size() == 1) {
        completer.add_names(realm.global_scope(), found.word, found.candidates);
        completer.add_names(realm.global_object(), found.word, found.candidates);
        for (std::string_view keyword : kKeywords)
            if (keyword.starts_with(found.word)) found.candidates.emplace_back(keyword);
        return found;
    }
    Value value = chain.front().empty() ? Value::empty() : completer.global(chain.front());
    for (size_t i = 1; i + 1 < chain.size() && !value.is_empty(); ++i)
        value = completer.member(value, chain[i]);
    if (value.is_empty()) return found;
    if (Object* object = completer.object_of(value))
        completer.add_names(object, found.word, found.candidates);
    return found;
}

} // namespace heddle::shell
