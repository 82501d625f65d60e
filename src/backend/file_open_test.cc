// Opening: one clear sentence for each thing that can be wrong, and the way out where io_uring is forbidden.
#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <array>
#include <bit>
#include <cstddef>

#include "backend/file_engine.h"
#include "backend/opened_file.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using ::testing::HasSubstr;

std::string message_of(const FileDeviceOptions& options) {
  const auto device = open_file_device(options);
  return device ? "opened" : device.error().message;
}

TEST(OpenFile, EachMistakeHasItsSentence) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 400 * kSectorBytes);
  EXPECT_THAT(message_of({.path = dir / "missing"}), HasSubstr("missing: No such file"));
  EXPECT_THAT(message_of({.path = "/tmp"}), HasSubstr("/tmp is a directory"));
  EXPECT_THAT(message_of({.path = "/dev/null"}), HasSubstr("/dev/null is neither a file nor a block device"));
  EXPECT_THAT(message_of({.path = dir.file("empty", 0)}), HasSubstr("is empty"));
  EXPECT_THAT(message_of({.path = dir.file("tiny", 511)}), HasSubstr("less than a sector"));
  EXPECT_EQ(message_of({.path = file, .first_sector = Sectors{500}}),
            "offset 500 is past the end of " + file + " (400 sectors)");
  EXPECT_EQ(message_of({.path = file, .first_sector = Sectors{400}}),
            "offset 400 is past the end of " + file + " (400 sectors)");
  EXPECT_EQ(message_of({.path = file, .first_sector = Sectors{300}, .length = Sectors{101}}),
            "length 101 sectors from offset 300 does not fit " + file + " (400 sectors)");
  EXPECT_EQ(message_of({.path = file, .first_sector = Sectors{300}, .length = Sectors{~0ULL}}),
            fmt::format("length {} sectors from offset 300 does not fit {} (400 sectors)", ~0ULL, file));
  EXPECT_THAT(message_of({.path = file, .length = Sectors{0}}), HasSubstr("a length of 0 sectors"));
  EXPECT_EQ(message_of({.path = file, .first_sector = Sectors{300}, .length = Sectors{100}}), "opened");
}

TEST(OpenFile, BytesBehindTheLastWholeSectorAreCut) {
  const testing::TempDir dir;
  const auto device = open_file_device({.path = dir.file("disk", 3 * kSectorBytes + 100)});
  ASSERT_TRUE(device) << device.error().message;
  EXPECT_EQ((*device)->info().size, Sectors{3});
}

TEST(OpenFile, DirectIoNeedsWholeBlocks) {
  const testing::TempDir dir;
  const testing::LoopDevice disk(dir.file("disk", 32 << 20), "--sector-size 4096");
  if (disk.path().empty()) GTEST_SKIP() << "no loop device to be had";
  ASSERT_FALSE(testing::output_of("mkfs.ext4 -F " + disk.path()).empty());
  ASSERT_EQ(mkdir((dir / "mnt").c_str(), 0700), 0);
  const testing::Mounted mounted(disk.path(), dir / "mnt", 0);
  ASSERT_TRUE(mounted.ok());
  const std::string file = dir.file("mnt/file", 8 * 4096 + 1024);
  EXPECT_EQ(message_of({.path = file}), "opened");
  EXPECT_THAT(message_of({.path = file, .caching = Caching::direct}), HasSubstr("is not a multiple"));
  ASSERT_EQ(truncate(file.c_str(), 8 * 4096), 0);
  auto device = open_file_device({.path = file, .caching = Caching::direct});
  ASSERT_TRUE(device) << device.error().message;
  testing::Buffer data(17), back(17);
  data.fill_random(5);
  EXPECT_EQ(testing::write(**device, 47, data), block::BlockStatus::ok);
  EXPECT_EQ(testing::read(**device, 47, back), block::BlockStatus::ok);
  EXPECT_TRUE(back == data);
}

TEST(OpenFile, ProbesChangeNoByte) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 0);
  std::ofstream(file) << std::string(5 * 4096 + 1024, 'x');
  for (const Caching caching : {Caching::buffered, Caching::direct}) {
    const auto device = open_file_device({.path = file, .caching = caching});
    if (!device && device.error().os_error == EINVAL) continue;
  }
  std::ifstream back(file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(back), {}), std::string(5 * 4096 + 1024, 'x'));
}

// How much of a file from `offset` on can be read without waiting for the disk: lies in the page cache.
ssize_t cached_bytes(const std::string& file, off_t offset, std::size_t bytes) {
  const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<std::uint8_t> memory(bytes);
  const iovec part{.iov_base = memory.data(), .iov_len = bytes};
  return std::max<ssize_t>(preadv2(fd.get(), &part, 1, offset, RWF_NOWAIT), 0);
}

