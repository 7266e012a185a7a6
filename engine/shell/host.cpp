#include "shell/host.h"

#include "runtime/operations.h"
#include "shell/report.h"
#include "sync/clock.h"

#include <cstdio>

namespace heddle::shell {

namespace {

std::string joined(Agent& agent, const Arguments& arguments) {
    std::string line;
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (i != 0) line += ' ';
        line += to_printable(agent, arguments[i]);
    }
    return line;
}

Result<Value> print(Agent& agent, const Arguments& arguments) {
    std::string line = joined(agent, arguments);
    if (agent.is_terminating()) return Threw{};
    HostComponent& host = HostComponent::of(agent);
    if (host.before_output) host.before_output();
    host.print(host.print_data, line);
    return Value::undefined();
}

// performance.now ( ): milliseconds since the agent began
Result<Value> performance_now(Agent& agent, const Arguments&) {
    auto elapsed = static_cast<uint64_t>(sync::now().nanoseconds) - HostComponent::of(agent).start_nanoseconds;
    return Value::number(static_cast<double>(elapsed) / 1e6);
}

} // namespace

Fallible<void> install_host_globals(Agent& agent, Realm& realm) {
    RealmScope scope(agent, &realm);
    Object* global = realm.global_object();
    const FunctionEntry functions[] = {{atoms::print, print, 1}};
    TRY(define_functions(agent, realm, global, functions));
    Object* prototype = TRY(realm.intrinsic(Intrinsic::ObjectPrototype));
    TRY(install_console(agent, realm));
    Object* performance = TRY(Object::create(agent, prototype, 4));
    const FunctionEntry performance_functions[] = {{atoms::now, performance_now, 0}};
    TRY(define_functions(agent, realm, performance, performance_functions));
    return global->define_direct(agent, atoms::performance, Value(performance), kBuiltinAttributes);
}

} // namespace heddle::shell
