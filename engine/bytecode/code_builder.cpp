// Encoding of instructions, label patching and constant tables.
#include "bytecode/code_builder.h"

#include "base/fault.h"

#include <functional>

namespace heddle {

namespace {
/// Units beyond which a string asks first whether there is memory for it.
constexpr uint32_t kLongString = 16 * 1024;
}

void CodeBuilder::write(uint64_t value, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i)
        append(code_->bytes_, static_cast<uint8_t>(value >> (8 * i)));
}

void CodeBuilder::note_position() {
    if (position_ == last_position_) return;
    auto put = [this](uint32_t value) {
        while (value >= 0x80) {
            append(code_->positions_, static_cast<uint8_t>(value | 0x80));
            value >>= 7;
        }
        append(code_->positions_, static_cast<uint8_t>(value));
    };
    put(pc() - last_position_pc_);
    auto delta = static_cast<int32_t>(position_ - last_position_);
    put((static_cast<uint32_t>(delta) << 1) ^ static_cast<uint32_t>(delta >> 31));
    last_position_ = position_;
    last_position_pc_ = pc();
}

void CodeBuilder::emit_operands(Opcode opcode, const int64_t* operands, size_t count) {
    const OpcodeInfo& info = opcode_info(opcode);
    HEDDLE_CHECK(info.operand_count == count);
    note_position();
    last_instruction_ = pc();
    append(code_->bytes_, static_cast<uint8_t>(opcode));
    for (size_t i = 0; i < count; ++i)
        write(static_cast<uint64_t>(operands[i]), operand_size(info.operands[i].kind));
}

void CodeBuilder::emit_jump(Opcode opcode, Label& target, const int64_t* operands, size_t count) {
    const OpcodeInfo& info = opcode_info(opcode);
    HEDDLE_CHECK(info.operand_count == count + 1 && info.operands[count].kind == OperandKind::Jump);
    HEDDLE_ASSERT(target.is_bound() == (opcode == Opcode::Loop));
    note_position();
    uint32_t at = pc();
    last_instruction_ = at;
    append(code_->bytes_, static_cast<uint8_t>(opcode));
    for (size_t i = 0; i < count; ++i)
        write(static_cast<uint64_t>(operands[i]), operand_size(info.operands[i].kind));
    write(0, 4);
    if (target.is_bound()) patch_jump(at, target.pc);
    else append(target.pending, at);
}

void CodeBuilder::patch_jump(uint32_t instruction, uint32_t target) {
    if (out_of_memory_) return;
    // The jump offset is the last operand.
    auto opcode = static_cast<Opcode>(code_->bytes_[instruction]);
    uint32_t at = instruction + opcode_info(opcode).length - 4;
    uint32_t offset = target - instruction;
    for (uint32_t i = 0; i < 4; ++i)
        code_->bytes_[at + i] = static_cast<uint8_t>(offset >> (8 * i));
}

void CodeBuilder::bind(Label& label) {
    HEDDLE_ASSERT(!label.is_bound());
    label.pc = pc();
    for (uint32_t instruction : label.pending)
        patch_jump(instruction, label.pc);
    // A label that nobody jumps to yet may still become the target of a loop.
    last_instruction_ = kNoInstruction;
}

bool CodeBuilder::is_unreachable() const {
    if (last_instruction_ == kNoInstruction || out_of_memory_) return false;
    switch (static_cast<Opcode>(bytes()[last_instruction_])) {
    case Opcode::Jump:
    case Opcode::Loop:
    case Opcode::Return:
    case Opcode::ReturnDerived:
    case Opcode::Throw:
    case Opcode::Rethrow:
    case Opcode::ThrowConstantAssignment:
    case Opcode::ThrowReferenceError:
    case Opcode::ThrowTypeError: return true;
    default: return false;
    }
}

void CodeBuilder::load(Register source) {
    // acc still holds what was just stored.
    if (last_instruction_ != kNoInstruction && !out_of_memory_ &&
        static_cast<Opcode>(bytes()[last_instruction_]) == Opcode::StoreRegister &&
        (bytes()[last_instruction_ + 1] | bytes()[last_instruction_ + 2] << 8) == static_cast<int>(source))
        return;
    emit(Opcode::LoadRegister, source);
}

void CodeBuilder::load_number(double value) {
    auto integer = static_cast<int32_t>(value >= -2147483648.0 && value <= 2147483647.0 ? value : 0);
    if (integer == value && !(value == 0 && std::signbit(value))) {
        load_integer(integer);
        return;
    }
    emit(Opcode::LoadConstant, number_constant(value));
}

