// Chooses the engine for an opened file.
#include "backend/file_device.h"

#include "backend/file_engines.h"
#include "base/check.h"
#include "base/log.h"

namespace aoekit::backend {

Result<std::unique_ptr<block::BlockDevice>> open_file_device(const FileDeviceOptions& options) {
  AOEKIT_CHECK(options.queue_depth > 0 && options.threads > 0);
  Result<OpenedFile> file = open_file(options);
  if (!file) return tl::unexpected(file.error());
  if (options.engine == Engine::threads) {
    return make_thread_device(std::move(*file), options.queue_depth, options.threads);
  }
  Result<io::Uring> ring = make_file_ring(options.queue_depth);
  if (ring) return make_uring_device(std::move(*file), std::move(*ring), options.queue_depth);
  if (options.engine == Engine::io_uring) return tl::unexpected(ring.error());
  log(LogLevel::notice, "{}: {}; {} threads do its I/O instead", options.path, ring.error().message, options.threads);
  return make_thread_device(std::move(*file), options.queue_depth, options.threads);
}

}  // namespace aoekit::backend
