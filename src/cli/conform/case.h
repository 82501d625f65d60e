// What a conformance case is: one observable rule of docs/protocol.md, and who suffers where it does not hold.
#pragma once

#include <span>
#include <string_view>

namespace aoekit::conform {

class Probe;

// What a case cannot do without; a combination of these.
using Needs = unsigned;
inline constexpr Needs kNeedsNothing = 0;
inline constexpr Needs kNeedsWindow = 1U << 0;        // sectors that may be overwritten
inline constexpr Needs kNeedsOtherStation = 1U << 1;  // a second source address whose answers are seen
inline constexpr Needs kNeedsShortFrames = 1U << 2;   // frames under 60 bytes arrive unpadded

// Texts are string literals. `id` is "section.what"; `rule` the number in docs/protocol.md that names this case there.
struct Case {
  std::string_view id;
  std::string_view rule;
  std::string_view text;    // the rule in one sentence
  std::string_view breaks;  // which clients a failure breaks, and how
  Needs needs;
  void (*run)(Probe&);  // returns if the rule holds; else throws what probe.h declares
};

struct Section {
  std::string_view name;
  std::string_view title;
  std::span<const Case> cases;
};

// All sections in the order in which they run: what is known to kill a target comes last.
std::span<const Section> all_sections();

std::span<const Case> reply_cases();
std::span<const Case> request_cases();
std::span<const Case> wildcard_cases();
std::span<const Case> config_cases();
std::span<const Case> identify_cases();
std::span<const Case> ata_cases();
std::span<const Case> smart_cases();
std::span<const Case> write_cases();
std::span<const Case> load_cases();
std::span<const Case> reserve_cases();
std::span<const Case> mask_cases();

}  // namespace aoekit::conform
