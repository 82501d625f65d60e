// Answers that are kept back come out whole, in order, and not before they should.
#include "frontend/fuse/reply_writer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "base/fd.h"

namespace aoekit::fuse {
namespace {

// Of a socket that keeps each write apart, as /dev/fuse does.
class ReplyWriterTest : public testing::Test {
 protected:
  ReplyWriterTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as aoefuse does
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    kernel_ = Fd(ends[0]);
    ours_ = Fd(ends[1]);
  }
  ssize_t write(std::string head, std::string& data) {
    std::vector<iovec> parts{{head.data(), head.size()}};
    if (!data.empty()) parts.push_back({data.data(), data.size()});
    return writer_.write(ours_.get(), parts);
  }
  ssize_t write_promised(const std::string& head, std::string& data) {
    writer_.promise_memory();
    return write(head, data);
  }
  // The next answer; empty: there is none.
  std::string next() {
    std::string answer(1000, '\0');
    const ssize_t bytes = ::recv(kernel_.get(), answer.data(), answer.size(), 0);
    answer.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return answer;
  }

  Fd kernel_, ours_;
  ReplyWriter writer_;
  std::string none_;
  std::string long_ = std::string(500, 'x');
};

TEST_F(ReplyWriterTest, WritesAtOnceOutsideOfATurn) {
  EXPECT_EQ(write_promised("head", long_), 504);
  EXPECT_FALSE(writer_.was_kept());
  EXPECT_EQ(next(), "head" + long_);
}

TEST_F(ReplyWriterTest, KeepsAnswersUntilTheEndOfTheTurn) {
  writer_.begin();
  EXPECT_EQ(write_promised("one", long_), 503);
  if (!writer_.was_kept()) GTEST_SKIP() << "no io_uring here";
  std::string other(400, 'y');
  EXPECT_EQ(write_promised("two", other), 403);
  EXPECT_EQ(write("three", none_), 5);
  EXPECT_EQ(next(), "");
  writer_.flush();
  EXPECT_EQ(next(), "one" + long_);
  EXPECT_EQ(next(), "two" + other);
  EXPECT_EQ(next(), "three");
  EXPECT_EQ(next(), "");
  writer_.flush();
  EXPECT_EQ(next(), "") << "once is enough";
}

TEST_F(ReplyWriterTest, ShortAnswersAreCopied) {
  writer_.begin();
  std::string gone = "data";
  EXPECT_EQ(write("short", gone), 9);
  gone = "----";
  writer_.flush();
  EXPECT_EQ(next(), "shortdata");
}

TEST_F(ReplyWriterTest, KeepsNoMemoryThatNobodyPromised) {
  writer_.begin();
  EXPECT_EQ(write("head", long_), 504);
  EXPECT_FALSE(writer_.was_kept());
  EXPECT_EQ(next(), "head" + long_);
  EXPECT_EQ(write_promised(std::string(100, 'h'), long_), 600);
  EXPECT_FALSE(writer_.was_kept()) << "too long a head";
  EXPECT_EQ(next().size(), 600U);
  writer_.flush();
}

TEST_F(ReplyWriterTest, MoreThanItCanKeepGoAtOnce) {
  writer_.begin();
  for (std::size_t i = 0; i < ReplyWriter::kAnswersMax; ++i) write("kept", none_);
  EXPECT_EQ(write("direct", none_), 6);
  EXPECT_FALSE(writer_.was_kept());
  std::size_t count = 0;
  writer_.flush();
  while (!next().empty()) ++count;
  EXPECT_EQ(count, ReplyWriter::kAnswersMax + 1);
}

TEST_F(ReplyWriterTest, AWriteThatFailsHoldsUpNothing) {
  writer_.begin();
  kernel_.reset();
  write("nobody", none_);
  write("listens", none_);
  writer_.flush();
  EXPECT_EQ(write("now", none_), -1);
  EXPECT_EQ(errno, EPIPE);
}

}  // namespace
}  // namespace aoekit::fuse
