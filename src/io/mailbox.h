// Messages from any thread to one thread's event loop: bounded, and nothing else is shared between threads.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "base/result.h"
#include "io/bounded_queue.h"
#include "io/wakeup.h"

namespace aoekit::io {

// Thread rules: post() may be called by any number of threads at once; collect() by the one receiving thread, whose
// loop waits for fd(). What is in a message belongs to the receiver from post() on. Messages of one sender arrive in
// order. The owner destroys the mailbox only after all senders have stopped. T is default-constructible and movable.
// Allocates when created, never afterwards.
template <class T>
class Mailbox {
 public:
  static Result<std::unique_ptr<Mailbox>> create(std::size_t capacity) {
    Result<Wakeup> wakeup = Wakeup::create();
    if (!wakeup) return tl::unexpected(wakeup.error());
    return std::unique_ptr<Mailbox>(new Mailbox(capacity, std::move(*wakeup)));
  }

  // Delivers `message` and wakes the receiver; false (and no delivery) when `capacity` messages wait already. Senders
  // that bound what they have outstanding by the capacity may assert true.
  [[nodiscard]] bool post(T message) {
    const std::lock_guard lock(mutex_);
    if (queue_.full()) return false;
    if (queue_.empty()) wakeup_.light();
    queue_.push(std::move(message));
    return true;
  }

  // Moves up to out.size() messages, oldest first, and returns how many. Never waits.
  std::size_t collect(std::span<T> out) {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    while (count < out.size() && !queue_.empty()) out[count++] = queue_.pop();
    if (count > 0 && queue_.empty()) wakeup_.put_out();
    return count;
  }

  // Readable (epoll, level-triggered) exactly while messages wait.
  int fd() const { return wakeup_.fd(); }

 private:
  Mailbox(std::size_t capacity, Wakeup wakeup) : queue_(capacity), wakeup_(std::move(wakeup)) {}

  std::mutex mutex_;
  BoundedQueue<T> queue_;
  Wakeup wakeup_;
};

}  // namespace aoekit::io
