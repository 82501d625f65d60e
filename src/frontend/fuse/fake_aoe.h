// The library in memory, for unit tests of what stands on it: one client, its disks, and requests that end when the
// test says so. The functions of lib/aoekit.h are in fake_aoe_test.cc.
#pragma once

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/aoekit.h"

struct aoe_disk {
  aoe_disk_status status{};
  std::vector<std::uint8_t> bytes;
  unsigned opened = 0;
  aoe_client* client = nullptr;
};

struct aoe_client {};

namespace aoekit::fuse {

struct FakeRequest {
  char kind;  // r, w, f, t, z
  aoe_disk* disk;
  void* into;
  const void* from;
  std::uint64_t bytes, offset;
  aoe_callback done;
  void* user;
};

// All state of the fake; a test makes one.
class FakeAoe {
 public:
  FakeAoe() { instance() = this; }
  ~FakeAoe() { instance() = nullptr; }
  static FakeAoe*& instance() {
    static FakeAoe* current = nullptr;
    return current;
  }

  aoe_disk& add(std::uint16_t shelf, std::uint8_t slot, std::size_t bytes) {
    auto& disk = disks[{shelf, slot}];
    disk = std::make_unique<aoe_disk>();
    disk->bytes.resize(bytes);
    disk->status.shelf = shelf;
    disk->status.slot = slot;
    disk->status.state = AOE_DISK_UP;
    disk->status.size_bytes = bytes;
    disk->status.flags = AOE_DISK_CAN_FLUSH | AOE_DISK_CAN_TRIM | AOE_DISK_TRIM_ZEROES;
    return *disk;
  }

  std::int64_t start(const FakeRequest& request) {
    if (queue.size() >= requests_max) return -EAGAIN;
    if (request.kind != 'f' && (request.offset % 512 != 0 || request.bytes % 512 != 0 || request.bytes == 0)) {
      return -EINVAL;
    }
    if (request.offset + request.bytes > request.disk->bytes.size()) return -ENOSPC;
    queue.push_back(request);
    log += request.kind;
    return ++cookie;
  }

  // Ends the oldest unfinished request, with `error` or by doing it.
  void finish_one(int error = 0) {
    const FakeRequest request = queue.front();
    queue.pop_front();
    std::uint8_t* place = request.disk->bytes.data() + request.offset;
    if (error == 0 && request.kind == 'r') std::memcpy(request.into, place, request.bytes);
    if (error == 0 && request.kind == 'w') std::memcpy(place, request.from, request.bytes);
    if (error == 0 && (request.kind == 't' || request.kind == 'z')) std::memset(place, 0, request.bytes);
    request.done(request.user, cookie, error, error == 0 ? nullptr : "it failed on purpose");
  }
  void finish_all() {
    while (!queue.empty()) finish_one();
  }

  std::map<std::pair<std::uint16_t, std::uint8_t>, std::unique_ptr<aoe_disk>> disks;
  std::deque<FakeRequest> queue;
  std::size_t requests_max = 16;
  std::string log;  // kinds of the requests that were started
  std::int64_t cookie = 0;
  unsigned clients = 0;
  int start_error = 0;
};

}  // namespace aoekit::fuse
