// What `nbdkit aoe KEY=VALUE...` says, checked before nbdkit starts to serve.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aoekit::nbd {

// The address of a disk.
struct DiskName {
  std::uint16_t shelf = 0;
  std::uint8_t slot = 0;

  // "e1.2", also the name of the export.
  std::string to_string() const;
  auto operator<=>(const DiskName&) const = default;
};

// Reads an export's name as clients send it: "e1.2", or what else aoe_parse_address() takes, but without interfaces.
Result<DiskName> parse_export_name(const std::string& name);

class Parameters {
 public:
  // One parameter of the command line; a bare one comes with the key "address".
  Status set(std::string_view key, const std::string& value);
  // After the last: whether they make sense together.
  Status check() const;

  // The one disk to serve; nothing: all that are found, each by its export name.
  std::optional<DiskName> disk() const;
  // Comma-separated; empty: all.
  const std::string& interfaces() const { return interfaces_; }
  // After how long a silent disk's requests fail; nothing was said: the library's default.
  std::optional<std::uint32_t> dead_seconds() const { return dead_seconds_; }
  bool wait_forever() const { return wait_forever_; }
  // How long to look for a disk, at the start and when a client connects.
  std::uint32_t find_seconds() const { return find_seconds_; }

 private:
  Status set_address(const std::string& value);

  std::optional<DiskName> address_;
  std::optional<std::uint16_t> shelf_;
  std::optional<std::uint8_t> slot_;
  std::string interfaces_;
  std::optional<std::uint32_t> dead_seconds_;
  bool wait_forever_ = false;
  std::uint32_t find_seconds_ = 5;
};

}  // namespace aoekit::nbd
