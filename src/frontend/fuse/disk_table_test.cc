// Disks come, change, go, and show the partitions of their tables.
#include "frontend/fuse/disk_table.h"

#include <gtest/gtest.h>

#include "frontend/fuse/fake_aoe.h"

namespace aoekit::fuse {
namespace {

class DiskTableTest : public testing::Test {
 protected:
  DiskTableTest()
      : mailbox_(std::move(*Mailbox::create())), clients_(std::move(*Clients::start({}, "", *mailbox_))) {
    context_ = {clients_.get(), &pool_, mailbox_.get()};
  }
  ~DiskTableTest() override {
    run();
    EXPECT_TRUE(table_.drain());
  }
  void run() {
    do {
      aoe_.finish_all();
      for (DiskRequest* request = mailbox_->take().requests; request != nullptr;) {
        DiskRequest* next = request->next;
        request->resume(*request);
        request = next;
      }
      table_.after_wakeup();
    } while (!aoe_.queue.empty());
  }
  void partition(aoe_disk& disk, std::size_t index, std::uint32_t first, std::uint32_t sectors) {
    std::uint8_t* entry = disk.bytes.data() + 446 + 16 * index;
    entry[4] = sectors == 0 ? 0 : 0x83;
    for (std::size_t i = 0; i < 4; ++i) {
      entry[8 + i] = static_cast<std::uint8_t>(first >> (8 * i));
      entry[12 + i] = static_cast<std::uint8_t>(sectors >> (8 * i));
    }
    disk.bytes[510] = 0x55;
    disk.bytes[511] = 0xaa;
  }

