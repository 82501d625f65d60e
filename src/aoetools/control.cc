// Looking at a control file before it is used.
#include "aoetools/control.h"

#include <sys/stat.h>
#include <unistd.h>

#include "aoetools/say.h"

namespace aoekit::aoetools {

bool check_control(std::string_view tool, const Places& places, const std::string& control) {
  const std::string path = places.control(control);
  // A word without a full stop is how aoe-revalidate has it.
  const char* stop = tool == "aoe-revalidate" ? "" : ".";
  if (::access(path.c_str(), W_OK) != 0) {
    say("{}: {} does not exist or is not writeable{}", tool, path, stop);
    return false;
  }
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0 && (S_ISCHR(facts.st_mode) || places.driver == Driver::aoefuse)) return true;
  say("{}: {} is not a character device file", tool, path);
  say("{}: use udev or aoe-mkdevs to create it", tool);
  return false;
}

std::string flush_command(const std::string& name) { return name + '\0'; }

}  // namespace aoekit::aoetools
