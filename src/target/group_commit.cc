// When a sync begins, whom it answers, and what its failure means.
#include "target/group_commit.h"

#include <utility>

#include "base/check.h"
#include "target/target_core.h"

namespace aoekit::target {

bool TargetCore::leaves_doubt(BufferIndex index, block::BlockStatus status) const {
  const Request& request = requests_[index];
  const bool is_sync = request.transfer.kind == block::OpKind::flush || request.is_flushing ||
                       exports_[request.device.value].group.syncing.first == index;
  if (is_sync) return true;
  const bool syncs_itself = request.transfer.kind == block::OpKind::write && request.must_be_stable() &&
                            (!request.in_group || request.is_lone);
  const bool is_medium = status == block::BlockStatus::medium_error || status == block::BlockStatus::unavailable;
  return syncs_itself && is_medium;
}

block::Durability TargetCore::durability_in_group(BufferIndex index, Outbox& outbox) {
  Request& request = requests_[index];
  GroupCommit& group = exports_[request.device.value].group;
  if (group.members == 1 && request.transfer.kind == block::OpKind::write) {
    request.is_lone = true;
    group.lone = index;
    group.lone_at = outbox.ops.size();
    return block::Durability::stable;
  }
  // There is going to be a sync. The lone write needs none of its own any more, if it can still be told.
  const bool is_here = group.lone != kNoRequest && group.lone_at < outbox.ops.size() &&
                       outbox.ops[group.lone_at].device == request.device &&
                       outbox.ops[group.lone_at].op.cookie == group.lone;
  if (is_here) {
    outbox.ops[group.lone_at].op.durability = block::Durability::cached;
    requests_[group.lone].is_lone = false;
  }
  group.lone = kNoRequest;
  return block::Durability::cached;
}

void TargetCore::join(WriteGroup& group, BufferIndex index) {
  requests_[index].next_in_group = kNoRequest;
  if (group.first == kNoRequest) {
    group.first = index;
  } else {
    requests_[group.last].next_in_group = index;
  }
  group.last = index;
}

void TargetCore::commit_later(BufferIndex index) {
  const ExportId id = requests_[index].device;
  GroupCommit& group = exports_[id.value].group;
  if (group.done.first == kNoRequest && group.syncing.first == kNoRequest) syncs_wanted_.push_back(id);
  join(group.done, index);
}

void TargetCore::start_syncs(Outbox& outbox) {
  for (const ExportId id : syncs_wanted_) {
    GroupCommit& group = exports_[id.value].group;
    // A failure may have answered them all, and another sync may have begun with what came after.
    if (group.done.first == kNoRequest || group.syncing.first != kNoRequest) continue;
    group.syncing = std::exchange(group.done, WriteGroup{});
    block::BlockOp sync;
    sync.cookie = group.syncing.first;
    sync.kind = block::OpKind::flush;
    outbox.ops.push_back({id, sync});
    ++counters_.group_syncs;
  }
  syncs_wanted_.clear();
}

void TargetCore::finish_sync(ExportId id, block::BlockStatus status, Instant now, Outbox& outbox) {
  finish_group(std::exchange(exports_[id.value].group.syncing, WriteGroup{}), status, now, outbox);
  if (exports_[id.value].group.done.first != kNoRequest) syncs_wanted_.push_back(id);
}

void TargetCore::finish_group(WriteGroup group, block::BlockStatus status, Instant now, Outbox& outbox) {
  for (BufferIndex i = group.first; i != kNoRequest;) {
    const BufferIndex next = requests_[i].next_in_group;
    const bool is_safe = status == block::BlockStatus::ok && !requests_[i].is_condemned;
    if (is_safe) ++counters_.group_writes;
    finish(i, status == block::BlockStatus::ok && !is_safe ? block::BlockStatus::medium_error : status, now, outbox);
    i = next;
  }
}

void TargetCore::condemn_writes(ExportId id, block::BlockStatus status, Instant now, Outbox& outbox) {
  Export& target = exports_[id.value];
  for (BufferIndex i = target.requests.first; i != kNoRequest; i = requests_[i].next) {
    Request& request = requests_[i];
    const bool is_with_disk = !request.waiting && !request.held;
    if (request.modifies() && request.must_be_stable() && is_with_disk) request.is_condemned = true;
  }
  finish_group(std::exchange(target.group.done, WriteGroup{}), status, now, outbox);
}

}  // namespace aoekit::target
