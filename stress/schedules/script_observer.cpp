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

std::string place_of(const StackFrameInfo& frame) {
    std::string file =
        frame.file.substr(frame.file.rfind('/') == std::string::npos ? 0 : frame.file.rfind('/') + 1);
    std::string text = frame.function_name.empty() ? "" : frame.function_name + ' ';
    return text + file + ':' + std::to_string(frame.line) + ':' + std::to_string(frame.column);
}

std::vector<StackFrameInfo> frames_of(void* record_agent, size_t limit) {
    std::vector<StackFrameInfo> frames;
    auto& agent = *static_cast<Agent*>(record_agent);
    // While the agent is being made or destroyed there is nobody to ask.
    if (agent.has_component(Component::Interpreter)) agent.evaluator().capture_stack(frames, limit);
    return frames;
}

void position(void* agent, char* text, size_t capacity) {
    std::vector<StackFrameInfo> frames = frames_of(agent, 1);
    std::snprintf(text, capacity, "%s", frames.empty() ? "" : place_of(frames[0]).c_str());
}

void stack(void* agent, char* text, size_t capacity) {
    // The run is over and every thread stands still, which ThreadSanitizer cannot know; the process ends after this.
    STRESS_IGNORE_RACES_FROM_HERE();
    std::string lines;
    for (const StackFrameInfo& frame : frames_of(agent, 24))
        lines += "        at " + place_of(frame) + '\n';
    std::snprintf(text, capacity, "%s", lines.c_str());
}

} // namespace

sync::controlled::Observer script_observer() {
    return {position, stack};
}

} // namespace stress
