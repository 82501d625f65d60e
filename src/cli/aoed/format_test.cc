// Tables at 80 columns, and the words for sizes and times.
#include "cli/aoed/format.h"

#include <gtest/gtest.h>

#include "cli/aoed/export_settings.h"
#include "control/fake_api_fixture.h"

namespace aoekit::cli {
namespace {

TEST(AoedFormat, Times) {
  EXPECT_EQ(time_text(std::chrono::milliseconds(1500)), "1.5 s");
  EXPECT_EQ(time_text(std::chrono::seconds(59)), "59 s");
  EXPECT_EQ(time_text(std::chrono::minutes(90)), "90 min");
  EXPECT_EQ(time_text(std::chrono::hours(24 * 9)), "9 d");
  EXPECT_EQ(latency_text(std::chrono::microseconds(64)), "64 us");
  EXPECT_EQ(latency_text(std::chrono::microseconds(2048)), "2.0 ms");
  EXPECT_EQ(latency_text(Duration::zero()), "-");
  EXPECT_EQ(shortened("/srv/disk.img", 8), "...k.img");
}

TEST(AoedFormat, ListsFit80Columns) {
  control::FakeApi api;
  api.exports_[0].config.path = "/dev/disk/by-id/" + std::string(200, 'x');
  const std::string text = format_exports(api.exports({}), 80) + format_clients(api.clients({})) +
                           format_interfaces(api.interfaces());
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 80U) << text.substr(begin, end - begin);
    begin = end + 1;
  }
  EXPECT_NE(text.find("e1.2     10 GiB"), std::string::npos) << text;
  EXPECT_NE(format_exports(api.exports({}), kAnyWidth).find(std::string(200, 'x')), std::string::npos);
}

TEST(AoedFormat, ShowsEverything) {
  const control::FakeApi api;
  const std::string text = format_export(api.exported({1, 3}).value());
  EXPECT_NE(text.find("waiting: /srv/missing.img does not exist"), std::string::npos) << text;
  EXPECT_NE(text.find("sharing"), std::string::npos);
  EXPECT_NE(text.find("exclusive"), std::string::npos);
  EXPECT_EQ(text.find("read_only"), std::string::npos) << "what is at its default is left out";
  EXPECT_NE(format_export(api.exported({1, 2}).value()).find("99 % under 64 us"), std::string::npos);
  EXPECT_NE(format_daemon(api.daemon()).find("4711"), std::string::npos);
}

TEST(AoedSettings, AreAnObjectOfKeys) {
  SettingsOptions options;
  options.texts = {{"durability", "flush"}, {"limit.bytes", "10M"}};
  options.numbers = {{"limit.requests", 100}, {"buffers", 8}};
  options.lists = {{"allow", {"rack7", "02:00:00:00:00:01"}}};
  options.read_only = true;
  options.defaults = {"serial"};
  EXPECT_EQ(control::to_line(settings_json(options)),
            R"({"durability":"flush","limit":{"bytes":"10M","requests":100},"buffers":8,)"
            R"("allow":["rack7","02:00:00:00:00:01"],"read_only":true,"serial":null})");
}

}  // namespace
}  // namespace aoekit::cli
