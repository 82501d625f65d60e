// A vector that only grows.
#include "frontend/fuse/disk_table.h"

#include <algorithm>
#include <utility>

namespace aoekit::fuse {

DiskTable::DiskTable(const DiskContext& context, DeviceFilter filter, std::function<void(const Disk&)> resized)
    : context_(context), filter_(std::move(filter)), resized_(std::move(resized)), listed_(16) {}

// Fills listed_ and says how many there are.
std::size_t DiskTable::list() {
  for (;;) {
    const int known = aoe_client_list(context_.clients->current(), listed_.data(), listed_.size());
    if (known < 0) return 0;
    const auto count = static_cast<std::size_t>(known);
    if (count <= listed_.size()) return count;
    listed_.resize(count + count / 2);
  }
}

void DiskTable::refresh() {
  const std::size_t count = list();
  const std::size_t known = disks_.size();
  std::vector<bool> seen(known);
  for (std::size_t i = 0; i < count; ++i) {
    const Address address{listed_[i].shelf, listed_[i].slot};
    for (std::size_t d = 0; d < known; ++d) {
      if (disks_[d]->address() == address) seen[d] = true;
    }
    take(listed_[i]);
  }
  for (std::size_t d = 0; d < known; ++d) {
    Disk& disk = *disks_[d];
    if (const auto status = disk.status_if_open()) {
      if (disk.update(*status)) resized_(disk);
    } else if (!seen[d] && disk.present()) {
      disk.vanish();
    }
  }
}

void DiskTable::take(const aoe_disk_status& status) {
  const Address address{status.shelf, status.slot};
  // The driver shows a disk when it is identified.
  if (status.state == AOE_DISK_FOUND || !filter_.allows(address)) return;
  const auto known = std::find_if(disks_.begin(), disks_.end(),
                                  [&](const auto& disk) { return disk->address() == address; });
  if (known == disks_.end()) {
    disks_.push_back(std::make_unique<Disk>(context_, address, static_cast<std::uint32_t>(disks_.size())));
    disks_.back()->update(status);
  } else if (!(*known)->queue().is_open() && (*known)->update(status)) {
    resized_(**known);
  }
}

void DiskTable::after_wakeup() {
  for (const auto& disk : disks_) {
    disk->queue().retry();
    disk->queue().tidy();
  }
}

bool DiskTable::starving() const {
  return std::any_of(disks_.begin(), disks_.end(), [](const auto& disk) { return disk->queue().starving(); });
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

bool DiskTable::uses(const aoe_client* client) const {
  return std::any_of(disks_.begin(), disks_.end(),
                     [&](const auto& disk) { return disk->queue().client() == client; });
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
