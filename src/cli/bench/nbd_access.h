// Disks of NBD servers, by libnbd: aoekit's plugin for nbdkit, and whatever else speaks that protocol.
#pragma once

#include <libnbd.h>
#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/bench/disk_access.h"

namespace aoekit::bench {

class NbdAccess final : public DiskAccess {
 public:
  struct Options {
    bool writes = false;
  };
  // "nbd://host/export", "nbd+unix:///export?socket=PATH" and the like, a connection each.
  static Result<std::unique_ptr<NbdAccess>> open(const Options& options, const std::vector<std::string>& uris);
  ~NbdAccess() override { NbdAccess::end(); }
  NbdAccess(const NbdAccess&) = delete;
  NbdAccess& operator=(const NbdAccess&) = delete;

  // In the order of the addresses.
  Sectors size(std::size_t disk) const { return disks_[disk].size; }

  Status start(Job& job) override;
  Status poll(Sleep sleep) override;
  bool end() override;

 private:
  struct Close {
    void operator()(nbd_handle* handle) const { nbd_close(handle); }
  };
  struct Disk {
    std::string uri;
    std::unique_ptr<nbd_handle, Close> handle;
    Sectors size{};
  };
  NbdAccess() = default;

  std::vector<Disk> disks_;
  std::vector<pollfd> fds_;
};

}  // namespace aoekit::bench
