// The suite against a right target: it passes, and the target is left as it was found, whatever happens.
#include <gtest/gtest.h>

#include "tests/conform/memory_link.h"

namespace aoekit::conform {
namespace {

class AtMtu : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(AtMtu, OurTargetPassesAndIsLeftAsItWas) {
  MemoryLink link(GetParam());
  const Bytes disk_before = link.disk();
  const RunResult run = run_suite(link, probe_options(), "*");
  EXPECT_TRUE(run.all_passed()) << failures_of(run);
  EXPECT_TRUE(run.warnings.empty()) << failures_of(run);
  EXPECT_GE(run.count(Outcome::passed), 150U);
  EXPECT_EQ(link.disk(), disk_before);
  EXPECT_TRUE(link.exported().mask.empty() && link.exported().reserved_for.empty());
  EXPECT_EQ(link.exported().config_string, "");
  EXPECT_TRUE(link.exported().disk.write_cache_enabled);
}
// 1560 holds three sectors but advertises two; 2100 holds the answer of a full mask list.
INSTANTIATE_TEST_SUITE_P(Suite, AtMtu, ::testing::Values(1500, 1560, 2100, 9000));

TEST(Suite, OnlyCasesWithoutTheirNeedsAreSkipped) {
  MemoryLink link(9000);
  link.promiscuous = false;
  ProbeOptions options = probe_options();
  options.window.reset();
  const RunResult run = run_suite(link, options, "*");
  EXPECT_TRUE(run.all_passed()) << failures_of(run);
  for (const CaseResult& result : run.cases) {
    const bool lacks = (result.item->needs & (kNeedsWindow | kNeedsOtherStation)) != 0;
    if (lacks) {
      EXPECT_EQ(result.outcome, Outcome::skipped) << result.item->id;
    }
  }
  EXPECT_EQ(link.exported().disk.health.sectors_written, 0U);
}

TEST(Suite, RestoresAConfigStringThatWasThere) {
  MemoryLink link(1500);
  {
    Probe probe(link, probe_options());
    probe.ask_ok(probe.config(wire::ConfigOp::force_set, "somebody's"));
  }
  EXPECT_TRUE(run_suite(link, probe_options(), "config.*").all_passed());
  EXPECT_EQ(link.exported().config_string, "somebody's");
}

TEST(Suite, RestoresListsAndSectorsOnCtrlC) {
  for (const std::string only : {"write.trim", "mask.edit.lockout", "reserve.other.force", "config.set.identical"}) {
    for (int questions = 20; questions < 80; questions += 4) {
      MemoryLink link(1500);
      const Bytes disk_before = link.disk();
      ProbeOptions options = probe_options();
      options.interrupted = [asked = 0, questions]() mutable { return ++asked > questions; };
      const RunResult run = run_suite(link, options, only);
      EXPECT_TRUE(run.warnings.empty()) << failures_of(run);
      EXPECT_EQ(link.disk(), disk_before) << only << " interrupted at " << questions;
      EXPECT_TRUE(link.exported().mask.empty()) << only << " interrupted at " << questions;
      EXPECT_TRUE(link.exported().reserved_for.empty()) << only << " interrupted at " << questions;
      EXPECT_EQ(link.exported().config_string, "") << only << " interrupted at " << questions;
    }
  }
}

TEST(Suite, ADeadTargetIsNoticedAndTheRestNotRun) {
  MemoryLink link(1500);
  link.frames_until_death = 30;
  const RunResult run = run_suite(link, probe_options(), "re[pq]*");
  EXPECT_EQ(run.count(Outcome::died), 1U) << failures_of(run);
  const auto dead = std::find_if(run.cases.begin(), run.cases.end(),
                                 [](const CaseResult& result) { return result.outcome == Outcome::died; });
  ASSERT_NE(dead, run.cases.end());
  EXPECT_NE(dead->failure.sent.find("request"), std::string::npos) << "the frame that it died of is shown";
  EXPECT_GE(run.count(Outcome::not_run), 20U);
  EXPECT_FALSE(run.all_passed());
}

TEST(Suite, NoTargetIsAnErrorBeforeTheFirstCase) {
  MemoryLink link(1500);
  ProbeOptions options = probe_options();
  options.address = {9, 9};
  Probe probe(link, options);
  Runner runner(probe);
  const Status ready = runner.prepare();
  ASSERT_FALSE(ready.has_value());
  EXPECT_NE(ready.error().message.find("e9.9"), std::string::npos);
}

TEST(Suite, AWindowPastTheDiskIsRefused) {
  MemoryLink link(1500);
  ProbeOptions options = probe_options();
  options.window = SectorRange{{kDiskSize.count - 10}, {11}};
  Probe probe(link, options);
  EXPECT_FALSE(Runner(probe).prepare().has_value());
}

TEST(Suite, RunsOnlyWhatIsAskedFor) {
  MemoryLink link(1500);
  const RunResult run = run_suite(link, probe_options(), "smart.*");
  EXPECT_EQ(run.cases.size(), smart_cases().size());
}

}  // namespace
}  // namespace aoekit::conform
