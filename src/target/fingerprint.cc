// XXH3, with the widest registers that this processor has: a quarter of the time that 64-bit words take.
#include "target/fingerprint.h"

#if defined(__x86_64__)
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

namespace aoekit::target {

std::uint64_t fingerprint(ByteView data) { return XXH3_64bits(data.data(), data.size()); }

}  // namespace aoekit::target
