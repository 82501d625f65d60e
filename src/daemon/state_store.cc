// The commit thread: takes what waits, commits it as one, and tells everybody.
#include "daemon/state_store.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace aoekit::daemon {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path) {
  Result<StateDatabase> database = StateDatabase::open(path);
  if (!database) return tl::unexpected(database.error());
  Result<StateMap> kept = database->load();
  if (!kept) return tl::unexpected(kept.error());
  std::unique_ptr<StateStore> store(new StateStore(std::move(*database), std::move(*kept)));
  auto committer = io::WorkerPool::create({.threads = 1, .queue_capacity = 1, .name = "state"});
  if (!committer) return tl::unexpected(committer.error());
  store->committer_ = std::move(*committer);
  return store;
}

StateMap StateStore::load() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

target::PersistentState StateStore::find(wire::AoeAddress address) const {
  const std::lock_guard lock(mutex_);
  for (const Batch* const batch : {&waiting_, &writing_}) {
    const auto last = std::find_if(batch->changes.rbegin(), batch->changes.rend(),
                                   [&](const StateChange& change) { return change.address == address; });
    if (last == batch->changes.rend()) continue;
    if (!last->state) return {};
    break;
  }
  const auto found = kept_.find(address);
  return found == kept_.end() ? target::PersistentState{} : found->second;
}

Status StateStore::store(wire::AoeAddress address, target::PersistentState state, Done done) {
  return submit({.address = address, .state = std::move(state)}, std::move(done));
}

void StateStore::forget(wire::AoeAddress address, Done done) {
  AOEKIT_CHECK(submit({.address = address}, std::move(done)));
}

Status StateStore::submit(StateChange change, Done done) {
  const std::lock_guard lock(mutex_);
  if (change.state && waiting_.changes.size() >= kStateChangesMax) {
    return fail("state of {}: {} changes wait to be written already; the disk of the state database is too slow",
                change.address.to_string(), kStateChangesMax);
  }
  waiting_.changes.push_back(std::move(change));
  waiting_.done.push_back(std::move(done));
  if (std::exchange(committing_, true)) return {};
  const io::Job job{[](void* store) { static_cast<StateStore*>(store)->commit_all(); }, this};
  AOEKIT_CHECK(committer_->submit({&job, 1}) == 1);  // there is never more than one
  return {};
}

void StateStore::commit_all() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.changes.empty()) {
        committing_ = false;
        return;
      }
      std::swap(writing_, waiting_);
    }
    commit();
  }
}

void StateStore::commit() {
  const Status status = database_.apply(writing_.changes);
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    std::swap(batch, writing_);
    if (status) {
      for (StateChange& change : batch.changes) {
        if (change.state) {
          kept_[change.address] = std::move(*change.state);
        } else {
          kept_.erase(change.address);
        }
      }
    }
  }
  for (const Done& done : batch.done) done(status);
}

}  // namespace aoekit::daemon
