// Where the target core meets disks and networks: one thread's loop over ports and exported disks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bounded_vector.h"
#include "block/block_device.h"
#include "io/busy_wait.h"
#include "io/event_loop.h"
#include "io/timer.h"
#include "net/frame_port.h"
#include "target/target_core.h"

namespace aoekit::daemon {

// Threads: that of the loop. Ports, disks and the loop outlive the server.
class Server {
 public:
  Server(io::EventLoop& loop, const target::TargetLimits& limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Waits awake for up to `longest` for the next requests before the thread sleeps, while that pays (io/busy_wait.h) and
  // no disk works on anything. Zero, the default: never.
  void set_busy_wait(Duration longest) { busy_wait_ = io::BusyWait(longest); }

  // Serves requests that arrive by `port` from now on. An Error when the loop cannot wait for it.
  Result<target::PortId> add_port(net::FramePort& port);
  // The port's interface changed, went or came back (its owner has brought `port` up to date): waits for its new fd
  // and tells the stations of a new MTU or MAC.
  [[nodiscard]] Status port_changed(target::PortId id);
  // Exports `disk` and announces it soon (TargetCore::announce_soon). REQUIRES: disk.max_in_flight() >= ops_in_flight_max(), and what add_export asks.
  Result<target::ExportId> add_export(block::BlockDevice& disk, const target::ExportOptions& options);
  // Asks every disk for its size: announces a change, and takes a disk that is gone out of service until it returns.
  void check_sizes();

  // Stops taking requests; when those accepted are answered, syncs every disk. finished() says when all is done.
  void stop();
  bool finished() const { return state_ == State::finished; }
  // Disks whose last sync failed: what was acknowledged but not flushed may be lost.
  std::size_t failed_syncs() const { return failed_syncs_; }

  const target::TargetCore& core() const { return core_; }
  std::size_t ops_in_flight_max() const { return core_.ops_in_flight_max(); }

 private:
  enum class State : std::uint8_t { serving, draining, syncing, finished };
  struct Port {
    net::FramePort* port = nullptr;
    std::optional<io::SourceId> source;
    bool was_up = false;
    target::PortOptions announced;
  };
  struct Disk {
    block::BlockDevice* device = nullptr;
    bool available = true;
  };
  struct DiskSource {
    int fd = -1;
    io::SourceId id;
  };

  void on_port_readable(std::size_t port);
  // What comes next by `port`; waits awake for it while that pays. Empty: let the loop wait.
  std::span<const ByteView> receive_more(net::FramePort& port);
  void on_disk_done(std::size_t disk);
  void on_time();
  // Carries out what the outbox holds, and what follows from it, until nothing is left to do without waiting.
  void settle();
  void start_operations();
  void send_frames();
  void reap(Disk& disk);
  void advance_stop();
  // Lets the core do what is due, and has the timer wake us for the rest. Whether there is something to carry out.
  bool keep_time();
  [[nodiscard]] Status watch(Port& port, std::size_t index);
  [[nodiscard]] Status watch(const block::BlockDevice& disk, std::size_t index);

  io::EventLoop& loop_;
  io::BusyWait busy_wait_;
  target::TargetCore core_;
  target::Outbox outbox_;   // filled by events
  target::Outbox in_hand_;  // being carried out, while its consequences fill the other
  std::optional<io::Timer> timer_;  // from the first port on
  io::SourceId timer_source_;
  std::vector<Port> ports_;
  std::vector<Disk> disks_;
  std::vector<DiskSource> disk_sources_;
  BoundedVector<block::BlockOp> ops_;      // one disk's part of a batch
  BoundedVector<ByteView> frames_;         // one port's part of a batch
  State state_ = State::serving;
  std::size_t syncs_pending_ = 0;
  std::size_t failed_syncs_ = 0;
};

}  // namespace aoekit::daemon
