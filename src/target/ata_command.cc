// Command 0, ATA: from task file to disk operation and back, in arrival order where requests overlap.
#include <algorithm>

#include "ata/interpret.h"
#include "ata/task_file.h"
#include "base/check.h"
#include "target/fingerprint.h"
#include "target/reply.h"

namespace aoekit::target {
namespace {

// The ATA part of a reply: the registers, with the request's flags echoed as all targets do.
wire::AtaBody answer_body(const wire::AtaBody& request, const ata::ResponseRegisters& registers) {
  wire::AtaBody body;
  body.flags = request.flags;
  body.feature_or_error = registers.error;
  body.count = registers.count;
  body.command_or_status = registers.status;
  body.lba = registers.lba;
  return body;
}

// The smallest range that covers all of a trim's ranges, for ordering; the ranges themselves are issued one by one.
SectorRange trim_cover(ByteView data, std::size_t bytes) {
  std::uint64_t first = UINT64_MAX;
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < bytes / 8; ++i) {
    const SectorRange range = ata::trim_range(data, i);
    if (range.count.count == 0) continue;
    first = std::min(first, range.first.value);
    end = std::max(end, range.end());
  }
  return first < end ? SectorRange{{first}, {end - first}} : SectorRange{};
}

// What a request that changes the disk is recognised by, when it comes again.
WriteMark mark_of(const Request& request) {
  return {request.device, request.header.source, request.header.tag, request.body.command_or_status,
          request.transfer.range, request.print};
}

}  // namespace

void TargetCore::serve_ata(const Arrival& arrival, const wire::AtaBody& body, Outbox& outbox) {
  Export& target = arrival.target;
  if (!target.available) {
    ++counters_.unavailable;
    return reply_error(arrival, wire::AoeError::device_unavailable, outbox);
  }
  const bool is_identify = body.command_or_status == static_cast<std::uint8_t>(ata::Opcode::identify_device);
  if (!target.reserved_for.empty() && !contains(target.reserved_for, arrival.header.source) && !is_identify) {
    ++counters_.reserved;
    count(arrival, &IoStatistics::refused);
    return reply_error(arrival, wire::AoeError::target_reserved, outbox);
  }
  const std::optional<BufferIndex> buffer = reply_buffer();
  if (!buffer) return count(arrival, &IoStatistics::dropped);
  const ata::TransferLimits limits{sectors_that_fit(arrival.port), access_of(arrival, body)};
  if (limits.access == ata::Access::read_only && ata::changes_disk(body)) {
    ++counters_.write_protected;
    count(arrival, &IoStatistics::refused);
  }
  const ata::Action action = ata::interpret(body, limits, target.disk, arrival.now, pool_.data(*buffer));
  if (const auto* transfer = std::get_if<ata::Transfer>(&action)) {
    return start_transfer(arrival, body, *transfer, *buffer, outbox);
  }
  const auto& immediate = std::get<ata::Immediate>(action);
  count(arrival, &IoStatistics::others);
  if ((immediate.registers.status & ata::kStatusError) != 0) count(arrival, &IoStatistics::errors);
  answer_at_once(arrival, body, immediate, *buffer, outbox);
}

void TargetCore::answer_at_once(const Arrival& arrival, const wire::AtaBody& body, const ata::Immediate& immediate,
                                BufferIndex buffer, Outbox& outbox) {
  const wire::Header header = wire::reply_header(arrival.header, port(arrival.port).mac, arrival.target.address);
  outbox.frames.push_back({arrival.port,
                           wire::encode_around_data(pool_.frame(buffer), header,
                                                    answer_body(body, immediate.registers), immediate.data_bytes),
                           buffer});
  ++counters_.replies;
}

