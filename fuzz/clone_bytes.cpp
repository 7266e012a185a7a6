// Hostile bytes as a structured clone: read them; what is a value is written, read and compared with itself. Every third
// size collects afterwards.
#include "clone/structured_clone.h"
#include "fuzz/support/graph.h"
#include "fuzz/support/wire_walk.h"

#include <cstdlib>
#include <cstring>
#include <random>

namespace heddle::fuzz {
namespace {

constexpr std::string_view kName = "clone_bytes";
constexpr size_t kMaxBytes = 64 * 1024;
constexpr size_t kHeapBytes = size_t{96} << 20;

std::optional<Value> read(Agent& agent, std::span<const uint8_t> bytes) {
    std::optional<CloneMessage> message = CloneMessage::from_bytes(bytes);
    if (!message) return {};
    Result<Value> value = structured_deserialize(agent, std::move(*message));
    if (!value.threw()) return value.release();
    expect_clone_error(agent, kName);
    return {};
}

void run(std::span<const uint8_t> bytes) {
    Agent& agent = shared_agent(kHeapBytes);
    if (std::optional<Value> first = read(agent, bytes)) {
        Result<CloneMessage> written = structured_serialize(agent, *first, {}, {.for_storage = true});
        if (written.threw()) {
            expect_clone_error(agent, kName); // memory was short: what has been read can be written
        } else {
            CloneMessage message = written.release();
            std::optional<Value> second = read(agent, message.bytes());
            if (second) {
                std::string difference = compare_graphs(agent, *first, *second);
                if (!difference.empty()) fail(kName, "what was written reads differently: " + difference);
            }
        }
    }
    if (bytes.size() % 3 == 0) agent.heap().collect();
}

#ifdef HEDDLE_FUZZ
/// One value in place of another, beside it, away, or with another tag.
size_t mutate(uint8_t* data, size_t size, size_t max_size, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<WireSpan> values = wire_values({data, size});
    if (values.empty()) return 0;
    auto pick = [&] { return values[random() % values.size()]; };
    WireSpan at = pick();
    std::vector<uint8_t> insert;
    size_t replaced_end = at.end;
    switch (random() % 6) {
    case 0: { // another value of the message
        WireSpan from = pick();
        insert.assign(data + from.begin, data + from.end);
        break;
    }
    case 1: // the value twice
        insert.assign(data + at.begin, data + at.end);
        insert.insert(insert.end(), data + at.begin, data + at.end);
        break;
    case 2: break; // the value gone
    case 3: { // another tag before the same payload
        static constexpr WireTag kTags[] = {
#define WIRE_TAG(Name, code, payload, type) WireTag::Name,
#include "clone/wire.def"
#undef WIRE_TAG
        };
        insert.push_back(static_cast<uint8_t>(kTags[random() % std::size(kTags)]));
        replaced_end = at.begin + 1;
        break;
    }
    case 4: // a reference to some object
        insert = {static_cast<uint8_t>(WireTag::ObjectReference), static_cast<uint8_t>(random() % 20)};
        break;
    default: // a number of its payload changed
        if (at.end - at.begin < 2) return 0;
        data[at.begin + 1 + random() % (at.end - at.begin - 1)] += static_cast<uint8_t>(random() % 5) - 2;
        return size;
    }
    size_t new_size = size - (replaced_end - at.begin) + insert.size();
    if (new_size > max_size) return 0;
    std::memmove(data + at.begin + insert.size(), data + replaced_end, size - replaced_end);
    if (!insert.empty()) std::memcpy(data + at.begin, insert.data(), insert.size());
    return new_size;
}
#endif

} // namespace
} // namespace heddle::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > heddle::fuzz::kMaxBytes) return -1;
    heddle::fuzz::run({data, size});
    return 0;
}

#ifdef HEDDLE_FUZZ
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
    if (seed % 3 != 0) {
        size_t mutated = heddle::fuzz::mutate(data, size, max_size, seed);
        if (mutated != 0) return mutated;
    }
    return LLVMFuzzerMutate(data, size, max_size);
}
#endif
