// Which word was probably meant by one that is not known: for messages about typing mistakes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aoekit {

// Of `words` the one that `typed` was probably meant to be; empty when none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& words);

}  // namespace aoekit
