// heddle.hpp: heddle.h for C++20: owners that release what they hold, results that are a value or an error, and host
// functions made of lambdas. Header-only; works with exceptions and without. The rules of heddle.h (threads, affinity,
// scopes) hold here too.
//
//   heddle::Runtime runtime = heddle::Runtime::create().value();
//   heddle::Agent agent = runtime.create_agent().value();
//   heddle::Scope scope(agent);
//   agent.global().value().set("add", agent.function("add", [](double a, double b) { return a + b; }).value()).value();
//   double three = agent.evaluate("add(1, 2)").value().number().value();
#ifndef HEDDLE_HEDDLE_HPP
#define HEDDLE_HEDDLE_HPP

#include "heddle/heddle.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>
#if defined(__cpp_exceptions)
#include <exception>
#endif

namespace heddle {
// A namespace of its own below: the library's internals are in heddle too.
inline namespace v0 {

// --- errors and results -----------------------------------------------------------------------------------------

struct Error {
    heddle_status status = HEDDLE_OK;
    std::string message;
};

#if defined(__cpp_exceptions)
/// What Expected::value throws when there is no value.
class Exception : public std::exception {
public:
    explicit Exception(Error error) : error_(std::move(error)), text_(std::string(heddle_status_name(error_.status)) + ": " + error_.message) {}
    const char* what() const noexcept override { return text_.c_str(); }
    const Error& error() const { return error_; }

private:
    Error error_;
    std::string text_;
};
#endif

[[noreturn]] inline void raise(const Error& error) {
#if defined(__cpp_exceptions)
    throw Exception(error);
#else
    std::fprintf(stderr, "heddle: %s: %s\n", heddle_status_name(error.status), error.message.c_str());
    std::abort();
#endif
}

/// A value, or an error that says why there is none. value() throws it (without exceptions: prints it and aborts).
template<class T>
class [[nodiscard]] Expected {
public:
    Expected(T value) : value_(std::move(value)) {}
    Expected(Error error) : error_(std::move(error)) {}
    bool has_value() const { return value_.has_value(); }
    explicit operator bool() const { return has_value(); }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }
    T& value() & {
        if (!value_) raise(error_);
        return *value_;
    }
    T value() && {
        if (!value_) raise(error_);
        return std::move(*value_);
    }
    template<class U>
    T value_or(U&& other) && {
        return value_ ? std::move(*value_) : static_cast<T>(std::forward<U>(other));
    }
    const Error& error() const { return error_; }

private:
    std::optional<T> value_;
    Error error_;
};

template<>
class [[nodiscard]] Expected<void> {
public:
    Expected() = default;
    Expected(Error error) : error_(std::move(error)) {}
    bool has_value() const { return error_.status == HEDDLE_OK; }
    explicit operator bool() const { return has_value(); }
    void value() const {
        if (!has_value()) raise(error_);
    }
    const Error& error() const { return error_; }

private:
    Error error_;
};

namespace detail {

/// Calls a function of heddle.h with a place for its error.
template<class Function>
Expected<void> attempt(Function&& function) {
    heddle_error error = HEDDLE_ERROR_INIT;
    heddle_status status = function(&error);
    if (status == HEDDLE_OK) return {};
    return Error{status, error.message};
}
template<class T, class Function>
Expected<T> attempt_for(Function&& function) {
    T out{};
    heddle_error error = HEDDLE_ERROR_INIT;
    heddle_status status = function(&out, &error);
    if (status == HEDDLE_OK) return Expected<T>(std::move(out));
    return Error{status, error.message};
}
template<class T>
struct IsExpected : std::false_type {};
template<class T>
struct IsExpected<Expected<T>> : std::true_type {};

} // namespace detail

class AgentRef;
class Arguments;

// --- values -----------------------------------------------------------------------------------------------------

/// A handle with its agent. Local unless a Persistent holds it: valid until its scope closes.
class Value {
public:
    Value() = default;
    Value(heddle_agent* agent, heddle_value handle) : agent_(agent), handle_(handle) {}
    heddle_value handle() const { return handle_; }
    heddle_agent* agent() const { return agent_; }

    Expected<heddle_type> type() const { return ask<heddle_type>(heddle_value_type); }
    Expected<heddle_object_kind> kind() const { return ask<heddle_object_kind>(heddle_value_kind); }
    bool is(heddle_type type) const {
        auto mine = this->type();
        return mine && *mine == type;
    }
    bool is_undefined() const { return is(HEDDLE_UNDEFINED); }
    bool is_null() const { return is(HEDDLE_NULL); }
    bool is_function() const { return is(HEDDLE_FUNCTION); }
    bool is_object() const { return is(HEDDLE_OBJECT) || is_function(); }

