// Whom a request meets is found by walking the chain: the buffer count bounds it, and marks tell where nobody can be met.
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

// Of a trim only the cover of its ranges is known, and not before it is under way.
bool RequestTable::has_marks(const ata::Transfer& transfer) {
  const bool has_place = transfer.kind == block::OpKind::read || transfer.kind == block::OpKind::write;
  return has_place && transfer.range.count.count <= (kBlocksMax - 1) * kSectorsABlock;
}

template <class F>
void RequestTable::for_each_mark(ExportId device, SectorRange range, F visit) {
  const std::uint64_t end = (range.end() + kSectorsABlock - 1) / kSectorsABlock;
  for (std::uint64_t block = range.first.value / kSectorsABlock; block < end; ++block) {
    const std::uint64_t hash = (block ^ static_cast<std::uint64_t>(device.value) << 44) * 0x9e3779b97f4a7c15U;
    visit(static_cast<std::size_t>(hash >> 32) % kMarks);
  }
}

bool RequestTable::may_meet_others(ExportId device, const ata::Transfer& transfer) const {
  if (without_marks_ > 0 || !has_marks(transfer)) return true;
  bool found = false;
  for_each_mark(device, transfer.range, [&](std::size_t mark) { found = found || marks_[mark] > 0; });
  return found;
}

void RequestTable::change_marks(const Request& request, Marks what) {
  if (request.transfer.kind == block::OpKind::flush) return;  // nobody waits for it
  const auto change = [what](auto& count) { what == Marks::set ? ++count : --count; };
  if (!has_marks(request.transfer)) return change(without_marks_);
  for_each_mark(request.device, request.transfer.range, [&](std::size_t mark) { change(marks_[mark]); });
}

void RequestTable::append(RequestChain& chain, BufferIndex index) {
  Request& request = requests_[index];
  request.next = kNoRequest;
  request.previous = chain.last;
  if (chain.first == kNoRequest) {
    chain.first = index;
  } else {
    requests_[chain.last].next = index;
  }
  chain.last = index;
  request.waiting = may_meet_others(request.device, request.transfer) && is_held_back(chain, index);
  if (request.waiting) ++chain.waiting;
  change_marks(request, Marks::set);
}

std::optional<BufferIndex> RequestTable::find_copy(const RequestChain& chain, ExportId device,
                                                   const wire::Header& header, const wire::AtaBody& body,
                                                   const ata::Transfer& transfer) const {
  if (!may_meet_others(device, transfer)) return std::nullopt;
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
  const Request& request = requests_[index];
  (request.previous == kNoRequest ? chain.first : requests_[request.previous].next) = request.next;
  (request.next == kNoRequest ? chain.last : requests_[request.next].previous) = request.previous;
  change_marks(request, Marks::take);
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
