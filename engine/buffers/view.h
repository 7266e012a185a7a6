// View: the one way to the bytes of a buffer. A View is made, used and forgotten between two points at which
// user code could run: it carries the data pointer and the length of one moment.
#pragma once

#include "buffers/buffer_object.h"
#include "buffers/element_type.h"
#include "sync/shared_memory.h"

namespace heddle {

/// Lives on the stack of the agent's thread. The buffer cell it names is kept by the stack scan, and the cell
/// holds the store, which nothing but user code or an operation of this agent can take away. In checked
/// builds an access after the agent's user-code epoch has advanced aborts with a report, whether or not
/// anybody detached or resized.
class View {
public:
    View() = default;
    /// The bytes [byte_offset, byte_offset + byte_length) of the buffer, which the caller has checked.
    View(const Agent& agent, BufferObject* buffer, size_t byte_offset, size_t byte_length)
        : buffer_(buffer), data_(buffer->store() ? buffer->store()->data() + byte_offset : nullptr),
          byte_length_(byte_length) {
        HEDDLE_CHECK(byte_length == 0 || (buffer->store() && byte_offset + byte_length <=
                                                                 buffer->store()->byte_length_unordered()));
#ifdef HEDDLE_CHECKED
        agent_ = &agent;
        epoch_ = agent.user_code_epoch();
#endif
    }

    BufferObject* buffer() const { return buffer_; }
    size_t byte_length() const { return byte_length_; }
    /// The cell must be alive up to here: for spans that may collect while only the bytes are still in use.
    void keep_alive() const { asm volatile("" : : "r"(buffer_) : "memory"); }
    bool is_empty() const { return byte_length_ == 0; }

    /// The address of `size` bytes from `position` on, for the operations of sync/shared_memory.h only.
    std::byte* bytes(size_t position, size_t size) const {
        check_fresh();
        HEDDLE_CHECK(position <= byte_length_ && size <= byte_length_ - position);
        return data_ + position;
    }

    /// Elements by number, at their natural alignment: relaxed, not tearing.
    uint64_t load(ElementType type, size_t index) const {
        size_t size = element_size(type);
        return load_element_relaxed(size, element(index, size));
    }
    void store(ElementType type, size_t index, uint64_t bits) const {
        size_t size = element_size(type);
        store_element_relaxed(size, element(index, size), bits);
    }

private:
    void* element(size_t index, size_t size) const {
        check_fresh();
        HEDDLE_ASSERT(index < byte_length_ / size);
        return data_ + index * size;
    }
    void check_fresh() const {
#ifdef HEDDLE_CHECKED
        if (agent_ && agent_->user_code_epoch() != epoch_) [[unlikely]]
            abort_stale();
#endif
    }
    [[noreturn]] void abort_stale() const;

    BufferObject* buffer_ = nullptr;
    std::byte* data_ = nullptr;
    size_t byte_length_ = 0;
#ifdef HEDDLE_CHECKED
    const Agent* agent_ = nullptr;
    uint64_t epoch_ = 0;
#endif
};

/// Copies `size` bytes between views; right for any overlap. Marked as a bulk copy. Polls interrupts every
/// few megabytes, which run no user code: throws termination only.
Fallible<void> copy_view_bytes(Agent&, const View& target, size_t target_position, const View& source,
                               size_t source_position, size_t size);
/// Copies in ascending order of addresses, byte after byte as far as anyone can tell: what 23.2.3.27
/// %TypedArray%.prototype.slice does even when its target overlaps its source.
Fallible<void> copy_view_bytes_ascending(Agent&, const View& target, size_t target_position,
                                         const View& source, size_t source_position, size_t size);

} // namespace heddle
