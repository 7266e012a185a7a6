// Waits that end for no reason: each must look again, and none may take it for its deadline or for a wake-up that was
// somebody else's.
#include "stress/scenario.h"
#include "sync/condition_variable.h"
#include "sync/parker.h"
#include "sync/thread.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

class InterruptedWaits final : public Scenario {
public:
    void setup(Context& context) override {
        rounds_ = context.rounds(5, 40);
        // Whatever else disturbs the iteration: one wait in two is interrupted.
        sync::current_thread().disturbance.spurious_period = 2;
    }

    void run(Context&) override {
        sync::Thread other;
        bool started = other.start({.name = "giver", .stack_size = 1 << 20}, [this] {
            for (int round = 0; round < rounds_; round++) {
                sync::WindowMark mark(Context::own_window(0));
                parker_.unpark();
                {
                    sync::MutexLocker locker(mutex_);
                    given_++;
                    changed_.notify_one();
                }
                back_.park();
            }
        });
        Context::expect(started, "a thread did not start");
        for (int round = 0; round < rounds_; round++) {
            sync::WindowMark mark(Context::own_window(0));
            sync::MonotonicTime deadline = sync::now().after_nanoseconds(int64_t{3600} * 1'000'000'000);
            bool in_time = parker_.park_until(deadline) == sync::WaitOutcome::Woken;
            Context::expect(in_time || sync::now() >= deadline, "a wait says that its time is over, an hour before it is");
            {
                sync::MutexLocker locker(mutex_);
                while (given_ <= round) {
                    if (changed_.wait_until(mutex_, deadline) == sync::WaitOutcome::TimedOut)
                        Context::expect(sync::now() >= deadline, "a wait on a condition ended an hour early");
                    Context::reach(0);
                }
                Context::expect(given_ == round + 1, fmt::format("{} were given after {} rounds", given_, round));
            }
            back_.unpark();
        }
        other.join();
    }

    void check(Context&) override {
        Context::expect(given_ == rounds_, fmt::format("{} were given instead of {}", given_, rounds_));
    }

private:
    sync::Parker parker_, back_;
    sync::Mutex mutex_{sync::Rank::Leaf};
    sync::ConditionVariable changed_;
    int rounds_ = 0;
    int given_ = 0;
};

constexpr const char* kWindows[] = {"a wait meets its wake-up"};
constexpr const char* kMarks[] = {"a wait on a condition ended"};

} // namespace

extern const ScenarioInfo primitives_interrupted_waits;
constinit const ScenarioInfo primitives_interrupted_waits{
    .name = "primitives/interrupted_waits",
    .about = "waits that end for no reason look again; none is taken for a timeout",
    .planted = PlantedBug::SyncInterruptedIsTimeout,
    .engine_windows = {},
    .own_windows = kWindows,
    .marks = kMarks,
    .make = make_scenario<InterruptedWaits>,
};

} // namespace stress
