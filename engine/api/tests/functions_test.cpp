// Host functions, classes and their data.
#include "api/tests/api_fixture.h"

using FunctionsTest = ApiTest;

namespace {

heddle_status join(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    std::string text = static_cast<const char*>(arguments->data);
    for (size_t i = 0; i < arguments->count; ++i) {
        heddle_value string;
        if (heddle_status status = heddle_to_string(agent, arguments->values[i], &string, nullptr)) return status;
        char buffer[64];
        if (heddle_status status = heddle_get_string_utf8(agent, string, buffer, sizeof buffer, nullptr, nullptr)) return status;
        text += buffer;
    }
    return heddle_string_utf8(agent, text.data(), text.size(), result, nullptr);
}

struct Counters {
    int finalized = 0;
    bool agent_usable = false;
};

void count_finalized(heddle_agent* agent, void* data) {
    auto* counters = static_cast<Counters*>(data);
    ++counters->finalized;
    uint64_t id = 0;
    counters->agent_usable = heddle_agent_id(agent, &id, nullptr) == HEDDLE_OK;
}

} // namespace

TEST_F(FunctionsTest, HostFunctionsGetWhatScriptPasses) {
    char prefix[] = ">";
    define_function("join", join, prefix);
    EXPECT_EQ(run_and_show("join(1, 'a', [2, 3])"), ">1a2,3");
    EXPECT_EQ(run_and_show("join(...Array(20).fill('x'))"), ">" + std::string(20, 'x'));
    EXPECT_EQ(run_and_show("[join.name, join.length, typeof join, join instanceof Function]"), "join,0,function,true");
    EXPECT_EQ(run_and_show("try { new join } catch (e) { e.name }"), "TypeError");
    // What a call inside throws passes through.
    EXPECT_EQ(run_and_show("try { join({ toString() { throw 'mine' } }) } catch (e) { e }"), "mine");
    EXPECT_EQ(run_and_show("Function.prototype.toString.call(join).includes('native code')"), "true");
}

TEST_F(FunctionsTest, FailuresOfCallbacksAreExceptions) {
    define_function("fails", [](heddle_agent*, const heddle_arguments*, heddle_value*) { return HEDDLE_BAD_ARGUMENT; });
    EXPECT_EQ(run_and_show("try { fails() } catch (e) { e.message }"), "A host callback failed: HEDDLE_BAD_ARGUMENT");
    define_function("throws", [](heddle_agent* agent, const heddle_arguments*, heddle_value*) {
        return heddle_throw_error(agent, HEDDLE_SYNTAX_ERROR, "thrown", nullptr);
    });
    EXPECT_EQ(run_and_show("try { throws() } catch (e) { String(e) }"), "SyntaxError: thrown");
    define_function("exhausted", [](heddle_agent*, const heddle_arguments*, heddle_value*) { return HEDDLE_OUT_OF_MEMORY; });
    EXPECT_EQ(run_and_show("try { exhausted() } catch (e) { e instanceof RangeError }"), "true");
    define_function("garbage", [](heddle_agent*, const heddle_arguments*, heddle_value* result) {
        *result = {1, 2};
        return HEDDLE_OK;
    });
    EXPECT_EQ(run_and_show("try { garbage() } catch (e) { e.name }"), "TypeError");
    define_function("handled", [](heddle_agent* agent, const heddle_arguments*, heddle_value* result) {
        EXPECT_EQ(heddle_evaluate(agent, "throw 1", HEDDLE_AUTO_LENGTH, nullptr, result, nullptr), HEDDLE_EXCEPTION);
        return heddle_string_utf8(agent, "went on", HEDDLE_AUTO_LENGTH, result, nullptr);
    });
    EXPECT_EQ(run_and_show("handled()"), "went on");
}

TEST_F(FunctionsTest, CallbacksHaveAScopeOfTheirOwn) {
    static heddle_value leaked;
    define_function("leak", [](heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
        heddle_scope open; // never closed: it ends with the call
        EXPECT_EQ(heddle_scope_open(agent, &open, nullptr), HEDDLE_OK);
        leaked = arguments->values[0];
        *result = leaked;
        return HEDDLE_OK;
    });
    EXPECT_EQ(run_and_show("leak('x')"), "x");
    heddle_type type;
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_value_type(agent, leaked, &type, error));
    heddle_heap_statistics statistics = HEDDLE_HEAP_STATISTICS_INIT;
    ASSERT_OK(heddle_heap_get_statistics(agent, &statistics, error));
    uint64_t locals = statistics.local_handles;
    run("for (let i = 0; i < 1000; ++i) leak(i)");
    ASSERT_OK(heddle_heap_get_statistics(agent, &statistics, error));
    EXPECT_EQ(statistics.local_handles, locals + 1);
    ASSERT_OK(heddle_scope_close(agent, scope, error)); // the fixture's is still the innermost
    ASSERT_OK(heddle_scope_open(agent, &scope, error));
}

