// A way to disks for programs that know nothing of frames: libaoekit, files, NBD.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/bench/workload.h"

namespace aoekit::bench {

struct Job;

class JobListener {
 public:
  // `error` is 0 or an errno value, `text` a sentence about it, valid during the call.
  virtual void ended(Job& job, int error, std::string_view text) = 0;

 protected:
  ~JobListener() = default;
};

// A request with its memory, aligned to pages.
struct Job {
  JobListener* listener = nullptr;
  std::size_t disk = 0;  // its number
  Request request;
  Instant since{};  // from when its latency counts
  MutableBytes buffer;
};

// How long a wait may be. `exactly`: a millisecond later would be too late.
struct Sleep {
  Instant until{};
  bool exactly = false;
};

// One thread.
class DiskAccess {
 public:
  virtual ~DiskAccess() = default;

  // Before some start()s, which may leave together with the next poll().
  virtual void begin_batch() {}
  [[nodiscard]] virtual Status start(Job& job) = 0;
  virtual void end_batch() {}
  // Tells the listeners of what has ended; sleeps until something does if nothing has: not at all if the time is past.
  [[nodiscard]] virtual Status poll(Sleep sleep) = 0;
  // Waits for what is under way, a few seconds. Whether nobody uses the jobs' memory any more.
  virtual bool end() = 0;

  virtual std::uint64_t frames_sent_again() const { return 0; }
};

}  // namespace aoekit::bench
