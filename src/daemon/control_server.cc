// Clients come, are served a piece at a time, and go.
#include "daemon/control_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "base/log.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

// A client that has been silent for so long may have to make room for a new one.
constexpr Duration kIdleMin = std::chrono::seconds(10);
constexpr std::size_t kChunkBytes = 64 * 1024;

std::string peer_name(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "somebody";
  return fmt::format("uid {}, pid {}", peer.uid, peer.pid);
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::create(io::EventLoop& loop, control::Api& api,
                                                             const ControlServerOptions& options) {
  auto listening = listen(options);
  if (!listening) return tl::unexpected(listening.error());
  std::unique_ptr<ControlServer> server(new ControlServer(loop, api, options, std::move(*listening)));
  server->spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto source = loop.add(server->listening_.socket.get(), io::Interest::read,
                               [server = server.get()](io::Ready) { server->on_connection(); });
  if (!source) return tl::unexpected(source.error());
  server->source_ = *source;
  return server;
}

ControlServer::~ControlServer() {
  for (const auto& [id, client] : clients_) {
    if (client.socket.valid()) loop_.remove(client.source);
  }
  if (source_) loop_.remove(*source_);
  struct stat status {};
  if (::stat(options_.path.c_str(), &status) == 0 && status.st_ino == listening_.inode) {
    ::unlink(options_.path.c_str());
  }
}

std::size_t ControlServer::client_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(clients_, [](const auto& entry) { return entry.second.socket.valid(); }));
}

void ControlServer::on_connection() {
  Fd socket(::accept4(listening_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.valid()) return add_client(std::move(socket));
  if (errno != EMFILE && errno != ENFILE) return;  // it went away by itself
  log_limit_.write("", io::monotonic_now(), LogLevel::warning, "out of file descriptors: a control client is turned away");
  spare_.reset();
  socket.reset(::accept4(listening_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  socket.reset();
  spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void ControlServer::add_client(Fd socket) {
  if (client_count() >= options_.clients_max && !make_room()) {
    log_limit_.write("", io::monotonic_now(), LogLevel::warning,
                     "{} control clients are connected already: {} is turned away", client_count(),
                     peer_name(socket.get()));
    return;
  }
  const ClientId id = next_id_++;
  Client& client = clients_.try_emplace(id, std::move(socket), api_, [this, id] { go_on(id); }).first->second;
  client.name = peer_name(client.socket.get());
  client.last_heard = io::monotonic_now();
  const auto source = loop_.add(client.socket.get(), io::Interest::read,
                                [this, id](io::Ready ready) { on_ready(id, ready); });
  if (source) {
    client.source = *source;
  } else {
    log(LogLevel::warning, "a control client is turned away: {}", source.error().message);
    clients_.erase(id);
  }
}

// Drops the client that was silent for longest, if that was long.
bool ControlServer::make_room() {
  const auto since = [](const auto& entry) {
    return entry.second.socket.valid() ? entry.second.last_heard : Instant::max();
  };
  const auto oldest = std::ranges::min_element(clients_, {}, since);
  if (oldest == clients_.end() || io::monotonic_now() - since(*oldest) < kIdleMin) return false;
  log_limit_.write("", io::monotonic_now(), LogLevel::info,
                   "the control client with {} was silent for long and makes room", oldest->second.name);
  drop(oldest->first);
  return true;
}

void ControlServer::on_ready(ClientId id, io::Ready ready) {
  const auto found = clients_.find(id);
  AOEKIT_CHECK(found != clients_.end());
  Client& client = found->second;
  const bool reads = ready.readable && client.session.wants_input();
  if (reads ? !receive(client) : ready.hung_up) {
    log_changes(client);
    return drop(id);
  }
  go_on(id);
}

void ControlServer::go_on(ClientId id) {
  Client& client = clients_.at(id);
  const bool alive = client.socket.valid() && send(client);
  log_changes(client);
  if (!alive || client.session.finished()) return drop(id);
  const bool reads = client.session.wants_input();
  const bool writes = !client.session.output().empty();
  const io::Interest interest = reads ? (writes ? io::Interest::read_write : io::Interest::read)
                                      : (writes ? io::Interest::write : io::Interest::none);
  if (!loop_.modify(client.source, interest)) drop(id);
}

bool ControlServer::receive(Client& client) {
  std::array<char, kChunkBytes> chunk;
  const ssize_t count = ::recv(client.socket.get(), chunk.data(), chunk.size(), 0);
  if (count > 0) {
    client.last_heard = io::monotonic_now();
    client.session.receive({chunk.data(), static_cast<std::size_t>(count)});
  } else if (count == 0) {
    client.session.end_of_input();
  } else {
    return errno == EAGAIN || errno == EINTR;
  }
  return true;
}

// As much as the socket takes now. What was sent may make the session answer more; that is for the next turn.
bool ControlServer::send(Client& client) {
  const std::string_view output = client.session.output();
  if (output.empty()) return true;
  const ssize_t count = ::send(client.socket.get(), output.data(), output.size(), MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  client.session.sent(static_cast<std::size_t>(count));
  return true;
}

void ControlServer::log_changes(Client& client) {
  for (const control::ChangeRecord& change : client.session.take_changes()) {
    if (change.refusal) {
      log(LogLevel::notice, "control ({}): {}: refused: {}", client.name, change.request, *change.refusal);
    } else {
      log(LogLevel::notice, "control ({}): {}", client.name, change.request);
    }
  }
}

void ControlServer::drop(ClientId id) {
  const auto found = clients_.find(id);
  Client& client = found->second;
  if (client.socket.valid()) loop_.remove(client.source);
  client.socket.reset();
  // What it asked for is done all the same, and the log says for whom.
  if (!client.session.waiting()) clients_.erase(found);
}

}  // namespace aoekit::daemon
