// A value built from the input: its clone is the same graph, the clone's clone too, and their bytes are the same; a
// transfer conserves bytes; a clone that fails changes nothing.
#include "clone/structured_clone.h"
#include "buffers/buffer_object.h"
#include "fuzz/support/graph.h"
#include "runtime/error.h"

#include <algorithm>

namespace heddle::fuzz {
namespace {

constexpr std::string_view kName = "clone_value";
constexpr size_t kMaxBytes = 4096;
constexpr size_t kHeapBytes = size_t{256} << 20;

/// Nothing when memory was short.
std::optional<CloneMessage> write(Agent& agent, Value value, std::span<const Value> transfer = {}) {
    Result<CloneMessage> message = structured_serialize(agent, value, transfer);
    if (!message.threw()) return message.release();
    if (agent.exception().is<DomException>()) fail(kName, "a value that can be cloned was refused: " + display_string(agent.exception()));
    expect_clone_error(agent, kName);
    return {};
}

std::optional<Value> read(Agent& agent, CloneMessage message) {
    Result<Value> value = structured_deserialize(agent, std::move(message));
    if (!value.threw()) return value.release();
    if (agent.exception().is<DomException>()) fail(kName, "a clone cannot be read: " + display_string(agent.exception()));
    expect_clone_error(agent, kName);
    return {};
}

void expect_same(Agent& agent, Value left, Value right, std::string_view what) {
    std::string difference = compare_graphs(agent, left, right);
    if (!difference.empty()) fail(kName, std::string(what) + ": " + difference);
}

void check_failure(Agent& agent, Value value, RootVector<Value>& buffers) {
    Result<CloneMessage> message = structured_serialize(agent, value, buffers.span());
    if (!message.threw()) return; // the part that cannot be cloned was put out of reach
    expect_clone_error(agent, kName);
    for (Value buffer : buffers)
        if (buffer.as<ArrayBufferObject>()->is_detached()) fail(kName, "a failed clone has detached a buffer");
}

void check_clone(Agent& agent, Value value, RootVector<Value>& buffers) {
    std::optional<CloneMessage> message = write(agent, value);
    if (!message) return;
    std::optional<CloneMessage> copy = message->copy();
    std::optional<Value> clone = read(agent, std::move(*message));
    if (!clone) return;
    expect_same(agent, value, *clone, "a clone differs");
    if (copy) {
        if (std::optional<Value> other = read(agent, std::move(*copy))) expect_same(agent, value, *other, "a copied message differs");
    }
    std::optional<CloneMessage> again = write(agent, *clone);
    if (!again) return;
    std::vector<uint8_t> bytes(again->bytes().begin(), again->bytes().end());
    std::optional<Value> second = read(agent, std::move(*again));
    if (!second) return;
    expect_same(agent, *clone, *second, "the clone of a clone differs");
    std::optional<CloneMessage> third = write(agent, *second);
    if (third && !std::ranges::equal(third->bytes(), bytes)) fail(kName, "equal values are written in different bytes");

    std::optional<CloneMessage> moved = write(agent, value, buffers.span());
    if (!moved) return;
    for (Value buffer : buffers)
        if (!buffer.as<ArrayBufferObject>()->is_detached()) fail(kName, "a transferred buffer is not detached");
    if (std::optional<Value> result = read(agent, std::move(*moved))) expect_same(agent, *clone, *result, "a transfer differs from a clone");
}

void run(std::span<const uint8_t> bytes) {
    Agent& agent = shared_agent(kHeapBytes);
    ByteSource source(bytes.data(), bytes.size());
    bool poison = source.below(8) == 0;
    RootVector<Value> buffers(agent.heap());
    Fallible<Value> value = build_graph(agent, source, buffers, poison);
    if (value.threw()) return expect_clone_error(agent, kName);
    if (poison) check_failure(agent, value.release(), buffers);
    else check_clone(agent, value.release(), buffers);
    if (bytes.size() % 7 == 0) agent.heap().collect();
}

} // namespace
} // namespace heddle::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > heddle::fuzz::kMaxBytes) return -1;
    heddle::fuzz::run({data, size});
    return 0;
}
