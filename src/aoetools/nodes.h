// The static device nodes of the aoe driver, for machines without udev: which there are, and what a shelf's are called.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace aoekit::aoetools {

inline constexpr unsigned kAoeMajor = 152;
inline constexpr unsigned kSlotsOfShelf = 16;
inline constexpr unsigned kPartitionsDefault = 16;
inline constexpr unsigned kShelvesDefault = 10;
inline constexpr unsigned kMinorMax = (1U << 20) - 1;  // Linux

// A device node to make.
struct Node {
  std::string name;   // "e1.2p3"
  mode_t mode = 0;    // type and permissions
  unsigned minor = 0;

  bool operator==(const Node&) const = default;
};

// err, discover, interfaces, revalidate, flush.
std::vector<Node> control_nodes();
// Of all slots and partitions (the whole disk is the first of them) of one shelf. Fails when the minor numbers do not
// reach that far. REQUIRES partitions > 0.
Result<std::vector<Node>> shelf_nodes(unsigned shelf, unsigned partitions);

// A number for people: digits only, at most `max`. `what` names it in the Error.
Result<unsigned> parse_count(const std::string& text, const std::string& what, unsigned max);

}  // namespace aoekit::aoetools
