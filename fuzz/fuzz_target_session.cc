// Fuzzes the target core with whole sessions: frames of several stations on two ports, disks that finish in any order
// and fail, sizes, MTUs and commit modes that change, an export that comes and goes. What must hold is in session_oracle.h.
#include "session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aoekit::fuzz::Session({data, size}).run();
  return 0;
}
