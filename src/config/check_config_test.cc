// What valid files mean: values, defaults, names, and several files together.
#include <gtest/gtest.h>

#include "config/load.h"

namespace aoekit::config {
namespace {

using wire::MacAddress;

MacAddress mac(const char* text) { return MacAddress::parse(text).value(); }

Config good(const std::vector<Source>& sources, std::string_view ethers = {}) {
  auto checked = check_config(sources, ethers);
  EXPECT_EQ(to_text(checked.problems), "");
  return checked.value.value_or(Config{});
}

TEST(CheckConfig, EveryKeyHasItsPlace) {
  const Config config = good({{"aoed.toml", R"(
interfaces = ["eth1", "san*"]
user = ""
control_socket = "/run/x.sock"
control_group = "disk"
state = "/var/lib/x.db"
metrics = ""
threads = 3
log_level = "debug"
busy_wait = "20us"
disk_busy_wait = "300us"
receive = "socket"

[export."e7.3"]
path = "/dev/vg0/web"
description = "root disks of the web servers"
interfaces = "eth2"
offset = "1MiB"
length = "10G"
read_only = true
serial = "S1"
model = "M"
buffers = 16
durability = "none"
caching = "direct"
sharing = "exclusive"
exclusive_timeout = "2min"
allow = "00:11:22:33:44:55"
deny = ["00:11:22:33:44:66"]
limit = { requests = 100, bytes = "1MB" }
client_limit.requests = 10
force = true
)"}});
  EXPECT_EQ(config.daemon.interfaces, (std::vector<std::string>{"eth1", "san*"}));
  EXPECT_EQ(config.daemon.user + config.daemon.metrics, "");
  EXPECT_EQ(config.daemon.control_socket, "/run/x.sock");
  EXPECT_EQ(config.daemon.control_group, "disk");
  EXPECT_EQ(config.daemon.state, "/var/lib/x.db");
  EXPECT_EQ(config.daemon.threads, 3U);
  EXPECT_EQ(config.daemon.log_level, "debug");
  EXPECT_EQ(config.daemon.busy_wait, std::chrono::microseconds(20));
  EXPECT_EQ(config.daemon.disk_busy_wait, std::chrono::microseconds(300));
  EXPECT_EQ(config.daemon.receive, Receive::socket);
  ASSERT_EQ(config.exports.size(), 1U);
  const ExportConfig expected{.address = {7, 3}, .path = "/dev/vg0/web", .description = "root disks of the web servers",
                              .interfaces = {"eth2"}, .first_sector = {2048}, .length = Sectors{20971520},
                              .read_only = true, .serial = "S1", .model = "M", .buffers = 16,
                              .durability = Durability::none, .caching = Caching::direct, .sharing = Sharing::exclusive,
                              .exclusive_timeout = std::chrono::minutes(2),
                              .read_access = {.allow = {mac("00:11:22:33:44:55")}, .deny = {mac("00:11:22:33:44:66")}},
                              .write_access = {}, .limit = {100, 1'000'000}, .client_limit = {10, 0}, .force = true};
  EXPECT_TRUE(same(config.exports[0], expected));
  EXPECT_EQ(config.exports[0].place.to_string(), "aoed.toml:14");
  EXPECT_EQ(find_export(config, {7, 3}), &config.exports[0]);
  EXPECT_EQ(find_export(config, {7, 2}), nullptr);
}

TEST(CheckConfig, TheEmptyFileHasTheBuiltInDefaults) {
  const Config config = good({{"aoed.toml", ""}});
  EXPECT_TRUE(config.exports.empty());
  EXPECT_EQ(config.daemon.user, "aoekit");
  EXPECT_EQ(config.directory, "aoed.d");
}

TEST(CheckConfig, DefaultsHoldWhereAnExportSaysNothing) {
  const Config config = good({{"aoed.toml", R"(
interfaces = ["eth1"]
[defaults]
buffers = 8
model = "ours"
allow = ["00:11:22:33:44:55"]
limit = { requests = 100, bytes = "1MiB" }
[export."e1.1"]
path = "/a"
[export."e1.2"]
path = "/b"
buffers = 9
model = ""
allow = ["*"]
limit = { bytes = 0 }
)"}});
  ASSERT_EQ(config.exports.size(), 2U);
  EXPECT_EQ(config.exports[0].buffers, 8);
  EXPECT_EQ(config.exports[0].model, "ours");
  EXPECT_EQ(config.exports[0].read_access.allow.size(), 1U);
  EXPECT_EQ(config.exports[1].buffers, 9);
  EXPECT_EQ(config.exports[1].model, std::nullopt);
  EXPECT_TRUE(config.exports[1].read_access.allow.empty());
  EXPECT_EQ(config.exports[1].limit, (RateLimit{100, 0}));
}

TEST(CheckConfig, NamesComeFromStationsGroupsAndEthersOfAllFiles) {
  const Config config = good({{"aoed.toml", R"(
interfaces = ["eth1"]
[groups]
all = ["web", "db1", "00:11:22:33:44:99"]
[[export]]
address = "1.2"
path = "/a"
allow = ["all"]
deny_write = ["old"]
)"},
                              {"aoed.d/names.toml", R"(
[stations]
web1 = "00:11:22:33:44:01"
web2 = "00-11-22-33-44-02"
[groups]
web = ["web2", "web1", "web1"]
)"}},
                             "# comment\n0:11:22:33:44:3 db1\n00:11:22:33:44:04 old # behind\nnonsense\n"
                             "00:11:22:33:44:77 web1\n");
  ASSERT_EQ(config.exports.size(), 1U);
  const ExportConfig& one = config.exports[0];
  EXPECT_EQ(one.read_access.allow, (std::vector<MacAddress>{mac("001122334401"), mac("001122334402"),
                                                            mac("001122334403"), mac("001122334499")}));
  EXPECT_EQ(one.read_access.allow_words, std::vector<std::string>{"all"});
  EXPECT_EQ(one.write_access.deny, std::vector<MacAddress>{mac("001122334404")});
  EXPECT_EQ(config.names.name_of(mac("001122334401")), "web1");
  EXPECT_EQ(config.names.name_of(mac("001122334403")), "db1");
  EXPECT_EQ(config.names.name_of(mac("001122334477")), "") << "[stations] go before /etc/ethers";
}

TEST(CheckConfig, ExportsOfSeveralFilesAreSortedAndTheirClashesNameBoth) {
  const auto checked = check_config({{"aoed.toml", "interfaces = [\"eth1\"]\n[export.\"e2.0\"]\npath = \"/a\"\n"},
                                     {"aoed.d/a.toml", "threads = 2\n[export.\"e2.0\"]\npath = \"/b\"\n"},
                                     {"aoed.d/b.toml", "[export.\"e1.0\"]\npath = \"/a\"\n[defaults]\nbuffers = 8\n"}});
  EXPECT_EQ(to_text(checked.problems),
            "aoed.d/a.toml:1: threads is not for this file; write it in aoed.toml\n"
            "aoed.d/a.toml:2: e2.0 is exported twice: also at aoed.toml:2; give one of them another address, or remove "
            "it\n"
            "aoed.d/b.toml:3: defaults is not for this file; write [defaults] in aoed.toml\n"
            "aoed.toml:2: e2.0 and e1.0 (aoed.d/b.toml:1) export the same /a, both read-write; use one address for all "
            "clients, or set read_only = true in one\n");
}

TEST(CheckConfig, WindowsThatTouchDoNotOverlap) {
  good({{"aoed.toml", R"(
interfaces = ["eth1"]
export."e1.0" = { path = "/a", length = "1MiB" }
export."e1.1" = { path = "/a", offset = "1MiB", length = "1MiB" }
export."e1.2" = { path = "/a", offset = "2MiB" }
export."e1.3" = { path = "/b", read_only = true }
export."e1.4" = { path = "/b", read_only = true }
export."e1.5" = { path = "/c" }
export."e1.6" = { path = "/c", force = true }
)"}});
}

TEST(CheckConfig, OneUnreadableFileDoesNotMakeEveryNameUnknown) {
  const auto checked = check_config({{"aoed.toml", "interfaces = [\"eth1\"]\n[export.\"e1.0\"]\npath = \"/a\"\n"
                                                   "allow = [\"web1\"]\n"},
                                     {"aoed.d/names.toml", "[stations\n"}});
  ASSERT_EQ(checked.problems.size(), 1U);
  EXPECT_EQ(checked.problems[0].place.to_string(), "aoed.d/names.toml:1:10");
}

TEST(CheckConfig, GroupsNestDeeplyButNotEndlessly) {
  std::string text = "interfaces = [\"eth1\"]\n[groups]\n";
  for (int i = 0; i < 20; ++i) text += "g" + std::to_string(i) + " = [\"g" + std::to_string(i + 1) + "\"]\n";
  text += "g20 = [\"00:11:22:33:44:55\"]\n";
  const auto checked = check_config({{"aoed.toml", text}});
  ASSERT_FALSE(checked.problems.empty());
  EXPECT_EQ(checked.problems[0].message, "group 'g16' is more than 16 groups deep");
}

}  // namespace
}  // namespace aoekit::config
