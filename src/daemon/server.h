// Where the target core meets disks and networks: one thread's loop over ports and exported disks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/bounded_vector.h"
#include "block/block_device.h"
#include "daemon/disk_syncs.h"
#include "daemon/log_limit.h"
#include "io/busy_wait.h"
#include "io/event_loop.h"
#include "io/timer.h"
#include "net/frame_port.h"
#include "target/target_core.h"

namespace aoekit::daemon {

// Who keeps what stations change (TargetLimits::persistence): called with a cookie for Server::state_stored(), which must
// be called once, later.
using StoreState =
    std::function<void(std::uint32_t cookie, wire::AoeAddress address, const target::PersistentState& state)>;

// Threads: that of the loop. Ports, disks and the loop outlive the server, but for ports that were removed and disks that
// were released.
class Server {
 public:
  Server(io::EventLoop& loop, const target::TargetLimits& limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Waits awake for up to `longest` before the thread sleeps, while that pays (io/busy_wait.h): for the next requests while
  // no disk works on anything, and for what disks do and what is asked meanwhile. Zero, the default: never.
  void set_busy_wait(Duration longest) { wait_for_requests_ = io::BusyWait(longest); }
  void set_disk_busy_wait(Duration longest) { wait_for_disks_ = io::BusyWait(longest); }
  // REQUIRES one with Persistence::required.
  void set_store(StoreState store) { store_ = std::move(store); }
  void state_stored(std::uint32_t cookie, target::Stored stored);
  // To be called on the loop's thread when take_released() or take_events() have something, or finished() has become
  // true.
  void set_on_news(std::function<void()> on_news) { on_news_ = std::move(on_news); }

  // Serves requests that arrive by `port` from now on. An Error when the loop cannot wait for it.
  Result<target::PortId> add_port(net::FramePort& port);
  // The port's interface changed, went or came back (its owner has brought `port` up to date): waits for its new fd
  // and tells the stations of a new MTU or MAC.
  [[nodiscard]] Status port_changed(target::PortId id);
  // Requests that came by it are finished and not answered. The port may go at once.
  void remove_port(target::PortId id);

  // Exports `disk` and announces it soon (TargetCore::announce_soon).
  // REQUIRES: disk.max_in_flight() >= queue_depth(), and what TargetCore::add_export() asks.
  Result<target::ExportId> add_export(block::BlockDevice& disk, const target::ExportOptions& options);
  // See TargetCore; announces what stations can see.
  void update_export(target::ExportId id, const target::ExportOptions& options);
  // Serves it no longer. What was accepted is still answered, then the disk is synced and released.
  void remove_export(target::ExportId id);
  // Disks that the server does not use any more, since the last call.
  std::vector<block::BlockDevice*> take_released() { return std::exchange(released_, {}); }
  // What happened since the last call; 64 events at most, the rest is counted.
  std::vector<target::TargetEvent> take_events() { return std::exchange(events_, {}); }
  bool release_holder(target::ExportId id);
  void announce(target::ExportId id);
  // All, a few at a time.
  void announce_all();
  void set_state(target::ExportId id, target::PersistentState state) { core_.set_state(id, std::move(state)); }

  // Asks the disk for its size: announces a change, and takes one that is gone out of service until it returns.
  void check_size(target::ExportId id);
  // Of every disk.
  void check_sizes();

  // Stops taking requests; when those accepted are answered, syncs every disk. finished() says when all is done.
  void stop();
  bool finished() const { return state_ == State::finished; }
  // Disks whose last sync failed: what was acknowledged but not flushed may be lost.
  std::size_t failed_syncs() const { return syncs_.failed(); }

  const target::TargetCore& core() const { return core_; }
  // REQUIRES an export that was not removed.
  const block::BlockDevice& disk(target::ExportId id) const { return *disks_[id.value].device; }
  // What a disk must take at once: the core's operations and the server's own.
  std::size_t queue_depth() const { return core_.ops_in_flight_max() + DiskSyncs::kInFlightMax; }

 private:
  enum class State : std::uint8_t { serving, draining, syncing, finished };
  // Answers leave after so many requests, even of a longer batch: the initiator then works on them while we work on the
  // rest, instead of both waiting for each other in turn.
  static constexpr std::size_t kFramesPerTurn = 32;
  // How much is done for one side before the other gets its turn, while disks work.
  struct Portion {
    std::size_t answers;
    std::size_t requests;
  };
  // A disk is not to wait for its next requests until all of a batch were looked at.
  static constexpr Portion kLargest{8, 8};
  // A disk that has woken us has nothing left to do, or soon: the first answers, and what is asked next, leave at once.
  static constexpr Portion kFirst{1, 1};
  // Who waits awake is in no hurry to be done: it wakes neither disk nor clients by one more turn.
  static constexpr Portion kAwake{1, 4};
  struct Port {
    net::FramePort* port = nullptr;  // null: removed
    std::optional<io::SourceId> source;
    bool was_up = false;
    bool expected = false;  // to have requests
    target::PortOptions announced;
  };
  struct Disk {
    block::BlockDevice* device = nullptr;  // null: released
    bool available = true;
  };
  // Completions of any of `disks` come by one descriptor.
  struct CompletionSource {
    int fd = -1;
    io::SourceId source;
    std::vector<block::BlockDevice*> disks;
  };

  // Answers what disks have done and takes what clients ask next, in turns, so that all work at the same time, until
  // there is neither, waiting awake for both while that pays. `portion` doubles with each turn until it has waited.
  void serve(Portion portion);
  // Whether there was anything to do.
  bool serve_turn(Portion portion);
  bool serve_awake();
  bool answer_completed(std::size_t at_most);
  bool take_requests(std::size_t portion);
  void on_time();
  // Carries out what the outbox holds, and what follows from it, until nothing is left to do without waiting.
  void settle();
  void start_operations();
  void send_frames();
  void store_states();
  // After so many operations were started.
  void reap(block::BlockDevice& device, std::size_t started);
  void take_completions(std::span<block::BlockCompletion> completions);
  // From the last answer of an export on: its disk is synced, then released.
  void retire(target::ExportId id);
  void release(block::BlockDevice& disk);
  void collect_events();
  void advance_end();
  bool has_work() const { return !outbox_.frames.empty() || !outbox_.ops.empty() || !outbox_.states.empty(); }
  // Lets the core do what is due, and has the timer wake us for the rest. Whether there is something to carry out.
  bool keep_time();
  [[nodiscard]] Status watch(Port& port, std::size_t index);
  [[nodiscard]] Status watch(block::BlockDevice& device);
  void unwatch(block::BlockDevice& device);

  io::EventLoop& loop_;
  io::BusyWait wait_for_requests_;
  io::BusyWait wait_for_disks_;
  target::TargetCore core_;
  StoreState store_;
  target::Outbox outbox_;   // filled by events
  target::Outbox in_hand_;  // being carried out, while its consequences fill the other
  std::optional<io::Timer> timer_;  // from the first port on
  io::SourceId timer_source_;
  std::vector<Port> ports_;  // by PortId
  std::vector<Disk> disks_;  // by ExportId
  std::vector<CompletionSource> completion_sources_;
  BoundedVector<block::BlockOp> ops_;      // one disk's part of a batch
  BoundedVector<net::SplitFrame> frames_;  // one port's part of a batch
  State state_ = State::serving;
  DiskSyncs syncs_;
  std::vector<target::ExportId> removing_;  // whose last requests are being answered
  std::vector<block::BlockDevice*> released_;
  std::vector<target::TargetEvent> events_;
  LogLimit log_limit_;
  bool news_ = false;  // to be told at the end of the turn
  std::function<void()> on_news_;
};

}  // namespace aoekit::daemon
