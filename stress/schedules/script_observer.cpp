// Asks the interpreter; answers in the fixed buffers of the scheduler.
#include "stress/schedules/script_observer.h"

#include "interpreter/interpreter.h"
#include "stress/schedules/sanitizer_log.h"

#include <cstdio>

namespace stress {

namespace {

using namespace heddle;

#ifdef STRESS_HAS_THREAD_SANITIZER
void ignore_races_from_here() { __tsan_ignore_thread_begin(); }

// So that a run does not depend on whether it is watched, what watches does so on a fiber, whose log is begun before the run
// is, and touches no shadow of the program's memory.
void* fiber = nullptr;

void begin() { fiber = make_fiber(true); }

// One thread runs at a time.
template <typename Body>
STRESS_NOT_INSTRUMENTED void unseen(Body& body) {
    void* thread = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber, kNoSynchronization);
    body();
    __tsan_switch_to_fiber(thread, kNoSynchronization);
}
#else
void ignore_races_from_here() {}
template <typename Body>
void unseen(Body& body) { body(); }
constexpr void (*begin)() = nullptr;
#endif

// The last part of a path.
const char* file_name(const std::string& path) {
    size_t slash = path.rfind('/');
    return path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
}

std::string place_of(const StackFrameInfo& frame) {
    std::string text = frame.function_name.empty() ? "" : frame.function_name + ' ';
    return text + file_name(frame.file) + ':' + std::to_string(frame.line) + ':' + std::to_string(frame.column);
}

// Without an allocation: in the midst of the run, it would change what the program's next ones do.
void describe_position(void* record_agent, char* text, size_t capacity) {
    text[0] = '\0';
    auto& agent = *static_cast<Agent*>(record_agent);
    // While the agent is being made or destroyed there is nobody to ask.
    if (!agent.has_component(Component::Interpreter)) return;
    Interpreter& interpreter = Interpreter::of(agent);
    const Frame* frame = interpreter.frame();
    if (!frame) return;
    char place[64];
    SourcePosition at = interpreter.position_of(*frame);
    std::snprintf(place, sizeof place, "%s:%u:%u", file_name(frame->code().source()->name()), at.line, at.column);
    constexpr uint32_t kLongestName = 40;
    char name[kLongestName + 2];
    uint32_t length = 0;
    const ConstantString& full = frame->code().name();
    // A trace is a table of ASCII: other characters of a name show as a question mark.
    for (; length < full.length() && length < kLongestName; length++)
        name[length] = full.at(length) < 0x80 ? static_cast<char>(full.at(length)) : '?';
    if (length != 0) name[length++] = ' ';
    name[length] = '\0';
    std::snprintf(text, capacity, "%s%s", name, place);
}

STRESS_NOT_INSTRUMENTED void position(void* record_agent, char* text, size_t capacity) {
    auto body = [&]() { describe_position(record_agent, text, capacity); };
    unseen(body);
}

void stack(void* agent, char* text, size_t capacity) {
    // The run is over and every thread stands still, which ThreadSanitizer cannot know; the process ends after this.
    ignore_races_from_here();
    std::string lines;
    std::vector<StackFrameInfo> frames;
    auto& asked = *static_cast<Agent*>(agent);
    if (asked.has_component(Component::Interpreter)) asked.evaluator().capture_stack(frames, 24);
    for (const StackFrameInfo& frame : frames)
        lines += "        at " + place_of(frame) + '\n';
    std::snprintf(text, capacity, "%s", lines.c_str());
}

} // namespace

sync::controlled::Observer script_observer() {
    return {begin, position, stack};
}

} // namespace stress
