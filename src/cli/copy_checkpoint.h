// How far a copy has come, in a small file, so that it can go on after Ctrl-C, a failure, or a power cut.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace aoekit::cli {

// Everything up to byte `done` is on the destination's stable storage. The identities are CopyEndpoint's.
struct CopyCheckpoint {
  std::string source, source_identity;
  std::string destination, destination_identity;
  std::uint64_t bytes = 0;
  std::uint64_t done = 0;
};

// Replaces the file as a whole, so that there is always a good one.
Status save_checkpoint(const std::string& path, const CopyCheckpoint& checkpoint);

// Fails when there is no checkpoint, when the file is none, or when it belongs to another copy than `expected` (whose
// `done` is not looked at): then the words say which part is another.
Result<CopyCheckpoint> load_checkpoint(const std::string& path, const CopyCheckpoint& expected);

// Removes a checkpoint that is not true any more; nothing happens if there is none. A file that is something else
// stays, and is an error.
Status discard_checkpoint(const std::string& path);

// Where the checkpoint of a copy is unless the user says otherwise: beside a file, in the present directory for a disk.
std::string default_checkpoint_path(const std::string& destination);

}  // namespace aoekit::cli
