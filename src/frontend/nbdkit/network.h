// The plugin's one client of libaoekit, and the thread that polls it.
//
// Thread model. nbdkit forks into the background, and may give up its privileges, between get_ready and after_fork.
// So the client is started before, where raw sockets can still be opened and where whoever typed the command sees what
// is wrong; it has no thread of its own (AOE_THREAD_CALLER), because threads do not survive a fork. The polling thread
// begins after it. Everything else may be called by all of nbdkit's threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "frontend/nbdkit/parameters.h"
#include "lib/aoekit.h"

namespace aoekit::nbd {

// Tells the log of what happened on the network.
using EventFunction = void (*)(const aoe_event& event);

class Network {
 public:
  Network() = default;
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Opens the interfaces and asks who is there.
  Status start(const Parameters& parameters, EventFunction on_event);
  Status start_thread();
  // REQUIRES: no disk is open.
  void stop();

  // Waits up to `seconds` for the disk to be found. The caller closes it.
  Result<aoe_disk*> open(DiskName name, std::uint32_t flags, std::uint32_t seconds);
  // The disks that answer now.
  Result<std::vector<aoe_disk_status>> disks();

 private:
  void run_thread();

  aoe_client* client_ = nullptr;
  std::thread thread_;
  Fd stop_;  // an eventfd: readable once the thread is to end
};

}  // namespace aoekit::nbd
