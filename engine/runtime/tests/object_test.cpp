// Shapes: objects built alike share one, the rest is a dictionary, and either gives the properties back in
// order.
#include "runtime/object.h"
#include "runtime/tests/runtime_fixture.h"

#include <rapidcheck.h>

#include <map>

namespace heddle {
namespace {

class ShapeTest : public RuntimeTest {
protected:
    PropertyKey key(std::string_view name) { return MUST(PropertyKey::from_utf8(agent_, name)); }
    PropertyKey key(int number) { return key("key" + std::to_string(number)); }
    Shape* root() { return MUST(Shape::create_root(agent_, nullptr, 4)); }
    Object* make(Shape* shape) { return MUST(Object::create_with_shape(agent_, shape)); }
    void define(Object* object, PropertyKey name, int32_t value, Attributes attributes = kDefaultAttributes) {
        MUST(object->define_direct(agent_, name, Value::int32(value), attributes));
    }
    Value read(Object* object, PropertyKey name) { return MUST(object->get(agent_, name)); }
    std::string keys(Object* object) {
        RootVector<Value> list(agent_.heap());
        MUST(object->own_property_keys(agent_, list));
        std::string text;
        for (Value each : list)
            text += display_string(each) + " ";
        return text;
    }
};

TEST_F(ShapeTest, ObjectsBuiltAlikeShareTheirShape) {
    Shape* shape = root();
    Object* a = make(shape);
    Object* b = make(shape);
    for (int i = 0; i < 20; ++i) {
        define(a, key(i), i);
        define(b, key(i), -i);
    }
    EXPECT_EQ(a->shape(), b->shape());
    EXPECT_EQ(shape->property_count(), 0u) << "the root has not changed";
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(read(a, key(i)), Value::int32(i));
        EXPECT_EQ(read(b, key(i)), Value::int32(-i));
    }
}

TEST_F(ShapeTest, OrderAndAttributesLeadToShapesOfTheirOwn) {
    Shape* shape = root();
    Object* ab = make(shape);
    Object* ba = make(shape);
    Object* read_only = make(shape);
    define(ab, key("a"), 1);
    define(ab, key("b"), 2);
    define(ba, key("b"), 2);
    define(ba, key("a"), 1);
    define(read_only, key("a"), 1, kEnumerable);
    define(read_only, key("b"), 2);
    EXPECT_NE(ab->shape(), ba->shape());
    EXPECT_NE(ab->shape(), read_only->shape());
    EXPECT_EQ(keys(ab), "\"a\" \"b\" ");
    EXPECT_EQ(keys(ba), "\"b\" \"a\" ");
    PropertySlot slot;
    ASSERT_TRUE(read_only->lookup_own_named(key("a"), slot));
    EXPECT_FALSE(slot.is_writable());
    ASSERT_TRUE(ab->lookup_own_named(key("a"), slot));
    EXPECT_TRUE(slot.is_writable());
}

TEST_F(ShapeTest, ASiblingThatBranchesOffSeesNothingOfTheOther) {
    // Both lineages grow from one table.
    Shape* shape = root();
    Object* a = make(shape);
    Object* b = make(shape);
    define(a, key("common"), 1);
    define(b, key("common"), 1);
    define(a, key("left"), 2);
    define(b, key("right"), 3);
    PropertySlot slot;
    EXPECT_FALSE(a->lookup_own_named(key("right"), slot));
    EXPECT_FALSE(b->lookup_own_named(key("left"), slot));
    EXPECT_EQ(read(b, key("right")), Value::int32(3));
}

TEST_F(ShapeTest, ManyPropertiesMakeADictionary) {
    Object* object = make(root());
    for (int i = 0; i < 3000; ++i)
        define(object, key(i), i);
    EXPECT_TRUE(object->shape()->is_dictionary());
    for (int i = 0; i < 3000; ++i)
        ASSERT_EQ(read(object, key(i)), Value::int32(i)) << i;
}

TEST_F(ShapeTest, DeletionKeepsTheOrderOfTheRest) {
    Object* object = make(root());
    Object* sibling = make(object->shape());
    for (const char* name : {"a", "b", "c", "d"}) {
        define(object, key(name), 1);
        define(sibling, key(name), 1);
    }
    EXPECT_TRUE(MUST(object->delete_property(agent_, key("b"))));
    EXPECT_EQ(keys(object), "\"a\" \"c\" \"d\" ");
    EXPECT_EQ(keys(sibling), "\"a\" \"b\" \"c\" \"d\" ");
    define(object, key("b"), 2);
    EXPECT_EQ(keys(object), "\"a\" \"c\" \"d\" \"b\" ");
    EXPECT_EQ(read(object, key("b")), Value::int32(2));
}

TEST_F(ShapeTest, AnObjectIsAMapInInsertionOrder) {
    EXPECT_TRUE(rc::check("definitions and deletions as on a list", [this](std::vector<uint16_t> steps) {
        Object* object = make(root());
        std::vector<std::pair<int, int>> model;
        for (uint16_t step : steps) {
            int name = step >> 2 & 63;
            auto at =
                std::find_if(model.begin(), model.end(), [&](auto& each) { return each.first == name; });
            if ((step & 3) == 0) {
                RC_ASSERT(MUST(object->delete_property(agent_, key(name))));
                if (at != model.end()) model.erase(at);
            } else {
                define(object, key(name), step);
                if (at != model.end())
                    at->second = step;
                else
                    model.emplace_back(name, step);
            }
        }
        std::string expected;
        for (auto& [name, value] : model) {
            RC_ASSERT(read(object, key(name)) == Value::int32(value));
            expected += "\"key" + std::to_string(name) + "\" ";
        }
        RC_ASSERT(keys(object) == expected);
    }));
}

TEST_F(ShapeTest, ElementsStandApartAndComeFirst) {
    Object* object = make(root());
    define(object, key("x"), 1);
    define(object, PropertyKey::index(7), 2);
    define(object, PropertyKey::index(4294967294u), 3);
    define(object, PropertyKey::index(0), 4);
    EXPECT_EQ(keys(object), "\"0\" \"7\" \"4294967294\" \"x\" ");
    EXPECT_EQ(read(object, PropertyKey::index(4294967294u)), Value::int32(3));
    EXPECT_TRUE(read(object, PropertyKey::index(8)).is_undefined());
}

TEST_F(ShapeTest, FarElementsMakeNoLargeArray) {
    size_t before = agent_.heap().statistics().block_bytes;
    Object* object = make(root());
    for (uint32_t i = 0; i < 100; ++i)
        define(object, PropertyKey::index(i * 40'000'000u), 1);
    EXPECT_LT(agent_.heap().statistics().block_bytes, before + (1 << 20));
    for (uint32_t i = 0; i < 100; ++i)
        EXPECT_EQ(read(object, PropertyKey::index(i * 40'000'000u)), Value::int32(1));
}

TEST_F(ShapeTest, ShapesThatNobodyUsesGo) {
    Root<Shape> shape(agent_.heap(), root());
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 20'000; ++i)
            define(make(shape), key(i), i);
    }();
    agent_.heap().collect();
    agent_.heap().collect();
    size_t after = agent_.heap().statistics().cell_bytes;
    EXPECT_LT(after, size_t{2} << 20);
}

} // namespace
} // namespace heddle
