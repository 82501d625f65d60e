// All disks that the client has found and the allow-list lets through, with numbers that never change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "frontend/fuse/device_filter.h"
#include "frontend/fuse/disk.h"

namespace aoekit::fuse {

// The reader's.
class DiskTable {
 public:
  // `resized` is called for a disk whose size changed.
  DiskTable(const DiskContext& context, DeviceFilter filter, std::function<void(const Disk&)> resized);

  // Takes over what the client knows now.
  void refresh();
  // Gives every disk the chance to go on after a wake-up.
  void after_wakeup();
  // Whether a request waits for memory: call after_wakeup() soon.
  bool starving() const;

  // Only disks that are present.
  Disk* find(Address address);
  // Every number that was given out, also of disks that are not present now.
  Disk* at(std::uint32_t index) { return index < disks_.size() ? disks_[index].get() : nullptr; }
  const std::vector<std::unique_ptr<Disk>>& all() const { return disks_; }
  bool allows(Address address) const { return filter_.allows(address); }
  unsigned open_files() const;
  // Whether a disk is open that this client opened.
  bool uses(const aoe_client* client) const;
  // Ends everything; complains to the log of what could not be flushed.
  Status drain();

 private:
  std::size_t list();
  void take(const aoe_disk_status& status);

  const DiskContext& context_;
  const DeviceFilter filter_;
  const std::function<void(const Disk&)> resized_;
  std::vector<std::unique_ptr<Disk>> disks_;
  std::vector<aoe_disk_status> listed_;
};

}  // namespace aoekit::fuse
