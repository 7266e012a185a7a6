// Three passes over the cells, which do not change meanwhile: edges are counted, nodes are written, edges are
// written. Names go to a table of distinct strings, which is written last.
#include "heap/snapshot.h"

#include "heap/block.h"

#include <charconv>
#include <cstring>

namespace heddle {

namespace {

enum NodeType : uint8_t {
    Hidden,
    Array,
    String,
    PlainObject,
    Code,
    Closure,
    RegularExpression,
    Number,
    Native,
    Synthetic,
    ConcatenatedString,
    SlicedString,
    SymbolNode,
    BigIntNode,
    ObjectShape
};
constexpr const char* kNodeTypes =
    R"(["hidden","array","string","object","code","closure","regexp","number","native","synthetic",)"
    R"("concatenated string","sliced string","symbol","bigint","object shape"])";

enum EdgeType : uint8_t {
    ContextEdge,
    ElementEdge,
    PropertyEdge,
    InternalEdge,
    HiddenEdge,
    ShortcutEdge,
    WeakEdge
};
constexpr const char* kEdgeTypes =
    R"(["context","element","property","internal","hidden","shortcut","weak"])";

constexpr size_t kNodeFields = 5;
constexpr uint32_t kNoOrdinal = UINT32_MAX;
constexpr size_t kLongestName = 1024; // bytes

NodeType node_type(const Cell* cell) {
    switch (cell->kind()) {
    case CellKind::String:
        return NodeType::String;
    case CellKind::Symbol:
        return NodeType::SymbolNode;
    case CellKind::BigInt:
        return NodeType::BigIntNode;
    case CellKind::Shape:
    case CellKind::PropertyTable:
    case CellKind::TransitionTable:
        return NodeType::ObjectShape;
    case CellKind::ValueArray:
    case CellKind::SparseElements:
    case CellKind::HashTable:
        return NodeType::Array;
    case CellKind::CodeInstance:
        return NodeType::Code;
    case CellKind::NativeFunction:
    case CellKind::BoundFunction:
    case CellKind::ScriptFunction:
    case CellKind::HostFunction:
        return NodeType::Closure;
    case CellKind::RegExp:
        return NodeType::RegularExpression;
    default:
        return cell->is_object() ? NodeType::PlainObject : NodeType::Hidden;
    }
}

/// Distinct strings, numbered in the order of their first appearance.
class StringTable {
public:
    StringTable() = default;
    ~StringTable() {
        __builtin_free(text_);
        __builtin_free(starts_);
        __builtin_free(slots_);
    }
    StringTable(const StringTable&) = delete;

