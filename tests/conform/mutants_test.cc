// The suite against wrong targets: each fails where it should, so that a pass means something.
#include <gtest/gtest.h>

#include "tests/conform/memory_link.h"

namespace aoekit::conform {
namespace {

bool is_command(const Bytes& reply, wire::Command command) {
  return reply[kOffsetCommand] == static_cast<std::uint8_t>(command);
}
bool is_error(const Bytes& reply) { return (reply[kOffsetVersionFlags] & wire::kFlagError) != 0; }

struct Mutant {
  const char* name;
  Mutation mutation;
  std::vector<std::string> killed_by;
};

const std::vector<Mutant>& mutants() {
  static const std::vector<Mutant> kMutants = {
      {"unpadded",
       [](Bytes& b) {
         if (is_command(b, wire::Command::config) && b.size() == 60) b.resize(32);
       },
       {"reply.min-size"}},
      {"dirty_padding",
       [](Bytes& b) {
         if (b.size() == 60) b[59] = 0xed;
       },
       {"reply.padding-zero", "reply.error-bare", "write.reply"}},
      {"no_response_flag_on_errors",
       [](Bytes& b) {
         if (is_error(b)) b[kOffsetVersionFlags] = 0x14;
       },
       {"reply.error-header", "request.version", "config.set.different"}},
      {"error_bit_missing",
       [](Bytes& b) {
         if (is_error(b)) b[kOffsetVersionFlags] = 0x18;
       },
       {"reply.error-header", "request.command.unknown", "reserve.other.ata"}},
      {"wrong_error_code",
       [](Bytes& b) {
         if (is_error(b)) b[kOffsetError] = 3;
       },
       {"request.version", "config.op.unknown", "reserve.op.unknown", "mask.op.unknown"}},
      {"version_echoed", [](Bytes& b) { b[kOffsetVersionFlags] |= 0x20; }, {"reply.header", "request.version"}},
      {"top_tag_bit_lost", [](Bytes& b) { b[20] &= 0x7f; }, {"reply.tag-top-bit"}},
      {"wildcard_address_echoed", [](Bytes& b) { b[16] = b[17] = b[18] = 0xff; }, {"reply.address", "wildcard.both"}},
      {"sent_to_everybody", [](Bytes& b) { std::fill_n(b.begin(), 6, std::uint8_t{0xff}); }, {"reply.macs"}},
      {"one_buffer",
       [](Bytes& b) {
         if (is_command(b, wire::Command::config)) b[24] = 0, b[25] = 1;
       },
       {"config.buffers"}},
      {"too_many_sectors",
       [](Bytes& b) {
         if (is_command(b, wire::Command::config)) b[28] = 200;
       },
       {"config.sectors"}},
      {"ccmd_lost",
       [](Bytes& b) {
         if (is_command(b, wire::Command::config)) b[29] = 0x10;
       },
       {"config.reply.op"}},
      {"string_cut",
       [](Bytes& b) {
         if (is_command(b, wire::Command::config) && b[31] > 3) b[31] = 3;
       },
       {"config.test.equal", "config.force-set.replaces"}},
      {"status_seek_complete",
       [](Bytes& b) {
         if (is_command(b, wire::Command::ata) && b[27] == 0x40) b[27] = 0x50;
       },
       {"ata.reply.success", "ata.flush", "identify.answer"}},
      {"errors_as_success",
       [](Bytes& b) {
         if (is_command(b, wire::Command::ata) && b[27] == 0x41) b[27] = 0x40;
       },
       {"ata.read.past-end", "ata.read.too-many", "ata.opcode.unknown", "write.short"}},
      {"errors_as_aoe_errors",
       [](Bytes& b) {
         if (is_command(b, wire::Command::ata) && b[27] == 0x41) b[kOffsetVersionFlags] = 0x1c, b[kOffsetError] = 2;
       },
       {"ata.read.past-end", "ata.read.count-zero", "write.no-data"}},
      {"abort_for_idnf",
       [](Bytes& b) {
         if (is_command(b, wire::Command::ata) && b[25] == 0x10) b[25] = 0x04;
       },
       {"ata.read.crosses-end", "write.past-end"}},
      {"count_left",
       [](Bytes& b) {
         if (is_command(b, wire::Command::ata)) b[26] = 1;
       },
       {"ata.reply.success", "ata.power.check", "write.reply"}},
      {"lba_lost",
       [](Bytes& b) {
         if (is_command(b, wire::Command::ata)) b[28] = 0;
       },
       {"ata.reply.registers"}},
      {"data_bit_flipped",
       [](Bytes& b) {
         if (b.size() == 548) b[300] ^= 1;
       },
       {"write.48", "identify.checksum"}},
      {"data_too_long",
       [](Bytes& b) {
         if (b.size() == 548) b.resize(560);
       },
       {"ata.reply.exact-size"}},
      {"data_missing",
       [](Bytes& b) {
         if (b.size() > 548) b.resize(548);
       },
       {"ata.read.counts"}},
      {"word_103",
       [](Bytes& b) {
         if (b.size() == 548) b[36 + 206] = 1;
       },
       {"identify.size48"}},
      {"no_serial",
       [](Bytes& b) {
         if (b.size() == 548) std::fill_n(b.begin() + 56, 20, std::uint8_t{' '});
       },
       {"identify.strings"}},
      {"dcmd_set",
       [](Bytes& b) {
         if (is_command(b, wire::Command::mask) && b[27] > 0) b[29] = 1;
       },
       {"mask.edit.add", "mask.reply.list"}},
      {"merror_as_aoe_error",
       [](Bytes& b) {
         if (is_command(b, wire::Command::mask) && b[26] != 0) b[14] = 0x1c, b[15] = 2;
       },
       {"mask.edit.bad-directive", "mask.edit.atomic"}},
      {"reserve_list_lost",
       [](Bytes& b) {
         if (is_command(b, wire::Command::reserve)) b[25] = 0;
       },
       {"reserve.set", "reserve.several"}},
  };
  return kMutants;
}

TEST(Mutants, EachFailsWhereItShould) {
  for (const Mutant& mutant : mutants()) {
    for (const std::string& id : mutant.killed_by) {
      MemoryLink link(1500);
      Probe probe(link, probe_options());
      Runner runner(probe);
      ASSERT_TRUE(runner.prepare().has_value());
      link.mutation = mutant.mutation;
      const RunResult run = runner.run(id, [](const CaseResult&) {});
      ASSERT_EQ(run.cases.size(), 1U) << id;
      EXPECT_FALSE(run.all_passed()) << id << " does not notice " << mutant.name;
      EXPECT_NE(run.cases[0].outcome, Outcome::skipped) << id << ": " << run.cases[0].reason;
    }
  }
}

// Every third answer is lost.
TEST(Mutants, LossesUnderLoadAreNoticed) {
  MemoryLink link(1500);
  Probe probe(link, probe_options());
  Runner runner(probe);
  ASSERT_TRUE(runner.prepare().has_value());
  link.mutation = [n = 0](Bytes& b) mutable {
    if (++n % 3 == 0) b.clear();
  };
  const RunResult run = runner.run("load.[rcw]*", [](const CaseResult&) {});
  EXPECT_EQ(run.count(Outcome::failed) + run.count(Outcome::died), 3U) << failures_of(run);
}

}  // namespace
}  // namespace aoekit::conform
