// Requests come out of the slots in one piece, and answers go into the slot whose request they answer.
#include "frontend/fuse/ring_slots.h"

#include <gtest/gtest.h>
#include <linux/fuse.h>

#include <cstring>
#include <string>

namespace aoekit::fuse {
namespace {

constexpr std::size_t kPayload = 8192;

class RingSlotsTest : public testing::Test {
 protected:
  RingSlotsTest() {
    auto made = RingSlots::create(2, 4, kPayload);
    EXPECT_TRUE(made);
    slots_ = std::move(*made);
  }
  RingSlot& slot(std::size_t i) { return slots_->all()[i]; }
  // As the kernel does it.
  std::span<std::uint8_t> ask(RingSlot& slot, std::uint64_t unique, const std::string& first,
                              const std::string& payload) {
    std::memcpy(slot.headers->op_in.data(), first.data(), first.size());
    std::memcpy(slot.payload, payload.data(), payload.size());
    slot.headers->entry.commit_id = unique + 1000;
    slot.headers->entry.payload_bytes = static_cast<std::uint32_t>(payload.size());
    return take(slot, unique, first.size() + payload.size());
  }
  std::span<std::uint8_t> take(RingSlot& slot, std::uint64_t unique, std::size_t arguments) {
    fuse_in_header head{};
    head.len = static_cast<std::uint32_t>(sizeof head + arguments);
    head.opcode = FUSE_WRITE;
    head.unique = unique;
    std::memcpy(slot.headers->in_out.data(), &head, sizeof head);
    return slots_->take(slot);
  }
  RingSlot* answer(std::uint64_t unique, std::string body, int error = 0) {
    const auto bytes = static_cast<std::uint32_t>(sizeof(fuse_out_header) + body.size());
    fuse_out_header head{.len = bytes, .error = error, .unique = unique};
    const std::string half = body.substr(body.size() / 2);
    const iovec parts[] = {{&head, sizeof head},
                           {body.data(), body.size() / 2},
                           {const_cast<char*>(half.data()), half.size()}};
    return slots_->answer(body.empty() ? std::span(parts).first(1) : std::span(parts));
  }
  std::unique_ptr<RingSlots> slots_;
};

TEST_F(RingSlotsTest, EachHasItsPlace) {
  ASSERT_EQ(slots_->all().size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(slot(i).queue, i / 4);
    EXPECT_EQ(slot(i).commit_id, 0U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slot(i).payload) % 4096, 0U);
    EXPECT_EQ(slot(i).memory[0].iov_base, slot(i).headers);
    EXPECT_EQ(slot(i).memory[0].iov_len, 288U);
    EXPECT_EQ(slot(i).memory[1].iov_base, slot(i).payload);
    EXPECT_EQ(slot(i).memory[1].iov_len, kPayload);
  }
}

TEST_F(RingSlotsTest, ARequestIsInOnePiece) {
  const std::string first(40, 'f'), data(kPayload, 'd');
  const auto request = ask(slot(3), 6, first, data);
  ASSERT_EQ(request.size(), sizeof(fuse_in_header) + 40 + kPayload);
  fuse_in_header head{};
  std::memcpy(&head, request.data(), sizeof head);
  EXPECT_EQ(head.unique, 6U);
  EXPECT_EQ(head.opcode, std::uint32_t{FUSE_WRITE});
  EXPECT_EQ(std::string(request.begin() + sizeof head, request.end()), first + data);
  EXPECT_EQ(request.data() + request.size(), slot(3).payload + kPayload) << "data stay where they are";
  EXPECT_EQ(slot(3).commit_id, 1006U);
}

TEST_F(RingSlotsTest, ArgumentsMayBeMissing) {
  EXPECT_EQ(ask(slot(0), 2, "", "name").size(), sizeof(fuse_in_header) + 4);
  EXPECT_EQ(ask(slot(1), 4, std::string(128, 'f'), "").size(), sizeof(fuse_in_header) + 128);
  EXPECT_EQ(ask(slot(2), 6, "", "").size(), sizeof(fuse_in_header));
}

TEST_F(RingSlotsTest, NonsenseIsAnsweredAllTheSame) {
  EXPECT_TRUE(take(slot(0), 8, 129).empty()) << "too long a first argument";
  EXPECT_EQ(answer(8, "", -EIO), &slot(0));
  slot(0).headers->entry.payload_bytes = 130;
  EXPECT_TRUE(take(slot(0), 8, 129).empty()) << "more payload than there is";
  EXPECT_EQ(answer(8, "", -EIO), &slot(0));
  slot(0).headers->entry.payload_bytes = kPayload + 1;
  EXPECT_TRUE(take(slot(0), 8, kPayload + 1).empty()) << "more payload than there is room for";
}

TEST_F(RingSlotsTest, AnAnswerGoesToItsRequest) {
  // 4 and 68 share a list of the table.
  ask(slot(0), 4, "", "a");
  ask(slot(1), 68, "", "b");
  ask(slot(2), 6, "", "c");
  EXPECT_EQ(answer(8, "x"), nullptr) << "a request by /dev/fuse";
  EXPECT_EQ(answer(0, "x"), nullptr) << "a notice";
  ASSERT_EQ(answer(4, "four"), &slot(0));
  EXPECT_EQ(answer(4, "four"), nullptr) << "once";
  ASSERT_EQ(answer(68, "", -EIO), &slot(1));
  ASSERT_EQ(answer(6, "sixsix"), &slot(2));
  EXPECT_EQ(std::string(slot(0).payload, slot(0).payload + 4), "four");
  EXPECT_EQ(slot(0).headers->entry.payload_bytes, 4U);
  EXPECT_EQ(slot(1).headers->entry.payload_bytes, 0U);
  EXPECT_EQ(std::string(slot(2).payload, slot(2).payload + 6), "sixsix");
  fuse_out_header head{};
  std::memcpy(&head, slot(1).headers->in_out.data(), sizeof head);
  EXPECT_EQ(head.unique, 68U);
  EXPECT_EQ(head.error, -EIO);
}

TEST_F(RingSlotsTest, SlotsAreUsedAgain) {
  for (std::uint64_t unique = 2; unique < 200; unique += 2) {
    ask(slot(unique % 8), unique, "", "again");
    ASSERT_EQ(answer(unique, "and again"), &slot(unique % 8));
  }
}

TEST(RingSlots, AsManyAsMemoryIsGoodFor) {
  constexpr std::size_t kSlot = kPayload + 4096, kMuch = std::size_t{1} << 40;
  EXPECT_EQ(RingSlots::depth(1, kPayload, kMuch), 48U);
  EXPECT_EQ(RingSlots::depth(256, kPayload, kMuch), 48U);
  EXPECT_EQ(RingSlots::depth(2, kPayload, 80 * kSlot), 40U);
  EXPECT_EQ(RingSlots::depth(2, kPayload, 64 * kSlot), 32U);
  EXPECT_EQ(RingSlots::depth(2, kPayload, 64 * kSlot - 1), 0U);
  EXPECT_EQ(RingSlots::depth(0, kPayload, kMuch), 0U) << "it is not known how many queues there are";
}

TEST(RingSlots, PossibleCpus) {
  EXPECT_EQ(cpus_in("0"), 1U);
  EXPECT_EQ(cpus_in("0-127"), 128U);
  EXPECT_EQ(cpus_in("0-3,8,10-11"), 7U);
  for (const char* nonsense : {"", "x", "3-1", "0-", "0 1", "0-3;5", "-1"}) {
    EXPECT_EQ(cpus_in(nonsense), 0U) << nonsense;
  }
}

}  // namespace
}  // namespace aoekit::fuse
