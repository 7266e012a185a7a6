// Windows: marks on stretches of code where two threads are meant to meet. A stress run counts how often they did, so
// that a run without a finding says something. The counts are relaxed and order nothing: a mark hides no race.
#pragma once

#include "sync/atomic.h"

#include <cstdint>

namespace heddle::sync {

/// Windows inside the engine are the lines of windows.def; scenarios number their own from kFirstScenarioWindow.
enum class Window : uint8_t {
#define WINDOW(identifier, name) identifier,
#include "sync/windows.def"
#undef WINDOW
    kFirstScenarioWindow,
};

inline constexpr int kMaxWindows = 64;

/// May lie in memory shared between processes: a parent reads the counts of a child that crashed.
struct WindowTable {
    struct Entry {
        Polled<uint32_t> inside;
        Polled<uint64_t> entered;
        Polled<uint64_t> met;
    };
    Entry entries[kMaxWindows];
};

/// The name of an engine window, or null for a number that is a scenario's own.
const char* window_name(Window);

/// The calling thread is inside `window` for the scope of the mark. Nested marks of one thread count once. Does nothing
/// unless the build is checked and the thread inherited a table.
class WindowMark {
public:
    explicit WindowMark(Window window) {
#ifdef HEDDLE_CHECKED
        if (current_thread().windows) [[unlikely]] entered_ = enter(window);
        window_ = window;
#endif
    }
    ~WindowMark() {
#ifdef HEDDLE_CHECKED
        if (entered_) [[unlikely]] leave(window_);
#endif
    }
    WindowMark(const WindowMark&) = delete;
    WindowMark& operator=(const WindowMark&) = delete;

    /// For marks whose two ends lie in different functions; enter() says whether leave() is due.
    static bool enter(Window);
    static void leave(Window);

private:
#ifdef HEDDLE_CHECKED
    Window window_;
    bool entered_ = false;
#endif
};

} // namespace heddle::sync
