// Late copies of writes: told from new requests by tag, and left alone where the tags prove nothing.
#include "target/fingerprint.h"
#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

constexpr wire::MacAddress kAlicesOther{{0x02, 0, 0, 0, 0, 0xa2}};

class LateCopy : public TargetFixture {
 protected:
  // Writes `fill` to sector 10; done at once if it reaches the disk. Says whether it did.
  bool write_reaches_disk(std::uint8_t fill, std::uint32_t tag, wire::MacAddress source = kAlice,
                          Instant now = Instant{}) {
    std::array<std::uint8_t, 2048> memory{};
    core_.on_frame(port_, wire::encode(memory, header({.source = source, .tag = tag}, 0), write(10, 1, sectors(1, fill))),
                   now, outbox_);
    const auto replies = turn();
    if (started_.empty()) {
      EXPECT_EQ(replies.size(), 1U) << "a late copy is answered, for its sender may still wait";
      return false;
    }
    EXPECT_TRUE(replies.empty());
    complete();
    return true;
  }
  // A tag as the Linux driver makes it.
  static std::uint32_t linux_tag(std::uint32_t counter, std::uint32_t jiffies) { return counter << 16 | jiffies; }
  // Enough writes for its way of counting to be believed.
  void learn_linux(wire::MacAddress source = kAlice) {
    for (std::uint32_t i = 1; i <= 10; ++i) write_reaches_disk(static_cast<std::uint8_t>(i), linux_tag(i, 1000), source);
  }
};

TEST_F(LateCopy, WithTheTagOfTheOriginalDoesNotUndoANewerWrite) {
  ASSERT_TRUE(write_reaches_disk(1, 100));
  ASSERT_TRUE(write_reaches_disk(2, 101));
  EXPECT_FALSE(write_reaches_disk(1, 100));
  EXPECT_EQ(core_.counters().late_copies, 1U);
}

TEST_F(LateCopy, IsNotKnownWhenItsTimeIsOver) {
  ASSERT_TRUE(write_reaches_disk(1, 100));
  ASSERT_TRUE(write_reaches_disk(2, 101));
  EXPECT_TRUE(write_reaches_disk(1, 100, kAlice, Instant{} + std::chrono::seconds(5)));
}

TEST_F(LateCopy, IsNotKnownWhenNobodyWroteAnythingForLong) {
  ASSERT_TRUE(write_reaches_disk(1, 100));
  now_ = Instant{} + std::chrono::hours(24);
  EXPECT_TRUE(write_reaches_disk(1, 100, kAlice, now_));
}

TEST_F(LateCopy, ByAnotherInterfaceOfItsSenderIsKnownByTheTag) {
  ASSERT_TRUE(write_reaches_disk(1, 0x80000100, kAlice));
  ASSERT_TRUE(write_reaches_disk(2, 0x80000101, kBob));
  EXPECT_FALSE(write_reaches_disk(1, 0x80000100, kAlicesOther));
}

TEST_F(LateCopy, BehindANewerWriteThatIsUnderWay) {
  ASSERT_TRUE(write_reaches_disk(1, 100));
  send_ata(write(10, 1, sectors(1, 2)), {.tag = 101});
  ASSERT_EQ(started_.size(), 1U);
  send_ata(write(10, 1, sectors(1, 1)), {.tag = 100});
  complete();
  EXPECT_TRUE(started_.empty()) << "the copy would undo the newer write";
}

TEST_F(LateCopy, IsNoneWhenTheSameDataIsWrittenAgainUnderAnotherTag) {
  ASSERT_TRUE(write_reaches_disk(1, 100));
  ASSERT_TRUE(write_reaches_disk(2, 101));
  EXPECT_TRUE(write_reaches_disk(1, 102));
}

TEST_F(LateCopy, IsNoneForAClientThatAlwaysUsesTheSameTag) {
  ASSERT_TRUE(write_reaches_disk(1, 0));
  ASSERT_TRUE(write_reaches_disk(2, 0));
  EXPECT_TRUE(write_reaches_disk(1, 0));
}

TEST_F(LateCopy, IsNoneForAClientWhoseTagsAreItsSlots) {
  for (std::uint8_t fill = 10; fill < 14; ++fill) ASSERT_TRUE(write_reaches_disk(fill, fill % 2));
  ASSERT_TRUE(write_reaches_disk(1, 0));
  ASSERT_TRUE(write_reaches_disk(2, 1));
  EXPECT_TRUE(write_reaches_disk(1, 0)) << "a new request, though it looks like the one before the last";
}

