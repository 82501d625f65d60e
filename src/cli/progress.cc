// Arithmetic and drawing of progress.
#include "cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/text.h"
#include "io/clock.h"

namespace aoekit::cli {
namespace {

constexpr int kBarWidth = 24;
constexpr Duration kRedrawEvery = std::chrono::milliseconds(100);

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::string format_clock(Duration duration) {
  const auto total = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (total >= 3600) return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string format_rate(std::uint64_t bytes, Duration elapsed) {
  if (elapsed <= Duration{0}) return "-";
  return human_size(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds_of(elapsed))) + "/s";
}

std::string format_progress(const ProgressState& state) {
  const std::uint64_t done_now = state.bytes_done - std::min(state.bytes_before, state.bytes_done);
  const std::string rate = format_rate(done_now, state.elapsed);
  if (!state.bytes_total) return fmt::format("{}, {}", human_size(state.bytes_done), rate);
  const double share = *state.bytes_total == 0
                           ? 1.0
                           : static_cast<double>(state.bytes_done) / static_cast<double>(*state.bytes_total);
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kBarWidth);
  std::string bar(filled, '=');
  if (filled < kBarWidth) bar += '>';
  std::string line = fmt::format("{:3.0f}% [{:<{}}] {} of {}, {}", share * 100, bar, kBarWidth,
                                 human_size(state.bytes_done), human_size(*state.bytes_total), rate);
  if (done_now > 0 && share < 1) {
    const double bytes_left = static_cast<double>(*state.bytes_total - state.bytes_done);
    const double left = seconds_of(state.elapsed) * bytes_left / static_cast<double>(done_now);
    line += fmt::format(", {} left",
                        format_clock(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(left))));
  }
  return line;
}

ProgressLine::ProgressLine(std::optional<std::uint64_t> bytes_total, Instant start, std::uint64_t bytes_before)
    : bytes_total_(bytes_total),
      start_(start),
      bytes_before_(bytes_before),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (terminal_ && drawn_at_ != Instant::min()) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::update(std::uint64_t bytes_done) {
  if (!terminal_) return;
  const Instant now = io::monotonic_now();
  if (drawn_at_ != Instant::min() && now - drawn_at_ < kRedrawEvery) return;
  drawn_at_ = now;
  fmt::print(stderr, "\r{}\033[K", format_progress({bytes_done, bytes_total_, now - start_, bytes_before_}));
}

}  // namespace aoekit::cli
