// Where the initiator core meets interfaces, the clock and threads: a monitor around the core.
//
// Thread model. One mutex guards the core and the sending side of the ports; whoever calls submit() runs the core and
// sends the frames itself, so a request is never handed over to another thread before it leaves. Receiving, timers and
// link changes are one thread's at a time, the leader's: the engine's own thread, or whichever caller is in poll() or
// waits for something. The leader also calls the callbacks, without the lock; what they submit leaves together when they
// have returned.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "client/network.h"
#include "client/request.h"
#include "initiator/core.h"
#include "initiator/status.h"
#include "io/busy_wait.h"
#include "io/event_loop.h"
#include "io/timer.h"
#include "io/wakeup.h"

namespace aoekit::client {

enum class ThreadMode : std::uint8_t { own, caller };

struct EngineOptions {
  initiator::InitiatorOptions core;
  ThreadMode thread = ThreadMode::own;
  // The leader looks for answers for so long before it sleeps, while that pays (io/busy_wait.h). Zero: never.
  Duration busy_wait = std::chrono::microseconds(50);
  // Called by the leader, without the lock; `interface` is that of path events.
  std::function<void(const initiator::DeviceEvent&, const std::string& interface)> on_event;
};

// A disk that somebody has open. Only the engine looks inside.
struct OpenDisk {
  initiator::DeviceId device;
  wire::AoeAddress address;
  std::size_t unfinished = 0;  // requests whose callback has not returned
};

// A disk's state with the names that the core does not know.
struct DiskReport {
  initiator::DeviceStatus status;
  std::vector<initiator::PathStatus> paths;
  std::vector<std::string> interfaces;  // of each path
};

// Whether trimmed sectors are sure to read as zeros.
bool trim_zeroes(const initiator::DeviceStatus& status);

class Engine {
 public:
  // Starts the thread (ThreadMode::own) and asks the network who is there.
  static Result<std::unique_ptr<Engine>> start(EngineOptions options, std::unique_ptr<Network> network);
  // Unfinished requests fail with ECANCELED. REQUIRES: no other call is in progress.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // With ThreadMode::caller: readable when poll() has something to do.
  int fd() const { return loop_.fd(); }
  // Does what there is to do, waiting for it until `deadline` (nothing: for ever; past: not at all). Returns how many
  // requests were finished. Not within a callback.
  std::size_t poll(std::optional<Instant> deadline);
  // Waits until ready() says so, being the leader meanwhile where there is no thread of its own. False: `deadline` came
  // first. ready() is called with the lock held, after anything has happened. Not within a callback.
  bool wait_until(std::optional<Instant> deadline, const std::function<bool()>& ready);

  // Asks the network, wildcards allowed, and does not wait.
  void discover(wire::AoeAddress address);
  // Asks again and again until the disk can be used or `deadline` comes.
  bool find_disk(wire::AoeAddress address, Instant deadline);
  std::vector<DiskReport> list();
  // Forgets disks that nobody has open: those that are down, or all. Returns how many.
  enum class Forget : std::uint8_t { down_only, up_too };
  std::size_t forget(wire::AoeAddress address, Forget which);

  // Fails with ENODEV when no disk of that address is known and up, in words that say what was seen of it.
  Result<std::unique_ptr<OpenDisk>> open(wire::AoeAddress address);
  // Waits for the disk's unfinished requests.
  void close(std::unique_ptr<OpenDisk> disk);
  DiskReport report(const OpenDisk& disk);
  Sectors size(const OpenDisk& disk);
  bool trim_zeroes(const OpenDisk& disk);

  // Starts a request. An Error (then `done` is not called) with os_error EAGAIN: as many as possible are unfinished;
  // ENOSPC: past the end of the disk; EOPNOTSUPP: it cannot trim.
  // REQUIRES: data.size() == range.count.bytes() for reads and writes, or, for a write of zeros, 0; `done` set.
  Result<std::int64_t> submit(OpenDisk& disk, const Request& request);
  // Waits until a request can be submitted; others may be faster. Not within a callback.
  void wait_for_room();

