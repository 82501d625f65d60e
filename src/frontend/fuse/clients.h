// The client of the library, and what to do when it is to use other interfaces: a client keeps its interfaces for life,
// so a new one takes its place, and the old one stays for as long as disks that it opened are open.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/fuse/mailbox.h"
#include "lib/aoekit.h"

namespace aoekit::fuse {

// The reader's, whose thread does the network's work, too: callbacks are called within work() and the synchronous functions.
class Clients {
 public:
  struct Options {
    std::uint32_t dead_seconds = 180;  // or AOE_FOREVER
    std::uint32_t requests = 1024;     // unfinished at a time
  };
  // Starts the first one. `interfaces`: comma-separated, empty for all. What happens to disks is told to `mailbox`,
  // which outlives this.
  static Result<std::unique_ptr<Clients>> start(const Options& options, const std::string& interfaces,
                                                Mailbox& mailbox);
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  aoe_client* current() const { return clients_.back().get(); }
  const std::string& interfaces() const { return interfaces_; }
  // From now on current() is a client on these. An Error: everything stays as it was.
  Status use(const std::string& interfaces);
  // What they wait for; appended to `fds`.
  void add_fds(std::vector<pollfd>& fds) const;
  // Does what there is to do, without waiting. Whether requests were finished.
  bool work();
  // What is started in between leaves together at the end, through whichever client.
  void begin_batch();
  void end_batch();
  // Ends old clients of which `has_open_disks` says no.
  void tidy(const std::function<bool(const aoe_client*)>& has_open_disks);

 private:
  struct Deleter {
    void operator()(aoe_client* client) const { aoe_client_free(client); }
  };
  Clients(const Options& options, Mailbox& mailbox) : options_(options), mailbox_(mailbox) {}

  const Options options_;
  Mailbox& mailbox_;
  std::string interfaces_;
  std::vector<std::unique_ptr<aoe_client, Deleter>> clients_;  // the last is the current one
};

}  // namespace aoekit::fuse
