// What a disk adds to the engine: its size, and its return.
#include "backend/file_disk.h"

#include <sys/stat.h>

#include <cerrno>

#include "backend/op_check.h"
#include "base/log.h"

namespace aoekit::backend {
namespace {

bool is_gone(const Error& error) { return block::status_from_errno(error.os_error) == block::BlockStatus::unavailable; }

}  // namespace

FileDisk::FileDisk(std::shared_ptr<EngineState> state, OpenedFile file)
    : state_(std::move(state)), disk_(std::make_unique<OpenDisk>(std::move(file))) {
  state_->add_disk();
}

FileDisk::~FileDisk() {
  state_->wait_for(*disk_);
  state_->remove_disk();
}

void FileDisk::submit(std::span<const block::BlockOp> ops) {
  for (const block::BlockOp& op : ops) {
    check_op(op, info());
    if (op.kind == block::OpKind::trim) disk_->pages.trimmed();
  }
  if (disk_->file.fd.valid()) {
    state_->submit(*disk_, ops);
  } else {
    state_->refuse(ops, block::BlockStatus::unavailable);
  }
}

Result<Sectors> FileDisk::refresh_size() {
  OpenedFile& file = disk_->file;
  if (!file.fd.valid()) return fail_errno(ENODEV, "{} is gone", file.options.path);
  const Result<Sectors> size = medium_size(file);
  if (!size) return size;
  if (*size != file.medium_size) disk_->pages.resized();
  file.medium_size = *size;
  file.info.size = window_left(*size, file.options.first_sector, file.options.length);
  tell_if_deleted();
  return file.info.size;
}

void FileDisk::tell_if_deleted() {
  struct stat status {};
  if (told_deleted_ || disk_->file.medium != Medium::regular_file) return;
  if (fstat(disk_->file.fd.get(), &status) != 0 || status.st_nlink > 0) return;
  told_deleted_ = true;
  log(LogLevel::warning,
      "{} was deleted or replaced; what is exported is the old file, which lasts until the export is removed: save it, "
      "or remove the export and add it again to serve what the path names now",
      disk_->file.options.path);
}

Result<Sectors> FileDisk::reopen() {
  if (disk_->file.fd.valid()) {
    const Result<Sectors> size = refresh_size();
    if (size || !is_gone(size.error())) return size;
    if (disk_->in_flight > 0) {
      return fail_errno(EBUSY, "{} is gone and {} operations on it have not ended yet", disk_->file.options.path,
                        disk_->in_flight);
    }
    // While the old device is held its name is taken: what is plugged in again would be called something else.
    disk_->file.fd.reset();
    disk_->file.direct_fd.reset();
  }
  Result<OpenedFile> file = reopen_file(disk_->file);
  if (!file) return tl::unexpected(file.error());
  // What was said of it at first is what clients were told, and what they ask accordingly may fail, but is no mistake.
  const Sectors size = file->info.size;
  file->info = info();
  file->info.size = size;
  disk_ = std::make_unique<OpenDisk>(std::move(*file));
  return size;
}

}  // namespace aoekit::backend
