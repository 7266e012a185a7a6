// Scripts that clone, for the tests of this folder: structuredClone, and the bytes between its two halves.
#pragma once

#include "builtins/tests/running.h"
#include "buffers/typed_array_object.h"
#include "clone/structured_clone.h"

#include <vector>

namespace heddle {

/// A ScriptRunner whose realm has structuredClone, reads(bytes) (deserialize an array of byte values) and
/// writes(value) (the bytes of its clone, kept for storage).
class CloningRunner : public ScriptRunner {
public:
    explicit CloningRunner(const HeapOptions& heap = {}) : ScriptRunner(heap) {
        define("structuredClone", structured_clone_function);
        define("reads", reads);
        define("writes", writes);
        run("globalThis.refusal = f => { try { f(); return 'nothing thrown'; } catch (e) { return e.name + ': ' + e.message; } };"
            "globalThis.refused = f => refusal(f).startsWith('DataCloneError: ');"
            "globalThis.same = (a, b) => { if (!Object.is(a, b)) throw new Error(String(a) + ' is not ' + String(b)); }");
    }

    std::vector<uint8_t> bytes_of(std::string_view expression) {
        std::string list = run("Array.from(writes(" + std::string(expression) + ")).join()");
        std::vector<uint8_t> bytes;
        for (size_t at = 0; at < list.size();) {
            bytes.push_back(static_cast<uint8_t>(std::stoi(list.substr(at))));
            at = std::min(list.find(',', at), list.size() - 1) + 1;
            if (at == list.size()) break;
        }
        return bytes;
    }

private:
    void define(const char* name, NativeCode code) {
        Agent& a = agent();
        PropertyKey key = MUST(PropertyKey::from_utf8(a, name));
        NativeFunction* function = MUST(NativeFunction::create(a, a.realm(), code, 1, key));
        MUST(a.realm().global_object()->define_direct(a, key, Value(function), kBuiltinAttributes));
    }
    static Result<Value> writes(Agent& agent, const Arguments& arguments) {
        CloneMessage message = TRY(structured_serialize(agent, arguments[0], {}, {.for_storage = true}));
        auto* array = TRY(TypedArrayObject::create_with_length(agent, nullptr, ElementType::Uint8, message.bytes().size()));
        for (size_t i = 0; i < message.bytes().size(); ++i)
            array->store_element_bits(agent, i, message.bytes()[i]);
        return Value(array);
    }
    static Result<Value> reads(Agent& agent, const Arguments& arguments) {
        std::vector<uint8_t> bytes;
        Object* list = arguments[0].as_object();
        auto length = static_cast<uint32_t>(TRY(list->get(agent, atoms::length)).as_number());
        for (uint32_t i = 0; i < length; ++i)
            bytes.push_back(static_cast<uint8_t>(TRY(list->get(agent, PropertyKey::index(i))).as_number()));
        std::optional<CloneMessage> message = CloneMessage::from_bytes(bytes);
        if (!message) return agent.out_of_memory();
        return structured_deserialize(agent, std::move(*message));
    }
};

} // namespace heddle