TEST_F(FunctionsTest, RecursionThroughTheHostEndsInAnException) {
    define_function("again", [](heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
        return heddle_call(agent, arguments->values[0], arguments->this_value, nullptr, 0, result, nullptr);
    });
    EXPECT_EQ(run_and_show("function f() { again(f) } try { f() } catch (e) { e instanceof RangeError }"), "true");
}

TEST_F(FunctionsTest, DataOfFunctionsIsFinalizedOnce) {
    Counters counters;
    heddle_scope inner;
    ASSERT_OK(heddle_scope_open(agent, &inner, error));
    heddle_value function;
    ASSERT_OK(heddle_function_create(agent, nullptr, 0, join, &counters, count_finalized, &function, error));
    ASSERT_OK(heddle_heap_collect(agent, error));
    EXPECT_EQ(counters.finalized, 0);
    ASSERT_OK(heddle_scope_close(agent, inner, error));
    // The conservative scan may keep it once; a few calls later nothing on the stack remembers it.
    for (int i = 0; i < 5 && counters.finalized == 0; ++i) {
        run("[1, 2, 3].map(x => x)");
        ASSERT_OK(heddle_heap_collect(agent, error));
    }
    EXPECT_EQ(counters.finalized, 1);
    EXPECT_TRUE(counters.agent_usable);
    ASSERT_OK(heddle_function_create(agent, "kept", 0, join, &counters, count_finalized, &function, error));
    ASSERT_OK(heddle_set_named(agent, global(), "kept", function, error));
    ASSERT_OK(heddle_agent_destroy(agent, error));
    agent = nullptr;
    EXPECT_EQ(counters.finalized, 2);
    EXPECT_FALSE(counters.agent_usable); // the agent was gone by then
}

// --- classes ----------------------------------------------------------------------------------------------------

namespace {

struct Account {
    double balance;
    Counters* counters;
};

heddle_class account_class;

void free_account(heddle_agent*, void* data) {
    auto* account = static_cast<Account*>(data);
    ++account->counters->finalized;
    delete account;
}

heddle_status construct_account(heddle_agent* agent, const heddle_arguments* arguments, heddle_value*) {
    double balance = 0;
    if (arguments->count > 0) {
        if (heddle_status status = heddle_to_number(agent, arguments->values[0], &balance, nullptr)) return status;
    }
    auto* account = new Account{balance, static_cast<Counters*>(arguments->data)};
    heddle_status status = heddle_object_set_private(agent, arguments->this_value, account, free_account, nullptr);
    if (status != HEDDLE_OK) delete account;
    return status;
}

heddle_status account_of(heddle_agent* agent, const heddle_arguments* arguments, Account** out) {
    void* data = nullptr;
    heddle_error error = HEDDLE_ERROR_INIT;
    if (heddle_object_get_private(agent, arguments->this_value, account_class, &data, &error) != HEDDLE_OK)
        return heddle_throw_error(agent, HEDDLE_TYPE_ERROR, error.message, nullptr);
    *out = static_cast<Account*>(data);
    return HEDDLE_OK;
}

heddle_status deposit(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    Account* account = nullptr;
    double amount = 0;
    if (heddle_status status = account_of(agent, arguments, &account)) return status;
    if (heddle_status status = heddle_to_number(agent, arguments->values[0], &amount, nullptr)) return status;
    account->balance += amount;
    return heddle_number(agent, account->balance, result, nullptr);
}

heddle_status get_balance(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    Account* account = nullptr;
    if (heddle_status status = account_of(agent, arguments, &account)) return status;
    return heddle_number(agent, account->balance, result, nullptr);
}

heddle_status bank_name(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result) {
    return heddle_string_utf8(agent, arguments->data ? "with data" : "without", HEDDLE_AUTO_LENGTH, result, nullptr);
}

class ClassesTest : public ApiTest {
protected:
    void make_class() {
        heddle_method methods[3] = {};
        methods[0].name = "deposit";
        methods[0].callback = deposit;
        methods[0].length = 1;
        methods[1].name = "balance";
        methods[1].getter = get_balance;
        methods[2].name = "bank";
        methods[2].callback = bank_name;
        methods[2].is_static = 1;
        heddle_class_options options = HEDDLE_CLASS_OPTIONS_INIT;
        options.name = "Account";
        options.length = 1;
        options.constructor = construct_account;
        options.methods = methods;
        options.method_count = 3;
        options.data = &counters;
        ASSERT_OK(heddle_class_create(agent, &options, &account_class, error));
        heddle_value constructor;
        ASSERT_OK(heddle_class_constructor(agent, account_class, &constructor, error));
        ASSERT_OK(heddle_set_named(agent, global(), "Account", constructor, error));
    }
    Counters counters;
};

} // namespace

