// Makes the fuzzers' committed corpora: `make_corpus DIRECTORY`. Each input is small and means one thing.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "ata/identify.h"
#include "config_input.h"
#include "control_corpus.h"
#include "initiator_script.h"
#include "session_script.h"
#include "state_corpus.h"
#include "wire/example_frames.h"

namespace aoekit::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

// BlockStatus values, as SessionScript::complete takes them.
constexpr std::uint8_t kMediumError = 1, kNoSpace = 2, kReadOnly = 3, kOutOfRange = 4, kUnavailable = 5;

constexpr Sender kAlice{.station = 0};
constexpr Sender kBob{.station = 1};
constexpr Sender kBobOnPort1{.station = 1, .port = 1};
constexpr Sender kToEverybody{.address = 4, .destination = 2};
constexpr AtaFields kIdentify{.opcode = 0xec, .count = 1, .lba = 0xa0000000};

AtaFields read(std::uint64_t lba, std::uint8_t count) { return {.opcode = 0x24, .count = count, .lba = lba}; }
AtaFields write(std::uint64_t lba, std::uint8_t count, std::uint8_t fill) {
  return {.opcode = 0x34, .count = count, .lba = lba, .data_sectors = count, .fill = fill};
}
AtaFields trim(const Bytes& ranges) {
  return {.opcode = 0x06, .count = 1, .feature = 1, .data_sectors = 1, .data_start = ranges};
}
AtaFields smart(std::uint8_t feature, std::uint8_t log = 0) {
  return {.opcode = 0xb0, .count = 1, .lba = 0xc24f00U | log, .feature = feature};
}
Bytes config(std::uint8_t op, std::string_view text) {
  Bytes body{0, 0, 0, 0, 0, op, 0, static_cast<std::uint8_t>(text.size())};
  body.insert(body.end(), text.begin(), text.end());
  return body;
}
void append_mac(Bytes& body, std::uint8_t station) {
  const wire::MacAddress& mac = kStations[station];
  body.insert(body.end(), mac.bytes.begin(), mac.bytes.end());
}
Bytes mask_edit(std::uint8_t directive, const Bytes& stations) {
  Bytes body{0, 1, 0, static_cast<std::uint8_t>(stations.size())};
  for (const std::uint8_t station : stations) {
    body.insert(body.end(), {0, directive});
    append_mac(body, station);
  }
  return body;
}
Bytes reserve(std::uint8_t op, const Bytes& stations) {
  Bytes body{op, static_cast<std::uint8_t>(stations.size())};
  for (const std::uint8_t station : stations) append_mac(body, station);
  return body;
}

struct NamedSession {
  const char* name;
  SessionScript script;
};

