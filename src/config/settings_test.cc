// Settings from the control socket: the same keys, the same checks, the same messages as in files.
#include "config/settings.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace aoekit::config {
namespace {

Config running() {
  return check_config({{"aoed.toml", R"(
interfaces = ["eth1"]
[defaults]
buffers = 8
limit = { requests = 50 }
[stations]
web1 = "00:11:22:33:44:01"
[export."e1.2"]
path = "/dev/sdb"
buffers = 16
serial = "S1"
limit = { requests = 10, bytes = "1MiB" }
)"}}).value.value();
}

std::string told(const Checked<ExportConfig>& checked) {
  EXPECT_EQ(checked.value.has_value(), !has_errors(checked.problems));
  return to_text(checked.problems);
}

TEST(Settings, ANewExportTakesTheDefaults) {
  const auto checked = parse_new_export(
      {1, 3}, R"({"path": "/dev/sdc", "allow": ["web1"], "length": "1GiB", "limit": {"bytes": 1024}})", running());
  ASSERT_EQ(told(checked), "");
  EXPECT_EQ(checked.value->address, (wire::AoeAddress{1, 3}));
  EXPECT_EQ(checked.value->buffers, 8);
  EXPECT_EQ(checked.value->length, Sectors{2097152});
  EXPECT_EQ(checked.value->limit, (RateLimit{50, 1024}));
  EXPECT_EQ(checked.value->read_access.allow.size(), 1U);
  EXPECT_EQ(checked.value->read_access.allow_words, std::vector<std::string>{"web1"});
}

TEST(Settings, AChangeLeavesTheRest) {
  const auto checked = parse_changed_export({1, 2}, R"({"read_only": true, "limit": {"requests": 11}})", running());
  ASSERT_EQ(told(checked), "");
  EXPECT_TRUE(checked.value->read_only);
  EXPECT_EQ(checked.value->buffers, 16);
  EXPECT_EQ(checked.value->serial, "S1");
  EXPECT_EQ(checked.value->limit, (RateLimit{11, 1 << 20}));
}

TEST(Settings, NullMeansTheDefaultAgain) {
  const auto checked = parse_changed_export(
      {1, 2}, R"({"buffers": null, "serial": null, "limit": {"requests": null, "bytes": 2048}})", running());
  ASSERT_EQ(told(checked), "");
  EXPECT_EQ(checked.value->buffers, 8);
  EXPECT_EQ(checked.value->serial, std::nullopt);
  EXPECT_EQ(checked.value->limit, (RateLimit{50, 2048}));
  EXPECT_EQ(told(parse_changed_export({1, 2}, R"({"path": null, "xyzzy": null})", running())),
            "e1.2: 'path' has no default; write a value\ne1.2: 'xyzzy' has no default; write a value\n");
}

TEST(Settings, MistakesAreToldAsInFiles) {
  const Config now = running();
  EXPECT_EQ(told(parse_new_export({1, 3}, R"({"path": "disk.img", "bufers": 8, "allow": ["wbe1"]})", now)),
            "e1.3: path is 'disk.img', which depends on the directory aoed is started in; write the whole path, "
            "beginning with '/'\n"
            "e1.3: allow has the unknown station 'wbe1'; did you mean 'web1'?\n"
            "e1.3 has no key 'bufers'; did you mean 'buffers'?\n");
  EXPECT_EQ(told(parse_new_export({1, 3}, "{}", now)), "e1.3 has no path; add path = \"/dev/...\"\n");
  EXPECT_EQ(told(parse_new_export({1, 3}, R"({"path": "/dev/sdb"})", now)),
            "e1.3 and e1.2 (aoed.toml:8) export the same /dev/sdb, both read-write; use one address for all clients, "
            "or set read_only = true in one\n");
  EXPECT_EQ(told(parse_new_export({1, 2}, "{}", now)),
            "e1.2 is exported already: /dev/sdb; change it with `aoe export set`, or take another address\n");
  EXPECT_EQ(told(parse_new_export({1, 255}, "{}", now)),
            "e1.255 is no export's address; shelf 65535 and slot 255 mean all: take others\n");
  EXPECT_EQ(told(parse_changed_export({1, 3}, "{}", now)),
            "e1.3 is not exported; `aoe export list` shows what is, `aoe export add` adds it\n");
  EXPECT_EQ(told(parse_changed_export({1, 2}, R"({"address": "e1.3"})", now)),
            "address is not for e1.2; an address cannot be changed: remove the export and add it under the other\n");
  EXPECT_EQ(told(parse_changed_export({1, 2}, R"({"buffers": "many"})", now)),
            "e1.2: buffers is a string; write a number from 1 to 65535, without quotes\n");
}

TEST(Settings, WhatIsNoSettingsIsRefused) {
  const Config now = running();
  const std::string no_object =
      "the settings are no JSON object; send one like {\"path\": \"/dev/sdb\", \"read_only\": true}\n";
  const std::string no_value =
      "the settings have a value that no key takes; send texts, whole numbers, true, false and lists\n";
  for (const char* text : {"", "{", "[]", "7", "null", "{\"path\": \"\xff\"}"}) {
    EXPECT_EQ(told(parse_new_export({1, 3}, text, now)), no_object) << text;
  }
  EXPECT_EQ(told(parse_new_export({1, 3}, R"({"buffers": 18446744073709551615})", now)), no_value);
  EXPECT_EQ(told(parse_new_export({1, 3}, R"({"a": {"b": {"c": {"d": {"e": 1}}}}})", now)), no_value);
  EXPECT_EQ(told(parse_new_export({1, 3}, R"({"allow": [null]})", now)), no_value);
  EXPECT_EQ(told(parse_new_export({1, 3}, "{\"path\": " + std::string(100000, '['), now)), no_object);
}

TEST(Settings, WithoutInterfacesNothingIsServed) {
  EXPECT_EQ(told(parse_new_export({1, 3}, R"({"path": "/dev/sdc"})", Config{})),
            "e1.3: interfaces is missing, and aoed has none of its own; name at least one, like [\"eth1\"]\n");
}

}  // namespace
}  // namespace aoekit::config
