// Lookups in finished code, and its destruction.
#include "bytecode/code.h"

namespace heddle {

const ExceptionHandler* Code::find_handler(uint32_t pc) const {
    for (const ExceptionHandler& handler : handlers_)
        if (handler.start <= pc && pc < handler.end) return &handler;
    return nullptr;
}

uint32_t Code::source_offset(uint32_t pc) const {
    size_t at = 0;
    auto read = [&] {
        uint32_t value = 0;
        for (uint32_t shift = 0;; shift += 7) {
            uint8_t byte = positions_[at++];
            value |= static_cast<uint32_t>(byte & 0x7F) << shift;
            if (!(byte & 0x80)) return value;
        }
    };
    uint32_t current_pc = 0;
    uint32_t offset = source_begin_;
    while (at < positions_.size()) {
        current_pc += read();
        uint32_t delta = read();
        if (current_pc > pc) break;
        offset += (delta >> 1) ^ (0 - (delta & 1));
    }
    return offset;
}

size_t Code::size_in_bytes() const {
    size_t size = sizeof(Code) + bytes_.capacity() + positions_.capacity() + feedback_.capacity() +
                  handlers_.capacity() * sizeof(ExceptionHandler) + constants_.capacity() * sizeof(Constant);
    for (const Constant& constant : constants_) {
        size += constant.string.latin1.capacity() + constant.string.utf16.capacity() * 2;
        if (constant.scope)
            size += sizeof(ScopeDescription) + constant.scope->slots.capacity() * sizeof(ScopeSlot) +
                    constant.scope->empty_slots.capacity() * sizeof(uint32_t);
    }
    return size;
}

void Code::release() const {
    if (count_.sub_acq_rel(1) != 1) return;
    // Inner codes are freed by an explicit list, which needs no memory: functions may nest deeper than the native stack allows.
    auto* doomed = const_cast<Code*>(this);
    while (doomed) {
        Code* code = std::exchange(doomed, doomed->next_doomed_);
        for (Constant& constant : code->constants_) {
            if (!constant.code) continue;
            auto* inner = const_cast<Code*>(constant.code.leak());
            if (inner->count_.sub_acq_rel(1) == 1) inner->next_doomed_ = std::exchange(doomed, inner);
        }
        delete code;
    }
}

} // namespace heddle
