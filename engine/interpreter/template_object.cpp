#include "interpreter/dispatch.h"

#include "runtime/array.h"

namespace heddle {

// 13.2.8.4 GetTemplateObject ( templateLiteral ): one for each site in each realm
Result<Value> get_template_object(Interpreter& interpreter, Frame& frame, const TemplateDescription& description, uint32_t feedback) {
    Agent& agent = interpreter.agent();
    Value known = frame.instance->site_value(feedback);
    if (!known.is_empty()) return known;
    Array* raw = TRY(Array::create(agent, 0));
    Array* cooked = TRY(Array::create(agent, 0));
    for (const TemplateDescription::Part& part : description.parts) {
        TRY(cooked->push_direct(agent, part.has_cooked ? frame.instance->constant(part.cooked) : Value::undefined()));
        TRY(raw->push_direct(agent, frame.instance->constant(part.raw)));
    }
    TRY(set_integrity_level(agent, raw, IntegrityLevel::Frozen));
    TRY(cooked->define_direct(agent, atoms::raw, Value(raw), kNone));
    TRY(set_integrity_level(agent, cooked, IntegrityLevel::Frozen));
    TRY(frame.instance->set_site_value(agent, feedback, Value(cooked)));
    return Value(cooked);
}

} // namespace heddle