    // Reading: the type must be right.
    Expected<bool> boolean() const {
        auto read = ask<int>(heddle_get_boolean);
        if (!read) return read.error();
        return *read != 0;
    }
    Expected<double> number() const { return ask<double>(heddle_get_number); }
    Expected<int64_t> bigint() const {
        return detail::attempt_for<int64_t>([&](int64_t* out, heddle_error* error) { return heddle_get_int64(agent_, handle_, out, nullptr, error); });
    }
    Expected<std::string> string() const {
        size_t length = 0;
        auto asked = detail::attempt([&](heddle_error* error) { return heddle_get_string_utf8(agent_, handle_, nullptr, 0, &length, error); });
        if (!asked) return asked.error();
        std::string text(length, '\0');
        auto read = detail::attempt([&](heddle_error* error) { return heddle_get_string_utf8(agent_, handle_, text.data(), length, nullptr, error); });
        if (!read) return read.error();
        return text;
    }
    // Converting, as the language does.
    Expected<bool> to_boolean() const {
        auto read = ask<int>(heddle_to_boolean);
        if (!read) return read.error();
        return *read != 0;
    }
    Expected<double> to_number() const { return ask<double>(heddle_to_number); }
    Expected<std::string> to_string() const {
        auto converted = make(heddle_to_string);
        if (!converted) return converted.error();
        return converted->string();
    }
    Expected<std::string> to_json(uint32_t indent = 0) const {
        auto text = give([&](heddle_value* out, heddle_error* error) { return heddle_json_stringify(agent_, handle_, indent, out, error); });
        if (!text) return text.error();
        return text->string();
    }

    Expected<Value> get(const char* name) const {
        return give([&](heddle_value* out, heddle_error* error) { return heddle_get_named(agent_, handle_, name, out, error); });
    }
    Expected<Value> get(Value key) const {
        return give([&](heddle_value* out, heddle_error* error) { return heddle_get(agent_, handle_, key.handle_, out, error); });
    }
    Expected<Value> get(uint64_t index) const {
        return give([&](heddle_value* out, heddle_error* error) { return heddle_get_indexed(agent_, handle_, index, out, error); });
    }
    Expected<void> set(const char* name, Value value) const {
        return detail::attempt([&](heddle_error* error) { return heddle_set_named(agent_, handle_, name, value.handle_, error); });
    }
    Expected<void> set(Value key, Value value) const {
        return detail::attempt([&](heddle_error* error) { return heddle_set(agent_, handle_, key.handle_, value.handle_, error); });
    }
    Expected<void> set(uint64_t index, Value value) const {
        return detail::attempt([&](heddle_error* error) { return heddle_set_indexed(agent_, handle_, index, value.handle_, error); });
    }
    Expected<uint64_t> length() const { return ask<uint64_t>(heddle_array_length); }

