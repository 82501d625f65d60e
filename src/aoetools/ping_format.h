// What aoeping prints: hex dumps, IDENTIFY fields, registers.
#pragma once

#include <string>

#include "base/bytes.h"
#include "wire/frame.h"

namespace aoekit::aoetools {

inline constexpr std::size_t kIdentifyBytes = 512;

// "0a 1b ": 16 bytes a line, each with a blank behind; a newline behind each full line.
std::string hex_rows(ByteView bytes);
// "found e1.2 with mac 020000000001", without newline.
std::string found_line(const wire::Header& header);
// The lines of -I. REQUIRES page.size() >= kIdentifyBytes.
std::string identify_fields(ByteView page);
// Whether word 82 says that the disk knows SMART. REQUIRES as above.
bool knows_smart(ByteView page);
// "ATA registers:" and a line for each.
std::string registers_text(const wire::AtaBody& reply);

}  // namespace aoekit::aoetools
