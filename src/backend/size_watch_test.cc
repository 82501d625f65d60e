// What happens to files and devices is told, once, and a file that is only written costs nothing.
#include "backend/size_watch.h"

#include <gmock/gmock.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr Duration kNever = std::chrono::hours(1);
constexpr Duration kSoon = std::chrono::milliseconds(1);

bool readable(int fd, int timeout_ms) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, timeout_ms) == 1;
}

std::vector<std::string> read_all(SizeWatch& watch) {
  std::vector<std::string> all;
  while (readable(watch.fd(), 0)) {
    const auto some = watch.read();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// Whether `path` is told of within ten seconds.
bool hears_of(SizeWatch& watch, const std::string& path) {
  for (int i = 0; i < 10'000 && readable(watch.fd(), 10'000); ++i) {
    const auto some = watch.read();
    if (std::ranges::find(some, path) != some.end()) return true;
  }
  return false;
}

void write_to(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::pwrite(fd.get(), "x", 1, 0), 1);
}

class SizeWatchTest : public ::testing::Test {
 protected:
  std::unique_ptr<SizeWatch> make(Duration again, Duration sweep = kNever) const {
    auto watch = SizeWatch::create({.again = again, .sweep = sweep});
    EXPECT_TRUE(watch) << watch.error().message;
    return std::move(*watch);
  }
  testing::TempDir dir_{"/var/tmp"};
};

TEST_F(SizeWatchTest, TellsOfNewPathsOnce) {
  const auto watch = make(kNever);
  EXPECT_FALSE(readable(watch->fd(), 0));
  const std::string a = dir_.file("a", 4096), b = dir_.file("b", 4096);
  watch->add(a);
  watch->add(b);
  EXPECT_THAT(read_all(*watch), UnorderedElementsAre(a, b));
  EXPECT_FALSE(readable(watch->fd(), 0));
}

TEST_F(SizeWatchTest, TellsOfGrowthShrinkageAndAllocation) {
  const auto watch = make(kSoon);
  const std::string path = dir_.file("disk", 4096);
  watch->add(path);
  ASSERT_TRUE(hears_of(*watch, path));
  ASSERT_EQ(::truncate(path.c_str(), 8192), 0);
  EXPECT_TRUE(hears_of(*watch, path));
  ASSERT_EQ(::truncate(path.c_str(), 512), 0);
  EXPECT_TRUE(hears_of(*watch, path));
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::posix_fallocate(fd.get(), 0, 65536), 0);
  EXPECT_TRUE(hears_of(*watch, path));
}

TEST_F(SizeWatchTest, ABusyFileCostsOneEvent) {
  const auto watch = make(kNever);
  const std::string path = dir_.file("disk", 4096);
  watch->add(path);
  read_all(*watch);
  write_to(path);
  ASSERT_TRUE(readable(watch->fd(), 0)) << "the one event";
  EXPECT_TRUE(read_all(*watch).empty()) << "its size is what it was";
  for (int i = 0; i < 100; ++i) write_to(path);
  EXPECT_FALSE(readable(watch->fd(), 0)) << "nobody is woken by writes";
}

TEST_F(SizeWatchTest, AFileThatGrowsWhileItIsBusyIsSeenAgain) {
  const auto watch = make(kSoon);
  const std::string path = dir_.file("disk", 4096);
  watch->add(path);
  read_all(*watch);
  write_to(path);
  EXPECT_TRUE(watch->read().empty());
  ASSERT_EQ(::truncate(path.c_str(), 8192), 0);  // perhaps before it is watched again
  EXPECT_TRUE(hears_of(*watch, path));
}

TEST_F(SizeWatchTest, TellsThatAFileIsDeletedReplacedOrAppears) {
  const auto watch = make(kSoon);
  const std::string path = dir_.file("disk", 4096);
  const Fd held(::open(path.c_str(), O_RDONLY | O_CLOEXEC));  // as an export does
  watch->add(path);
  ASSERT_TRUE(hears_of(*watch, path));
  ASSERT_EQ(::rename(dir_.file("new", 4096).c_str(), path.c_str()), 0);
  EXPECT_TRUE(hears_of(*watch, path)) << "another file of the same size";
  ASSERT_EQ(::unlink(path.c_str()), 0);
  EXPECT_TRUE(hears_of(*watch, path));
  dir_.file("disk", 4096);
  EXPECT_TRUE(hears_of(*watch, path));
}

