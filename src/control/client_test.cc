// The client against sessions behind a real socket, and against what is not aoed.
#include "control/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "control/fake_api_fixture.h"
#include "control/session.h"

namespace aoekit::control {
namespace {

constexpr Duration kPatience = std::chrono::seconds(20);

// Accepts one connection at a path of its own and lets `serve` have it, in a thread.
class Listener {
 public:
  explicit Listener(std::function<void(int)> serve) {
    static std::atomic<int> number = 0;
    path_ = testing::TempDir() + "aoekit-control-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
    fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), address.sun_path);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_.get(), 1), 0);
    thread_ = std::thread([this, serve = std::move(serve)] {
      const Fd client(::accept(fd_.get(), nullptr, nullptr));
      if (client.valid()) serve(client.get());
    });
  }
  ~Listener() {
    ::shutdown(fd_.get(), SHUT_RDWR);
    thread_.join();
    ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Fd fd_;
  std::thread thread_;
};

// Sends what `session` has, a few bytes at a time.
void serve(int fd, Session& session) {
  std::array<char, 1000> chunk{};
  while (!session.finished()) {
    const ssize_t count = ::recv(fd, chunk.data(), chunk.size(), 0);
    if (count <= 0) return;
    session.receive({chunk.data(), static_cast<std::size_t>(count)});
    while (!session.output().empty()) {
      const ssize_t sent = ::send(fd, session.output().data(), std::min<std::size_t>(session.output().size(), 700),
                                  MSG_NOSIGNAL);
      if (sent <= 0) return;
      session.sent(static_cast<std::size_t>(sent));
    }
  }
}

TEST(ControlClient, Calls) {
  FakeApi api;
  Listener listener([&](int fd) {
    Session session(api);
    serve(fd, session);
  });
  auto client = Client::connect(listener.path(), kPatience);
  ASSERT_TRUE(client) << client.error().message;
  const auto daemon = field<DaemonInfo>(client->call("daemon.show", NoParams{}), "daemon");
  ASSERT_TRUE(daemon) << daemon.error().message;
  EXPECT_EQ(daemon->pid, 4711);
  EXPECT_EQ(client->call("export.remove", RemoveParams{{1, 2}}).error().code, Code::in_use);
  EXPECT_EQ(client->call("export.show", AddressParams{{9, 9}}).error().code, Code::not_found);
  EXPECT_EQ(client->call("no.such", NoParams{}).error().code, Code::failed);
  EXPECT_FALSE(field<DaemonInfo>(client->call("daemon.show", NoParams{}), "demon"));
}

TEST(ControlClient, CollectsPages) {
  FakeApi api;
  for (std::uint16_t shelf = 2; shelf < 1202; ++shelf) {
    ExportInfo more;
    more.config.address = {shelf, 0};
    api.exports_.push_back(more);
  }
  Listener listener([&](int fd) {
    Session session(api);
    serve(fd, session);
  });
  auto client = Client::connect(listener.path(), kPatience);
  ASSERT_TRUE(client) << client.error().message;
  const auto all = client->all_exports();
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 1202U);
  EXPECT_EQ((*all)[1201]["address"], "e1201.0");
  EXPECT_EQ(client->all_clients()->size(), 1U);
}

TEST(ControlClient, SaysThatNobodyListens) {
  const auto client = Client::connect(testing::TempDir() + "aoekit-nobody", kPatience);
  ASSERT_FALSE(client);
  EXPECT_NE(client.error().message.find("systemctl start aoed"), std::string::npos) << client.error().message;
  EXPECT_FALSE(Client::connect(std::string(200, 'x'), kPatience));
}

TEST(ControlClient, NoticesWhatIsNotAoed) {
  for (const char* answer :
       {"HTTP/1.0 400\r\n", "{}\n", "{\"id\":1,\"error\":7}\n", "{\"id\":99,\"result\":{}}\n", ""}) {
    Listener listener([&](int fd) {
      std::array<char, 1000> chunk{};
      if (::recv(fd, chunk.data(), chunk.size(), 0) > 0) {
        EXPECT_GE(::send(fd, answer, std::string_view(answer).size(), MSG_NOSIGNAL), 0);
      }
    });
    auto client = Client::connect(listener.path(), kPatience);
    ASSERT_TRUE(client) << client.error().message;
    EXPECT_FALSE(client->call("daemon.show", NoParams{})) << answer;
  }
}

TEST(ControlClient, DoesNotWaitForEver) {
  Listener listener([](int fd) {
    std::array<char, 1000> chunk{};
    while (::recv(fd, chunk.data(), chunk.size(), 0) > 0) continue;
  });
  auto client = Client::connect(listener.path(), std::chrono::milliseconds(50));
  ASSERT_TRUE(client) << client.error().message;
  const auto answer = client->call("daemon.show", NoParams{});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("did not answer"), std::string::npos) << answer.error().message;
}

}  // namespace
}  // namespace aoekit::control
