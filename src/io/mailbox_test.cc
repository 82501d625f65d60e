// The mailbox: order, bound, wake-up, and many senders at once.
#include "io/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <thread>
#include <vector>

namespace aoekit::io {
namespace {

bool readable(int fd, int timeout_ms) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, timeout_ms) == 1;
}

TEST(Mailbox, IsReadableExactlyWhileMessagesWait) {
  const auto box = Mailbox<int>::create(4).value();
  EXPECT_FALSE(readable(box->fd(), 0));
  ASSERT_TRUE(box->post(1));
  ASSERT_TRUE(box->post(2));
  ASSERT_TRUE(box->post(3));
  std::array<int, 2> out{};
  EXPECT_EQ(box->collect(out), 2U);
  EXPECT_EQ(out, (std::array<int, 2>{1, 2}));
  EXPECT_TRUE(readable(box->fd(), 0));
  EXPECT_EQ(box->collect(out), 1U);
  EXPECT_EQ(out[0], 3);
  EXPECT_FALSE(readable(box->fd(), 0));
  EXPECT_EQ(box->collect(out), 0U);
}

TEST(Mailbox, RefusesWhenFullAndTakesAgainAfterwards) {
  const auto box = Mailbox<std::unique_ptr<int>>::create(2).value();
  EXPECT_TRUE(box->post(std::make_unique<int>(1)));
  EXPECT_TRUE(box->post(std::make_unique<int>(2)));
  EXPECT_FALSE(box->post(std::make_unique<int>(3)));
  std::array<std::unique_ptr<int>, 1> out;
  EXPECT_EQ(box->collect(out), 1U);
  EXPECT_TRUE(box->post(std::make_unique<int>(4)));
  EXPECT_EQ(box->collect(out), 1U);
  EXPECT_EQ(*out[0], 2);
  EXPECT_EQ(box->collect(out), 1U);
  EXPECT_EQ(*out[0], 4);
}

TEST(Mailbox, KeepsTheOrderOfEachOfManySenders) {
  constexpr int kSenders = 4;
  constexpr int kEach = 2000;
  const auto box = Mailbox<int>::create(16).value();
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&box, sender] {
      for (int i = 0; i < kEach; ++i) {
        while (!box->post(sender * kEach + i)) std::this_thread::yield();
      }
    });
  }
  std::array<int, kSenders> next{};
  std::array<int, 8> out{};
  int received = 0;
  while (received < kSenders * kEach) {
    ASSERT_TRUE(readable(box->fd(), 10000));
    const std::size_t count = box->collect(out);
    for (std::size_t i = 0; i < count; ++i) {
      int& expected = next[static_cast<std::size_t>(out[i] / kEach)];
      ASSERT_EQ(out[i] % kEach, expected);
      ++expected;
    }
    received += static_cast<int>(count);
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_FALSE(readable(box->fd(), 0));
}

}  // namespace
}  // namespace aoekit::io
