// Names of disks and partitions as people type them.
#include "cli/etherd.h"

#include <gtest/gtest.h>

#include "cli/run_program.h"

namespace aoekit::cli {
namespace {

TEST(DiskName, AsTyped) {
  for (const auto& [text, file] : {std::pair{"e1.2", "e1.2"}, {"1.2", "e1.2"}, {"e1.2p3", "e1.2p3"}, {"1.2p12", "e1.2p12"}}) {
    const auto name = parse_disk_name(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(name->file(), file);
  }
}

TEST(DiskName, WhatCannotBeMeant) {
  for (const char* text : {"", "e1", "e1.2p", "e1.2p0", "e1.2p1x", "e1.2p-1", "e65535.1", "sda1", "p1", "e1.2 p1"}) {
    EXPECT_FALSE(parse_disk_name(text)) << text;
  }
}

TEST(RunProgram, GivesTheStatus) {
  EXPECT_EQ(*run_program({"true"}), 0);
  EXPECT_EQ(*run_program({"sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(*run_program({"sh", "-c", "kill -TERM $$"}), 128 + 15);
  EXPECT_FALSE(run_program({"/nonexistent/program"}));
}

}  // namespace
}  // namespace aoekit::cli