    /// With undefined as `this`.
    Expected<Value> call(std::initializer_list<Value> arguments = {}) const {
        auto undefined = give([&](heddle_value* out, heddle_error* error) { return heddle_undefined(agent_, out, error); });
        if (!undefined) return undefined.error();
        return call_on(*undefined, arguments);
    }
    Expected<Value> call_on(Value this_value, std::initializer_list<Value> arguments = {}) const {
        std::vector<heddle_value> handles = handles_of(arguments);
        return give([&](heddle_value* out, heddle_error* error) {
            return heddle_call(agent_, handle_, this_value.handle_, handles.data(), handles.size(), out, error);
        });
    }
    Expected<Value> construct(std::initializer_list<Value> arguments = {}) const {
        std::vector<heddle_value> handles = handles_of(arguments);
        return give([&](heddle_value* out, heddle_error* error) {
            return heddle_construct(agent_, handle_, handles.data(), handles.size(), out, error);
        });
    }
    Expected<bool> strictly_equals(Value other) const {
        auto equal = detail::attempt_for<int>([&](int* out, heddle_error* error) { return heddle_strictly_equal(agent_, handle_, other.handle_, out, error); });
        if (!equal) return equal.error();
        return *equal != 0;
    }

private:
    static std::vector<heddle_value> handles_of(std::initializer_list<Value> values) {
        std::vector<heddle_value> handles;
        for (const Value& value : values)
            handles.push_back(value.handle_);
        return handles;
    }
    template<class T, class Function>
    Expected<T> ask(Function function) const {
        return detail::attempt_for<T>([&](T* out, heddle_error* error) { return function(agent_, handle_, out, error); });
    }
    template<class Function>
    Expected<Value> make(Function function) const {
        return give([&](heddle_value* out, heddle_error* error) { return function(agent_, handle_, out, error); });
    }
    template<class Function>
    Expected<Value> give(Function&& function) const {
        auto made = detail::attempt_for<heddle_value>(function);
        if (!made) return made.error();
        return Value(agent_, *made);
    }
    heddle_agent* agent_ = nullptr;
    heddle_value handle_ = {0, 0};
};

/// Keeps a value alive until it goes. For the agent's thread.
class Persistent {
public:
    Persistent() = default;
    static Expected<Persistent> create(Value value) {
        auto kept = detail::attempt_for<heddle_value>([&](heddle_value* out, heddle_error* error) {
            return heddle_value_persist(value.agent(), value.handle(), out, error);
        });
        if (!kept) return kept.error();
        Persistent persistent;
        persistent.value_ = Value(value.agent(), *kept);
        return persistent;
    }
    Persistent(Persistent&& other) noexcept : value_(std::exchange(other.value_, Value())) {}
    Persistent& operator=(Persistent&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Persistent() {
        if (value_.agent()) (void)heddle_value_release(value_.agent(), value_.handle(), nullptr);
    }
    const Value& operator*() const { return value_; }
    const Value* operator->() const { return &value_; }

private:
    Value value_;
};

/// A handle that does not keep its object or symbol alive.
class Weak {
public:
    Weak() = default;
    static Expected<Weak> create(Value value) {
        auto made = detail::attempt_for<heddle_weak>([&](heddle_weak* out, heddle_error* error) {
            return heddle_weak_create(value.agent(), value.handle(), out, error);
        });
        if (!made) return made.error();
        Weak weak;
        weak.agent_ = value.agent();
        weak.handle_ = *made;
        return weak;
    }
    Weak(Weak&& other) noexcept : agent_(std::exchange(other.agent_, nullptr)), handle_(other.handle_) {}
    Weak& operator=(Weak&& other) noexcept {
        std::swap(agent_, other.agent_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Weak() {
        if (agent_) (void)heddle_weak_release(agent_, handle_, nullptr);
    }
    /// Local; nothing once it has been collected.
    Expected<std::optional<Value>> get() const {
        int alive = 0;
        auto found = detail::attempt_for<heddle_value>([&](heddle_value* out, heddle_error* error) {
            return heddle_weak_get(agent_, handle_, &alive, out, error);
        });
        if (!found) return found.error();
        return alive ? std::optional<Value>(Value(agent_, *found)) : std::nullopt;
    }

private:
    heddle_agent* agent_ = nullptr;
    heddle_weak handle_ = {0, 0};
};

// --- what a runtime owns ----------------------------------------------------------------------------------------

namespace detail {
/// Owns a runtime-wide handle.
template<class Handle, heddle_status (*release)(heddle_runtime*, Handle*, heddle_error*)>
class Owner {
public:
    Owner() = default;
    Owner(heddle_runtime* runtime, Handle* handle) : runtime_(runtime), handle_(handle) {}
    Owner(Owner&& other) noexcept : runtime_(other.runtime_), handle_(std::exchange(other.handle_, nullptr)) {}
    Owner& operator=(Owner&& other) noexcept {
        std::swap(runtime_, other.runtime_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owner() {
        if (handle_) (void)release(runtime_, handle_, nullptr);
    }
    Handle* get() const { return handle_; }
    /// The caller owns it from now on.
    [[nodiscard]] Handle* leak() { return std::exchange(handle_, nullptr); }
    explicit operator bool() const { return handle_ != nullptr; }

private:
    heddle_runtime* runtime_ = nullptr;
    Handle* handle_ = nullptr;
};
} // namespace detail

using Script = detail::Owner<heddle_script, heddle_script_release>;
using Store = detail::Owner<heddle_store, heddle_store_release>;
using Message = detail::Owner<heddle_message, heddle_message_destroy>;

// --- agents -----------------------------------------------------------------------------------------------------

namespace detail {
template<class T>
struct Convert;
template<class Function>
struct HostCall;
} // namespace detail

/// An agent that somebody else owns. For the thread that it is attached to, but for what says otherwise.
class AgentRef {
public:
    AgentRef() = default;
    AgentRef(heddle_agent* agent) : agent_(agent) {}
    heddle_agent* get() const { return agent_; }

    // Values
    Expected<Value> undefined() const { return give([&](auto* out, auto* error) { return heddle_undefined(agent_, out, error); }); }
    Expected<Value> null() const { return give([&](auto* out, auto* error) { return heddle_null(agent_, out, error); }); }
    Expected<Value> boolean(bool value) const { return give([&](auto* out, auto* error) { return heddle_boolean(agent_, value, out, error); }); }
    Expected<Value> number(double value) const { return give([&](auto* out, auto* error) { return heddle_number(agent_, value, out, error); }); }
    Expected<Value> bigint(int64_t value) const { return give([&](auto* out, auto* error) { return heddle_bigint_int64(agent_, value, out, error); }); }
    Expected<Value> string(std::string_view text) const {
        return give([&](auto* out, auto* error) { return heddle_string_utf8(agent_, text.data(), text.size(), out, error); });
    }
    Expected<Value> object() const { return give([&](auto* out, auto* error) { return heddle_object_create(agent_, out, error); }); }
    Expected<Value> array(std::span<const Value> values) const {
        std::vector<heddle_value> handles;
        for (const Value& value : values)
            handles.push_back(value.handle());
        return give([&](auto* out, auto* error) { return heddle_array_create(agent_, handles.data(), handles.size(), out, error); });
    }
    Expected<Value> parse_json(std::string_view text) const {
        return give([&](auto* out, auto* error) { return heddle_json_parse(agent_, text.data(), text.size(), out, error); });
    }
    /// globalThis of the current realm.
    Expected<Value> global() const {
        auto realm = detail::attempt_for<heddle_realm>([&](auto* out, auto* error) { return heddle_realm_current(agent_, out, error); });
        if (!realm) return realm.error();
        auto object = give([&](auto* out, auto* error) { return heddle_realm_global(agent_, *realm, out, error); });
        (void)heddle_realm_release(agent_, *realm, nullptr);
        return object;
    }

    // Scripts and modules
    Expected<Value> evaluate(std::string_view source, const char* name = nullptr) const {
        return give([&](auto* out, auto* error) { return heddle_evaluate(agent_, source.data(), source.size(), name, out, error); });
    }
    Expected<Script> compile(heddle_runtime* runtime, std::string_view source, const char* name = nullptr) const {
        auto script = detail::attempt_for<heddle_script*>(
            [&](auto* out, auto* error) { return heddle_script_compile(agent_, source.data(), source.size(), name, out, error); });
        if (!script) return script.error();
        return Script(runtime, *script);
    }
    Expected<Value> run(const Script& script) const {
        return give([&](auto* out, auto* error) { return heddle_script_run(agent_, script.get(), out, error); });
    }
    Expected<Value> import_module(std::string_view specifier) const {
        return give([&](auto* out, auto* error) { return heddle_module_import(agent_, specifier.data(), specifier.size(), out, error); });
    }

    // Exceptions
    /// The exception of the last call that failed with one.
    Expected<Value> exception() const { return give([&](auto* out, auto* error) { return heddle_exception_get(agent_, out, error); }); }
    /// An Error for a host function to return.
    Error throw_error(heddle_error_type type, const char* message) const {
        heddle_error error = HEDDLE_ERROR_INIT;
        heddle_status status = heddle_throw_error(agent_, type, message, &error);
        return {status, error.message};
    }

    // Functions
    /// A function of script that calls `function`, which takes an Arguments& and gives a Value or an Expected<Value>; or
    /// takes and gives bool, numbers, std::string and Value.
    template<class Function>
    Expected<Value> function(const char* name, Function function) const {
        using Call = detail::HostCall<Function>;
        auto owned = std::make_unique<Function>(std::move(function));
        auto made = give([&](auto* out, auto* error) {
            return heddle_function_create(agent_, name, Call::kLength, Call::invoke, owned.get(),
                                          [](heddle_agent*, void* data) { delete static_cast<Function*>(data); }, out, error);
        });
        if (made) (void)owned.release();
        return made;
    }

    // Messages and buffers
    Expected<Message> serialize(heddle_runtime* runtime, Value value, std::span<const Value> transfer = {}) const {
        std::vector<heddle_value> handles;
        for (const Value& each : transfer)
            handles.push_back(each.handle());
        auto message = detail::attempt_for<heddle_message*>([&](auto* out, auto* error) {
            return heddle_message_serialize(agent_, value.handle(), handles.data(), handles.size(), out, error);
        });
        if (!message) return message.error();
        return Message(runtime, *message);
    }
    Expected<Value> deserialize(Message message) const {
        // The call uses the message up; one that was refused before it read goes with its owner.
        return give([&](auto* out, auto* error) { return heddle_message_deserialize(agent_, message.get(), out, nullptr, error); });
    }
    /// Of both directions between `port`, a MessagePort or a Worker, and its other side.
    Expected<void> set_queue_limits(Value port, const heddle_queue_limits& limits) const {
        return attempt([&](auto* error) { return heddle_port_set_queue_limits(agent_, port.handle(), &limits, error); });
    }
    Expected<heddle_queue_limits> queue_limits(Value port) const {
        heddle_queue_limits limits = HEDDLE_QUEUE_LIMITS_INIT;
        auto found = attempt([&](auto* error) { return heddle_port_get_queue_limits(agent_, port.handle(), &limits, error); });
        if (!found) return found.error();
        return limits;
    }
    /// A SharedArrayBuffer of a shared store, or an ArrayBuffer that uses an unshared one up.
    Expected<Value> buffer(const Store& store) const {
        return give([&](auto* out, auto* error) { return heddle_buffer_create(agent_, store.get(), out, error); });
    }
    Expected<Value> view(heddle_element_type type, Value buffer, size_t byte_offset = 0, size_t length = HEDDLE_AUTO_LENGTH) const {
        return give([&](auto* out, auto* error) { return heddle_view_create(agent_, type, buffer.handle(), byte_offset, length, out, error); });
    }

    // The event loop
    Expected<void> run_jobs() const { return attempt([&](auto* error) { return heddle_jobs_run(agent_, error); }); }
    Expected<void> run_loop() const { return attempt([&](auto* error) { return heddle_loop_run(agent_, error); }); }
    Expected<void> run_until_idle() const { return attempt([&](auto* error) { return heddle_loop_run_until_idle(agent_, nullptr, error); }); }
    /// Whether more may come.
    Expected<bool> poll(uint64_t nanoseconds) const {
        auto alive = detail::attempt_for<int>([&](int* out, heddle_error* error) { return heddle_loop_poll(agent_, nanoseconds, out, error); });
        if (!alive) return alive.error();
        return *alive != 0;
    }
    /// Runs `function(AgentRef)` as a task on the agent's thread; destroys it unrun when the agent ends first. [any thread]
    template<class Function>
    Expected<void> post(Function function) const {
        auto owned = std::make_unique<Function>(std::move(function));
        auto posted = attempt([&](auto* error) {
            return heddle_agent_post(
                agent_,
                [](heddle_agent* agent, void* data) {
                    std::unique_ptr<Function> mine(static_cast<Function*>(data));
                    (*mine)(AgentRef(agent));
                },
                [](void* data) { delete static_cast<Function*>(data); }, owned.get(), error);
        });
        if (posted) (void)owned.release();
        return posted;
    }
    Expected<void> terminate() const { return attempt([&](auto* error) { return heddle_agent_terminate(agent_, error); }); } // [any thread]
    Expected<void> clear_termination() const { return attempt([&](auto* error) { return heddle_agent_clear_termination(agent_, error); }); }
    Expected<void> set_deadline(uint64_t nanoseconds) const { // [any thread]
        return attempt([&](auto* error) { return heddle_agent_set_deadline(agent_, nanoseconds, error); });
    }
    Expected<void> detach() const { return attempt([&](auto* error) { return heddle_agent_detach_from_thread(agent_, error); }); }
    Expected<void> attach() const { return attempt([&](auto* error) { return heddle_agent_attach_to_thread(agent_, error); }); }

protected:
    template<class Function>
    Expected<Value> give(Function&& function) const {
        auto made = detail::attempt_for<heddle_value>(function);
        if (!made) return made.error();
        return Value(agent_, *made);
    }
    template<class Function>
    static Expected<void> attempt(Function&& function) {
        return detail::attempt(std::forward<Function>(function));
    }
    heddle_agent* agent_ = nullptr;
};

/// Owns an agent. Goes on the thread that it is attached to, or detached.
class Agent : public AgentRef {
public:
    Agent() = default;
    explicit Agent(heddle_agent* agent) : AgentRef(agent) {}
    Agent(Agent&& other) noexcept : AgentRef(std::exchange(other.agent_, nullptr)) {}
    Agent& operator=(Agent&& other) noexcept {
        std::swap(agent_, other.agent_);
        return *this;
    }
    ~Agent() {
        if (agent_) (void)heddle_agent_destroy(agent_, nullptr);
    }
};

class Runtime {
public:
    Runtime() = default;
    static Expected<Runtime> create(const heddle_runtime_options* options = nullptr) {
        auto made = detail::attempt_for<heddle_runtime*>([&](auto* out, auto* error) { return heddle_runtime_create(options, out, error); });
        if (!made) return made.error();
        Runtime runtime;
        runtime.runtime_ = *made;
        return runtime;
    }
    Runtime(Runtime&& other) noexcept : runtime_(std::exchange(other.runtime_, nullptr)) {}
    Runtime& operator=(Runtime&& other) noexcept {
        std::swap(runtime_, other.runtime_);
        return *this;
    }
    /// Its agents are gone.
    ~Runtime() {
        if (runtime_) (void)heddle_runtime_destroy(runtime_, nullptr);
    }
    heddle_runtime* get() const { return runtime_; }

    /// Attached to the calling thread. [any thread]
    Expected<Agent> create_agent(const heddle_agent_options* options = nullptr) const {
        auto made = detail::attempt_for<heddle_agent*>([&](auto* out, auto* error) { return heddle_agent_create(runtime_, options, out, error); });
        if (!made) return made.error();
        return Agent(*made);
    }
    /// Of the MessageChannels and Workers that its agents make from now on. [any thread]
    Expected<void> set_queue_limits(const heddle_queue_limits& limits) const {
        return detail::attempt([&](auto* error) { return heddle_runtime_set_queue_limits(runtime_, &limits, error); });
    }
    Expected<Store> create_store(size_t byte_length, bool shared, size_t max_byte_length = 0) const {
        heddle_store_options options = HEDDLE_STORE_OPTIONS_INIT;
        options.byte_length = byte_length;
        options.max_byte_length = max_byte_length;
        options.shared = shared;
        auto made = detail::attempt_for<heddle_store*>([&](auto* out, auto* error) { return heddle_store_create(runtime_, &options, out, error); });
        if (!made) return made.error();
        return Store(runtime_, *made);
    }
    Expected<std::span<std::byte>> bytes(const Store& store) const {
        void* data = nullptr;
        size_t length = 0;
        auto found = detail::attempt([&](auto* error) { return heddle_store_bytes(runtime_, store.get(), &data, &length, error); });
        if (!found) return found.error();
        return std::span<std::byte>(static_cast<std::byte*>(data), length);
    }

private:
    heddle_runtime* runtime_ = nullptr;
};

// --- spans of time ----------------------------------------------------------------------------------------------

/// Local handles made while it lives end with it.
class Scope {
public:
    explicit Scope(const AgentRef& agent) : agent_(agent.get()) {
        auto opened = detail::attempt_for<heddle_scope>([&](auto* out, auto* error) { return heddle_scope_open(agent_, out, error); });
        if (!opened) raise(opened.error());
        scope_ = *opened;
    }
    ~Scope() {
        if (agent_) (void)heddle_scope_close(agent_, scope_, nullptr);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    /// Ends the scope; the value lives on in the one around it.
    Expected<Value> close_keeping(Value value) {
        heddle_agent* agent = agent_;
        auto kept = detail::attempt_for<heddle_value>(
            [&](auto* out, auto* error) { return heddle_scope_close_keeping(agent, scope_, value.handle(), out, error); });
        if (!kept) return kept.error();
        agent_ = nullptr;
        return Value(agent, *kept);
    }

private:
    heddle_agent* agent_;
    heddle_scope scope_ = {0, 0};
};

/// A host callback blocks: nobody waits for it, and nobody touches the agent.
class Suspension {
public:
    explicit Suspension(const AgentRef& agent) : agent_(agent.get()) {
        auto left = detail::attempt([&](auto* error) { return heddle_agent_suspend(agent_, error); });
        if (!left) raise(left.error());
    }
    ~Suspension() { (void)heddle_agent_resume(agent_, nullptr); }
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

private:
    heddle_agent* agent_;
};

/// The calling thread has the agent.
class Attachment {
public:
    explicit Attachment(const AgentRef& agent) : agent_(agent) { agent_.attach().value(); }
    ~Attachment() { (void)agent_.detach(); }
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;

private:
    AgentRef agent_;
};

// --- host functions ---------------------------------------------------------------------------------------------

/// What a host function was called with.
class Arguments {
public:
    Arguments(heddle_agent* agent, const heddle_arguments& of) : agent_(agent), of_(of) {}
    AgentRef agent() const { return agent_; }
    size_t size() const { return of_.count; }
    /// Undefined beyond the end.
    Value operator[](size_t i) const {
        if (i < of_.count) return Value(agent_, of_.values[i]);
        return AgentRef(agent_).undefined().value();
    }
    Value this_value() const { return Value(agent_, of_.this_value); }
    Value new_target() const { return Value(agent_, of_.new_target); }
    bool is_construct() const { return of_.is_construct != 0; }

private:
    heddle_agent* agent_;
    const heddle_arguments& of_;
};

namespace detail {

template<class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
struct Convert<T> {
    static Expected<T> from(Value value) {
        auto number = value.to_number();
        if (!number) return number.error();
        return static_cast<T>(*number);
    }
    static Expected<Value> to(AgentRef agent, T number) { return agent.number(static_cast<double>(number)); }
};
template<>
struct Convert<bool> {
    static Expected<bool> from(Value value) { return value.to_boolean(); }
    static Expected<Value> to(AgentRef agent, bool value) { return agent.boolean(value); }
};
template<>
struct Convert<std::string> {
    static Expected<std::string> from(Value value) { return value.to_string(); }
    static Expected<Value> to(AgentRef agent, const std::string& text) { return agent.string(text); }
};
template<>
struct Convert<Value> {
    static Expected<Value> from(Value value) { return value; }
    static Expected<Value> to(AgentRef, Value value) { return value; }
};

/// The result of a host function as what its C callback returns.
inline heddle_status finish(heddle_agent*, const Expected<Value>& result, heddle_value* out) {
    if (!result) return result.error().status;
    *out = result->handle();
    return HEDDLE_OK;
}

/// Runs a host function; C++ exceptions become exceptions of script.
template<class Body>
heddle_status guarded(heddle_agent* agent, Body&& body) {
#if defined(__cpp_exceptions)
    try {
        return body();
    } catch (const Exception& exception) {
        heddle_status status = exception.error().status;
        if (status == HEDDLE_EXCEPTION || status == HEDDLE_OUT_OF_MEMORY || status == HEDDLE_TERMINATED) return status;
        return heddle_throw_error(agent, HEDDLE_PLAIN_ERROR, exception.what(), nullptr);
    } catch (const std::bad_alloc&) {
        return HEDDLE_OUT_OF_MEMORY;
    } catch (const std::exception& exception) {
        return heddle_throw_error(agent, HEDDLE_PLAIN_ERROR, exception.what(), nullptr);
    } catch (...) {
        return heddle_throw_error(agent, HEDDLE_PLAIN_ERROR, "The host function threw something that is no std::exception", nullptr);
    }
#else
    return body();
#endif
}

template<class Result>
heddle_status give_result(heddle_agent* agent, Result&& result, heddle_value* out) {
    using Plain = std::remove_cvref_t<Result>;
    if constexpr (std::is_same_v<Plain, Expected<Value>>) {
        return finish(agent, result, out);
    } else if constexpr (std::is_same_v<Plain, Expected<void>>) {
        return result.error().status;
    } else if constexpr (IsExpected<Plain>::value) {
        if (!result) return result.error().status;
        return give_result(agent, *std::forward<Result>(result), out);
    } else {
        return finish(agent, Convert<Plain>::to(agent, std::forward<Result>(result)), out);
    }
}

template<class Function>
heddle_status call_and_give(heddle_agent* agent, heddle_value* out, Function&& function) {
    if constexpr (std::is_void_v<decltype(function())>) {
        function();
        return HEDDLE_OK;
    } else {
        return give_result(agent, function(), out);
    }
}

template<class Signature>
struct TypedCall;
template<class Object, class Result, class... Parameters>
struct TypedCall<Result (Object::*)(Parameters...) const> {
    static constexpr uint32_t kLength = sizeof...(Parameters);
    template<class Function>
    static heddle_status call(Function& function, heddle_agent* agent, const Arguments& arguments, heddle_value* out) {
        return call(function, agent, arguments, out, std::index_sequence_for<Parameters...>());
    }
    template<class Function, size_t... I>
    static heddle_status call(Function& function, heddle_agent* agent, const Arguments& arguments, heddle_value* out, std::index_sequence<I...>) {
        // Braces: in order.
        std::tuple<Expected<std::remove_cvref_t<Parameters>>...> converted{Convert<std::remove_cvref_t<Parameters>>::from(arguments[I])...};
        heddle_status status = HEDDLE_OK;
        ((status = status == HEDDLE_OK && !std::get<I>(converted) ? std::get<I>(converted).error().status : status), ...);
        if (status != HEDDLE_OK) return status;
        return call_and_give(agent, out, [&]() -> Result { return function(*std::get<I>(converted)...); });
    }
};
template<class Object, class Result, class... Parameters>
struct TypedCall<Result (Object::*)(Parameters...)> : TypedCall<Result (Object::*)(Parameters...) const> {};

template<class Function>
    requires std::is_invocable_v<Function&, Arguments&>
struct HostCall<Function> {
    static constexpr uint32_t kLength = 0;
    static heddle_status invoke(heddle_agent* agent, const heddle_arguments* passed, heddle_value* out) {
        return guarded(agent, [&]() -> heddle_status {
            Arguments arguments(agent, *passed);
            return call_and_give(agent, out, [&]() -> decltype(auto) { return (*static_cast<Function*>(passed->data))(arguments); });
        });
    }
};
template<class Function>
    requires(!std::is_invocable_v<Function&, Arguments&>)
struct HostCall<Function> {
    using Typed = TypedCall<decltype(&Function::operator())>;
    static constexpr uint32_t kLength = Typed::kLength;
    static heddle_status invoke(heddle_agent* agent, const heddle_arguments* passed, heddle_value* out) {
        return guarded(agent, [&]() -> heddle_status {
            Arguments arguments(agent, *passed);
            return Typed::call(*static_cast<Function*>(passed->data), agent, arguments, out);
        });
    }
};

} // namespace detail

// --- host classes -----------------------------------------------------------------------------------------------

/// A class of script whose instances hold a T. Made by ClassBuilder; lives as long as its agent.
template<class T>
class Class {
public:
    explicit Class(heddle_agent* agent, heddle_class handle) : agent_(agent), handle_(handle) {}
    heddle_class handle() const { return handle_; }
    Expected<Value> constructor() const {
        auto made = detail::attempt_for<heddle_value>([&](auto* out, auto* error) { return heddle_class_constructor(agent_, handle_, out, error); });
        if (!made) return made.error();
        return Value(agent_, *made);
    }
    Expected<Value> instantiate(std::unique_ptr<T> object) const {
        auto made = detail::attempt_for<heddle_value>(
            [&](auto* out, auto* error) { return heddle_class_instantiate(agent_, handle_, object.get(), finalize, out, error); });
        if (!made) return made.error();
        (void)object.release();
        return Value(agent_, *made);
    }
    /// The T of an instance; an error for anything else.
    Expected<T*> object(Value instance) const {
        auto found = detail::attempt_for<void*>(
            [&](auto* out, auto* error) { return heddle_object_get_private(agent_, instance.handle(), handle_, out, error); });
        if (!found) return found.error();
        return static_cast<T*>(*found);
    }
    static void finalize(heddle_agent*, void* data) { delete static_cast<T*>(data); }

private:
    heddle_agent* agent_;
    heddle_class handle_;
};

template<class T>
class ClassBuilder {
public:
    ClassBuilder(AgentRef agent, const char* name) : agent_(agent), name_(name), state_(std::make_unique<State>()) {}
    /// `make(Arguments&)` gives a std::unique_ptr<T>, or an Expected of one.
    template<class Make>
    ClassBuilder& constructor(Make make) {
        state_->make = [make = std::move(make)](Arguments& arguments) mutable -> Expected<std::unique_ptr<T>> { return make(arguments); };
        return *this;
    }
    /// `function(T&, Arguments&)` gives what a host function does.
    template<class Function>
    ClassBuilder& method(const char* name, Function function, uint32_t length = 0) {
        heddle_method entry = {};
        entry.name = name;
        entry.length = length;
        entry.callback = call_member;
        entry.data = add(std::move(function));
        methods_.push_back(entry);
        return *this;
    }
    template<class Function>
    ClassBuilder& getter(const char* name, Function function) {
        heddle_method entry = {};
        entry.name = name;
        entry.getter = call_member;
        entry.data = add(std::move(function));
        methods_.push_back(entry);
        return *this;
    }
    Expected<Class<T>> build() {
        heddle_class_options options = HEDDLE_CLASS_OPTIONS_INIT;
        options.name = name_;
        options.constructor = state_->make ? construct : nullptr;
        options.methods = methods_.data();
        options.method_count = methods_.size();
        options.data = state_.get();
        options.finalizer = [](heddle_agent*, void* data) { delete static_cast<State*>(data); };
        auto made = detail::attempt_for<heddle_class>([&](auto* out, auto* error) { return heddle_class_create(agent_.get(), &options, out, error); });
        if (!made) return made.error();
        state_->handle = *made;
        (void)state_.release();
        return Class<T>(agent_.get(), *made);
    }

private:
    struct State;
    struct Member {
        State* of;
        std::function<heddle_status(T&, heddle_agent*, Arguments&, heddle_value*)> call;
    };
    struct State {
        heddle_class handle = {0, 0};
        std::function<Expected<std::unique_ptr<T>>(Arguments&)> make;
        std::vector<std::unique_ptr<Member>> members;
    };
    template<class Function>
    Member* add(Function function) {
        auto member = std::make_unique<Member>();
        member->of = state_.get();
        member->call = [function = std::move(function)](T& object, heddle_agent* agent, Arguments& arguments, heddle_value* out) mutable {
            return detail::call_and_give(agent, out, [&]() -> decltype(auto) { return function(object, arguments); });
        };
        state_->members.push_back(std::move(member));
        return state_->members.back().get();
    }
    static heddle_status construct(heddle_agent* agent, const heddle_arguments* passed, heddle_value*) {
        return detail::guarded(agent, [&]() -> heddle_status {
            auto* state = static_cast<State*>(passed->data);
            Arguments arguments(agent, *passed);
            Expected<std::unique_ptr<T>> made = state->make(arguments);
            if (!made) return made.error().status;
            heddle_status status = heddle_object_set_private(agent, passed->this_value, made->get(), Class<T>::finalize, nullptr);
            if (status == HEDDLE_OK) (void)made->release();
            return status;
        });
    }
    static heddle_status call_member(heddle_agent* agent, const heddle_arguments* passed, heddle_value* out) {
        return detail::guarded(agent, [&]() -> heddle_status {
            auto* member = static_cast<Member*>(passed->data);
            void* object = nullptr;
            if (heddle_object_get_private(agent, passed->this_value, member->of->handle, &object, nullptr) != HEDDLE_OK || !object)
                return heddle_throw_error(agent, HEDDLE_TYPE_ERROR, "The method was called on an object of another class", nullptr);
            Arguments arguments(agent, *passed);
            return member->call(*static_cast<T*>(object), agent, arguments, out);
        });
    }
    AgentRef agent_;
    const char* name_;
    std::unique_ptr<State> state_;
    std::vector<heddle_method> methods_;
};

} // namespace v0
} // namespace heddle

#endif
