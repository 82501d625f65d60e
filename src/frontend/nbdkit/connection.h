// One NBD client's hold on one AoE disk, and its requests. Knows nothing of nbdkit.
//
// Thread model: any number of threads at once; the facts are those of the moment of opening, as NBD has it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "frontend/nbdkit/abilities.h"
#include "frontend/nbdkit/network.h"
#include "frontend/nbdkit/request.h"
#include "lib/aoekit.h"

namespace aoekit::nbd {

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(Network& network, DiskName name, std::uint32_t flags,
                                                  std::uint32_t seconds);
  ~Connection() { network_.close(disk_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const aoe_disk_status& status() const { return status_; }
  const Abilities& abilities() const { return abilities_; }

  Outcome read(std::span<std::uint8_t> data, std::uint64_t offset);
  Outcome write(std::span<const std::uint8_t> data, std::uint64_t offset, std::uint32_t flags);
  Outcome flush();
  Outcome trim(std::uint64_t bytes, std::uint64_t offset);
  Outcome zero(std::uint64_t bytes, std::uint64_t offset, const ZeroOptions& options);

 private:
  Connection(Network& network, aoe_disk* disk, const aoe_disk_status& status)
      : network_(network), disk_(disk), status_(status), abilities_(abilities_of(status)) {}

  Network& network_;
  aoe_disk* disk_;
  aoe_disk_status status_;
  Abilities abilities_;
};

}  // namespace aoekit::nbd