// Task files of every command family, and what the disk does with them.
std::vector<NamedSession> ata_sessions() {
  const auto script = [] { return SessionScript(); };
  return {
      {"identify", script().ata(kAlice, kIdentify).ata(kToEverybody, kIdentify)},
      {"read-write", script().ata(kAlice, write(3, 2, 0x5a)).complete().ata(kBobOnPort1, read(3, 2)).complete()},
      {"lent-read", script()
                        .ata(kAlice, read(3, 2))
                        .ata(kBob, write(4, 1, 0x5a))
                        .complete(0, kLends)
                        .complete()
                        .ata(kAlice, {.opcode = 0x42, .count = 2, .lba = 3})
                        .complete(0, kLends)},
      {"transfers-28-bit", script()
                               .ata(kAlice, {.opcode = 0x30, .count = 1, .lba = 0xe0000005, .data_sectors = 1})
                               .ata(kAlice, {.opcode = 0x20, .count = 1, .lba = 0xe0000005})
                               .ata(kAlice, {.opcode = 0xca, .count = 1, .lba = 6, .data_sectors = 1})
                               .ata(kAlice, {.opcode = 0xc8, .count = 17, .lba = 6})
                               .ata(kAlice, {.opcode = 0x40, .count = 2, .lba = 6})},
      {"fua-and-flush", script()
                            .ata(kAlice, {.opcode = 0x3d, .count = 1, .lba = 1, .data_sectors = 1, .fill = 7})
                            .ata(kAlice, {.opcode = 0xea})
                            .complete(1)
                            .complete(0)
                            .ata(kAlice, {.opcode = 0xe7})},
      {"group-commit", script()
                           .set_commit(0, 1)
                           .ata(kAlice, write(1, 1, 1))
                           .ata(kAlice, write(2, 1, 2))
                           .ata(kBob, write(3, 1, 3))
                           .ata(kAlice, read(2, 1))
                           .complete(1)
                           .complete(1)
                           .complete()
                           .ata(kAlice, {.opcode = 0xea})
                           .complete()},
      {"group-commit-doubt-in-sync", script()
                                         .set_commit(0, 1)
                                         .ata(kAlice, write(1, 1, 1))
                                         .ata(kAlice, write(2, 1, 2))
                                         .ata(kBob, write(3, 1, 3))
                                         .complete(1)
                                         .complete(0, kMediumError)
                                         .complete()
                                         .complete()},
      {"group-commit-fails", script()
                                 .set_commit(0, 1)
                                 .same_turn()
                                 .ata(kAlice, write(1, 1, 1))
                                 .ata(kAlice, write(2, 1, 2))
                                 .ata(kAlice, write(3, 1, 3))
                                 .complete()
                                 .complete()
                                 .complete(1, kMediumError)
                                 .set_commit(0, 3)
                                 .ata(kAlice, {.opcode = 0xea})},
      {"removed-at-work", script()
                              .set_commit(1, 1)
                              .ata({.address = 1}, write(1, 1, 1))
                              .ata({.address = 1}, write(1, 1, 2))
                              .come_or_go()
                              .ata({.address = 1}, read(1, 1))
                              .complete()
                              .come_or_go()
                              .complete()
                              .come_or_go()
                              .ata({.address = 1}, read(1, 1))},
      {"overlapping-writes", script()
                                 .ata(kAlice, write(10, 3, 1))
                                 .same_turn()
                                 .ata(kBob, write(11, 3, 2))
                                 .ata(kAlice, read(12, 1))
                                 .ata(kAlice, write(30, 1, 3))
                                 .complete(1)
                                 .complete(0)},
      {"copies-in-flight", script()
                               .ata(kAlice, write(10, 1, 1))
                               .ata(kAlice, write(10, 1, 2))
                               .ata(kAlice, write(10, 1, 1))
                               .copy()
                               .ata(kAlice, write(10, 1, 1))
                               .complete()
                               .ata(kAlice, write(10, 1, 2))},
      {"refusals", script()
                       .ata(kAlice, read(127, 2))
                       .ata(kAlice, read(0, 0))
                       .ata(kAlice, read(0, 18))
                       .ata(kAlice, {.opcode = 0x34, .count = 2, .data_sectors = 1})
                       .ata(kAlice, {.opcode = 0xff})},
      {"disk-errors", script()
                          .ata(kAlice, read(1, 1))
                          .complete(0, kMediumError)
                          .ata(kAlice, write(1, 1, 1))
                          .complete(0, kNoSpace)
                          .ata(kAlice, write(1, 1, 1))
                          .complete(0, kReadOnly)
                          .ata(kAlice, read(1, 1))
                          .complete(0, kOutOfRange)
                          .ata(kAlice, {.opcode = 0xe7})
                          .complete(0, kUnavailable)
                          .ata(kAlice, smart(0xda))},
      // Sectors 4-5, nothing, sector 9; then nothing at all.
      {"trim", script()
                   .ata(kAlice, trim({4, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 0}))
                   .ata(kAlice, write(5, 1, 9))
                   .complete()
                   .complete()
                   .ata(kAlice, trim({}))},
      {"smart", script()
                    .pass_minutes(600)
                    .ata(kAlice, smart(0xd0))
                    .ata(kAlice, smart(0xd1))
                    .ata(kAlice, smart(0xd5, 0))
                    .ata(kAlice, smart(0xd5, 1))
                    .ata(kAlice, smart(0xd5, 6))
                    .ata(kAlice, smart(0xd9))
                    .ata(kAlice, smart(0xda))
                    .ata(kAlice, smart(0xd8))},
      {"features-and-power", script()
                                 .ata(kAlice, {.opcode = 0xef, .feature = 0x82})
                                 .ata(kAlice, write(0, 1, 1))
                                 .ata(kAlice, {.opcode = 0xef, .feature = 0x02})
                                 .ata(kAlice, {.opcode = 0xef, .feature = 0x55})
                                 .ata(kAlice, {.opcode = 0xe5})
                                 .ata(kAlice, {.opcode = 0xe0})
                                 .ata(kAlice, {.opcode = 0x27})
                                 .ata(kAlice, {.opcode = 0xf8})},
  };
}

