// Strings: ropes of every form, slices, and atoms, which are the same whatever the string was made of.
#include "runtime/tests/runtime_fixture.h"

#include <rapidcheck.h>

namespace heddle {
namespace {

using StringTest = RuntimeTest;

constexpr int kDeep = 1'000'000;

TEST_F(StringTest, ARopeThatGrewAtItsEndFlattens) {
    String* rope = latin1("a fairly long beginning of a rope: ");
    uint32_t start = rope->length();
    for (int i = 0; i < kDeep; ++i) {
        char digit = static_cast<char>('0' + i % 10);
        rope = MUST(String::concatenate(agent_, rope, latin1({&digit, 1})));
    }
    ASSERT_EQ(rope->length(), start + kDeep);
    EXPECT_TRUE(rope->is_rope());
    FlatView view = MUST(rope->flatten(agent_));
    EXPECT_FALSE(rope->is_rope());
    ASSERT_EQ(view.length(), start + kDeep);
    for (uint32_t i = 0; i < kDeep; i += 997)
        ASSERT_EQ(view[start + i], '0' + i % 10) << i;
}

TEST_F(StringTest, ARopeThatGrewAtItsFrontFlattens) {
    String* rope = latin1("the end of a rope that is long enough");
    for (int i = 0; i < kDeep; ++i) {
        char digit = static_cast<char>('0' + i % 10);
        rope = MUST(String::concatenate(agent_, latin1({&digit, 1}), rope));
    }
    FlatView view = MUST(rope->flatten(agent_));
    for (uint32_t i = 0; i < kDeep; i += 997)
        ASSERT_EQ(view[kDeep - 1 - i], '0' + i % 10) << i;
}

TEST_F(StringTest, ADeepRopeSurvivesCollections) {
    Root<String> rope(agent_.heap(), latin1("the seed of a rope, which is not short"));
    for (int i = 0; i < kDeep; ++i)
        rope = MUST(i & 1 ? String::concatenate(agent_, latin1("x"), rope)
                          : String::concatenate(agent_, rope, latin1("y")));
    agent_.heap().collect();
    FlatView view = MUST(rope->flatten(agent_));
    EXPECT_EQ(view.length(), kDeep + 38u);
    EXPECT_EQ(view[0], 'x');
    EXPECT_EQ(view[view.length() - 1], 'y');
}

TEST_F(StringTest, ARopeThatIsSharedManyTimesFlattens) {
    // 2^20 leaves, 20 ropes: the halves are the same string.
    String* rope = latin1("0123456789abcdefghijklmno");
    for (int i = 0; i < 20; ++i)
        rope = MUST(String::concatenate(agent_, rope, rope));
    FlatView view = MUST(rope->flatten(agent_));
    EXPECT_EQ(view.length(), 25u << 20);
    EXPECT_EQ(view[view.length() - 1], 'o');
}

TEST_F(StringTest, ConcatenationIsRefusedBeyondTheLongestString) {
    String* rope = latin1("0123456789abcdef0123456789abcdef");
    while (rope->length() <= String::kMaxLength / 2)
        rope = MUST(String::concatenate(agent_, rope, rope));
    EXPECT_TRUE(String::concatenate(agent_, rope, rope).threw());
    agent_.take_exception();
}

TEST_F(StringTest, AnyRopeEqualsItsText) {
    EXPECT_TRUE(rc::check("concatenations and slices as on std::u16string", [this](
                                                                                std::vector<uint32_t> steps) {
        std::u16string model;
        String* string = latin1("");
        for (uint32_t step : steps) {
            char16_t unit =
                step & 8 ? static_cast<char16_t>(0x400 + step % 97) : static_cast<char16_t>('a' + step % 26);
            std::u16string piece((step >> 4) % 40, unit);
            String* other =
                MUST(String::create(agent_, FlatView(piece.data(), static_cast<uint32_t>(piece.size()))));
            switch (step & 3) {
            case 0:
            case 1:
                model += piece;
                string = MUST(String::concatenate(agent_, string, other));
                break;
            case 2:
                model = piece + model;
                string = MUST(String::concatenate(agent_, other, string));
                break;
            default: {
                auto length = static_cast<uint32_t>(model.size());
                uint32_t from = length ? step / 64 % length : 0;
                uint32_t to = from + (length > from ? step / 4096 % (length - from + 1) : 0);
                model = model.substr(from, to - from);
                string = MUST(String::substring(agent_, string, from, to));
            }
            }
            RC_ASSERT(string->length() == model.size());
        }
        FlatView view = MUST(string->flatten(agent_));
        for (uint32_t i = 0; i < model.size(); ++i)
            RC_ASSERT(view[i] == model[i]);
        String* fresh =
            MUST(String::create(agent_, FlatView(model.data(), static_cast<uint32_t>(model.size()))));
        RC_ASSERT(MUST(strings_equal(agent_, string, fresh)));
        RC_ASSERT(MUST(compare_strings(agent_, string, fresh)) == 0);
        RC_ASSERT(MUST(string->content_hash(agent_)) == MUST(fresh->content_hash(agent_)));
        RC_ASSERT(MUST(agent_.atoms().intern(agent_, string)) == MUST(agent_.atoms().intern(agent_, fresh)));
    }));
}

TEST_F(StringTest, SlicesKeepTheirBase) {
    Root<String> slice(agent_.heap());
    [&]() __attribute__((noinline)) {
        std::string big(100'000, 'q');
        big.replace(50'000, 26, "abcdefghijklmnopqrstuvwxyz");
        slice = MUST(String::substring(agent_, latin1(big), 49'990, 50'040));
    }();
    agent_.heap().collect();
    std::string garbage(100'000, '!');
    for (int i = 0; i < 20; ++i)
        latin1(garbage);
    EXPECT_EQ(utf8(slice), "qqqqqqqqqqabcdefghijklmnopqrstuvwxyzqqqqqqqqqqqqqq");
    // A slice of a slice goes back to the base.
    EXPECT_EQ(utf8(MUST(String::substring(agent_, slice, 10, 36))), "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(StringTest, AtomsAreTheSameInEitherWidth) {
    const char16_t wide[] = u"caf\u00e9";
    // A two-byte view of units that all fit into one byte.
    String* from_wide = MUST(agent_.atoms().intern(agent_, FlatView(wide, 4)));
    String* from_narrow = MUST(agent_.atoms().intern(agent_, FlatView(std::string_view("caf\xe9"))));
    EXPECT_EQ(from_wide, from_narrow);
    EXPECT_TRUE(from_wide->is_atom());
    String* rope = MUST(String::concatenate(agent_, latin1("caf"), latin1("\xe9")));
    EXPECT_EQ(MUST(agent_.atoms().intern(agent_, rope)), from_wide);
    EXPECT_EQ(MUST(agent_.atoms().intern(agent_, from_wide)), from_wide);
    const char16_t other[] = u"caf\u01e9";
    EXPECT_NE(MUST(agent_.atoms().intern(agent_, FlatView(other, 4))), from_wide);
}

TEST_F(StringTest, WellKnownAtomsAreFoundByTheirText) {
    EXPECT_EQ(MUST(agent_.atoms().intern(agent_, latin1("length"))), static_cast<String*>(atoms::length));
    const char16_t wide[] = u"prototype";
    EXPECT_EQ(MUST(agent_.atoms().intern(agent_, FlatView(wide, 9))), static_cast<String*>(atoms::prototype));
}

TEST_F(StringTest, AtomsKnowTheIndexTheySpell) {
    struct {
        const char* text;
        uint32_t index;
    } const cases[] = {{"0", 0},
                       {"7", 7},
                       {"4294967294", 4294967294u},
                       {"4294967295", String::kNotIndex},
                       {"01", String::kNotIndex},
                       {"-1", String::kNotIndex},
                       {"", String::kNotIndex},
                       {"1.0", String::kNotIndex},
                       {"42949672940", String::kNotIndex},
                       {"1e3", String::kNotIndex},
                       {" 1", String::kNotIndex}};
    for (auto& each : cases) {
        String* atom = MUST(agent_.atoms().intern(agent_, latin1(each.text)));
        EXPECT_EQ(atom->array_index(), each.index) << each.text;
        PropertyKey key = MUST(PropertyKey::from_string(agent_, latin1(each.text)));
        EXPECT_EQ(key.is_index(), each.index != String::kNotIndex) << each.text;
    }
    EXPECT_EQ(MUST(PropertyKey::from_integer(agent_, 4294967294u)), PropertyKey::index(4294967294u));
    PropertyKey large = MUST(PropertyKey::from_integer(agent_, 4294967295u));
    EXPECT_FALSE(large.is_index());
    EXPECT_EQ(utf8(large.as_atom()), "4294967295");
}

TEST_F(StringTest, DeadAtomsLeaveTheTable) {
    size_t before = agent_.atoms().size();
    Root<String> kept(agent_.heap());
    [&]() __attribute__((noinline)) {
        for (int i = 0; i < 10'000; ++i) {
            String* atom = MUST(agent_.atoms().intern(agent_, latin1("atom number " + std::to_string(i))));
            if (i == 5000) kept = atom;
        }
    }();
    agent_.heap().collect();
    EXPECT_LE(agent_.atoms().size(), before + 20);
    EXPECT_EQ(MUST(agent_.atoms().intern(agent_, latin1("atom number 5000"))), kept.get());
}

TEST_F(StringTest, InvalidUtf8BecomesReplacementCharacters) {
    EXPECT_EQ(text("a\xff"
                   "b")
                  ->length(),
              3u);
    EXPECT_EQ(utf8(text("\xf0\x9f\x98\x80")), "\xf0\x9f\x98\x80");
    EXPECT_EQ(text("\xf0\x9f\x98\x80")->length(), 2u);
    EXPECT_EQ(utf8(text("\xf0\x9f\x98")), "\xef\xbf\xbd");         // one for a truncated sequence
    EXPECT_EQ(utf8(text("\xc0\xaf")), "\xef\xbf\xbd\xef\xbf\xbd"); // overlong
    EXPECT_EQ(utf8(text("\xed\xa0\x80")), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

} // namespace
} // namespace heddle
