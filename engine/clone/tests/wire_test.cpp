// The format itself: what is read is what was written, and hostile bytes are refused with a DataCloneError.
#include "clone/tests/cloning.h"
#include "clone/wire.h"
#include "runtime/error.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace heddle {
namespace {

/// Every tag but those of stores that travel beside the bytes.
constexpr const char* kRich =
    "(() => { let b = new ArrayBuffer(6, {maxByteLength: 9}); let o = {a: 1, b: 'x', c: 'Ā'}; let err = new AggregateError([1], 'm', {cause: o});"
    "return [undefined, null, true, false, 300, -5, 1.5, 7n, -(2n**70n), o, {a: 2, b: o, c: 3}, Object(true), Object(1.5), Object(2n), Object('s'),"
    "new Date(5), /r/gi, [1, , 3], [1.5, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8], new Map([[o, 1], ['k', {}]]), new Set([1, o]), err,"
    "new DOMException('m', 'AbortError'), new Uint16Array(b, 2), new DataView(b, 1, 2), new Uint8Array([1, 2]).buffer.transferToImmutable(),"
    "{get g() { return 1; }, 5: 'index'}, {get g() { return 2; }}]; })()";

std::string read(CloningRunner& runner, std::span<const uint8_t> bytes) {
    std::optional<CloneMessage> message = CloneMessage::from_bytes(bytes);
    HEDDLE_CHECK(message.has_value());
    Result<Value> value = structured_deserialize(runner.agent(), std::move(*message));
    if (!value.threw()) return "read";
    Value exception = runner.agent().take_exception();
    if (exception.is<DomException>()) return exception.as<DomException>()->name()->short_text(40);
    return exception.is<ErrorObject>() ? error_type_name(exception.as<ErrorObject>()->type()) : "something else";
}

std::vector<uint8_t> message(std::initializer_list<int> body) {
    std::vector<uint8_t> bytes{kWireMagic, kWireVersion, 0};
    for (int byte : body)
        bytes.push_back(static_cast<uint8_t>(byte));
    return bytes;
}

TEST(Wire, RefusesEveryTruncation) {
    CloningRunner runner;
    std::vector<uint8_t> bytes = runner.bytes_of(kRich);
    ASSERT_EQ(read(runner, bytes), "read");
    for (size_t length = 0; length < bytes.size(); ++length)
        EXPECT_EQ(read(runner, std::span(bytes).first(length)), "DataCloneError") << length;
    bytes.push_back(0);
    EXPECT_EQ(read(runner, bytes), "DataCloneError") << "bytes after the end";
}

TEST(Wire, SurvivesEverySubstitutionOfOneByte) {
    CloningRunner runner;
    std::vector<uint8_t> bytes = runner.bytes_of(kRich);
    size_t refused = 0;
    size_t total = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        uint8_t original = bytes[i];
        for (int change : {1, 2, 3, 4, 8, 16, 32, 64, 127, 128, 129, 255}) {
            bytes[i] = static_cast<uint8_t>(original ^ change);
            std::string outcome = read(runner, bytes);
            EXPECT_TRUE(outcome == "read" || outcome == "DataCloneError" || outcome == "RangeError") << i << " " << change << ": " << outcome;
            refused += outcome != "read";
            ++total;
        }
        bytes[i] = original;
    }
    EXPECT_GT(refused, total / 4) << "the reader believes too much";
}

