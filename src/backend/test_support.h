// For tests of this folder: scratch files, loop devices, mounts, and a driver that waits for completions by epoll.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/prng.h"
#include "block/block_device.h"

namespace aoekit::backend::testing {

class TempDir {
 public:
  explicit TempDir(const std::string& parent = "/tmp") : path_(parent + "/aoekit-test-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no scratch directory in " << parent;
  }
  ~TempDir() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    EXPECT_FALSE(error) << error.message();
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // A file of `bytes`, all hole.
  std::string file(const std::string& name, std::uint64_t bytes) const {
    const std::string path = *this / name;
    const Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    EXPECT_TRUE(fd.valid());
    EXPECT_EQ(ftruncate(fd.get(), static_cast<off_t>(bytes)), 0);
    return path;
  }
  // A text file, with the directories that it needs.
  void text(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::ofstream(*this / name) << content;
  }
  void link(const std::string& name, const std::string& target) const {
    std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
    std::filesystem::create_symlink(target, *this / name);
  }

 private:
  std::string path_;
};

// What a command prints, without the newline; empty when it fails.
inline std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>/dev/null").c_str(), "r"), pclose);
  std::string text;
  std::array<char, 256> piece;
  while (pipe && fgets(piece.data(), piece.size(), pipe.get()) != nullptr) text += piece.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// A loop device on a file; path() is empty where there is none to be had (not root, no loop driver).
class LoopDevice {
 public:
  explicit LoopDevice(const std::string& file, const std::string& options = "")
      : path_(geteuid() == 0 ? output_of("losetup --find --show " + options + " " + file) : "") {}
  ~LoopDevice() {
    if (!path_.empty()) output_of("losetup --detach " + path_);
  }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Mounted {
 public:
  Mounted(const std::string& device, const std::string& directory, unsigned long flags)
      : directory_(directory), ok_(mount(device.c_str(), directory.c_str(), "ext4", flags, nullptr) == 0) {}
  ~Mounted() {
    if (ok_) {
      EXPECT_EQ(umount2(directory_.c_str(), 0), 0);
    }
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;

  bool ok() const { return ok_; }

 private:
  std::string directory_;
  bool ok_;
};

// Memory as the data path gives it: aligned to a page.
class Buffer {
 public:
  explicit Buffer(std::uint64_t sectors) : bytes_(sectors * kSectorBytes) {
    memory_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(4096, (bytes_ + 4095) / 4096 * 4096)));
    fill(0xEE);
  }
  MutableBytes bytes() const { return {memory_.get(), bytes_}; }
  void fill(std::uint8_t value) const { std::ranges::fill(bytes(), value); }
  void fill_random(std::uint64_t seed) const {
    Prng prng(seed);
    for (std::uint8_t& byte : bytes()) byte = static_cast<std::uint8_t>(prng.next());
  }
  friend bool operator==(const Buffer& a, const Buffer& b) { return std::ranges::equal(a.bytes(), b.bytes()); }
  bool is_all(std::uint8_t value) const {
    return std::ranges::all_of(bytes(), [&](std::uint8_t byte) { return byte == value; });
  }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  std::size_t bytes_;
  std::unique_ptr<std::uint8_t, Free> memory_;
};

inline block::BlockOp op_on(block::OpKind kind, std::uint64_t first, const Buffer& buffer) {
  return {.kind = kind, .range = {Lba{first}, Sectors{buffer.bytes().size() / kSectorBytes}}, .data = buffer.bytes()};
}

// Collects `count` completions, those that are there at first and then only when epoll says so; fewer after ten silent
// seconds.
inline std::map<std::uint64_t, block::BlockStatus> collect(block::BlockDevice& device, std::size_t count) {
  std::map<std::uint64_t, block::BlockStatus> outcome;
  const Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {}};
  const int fd = device.completion_fd();
  if (fd >= 0) {
    EXPECT_EQ(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), 0);
  }
  std::array<block::BlockCompletion, 7> batch;  // fewer than there are at times, on purpose
  bool at_once = true;
  while (outcome.size() < count) {
    const int ready = fd < 0 || at_once ? 1 : epoll_wait(epoll.get(), &event, 1, 10'000);
    if (ready < 0 && errno == EINTR) continue;  // io_uring interrupts the thread that it has work for
    if (ready != 1) break;
    const std::size_t got = device.reap(batch);
    for (std::size_t i = 0; i < got; ++i) outcome.emplace(batch[i].cookie, batch[i].status);
    at_once = at_once && got == batch.size();
    if (fd < 0 && got == 0) break;
  }
  return outcome;
}

// Does one operation to its end.
inline block::BlockStatus run(block::BlockDevice& device, block::BlockOp op) {
  op.cookie = 4711;
  device.submit({&op, 1});
  const auto outcome = collect(device, 1);
  const auto found = outcome.find(4711);
  if (found != outcome.end()) return found->second;
  ADD_FAILURE() << "no completion of a " << to_string(op.kind);
  return block::BlockStatus::unavailable;
}
inline block::BlockStatus read(block::BlockDevice& device, std::uint64_t first, const Buffer& buffer) {
  return run(device, op_on(block::OpKind::read, first, buffer));
}
inline block::BlockStatus write(block::BlockDevice& device, std::uint64_t first, const Buffer& buffer,
                                block::Durability durability = block::Durability::cached) {
  block::BlockOp op = op_on(block::OpKind::write, first, buffer);
  op.durability = durability;
  return run(device, op);
}
inline block::BlockStatus flush(block::BlockDevice& device) {
  return run(device, op_on(block::OpKind::flush, 0, Buffer(0)));
}
inline block::BlockStatus trim(block::BlockDevice& device, std::uint64_t first, std::uint64_t count) {
  block::BlockOp op = op_on(block::OpKind::trim, first, Buffer(0));
  op.range.count = Sectors{count};
  return run(device, op);
}

}  // namespace aoekit::backend::testing