SessionScript overload_session() {
  SessionScript script;
  for (std::uint8_t i = 0; i < 12; ++i) script.same_turn().ata(kAlice, read(i, 1));
  return script.other(kToEverybody, wire::Command::config, config(0, ""));
}

// The other three commands, the changes around the target, and frames that nobody should answer.
std::vector<NamedSession> other_sessions() {
  const auto script = [] { return SessionScript(); };
  using wire::Command;
  return {
      {"discovery", script().announce(0).other(kToEverybody, Command::config, config(0, ""))},
      {"config-string", script()
                            .other(kAlice, Command::config, config(3, "abc"))
                            .other(kBob, Command::config, config(3, "abd"))
                            .other(kBob, Command::config, config(1, "abc"))
                            .other(kBob, Command::config, config(2, "ab"))
                            .other(kBob, Command::config, config(1, "x"))
                            .other(kBob, Command::config, config(4, ""))},
      {"mask", script()
                   .other(kAlice, Command::mask, mask_edit(1, {0, 2}))
                   .ata(kBob, write(0, 1, 0xbb))
                   .other(kBob, Command::config, config(0, ""))
                   .other(kAlice, Command::mask, mask_edit(9, {1}))
                   .announce(0)
                   .other(kAlice, Command::mask, mask_edit(2, {0, 2}))},
      {"reserve", script()
                      .other(kAlice, Command::reserve, reserve(1, {0}))
                      .ata(kBob, write(0, 1, 0xbb))
                      .ata(kBob, kIdentify)
                      .other(kBob, Command::reserve, reserve(1, {1}))
                      .other(kBob, Command::reserve, reserve(2, {1}))
                      .ata(kBob, read(0, 1))
                      .other(kBob, Command::reserve, reserve(1, {}))},
      {"wildcards", script()
                        .ata({.address = 2}, read(0, 1))
                        .ata({.address = 3}, write(0, 1, 1))
                        .ata({.address = 4, .destination = 2}, write(1, 1, 2))
                        .ata({.address = 5}, read(0, 1))},
      {"not-for-us", script()
                         .ata({.destination = 3}, write(0, 1, 1))
                         .ata({.station = 3}, write(0, 1, 1))
                         .ata({.version_and_flags = 0x18}, write(0, 1, 1))
                         .ata({.version_and_flags = 0x20}, write(0, 1, 1))},
      {"malformed", script()
                        .other(kAlice, Command::ata, Bytes(11))
                        .other(kAlice, Command::config, {0, 0, 0, 0, 0, 0, 0xff, 0xff})
                        .other(kAlice, Command::mask, {0, 1, 0, 200})
                        .other(kAlice, Command::mask, {0, 1, 2, 200})
                        .other(kAlice, Command::reserve, {1, 3})
                        .other(kAlice, Command::config, config(9, ""))
                        .other_raw(kAlice, 0x77, Bytes(30, 0xcc))
                        .raw(0, Bytes(23))},
      {"resize", script().ata(kAlice, write(100, 1, 1)).ata(kAlice, write(100, 1, 2)).resize(0, 50).complete()
                     .ata(kAlice, read(100, 1)).resize(0, 128)},
      {"mtu", script().ata(kAlice, read(0, 17)).set_mtu(0, 1500).ata(kAlice, read(0, 17)).ata(kAlice, read(0, 2))
                  .set_mtu(0, 500).ata(kAlice, kIdentify).ata(kAlice, smart(0xd0))},
      {"unavailable", script().ata(kAlice, read(0, 1)).set_available(0, 0).ata(kAlice, read(0, 1)).set_available(0, 1)},
      {"overload", overload_session()},
  };
}

