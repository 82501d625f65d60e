// Names and numbers of the driver's device nodes.
#include "aoetools/nodes.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include "aoetools/numbers.h"

namespace aoekit::aoetools {

std::vector<Node> control_nodes() {
  return {{"err", S_IFCHR | 0400, 2},
          {"discover", S_IFCHR | 0200, 3},
          {"interfaces", S_IFCHR | 0200, 4},
          {"revalidate", S_IFCHR | 0200, 5},
          {"flush", S_IFCHR | 0200, 6}};
}

Result<std::vector<Node>> shelf_nodes(unsigned shelf, unsigned partitions) {
  const std::uint64_t first = std::uint64_t{kSlotsOfShelf} * shelf * partitions;
  if (first + std::uint64_t{kSlotsOfShelf} * partitions - 1 > kMinorMax) {
    return fail("shelf {} with {} partitions a disk needs minor device numbers above {}, the largest there is", shelf,
                partitions, kMinorMax);
  }
  std::vector<Node> nodes;
  auto minor = static_cast<unsigned>(first);
  for (unsigned slot = 0; slot < kSlotsOfShelf; ++slot) {
    const std::string disk = fmt::format("e{}.{}", shelf, slot);
    nodes.push_back({disk, S_IFBLK | 0660, minor++});
    for (unsigned part = 1; part < partitions; ++part) {
      nodes.push_back({fmt::format("{}p{}", disk, part), S_IFBLK | 0660, minor++});
    }
  }
  return nodes;
}

Result<unsigned> parse_count(const std::string& text, const std::string& what, unsigned max) {
  const auto value = parse_number(text, max);
  if (!value) return fail("\"{}\" is not a {} (0 to {})", text, what, max);
  return static_cast<unsigned>(*value);
}

}  // namespace aoekit::aoetools