// The table of clients has few places, and one that was seen to repeat its tags may have lost its own.
TEST_F(LateCopy, IsNoneForAClientOfOneTagOfWhichNothingIsKnownAnyMore) {
  ASSERT_TRUE(write_reaches_disk(1, 0));
  ASSERT_TRUE(write_reaches_disk(2, 0));
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const wire::MacAddress other{{0x02, 0xff, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
    send_ata(write(20, 1, sectors(1, 1)), {.source = other, .tag = 0x90000000 + i});
    complete();
  }
  EXPECT_TRUE(write_reaches_disk(1, 0));
}

TEST_F(LateCopy, OfOtherDataIsNone) {
  ASSERT_TRUE(write_reaches_disk(1, 100));
  ASSERT_TRUE(write_reaches_disk(2, 101));
  EXPECT_TRUE(write_reaches_disk(3, 100));
}

TEST_F(LateCopy, OfDataOfWhichOneByteDiffersIsNone) {
  std::vector<std::uint8_t> data = sectors(2, 7);
  const std::uint64_t print = fingerprint(data);
  for (std::uint8_t& byte : data) {
    byte ^= 0x10;
    ASSERT_NE(fingerprint(data), print);
    byte ^= 0x10;
  }
  EXPECT_EQ(fingerprint(data), print);
  EXPECT_NE(fingerprint(sectors(1, 0)), fingerprint(sectors(2, 0)));
}

// Found by the simulator, seed 4715: a flush had made the write stable, its late copy lay in the volatile cache again, and
// the power cut left garbage.
TEST_F(LateCopy, OfWhatIsOnTheDiskIsNotWrittenAgain) {
  ASSERT_TRUE(write_reaches_disk(1, 0x80000100));
  send_ata(transfer(0xea, 0, 0), {.tag = 0x80000101});
  ASSERT_EQ(complete().size(), 1U);
  EXPECT_FALSE(write_reaches_disk(1, 0x80000100));
  EXPECT_TRUE(write_reaches_disk(1, 0x80000102)) << "a request of its own";
}

TEST_F(LateCopy, OfTheLinuxDriverOfWhatIsOnTheDiskIsNotWrittenAgain) {
  learn_linux();
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(12, 1025)));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(11, 1000)));
  EXPECT_TRUE(write_reaches_disk(0x11, linux_tag(13, 1030))) << "a request of its own";
}

TEST_F(LateCopy, OfTheLinuxDriverIsKnownByItsCounterAndClock) {
  learn_linux();
  // Sent at 11, sent again at 12, which is answered; then a newer write; then the first comes after all.
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(12, 1025)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(13, 1030)));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(11, 1000)));
}

// Found by the simulator, seed 2481: a tag that came twice was taken for a sign that the tags do not count.
TEST_F(LateCopy, OfTheLinuxDriverIsKnownWhereTheNetworkDoublesFrames) {
  learn_linux();
  for (std::uint32_t i = 11; i < 15; ++i) {
    const std::vector<std::uint8_t> data = sectors(1, static_cast<std::uint8_t>(i));
    send_ata(write(10, 1, data), {.tag = linux_tag(i, 1000)});
    send_ata(write(10, 1, data), {.tag = linux_tag(i, 1000)});
    ASSERT_EQ(started_.size(), 1U);
    complete();
  }
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(16, 1025)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(17, 1030)));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(15, 1000)));
}

TEST_F(LateCopy, OfTheLinuxDriverIsKnownThoughItMostlyReads) {
  learn_linux();
  std::uint32_t counter = 10;
  for (std::uint8_t fill = 1; fill <= 6; ++fill) {
    for (std::uint32_t i = 0; i < 300; ++i) {
      send_ata(read(10, 1), {.tag = linux_tag(++counter, 1000)});
      complete();
    }
    ASSERT_TRUE(write_reaches_disk(fill, linux_tag(++counter, 1000)));
  }
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(counter + 2, 1025)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(counter + 3, 1030)));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(counter + 1, 1000)));
}

TEST_F(LateCopy, OfTheLinuxDriverIsKnownThoughFramesAreHeldUpForLong) {
  learn_linux();
  std::uint32_t counter = 20;
  const auto read_one = [&] {
    send_ata(read(10, 1), {.tag = linux_tag(counter, 1000 + counter)});
    complete();
    ++counter;
  };
  while (counter < 500) read_one();
  for (std::uint8_t i = 11; i < 20; ++i) {
    ASSERT_TRUE(write_reaches_disk(i, linux_tag(i, 1001))) << "nothing was heard of it before";
    read_one();
  }
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(counter + 1, 1525)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(counter + 2, 1530)));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(counter, 1510)));
}

TEST_F(LateCopy, OfTheLinuxDriverDoesNotUndoTheWriteOfAnotherStation) {
  learn_linux();
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(12, 1025)));
  ASSERT_TRUE(write_reaches_disk(0x22, 0x80000001, kBob));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(11, 1000))) << "sent before its original was";
  EXPECT_TRUE(write_reaches_disk(0x11, linux_tag(13, 1040))) << "sent after it: perhaps after Bob's";
}

