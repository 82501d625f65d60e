// The pages of a file in memory as a place that answers can be sent from, so that a read copies nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/opened_file.h"
#include "base/bytes.h"

namespace aoekit::backend {

// Of a regular file whose file system lives in memory, through the page cache, and only while the file has no holes: to
// look at a hole would make it memory. (What is on a disk is read: a page that must come from there first would stop the
// thread that sends, and to ask before costs as much as reading.)
//
// Maps the file for reading once it can, and that part of it for as long as this lives, whatever becomes of the file.
class LentPages {
 public:
  // `file` is borrowed and outlives this.
  explicit LentPages(const OpenedFile& file);
  LentPages(const LentPages&) = delete;
  LentPages& operator=(const LentPages&) = delete;
  ~LentPages();

  // Where the sectors of a read lie; nothing if they must be read. For system calls only (block::BlockCompletion::lent).
  ByteView at(SectorRange range) {
    if (!lends_ && !lends_again()) return {};
    const std::uint64_t offset = file_.byte_offset(range.first);
    if (offset + range.count.bytes() > pages_.size()) return {};
    return pages_.subspan(offset, range.count.bytes());
  }
  // Of the file something was or will be given back.
  void trimmed() { lends_ = false; }
  // The file has another size.
  void resized();

 private:
  bool lends_again();
  void look();

  const OpenedFile& file_;
  const bool is_ours_;
  bool lends_ = false;
  std::uint32_t reads_until_look_ = 0;
  ByteView pages_;
};

}  // namespace aoekit::backend
