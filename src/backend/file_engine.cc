// Chooses the way to the kernel, and opens disks on it.
#include "backend/file_engine.h"

#include "backend/engine_state.h"
#include "backend/file_disk.h"
#include "base/check.h"
#include "base/log.h"

namespace aoekit::backend {
namespace {

Result<std::unique_ptr<OpEngine>> make_engine(const FileEngineOptions& options) {
  if (options.engine == Engine::threads) return make_thread_engine(options.queue_depth, options.threads);
  Result<io::Uring> ring = make_file_ring(options.queue_depth);
  if (ring) return make_uring_engine(std::move(*ring), options.queue_depth);
  if (options.engine == Engine::io_uring) return tl::unexpected(ring.error());
  log(LogLevel::notice, "{}; {} threads do the I/O of files and devices instead", ring.error().message,
      options.threads);
  return make_thread_engine(options.queue_depth, options.threads);
}

}  // namespace

FileEngine::FileEngine(std::shared_ptr<EngineState> state) : state_(std::move(state)) {}
FileEngine::FileEngine(FileEngine&&) noexcept = default;
FileEngine& FileEngine::operator=(FileEngine&&) noexcept = default;
FileEngine::~FileEngine() = default;

Result<FileEngine> FileEngine::create(const FileEngineOptions& options) {
  AOEKIT_CHECK(options.queue_depth > 0 && options.threads > 0);
  Result<std::unique_ptr<OpEngine>> engine = make_engine(options);
  if (!engine) return tl::unexpected(engine.error());
  auto state = EngineState::create(std::move(*engine), options.queue_depth);
  if (!state) return tl::unexpected(state.error());
  return FileEngine(std::move(*state));
}

Result<std::unique_ptr<block::BlockDevice>> FileEngine::open(const FileDeviceOptions& options) {
  Result<OpenedFile> file = open_file(options);
  if (!file) return tl::unexpected(file.error());
  return attach(std::move(*file));
}

std::unique_ptr<block::BlockDevice> FileEngine::attach(OpenedFile file) {
  return std::make_unique<FileDisk>(state_, std::move(file));
}

std::size_t FileEngine::reap(std::span<block::BlockCompletion> out) { return state_->reap(out); }
int FileEngine::completion_fd() const { return state_->completion_fd(); }
const char* FileEngine::name() const { return state_->name(); }

Result<std::unique_ptr<block::BlockDevice>> open_file_device(const FileDeviceOptions& options,
                                                             const FileEngineOptions& engine) {
  // The file first: what is wrong with it is what the user wants to hear.
  Result<OpenedFile> file = open_file(options);
  if (!file) return tl::unexpected(file.error());
  Result<FileEngine> made = FileEngine::create(engine);
  if (!made) return tl::unexpected(made.error());
  return made->attach(std::move(*file));
}

}  // namespace aoekit::backend
