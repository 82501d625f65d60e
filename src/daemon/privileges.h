// What aoed gives up once everything that needs it has been opened.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace aoekit::daemon {

// Becomes `user` with its groups ("": stays who it is), keeps of all capabilities CAP_NET_RAW and CAP_NET_ADMIN only (as
// far as it has them), and can never gain any more. An Error, with nothing changed, when there is no such user.
// Who is not root already stays who it is. REQUIRES that the process has one thread: capabilities are a thread's own.
Status drop_privileges(const std::string& user);

// How many files a process must be able to open, and how many it can make use of.
struct FilesWanted {
  std::size_t needed = 0;
  std::size_t useful = 0;
};

// Raises the limits that many disks and rings of I/O need: open files, as far as the process may, and locked memory. An
// Error says how to allow the files that are needed.
Status raise_limits(const FilesWanted& files);

// Makes `directory`, which `user` ("": whoever this is) owns and others cannot look into, where it is missing and its
// parent is there. For state and sockets that the process uses after drop_privileges().
Status provide_directory(const std::string& directory, const std::string& user);

// Whether the process may still open what only root may: whoever it became, `user` may have fewer disks.
bool is_root();

}  // namespace aoekit::daemon
