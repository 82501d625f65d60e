// The directory that shows AoE disks, whoever serves it: the kernel's driver or aoefuse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "wire/address.h"

namespace aoekit::cli {

inline constexpr const char* kEtherd = "/dev/etherd";
// What mount(8) shows as the source of an aoefuse that `aoe mount` started, and that `aoe umount` may end.
inline constexpr const char* kStartedByMount = "aoe-mount";

// A whole disk, or with `partition` > 0 a part of it.
struct DiskName {
  wire::AoeAddress address;
  unsigned partition = 0;
  std::string file() const;  // "e1.2p3"
};
// "e1.2", "1.2", "e1.2p3", "1.2p3".
Result<DiskName> parse_disk_name(std::string_view text);

// Whether an aoefuse serves `directory`.
bool served_by_aoefuse(const std::string& directory);

struct AoefuseStart {
  std::string directory;
  std::vector<std::string> interfaces;
};
// Starts one in the background; what it has to say it has said.
Status start_aoefuse(const AoefuseStart& start);
// Unmounts `directory`, if an aoefuse serves it that `aoe mount` started, and nobody uses it. Others are left alone.
void end_unused_aoefuse(const std::string& directory);

enum class Appearance : unsigned char { file, block_device };
// Waits for the disk's file to be there.
Result<Appearance> wait_for_disk(const std::string& directory, const DiskName& name, Duration patience);

}  // namespace aoekit::cli
