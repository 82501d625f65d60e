// The plugin's one client of libaoekit, and who polls it.
//
// Thread model. nbdkit forks into the background, and may give up its privileges, between get_ready and after_fork.
// So the client is started before, where raw sockets can still be opened and where whoever typed the command sees what
// is wrong; it has no thread of its own (AOE_THREAD_CALLER), because threads do not survive a fork. The polling thread
// begins after it. Everything else may be called by all of nbdkit's threads.
//
// Polling. A request that is the only one is waited for by the thread that runs it: it polls, so that the answer wakes
// nobody else. Of several, each would be woken by all answers; so then the polling thread does it. That rests while the
// others poll, and for a moment longer, because one request alone is usually followed by another.
//
// Stopping. nbdkit waits for its requests before it ends, and a silent target may keep them for minutes, or for ever.
// So when nothing is finished for a while the thread asks whether nbdkit is to stop, and then ends the client, which
// fails them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "frontend/nbdkit/parameters.h"
#include "frontend/nbdkit/request.h"
#include "lib/aoekit.h"

namespace aoekit::nbd {

// Tells the log of what happened on the network.
using EventFunction = void (*)(const aoe_event& event);
// Whether nbdkit is being stopped.
using StoppingFunction = bool (*)();

class Network {
 public:
  Network() = default;
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Opens the interfaces and asks who is there.
  Status start(const Parameters& parameters, EventFunction on_event);
  Status start_thread(StoppingFunction stopping);
  // REQUIRES: no other call is in progress.
  void stop();

  // Waits up to `seconds` for the disk to be found. It ends with close().
  Result<aoe_disk*> open(DiskName name, std::uint32_t flags, std::uint32_t seconds);
  void close(aoe_disk* disk);
  // Starts a request on an open disk and waits for its end; ESHUTDOWN once the client was ended.
  Outcome run(const StartFunction& start);
  // The disks that answer now.
  Result<std::vector<aoe_disk_status>> disks();

 private:
  // Of the threads that run requests.
  bool take_polling();
  void leave_polling();
  bool poll_for_request();
  void wake_polling_thread();
  std::uint64_t unfinished() const { return started_ - finished_; }

  void run_thread();
  enum class Wake : std::uint8_t { client, stop, other };
  Wake sleep(int client_fd, int milliseconds);
  bool wait_and_poll();
  bool rest();
  bool is_stalled();
  void end_client();

  // Held shared while the client is in use, but not while a request waits; held alone while it ends.
  std::shared_mutex in_use_;
  aoe_client* client_ = nullptr;  // nothing: it was ended, and its disks with it
  std::atomic<bool> ending_ = false;
  std::atomic<std::uint64_t> started_ = 0, finished_ = 0;

  // Each side writes first and looks then, so that one of two that pass each other sees the other.
  std::atomic<bool> request_polls_ = false;   // the thread of a request polls
  std::atomic<bool> request_polled_ = false;  // one has, since the polling thread last looked
  std::atomic<bool> resting_ = false;         // the polling thread does not
  Fd news_;                                   // an eventfd: readable when the polling thread is to look at these

  // The thread's.
  StoppingFunction stopping_ = nullptr;
  std::uint64_t finished_before_ = 0;
  std::chrono::steady_clock::time_point moved_at_{};
  std::thread thread_;
  Fd stop_;  // an eventfd: readable once the thread is to end
};

}  // namespace aoekit::nbd
