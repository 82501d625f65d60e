// From bytes to frames. Nothing else in the project interprets received bytes.
#pragma once

#include "base/bytes.h"
#include "wire/frame.h"

namespace aoekit::wire {

// The header of a frame of any version. Looks at the first 24 bytes only.
tl::expected<Header, RejectReason> decode_header(ByteView frame);

// The body that `header` announces, as views into `frame`. Trailing bytes after the used part are fine, except that
// ATA data keeps them (padding and data cannot be told apart). REQUIRES: `header` is what decode_header() made of
// `frame`.
tl::expected<Body, RejectReason> decode_body(const Header& header, ByteView frame);

}  // namespace aoekit::wire
