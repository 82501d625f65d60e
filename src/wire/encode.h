// From values to bytes. Every function writes each byte of the frame it returns, zero-padded to 60.
#pragma once

#include "base/bytes.h"
#include "base/cursor.h"
#include "wire/frame.h"

namespace aoekit::wire {

// The header of the reply to `request`: MACs swapped (from `own_mac`), Response flag, version 1, same command and tag,
// and the replying export's real address.
Header reply_header(const Header& request, MacAddress own_mac, AoeAddress own_address);
// The same with the Error flag.
Header error_header(const Header& request, MacAddress own_mac, AoeAddress own_address, AoeError error);

// Each writes a whole frame into `out` and returns the part used, 60 bytes at least.
// REQUIRES: out is big enough for header + body + data (at least 60); text and lists within their protocol limits.
ByteView encode(MutableBytes out, const Header& header, const ConfigBody& body);
ByteView encode(MutableBytes out, const Header& header, const MaskBody& body);
ByteView encode(MutableBytes out, const Header& header, const ReserveBody& body);
ByteView encode(MutableBytes out, const Header& header, const UnknownBody& body);
// Copies body.data to offset 36.
ByteView encode(MutableBytes out, const Header& header, const AtaBody& body);

// For a frame whose `data_bytes` of data are already in place at out[36]: writes the 36 bytes before them only, and
// padding behind them. body.data is not looked at.
ByteView encode_around_data(MutableBytes out, const Header& header, const AtaBody& body, std::size_t data_bytes);

}  // namespace aoekit::wire
