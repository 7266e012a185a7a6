// Handles, values, objects, realms, exceptions and promises through heddle.h.
#include "api/tests/api_fixture.h"

#include <cmath>
#include <cstring>

using ValuesTest = ApiTest;

int reserve_used[2];

TEST(MemoryReserve, IsOfTheAgentsOfARuntime) {
    heddle_runtime_options options = HEDDLE_RUNTIME_OPTIONS_INIT;
    options.memory_reserve = SIZE_MAX;
    heddle_runtime* runtime = nullptr;
    TestError thrown;
    EXPECT_EQ(heddle_runtime_create(&options, &runtime, thrown), HEDDLE_BAD_ARGUMENT);
    EXPECT_NE(thrown.text().find("at most 67108864 bytes"), std::string::npos) << thrown.text();
    options.memory_reserve = 1000; // one piece
    ASSERT_OK(heddle_runtime_create(&options, &runtime, error));
    heddle_agent* agent = nullptr;
    ASSERT_OK(heddle_agent_create(runtime, nullptr, &agent, error));
    EXPECT_EQ(heddle_use_memory_reserve(), 0) << "outside of any agent";
    auto use = [](heddle_agent*, void*) {
        for (int& used : reserve_used)
            used = heddle_use_memory_reserve();
    };
    ASSERT_OK(heddle_agent_post(agent, use, nullptr, nullptr, error));
    ASSERT_OK(heddle_loop_run(agent, error));
    EXPECT_EQ(reserve_used[0], 1);
    EXPECT_EQ(reserve_used[1], 0) << "nothing is left of it";
    ASSERT_OK(heddle_agent_destroy(agent, error));
    ASSERT_OK(heddle_runtime_destroy(runtime, error));
}

TEST_F(ValuesTest, VersionsAgree) {
    EXPECT_EQ(heddle_version(), uint32_t{HEDDLE_VERSION_NUMBER});
    EXPECT_STREQ(heddle_version_string(), "0.1.0");
    EXPECT_STREQ(heddle_status_name(HEDDLE_NO_SCOPE), "HEDDLE_NO_SCOPE");
}

TEST_F(ValuesTest, PrimitivesKeepTheirTypes) {
    heddle_value value;
    heddle_type type;
    ASSERT_OK(heddle_undefined(agent, &value, error));
    ASSERT_OK(heddle_value_type(agent, value, &type, error));
    EXPECT_EQ(type, HEDDLE_UNDEFINED);
    ASSERT_OK(heddle_null(agent, &value, error));
    ASSERT_OK(heddle_value_type(agent, value, &type, error));
    EXPECT_EQ(type, HEDDLE_NULL);
    ASSERT_OK(heddle_boolean(agent, 7, &value, error));
    int boolean = 0;
    ASSERT_OK(heddle_get_boolean(agent, value, &boolean, error));
    EXPECT_EQ(boolean, 1);
    ASSERT_OK(heddle_number(agent, -0.0, &value, error));
    EXPECT_TRUE(std::signbit(number(value)));
    ASSERT_OK(heddle_number(agent, NAN, &value, error));
    EXPECT_TRUE(std::isnan(number(value)));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "expected a boolean, got NaN", heddle_get_boolean(agent, value, &boolean, error));
}

TEST_F(ValuesTest, StringsPassInThreeEncodings) {
    heddle_value utf8 = text("z\xC3\xBC\xF0\x9F\xA7\xB5"); // zü🧵
    EXPECT_EQ(show(utf8), "z\xC3\xBC\xF0\x9F\xA7\xB5");
    uint16_t units[8];
    size_t length = 0;
    ASSERT_OK(heddle_get_string_utf16(agent, utf8, units, 8, &length, error));
    EXPECT_EQ(length, 4u);
    EXPECT_EQ(units[1], 0xFC);
    EXPECT_EQ(units[2], 0xD83E);
    EXPECT_EQ(units[4], 0); // there was room for it
    uint8_t bytes[8];
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "U+D83E at 2", heddle_get_string_latin1(agent, utf8, bytes, 8, &length, error));
    const uint8_t latin1[] = {'z', 0xFC};
    heddle_value narrow;
    ASSERT_OK(heddle_string_latin1(agent, latin1, 2, &narrow, error));
    EXPECT_EQ(show(narrow), "z\xC3\xBC");
    const uint16_t lone[] = {'a', 0xD800};
    heddle_value wide;
    ASSERT_OK(heddle_string_utf16(agent, lone, 2, &wide, error));
    EXPECT_EQ(show(wide), "a\xEF\xBF\xBD");
    ASSERT_OK(heddle_get_string_utf16(agent, wide, units, 8, &length, error));
    EXPECT_EQ(units[1], 0xD800);
}

