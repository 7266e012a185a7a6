// Accesses to shared bytes: values survive, bulk operations agree with memmove, and racing ones are no data race.
#include "sync/shared_memory.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace heddle::sync {
namespace {

TEST(SharedMemory, ReadModifyWriteReturnsTheValueBefore) {
    alignas(8) unsigned char bytes[8] = {};
    store_seq_cst<int16_t>(bytes, -2);
    EXPECT_EQ(fetch_add_seq_cst<int16_t>(bytes, 5), -2);
    EXPECT_EQ(fetch_sub_seq_cst<int16_t>(bytes, 1), 3);
    EXPECT_EQ(fetch_or_seq_cst<int16_t>(bytes, 8), 2);
    EXPECT_EQ(fetch_xor_seq_cst<int16_t>(bytes, 2), 10);
    EXPECT_EQ(fetch_and_seq_cst<int16_t>(bytes, 12), 8);
    EXPECT_EQ(exchange_seq_cst<int16_t>(bytes, 7), 8);
    EXPECT_EQ(compare_exchange_seq_cst<int16_t>(bytes, 6, 1), 7);
    EXPECT_EQ(compare_exchange_seq_cst<int16_t>(bytes, 7, 1), 7);
    EXPECT_EQ(load_seq_cst<int16_t>(bytes), 1);
    EXPECT_EQ(fetch_add_seq_cst<uint8_t>(bytes, 255), 1);
    EXPECT_EQ(load_relaxed<uint8_t>(bytes), 0);
}

TEST(SharedMemory, FloatsKeepTheirBits) {
    alignas(8) unsigned char bytes[16] = {};
    store_relaxed<double>(bytes, -0.0);
    EXPECT_TRUE(std::signbit(load_relaxed<double>(bytes)));
    store_relaxed_tearing<double>(bytes + 3, 1.25);
    EXPECT_EQ(load_relaxed_tearing<double>(bytes + 3), 1.25);
}

TEST(SharedMemory, BulkOperationsAgreeWithMemmove) {
    for (size_t target = 0; target < 24; target++) {
        for (size_t source = 0; source < 24; source++) {
            for (size_t size : {0, 1, 7, 8, 9, 17, 40}) {
                alignas(8) unsigned char mine[80], theirs[80];
                for (int i = 0; i < 80; i++) mine[i] = theirs[i] = static_cast<unsigned char>(i * 7 + 1);
                move_relaxed(mine + target, mine + source, size);
                std::memmove(theirs + target, theirs + source, size);
                ASSERT_EQ(std::memcmp(mine, theirs, 80), 0) << target << ' ' << source << ' ' << size;
                fill_relaxed(mine + target, 0xab, size);
                std::memset(theirs + target, 0xab, size);
                ASSERT_EQ(std::memcmp(mine, theirs, 80), 0);
                ASSERT_EQ(compare_relaxed(mine, theirs, 80), 0);
            }
        }
    }
}

TEST(SharedMemory, RacingAccessesAreNoDataRace) {
    std::vector<uint64_t> words(512);
    auto bytes = reinterpret_cast<unsigned char*>(words.data());
    Thread threads[3];
    ASSERT_TRUE(threads[0].start({}, [&] {
        for (int i = 0; i < 200; i++) fill_relaxed(bytes + 3, static_cast<unsigned char>(i), 4000);
    }));
    ASSERT_TRUE(threads[1].start({}, [&] {
        for (int i = 0; i < 200; i++) move_relaxed(bytes + 16, bytes, 4000);
    }));
    ASSERT_TRUE(threads[2].start({}, [&] {
        uint32_t sum = 0;
        for (int i = 0; i < 2000; i++) {
            sum += load_relaxed<uint32_t>(bytes + 4 * (i % 1000));
            store_relaxed_tearing<uint16_t>(bytes + i, static_cast<uint16_t>(sum));
            fetch_add_seq_cst<uint8_t>(bytes + i, 1);
        }
    }));
    for (Thread& thread : threads) thread.join();
}

} // namespace
} // namespace heddle::sync
