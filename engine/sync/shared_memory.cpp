// Bulk copies over shared bytes. The width of a copy is the widest at which target and source can be aligned together,
// up to eight bytes; the ragged ends go by bytes.
#include "sync/shared_memory.h"

namespace heddle::sync {

namespace {

template<class Word>
void copy_forward(unsigned char* target, const unsigned char* source, size_t size) {
    while (size != 0 && !is_aligned_for<Word>(target)) {
        store_relaxed<uint8_t>(target++, load_relaxed<uint8_t>(source++));
        size--;
    }
    for (; size >= sizeof(Word); size -= sizeof(Word)) {
        store_relaxed<Word>(target, load_relaxed<Word>(source));
        target += sizeof(Word);
        source += sizeof(Word);
    }
    while (size-- != 0) store_relaxed<uint8_t>(target++, load_relaxed<uint8_t>(source++));
}

template<class Word>
void copy_backward(unsigned char* target_end, const unsigned char* source_end, size_t size) {
    while (size != 0 && !is_aligned_for<Word>(target_end)) {
        store_relaxed<uint8_t>(--target_end, load_relaxed<uint8_t>(--source_end));
        size--;
    }
    for (; size >= sizeof(Word); size -= sizeof(Word)) {
        target_end -= sizeof(Word);
        source_end -= sizeof(Word);
        store_relaxed<Word>(target_end, load_relaxed<Word>(source_end));
    }
    while (size-- != 0) store_relaxed<uint8_t>(--target_end, load_relaxed<uint8_t>(--source_end));
}

} // namespace

void copy_relaxed(void* target, const void* source, size_t size) {
    auto to = static_cast<unsigned char*>(target);
    auto from = static_cast<const unsigned char*>(source);
    uintptr_t difference = reinterpret_cast<uintptr_t>(to) ^ reinterpret_cast<uintptr_t>(from);
    if (difference % 8 == 0) return copy_forward<uint64_t>(to, from, size);
    if (difference % 4 == 0) return copy_forward<uint32_t>(to, from, size);
    if (difference % 2 == 0) return copy_forward<uint16_t>(to, from, size);
    copy_forward<uint8_t>(to, from, size);
}

void copy_relaxed_backward(void* target, const void* source, size_t size) {
    auto to = static_cast<unsigned char*>(target) + size;
    auto from = static_cast<const unsigned char*>(source) + size;
    uintptr_t difference = reinterpret_cast<uintptr_t>(to) ^ reinterpret_cast<uintptr_t>(from);
    if (difference % 8 == 0) return copy_backward<uint64_t>(to, from, size);
    if (difference % 4 == 0) return copy_backward<uint32_t>(to, from, size);
    if (difference % 2 == 0) return copy_backward<uint16_t>(to, from, size);
    copy_backward<uint8_t>(to, from, size);
}

void move_relaxed(void* target, const void* source, size_t size) {
    auto to = reinterpret_cast<uintptr_t>(target);
    auto from = reinterpret_cast<uintptr_t>(source);
    if (to == from || size == 0) return;
    if (to < from || to >= from + size) return copy_relaxed(target, source, size);
    copy_relaxed_backward(target, source, size);
}

void fill_relaxed(void* target, unsigned char byte, size_t size) {
    auto to = static_cast<unsigned char*>(target);
    uint64_t word = 0x0101010101010101 * byte;
    while (size != 0 && !is_aligned_for<uint64_t>(to)) {
        store_relaxed<uint8_t>(to++, byte);
        size--;
    }
    for (; size >= 8; size -= 8, to += 8) store_relaxed<uint64_t>(to, word);
    while (size-- != 0) store_relaxed<uint8_t>(to++, byte);
}

int compare_relaxed(const void* left, const void* right, size_t size) {
    auto a = static_cast<const unsigned char*>(left);
    auto b = static_cast<const unsigned char*>(right);
    for (size_t i = 0; i < size; i++) {
        int difference = int{load_relaxed<uint8_t>(a + i)} - int{load_relaxed<uint8_t>(b + i)};
        if (difference != 0) return difference;
    }
    return 0;
}

} // namespace heddle::sync
