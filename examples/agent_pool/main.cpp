// A pool of threads, each with an agent, over one SharedArrayBuffer: every agent runs the same compiled script, takes
// jobs that come as messages, counts in shared memory, and sends its results back as messages.
#include <heddle/heddle.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Messages between threads of the host: a queue that closes.
class Channel {
public:
    void send(heddle::Message message) {
        std::lock_guard lock(mutex_);
        messages_.push_back(std::move(message));
        changed_.notify_one();
    }
    void close() {
        std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }
    /// Empty when the channel is closed and drained.
    heddle::Message receive() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !messages_.empty(); });
        if (messages_.empty()) return {};
        heddle::Message message = std::move(messages_.front());
        messages_.pop_front();
        return message;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<heddle::Message> messages_;
    bool closed_ = false;
};

constexpr const char* kWorkScript = R"js(
    // Counts the primes of one range; the total is in shared memory.
    function work({ from, to, total }) {
        const primes = [];
        for (let n = Math.max(2, from); n < to; ++n) {
            let prime = true;
            for (let d = 2; prime && d * d <= n; ++d) prime = n % d !== 0;
            if (prime) primes.push(n);
        }
        Atomics.add(new Int32Array(total), 0, primes.length);
        return { from, last: primes.at(-1), seen: new Set(primes).size };
    }
)js";

constexpr int kThreads = 4;
constexpr int kJobs = 32;
constexpr int kRange = 500;

void serve(heddle::Runtime& runtime, const heddle::Script& script, Channel& jobs, Channel& results) {
    heddle::Agent agent = runtime.create_agent().value();
    heddle::Scope outer(agent);
    agent.run(script).value();
    heddle::Value work = agent.evaluate("work").value();
    // Receiving blocks, but between calls nobody waits for this thread.
    while (heddle::Message job = jobs.receive()) {
        heddle::Scope scope(agent);
        heddle::Value task = agent.deserialize(std::move(job)).value();
        heddle::Value result = work.call({task}).value();
        results.send(agent.serialize(runtime.get(), result).value());
    }
}

} // namespace

int main() {
    heddle::Runtime runtime = heddle::Runtime::create().value();
    heddle::Store total = runtime.create_store(sizeof(int32_t), true).value();
    Channel jobs, results;
    int64_t seen = 0;
    {
        heddle::Agent agent = runtime.create_agent().value();
        heddle::Scope scope(agent);
        heddle::Script script = agent.compile(runtime.get(), kWorkScript, "work.js").value();
        std::vector<std::thread> pool;
        for (int i = 0; i < kThreads; ++i)
            pool.emplace_back([&] { serve(runtime, script, jobs, results); });

        heddle::Value shared = agent.buffer(total).value();
        for (int i = 0; i < kJobs; ++i) {
            heddle::Value job = agent.object().value();
            job.set("from", agent.number(i * kRange).value()).value();
            job.set("to", agent.number((i + 1) * kRange).value()).value();
            job.set("total", shared).value();
            jobs.send(agent.serialize(runtime.get(), job).value());
        }
        jobs.close();
        for (int i = 0; i < kJobs; ++i) {
            heddle::Scope inner(agent);
            heddle::Value result = agent.deserialize(results.receive()).value();
            seen += static_cast<int64_t>(result.get("seen").value().number().value());
        }
        for (std::thread& thread : pool)
            thread.join();
    }
    auto bytes = runtime.bytes(total).value();
    int32_t counted = std::atomic_ref(*reinterpret_cast<int32_t*>(bytes.data())).load();
    std::printf("%d agents found %d primes below %d; their messages say %lld\n", kThreads, counted, kJobs * kRange,
                static_cast<long long>(seen));
    return counted == 1862 && seen == counted ? 0 : 1;
}
