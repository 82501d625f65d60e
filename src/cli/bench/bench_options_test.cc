// What the command line may say, and that nothing is written without consent.
#include "cli/bench/bench_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aoekit::bench {
namespace {

using testing::HasSubstr;

BenchOptions options(std::size_t targets = 1) {
  BenchOptions options;
  for (std::size_t i = 0; i < targets; ++i) options.addresses.push_back({1, static_cast<std::uint8_t>(i)});
  return options;
}

TEST(BenchOptions, Sizes) {
  EXPECT_EQ(parse_size("512").value(), Sectors{1});
  EXPECT_EQ(parse_size("4k").value(), Sectors{8});
  EXPECT_EQ(parse_size("4K").value(), Sectors{8});
  EXPECT_EQ(parse_size("64KiB").value(), Sectors{128});
  EXPECT_EQ(parse_size("16m").value(), Sectors{32768});
  EXPECT_EQ(parse_size("frame").value(), std::nullopt);
  for (const char* bad : {"", "0", "511", "513", "k", "4kb", "-4k", "17M", "frames", "1e3"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(BenchOptions, Ranges) {
  EXPECT_EQ(parse_range("2048:100").value(), (SectorRange{{2048}, {100}}));
  EXPECT_EQ(parse_range("all").value(), std::nullopt);
  for (const char* bad : {"", ":", "5", "5:", ":5", "5:0", "-1:5", "5:99999999999999999999", "1-2"}) {
    EXPECT_FALSE(parse_range(bad)) << bad;
  }
}

TEST(BenchOptions, ReadingNeedsNoConsent) { EXPECT_TRUE(check(options())); }

TEST(BenchOptions, WritingNeedsARange) {
  for (const unsigned read_percent : {0U, 70U, 99U}) {
    BenchOptions writing = options();
    writing.read_percent = read_percent;
    const Status refused = check(writing);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("--range"));
    writing.range_given = true;
    EXPECT_TRUE(check(writing));
  }
}

TEST(BenchOptions, WhatDoesNotGoTogether) {
  EXPECT_FALSE(check(BenchOptions{}));
  BenchOptions queries = options();
  queries.queries = true;
  EXPECT_TRUE(check(queries));
  queries.layer_asked = Layer::library;
  EXPECT_FALSE(check(queries));
  BenchOptions window = options();
  window.window = 64;
  EXPECT_TRUE(check(window));
  window.layer_asked = Layer::library;
  EXPECT_FALSE(check(window));
  BenchOptions deep = options(2);
  deep.depth = 2048;
  EXPECT_TRUE(check(deep));
  deep.depth = 2049;
  EXPECT_FALSE(check(deep));
  BenchOptions large = options();
  large.layer_asked = Layer::library;
  large.size = parse_size("16M").value();
  EXPECT_TRUE(check(large));
  large.depth = 65;
  EXPECT_FALSE(check(large));
}

BenchOptions places(std::vector<std::string> places) {
  BenchOptions options;
  options.places = std::move(places);
  return options;
}

TEST(BenchOptions, WhatIsLoadedSaysThroughWhichLayer) {
  EXPECT_EQ(options().layer(), Layer::wire);
  EXPECT_EQ(places({"/dev/etherd/e1.2", "./disk.img"}).layer(), Layer::file);
  EXPECT_EQ(places({"nbd+unix:///?socket=/run/nbd"}).layer(), Layer::nbd);
  EXPECT_TRUE(check(places({"./a", "./b"})));
  EXPECT_TRUE(check(places({"nbd://there/disk"})));
}

TEST(BenchOptions, FilesAndNbdServersHaveNoFrames) {
  BenchOptions mixed = places({"./a"});
  mixed.addresses.push_back({1, 2});
  EXPECT_FALSE(check(mixed));
  EXPECT_FALSE(check(places({"./a", "nbd://there/disk"})));
  const auto refused = [](auto change) {
    BenchOptions options = places({"./a"});
    change(options);
    return !check(options);
  };
  EXPECT_FALSE(refused([](BenchOptions&) {}));
  EXPECT_TRUE(refused([](BenchOptions& options) { options.layer_asked = Layer::library; }));
  EXPECT_TRUE(refused([](BenchOptions& options) { options.interfaces = {"eth0"}; }));
  EXPECT_TRUE(refused([](BenchOptions& options) { options.size = std::nullopt; }));
  EXPECT_TRUE(refused([](BenchOptions& options) { options.window = 4; }));
  EXPECT_TRUE(refused([](BenchOptions& options) { options.queries = true; }));
  EXPECT_TRUE(refused([](BenchOptions& options) { options.read_percent = 0; }));
}

TEST(BenchOptions, WorkloadsFitTheDisk) {
  BenchOptions small = options();
  EXPECT_EQ(workload_for(small, 0, {100}, 17)->range, (SectorRange{{0}, {100}}));
  EXPECT_EQ(workload_for(small, 0, {100}, 17)->request_size, Sectors{8});
  EXPECT_FALSE(workload_for(small, 0, {7}, 17));
  small.size = std::nullopt;
  EXPECT_EQ(workload_for(small, 0, {100}, 17)->request_size, Sectors{17});
  small.range = SectorRange{{90}, {11}};
  EXPECT_FALSE(workload_for(small, 0, {100}, 2));
  EXPECT_TRUE(workload_for(small, 0, {101}, 2));
  small.queries = true;
  EXPECT_TRUE(workload_for(small, 0, {}, 2)->queries);
}

TEST(BenchOptions, TargetsShareTheRate) {
  using std::chrono::microseconds;
  BenchOptions both = options(2);
  both.rate_per_s = 1000;
  Schedule first = schedule_for(both, 0, Instant{});
  Schedule second = schedule_for(both, 1, Instant{});
  const Instant later{std::chrono::seconds(1)};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(first.take(later), Instant{microseconds(2000 * i)});
    EXPECT_EQ(second.take(later), Instant{microseconds(2000 * i + 1000)});
  }
  both.rate_per_s = std::nullopt;
  EXPECT_FALSE(schedule_for(both, 1, Instant{}).next_due());
}

}  // namespace
}  // namespace aoekit::bench
