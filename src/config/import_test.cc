// Configurations of other targets, as they are found on machines, become aoed's.
#include "config/import.h"

#include <gtest/gtest.h>

namespace aoekit::config {
namespace {

using wire::MacAddress;

MacAddress mac(const char* text) { return MacAddress::parse(text).value(); }

Config good(const Imported& imported, std::string_view ethers = {}) {
  auto checked = check_config({{"result", imported.toml}}, ethers);
  EXPECT_EQ(to_text(checked.problems), "") << imported.toml;
  return checked.value.value_or(Config{});
}

TEST(ImportVblade, OneFileIsOneExport) {
  const auto imported = import_config(ImportFormat::vblade, {{"export.conf", R"(# a comment
shelf=14
slot=2
netif=ens3
filename='/dev/mapper/my export'
options='-r -m 12:22:33:44:55:66,22:33:44:55:66:77 -o 8 -b16 -dl 2048'
ionice="--class best-effort --classdata 7"
)"}});
  EXPECT_EQ(to_text(imported.problems),
            "export.conf:7: warning: ionice has no equal: aoed serves all exports from one process; set limit for this "
            "export, or IOWeight= for aoed.service\n");
  const Config config = good(imported);
  ASSERT_EQ(config.exports.size(), 1U);
  const ExportConfig expected{
      .address = {14, 2}, .path = "/dev/mapper/my export", .interfaces = {"ens3"}, .first_sector = {8},
      .length = Sectors{2048}, .read_only = true, .buffers = 16, .caching = Caching::direct,
      .read_access = {.allow = {mac("122233445566"), mac("223344556677")}, .deny = {}}};
  EXPECT_TRUE(same(config.exports[0], expected)) << imported.toml;
}

TEST(ImportVblade, TheSameDiskOnTwoInterfacesIsOneExport) {
  const auto file = [](const char* name, const char* netif, const char* path) {
    return Source{name, std::string("shelf=1; slot=2\nexport netif=") + netif + " filename=" + path + "\n"};
  };
  const auto imported = import_config(ImportFormat::vblade, {file("a.conf", "eth0", "/a"), file("b.conf", "eth1", "/a"),
                                                             file("c.conf", "eth2", "/other")});
  EXPECT_EQ(to_text(imported.problems),
            "c.conf:1: e1.2 is at a.conf:1 already, with another disk or other settings; in aoed an address has one "
            "meaning on all interfaces: give this one another; it is left out\n");
  const Config config = good(imported);
  ASSERT_EQ(config.exports.size(), 1U);
  EXPECT_EQ(config.exports[0].interfaces, (std::vector<std::string>{"eth0", "eth1"}));
}

TEST(ImportVblade, TwoAddressesOfOneDiskGoOnAsBefore) {
  const auto imported = import_config(ImportFormat::vblade,
                                      {{"a.conf", "shelf=1 slot=2 netif=eth0 filename=/a\n"},
                                       {"b.conf", "shelf=1 slot=3 netif=eth0 filename=/a\n"}});
  EXPECT_EQ(to_text(imported.problems), "b.conf:1: warning: e1.3 and e1.2 write the same /a; force = true lets them, "
            "as "
                                        "before; better use one address for all clients\n");
  EXPECT_TRUE(good(imported).exports.at(1).force);
}

TEST(ImportVblade, WhatTheShellWouldDoIsNotDone) {
  const auto imported = import_config(ImportFormat::vblade, {{"a.conf", "shelf=1 slot=2 netif=eth0\n"
                                                                        "filename=$DISK\necho hello\nextra='$x'\n"}});
  EXPECT_EQ(to_text(imported.problems),
            "a.conf:2: 'filename=$DISK' needs the shell, which is not run; write the value itself; the export is left "
            "out\n"
            "a.conf:3: warning: 'echo' is no assignment, and is not run; write NAME=VALUE, with spaces in quotes\n"
            "a.conf:3: warning: 'hello' is no assignment, and is not run; write NAME=VALUE, with spaces in quotes\n"
            "no export was found; check that these are the right files\n");
  const auto known = import_config(ImportFormat::vblade, {{"a.conf", "shelf=1 slot=2 netif=eth0 filename=/a "
            "extra='$x'"}});
  EXPECT_EQ(to_text(known.problems), "a.conf:1: warning: extra is unknown and left out; see vblade-persistence(5)\n");
}

TEST(ImportVblade, MistakesOfTheFileAreNamed) {
  const auto told = [](const char* text) {
    return to_text(import_config(ImportFormat::vblade, {{"a.conf", text}}).problems);
  };
  const std::string none = "no export was found; check that these are the right files\n";
  EXPECT_EQ(told("shelf=1\nslot=2\nfilename=/a\n"),
            "a.conf: netif is missing; add it; without it vblade does not start, either\n" + none);
  EXPECT_EQ(told("shelf=1\nslot=255\nnetif=eth0\nfilename=/a\n"),
            "a.conf:1: shelf '1', slot '255' is no address; write a shelf from 0 to 65534 and a slot from 0 to 254; "
            "the "
            "export is left out\n" + none);
  EXPECT_EQ(told("shelf=1 slot=2 netif=eth0 filename=/a options='-b 0 -x --sync'\n"),
            "a.conf:1: option '-b' has '0'; write a number from 1 to 65535; the option is left out\n"
            "a.conf:1: warning: option '-x' is unknown and left out; see vblade(8)\n");
}

constexpr const char* kGgaoed = R"(# Sample
[defaults]
queue-length = 64
interfaces = eth0, eth1
#direct-io = true
trace-io = false
pid-file = /var/run/ggaoed.pid
state-directory = /var/lib/ggaoed

[acls]
foo = 00:C0:4F:A1:66:94, 00:1B:21:0A:AA:22
bar = foo, host1, 00:0E:0C:3E:3B:0B

[eth1]
mtu = 9000

[testdev]
path = /dev/sdb
shelf = 1
slot = 2
direct-io = false
queue-length = 128
interfaces = eth*
accept = bar, 00:30:48:69:41:3A
deny = foo

[by-label]
uuid = 0a1b2c3d-0000-4000-8000-123456789abc
shelf = 1
slot = 3
read-only = true
broadcast = true
)";

TEST(ImportGgaoed, SectionsBecomeExportsAndGroups) {
  constexpr std::string_view kEthers = "00:00:00:00:00:01 host1\n";
  const auto imported = import_config(ImportFormat::ggaoed, {{"ggaoed.conf", kGgaoed}}, kEthers);
  EXPECT_EQ(to_text(imported.problems),
            "ggaoed.conf:6: warning: trace-io has no equal; single requests are not logged; use `aoe dump` or `aoe "
            "top`\n"
            "ggaoed.conf:7: warning: pid-file has no equal; systemd knows the process\n"
            "ggaoed.conf:8: warning: state-directory has no equal; aoed keeps config strings and lists in a file of "
            "its "
            "own, `state`; set them anew with `aoe`\n"
            "ggaoed.conf:15: warning: mtu has no equal; the interface's own is used; set it with `ip link`, or make "
            "the "
            "frames smaller at the client\n"
            "ggaoed.conf:32: warning: broadcast has no equal; aoed tells those who may use the export, and nobody "
            "else\n");
  const Config config = good(imported, kEthers);
  EXPECT_EQ(config.daemon.interfaces, (std::vector<std::string>{"eth0", "eth1"}));
  ASSERT_EQ(config.exports.size(), 2U);
  const ExportConfig first{.address = {1, 2}, .path = "/dev/sdb", .interfaces = {"eth*"}, .serial = "testdev",
                           .buffers = 128,
                           .read_access = {.allow = {mac("000000000001"), mac("000e0c3e3b0b"), mac("001b210aaa22"),
                                                     mac("00304869413a"), mac("00c04fa16694")},
                                           .deny = {mac("001b210aaa22"), mac("00c04fa16694")}}};
  EXPECT_TRUE(same(config.exports[0], first)) << imported.toml;
  const ExportConfig second{.address = {1, 3}, .path = "/dev/disk/by-uuid/0a1b2c3d-0000-4000-8000-123456789abc",
                            .read_only = true, .serial = "by-label", .caching = Caching::direct};
  EXPECT_TRUE(same(config.exports[1], second)) << imported.toml;
}

TEST(ImportGgaoed, MistakesOfTheFileAreNamed) {
  const auto imported = import_config(ImportFormat::ggaoed, {{"g.conf", "[a]\npath = /dev/sdb\nnonsense\n"
                                                                       
            "[b]\npath=/b\nshelf=1\nslot=1\ndirect-io=yes\n"}});
  EXPECT_EQ(to_text(imported.problems),
            "g.conf: warning: no interfaces are named, so all are served; name your SAN's at the top instead\n"
            "g.conf:1: [a] has no path or uuid, no shelf or no slot; add it; the export is left out\n"
            "g.conf:3: 'nonsense' is neither a [section] nor KEY = VALUE in one; correct it\n"
            "g.conf:8: direct-io is 'yes'; write true or false\n");
  EXPECT_EQ(good(imported).exports.size(), 1U);
}

constexpr const char* kQaoed = R"(## qaoed.conf
log-level = error;
apisocket = /tmp/qaoedsocket;
logging { name = "main log"; type = file; filename = "/var/log/qaoed.log"; }
default
{
        shelf = 3; /* Shelf */
        slot  = 5; # counted from here
        interface = eth0; writecache = off;
}
device { target = /dev/hda2; }
device { target = "/dev/my disk"; broadcast = off;
  acl { read = "my list"; write = open; cfgset = open; } }
device { shelf = 0; slot = 2; target = /root/data; interface = eth1; acl { cfgread = acl1; } }
device { shelf = 0; slot = 2; target = /root/data; interface = eth2; acl { cfgread = acl1; } }
interface { interface = eth0; mtu = 1500; }
access-list {
   name = acl1;
   policy = reject;
   accept = 00:12:23:45:66:FF;
   accept = 00:10:33:43:32:FF;
}
access-list { name = "my list"; policy = reject; reject = 00:00:00:00:00:01; accept = 00:00:00:00:00:01;
              accept = 00:00:00:00:00:02; }
access-list { name = open; policy = accept; reject = 00:00:00:00:00:03; }
)";

TEST(ImportQaoed, DevicesBecomeExportsAndAccessListsGroups) {
  const auto imported = import_config(ImportFormat::qaoed, {{"qaoed.conf", kQaoed}});
  EXPECT_EQ(to_text(imported.problems),
            "qaoed.conf:3: warning: apisocket has no equal; aoed has another protocol; its socket is control_socket, "
            "and "
            "`aoe` finds it\n"
            "qaoed.conf:4: warning: logging name has no equal; aoed logs to the journal\n"
            "qaoed.conf:12: warning: device broadcast has no equal; aoed announces each export when it starts, to "
            "those "
            "who may use it\n"
            "qaoed.conf:13: warning: device acl.cfgset has no equal; those who may write may set the config string\n"
            "qaoed.conf:14: warning: acl cfgread has no equal; its stations are those who may use the export\n"
            "qaoed.conf:15: warning: acl cfgread has no equal; its stations are those who may use the export\n"
            "qaoed.conf:16: warning: interface mtu has no equal; the interface's own is used; set it with `ip link`\n");
  const Config config = good(imported);
  EXPECT_EQ(config.daemon.log_level, "error");
  ASSERT_EQ(config.exports.size(), 3U);
  const ExportConfig first{.address = {0, 2}, .path = "/root/data", .interfaces = {"eth1", "eth2"},
                           .read_access = {.allow = {mac("0010334332ff"), mac("0012234566ff")}, .deny = {}}};
  EXPECT_TRUE(same(config.exports[0], first)) << imported.toml;
  const ExportConfig second{.address = {3, 5}, .path = "/dev/hda2", .interfaces = {"eth0"}};
  EXPECT_TRUE(same(config.exports[1], second)) << imported.toml;
  const ExportConfig third{.address = {3, 6}, .path = "/dev/my disk", .interfaces = {"eth0"},
                           .read_access = {.allow = {mac("000000000002")}, .deny = {}},
                           .write_access = {.allow = {}, .deny = {mac("000000000003")}}};
  EXPECT_TRUE(same(config.exports[2], third)) << imported.toml;
}

TEST(ImportQaoed, MistakesOfTheFileAreNamed) {
  const auto imported = import_config(ImportFormat::qaoed, {{"q.conf", R"(
include = "/etc/more.conf";
stray;
device { target = /a; interface = eth0; acl { read = nobody; } }
device { target = /b; acl { read = x; } }
device { target = /c; interface = eth0; acl { write = closed; } }
access-list { name = closed; policy = reject; }
device { target = /d; interface = eth0;
)"}});
  EXPECT_EQ(to_text(imported.problems),
            "q.conf:2: include of '/etc/more.conf' is not followed; import that file together with this one\n"
            "q.conf:3: 'stray' is neither SECTION { nor KEY = VALUE;; correct it\n"
            "q.conf:4: acl.read names the unknown access list 'nobody'; define it; the export is left out\n"
            "q.conf:5: the device has no target or no interface; add it; the export is left out\n"
            "q.conf:6: acl.write: the access list 'closed' accepts nobody; an export that nobody may use is left out\n"
            "q.conf:8: device is not closed; add a '}'\n");
  EXPECT_EQ(good(imported).exports.size(), 1U);
}

TEST(Import, TheFormatIsSeenFromTheContent) {
  EXPECT_EQ(detect_format("# x\nshelf=1\n"), ImportFormat::vblade);
  EXPECT_EQ(detect_format(kGgaoed), ImportFormat::ggaoed);
  EXPECT_EQ(detect_format(kQaoed), ImportFormat::qaoed);
  EXPECT_EQ(detect_format(""), std::nullopt);
  EXPECT_EQ(detect_format("hello\n"), std::nullopt);
  for (const auto format : {ImportFormat::vblade, ImportFormat::ggaoed, ImportFormat::qaoed}) {
    EXPECT_EQ(import_format(name_of(format)), format);
  }
}

TEST(Import, BytesThatAreNotUtf8DoNotSpoilTheResult) {
  const auto imported = import_config(ImportFormat::vblade,
                                      {{"a.conf", "shelf=1 slot=2 netif=eth0 filename=/\xff\xc3\xa4\xed\xa0\x80\n"}});
  EXPECT_EQ(good(imported).exports.at(0).path, "/?\xc3\xa4???");
}

}  // namespace
}  // namespace aoekit::config
