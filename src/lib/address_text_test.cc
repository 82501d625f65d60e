// What people write as an address, and what they are told when it is none.
#include "lib/address_text.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "lib/aoekit.h"

namespace aoekit::lib {
namespace {

TEST(AddressText, EveryForm) {
  for (const char* text : {"e1.2", "1.2", "aoe://1.2", "aoe://e1.2"}) {
    const auto parsed = parse_disk_address(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(parsed->address, (wire::AoeAddress{1, 2})) << text;
    EXPECT_TRUE(parsed->interfaces.empty()) << text;
  }
  const auto with_two = parse_disk_address("aoe://eth0,enp3s0.7/e65534.254");
  ASSERT_TRUE(with_two.has_value());
  EXPECT_EQ(with_two->address, (wire::AoeAddress{65534, 254}));
  EXPECT_EQ(with_two->interfaces, (std::vector<std::string>{"eth0", "enp3s0.7"}));
}

TEST(AddressText, NoAddress) {
  for (const char* text : {"", "e1", "1.2.3", "aoe://", "aoe:///1.2", "aoe://eth0", "aoe://eth0/", "aoe://,/1.2",
                           "aoe://eth0,/1.2", "aoe://eth 0/1.2", "aoe://averyveryverylongname/1.2", "e65535.1", "1.255",
                           "e65536.1", "e1.256", "http://eth0/1.2", "aoe://a/b/1.2", "-1.2"}) {
    const auto parsed = parse_disk_address(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().os_error, EINVAL);
    EXPECT_NE(parsed.error().message.find(text), std::string::npos);
  }
}

TEST(AddressText, Interfaces) {
  EXPECT_TRUE(parse_interfaces("")->empty());
  EXPECT_EQ(parse_interfaces("a,b")->size(), 2U);
  EXPECT_FALSE(parse_interfaces(",").has_value());
  EXPECT_FALSE(parse_interfaces("eth0:1").has_value());
}

TEST(AddressText, TheCFunctionCopiesTheNamesIfTheyFit) {
  uint16_t shelf = 0;
  uint8_t slot = 0;
  char names[6] = "xxxxx";
  EXPECT_EQ(aoe_parse_address("aoe://ab,cd/3.4", &shelf, &slot, names, sizeof names), 0);
  EXPECT_STREQ(names, "ab,cd");
  EXPECT_EQ(shelf, 3);
  EXPECT_EQ(slot, 4);
  EXPECT_EQ(aoe_parse_address("aoe://ab,cde/3.4", &shelf, &slot, names, sizeof names), -EINVAL);
  EXPECT_STREQ(aoe_error(), "the interfaces' names need 7 bytes");
  EXPECT_EQ(aoe_parse_address("aoe://ab,cde/3.4", &shelf, &slot, nullptr, 0), 0);
  EXPECT_EQ(aoe_parse_address("e3.4", &shelf, &slot, names, sizeof names), 0);
  EXPECT_STREQ(names, "");
}

TEST(Client, SettingsAreChecked) {
  aoe_client* client = aoe_client_new();
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(aoe_client_set_interfaces(client, "a,,b"), -EINVAL);
  EXPECT_EQ(aoe_client_set_interfaces(client, nullptr), 0);
  EXPECT_EQ(aoe_client_set_dead_seconds(client, 0), -EINVAL);
  EXPECT_EQ(aoe_client_set_dead_seconds(client, AOE_FOREVER), 0);
  EXPECT_EQ(aoe_client_set_dead_ms(client, 0), -EINVAL);
  EXPECT_EQ(aoe_client_set_dead_ms(client, UINT64_MAX), -EINVAL);
  EXPECT_EQ(aoe_client_set_requests(client, 0), -EINVAL);
  EXPECT_EQ(aoe_client_set_requests(client, 4097), -EINVAL);
  EXPECT_EQ(aoe_client_set_requests(client, 4096), 0);
  EXPECT_EQ(aoe_client_set_busy_wait_us(client, 1001), -EINVAL);
  EXPECT_EQ(aoe_client_set_busy_wait_us(client, 0), 0);
  EXPECT_EQ(aoe_client_discover(client, 1, 2, 0), -EINVAL) << "not started";
  EXPECT_EQ(aoe_batch_begin(client), -EINVAL);
  EXPECT_EQ(aoe_batch_end(client), -EINVAL);
  EXPECT_EQ(aoe_client_fd(client), -EINVAL);
  EXPECT_EQ(aoe_client_set_interfaces(client, "no-such-if0"), 0);
  EXPECT_EQ(aoe_client_start(client), -ENODEV);
  EXPECT_NE(std::string(aoe_error()).find("no-such-if0"), std::string::npos);
  aoe_client_free(client);
  aoe_client_free(nullptr);
}

}  // namespace
}  // namespace aoekit::lib
