// Tells which files and block devices may have changed their size, have gone or have come back, at next to no cost.
//
// Files are watched by inotify, block devices by uevents. A file that is written all the time must not tell of every
// write, so its watch is for one event; after that the file is looked at and watched again a second later. What cannot
// be watched is looked at as often: a path that is missing, a file that this process may not read, and all beyond
// fs.inotify.max_user_watches. Where they are many the second becomes longer. Twice a minute everything is looked at,
// since not every driver and no file server tells.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/uevent.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"
#include "io/timer.h"

namespace aoekit::backend {

struct SizeWatchOptions {
  Duration again = std::chrono::seconds(1);  // after an event, and while a path cannot be watched
  std::size_t looks_a_second = 2000;         // of such paths; `again` grows to keep it
  Duration sweep = std::chrono::seconds(30);
};

// One thread.
class SizeWatch {
 public:
  static Result<std::unique_ptr<SizeWatch>> create(const SizeWatchOptions& options = {});
  SizeWatch(const SizeWatch&) = delete;
  SizeWatch& operator=(const SizeWatch&) = delete;

  // Readable (epoll, level-triggered) while read() has something to do.
  int fd() const { return ready_.get(); }

  // Watches a path, which may not exist yet. A path that is added twice must be removed twice. The next read() names it.
  void add(const std::string& path);
  // REQUIRES that it was added.
  void remove(const std::string& path);

  // The paths of which something is new: size, which file or device it is, or whether there is one. Each at most once,
  // in no order; sometimes one too many. Never waits. The view holds until the next call.
  std::span<const std::string> read();

 private:
  // What is compared.
  struct Facts {
    bool exists = false;
    bool hidden = false;  // this process may not look: the owner of its descriptor must, at every sweep
    bool is_device = false;
    dev_t device = 0;  // of a block device its own number, of a file its file system's
    ino_t inode = 0;
    std::uint64_t size = 0;
    bool operator==(const Facts&) const = default;
  };
  struct Watched {
    const std::string* path = nullptr;  // its key in watched_
    std::size_t users = 0;
    int watch = -1;      // of inotify, while armed
    bool again = false;  // in again_
    bool told = false;   // in changed_
    Facts facts;
  };
  SizeWatch(const SizeWatchOptions& options, Fd inotify, std::optional<UeventSocket> uevents, io::Timer timer, Fd ready);
  Status watch_fd(int fd);
  static Facts facts_of(const std::string& path);
  void arm(Watched& watched);
  void disarm(Watched& watched);
  void look(Watched& watched);
  void tell(Watched& watched);
  void look_again_later(Watched& watched);
  void read_inotify();
  void start_over();
  void on_inotify(int watch, std::uint32_t what);
  void read_uevents();
  void on_uevent(const BlockUevent& event);
  void keep_time();
  void sweep();
  void set_timer();

  SizeWatchOptions options_;
  Fd inotify_;
  std::optional<UeventSocket> uevents_;
  io::Timer timer_;
  Fd ready_;  // epoll over the three
  std::unordered_map<std::string, Watched> watched_;  // by path; pointers to what it holds stay good
  std::unordered_multimap<int, Watched*> by_watch_;  // several paths may lead to one inode
  std::vector<Watched*> again_;
  std::optional<Instant> again_at_;  // while again_ is not empty
  std::optional<Instant> sweep_at_;  // while anything is watched
  std::vector<std::string> changed_;
  std::vector<Watched*> told_;
  bool exhausted_told_ = false;
};

}  // namespace aoekit::backend