void TargetCore::start_transfer(const Arrival& arrival, const wire::AtaBody& body, const ata::Transfer& transfer,
                                BufferIndex buffer, Outbox& outbox) {
  arrival.target.last_used = arrival.now;
  WriteMark mark;
  if (transfer.kind == block::OpKind::write || transfer.kind == block::OpKind::trim) {
    const ByteView data = body.data.first(transfer.write_bytes);
    const bool is_trim = transfer.kind == block::OpKind::trim;
    late_copies_.expect(arrival.id, arrival.header.source, arrival.header.tag);  // while the data are looked at
    mark = {arrival.id, arrival.header.source, arrival.header.tag, body.command_or_status,
            is_trim ? trim_cover(data, data.size()) : transfer.range, fingerprint(data)};
    if (is_late_copy(arrival.target.requests, mark, arrival.now)) {
      ++counters_.late_copies;
      count(arrival, &IoStatistics::retransmissions);
      return answer_at_once(arrival, body, {ata::success(body), 0}, buffer, outbox);
    }
  } else {
    late_copies_.learn_tag(arrival.id, arrival.header.source, arrival.header.tag);
  }
  const bool is_copy = absorb_copy(arrival, body, transfer);
  if (is_copy) return pool_.release(buffer);
  const Cost cost{1, transfer.range.count.bytes()};
  const HeldRequests::Verdict verdict = admit(arrival, transfer, cost);
  if (verdict == HeldRequests::Verdict::drop) return pool_.release(buffer);
  Request& request = requests_[buffer];
  request = Request{};
  request.device = arrival.id;
  request.port = arrival.port;
  request.header = arrival.header;
  request.arrived = arrival.now;
  request.client = arrival.client;
  request.body = body;
  request.transfer = transfer;
  request.body.data = body.data.first(transfer.write_bytes);
  request.print = mark.print;
  if (transfer.kind == block::OpKind::trim) request.transfer.range = mark.range;
  request.in_group = arrival.target.commit == Commit::group && request.modifies() && request.must_be_stable();
  if (request.in_group) ++arrival.target.group.members;
  request.held = verdict == HeldRequests::Verdict::hold;
  if (request.held) held_.hold(buffer, arrival.target, arrival.client, cost, arrival.now);
  if (request.modifies()) note_write(arrival);
  clients_.request_begins(arrival.client);
  ++requests_in_progress_;
  requests_.append(arrival.target.requests, buffer);
  if (request.waiting) ++counters_.ordered;
  const bool starts_now = !request.waiting && !request.held;
  request.is_lent = starts_now && transfer.kind == block::OpKind::write && limits_.frame_life == FrameLife::turn;
  if (!request.is_lent) keep_data(buffer);
  if (starts_now) issue(buffer, arrival.now, outbox);
}

// The data outlives the received frame: it is what a copy is recognised by, and what the disk reads.
void TargetCore::keep_data(BufferIndex index) {
  const MutableBytes data = pool_.data(index);
  ByteView& received = requests_[index].body.data;
  std::copy(received.begin(), received.end(), data.begin());
  received = data.first(received.size());
}

bool TargetCore::is_late_copy(const RequestChain& chain, const WriteMark& write, Instant now) {
  if (const std::optional<std::uint64_t> original = late_copies_.original_of(write, now)) {
    LateCopies::Proof proof = late_copies_.proof_of_all(*original, write);
    // What is under way came after the original, for the original is done.
    for (BufferIndex i = chain.first; i != kNoRequest; i = requests_[i].next) {
      const Request& request = requests_[i];
      if (request.modifies()) proof = LateCopies::both(proof, late_copies_.proof(mark_of(request), *original, write));
    }
    if (proof == LateCopies::Proof::late) return true;
    // Nothing came in between, so its data is on the disk. Written again, what a flush has made stable would lie in the
    // volatile cache, and at a power cut there may be neither the old data nor the new.
    if (proof == LateCopies::Proof::none && late_copies_.is_copy(*original, write)) return true;
  }
  late_copies_.learn(write, now);
  return false;
}

bool TargetCore::absorb_copy(const Arrival& arrival, const wire::AtaBody& body, const ata::Transfer& transfer) {
  const std::optional<BufferIndex> original =
      requests_.find_copy(arrival.target.requests, arrival.id, arrival.header, body, transfer);
  if (!original) return false;
  ++counters_.duplicates;
  count(arrival, &IoStatistics::retransmissions);
  Request& request = requests_[*original];
  if (arrival.header.tag == request.header.tag) return true;
  const auto known = std::min(request.twin_count, kTwinsMax);
  for (std::size_t i = 0; i < known; ++i) {
    if (request.twins[i].tag == arrival.header.tag) return true;
  }
  // Linux forgets its older tags: when there are more than fit, the newest matter.
  request.twins[request.twin_count++ % kTwinsMax] = {arrival.port, arrival.header.tag};
  const std::size_t data_bytes = transfer.returns_data ? transfer.range.count.bytes() : 0;
  if (request.held && data_bytes > 0) held_.add_cost(*original, arrival.target, request.client, {1, data_bytes});
  return true;
}

void TargetCore::issue(BufferIndex index, Instant now, Outbox& outbox) {
  Request& request = requests_[index];
  block::BlockOp op;
  op.cookie = index;
  op.kind = request.transfer.kind;
  op.durability = request.in_group ? durability_in_group(index, outbox) : request.transfer.durability;
  op.range = request.transfer.range;
  switch (op.kind) {
    case block::OpKind::read:
    case block::OpKind::write:
      op.data = pool_.data(index).first(op.range.count.bytes());
      if (request.is_lent) op.lent = request.body.data;
      op.may_lend = may_lend(request);
      break;
    case block::OpKind::flush: break;
    case block::OpKind::trim: {
      // One range at a time; empty ones are no work. At the end a flush, where nothing may be acknowledged from a cache:
      // what was trimmed reads as zeros, and must not come back after a power cut.
      const std::size_t ranges = request.transfer.write_bytes / 8;
      op.range = {};
      while (op.range.count.count == 0 && request.trim_ranges_done < ranges) {
        op.range = ata::trim_range(request.body.data, request.trim_ranges_done++);
      }
      if (op.range.count.count != 0) {
        request.trim_needs_flush = request.must_be_stable();
        break;
      }
      if (!request.trim_needs_flush) return finish(index, block::BlockStatus::ok, now, outbox);
      request.trim_needs_flush = false;
      if (request.in_group) return commit_later(index);
      request.is_flushing = true;
      op.kind = block::OpKind::flush;
      break;
    }
  }
  // The disk may have shrunk while the request waited, or between two ranges.
  if (!op.range.fits(exports_[request.device.value].disk.size)) {
    return finish(index, block::BlockStatus::out_of_range, now, outbox);
  }
  outbox.ops.push_back({request.device, op});
}

