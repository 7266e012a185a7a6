// What is left when malloc has nothing. Each test has a process of its own, for it limits the address space.
#include "base/fault.h"
#include "sync/memory_reserve.h"
#include "sync/thread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace heddle::sync {
namespace {

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) // whose allocators do not ask a new-handler

/// The exit status of a child that runs `act`, which returns 0 when all is well.
template<class Act>
int status_of_child(Act&& act) {
    pid_t child = fork();
    if (child == 0) _exit(act());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct Part {
    Part* next;
};

void limit_address_space(rlim_t bytes) {
    rlimit limit{};
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = std::min(bytes, limit.rlim_max);
    setrlimit(RLIMIT_AS, &limit);
}

/// All that malloc has, when it may ask the system for no more.
Part* take_everything() {
    size_t pages = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%zu", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    limit_address_space(pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)));
    Part* first = nullptr;
    // Small ones of every size: malloc keeps them apart.
    for (size_t bytes = size_t{1} << 20; bytes >= sizeof(Part); bytes = bytes > 2048 ? bytes / 2 : bytes - 16) {
        while (void* memory = std::malloc(bytes))
            first = new (memory) Part{first};
    }
    return first;
}

void give_back(Part* first) {
    limit_address_space(RLIM_INFINITY);
    while (first)
        std::free(std::exchange(first, first->next));
}

void* small_new() { return ::operator new(100); }

/// A reserve for the calling thread.
struct Kept {
    explicit Kept(size_t bytes) {
        EXPECT_TRUE(reserve.keep(bytes));
        current_thread().memory_reserve = &reserve;
        install_new_handler();
    }
    MemoryReserve reserve;
};

TEST(MemoryReserve, IsGivenOutAndFilledAgain) {
    EXPECT_EQ(status_of_child([] {
                  Kept kept(3'000'000);
                  size_t whole = kept.reserve.bytes();
                  if (whole < 3'000'000) return 1;
                  if (!kept.reserve.keep(1000) || kept.reserve.bytes() != whole) return 2; // no smaller for that
                  Part* everything = take_everything();
                  // Volatile: a compiler may leave out what nobody uses.
                  if (void* volatile more = std::malloc(100); more) return 3;
                  void* first = small_new();
                  if (kept.reserve.bytes() >= whole || kept.reserve.is_whole() || memory_is_at_hand(1)) return 4;
                  ::operator delete(first);
                  give_back(everything);
                  return kept.reserve.is_whole() && kept.reserve.bytes() == whole && memory_is_at_hand(1) ? 0 : 5;
              }),
              0);
}

TEST(MemoryReserve, IsNotForWhoCanDoWithout) {
    EXPECT_EQ(status_of_child([] {
                  Kept kept(3'000'000);
                  Part* everything = take_everything();
                  size_t whole = kept.reserve.bytes();
                  struct Large {
                      char bytes[1000];
                  };
                  Large* volatile one = new_or_null<Large>();
                  int* volatile many = new_array_or_null<int>(100);
                  if (one || many || kept.reserve.bytes() != whole) return 1;
                  give_back(everything);
                  std::unique_ptr<Large> now(new_or_null<Large>());
                  return now ? 0 : 2;
              }),
              0);
}

TEST(MemoryReserve, EndsWithAnException) {
    EXPECT_EQ(status_of_child([] {
                  Kept kept(3'000'000);
                  Part* everything = take_everything();
                  int made = 0;
                  try {
                      for (;; ++made) {
                          void* volatile one = small_new();
                          (void)one;
                      }
                  } catch (const std::bad_alloc&) {
                  }
                  bool used_up = kept.reserve.bytes() == 0;
                  give_back(everything);
                  return used_up && made > 10'000 && kept.reserve.is_whole() ? 0 : 1;
              }),
              0);
}

TEST(MemoryReserve, IsOfItsThreads) {
    EXPECT_EQ(status_of_child([] {
                  Kept kept(3'000'000);
                  current_thread().memory_reserve = nullptr;
                  Part* everything = take_everything();
                  bool failed = false;
                  try {
                      void* volatile one = small_new();
                      (void)one;
                  } catch (const std::bad_alloc&) {
                      failed = true;
                  }
                  give_back(everything);
                  return failed && kept.reserve.is_whole() ? 0 : 1;
              }),
              0);
}

TEST(MemoryReserve, ServesManyThreads) {
    EXPECT_EQ(status_of_child([] {
                  constexpr int kThreads = 4;
                  constexpr size_t kBytes = size_t{8} << 20;
                  Kept kept(kBytes);
                  Polled<bool> go{false};
                  Polled<int> ready{0};
                  Thread threads[kThreads];
                  for (Thread& thread : threads) {
                      bool started = thread.start({}, [&] { // which inherits the reserve
                          ready.add_relaxed(1);
                          while (!go.load_relaxed())
                              spin_pause();
                          void* held[200];
                          for (void*& each : held)
                              each = small_new();
                          for (void* each : held)
                              ::operator delete(each);
                      });
                      if (!started) return 1;
                  }
                  while (ready.load_relaxed() < kThreads)
                      spin_pause();
                  Part* everything = take_everything();
                  go.store_relaxed(true);
                  for (Thread& thread : threads)
                      thread.join();
                  give_back(everything);
                  return kept.reserve.is_whole() && kept.reserve.bytes() == kBytes ? 0 : 2;
              }),
              0);
}

#endif

} // namespace
} // namespace heddle::sync