ConstantString CodeBuilder::to_constant(const AstString* text) {
    ConstantString out;
    if (text->length() > kLongString && !memory_is_at_hand(size_t{text->length()} * 8)) {
        out_of_memory_ = true;
        return out;
    }
    out.is_latin1 = text->is_latin1();
    if (out.is_latin1) out.latin1.assign(reinterpret_cast<const char*>(text->latin1()), text->length());
    else out.utf16.assign(text->utf16(), text->length());
    return out;
}

uint32_t CodeBuilder::add_constant(Constant constant) {
    append(code_->constants_, std::move(constant));
    return static_cast<uint32_t>(code_->constants_.size() - 1);
}

bool CodeBuilder::ConstantTable::add(uint64_t key, uint32_t index) {
    if ((count_ + 1) * 2 > slots_.size()) {
        size_t size = slots_.size() ? slots_.size() * 2 : 16;
        GrowableArray<Slot> old;
        if (!old.reserve(size)) return false;
        old.set_size(size);
        std::swap(old, slots_);
        for (Slot& slot : slots_)
            slot = {0, kNone};
        count_ = 0;
        for (const Slot& slot : old) {
            if (slot.index != kNone) HEDDLE_CHECK(add(slot.key, slot.index));
        }
    }
    size_t at = home(key);
    while (slots_[at].index != kNone)
        at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {key, index};
    ++count_;
    return true;
}

uint32_t CodeBuilder::string_constant(const AstString* text) {
    auto key = reinterpret_cast<uint64_t>(text);
    if (uint32_t found = ast_strings_.find(key); found != ConstantTable::kNone) return found;
    uint32_t index = string_constant(to_constant(text));
    if (!ast_strings_.add(key, index)) out_of_memory_ = true;
    return index;
}

uint32_t CodeBuilder::string_constant(std::string_view latin1) {
    ConstantString text;
    text.latin1 = latin1;
    return string_constant(std::move(text));
}

uint32_t CodeBuilder::string_constant(ConstantString text) {
    uint64_t hash = 0;
    if (text.is_latin1) {
        hash = std::hash<std::string_view>()(text.latin1);
        uint32_t found = latin1_strings_.find(hash, [&](uint32_t index) {
            const Constant& constant = code_->constants_[index];
            return constant.kind == ConstantKind::kString && constant.string.is_latin1 && constant.string.latin1 == text.latin1;
        });
        if (found != ConstantTable::kNone) return found;
    }
    Constant constant;
    constant.kind = ConstantKind::kString;
    constant.string = std::move(text);
    bool is_latin1 = constant.string.is_latin1;
    uint32_t index = add_constant(std::move(constant));
    if (is_latin1 && !out_of_memory_ && !latin1_strings_.add(hash, index)) out_of_memory_ = true;
    return index;
}

uint32_t CodeBuilder::number_constant(double value) {
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (uint32_t found = numbers_.find(bits); found != ConstantTable::kNone) return found;
    Constant constant;
    constant.kind = ConstantKind::kNumber;
    constant.number = value;
    uint32_t index = add_constant(std::move(constant));
    if (!numbers_.add(bits, index)) out_of_memory_ = true;
    return index;
}

uint32_t CodeBuilder::bigint_constant(const AstString* digits) {
    Constant constant;
    constant.kind = ConstantKind::kBigInt;
    constant.string = to_constant(digits);
    return add_constant(std::move(constant));
}

uint32_t CodeBuilder::add_code(CodeRef code) {
    Constant constant;
    constant.kind = ConstantKind::kCode;
    constant.code = std::move(code);
    return add_constant(std::move(constant));
}

void CodeBuilder::add_handler(uint32_t start, uint32_t end, uint32_t target, Register environment) {
    if (start < end) append(code_->handlers_, ExceptionHandler{start, end, target, environment});
}

void CodeBuilder::patch_handlers(uint32_t placeholder, uint32_t target) {
    for (ExceptionHandler& handler : code_->handlers_)
        if (handler.target == placeholder) handler.target = target;
}

CodeRef CodeBuilder::finish() {
    code_->register_count_ = high_water_;
    code_->bytes_.shrink_to_fit();
    code_->constants_.shrink_to_fit();
    code_->handlers_.shrink_to_fit();
    code_->feedback_.shrink_to_fit();
    code_->positions_.shrink_to_fit();
    return CodeRef::adopt(std::exchange(code_, nullptr));
}

} // namespace heddle
