// A write load that keeps account: every write, flush and read that it has answered goes into the register of sectors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ata/registers.h"
#include "base/prng.h"
#include "base/result.h"
#include "base/time.h"
#include "net/frame_port.h"
#include "sim/checkers/sector_register.h"
#include "wire/frame.h"

namespace aoekit::power {

// What an acknowledged write is worth.
enum class Promise : std::uint8_t {
  when_flushed,  // it survives once a later FLUSH is acknowledged, or if it was a FUA write
  at_once        // it survives: there is no volatile cache
};

struct LoadOptions {
  wire::AoeAddress address;
  Sectors disk_size;
  std::uint32_t sectors_max = 8;  // per request; at most what a frame of the port holds
};

// What the load looks like for a while; drawn from a seed, and printed.
struct LoadShape {
  std::size_t depth = 16;             // requests outstanding
  std::uint64_t hot_sectors = 512;    // all requests stay within so many sectors...
  std::uint64_t hot_first = 0;        // ...from here on
  unsigned read_percent = 20, flush_percent = 2, fua_percent = 10;  // of 100 requests; the rest are plain writes

  static LoadShape draw(Prng& prng, Sectors disk_size);
  std::string to_string() const;
};

struct LoadCounters {
  std::uint64_t writes = 0, fua_writes = 0, flushes = 0, reads = 0;  // acknowledged
  std::uint64_t failed = 0;      // answered with an error
  std::uint64_t unanswered = 0;  // when the load was stopped
};

// One thread. Requests are never sent twice: a copy that arrives late could undo a newer write, which no target can
// tell (docs/fault-model.md), and that is not what is looked for here.
class Load {
 public:
  // `port` and `sectors` outlive the load; the register has the disk's size.
  Load(net::FramePort& port, sim::SectorRegister& sectors, const LoadOptions& options, std::uint64_t seed);

  // Finds the target, within `patience`.
  Status find_target(Duration patience);
  // Keeps `shape.depth` requests outstanding until `end`; answers count as `promise` says.
  Status run(const LoadShape& shape, Promise promise, Instant end);
  // Takes the answers that still come until `end`, and gives up what is outstanding then.
  Status stop(Promise promise, Instant end);
  // What every sector holds now, as the target says, who answers each request within `patience`.
  Result<std::vector<sim::Value>> read_all(Duration patience);

  const LoadCounters& counters() const { return counters_; }
  // Reads that gave what they must not, each in a sentence.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  enum class Kind : std::uint8_t { idle, read, write, fua_write, flush };
  struct Slot {
    Kind kind = Kind::idle;
    std::uint32_t tag = 0;
    SectorRange range;
    sim::WriteId write = 0;
    sim::Value value = 0;
    sim::Moment issued = 0;  // of reads and flushes
    std::vector<std::uint8_t> frame;
  };

  void start(Slot& slot, const LoadShape& shape);
  static ata::Opcode opcode_of(Kind kind);
  void encode(Slot& slot);
  // It has no answer, or a bad one, and nothing more will come of it.
  void give_up(const Slot& slot);
  Status receive_until(Instant end, Promise promise);
  void on_frame(ByteView frame, Promise promise);
  void on_answer(Slot& slot, const wire::AtaBody& answer, Promise promise);
  void check_read(const Slot& slot, ByteView data);

  net::FramePort& port_;
  sim::SectorRegister& sectors_;
  LoadOptions options_;
  Prng prng_;
  wire::MacAddress target_;
  sim::Value last_value_ = 0;
  std::uint32_t last_tag_;
  std::vector<Slot> slots_;
  std::vector<ByteView> to_send_;
  LoadCounters counters_;
  std::vector<std::string> violations_;
};

}  // namespace aoekit::power