TEST(Wire, RefusesForgeries) {
    CloningRunner runner;
    auto tag = [](WireTag t) { return static_cast<int>(t); };
    struct Case {
        const char* what;
        std::vector<uint8_t> bytes;
    };
    std::vector<Case> cases = {
        {"no magic", {0, kWireVersion, 0, 0x80}},
        {"another version", {kWireMagic, kWireVersion + 1, 0, 0x80}},
        {"transfers that did not come", {kWireMagic, kWireVersion, 1, 0x80}},
        {"a long number", message({tag(WireTag::ObjectReference), 0x80, 0x00})},
        {"an object from the future", message({tag(WireTag::ObjectReference), 0})},
        {"a shape from the future", message({tag(WireTag::KnownShape), 0})},
        {"a key from the future", message({tag(WireTag::Object), tag(WireTag::KeyReference), 0, 0x80, tag(WireTag::End)})},
        {"a store that did not come", message({tag(WireTag::ArrayBufferStore), 0, 0})},
        {"a shared store that did not come", message({tag(WireTag::SharedArrayBuffer), 0})},
        {"an integer of 33 bits", message({tag(WireTag::Integer), 0x80, 0x80, 0x80, 0x80, 0x10})},
        {"a BigInt with a leading zero", message({tag(WireTag::BigInt), 2, 0, 0, 0, 0, 0, 0, 0, 0})},
        {"a negative zero BigInt", message({tag(WireTag::BigInt), 1})},
        {"a Map larger than the message", message({tag(WireTag::Map), 0xFF, 0xFF, 0x7F})},
        {"an array larger than the message", message({tag(WireTag::DenseArray), 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})},
        {"numbers beyond the end", message({tag(WireTag::NumberArray), 2, 0, 0, 0, 0, 0, 0, 0, 0})},
        {"an index beyond the length", message({tag(WireTag::Array), 1, tag(WireTag::IndexKey), 1, 0x80, tag(WireTag::End)})},
        {"a length of an array's own", message({tag(WireTag::Array), 1, tag(WireTag::Key), tag(WireTag::Latin1String), 6, 'l', 'e', 'n', 'g', 't', 'h', 0x80, tag(WireTag::End)})},
        {"a shape with one key twice", message({tag(WireTag::NewShape), 2, tag(WireTag::Latin1String), 1, 'a', tag(WireTag::Latin1String), 1, 'a', 0x80, 0x80})},
        {"a shape with an index", message({tag(WireTag::NewShape), 1, tag(WireTag::Latin1String), 1, '5', 0x80})},
        {"a view without a buffer", message({tag(WireTag::View), 1, 1, 0, 0x80})},
        {"a view beyond its buffer", message({tag(WireTag::View), 1, 0, 1, 4, tag(WireTag::ArrayBuffer), 0, 4, 1, 2, 3, 4})},
        {"a view out of alignment", message({tag(WireTag::View), 5, 0, 1, 0, tag(WireTag::ArrayBuffer), 0, 8, 1, 2, 3, 4, 5, 6, 7, 8})},
        {"a view that tracks a fixed length", message({tag(WireTag::View), 1, 1, 0, tag(WireTag::ArrayBuffer), 0, 1, 9})},
        {"an unknown element type", message({tag(WireTag::View), 12, 0, 0, 1, tag(WireTag::ArrayBuffer), 0, 1, 9})},
        {"a maximum below the length", message({tag(WireTag::ArrayBuffer), 1, 2, 1, 9, 9})},
        {"a maximum beyond all memory", message({tag(WireTag::ArrayBuffer), 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F})},
        {"a resizable immutable buffer", message({tag(WireTag::ArrayBuffer), 3, 0, 1})},
        {"a date out of range", message({tag(WireTag::Date), 0, 0, 0, 0, 0, 0, 0xF0, 0x7E})},
        {"a pattern that does not compile", message({tag(WireTag::RegExp), tag(WireTag::Latin1String), 1, '(', tag(WireTag::Latin1String), 0})},
        {"flags that there are not", message({tag(WireTag::RegExp), tag(WireTag::Latin1String), 1, 'a', tag(WireTag::Latin1String), 1, 'x'})},
        {"an error of no type", message({tag(WireTag::Error), 9, 0})},
        {"the end in place of a value", message({tag(WireTag::End)})},
        {"an absent value in a Set", message({tag(WireTag::Set), 1, tag(WireTag::Absent)})},
        {"a tag that there is not", message({0x7F})},
        {"Latin-1 in two bytes", message({tag(WireTag::Utf16String), 1, 'a', 0})},
    };
    for (const Case& c : cases)
        EXPECT_EQ(read(runner, c.bytes), "DataCloneError") << c.what;
}

TEST(Wire, NumbersCannotForgeReferences) {
    CloningRunner runner;
    // Every NaN is the canonical one, whatever its bits: a value is boxed in them.
    for (int top : {0x7F, 0xFF}) {
        std::vector<uint8_t> bytes = message({static_cast<int>(WireTag::Double), 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0xF8, top});
        std::optional<CloneMessage> wire = CloneMessage::from_bytes(bytes);
        Value value = MUST(structured_deserialize(runner.agent(), std::move(*wire)));
        EXPECT_EQ(value.bits(), Value::number(std::numeric_limits<double>::quiet_NaN()).bits());
    }
}

TEST(Wire, TagsAreDistinctAndNamed) {
    size_t named = 0;
    for (int code = 0; code < 256; ++code)
        named += wire_tag_name(static_cast<uint8_t>(code)) != nullptr;
    size_t tags = 0;
#define WIRE_TAG(Name, code, payload, type)                                                                  \
    EXPECT_STREQ(wire_tag_name(code), #Name);                                                                \
    EXPECT_LT(code, kWireSmallInteger);                                                                      \
    ++tags;
#include "clone/wire.def"
#undef WIRE_TAG
    EXPECT_EQ(named, tags);
}

// Out of memory at every allocation: an exception, and nothing is lost.
TEST(Wire, SurvivesEveryFailedAllocation) {
    uint64_t failures = 0;
    for (uint64_t n = 1;; ++n) {
        CloningRunner runner;
        runner.run(fmt::format("var value = {}; var buffer = new ArrayBuffer(5000);", kRich));
        runner.run("var attempt = () => structuredClone([value, buffer], {transfer: [buffer]})");
        uint64_t before = runner.agent().heap().statistics().allocations;
        runner.agent().heap().set_fail_allocation(n);
        std::string outcome = runner.run("try { attempt(); 'cloned'; } catch (e) { e.name }");
        runner.agent().heap().set_fail_allocation(0);
        if (outcome == "cloned") {
            EXPECT_GT(runner.agent().heap().statistics().allocations, before);
            EXPECT_EQ(runner.run("buffer.detached"), "true");
            break;
        }
        ++failures;
        EXPECT_TRUE(outcome == "RangeError" || outcome.starts_with("throws RangeError")) << n << ": " << outcome;
        EXPECT_EQ(runner.run("value.length"), "29") << n;
    }
    EXPECT_GT(failures, 50u);
}

} // namespace
} // namespace heddle
