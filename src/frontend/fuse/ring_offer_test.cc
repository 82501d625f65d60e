// The bytes of FUSE_INIT: the offer is seen, and accepted without touching anything else.
#include "frontend/fuse/ring_offer.h"

#include <gtest/gtest.h>
#include <linux/fuse.h>

#include <cstring>
#include <vector>

#include "frontend/fuse/uring_abi.h"

namespace aoekit::fuse {
namespace {

std::vector<std::uint8_t> request(std::uint32_t opcode, std::uint32_t flags, std::uint32_t flags2) {
  fuse_in_header head{};
  head.len = sizeof(fuse_in_header) + sizeof(fuse_init_in);
  head.opcode = opcode;
  fuse_init_in init{};
  init.flags = flags;
  init.flags2 = flags2;
  std::vector<std::uint8_t> bytes(head.len);
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &init, sizeof init);
  return bytes;
}

TEST(RingOffer, IsSeen) {
  const auto offer = request(FUSE_INIT, FUSE_INIT_EXT | FUSE_ASYNC_READ, 1U << 9 | 1);
  EXPECT_TRUE(offers_ring(offer));
  EXPECT_FALSE(offers_ring(request(FUSE_INIT, FUSE_INIT_EXT, 1))) << "switched off";
  EXPECT_FALSE(offers_ring(request(FUSE_INIT, FUSE_ASYNC_READ, 1U << 9))) << "a kernel that has no second word";
  EXPECT_FALSE(offers_ring(request(FUSE_READ, FUSE_INIT_EXT, 1U << 9))) << "another request";
  for (std::size_t bytes = 0; bytes < offer.size(); ++bytes) {
    EXPECT_FALSE(offers_ring(std::span(offer).first(bytes))) << "an old kernel's";
  }
}

class RingAnswer : public testing::Test {
 protected:
  RingAnswer() {
    init_.flags = FUSE_ASYNC_READ;
    init_.max_write = 262144;
    init_.max_pages = 64;
    init_.max_background = 30;
    init_.congestion_threshold = 20;
  }
  bool accept(std::size_t payload_bytes) {
    std::vector<std::uint8_t> bytes(sizeof init_);
    std::memcpy(bytes.data(), &init_, sizeof init_);
    const bool accepted = accept_ring(bytes, {.payload_bytes = payload_bytes, .background_max = background_max_});
    std::memcpy(&init_, bytes.data(), sizeof init_);
    return accepted;
  }
  unsigned background_max_ = 30;
  fuse_init_out init_{};
};

TEST_F(RingAnswer, Accepts) {
  EXPECT_TRUE(accept(262144));
  EXPECT_EQ(init_.flags, std::uint32_t{FUSE_ASYNC_READ | FUSE_INIT_EXT});
  EXPECT_EQ(init_.flags2, 1U << 9);
  EXPECT_EQ(init_.max_write, 262144U);
  EXPECT_EQ(init_.max_pages, 64);
  EXPECT_EQ(init_.max_background, 30);
  EXPECT_EQ(init_.congestion_threshold, 20);
}

TEST_F(RingAnswer, LeavesPlacesForThoseWhoWait) {
  background_max_ = 25;
  EXPECT_TRUE(accept(262144));
  EXPECT_EQ(init_.max_background, 25);
  EXPECT_EQ(init_.congestion_threshold, 20);
  background_max_ = 10;
  EXPECT_TRUE(accept(262144));
  EXPECT_EQ(init_.max_background, 10);
  EXPECT_EQ(init_.congestion_threshold, 10);
}

TEST_F(RingAnswer, KeepsWhatIsInTheSecondWord) {
  init_.flags |= FUSE_INIT_EXT;
  init_.flags2 = 4;
  EXPECT_TRUE(accept(262144));
  EXPECT_EQ(init_.flags2, 4U | 1U << 9);
}

TEST_F(RingAnswer, IgnoresASecondWordThatDoesNotCount) {
  init_.flags2 = 4;
  EXPECT_TRUE(accept(262144));
  EXPECT_EQ(init_.flags2, 1U << 9);
}

TEST_F(RingAnswer, NotForRequestsThatDoNotFit) {
  init_.max_write = 262145;
  EXPECT_FALSE(accept(262144));
  init_.max_write = 262144;
  init_.max_pages = 65;
  EXPECT_FALSE(accept(262144));
  EXPECT_EQ(init_.flags, std::uint32_t{FUSE_ASYNC_READ});
  EXPECT_EQ(init_.flags2, 0U);
}

TEST(RingAnswerOfAnOldProtocol, IsLeftAlone) {
  std::vector<std::uint8_t> error(sizeof(fuse_out_header)), short_one(24);
  EXPECT_FALSE(accept_ring(error, {.payload_bytes = 262144, .background_max = 10}));
  EXPECT_FALSE(accept_ring(short_one, {.payload_bytes = 262144, .background_max = 10}));
  EXPECT_EQ(short_one, std::vector<std::uint8_t>(24));
}

}  // namespace
}  // namespace aoekit::fuse
