// A disk on the network as an end of a copy.
#include <algorithm>

#include "cli/aoe_disk.h"
#include "cli/copy_endpoint.h"

namespace aoekit::cli {
namespace {

class AoeEndpoint final : public CopyEndpoint {
 public:
  AoeEndpoint(std::string name, std::unique_ptr<AoeDisk> disk) : name_(std::move(name)), disk_(std::move(disk)) {
    const aoe_disk_status status = disk_->status();
    identity_ = fmt::format("AoE disk, model '{}', serial number '{}'", status.model, status.serial);
  }

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return disk_->size().bytes(); }
  bool is_file() const override { return false; }
  std::string identity() const override { return identity_; }

  Status start(const CopyStep& step) override {
    // The disk has whole sectors only; what the last one holds beyond the copy's end becomes zero.
    const std::uint64_t sectors = (step.bytes + kSectorBytes - 1) / kSectorBytes;
    const SectorRange range{{step.offset / kSectorBytes}, {sectors}};
    const MutableBytes memory = step.memory.first(step.memory.empty() ? 0 : range.count.bytes());
    switch (step.op) {
      case CopyOp::read: return disk_->submit(step.token, block::OpKind::read, range, memory);
      case CopyOp::write:
        std::fill(memory.begin() + static_cast<std::ptrdiff_t>(step.bytes), memory.end(), std::uint8_t{0});
        return disk_->submit(step.token, block::OpKind::write, range, memory);
      case CopyOp::zero: return disk_->submit_zero(step.token, range);
      case CopyOp::flush: return disk_->submit(step.token, block::OpKind::flush, {}, {});
    }
    return {};
  }
  std::optional<FinishedOp> finished() override { return disk_->finished(); }
  int fd() const override { return disk_->fd(); }

  std::uint64_t hole_end(std::uint64_t offset) override { return offset; }
  bool is_fresh() const override { return false; }
  void forget_cached() override {}
  std::uint64_t frames_sent_again() const override { return disk_->frames_sent_again(); }

 private:
  std::string name_;
  std::string identity_;
  std::unique_ptr<AoeDisk> disk_;
};

}  // namespace

Result<std::unique_ptr<CopyEndpoint>> open_aoe_endpoint(const std::string& name, const AoeDiskOptions& options) {
  auto disk = AoeDisk::open(options);
  if (!disk) return tl::unexpected(disk.error());
  return std::make_unique<AoeEndpoint>(name, std::move(*disk));
}

}  // namespace aoekit::cli
