#include "heap/marker.h"

namespace heddle {

void Marker::drain() {
    for (;;) {
        while (!stack_.empty()) {
            Cell* cell = stack_.back();
            stack_.pop_back();
            visit_edges_of(cell);
        }
        for (Cell*& waiting : queue_) {
            if (Cell* cell = waiting) {
                waiting = nullptr;
                mark(cell);
            }
        }
        if (stack_.empty()) return;
    }
}

void Marker::finish() {
    drain();
    for (uint64_t before = ~uint64_t{0}; before != marked_.cells;) {
        before = marked_.cells;
        for (size_t i = 0; i < ephemerons_.size(); ++i)
            visit_ephemerons_of(ephemerons_[i]);
        drain();
    }
}

void Marker::process_weak() {
    for (Cell* cell : weak_)
        cell->process_weak(*this);
    for (Cell* cell : ephemerons_)
        cell->process_weak(*this);
}

} // namespace heddle
