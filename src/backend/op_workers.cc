// Hands operations to worker threads, fairly between disks, and collects what became of them.
#include "backend/op_workers.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace aoekit::backend {

Result<std::unique_ptr<OpWorkers>> OpWorkers::create(const Options& options) {
  auto done = io::Mailbox<WorkerTask*>::create(options.queue_depth);
  if (!done) return tl::unexpected(done.error());
  std::unique_ptr<OpWorkers> workers(new OpWorkers(options, std::move(*done)));
  if (options.start == StartThreads::at_once) {
    if (const Status started = workers->start_threads(); !started) return tl::unexpected(started.error());
  }
  return workers;
}

OpWorkers::OpWorkers(const Options& options, std::unique_ptr<io::Mailbox<WorkerTask*>> done)
    : options_(options),
      tasks_(options.queue_depth),
      jobs_(options.queue_depth, io::Job{.run = &OpWorkers::work, .context = this}),
      collected_(options.queue_depth),
      done_(std::move(done)),
      due_(options.queue_depth),
      threads_a_disk_(options.threads) {
  idle_.reserve(options.queue_depth);
  for (WorkerTask& task : tasks_) idle_.push_back(&task);
}

Status OpWorkers::start_threads() {
  auto pool = io::WorkerPool::create(
      {.threads = options_.threads, .queue_capacity = options_.queue_depth, .name = "aoekit-disk"});
  if (!pool) return tl::unexpected(pool.error());
  pool_ = std::move(*pool);
  return {};
}

void OpWorkers::set_disk_count(std::size_t disks) {
  const std::lock_guard lock(mutex_);
  const std::size_t of_several = options_.threads_a_disk > 0 ? options_.threads_a_disk : options_.threads / 2;
  threads_a_disk_ = disks > 1 ? std::max<std::size_t>(of_several, 1) : options_.threads;
}

void OpWorkers::submit(OpenDisk& disk, std::span<const block::BlockOp> ops) {
  AOEKIT_CHECK(ops.size() <= idle_.size());
  {
    const std::lock_guard lock(mutex_);
    for (const block::BlockOp& op : ops) {
      WorkerTask* const task = idle_.back();
      idle_.pop_back();
      *task = {.disk = &disk, .op = op};
      block::take_in(task->op);
      put_in_line(*task);
    }
    list_if_due(disk);
  }
  if (!pool_ && !start_threads()) {
    work(this);
    return;
  }
  // A job is a call to look for work. One that finds no room is not needed: those that wait will do.
  static_cast<void>(pool_->submit(std::span(jobs_).first(ops.size())));
}

void OpWorkers::put_in_line(WorkerTask& task) {
  WorkerLine& line = task.disk->line;
  (line.first == nullptr ? line.first : line.last->next) = &task;
  line.last = &task;
}

void OpWorkers::list_if_due(OpenDisk& disk) {
  WorkerLine& line = disk.line;
  if (line.listed || line.first == nullptr || line.running >= threads_a_disk_) return;
  line.listed = true;
  due_.push(&disk);  // has room for a disk for each task
}

WorkerTask* OpWorkers::take_next() {
  if (due_.empty()) return nullptr;
  OpenDisk& disk = *due_.pop();
  WorkerLine& line = disk.line;
  WorkerTask* const task = line.first;
  line.first = task->next;
  line.listed = false;
  ++line.running;
  list_if_due(disk);  // behind the others
  return task;
}

// Until nothing is left that may be started.
void OpWorkers::work(void* self) {
  OpWorkers& workers = *static_cast<OpWorkers*>(self);
  std::unique_lock lock(workers.mutex_);
  while (WorkerTask* const task = workers.take_next()) {
    lock.unlock();
    OpenDisk& disk = *task->disk;
    task->status = disk.io.perform(task->op);
    lock.lock();
    --disk.line.running;
    workers.list_if_due(disk);
    lock.unlock();
    // Last: with its task the disk may go.
    AOEKIT_CHECK(workers.done_->post(task));
    lock.lock();
  }
}

std::size_t OpWorkers::collect(std::span<block::BlockCompletion> out) {
  const std::size_t room = std::min(out.size(), collected_.size());
  const std::size_t count = done_->collect(std::span(collected_).first(room));
  for (std::size_t i = 0; i < count; ++i) {
    WorkerTask* const task = collected_[i];
    out[i] = {.cookie = task->op.cookie, .status = task->status};
    --task->disk->in_flight;
    idle_.push_back(task);
  }
  return count;
}

}  // namespace aoekit::backend
