// Files and block devices by io_uring, past the page cache where there is a way: aoefuse's files, the disks of the
// kernel's driver, and whatever else is to be compared with them.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "cli/bench/disk_access.h"

namespace aoekit::bench {

struct BenchFile {
  std::string path;
  Fd fd;
  Sectors size{};
  bool direct = false;  // past the page cache
};

class FileAccess final : public DiskAccess {
 public:
  enum class Use : std::uint8_t { reading, writing };
  struct Options {
    Use use = Use::reading;
    std::size_t requests = 32;  // under way at a time, of all files
  };
  // Errors: no such file, not one with a size, in use by somebody (if it is to be written), no io_uring.
  static Result<std::unique_ptr<FileAccess>> open(const Options& options, const std::vector<std::string>& paths);
  ~FileAccess() override { FileAccess::end(); }
  FileAccess(const FileAccess&) = delete;
  FileAccess& operator=(const FileAccess&) = delete;

  const std::vector<BenchFile>& files() const { return files_; }

  Status start(Job& job) override;
  Status poll(Sleep sleep) override;
  bool end() override;

 private:
  struct Close {
    void operator()(io_uring* ring) const {
      io_uring_queue_exit(ring);
      delete ring;
    }
  };
  FileAccess() = default;
  Status submit_and_wait(Instant until);
  void tell_all();
  void tell(Job& job, int result);

  std::vector<BenchFile> files_;
  std::unique_ptr<io_uring, Close> ring_;
  std::size_t under_way_ = 0;
};

}  // namespace aoekit::bench