  // Until the same thread's release(), the frames of what it submits may be kept back, to leave by fewer system calls.
  // Nests. One thread at a time can do so: where another does already, nothing is kept back. Whatever sends, sends all:
  // waiting, polling, an answer that comes.
  void hold();
  void release();
  // Sends what this thread keeps back.
  void send_held();

 private:
  // New requests leave after so many answers, so that the target works on them while we take the rest.
  static constexpr std::size_t kFramesPerTurn = 16;

  // A request until its callback is called.
  struct Record {
    OpenDisk* disk = nullptr;
    DoneFunction done = nullptr;
    void* user = nullptr;
    std::int64_t cookie = 0;
  };
  struct Finished {
    Record record;
    int error = 0;
    std::string text;
  };

  Engine(EngineOptions options, std::unique_ptr<Network> network, io::EventLoop loop, io::Timer timer,
         io::Wakeup wakeup, io::Wakeup busy);
  Status watch_all();
  Status start_thread();
  void run_thread();
  std::size_t lead(std::unique_lock<std::mutex>& lock, std::optional<Instant> deadline);
  void wait_for_events(std::optional<Instant> deadline);
  bool look_awake(std::optional<Instant> deadline);
  bool look_at_ports();
  void watch_port(std::size_t index);
  void watch_ports();
  void unwatch_ports();
  bool wait_for_change(std::unique_lock<std::mutex>& lock, std::optional<Instant> deadline);

  // The leader's, without the lock.
  bool on_port_readable(std::size_t index);
  void on_links_changed();
  void on_timer();
  void on_wakeup();
  void deliver();

  // These REQUIRE the lock.
  void follow_port(std::size_t index);
  void settle();
  void settle_for_leader();
  bool is_held() const { return holder_ == std::this_thread::get_id(); }
  void begin_hold();
  void end_hold();
  void wake_leader();
  void send_frames();
  void collect();
  void finish(std::size_t slot, int error, std::string text);
  void take_finished();
  std::string port_names() const;
  DiskReport report_of(initiator::DeviceId device);
  std::optional<initiator::DeviceId> find_usable(wire::AoeAddress address);

  EngineOptions options_;
  std::unique_ptr<Network> network_;
  io::EventLoop loop_;
  io::Timer timer_;
  io::Wakeup wakeup_;

  std::mutex mutex_;
  std::condition_variable changed_;  // something finished, was found, or the leader's place is free
  bool leading_ = false;
  bool stopping_ = false;
  std::atomic<bool> awake_ = false;  // wakeup_ is lit; changed under the lock
  std::thread::id holder_;           // who keeps frames back, `holds_` times
  std::size_t holds_ = 0;
  initiator::InitiatorCore core_;
  initiator::Outbox outbox_;
  std::optional<Instant> armed_;
  std::vector<Record> records_;
  std::vector<std::uint32_t> free_records_;
  std::int64_t last_cookie_ = 0;
  std::vector<Finished> finished_;
  std::vector<initiator::DeviceEvent> events_;

  // The leader's.
  std::vector<Finished> delivering_;
  std::vector<initiator::DeviceEvent> telling_;
  std::vector<std::optional<io::SourceId>> port_sources_;
  std::optional<io::SourceId> links_source_;
  std::size_t delivered_ = 0;  // in this turn
  io::BusyWait busy_wait_;
  std::size_t looks_ = 0;
  // As long as looking goes well, the loop does not watch the ports: each frame that arrives would be told to it, by the
  // one who sends it. Lit meanwhile, so that fd() is readable.
  io::Wakeup busy_;
  std::size_t busy_looks_ = 0;
  bool unwatched_ = false;

  BoundedVector<ByteView> batch_;
  std::thread thread_;
};

}  // namespace aoekit::client
