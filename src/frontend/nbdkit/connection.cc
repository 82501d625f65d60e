// Requests of one NBD client.
#include "frontend/nbdkit/connection.h"

#include <cerrno>

namespace aoekit::nbd {

Result<std::unique_ptr<Connection>> Connection::open(Network& network, DiskName name, std::uint32_t flags,
                                                     std::uint32_t seconds) {
  const auto disk = network.open(name, flags, seconds);
  if (!disk) return tl::unexpected(disk.error());
  aoe_disk_status status{};
  if (const int failed = aoe_disk_get_status(*disk, &status); failed < 0) {
    const tl::unexpected<Error> error(Error{aoe_error(), -failed});
    network.close(*disk);
    return error;
  }
  return std::unique_ptr<Connection>(new Connection(network, *disk, status));
}

Outcome Connection::read(std::span<std::uint8_t> data, std::uint64_t offset) {
  return network_.run([&](aoe_callback done, void* user) {
    return aoe_aio_read(disk_, data.data(), data.size(), offset, done, user);
  });
}

Outcome Connection::write(std::span<const std::uint8_t> data, std::uint64_t offset, std::uint32_t flags) {
  return network_.run([&](aoe_callback done, void* user) {
    return aoe_aio_write(disk_, data.data(), data.size(), offset, flags, done, user);
  });
}

Outcome Connection::flush() {
  return network_.run([&](aoe_callback done, void* user) { return aoe_aio_flush(disk_, done, user); });
}

Outcome Connection::trim(std::uint64_t bytes, std::uint64_t offset) {
  return network_.run([&](aoe_callback done, void* user) { return aoe_aio_trim(disk_, bytes, offset, done, user); });
}

Outcome Connection::zero(std::uint64_t bytes, std::uint64_t offset, const ZeroOptions& options) {
  const ZeroPlan plan = plan_zero(abilities_, options);
  if (plan.refused) return {EOPNOTSUPP, "these zeros would have to be written, which is not faster than data"};
  Outcome outcome = network_.run([&](aoe_callback done, void* user) {
    return aoe_aio_zero(disk_, bytes, offset, plan.flags, done, user);
  });
  return outcome.os_error == 0 && plan.flush_after ? flush() : outcome;
}

}  // namespace aoekit::nbd