TEST_F(ClassesTest, ScriptUsesThemLikeItsOwn) {
    make_class();
    EXPECT_EQ(run_and_show("const a = new Account(10); a.deposit(5); a.balance"), "15");
    EXPECT_EQ(run_and_show("[a instanceof Account, Object.prototype.toString.call(a), Account.name, Account.length, Account.bank()]"),
              "true,[object Account],Account,1,with data");
    EXPECT_EQ(run_and_show("try { Account() } catch (e) { e.message }"), "Class constructor Account cannot be called without 'new'");
    EXPECT_EQ(run_and_show("try { a.deposit.call({}, 1) } catch (e) { e.name }"), "TypeError");
    EXPECT_EQ(run_and_show("try { a.deposit.call(Object.create(Account.prototype), 1) } catch (e) { e.name }"), "TypeError");
    EXPECT_EQ(run_and_show("try { new Account({ valueOf() { throw 'refused' } }) } catch (e) { e }"), "refused");
    EXPECT_EQ(run_and_show("Object.getOwnPropertyNames(Account.prototype)"), "constructor,deposit,balance");
    EXPECT_EQ(run_and_show("class Saving extends Account { constructor() { super(100) } get twice() { return this.balance * 2 } }\n"
                           "const s = new Saving; [s.deposit(1), s.twice, s instanceof Saving, s instanceof Account]"),
              "101,202,true,true");
    EXPECT_EQ(run_and_show("Reflect.construct(Account, [3], Saving) instanceof Saving"), "true");
}

TEST_F(ClassesTest, InstancesAreFinalizedOnce) {
    make_class();
    run("for (let i = 0; i < 100; ++i) new Account(i)");
    ASSERT_OK(heddle_heap_collect(agent, error));
    EXPECT_GE(counters.finalized, 95);
    heddle_value made;
    ASSERT_OK(heddle_class_instantiate(agent, account_class, new Account{1, &counters}, free_account, &made, error));
    int before = counters.finalized;
    ASSERT_OK(heddle_object_set_private(agent, made, new Account{2, &counters}, free_account, error));
    EXPECT_EQ(counters.finalized, before + 1); // what was there
    ASSERT_OK(heddle_agent_destroy(agent, error));
    agent = nullptr;
    EXPECT_EQ(counters.finalized, 102);
}

TEST_F(ClassesTest, ParentsAndBrands) {
    make_class();
    heddle_class_options options = HEDDLE_CLASS_OPTIONS_INIT;
    heddle_class derived, stranger;
    options.name = "Derived";
    options.parent = account_class;
    ASSERT_OK(heddle_class_create(agent, &options, &derived, error));
    options.name = "Stranger";
    options.parent = {0, 0};
    ASSERT_OK(heddle_class_create(agent, &options, &stranger, error));
    heddle_value instance, other;
    ASSERT_OK(heddle_class_instantiate(agent, derived, new Account{5, &counters}, free_account, &instance, error));
    ASSERT_OK(heddle_class_instantiate(agent, stranger, nullptr, nullptr, &other, error));
    void* data = nullptr;
    ASSERT_OK(heddle_object_get_private(agent, instance, account_class, &data, error));
    EXPECT_EQ(static_cast<Account*>(data)->balance, 5);
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "another class", heddle_object_get_private(agent, instance, stranger, &data, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "another class", heddle_object_get_private(agent, other, account_class, &data, error));
    EXPECT_FAILS(HEDDLE_WRONG_KIND, "expected an instance", heddle_object_get_private(agent, text("x"), account_class, &data, error));
    ASSERT_OK(heddle_set_named(agent, global(), "d", instance, error));
    EXPECT_EQ(run_and_show("[d.deposit(1), d instanceof Account]"), "6,true");
    EXPECT_EQ(run_and_show("try { new d.constructor } catch (e) { e.message }"),
              "Illegal constructor: only the host makes instances of this class");
    ASSERT_OK(heddle_class_release(agent, stranger, error));
    EXPECT_FAILS(HEDDLE_BAD_HANDLE, "stale", heddle_class_constructor(agent, stranger, &instance, error));
    options.name = nullptr;
    EXPECT_FAILS(HEDDLE_BAD_ARGUMENT, "name of the class", heddle_class_create(agent, &options, &stranger, error));
}
