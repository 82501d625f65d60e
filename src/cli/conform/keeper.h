// Leaves the target as it was found: remembers its config string, lists and the window's sectors, and puts them back.
#pragma once

#include <string>
#include <vector>

#include "cli/conform/probe.h"

namespace aoekit::conform {

class Keeper {
 public:
  explicit Keeper(Probe& probe) : probe_(probe) {}

  // What is there now. A target that knows no mask or reserve list has empty ones.
  void remember_lists();
  // Reads the window's sectors. REQUIRES a window.
  Status remember_window();

  // Puts back what differs. Each returns what could not be put back, in words.
  Status restore_lists();
  // Also verifies. When that is impossible, the old content goes into a file, which the Error names. Does nothing
  // when there is nothing remembered, or when it was restored since.
  Status restore_window();
  bool has_window() const { return !window_data_.empty(); }

 private:
  Status restore_mask();
  Status restore_reserve();
  Status restore_config();
  // The first station, ours included, that the target still answers.
  std::optional<wire::MacAddress> station_that_is_heard();
  void edit_mask(wire::MacAddress station, std::uint8_t directive, const std::vector<wire::MacAddress>& stations);
  Status rescue_to_file(const std::string& why) const;

  Probe& probe_;
  std::string config_string_;
  std::vector<wire::MacAddress> mask_;
  std::vector<wire::MacAddress> reserved_for_;
  Bytes window_data_;
};

// The lists as the answers carry them.
std::vector<wire::MacAddress> stations_of(const wire::MaskBody& body);
std::vector<wire::MacAddress> stations_of(const wire::ReserveBody& body);

}  // namespace aoekit::conform
