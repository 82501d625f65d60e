// Writers are alone, readers share, and the refusal names who has it.
#include "backend/export_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "backend/file_engine.h"
#include "backend/test_support.h"

namespace aoekit::backend {
namespace {

using ::testing::HasSubstr;

TEST(ExportLock, AWriterIsAlone) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 4096);
  auto first = open_file_device({.path = file});
  ASSERT_TRUE(first) << first.error().message;
  const std::string alias = dir / "alias";
  ASSERT_EQ(link(file.c_str(), alias.c_str()), 0);
  for (const Access access : {Access::read_write, Access::read_only}) {
    const auto second = open_file_device({.path = alias, .access = access});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr(alias + " is already exported by another process"));
    EXPECT_THAT(second.error().message, HasSubstr(fmt::format("pid {})", getpid())));
  }
  EXPECT_TRUE(open_file_device({.path = alias, .claim = Claim::if_possible}));
  first->reset();
  EXPECT_TRUE(open_file_device({.path = alias}));
}

TEST(ExportLock, ReadersShare) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 4096);
  const auto first = open_file_device({.path = file, .access = Access::read_only});
  const auto second = open_file_device({.path = file, .access = Access::read_only});
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(open_file_device({.path = file}));
}

TEST(ExportLock, AnEndedProcessIsWaitedFor) {
  const testing::TempDir dir;
  const std::string file = dir.file("disk", 4096);
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = open_file_device({.path = file}, {.engine = Engine::threads});
    if (::write(ready[1], held ? "y" : "n", 1) != 1) _exit(1);
    usleep(200'000);
    static_cast<void>(raise(SIGKILL));  // the hard way to end
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_TRUE(open_file_device({.path = file})) << "the lock of the child goes within the time of waiting";
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(ready[0]);
  close(ready[1]);
}

TEST(ExportLock, OwnerIsReadFromTheKernelsTable) {
  const testing::TempDir dir;
  dir.text("proc/locks",
           "1: POSIX  ADVISORY  WRITE 99 fe:01:1234 0 EOF\n"
           "2: FLOCK  ADVISORY  WRITE 500 fe:01:1234 0 EOF\n"
           "2: -> FLOCK  ADVISORY  WRITE 501 fe:01:1234 0 EOF\n"
           "3: FLOCK  ADVISORY  READ 0 fe:02:5 0 EOF\n");
  dir.text("proc/500/comm", "vblade\n");
  const SystemRoots roots{.proc = dir / "proc", .sys = dir / "sys"};
  EXPECT_EQ(lock_owner(makedev(0xfe, 1), 1234, roots), " (vblade, pid 500)");
  EXPECT_EQ(lock_owner(makedev(0xfe, 2), 5, roots), "") << "a process of another namespace";
  EXPECT_EQ(lock_owner(makedev(0xfe, 1), 1, roots), "");
}

}  // namespace
}  // namespace aoekit::backend
