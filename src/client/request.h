// What the engine is asked to do, and how it tells that it is done.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/units.h"
#include "block/block_op.h"

namespace aoekit::client {

// `error` is 0 or a negative errno value, `text` a sentence about it (null on success, valid during the call).
using DoneFunction = void (*)(void* user, std::int64_t cookie, int error, const char* text);

// `data` is as in BlockOp. `done` is called exactly once for each request that was accepted.
struct Request {
  block::OpKind kind = block::OpKind::read;
  block::Durability durability = block::Durability::cached;
  SectorRange range{};
  MutableBytes data{};
  DoneFunction done = nullptr;
  void* user = nullptr;
};

}  // namespace aoekit::client
