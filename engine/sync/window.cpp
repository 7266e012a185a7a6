// Counting who is inside a window.
#include "sync/window.h"

#include <sched.h>

namespace heddle::sync {

const char* window_name(Window window) {
    static constexpr const char* kNames[] = {
#define WINDOW(identifier, name) name,
#include "sync/windows.def"
#undef WINDOW
    };
    return window < Window::kFirstScenarioWindow ? kNames[static_cast<size_t>(window)] : nullptr;
}

bool WindowMark::enter(Window window) {
    ThreadRecord& thread = current_thread();
    int index = static_cast<int>(window);
    if (!thread.windows || index >= kMaxWindows || (thread.windows_inside >> index & 1)) return false;
    thread.windows_inside |= uint64_t{1} << index;
    WindowTable::Entry& entry = thread.windows->entries[index];
    uint64_t nth = entry.entered.add_relaxed(1);
    if (entry.inside.add_relaxed(1) > 0) {
        entry.met.add_relaxed(1);
    } else if (thread.disturbance.period != 0 && nth % 16 == 0) {
        // First one in: now and then make room for a second.
        sched_yield();
    }
    return true;
}

void WindowMark::leave(Window window) {
    ThreadRecord& thread = current_thread();
    int index = static_cast<int>(window);
    thread.windows_inside &= ~(uint64_t{1} << index);
    thread.windows->entries[index].inside.sub_relaxed(1);
}

} // namespace heddle::sync
