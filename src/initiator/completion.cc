// Outcomes in words, for error messages.
#include "initiator/completion.h"

#include <fmt/core.h>

#include "ata/registers.h"
#include "base/check.h"
#include "wire/frame.h"

namespace aoekit::initiator {
namespace {

const char* activity(block::OpKind kind) {
  switch (kind) {
    case block::OpKind::read: return "reading";
    case block::OpKind::write: return "writing";
    case block::OpKind::flush: return "flushing the cache";
    case block::OpKind::trim: return "trimming";
  }
  return "?";
}

std::string describe_ata(const Completion& completion) {
  const auto reason = [&]() -> const char* {
    if ((completion.code & ata::kErrorIdNotFound) != 0) return "has no such sectors";
    if ((completion.code & ata::kErrorUncorrectable) != 0) {
      return completion.kind == block::OpKind::read ? "reports an uncorrectable error" : "is write-protected";
    }
    if ((completion.code & ata::kErrorAbort) != 0) return "refused the command";
    return "reports an error";
  };
  return fmt::format("the disk {} (status 0x{:02x}, error 0x{:02x})", reason(), completion.ata_status, completion.code);
}

std::string describe_aoe(const Completion& completion) {
  const std::uint8_t code = completion.code;
  const auto error = wire::aoe_error_from(code);
  if (error == wire::AoeError::target_reserved) {
    return completion.holder ? "the disk is reserved by " + completion.holder->to_string()
                             : std::string("the disk is reserved by another station");
  }
  if (error == wire::AoeError::device_unavailable) return "the disk behind the target is gone";
  return fmt::format("the target answered AoE error {} ({})", code, error ? wire::to_string(*error) : "unknown");
}

std::string describe_reason(const Completion& completion) {
  switch (completion.outcome) {
    case Outcome::ok: return "no error";
    case Outcome::ata_error: return describe_ata(completion);
    case Outcome::aoe_error: return describe_aoe(completion);
    case Outcome::short_reply:
      return "the target's replies are too short; do all interfaces between here and there carry frames of this size "
             "(MTU)?";
    case Outcome::no_answer: return "no answer from the target";
    case Outcome::replaced: return "another disk answers to this address now";
  }
  return "?";
}

}  // namespace

std::string explain(const Completion& completion) {
  AOEKIT_CHECK(completion.outcome != Outcome::ok);
  std::string where = activity(completion.kind);
  const SectorRange& range = completion.failed;
  if (range.count.count == 1) where += fmt::format(" sector {}", range.first.value);
  if (range.count.count > 1) where += fmt::format(" sectors {}-{}", range.first.value, range.end() - 1);
  return where + ": " + describe_reason(completion);
}

}  // namespace aoekit::initiator
