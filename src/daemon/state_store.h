// Keeps exports' states on disk for threads that must not wait for it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/state_database.h"
#include "io/worker_pool.h"

namespace aoekit::daemon {

// Changes that wait for the disk together share one transaction, so a slow disk makes bigger transactions, not a longer
// queue. Their memory is bounded: so many wait and so many are written, of 4 KiB at most each.
inline constexpr std::size_t kStateChangesMax = 1024;

// Threads: any may call anything, but the destructor. Commits have a thread of their own.
class StateStore {
 public:
  // Called once for each change that was accepted, on the commit thread, when it is kept (it survives a crash), or with the
  // Error why it is not: then the state before it still holds. Must not wait; posts to its receiver's io::Mailbox.
  using Done = std::function<void(const Status&)>;

  // As StateDatabase::open(); also an Error when what is there cannot be read, or the thread cannot be started.
  static Result<std::unique_ptr<StateStore>> open(const std::string& path);

  // Every change that was accepted is written, and its Done called, before this returns.
  ~StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  // What is kept, of all addresses that ever had something to keep, whether they are exported now or not.
  StateMap load() const;
  // Of one; an empty state where nothing is kept, or where it is to be forgotten.
  target::PersistentState find(wire::AoeAddress address) const;

  // Changes are kept in the order of these calls. An Error, and `done` is not called, when kStateChangesMax wait already.
  // REQUIRES what StateDatabase::apply() asks.
  [[nodiscard]] Status store(wire::AoeAddress address, target::PersistentState state, Done done);
  // The export is gone for good: a new one at its address starts with nothing, from now on. Always accepted: any number
  // of exports may go at once, and these changes are small.
  void forget(wire::AoeAddress address, Done done);

 private:
  // Two lists of one length, so that the database gets its part as it is.
  struct Batch {
    std::vector<StateChange> changes;
    std::vector<Done> done;
  };

  StateStore(StateDatabase database, StateMap kept) : database_(std::move(database)), kept_(std::move(kept)) {}
  Status submit(StateChange change, Done done);
  void commit_all();
  void commit();

  StateDatabase database_;  // the commit thread's, once it runs
  mutable std::mutex mutex_;
  StateMap kept_;           // what the database holds
  Batch waiting_;
  Batch writing_;           // what is being committed; changed by the commit thread only
  bool committing_ = false;  // a job is submitted or running, and will look at `waiting_` again
  std::unique_ptr<io::WorkerPool> committer_;  // last: its end needs all the others
};

}  // namespace aoekit::daemon
