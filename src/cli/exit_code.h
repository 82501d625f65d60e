// What the `aoe` command's exit status means (documented in aoe(1)).
#pragma once

namespace aoekit::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // the operation failed, or nobody answered
inline constexpr int kExitUsage = 2;   // the command line cannot be meant; `aoe ping`: any other error

}  // namespace aoekit::cli
