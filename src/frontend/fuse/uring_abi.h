// FUSE over io_uring as the kernel has it since Linux 6.14 (include/uapi/linux/fuse.h), for headers that do not have it
// yet. The names are ours, so that newer headers do no harm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aoekit::fuse {

// FUSE_OVER_IO_URING, bit 41 of the flags of FUSE_INIT: of their second word.
constexpr std::uint32_t kFlags2OverIoUring = std::uint32_t{1} << (41 - 32);

// fuse_uring_cmd: what an IORING_OP_URING_CMD on /dev/fuse does. It ends when there is a request.
enum class RingCommand : std::uint32_t {
  enlist = 1,            // FUSE_IO_URING_CMD_REGISTER: here is memory for requests
  commit_and_fetch = 2,  // FUSE_IO_URING_CMD_COMMIT_AND_FETCH: here is the answer; the next request, please
};

// fuse_uring_ent_in_out
struct RingEntry {
  std::uint64_t flags;
  std::uint64_t commit_id;      // names the request when it is answered
  std::uint32_t payload_bytes;  // of the request, then of the answer
  std::uint32_t padding;
  std::uint64_t reserved;
};

// fuse_uring_req_header
struct RingHeaders {
  std::array<std::uint8_t, 128> in_out;  // fuse_in_header, then fuse_out_header
  std::array<std::uint8_t, 128> op_in;   // a request's first argument; the others are the payload
  RingEntry entry;
};

// fuse_uring_cmd_req, within an io_uring_sqe of 128 bytes.
struct RingCommandArguments {
  std::uint64_t flags;
  std::uint64_t commit_id;
  std::uint16_t queue;
  std::array<std::uint8_t, 6> padding;
};

static_assert(sizeof(RingEntry) == 32 && sizeof(RingHeaders) == 288 && sizeof(RingCommandArguments) == 24);

}  // namespace aoekit::fuse
