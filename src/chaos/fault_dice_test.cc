// Fates of frames: as often as asked, the same for the same seed, in the order that a cable keeps.
#include "chaos/fault_dice.h"

#include <gtest/gtest.h>

#include <vector>

namespace aoekit::chaos {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr int kMany = 20000;

std::vector<std::uint8_t> frame_of(std::size_t bytes, std::uint16_t ether_type = 0x88a2) {
  std::vector<std::uint8_t> frame(bytes);
  frame[12] = static_cast<std::uint8_t>(ether_type >> 8);
  frame[13] = static_cast<std::uint8_t>(ether_type);
  return frame;
}
const std::vector<std::uint8_t> kFrame = frame_of(1060);

FaultDice dice_with(const FaultOptions& options, std::uint64_t seed = 1) { return {options, seed, seed + 1, kStart}; }

template <class Counts>
int count_of(FaultDice dice, Counts counts) {
  int count = 0;
  for (int i = 0; i < kMany; ++i) count += counts(dice.decide(kFrame, kStart + microseconds(10 * i))) ? 1 : 0;
  return count;
}

TEST(FaultDice, WithoutFaultsEverythingPassesAtOnce) {
  FaultDice dice = dice_with({});
  for (int i = 0; i < 1000; ++i) {
    const Fate fate = dice.decide(kFrame, kStart);
    ASSERT_EQ(fate.kind, Fate::Kind::delivered);
    ASSERT_EQ(fate.copies, 1U);
    ASSERT_EQ(fate.deliveries[0].at, kStart);
    ASSERT_FALSE(fate.deliveries[0].flipped_bit);
  }
}

TEST(FaultDice, EachFaultIsAsFrequentAsAsked) {
  // Six standard deviations of 2 % of 20000 are 119.
  const auto near_400 = [](int count) { return count > 281 && count < 519; };
  EXPECT_TRUE(near_400(count_of(dice_with({.loss = 0.02}), [](auto f) { return f.kind == Fate::Kind::lost; })));
  EXPECT_TRUE(near_400(count_of(dice_with({.duplicate = 0.02}), [](auto f) { return f.copies == 2; })));
  EXPECT_TRUE(near_400(count_of(dice_with({.reorder = 0.02}), [](auto f) { return f.held_back; })));
  EXPECT_TRUE(near_400(
      count_of(dice_with({.corrupt = 0.02}), [](auto f) { return f.deliveries[0].flipped_bit.has_value(); })));
  EXPECT_EQ(count_of(dice_with({.loss = 1}), [](auto f) { return f.kind == Fate::Kind::lost; }), kMany);
}

TEST(FaultDice, TheSeedDecides) {
  const FaultOptions options{.loss = 0.3, .duplicate = 0.3, .reorder = 0.3, .corrupt = 0.3, .delay = {{}, seconds(1)}};
  FaultDice one = dice_with(options, 7);
  FaultDice same = dice_with(options, 7);
  FaultDice other = dice_with(options, 8);
  int differences = 0;
  for (int i = 0; i < 1000; ++i) {
    const Fate fate = one.decide(kFrame, kStart);
    const Fate again = same.decide(kFrame, kStart);
    ASSERT_EQ(fate.kind, again.kind);
    ASSERT_EQ(fate.copies, again.copies);
    for (std::size_t copy = 0; copy < fate.copies; ++copy) {
      ASSERT_EQ(fate.deliveries[copy].at, again.deliveries[copy].at);
      ASSERT_EQ(fate.deliveries[copy].flipped_bit, again.deliveries[copy].flipped_bit);
    }
    if (fate.kind != other.decide(kFrame, kStart).kind) ++differences;
  }
  EXPECT_GT(differences, 100);
}

TEST(FaultDice, OneFaultDoesNotChangeAnother) {
  FaultDice alone = dice_with({.loss = 0.2});
  FaultDice together = dice_with({.loss = 0.2, .duplicate = 0.5, .reorder = 0.5, .corrupt = 0.5});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(alone.decide(kFrame, kStart).kind, together.decide(kFrame, kStart).kind);
}

TEST(FaultDice, DelayKeepsTheOrder) {
  FaultDice dice = dice_with({.duplicate = 0.2, .delay = {milliseconds(1), milliseconds(20)}});
  Instant last{};
  for (int i = 0; i < 5000; ++i) {
    const Instant now = kStart + microseconds(i);
    const Fate fate = dice.decide(kFrame, now);
    for (std::size_t copy = 0; copy < fate.copies; ++copy) {
      ASSERT_GE(fate.deliveries[copy].at, last);
      ASSERT_GE(fate.deliveries[copy].at, now + milliseconds(1));
      last = fate.deliveries[copy].at;
    }
    ASSERT_LE(last, now + milliseconds(20));
  }
}

TEST(FaultDice, HeldBackFramesAreOvertaken) {
  FaultDice dice = dice_with({.reorder = 0.1, .reorder_hold = milliseconds(5)});
  for (int i = 0; i < 1000; ++i) {
    const Instant now = kStart + milliseconds(i);
    const Fate fate = dice.decide(kFrame, now);
    ASSERT_EQ(fate.deliveries[0].at > now, fate.held_back);
    ASSERT_LE(fate.deliveries[0].at, now + milliseconds(5));
  }
}

TEST(FaultDice, RateSpacesFrames) {
  FaultDice dice = dice_with({.bits_per_second = 1060 * 8 * 1000});  // a frame a millisecond
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(dice.decide(kFrame, kStart).deliveries[0].at, kStart + milliseconds(i));
  const Instant later = kStart + seconds(1);
  EXPECT_EQ(dice.decide(kFrame, later).deliveries[0].at, later + milliseconds(1));
}

TEST(FaultDice, LongFramesVanish) {
  FaultDice dice = dice_with({.payload_bytes_max = 1500});
  EXPECT_EQ(dice.decide(frame_of(1514), kStart).kind, Fate::Kind::delivered);
  EXPECT_EQ(dice.decide(frame_of(1515), kStart).kind, Fate::Kind::too_long);
  // A VLAN tag is no payload.
  EXPECT_EQ(dice.decide(frame_of(1518, 0x8100), kStart).kind, Fate::Kind::delivered);
  EXPECT_EQ(dice.decide(frame_of(1519, 0x8100), kStart).kind, Fate::Kind::too_long);
}

TEST(FaultDice, OnlyAoeOnRequest) {
  FaultDice dice = dice_with({.loss = 1, .afflicted = Afflicted::aoe_only});
  std::vector<std::uint8_t> tagged = frame_of(64, 0x8100);
  EXPECT_EQ(dice.decide(frame_of(64, 0x0800), kStart).kind, Fate::Kind::delivered);
  EXPECT_EQ(dice.decide(tagged, kStart).kind, Fate::Kind::delivered);
  tagged[16] = 0x88;
  tagged[17] = 0xa2;
  EXPECT_EQ(dice.decide(tagged, kStart).kind, Fate::Kind::lost);
  EXPECT_EQ(dice.decide(kFrame, kStart).kind, Fate::Kind::lost);
  EXPECT_EQ(dice.decide(ByteView(kFrame).first(12), kStart).kind, Fate::Kind::delivered);
}

TEST(FaultDice, AddressesAreNeverDamaged) {
  FaultDice dice = dice_with({.corrupt = 1});
  const auto small = frame_of(60);
  for (int i = 0; i < 5000; ++i) {
    const auto bit = dice.decide(small, kStart).deliveries[0].flipped_bit;
    ASSERT_TRUE(bit);
    ASSERT_GE(*bit, 12 * 8U);
    ASSERT_LT(*bit, 60 * 8U);
  }
}

TEST(FaultDice, CutByHand) {
  FaultDice dice = dice_with({});
  dice.set_cut(true);
  EXPECT_EQ(dice.decide(kFrame, kStart).kind, Fate::Kind::cut);
  dice.set_cut(false);
  EXPECT_EQ(dice.decide(kFrame, kStart).kind, Fate::Kind::delivered);
}

TEST(CutSchedule, OneGapInEachPeriod) {
  CutSchedule schedule({.length = {seconds(2), seconds(5)}, .period = seconds(30)}, 3, kStart);
  Duration shortest = seconds(30);
  Duration longest{};
  for (int period = 0; period < 50; ++period) {
    Duration silent{};
    int begins = 0;
    bool before = false;
    for (int ms = 0; ms < 30000; ms += 10) {
      const bool now = schedule.silent_at(kStart + seconds(30) * period + milliseconds(ms));
      if (now) silent += milliseconds(10);
      if (now && !before) ++begins;
      before = now;
    }
    ASSERT_EQ(begins, 1);
    shortest = std::min(shortest, silent);
    longest = std::max(longest, silent);
  }
  EXPECT_GE(shortest, milliseconds(1980));
  EXPECT_LE(longest, milliseconds(5020));
  EXPECT_GT(longest, shortest + seconds(1));
}

TEST(CutSchedule, AWholePeriodIsAlwaysSilent) {
  CutSchedule schedule({.length = {seconds(1), seconds(1)}, .period = seconds(1)}, 3, kStart);
  for (int ms = 0; ms < 5000; ++ms) ASSERT_TRUE(schedule.silent_at(kStart + milliseconds(ms)));
}

}  // namespace
}  // namespace aoekit::chaos
