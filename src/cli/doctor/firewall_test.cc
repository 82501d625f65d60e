// Which rules drop AoE frames, on recorded output of nft 1.0.6 and on tc's JSON.
#include "cli/doctor/firewall.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace aoekit::cli::doctor {
namespace {

using nlohmann::json;
using Direction = Block::Direction;

const std::string kIngress =
    R"({"chain":{"family":"netdev","table":"t","name":"in","handle":1,"type":"filter","hook":"ingress","prio":0,)"
    R"("policy":"accept","dev":"eth0"}})";
const std::string kEgressDrop =
    R"({"chain":{"family":"netdev","table":"t","name":"eg","handle":3,"type":"filter","hook":"egress","prio":0,)"
    R"("policy":"drop","dev":["eth0","eth1"]}})";

std::string rule(const std::string& chain, const std::string& expressions, const std::string& family = "netdev") {
  return R"({"rule":{"family":")" + family + R"(","table":"t","chain":")" + chain + R"(","handle":7,"expr":[)" +
         expressions + "]}}";
}
std::string match(const std::string& left, const std::string& right, const std::string& op = "==") {
  return R"({"match":{"op":")" + op + R"(","left":)" + left + R"(,"right":)" + right + "}}";
}
const std::string kEtherType = R"({"payload":{"protocol":"ether","field":"type"}})";
const std::string kMetaProtocol = R"({"meta":{"key":"protocol"}})";
const std::string kDrop = R"({"drop":null})", kAccept = R"({"accept":null})";

std::vector<Block> blocks(std::vector<std::string> entries, std::vector<InterfaceFacts> interfaces = {}) {
  if (interfaces.empty()) {
    InterfaceFacts eth0;
    eth0.name = "eth0";
    interfaces.push_back(eth0);
  }
  std::string text = R"({"nftables":[{"metainfo":{"version":"1.0.6"}})";
  for (const std::string& entry : entries) text += "," + entry;
  return nft_blocks(json::parse(text + "]}"), interfaces);
}

TEST(Nft, NoRules) {
  EXPECT_TRUE(blocks({}).empty());
  EXPECT_TRUE(nft_blocks(json::parse("[]"), {}).empty());
  EXPECT_TRUE(nft_blocks(json(), {}).empty());
}

TEST(Nft, DropsByEtherType) {
  for (const std::string& left : {kEtherType, kMetaProtocol}) {
    const auto found = blocks({kIngress, rule("in", match(left, "34978") + "," + kDrop)});
    ASSERT_EQ(found.size(), 1U) << left;
    EXPECT_EQ(found[0], (Block{"eth0", Direction::in, true, "rule 7 of nft chain netdev t in",
                               "nft insert rule netdev t in ether type 0x88a2 accept"}));
  }
  EXPECT_EQ(
      blocks({kIngress, rule("in", match(kEtherType, R"({"set":["8021q",34978]})") + R"(,{"counter":{}},)" + kDrop)})
          .size(),
      1U);
  EXPECT_EQ(
      blocks({kIngress, rule("in", R"({"vmap":{"key":)" + kEtherType + R"(,"data":{"set":[[34978,{"drop":null}]]}}})")})
          .size(),
      1U);
}

TEST(Nft, DropsOfOthers) {
  EXPECT_TRUE(blocks({kIngress, rule("in", match(kEtherType, R"("ip")") + "," + kDrop)}).empty());
  EXPECT_TRUE(blocks({kIngress, rule("in", match(kEtherType, "34978", "!=") + "," + kDrop)}).empty());
  EXPECT_TRUE(
      blocks({kIngress, rule("in", match(R"({"payload":{"protocol":"ip","field":"saddr"}})", R"("10.0.0.1")", "!=") +
                                       "," + kDrop)})
          .empty());
  EXPECT_TRUE(
      blocks({kIngress, rule("in", match(R"({"meta":{"key":"iifname"}})", R"("eth9")") + "," + kDrop)}).empty());
  // On an interface that is not ours.
  InterfaceFacts other;
  other.name = "eth9";
  EXPECT_TRUE(blocks({kIngress, rule("in", kDrop)}, {other}).empty());
  // IP's own chains never see AoE.
  EXPECT_TRUE(
      blocks({R"({"chain":{"family":"inet","table":"t","name":"input","hook":"input","policy":"drop"}})"}).empty());
}

TEST(Nft, DropsEverythingElse) {
  EXPECT_EQ(blocks({kIngress, rule("in", kDrop)}).size(), 1U);
  const auto found = blocks({kEgressDrop, rule("eg", match(kEtherType, R"({"set":["ip","arp"]})") + "," + kAccept)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].place, "the policy of nft chain netdev t eg");
  EXPECT_EQ(found[0].direction, Direction::out);
  EXPECT_TRUE(found[0].certain);
  EXPECT_TRUE(blocks({kEgressDrop, rule("eg", match(kEtherType, "34978") + "," + kAccept)}).empty());
}

TEST(Nft, WhatCannotBeToldIsNotCertain) {
  const std::string mac = match(R"({"payload":{"protocol":"ether","field":"saddr"}})", R"("02:00:00:00:00:01")");
  const auto found = blocks({kIngress, rule("in", mac + "," + kDrop)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].certain);
  // Perhaps accepted before it is dropped.
  const auto later = blocks({kIngress, rule("in", mac + "," + kAccept), rule("in", kDrop)});
  ASSERT_EQ(later.size(), 1U);
  EXPECT_FALSE(later[0].certain);
}

TEST(Nft, JumpsAndReturns) {
  const std::string jump = R"({"jump":{"target":"sub"}})";
  EXPECT_EQ(blocks({kIngress, rule("in", jump), rule("sub", match(kEtherType, "34978") + "," + kDrop)}).size(), 1U);
  EXPECT_TRUE(blocks({kIngress, rule("in", jump), rule("sub", R"({"return":null})"), rule("sub", kDrop)}).empty());
  EXPECT_EQ(blocks({kIngress, rule("in", jump), rule("sub", R"({"return":null})"), rule("in", kDrop)}).size(), 1U);
  EXPECT_TRUE(blocks({kIngress, rule("in", R"({"jump":{"target":"in"}})")}).empty()) << "a loop ends";
}

TEST(Nft, Bridges) {
  const std::string forward =
      R"({"chain":{"family":"bridge","table":"filter","name":"FORWARD","hook":"forward","policy":"drop"}})";
  const std::string input =
      R"({"chain":{"family":"bridge","table":"filter","name":"INPUT","hook":"input","policy":"drop"}})";
  EXPECT_TRUE(blocks({forward, input}).empty()) << "no bridge here";
  InterfaceFacts bridge;
  bridge.name = "br0";
  bridge.is_bridge = true;
  const auto found = blocks({forward, input}, {bridge});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].direction, Direction::forward);
  EXPECT_EQ(found[1].interface, "br0");
}

