// Prints code from the opcode table.
#include "bytecode/disassembler.h"

#include <fmt/format.h>

namespace heddle {

static uint64_t read_operand(const uint8_t* at, uint32_t size) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; ++i)
        value |= static_cast<uint64_t>(at[i]) << (8 * i);
    return value;
}

static std::string constant_text(const Code& code, uint32_t index) {
    const Constant& constant = code.constant(index);
    switch (constant.kind) {
    case ConstantKind::kString: return "\"" + constant.string.to_utf8() + "\"";
    case ConstantKind::kBigInt: return constant.string.to_utf8() + "n";
    case ConstantKind::kNumber: return fmt::format("{}", constant.number);
    case ConstantKind::kCode: return fmt::format("function \"{}\"", constant.code->name().to_utf8());
    case ConstantKind::kScope: {
        std::string text = "scope(";
        for (const ScopeSlot& slot : constant.scope->slots) {
            if (text.back() != '(') text += ' ';
            text += fmt::format("{}:{}", code.string(slot.name).to_utf8(), slot.slot);
        }
        return text + ")";
    }
    case ConstantKind::kRegExp:
        return fmt::format("/{}/{}", code.string(constant.regexp->pattern).to_utf8(),
                           code.string(constant.regexp->flags).to_utf8());
    case ConstantKind::kTemplate: return "template";
    case ConstantKind::kSlots: return "slots";
    case ConstantKind::kDeclarations: return "declarations";
    case ConstantKind::kEval: return "eval";
    }
    return {};
}

std::string disassemble(const Code& code, bool with_inner) {
    std::string out = fmt::format("function \"{}\": {} registers, {} parameters\n", code.name().to_utf8(),
                                  code.register_count(), code.parameter_count());
    std::span<const uint8_t> bytes = code.bytes();
    for (uint32_t pc = 0; pc < bytes.size();) {
        const OpcodeInfo& info = opcode_info(static_cast<Opcode>(bytes[pc]));
        out += fmt::format("{:5} {}", pc, info.name);
        uint32_t at = pc + 1;
        for (uint32_t i = 0; i < info.operand_count; ++i) {
            OperandKind kind = info.operands[i].kind;
            uint64_t value = read_operand(&bytes[at], operand_size(kind));
            at += operand_size(kind);
            switch (kind) {
            case OperandKind::Reg:
            case OperandKind::Out:
            case OperandKind::InOut:
            case OperandKind::Pair:
            case OperandKind::OutPair:
            case OperandKind::Range:
            case OperandKind::Callee:
            case OperandKind::CalleeArray: out += fmt::format(" r{}", value); break;
            case OperandKind::Imm: out += fmt::format(" {}", static_cast<int32_t>(value)); break;
            case OperandKind::Jump: out += fmt::format(" @{}", pc + static_cast<uint32_t>(value)); break;
            case OperandKind::Feedback: out += fmt::format(" [{}]", value); break;
            case OperandKind::Hops:
            case OperandKind::Slot:
            case OperandKind::Count:
            case OperandKind::Flag: out += fmt::format(" {}", value); break;
            default: out += " " + constant_text(code, static_cast<uint32_t>(value)); break;
            }
        }
        out += '\n';
        pc += info.length;
    }
    for (const ExceptionHandler& handler : code.handlers())
        out += fmt::format("handler {}..{} -> @{} env r{}\n", handler.start, handler.end, handler.target,
                           handler.environment);
    if (with_inner) {
        for (const Constant& constant : code.constants())
            if (constant.kind == ConstantKind::kCode) out += "\n" + disassemble(*constant.code, true);
    }
    return out;
}

} // namespace heddle
