// Which driver the tools find.
#include "aoetools/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace aoekit::aoetools {
namespace {

class FindPlaces : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "aoetools-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void kernel_runs() { std::filesystem::create_directories(root_ + "/sys/module/aoe"); }
  void aoefuse_runs() { std::filesystem::create_directories(etherd() + "/.sys/module/aoe"); }
  std::string etherd() const { return root_ + "/etherd"; }
  Places find(const std::string& aoe_etherd) const {
    return find_places({.sysfs_dir = "", .etherd = aoe_etherd, .n_partitions = "", .n_shelves = ""}, root_ + "/sys");
  }

  std::string root_;
};

TEST_F(FindPlaces, NothingRuns) {
  EXPECT_EQ(find("").driver, Driver::none);
  EXPECT_EQ(find("").etherd, "/dev/etherd");
  EXPECT_EQ(find(etherd()).driver, Driver::none);
  EXPECT_EQ(find(etherd()).sysfs, root_ + "/sys");
}

TEST_F(FindPlaces, Kernel) {
  kernel_runs();
  EXPECT_EQ(find("").driver, Driver::kernel);
  EXPECT_EQ(find(etherd()).driver, Driver::kernel);
  EXPECT_EQ(find(etherd()).control("flush"), etherd() + "/flush");
}

TEST_F(FindPlaces, Aoefuse) {
  aoefuse_runs();
  const Places places = find(etherd());
  EXPECT_EQ(places.driver, Driver::aoefuse);
  EXPECT_EQ(places.block(), etherd() + "/.sys/block");
  EXPECT_EQ(places.interface_parameter(), etherd() + "/.sys/module/aoe/parameters/aoe_iflist");
}

TEST_F(FindPlaces, BothAndOneIsNamed) {
  kernel_runs();
  aoefuse_runs();
  EXPECT_EQ(find("").driver, Driver::kernel);
  EXPECT_EQ(find(etherd()).driver, Driver::aoefuse);
}

}  // namespace
}  // namespace aoekit::aoetools
