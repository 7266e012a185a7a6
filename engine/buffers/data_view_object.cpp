#include "buffers/data_view_object.h"

namespace heddle {

Fallible<DataViewObject*> DataViewObject::create(Agent& agent, Shape* shape, BufferObject* buffer,
                                                 size_t byte_offset, std::optional<size_t> byte_length) {
    if (!shape) shape = TRY(agent.realm().root_shape(Intrinsic::DataViewPrototype));
    return agent.heap().allocate<DataViewObject>(0, shape, buffer, byte_offset, byte_length);
}

// 25.3.1.3 GetViewByteLength, 25.3.1.4 IsViewOutOfBounds
std::optional<size_t> DataViewObject::byte_length() const {
    if (buffer_->is_detached()) return std::nullopt;
    size_t buffer_length = buffer_->byte_length();
    if (byte_offset_ > buffer_length) return std::nullopt;
    if (tracks_length()) return buffer_length - byte_offset_;
    if (byte_length_ > buffer_length - byte_offset_) return std::nullopt;
    return byte_length_;
}

void DataViewObject::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(buffer_);
}

} // namespace heddle
