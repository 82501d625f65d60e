// A subcommand with subcommands of its own, such as `aoe export`.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "cli/subcommand.h"

namespace aoekit::cli {

class CommandGroup {
 public:
  explicit CommandGroup(CLI::App& app);
  // The new one, for its options. `examples` as in Subcommand.
  CLI::App& add(const char* name, const char* help, const char* examples, Action action);
  // Runs the one that was named.
  Action action() const;

 private:
  CLI::App& app_;
  std::shared_ptr<std::vector<std::pair<const CLI::App*, Action>>> actions_;
};

}  // namespace aoekit::cli
