// The limits that the thread benchmarks stand beside, without any engine: creating a thread, two threads that hand a
// word to and fro by futex, and memcpy.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/futex.h>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

double now_us() {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void futex_wait(std::atomic<uint32_t>& word, uint32_t expected) {
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}
void futex_wake(std::atomic<uint32_t>& word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

void await(std::atomic<uint32_t>& word, uint32_t wanted) {
    for (;;) {
        uint32_t seen = word.load();
        if (seen == wanted) return;
        futex_wait(word, seen);
    }
}

double creation(int count) {
    std::vector<double> times;
    for (int i = 0; i < count; i++) {
        std::atomic<uint32_t> word = 0;
        double begin = now_us();
        std::thread thread([&] {
            word = 1;
            futex_wake(word);
        });
        await(word, 1);
        times.push_back(now_us() - begin);
        thread.join();
    }
    return median(times) / 1000;
}

double round_trip(int count) {
    constexpr int kChunk = 200;
    std::atomic<uint32_t> there = 0, back = 0;
    std::thread thread([&] {
        for (int i = 1; i <= count; i++) {
            await(there, static_cast<uint32_t>(i));
            back = static_cast<uint32_t>(i);
            futex_wake(back);
        }
    });
    std::vector<double> times;
    double begin = now_us();
    for (int i = 1; i <= count; i++) {
        there = static_cast<uint32_t>(i);
        futex_wake(there);
        await(back, static_cast<uint32_t>(i));
        if (i % kChunk == 0) {
            double now = now_us();
            times.push_back((now - begin) / kChunk);
            begin = now;
        }
    }
    thread.join();
    return median(times);
}

double copy(size_t megabytes) {
    size_t size = megabytes << 20;
    std::vector<double> times;
    std::vector<char> from(size, 7);
    for (int i = 0; i < 9; i++) {
        double begin = now_us();
        // Fresh memory each time, as a clone has it.
        char* to = static_cast<char*>(std::malloc(size));
        std::memcpy(to, from.data(), size);
        times.push_back((now_us() - begin) / 1000);
        if (to[size / 2] != 7) return -1;
        std::free(to);
    }
    return median(times);
}

} // namespace

int main(int argc, char** argv) {
    std::string what = argc > 1 ? argv[1] : "";
    int count = argc > 2 ? std::atoi(argv[2]) : 0;
    if (what == "creation" && count > 0) std::printf("FIGURES {\"ms\": %.6f}\n", creation(count));
    else if (what == "round_trip" && count > 0) std::printf("FIGURES {\"us\": %.4f}\n", round_trip(count));
    else if (what == "copy" && count > 0) std::printf("FIGURES {\"ms\": %.6f}\n", copy(static_cast<size_t>(count)));
    else {
        std::fprintf(stderr, "usage: %s creation|round_trip|copy COUNT (of threads, rounds, or MiB)\n", argv[0]);
        return 2;
    }
    return 0;
}
