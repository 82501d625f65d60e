// Requests of any alignment on a disk in memory.
#include "frontend/fuse/disk_queue.h"

#include <gtest/gtest.h>

#include <numeric>

#include "frontend/fuse/fake_aoe.h"

namespace aoekit::fuse {
namespace {

struct TestRequest : DiskRequest {
  int result = -1;
  std::vector<std::uint8_t> bytes_to_write;
  std::vector<std::uint8_t> bytes_read;
};

class DiskQueueTest : public testing::Test {
 protected:
  DiskQueueTest() : mailbox_(std::move(*Mailbox::create())), disk_(aoe_.add(1, 2, 64 * 1024)) {
    std::iota(disk_.bytes.begin(), disk_.bytes.end(), std::uint8_t{0});
    EXPECT_EQ(queue_.acquire({nullptr, 1, 2, 0}), 0);
  }
  ~DiskQueueTest() override {
    run();
    while (queue_.users() > 0) queue_.release();
    run();
    EXPECT_EQ(disk_.opened, 0u);
  }

  TestRequest& make(DiskRequestKind kind, std::uint64_t offset, std::uint64_t bytes, std::uint8_t fill = 0) {
    auto& request = *requests_.emplace_back(std::make_unique<TestRequest>());
    request.kind = kind;
    request.offset = offset;
    request.bytes = bytes;
    request.bytes_to_write.assign(kind == DiskRequestKind::write ? bytes : 0, fill);
    request.data = request.bytes_to_write.data();
    request.done = [](DiskRequest& base, int error) {
      auto& ended = static_cast<TestRequest&>(base);
      ended.result = error;
      if (error == 0 && ended.kind == DiskRequestKind::read) ended.bytes_read.assign(ended.data, ended.data + ended.bytes);
      ended.buffer = Buffer();
    };
    return request;
  }
  TestRequest& start(DiskRequestKind kind, std::uint64_t offset, std::uint64_t bytes, std::uint8_t fill = 0) {
    auto& request = make(kind, offset, bytes, fill);
    queue_.start(request);
    return request;
  }
  // What the reader's loop does after a wake-up.
  void take_mail() {
    auto mail = mailbox_->take();
    for (DiskRequest* request = mail.requests; request != nullptr;) {
      DiskRequest* next = request->next;
      request->resume(*request);
      request = next;
    }
    lines_.insert(lines_.end(), mail.lines.begin(), mail.lines.end());
    queue_.retry();
    queue_.tidy();
  }
  void run() {
    do {
      aoe_.finish_all();
      take_mail();
    } while (!aoe_.queue.empty());
  }
  // What the disk must contain at the end.
  std::vector<std::uint8_t> expected() const {
    std::vector<std::uint8_t> bytes(disk_.bytes.size());
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
  }

