// What ports have in common.
#include "net/frame_port.h"

namespace aoekit::net {

void FramePort::send_split(std::span<const SplitFrame> frames) {
  std::vector<std::uint8_t> whole;
  for (const SplitFrame& frame : frames) {
    whole.assign(frame.head.begin(), frame.head.end());
    whole.insert(whole.end(), frame.data.begin(), frame.data.end());
    const ByteView view = whole;
    send({&view, 1});
  }
}

}  // namespace aoekit::net
