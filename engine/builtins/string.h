// What the files of String.prototype share, and what RegExp.prototype needs of them.
#pragma once

#include "runtime/operations.h"

namespace heddle {

/// RequireObjectCoercible(this value), then ToString: the beginning of nearly every method.
Result<String*> this_string(Agent&, const Arguments&, const char* method);

// 22.1.3.19.1 GetSubstitution ( matched, str, position, captures, namedCaptures, replacementTemplate )
Result<void> append_substitution(Agent&, StringBuilder&, String* matched, String* string, uint32_t position,
                                 std::span<const Value> captures, Value named_captures, String* replacement);

Fallible<void> define_string_patterns(Agent&, Realm&, Object* prototype); // match, replace, split…
Fallible<void> define_string_unicode(Agent&, Realm&, Object* prototype);  // normalize, case, localeCompare…
Fallible<void> define_string_html(Agent&, Realm&, Object* prototype);     // B.2.2

/// FlatView::index_of in pieces, between which the agent polls its interrupts.
Fallible<int64_t> polled_index_of(Agent&, FlatView view, FlatView needle, uint32_t from);

} // namespace heddle
