// What a run leaves behind for people: a timeline in plain words and the frames of its last moments as pcapng.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace aoekit::sim {

enum class Direction : std::uint8_t { received, sent };

class Recorder {
 public:
  struct Line {
    Instant at;
    std::string text;
  };
  // Lines and frames older than the newest that many are forgotten.
  Recorder(std::size_t lines_max, std::size_t frames_max) : lines_max_(lines_max), frames_max_(frames_max) {}

  // Also writes each line to `out` as it comes; null: not.
  void follow(std::FILE* out) { out_ = out; }
  // Interfaces are numbered from 0 in the order in which they are named.
  void name_interface(std::string name) { interfaces_.push_back(std::move(name)); }

  void line(Instant at, std::string text);
  void frame(Instant at, std::size_t interface, Direction direction, ByteView bytes);

  const std::deque<Line>& lines() const { return lines_; }
  // One line of text, as follow() and timelines show it: "  12.345678 s  text".
  static std::string format(const Line& line);
  // A pcapng section with one description block an interface (Wireshark shows the names).
  [[nodiscard]] Status write_pcapng(const std::string& path) const;
  [[nodiscard]] Status write_timeline(const std::string& path, const std::string& heading) const;

 private:
  struct Captured {
    Instant at;
    std::size_t interface;
    Direction direction;
    std::vector<std::uint8_t> bytes;
  };

  std::size_t lines_max_;
  std::size_t frames_max_;
  std::FILE* out_ = nullptr;
  std::vector<std::string> interfaces_;
  std::deque<Line> lines_;
  std::deque<Captured> frames_;
};

}  // namespace aoekit::sim
