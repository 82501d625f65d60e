// Asks the network whether somebody already answers for an address, before a second target would.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "net/frame_port.h"
#include "wire/frame.h"

namespace aoekit::daemon {

// Broadcasts a config query for `address` three times within `patience` and returns the MAC address of the first
// station that answers as that address; nothing if none does. `port` must receive responses (net::PortRole). A target
// that hides from us behind a mask list is not seen.
Result<std::optional<wire::MacAddress>> find_other_target(net::FramePort& port, wire::AoeAddress address,
                                                          Duration patience);

// One such query, as a broadcast. `address` may be a wildcard.
void send_query(net::FramePort& port, wire::AoeAddress address);
// The header of an answer of a target; nothing if the frame is none.
std::optional<wire::Header> responder_in(ByteView frame);

}  // namespace aoekit::daemon
