// How operations that cannot be done at once reach the kernel: the two ways behind FileEngine, each for many disks.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "backend/open_disk.h"
#include "io/uring.h"

namespace aoekit::backend {

// One thread. The disks outlive their operations. At most queue_depth operations are out.
class OpEngine {
 public:
  virtual ~OpEngine() = default;

  // Counts the operations in disk.in_flight until collect() returns them.
  virtual void start(OpenDisk& disk, std::span<const block::BlockOp> ops) = 0;
  // Completions of any disk; never waits.
  virtual std::size_t collect(std::span<block::BlockCompletion> out) = 0;
  // Descriptors of which at least one is readable while collect() has something to do.
  virtual std::vector<int> fds() const = 0;
  // How many disks there are to be fair to.
  virtual void set_disk_count(std::size_t disks) = 0;
  virtual const char* name() const = 0;
};

// What the ring engine needs of a ring.
Result<io::Uring> make_file_ring(std::size_t queue_depth);
Result<std::unique_ptr<OpEngine>> make_uring_engine(io::Uring ring, std::size_t queue_depth);
Result<std::unique_ptr<OpEngine>> make_thread_engine(std::size_t queue_depth, std::size_t threads);

}  // namespace aoekit::backend
