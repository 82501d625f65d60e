// The sections in running order.
#include <array>

#include "cli/conform/case.h"

namespace aoekit::conform {

std::span<const Section> all_sections() {
  static const std::array kSections = {
      Section{"reply", "Frames that the target sends", reply_cases()},
      Section{"request", "Frames that the target is sent", request_cases()},
      Section{"wildcard", "Wildcards and broadcast", wildcard_cases()},
      Section{"config", "Query config", config_cases()},
      Section{"identify", "IDENTIFY DEVICE", identify_cases()},
      Section{"ata", "ATA commands that write nothing", ata_cases()},
      Section{"smart", "SMART", smart_cases()},
      Section{"write", "ATA writes", write_cases()},
      Section{"load", "Many requests at once", load_cases()},
      Section{"reserve", "Reserve and release", reserve_cases()},
      Section{"mask", "MAC mask list", mask_cases()},
  };
  return kSections;
}

}  // namespace aoekit::conform
