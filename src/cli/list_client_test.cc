// Mask and reserve lists through the station against the target core.
#include "cli/list_client.h"

#include <gtest/gtest.h>

#include "cli/ata_client.h"
#include "cli/fake_port.h"
#include "target/target_core.h"

namespace aoekit::cli {
namespace {

using std::chrono::milliseconds;

constexpr wire::MacAddress kServerMac{{2, 0, 0, 0, 0, 0x0b}};

struct ListClientTest : testing::Test {
  ListClientTest() : core(target::TargetLimits{}), outbox(core.outbox_capacity()) {
    target_port = core.add_port({kServerMac, 1500});
    target::ExportOptions options;
    options.address = {1, 2};
    options.size = Sectors{5000};
    core.add_export(options, Instant{});
    auto port = std::make_unique<FakePort>("eth0", [this](ByteView frame) { return answer(frame); });
    std::vector<std::unique_ptr<net::FramePort>> ports;
    ports.push_back(std::move(port));
    station.emplace(std::move(ports), nullptr);
    found = find_target(*station, {1, 2}, {milliseconds(100), 2}).value();
  }

  // The target's answers to one frame.
  std::vector<FakePort::Bytes> answer(ByteView frame) {
    core.on_frame(target_port, frame, Instant{}, outbox);
    std::vector<FakePort::Bytes> replies;
    for (const target::TxFrame& one : outbox.frames) replies.emplace_back(one.bytes.begin(), one.bytes.end());
    core.recycle(outbox);
    return replies;
  }

  target::TargetCore core;
  target::Outbox outbox;
  target::PortId target_port;
  std::optional<Station> station;
  Target found;
};

TEST_F(ListClientTest, AReservationIsExplainedWithItsHolder) {
  const wire::MacAddress other{{2, 0, 0, 0, 0, 0x77}};
  ASSERT_TRUE(change_reservation(*station, found, wire::ReserveOp::force_set, {other}, {}).has_value());
  wire::AtaBody command;
  command.command_or_status = 0x24;
  command.count = 1;
  const auto reply = ata_command(*station, found, command, {});
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().message, "e1.2: reserved for 02:00:00:00:00:77 (see: aoe reserve e1.2 list)");
}

TEST_F(ListClientTest, MaskListIsEditedAndRead) {
  EXPECT_TRUE(read_mask(*station, found, {})->empty());
  const MaskEdit edit{wire::MaskDirective::add, {kFakeOwnMac, kServerMac}};
  EXPECT_EQ(edit_mask(*station, found, edit, {}).value(), edit.macs);
  const MaskEdit removal{wire::MaskDirective::remove, {kServerMac}};
  EXPECT_EQ(edit_mask(*station, found, removal, {}).value(), MacList{kFakeOwnMac});
}

}  // namespace
}  // namespace aoekit::cli
