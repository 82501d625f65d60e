// What stands behind the C API's pointers.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/engine.h"
#include "lib/aoekit.h"
#include "lib/last_error.h"

struct aoe_client {
  std::vector<std::string> interfaces;
  std::optional<aoekit::Duration> dead_after = std::chrono::seconds(180);
  std::uint32_t requests = 256;
  aoekit::client::ThreadMode thread = aoekit::client::ThreadMode::own;
  aoekit::Duration busy_wait = aoekit::client::EngineOptions{}.busy_wait;
  void (*on_event)(void* user, const aoe_event* event) = nullptr;
  void* event_user = nullptr;
  std::mutex mutex;
  std::set<aoe_disk*> disks;                       // open ones, under the mutex
  std::unique_ptr<aoekit::client::Engine> engine;  // once started
};

struct aoe_disk {
  aoe_client* client = nullptr;
  std::unique_ptr<aoekit::client::OpenDisk> open;
  bool read_only = false;
  bool owns_client = false;  // made by aoe_open()
};

namespace aoekit::lib {

// The instant `timeout_ms` from now; -1 is for ever.
std::optional<Instant> deadline_in(int timeout_ms);

}  // namespace aoekit::lib
