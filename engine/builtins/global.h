// Functions of the global object that are not intrinsics (ECMA-262 19.2, B.2.1).
#pragma once

#include "runtime/agent.h"

namespace heddle {

Result<Value> global_is_finite(Agent&, const Arguments&);
Result<Value> global_is_nan(Agent&, const Arguments&);
Result<Value> global_decode_uri(Agent&, const Arguments&);
Result<Value> global_decode_uri_component(Agent&, const Arguments&);
Result<Value> global_encode_uri(Agent&, const Arguments&);
Result<Value> global_encode_uri_component(Agent&, const Arguments&);
Result<Value> global_escape(Agent&, const Arguments&);
Result<Value> global_unescape(Agent&, const Arguments&);

} // namespace heddle
