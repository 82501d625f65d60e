// Chains are short (the buffer count bounds them), so that walking them beats keeping an interval index.
#include "target/request_table.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::target {
namespace {

// Whether `later` must wait for `earlier`.
bool conflict(const Request& earlier, const Request& later) {
  // ATA's FLUSH covers what was answered before it. Ours also covers what is under way, so that after SET FEATURES 82h
  // (a flush, too) no write is answered from a volatile cache.
  // A write that a rate limit holds back is not under way: the flushes of other clients need not wait for it.
  if (later.transfer.kind == block::OpKind::flush) return earlier.modifies() && !earlier.held;
  return (earlier.modifies() || later.modifies()) && earlier.transfer.range.overlaps(later.transfer.range);
}

bool same_bytes(ByteView a, ByteView b, std::size_t count) {
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(count), b.begin());
}

}  // namespace

void RequestTable::append(RequestChain& chain, BufferIndex index) {
  Request& request = requests_[index];
  request.next = kNoRequest;
  if (chain.first == kNoRequest) {
    chain.first = index;
  } else {
    requests_[chain.last].next = index;
  }
  chain.last = index;
  request.waiting = is_held_back(chain, index);
  if (request.waiting) ++chain.waiting;
}

std::optional<BufferIndex> RequestTable::find_copy(const RequestChain& chain, const wire::Header& header,
                                                   const wire::AtaBody& body, const ata::Transfer& transfer) const {
  for (BufferIndex i = chain.first; i != kNoRequest; i = requests_[i].next) {
    const Request& request = requests_[i];
    if (request.body.lba != body.lba || request.body.count != body.count ||
        request.body.command_or_status != body.command_or_status || request.header.source != header.source) {
      continue;
    }
    if (request.modifies()) {
      if (same_bytes(request.body.data, body.data, transfer.write_bytes)) return i;
    } else if (request.header.tag == header.tag || (request.held && request.twin_count < kTwinsMax)) {
      return i;
    }
  }
  return std::nullopt;
}

void RequestTable::forget_port(const RequestChain& chain, PortId port) {
  for (BufferIndex i = chain.first; i != kNoRequest; i = requests_[i].next) {
    Request& request = requests_[i];
    if (request.port == port) request.port = kNoPort;
    for (Twin& twin : request.twins) {
      if (twin.port == port) twin.port = kNoPort;
    }
  }
}

void RequestTable::remove(RequestChain& chain, BufferIndex index) {
  BufferIndex previous = kNoRequest;
  for (BufferIndex i = chain.first; i != index; i = requests_[i].next) {
    AOEKIT_CHECK(i != kNoRequest);
    previous = i;
  }
  const BufferIndex next = requests_[index].next;
  if (previous == kNoRequest) {
    chain.first = next;
  } else {
    requests_[previous].next = next;
  }
  if (chain.last == index) chain.last = previous;
}

std::optional<BufferIndex> RequestTable::next_startable(RequestChain& chain) {
  if (chain.waiting == 0) return std::nullopt;
  for (BufferIndex i = chain.first; i != kNoRequest; i = requests_[i].next) {
    if (!requests_[i].waiting || is_held_back(chain, i)) continue;
    requests_[i].waiting = false;
    --chain.waiting;
    return i;
  }
  return std::nullopt;
}

bool RequestTable::is_held_back(const RequestChain& chain, BufferIndex index) const {
  for (BufferIndex i = chain.first; i != index; i = requests_[i].next) {
    if (conflict(requests_[i], requests_[index])) return true;
  }
  return false;
}

}  // namespace aoekit::target
