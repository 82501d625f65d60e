// One run: a world made from options, a phase in which it is broken, a phase in which all is well, and a verdict.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/checkers/sector_register.h"
#include "sim/clients/client.h"
#include "sim/disk.h"
#include "sim/network.h"
#include "sim/options.h"
#include "sim/stations.h"
#include "sim/target_node.h"
#include "sim/workload.h"
#include "sim/world.h"

namespace aoekit::sim {

// Deliberate bugs, each of which one checker must find.
enum class Canary : std::uint8_t {
  none,
  lost_write,           // register: the disk drops a write in fifty
  lying_flush,          // durability: the disk makes nothing stable
  greedy_initiator,     // credit: our initiator believes in twice as many buffers
  dirty_padding,        // encoding: a byte of padding is not zero
  ignored_mask,         // isolation: a masked-out station's frames are taken for another's
  ignored_reservation,  // isolation: likewise for a reservation
  ack_before_commit,    // durability: a group's writes are answered when their sync begins
  black_hole,           // liveness: one link stays cut
  starved_client,       // fairness: most frames of one client are dropped
  unsteady,             // determinism: the trace hash depends on where memory lies
};
struct CanaryInfo {
  std::string_view name;
  Canary canary;
  std::string_view checker;
  std::string_view options;  // that give the bug its chance, separated by spaces
};
std::span<const CanaryInfo> canary_table();

struct Verdict {
  std::optional<Failure> failure;
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  Duration virtual_time{};
  std::string statistics;  // one line
};

class Simulation {
 public:
  Simulation(const Options& options, Canary canary, Recorder* recorder);
  Verdict run();

 private:
  struct Served {
    TargetNode* node;
    std::size_t index;  // among the node's exports
    SimDisk* disk;
    Reachable reachable;
    std::unique_ptr<SectorRegister> sectors;
  };

  // build.cc
  void build();
  void build_targets();
  // Whether targets promise that every acknowledged write survives a power cut; or that any can be made to.
  bool is_durable() const;
  bool can_flush() const;
  void build_clients();
  void add_client(std::unique_ptr<Client> client, std::size_t number);
  Weather weather() const;
  wire::AoeAddress address_of(std::size_t served) const;

  // chaos.cc
  void start_chaos();
  void every(std::string_view name, std::uint64_t mean_ms, std::function<void(Stream&)> action);
  Duration outage(Stream& stream) const;
  Duration restart_time() const;
  void cut_link(Stream& stream, std::uint64_t both_ways);
  void clog_link(Stream& stream);
  void shrink_link_mtu(Stream& stream);
  void change_mtu(Stream& stream);
  void crash_target(Stream& stream, Crash crash);
  void stop_target(Stream& stream);
  void crash_client(Stream& stream);
  void resize_disk(Stream& stream);
  void take_disk_away(Stream& stream);
  void reserve(Stream& stream);
  void edit_mask(Stream& stream);
  void check_survivors(const TargetNode& node);
  void heal();
  void heal_lists();

  // run.cc
  void become_live();
  void contest();
  // Whether two clients have the same model and the same disk.
  bool are_alike(std::size_t a, std::size_t b) const;
  void wait_for(std::string_view checker, Duration budget, const std::function<bool()>& done);
  void look_at_disks();
  std::string unfinished() const;
  std::string statistics() const;
  // Of all targets, and frames that they had no room for.
  target::TargetCounters counters() const;
  std::uint64_t dropped() const;

  Options options_;
  Canary canary_;
  World world_;
  Network network_;
  Values values_;
  std::vector<std::unique_ptr<SimDisk>> disks_;
  std::vector<std::unique_ptr<TargetNode>> targets_;
  std::vector<Served> served_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Workload>> users_;
  std::vector<std::string> models_;  // of clients_
  std::vector<std::unique_ptr<ToolStation>> tools_;
  std::vector<std::unique_ptr<Stranger>> strangers_;
  bool healed_ = false;
};

}  // namespace aoekit::sim
