// A machine that serves disks: the target core, its NICs with their receive queues, its disks, and how it dies.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk.h"
#include "sim/network.h"
#include "sim/world.h"
#include "target/target_core.h"

namespace aoekit::sim {

// Bugs of a node, for canaries.
enum class NodeBug : std::uint8_t {
  none,
  dirty_padding,
  ignores_mask,
  ignores_reservation,
  starves_first_client,
  acks_before_commit
};

class TargetNode {
 public:
  struct Options {
    std::string name;
    std::size_t buffers = 64;
    std::size_t writes_remembered = 0;
    std::size_t receive_queue = 256;  // frames, over all NICs; more are lost, as in a socket's buffer
    Duration frame_cost = microseconds(2);
    NodeBug bug = NodeBug::none;
    wire::MacAddress first_client;  // for NodeBug::starves_first_client
  };

  TargetNode(World& world, Network& network, const Options& options);
  TargetNode(const TargetNode&) = delete;
  TargetNode& operator=(const TargetNode&) = delete;

  // To be called before start().
  void add_nic(SwitchId at, wire::MacAddress mac, std::uint32_t mtu_bytes);
  void add_export(const target::ExportOptions& options, SimDisk& disk);

  // The process starts: mask lists are those of its command line, reservations and config strings are gone.
  void start();
  // It ends at once, or with the machine.
  void crash(Crash crash);
  // SIGTERM: what was accepted is finished and answered, the disks are flushed; then `stopped` is called.
  void stop(std::function<void()> stopped);

  bool is_running() const { return core_ != nullptr; }
  const std::string& name() const { return options_.name; }
  const target::TargetCore* core() const { return core_.get(); }
  std::size_t nic_count() const { return nics_.size(); }
  NicId nic(std::size_t i) const { return nics_[i]; }
  SimDisk& disk(std::size_t i) { return *exports_[i].disk; }
  wire::AoeAddress address(std::size_t i) const { return exports_[i].options.address; }
  std::size_t export_count() const { return exports_.size(); }
  // Counters of all processes that ran here.
  const target::TargetCounters& past_counters() const { return past_; }
  std::uint64_t overruns() const { return overruns_; }

  // Live reconfiguration. The NIC's MTU changes, and the process notices.
  void set_mtu(std::size_t nic, std::uint32_t mtu_bytes);
  // The disk changes its size; the process notices `later`.
  void resize(std::size_t index, Sectors size, Duration later);
  void set_available(std::size_t index, std::uint64_t available);

 private:
  struct Received {
    std::size_t nic;
    Frame frame;
  };
  struct Exported {
    target::ExportOptions options;
    SimDisk* disk;
  };

  void receive(std::size_t nic, const Frame& frame);
  void schedule_turn(Duration delay);
  void turn();
  void handle(const Received& received);
  void check_isolation(const Received& received, std::size_t frames_before, std::size_t in_progress_before,
                       std::span<const target::StationList> masks, std::span<const target::StationList> holders);
  void settle();
  void schedule_timer();
  void transmit(const target::TxFrame& frame);
  // As a disk in memory does: what it has read stays with it.
  void lend(const block::BlockOp& op, block::BlockCompletion& completion);
  void advance_stop();

  World& world_;
  Network& network_;
  Options options_;
  Stream stream_;
  std::vector<NicId> nics_;
  std::vector<Exported> exports_;
  std::unique_ptr<target::TargetCore> core_;
  std::unique_ptr<target::Outbox> outbox_;
  std::deque<Received> received_;
  std::vector<Frame> in_turn_;  // frames that the core works on
  std::vector<block::BlockCompletion> done_;
  std::vector<std::vector<std::uint8_t>> lent_;  // what completions in done_ refer to
  std::function<void()> stopped_;
  std::size_t syncs_pending_ = 0;
  std::optional<Instant> timer_at_;
  Instant others_at_{};  // for NodeBug::starves_first_client
  std::uint64_t life_ = 0;
  bool turn_scheduled_ = false;
  bool syncing_ = false;
  target::TargetCounters past_;
  std::uint64_t overruns_ = 0;
};

// Sums, for reports over several lives of a process.
void add_counters(target::TargetCounters& sum, const target::TargetCounters& more);

}  // namespace aoekit::sim