TEST_F(ValuesTest, Utf8IsCutBetweenCharacters) {
    char buffer[4];
    size_t length = 0;
    std::memset(buffer, 'x', sizeof buffer);
    ASSERT_OK(heddle_get_string_utf8(agent, text("ab\xC3\xBC\xC3\xBC"), buffer, 3, &length, error));
    EXPECT_EQ(length, 6u);
    EXPECT_EQ(std::string_view(buffer, 4), std::string_view("ab\0x", 4));
    ASSERT_OK(heddle_get_string_utf8(agent, text(""), nullptr, 0, &length, error));
    EXPECT_EQ(length, 0u);
}

TEST_F(ValuesTest, BigIntsKeepEveryWord) {
    const uint64_t words[] = {1, 0, 0x8000000000000000};
    heddle_value big;
    ASSERT_OK(heddle_bigint_words(agent, 1, words, 3, &big, error));
    EXPECT_EQ(show(big), "-3138550867693340381917894711603833208051177722232017256449"); // -(2^191 + 1)
    uint64_t back[3];
    int negative = 0;
    size_t count = 0;
    ASSERT_OK(heddle_get_bigint_words(agent, big, &negative, back, 3, &count, error));
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(negative, 1);
    EXPECT_EQ(back[2], 0x8000000000000000);
    int64_t low = 0;
    int lossless = 1;
    ASSERT_OK(heddle_get_int64(agent, big, &low, &lossless, error));
    EXPECT_EQ(low, -1);
    EXPECT_EQ(lossless, 0);
    ASSERT_OK(heddle_bigint_int64(agent, INT64_MIN, &big, error));
    ASSERT_OK(heddle_get_int64(agent, big, &low, &lossless, error));
    EXPECT_EQ(low, INT64_MIN);
    EXPECT_EQ(lossless, 1);
    ASSERT_OK(heddle_bigint_uint64(agent, UINT64_MAX, &big, error));
    uint64_t high = 0;
    ASSERT_OK(heddle_get_uint64(agent, big, &high, &lossless, error));
    EXPECT_EQ(high, UINT64_MAX);
    EXPECT_EQ(lossless, 1);
    ASSERT_OK(heddle_get_int64(agent, big, &low, &lossless, error));
    EXPECT_EQ(lossless, 0);
}

TEST_F(ValuesTest, SymbolsAreKeys) {
    heddle_value object = run("({ [Symbol.toStringTag]: 'Thing' })");
    heddle_value tag, found;
    ASSERT_OK(heddle_symbol_well_known(agent, HEDDLE_SYMBOL_TO_STRING_TAG, &tag, error));
    ASSERT_OK(heddle_get(agent, object, tag, &found, error));
    EXPECT_EQ(show(found), "Thing");
    heddle_value mine;
    ASSERT_OK(heddle_symbol(agent, "mine", HEDDLE_AUTO_LENGTH, &mine, error));
    int has = 1;
    ASSERT_OK(heddle_has(agent, object, mine, &has, error));
    EXPECT_EQ(has, 0);
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError", heddle_to_string(agent, mine, &found, error));
}

