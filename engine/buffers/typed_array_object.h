// TypedArray objects (ECMA-262 10.4.5): integer-indexed exotic objects over a buffer. One class for the
// twelve types.
#pragma once

#include "buffers/view.h"

namespace heddle {

class TypedArrayObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::TypedArray; }

    /// Over part of a buffer that the caller has checked: `byte_offset` is aligned, and the elements lie
    /// inside the buffer at this moment. Without a length it tracks the length of the buffer ([[ArrayLength]]
    /// is auto).
    static Fallible<TypedArrayObject*> create(Agent&, Shape*, ElementType, BufferObject*, size_t byte_offset,
                                              std::optional<size_t> length);
    /// With a new ArrayBuffer of its own, zero-filled. Shape null: the type's intrinsic prototype. RangeError
    /// when too long.
    static Fallible<TypedArrayObject*> create_with_length(Agent&, Shape*, ElementType, uint64_t length);

    ElementType type() const { return static_cast<ElementType>(class_data_ & 0xFF); }
    size_t element_size() const { return heddle::element_size(type()); }
    bool is_bigint() const { return is_bigint_type(type()); }
    BufferObject* buffer() const { return buffer_; }
    bool tracks_length() const { return class_data_ & kTracksLength; }
    /// [[ByteOffset]], whether or not out of bounds.
    size_t byte_offset() const { return byte_offset_; }
    /// [[ArrayLength]] when not auto.
    size_t fixed_length() const { return length_; }

    // 10.4.5.9 to 10.4.5.14: TypedArrayLength by one reading of the buffer, or nothing when
    // IsTypedArrayOutOfBounds (detached, or shrunk below the array).
    std::optional<size_t> length() const { return length_in(buffer_->byte_length()); }
    std::optional<size_t> length_unordered() const { return length_in(buffer_->byte_length_unordered()); }
    bool is_out_of_bounds() const { return !length().has_value(); }
    /// 10.4.5.15 IsTypedArrayFixedLength
    bool is_fixed_length() const;
    // 10.4.5.16 IsValidIntegerIndex
    bool is_valid_index(double index) const;
    bool is_valid_index(uint64_t index) const {
        auto length = length_unordered();
        return length && index < *length;
    }

    /// All its elements now; empty when out of bounds.
    View view(const Agent& agent) const { return view_of(agent, length_unordered().value_or(0)); }

    // 10.4.5.17 TypedArrayGetElement: undefined when the index is not valid now
    Fallible<Value> get_element(Agent& agent, uint64_t index) const {
        auto length = length_unordered();
        if (!length || index >= *length) return Value::undefined();
        return element_value(agent, type(), view_of(agent, *length).load(type(), index));
    }
    // 10.4.5.18 TypedArraySetElement
    Result<void> set_element(Agent&, double index, Value);
    /// Its second half: stores raw bits if the index is valid.
    void store_element_bits(const Agent&, uint64_t index, uint64_t bits);

    Result<bool> prevent_extensions(Agent&) override;
    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<bool> has_property(Agent&, PropertyKey) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<bool> delete_property(Agent&, PropertyKey) override;
    Result<void> own_property_keys(Agent&, RootVector<Value>& keys) override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    enum : uint32_t { kTracksLength = 0x100 };
    TypedArrayObject(Shape* shape, ElementType type, BufferObject* buffer, size_t byte_offset, size_t length,
                     bool tracks)
        : Object(CellKind::TypedArray, shape, kExoticElements), byte_offset_(byte_offset), length_(length) {
        class_data_ = static_cast<uint32_t>(type) | (tracks ? kTracksLength : 0);
        buffer_.init(buffer);
    }
    std::optional<size_t> length_in(size_t buffer_length) const {
        if (!buffer_->store()) return std::nullopt;
        if (tracks_length()) {
            if (byte_offset_ > buffer_length) return std::nullopt;
            return (buffer_length - byte_offset_) >> element_shift(type());
        }
        if (byte_offset_ + (length_ << element_shift(type())) > buffer_length) return std::nullopt;
        return length_;
    }
    View view_of(const Agent& agent, size_t length) const {
        return length ? View(agent, buffer_, byte_offset_, length << element_shift(type())) : View();
    }

    Member<BufferObject> buffer_; // [[ViewedArrayBuffer]]
    size_t byte_offset_;
    size_t length_;
};

enum class AccessMode : uint8_t { Read, Write };

/// A TypedArray With Buffer Witness Record of one that is not out of bounds: the array and its length at this
/// moment.
struct TypedArrayWitness {
    TypedArrayObject* array = nullptr;
    size_t length = 0;
};
/// 23.2.4.4 ValidateTypedArray ( O, order [ , accessMode ] ). `who` is the method's name for messages.
Fallible<TypedArrayWitness> validate_typed_array(Agent&, Value, const char* who,
                                                 AccessMode = AccessMode::Read);
/// A second look at the same array after user code: TypeError when it is out of bounds now.
Fallible<size_t> revalidate_typed_array(Agent&, TypedArrayObject*, const char* who);

// 23.2.4.2 TypedArrayCreateFromConstructor
Result<TypedArrayObject*> typed_array_create_from_constructor(Agent&, Object* constructor,
                                                              std::span<const Value> arguments,
                                                              AccessMode = AccessMode::Read);
// 23.2.4.1 TypedArraySpeciesCreate
Result<TypedArrayObject*> typed_array_species_create(Agent&, TypedArrayObject* exemplar,
                                                     std::span<const Value> arguments,
                                                     AccessMode = AccessMode::Read);
// 23.2.4.3 TypedArrayCreateSameType, with a length
Fallible<TypedArrayObject*> typed_array_create_same_type(Agent&, TypedArrayObject* exemplar, uint64_t length);

/// ToIntegerOrInfinity and the clamping of relative positions to [0, length] (ResolveBounds, one side).
Result<uint64_t> to_relative_index(Agent&, Value, uint64_t length);
/// As above for an end, which is `length` when undefined.
Result<uint64_t> to_relative_end(Agent&, Value, uint64_t length);

} // namespace heddle
