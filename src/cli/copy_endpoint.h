// The two ends of `aoe copy`: a disk on the network, a file, or a block device, with one face for all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "cli/bulk_disk.h"

namespace aoekit::cli {

enum class CopyOp : std::uint8_t { read, write, zero, flush };

// `memory` holds at least bytes rounded up to whole sectors, for reads and writes; it may be written to beyond `bytes`.
struct CopyStep {
  std::uint64_t token = 0;
  CopyOp op = CopyOp::read;
  std::uint64_t offset = 0;  // a multiple of the sector
  std::uint64_t bytes = 0;   // ends with a sector, or at the end of the copy
  MutableBytes memory{};
};

class CopyEndpoint {
 public:
  virtual ~CopyEndpoint() = default;

  virtual const std::string& name() const = 0;  // as the user wrote it
  virtual std::uint64_t size() const = 0;       // bytes
  virtual bool is_file() const = 0;             // not a disk: as long as its content
  // What stays the same while it is the same thing: for checkpoints.
  virtual std::string identity() const = 0;

  // Starts a step; its end comes from finished(), maybe at once.
  virtual Status start(const CopyStep& step) = 0;
  virtual std::optional<FinishedOp> finished() = 0;  // never waits
  virtual int fd() const = 0;                        // readable when finished() should be asked again; -1: never waits

  // The end of the hole that `offset` lies in, without reading; `offset` itself if it is not known to be one.
  virtual std::uint64_t hole_end(std::uint64_t offset) = 0;
  // Whether it reads as zeros wherever nothing was written: then zeros need not be.
  virtual bool is_fresh() const = 0;
  // What was written is read from the medium from now on, not from memory, as far as that can be had.
  virtual void forget_cached() = 0;
  virtual std::uint64_t frames_sent_again() const = 0;

  // Memory of unfinished steps, kept until they can touch it no more.
  void keep(std::shared_ptr<void> memory) { kept_ = std::move(memory); }

 private:
  std::shared_ptr<void> kept_;
};

// What the destination may be.
enum class Overwrite : std::uint8_t {
  refuse,  // new, empty or blank
  force,   // whatever it holds is lost
  resume,  // the remains of an earlier copy
};

Result<std::unique_ptr<CopyEndpoint>> open_local_source(const std::string& path);
// `bytes`: what will be written to it. Refuses what is in use, too small, or not to be overwritten. A new file gets its
// size at once.
struct LocalDestination {
  std::string path;
  std::uint64_t bytes = 0;
  Overwrite overwrite = Overwrite::refuse;
};
Result<std::unique_ptr<CopyEndpoint>> open_local_destination(const LocalDestination& options);

struct AoeDiskOptions;
Result<std::unique_ptr<CopyEndpoint>> open_aoe_endpoint(const std::string& name, const AoeDiskOptions& options);

}  // namespace aoekit::cli
