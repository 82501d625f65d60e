// One disk as the file system shows it: its status, its queue, and its partitions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "frontend/fuse/address.h"
#include "frontend/fuse/clients.h"
#include "frontend/fuse/disk_queue.h"
#include "frontend/fuse/partition_scan.h"
#include "lib/aoekit.h"

namespace aoekit::fuse {

enum class Access : std::uint8_t { read_write, read_only };

// What all disks of a file system share. Outlives them.
struct DiskContext {
  const Clients* clients = nullptr;
  BufferPool* buffers = nullptr;
  Mailbox* mailbox = nullptr;
  Access access = Access::read_write;
};

// The reader's; never destroyed while the file system lives, because inode numbers name it.
class Disk {
 public:
  // A part of the disk that has or had a name. Its inode number holds as long as something has it open, so that a
  // partition that is moved is a new file, and the old one stays what it was.
  struct Window {
    std::uint64_t first_byte = 0;
    std::uint64_t bytes = 0;
  };
  struct NamedWindow {
    unsigned number;  // eS.LpNUMBER
    std::uint16_t window;
  };

  Disk(const DiskContext& context, Address address, std::uint32_t index);

  Address address() const { return address_; }
  std::uint32_t index() const { return index_; }
  DiskQueue& queue() { return queue_; }
  const aoe_disk_status& status() const { return status_; }
  // While it is open: what the client that opened it knows of it, which may be an old one.
  std::optional<aoe_disk_status> status_if_open() const { return queue_.status(); }
  // Whether the client knows it now, identified.
  bool present() const { return present_; }
  std::uint64_t size() const { return queue_.is_open() ? queue_.size() : status_.size_bytes; }

  // Tells whether the size changed, and begins to look for partitions where it was not known before.
  bool update(const aoe_disk_status& status);
  void vanish();

  // Opens for a user of a file.
  int open_file();
  void close_file();
  unsigned open_files() const { return open_files_; }

  const std::vector<NamedWindow>& partitions() const { return partitions_; }
  const Window* window(std::uint16_t index) const { return index < windows_.size() ? &windows_[index] : nullptr; }
  // Reads the partition table again; what is being read already is read once more afterwards.
  void scan_partitions();
  bool scanning() const { return scan_.has_value(); }

 private:
  DiskQueue::Opening opening() const;
  void load_next();
  static void on_loaded(DiskRequest& request, int error);
  void loaded();
  void end_scan();
  void set_partitions(const std::vector<Partition>& found);
  std::uint16_t window_for(const Partition& partition);

  // First, so that on_loaded finds it.
  struct ScanRequest : DiskRequest {
    Disk* disk = nullptr;
  };

  const DiskContext& context_;
  const Address address_;
  const std::uint32_t index_;
  aoe_disk_status status_{};
  bool present_ = false;
  DiskQueue queue_;
  unsigned open_files_ = 0;
  std::vector<Window> windows_;
  std::vector<NamedWindow> partitions_;
  std::optional<PartitionScan> scan_;
  ScanRequest scan_request_;
  bool scan_again_ = false;
};

}  // namespace aoekit::fuse
