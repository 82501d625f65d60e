// Group commit: writes that are done and not yet stable wait for a sync, which one of them has made on behalf of all.
//
// A sync makes stable what was completed before it began, so a write that completes during one waits for the next: the
// busier the disk, the more writes share a sync. A write that comes while no other is under way is made stable by itself
// instead, which is one operation and not two. Nothing is answered before it is stable, and what overlaps it waits until
// it is answered: nobody reads what a power cut could still take back.
//
// A sync that fails may have lost any write that was with the disk meanwhile, and Linux reports a lost write once: the
// next sync can succeed over the gap. So such a failure is that of every write that was under way.
#pragma once

#include <cstddef>

#include "target/request_table.h"

namespace aoekit::target {

// Writes and trims, oldest first, linked by Request::next_in_group.
struct WriteGroup {
  BufferIndex first = kNoRequest;
  BufferIndex last = kNoRequest;
};

// Of one export.
struct GroupCommit {
  WriteGroup done;                // completed; the next sync covers them
  WriteGroup syncing;             // what the sync under way covers: its operation is that of the first of them
  std::size_t members = 0;        // requests in progress that are answered when a sync has covered them
  BufferIndex lone = kNoRequest;  // a write that was given to be made stable by itself
  std::size_t lone_at = 0;        // where in the outbox, if it was not started yet
};

}  // namespace aoekit::target
