// A network in memory for testing the suite: one station, one target core with its disk, and what can go wrong there.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "cli/conform/print_results.h"
#include "cli/conform/runner.h"
#include "target/target_core.h"

namespace aoekit::conform {

inline constexpr wire::MacAddress kOwnMac{{0x02, 0, 0, 0, 0, 0x02}};
inline constexpr wire::MacAddress kTargetMac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr wire::AoeAddress kAddress{1, 2};
inline constexpr Sectors kDiskSize{4096};

// What a broken target does to a reply before it leaves; an empty frame is one that never does.
using Mutation = std::function<void(Bytes& reply)>;

// A network of one station and one target, whose time passes only while somebody waits.
class MemoryLink final : public Link {
 public:
  explicit MemoryLink(std::uint32_t mtu_bytes)
      : mtu_bytes_(mtu_bytes),
        core_(target::TargetLimits{}),
        outbox_(core_.outbox_capacity()),
        disk_(kDiskSize.bytes()) {
    for (std::size_t i = 0; i < disk_.size(); ++i) disk_[i] = static_cast<std::uint8_t>(i * 7 + i / 512);
    port_ = core_.add_port({kTargetMac, mtu_bytes});
    target::ExportOptions options;
    options.address = kAddress;
    options.size = kDiskSize;
    options.identity = {.serial = "1.2:test", .model = "aoekit test", .firmware = "0.1"};
    options.identity.can_trim = true;
    options.identity.has_write_cache = true;
    id_ = core_.add_export(options, now_);
  }

  wire::MacAddress mac() const override { return kOwnMac; }
  std::uint32_t mtu_bytes() const override { return mtu_bytes_; }
  bool sends_short_frames() const override { return true; }
  bool sees_other_stations() const override { return promiscuous; }
  Instant now() const override { return now_; }

  Status send(std::span<const Bytes> frames) override {
    for (const Bytes& frame : frames) {
      if (frames_until_death-- <= 0) return {};
      core_.on_frame(port_, frame, now_, outbox_);
      turn();
    }
    return {};
  }
  Result<std::optional<Bytes>> next(Duration patience) override {
    if (arrived_.empty()) {
      now_ += patience;
      return std::nullopt;
    }
    Bytes frame = std::move(arrived_.front());
    arrived_.pop_front();
    return frame;
  }

  const target::Export& exported() const { return core_.exported(id_); }
  const Bytes& disk() const { return disk_; }

  Mutation mutation = [](Bytes&) {};
  long frames_until_death = 1'000'000;
  bool promiscuous = true;

 private:
  void turn() {
    while (!outbox_.ops.empty() || !outbox_.frames.empty()) {
      for (const target::TxFrame& frame : outbox_.frames) {
        Bytes bytes(frame.bytes.begin(), frame.bytes.end());
        mutation(bytes);
        if (!bytes.empty() && bytes.size() <= mtu_bytes_ + wire::kEthernetHeaderBytes) arrived_.push_back(bytes);
      }
      std::vector<block::BlockCompletion> done;
      for (const target::ExportOp& op : outbox_.ops) done.push_back({op.op.cookie, execute(op.op)});
      core_.recycle(outbox_);
      core_.on_block_done(done, now_, outbox_);
    }
  }
  block::BlockStatus execute(const block::BlockOp& op) {
    const MutableBytes place = op.kind == block::OpKind::flush
                                   ? MutableBytes{}
                                   : MutableBytes(disk_).subspan(op.range.first.byte_offset(), op.range.count.bytes());
    switch (op.kind) {
      case block::OpKind::read:
        std::copy(place.begin(), place.end(), op.data.begin());
        break;
      case block::OpKind::write:
        std::copy(op.data.begin(), op.data.end(), place.begin());
        break;
      case block::OpKind::trim:
        std::fill(place.begin(), place.end(), std::uint8_t{0});
        break;
      case block::OpKind::flush:
        break;
    }
    return block::BlockStatus::ok;
  }

  std::uint32_t mtu_bytes_;
  Instant now_{};
  target::TargetCore core_;
  target::Outbox outbox_;
  target::PortId port_;
  target::ExportId id_;
  Bytes disk_;
  std::deque<Bytes> arrived_;
};

inline ProbeOptions probe_options() {
  ProbeOptions options;
  options.address = kAddress;
  options.window = SectorRange{{kDiskSize.count - 128}, {128}};
  for (std::uint8_t i = 0; i < 3; ++i) options.other_stations.push_back({{0x02, 0xa0, 0xe0, 0, 0, i}});
  return options;
}

inline RunResult run_suite(MemoryLink& link, ProbeOptions options, const std::string& only) {
  Probe probe(link, std::move(options));
  Runner runner(probe);
  const Status ready = runner.prepare();
  EXPECT_TRUE(ready.has_value()) << ready.error().message;
  return ready ? runner.run(only, [](const CaseResult&) {}) : RunResult{};
}

inline std::string failures_of(const RunResult& run) {
  std::string out;
  for (const CaseResult& result : run.cases) {
    if (result.outcome != Outcome::passed && result.outcome != Outcome::skipped) out += result_lines(result, &result);
  }
  for (const std::string& warning : run.warnings) out += "warning: " + warning + "\n";
  return out;
}

}  // namespace aoekit::conform