TEST(OpenFile, WholeBlocksAreWrittenPastThePageCacheAndPartsThroughIt) {
  const testing::TempDir dir("/var/tmp");
  const std::string file = dir.file("disk", 64 * 4096);
  auto device = open_file_device({.path = file, .caching = Caching::reads}, {.engine = Engine::io_uring});
  if (!device) GTEST_SKIP() << device.error().message;
  const auto opened = open_file({.path = file, .caching = Caching::reads, .claim = Claim::if_possible});
  ASSERT_TRUE(opened) << opened.error().message;
  if (!opened->direct_fd.valid()) GTEST_SKIP() << "no direct I/O in " << file;
  testing::Buffer blocks(16), part(3), back(16);
  blocks.fill_random(1);
  part.fill_random(2);
  ASSERT_EQ(testing::write(**device, 32, blocks), block::BlockStatus::ok);
  EXPECT_EQ(cached_bytes(file, 32 * 512, 16 * 512), 0);
  ASSERT_EQ(testing::write(**device, 80, part), block::BlockStatus::ok);
  EXPECT_EQ(cached_bytes(file, 80 * 512, 3 * 512), 3 * 512);
  // Over what the page cache holds: what is read is the new.
  ASSERT_EQ(testing::write(**device, 80, blocks), block::BlockStatus::ok);
  ASSERT_EQ(testing::read(**device, 80, back), block::BlockStatus::ok);
  EXPECT_TRUE(back == blocks);
}

TEST(OpenFile, AWindowIsCutWhenItsMediumShrinks) {
  EXPECT_EQ(window_left(Sectors{100}, Sectors{10}, std::nullopt), Sectors{90});
  EXPECT_EQ(window_left(Sectors{100}, Sectors{10}, Sectors{20}), Sectors{20});
  EXPECT_EQ(window_left(Sectors{15}, Sectors{10}, Sectors{20}), Sectors{5});
  EXPECT_EQ(window_left(Sectors{10}, Sectors{10}, Sectors{20}), Sectors{0});
}

// Takes a filter into use for the rest of this process's life, as containers do.
template <std::size_t kLength>
bool restrict_system_calls(std::array<sock_filter, kLength> filter) {
  const sock_fprog program{.len = kLength, .filter = filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool forbid_io_uring(unsigned error) {
  return restrict_system_calls(std::array<sock_filter, 4>{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }});
}

// As on a file system that does not know the flag.
bool forbid_flags_of_writes() {
  constexpr std::uint32_t kLowHalf = std::endian::native == std::endian::little ? 0 : 4;
  return restrict_system_calls(std::array<sock_filter, 6>{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_pwritev2, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 5 * sizeof(std::uint64_t) + kLowHalf),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }});
}

// Exit status of a child in which io_uring is forbidden: 0 all well, otherwise the number of the step that failed.
int try_without_io_uring(const std::string& file, unsigned error) {
  if (!forbid_io_uring(error)) return 77;
  if (open_file_device({.path = file}, {.engine = Engine::io_uring})) return 1;
  const auto device = open_file_device({.path = file});
  if (!device) return 2;
  if (std::string((*device)->engine()) != "threads") return 3;
  testing::Buffer data(8), back(8);
  data.fill_random(1);
  if (testing::write(**device, 8, data) != block::BlockStatus::ok) return 4;
  if (testing::read(**device, 8, back) != block::BlockStatus::ok) return 5;
  return back == data ? 0 : 6;
}

TEST(OpenFile, FallsBackToThreadsWhereIoUringIsForbidden) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 100 * kSectorBytes);
  for (const unsigned error : {1U * EPERM, 1U * ENOSYS, 1U * ENOMEM}) {
    const pid_t child = fork();
    if (child == 0) _exit(try_without_io_uring(file, error));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp filters here";
    EXPECT_EQ(WEXITSTATUS(status), 0) << "step that failed, errno " << error;
  }
}

int write_stable_without_the_flag(const std::string& file) {
  if (!forbid_flags_of_writes()) return 77;  // before the worker threads start, which inherit it
  const auto device = open_file_device({.path = file}, {.engine = Engine::threads});
  if (!device) return 1;
  testing::Buffer data(8), back(8);
  for (const std::uint64_t first : {0U, 8U}) {  // the first learns that the flag is refused, the second knows
    data.fill_random(first + 1);
    if (testing::write(**device, first, data, block::Durability::stable) != block::BlockStatus::ok) return 2;
    if (testing::read(**device, first, back) != block::BlockStatus::ok) return 3;
    if (!(back == data)) return 4;
  }
  return 0;
}

TEST(OpenFile, StableWritesWhereTheFlagIsUnknown) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 100 * kSectorBytes);
  const pid_t child = fork();
  if (child == 0) _exit(write_stable_without_the_flag(file));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp filters here";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "step that failed";
}

}  // namespace
}  // namespace aoekit::backend
