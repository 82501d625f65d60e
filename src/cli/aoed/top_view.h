// `aoe top` as lines of text: what is on the screen, for given data, a given size and what was typed so far.
#pragma once

#include <string>
#include <vector>

#include "cli/aoed/top_rates.h"

namespace aoekit::cli {

enum class TopTab : std::uint8_t { exports, clients, interfaces };
enum class TopSort : std::uint8_t { address, requests, bytes, latency, queue };

struct TopState {
  TopTab tab = TopTab::exports;
  TopSort sort = TopSort::requests;
  bool reversed = false;
  bool paused = false;
  bool typing = false;       // the filter is being typed
  std::string filter = {};   // only rows that contain it
  std::size_t scroll = 0;    // rows that are above the screen
  std::string trouble = {};  // why the numbers are old; "" if they are not
};

struct TopLine {
  enum class Style : std::uint8_t { plain, title, heading, bad, help };
  std::string text;
  Style style = Style::plain;
};

inline constexpr std::size_t kAllRows = control::kNoLimit;

// Lines of at most `width` characters of ASCII (column headings need 80), and at most `height` of them, the last one
// being the help; with kAllRows: every row, and no help. Corrects state.scroll where it goes too far.
std::vector<TopLine> top_lines(const TopData& data, TopState& state, std::size_t width, std::size_t height);

enum class TopReaction : std::uint8_t { redraw, quit };
// What a typed character means. Special keys come as these numbers, which no character has.
enum TopKey : int { kTopUp = 1001, kTopDown, kTopPageUp, kTopPageDown, kTopHome, kTopErase, kTopEscape, kTopEnter };
TopReaction top_key(TopState& state, int key);

}  // namespace aoekit::cli
