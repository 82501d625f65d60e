// The phases of a run and its verdict.
#include <algorithm>
#include <array>

#include "sim/simulation.h"

namespace aoekit::sim {
namespace {

constexpr std::uint64_t kLastOperations = 12;  // of each client, when all is well
constexpr Duration kLivenessBudget = seconds(600);
constexpr Duration kContest = milliseconds(300);
// Of two clients of one kind at one target, none may get this many times what the other gets.
constexpr std::uint64_t kUnfair = 20;

constexpr std::array kCanaries = std::to_array<CanaryInfo>({
    {"lost-write", Canary::lost_write, "register", ""},
    {"lying-flush", Canary::lying_flush, "durability", "power_cut_every=2000"},
    {"greedy-initiator", Canary::greedy_initiator, "credit", "own_clients=1 buffer_count=4 depth=16"},
    {"dirty-padding", Canary::dirty_padding, "encoding", ""},
    {"ignored-mask", Canary::ignored_mask, "isolation", "masks=1 strangers=1"},
    {"ignored-reservation", Canary::ignored_reservation, "isolation", "linux_clients=3 exports=1 reserve_every=1500"},
    {"ack-before-commit", Canary::ack_before_commit, "durability",
     "commit=1 power_cut_every=1000 linux_clients=2 exports=1 depth=8 think_us=1000 disk_us=20000"},
    {"black-hole", Canary::black_hole, "liveness", ""},
    {"starved-client", Canary::starved_client, "fairness", "linux_clients=3 targets=1 exports=1"},
    {"unsteady", Canary::unsteady, "determinism", ""},
});

}  // namespace

std::span<const CanaryInfo> canary_table() { return kCanaries; }

Verdict Simulation::run() {
  world_.say("--- everything may break ---");
  for (const auto& node : targets_) node->start();
  Stream stream = world_.stream("boot");
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    world_.after(stream.duration_below(milliseconds(100)), [this, i] {
      clients_[i]->start();
      users_[i]->start();
    });
  }
  start_chaos();
  const Instant start = world_.now();
  world_.run_until(start + milliseconds(static_cast<std::int64_t>(options_.safety_ms)));
  if (!world_.failure()) become_live();
  if (!world_.failure()) contest();
  if (!world_.failure()) look_at_disks();
  if (canary_ == Canary::unsteady) world_.mark(0, reinterpret_cast<std::uintptr_t>(this));
  return {world_.failure(), world_.trace_hash(), world_.events(), world_.now() - start, statistics()};
}

void Simulation::wait_for(std::string_view checker, Duration budget, const std::function<bool()>& done) {
  const Instant deadline = world_.now() + budget;
  Instant look_again_at = world_.now() + seconds(5);
  while (!world_.failure() && !done()) {
    if (world_.now() >= deadline) {
      return world_.fail(checker, fmt::format("{} s after everything healed this is unfinished: {}",
                                              budget / seconds(1), unfinished()));
    }
    world_.run_until(world_.now() + milliseconds(100));
    if (world_.now() < look_again_at) continue;
    look_again_at += seconds(10);
    for (const auto& client : clients_) client->look_again();
  }
}

void Simulation::become_live() {
  heal();
  // Outages that were under way end by themselves; one may begin when the disk has finished what it stalls on.
  const Duration longest = restart_time() + milliseconds(static_cast<std::int64_t>(
                                                options_.outage_ms + options_.stall_ms + 2 * options_.lifetime_ms));
  world_.run_until(world_.now() + longest + seconds(options_.reserve_every + options_.mask_every != 0 ? 12 : 1));
  for (const auto& node : targets_) {
    if (!node->is_running()) return world_.fail("liveness", node->name() + " has not come back");
  }
  for (const auto& client : clients_) client->look_again();
  for (const auto& user : users_) user->finish(kLastOperations);
  wait_for("liveness", kLivenessBudget,
           [this] { return std::ranges::all_of(users_, [](const auto& user) { return user->is_finished(); }); });
}

