// Bulk transfers through the station against the target core, over a cable that loses frames.
#include "cli/transfer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "cli/ata_client.h"
#include "cli/fake_port.h"
#include "cli/list_client.h"
#include "target/target_core.h"

namespace aoekit::cli {
namespace {

using std::chrono::milliseconds;

constexpr wire::MacAddress kServerMac{{2, 0, 0, 0, 0, 0x0b}};
constexpr Sectors kSize{5000};

struct TransferTest : testing::Test {
  TransferTest() : core(target::TargetLimits{}), outbox(core.outbox_capacity()), disk(kSize.bytes()) {
    target_port = core.add_port({kServerMac, 1500});
    target::ExportOptions options;
    options.address = {1, 2};
    options.size = kSize;
    core.add_export(options, Instant{});
    std::iota(disk.begin(), disk.end(), std::uint8_t{3});
    auto port = std::make_unique<FakePort>("eth0", [this](ByteView frame) { return answer(frame); });
    std::vector<std::unique_ptr<net::FramePort>> ports;
    ports.push_back(std::move(port));
    station.emplace(std::move(ports), nullptr);
    found = find_target(*station, {1, 2}, {milliseconds(100), 2}).value();
  }

  // The target's answers to one frame; every `lose_every`-th frame is lost.
  std::vector<FakePort::Bytes> answer(ByteView frame) {
    ++frames;
    if (lose_every != 0 && frames % lose_every == 0) return {};
    core.on_frame(target_port, frame, Instant{}, outbox);
    std::vector<block::BlockCompletion> done;
    for (const target::ExportOp& started : outbox.ops) {
      const block::BlockOp& op = started.op;
      const auto place = disk.begin() + static_cast<std::ptrdiff_t>(op.range.first.byte_offset());
      if (op.kind == block::OpKind::write) std::copy(op.data.begin(), op.data.end(), place);
      if (op.kind == block::OpKind::read) std::copy_n(place, op.data.size(), op.data.begin());
      done.push_back({op.cookie, op.range.overlaps(bad) ? block::BlockStatus::medium_error : block::BlockStatus::ok});
    }
    std::vector<FakePort::Bytes> replies;
    take(replies);
    core.on_block_done(done, outbox);
    take(replies);
    return replies;
  }
  void take(std::vector<FakePort::Bytes>& replies) {
    for (const target::TxFrame& one : outbox.frames) replies.emplace_back(one.bytes.begin(), one.bytes.end());
    core.recycle(outbox);
  }

  target::TargetCore core;
  target::Outbox outbox;
  target::PortId target_port;
  std::vector<std::uint8_t> disk;
  SectorRange bad;
  std::uint64_t frames = 0, lose_every = 0;
  std::optional<Station> station;
  Target found;
};

TEST_F(TransferTest, ReadsInOrderThroughLoss) {
  auto remote = RemoteDisk::open(*station, found, std::chrono::seconds(5));
  ASSERT_TRUE(remote.has_value());
  lose_every = 400;
  std::vector<std::uint8_t> got;
  TransferSteps steps;
  steps.after = [&](SectorRange range, ByteView memory) -> Status {
    EXPECT_EQ(range.first.byte_offset(), 7 * kSectorBytes + got.size());
    got.insert(got.end(), memory.begin(), memory.end());
    return {};
  };
  const auto result = transfer(*remote, block::OpKind::read, {{7}, {4001}}, steps);
  EXPECT_FALSE(result.error.has_value());
  EXPECT_EQ(result.done.count, 4001U);
  EXPECT_GT(remote->counters().retransmitted, 0U);
  ASSERT_EQ(got.size(), 4001U * kSectorBytes);
  EXPECT_TRUE(std::equal(got.begin(), got.end(), disk.begin() + 7 * kSectorBytes));
}

TEST_F(TransferTest, WritesUntilTheInputEndsAndFlushes) {
  auto remote = RemoteDisk::open(*station, found, std::chrono::seconds(5));
  ASSERT_TRUE(remote.has_value());
  std::uint64_t left = 1000;
  TransferSteps steps;
  steps.before = [&](SectorRange range, MutableBytes memory) -> Result<Sectors> {
    std::fill(memory.begin(), memory.end(), std::uint8_t{0x5a});
    const Sectors there_is{std::min(left, range.count.count)};
    left -= there_is.count;
    return there_is;
  };
  const auto result = transfer(*remote, block::OpKind::write, {{100}, {4000}}, steps);
  EXPECT_FALSE(result.error.has_value());
  EXPECT_EQ(result.done.count, 1000U);
  EXPECT_TRUE(flush(*remote).has_value());
  EXPECT_EQ(std::count(disk.begin() + 100 * kSectorBytes, disk.begin() + 1100 * kSectorBytes, 0x5a),
            1000 * static_cast<std::ptrdiff_t>(kSectorBytes));
  EXPECT_NE(disk[1100 * kSectorBytes + 1], 0x5a);
}

TEST_F(TransferTest, AnErrorSaysWhereAndCountsWhatIsDoneBefore) {
  auto remote = RemoteDisk::open(*station, found, std::chrono::seconds(5));
  ASSERT_TRUE(remote.has_value());
  bad = {{600}, {1}};
  const auto result = transfer(*remote, block::OpKind::read, {{0}, {5000}}, {});
  ASSERT_TRUE(result.error.has_value());
  EXPECT_NE(result.error->message.find("reading sectors 600-601"), std::string::npos) << result.error->message;
  EXPECT_EQ(result.done.count, 512U);
}

TEST_F(TransferTest, AReservationIsExplainedWithItsHolder) {
  const wire::MacAddress other{{2, 0, 0, 0, 0, 0x77}};
  ASSERT_TRUE(change_reservation(*station, found, wire::ReserveOp::force_set, {other}, {}).has_value());
  auto remote = RemoteDisk::open(*station, found, std::chrono::seconds(5));
  ASSERT_TRUE(remote.has_value());
  const auto result = transfer(*remote, block::OpKind::read, {{0}, {1}}, {});
  ASSERT_TRUE(result.error.has_value());
  EXPECT_EQ(result.error->message, "e1.2: reserved for 02:00:00:00:00:77 (see: aoe reserve e1.2 list)");
}

TEST_F(TransferTest, MaskListIsEditedAndRead) {
  EXPECT_TRUE(read_mask(*station, found, {})->empty());
  const MaskEdit edit{wire::MaskDirective::add, {kFakeOwnMac, kServerMac}};
  EXPECT_EQ(edit_mask(*station, found, edit, {}).value(), edit.macs);
  const MaskEdit removal{wire::MaskDirective::remove, {kServerMac}};
  EXPECT_EQ(edit_mask(*station, found, removal, {}).value(), MacList{kFakeOwnMac});
}

}  // namespace
}  // namespace aoekit::cli
