// The pages of a file in memory as a place that answers can be sent from, so that a read copies nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/opened_file.h"
#include "base/bytes.h"
#include "base/fetch_ahead.h"

namespace aoekit::backend {

// Of a regular file whose file system lives in memory, through the page cache, and only while the file has no holes: to
// look at a hole would make it memory. (What is on a disk is read: a page that must come from there first would stop
// the thread that sends, and to ask before costs as much as reading.)
//
// Maps the file for reading once it can, and that part of it for as long as this lives, whatever becomes of the file.
class LentPages {
 public:
  // `file` is borrowed and outlives this.
  explicit LentPages(const OpenedFile& file);
  LentPages(const LentPages&) = delete;
  LentPages& operator=(const LentPages&) = delete;
  ~LentPages();

  // Where the sectors of a read lie; nothing if they must be read. For system calls only
  // (block::BlockCompletion::lent).
  ByteView at(SectorRange range) {
    if (!lends_ && !lends_again()) return {};
    const std::uint64_t offset = file_.byte_offset(range.first);
    if (offset + range.count.bytes() > pages_.size()) return {};
    const ByteView lent = pages_.subspan(offset, range.count.bytes());
    fetch_pages_ahead(lent);
    return lent;
  }
  // Of the file something was or will be given back.
  void trimmed() { lends_ = false; }
  // The file has another size.
  void resized() { look(); }

 private:
  // No cache has these bytes, and the kernel will copy them in a moment, when a whole batch has been taken up: of each
  // page the address, and so much of the beginning that it need not wait for the rest.
  static void fetch_pages_ahead(ByteView lent) {
    constexpr std::size_t kPageBytes = 4096, kOfEach = 1024;
    for (std::size_t page = 0; page < lent.size(); page += kPageBytes) fetch_ahead(lent.subspan(page), kOfEach);
  }
  bool lends_again();
  void look();

  const OpenedFile& file_;
  const bool is_ours_;
  bool lends_ = false;
  std::uint32_t reads_until_look_ = 0;
  ByteView pages_;
};

}  // namespace aoekit::backend
