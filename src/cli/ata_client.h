// ATA commands to a target, one at a time: for everything that is not bulk reading and writing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ata/identify.h"
#include "base/result.h"
#include "cli/station.h"
#include "cli/target_query.h"
#include "wire/frame.h"

namespace aoekit::cli {

// The registers and data that came back.
struct AtaReply {
  std::uint8_t status = 0;
  std::uint8_t error = 0;
  std::uint8_t count = 0;
  std::array<std::uint8_t, 6> lba{};
  std::vector<std::uint8_t> data;  // padding included

  bool failed() const;  // the disk says that the command failed
};

// Sends one ATA command and returns what the disk answered, success or not. Fails when nobody answers or the target
// answers with an AoE error; a reservation is explained with who holds it.
Result<AtaReply> ata_command(Station& station, const Target& target, const wire::AtaBody& command,
                             const Patience& patience);

// The 512 bytes of IDENTIFY DEVICE as they came.
Result<std::vector<std::uint8_t>> identify_page(Station& station, const Target& target, const Patience& patience);
Result<ata::IdentifyPage> identify(Station& station, const Target& target, const Patience& patience);

// What an AoE error means for somebody who talks to `target`.
Error explain_aoe_error(Station& station, const Target& target, std::uint8_t error, const Patience& patience);

// "reserved for 02:..., 02:..." or "not reserved": the text after the target's name.
std::string describe_holders(const std::vector<wire::MacAddress>& holders);

}  // namespace aoekit::cli
