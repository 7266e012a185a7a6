// What checked builds look at wherever a cell is reached: that it is alive, and that it lies in the heap of whoever reaches
// it. Included by cell.h's users through member.h; nothing in release builds.
#pragma once

#include "heap/cell.h"

namespace heddle {

#ifdef HEDDLE_CHECKED
/// `owner` is about to refer to `target` (either may be null): both are alive, and in one heap unless immortal.
void check_edge(const Cell* owner, const Cell* target);
/// A root of `heap` is about to refer to `target` (may be null).
void check_root_edge(const Heap& heap, const Cell* target);
/// A root of the heap comes or goes: the calling thread may use the heap.
void check_root_thread(const Heap& heap, const char* what);
#else
inline void check_edge(const Cell*, const Cell*) {}
inline void check_root_edge(const Heap&, const Cell*) {}
inline void check_root_thread(const Heap&, const char*) {}
#endif

} // namespace heddle
