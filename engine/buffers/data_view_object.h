// DataView objects (ECMA-262 25.3): a range of a buffer, read and written at any offset and byte order.
#pragma once

#include "buffers/view.h"

namespace heddle {

class DataViewObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::DataView; }
    /// The caller has checked the range. Without a length it tracks the length of the buffer.
    static Fallible<DataViewObject*> create(Agent&, Shape*, BufferObject*, size_t byte_offset,
                                            std::optional<size_t> byte_length);

    BufferObject* buffer() const { return buffer_; }
    size_t byte_offset() const { return byte_offset_; }
    bool tracks_length() const { return class_data_ & kTracksLength; }
    size_t fixed_byte_length() const { return byte_length_; }
    /// 25.3.1.3 GetViewByteLength by one reading of the buffer, or nothing when IsViewOutOfBounds.
    std::optional<size_t> byte_length() const;
    View view(const Agent& agent) const {
        size_t length = byte_length().value_or(0);
        return length ? View(agent, buffer_, byte_offset_, length) : View();
    }
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    enum : uint32_t { kTracksLength = 1 };
    DataViewObject(Shape* shape, BufferObject* buffer, size_t byte_offset, std::optional<size_t> byte_length)
        : Object(CellKind::DataView, shape), byte_offset_(byte_offset),
          byte_length_(byte_length.value_or(0)) {
        class_data_ = byte_length ? 0 : kTracksLength;
        buffer_.init(buffer);
    }
    Member<BufferObject> buffer_;
    size_t byte_offset_;
    size_t byte_length_;
};

} // namespace heddle
