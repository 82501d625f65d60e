// What a case works with: makes requests, exchanges them with the target, and says what was expected and what came.
#pragma once

#include <fmt/core.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ata/identify.h"
#include "ata/registers.h"
#include "base/units.h"
#include "cli/conform/frames.h"
#include "cli/conform/link.h"
#include "wire/frame.h"

namespace aoekit::conform {

// How a case ends early. They are thrown by Probe, caught by the runner, and never leave this folder.
struct CaseFailed {
  std::string sent;  // empty when the failure is not about one frame
  std::string expected;
  std::string got;
};
struct CaseSkipped {
  std::string reason;
};
struct TargetGone {};  // it answers nothing at all any more
struct Interrupted {};
struct LinkBroken {
  Error error;
};

struct ProbeOptions {
  wire::AoeAddress address;
  // Sectors that may be overwritten.
  std::optional<SectorRange> window;
  // Source addresses to play other stations with; REQUIRES three.
  std::vector<wire::MacAddress> other_stations;
  // How long an answer may take, and how long silence has to last after the target has answered something later.
  Duration patience = std::chrono::seconds(1);
  Duration quiet = std::chrono::milliseconds(150);
  // Asked while waiting: true ends the run.
  std::function<bool()> interrupted = [] { return false; };
};

// What the first questions told about the target.
struct Facts {
  wire::MacAddress mac = wire::kBroadcastMac;
  std::uint16_t buffer_count = 0;
  std::uint16_t firmware = 0;
  std::uint32_t sectors_per_frame = 0;
  ata::IdentifyPage identify;
};

// One received answer.
struct Reply {
  Bytes bytes;
  wire::Header header;
  Instant at{};

  // The body; throws CaseFailed when the bytes are no body of that command.
  wire::AtaBody ata() const;
  wire::ConfigBody config() const;
  wire::MaskBody mask() const;
  wire::ReserveBody reserve() const;
};

class Probe {
 public:
  Probe(Link& link, ProbeOptions options) : link_(link), options_(std::move(options)) {}

  const ProbeOptions& options() const { return options_; }
  const Facts& facts() const { return facts_; }
  void set_facts(Facts facts) { facts_ = std::move(facts); }
  Link& link() { return link_; }
  wire::MacAddress other_station(std::size_t i) const { return options_.other_stations[i]; }
  // From now on a signal no longer ends what is being done: for restoring.
  void ignore_interrupts() {
    options_.interrupted = [] { return false; };
  }
  // The station that asks whether the target is alive; the suite's own unless a case has locked that one out.
  void set_living_station(wire::MacAddress station) { living_station_ = station; }

  // --- requests from the suite's own station to the target, each with a tag of its own ---
  Bytes config(wire::ConfigOp op, std::string_view text = {});
  Bytes mask_read();
  Bytes mask_edit(std::span<const wire::MaskBody::Directive> directives);
  Bytes reserve(wire::ReserveOp op, std::span<const wire::MacAddress> stations = {});
  Bytes ata(const wire::AtaBody& body);
  Bytes command(std::uint8_t number, ByteView body);
  std::uint32_t next_tag() { return next_tag_++; }

  // --- exchanges; each throws CaseFailed where it says "must" ---
  // The answer to `request` (repeated once), or nothing.
  std::optional<Reply> try_ask(const Bytes& request);
  // Must be answered, in whatever way.
  Reply ask(const Bytes& request);
  // Must be answered without AoE error.
  Reply ask_ok(const Bytes& request);
  // Must be an AoE error of that kind.
  Reply ask_error(const Bytes& request, wire::AoeError error);
  // Must not be answered, while the target still answers a later request. Throws TargetGone if it does not.
  void expect_silence(const Bytes& request);
  // Sends all at once and collects every answer, until all came or `patience` passed without another one.
  std::vector<Reply> ask_all(const std::vector<Bytes>& requests);
  // Whether the target still answers the living station.
  bool is_alive();
  // What to say of a target that is not: the first request that it left unanswered is what it died of.
  CaseFailed death() const;

  // --- ATA; must succeed with status 0x40 and error 0, or fail as an ATA error with exactly this error register ---
  Reply ata_ok(const Bytes& request);
  Reply ata_refused(const Bytes& request, std::uint8_t error_register);
  // Sectors as the target has them (`count` at most as advertised), in the widest addressing it supports.
  Bytes read(std::uint64_t lba, std::uint32_t count);
  // REQUIRES: within the window, whole sectors.
  void write(std::uint64_t lba, ByteView data);
  wire::AtaBody read_taskfile(std::uint64_t lba, std::uint32_t count) const;
  wire::AtaBody write_taskfile(std::uint64_t lba, ByteView data) const;

  // --- judgements on the last exchange ---
  void check(bool holds, std::string_view expected);
  template <class T>
  void equal(std::string_view what, const T& got, const T& expected) {
    if (got == expected) return;
    throw failure(fmt::format("{} {}", what, expected), fmt::format("{} {}; {}", what, got, last_answer()));
  }
  void equal_bytes(std::string_view what, ByteView got, ByteView expected);
  CaseFailed failure(std::string expected, std::string got) const;
  [[noreturn]] void skip(std::string reason) const { throw CaseSkipped{std::move(reason)}; }

 private:
  std::optional<Reply> next_reply(Instant deadline);
  void transmit(std::span<const Bytes> frames);
  wire::Header header(wire::Command command);
  std::string last_answer() const;
  void remember_unanswered(const Bytes& request);

  Link& link_;
  ProbeOptions options_;
  Facts facts_;
  std::optional<wire::MacAddress> living_station_;
  // The top bit stays clear, as Linux wants it; one case sets it.
  std::uint32_t next_tag_ = 0x0a0e0001;
  Bytes last_sent_;
  Bytes first_unanswered_;  // since the last answer
  std::optional<Bytes> last_got_;
};

// Task files in either addressing; no data, no W flag.
wire::AtaBody taskfile28(std::uint8_t opcode, std::uint64_t lba, std::uint32_t count);
wire::AtaBody taskfile48(std::uint8_t opcode, std::uint64_t lba, std::uint32_t count);
inline std::uint8_t byte_of(ata::Opcode opcode) { return static_cast<std::uint8_t>(opcode); }

// A different content for every seed.
Bytes pattern(std::uint64_t seed, std::uint32_t sectors);

}  // namespace aoekit::conform
