// Local files: sizes, ends, pipes, and errors that name the file.
#include "cli/local_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>

namespace aoekit::cli {
namespace {

struct LocalFileTest : testing::Test {
  std::string path = testing::TempDir() + "aoekit-local-file-" + std::to_string(::getpid());
  ~LocalFileTest() override { ::unlink(path.c_str()); }
};

TEST_F(LocalFileTest, WhatIsWrittenIsRead) {
  auto output = LocalFile::open_output(path, nullptr);
  ASSERT_TRUE(output.has_value());
  const std::array<std::uint8_t, 5> bytes{1, 2, 3, 4, 5};
  EXPECT_TRUE(output->write(bytes).has_value());
  EXPECT_TRUE(output->finish().has_value());
  EXPECT_EQ(output->bytes_written(), 5U);
  auto input = LocalFile::open_input(path, nullptr);
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->size(), 5U);
  std::array<std::uint8_t, 4> memory{};
  EXPECT_EQ(input->read(memory).value(), 4U);
  EXPECT_EQ(input->read(memory).value(), 1U);
  EXPECT_EQ(memory[0], 5);
  EXPECT_EQ(input->read(memory).value(), 0U);
  EXPECT_EQ(input->read_at(3, memory).value(), 2U);
  EXPECT_EQ(memory[1], 5);
}

TEST_F(LocalFileTest, ErrorsNameTheFile) {
  EXPECT_EQ(LocalFile::open_input(path, nullptr).error().message,
            "cannot open '" + path + "' for reading: No such file or directory");
  EXPECT_NE(LocalFile::open_input("/", nullptr).error().message.find("is a directory"), std::string::npos);
  auto full = LocalFile::open_output("/dev/full", nullptr);
  ASSERT_TRUE(full.has_value());
  const std::array<std::uint8_t, 1> byte{};
  EXPECT_NE(full->write(byte).error().message.find("'/dev/full'"), std::string::npos);
}

TEST_F(LocalFileTest, DevicesWithoutASizeCannotBeReadAgain) {
  auto zero = LocalFile::open_input("/dev/zero", nullptr);
  ASSERT_TRUE(zero.has_value());
  EXPECT_FALSE(zero->can_read_again());
  std::array<std::uint8_t, 3> memory{9, 9, 9};
  EXPECT_EQ(zero->read(memory).value(), 3U);
  EXPECT_EQ(memory[2], 0);
}

}  // namespace
}  // namespace aoekit::cli
