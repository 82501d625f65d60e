// Reading rtnetlink messages by copying fields out of them, whatever their alignment.
#pragma once

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "net/interface.h"

namespace aoekit::net {

// The T at the front of `bytes`, or nothing if there are too few.
template <class T>
std::optional<T> copy_front(ByteView bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// `bytes` without the first `length`, rounded up to netlink's alignment of 4.
inline ByteView after_aligned(ByteView bytes, std::size_t length) {
  return bytes.subspan(std::min(bytes.size(), (length + 3) / 4 * 4));
}

// The part of a message that says which interface, and its flags.
struct LinkHeader {
  ifinfomsg info;
  ByteView attributes;
};
// From the bytes behind the nlmsghdr. Nothing if malformed, or if the message is not about the interface itself (a
// bridge reports its ports with messages of the same type and family AF_BRIDGE).
std::optional<LinkHeader> link_header_from(ByteView body);

// The state that the message describes; nothing if it is a partial one (wireless events have no MTU).
std::optional<InterfaceState> interface_state_from(const LinkHeader& header);

}  // namespace aoekit::net
