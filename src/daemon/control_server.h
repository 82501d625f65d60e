// The control socket of aoed: accepts clients and carries bytes between them and their control::Session. Thread: that of
// the loop. Never waits for a client: one that does not read its answers is not listened to, and holds up nobody.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"
#include "control/session.h"
#include "daemon/log_limit.h"
#include "io/event_loop.h"

namespace aoekit::daemon {

struct ControlServerOptions {
  std::string path;               // its directory is made if it is missing
  std::string group = {};         // may use the socket, too; "": its owner and root alone
  std::optional<uid_t> owner = {};  // without: this process' user
  std::size_t clients_max = 32;
};

class ControlServer {
 public:
  // Listens at once. Replaces a socket at that path that nobody listens at; an Error if somebody does, if something else
  // is there, or if the group does not exist. `loop` and `api` outlive the server. The Api must not destroy the server in
  // a call that comes from it.
  static Result<std::unique_ptr<ControlServer>> create(io::EventLoop& loop, control::Api& api,
                                                       const ControlServerOptions& options);
  // Closes all connections and removes the socket, if it is still the one that was made here.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  std::size_t client_count() const;

 private:
  struct Client {
    Client(Fd fd, control::Api& api, std::function<void()> on_late_answer)
        : socket(std::move(fd)), session(api, std::move(on_late_answer)) {}
    Fd socket;  // none: it is gone, and what it asked for is still being done
    control::Session session;
    std::string name;  // "uid 0, pid 4711", for the log
    io::SourceId source;
    Instant last_heard{};
  };
  using ClientId = std::uint64_t;
  struct Listening {
    Fd socket;
    ino_t inode = 0;
  };

  ControlServer(io::EventLoop& loop, control::Api& api, const ControlServerOptions& options, Listening listening)
      : loop_(loop), api_(api), options_(options), listening_(std::move(listening)) {}
  static Result<Listening> listen(const ControlServerOptions& options);
  void on_connection();
  void add_client(Fd socket);
  bool make_room();
  void on_ready(ClientId id, io::Ready ready);
  // Sends what there is, and waits for what may come next.
  void go_on(ClientId id);
  // Both return false when the connection is of no more use.
  bool receive(Client& client);
  bool send(Client& client);
  void log_changes(Client& client);
  void drop(ClientId id);

  io::EventLoop& loop_;
  control::Api& api_;
  const ControlServerOptions options_;
  Listening listening_;
  Fd spare_;  // given up for a moment to turn clients away when descriptors have run out
  std::optional<io::SourceId> source_;
  std::map<ClientId, Client> clients_;
  ClientId next_id_ = 0;
  LogLimit log_limit_;  // for those who come too often
};

}  // namespace aoekit::daemon
