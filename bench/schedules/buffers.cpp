// Shapes about containers that two threads fill and empty, each operation under a lock, the protocol between them wrong.
#include "bench/schedules/shape.h"

namespace shapes {
namespace {

// Two flags pass a log between a writer and a reader, who fails when the writer has come round more often than it.
void circular_buffer() {
    constexpr int kSize = 10, kRounds = 7;
    Lock lock;
    Watched<int> slots[kSize];
    Watched<int> first = 0, next = 0;
    Watched<bool> send = true, receive = false;
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < kRounds; i++) {
            MutexLocker locker(lock);
            if (!send) continue;
            if (next < kSize) {
                slots[next] = i;
                next = (next + 1) % kSize;
            }
            send = false;
            receive = true;
        }
    });
    threads.start([&] {
        for (int i = 0; i < kRounds; i++) {
            MutexLocker locker(lock);
            if (!receive) continue;
            int taken = -1;
            if (next > 0 && first < kSize) {
                first++;
                taken = slots[first - 1];
            }
            require(taken == i, "the log element is not the one of this round");
            receive = false;
            send = true;
        }
    });
    threads.join();
}

void queue() {
    constexpr int kSize = 20;
    Lock lock;
    Watched<int> elements[kSize + 1], stored[kSize];
    Watched<int> head = 0, tail = 0, amount = 0;
    Watched<bool> may_enqueue = true, may_dequeue = false;
    auto enqueue = [&](int value) {
        elements[tail] = value;
        amount++;
        if (tail == kSize) tail = 1;
        else tail++;
    };
    auto dequeue = [&] {
        int value = elements[head];
        amount--;
        if (head == kSize) head = 1;
        else head++;
        return value;
    };
    Threads threads;
    threads.start([&] {
        int value = 0;
        {
            MutexLocker locker(lock);
            enqueue(value);
            stored[0] = value;
            require(head != tail, "what was put in is not there");
        }
        for (int i = 0; i < kSize - 1; i++) {
            MutexLocker locker(lock);
            if (!may_enqueue) continue;
            value++;
            enqueue(value);
            stored[i + 1] = value;
            may_enqueue = false;
            may_dequeue = true;
        }
    });
    threads.start([&] {
        for (int i = 0; i < kSize; i++) {
            MutexLocker locker(lock);
            if (!may_dequeue) continue;
            require(dequeue() == stored[i], "the queue gave another element than was stored");
            may_dequeue = false;
            may_enqueue = true;
        }
    });
    threads.join();
}

void stack() {
    constexpr int kSize = 10;
    Lock lock;
    Watched<int> top = 0;
    Watched<int> elements[kSize];
    Watched<bool> filled = false;
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < kSize; i++) {
            MutexLocker locker(lock);
            require(top != kSize, "the stack overflows");
            elements[top] = i;
            top++;
            filled = true;
        }
    });
    threads.start([&] {
        for (int i = 0; i < kSize; i++) {
            MutexLocker locker(lock);
            if (!filled) continue;
            require(top != 0, "the stack underflows");
            top--;
            (void)elements[top].get();
        }
    });
    threads.join();
}

// A buffer that appends another asks for its length and then for its characters, each under the other's lock.
class Text {
public:
    explicit Text(int length) { count_ = length; }

    void erase(int start, int end) {
        MutexLocker locker(lock_);
        int count = count_;
        if (end > count) end = count;
        require(start <= end, "the range to erase is empty backwards");
        if (end > start) count_ -= end - start;
    }
    void append(int characters) {
        MutexLocker locker(lock_);
        int sum = count_ + characters;
        if (sum > capacity_) capacity_ = sum;
        count_ = sum;
    }
    void append(Text& other) {
        MutexLocker locker(lock_);
        int length = other.length();
        int sum = count_ + length;
        if (sum > capacity_) capacity_ = sum;
        other.get_characters(0, length);
        count_ = sum;
    }

private:
    int length() {
        MutexLocker locker(lock_);
        return count_;
    }
    void get_characters(int start, int end) {
        MutexLocker locker(lock_);
        require(end >= 0 && end <= count_, "the characters are no longer there");
        require(start <= end, "the range is empty backwards");
    }

    Lock lock_;
    Watched<int> count_ = 0;
    Watched<int> capacity_ = 16;
};

void stringbuffer() {
    Text buffer(3);
    Threads threads;
    threads.start([&] {
        buffer.erase(0, 3);
        buffer.append(3);
    });
    Text copy(0);
    copy.append(buffer);
    threads.join();
}

// A bounded buffer with one condition for both sides: a producer's signal can wake a producer, and all sleep.
void bounded_buffer() {
    constexpr int kProducers = 2, kConsumers = 2, kItems = 2, kCapacity = 1;
    Lock lock;
    ConditionVariable changed;
    Watched<int> count = 0;
    Threads threads;
    for (int i = 0; i < kProducers; i++) {
        threads.start([&] {
            for (int item = 0; item < kItems; item++) {
                lock.lock();
                while (count == kCapacity) changed.wait(lock);
                count++;
                changed.notify_one();
                lock.unlock();
            }
        });
    }
    for (int i = 0; i < kConsumers; i++) {
        threads.start([&] {
            for (int item = 0; item < kItems; item++) {
                lock.lock();
                while (count == 0) changed.wait(lock);
                count--;
                changed.notify_one();
                lock.unlock();
            }
        });
    }
    threads.join();
}

constexpr Shape kShapes[] = {
    {"circular_buffer", "CS/circular_buffer", circular_buffer},
    {"queue", "CS/queue", queue},
    {"stack", "CS/stack", stack},
    {"stringbuffer", "CB/stringbuffer-jdk1.4", stringbuffer},
    {"bounded_buffer", nullptr, bounded_buffer},
};

} // namespace

std::span<const Shape> buffer_shapes() { return kShapes; }

} // namespace shapes
