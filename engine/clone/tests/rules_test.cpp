// Each test breaks the rule of clones and sees the report: a serializer, or a reader, that is entered again.
#include "clone/tests/cloning.h"
#include "sync/current_thread.h"

#include <gtest/gtest.h>

#ifdef HEDDLE_CHECKED

namespace heddle {
namespace {

TEST(CloneRulesDeathTest, ASerializerThatIsEnteredAgainIsReportedWithTheScript) {
    CloningRunner runner;
    constexpr const char* kNested = "function nested() { return structuredClone([1]); }\n"
                                    "structuredClone({ get a() { return nested(); } }).a.length";
    EXPECT_EQ(runner.run(kNested), "1");
    EXPECT_DEATH(
        {
            sync::current_thread().planted_bugs = uint64_t{1} << static_cast<int>(PlantedBug::CloneSharesSerializer);
            runner.run(kNested);
        },
        "broken rule reentered-clone: a serializer writes a value again.*script:.*at nested test.js:1.*at get a test.js:2");
}

/// An object whose receiving reads another clone, which no transfer steps may.
class Nesting final : public TransferableObject {
public:
    explicit Nesting(Shape* shape) : TransferableObject(CellKind::MessagePort, shape) {}
    bool is_detached() const override { return false; }
    std::unique_ptr<TransferredObject> transfer(Agent&) override {
        class Transferred final : public TransferredObject {
        public:
            Fallible<Object*> receive(Agent& agent) override {
                Result<CloneMessage> message = structured_serialize(agent, Value::int32(1));
                if (!message.threw()) (void)structured_deserialize(agent, message.release()).threw();
                return agent.throw_type_error("not reached");
            }
        };
        return std::make_unique<Transferred>();
    }
};

TEST(CloneRulesDeathTest, AReaderThatIsEnteredAgainIsReported) {
    CloningRunner runner;
    Agent& agent = runner.agent();
    auto* object = MUST(agent.heap().allocate<Nesting>(0, MUST(Shape::create_root(agent, nullptr, 0))));
    Value transfer[] = {Value(object)};
    Result<CloneMessage> message = structured_serialize(agent, Value(object), transfer);
    ASSERT_FALSE(message.threw());
    EXPECT_DEATH((void)structured_deserialize(agent, message.release()).threw(), "broken rule reentered-clone: a clone is read again");
}

} // namespace
} // namespace heddle

#endif
