// Threads add to a total under a mutex, some after waiting on a condition for their turn; the total must be exact.
#include "stress/scenario.h"
#include "sync/condition_variable.h"
#include "sync/mutex.h"
#include "sync/thread.h"

#include <fmt/core.h>

namespace stress {
namespace {

using namespace heddle;

class GuardedTotal final : public Scenario {
public:
    void setup(Context& context) override {
        threads_ = context.threads(2, 4);
        rounds_ = context.rounds(5, 40);
    }

    void run(Context& context) override {
        sync::Thread threads[4];
        for (int i = 0; i < threads_; i++) {
            bool started = threads[i].start({.name = "adder", .stack_size = 1 << 20}, [this, i] {
                for (int round = 0; round < rounds_; round++) add(i);
            });
            Context::expect(started, "a thread did not start");
        }
        for (int i = 0; i < threads_; i++) threads[i].join();
    }

    void check(Context&) override {
        Context::expect(total_ == threads_ * rounds_,
                        fmt::format("the total is {} instead of {}", total_, threads_ * rounds_));
    }

private:
    void add(int thread) {
        sync::WindowMark mark(Context::own_window(0));
        if (PLANTED(SyncRacyTotal) && thread == 0) {
            total_++;
            return;
        }
        sync::MutexLocker locker(mutex_);
        total_++;
        // Every other thread passes the turn on and waits for its own, at most a moment.
        turn_ = (thread + 1) % threads_;
        turned_.notify_all();
        if (thread % 2 == 1 && turn_ != thread) turned_.wait_until(mutex_, sync::now().after_nanoseconds(20'000));
    }

    sync::Mutex mutex_{sync::Rank::Leaf};
    sync::ConditionVariable turned_;
    int threads_ = 0;
    int rounds_ = 0;
    int turn_ = 0;
    int64_t total_ = 0;
};

constexpr const char* kWindows[] = {"two threads want the mutex"};

} // namespace

extern const ScenarioInfo primitives_guarded_total;
constinit const ScenarioInfo primitives_guarded_total{
    .name = "primitives/guarded_total",
    .about = "additions under a mutex with condition hand-overs; the total is exact",
    .planted = PlantedBug::SyncRacyTotal,
    .engine_windows = {},
    .own_windows = kWindows,
    .make = make_scenario<GuardedTotal>,
};

} // namespace stress
