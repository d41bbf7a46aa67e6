#include "core/units/memory_budget.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using sluice::units::MemoryBudget;
using Share = MemoryBudget::Share;

namespace {

// Takes pieces until it has to wait; what it has then.
uint64_t fill(Share& share, uint64_t piece, uint64_t expected) {
  auto filled = std::async(std::launch::async, [&] {
    while (share.take(piece)) {
    }
  });
  while (share.bytes() < expected) std::this_thread::yield();
  share.stop();
  filled.wait();
  return share.bytes();
}

// A dispatcher that takes and a writer that gives back.
void run_subtask(const std::shared_ptr<MemoryBudget>& budget, int number, std::atomic<uint64_t>& most) {
  constexpr int kChanges = 5000;
  Share share(budget);
  std::mutex mutex;
  std::condition_variable pushed;
  std::deque<uint64_t> queue;
  std::thread writer([&] {
    for (int done = 0; done < kChanges; ++done) {
      std::unique_lock lock(mutex);
      pushed.wait(lock, [&] { return !queue.empty(); });
      const uint64_t bytes = queue.front();
      queue.pop_front();
      lock.unlock();
      share.give(bytes);
    }
  });
  for (int i = 0; i < kChanges; ++i) {
    const auto bytes = static_cast<uint64_t>(1 + (i * 7 + number) % 97);
    if (!share.take(bytes)) break;
    const uint64_t now = budget->in_flight();
    for (uint64_t seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    const std::lock_guard lock(mutex);
    queue.push_back(bytes);
    pushed.notify_one();
  }
  writer.join();
}

}  // namespace

TEST_CASE("memory: one subtask alone gets four fifths, others find room though it stands still", "[unit][memory]") {
  // 300 bytes: a counted byte takes three.
  auto budget = std::make_shared<MemoryBudget>(900);
  Share first(budget);
  CHECK(fill(first, 1, 240) == 240);
  Share second(budget);
  CHECK(fill(second, 1, 48) == 48);  // four fifths of the 60 that are left
  Share third(budget);
  CHECK(fill(third, 1, 9) == 9);
  CHECK(budget->in_flight() == 297);
  Share fourth(budget);
  CHECK(fill(fourth, 1, 2) == 2);
  CHECK(budget->in_flight() <= 300);
}

TEST_CASE("memory: what one subtask gives back wakes another one", "[unit][memory]") {
  auto budget = std::make_shared<MemoryBudget>(900);
  Share first(budget);
  Share second(budget);
  REQUIRE(first.take(200));
  REQUIRE(second.take(50));
  auto waits = std::async(std::launch::async, [&] { return second.take(100); });
  first.give(200);
  CHECK(waits.get());
  CHECK(budget->in_flight() == 150);
}

TEST_CASE("memory: a change larger than what is free goes alone, one at a time in the process", "[unit][memory]") {
  auto budget = std::make_shared<MemoryBudget>(900);
  Share first(budget);
  Share second(budget);
  REQUIRE(first.take(5000));
  auto waits = std::async(std::launch::async, [&] { return second.take(1); });  // larger than the nothing that is left
  first.give(5000);
  CHECK(waits.get());
  second.give(1);
  REQUIRE(first.take(301));
  auto stopped = std::async(std::launch::async, [&] { return second.take(301); });
  second.stop();
  CHECK_FALSE(stopped.get());
  CHECK_FALSE(second.take(1));
  CHECK(budget->in_flight() == 301);
}

TEST_CASE("memory: transactions that are held take from the same budget, up to half of it", "[unit][memory]") {
  auto budget = std::make_shared<MemoryBudget>(900);
  CHECK(budget->hold(450));
  CHECK_FALSE(budget->hold(1));
  Share share(budget);
  CHECK(fill(share, 1, 120) == 120);  // four fifths of a third of the other half
  budget->release(450);
  CHECK(budget->hold(450));
}

TEST_CASE("memory: many subtasks never exceed it together, and none starves beside one that hangs", "[unit][memory]") {
  constexpr uint64_t kRoom = 10000;
  auto budget = std::make_shared<MemoryBudget>(3 * kRoom);
  Share hangs(budget);
  CHECK(fill(hangs, 10, kRoom * 4 / 5) == kRoom * 4 / 5);
  std::atomic<uint64_t> most{0};
  std::vector<std::thread> subtasks;
  for (int n = 0; n < 4; ++n) subtasks.emplace_back([&, n] { run_subtask(budget, n, most); });
  for (auto& subtask : subtasks) subtask.join();
  CHECK(most <= kRoom + 97);  // and one change that found no room
  CHECK(budget->in_flight() == kRoom * 4 / 5);
}
