// Partitions are looked for through the disk's own queue, a piece at a time, so that nobody waits for a silent disk.
#include "frontend/fuse/disk.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace aoekit::fuse {

Disk::Disk(const DiskContext& context, Address address, std::uint32_t index)
    : context_(context), address_(address), index_(index), queue_(*context.buffers, *context.mailbox) {
  scan_request_.disk = this;
}

DiskQueue::Opening Disk::opening() const {
  return {context_.clients->current(), address_.shelf, address_.slot,
          context_.access == Access::read_only ? AOE_OPEN_READ_ONLY : 0};
}

bool Disk::update(const aoe_disk_status& status) {
  const bool was_there = present_;
  const bool was_up = status_.state == AOE_DISK_UP;
  const bool resized = was_there && status.size_bytes != status_.size_bytes;
  status_ = status;
  present_ = true;
  if (status.state == AOE_DISK_UP && (!was_there || !was_up || resized)) scan_partitions();
  return resized;
}

void Disk::vanish() {
  present_ = false;
  partitions_.clear();
}

int Disk::open_file() {
  const int error = queue_.acquire(opening());
  if (error == 0) ++open_files_;
  return error;
}

void Disk::close_file() {
  --open_files_;
  queue_.release();
}

void Disk::scan_partitions() {
  if (scan_) {
    scan_again_ = true;
    return;
  }
  if (queue_.acquire(opening()) != 0) return;  // it is down; it is scanned when it is up again
  auto scan = PartitionScan::begin(queue_.size());
  if (!scan) {
    context_.mailbox->say(fmt::format("{}: {}", address_.name(), scan.error().message));
    queue_.release();
    return;
  }
  scan_.emplace(std::move(*scan));
  load_next();
}

void Disk::load_next() {
  const PartitionScan::Area area = scan_->next();
  if (area.bytes == 0) return end_scan();
  scan_request_.kind = DiskRequestKind::read;
  scan_request_.offset = area.offset;
  scan_request_.bytes = area.bytes;
  scan_request_.done = on_loaded;
  queue_.start(scan_request_);
}

// Within Clients::work().
void Disk::on_loaded(DiskRequest& request, int error) {
  request.error = error;
  request.resume = [](DiskRequest& posted) { static_cast<ScanRequest&>(posted).disk->loaded(); };
  static_cast<ScanRequest&>(request).disk->context_.mailbox->post(request);
}

void Disk::loaded() {
  const Buffer buffer = std::move(scan_request_.buffer);
  if (scan_request_.error == 0) {
    const Status stored = scan_->store(ByteView(scan_request_.data, static_cast<std::size_t>(scan_request_.bytes)));
    if (stored) return load_next();
    context_.mailbox->say(fmt::format("{}: {}", address_.name(), stored.error().message));
  }
  // What was known stays: a disk that cannot be read has not lost its partitions.
  scan_.reset();
  scan_again_ = false;
  queue_.release();
}

void Disk::end_scan() {
  const auto found = scan_->read();
  scan_.reset();
  queue_.release();
  if (found) {
    if (present_) set_partitions(*found);
  } else {
    context_.mailbox->say(fmt::format("{}: {}", address_.name(), found.error().message));
  }
  if (scan_again_) {
    scan_again_ = false;
    scan_partitions();
  }
}

void Disk::set_partitions(const std::vector<Partition>& found) {
  partitions_.clear();
  for (const Partition& partition : found) partitions_.push_back({partition.number, window_for(partition)});
}

std::uint16_t Disk::window_for(const Partition& partition) {
  const auto same = std::find_if(windows_.begin(), windows_.end(), [&](const Window& window) {
    return window.first_byte == partition.first_byte;
  });
  if (same != windows_.end()) {
    same->bytes = partition.bytes;  // it has grown or shrunk in place
    return static_cast<std::uint16_t>(same - windows_.begin());
  }
  // So many begins of partitions nobody ever made; then the last one is used anew.
  if (windows_.size() == std::numeric_limits<std::uint16_t>::max()) windows_.pop_back();
  windows_.push_back({partition.first_byte, partition.bytes});
  return static_cast<std::uint16_t>(windows_.size() - 1);
}

}  // namespace aoekit::fuse
