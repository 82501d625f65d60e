// The words and numbers of `aoe ping`, in the manner of ping(8).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/time.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::cli {

enum class ReplyOrder { first, duplicate };

struct PingReply {
  wire::AoeAddress address;
  wire::MacAddress mac;
  std::string interface;
  std::size_t frame_bytes = 0;
  std::uint64_t sequence = 0;
  Duration round_trip{};
  ReplyOrder order = ReplyOrder::first;
};

// Counts and round-trip times of a run.
class PingStatistics {
 public:
  void sent() { ++transmitted_; }
  void received(Duration round_trip);
  void duplicate() { ++duplicates_; }

  std::uint64_t transmitted_count() const { return transmitted_; }
  std::uint64_t received_count() const { return received_; }
  double loss_percent() const;
  double average_ms() const;
  // The standard deviation, as ping calls it.
  double mean_deviation_ms() const;

  // The closing lines; `elapsed` is the whole run's time.
  std::string summary(wire::AoeAddress address, Duration elapsed) const;
  nlohmann::ordered_json json(wire::AoeAddress address, Duration elapsed) const;

 private:
  std::uint64_t transmitted_ = 0, received_ = 0, duplicates_ = 0;
  double min_ms_ = 0, max_ms_ = 0, sum_ms_ = 0, sum_of_squares_ = 0;
};

// "60 bytes from e1.2 (02:..:0b, eth0): seq=1 time=0.123 ms"
std::string format_reply(const PingReply& reply);
nlohmann::ordered_json reply_json(const PingReply& reply);

}  // namespace aoekit::cli