struct NamedInitiatorSession {
  const char* name;
  InitiatorScript script;
};

// A disk at 1.1 of 2^12 sectors that station 0 offers on port 0, with 8 buffers and 17 sectors a frame.
InitiatorScript disk_found() { return InitiatorScript().config(0, 0, 0, 8, 17).identify(0, 12); }

std::vector<NamedInitiatorSession> initiator_sessions() {
  constexpr std::uint8_t kRead = 0, kWrite = 1, kFlush = 2, kTrim = 3, kStableWrite = 5;
  constexpr std::uint8_t kOpen = 0, kClose = 1, kForget = 2, kDiscover = 3;
  return {
      {"read-write", disk_found().submit(0, kRead, 5, 39).answer(1).answer(0).answer(0).submit(0, kWrite, 5, 2)
                         .submit(0, kRead, 6, 1).answer(0).answer(0)},
      {"flush-trim-stable", disk_found().submit(0, kFlush, 0, 0).submit(0, kTrim, 9, 30).submit(0, kStableWrite, 1, 1)
                                .answer(0).answer(0).answer(0)},
      {"old-disk", InitiatorScript().config(0, 0, 0, 2, 0).identify(0, 12, 7).submit(0, kStableWrite, 1, 3).answer(0)
                       .answer(0).answer(0).submit(0, kFlush, 0, 0)},
      {"errors", disk_found().submit(0, kRead, 0, 20).answer(0, AnswerStyle::ata_error)
                     .answer(0, AnswerStyle::short_data).submit(0, kWrite, 0, 1).answer(0, AnswerStyle::unavailable)
                     .submit(0, kRead, 4095, 39).submit(0, kRead, 4095, 1).answer(0, AnswerStyle::other_port)},
      {"reserved", disk_found().submit(0, kWrite, 0, 1).answer(0, AnswerStyle::reserved).holder()
                       .submit(0, kWrite, 0, 1).answer(0, AnswerStyle::reserved)},
      {"loss", disk_found().submit(0, kWrite, 0, 39).time(0).time(0).time(0).answer(0).again(2).answer(0).time(0)},
      {"silence", disk_found().device(0, kOpen).submit(0, kWrite, 0, 39).time(255).time(255).time(255).time(255)
                      .time(255).time(255).time(255).time(255).config(0, 0, 0, 8, 17).identify(0, 12)
                      .submit(0, kRead, 0, 1).answer(0)},
      {"two-paths", disk_found().config(1, 1, 0, 4, 2).identify(0, 12).submit(0, kWrite, 0, 39).submit(0, kWrite, 3, 1)
                        .time(0).time(0).port(0, 0).answer(0).answer(0).answer(0).answer(0).time(0).port(0, 3).time(0)
                        .identify(0, 12).submit(0, kRead, 0, 39).answer(0).answer(0)},
      {"cut-again", disk_found().config(1, 0, 0, 8, 2).identify(0, 12).submit(0, kRead, 0, 34).submit(0, kWrite, 50, 34)
                        .port(0, 4).answer(0).answer(0).answer(0).answer(0).time(0).answer(0).answer(0).answer(0)},
      {"another-disk", disk_found().device(0, kOpen).submit(0, kRead, 0, 2).config(1, 1, 0, 4, 2).identify(1, 10)
                           .time(200).config(0, 0, 0, 8, 17).identify(2, 11).device(0, kClose).time(0)
                           .identify(2, 11)},
      {"resize", disk_found().submit(0, kRead, 4000, 20).time(150).config(0, 0, 0, 1, 17).identify(0, 5).answer(0)
                     .submit(0, kRead, 31, 1).time(150).config(0, 0, 0, 200, 17).identify(0, 62)},
      {"forget", disk_found().device(0, kForget).device(0, kDiscover).config(0, 0, 0, 8, 17).device(0, kForget)
                     .identify(0, 12)},
      {"wild-addresses", InitiatorScript().config(0, 0, 3, 8, 17).config(0, 0, 4, 8, 17).config(1, 3, 2, 0, 255)},
      {"wrong-bytes", disk_found().submit(0, kRead, 0, 2).wrong(0, 14, 0x10).wrong(0, 17, 9).wrong(0, 19, 1)
                          .wrong(0, 20, 0).wrong(0, 6, 1).answer(0)},
  };
}

