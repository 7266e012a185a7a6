// Two threads pass a baton through parkers; a lost wake-up is a hang, a lost hand-over a wrong count.
#include "stress/scenario.h"
#include "sync/parker.h"
#include "sync/thread.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

class ParkerHandOff final : public Scenario {
public:
    void setup(Context& context) override { rounds_ = context.rounds(20, 100); }

    void run(Context& context) override {
        Random mine = context.random().split();
        sync::Thread other;
        bool started = other.start({.name = "partner", .stack_size = 1 << 20}, [this, random = context.random().split()]() mutable {
            for (int round = 0; round < rounds_; round++) {
                take(there_, random);
                baton_++;
                give(back_);
            }
        });
        Context::expect(started, "a thread did not start");
        for (int round = 0; round < rounds_; round++) {
            baton_++;
            give(there_);
            take(back_, mine);
        }
        other.join();
    }

    void check(Context&) override {
        Context::expect(baton_ == 2 * rounds_, fmt::format("the baton was passed {} times instead of {}", baton_, 2 * rounds_));
    }

private:
    void take(sync::Parker& parker, Random& random) {
        sync::WindowMark mark(Context::own_window(0));
        if (random.one_in(3)) {
            while (parker.park_until(sync::now().after_nanoseconds(30'000)) == sync::WaitOutcome::TimedOut) {
            }
        } else {
            parker.park();
        }
    }

    void give(sync::Parker& parker) {
        sync::WindowMark mark(Context::own_window(0));
        parker.unpark();
    }

    sync::Parker there_, back_;
    int rounds_ = 0;
    int64_t baton_ = 0;
};

constexpr const char* kWindows[] = {"park meets unpark"};

} // namespace

extern const ScenarioInfo primitives_parker_hand_off;
constinit const ScenarioInfo primitives_parker_hand_off{
    .name = "primitives/parker_hand_off",
    .about = "parks, timed parks and unparks pass a baton; no wake-up is lost",
    .planted = PlantedBug::SyncLostPermit,
    .engine_windows = {},
    .own_windows = kWindows,
    .make = make_scenario<ParkerHandOff>,
};

} // namespace stress
