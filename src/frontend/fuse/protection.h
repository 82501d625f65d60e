// What keeps a process alive and able to work through which the kernel writes dirty memory out: when memory is short,
// it must neither wait for memory that only it can free, nor be paged out, nor be killed.
#pragma once

#include <string>
#include <vector>

namespace aoekit::fuse {

// Before any thread is started, because threads inherit part of it. Gives what could not be done, one sentence each:
// the process works without, but not when memory is short.
std::vector<std::string> protect_io_path();
// After memory is allocated: keeps all of it, and what comes later, in memory.
std::vector<std::string> lock_memory();

}  // namespace aoekit::fuse