    /// The number of `string`; zero, and has_failed(), without memory for it.
    uint32_t add(std::string_view string) {
        string = string.substr(0, kLongestName);
        // Not in the middle of a character.
        while (string.size() == kLongestName && (string.back() & 0xC0) == 0x80)
            string.remove_suffix(1);
        if (string.size() >= kLongestName - 3 && !string.empty() && (string.back() & 0x80))
            string.remove_suffix(1);
        if (failed_ || !reserve(string.size())) return 0;
        size_t at = hash(string) & (slot_count_ - 1);
        for (; slots_[at]; at = (at + 1) & (slot_count_ - 1)) {
            if (get(slots_[at] - 1) == string) return slots_[at] - 1;
        }
        if (!string.empty()) std::memcpy(text_ + text_size_, string.data(), string.size());
        text_size_ += string.size();
        starts_[++count_] = text_size_;
        slots_[at] = count_;
        return count_ - 1;
    }
    uint32_t count() const { return count_; }
    std::string_view get(uint32_t i) const {
        return {text_ + starts_[i], static_cast<size_t>(starts_[i + 1] - starts_[i])};
    }
    bool has_failed() const { return failed_; }

private:
    static uint64_t hash(std::string_view string) {
        uint64_t hash = 0xCBF2'9CE4'8422'2325u;
        for (char byte : string)
            hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100'0000'01B3u;
        return hash ^ hash >> 29;
    }
    template<class T>
    bool grow(T*& items, size_t count) {
        auto* grown = static_cast<T*>(__builtin_realloc(items, count * sizeof(T)));
        if (grown)
            items = grown;
        else
            failed_ = true;
        return grown != nullptr;
    }
    bool reserve(size_t bytes) {
        if (text_size_ + bytes > text_capacity_) {
            size_t capacity = (text_size_ + bytes) * 2 + 4096;
            if (!grow(text_, capacity)) return false;
            text_capacity_ = capacity;
        }
        if ((size_t{count_} + 1) * 2 <= slot_count_) return true;
        size_t slot_count = slot_count_ ? slot_count_ * 2 : 1024;
        if (!grow(starts_, slot_count / 2 + 2)) return false;
        starts_[0] = 0;
        auto* slots = static_cast<uint32_t*>(__builtin_calloc(slot_count, sizeof(uint32_t)));
        if (!slots) {
            failed_ = true;
            return false;
        }
        for (uint32_t i = 0; i < count_; ++i) {
            size_t at = hash(get(i)) & (slot_count - 1);
            while (slots[at])
                at = (at + 1) & (slot_count - 1);
            slots[at] = i + 1;
        }
        __builtin_free(slots_);
        slots_ = slots;
        slot_count_ = slot_count;
        return true;
    }
    char* text_ = nullptr;
    size_t text_size_ = 0;
    size_t text_capacity_ = 0;
    size_t* starts_ = nullptr;  // count_ + 1 of them
    uint32_t* slots_ = nullptr; // number + 1
    size_t slot_count_ = 0;
    uint32_t count_ = 0;
    bool failed_ = false;
};

/// Gathers pieces of text for the sink.
class Output {
public:
    Output(SnapshotSink sink, void* data) : sink_(sink), data_(data) {}
    void text(std::string_view piece) {
        while (!piece.empty()) {
            size_t part = std::min(piece.size(), sizeof(buffer_) - used_);
            std::memcpy(buffer_ + used_, piece.data(), part);
            used_ += part;
            piece.remove_prefix(part);
            if (used_ == sizeof(buffer_)) flush();
        }
    }
    void number(uint64_t value) {
        char digits[20];
        auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
        text({digits, static_cast<size_t>(end - digits)});
    }
    void comma_number(uint64_t value) {
        if (!first_) text(",");
        first_ = false;
        number(value);
    }
    void begin_list(std::string_view head) {
        text(head);
        first_ = true;
    }
    void quoted(std::string_view string) {
        text("\"");
        for (char c : string) {
            auto byte = static_cast<uint8_t>(c);
            if (byte == '"' || byte == '\\') {
                char escaped[2] = {'\\', c};
                text({escaped, 2});
            } else if (byte < 0x20) {
                constexpr const char* kHex = "0123456789abcdef";
                char escaped[6] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
                text({escaped, 6});
            } else {
                text({&c, 1});
            }
        }
        text("\"");
    }
    void flush() {
        if (used_ != 0 && !refused_) refused_ = !sink_(data_, {buffer_, used_});
        used_ = 0;
    }
    bool was_refused() const { return refused_; }

private:
    SnapshotSink sink_;
    void* data_;
    size_t used_ = 0;
    bool first_ = true;
    bool refused_ = false;
    char buffer_[16 * 1024];
};

} // namespace

class SnapshotWriter {
public:
    SnapshotWriter(Heap& heap, SnapshotSink sink, void* data) : heap_(heap), out_(sink, data) {}
    ~SnapshotWriter() { __builtin_free(ordinals_); }
    SnapshotWriter(const SnapshotWriter&) = delete;
    SnapshotOutcome write();

private:
    /// Hands each edge of one node to `take`.
    template<class Take>
    class Edges final : public Visitor, public WeakProcessor {
    public:
        Edges(SnapshotWriter& writer, Take take) : Visitor(true), writer_(writer), take_(take) {}
        void of_roots() {
            index_ = 0;
            writer_.heap_.visit_precise_roots(*this);
            for (Cell* cell : writer_.stack_)
                visit_cell(cell);
        }
        void of_cell(Cell* cell) {
            index_ = 0;
            has_ephemerons_ = false;
            cell->visit_edges(*this);
            if (has_ephemerons_) cell->visit_ephemerons(*this, *this);
        }
        void defer_weak(Cell*) override {}
        void defer_ephemerons(Cell*) override { has_ephemerons_ = true; }
        using WeakProcessor::is_live;
        bool is_live(const Cell*) const override { return true; }

    private:
        void visit_cell(Cell* cell) override {
            EdgeName name = take_edge_name();
            uint32_t index = index_++;
            uint32_t target = writer_.ordinal(cell);
            if (target != kNoOrdinal) take_(name, index, target);
        }
        SnapshotWriter& writer_;
        Take take_;
        uint32_t index_ = 0;
        bool has_ephemerons_ = false;
    };

