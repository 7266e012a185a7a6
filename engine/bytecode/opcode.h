// Opcodes, their operands and the packed structs that the compiler writes and the interpreter reads; all of it is
// generated from opcodes.def.
#pragma once

#include "base/assert.h"

#include <cstdint>
#include <cstring>

namespace heddle {

enum class Opcode : uint8_t {
#define OP(Name) Name,
#define OP1(Name, ...) Name,
#define OP2(Name, ...) Name,
#define OP3(Name, ...) Name,
#define OP4(Name, ...) Name,
#include "bytecode/opcodes.def"
    Count
};

//   name         bytes  meaning
//   Reg              2  a register that is read
//   Out              2  a register that is written (DeclareGlobals, DeclareEval: the first of several)
//   InOut            2  a register that is read and written
//   Pair, OutPair    2  registers r and r + 1
//   Range            2  first of as many registers as the Count that follows says
//   Callee           2  first of Count + 2 registers: function, this value, arguments
//   CalleeArray      2  first of three registers: function, this value, array of arguments
//   Count            2  unsigned
//   Hops             2  number of environments outward
//   Slot             4  slot of an environment
//   Imm              4  signed
//   Flag             1  unsigned
//   Jump             4  signed, from the first byte of the instruction
//   Feedback         4  index of a feedback slot
//   Constant         4  index of a string, number or BigInt constant
//   Atom …           4  index of a constant of that kind: string, Code, scope, …
enum class OperandKind : uint8_t {
    Reg, Out, InOut, Pair, OutPair, Range, Callee, CalleeArray, Count, Hops, Slot, Imm, Flag, Jump, Feedback,
    Constant, Atom, Function, Scope, Template, RegExp, Slots, Declarations, Eval,
};

namespace operand {
using Reg = uint16_t;
using Out = uint16_t;
using InOut = uint16_t;
using Pair = uint16_t;
using OutPair = uint16_t;
using Range = uint16_t;
using Callee = uint16_t;
using CalleeArray = uint16_t;
using Count = uint16_t;
using Hops = uint16_t;
using Slot = uint32_t;
using Imm = int32_t;
using Flag = uint8_t;
using Jump = int32_t;
using Feedback = uint32_t;
using Constant = uint32_t;
using Atom = uint32_t;
using Function = uint32_t;
using Scope = uint32_t;
using Template = uint32_t;
using RegExp = uint32_t;
using Slots = uint32_t;
using Declarations = uint32_t;
using Eval = uint32_t;
} // namespace operand

/// One packed struct for each opcode, laid over the bytes: `auto& i = *reinterpret_cast<const instruction::Add*>(pc)`.
namespace instruction {
#define OP(Name)                                                                                             \
    struct __attribute__((packed)) Name {                                                                    \
        static constexpr Opcode kOpcode = Opcode::Name;                                                      \
        uint8_t opcode;                                                                                      \
    };
#define OP1(Name, K0, n0)                                                                                    \
    struct __attribute__((packed)) Name {                                                                    \
        static constexpr Opcode kOpcode = Opcode::Name;                                                      \
        uint8_t opcode;                                                                                      \
        operand::K0 n0;                                                                                      \
    };
#define OP2(Name, K0, n0, K1, n1)                                                                            \
    struct __attribute__((packed)) Name {                                                                    \
        static constexpr Opcode kOpcode = Opcode::Name;                                                      \
        uint8_t opcode;                                                                                      \
        operand::K0 n0;                                                                                      \
        operand::K1 n1;                                                                                      \
    };
#define OP3(Name, K0, n0, K1, n1, K2, n2)                                                                    \
    struct __attribute__((packed)) Name {                                                                    \
        static constexpr Opcode kOpcode = Opcode::Name;                                                      \
        uint8_t opcode;                                                                                      \
        operand::K0 n0;                                                                                      \
        operand::K1 n1;                                                                                      \
        operand::K2 n2;                                                                                      \
    };
#define OP4(Name, K0, n0, K1, n1, K2, n2, K3, n3)                                                            \
    struct __attribute__((packed)) Name {                                                                    \
        static constexpr Opcode kOpcode = Opcode::Name;                                                      \
        uint8_t opcode;                                                                                      \
        operand::K0 n0;                                                                                      \
        operand::K1 n1;                                                                                      \
        operand::K2 n2;                                                                                      \
        operand::K3 n3;                                                                                      \
    };
#include "bytecode/opcodes.def"
} // namespace instruction

struct OperandInfo {
    OperandKind kind;
    const char* name;
};

struct OpcodeInfo {
    const char* name;
    uint8_t length; ///< bytes, with the opcode
    uint8_t operand_count;
    OperandInfo operands[4];
};

inline constexpr OpcodeInfo kOpcodeInfo[] = {
#define OP(Name) {#Name, sizeof(instruction::Name), 0, {}},
#define OP1(Name, K0, n0) {#Name, sizeof(instruction::Name), 1, {{OperandKind::K0, #n0}}},
#define OP2(Name, K0, n0, K1, n1)                                                                            \
    {#Name, sizeof(instruction::Name), 2, {{OperandKind::K0, #n0}, {OperandKind::K1, #n1}}},
#define OP3(Name, K0, n0, K1, n1, K2, n2)                                                                    \
    {#Name, sizeof(instruction::Name), 3, {{OperandKind::K0, #n0}, {OperandKind::K1, #n1}, {OperandKind::K2, #n2}}},
#define OP4(Name, K0, n0, K1, n1, K2, n2, K3, n3)                                                            \
    {#Name,                                                                                                  \
     sizeof(instruction::Name),                                                                              \
     4,                                                                                                      \
     {{OperandKind::K0, #n0}, {OperandKind::K1, #n1}, {OperandKind::K2, #n2}, {OperandKind::K3, #n3}}},
#include "bytecode/opcodes.def"
};

constexpr const OpcodeInfo& opcode_info(Opcode opcode) { return kOpcodeInfo[static_cast<size_t>(opcode)]; }

constexpr uint8_t operand_size(OperandKind kind) {
    switch (kind) {
    case OperandKind::Flag: return 1;
    case OperandKind::Reg:
    case OperandKind::Out:
    case OperandKind::InOut:
    case OperandKind::Pair:
    case OperandKind::OutPair:
    case OperandKind::Range:
    case OperandKind::Callee:
    case OperandKind::CalleeArray:
    case OperandKind::Count:
    case OperandKind::Hops: return 2;
    default: return 4;
    }
}

} // namespace heddle
