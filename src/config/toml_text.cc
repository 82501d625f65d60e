// The parser's exceptions end here.
#include "config/toml_text.h"

#include <algorithm>
#include <cctype>

namespace aoekit::config {
namespace {

// Tables within tables are taken apart recursively: a row of this many dotted words is no configuration.
constexpr std::size_t kDotsMax = 128;

std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (std::uint32_t i = 1; i < number; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

// What a line defines: a table's header whole, or a key without its value.
std::string_view defined_by(std::string_view line) {
  line = trimmed(line);
  return line.starts_with('[') ? line : trimmed(line.substr(0, line.find('=')));
}

// The line before `number` that defines the same, or 0. A key's twin is in the same table.
std::uint32_t twin_before(std::string_view text, std::uint32_t number) {
  const std::string_view wanted = defined_by(line_of(text, number));
  const bool is_key = !wanted.starts_with('[');
  std::uint32_t found = 0;
  for (std::uint32_t at = 1; at < number; ++at) {
    const std::size_t end = text.find('\n');
    const std::string_view defined = defined_by(text.substr(0, end));
    if (is_key && defined.starts_with('[')) found = 0;
    if (defined == wanted) found = at;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return found;
}

// "eth1" without quotes is the slip that everybody makes once.
bool lacks_quotes(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view value = trimmed(line.substr(equals + 1));
  if (value.starts_with('[')) value = trimmed(value.substr(1));
  return !value.empty() && (std::isalpha(static_cast<unsigned char>(value.front())) != 0 || value.front() == '/');
}

// The parser's words, and what to do. Its own are replaced where they do not help.
Problem explain(std::string_view text, const Place& place, std::string_view said) {
  const auto problem = [&](std::string message, std::string remedy) {
    return Problem{Severity::error, place, std::move(message), std::move(remedy)};
  };
  const std::string_view line = trimmed(line_of(text, place.line));
  const std::string message = fmt::format("no valid TOML: {}", said);
  if (said.find("cannot redefine") != std::string_view::npos) {
    const std::uint32_t twin = twin_before(text, place.line);
    return problem(fmt::format("'{}' is defined twice", defined_by(line)),
                   twin == 0 ? "remove or rename one"
                             : fmt::format("remove or rename this one or the one at {}:{}", place.file, twin));
  }
  if (line.starts_with("[export.") && line.find('"') == std::string_view::npos) {
    return problem(message, "write the address in quotes: [export.\"e1.2\"]");
  }
  if (line.ends_with('=')) return problem(message, "write a value behind the '='");
  if (lacks_quotes(line)) return problem(message, "write texts in quotes: key = \"text\"");
  if (std::count(line.begin(), line.end(), '"') % 2 != 0) return problem(message, "close the quotes");
  if (line.starts_with('[') && line.find(']') == std::string_view::npos) return problem(message, "close the bracket");
  if (said.find("closing ']'") != std::string_view::npos) {
    return problem(message, "end the list before this line with ']'");
  }
  return problem(message, "correct the line; TOML is explained at https://toml.io");
}

// A row of dotted words longer than any that makes sense; its line, or 0.
std::uint32_t deepest_line(std::string_view text) {
  std::uint32_t line = 1;
  std::size_t dots = 0;
  bool in_comment = false;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      in_comment = false;
      dots = 0;
    } else if (c == '#') {
      in_comment = true;
    } else if (c == ',' || c == '=' || c == '[' || c == ']' || c == '{' || c == '}') {
      dots = 0;
    } else if (c == '.' && !in_comment && ++dots > kDotsMax) {
      return line;
    }
  }
  return 0;
}

}  // namespace

std::optional<toml::table> parse_toml(std::string_view text, const std::string& file, Problems& problems) {
  const auto refuse = [&](Place place, std::string message, std::string remedy) {
    problems.push_back({Severity::error, std::move(place), std::move(message), std::move(remedy)});
    return std::nullopt;
  };
  if (text.size() > kFileBytesMax) {
    return refuse({file}, fmt::format("the file has {} bytes", text.size()),
                  fmt::format("{} are the limit: use several files in the .d directory", kFileBytesMax));
  }
  if (const std::uint32_t line = deepest_line(text); line != 0) {
    return refuse({file, line}, fmt::format("more than {} dots in a row of words", kDotsMax), "write fewer");
  }
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const auto line = static_cast<std::uint32_t>(error.source().begin.line);
    const auto column = static_cast<std::uint32_t>(error.source().begin.column);
    problems.push_back(explain(text, {file, line, column}, error.description()));
    return std::nullopt;
  } catch (const std::exception& error) {
    return refuse({file}, fmt::format("cannot be parsed: {}", error.what()), "write it anew");
  }
}

}  // namespace aoekit::config
