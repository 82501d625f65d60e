// The lines of aoe-stat: pure text, from what sysfs says of each disk.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace aoekit::aoetools {

// One directory below sysfs's block/, its files as they are; nothing where a file cannot be read.
struct DiskFacts {
  std::string name;  // "e1.2"
  std::optional<std::string> dev, size, netif, state, payload;
};

// Whether a directory of block/ is a whole AoE disk: a name with eN.N in it, and no partition.
bool is_aoe_disk(const std::string& directory_name);
// What follows the last '!' of the path, all of it if there is none.
std::string disk_name(const std::string& path);

// "20.003GB": decimal gigabytes, cut off after three places; "(NA)" for what is no number of sectors.
std::string size_column(const std::optional<std::string>& sectors);

// One line a disk, without newlines, sorted as the locale sorts. With any payload known there is a payload column; a
// disk without one then has its state there, as ever.
std::vector<std::string> stat_lines(std::span<const DiskFacts> disks);

// The minor number in a dev file ("152:17"); nothing if there is none.
std::optional<unsigned> minor_of(const std::optional<std::string>& dev);

// Those of `lines` that match the basic regular expression, as grep does it.
Result<std::vector<std::string>> matching(std::span<const std::string> lines, const std::string& regex);

}  // namespace aoekit::aoetools
