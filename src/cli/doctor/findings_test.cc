// The diagnosis: each finding from the facts that call for it, and none from a healthy network.
#include "cli/doctor/findings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/doctor/doctor_format.h"

namespace aoekit::cli::doctor {
namespace {

constexpr wire::MacAddress kOurs{{2, 0, 0, 0, 0, 2}}, kTheirs{{2, 0, 0, 0, 0, 1}}, kThird{{2, 0, 0, 0, 0, 3}};

InterfaceFacts good_interface() {
  InterfaceFacts one;
  one.name = "eth0";
  one.enabled = one.carrier = one.probed = true;
  one.mac = kOurs;
  one.mtu_bytes = 9000;
  one.requests = 10;
  one.packets_sent = 12;
  one.answers = 9;
  one.buffer_wanted_bytes = one.buffer_granted_bytes = 1000;
  return one;
}

PathFacts good_path() {
  PathFacts path{.address = {1, 2}, .mac = kTheirs, .interface = "eth0"};
  path.buffers = 64;
  path.sectors_advertised = 17;
  path.disk = DiskIdentity{"aoekit vblade", "1.2:host", "0.1.0", 2048};
  path.reservation = path.mask = std::vector<wire::MacAddress>{};
  path.sectors_out = path.sectors_in = 17;
  return path;
}

Facts healthy() {
  Facts facts;
  facts.interfaces = {good_interface()};
  facts.paths = {good_path()};
  facts.local.aoefuse_mounts = {"/dev/etherd"};
  return facts;
}

const Finding* find(const std::vector<Finding>& findings, std::string_view code) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.code == code; });
  return found == findings.end() ? nullptr : &*found;
}

// That exactly this is found.
testing::AssertionResult finds(const Facts& facts, std::string_view code, Severity severity,
                               std::string_view in_remedy = "") {
  const auto findings = diagnose(facts);
  const Finding* found = find(findings, code);
  if (found == nullptr || findings.size() != 1) {
    auto result = testing::AssertionFailure() << "found:";
    for (const Finding& one : findings) result << " " << one.code;
    return result;
  }
  if (found->severity != severity) return testing::AssertionFailure() << to_string(found->severity);
  if (found->remedy.find(in_remedy) == std::string::npos) return testing::AssertionFailure() << found->remedy;
  return testing::AssertionSuccess();
}

TEST(Doctor, AllWell) { EXPECT_TRUE(diagnose(healthy()).empty()); }

TEST(Doctor, Interfaces) {
  Facts facts = healthy();
  InterfaceFacts spare;
  spare.name = "eth1";
  facts.interfaces.push_back(spare);
  EXPECT_TRUE(finds(facts, "interface-down", Severity::advice, "ip link set eth1 up"));
  facts.interfaces[1].named = true;
  EXPECT_TRUE(finds(facts, "interface-down", Severity::problem));
  facts.interfaces[1].enabled = true;
  EXPECT_TRUE(finds(facts, "no-carrier", Severity::problem));
  facts.interfaces[1].exists = false;
  EXPECT_TRUE(finds(facts, "no-interface", Severity::problem));
  facts.interfaces[1].exists = true;
  facts.interfaces[1].ethernet = false;
  EXPECT_TRUE(finds(facts, "no-interface", Severity::problem));
  facts.interfaces.clear();
  facts.paths.clear();
  EXPECT_TRUE(finds(facts, "no-interface", Severity::problem));
}

TEST(Doctor, Silence) {
  Facts facts = healthy();
  facts.paths.clear();
  facts.interfaces[0].answers = 0;
  EXPECT_TRUE(finds(facts, "no-answer", Severity::problem, "aoe dump"));
  facts.interfaces[0].packets_sent = 3;
  EXPECT_TRUE(finds(facts, "not-sent", Severity::problem, "nft list ruleset"));
  facts.interfaces[0].bridge = "br0";
  EXPECT_TRUE(finds(facts, "bridge-port", Severity::problem, "-i br0"));
  facts.blocks = {{"eth0", Block::Direction::in, true, "rule 1", "nft insert"}};
  EXPECT_TRUE(finds(facts, "firewall", Severity::problem, "nft insert"));
}

TEST(Doctor, ANetworkWithoutDisksIsNoProblemBesideOneWith) {
  Facts facts = healthy();
  facts.interfaces.push_back(good_interface());
  facts.interfaces[1].name = "eth1";
  facts.interfaces[1].answers = 0;
  EXPECT_TRUE(diagnose(facts).empty());
  facts.interfaces[1].named = true;
  EXPECT_TRUE(finds(facts, "no-answer", Severity::problem));
}

TEST(Doctor, FirewallsThatDependOnMore) {
  Facts facts = healthy();
  facts.blocks = {{"eth0", Block::Direction::in, false, "rule 1", "x"}};
  EXPECT_TRUE(diagnose(facts).empty()) << "it works";
  facts.blocks = {{"", Block::Direction::forward, true, "rule 1", "x"}};
  EXPECT_TRUE(finds(facts, "firewall", Severity::advice));
}

TEST(Doctor, Buffers) {
  Facts facts = healthy();
  facts.paths[0].buffers = 1;
  EXPECT_TRUE(finds(facts, "buffers", Severity::problem, "-b"));
  facts.paths[0].buffers = 2;
  EXPECT_TRUE(diagnose(facts).empty());
  facts.interfaces[0].buffer_granted_bytes = 999;
  EXPECT_TRUE(finds(facts, "receive-buffer", Severity::problem, "rmem_max=1000"));
}

