// What tells this machine, process and export from others: names, serial numbers, seeds.
#pragma once

#include <cstdint>
#include <string>

#include "ata/disk.h"
#include "block/block_device.h"
#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::daemon {

// The version as IDENTIFY and discovery show it.
std::uint16_t firmware_version();

// Different on every machine and for every process.
std::uint64_t random_seed(const wire::MacAddress& mac);

// How a disk with these properties introduces itself at `address`: the serial number is made of address and host name,
// the rest is what `info` says.
ata::DiskIdentity identity_of(wire::AoeAddress address, const char* model, const block::DeviceInfo& info);

}  // namespace aoekit::daemon