    // Node 0 is the root; the constant cells outside the heap are no nodes.
    uint32_t ordinal(const Cell* cell) const {
        if (cell->is_immortal()) return kNoOrdinal;
        Block* block = Block::of(cell);
        return ordinals_[block->snapshot_base + block->cell_index(cell)];
    }
    bool number_cells();
    void write_node(NodeType type, std::string_view name, uint64_t id, size_t size, uint64_t edges) {
        out_.comma_number(type);
        out_.comma_number(strings_.add(name));
        out_.comma_number(id);
        out_.comma_number(size);
        out_.comma_number(edges);
    }
    void write_edge(const EdgeName& name, uint32_t index, uint32_t target) {
        switch (name.type) {
        case EdgeName::Element:
            out_.comma_number(ElementEdge);
            out_.comma_number(name.index);
            break;
        case EdgeName::Property:
            out_.comma_number(PropertyEdge);
            out_.comma_number(strings_.add(name.text));
            break;
        default:
            out_.comma_number(name.text.empty()             ? HiddenEdge
                              : name.type == EdgeName::Weak ? WeakEdge
                                                            : InternalEdge);
            out_.comma_number(name.text.empty() ? index : strings_.add(name.text));
            break;
        }
        out_.comma_number(target * kNodeFields);
    }

    Heap& heap_;
    Output out_;
    StringTable strings_;
    uint32_t* ordinals_ = nullptr; // for each place of each block
    uint32_t node_count_ = 1;
    GrowableArray<Cell*> stack_;
};

bool SnapshotWriter::number_cells() {
    size_t places = 0;
    auto count = [&](Block* block) {
        block->snapshot_base = static_cast<uint32_t>(places);
        places += block->cell_count();
    };
    heap_.for_each_block(count);
    if (places >= kNoOrdinal) return false;
    ordinals_ = static_cast<uint32_t*>(__builtin_malloc(places * sizeof(uint32_t)));
    if (!ordinals_) return false;
    std::memset(ordinals_, 0xFF, places * sizeof(uint32_t));
    heap_.for_each_cell([&](Cell* cell) {
        Block* block = Block::of(cell);
        ordinals_[block->snapshot_base + block->cell_index(cell)] = node_count_++;
    });
    return true;
}

SnapshotOutcome SnapshotWriter::write() {
    heap_.collect();
    NoCollection hold(heap_);
    if (!heap_.find_stack_cells(stack_) || !number_cells()) return SnapshotOutcome::OutOfMemory;

    uint64_t edge_count = 0;
    Edges counter(*this, [&](const EdgeName&, uint32_t, uint32_t) { ++edge_count; });
    counter.of_roots();
    uint64_t root_edges = edge_count;
    heap_.for_each_cell([&](Cell* cell) { counter.of_cell(cell); });

    out_.text(
        R"({"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[)");
    out_.text(kNodeTypes);
    out_.text(
        R"(,"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[)");
    out_.text(kEdgeTypes);
    out_.text(
        R"(,"string_or_number","node"],"trace_function_info_fields":[],"trace_node_fields":[],"sample_fields":[],)"
        R"("location_fields":[]},"node_count":)");
    out_.number(node_count_);
    out_.text(",\"edge_count\":");
    out_.number(edge_count);
    out_.text(",\"trace_function_count\":0,\"extra_native_bytes\":");
    out_.number(heap_.statistics().external_bytes);

    out_.begin_list("},\n\"nodes\":[");
    write_node(NodeType::Synthetic, "(GC roots)", 1, 0, root_edges);
    heap_.for_each_cell([&](Cell* cell) {
        Block* block = Block::of(cell);
        uint64_t before = edge_count;
        counter.of_cell(cell);
        // Odd, as the ids of cells are; one is the root's. It must fit in 32 bits.
        uint64_t id = (uint64_t{block->serial} * Block::kPlaces + block->cell_index(cell)) * 2 + 1;
        write_node(node_type(cell), cell->snapshot_name(), id & UINT32_MAX, block->cell_size(),
                   edge_count - before);
    });

    out_.begin_list("],\n\"edges\":[");
    Edges writer(*this, [this](const EdgeName& name, uint32_t index, uint32_t target) {
        write_edge(name, index, target);
    });
    writer.of_roots();
    heap_.for_each_cell([&](Cell* cell) { writer.of_cell(cell); });

    out_.text(
        "],\n\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\n\"strings\":[");
    for (uint32_t i = 0; i < strings_.count() && !strings_.has_failed(); ++i) {
        if (i) out_.text(",\n");
        out_.quoted(strings_.get(i));
    }
    out_.text("]}\n");
    out_.flush();
    if (strings_.has_failed()) return SnapshotOutcome::OutOfMemory;
    return out_.was_refused() ? SnapshotOutcome::Refused : SnapshotOutcome::Written;
}

SnapshotOutcome write_heap_snapshot(Heap& heap, SnapshotSink sink, void* data) {
    return SnapshotWriter(heap, sink, data).write();
}

} // namespace heddle
