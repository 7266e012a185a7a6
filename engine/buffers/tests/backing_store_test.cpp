// Backing stores: references, lengths, memory.
#include "buffers/backing_store.h"

#include "sync/thread.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

struct FreeCounter {
    sync::Counter<uint32_t> calls;
    static void call(void*, size_t, void* context) {
        static_cast<FreeCounter*>(context)->calls.add_relaxed(1);
    }
};

TEST(BackingStore, CallsTheFreeCallbackOnceWithTheLastReference) {
    FreeCounter counter;
    char bytes[16] = {};
    {
        auto first = StoreReference::adopt(
            BackingStore::adopt(bytes, sizeof(bytes), false, FreeCounter::call, &counter));
        ASSERT_TRUE(first);
        StoreReference second = first;
        EXPECT_EQ(first->reference_count(), 2u);
        second = StoreReference();
        EXPECT_EQ(counter.calls.load_acquire(), 0u);
    }
    EXPECT_EQ(counter.calls.load_acquire(), 1u);
}

TEST(BackingStore, OutlivesTheThreadThatMadeIt) {
    FreeCounter counter;
    char bytes[16] = {};
    StoreReference kept;
    sync::Thread maker;
    ASSERT_TRUE(maker.start({.name = "maker"}, [&] {
        auto made = StoreReference::adopt(
            BackingStore::adopt(bytes, sizeof(bytes), true, FreeCounter::call, &counter));
        kept = made;
    }));
    maker.join();
    EXPECT_EQ(counter.calls.load_acquire(), 0u);
    EXPECT_EQ(kept->reference_count(), 1u);
    kept = StoreReference();
    EXPECT_EQ(counter.calls.load_acquire(), 1u);
}

TEST(BackingStore, ReferencesAreDroppedByManyThreadsAndFreedOnce) {
    FreeCounter counter;
    char bytes[16] = {};
    auto store =
        StoreReference::adopt(BackingStore::adopt(bytes, sizeof(bytes), true, FreeCounter::call, &counter));
    sync::Thread threads[4];
    for (auto& thread : threads) {
        ASSERT_TRUE(thread.start({.name = "dropper"}, [mine = store] {
            for (int i = 0; i < 1000; ++i)
                StoreReference copy = mine;
        }));
    }
    store = StoreReference();
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(counter.calls.load_acquire(), 1u);
}

TEST(BackingStore, RefusesWhatIsTooLong) {
    EXPECT_EQ(BackingStore::create({.byte_length = BackingStore::kMaxByteLength + 1}), nullptr);
    EXPECT_EQ(BackingStore::create({.byte_length = 0, .max_byte_length = SIZE_MAX, .resizable = true}),
              nullptr);
}

// Below and above the threshold of reserved address space.
class ResizableStore : public testing::TestWithParam<size_t> {};

TEST_P(ResizableStore, BytesAreZeroWhenTheyComeBack) {
    size_t maximum = GetParam();
    auto store = StoreReference::adopt(
        BackingStore::create({.byte_length = 10, .max_byte_length = maximum, .resizable = true}));
    ASSERT_TRUE(store);
    std::byte* data = store->data();
    ASSERT_TRUE(store->resize(maximum));
    EXPECT_EQ(store->data(), data);
    for (size_t i = 0; i < maximum; ++i) {
        ASSERT_EQ(data[i], std::byte{0});
        data[i] = std::byte{0xAB};
    }
    ASSERT_TRUE(store->resize(3));
    EXPECT_EQ(store->byte_length(), 3u);
    ASSERT_TRUE(store->resize(maximum));
    for (size_t i = 0; i < maximum; ++i)
        ASSERT_EQ(data[i], i < 3 ? std::byte{0xAB} : std::byte{0});
}

INSTANTIATE_TEST_SUITE_P(Sizes, ResizableStore, testing::Values(100, BackingStore::kReserveThreshold + 4097));

TEST(BackingStore, GrownByManyThreadsItNeverShrinks) {
    constexpr size_t kMaximum = 1 << 20;
    auto store = StoreReference::adopt(BackingStore::create(
        {.byte_length = 0, .max_byte_length = kMaximum, .resizable = true, .shared = true}));
    ASSERT_TRUE(store);
    sync::Counter<uint32_t> shrunk;
    sync::Thread threads[3];
    for (size_t t = 0; t < 3; ++t) {
        ASSERT_TRUE(threads[t].start({.name = "grower"}, [&, t] {
            size_t seen = 0;
            for (size_t length = t; length < kMaximum; length += 997 + t) {
                (void)store->grow(length);
                size_t now = store->byte_length();
                if (now < seen || now < length) shrunk.add_relaxed(1);
                seen = now;
                // What the length admits can be touched.
                if (now > 0)
                    (void)__atomic_load_n(reinterpret_cast<unsigned char*>(store->data()) + now - 1,
                                          __ATOMIC_RELAXED);
            }
        }));
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(shrunk.load_relaxed(), 0u);
    EXPECT_EQ(store->grow(0), BackingStore::GrowOutcome::WouldShrink);
}

} // namespace
} // namespace heddle
