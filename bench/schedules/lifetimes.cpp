// Shapes about lifetimes, after kernel and browser vulnerabilities: a pointer is tested and then used, freed
// by two, used after the other side has freed it. The pointers are slots with a state, so that a wrong use is
// a failed check in every build and not a matter of luck.
#include "bench/schedules/shape.h"

namespace shapes {
namespace {

// A heap object: alive until freed; using or freeing it afterwards is the finding.
class Object {
public:
    void use() { require(alive_, "use after free"); }
    void free() {
        require(alive_, "double free");
        alive_ = false;
    }
    Watched<int> field = 0;

private:
    Watched<bool> alive_ = true;
};

void use_pointer(Object* object) {
    require(object != nullptr, "null pointer");
    object->use();
}

// A pipe is opened while the last reader closes it: the opener never tests the pointer.
void cve_2009_3547() {
    Object pipe;
    Watched<Object*> info = &pipe;
    Threads threads;
    threads.start([&] {
        Object* mine = info;
        mine->free();
        info = nullptr;
    });
    threads.start([&] {
        use_pointer(info);
        info->field++;
    });
    threads.join();
}

// A scanner remembers its slot over the point where the owner leaves.
void cve_2011_2183() {
    Object slot;
    Watched<Object*> cursor = nullptr;
    Watched<bool> listed = true;
    Lock lock;
    Threads threads;
    threads.start([&] {
        lock.lock();
        if (listed) cursor = &slot;
        lock.unlock();
        Object* mine = cursor;
        if (mine) mine->use();
    });
    threads.start([&] {
        lock.lock();
        bool scanned = cursor == &slot;
        if (!scanned) listed = false;
        lock.unlock();
        slot.free();
    });
    threads.join();
}

// Two keyrings are installed one after the other; who finds the first takes the second for granted.
void cve_2013_1792() {
    Object user_ring, session_ring;
    Watched<Object*> user = nullptr, session = nullptr;
    Lock lock;
    auto install = [&] {
        if (user != nullptr && session != nullptr) return;
        lock.lock();
        if (user == nullptr) {
            user = &user_ring;
            session = &session_ring;
        }
        lock.unlock();
    };
    Threads threads;
    threads.start([&] { install(); });
    threads.start([&] {
        if (user == nullptr) install();
        use_pointer(session);
    });
    threads.join();
}

// A key is validated, then revoked by another thread, then read.
void cve_2015_7550() {
    Object payload;
    Watched<bool> revoked = false;
    Lock lock;
    Threads threads;
    threads.start([&] {
        if (revoked) return;
        lock.lock();
        payload.use();
        lock.unlock();
    });
    threads.start([&] {
        lock.lock();
        revoked = true;
        payload.free();
        lock.unlock();
    });
    threads.join();
}

// Two decoders initialize a shared structure behind a flag that is set first and a count that comes later.
void cve_2016_1972() {
    Object worker;
    Watched<int> references = 0;
    Watched<bool> initialized = false;
    auto once = [&] {
        if (initialized) return;
        initialized = true;
        references++;
    };
    auto release = [&] {
        references--;
        if (references == 0) worker.free();
    };
    Threads threads;
    for (int i = 0; i < 2; i++) {
        threads.start([&] {
            once();
            references++;
            worker.use();
            release();
        });
    }
    threads.join();
}

// A driver hands out its map while the other side tears it down.
void cve_2016_1973() {
    Object map;
    Watched<Object*> shared = &map;
    Watched<bool> closing = false;
    Threads threads;
    threads.start([&] {
        if (closing) return;
        Object* mine = shared;
        if (mine) mine->use();
    });
    threads.start([&] {
        closing = true;
        Object* mine = shared;
        shared = nullptr;
        mine->free();
    });
    threads.join();
}

// The I/O context is tested, cleared by the exiting task, and used.
void cve_2016_7911() {
    Object context;
    Watched<Object*> io = &context;
    Watched<int> priority = 0;
    Threads threads;
    threads.start([&] {
        priority = 4;
        if (io != nullptr) use_pointer(io);
    });
    threads.start([&] {
        priority = 0;
        io = nullptr;
    });
    threads.join();
}

// A dump is started twice: the callback of the first run is freed by both.
void cve_2016_9806() {
    Object dump;
    Watched<bool> running = false;
    Watched<Object*> callback = &dump;
    Lock lock;
    auto run = [&] {
        lock.lock();
        if (running) {
            lock.unlock();
            return;
        }
        running = true;
        lock.unlock();
        Object* mine = callback;
        if (mine == nullptr) return;
        running = false;
        mine->free();
        callback = nullptr;
    };
    Threads threads;
    threads.start(run);
    threads.start(run);
    threads.join();
}

// A port is made visible before its maker has finished with it; another deletes it in between.
void cve_2017_15265() {
    Object port;
    Watched<Object*> listed = nullptr;
    Watched<int> ports = 0;
    Lock lock;
    Threads threads;
    threads.start([&] {
        lock.lock();
        listed = &port;
        ports++;
        lock.unlock();
        // Its name is written after it could be found.
        port.use();
        port.field = 1;
    });
    threads.start([&] {
        lock.lock();
        Object* mine = listed;
        if (mine) {
            listed = nullptr;
            ports--;
        }
        lock.unlock();
        if (mine) mine->free();
    });
    threads.join();
}

// Two sockets leave a group whose count each has tested before taking the lock.
void cve_2017_6346() {
    Object group;
    Watched<Object*> fanout = &group;
    Lock lock;
    auto leave = [&] {
        Object* mine = fanout;
        if (mine == nullptr) return;
        lock.lock();
        fanout = nullptr;
        lock.unlock();
        mine->free();
    };
    Threads threads;
    threads.start(leave);
    threads.start(leave);
    threads.join();
}

// A signal handler's thread saves the state of a download that the workers are still changing.
void aget_bug2() {
    Watched<int> written = 0;
    Watched<int> offsets[2];
    Threads threads;
    for (int i = 0; i < 2; i++) {
        threads.start([&, i] {
            for (int block = 0; block < 3; block++) {
                offsets[i]++;
                written++;
            }
        });
    }
    threads.start([&] {
        int total = written;
        int sum = offsets[0] + offsets[1];
        require(total == sum && total == 6, "the saved state is not the state of the download");
    });
    threads.join();
}

// A thread uses what its maker hands over without waiting until it is there.
void late_hand_over() {
    Watched<Object*> handle = nullptr;
    Object object;
    Threads threads;
    threads.start([&] { use_pointer(handle); });
    handle = &object;
    threads.join();
}

constexpr Shape kShapes[] = {
    {"aget_bug2", "CB/aget-bug2", aget_bug2},
    {"late_hand_over", nullptr, late_hand_over},
    {"cve_2009_3547", "ConVul-CVE-Benchmarks/CVE-2009-3547", cve_2009_3547},
    {"cve_2011_2183", "ConVul-CVE-Benchmarks/CVE-2011-2183", cve_2011_2183},
    {"cve_2013_1792", "ConVul-CVE-Benchmarks/CVE-2013-1792", cve_2013_1792},
    {"cve_2015_7550", "ConVul-CVE-Benchmarks/CVE-2015-7550", cve_2015_7550},
    {"cve_2016_1972", "ConVul-CVE-Benchmarks/CVE-2016-1972", cve_2016_1972},
    {"cve_2016_1973", "ConVul-CVE-Benchmarks/CVE-2016-1973", cve_2016_1973},
    {"cve_2016_7911", "ConVul-CVE-Benchmarks/CVE-2016-7911", cve_2016_7911},
    {"cve_2016_9806", "ConVul-CVE-Benchmarks/CVE-2016-9806", cve_2016_9806},
    {"cve_2017_15265", "ConVul-CVE-Benchmarks/CVE-2017-15265", cve_2017_15265},
    {"cve_2017_6346", "ConVul-CVE-Benchmarks/CVE-2017-6346", cve_2017_6346},
};

} // namespace

std::span<const Shape> lifetime_shapes() {
    return kShapes;
}

std::span<const Shape> all_shapes() {
    static const std::vector<Shape> shapes = [] {
        std::vector<Shape> all;
        for (std::span<const Shape> group :
             {ordering_shapes(), buffer_shapes(), stealing_shapes(), lifetime_shapes(), runtime_shapes()})
            all.insert(all.end(), group.begin(), group.end());
        return all;
    }();
    return shapes;
}

} // namespace shapes
