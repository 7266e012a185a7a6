// Serializer: one run of StructuredSerializeInternal (HTML 2.7.3). Iterative: what is under way is a list of frames,
// so depth costs heap memory and never native stack.
#pragma once

#include "base/entry_guard.h"
#include "buffers/buffer_object.h"
#include "builtins/hash_table.h"
#include "builtins/regexp_object.h"
#include "clone/structured_clone.h"
#include "runtime/array.h"
#include "runtime/error.h"
#include "runtime/primitive_objects.h"

namespace heddle {

/// Numbers of cells by address. Whoever uses it keeps the cells alive.
class CellNumbers {
public:
    static constexpr uint32_t kNone = 0xFFFF'FFFF;
    /// The cell's number, or kNone.
    uint32_t find(const Cell* cell) const {
        if (slots_.empty()) return kNone;
        for (size_t at = place(cell);; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at].cell == cell) return slots_[at].number;
            if (!slots_[at].cell) return kNone;
        }
    }
    /// The cell is not there yet. False when memory is short.
    [[nodiscard]] bool add(const Cell* cell, uint32_t number) {
        if ((count_ + 1) * 2 > slots_.size() && !grow()) return false;
        insert({cell, number});
        ++count_;
        return true;
    }
    uint32_t count() const { return count_; }
    void clear() {
        if (count_ != 0) __builtin_memset(static_cast<void*>(slots_.data()), 0, slots_.size() * sizeof(Slot));
        count_ = 0;
    }

private:
    struct Slot {
        const Cell* cell;
        uint32_t number;
    };
    size_t place(const Cell* cell) const {
        // Cells are multiples of 16 bytes apart.
        uint64_t hash = (reinterpret_cast<uint64_t>(cell) >> 4) * 0x9E37'79B9'7F4A'7C15u;
        return static_cast<size_t>(hash >> shift_);
    }
    void insert(Slot slot) {
        size_t at = place(slot.cell);
        while (slots_[at].cell)
            at = (at + 1) & (slots_.size() - 1);
        slots_[at] = slot;
    }
    bool grow();

    GrowableArray<Slot> slots_; // a power of two of them
    uint32_t count_ = 0;
    int shift_ = 64;
};

class Serializer {
public:
    explicit Serializer(Agent& agent)
        : agent_(agent), objects_(agent.heap()), shapes_(agent.heap()),
          written_keys_(agent.heap()), taken_(agent.heap()) {}

    /// StructuredSerializeWithTransfer: see structured_serialize. Once in the object's life, or again after reset().
    Result<CloneMessage> run(Value, std::span<const Value> transfer, const SerializeOptions&);
    /// Forgets everything but the memory of its lists. False: they are too large to be kept.
    bool reset();

private:
    enum class Step : uint8_t {
        Shaped,      // a plain object of one shape: properties by slot
        Keyed,       // a plain object or an array: keys taken beforehand, read by [[Get]]
        Dense,       // the elements of an array
        MapEntries,  // keys and values taken beforehand, alternating
        SetEntries,  // values taken beforehand
        ErrorParts,  // the cause, then the errors, as far as there are any
    };
    /// A container under way.
    struct Frame {
        Object* object;
        Step step;
        uint8_t error_parts; // WireErrorFlags still to come
        uint32_t next;       // how many parts have begun
        uint32_t count;
        uint32_t first;      // in taken_: what was taken beforehand
        uint32_t shape;      // in shapes_
    };
    /// What is written of an object of some shape: enumerable properties with string keys.
    struct Plan {
        uint32_t first; // in properties_
        uint32_t count;
        bool usable;      // all are data properties, and few enough
        uint32_t on_wire; // the shape's number there, or kNone before its first use
    };
    struct PlannedProperty {
        uint32_t entry; // of the shape
        uint32_t slot;
    };

    Fallible<void> check_transfer_list(std::span<const Value>);
    Result<void> serialize(Value);
    Fallible<void> transfer_all(std::span<const Value>);

    Result<void> begin(Value);
    /// Writes a value without parts; false: it is an object, and nothing has been written.
    Fallible<bool> write_primitive(Value);
    Result<void> begin_object(Object*);
    Result<void> begin_plain(Object*);
    Result<void> begin_array(Array*);
    Result<void> begin_keyed(Object*);
    Result<void> begin_error(ErrorObject*);
    Fallible<void> begin_shaped(Object*, uint32_t shape);
    Fallible<void> begin_map(MapObject*);
    Fallible<void> begin_set(SetObject*);
    Fallible<void> write_dom_exception(DomException*);
    Fallible<void> write_wrapper(PrimitiveObject*);
    Fallible<void> write_regexp(RegExpObject*);
    Fallible<void> write_buffer(BufferObject*);
    Fallible<void> write_copied_buffer(ArrayBufferObject*);
    Fallible<void> write_view(Object*);
    Fallible<void> write_string(String*);
    Fallible<void> write_key(PropertyKey);
    void write_integer(int32_t);
    void write_bigint(const BigInt*);

    Result<void> advance();
    template<typename Part>
    Result<void> advance_parts(Part);
    Result<void> advance_shaped();
    Result<void> advance_keyed();
    Result<void> advance_dense();
    Result<void> advance_taken();
    void finish_frame();

    Fallible<void> push(Object*, Step, uint32_t count, uint32_t first = 0);
    Result<PropertyKey> taken_key(uint32_t at);
    Result<Value> get_if_present(Object*, PropertyKey);
    PropertyKey planned_key(const Frame&, uint32_t i) const;
    Fallible<void> note(Object*);
    Fallible<void> take(Value);
    Fallible<uint32_t> shape_number(Shape*);
    Fallible<uint32_t> add_store(BackingStore*, bool immutable);
    Fallible<void> check_memory() {
        if (writer_.failed()) [[unlikely]] return agent_.out_of_memory();
        return {};
    }
    /// Throws a DataCloneError that begins with the path to what is being cloned.
    Failed refuse(std::string_view why);
    std::string path() const;

    Agent& agent_;
    SerializeOptions options_;
    WireWriter writer_;
    CloneMessage message_;
    GrowableArray<Frame> frames_;
    RootVector<Object*> objects_; // by number
    CellNumbers object_numbers_;
    RootVector<Shape*> shapes_; // by the order in which they were met
    GrowableArray<Plan> plans_;  // of shapes_
    GrowableArray<PlannedProperty> properties_;
    CellNumbers shape_numbers_;
    uint32_t wire_shape_count_ = 0;
    RootVector<Value> written_keys_; // by number on the wire
    CellNumbers key_numbers_;
    RootVector<Value> taken_; // a stack of what frames took beforehand
    uint32_t polls_ = 0;
    EntryFlag running_;
};

/// What an agent keeps for its clones.
struct CloneState final : AgentComponent {
    ~CloneState() override {
        HEDDLE_RULE(Unbalanced, serializers_in_use == 0, this, "an agent ends with %u serializers in use", serializers_in_use);
    }
    static CloneState& of(Agent& agent) {
        if (!agent.has_component(Component::Clone)) agent.set_component(Component::Clone, std::make_unique<CloneState>());
        return agent.component<CloneState>(Component::Clone);
    }
    /// The serializer of the last message, whose lists have their memory already: most messages are short. Null while it is
    /// in use.
    std::unique_ptr<Serializer> spare;
    Serializer* innermost = nullptr;
    uint32_t serializers_in_use = 0;
    EntryFlag reading;
};

} // namespace heddle