TEST_F(ValuesTest, ObjectsAreReadWrittenDefinedAndListed) {
    heddle_value object, value, keys;
    ASSERT_OK(heddle_object_create(agent, &object, error));
    ASSERT_OK(heddle_set_named(agent, object, "b", text("one"), error));
    ASSERT_OK(heddle_set_indexed(agent, object, 7, text("seven"), error));
    ASSERT_OK(heddle_set_indexed(agent, object, uint64_t{1} << 40, text("far"), error));
    ASSERT_OK(heddle_define(agent, object, text("hidden"), text("h"), HEDDLE_WRITABLE, error));
    ASSERT_OK(heddle_own_keys(agent, object, HEDDLE_ENUMERABLE_STRINGS, &keys, error));
    EXPECT_EQ(show(keys), "7,b,1099511627776");
    ASSERT_OK(heddle_own_keys(agent, object, HEDDLE_ALL_KEYS, &keys, error));
    EXPECT_EQ(show(keys), "7,b,1099511627776,hidden");
    uint64_t length = 0;
    ASSERT_OK(heddle_array_length(agent, keys, &length, error));
    EXPECT_EQ(length, 4u);
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError", heddle_delete(agent, object, text("hidden"), error));
    ASSERT_OK(heddle_delete(agent, object, text("b"), error));
    int has = 1;
    ASSERT_OK(heddle_has_own(agent, object, text("b"), &has, error));
    EXPECT_EQ(has, 0);
    ASSERT_OK(heddle_define_accessor(agent, object, text("x"), run("(function() { return 'from getter' })"), undefined(),
                                     HEDDLE_ENUMERABLE, error));
    ASSERT_OK(heddle_get_named(agent, object, "x", &value, error));
    EXPECT_EQ(show(value), "from getter");
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError", heddle_set_named(agent, object, "x", value, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "heddle_attributes", heddle_define(agent, object, text("y"), value, 8, error));
    ASSERT_OK(heddle_get_prototype(agent, object, &value, error));
    ASSERT_OK(heddle_set_prototype(agent, object, run("null"), error));
    ASSERT_OK(heddle_get_prototype(agent, object, &value, error));
    EXPECT_EQ(show(value), "null");
    EXPECT_FAILS(HEDDLE_EXCEPTION, "cannot be set", heddle_set_prototype(agent, run("Object.freeze({})"), object, error));
}

TEST_F(ValuesTest, KindsAreSeenThroughPrototypes) {
    const struct {
        const char* source;
        heddle_object_kind kind;
    } rows[] = {{"1", HEDDLE_KIND_NONE}, {"({})", HEDDLE_KIND_OBJECT}, {"Object.setPrototypeOf([], null)", HEDDLE_KIND_ARRAY},
                {"() => 1", HEDDLE_KIND_FUNCTION}, {"new RangeError", HEDDLE_KIND_ERROR}, {"Promise.resolve()", HEDDLE_KIND_PROMISE},
                {"new ArrayBuffer(1)", HEDDLE_KIND_ARRAY_BUFFER}, {"new SharedArrayBuffer(1)", HEDDLE_KIND_SHARED_ARRAY_BUFFER},
                {"new Int8Array(1)", HEDDLE_KIND_TYPED_ARRAY}, {"new DataView(new ArrayBuffer(1))", HEDDLE_KIND_DATA_VIEW},
                {"new Map", HEDDLE_KIND_MAP}, {"new Set", HEDDLE_KIND_SET}, {"new Date", HEDDLE_KIND_DATE},
                {"/x/", HEDDLE_KIND_REGEXP}, {"new Proxy([], {})", HEDDLE_KIND_PROXY}};
    for (const auto& row : rows) {
        heddle_object_kind kind;
        ASSERT_OK(heddle_value_kind(agent, run(row.source), &kind, error));
        EXPECT_EQ(kind, row.kind) << row.source;
    }
}

TEST_F(ValuesTest, CallsConstructsAndComparesAcrossTheBorder) {
    heddle_value out, instance;
    const heddle_value arguments[] = {text("a"), text("b")};
    ASSERT_OK(heddle_call(agent, run("(function(x, y) { return this + x + y })"), text("this-"), arguments, 2, &out, error));
    EXPECT_EQ(show(out), "this-ab");
    ASSERT_OK(heddle_construct(agent, run("globalThis.C = class { constructor(x) { this.x = x } }; C"), arguments, 1, &instance, error));
    int is = 0;
    ASSERT_OK(heddle_instance_of(agent, instance, run("C"), &is, error));
    EXPECT_EQ(is, 1);
    ASSERT_OK(heddle_strictly_equal(agent, text("ab"), run("'a' + 'b'"), &is, error));
    EXPECT_EQ(is, 1);
    ASSERT_OK(heddle_strictly_equal(agent, run("NaN"), run("NaN"), &is, error));
    EXPECT_EQ(is, 0);
    ASSERT_OK(heddle_same_value(agent, run("NaN"), run("NaN"), &is, error));
    EXPECT_EQ(is, 1);
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "expected a function", heddle_call(agent, text("f"), out, nullptr, 0, &out, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "expected a constructor", heddle_construct(agent, run("() => 1"), nullptr, 0, &out, error));
}