// Found by the simulator, seed 130: the write was skipped, although one of its two sectors had been written in between.
TEST_F(LateCopy, OfTheLinuxDriverIsNoneIfSomethingWasWrittenBetweenTheOriginalAndIt) {
  learn_linux();
  const auto write_two = [&](std::uint8_t lba, std::uint8_t fill, std::uint32_t counter) {
    send_ata(write(lba, 2, sectors(2, fill)), {.tag = linux_tag(counter, 1000)});
    if (started_.empty()) return false;
    complete();
    return true;
  };
  ASSERT_TRUE(write_two(10, 0x11, 11));
  ASSERT_TRUE(write_two(10, 0x22, 12));
  // 13 and 14 are under way at once, and 14 arrives first.
  ASSERT_TRUE(write_two(11, 0x33, 14));
  EXPECT_TRUE(write_two(10, 0x11, 13)) << "sector 10 would keep the data of 12";
}

TEST_F(LateCopy, OfOneLinuxMachineIsNotJudgedByTheTagsOfAnother) {
  learn_linux(kAlice);
  for (std::uint32_t i = 1; i <= 10; ++i) write_reaches_disk(static_cast<std::uint8_t>(i), linux_tag(5000 + i, 1000), kBob);
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(11, 1010), kAlice));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(5020, 1020), kBob));
  EXPECT_TRUE(write_reaches_disk(0x11, linux_tag(12, 1015), kAlice));
}

TEST_F(LateCopy, OfOneLinuxMachineIsNotJudgedByTheTagsOfItsTwin) {
  // Both were switched on at once, and count in step.
  for (std::uint32_t i = 1; i <= 60; ++i) {
    write_reaches_disk(static_cast<std::uint8_t>(i), linux_tag(i, 1000), kAlice);
    write_reaches_disk(static_cast<std::uint8_t>(100 + i), linux_tag(i + i % 2, 1000), kBob);
  }
  ASSERT_TRUE(write_reaches_disk(0xf1, linux_tag(62, 1010), kBob));
  ASSERT_TRUE(write_reaches_disk(0xf2, linux_tag(64, 1010), kBob));
  EXPECT_TRUE(write_reaches_disk(0xf1, linux_tag(63, 1010), kAlice)) << "Alice's own write";
}

TEST_F(LateCopy, LinuxMayWriteTheSameDataAgain) {
  learn_linux();
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(12, 1025)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(13, 1030)));
  EXPECT_TRUE(write_reaches_disk(0x11, linux_tag(14, 1031)));
}

TEST_F(LateCopy, TheLinuxCounterAndClockWrapAround) {
  for (std::uint32_t i = 0; i < 10; ++i) {
    write_reaches_disk(static_cast<std::uint8_t>(i), linux_tag(0x7ff4 + i, 0xfff0));
  }
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(0x7fff, 0xffff)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(0x0001, 0x0003)));
  EXPECT_FALSE(write_reaches_disk(0x11, linux_tag(0x7ffe, 0xfffa)));
  EXPECT_TRUE(write_reaches_disk(0x11, linux_tag(0x0002, 0x0004)));
}

TEST_F(LateCopy, TagsThatDoNotCountUpProveNothing) {
  // WinAoE: a little-endian counter. Read as Linux tags, the last of these would be older than the one before.
  for (std::uint32_t i = 1; i <= 12; ++i) write_reaches_disk(static_cast<std::uint8_t>(i), i << 24);
  ASSERT_TRUE(write_reaches_disk(0x11, 0x0e000000));
  ASSERT_TRUE(write_reaches_disk(0x22, 0x0f000000));
  EXPECT_TRUE(write_reaches_disk(0x11, 0x0d000000));
}

TEST_F(LateCopy, TheClockMustAgreeWithTheCounter) {
  learn_linux();
  ASSERT_TRUE(write_reaches_disk(0x11, linux_tag(12, 1025)));
  ASSERT_TRUE(write_reaches_disk(0x22, linux_tag(13, 1030)));
  EXPECT_TRUE(write_reaches_disk(0x11, linux_tag(11, 1031))) << "an older number, but a later time";
}

TEST_F(LateCopy, OfATrimDoesNotDestroyANewerWrite) {
  std::vector<std::uint8_t> block(512);
  block[0] = 10, block[6] = 1;
  wire::AtaBody trim = transfer(0x06, 0, 1, block);
  trim.feature_or_error = 1;
  send_ata(trim, {.tag = 100});
  complete();
  ASSERT_TRUE(write_reaches_disk(2, 101));
  EXPECT_EQ(send_ata(trim, {.tag = 100}).size(), 1U);
  EXPECT_TRUE(started_.empty());
}

}  // namespace
}  // namespace aoekit::target
