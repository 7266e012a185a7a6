// What crosses between agents and comes from the host: stores, buffers, messages, modules.
#include "api/tests/api_fixture.h"

#include <atomic>
#include <cstring>
#include <map>
#include <thread>

using ExchangeTest = ApiTest;

namespace {

struct Lent {
    std::atomic<int> freed{0};
    void* data = nullptr;
    size_t length = 0;
};

void take_back(void* data, size_t length, void* context) {
    auto* lent = static_cast<Lent*>(context);
    ++lent->freed;
    lent->data = data;
    lent->length = length;
}

} // namespace

TEST_F(ExchangeTest, HostMemoryIsFreedOnce) {
    Lent lent;
    uint8_t memory[16] = {1, 2, 3};
    heddle_store* store = nullptr;
    heddle_value buffer, view;
    heddle_scope inner;
    ASSERT_OK(heddle_store_adopt(runtime, memory, sizeof memory, 0, take_back, &lent, &store, error));
    ASSERT_OK(heddle_scope_open(agent, &inner, error));
    ASSERT_OK(heddle_buffer_create(agent, store, &buffer, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "used up", heddle_buffer_create(agent, store, &buffer, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "used up", heddle_store_release(runtime, store, error));
    ASSERT_OK(heddle_view_create(agent, HEDDLE_UINT8, buffer, 0, HEDDLE_AUTO_LENGTH, &view, error));
    ASSERT_OK(heddle_set_indexed(agent, view, 1, run("42"), error));
    EXPECT_EQ(memory[1], 42);
    ASSERT_OK(heddle_heap_collect(agent, error));
    EXPECT_EQ(lent.freed.load(), 0);
    ASSERT_OK(heddle_buffer_detach(agent, buffer, nullptr, error));
    EXPECT_EQ(lent.freed.load(), 1);
    EXPECT_EQ(lent.data, memory);
    EXPECT_EQ(lent.length, sizeof memory);
    heddle_view_info info = HEDDLE_VIEW_INFO_INIT;
    ASSERT_OK(heddle_view_get_info(agent, view, &info, nullptr, error));
    EXPECT_EQ(info.out_of_bounds, 1u);
    EXPECT_EQ(info.data, nullptr);
    ASSERT_OK(heddle_scope_close(agent, inner, error));

    ASSERT_OK(heddle_store_adopt(runtime, memory, sizeof memory, 0, take_back, &lent, &store, error));
    ASSERT_OK(heddle_buffer_create(agent, store, &buffer, error));
    ASSERT_OK(heddle_set_named(agent, global(), "lent", buffer, error));
    EXPECT_EQ(run_and_show("globalThis.moved = lent.transfer(); [lent.detached, new Uint8Array(moved)[1]]"), "true,42");
    ASSERT_OK(heddle_agent_destroy(agent, error));
    agent = nullptr;
    EXPECT_EQ(lent.freed.load(), 2);
}

TEST_F(ExchangeTest, UnusedStoresGoWithTheirHandleOrTheRuntime) {
    Lent lent;
    uint8_t memory[4] = {};
    heddle_store* store = nullptr;
    ASSERT_OK(heddle_store_adopt(runtime, memory, 4, 1, take_back, &lent, &store, error));
    ASSERT_OK(heddle_store_release(runtime, store, error));
    EXPECT_EQ(lent.freed.load(), 1);
    heddle_runtime* other = nullptr;
    ASSERT_OK(heddle_runtime_create(nullptr, &other, error));
    ASSERT_OK(heddle_store_adopt(other, memory, 4, 1, take_back, &lent, &store, error));
    ASSERT_OK(heddle_runtime_destroy(other, error));
    EXPECT_EQ(lent.freed.load(), 2);
}

TEST_F(ExchangeTest, DetachKeysGuardBuffers) {
    heddle_value buffer = run("globalThis.guarded = new ArrayBuffer(8); guarded");
    heddle_value key = text("the key");
    ASSERT_OK(heddle_buffer_set_detach_key(agent, buffer, key, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError", heddle_buffer_detach(agent, buffer, nullptr, error));
    EXPECT_EQ(run_and_show("try { guarded.transfer() } catch (e) { e.name }"), "TypeError");
    EXPECT_EQ(run_and_show("try { structuredClone(0, { transfer: [guarded] }) } catch (e) { e.name }"), "TypeError");
    heddle_store* store = nullptr;
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError", heddle_buffer_take(agent, buffer, nullptr, &store, error));
    ASSERT_OK(heddle_buffer_take(agent, buffer, &key, &store, error));
    EXPECT_EQ(run_and_show("guarded.detached"), "true");
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "detached", heddle_buffer_take(agent, buffer, &key, &store, error));
    void* data = nullptr;
    size_t length = 0;
    ASSERT_OK(heddle_store_bytes(runtime, store, &data, &length, error));
    EXPECT_EQ(length, 8u);
    ASSERT_OK(heddle_store_release(runtime, store, error));
}

TEST_F(ExchangeTest, SharedMemoryIsSeenByAllAgents) {
    heddle_store_options options = HEDDLE_STORE_OPTIONS_INIT;
    options.byte_length = 4;
    options.max_byte_length = 65536;
    options.shared = 1;
    heddle_store* store = nullptr;
    ASSERT_OK(heddle_store_create(runtime, &options, &store, error));
    auto count = [&](heddle_agent* counting) {
        heddle_scope inner;
        heddle_value buffer;
        heddle_realm realm;
        heddle_value global;
        ASSERT_OK(heddle_scope_open(counting, &inner, error));
        ASSERT_OK(heddle_buffer_create(counting, store, &buffer, error));
        ASSERT_OK(heddle_realm_current(counting, &realm, error));
        ASSERT_OK(heddle_realm_global(counting, realm, &global, error));
        ASSERT_OK(heddle_set_named(counting, global, "memory", buffer, error));
        run_in(counting, "const cell = new Int32Array(memory, 0, 1); for (let i = 0; i < 1000; ++i) Atomics.add(cell, 0, 1)");
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            heddle_agent* mine = nullptr;
            ASSERT_OK(heddle_agent_create(runtime, nullptr, &mine, error));
            count(mine);
            ASSERT_OK(heddle_agent_destroy(mine, error));
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    count(agent);
    void* data = nullptr;
    ASSERT_OK(heddle_store_bytes(runtime, store, &data, nullptr, error));
    EXPECT_EQ(std::atomic_ref(*static_cast<int32_t*>(data)).load(), 4000);
    EXPECT_EQ(run_and_show("memory.grow(8); [memory.byteLength, memory.maxByteLength]"), "8,65536");
    heddle_store* again = nullptr;
    heddle_value memory = run("memory");
    ASSERT_OK(heddle_buffer_share(agent, memory, &again, error));
    heddle_buffer_info info = HEDDLE_BUFFER_INFO_INIT;
    ASSERT_OK(heddle_buffer_get_info(agent, memory, &info, error));
    EXPECT_EQ(info.data, data);
    EXPECT_EQ(info.shared, 1u);
    EXPECT_EQ(info.resizable, 1u);
    EXPECT_EQ(info.byte_length, 8u);
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "cannot be detached", heddle_buffer_detach(agent, memory, nullptr, error));
    ASSERT_OK(heddle_store_release(runtime, again, error));
    ASSERT_OK(heddle_store_release(runtime, store, error));
}

TEST_F(ExchangeTest, ViewsOfEveryType) {
    heddle_value buffer = run("new ArrayBuffer(16)");
    const char* names[] = {"Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
                           "Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "DataView"};
    const size_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 2, 4, 8, 8, 8, 1};
    for (int i = 0; i <= HEDDLE_BYTES; ++i) {
        auto type = static_cast<heddle_element_type>(i);
        heddle_value view, constructor, name, of;
        ASSERT_OK(heddle_view_create(agent, type, buffer, 8, HEDDLE_AUTO_LENGTH, &view, error));
        ASSERT_OK(heddle_get_named(agent, view, "constructor", &constructor, error));
        ASSERT_OK(heddle_get_named(agent, constructor, "name", &name, error));
        EXPECT_EQ(show(name), names[i]);
        heddle_view_info info = HEDDLE_VIEW_INFO_INIT;
        ASSERT_OK(heddle_view_get_info(agent, view, &info, &of, error));
        EXPECT_EQ(info.type, type);
        EXPECT_EQ(info.byte_offset, 8u);
        EXPECT_EQ(info.byte_length, 8u);
        EXPECT_EQ(info.length, 8 / sizes[i]);
        int same = 0;
        ASSERT_OK(heddle_strictly_equal(agent, of, buffer, &same, error));
        EXPECT_EQ(same, 1);
    }
    heddle_value view;
    EXPECT_FAILS(HEDDLE_EXCEPTION, "RangeError", heddle_view_create(agent, HEDDLE_FLOAT64, buffer, 4, HEDDLE_AUTO_LENGTH, &view, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "RangeError", heddle_view_create(agent, HEDDLE_INT8, buffer, 0, 17, &view, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "heddle_element_type", heddle_view_create(agent, constant<heddle_element_type>(13), buffer, 0, 1, &view, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "expected an ArrayBuffer", heddle_view_create(agent, HEDDLE_INT8, text("x"), 0, 1, &view, error));
}

// --- messages ---------------------------------------------------------------------------------------------------

TEST_F(ExchangeTest, MessagesCrossThreads) {
    heddle_value value = run("const bytes = new Uint8Array([1, 2, 3]).buffer; const shared = new SharedArrayBuffer(4);"
                             "globalThis.bytes = bytes; ({ map: new Map([['k', 1n]]), bytes, shared, again: shared, date: new Date(7) })");
    heddle_value transfer = run("bytes");
    heddle_message* message = nullptr;
    ASSERT_OK(heddle_message_serialize(agent, value, &transfer, 1, &message, error));
    EXPECT_EQ(run_and_show("bytes.detached"), "true");
    const void* data = nullptr;
    size_t length = 0;
    EXPECT_FAILS(HEDDLE_REFUSED, "more than its bytes", heddle_message_bytes(runtime, message, &data, &length, error));
    heddle_message* copied = nullptr;
    EXPECT_FAILS(HEDDLE_REFUSED, "one receiver", heddle_message_copy(runtime, message, &copied, error));
    std::thread([&] {
        heddle_agent* other = make_agent();
        heddle_scope inner;
        heddle_value received, transferred, function, out;
        ASSERT_OK(heddle_scope_open(other, &inner, error));
        ASSERT_OK(heddle_message_deserialize(other, message, &received, &transferred, error));
        function = run_in(other, "(function(v, t) { return [v.map.get('k'), new Uint8Array(v.bytes), v.shared === v.again, +v.date, t[0] === v.bytes] })");
        const heddle_value arguments[] = {received, transferred};
        ASSERT_OK(heddle_call(other, function, received, arguments, 2, &out, error));
        EXPECT_EQ(show_in(other, out), "1,1,2,3,true,7,true");
        EXPECT_FAILS(HEDDLE_BAD_HANDLE, "no message", heddle_message_deserialize(other, message, &received, nullptr, error));
        ASSERT_OK(heddle_agent_destroy(other, error));
    }).join();
}

TEST_F(ExchangeTest, MessagesAreBytesCopiedAndDropped) {
    heddle_message* message = nullptr;
    heddle_message* copied = nullptr;
    heddle_value out;
    ASSERT_OK(heddle_message_serialize(agent, run("({ a: [1, 'two', { deep: true }] })"), nullptr, 0, &message, error));
    ASSERT_OK(heddle_message_copy(runtime, message, &copied, error));
    const void* data = nullptr;
    size_t length = 0;
    ASSERT_OK(heddle_message_bytes(runtime, message, &data, &length, error));
    std::string kept(static_cast<const char*>(data), length);
    ASSERT_OK(heddle_message_destroy(runtime, message, error));
    ASSERT_OK(heddle_message_deserialize(agent, copied, &out, nullptr, error));
    ASSERT_OK(heddle_json_stringify(agent, out, 0, &out, error));
    EXPECT_EQ(show(out), R"({"a":[1,"two",{"deep":true}]})");
    ASSERT_OK(heddle_message_from_bytes(runtime, kept.data(), kept.size(), &message, error));
    ASSERT_OK(heddle_message_deserialize(agent, message, &out, nullptr, error));
    ASSERT_OK(heddle_message_from_bytes(runtime, kept.data(), kept.size() / 2, &message, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "DataCloneError", heddle_message_deserialize(agent, message, &out, nullptr, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "DataCloneError", heddle_message_serialize(agent, run("({ a: () => 1 })"), nullptr, 0, &message, error));
    heddle_value twice[] = {run("globalThis.b = new ArrayBuffer(1); b"), run("b")};
    EXPECT_FAILS(HEDDLE_EXCEPTION, "DataCloneError", heddle_message_serialize(agent, twice[0], twice, 2, &message, error));
    EXPECT_EQ(run_and_show("b.detached"), "false");
}

TEST_F(ExchangeTest, ADroppedMessageFreesWhatItTransfers) {
    Lent lent;
    uint8_t memory[4] = {};
    heddle_store* store = nullptr;
    heddle_value buffer;
    heddle_message* message = nullptr;
    ASSERT_OK(heddle_store_adopt(runtime, memory, 4, 0, take_back, &lent, &store, error));
    ASSERT_OK(heddle_buffer_create(agent, store, &buffer, error));
    ASSERT_OK(heddle_message_serialize(agent, buffer, &buffer, 1, &message, error));
    EXPECT_EQ(lent.freed.load(), 0);
    ASSERT_OK(heddle_message_destroy(runtime, message, error));
    EXPECT_EQ(lent.freed.load(), 1);
}

// --- modules ----------------------------------------------------------------------------------------------------

namespace {

struct Library {
    std::map<std::string, std::string> sources;
    std::vector<std::pair<uint64_t, std::string>> waiting;
    std::vector<std::string> asked;
    bool later = false;
};

heddle_status resolve(heddle_agent* agent, const heddle_module_request* request, heddle_value* key, void*) {
    std::string name(request->specifier, request->specifier_length);
    if (name == "forbidden") return heddle_throw_error(agent, HEDDLE_TYPE_ERROR, "no such name", nullptr);
    if (name.starts_with("./")) name = "lib/" + name.substr(2);
    return heddle_string_utf8(agent, name.data(), name.size(), key, nullptr);
}

heddle_status load(heddle_agent* agent, uint64_t number, const heddle_module_request* request, void* data) {
    auto* library = static_cast<Library*>(data);
    library->asked.emplace_back(request->specifier);
    if (library->later) {
        library->waiting.emplace_back(number, request->specifier);
        return HEDDLE_OK;
    }
    auto found = library->sources.find(request->specifier);
    if (found == library->sources.end()) return heddle_throw_error(agent, HEDDLE_REFERENCE_ERROR, "not in the library", nullptr);
    if (std::strcmp(request->type, "json") == 0)
        return heddle_module_complete_json(agent, number, found->second.data(), found->second.size(), nullptr);
    return heddle_module_complete_source(agent, number, found->second.data(), found->second.size(), nullptr);
}

heddle_status fill_meta(heddle_agent* agent, const char* key, size_t length, heddle_value meta, void*) {
    heddle_value text;
    if (heddle_status status = heddle_string_utf8(agent, key, length, &text, nullptr)) return status;
    return heddle_set_named(agent, meta, "key", text, nullptr);
}

class ModulesTest : public ApiTest {
protected:
    void SetUp() override {
        ApiTest::SetUp();
        heddle_module_hooks hooks = HEDDLE_MODULE_HOOKS_INIT;
        hooks.data = &library;
        hooks.resolve = resolve;
        hooks.load = load;
        hooks.fill_meta = fill_meta;
        ASSERT_OK(heddle_module_set_hooks(agent, &hooks, error));
    }
    heddle_value start(const char* specifier) {
        heddle_value promise = {0, 0};
        EXPECT_OK(heddle_module_import(agent, specifier, HEDDLE_AUTO_LENGTH, &promise, error));
        EXPECT_OK(heddle_jobs_run(agent, error));
        return promise;
    }
    /// The export `result` of the namespace, "pending", or what it was rejected with.
    std::string outcome(heddle_value promise) {
        heddle_promise_state state;
        heddle_value result;
        EXPECT_OK(heddle_promise_get_state(agent, promise, &state, &result, error));
        if (state == HEDDLE_PENDING) return "pending";
        if (state == HEDDLE_REJECTED) return "rejected: " + show(result);
        EXPECT_OK(heddle_get_named(agent, result, "result", &result, error));
        return show(result);
    }
    Library library;
};

} // namespace

TEST_F(ModulesTest, AnsweredAtOnce) {
    library.sources["main"] = "import { two } from './two'; import data from './data' with { type: 'json' };\n"
                              "export const result = [two, data.list, import.meta.key, import.meta.url].join()";
    library.sources["lib/two"] = "export const two = 2; export { two as deux }";
    library.sources["lib/data"] = R"({"list":[3,4]})";
    EXPECT_EQ(outcome(start("main")), "2,3,4,main,main");
    EXPECT_EQ(library.asked, (std::vector<std::string>{"main", "lib/two", "lib/data"}));
    EXPECT_EQ(outcome(start("main")), "2,3,4,main,main"); // from the map
    EXPECT_EQ(library.asked.size(), 3u);
    heddle_value out = run("import('./two').then(m => { globalThis.deux = m.deux })");
    ASSERT_OK(heddle_jobs_run(agent, error));
    EXPECT_EQ(run_and_show("deux"), "2");
    (void)out;
    heddle_module_hooks hooks = HEDDLE_MODULE_HOOKS_INIT;
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "'load'", heddle_module_set_hooks(agent, &hooks, error));
    hooks.load = load;
    EXPECT_FAILS(HEDDLE_BUSY, "before the first", heddle_module_set_hooks(agent, &hooks, error));
}

TEST_F(ModulesTest, AnsweredLaterInAnyOrder) {
    library.later = true;
    heddle_value promise = start("main");
    heddle_value second = start("main");
    ASSERT_EQ(library.waiting.size(), 1u); // both wait for the same answer
    const char source[] = "import { a } from './a'; import { b } from './b'; import { s, default as d } from 'host'; export const result = a + b + s + d";
    ASSERT_OK(heddle_module_complete_source(agent, library.waiting[0].first, source, HEDDLE_AUTO_LENGTH, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "answered before", heddle_module_complete_source(agent, library.waiting[0].first, source, 1, error));
    EXPECT_EQ(outcome(promise), "pending");
    ASSERT_EQ(library.waiting.size(), 4u);
    ASSERT_OK(heddle_module_complete_synthetic(agent, library.waiting[3].first, run("({ s: 's', default: 'd', get [Symbol.iterator]() { throw 1 } })"), error));
    ASSERT_OK(heddle_module_complete_source(agent, library.waiting[2].first, "export { a as b } from './a'", HEDDLE_AUTO_LENGTH, error));
    ASSERT_OK(heddle_jobs_run(agent, error));
    EXPECT_EQ(outcome(promise), "pending");
    ASSERT_OK(heddle_module_complete_source(agent, library.waiting[1].first, "export const a = 'a'", HEDDLE_AUTO_LENGTH, error));
    EXPECT_EQ(outcome(promise), "pending"); // in a job
    ASSERT_OK(heddle_jobs_run(agent, error));
    EXPECT_EQ(outcome(promise), "aasd");
    EXPECT_EQ(outcome(second), "aasd");
    EXPECT_EQ(library.waiting.size(), 4u);
}

TEST_F(ModulesTest, FailuresRejectImports) {
    EXPECT_EQ(outcome(start("forbidden")), "rejected: TypeError: no such name");
    EXPECT_EQ(outcome(start("missing")), "rejected: ReferenceError: not in the library");
    library.sources["bad"] = "export const = 1";
    EXPECT_NE(outcome(start("bad")).find("rejected: SyntaxError"), std::string::npos);
    library.sources["unlinked"] = "import { nothing } from './empty'; export const result = 1";
    library.sources["lib/empty"] = "";
    EXPECT_NE(outcome(start("unlinked")).find("does not provide an export named 'nothing'"), std::string::npos);
    library.sources["throws"] = "throw new Error('while evaluating')";
    EXPECT_EQ(outcome(start("throws")), "rejected: Error: while evaluating");
    library.later = true;
    heddle_value promise = start("late");
    ASSERT_OK(heddle_module_complete_error(agent, library.waiting[0].first, run("new RangeError('gone')"), error));
    ASSERT_OK(heddle_jobs_run(agent, error));
    EXPECT_EQ(outcome(promise), "rejected: RangeError: gone");
    heddle_value never = start("never answered");
    EXPECT_EQ(outcome(never), "pending"); // the agent ends with it pending
}

TEST_F(ModulesTest, StarsPassOnHostExports) {
    library.later = true;
    heddle_value promise = start("main");
    ASSERT_OK(heddle_module_complete_source(agent, library.waiting[0].first,
                                            "export * from 'host'; export * as all from 'host'; import * as h from 'host'; export const result = Object.keys(h)", HEDDLE_AUTO_LENGTH, error));
    ASSERT_OK(heddle_module_complete_synthetic(agent, library.waiting[1].first, run("({ zeta: 1, alpha: 2, default: 3 })"), error));
    ASSERT_OK(heddle_jobs_run(agent, error));
    EXPECT_EQ(outcome(promise), "alpha,default,zeta");
    heddle_promise_state state;
    heddle_value space, keys;
    ASSERT_OK(heddle_promise_get_state(agent, promise, &state, &space, error));
    ASSERT_OK(heddle_own_keys(agent, space, HEDDLE_ENUMERABLE_STRINGS, &keys, error));
    EXPECT_EQ(show(keys), "all,alpha,result,zeta");
}

TEST_F(ModulesTest, DeepGraphsAreNoRecursionOfTheLoader) {
    for (int i = 0; i < 2000; ++i)
        library.sources["m" + std::to_string(i)] = i % 50 == 49 ? "export const result = " + std::to_string(i)
                                                                 : "import 'm" + std::to_string(i + 1) + "'; export const result = " + std::to_string(i);
    EXPECT_EQ(outcome(start("m0")), "0");
    EXPECT_EQ(library.asked.size(), 50u);
}

TEST_F(ExchangeTest, QueuesHaveTheLimitsThatTheHostSets) {
    heddle_queue_limits limits = HEDDLE_QUEUE_LIMITS_INIT;
    heddle_queue_limits now = HEDDLE_QUEUE_LIMITS_INIT;
    run("globalThis.unlimited = new MessageChannel()");
    limits.messages = 3;
    ASSERT_OK(heddle_runtime_set_queue_limits(runtime, &limits, error));
    heddle_value port = run("globalThis.c = new MessageChannel(); c.port1");
    ASSERT_OK(heddle_port_get_queue_limits(agent, port, &now, error));
    EXPECT_EQ(now.messages, 3u);
    EXPECT_EQ(now.bytes, uint64_t{4} << 30);
    EXPECT_EQ(now.blocks, 0u);
    constexpr const char* kFill = R"((port => {
        let sent = 0;
        try { for (; sent < 10; ++sent) port.postMessage(sent); } catch (e) { return `${sent} ${e.name}`; }
        return sent;
    }))";
    std::string fill = kFill;
    EXPECT_EQ(run_and_show(fill + "(c.port1)"), "3 QuotaExceededError");
    EXPECT_EQ(run_and_show(fill + "(unlimited.port1)"), "10");
    limits.messages = 5;
    ASSERT_OK(heddle_port_set_queue_limits(agent, port, &limits, error));
    EXPECT_EQ(run_and_show(fill + "(c.port1)"), "2 QuotaExceededError");
    EXPECT_EQ(run_and_show(fill + "(c.port2)"), "5 QuotaExceededError");
    limits = HEDDLE_QUEUE_LIMITS_INIT;
    limits.bytes = 1;
    ASSERT_OK(heddle_port_set_queue_limits(agent, run("globalThis.d = new MessageChannel(); d.port1"), &limits, error));
    EXPECT_EQ(run_and_show(fill + "(d.port1)"), "1 QuotaExceededError");
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "no MessagePort", heddle_port_set_queue_limits(agent, run("({})"), &limits, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "closed", heddle_port_set_queue_limits(agent, run("d.port1.close(); d.port1"), &limits, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "NULL", heddle_port_set_queue_limits(agent, port, nullptr, error));
    limits.size = 1;
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "HEDDLE_QUEUE_LIMITS_INIT", heddle_port_set_queue_limits(agent, port, &limits, error));
}
