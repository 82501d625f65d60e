// The local end of a transfer: a file, a device, or standard input and output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "cli/interrupt.h"

namespace aoekit::cli {

// Every transfer goes on in order from the start, except read_at. Waiting for a pipe or terminal ends with EINTR on
// Ctrl-C, if there is an `interrupt` (which outlives the file).
class LocalFile {
 public:
  // "-" is standard input (output). A file to write to is made, or cut to nothing if it is there.
  static Result<LocalFile> open_input(const std::string& path, Interrupt* interrupt);
  static Result<LocalFile> open_output(const std::string& path, Interrupt* interrupt);

  // For messages: the path, or "standard input".
  const std::string& name() const { return name_; }
  // The size in bytes of a regular file or block device; nothing for pipes and terminals.
  std::optional<std::uint64_t> size() const { return size_; }
  bool can_read_again() const { return size_.has_value(); }

  // Fills `memory` and returns how many bytes there were: less only at the end of the file.
  Result<std::size_t> read(MutableBytes memory);
  // The same from a place; REQUIRES can_read_again().
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes memory);
  // Writes all of it.
  Status write(ByteView memory);
  std::uint64_t bytes_written() const { return bytes_written_; }
  // Makes sure that what was written arrived, so that a full disk is noticed. Pipes have nothing to check.
  Status finish();

 private:
  LocalFile(Fd fd, std::string name, Interrupt* interrupt)
      : fd_(std::move(fd)), name_(std::move(name)), interrupt_(interrupt) {}
  Status examine();
  Status wait_until_ready(short events);

  Fd fd_;
  std::string name_;
  Interrupt* interrupt_;
  std::optional<std::uint64_t> size_;
  std::uint64_t bytes_written_ = 0;
  bool may_block_ = true;  // not a regular file or block device
};

}  // namespace aoekit::cli
