// The loop: the kernel's requests, by /dev/fuse and by the ring (request_ring.h), the network's answers; and how it
// comes to its end: unmounted by somebody, or by a signal.
//
// Threads: one does everything, so that a request is handed to nobody on its way from the kernel to the network, nor its
// answer on the way back.
#pragma once

#include <fuse3/fuse_lowlevel.h>
#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "frontend/fuse/clients.h"
#include "frontend/fuse/file_system.h"
#include "frontend/fuse/mount_point.h"

namespace aoekit::fuse {

class Reader {
 public:
  // `signals` is a signalfd for SIGTERM, SIGINT, SIGHUP and SIGCHLD.
  Reader(fuse_session* session, FileSystem& files, Clients& clients, Mailbox& mailbox, const Fd& signals,
         std::string directory)
      : session_(session),
        files_(files),
        clients_(clients),
        mailbox_(mailbox),
        signals_(signals),
        directory_(std::move(directory)) {}

  enum class End : unsigned char {
    unmounted,  // nobody uses the file system any more
    gave_up,    // a second signal, while somebody does
  };
  Result<End> run();
  // Whether the directory is no longer a mount of this process.
  bool detached() const { return detached_; }

 private:
  enum class Requests : unsigned char { none, some, unmounted };
  Status wait();
  Result<Requests> work();
  Result<Requests> take_requests();
  Requests take_from_ring();
  Result<Requests> read_device();
  void take_from_device(std::span<std::uint8_t> request);
  void on_signals();
  void on_stop_signal(int signal);
  void on_unmount_ended();
  void begin_unmount(Detach how);
  void log_mail();

  fuse_session* const session_;
  FileSystem& files_;
  Clients& clients_;
  Mailbox& mailbox_;
  const Fd& signals_;
  const std::string directory_;
  std::vector<pollfd> fds_;  // what wait() has waited for; the clients' last
  std::optional<pid_t> unmounting_;
  Detach how_ = Detach::if_unused;
  bool stopping_ = false;
  bool gave_up_ = false;
  bool detached_ = false;
};

}  // namespace aoekit::fuse
