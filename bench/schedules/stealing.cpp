// Shapes about work-stealing queues: an owner pushes and pops at the tail, a thief steals at the head. The owner's pop
// reads the head before it has announced its claim, so that both may take the last item.
#include "bench/schedules/shape.h"

namespace shapes {
namespace {

constexpr int kItems = 4;
constexpr int kSteals = 2;

class Queue {
public:
    explicit Queue(bool locked_pop) : locked_pop_(locked_pop) {}

    void push(int item) {
        int64_t tail = tail_.load_seq_cst();
        int64_t head = head_.load_seq_cst();
        if (tail - head >= kCapacity - 1) {
            lock_.lock();
            items_[tail % kCapacity] = item;
            tail_.store_seq_cst(tail + 1);
            lock_.unlock();
            return;
        }
        items_[tail % kCapacity] = item;
        tail_.store_seq_cst(tail + 1);
    }

    int pop() {
        int64_t tail = tail_.load_seq_cst() - 1;
        if (locked_pop_) {
            // Only the store is under the lock; the decision was made before.
            if (head_.load_seq_cst() > tail) return -1;
            lock_.lock();
            tail_.store_seq_cst(tail);
            lock_.unlock();
            return items_[tail % kCapacity];
        }
        tail_.store_seq_cst(tail);
        if (head_.load_seq_cst() <= tail) return items_[tail % kCapacity];
        // The conflict is settled under the lock, but against a head that was read before.
        int64_t head = head_.load_seq_cst();
        lock_.lock();
        int item = -1;
        if (head <= tail) item = items_[tail % kCapacity];
        else tail_.store_seq_cst(tail + 1);
        lock_.unlock();
        return item;
    }

    int steal() {
        lock_.lock();
        int64_t head = head_.load_seq_cst();
        int64_t tail = tail_.load_seq_cst();
        int item = -1;
        if (head < tail) {
            // Takes the item first and claims it afterwards.
            item = items_[head % kCapacity];
            head_.store_seq_cst(head + 1);
        }
        lock_.unlock();
        return item;
    }

private:
    static constexpr int64_t kCapacity = 8;
    bool locked_pop_;
    Lock lock_;
    Atomic<int64_t> head_{0}, tail_{0};
    Watched<int> items_[kCapacity];
};

void work_stealing(bool locked_pop) {
    Queue queue(locked_pop);
    Watched<int> taken[kItems];
    auto take = [&](int item) {
        if (item >= 0) taken[item]++;
    };
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < kSteals; i++) take(queue.steal());
    });
    for (int i = 0; i < kItems / 2; i++) {
        queue.push(2 * i);
        queue.push(2 * i + 1);
        take(queue.pop());
    }
    for (int i = 0; i < kItems / 2; i++) take(queue.pop());
    threads.join();
    for (const Watched<int>& item : taken) require(item.unannounced() <= 1, "an item was taken twice");
}

constexpr Shape kShapes[] = {
    {"work_steal_queue", "Chess/WorkStealQueue", [] { work_stealing(false); }},
    {"state_work_steal_queue", "Chess/InterlockedWorkStealQueueWithState", [] { work_stealing(true); }},
};

} // namespace

std::span<const Shape> stealing_shapes() { return kShapes; }

} // namespace shapes
