// A scratch directory for tests, gone at the end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace aoekit::config::testing {

class Scratch : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(mkdtemp(root_.data()), nullptr); }
  void TearDown() override {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
    EXPECT_FALSE(error) << error.message();
  }

  std::string path(const std::string& name) const { return root_ + "/" + name; }
  // Makes the directories, too.
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Without the scratch directory's name.
  std::string shortened(std::string text) const {
    for (std::size_t at = text.find(root_); at != std::string::npos; at = text.find(root_)) {
      text.erase(at, root_.size() + 1);
    }
    return text;
  }

 private:
  std::string root_ = "/tmp/aoekit-config-XXXXXX";
};

}  // namespace aoekit::config::testing
