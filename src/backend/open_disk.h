// A disk as the engines see it: its file, the ways to work on it, and what is under way.
#pragma once

#include <cstddef>

#include "backend/blocking_io.h"
#include "backend/lent_pages.h"
#include "backend/opened_file.h"
#include "backend/quick_io.h"

namespace aoekit::backend {

struct WorkerTask;

// What waits for a worker thread, oldest first, and how many have one (op_workers.h, whose mutex guards this).
struct WorkerLine {
  WorkerTask* first = nullptr;
  WorkerTask* last = nullptr;
  std::size_t running = 0;
  bool listed = false;  // among the disks that workers choose from
};

struct OpenDisk {
  explicit OpenDisk(OpenedFile opened) : file(std::move(opened)), io(file), pages(file), quick(file, pages) {}
  OpenDisk(const OpenDisk&) = delete;
  OpenDisk& operator=(const OpenDisk&) = delete;

  OpenedFile file;
  BlockingIo io;
  LentPages pages;
  QuickIo quick;
  std::size_t in_flight = 0;  // operations that the engine has (op_engine.h)
  WorkerLine line;
};

}  // namespace aoekit::backend
