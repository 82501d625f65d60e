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
  if (error >= 0) error = aoe_client_on_event(client.get(), on_event, &mailbox_);
  if (error >= 0) error = aoe_client_start(client.get());
  if (error < 0) return tl::unexpected(Error{aoe_error(), -error});
  clients_.push_back(std::move(client));
  interfaces_ = interfaces;
  return {};
}

void Clients::tidy(const std::function<bool(const aoe_client*)>& has_open_disks) {
  for (std::size_t i = clients_.size() - 1; i-- > 0;) {
    if (!has_open_disks(clients_[i].get())) clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace aoekit::fuse
