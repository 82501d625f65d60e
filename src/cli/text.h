// Small pieces of text that several subcommands print.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "wire/address.h"

namespace aoekit::cli {

// Bytes as text: printable ASCII as it is, backslash doubled, everything else as \xNN.
std::string printable(ByteView bytes);
// "0a1b"
std::string hex(ByteView bytes);
Result<std::vector<std::uint8_t>> parse_hex(std::string_view text);
// "512 B", "1.5 MiB", "10 GiB": three significant digits at most.
std::string human_size(std::uint64_t bytes);
// "eS.L" with '*' for a wildcard part, and "all" for both: where a request may go to many.
Result<wire::AoeAddress> parse_query_address(std::string_view text);
// The same, but only one real target.
Result<wire::AoeAddress> parse_target_address(std::string_view text);

// Lines of columns, each as wide as its widest cell, two spaces between, nothing behind the last.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace aoekit::cli