TEST_F(SizeWatchTest, AMissingPathIsWaitedFor) {
  const auto watch = make(kSoon);
  const std::string path = dir_ / "later";
  watch->add(path);
  ASSERT_TRUE(hears_of(*watch, path));
  dir_.file("later", 4096);
  EXPECT_TRUE(hears_of(*watch, path));
}

TEST_F(SizeWatchTest, PathsToOneFileAreTwoPaths) {
  const auto watch = make(kSoon);
  const std::string path = dir_.file("disk", 4096);
  dir_.link("link", path);
  watch->add(path);
  watch->add(dir_ / "link");
  EXPECT_EQ(read_all(*watch).size(), 2U);
  ASSERT_EQ(::truncate(path.c_str(), 8192), 0);
  EXPECT_THAT(watch->read(), UnorderedElementsAre(path, dir_ / "link"));
  watch->remove(path);
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  EXPECT_TRUE(hears_of(*watch, dir_ / "link")) << "the other one is still watched";
}

TEST_F(SizeWatchTest, RemovedAsOftenAsAdded) {
  const auto watch = make(kSoon);
  const std::string path = dir_.file("disk", 4096);
  watch->add(path);
  watch->add(path);
  EXPECT_THAT(watch->read(), ElementsAre(path));
  watch->remove(path);
  ASSERT_EQ(::truncate(path.c_str(), 8192), 0);
  EXPECT_TRUE(hears_of(*watch, path));
  watch->remove(path);
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  EXPECT_TRUE(read_all(*watch).empty());
  watch->add(path);
  watch->remove(path);
  EXPECT_TRUE(read_all(*watch).empty()) << "not even that it was added";
}

TEST_F(SizeWatchTest, TheSweepSeesWhatNobodyTells) {
  const auto watch = make(kNever, std::chrono::milliseconds(20));
  const std::string path = dir_.file("disk", 4096);
  watch->add(path);
  read_all(*watch);
  write_to(path);  // uses the watch up
  EXPECT_TRUE(watch->read().empty());
  ASSERT_EQ(::truncate(path.c_str(), 8192), 0);
  EXPECT_TRUE(hears_of(*watch, path));
}

TEST_F(SizeWatchTest, TenThousandFiles) {
  const testing::TempDir dir("/dev/shm");
  const auto watch = make(kSoon);
  std::vector<std::string> paths;
  for (int i = 0; i < 10'000; ++i) paths.push_back(dir.file(std::to_string(i), 512));
  for (const std::string& path : paths) watch->add(path);
  std::vector<std::string> told = read_all(*watch);
  std::ranges::sort(told);
  std::ranges::sort(paths);
  EXPECT_EQ(told, paths);
  ASSERT_EQ(::truncate(paths[4711].c_str(), 4096), 0);
  EXPECT_TRUE(hears_of(*watch, paths[4711]));
  for (const std::string& path : paths) watch->remove(path);
  EXPECT_TRUE(read_all(*watch).empty());
}

bool write_text(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

// Exit status of a child whose user may watch two files only: 0 all well, 77 no user namespaces, else the step.
int watch_more_than_allowed(const testing::TempDir& dir) {
  if (::unshare(CLONE_NEWUSER) != 0 || !write_text("/proc/self/setgroups", "deny") ||
      !write_text("/proc/self/uid_map", fmt::format("0 {} 1", 0)) ||
      !write_text("/proc/sys/user/max_inotify_watches", "2")) {
    return 77;
  }
  auto watch = SizeWatch::create({.again = kSoon, .sweep = kNever});
  if (!watch) return 1;
  std::vector<std::string> paths;
  for (int i = 0; i < 10; ++i) paths.push_back(dir / std::to_string(i));
  for (const std::string& path : paths) (*watch)->add(path);
  if ((*watch)->read().size() != 10) return 2;
  for (const std::string& path : paths) {
    if (::truncate(path.c_str(), 8192) != 0) return 3;
    if (!hears_of(**watch, path)) return 4;
  }
  return 0;
}

TEST_F(SizeWatchTest, BeyondTheKernelsLimitFilesAreLookedAt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  for (int i = 0; i < 10; ++i) dir_.file(std::to_string(i), 4096);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(watch_more_than_allowed(dir_));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "step that failed";
}

TEST_F(SizeWatchTest, TellsOfABlockDevicesNewSize) {
  const std::string file = dir_.file("disk", 1 << 20);
  const testing::LoopDevice loop(file);
  if (loop.path().empty()) GTEST_SKIP() << "no loop device to be had";
  const auto watch = make(kNever);
  watch->add(loop.path());
  read_all(*watch);
  ASSERT_EQ(::truncate(file.c_str(), 2 << 20), 0);
  ASSERT_EQ(std::system(("losetup --set-capacity " + loop.path()).c_str()), 0);
  EXPECT_TRUE(hears_of(*watch, loop.path()));
}

Bytes uevent(std::initializer_list<std::string> lines) {
  Bytes message;
  for (const std::string& line : lines) {
    message.insert(message.end(), line.begin(), line.end());
    message.push_back(0);
  }
  return message;
}

TEST(Uevent, IsReadWhenItIsAboutABlockDevice) {
  const auto event = parse_uevent(uevent({"change@/devices/virtual/block/loop7", "ACTION=change",
                                          "DEVPATH=/devices/virtual/block/loop7", "SUBSYSTEM=block", "RESIZE=1",
                                          "MAJOR=7", "MINOR=7", "DEVNAME=loop7", "SEQNUM=4711"}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->action, BlockUevent::Action::change);
  EXPECT_EQ(event->device, makedev(7, 7));
  EXPECT_FALSE(parse_uevent(uevent({"add@/devices/x", "ACTION=add", "SUBSYSTEM=net", "MAJOR=7", "MINOR=7"})));
  EXPECT_FALSE(parse_uevent(uevent({"bind@/devices/x", "ACTION=bind", "SUBSYSTEM=block", "MAJOR=7", "MINOR=7"})));
  EXPECT_FALSE(parse_uevent(uevent({"add@/devices/x", "ACTION=add", "SUBSYSTEM=block", "MAJOR=7"})));
  EXPECT_FALSE(parse_uevent(uevent({"add@/devices/x", "ACTION=add", "SUBSYSTEM=block", "MAJOR=x", "MINOR=7"})));
}

TEST(Uevent, BytesThatAreNoneAreNoEvent) {
  EXPECT_FALSE(parse_uevent({}));
  const Bytes whole = uevent({"add@/devices/x", "ACTION=add", "SUBSYSTEM=block", "MAJOR=8", "MINOR=16"});
  ASSERT_TRUE(parse_uevent(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_uevent(ByteView(whole).first(length))) << length;  // the last number may be cut short
  }
}

// Any process may send to the group; only the kernel is believed.
TEST_F(SizeWatchTest, ForgedUeventsAreNotBelieved) {
  auto socket = UeventSocket::open();
  ASSERT_TRUE(socket) << socket.error().message;
  const Fd forger(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  ASSERT_EQ(::bind(forger.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
  sockaddr_nl address{};
  socklen_t length = sizeof address;
  ASSERT_EQ(::getsockname(socket->fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  address.nl_groups = 0;  // to that socket alone
  const Bytes message = uevent({"add@/x", "ACTION=add", "SUBSYSTEM=block", "MAJOR=251", "MINOR=251"});
  if (::sendto(forger.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&address),
               sizeof address) < 0) {
    GTEST_SKIP() << "the kernel does not even pass it on";
  }
  ASSERT_TRUE(readable(socket->fd(), 1000));
  for (auto next = socket->next(); next.outcome == UeventSocket::Outcome::event; next = socket->next()) {
    EXPECT_NE(next.event.device, makedev(251, 251));
  }
}

}  // namespace
}  // namespace aoekit::backend
