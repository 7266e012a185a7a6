// Scripts: compiled once, run by any agent of the runtime.
#include "api/call.h"
#include "interpreter/interpreter.h"

using namespace heddle;
using namespace heddle::api;

static Fallible<CodeRef> compile(Call& call, std::string_view source, const char* name) {
    return Interpreter::of(call.agent()).compile_script(SourceText::from_utf8(source, name ? name : "script"));
}

extern "C" {

heddle_status heddle_script_compile(heddle_agent* agent, const char* source, size_t length, const char* name, heddle_script** out,
                                    heddle_error* error) {
    Call call(agent, error);
    std::string_view text;
    if (!call.pointer(out, "the place for the script") || !call.text(source, length, text)) return call.status();
    Fallible<CodeRef> code = compile(call, text, name);
    if (code.threw()) return call.thrown();
    heddle_runtime& runtime = call.state().runtime;
    sync::MutexLocker locker(runtime.mutex);
    SharedSlot* slot = runtime.take_slot(SharedKind::Script);
    if (!slot) return call.out_of_memory();
    slot->code = code.release();
    *out = static_cast<heddle_script*>(heddle_runtime::handle_of(slot));
    return HEDDLE_OK;
}

heddle_status heddle_script_run(heddle_agent* agent, heddle_script* script, heddle_value* out, heddle_error* error) {
    Call call(agent, error);
    if (!call.pointer(out, "the place for the result") || !call.pointer(script, "the script")) return call.status();
    CodeRef code;
    {
        heddle_runtime& runtime = call.state().runtime;
        sync::MutexLocker locker(runtime.mutex);
        SharedSlot* slot = runtime.find_slot(script, SharedKind::Script);
        if (!slot)
            return call.fail(HEDDLE_BAD_HANDLE, "this is no script of this runtime: it was released, or compiled by another runtime");
        code = slot->code;
    }
    return call.give(Interpreter::of(call.agent()).run_script(call.agent().realm(), *code), out);
}

heddle_status heddle_script_release(heddle_runtime* runtime, heddle_script* script, heddle_error* error) {
    if (heddle_status status = check_runtime(runtime, error); status != HEDDLE_OK) return status;
    CodeRef code; // goes without the mutex
    sync::MutexLocker locker(runtime->mutex);
    SharedSlot* slot = runtime->find_slot(script, SharedKind::Script);
    if (!slot) return report(error, HEDDLE_BAD_HANDLE, "this is no script of this runtime, or it was released before");
    code = std::move(slot->code);
    runtime->free_slot(slot);
    return HEDDLE_OK;
}

heddle_status heddle_evaluate(heddle_agent* agent, const char* source, size_t length, const char* name, heddle_value* out,
                              heddle_error* error) {
    Call call(agent, error);
    std::string_view text;
    if (!call.pointer(out, "the place for the result") || !call.text(source, length, text)) return call.status();
    Fallible<CodeRef> compiled = compile(call, text, name);
    if (compiled.threw()) return call.thrown();
    CodeRef code = compiled.release();
    return call.give(Interpreter::of(call.agent()).run_script(call.agent().realm(), *code), out);
}

} // extern "C"
