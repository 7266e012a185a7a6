// Assembles one Code: instructions with labels, registers, constants, handlers and positions. Knows nothing of the syntax
// tree but its strings.
#pragma once

#include "bytecode/code.h"

#include <string_view>
#include <type_traits>

namespace heddle {

/// A place in the code that jumps refer to, before or after it is bound.
struct Label {
    static constexpr uint32_t kUnbound = 0xFFFF'FFFF;
    uint32_t pc = kUnbound;
    /// Jump instructions to patch.
    GrowableArray<uint32_t> pending;
    bool is_bound() const { return pc != kUnbound; }
    bool is_used() const { return !pending.empty(); }
};

using Register = uint32_t;

class CodeBuilder {
public:
    static constexpr uint32_t kMaxRegisters = 65'000;
    static constexpr uint32_t kMaxBytes = 1u << 30;

    /// Where the constants with a certain content are. Open addressing.
    class ConstantTable {
    public:
        static constexpr uint32_t kNone = 0xFFFF'FFFF;
        /// The index that was added with `key` and that `is_it`.
        template<class F>
        uint32_t find(uint64_t key, F&& is_it) const {
            for (size_t at = home(key); slots_.size() != 0 && slots_[at].index != kNone; at = (at + 1) & (slots_.size() - 1)) {
                if (slots_[at].key == key && is_it(slots_[at].index)) return slots_[at].index;
            }
            return kNone;
        }
        uint32_t find(uint64_t key) const {
            return find(key, [](uint32_t) { return true; });
        }
        [[nodiscard]] bool add(uint64_t key, uint32_t index);

    private:
        struct Slot {
            uint64_t key;
            uint32_t index;
        };
        size_t home(uint64_t key) const {
            return (key * 0x9E37'79B9'7F4A'7C15u >> 32) & (slots_.size() - 1);
        }
        GrowableArray<Slot> slots_; // a power of two of them, at most half of them in use
        size_t count_ = 0;
    };

    CodeBuilder() : code_(new Code) {}
    CodeBuilder(const CodeBuilder&) = delete;
    ~CodeBuilder() {
        if (code_) code_->release();
    }

    // --- registers: a stack; whoever allocates resets to what it found ------------------------------------------
    Register allocate(uint32_t count = 1) {
        Register first = next_register_;
        next_register_ += count;
        if (next_register_ > high_water_) high_water_ = next_register_;
        return first;
    }
    Register next_register() const { return next_register_; }
    void reset_registers(Register next) { next_register_ = next; }
    bool is_too_large() const { return high_water_ > kMaxRegisters || bytes().size() > kMaxBytes; }
    /// Something was left out, and the code is not to be used: whoever compiles asks at a bounded distance.
    bool is_out_of_memory() const { return out_of_memory_; }

    /// Adds to a list of the code's, or notes that there is no memory for it.
    template<class T>
    void append(GrowableArray<T>& list, std::type_identity_t<T> item) {
        if (!list.push_back(std::move(item))) [[unlikely]]
            out_of_memory_ = true;
    }
    void note_out_of_memory() { out_of_memory_ = true; }

    // --- instructions ---------------------------------------------------------------------------------------------
    template<class... Operands>
    void emit(Opcode opcode, Operands... operands) {
        const int64_t list[] = {static_cast<int64_t>(operands)..., 0};
        emit_operands(opcode, list, sizeof...(operands));
    }
    /// A jump; `operands` are those before the target. Loop when the label is bound, which must then be an
    /// unconditional one.
    template<class... Operands>
    void jump(Opcode opcode, Label& target, Operands... operands) {
        const int64_t list[] = {static_cast<int64_t>(operands)..., 0};
        emit_jump(opcode, target, list, sizeof...(operands));
    }
    void jump(Label& target) { jump(target.is_bound() ? Opcode::Loop : Opcode::Jump, target); }
    void bind(Label& label);
    /// No control flow falls off the instruction emitted last.
    bool is_unreachable() const;

    void load(Register source);
    void store(Register target) { emit(Opcode::StoreRegister, target); }
    void move(Register target, Register source) {
        if (target != source) emit(Opcode::Move, target, source);
    }
    void load_integer(int32_t value) { emit(Opcode::LoadInteger, value); }
    void load_number(double value);
    void load_string(const AstString* text) { emit(Opcode::LoadConstant, string_constant(text)); }

    uint32_t pc() const { return static_cast<uint32_t>(bytes().size()); }
    /// Source offset of the instructions that follow.
    void set_position(uint32_t offset) { position_ = offset; }
    uint32_t position() const { return position_; }

    // --- constants ----------------------------------------------------------------------------------------------------
    uint32_t string_constant(const AstString* text);
    uint32_t string_constant(std::string_view latin1);
    uint32_t string_constant(ConstantString text);
    uint32_t number_constant(double value);
    uint32_t bigint_constant(const AstString* digits);
    uint32_t add_constant(Constant constant);
    uint32_t add_code(CodeRef code);

    uint32_t feedback(FeedbackKind kind) {
        append(code_->feedback_, kind);
        return static_cast<uint32_t>(code_->feedback_.size() - 1);
    }
    /// Empty ranges are dropped. Inner handlers must be added before those around them.
    void add_handler(uint32_t start, uint32_t end, uint32_t target, Register environment);
    /// The handler's target was not known when its ranges were added.
    void patch_handlers(uint32_t placeholder, uint32_t target);

    Code& code() { return *code_; }
    // Facts for the finished code.
    CodeTraits& traits() { return code_->traits_; }
    void set_name(ConstantString name) { code_->name_ = std::move(name); }
    void set_lengths(uint32_t parameter_count, uint32_t length) {
        code_->parameter_count_ = parameter_count;
        code_->length_ = length;
    }
    void set_source(SourceTextRef source, uint32_t begin, uint32_t end) {
        code_->source_ = std::move(source);
        code_->source_begin_ = begin;
        code_->source_end_ = end;
        last_position_ = begin;
        position_ = begin;
    }
    void set_module(std::unique_ptr<ModuleDescription> module) { code_->module_ = std::move(module); }

    CodeRef finish();

    /// Empty, and is_out_of_memory(), when there is no memory for it and some copies.
    ConstantString to_constant(const AstString* text);

private:
    const GrowableArray<uint8_t>& bytes() const { return code_->bytes_; }
    void emit_operands(Opcode opcode, const int64_t* operands, size_t count);
    void emit_jump(Opcode opcode, Label& target, const int64_t* operands, size_t count);
    void write(uint64_t value, uint32_t size);
    void note_position();
    void patch_jump(uint32_t instruction, uint32_t target);

    Code* code_;
    Register next_register_ = kFirstParameterRegister;
    Register high_water_ = kFirstParameterRegister;
    uint32_t position_ = 0;
    uint32_t last_position_ = 0;
    uint32_t last_position_pc_ = 0;
    static constexpr uint32_t kNoInstruction = 0xFFFF'FFFF;
    /// Start of the last instruction, if nothing can jump to the place after it.
    uint32_t last_instruction_ = kNoInstruction;
    ConstantTable ast_strings_;    // by address
    ConstantTable latin1_strings_; // by hash
    ConstantTable numbers_;        // by bits
    bool out_of_memory_ = false;
};

} // namespace heddle
