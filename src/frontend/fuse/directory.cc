// Names and attributes: the root, and the tree under .sys.
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/version.h"
#include "frontend/fuse/file_system.h"
#include "frontend/fuse/sys_tree.h"

namespace aoekit::fuse {
namespace {

// Disks and partitions come and go without the kernel being told, so it asks for names each time. Sizes it is told of.
constexpr double kNameValidSeconds = 0;
constexpr double kValidSeconds = 1;
constexpr off_t kTextBytes = 4096;  // as sysfs says of its files

struct FixedName {
  NodeKind parent;
  const char* name;
  NodeKind kind;
};
constexpr std::array kFixedNames = {
    FixedName{NodeKind::root, "discover", NodeKind::discover},
    FixedName{NodeKind::root, "err", NodeKind::err},
    FixedName{NodeKind::root, "flush", NodeKind::flush},
    FixedName{NodeKind::root, "interfaces", NodeKind::interfaces},
    FixedName{NodeKind::root, "revalidate", NodeKind::revalidate},
    FixedName{NodeKind::root, ".sys", NodeKind::sys},
    FixedName{NodeKind::sys, "block", NodeKind::sys_block},
    FixedName{NodeKind::sys, "module", NodeKind::sys_module},
    FixedName{NodeKind::sys_module, "aoe", NodeKind::sys_aoe},
    FixedName{NodeKind::sys_aoe, "version", NodeKind::sys_version},
    FixedName{NodeKind::sys_aoe, "parameters", NodeKind::sys_parameters},
    FixedName{NodeKind::sys_parameters, "aoe_iflist", NodeKind::sys_iflist},
};

mode_t mode_of(NodeKind kind, Access access) {
  switch (kind) {
    case NodeKind::root:
    case NodeKind::sys:
    case NodeKind::sys_block:
    case NodeKind::sys_disk:
    case NodeKind::sys_module:
    case NodeKind::sys_aoe:
    case NodeKind::sys_parameters: return S_IFDIR | 0755;
    case NodeKind::sys_attribute:
    case NodeKind::sys_version:
    case NodeKind::sys_iflist: return S_IFREG | 0444;
    case NodeKind::discover:
    case NodeKind::interfaces:
    case NodeKind::revalidate:
    case NodeKind::flush: return S_IFREG | 0220;
    case NodeKind::err: return S_IFREG | 0440;
    case NodeKind::disk:
    case NodeKind::partition: return S_IFREG | (access == Access::read_only ? 0440 : 0660);
  }
  return 0;
}

bool is_directory(NodeKind kind) { return S_ISDIR(mode_of(kind, Access::read_only)); }

std::optional<Node> partition_of(const Disk& disk, unsigned number) {
  const auto& partitions = disk.partitions();
  const auto found = std::find_if(partitions.begin(), partitions.end(),
                                  [&](const auto& partition) { return partition.number == number; });
  if (found == partitions.end()) return std::nullopt;
  return Node{.kind = NodeKind::partition, .window = found->window, .disk = disk.index()};
}

}  // namespace

// Whoever asks for a disk that is not there may be waiting for it.
void FileSystem::look_for(Address address) {
  if (disks_.allows(address)) aoe_client_discover(clients_.current(), address.shelf, address.slot, 0);
}

std::optional<Node> FileSystem::child(const Node& parent, std::string_view name) {
  for (const FixedName& fixed : kFixedNames) {
    if (fixed.parent == parent.kind && name == fixed.name) return Node{.kind = fixed.kind};
  }
  if (parent.kind == NodeKind::sys_disk) {
    const auto attribute = parse_attribute(name);
    if (!attribute) return std::nullopt;
    return Node{NodeKind::sys_attribute, static_cast<std::uint8_t>(*attribute), 0, parent.disk};
  }
  const bool in_block = parent.kind == NodeKind::sys_block;
  if (!in_block && parent.kind != NodeKind::root) return std::nullopt;
  if (in_block) {
    if (!name.starts_with(kSysDiskPrefix)) return std::nullopt;
    name.remove_prefix(kSysDiskPrefix.size());
  }
  const auto parsed = parse_file_name(name);
  if (!parsed) return std::nullopt;
  const Disk* disk = disks_.find(parsed->address);
  if (disk == nullptr) {
    look_for(parsed->address);
    return std::nullopt;
  }
  if (parsed->partition > 0) return in_block ? std::nullopt : partition_of(*disk, parsed->partition);
  return Node{.kind = in_block ? NodeKind::sys_disk : NodeKind::disk, .disk = disk->index()};
}

std::vector<FileSystem::Entry> FileSystem::children(const Node& directory) {
  std::vector<Entry> entries;
  entries.push_back({".", directory});
  entries.push_back({"..", Node{}});
  for (const FixedName& fixed : kFixedNames) {
    if (fixed.parent == directory.kind) entries.push_back({fixed.name, Node{.kind = fixed.kind}});
  }
  if (directory.kind == NodeKind::sys_disk) {
    for (std::size_t i = 0; i < kAttributeNames.size(); ++i) {
      entries.push_back({std::string(kAttributeNames[i]),
                         Node{NodeKind::sys_attribute, static_cast<std::uint8_t>(i), 0, directory.disk}});
    }
  }
  const bool in_block = directory.kind == NodeKind::sys_block;
  if (!in_block && directory.kind != NodeKind::root) return entries;
  for (const auto& disk : disks_.all()) {
    if (!disk->present()) continue;
    const std::string name = disk->address().name();
    if (in_block) {
      entries.push_back({std::string(kSysDiskPrefix) + name, {.kind = NodeKind::sys_disk, .disk = disk->index()}});
      continue;
    }
    entries.push_back({name, {.kind = NodeKind::disk, .disk = disk->index()}});
    for (const auto& partition : disk->partitions()) {
      entries.push_back({fmt::format("{}p{}", name, partition.number),
                         {.kind = NodeKind::partition, .window = partition.window, .disk = disk->index()}});
    }
  }
  return entries;
}

std::optional<FileSystem::Extent> FileSystem::extent(const Node& node) {
  const Disk* disk = disks_.at(node.disk);
  if (disk == nullptr) return std::nullopt;
  if (node.kind == NodeKind::disk) return Extent{0, disk->size()};
  const Disk::Window* window = disk->window(node.window);
  if (node.kind != NodeKind::partition || window == nullptr) return std::nullopt;
  const std::uint64_t size = disk->size();
  // A disk may have become smaller than its table says.
  if (window->first_byte >= size) return Extent{window->first_byte, 0};
  return Extent{window->first_byte, std::min(window->bytes, size - window->first_byte)};
}

std::optional<struct stat> FileSystem::attributes(const Node& node) {
  struct stat result {};
  result.st_ino = to_inode(node);
  result.st_mode = mode_of(node.kind, options_.access);
  result.st_nlink = is_directory(node.kind) ? 2 : 1;
  result.st_uid = options_.owner;
  result.st_gid = options_.group;
  result.st_blksize = 4096;
  result.st_atim = result.st_mtim = result.st_ctim = started_;
  const bool of_disk = node.kind == NodeKind::sys_disk || node.kind == NodeKind::sys_attribute;
  if (of_disk && disks_.at(node.disk) == nullptr) return std::nullopt;
  if (node.kind == NodeKind::disk || node.kind == NodeKind::partition) {
    const auto place = extent(node);
    if (!place) return std::nullopt;
    result.st_size = static_cast<off_t>(place->bytes);
    result.st_blocks = static_cast<blkcnt_t>(place->bytes / AOE_SECTOR_BYTES);
  } else if (S_ISREG(result.st_mode) && (result.st_mode & 0222) == 0 && node.kind != NodeKind::err) {
    result.st_size = kTextBytes;
  }
  return result;
}

std::string FileSystem::text(const Node& node) {
  switch (node.kind) {
    case NodeKind::sys_version: return fmt::format("aoefuse {}\n", kVersion);
    case NodeKind::sys_iflist: return interface_list_text(clients_.interfaces());
    case NodeKind::sys_attribute: {
      const Disk* disk = disks_.at(node.disk);
      if (disk == nullptr) return {};
      const Opened opened = disk->open_files() > 0 ? Opened::yes : Opened::no;
      return attribute_text(static_cast<Attribute>(node.attribute), disk->status(), disk->index(), opened);
    }
    default: return {};
  }
}

void FileSystem::lookup(fuse_req_t req, fuse_ino_t parent, const char* name) {
  disks_.refresh();
  const auto directory = to_node(parent);
  const auto node = directory ? child(*directory, name) : std::nullopt;
  const auto found = node ? attributes(*node) : std::nullopt;
  if (!found) {
    fuse_reply_err(req, ENOENT);
    return;
  }
  fuse_entry_param entry{};
  entry.ino = to_inode(*node);
  entry.attr = *found;
  entry.attr_timeout = kValidSeconds;
  entry.entry_timeout = kNameValidSeconds;
  fuse_reply_entry(req, &entry);
}

void FileSystem::getattr(fuse_req_t req, fuse_ino_t inode) {
  const auto node = to_node(inode);
  const auto found = node ? attributes(*node) : std::nullopt;
  if (!found) {
    fuse_reply_err(req, ENOENT);
  } else {
    fuse_reply_attr(req, &*found, kValidSeconds);
  }
}

// Disks are what they are. What opening a block device with O_TRUNC does, nothing, is done here as well, so that cp and
// dd work as they do on one; ftruncate(2) and truncate(2) to another size fail.
void FileSystem::setattr(fuse_req_t req, fuse_ino_t inode, const struct stat& wanted, int what, bool through_file) {
  const auto node = to_node(inode);
  const auto found = node ? attributes(*node) : std::nullopt;
  int error = found ? 0 : ENOENT;
  if (found && (what & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) error = EPERM;
  if (found && (what & FUSE_SET_ATTR_SIZE) != 0) {
    const bool by_open = wanted.st_size == 0 && !through_file;
    if (!by_open && wanted.st_size != found->st_size) error = EINVAL;
  }
  if (error != 0) {
    fuse_reply_err(req, error);
  } else {
    fuse_reply_attr(req, &*found, kValidSeconds);
  }
}

void FileSystem::opendir(fuse_req_t req, fuse_ino_t inode, fuse_file_info* file) {
  disks_.refresh();
  const auto node = to_node(inode);
  if (!node || !is_directory(node->kind)) {
    fuse_reply_err(req, node ? ENOTDIR : ENOENT);
    return;
  }
  auto handle = std::make_unique<Handle>();
  handle->node = *node;
  handle->entries = children(*node);
  file->fh = reinterpret_cast<std::uint64_t>(handle.get());
  if (fuse_reply_open(req, file) == 0) handle.release();  // otherwise nobody will release it
}

void FileSystem::readdir(fuse_req_t req, std::size_t bytes, off_t offset, const Handle& handle) {
  std::vector<char> page(bytes);
  std::size_t used = 0;
  for (auto i = static_cast<std::size_t>(offset); i < handle.entries.size(); ++i) {
    const Entry& entry = handle.entries[i];
    struct stat attributes {};
    attributes.st_ino = to_inode(entry.node);
    attributes.st_mode = mode_of(entry.node.kind, options_.access);
    const std::size_t room = page.size() - used;
    const std::size_t needed = fuse_add_direntry(req, page.data() + used, room, entry.name.c_str(), &attributes,
                                                 static_cast<off_t>(i + 1));
    if (needed > room) break;
    used += needed;
  }
  fuse_reply_buf(req, page.data(), used);
}

}  // namespace aoekit::fuse