bool Simulation::are_alike(std::size_t a, std::size_t b) const {
  return models_[a] == models_[b] && a % served_.size() == b % served_.size();
}

// Everybody as fast as it can, at once, where there is anybody to compare with.
void Simulation::contest() {
  bool worth_it = false;
  for (std::size_t a = 0; a < users_.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) worth_it = worth_it || are_alike(a, b);
  }
  if (!worth_it) return;
  // Whose write was sent several ways only now lets its copies die out first.
  world_.run_until(world_.now() + milliseconds(static_cast<std::int64_t>(options_.copy_lifetime_ms)));
  std::vector<std::uint64_t> before;
  for (const auto& user : users_) before.push_back(user->completed());
  const std::uint64_t dropped_before = dropped();
  for (const auto& user : users_) user->rush();
  world_.run_until(world_.now() + kContest);
  for (const auto& user : users_) user->pause();
  // Whom the loss of a frame hits in an overload is chance, and the Linux driver waits long after one.
  const bool overloaded = dropped() != dropped_before;
  for (std::size_t a = 0; a < users_.size() && !overloaded; ++a) {
    for (std::size_t b = 0; b < users_.size(); ++b) {
      const std::uint64_t got_a = users_[a]->completed() - before[a];
      const std::uint64_t got_b = users_[b]->completed() - before[b];
      if (!are_alike(a, b) || got_a * kUnfair >= got_b) continue;
      world_.fail("fairness", fmt::format("{} got {} operations done while {} got {}", clients_[a]->name(), got_a,
                                          clients_[b]->name(), got_b));
    }
  }
  wait_for("liveness", kLivenessBudget,
           [this] { return std::ranges::all_of(users_, [](const auto& user) { return user->under_way() == 0; }); });
}

// What nobody may have read yet is there as well; and nobody works on anything any more.
void Simulation::look_at_disks() {
  world_.run_until(world_.now() + seconds(5));
  for (const auto& node : targets_) {
    if (!node->core()->idle()) world_.fail("liveness", node->name() + " still works on requests that nobody waits for");
  }
  for (const Served& served : served_) {
    for (std::uint64_t lba = 0; lba < served.disk->size().count; ++lba) {
      const Moment began = served.sectors->read_begins();
      const Value value = served.disk->value_at(Lba{lba});
      const std::string wrong = served.sectors->read_returned(Lba{lba}, value, began);
      served.sectors->read_ends(began);
      if (!wrong.empty()) world_.fail((value & kForbidden) != 0 && value != kGarbage ? "isolation" : "register", wrong);
    }
  }
}

std::string Simulation::unfinished() const {
  std::string text;
  for (const auto& user : users_) {
    if (user->under_way() == 0 && user->is_finished()) continue;
    text += fmt::format("{}{} ({} operations under way, {})", text.empty() ? "" : ", ", user->client().name(),
                        user->under_way(), user->client().is_ready() ? "has its disk" : "has not found its disk");
  }
  return text;
}

std::string Simulation::statistics() const {
  std::uint64_t done = 0, failed = 0;
  for (const auto& user : users_) done += user->completed(), failed += user->failed();
  const target::TargetCounters sum = counters();
  return fmt::format("{} operations done, {} not; targets: {} requests, {} copies, {} late, {} held back, {} dropped",
                     done, failed, sum.requests, sum.duplicates, sum.late_copies, sum.ordered, dropped());
}

target::TargetCounters Simulation::counters() const {
  target::TargetCounters sum;
  for (const auto& node : targets_) {
    add_counters(sum, node->past_counters());
    if (node->core() != nullptr) add_counters(sum, node->core()->counters());
  }
  return sum;
}

std::uint64_t Simulation::dropped() const {
  const target::TargetCounters all = counters();
  std::uint64_t sum = all.dropped_no_buffer + all.dropped_over_share;
  for (const auto& node : targets_) sum += node->overruns();
  return sum;
}

}  // namespace aoekit::sim
