// The endpoint as a scraper sees it.
#include "daemon/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/fd.h"
#include "daemon/listen_address.h"
#include "daemon/metrics_fixture.h"

namespace aoekit::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The whole answer to GET `path`, or "" if there is nobody.
std::string get(std::uint16_t port, const std::string& path) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "";
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  EXPECT_EQ(::write(socket.get(), request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(socket.get(), part.data(), part.size())) > 0;) {
    answer.append(part.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

Exposition read_answer(const std::string& answer) {
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain"));
  const std::size_t body = answer.find("\r\n\r\n");
  return read_exposition(body == std::string::npos ? "" : answer.substr(body + 4));
}

class MetricsServerTest : public testing::Test {
 protected:
  // Runs `scrape` on a thread of its own, and the main thread's loop until it is done.
  template <class Scrape>
  void while_serving(const Scrape& scrape) {
    std::atomic<bool> done = false;
    std::thread scraper([&] {
      scrape();
      done = true;
    });
    while (!done) ASSERT_TRUE(loop_.run_once(io::monotonic_now() + std::chrono::milliseconds(5)));
    scraper.join();
  }

  io::EventLoop loop_ = io::EventLoop::create().value();
  QuietApi api_;
};

TEST_F(MetricsServerTest, AnswersWithTheMomentsNumbers) {
  api_.snapshot = busy_snapshot();
  const auto server = MetricsServer::start("127.0.0.1:0", loop_, api_);
  ASSERT_TRUE(server) << server.error().message;
  std::string first;
  while_serving([&] { first = get((*server)->port(), "/metrics"); });
  Exposition read = read_answer(first);
  EXPECT_EQ(read.series.at("aoe_target_warnings_total"), 7);
  EXPECT_EQ(read.series.at("aoe_target_snapshot_ok"), 1);
  api_.snapshot.daemon.warnings = 8;
  while_serving([&] { first = get((*server)->port(), "/metrics"); });
  EXPECT_EQ(read_answer(first).series.at("aoe_target_warnings_total"), 8);
}

TEST_F(MetricsServerTest, OffersNothingElse) {
  const auto server = MetricsServer::start("127.0.0.1:0", loop_, api_);
  ASSERT_TRUE(server);
  while_serving([&] {
    for (const char* path : {"/", "/etc/passwd", "/../../etc/passwd", "/metrics/../x"}) {
      EXPECT_THAT(get((*server)->port(), path), HasSubstr(" 404 Not Found")) << path;
    }
  });
}

TEST_F(MetricsServerTest, ManyScrapersAtOnceGetTheirAnswers) {
  api_.snapshot = busy_snapshot();
  const auto server = MetricsServer::start("127.0.0.1:0", loop_, api_);
  ASSERT_TRUE(server);
  std::atomic<int> complete = 0;
  while_serving([&] {
    std::vector<std::thread> scrapers;
    for (int i = 0; i < 6; ++i) {
      scrapers.emplace_back([&] {
        const std::string answer = get((*server)->port(), "/metrics");
        complete += answer.find("aoe_target_snapshot_ok 1") != std::string::npos ? 1 : 0;
      });
    }
    for (std::thread& scraper : scrapers) scraper.join();
  });
  EXPECT_EQ(complete, 6);
}

TEST_F(MetricsServerTest, DoesNotWaitForEverForAMainThreadThatIsBusy) {
  const auto server = MetricsServer::start("127.0.0.1:0", loop_, api_);
  ASSERT_TRUE(server);
  // Nobody runs the loop.
  const Exposition read = read_answer(get((*server)->port(), "/metrics"));
  EXPECT_EQ(read.series.at("aoe_target_snapshot_ok"), 0);
  EXPECT_FALSE(read.series.contains("aoe_target_warnings_total"));
}

TEST_F(MetricsServerTest, EndsWhileAScraperWaits) {
  auto server = MetricsServer::start("127.0.0.1:0", loop_, api_);
  ASSERT_TRUE(server);
  std::string answer;
  std::thread scraper([&, port = (*server)->port()] { answer = get(port, "/metrics"); });
  // Its question has arrived, and nobody answers it.
  pollfd question{loop_.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&question, 1, 30'000), 1);
  server->reset();
  scraper.join();
  EXPECT_TRUE(answer.empty() || answer.find("aoe_target_snapshot_ok 0") != std::string::npos) << answer;
}

TEST_F(MetricsServerTest, ATakenAddressIsAnError) {
  const auto first = MetricsServer::start("127.0.0.1:0", loop_, api_);
  ASSERT_TRUE(first);
  const std::string address = "127.0.0.1:" + std::to_string((*first)->port());
  const auto second = MetricsServer::start(address, loop_, api_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("metrics: cannot listen at " + address + " (another program listens there"));
}

std::string address_message(const std::string& address) {
  const auto result = listen_address("metrics", address);
  return result ? *result : result.error().message;
}

TEST(ListenAddress, IsAnIpAddressAndAPort) {
  EXPECT_EQ(address_message("127.0.0.1:0"), "127.0.0.1:0");
  EXPECT_EQ(address_message("localhost:0"), "127.0.0.1:0");
  for (const char* wrong : {"", "9760", ":9760", "127.0.0.1", "127.0.0.1:", "example:9760", "127.0.0.1:65536", "::1:9760",
                            "127.0.0.1:97 60", "127.0.0.1:-1", "[::1]", "1.2.3.4,5.6.7.8:80", "127.0.0.1:9760s"}) {
    EXPECT_THAT(address_message(wrong), HasSubstr("is not an IP address and a port, as in 127.0.0.1:9760")) << wrong;
  }
}

TEST(ListenAddress, SaysWhyNot) {
  EXPECT_THAT(address_message("192.0.2.1:9760"), HasSubstr("no interface of this machine has that address"));
}

}  // namespace
}  // namespace aoekit::daemon
