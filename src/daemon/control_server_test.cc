// The control socket: who may use it, several clients at once, and clients that behave badly.
#include "daemon/control_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "control/fake_api_fixture.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

constexpr std::string_view kReload = "{\"v\":1,\"id\":1,\"method\":\"daemon.reload\"}\n";
constexpr std::string_view kAdd =
    "{\"v\":1,\"id\":2,\"method\":\"export.add\",\"params\":{\"address\":\"e7.0\",\"settings\":{\"path\":\"/x\"}}}\n";
constexpr std::string_view kAdded = "{\"v\":1,\"id\":2,\"result\":{\"notes\":[\"e7.0 is exported\"]}}\n";
constexpr std::string_view kReloaded = "{\"v\":1,\"id\":1,\"result\":{\"notes\":[\"nothing has changed\"]}}\n";

class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest() {
    std::string name = testing::TempDir() + "aoekit-control-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    options_.path = directory_ + "/run/aoed.sock";
  }
  ~ControlServerTest() override {
    server_.reset();
    ::unlink(options_.path.c_str());
    ::rmdir((directory_ + "/run").c_str());
    ::rmdir(directory_.c_str());
  }

  std::string start() {
    auto server = ControlServer::create(loop_, api_, options_);
    if (!server) return server.error().message;
    server_ = std::move(*server);
    return "";
  }
  Fd connect() {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(options_.path.begin(), options_.path.end(), address.sun_path);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  void turn(int times = 1) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(loop_.run_once(io::monotonic_now()));
  }
  static void say(const Fd& socket, std::string_view text) {
    EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // What has arrived; "EOF" behind it if the server has closed the connection.
  static std::string hear(const Fd& socket) {
    std::string all;
    std::array<char, 65536> chunk{};
    while (true) {
      const ssize_t count = ::recv(socket.get(), chunk.data(), chunk.size(), 0);
      if (count == 0) return all + "EOF";
      if (count < 0) return errno == EAGAIN ? all : all + "EOF";
      all.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }

  control::FakeApi api_;
  io::EventLoop loop_ = io::EventLoop::create().value();
  std::string directory_;
  ControlServerOptions options_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, AnswersSeveralClients) {
  ASSERT_EQ(start(), "");
  const Fd a = connect(), b = connect();
  turn(2);
  EXPECT_EQ(server_->client_count(), 2U);
  say(a, kReload.substr(0, 10));
  say(b, kReload);
  turn(2);
  EXPECT_EQ(hear(a), "");
  EXPECT_EQ(hear(b), kReloaded);
  say(a, kReload.substr(10));
  turn(2);
  EXPECT_EQ(hear(a), kReloaded);
}

TEST_F(ControlServerTest, OnlyItsOwnerMayUseIt) {
  ASSERT_EQ(start(), "");
  struct stat status {};
  ASSERT_EQ(::stat(options_.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ControlServerTest, OrItsGroup) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to give a file to a group";
  options_.group = "daemon";
  options_.owner = 1;
  ASSERT_EQ(start(), "");
  struct stat status {};
  ASSERT_EQ(::stat(options_.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
  EXPECT_EQ(status.st_uid, 1U);
  EXPECT_NE(status.st_gid, 0U);
}

TEST_F(ControlServerTest, RefusesAGroupThatIsNotThere) {
  options_.group = "no-such-group";
  EXPECT_NE(start().find("there is no group 'no-such-group'"), std::string::npos);
  EXPECT_NE(::access((options_.path + ".new").c_str(), F_OK), 0) << "nothing is left behind";
}

TEST_F(ControlServerTest, ReplacesAStaleSocketOnly) {
  ASSERT_EQ(start(), "");
  EXPECT_NE(ControlServer::create(loop_, api_, options_).error().message.find("another aoed is listening"),
            std::string::npos);
  server_.reset();
  EXPECT_NE(::access(options_.path.c_str(), F_OK), 0) << "it is removed at the end";

  // A daemon that was killed leaves its socket.
  {
    const Fd stale(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(options_.path.begin(), options_.path.end(), address.sun_path);
    ASSERT_EQ(::bind(stale.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_EQ(start(), "");
  server_.reset();

  std::ofstream(options_.path) << "precious";
  EXPECT_NE(start().find("is no socket"), std::string::npos);
}

TEST_F(ControlServerTest, LeavesASuccessorsSocketAlone) {
  ASSERT_EQ(start(), "");
  ASSERT_EQ(::unlink(options_.path.c_str()), 0);
  std::ofstream(options_.path) << "another's";
  server_.reset();
  EXPECT_EQ(::access(options_.path.c_str(), F_OK), 0);
}

TEST_F(ControlServerTest, AClientThatDoesNotReadHoldsUpNobody) {
  ASSERT_EQ(start(), "");
  const Fd slow = connect(), quick = connect();
  turn(2);
  // Until neither side takes more.
  std::size_t accepted = 0;
  std::string request = "{\"v\":1,\"id\":1,\"method\":\"export.list\"}\n";
  while (request.size() < 100'000) request += request;
  for (int i = 0; i < 200; ++i) {
    const ssize_t count = ::send(slow.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (count > 0) accepted += static_cast<std::size_t>(count);
    turn();
  }
  EXPECT_LT(accepted, 10'000'000U);
  say(quick, kReload);
  turn(2);
  EXPECT_EQ(hear(quick), kReloaded);
  // And when it reads after all, every answer comes.
  std::size_t answered = 0;
  for (int i = 0; i < 1'000'000 && answered < accepted / 38; ++i) {
    const std::string some = hear(slow);
    answered += static_cast<std::size_t>(std::count(some.begin(), some.end(), '\n'));
    turn();
  }
  EXPECT_EQ(answered, accepted / 38);
}

TEST_F(ControlServerTest, AnswersAClientThatHasSaidEverything) {
  ASSERT_EQ(start(), "");
  const Fd client = connect();
  say(client, kReload);
  ASSERT_EQ(::shutdown(client.get(), SHUT_WR), 0);
  turn(5);
  EXPECT_EQ(hear(client), std::string(kReloaded) + "EOF");
  EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ControlServerTest, ForgetsClientsThatGo) {
  ASSERT_EQ(start(), "");
  for (int i = 0; i < 100; ++i) {
    Fd client = connect();
    turn();
    say(client, kReload);
    client.reset();
    turn(3);
    ASSERT_EQ(server_->client_count(), 0U);
  }
}

TEST_F(ControlServerTest, WhatTakesLongHoldsUpNobodyElse) {
  ASSERT_EQ(start(), "");
  api_.is_slow_ = true;
  const Fd slow = connect(), quick = connect();
  turn(2);
  say(slow, kAdd);
  say(slow, kReload);
  say(quick, kReload);
  turn(5);
  EXPECT_EQ(hear(slow), "");
  EXPECT_EQ(hear(quick), kReloaded);
  ASSERT_EQ(api_.slow_.size(), 1U);
  api_.slow_[0]();
  turn(3);
  EXPECT_EQ(hear(slow), std::string(kAdded) + std::string(kReloaded)) << "in the order of the requests";
}

TEST_F(ControlServerTest, WhatIsUnderWayOutlivesItsClient) {
  ASSERT_EQ(start(), "");
  api_.is_slow_ = true;
  Fd client = connect();
  turn();
  say(client, kAdd);
  turn(2);
  client.reset();
  turn(2);
  EXPECT_EQ(server_->client_count(), 0U);
  ASSERT_EQ(api_.slow_.size(), 1U);
  api_.slow_[0]();
  turn();
  EXPECT_TRUE(api_.exported({7, 0}));
  const Fd next = connect();
  turn(2);
  say(next, kAdd);
  turn(2);
  server_.reset();
  api_.slow_[1]();
  EXPECT_EQ(hear(next), "EOF");
}

TEST_F(ControlServerTest, TurnsTooManyAway) {
  options_.clients_max = 2;
  ASSERT_EQ(start(), "");
  const Fd a = connect(), b = connect(), c = connect();
  turn(3);
  EXPECT_EQ(hear(c), "EOF");
  say(a, kReload);
  turn(2);
  EXPECT_EQ(hear(a), kReloaded);
}

}  // namespace
}  // namespace aoekit::daemon