  FakeAoe aoe_;
  std::unique_ptr<Mailbox> mailbox_;
  BufferPool pool_{{.small_bytes = 4096, .small_count = 2, .large_bytes = 65536, .large_count = 1}};
  aoe_disk& disk_;
  std::vector<std::unique_ptr<TestRequest>> requests_;
  std::vector<std::string> lines_;
  DiskQueue queue_{pool_, *mailbox_};
};

TEST_F(DiskQueueTest, AlignedRequestsGoStraightThrough) {
  auto& write = start(DiskRequestKind::write, 512, 1024, 0xee);
  auto& read = start(DiskRequestKind::read, 4096, 512);
  EXPECT_EQ(aoe_.log, "wr");
  run();
  EXPECT_EQ(write.result, 0);
  auto bytes = expected();
  std::fill_n(bytes.begin() + 512, 1024, 0xee);
  EXPECT_EQ(disk_.bytes, bytes);
  EXPECT_EQ(read.bytes_read, std::vector<std::uint8_t>(bytes.begin() + 4096, bytes.begin() + 4096 + 512));
}

TEST_F(DiskQueueTest, UnalignedReadsGiveTheirBytes) {
  for (const auto& [offset, bytes] : {std::pair{1, 1}, {511, 2}, {100, 4000}, {512, 3}, {1023, 513}}) {
    auto& read = start(DiskRequestKind::read, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(bytes));
    run();
    const auto all = expected();
    EXPECT_EQ(read.bytes_read, std::vector<std::uint8_t>(all.begin() + offset, all.begin() + offset + bytes));
  }
}

TEST_F(DiskQueueTest, UnalignedWritesChangeTheirBytesOnly) {
  auto bytes = expected();
  for (const auto& [offset, count] : {std::pair{1, 1}, {511, 2}, {100, 4000}, {512, 3}, {1023, 513}}) {
    auto& write = start(DiskRequestKind::write, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(count),
                        static_cast<std::uint8_t>(offset));
    run();
    EXPECT_EQ(write.result, 0);
    std::fill_n(bytes.begin() + offset, count, static_cast<std::uint8_t>(offset));
    ASSERT_EQ(disk_.bytes, bytes) << offset;
  }
}

TEST_F(DiskQueueTest, NothingIsLostBetweenAnUnalignedWritesReadAndWrite) {
  start(DiskRequestKind::write, 700, 10, 0xaa);       // sector 1
  start(DiskRequestKind::write, 512, 512, 0xbb);      // the same, whole: must come after
  start(DiskRequestKind::write, 1000, 100, 0xcc);     // sectors 1 and 2, after both
  start(DiskRequestKind::zero, 1024, 512);            // sector 2, after that
  start(DiskRequestKind::write, 4096, 512, 0xdd);     // elsewhere: does not wait
  EXPECT_EQ(aoe_.log, "rw");
  run();
  auto bytes = expected();
  std::fill_n(bytes.begin() + 512, 512, 0xbb);
  std::fill_n(bytes.begin() + 1000, 24, 0xcc);
  std::fill_n(bytes.begin() + 1024, 512, 0);
  std::fill_n(bytes.begin() + 4096, 512, 0xdd);
  EXPECT_EQ(disk_.bytes, bytes);
  for (const auto& request : requests_) EXPECT_EQ(request->result, 0);
}

TEST_F(DiskQueueTest, AFailedReadFailsTheUnalignedWriteAndFreesTheOthers) {
  auto& first = start(DiskRequestKind::write, 10, 10, 0xaa);
  auto& second = start(DiskRequestKind::write, 0, 512, 0xbb);
  aoe_.finish_one(-EIO);
  run();
  EXPECT_EQ(first.result, EIO);
  EXPECT_EQ(second.result, 0);
  EXPECT_EQ(disk_.bytes[11], 0xbb);
  EXPECT_EQ(lines_, std::vector<std::string>{"it failed on purpose"});
}

TEST_F(DiskQueueTest, WhatFindsNoRoomComesLaterInOrder) {
  aoe_.requests_max = 1;
  for (std::uint8_t fill = 1; fill < 6; ++fill) start(DiskRequestKind::write, 512, 512, fill);
  start(DiskRequestKind::write, 600, 1, 9);
  EXPECT_EQ(aoe_.log, "w");
  run();
  EXPECT_EQ(aoe_.log, "wwwwwrw");
  EXPECT_EQ(disk_.bytes[512], 5);
  EXPECT_EQ(disk_.bytes[600], 9);
  for (const auto& request : requests_) EXPECT_EQ(request->result, 0);
}

TEST_F(DiskQueueTest, AnEndingRequestWakesTheReaderForThoseWithoutRoom) {
  aoe_.requests_max = 1;
  start(DiskRequestKind::read, 0, 512);
  auto& second = start(DiskRequestKind::read, 512, 512);
  mailbox_->take();
  aoe_.finish_one();
  std::uint64_t woken = 0;
  EXPECT_EQ(::read(mailbox_->fd(), &woken, sizeof woken), 8);
  queue_.retry();
  run();
  EXPECT_EQ(second.result, 0);
}

TEST_F(DiskQueueTest, WhatFindsNoMemoryComesLater) {
  for (int i = 0; i < 5; ++i) start(DiskRequestKind::read, static_cast<std::uint64_t>(i) * 512, 512);
  start(DiskRequestKind::write, 5, 3, 0xaa);
  EXPECT_EQ(aoe_.log, "rrr") << "the pool has three buffers";
  EXPECT_TRUE(queue_.starving());
  run();
  EXPECT_FALSE(queue_.starving());
  for (const auto& request : requests_) EXPECT_EQ(request->result, 0);
  EXPECT_EQ(disk_.bytes[6], 0xaa);
}

TEST_F(DiskQueueTest, RefusalsOfTheLibraryEndTheRequest) {
  auto& write = start(DiskRequestKind::write, 64 * 1024 - 512, 1024, 1);
  EXPECT_EQ(write.result, ENOSPC);
  auto& unaligned = start(DiskRequestKind::write, 64 * 1024 - 1, 1000, 1);
  EXPECT_EQ(unaligned.result, ENOSPC);
  auto& after = start(DiskRequestKind::write, 64 * 1024 - 512, 512, 1);
  run();
  EXPECT_EQ(after.result, 0) << "the refused one still holds its range";
}

TEST_F(DiskQueueTest, PunchingNeedsATrimThatMakesZeros) {
  auto& punched = start(DiskRequestKind::punch, 1024, 1024);
  run();
  EXPECT_EQ(punched.result, 0);
  EXPECT_EQ(disk_.bytes[1025], 0);
  disk_.status.flags = AOE_DISK_CAN_TRIM;
  auto& refused = start(DiskRequestKind::punch, 1024, 1024);
  EXPECT_EQ(refused.result, EOPNOTSUPP);
  EXPECT_EQ(aoe_.log, "t");
}

TEST_F(DiskQueueTest, TheLastUserFlushesWhatWasWritten) {
  start(DiskRequestKind::write, 0, 512, 1);
  EXPECT_EQ(queue_.acquire({nullptr, 1, 2, 0}), 0);
  queue_.release();
  run();
  EXPECT_EQ(aoe_.log, "w");
  queue_.release();
  EXPECT_EQ(aoe_.log, "wf");
  EXPECT_TRUE(queue_.is_open()) << "closed before the flush is done";
  run();
  EXPECT_FALSE(queue_.is_open());
}

TEST_F(DiskQueueTest, TheLastUserWaitsForNothingElse) {
  start(DiskRequestKind::write, 0, 512, 1);
  start(DiskRequestKind::flush, 0, 0);
  run();
  queue_.release();
  EXPECT_FALSE(queue_.is_open());
  EXPECT_EQ(aoe_.log, "wf");
  EXPECT_EQ(queue_.acquire({nullptr, 9, 9, 0}), ENODEV);
}

TEST_F(DiskQueueTest, ClosesOnlyWhenNothingIsUnfinished) {
  start(DiskRequestKind::read, 0, 512);
  queue_.release();
  EXPECT_TRUE(queue_.is_open());
  run();
  EXPECT_FALSE(queue_.is_open());
}

TEST_F(DiskQueueTest, DrainFlushes) {
  start(DiskRequestKind::write, 0, 512, 1);
  run();
  queue_.release();  // its flush is unfinished
  aoe_.finish_all();
  EXPECT_TRUE(queue_.drain());
  EXPECT_EQ(disk_.opened, 0u);
}

}  // namespace
}  // namespace aoekit::fuse