TEST(Nft, DevicesInTheTextOfAChain) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(chain_devices(
                "table netdev t {\n\tchain in {\n\t\ttype filter hook ingress device \"a0\" priority filter; policy "
                "accept;\n\t}\n}\n"),
            Names{"a0"});
  EXPECT_EQ(chain_devices("type filter hook ingress devices = { \"a0\", \"a1\" } priority 0;"), (Names{"a0", "a1"}));
  EXPECT_EQ(chain_devices("type filter hook input priority 0; ether type 0x88a2 \"device\""), Names{});
}

TEST(Tc, DroppingFilters) {
  const auto filter = [](const std::string& protocol, const std::string& kind, const std::string& action) {
    return json::parse(R"([{"protocol":")" + protocol + R"(","pref":49152,"kind":")" + kind +
                       R"(","chain":0},)"
                       R"({"protocol":")" +
                       protocol + R"(","pref":49152,"kind":")" + kind +
                       R"(","chain":0,"options":{"handle":1,)"
                       R"("actions":[{"order":1,"kind":"gact","control_action":{"type":")" +
                       action + R"("}}]}}])");
  };
  const auto found = tc_blocks(filter("aoe", "matchall", "drop"), "eth0", Direction::out);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (Block{"eth0", Direction::out, true, "tc matchall filter 49152 of eth0, egress",
                             "tc filter del dev eth0 egress pref 49152"}));
  EXPECT_TRUE(tc_blocks(filter("all", "matchall", "drop"), "eth0", Direction::in).at(0).certain);
  EXPECT_FALSE(tc_blocks(filter("[34978]", "u32", "drop"), "eth0", Direction::in).at(0).certain);
  EXPECT_TRUE(tc_blocks(filter("ip", "matchall", "drop"), "eth0", Direction::in).empty());
  EXPECT_TRUE(tc_blocks(filter("aoe", "matchall", "pass"), "eth0", Direction::in).empty());
  EXPECT_TRUE(tc_blocks(json(), "eth0", Direction::in).empty());
}

}  // namespace
}  // namespace aoekit::cli::doctor
