// Setting up a client, and growing old.
#include "frontend/fuse/clients.h"

#include <utility>

namespace aoekit::fuse {
namespace {

void on_event(void* user, const aoe_event* event) {
  auto& mailbox = *static_cast<Mailbox*>(user);
  if (event->text != nullptr) mailbox.say(event->text);
  mailbox.disks_changed();
}

}  // namespace

Result<std::unique_ptr<Clients>> Clients::start(const Options& options, const std::string& interfaces,
                                                Mailbox& mailbox) {
  std::unique_ptr<Clients> clients(new Clients(options, mailbox));
  if (Status started = clients->use(interfaces); !started) return tl::unexpected(started.error());
  return clients;
}

Status Clients::use(const std::string& interfaces) {
  std::unique_ptr<aoe_client, Deleter> client(aoe_client_new());
  if (client == nullptr) return fail("there is no memory for the client");
  int error = aoe_client_set_interfaces(client.get(), interfaces.c_str());
  if (error >= 0) error = aoe_client_set_dead_seconds(client.get(), options_.dead_seconds);
  if (error >= 0) error = aoe_client_set_requests(client.get(), options_.requests);
  if (error >= 0) error = aoe_client_set_thread(client.get(), AOE_THREAD_CALLER);
  if (error >= 0) error = aoe_client_on_event(client.get(), on_event, &mailbox_);
  if (error >= 0) error = aoe_client_start(client.get());
  if (error < 0) return tl::unexpected(Error{aoe_error(), -error});
  clients_.push_back(std::move(client));
  interfaces_ = interfaces;
  return {};
}

void Clients::add_fds(std::vector<pollfd>& fds) const {
  for (const auto& client : clients_) fds.push_back({aoe_client_fd(client.get()), POLLIN, 0});
}

bool Clients::work() {
  bool finished = false;
  for (const auto& client : clients_) finished = aoe_client_poll(client.get(), 0) > 0 || finished;
  return finished;
}

// They fail only for clients that are not started.
void Clients::begin_batch() {
  for (const auto& client : clients_) static_cast<void>(aoe_batch_begin(client.get()));
}

// One that came meanwhile has nothing to end.
void Clients::end_batch() {
  for (const auto& client : clients_) static_cast<void>(aoe_batch_end(client.get()));
}

void Clients::tidy(const std::function<bool(const aoe_client*)>& has_open_disks) {
  for (std::size_t i = clients_.size() - 1; i-- > 0;) {
    if (!has_open_disks(clients_[i].get())) clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace aoekit::fuse
