// Dispatch by name, --help and --version, and the last word on standard output.
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>

#include "aoetools/say.h"
#include "aoetools/tool.h"
#include "aoetools/version_format.h"
#include "base/version.h"

namespace aoekit::aoetools {
namespace {

constexpr std::string_view kFamily = "aoetools";
constexpr int kExitUsage = 2;

const Tool* find(std::span<const Tool> tools, std::string_view name) {
  for (const Tool& tool : tools) {
    if (name == tool.name) return &tool;
  }
  return nullptr;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string version_line(std::string_view name) {
  return fmt::format("{} (aoekit) {}, as of aoetools {}\n", name, kVersion, kAoetoolsVersion);
}

std::string help_of(const Tool& tool) {
  return fmt::format("usage: {} {}\n{}.\nManual: man 8 {}\n", tool.name, tool.arguments, tool.summary, tool.name);
}

std::string help_of_all(std::span<const Tool> tools) {
  std::string text = "usage: aoetools TOOL [ARGUMENT]...   or TOOL by its own name\n\n";
  for (const Tool& tool : tools) text += fmt::format("  {:<16}{}\n", tool.name, tool.summary);
  return text + "\nManual: man 8 aoetools\n";
}

int finish(std::string_view name, int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  say("{}: cannot write to standard output: {}", name, std::strerror(errno));
  return kExitFailed;
}

// `argv` begins with the tool's name.
int run(const Tool& tool, std::span<char*> argv) {
  const std::string_view first = argv.size() == 2 ? argv[1] : "";
  if (first == "--help") {
    put(help_of(tool));
    return finish(tool.name, kExitOk);
  }
  if (first == "--version") {
    put(version_line(tool.name));
    return finish(tool.name, kExitOk);
  }
  const Environment environment = Environment::of_process();
  return finish(tool.name, tool.run({.name = tool.name, .argv = argv, .environment = environment}));
}

}  // namespace

int run_aoetools(std::span<const Tool> tools, int argc, char** argv) {
  std::setlocale(LC_ALL, "");  // aoe-stat sorts and matches as sort(1) and grep(1) do
  std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (argc == 0) return kExitUsage;
  if (const Tool* tool = find(tools, base_name(arguments[0]))) return run(*tool, arguments);
  const std::string_view first = argc > 1 ? arguments[1] : "";
  if (const Tool* tool = find(tools, first)) return run(*tool, arguments.subspan(1));
  if (first == "--version") {
    put(version_line(kFamily));
    return finish(kFamily, kExitOk);
  }
  if (first == "--help") {
    put(help_of_all(tools));
    return finish(kFamily, kExitOk);
  }
  if (first.empty()) {
    say("aoetools: a tool's name is required (see: aoetools --help)");
  } else {
    say("aoetools: there is no tool \"{}\" (see: aoetools --help)", first);
  }
  return kExitUsage;
}

}  // namespace aoekit::aoetools
