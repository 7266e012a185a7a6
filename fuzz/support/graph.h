// Values as graphs: comparing two of them, and making one from a fuzzer's bytes.
#pragma once

#include "fuzz/support/agent.h"

#include <string>

namespace heddle::fuzz {

/// The first difference between two graphs of cloneable values: kinds, contents, order of keys, and identity (two places
/// hold one object on the left exactly when they do on the right). Empty when there is none. Runs no user code; bytes of
/// SharedArrayBuffers are taken to be quiet.
std::string compare_graphs(Agent&, Value left, Value right);

/// Containers and leaves of every cloneable kind, with sharing and cycles. `buffers` receives the transferable buffers.
/// With `poison`, one part cannot be cloned. Throws a RangeError when memory is short.
Fallible<Value> build_graph(Agent&, ByteSource&, RootVector<Value>& buffers, bool poison);

} // namespace heddle::fuzz
