// A vector that only grows.
#include "frontend/fuse/disk_table.h"

#include <algorithm>
#include <utility>

namespace aoekit::fuse {

DiskTable::DiskTable(const DiskContext& context, DeviceFilter filter, std::function<void(const Disk&)> resized)
    : context_(context), filter_(std::move(filter)), resized_(std::move(resized)), listed_(16) {}

void DiskTable::refresh() {
  std::size_t count = 0;
  for (;;) {
    const int known = aoe_client_list(context_.client, listed_.data(), listed_.size());
    if (known < 0) return;
    count = static_cast<std::size_t>(known);
    if (count <= listed_.size()) break;
    listed_.resize(count + count / 2);
  }
  std::vector<bool> seen(disks_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const aoe_disk_status& status = listed_[i];
    const Address address{status.shelf, status.slot};
    // The driver shows a disk when it is identified.
    if (status.state == AOE_DISK_FOUND || !filter_.allows(address)) continue;
    const auto known = std::find_if(disks_.begin(), disks_.end(),
                                    [&](const auto& disk) { return disk->address() == address; });
    if (known == disks_.end()) {
      disks_.push_back(std::make_unique<Disk>(context_, address, static_cast<std::uint32_t>(disks_.size())));
      disks_.back()->update(status);
    } else {
      seen[static_cast<std::size_t>(known - disks_.begin())] = true;
      if ((*known)->update(status)) resized_(**known);
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i] && disks_[i]->present()) disks_[i]->vanish();
  }
}

void DiskTable::after_wakeup() {
  for (const auto& disk : disks_) {
    disk->queue().retry();
    disk->queue().tidy();
  }
}

Disk* DiskTable::find(Address address) {
  const auto found = std::find_if(disks_.begin(), disks_.end(), [&](const auto& disk) {
    return disk->address() == address && disk->present();
  });
  return found == disks_.end() ? nullptr : found->get();
}

unsigned DiskTable::open_files() const {
  unsigned count = 0;
  for (const auto& disk : disks_) count += disk->open_files();
  return count;
}

Status DiskTable::drain() {
  Status result;
  for (const auto& disk : disks_) {
    const Status status = disk->queue().drain();
    if (!status && result) result = fail("{}: {}", disk->address().name(), status.error().message);
  }
  return result;
}

}  // namespace aoekit::fuse
