// One disk of a FileEngine.
#pragma once

#include <memory>
#include <span>

#include "backend/engine_state.h"
#include "block/block_device.h"

namespace aoekit::backend {

class FileDisk final : public block::BlockDevice {
 public:
  FileDisk(std::shared_ptr<EngineState> state, OpenedFile file);
  ~FileDisk() override;
  FileDisk(const FileDisk&) = delete;
  FileDisk& operator=(const FileDisk&) = delete;

  const block::DeviceInfo& info() const override { return disk_->file.info; }
  std::size_t max_in_flight() const override { return state_->queue_depth(); }
  void submit(std::span<const block::BlockOp> ops) override;
  std::size_t reap(std::span<block::BlockCompletion> out) override { return state_->reap(out); }
  int completion_fd() const override { return state_->completion_fd(); }
  Result<Sectors> refresh_size() override;
  Result<Sectors> reopen() override;
  const char* engine() const override { return state_->name(); }

 private:
  Status look_for_it();
  void tell_if_deleted();

  std::shared_ptr<EngineState> state_;
  std::unique_ptr<OpenDisk> disk_;  // its descriptor is not valid once the device behind it is known to be gone
  bool told_deleted_ = false;
};

}  // namespace aoekit::backend