class CorpusWriter {
 public:
  explicit CorpusWriter(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void add(const std::string& corpus, const std::string& name, ByteView input) {
    std::filesystem::create_directories(directory_ / corpus);
    std::ofstream file(directory_ / corpus / name, std::ios::binary);
    const std::vector<char> bytes(input.begin(), input.end());
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    ok_ = ok_ && file.good();
  }
  bool ok() const { return ok_; }

 private:
  std::filesystem::path directory_;
  bool ok_ = true;
};

void add_identify_pages(CorpusWriter& writer) {
  std::array<std::uint8_t, ata::kIdentifyBytes> page{};
  writer.add("identify", "zeros", page);
  ata::Disk disk;
  disk.identity = {.serial = "1.2:box", .model = "aoekit disk", .firmware = "0.1", .physical_sector_bytes = 4096,
                   .can_trim = true, .has_write_cache = true};
  disk.size = Sectors{std::uint64_t{1} << 30};
  ata::build_identify(disk, page);
  writer.add("identify", "own-page", page);
  // A description of a disk, as the round trip reads it: size, bits, sector exponent, three texts.
  const Bytes description{0, 0, 1, 0, 0, 0, 0, 0, 0x72, 3, 3, 'e', '1', '2', 2, '0', '9', 4, 'd', 'i', 's', 'k'};
  writer.add("identify", "description", description);
}

}  // namespace
}  // namespace aoekit::fuzz

int main(int argc, char** argv) {
  using namespace aoekit;
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus DIRECTORY\n");
    return 2;
  }
  fuzz::CorpusWriter writer(argv[1]);
  for (const wire::ExampleFrame& frame : wire::kExampleFrames) {
    const auto bytes = wire::bytes_from_hex(frame.hex);
    writer.add("decode", frame.name, bytes);
    writer.add("initiator_session", std::string("frame-") + frame.name,
               fuzz::InitiatorScript().raw(0, {bytes.begin(), bytes.end()}).input());
    writer.add("target_session", std::string("frame-") + frame.name, fuzz::SessionScript().raw(0, bytes).input());
  }
  for (const auto& [name, script] : fuzz::ata_sessions()) writer.add("target_session", name, script.input());
  for (const auto& [name, script] : fuzz::other_sessions()) writer.add("target_session", name, script.input());
  for (const auto& [name, script] : fuzz::initiator_sessions()) {
    writer.add("initiator_session", name, script.input());
  }
  for (const fuzz::ConfigInput& input : fuzz::kConfigInputs) {
    const std::string text = input.kind + std::string(input.text);
    writer.add("config", input.name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  fuzz::add_identify_pages(writer);
  for (const auto& [name, bytes] : fuzz::state_databases()) writer.add("state", name, bytes);
  for (const auto& [name, text] : fuzz::control_sessions()) writer.add("control", name, bytes_of(text));
  if (!writer.ok()) std::fprintf(stderr, "make_corpus: cannot write to %s\n", argv[1]);
  return writer.ok() ? 0 : 1;
}
