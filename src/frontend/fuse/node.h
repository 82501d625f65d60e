// Inode numbers: they say by themselves what they are, so that no table of them has to be kept.
#pragma once

#include <cstdint>
#include <optional>

namespace aoekit::fuse {

// Values are part of inode numbers; the root's must be 1.
enum class NodeKind : std::uint8_t {
  root = 1,
  discover,
  interfaces,
  revalidate,
  flush,
  err,
  sys,             // .sys
  sys_block,       // .sys/block
  sys_disk,        // .sys/block/etherd!eS.L        (disk)
  sys_attribute,   // .sys/block/etherd!eS.L/size   (disk, attribute)
  sys_module,      // .sys/module
  sys_aoe,         // .sys/module/aoe
  sys_version,     // .sys/module/aoe/version
  sys_parameters,  // .sys/module/aoe/parameters
  sys_iflist,      // .sys/module/aoe/parameters/aoe_iflist
  disk,            // eS.L                          (disk)
  partition,       // eS.LpN                        (disk, window)
  last = partition
};

struct Node {
  NodeKind kind = NodeKind::root;
  std::uint8_t attribute = 0;  // an Attribute (sys_tree.h)
  std::uint16_t window = 0;    // an index into the disk's windows
  std::uint32_t disk = 0;      // an index into the table of disks
  bool operator==(const Node&) const = default;
};

constexpr std::uint64_t to_inode(const Node& node) {
  return static_cast<std::uint64_t>(node.kind) | static_cast<std::uint64_t>(node.attribute) << 8 |
         static_cast<std::uint64_t>(node.window) << 16 | static_cast<std::uint64_t>(node.disk) << 32;
}

// Nothing for a number that no node has.
constexpr std::optional<Node> to_node(std::uint64_t inode) {
  const auto kind = static_cast<std::uint8_t>(inode);
  if (kind < static_cast<std::uint8_t>(NodeKind::root) || kind > static_cast<std::uint8_t>(NodeKind::last)) {
    return std::nullopt;
  }
  return Node{static_cast<NodeKind>(kind), static_cast<std::uint8_t>(inode >> 8),
              static_cast<std::uint16_t>(inode >> 16), static_cast<std::uint32_t>(inode >> 32)};
}

static_assert(to_inode(Node{}) == 1, "FUSE_ROOT_ID");

}  // namespace aoekit::fuse
