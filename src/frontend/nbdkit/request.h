// A request of libaoekit whose end a thread of nbdkit waits for.
//
// Thread model: run_request() in the thread that asks; the callback comes from the one that polls the client, which may
// be the same. libaoekit's own synchronous calls would make every asking thread take part in polling, and wake it for
// other threads' answers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "lib/aoekit.h"

namespace aoekit::nbd {

// How a request ended: 0, or an errno value (positive) and a sentence about it.
struct Outcome {
  int os_error = 0;
  std::string text;
};

// Calls one of aoe_aio_...() with these, and returns what it returns.
using StartFunction = std::function<std::int64_t(aoe_callback done, void* user)>;

// Polls the client for a moment. False: somebody else does, and this thread had better sleep.
using PollFunction = std::function<bool()>;

// Starts a request, as soon as there is room for it, and waits for its end.
Outcome run_request(const StartFunction& start, const PollFunction& poll);

}  // namespace aoekit::nbd
