// aoe config import: the configuration of vblade, ggaoed or qaoed as aoed's.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/fd.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/subcommand.h"
#include "config/import.h"

namespace aoekit::cli {
namespace {

struct ImportOptions {
  std::vector<std::string> paths;
  std::string from;
  std::string output;
  bool force = false;
};

// The files meant by a path: itself, or those of a directory that vblade would read.
Result<std::vector<std::string>> files_at(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".conf") && !name.starts_with('.')) files.push_back(at->path().string());
  }
  if (error) return fail("cannot read {}: {}", path, error.message());
  if (files.empty()) return fail("there is no *.conf in {}", path);
  std::sort(files.begin(), files.end());
  return files;
}

Result<config::Source> read_source(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail_errno(errno, "cannot read {}", path);
  config::Source source{path, {std::istreambuf_iterator<char>(file), {}}};
  if (file.bad()) return fail_errno(errno, "cannot read {}", path);
  return source;
}

// vblade's package puts an example with nothing but comments among the files.
bool says_nothing(const config::Source& source) {
  bool in_comment = false;
  return std::all_of(source.text.begin(), source.text.end(), [&](char c) {
    if (c == '\n') in_comment = false;
    if (c == '#') in_comment = true;
    return in_comment || c == '\n' || c == ' ' || c == '\t' || c == '\r';
  });
}

// Readable by its owner until somebody decides otherwise.
Status write_output(const std::string& path, const std::string& text, bool replace) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), 0644));
  if (!fd.valid() && errno == EEXIST) return fail("{} exists already (to overwrite it: --force)", path);
  if (!fd.valid()) return fail_errno(errno, "cannot write {}", path);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t count = write(fd.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "cannot write {}", path);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::vector<config::Source>> read_all(const std::vector<std::string>& paths) {
  std::vector<config::Source> sources;
  for (const std::string& path : paths) {
    const auto files = files_at(path);
    if (!files) return tl::unexpected(files.error());
    for (const std::string& file : *files) {
      auto source = read_source(file);
      if (!source) return tl::unexpected(source.error());
      if (!says_nothing(*source)) sources.push_back(std::move(*source));
    }
  }
  if (sources.empty()) return fail("there is nothing but comments in {}", paths.front());
  return sources;
}

Result<config::ImportFormat> format_of(const std::vector<config::Source>& sources, const std::string& from) {
  if (!from.empty()) return config::import_format(from).value();
  std::optional<config::ImportFormat> format;
  for (const config::Source& source : sources) {
    const auto one = config::detect_format(source.text);
    if (!one) return fail("{} is of no known format; say which: --from vblade, ggaoed or qaoed", source.file);
    if (format && *format != *one) {
      return fail("{} is of {}, other files are of {}; import them one at a time", source.file, config::name_of(*one),
                  config::name_of(*format));
    }
    format = one;
  }
  return *format;
}

int run(const ImportOptions& options) {
  if (!options.from.empty() && !config::import_format(options.from)) {
    return report_usage(fmt::format("--from '{}' is none of vblade, ggaoed and qaoed", options.from));
  }
  const auto sources = read_all(options.paths);
  if (!sources) return report(sources.error());
  const auto format = format_of(*sources, options.from);
  if (!format) return report(format.error());
  const auto ethers = read_source("/etc/ethers");
  const config::Imported imported = config::import_config(*format, *sources, ethers ? ethers->text : "");
  fmt::print(stderr, "{}", config::to_text(imported.problems));
  if (options.output.empty()) {
    fmt::print("{}", imported.toml);
  } else if (const auto written = write_output(options.output, imported.toml, options.force); !written) {
    return report(written.error());
  }
  if (!config::has_errors(imported.problems)) return kExitOk;
  note("not everything could be taken over: see above");
  return kExitFailed;
}

}  // namespace

Action set_up_config_import(CLI::App& app) {
  auto options = std::make_shared<ImportOptions>();
  app.add_option("PATH", options->paths,
                 "Configuration files, or a directory with *.conf, like /etc/vblade.conf.d")
      ->type_name(" ")
      ->required();
  app.add_option("--from", options->from, "What they are of: vblade, ggaoed or qaoed (seen from the content)")
      ->type_name("PROGRAM");
  app.add_option("-o,--output", options->output, "Write to this file, which must not exist, rather than to stdout")
      ->type_name("FILE");
  app.add_flag("--force", options->force, "Overwrite the output file");
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli
