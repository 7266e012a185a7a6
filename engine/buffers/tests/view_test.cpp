// Views, and the conversion of elements.
#include "buffers/float16.h"
#include "buffers/typed_array_object.h"
#include "runtime/runtime.h"

#include <gtest/gtest.h>

namespace heddle {
namespace {

class ViewTest : public testing::Test {
protected:
    ArrayBufferObject* make_buffer(uint64_t length, std::optional<uint64_t> maximum = {}) {
        return MUST(ArrayBufferObject::create(agent_, shape(), length, maximum));
    }
    TypedArrayObject* make_array(ElementType type, BufferObject* buffer, std::optional<size_t> length = {}) {
        return MUST(TypedArrayObject::create(agent_, shape(), type, buffer, 0, length));
    }
    Shape* shape() { return MUST(Shape::create_root(agent_, nullptr, 0)); }

    IntrinsicTable table_{};
    RuntimeOptions options_{&table_, {}};
    Runtime runtime_{options_};
    Agent agent_{runtime_, {}};
    Request request_{agent_};
};

TEST_F(ViewTest, ReadsWhatWasWritten) {
    TypedArrayObject* array = make_array(ElementType::Int16, make_buffer(8), 4);
    View view = array->view(agent_);
    EXPECT_EQ(view.byte_length(), 8u);
    view.store(ElementType::Int16, 3, 0xFFFE);
    EXPECT_EQ(view.load(ElementType::Int16, 3), 0xFFFEu);
    EXPECT_EQ(MUST(array->get_element(agent_, 3)), Value::int32(-2));
    EXPECT_TRUE(MUST(array->get_element(agent_, 4)).is_undefined());
}

#ifdef HEDDLE_CHECKED
using ViewDeathTest = ViewTest;

TEST_F(ViewDeathTest, AStaleViewAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    TypedArrayObject* array = make_array(ElementType::Uint8, make_buffer(8), 8);
    View view = array->view(agent_);
    EXPECT_EQ(view.load(ElementType::Uint8, 0), 0u);
    agent_.advance_user_code_epoch();
    EXPECT_DEATH(view.load(ElementType::Uint8, 0), "broken rule stale-view: 8 bytes of ArrayBuffer");
    EXPECT_EQ(array->view(agent_).load(ElementType::Uint8, 0), 0u);
}
#endif

TEST_F(ViewTest, DetachEmptiesEveryArray) {
    ArrayBufferObject* buffer = make_buffer(16);
    TypedArrayObject* array = make_array(ElementType::Float64, buffer, 2);
    EXPECT_EQ(array->length(), 2u);
    size_t before = agent_.heap().statistics().external_bytes;
    StoreReference store = buffer->take_store();
    EXPECT_EQ(store->reference_count(), 1u);
    EXPECT_EQ(agent_.heap().statistics().external_bytes, before - 16);
    EXPECT_TRUE(buffer->is_detached());
    EXPECT_FALSE(array->length().has_value());
    EXPECT_TRUE(array->view(agent_).is_empty());
    EXPECT_TRUE(MUST(array->get_element(agent_, 0)).is_undefined());
}

TEST_F(ViewTest, LengthsFollowAResize) {
    ArrayBufferObject* buffer = make_buffer(16, 32);
    TypedArrayObject* tracking = make_array(ElementType::Int32, buffer);
    TypedArrayObject* fixed = make_array(ElementType::Int32, buffer, 3);
    EXPECT_FALSE(buffer->resize(agent_, 30).threw());
    EXPECT_EQ(tracking->length(), 7u);
    EXPECT_EQ(fixed->length(), 3u);
    EXPECT_FALSE(buffer->resize(agent_, 8).threw());
    EXPECT_EQ(tracking->length(), 2u);
    EXPECT_FALSE(fixed->length().has_value());
    EXPECT_FALSE(buffer->resize(agent_, 12).threw());
    EXPECT_EQ(fixed->length(), 3u);
}

TEST_F(ViewTest, BytesCountTowardsTheHeapUntilTheBufferIsCollected) {
    size_t before = agent_.heap().statistics().external_bytes;
    [&]() __attribute__((noinline)) { make_buffer(1 << 20); }();
    EXPECT_EQ(agent_.heap().statistics().external_bytes, before + (1 << 20));
}

TEST(Float16, RoundsToNearestTiesToEven) {
    EXPECT_EQ(float16_from_double(1.0), 0x3C00);
    EXPECT_EQ(float16_from_double(-0.0), 0x8000);
    EXPECT_EQ(float16_from_double(65504.0), 0x7BFF);
    EXPECT_EQ(float16_from_double(65519.99), 0x7BFF);
    EXPECT_EQ(float16_from_double(65520.0), 0x7C00);
    EXPECT_EQ(float16_from_double(0x1p-24), 0x0001);
    EXPECT_EQ(float16_from_double(0x1p-25), 0x0000);
    EXPECT_EQ(float16_from_double(0x1.8p-24), 0x0002);
    EXPECT_EQ(float16_from_double(1.0 + 0x1p-11), 0x3C00);
    EXPECT_EQ(float16_from_double(1.0 + 0x1.8p-10), 0x3C02);
    EXPECT_EQ(float16_from_double(1.0 + 0x1p-11 + 0x1p-50), 0x3C01);
    for (uint32_t half = 0; half < 0x10000; ++half) {
        double value = float16_to_double(static_cast<uint16_t>(half));
        if (value == value)
            ASSERT_EQ(float16_from_double(value), half);
        else
            ASSERT_EQ(float16_from_double(value) & 0x7E00, 0x7E00);
    }
}

TEST(Elements, Uint8ClampRoundsHalfToEven) {
    EXPECT_EQ(element_bits_from_number(ElementType::Uint8Clamped, 0.5), 0u);
    EXPECT_EQ(element_bits_from_number(ElementType::Uint8Clamped, 1.5), 2u);
    EXPECT_EQ(element_bits_from_number(ElementType::Uint8Clamped, 254.5), 254u);
    EXPECT_EQ(element_bits_from_number(ElementType::Uint8Clamped, NAN), 0u);
    EXPECT_EQ(element_bits_from_number(ElementType::Uint8Clamped, 1e300), 255u);
}

} // namespace
} // namespace heddle
