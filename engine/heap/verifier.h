// HeapVerifier: the heap's own rules, checked over every cell. For checked builds: it walks the whole heap.
#pragma once

#include "heap/heap.h"

#include <string>

namespace heddle {

/// What `owner` calls its edge to `target`, for reports: "'next'", "[3]", or nothing.
std::string edge_name(Cell* owner, const Cell* target);

class HeapVerifier {
public:
    explicit HeapVerifier(Heap& heap) : heap_(heap) {}
    /// Before the marking of a young collection: an old cell that refers to a young one, strongly or weakly,
    /// is in the remembered set. Aborts with a report of the owner, the edge and the target.
    void check_barriers();
    /// Every reference of a live cell is to a live cell of this heap, or to an immortal one.
    void check_references();

private:
    Heap& heap_;
};

} // namespace heddle