TEST_F(ValuesTest, JsonGoesBothWays) {
    heddle_value value, json;
    const char source[] = R"({"a":[1,2,{"b":"\u00fc"}]})";
    ASSERT_OK(heddle_json_parse(agent, source, HEDDLE_AUTO_LENGTH, &value, error));
    ASSERT_OK(heddle_json_stringify(agent, value, 0, &json, error));
    EXPECT_EQ(show(json), "{\"a\":[1,2,{\"b\":\"\xC3\xBC\"}]}");
    ASSERT_OK(heddle_json_stringify(agent, undefined(), 0, &json, error));
    EXPECT_EQ(show(json), "undefined");
    EXPECT_FAILS(HEDDLE_EXCEPTION, "SyntaxError", heddle_json_parse(agent, "{", 1, &value, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError", heddle_json_stringify(agent, run("const o = {}; o.o = o"), 0, &json, error));
}

TEST_F(ValuesTest, HandlesEndWithTheirScope) {
    heddle_scope inner;
    heddle_value local, kept, persistent;
    heddle_heap_statistics before = HEDDLE_HEAP_STATISTICS_INIT;
    heddle_heap_statistics after = HEDDLE_HEAP_STATISTICS_INIT;
    ASSERT_OK(heddle_heap_get_statistics(agent, &before, error));
    ASSERT_OK(heddle_scope_open(agent, &inner, error));
    local = text("local");
    ASSERT_OK(heddle_value_persist(agent, local, &persistent, error));
    EXPECT_FAILS(HEDDLE_BUSY, "innermost", heddle_scope_close(agent, scope, error));
    ASSERT_OK(heddle_scope_close_keeping(agent, inner, local, &kept, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "closed already", heddle_scope_close(agent, inner, error));
    heddle_type type;
    text("in its place");
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_value_type(agent, local, &type, error));
    ASSERT_OK(heddle_heap_collect(agent, error));
    EXPECT_EQ(show(kept), "local");
    EXPECT_EQ(show(persistent), "local");
    ASSERT_OK(heddle_value_release(agent, persistent, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_value_type(agent, persistent, &type, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "released before", heddle_value_release(agent, persistent, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "not a persistent", heddle_value_release(agent, kept, error));
    ASSERT_OK(heddle_heap_get_statistics(agent, &after, error));
    EXPECT_EQ(after.persistent_handles, before.persistent_handles);
    heddle_value again;
    ASSERT_OK(heddle_value_persist(agent, kept, &again, error)); // takes the place of the released one
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_value_type(agent, persistent, &type, error));
    ASSERT_OK(heddle_value_release(agent, again, error));
}

TEST_F(ValuesTest, RealmsShareObjectsNotIntrinsics) {
    heddle_realm first, second, of_function;
    ASSERT_OK(heddle_realm_current(agent, &first, error));
    ASSERT_OK(heddle_realm_create(agent, &second, error));
    heddle_value global_of_second, array, function;
    ASSERT_OK(heddle_realm_global(agent, second, &global_of_second, error));
    ASSERT_OK(heddle_set_named(agent, global_of_second, "shared", run("globalThis.list = [1, 2, 3]; list"), error));
    ASSERT_OK(heddle_realm_set_current(agent, second, error));
    EXPECT_EQ(run_and_show("shared.push(4); [Array.isArray(shared), shared instanceof Array, typeof list]"), "true,false,undefined");
    ASSERT_OK(heddle_array_create(agent, nullptr, 0, &array, error));
    function = run("(function() { return [] instanceof Array })");
    ASSERT_OK(heddle_realm_set_current(agent, first, error));
    EXPECT_EQ(run_and_show("list"), "1,2,3,4");
    ASSERT_OK(heddle_set_named(agent, global(), "foreign", array, error));
    ASSERT_OK(heddle_set_named(agent, global(), "f", function, error));
    EXPECT_EQ(run_and_show("[foreign instanceof Array, f()]"), "false,true");
    ASSERT_OK(heddle_realm_of_function(agent, function, &of_function, error));
    int equal = 0;
    ASSERT_OK(heddle_realm_equal(agent, of_function, second, &equal, error));
    EXPECT_EQ(equal, 1);
    for (heddle_realm realm : {first, second, of_function})
        ASSERT_OK(heddle_realm_release(agent, realm, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_realm_set_current(agent, second, error));
}

TEST_F(ValuesTest, ExceptionsSayWhatAndWhere) {
    heddle_value out, exception, file, message, stack;
    const char source[] = "\n  function f() { throw new TypeError('no good') }\n  f()";
    EXPECT_FAILS(HEDDLE_EXCEPTION, "TypeError: no good", heddle_evaluate(agent, source, HEDDLE_AUTO_LENGTH, "where.js", &out, error));
    ASSERT_OK(heddle_exception_get(agent, &exception, error));
    uint32_t line = 0, column = 0;
    ASSERT_OK(heddle_exception_position(agent, exception, &file, &line, &column, error));
    EXPECT_EQ(show(file), "where.js");
    EXPECT_EQ(line, 2u);
    EXPECT_GT(column, 10u);
    ASSERT_OK(heddle_exception_message(agent, exception, &message, error));
    EXPECT_EQ(show(message), "TypeError: no good");
    ASSERT_OK(heddle_exception_stack(agent, exception, &stack, error));
    EXPECT_NE(show(stack).find("at f (where.js:2:"), std::string::npos) << show(stack);
    ASSERT_OK(heddle_exception_clear(agent, error));
    ASSERT_OK(heddle_exception_get(agent, &exception, error));
    EXPECT_EQ(show(exception), "undefined");
    EXPECT_FAILS(HEDDLE_EXCEPTION, "42", heddle_evaluate(agent, "throw 42", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "SyntaxError", heddle_evaluate(agent, "let let", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
    EXPECT_FAILS(HEDDLE_EXCEPTION, "RangeError: mine", heddle_throw_error(agent, HEDDLE_RANGE_ERROR, "mine", error));
    ASSERT_OK(heddle_error_create(agent, HEDDLE_URI_ERROR, "made", &out, error));
    EXPECT_EQ(show(out), "URIError: made");
    EXPECT_FAILS(HEDDLE_EXCEPTION, "URIError: made", heddle_throw(agent, out, error));
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "heddle_error_type", heddle_throw_error(agent, constant<heddle_error_type>(99), "x", error));
}

TEST_F(ValuesTest, StackOverflowIsAnException) {
    heddle_value out;
    EXPECT_FAILS(HEDDLE_EXCEPTION, "RangeError", heddle_evaluate(agent, "(function f() { f() })()", HEDDLE_AUTO_LENGTH, nullptr, &out, error));
}

TEST_F(ValuesTest, PromisesSettleOnce) {
    heddle_value promise, resolver, derived, result;
    heddle_promise_state state;
    ASSERT_OK(heddle_promise_create(agent, &promise, &resolver, error));
    ASSERT_OK(heddle_promise_get_state(agent, promise, &state, nullptr, error));
    EXPECT_EQ(state, HEDDLE_PENDING);
    ASSERT_OK(heddle_promise_then(agent, promise, run("(x => x + '!')"), undefined(), &derived, error));
    ASSERT_OK(heddle_promise_resolve(agent, resolver, text("done"), error));
    ASSERT_OK(heddle_promise_reject(agent, resolver, text("too late"), error));
    ASSERT_OK(heddle_promise_get_state(agent, promise, &state, &result, error));
    EXPECT_EQ(state, HEDDLE_FULFILLED);
    int pending = 0;
    ASSERT_OK(heddle_jobs_pending(agent, &pending, error));
    EXPECT_EQ(pending, 1);
    ASSERT_OK(heddle_jobs_run(agent, error));
    ASSERT_OK(heddle_promise_get_state(agent, derived, &state, &result, error));
    EXPECT_EQ(state, HEDDLE_FULFILLED);
    EXPECT_EQ(show(result), "done!");
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "resolver", heddle_promise_resolve(agent, promise, result, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "expected a promise", heddle_promise_get_state(agent, resolver, &state, nullptr, error));
}

TEST_F(ValuesTest, JobsRunInOrder) {
    run("globalThis.log = []");
    ASSERT_OK(heddle_job_enqueue(agent, run("() => log.push(1)"), error));
    run("Promise.resolve().then(() => log.push(2))");
    ASSERT_OK(heddle_job_enqueue(agent, run("() => log.push(3)"), error));
    EXPECT_EQ(run_and_show("log"), "");
    ASSERT_OK(heddle_jobs_run(agent, error));
    EXPECT_EQ(run_and_show("log"), "1,2,3");
}

TEST_F(ValuesTest, ScriptsRunInManyAgents) {
    heddle_script* script = nullptr;
    const char source[] = "globalThis.count = (globalThis.count ?? 0) + 1; function f() { return `run ${count}` } f()";
    ASSERT_OK(heddle_script_compile(agent, source, HEDDLE_AUTO_LENGTH, "many.js", &script, error));
    heddle_value out;
    ASSERT_OK(heddle_script_run(agent, script, &out, error));
    ASSERT_OK(heddle_script_run(agent, script, &out, error));
    EXPECT_EQ(show(out), "run 2");
    heddle_agent* other = make_agent();
    heddle_scope in_other;
    ASSERT_OK(heddle_scope_open(other, &in_other, error));
    ASSERT_OK(heddle_script_run(other, script, &out, error));
    EXPECT_EQ(show_in(other, out), "run 1");
    ASSERT_OK(heddle_script_release(runtime, script, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "released", heddle_script_run(agent, script, &out, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "released before", heddle_script_release(runtime, script, error));
    EXPECT_EQ(run_and_show("f()"), "run 2"); // what ran goes on
    ASSERT_OK(heddle_agent_destroy(other, error));
}

TEST_F(ValuesTest, HeapSnapshotsAreChromes) {
    std::string snapshot;
    run("globalThis.needle = { namedProperty: 1 }");
    ASSERT_OK(heddle_heap_snapshot(
        agent,
        [](const char* piece, size_t length, void* data) {
            static_cast<std::string*>(data)->append(piece, length);
            return 1;
        },
        &snapshot, error));
    EXPECT_TRUE(snapshot.starts_with("{\"snapshot\":")) << snapshot.substr(0, 40);
    EXPECT_NE(snapshot.find("\"namedProperty\""), std::string::npos);
    heddle_value parsed;
    ASSERT_OK(heddle_json_parse(agent, snapshot.data(), snapshot.size(), &parsed, error));
    EXPECT_FAILS(HEDDLE_REFUSED, "returned 0",
                 heddle_heap_snapshot(agent, [](const char*, size_t, void*) { return 0; }, nullptr, error));
}

TEST_F(ValuesTest, WeakHandlesLetGo) {
    heddle_scope inner;
    constexpr int kWeak = 50;
    heddle_weak weak[kWeak], of_kept;
    heddle_value value, kept, found;
    int alive = 7;
    ASSERT_OK(heddle_scope_open(agent, &inner, error));
    for (heddle_weak& handle : weak)
        ASSERT_OK(heddle_weak_create(agent, run("({})"), &handle, error));
    ASSERT_OK(heddle_value_persist(agent, run("({})"), &kept, error));
    ASSERT_OK(heddle_weak_create(agent, kept, &of_kept, error));
    ASSERT_OK(heddle_heap_collect(agent, error));
    ASSERT_OK(heddle_weak_get(agent, weak[0], &alive, &value, error));
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(show(value), "[object Object]");
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "held weakly", heddle_weak_create(agent, run("1"), &of_kept, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "held weakly", heddle_weak_create(agent, run("Symbol.for('in the registry')"), &of_kept, error));
    ASSERT_OK(heddle_scope_close(agent, inner, error));
    ASSERT_OK(heddle_heap_collect(agent, error));
    int gone = 0;
    for (heddle_weak handle : weak) {
        ASSERT_OK(heddle_weak_get(agent, handle, &alive, &found, error));
        gone += !alive;
        EXPECT_EQ(show(found), alive ? "[object Object]" : "undefined");
    }
    // Words that the native stack still holds may keep a few.
    EXPECT_GT(gone, kWeak / 2);
    ASSERT_OK(heddle_weak_get(agent, of_kept, &alive, &found, error));
    EXPECT_EQ(alive, 1);
    for (heddle_weak handle : weak)
        ASSERT_OK(heddle_weak_release(agent, handle, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "weak handle", heddle_weak_get(agent, weak[0], &alive, &found, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "released before", heddle_weak_release(agent, weak[0], error));
    // A handle of one kind is none of another.
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "", heddle_value_release(agent, {of_kept.owner, of_kept.entry}, error));
    heddle_agent* other = make_agent();
    EXPECT_FAILS(HEDDLE_FOREIGN_HANDLE, "", heddle_weak_get(other, of_kept, &alive, &found, error));
    ASSERT_OK(heddle_agent_destroy(other, error));
    ASSERT_OK(heddle_weak_release(agent, of_kept, error));
    ASSERT_OK(heddle_value_release(agent, kept, error));
}
