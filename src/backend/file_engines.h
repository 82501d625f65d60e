// The two engines behind open_file_device(), for that function.
#pragma once

#include <cstddef>
#include <memory>

#include "backend/blocking_io.h"
#include "backend/opened_file.h"
#include "block/block_device.h"
#include "io/uring.h"

namespace aoekit::backend {

// What both engines are besides their way to the kernel.
class FileDevice : public block::BlockDevice {
 public:
  FileDevice(OpenedFile file, std::size_t queue_depth)
      : file_(std::move(file)), queue_depth_(queue_depth), io_(file_) {}
  FileDevice(const FileDevice&) = delete;
  FileDevice& operator=(const FileDevice&) = delete;

  const block::DeviceInfo& info() const final { return file_.info; }
  std::size_t max_in_flight() const final { return queue_depth_; }
  Result<Sectors> refresh_size() final {
    const Result<Sectors> size = medium_size(file_);
    if (size) file_.info.size = window_left(*size, file_.first_sector, file_.length);
    return size ? Result<Sectors>(file_.info.size) : size;
  }

 protected:
  const OpenedFile& file() const { return file_; }
  BlockingIo& blocking_io() { return io_; }

 private:
  OpenedFile file_;
  std::size_t queue_depth_;
  BlockingIo io_;
};

// What the ring engine needs of a ring.
Result<io::Uring> make_file_ring(std::size_t queue_depth);
Result<std::unique_ptr<block::BlockDevice>> make_uring_device(OpenedFile file, io::Uring ring, std::size_t queue_depth);
Result<std::unique_ptr<block::BlockDevice>> make_thread_device(OpenedFile file, std::size_t queue_depth,
                                                               std::size_t threads);

}  // namespace aoekit::backend