  FakeAoe aoe_;
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<Clients> clients_;
  BufferPool pool_{{.small_bytes = 4096, .small_count = 2, .large_bytes = 320 * 1024, .large_count = 1}};
  DiskContext context_;
  std::vector<Address> resized_;
  DiskTable table_{context_, *DeviceFilter::parse("1.*"), [this](const Disk& disk) { resized_.push_back(disk.address()); }};
};

TEST_F(DiskTableTest, ShowsWhatIsIdentifiedAndAllowed) {
  aoe_.add(1, 2, 4096);
  aoe_.add(1, 3, 4096).status.state = AOE_DISK_FOUND;
  aoe_.add(2, 2, 4096);
  table_.refresh();
  EXPECT_NE(table_.find({1, 2}), nullptr);
  EXPECT_EQ(table_.find({1, 3}), nullptr);
  EXPECT_EQ(table_.find({2, 2}), nullptr);
}

TEST_F(DiskTableTest, MoreDisksThanExpected) {
  for (unsigned slot = 0; slot < 100; ++slot) aoe_.add(1, static_cast<std::uint8_t>(slot), 4096);
  table_.refresh();
  EXPECT_EQ(table_.all().size(), 100u);
  run();
}

TEST_F(DiskTableTest, AForgottenDiskKeepsItsNumber) {
  aoe_.add(1, 2, 4096);
  table_.refresh();
  run();
  const std::uint32_t index = table_.find({1, 2})->index();
  auto gone = std::move(aoe_.disks[{1, 2}]);
  aoe_.disks.clear();
  table_.refresh();
  EXPECT_EQ(table_.find({1, 2}), nullptr);
  ASSERT_NE(table_.at(index), nullptr);
  aoe_.disks[{1, 2}] = std::move(gone);
  table_.refresh();
  EXPECT_EQ(table_.find({1, 2})->index(), index);
}

TEST_F(DiskTableTest, TellsOfANewSize) {
  aoe_disk& disk = aoe_.add(1, 2, 4096);
  table_.refresh();
  table_.refresh();
  EXPECT_TRUE(resized_.empty());
  run();
  disk.bytes.resize(8192);
  disk.status.size_bytes = 8192;
  table_.refresh();
  EXPECT_EQ(resized_, std::vector{(Address{1, 2})});
  EXPECT_EQ(table_.find({1, 2})->size(), 8192u);
}

TEST_F(DiskTableTest, PartitionsAreFoundAndFoundAgain) {
  aoe_disk& device = aoe_.add(1, 2, 1024 * 1024);
  partition(device, 0, 64, 100);
  partition(device, 1, 512, 200);
  table_.refresh();
  Disk& disk = *table_.find({1, 2});
  EXPECT_TRUE(disk.partitions().empty());
  run();
  ASSERT_EQ(disk.partitions().size(), 2u);
  const auto first = disk.partitions()[0], second = disk.partitions()[1];
  EXPECT_EQ(second.number, 2u);
  EXPECT_EQ(disk.window(second.window)->first_byte, 512u * 512);
  EXPECT_EQ(disk.window(second.window)->bytes, 200u * 512);
  EXPECT_EQ(device.opened, 0u) << "a scan must not keep the disk open";

  // The first grows in place and stays the same file; the second moves and is another one.
  partition(device, 0, 64, 300);
  partition(device, 1, 600, 200);
  disk.scan_partitions();
  disk.scan_partitions();  // while one is going on
  run();
  ASSERT_EQ(disk.partitions().size(), 2u);
  EXPECT_EQ(disk.partitions()[0].window, first.window);
  EXPECT_EQ(disk.window(first.window)->bytes, 300u * 512);
  EXPECT_NE(disk.partitions()[1].window, second.window);
  EXPECT_EQ(disk.window(second.window)->first_byte, 512u * 512);
  EXPECT_EQ(disk.window(999), nullptr);
}

TEST_F(DiskTableTest, ADiskThatCannotBeReadKeepsItsPartitions) {
  aoe_disk& device = aoe_.add(1, 2, 1024 * 1024);
  partition(device, 0, 64, 100);
  table_.refresh();
  run();
  Disk& disk = *table_.find({1, 2});
  disk.scan_partitions();
  aoe_.finish_one(-EIO);
  run();
  EXPECT_EQ(disk.partitions().size(), 1u);
  EXPECT_EQ(device.opened, 0u);
}

TEST_F(DiskTableTest, LooksAgainWhenADiskIsUpAgain) {
  aoe_disk& device = aoe_.add(1, 2, 1024 * 1024);
  device.status.state = AOE_DISK_DOWN;
  table_.refresh();
  run();
  EXPECT_EQ(aoe_.log, "");
  partition(device, 0, 64, 100);
  device.status.state = AOE_DISK_UP;
  table_.refresh();
  run();
  EXPECT_EQ(table_.find({1, 2})->partitions().size(), 1u);
}

TEST_F(DiskTableTest, AnOpenDiskStaysWithTheClientThatOpenedIt) {
  aoe_.add(1, 2, 4096);
  table_.refresh();
  run();
  Disk& disk = *table_.find({1, 2});
  const aoe_client* first = clients_->current();
  ASSERT_EQ(disk.open_file(), 0);
  ASSERT_TRUE(clients_->use("eth1"));
  EXPECT_NE(clients_->current(), first);
  const auto tidy = [&] { clients_->tidy([&](const aoe_client* client) { return table_.uses(client); }); };
  tidy();
  EXPECT_EQ(aoe_.clients, 2u);
  // The new client does not know the disk; it is there all the same.
  auto gone = std::move(aoe_.disks[{1, 2}]);
  aoe_.disks.clear();
  table_.refresh();
  EXPECT_NE(table_.find({1, 2}), nullptr);
  disk.close_file();
  run();
  tidy();
  EXPECT_EQ(aoe_.clients, 1u);
  table_.refresh();
  EXPECT_EQ(table_.find({1, 2}), nullptr);
}

TEST_F(DiskTableTest, AClientThatDoesNotStartChangesNothing) {
  const aoe_client* first = clients_->current();
  aoe_.start_error = -ENODEV;
  const Status used = clients_->use("nosuch0");
  EXPECT_EQ(used.error().os_error, ENODEV);
  EXPECT_EQ(clients_->current(), first);
  EXPECT_EQ(clients_->interfaces(), "");
}

}  // namespace
}  // namespace aoekit::fuse
