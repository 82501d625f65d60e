// The byte-exact frames of docs/protocol.md ("Byte-exact examples"), for tests and as seeds of the fuzzers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace aoekit::wire {

// "88 a2 10" as bytes. Spaces are free, "xx*N" repeats a byte; anything else aborts (a test is wrong).
inline std::vector<std::uint8_t> bytes_from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string_view::npos) {
    const std::string word(text.substr(at, text.find(' ', at) - at));
    std::size_t digits = 0;
    const unsigned long value = std::stoul(word, &digits, 16);
    AOEKIT_CHECK(digits == 2 && value < 256);
    std::size_t repeats = 1;
    if (word.size() > 2) {
      AOEKIT_CHECK(word[2] == '*');
      repeats = std::stoul(word.substr(3));
    }
    bytes.insert(bytes.end(), repeats, static_cast<std::uint8_t>(value));
    at += word.size();
  }
  return bytes;
}

struct ExampleFrame {
  const char* name;
  const char* hex;
  const char* text;  // what describe() says of it
};

// From station 02:00:00:00:00:a1 to the target 02:00:00:00:00:01, export e1.2, and back.
inline constexpr ExampleFrame kExampleFrames[] = {
    {"linux-discovery", "ff*6 02 00 00 00 00 a1 88 a2 10 00 ff ff ff 01 00 00 00 00 00*8",
     "02:00:00:00:00:a1 > ff:ff:ff:ff:ff:ff e*.* request tag=0x00000000 config read buffers=0 firmware=0x0000 "
     "sectors=0 string=\"\""},
    {"vblade-discovery-reply",
     "02 00 00 00 00 a1 02 00 00 00 00 01 88 a2 18 00 00 01 02 01 00 00 00 00 00 10 40 19 02 10 00 00",
     "02:00:00:00:00:01 > 02:00:00:00:00:a1 e1.2 response tag=0x00000000 config read buffers=16 firmware=0x4019 "
     "sectors=2 string=\"\""},
    {"linux-identify",
     "02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 00 00 01 ab cd 00 00 01 ec 00 00 00 a0 00 00 00 00",
     "02:00:00:00:00:a1 > 02:00:00:00:00:01 e1.2 request tag=0x0001abcd ata command=0xec feature=0x00 count=1 "
     "lba=0xa0000000 data=0"},
    {"linux-read48",
     "02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 00 00 02 ab cd 40 00 02 24 9a 78 56 34 12 00 00 00",
     "02:00:00:00:00:a1 > 02:00:00:00:00:01 e1.2 request tag=0x0002abcd ata command=0x24 feature=0x00 count=2 "
     "lba=0x123456789a ext data=0"},
    {"linux-write28",
     "02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 00 00 03 ab cd 01 00 02 30 67 45 23 e1 00 00 00 00 "
     "5a*1024",
     "02:00:00:00:00:a1 > 02:00:00:00:00:01 e1.2 request tag=0x0003abcd ata command=0x30 feature=0x00 count=2 "
     "lba=0xe1234567 write data=1024"},
    {"write-reply",
     "02 00 00 00 00 a1 02 00 00 00 00 01 88 a2 18 00 00 01 02 00 00 03 ab cd 01 00 00 40 67 45 23 e1 00 00 00 00 "
     "00*24",
     "02:00:00:00:00:01 > 02:00:00:00:00:a1 e1.2 response tag=0x0003abcd ata status=0x40 error=0x00 count=0 "
     "lba=0xe1234567 write data=24"},
    {"read-past-the-end-reply",
     "02 00 00 00 00 a1 02 00 00 00 00 01 88 a2 18 00 00 01 02 00 00 02 ab cd 40 10 02 41 9a 78 56 34 12 00 00 00 "
     "00*24",
     "02:00:00:00:00:01 > 02:00:00:00:00:a1 e1.2 response tag=0x0002abcd ata status=0x41 error=0x10 count=2 "
     "lba=0x123456789a ext data=24"},
    {"unknown-command-reply", "02 00 00 00 00 a1 02 00 00 00 00 01 88 a2 1c 01 00 01 02 77 00 00 00 07 00*36",
     "02:00:00:00:00:01 > 02:00:00:00:00:a1 e1.2 response tag=0x00000007 command=119 AoE error 1 (unrecognized "
     "command)"},
    {"reserved-reply", "02 00 00 00 00 a1 02 00 00 00 00 01 88 a2 1c 06 00 01 02 00 00 00 00 08 00*36",
     "02:00:00:00:00:01 > 02:00:00:00:00:a1 e1.2 response tag=0x00000008 command=0 AoE error 6 (target is reserved)"},
    {"winaoe-probe", "ff*6 02 00 00 00 00 a1 88 a2 10 00 ff ff ff 00 78 56 34 12 00 00 01 ec 00*8",
     "02:00:00:00:00:a1 > ff:ff:ff:ff:ff:ff e*.* request tag=0x78563412 ata command=0xec feature=0x00 count=1 lba=0x0 "
     "data=0"},
    {"aoecfg-set",
     "02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 01 80 00 00 01 00 00 00 00 00 03 00 03 61 62 63 "
     "cc*1021",
     "02:00:00:00:00:a1 > 02:00:00:00:00:01 e1.2 request tag=0x80000001 config set buffers=0 firmware=0x0000 "
     "sectors=0 string=\"abc\""},
    {"mask-edit",
     "02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 02 80 00 00 02 00 01 00 02 "
     "00 01 02 00 00 00 00 a1 00 02 02 00 00 00 00 b0",
     "02:00:00:00:00:a1 > 02:00:00:00:00:01 e1.2 request tag=0x80000002 mask op=1 error=0 count=2 "
     "+02:00:00:00:00:a1 -02:00:00:00:00:b0"},
    {"reserve-set",
     "02 00 00 00 00 01 02 00 00 00 00 a1 88 a2 10 00 00 01 02 03 80 00 00 03 01 01 02 00 00 00 00 a1",
     "02:00:00:00:00:a1 > 02:00:00:00:00:01 e1.2 request tag=0x80000003 reserve op=1 count=1 02:00:00:00:00:a1"},
};

}  // namespace aoekit::wire
