// Copies of writes that arrive after a newer write to the same sectors: how they are told from new requests.
//
// A client sends a write again when its answer is late. If both copies live, the second may arrive when the first was
// answered and a newer write has replaced its data. Applied, it would bring old data back. A copy is recognised by what
// it is a copy of - address, count, opcode and data of a write that was done a short time ago - and by its tag: either
// it has the tag of that write (aoekit, iPXE, WinAoE, and what the network itself doubles) and its client was not seen to
// give one tag to several requests, or the tags of its client prove that it was sent before that write, or before all
// newer ones. The Linux driver, Plan 9 and illumos make tags from a counter and a clock: both must say so, and the
// station must have counted like that for a while. Tags are compared with tags of the same MAC address only: which
// addresses belong to one machine nobody tells us. Where nothing is proved it is a new request, because a client may well
// write the same data again.
//
// Where nothing newer has come, a copy would change no byte, but would bring what was flushed into a volatile cache again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "base/units.h"
#include "target/outbox.h"
#include "wire/mac_address.h"

namespace aoekit::target {

// What a write (or trim) is recognised by.
struct WriteMark {
  ExportId device;
  wire::MacAddress source;
  std::uint32_t tag = 0;
  std::uint8_t opcode = 0;
  SectorRange range;        // a trim's: the smallest that covers all it names
  std::uint64_t print = 0;  // fingerprint() of its data
};

// Remembers the newest writes for a while. Allocates when it is made and never again.
class LateCopies {
 public:
  // `capacity` writes, for `lifetime`: how long a frame may be on its way. Capacity 0: nothing is ever late.
  LateCopies(std::size_t capacity, Duration lifetime);

  // A write with this tag will be asked about in a moment: what will be looked at is brought into the cache.
  void expect(ExportId device, wire::MacAddress source, std::uint32_t tag) const;
  // A write arrives. Returns the number of the write of which it may be a late copy.
  std::optional<std::uint64_t> original_of(const WriteMark& write, Instant now);
  // What a later write to the same sectors says of a write that may be a late copy of the one with that number.
  enum class Proof : std::uint8_t {
    none,      // nothing: they do not overlap
    late,      // it is one: the other was sent later
    not_known  // it may be a request of its own, sent after the other
  };
  Proof proof(const WriteMark& later, std::uint64_t original, const WriteMark& copy) const;
  // What all the writes say that were done after that number: it is a late copy if none of them leaves it open.
  Proof proof_of_all(std::uint64_t original, const WriteMark& copy) const;
  static Proof both(Proof a, Proof b) { return std::max(a, b); }
  // Whether it is a copy of the original even if nothing came in between: by its tag, or by having been sent before.
  bool is_copy(std::uint64_t original, const WriteMark& copy) const;

  // A write that is none: how clients make their tags is learnt from it.
  void learn(const WriteMark& write, Instant now);
  // Likewise any other request: between two writes of a client there may be many.
  void learn_tag(ExportId device, wire::MacAddress source, std::uint32_t tag);

  // A write is on the disk, or has failed: then under an opcode that no request has.
  void done(const WriteMark& write, Instant now);
  // That disk changed by itself: nothing is a copy of what was done before. Looks at every record.
  void forget_writes(ExportId device);
  // Its number may be that of another one from now on.
  void forget(ExportId device);

 private:
  // The low half of a number: half as much memory in the cache. An old one may come to mean another record, which is
  // compared like any that share a bucket.
  using ShortNumber = std::uint32_t;

  struct Record {
    WriteMark write;
    Instant at;                 // its end
    ShortNumber previous = 0;   // an older one in the same bucket
  };
  // A client's interface, at one export: the newest tag, and how often its tags have counted up as they should.
  struct Station {
    ExportId device;
    wire::MacAddress source;
    std::uint32_t newest_tag = 0;
    std::uint32_t steady = 0;
    bool repeats_tags = false;  // different writes within the lifetime had the same tag: it proves nothing
  };

  const Record& record(std::uint64_t number) const { return records_[number % records_.size()]; }
  std::uint64_t oldest() const { return count_ < records_.size() ? 1 : count_ - records_.size() + 1; }
  // The newest number with that low half, if its record is still there.
  std::optional<std::uint64_t> remembered(ShortNumber low) const;
  std::size_t bucket_of(const WriteMark& write) const;
  std::size_t tag_bucket_of(ExportId device, wire::MacAddress source, std::uint32_t tag) const;
  // Whether another write of the same client that is remembered had the same tag.
  bool repeats_a_tag(const WriteMark& write, Instant now) const;
  static std::size_t place_of(ExportId device, wire::MacAddress source);
  bool is_known_to_repeat_tags(const WriteMark& write) const;
  Station& station_of(ExportId device, wire::MacAddress source, std::uint32_t tag);
  std::int64_t ticks_max() const;  // of a client's clock within the lifetime
  bool was_sent_before(std::uint32_t tag, std::uint32_t other) const;

  Duration lifetime_;
  std::vector<Record> records_;         // number % size
  std::vector<ShortNumber> newest_;     // by bucket
  std::vector<ShortNumber> newest_of_tag_;  // likewise, by client and tag
  std::vector<Station> stations_;       // by hash; a newcomer takes the place
  std::uint64_t count_ = 0;             // numbers go from 1 to this
};

}  // namespace aoekit::target