// Whether a read's data may stay where the disk has them. Answers to its copies are made of what this process can read.
bool TargetCore::may_lend(const Request& request) const {
  return limits_.read_loans == ReadLoans::accepted && request.transfer.returns_data && request.twin_count == 0;
}

void TargetCore::on_block_done(std::span<const block::BlockCompletion> completions, Instant now,
                               Outbox& outbox) {
  for (const block::BlockCompletion& completion : completions) {
    operation_done(completion, now, outbox);
  }
  start_syncs(outbox);
}

void TargetCore::operation_done(const block::BlockCompletion& completion, Instant now, Outbox& outbox) {
  const auto index = static_cast<BufferIndex>(completion.cookie);
  block::BlockStatus status = completion.status;
  const Request& request = requests_[index];
  const ExportId id = request.device;
  if (status != block::BlockStatus::ok && leaves_doubt(index, status)) condemn_writes(id, status, now, outbox);
  if (exports_[id.value].group.syncing.first == index) return finish_sync(id, status, now, outbox);
  if (status == block::BlockStatus::ok && request.is_condemned) status = block::BlockStatus::medium_error;
  if (status != block::BlockStatus::ok) return finish(index, status, now, outbox);
  if (request.transfer.kind == block::OpKind::trim) return issue(index, now, outbox);
  if (request.in_group && !request.is_lone) return commit_later(index);
  finish(index, status, now, outbox, completion.lent);
}

void TargetCore::finish(BufferIndex index, block::BlockStatus status, Instant now, Outbox& outbox, ByteView lent) {
  AOEKIT_CHECK(requests_in_progress_ > 0);
  Request& request = requests_[index];
  Export& target = exports_[request.device.value];
  const ata::ResponseRegisters registers = ata::complete(request.body, request.transfer, status, target.disk);
  const wire::AtaBody answer = answer_body(request.body, registers);
  const bool with_data = request.transfer.returns_data && status == block::BlockStatus::ok;
  const std::size_t data_bytes = with_data ? request.transfer.range.count.bytes() : 0;
  AOEKIT_CHECK(lent.empty() || (lent.size() == data_bytes && request.twin_count == 0));
  if (request.port != kNoPort) {
    const wire::Header header = wire::reply_header(request.header, port(request.port).mac, target.address);
    const ByteView frame = wire::encode_around_data(pool_.frame(index), header, answer, lent.empty() ? data_bytes : 0);
    outbox.frames.push_back(
        {request.port, lent.empty() ? frame : frame.first(wire::kAtaHeaderBytes), index, lent});
    ++counters_.replies;
  }
  --requests_in_progress_;
  if (request.in_group) --target.group.members;
  if (target.group.lone == index) target.group.lone = kNoRequest;
  count_done(request, status, now);
  clients_.request_ends(request.client);
  if (request.modifies() && !target.removed) {
    WriteMark done = mark_of(request);
    // What failed may have been done in part: nothing is a copy of it, but it came in between.
    if (status != block::BlockStatus::ok) done.opcode = 0;
    late_copies_.done(done, now);
  }
  answer_twins(request, answer, pool_.data(index).first(data_bytes), outbox);
  requests_.remove(target.requests, index);
  if (request.port == kNoPort) pool_.release(index);
  while (const std::optional<BufferIndex> next = requests_.next_startable(target.requests)) {
    if (!requests_[*next].held) issue(*next, now, outbox);
  }
}

void TargetCore::answer_twins(const Request& request, wire::AtaBody answer, ByteView data, Outbox& outbox) {
  answer.data = data;
  for (std::size_t i = 0; i < std::min(request.twin_count, kTwinsMax); ++i) {
    const Twin& twin = request.twins[i];
    if (twin.port == kNoPort) continue;
    wire::Header header =
        wire::reply_header(request.header, port(twin.port).mac, exports_[request.device.value].address);
    header.tag = twin.tag;
    put(twin.port, header, answer, outbox);
  }
}

}  // namespace aoekit::target
