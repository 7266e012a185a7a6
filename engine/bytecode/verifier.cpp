// The verifier: instruction boundaries, registers, constants, feedback slots, jump targets and handlers.
#include "bytecode/verifier.h"

#include <fmt/format.h>

namespace heddle {

static bool constant_fits(OperandKind kind, ConstantKind constant) {
    switch (kind) {
    case OperandKind::Constant:
        return constant == ConstantKind::kString || constant == ConstantKind::kNumber ||
               constant == ConstantKind::kBigInt;
    case OperandKind::Atom: return constant == ConstantKind::kString;
    case OperandKind::Function: return constant == ConstantKind::kCode;
    case OperandKind::Scope: return constant == ConstantKind::kScope;
    case OperandKind::Template: return constant == ConstantKind::kTemplate;
    case OperandKind::RegExp: return constant == ConstantKind::kRegExp;
    case OperandKind::Slots: return constant == ConstantKind::kSlots;
    case OperandKind::Declarations: return constant == ConstantKind::kDeclarations;
    case OperandKind::Eval: return constant == ConstantKind::kEval;
    default: return false;
    }
}

static bool ends_block(Opcode opcode) {
    switch (opcode) {
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

std::string verify(const Code& code) {
    std::span<const uint8_t> bytes = code.bytes();
    std::vector<bool> starts(bytes.size() + 1, false);
    struct Target {
        uint32_t from;
        uint64_t to;
    };
    std::vector<Target> targets;
    auto last = Opcode::Count;
    for (uint32_t pc = 0; pc < bytes.size();) {
        if (bytes[pc] >= static_cast<uint8_t>(Opcode::Count)) return fmt::format("pc {}: no opcode {}", pc, bytes[pc]);
        auto opcode = static_cast<Opcode>(bytes[pc]);
        const OpcodeInfo& info = opcode_info(opcode);
        if (pc + info.length > bytes.size()) return fmt::format("pc {}: {} is cut off", pc, info.name);
        starts[pc] = true;
        uint32_t at = pc + 1;
        uint64_t values[4] = {};
        for (uint32_t i = 0; i < info.operand_count; ++i) {
            OperandKind kind = info.operands[i].kind;
            for (uint32_t b = 0; b < operand_size(kind); ++b)
                values[i] |= static_cast<uint64_t>(bytes[at + b]) << (8 * b);
            at += operand_size(kind);
        }
        for (uint32_t i = 0; i < info.operand_count; ++i) {
            uint64_t value = values[i];
            uint64_t used = 0;
            switch (info.operands[i].kind) {
            case OperandKind::Reg:
            case OperandKind::Out:
            case OperandKind::InOut: used = value + 1; break;
            case OperandKind::Pair:
            case OperandKind::OutPair: used = value + 2; break;
            case OperandKind::CalleeArray: used = value + 3; break;
            case OperandKind::Callee: used = value + 2 + values[i + 1]; break;
            case OperandKind::Range: used = values[i + 1] ? value + values[i + 1] : 0; break;
            case OperandKind::Count:
            case OperandKind::Hops:
            case OperandKind::Slot:
            case OperandKind::Imm:
            case OperandKind::Flag: break;
            case OperandKind::Feedback:
                if (value >= code.feedback().size()) return fmt::format("pc {}: no feedback slot {}", pc, value);
                break;
            case OperandKind::Jump: {
                auto offset = static_cast<int32_t>(static_cast<uint32_t>(value));
                if ((opcode == Opcode::Loop) != (offset < 0))
                    return fmt::format("pc {}: {} jumps the wrong way ({})", pc, info.name, offset);
                targets.push_back({pc, pc + static_cast<uint64_t>(static_cast<int64_t>(offset))});
                break;
            }
            default:
                if (value >= code.constants().size() ||
                    !constant_fits(info.operands[i].kind, code.constants()[value].kind))
                    return fmt::format("pc {}: {}: constant {} does not fit", pc, info.name, value);
            }
            if (used > code.register_count())
                return fmt::format("pc {}: {}: register {} of {}", pc, info.name, used - 1, code.register_count());
        }
        last = opcode;
        pc += info.length;
    }
    starts[bytes.size()] = true;
    if (last == Opcode::Count || !ends_block(last)) return "control falls off the end";
    for (const Target& target : targets) {
        if (target.to >= bytes.size() || !starts[target.to])
            return fmt::format("pc {}: jump to {}, which is no instruction", target.from, target.to);
    }
    for (const ExceptionHandler& handler : code.handlers()) {
        if (handler.start >= handler.end || handler.end > bytes.size() || handler.target >= bytes.size() ||
            !starts[handler.start] || !starts[handler.end] || !starts[handler.target] ||
            handler.environment >= code.register_count())
            return fmt::format("handler {}..{} -> {} is malformed", handler.start, handler.end, handler.target);
    }
    return {};
}

} // namespace heddle
