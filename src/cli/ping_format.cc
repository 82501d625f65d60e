// Statistics and lines of ping.
#include "cli/ping_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace aoekit::cli {
namespace {

double milliseconds_of(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

// Three significant digits or more: microseconds matter on a LAN.
std::string time_text(double ms) { return fmt::format("{:.{}f}", ms, ms < 1 ? 3 : ms < 100 ? 2 : 0); }

}  // namespace

void PingStatistics::received(Duration round_trip) {
  const double ms = milliseconds_of(round_trip);
  min_ms_ = received_ == 0 ? ms : std::min(min_ms_, ms);
  max_ms_ = std::max(max_ms_, ms);
  sum_ms_ += ms;
  sum_of_squares_ += ms * ms;
  ++received_;
}

double PingStatistics::loss_percent() const {
  if (transmitted_ == 0) return 0;
  return 100.0 * static_cast<double>(transmitted_ - received_) / static_cast<double>(transmitted_);
}

double PingStatistics::average_ms() const {
  return received_ == 0 ? 0 : sum_ms_ / static_cast<double>(received_);
}

double PingStatistics::mean_deviation_ms() const {
  if (received_ == 0) return 0;
  const double mean = average_ms();
  // Rounding may bring the difference below zero.
  return std::sqrt(std::max(0.0, sum_of_squares_ / static_cast<double>(received_) - mean * mean));
}

std::string PingStatistics::summary(wire::AoeAddress address, Duration elapsed) const {
  std::string text = fmt::format("\n--- {} aoe ping statistics ---\n{} transmitted, {} received", address.to_string(),
                                 transmitted_, received_);
  if (duplicates_ > 0) text += fmt::format(", +{} duplicates", duplicates_);
  text += fmt::format(", {:.6g}% loss, time {:.0f} ms\n", loss_percent(), milliseconds_of(elapsed));
  if (received_ > 0) {
    text += fmt::format("rtt min/avg/max/mdev = {:.3f}/{:.3f}/{:.3f}/{:.3f} ms\n", min_ms_, average_ms(), max_ms_,
                        mean_deviation_ms());
  }
  return text;
}

nlohmann::ordered_json PingStatistics::json(wire::AoeAddress address, Duration elapsed) const {
  nlohmann::ordered_json summary{{"address", address.to_string()},   {"transmitted", transmitted_},
                                 {"received", received_},            {"duplicates", duplicates_},
                                 {"loss_percent", loss_percent()},   {"time_ms", milliseconds_of(elapsed)}};
  if (received_ > 0) {
    summary["rtt_ms"] = {
        {"min", min_ms_}, {"avg", average_ms()}, {"max", max_ms_}, {"mdev", mean_deviation_ms()}};
  }
  return summary;
}

std::string format_reply(const PingReply& reply) {
  return fmt::format("{} bytes from {} ({}, {}): seq={} time={} ms{}\n", reply.frame_bytes, reply.address.to_string(),
                     reply.mac.to_string(), reply.interface, reply.sequence,
                     time_text(milliseconds_of(reply.round_trip)),
                     reply.order == ReplyOrder::duplicate ? " (DUP!)" : "");
}

nlohmann::ordered_json reply_json(const PingReply& reply) {
  return {{"seq", reply.sequence},
          {"time_ms", milliseconds_of(reply.round_trip)},
          {"mac", reply.mac.to_string()},
          {"interface", reply.interface},
          {"duplicate", reply.order == ReplyOrder::duplicate}};
}

}  // namespace aoekit::cli
