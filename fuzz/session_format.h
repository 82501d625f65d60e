// How the bytes of a fuzz input mean a session with the target: a sequence of frames and other events.
//
// Each event is a byte - its low four bits an Event (modulo their number), bit 7 "the turn goes on": the next event
// comes before frames are sent and operations started - and the fields that session.cc reads for it. Fields beyond the
// end of the input are zero; the session ends with the input.
#pragma once

#include <array>
#include <cstdint>

#include "wire/address.h"
#include "wire/mac_address.h"

namespace aoekit::fuzz {

enum class Event : std::uint8_t {
  raw_frame,      // u8 port, u16 length, that many bytes
  ata_frame,      // envelope, aflags, feature, count, opcode, LBA, u8 data sectors, u8 fill, u8 length, data's start
  other_frame,    // envelope, u8 command, u16 length, body
  complete,       // u8 which operation, u8 outcome, maybe with kLends
  pass_time,      // u16 minutes
  resize,         // u8 export, u8 sectors
  set_mtu,        // u8 port, u16 MTU
  set_available,  // u8 export, u8 0 or 1
  announce,       // u8 export
  set_commit,     // u8 export, u8 a target::Commit
  come_or_go,     // the last export is removed, or comes again once it is gone
};
inline constexpr std::uint8_t kEventCount = 11;
inline constexpr std::uint8_t kEventMask = 0x0f;
inline constexpr std::uint8_t kTurnGoesOn = 0x80;
// The disk lends what it has read, instead of placing it where it was asked to.
inline constexpr std::uint8_t kLends = 0x80;

// An envelope is three bytes: who (below), version and flags as in byte 14 of a frame, and the tag's last byte.
// who: bits 0-1 station, bit 2 port, bits 3-5 export address, bits 6-7 destination.
inline constexpr std::array<wire::MacAddress, 4> kStations{{
    {{0x02, 0, 0, 0, 0, 0xa1}},
    {{0x02, 0, 0, 0, 0, 0xb0}},
    {{0x02, 0, 0, 0, 0, 0xc2}},
    {{0x03, 0, 0, 0, 0, 0xdd}},  // a multicast address, which nobody has
}};
inline constexpr std::array<wire::MacAddress, 2> kPortMacs{{{{0x02, 0, 0, 0, 0, 0x01}}, {{0x02, 0, 0, 0, 0, 0x02}}}};
inline constexpr std::array<wire::AoeAddress, 2> kExports{{{1, 2}, {1, 3}}};
inline constexpr std::array<wire::AoeAddress, 8> kAddresses{{
    kExports[0], kExports[1], {0xffff, 2}, {1, 0xff}, wire::kEverybody, {1, 4}, {2, 2}, {0xffff, 9}}};

// Disks have as many sectors at most.
inline constexpr std::uint8_t kDiskSectorsMax = 128;
inline constexpr std::uint8_t kDataSectorsMax = 20;
inline constexpr std::uint32_t kSectorsPerFrameMax = 17;  // of the core, whatever the MTU
inline constexpr std::uint32_t kMtuBytes = 9000;          // of both ports at the start
inline constexpr std::uint16_t kBodyBytesMax = 2100;  // more than any list needs
inline constexpr std::uint32_t kTagHigh = 0x80000000;

}  // namespace aoekit::fuzz
