// Which disks `aoe list` shows.
#pragma once

#include <regex.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/list_format.h"
#include "wire/address.h"

namespace aoekit::cli {

// Chooses disks by words: an address, with * for any shelf or slot ("e1.2", "1.*"), or an extended regular expression
// that is looked for in the disk's lines of the table and in its serial number.
class DiskFilter {
 public:
  // No words: all disks. Fails when one is neither an address nor an expression.
  static Result<DiskFilter> parse(const std::vector<std::string>& words);
  bool wants(const ListedDisk& disk) const;

 private:
  struct FreeRegex {
    void operator()(regex_t* regex) const;
  };
  struct Word {
    std::optional<wire::AoeAddress> address;
    std::unique_ptr<regex_t, FreeRegex> regex;  // if it is no address
  };
  std::vector<Word> words_;
};

}  // namespace aoekit::cli
