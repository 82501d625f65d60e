// Dispatch one level down.
#include "cli/aoed/group.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "cli/exit_code.h"

namespace aoekit::cli {

CommandGroup::CommandGroup(CLI::App& app)
    : app_(app), actions_(std::make_shared<std::vector<std::pair<const CLI::App*, Action>>>()) {
  app.require_subcommand(1);
}

CLI::App& CommandGroup::add(const char* name, const char* help, const char* examples, Action action) {
  CLI::App* child = app_.add_subcommand(name, help);
  child->footer(fmt::format("Examples:\n{}\n", examples));
  actions_->emplace_back(child, std::move(action));
  return *child;
}

Action CommandGroup::action() const {
  return [actions = actions_] {
    for (const auto& [child, action] : *actions) {
      if (child->parsed()) return action();
    }
    return kExitUsage;
  };
}

}  // namespace aoekit::cli
