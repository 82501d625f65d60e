// aoe-interfaces: shows or restricts the network interfaces that the driver uses.
#include <unistd.h>

#include <filesystem>

#include "aoetools/control.h"
#include "aoetools/files.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"

namespace aoekit::aoetools {
namespace {

int show(const Invocation& invocation, const Places& places) {
  const auto list = read_file(places.interface_parameter());
  if (!list) {
    say("{}: cannot read {}: is the aoe driver loaded, or aoefuse mounted on {}?", invocation.name,
        places.interface_parameter(), places.etherd);
    return kExitFailed;
  }
  put(*list);
  return kExitOk;
}

bool is_interface(const std::string& name) {
  std::error_code ignored;
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos &&
         std::filesystem::is_directory("/sys/class/net/" + name, ignored);
}

int set(const Invocation& invocation, const Places& places, std::string list) {
  list += '\0';  // the driver reads a C string
  std::string path = places.interface_parameter();
  if (places.driver != Driver::kernel || ::access(path.c_str(), W_OK) != 0) {
    if (!check_control(invocation.name, places, "interfaces")) return kExitFailed;
    path = places.control("interfaces");
  }
  const Status status = write_once(path, list);
  if (!status) say("{}: {}", invocation.name, status.error().message);
  return status ? kExitOk : kExitFailed;
}

}  // namespace

int run_interfaces(const Invocation& invocation) {
  const Places places = find_places(invocation.environment);
  if (invocation.count() == 0) return show(invocation, places);
  if (invocation.argument(0) == "-c") {
    if (invocation.count() == 1) return set(invocation, places, "");
    say("{} Error: -c flag takes no arguments", invocation.name);
    return kExitFailed;
  }
  std::string list;
  bool all_there = true;
  for (std::size_t i = 0; i < invocation.count(); ++i) {
    const std::string name = invocation.argument(i);
    if (!is_interface(name)) {
      say("{} Error: \"{}\" is not a network interface", invocation.name, name);
      all_there = false;
    }
    list += (i == 0 ? "" : " ") + name;
  }
  return all_there ? set(invocation, places, std::move(list)) : kExitFailed;
}

}  // namespace aoekit::aoetools
