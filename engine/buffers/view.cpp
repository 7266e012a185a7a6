#include "buffers/view.h"

#include "sync/window.h"

#include <cstdio>
#include <cstdlib>

namespace heddle {

void View::abort_stale() const {
#ifdef HEDDLE_CHECKED
    std::fprintf(stderr,
                 "heddle: stale view: %zu bytes of %s %p were taken at user-code epoch %llu and used at %llu by agent %llu: "
                 "user code may have detached or resized the buffer; take the view again after the call\n",
                 byte_length_, buffer_ ? cell_kind_name(buffer_->kind()) : "no buffer", static_cast<void*>(buffer_),
                 static_cast<unsigned long long>(epoch_), static_cast<unsigned long long>(agent_->user_code_epoch()),
                 static_cast<unsigned long long>(agent_->id()));
#endif
    std::abort();
}

void copy_view_bytes(const View& target, size_t target_position, const View& source, size_t source_position, size_t size) {
    if (size == 0) return;
    sync::WindowMark window(sync::Window::BulkCopy);
    sync::move_relaxed(target.bytes(target_position, size), source.bytes(source_position, size), size);
}

void copy_view_bytes_ascending(const View& target, size_t target_position, const View& source, size_t source_position,
                               size_t size) {
    if (size == 0) return;
    sync::WindowMark window(sync::Window::BulkCopy);
    std::byte* to = target.bytes(target_position, size);
    std::byte* from = source.bytes(source_position, size);
    if (to <= from || to >= from + size) {
        sync::copy_relaxed(to, from, size);
        return;
    }
    // Each byte written may be read again further on.
    for (size_t i = 0; i < size; ++i)
        sync::store_relaxed(to + i, sync::load_relaxed<uint8_t>(from + i));
}

} // namespace heddle
