// Frames that nothing delays or damages pass without being copied.
#include "chaos/faulty_link.h"

namespace aoekit::chaos {

FaultyLink::FaultyLink(const FaultOptions& options, std::uint64_t seed, std::uint64_t cut_seed, Instant start)
    : dice_(options, seed, cut_seed, start), line_(options.waiting_frames_max) {}

std::span<const ByteView> FaultyLink::pass(std::span<const ByteView> arrived, Instant now) {
  out_.clear();
  line_.release_all();
  deliver_waiting(now);
  for (const ByteView frame : arrived) take(frame, now);
  deliver_waiting(now);
  return out_;
}

LinkCounters FaultyLink::counters() const {
  LinkCounters counters = counters_;
  counters.on_their_way = line_.size();
  return counters;
}

void FaultyLink::take(ByteView frame, Instant now) {
  ++counters_.received;
  counters_.received_bytes += frame.size();
  const Fate fate = dice_.decide(frame, now);
  switch (fate.kind) {
    case Fate::Kind::delivered: break;
    case Fate::Kind::lost: ++counters_.lost; break;
    case Fate::Kind::cut: ++counters_.cut; break;
    case Fate::Kind::too_long: ++counters_.too_long; break;
  }
  if (fate.copies > 1) ++counters_.duplicated;
  if (fate.held_back) ++counters_.held_back;
  for (std::size_t i = 0; i < fate.copies; ++i) {
    const Delivery& delivery = fate.deliveries[i];
    if (delivery.flipped_bit) ++counters_.corrupted;
    // What is due and whole overtakes nothing unless something due as early is still in the line.
    const bool behind_others = line_.next_due() && *line_.next_due() <= delivery.at;
    if (delivery.at <= now && !delivery.flipped_bit && !behind_others) {
      deliver(frame);
    } else if (!line_.push(frame, delivery)) {
      ++counters_.overflowed;
    }
  }
}

void FaultyLink::deliver(ByteView frame) {
  ++counters_.delivered;
  counters_.delivered_bytes += frame.size();
  out_.push_back(frame);
}

void FaultyLink::deliver_waiting(Instant now) {
  for (ByteView frame = line_.take_due(now); !frame.empty(); frame = line_.take_due(now)) deliver(frame);
}

}  // namespace aoekit::chaos
