#include "buffers/view.h"

#include "sync/window.h"

#include <cstdlib>

namespace heddle {

void View::abort_stale() const {
#ifdef HEDDLE_CHECKED
    report_broken_rule(Rule::StaleView, buffer_, "%zu bytes of %s were taken at user-code epoch %llu and used at %llu by agent %llu",
                       byte_length_, buffer_ ? cell_kind_name(buffer_->kind()) : "no buffer", static_cast<unsigned long long>(epoch_),
                       static_cast<unsigned long long>(agent_->user_code_epoch()), static_cast<unsigned long long>(agent_->id()));
#else
    std::abort();
#endif
}

namespace {

constexpr size_t kBytesBetweenPolls = size_t{4} << 20;

} // namespace

Fallible<void> copy_view_bytes(Agent& agent, const View& target, size_t target_position, const View& source,
                               size_t source_position, size_t size) {
    if (size == 0) return {};
    sync::WindowMark window(sync::Window::BulkCopy);
    std::byte* to = target.bytes(target_position, size);
    const std::byte* from = source.bytes(source_position, size);
    if (size <= kBytesBetweenPolls) {
        sync::move_relaxed(to, from, size);
        return {};
    }
    // Piece by piece in the direction in which no piece overwrites what is still to be read.
    bool ascending = to <= from || to >= from + size;
    for (size_t done = 0; done < size;) {
        size_t piece = std::min(kBytesBetweenPolls, size - done);
        size_t at = ascending ? done : size - done - piece;
        sync::move_relaxed(to + at, from + at, piece);
        done += piece;
        TRY(agent.poll_interrupts());
    }
    target.keep_alive();
    source.keep_alive();
    return {};
}

Fallible<void> copy_view_bytes_ascending(Agent& agent, const View& target, size_t target_position,
                                         const View& source, size_t source_position, size_t size) {
    if (size == 0) return {};
    std::byte* to = target.bytes(target_position, size);
    const std::byte* from = source.bytes(source_position, size);
    if (to <= from || to >= from + size)
        return copy_view_bytes(agent, target, target_position, source, source_position, size);
    sync::WindowMark window(sync::Window::BulkCopy);
    // Each byte written may be read again further on.
    for (size_t i = 0; i < size; ++i) {
        sync::store_relaxed(to + i, sync::load_relaxed<uint8_t>(from + i));
        if (i % kBytesBetweenPolls == kBytesBetweenPolls - 1) TRY(agent.poll_interrupts());
    }
    target.keep_alive();
    source.keep_alive();
    return {};
}

} // namespace heddle