TEST(Doctor, FrameSizes) {
  Facts facts = healthy();
  facts.paths[0].sectors_out = 2;
  EXPECT_TRUE(finds(facts, "path-mtu", Severity::problem, "mtu 1060"));
  facts.paths[0].sectors_out = 17;
  facts.paths[0].sectors_in = 8;
  EXPECT_TRUE(finds(facts, "path-mtu", Severity::problem, "mtu 4132"));
  facts.paths[0].sectors_in = 17;
  facts.interfaces[0].mtu_bytes = 1500;
  facts.paths[0].sectors_out = facts.paths[0].sectors_in = 2;
  EXPECT_TRUE(finds(facts, "mtu-mismatch", Severity::advice, "ip link set eth0 mtu 8740"));
  facts.interfaces[0].mtu_bytes = 9000;
  facts.paths[0].sectors_advertised = 2;
  EXPECT_TRUE(finds(facts, "mtu-mismatch", Severity::advice, "on the server"));
}

TEST(Doctor, Lists) {
  Facts facts = healthy();
  facts.paths[0].reservation = {kThird};
  EXPECT_TRUE(finds(facts, "reserved", Severity::problem, "aoe reserve e1.2 force"));
  facts.paths[0].reservation = {kThird, kOurs};
  EXPECT_TRUE(diagnose(facts).empty());
  facts.paths[0].mask = {kOurs};
  EXPECT_TRUE(finds(facts, "mask", Severity::advice, "aoe mask e1.2 add"));
  facts.interfaces.push_back(good_interface());
  facts.interfaces[1].name = "eth1";
  facts.interfaces[1].mac = kThird;
  EXPECT_NE(find(diagnose(facts), "mask-path"), nullptr);
}

TEST(Doctor, Disks) {
  Facts facts = healthy();
  facts.paths[0].read_error = "status 0x41";
  EXPECT_TRUE(finds(facts, "read-error", Severity::problem));
  facts.paths[0].disk.reset();
  facts.paths[0].identify_error = "no answer";
  EXPECT_TRUE(finds(facts, "no-identify", Severity::problem));
}

TEST(Doctor, Duplicates) {
  Facts facts = healthy();
  facts.paths.push_back(good_path());
  facts.paths[1].mac = kThird;
  EXPECT_TRUE(diagnose(facts).empty()) << "two paths to one disk";
  facts.paths[1].disk->sectors = 4096;
  EXPECT_TRUE(finds(facts, "duplicate", Severity::problem));
  facts.paths[1].disk->sectors = 2048;
  facts.paths[1].disk->serial = "other";
  EXPECT_TRUE(finds(facts, "duplicate", Severity::problem));
}

TEST(Doctor, OldTargets) {
  Facts facts = healthy();
  facts.paths[0].answers_other_version = true;
  EXPECT_TRUE(finds(facts, "old-target", Severity::problem));
  facts.paths[0].answers_other_version = false;
  facts.paths[0].firmware_version = 0x4019;
  EXPECT_TRUE(finds(facts, "old-target", Severity::problem));
  facts.paths[0].firmware_version = 1;
  facts.paths[0].shortest_answer_bytes = 32;
  EXPECT_TRUE(finds(facts, "short-frames", Severity::problem));
}

TEST(Doctor, Clients) {
  Facts facts = healthy();
  facts.local.aoefuse_mounts.clear();
  EXPECT_TRUE(finds(facts, "no-client", Severity::advice, "aoefuse /dev/etherd"));
  facts.local.driver_installed = true;
  EXPECT_TRUE(finds(facts, "no-client", Severity::advice, "modprobe aoe"));
  facts.local.driver_loaded = true;
  EXPECT_TRUE(finds(facts, "driver-misses", Severity::problem, "aoe-discover"));
  facts.local.uses["e1.2"] = {{"kernel", "up"}};
  EXPECT_TRUE(diagnose(facts).empty());
  facts.local.driver_interfaces = {"eth5"};
  EXPECT_TRUE(finds(facts, "driver-interfaces", Severity::problem, "aoe-interfaces eth5 eth0 && aoe-discover"));
  facts.local.driver_interfaces.clear();
  facts.local.uses["e1.2"] = {{"kernel", "down,closewait"}};
  EXPECT_TRUE(finds(facts, "disk-down", Severity::problem, "unmount"));
  facts.local.uses["e1.2"] = {{"kernel", "up"}, {"aoefuse /dev/etherd", "up"}};
  EXPECT_TRUE(finds(facts, "two-clients", Severity::problem));
}

TEST(DoctorFormat, Report) {
  Facts facts = healthy();
  EXPECT_EQ(format_report(facts, diagnose(facts)),
            "interface  eth0: up, MTU 9000\n"
            "client     kernel driver aoe is not installed; aoefuse on /dev/etherd\n"
            "target     e1.2 on eth0 (02:00:00:00:00:01): aoekit vblade, 2048 sectors; 64 buffers, 17 sectors a frame, "
            "17 get "
            "there, 17 come back\n"
            "\nno problem found\n");
  facts.paths[0].buffers = 0;
  const std::string report = format_report(facts, diagnose(facts));
  EXPECT_NE(report.find("\nPROBLEM buffers: e1.2 on eth0 (02:00:00:00:00:01)\n        the target takes 0 requests"),
            std::string::npos);
  EXPECT_NE(report.find("\n     -> start the target"), std::string::npos);
  EXPECT_TRUE(report.ends_with("\n1 problem found\n"));
}

TEST(DoctorFormat, Json) {
  Facts facts = healthy();
  facts.paths[0].buffers = 0;
  const auto json = report_json(facts, diagnose(facts));
  EXPECT_EQ(json["problems"], 1);
  EXPECT_EQ(json["findings"][0]["code"], "buffers");
  EXPECT_EQ(json["targets"][0]["address"], "e1.2");
}

}  // namespace
}  // namespace aoekit::cli::doctor
