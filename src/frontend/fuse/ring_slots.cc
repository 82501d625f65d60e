// One piece of memory for all slots, and a hash table of lists that have one element nearly always.
#include "frontend/fuse/ring_slots.h"

#include <linux/fuse.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"

namespace aoekit::fuse {
namespace {

constexpr std::size_t kPageBytes = 4096;
// A program stays on a CPU, and all that it has under way is to find place in that CPU's queue.
constexpr unsigned kDepthMin = 32, kDepthMax = 48;
static_assert(sizeof(RingHeaders) + sizeof(fuse_in_header) + sizeof(RingHeaders::op_in) <= kPageBytes);

}  // namespace

void RingSlots::Free::operator()(std::uint8_t* memory) const { std::free(memory); }

unsigned RingSlots::depth(unsigned queues, std::size_t payload_bytes, std::size_t bytes_max) {
  if (queues == 0) return 0;
  const std::size_t room = bytes_max / (kPageBytes + payload_bytes) / queues;
  if (room < kDepthMin) return 0;
  return static_cast<unsigned>(std::min<std::size_t>(room, kDepthMax));
}

Result<std::unique_ptr<RingSlots>> RingSlots::create(unsigned queues, unsigned depth, std::size_t payload_bytes) {
  AOEKIT_CHECK(queues > 0 && queues <= UINT16_MAX && depth > 0 && payload_bytes % kPageBytes == 0);
  std::unique_ptr<RingSlots> slots(new RingSlots(queues, depth, payload_bytes));
  if (slots->memory_ == nullptr) return fail("there is no memory for io_uring");
  return slots;
}

RingSlots::RingSlots(unsigned queues, unsigned depth, std::size_t payload_bytes) : payload_bytes_(payload_bytes) {
  const std::size_t count = std::size_t{queues} * depth, bytes = count * (kPageBytes + payload_bytes);
  memory_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kPageBytes, bytes)));
  if (memory_ == nullptr) return;
  std::memset(memory_.get(), 0, bytes);
  slots_.resize(count);
  waiting_.resize(std::bit_ceil(2 * count));
  std::uint8_t* place = memory_.get();
  for (std::size_t i = 0; i < count; ++i, place += kPageBytes + payload_bytes) {
    RingSlot& slot = slots_[i];
    slot.queue = static_cast<std::uint16_t>(i / depth);
    slot.headers = new (place) RingHeaders{};
    slot.payload = place + kPageBytes;
    slot.memory = {iovec{slot.headers, sizeof(RingHeaders)}, iovec{slot.payload, payload_bytes}};
  }
}

// The kernel counts in steps of two.
RingSlot*& RingSlots::list_of(std::uint64_t unique) { return waiting_[(unique >> 1) & (waiting_.size() - 1)]; }

std::span<std::uint8_t> RingSlots::take(RingSlot& slot) {
  fuse_in_header head{};
  std::memcpy(&head, slot.headers->in_out.data(), sizeof head);
  slot.commit_id = slot.headers->entry.commit_id;
  slot.unique = head.unique;
  RingSlot*& list = list_of(slot.unique);
  slot.next = list;
  list = &slot;
  const std::size_t payload = slot.headers->entry.payload_bytes;
  if (payload > payload_bytes_ || head.len < sizeof head + payload) return {};
  const std::size_t first = head.len - sizeof head - payload;
  if (first > slot.headers->op_in.size()) return {};
  std::uint8_t* const begin = slot.payload - first - sizeof head;
  std::memcpy(begin, &head, sizeof head);
  std::memcpy(begin + sizeof head, slot.headers->op_in.data(), first);
  return {begin, head.len};
}

RingSlot* RingSlots::answer(std::span<const iovec> parts) {
  fuse_out_header head{};
  AOEKIT_CHECK(!parts.empty() && parts[0].iov_len == sizeof head);  // libfuse writes it so
  std::memcpy(&head, parts[0].iov_base, sizeof head);
  RingSlot** place = &list_of(head.unique);
  while (*place != nullptr && (*place)->unique != head.unique) place = &(*place)->next;
  RingSlot* const slot = *place;
  if (slot == nullptr) return nullptr;
  *place = slot->next;
  std::size_t bytes = 0;
  for (const iovec& part : parts.subspan(1)) {
    AOEKIT_CHECK(part.iov_len <= payload_bytes_ - bytes);  // nobody is answered more than was asked for
    if (part.iov_len > 0) std::memcpy(slot->payload + bytes, part.iov_base, part.iov_len);
    bytes += part.iov_len;
  }
  std::memcpy(slot->headers->in_out.data(), &head, sizeof head);
  slot->headers->entry.payload_bytes = static_cast<std::uint32_t>(bytes);
  return slot;
}

unsigned cpus_in(std::string_view list) {
  unsigned count = 0;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at != end) {
    unsigned first = 0, last = 0;
    auto parsed = std::from_chars(at, end, first);
    if (parsed.ec != std::errc()) return 0;
    last = first;
    if (parsed.ptr != end && *parsed.ptr == '-') parsed = std::from_chars(parsed.ptr + 1, end, last);
    if (parsed.ec != std::errc() || last < first) return 0;
    count += last - first + 1;
    at = parsed.ptr;
    if (at != end && *at++ != ',') return 0;
  }
  return count;
}

}  // namespace aoekit::fuse
