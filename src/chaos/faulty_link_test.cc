// Frames through a link: order, bounds, damage, and that the counts add up.
#include "chaos/faulty_link.h"

#include <gtest/gtest.h>

#include <bit>
#include <deque>
#include <vector>

namespace aoekit::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

// A frame whose bytes behind the header are its number.
std::vector<std::uint8_t> numbered(std::uint8_t number) {
  std::vector<std::uint8_t> frame(60, number);
  std::fill(frame.begin(), frame.begin() + 14, std::uint8_t{0});
  return frame;
}

std::vector<int> numbers(std::span<const ByteView> frames) {
  std::vector<int> result;
  for (const ByteView frame : frames) result.push_back(frame.back());
  return result;
}

std::vector<int> pass(FaultyLink& link, std::initializer_list<int> wanted, Instant now) {
  std::deque<std::vector<std::uint8_t>> memory;
  std::vector<ByteView> views;
  for (const int number : wanted) views.emplace_back(memory.emplace_back(numbered(static_cast<std::uint8_t>(number))));
  return numbers(link.pass(views, now));
}

TEST(FaultyLink, WithoutFaultsFramesAreNotCopied) {
  FaultyLink link({}, 1, 2, kStart);
  const auto frame = numbered(7);
  const std::vector<ByteView> in(100, frame);
  const auto out = link.pass(in, kStart);
  ASSERT_EQ(out.size(), 100U);
  for (const ByteView view : out) ASSERT_EQ(view.data(), frame.data());
  EXPECT_FALSE(link.next_due());
}

TEST(FaultyLink, DelayedFramesComeWhenTheyAreDue) {
  FaultyLink link({.delay = {milliseconds(10), milliseconds(10)}}, 1, 2, kStart);
  EXPECT_EQ(pass(link, {1, 2}, kStart), std::vector<int>{});
  EXPECT_EQ(link.next_due(), kStart + milliseconds(10));
  EXPECT_EQ(pass(link, {3}, kStart + milliseconds(5)), std::vector<int>{});
  EXPECT_EQ(pass(link, {}, kStart + milliseconds(10)), (std::vector<int>{1, 2}));
  EXPECT_EQ(link.next_due(), kStart + milliseconds(15));
  EXPECT_EQ(pass(link, {4}, kStart + milliseconds(30)), std::vector<int>{3});
  EXPECT_EQ(pass(link, {}, kStart + milliseconds(40)), std::vector<int>{4});
}

TEST(FaultyLink, WhatIsDueGoesBeforeWhatArrives) {
  FaultyLink link({.reorder = 0.5, .reorder_hold = milliseconds(1)}, 1, 2, kStart);
  std::vector<int> held;
  int number = 0;
  while (!link.next_due()) pass(link, {++number}, kStart);
  EXPECT_EQ(pass(link, {100}, kStart + seconds(1)).front(), number);
}

TEST(FaultyLink, DamagedFramesKeepTheirPlaceAndDifferInOneBit) {
  FaultyLink link({.corrupt = 1}, 1, 2, kStart);
  const auto sent = numbered(1);
  const std::vector<ByteView> in(3, sent);
  const auto out = link.pass(in, kStart);
  ASSERT_EQ(out.size(), 3U);
  for (const ByteView frame : out) {
    int bits = 0;
    for (std::size_t i = 0; i < frame.size(); ++i) bits += std::popcount(static_cast<unsigned>(frame[i] ^ sent[i]));
    EXPECT_EQ(bits, 1);
  }
  EXPECT_EQ(link.counters().corrupted, 3U);
}

TEST(FaultyLink, CopiesFollowTheirOriginal) {
  FaultyLink link({.duplicate = 1}, 1, 2, kStart);
  EXPECT_EQ(pass(link, {1, 2}, kStart), (std::vector<int>{1, 1, 2, 2}));
  EXPECT_EQ(link.counters().duplicated, 2U);
}

TEST(FaultyLink, TheQueueIsBounded) {
  FaultyLink link({.delay = {seconds(1), seconds(1)}, .waiting_frames_max = 3}, 1, 2, kStart);
  pass(link, {1, 2, 3, 4, 5}, kStart);
  EXPECT_EQ(link.counters().overflowed, 2U);
  EXPECT_EQ(pass(link, {}, kStart + seconds(1)), (std::vector<int>{1, 2, 3}));
  pass(link, {6, 7, 8, 9}, kStart + seconds(1));
  EXPECT_EQ(link.counters().overflowed, 3U);
  EXPECT_EQ(pass(link, {}, kStart + seconds(2)), (std::vector<int>{6, 7, 8}));
}

TEST(FaultyLink, CountsAddUp) {
  FaultyLink link({.loss = 0.1,
                   .duplicate = 0.1,
                   .reorder = 0.1,
                   .corrupt = 0.1,
                   .delay = {milliseconds(0), milliseconds(5)},
                   .reorder_hold = milliseconds(5),
                   .cut = CutOptions{{milliseconds(100), milliseconds(200)}, milliseconds(500)},
                   .waiting_frames_max = 20},
                  1, 2, kStart);
  std::size_t delivered = 0;
  for (int ms = 0; ms < 2000; ++ms) delivered += pass(link, {1, 2, 3, 4}, kStart + milliseconds(ms)).size();
  EXPECT_GT(link.counters().on_their_way, 0U);
  delivered += pass(link, {}, kStart + seconds(3)).size();
  EXPECT_EQ(link.counters().on_their_way, 0U);
  const LinkCounters counters = link.counters();
  EXPECT_EQ(counters.received, 8000U);
  EXPECT_EQ(counters.received_bytes, 8000U * 60);
  EXPECT_EQ(counters.delivered, delivered);
  EXPECT_EQ(counters.received + counters.duplicated,
            counters.delivered + counters.lost + counters.cut + counters.too_long + counters.overflowed);
  for (const std::uint64_t count : {counters.lost, counters.duplicated, counters.held_back, counters.corrupted,
                                    counters.cut, counters.overflowed}) {
    EXPECT_GT(count, 0U);
  }
}

}  // namespace
}  // namespace aoekit::chaos
