// Asks the interpreter; answers in the fixed buffers of the scheduler.
#include "stress/schedules/script_observer.h"

#include "interpreter/interpreter.h"

#include <cstdio>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern "C" void __tsan_ignore_thread_begin();
#define STRESS_IGNORE_RACES_FROM_HERE() __tsan_ignore_thread_begin()
#endif
#endif
#ifndef STRESS_IGNORE_RACES_FROM_HERE
#define STRESS_IGNORE_RACES_FROM_HERE() ((void)0)
#endif

namespace stress {

namespace {

using namespace heddle;

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
void position(void* record_agent, char* text, size_t capacity) {
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

void stack(void* agent, char* text, size_t capacity) {
    // The run is over and every thread stands still, which ThreadSanitizer cannot know; the process ends after this.
    STRESS_IGNORE_RACES_FROM_HERE();
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
    return {position, stack};
}

} // namespace stress
