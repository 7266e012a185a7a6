// inspect: any value as text for people, in the manner of node's util.inspect. Never runs user code: getters
// are named, not called, and a proxy is shown by its target.
#pragma once

#include "runtime/operations.h"
#include "shell/inspect_text.h"

#include <functional>

namespace heddle::shell {

std::string inspect(Agent&, Value, const InspectOptions& = {});

// What the inspector and its neighbours need to look into objects without running user code.

/// UTF-8; lone surrogates in three bytes when `keep_surrogates`, else as U+FFFD. "<out of memory>" when
/// flattening fails.
std::string string_text(Agent&, String*, bool keep_surrogates = false);
/// The own property; nothing for proxies, and when memory is short.
std::optional<PropertyDescriptor> own_property(Agent&, Object*, PropertyKey);
/// The value of a data property, own or inherited; empty when there is none, or an accessor or proxy is in
/// the way.
Value data_property(Agent&, Object*, PropertyKey);
/// The same as text; empty unless it is a string.
std::string data_string(Agent&, Object*, PropertyKey);
/// Own keys of an object that is no proxy; false when memory is short.
bool own_keys(Agent&, Object*, RootVector<Value>& keys);
/// The target of a proxy, of a proxy of a proxy and so on; null when it was revoked.
Object* proxy_target(Object*);
/// "Name: message" and the frames of an error, or what its own "stack" says.
std::string error_stack(Agent&, Object* error);
/// Is it an Error, or does it inherit from %Error.prototype%?
bool is_error_like(Agent&, Object*);

} // namespace heddle::shell
