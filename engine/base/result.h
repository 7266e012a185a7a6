// Result and Fallible: "a value, or an exception is pending on the agent".
//
//   Result<T>    the callee may run JavaScript (getters, valueOf, proxies, iterators, host callbacks).
//                No View of buffer bytes survives a call that returns Result.
//   Fallible<T>  the callee may throw (TypeError, RangeError, out of memory) but never runs JavaScript.
//
// A function that returns Fallible cannot TRY a Result: it does not compile. So whether user code may run
// is visible in every signature and checked by the compiler.
#pragma once

#include "base/assert.h"

#include <new>
#include <type_traits>
#include <utility>

namespace heddle {

/// The state "an exception is pending", after user code may have run. Converts to any Result.
struct [[nodiscard]] Threw {};

/// The state "an exception is pending", and no user code has run. Converts to any Result or Fallible.
struct [[nodiscard]] Failed {
    operator Threw() const { return {}; }
};

struct Unit {};

/// How "threw" is stored beside a T. Specialize where T has a spare bit pattern.
template<class T>
struct ResultStorage {
    alignas(T) unsigned char bytes[sizeof(T)];
    bool has_value = false;
    ResultStorage() = default;
    explicit ResultStorage(T&& value) : has_value(true) { new (bytes) T(std::move(value)); }
    ResultStorage(ResultStorage&& other) : has_value(other.has_value) {
        if (has_value) new (bytes) T(std::move(other.get()));
    }
    ~ResultStorage() {
        if (has_value) get().~T();
    }
    bool threw() const { return !has_value; }
    T& get() { return *std::launder(reinterpret_cast<T*>(bytes)); }
};

template<class T>
    requires(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>)
struct ResultStorage<T> {
    T value{};
    bool has_value = false;
    ResultStorage() = default;
    explicit ResultStorage(T v) : value(v), has_value(true) {}
    bool threw() const { return !has_value; }
    T& get() { return value; }
};

/// Pointers may be null; 1 is never a pointer and means "threw".
template<class T>
struct ResultStorage<T*> {
    T* value = reinterpret_cast<T*>(1);
    ResultStorage() = default;
    explicit ResultStorage(T* v) : value(v) {}
    bool threw() const { return reinterpret_cast<unsigned long>(value) == 1; }
    T*& get() { return value; }
};

template<class T>
class [[nodiscard]] Fallible {
public:
    using Stored = std::conditional_t<std::is_void_v<T>, Unit, T>;
    Fallible() requires std::is_void_v<T> : storage_(Unit{}) {}
    Fallible(Stored value) : storage_(std::move(value)) {}
    Fallible(Failed) {}
    template<class U>
        requires(std::is_convertible_v<U, Stored> && !std::is_void_v<T>)
    Fallible(Fallible<U> other) {
        if (!other.threw()) { storage_.~ResultStorage<Stored>(); new (&storage_) ResultStorage<Stored>(other.release()); }
    }

    bool threw() const { return storage_.threw(); }
    explicit operator bool() const = delete;
    Failed propagate() const { return {}; }
    auto release() {
        HEDDLE_ASSERT(!threw());
        if constexpr (!std::is_void_v<T>) return std::move(storage_.get());
    }

private:
    ResultStorage<Stored> storage_;
};

template<class T>
class [[nodiscard]] Result {
public:
    using Stored = std::conditional_t<std::is_void_v<T>, Unit, T>;
    Result() requires std::is_void_v<T> : storage_(Unit{}) {}
    Result(Stored value) : storage_(std::move(value)) {}
    Result(Threw) {}
    Result(Failed) {}
    template<class U>
        requires(std::is_convertible_v<U, Stored> && !std::is_void_v<T> && !std::is_void_v<U>)
    Result(Result<U> other) {
        if (!other.threw()) { storage_.~ResultStorage<Stored>(); new (&storage_) ResultStorage<Stored>(other.release()); }
    }
    template<class U>
        requires((std::is_void_v<T> && std::is_void_v<U>) || (!std::is_void_v<T> && std::is_convertible_v<U, Stored>))
    Result(Fallible<U> other) {
        if (!other.threw()) {
            storage_.~ResultStorage<Stored>();
            if constexpr (std::is_void_v<T>) new (&storage_) ResultStorage<Stored>(Unit{});
            else new (&storage_) ResultStorage<Stored>(other.release());
        }
    }

    bool threw() const { return storage_.threw(); }
    explicit operator bool() const = delete;
    Threw propagate() const { return {}; }
    auto release() {
        HEDDLE_ASSERT(!threw());
        if constexpr (!std::is_void_v<T>) return std::move(storage_.get());
    }

private:
    ResultStorage<Stored> storage_;
};

} // namespace heddle

/// Evaluates to the value of a Result or Fallible, or returns from the enclosing function when it threw.
#define TRY(...)                                                                                             \
    ({                                                                                                       \
        auto heddle_try_ = (__VA_ARGS__);                                                                    \
        if (heddle_try_.threw()) [[unlikely]] return heddle_try_.propagate();                                \
        heddle_try_.release();                                                                               \
    })

/// The value of a Result that cannot have thrown; asserts so (specification's "!").
#define MUST(...)                                                                                            \
    ({                                                                                                       \
        auto heddle_must_ = (__VA_ARGS__);                                                                   \
        HEDDLE_CHECK(!heddle_must_.threw());                                                                 \
        heddle_must_.release();                                                                              \
    })
