// For tests of the state store: a scratch directory, and states that tell their number.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "target/persistent_state.h"

namespace aoekit::daemon {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no scratch directory in /tmp";
  }
  ~ScratchDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    EXPECT_FALSE(error) << error.message();
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/aoekit-state-XXXXXX";
};

// A state all of whose parts, and their lengths, follow from its number.
inline target::PersistentState state_of(std::uint32_t number) {
  const auto station = [number](std::uint8_t last) {
    return wire::MacAddress{{2, static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                             static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), last}};
  };
  target::PersistentState state;
  state.config_string = std::to_string(number) + '\0' + std::string(number % 700, static_cast<char>(number));
  for (std::uint8_t i = 0; i <= number % 40; ++i) state.mask.push_back(station(i));
  for (std::uint8_t i = 0; i < number % 7; ++i) state.reserved_for.push_back(station(static_cast<std::uint8_t>(200 + i)));
  return state;
}

// Which one it is, if it is whole.
inline std::uint32_t number_of(const target::PersistentState& state) {
  return static_cast<std::uint32_t>(strtoul(state.config_string.c_str(), nullptr, 10));
}

}  // namespace aoekit::daemon
