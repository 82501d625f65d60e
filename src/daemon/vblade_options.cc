// CLI11 takes the words apart; the numbers are checked here, so that messages name what they are about.
#include "daemon/vblade_options.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdlib>

#include "base/version.h"

namespace aoekit::daemon {
namespace {

constexpr const char* kFooter = R"(
Exports FILE (a regular file or a block device) as the AoE disk eSHELF.SLOT on the Ethernet interface NETIF.
Runs in the foreground until SIGTERM or SIGINT, then finishes what it accepted, syncs and leaves.

Examples:
  vblade 1 2 eth0 /dev/sdb            export a whole disk as e1.2
  vblade -r 1 3 eth0 install.iso      export an image read-only
  vblade -s 1 4 eth0 vm.img           answer writes only when they are on the disk

Exit status: 0 after a signal, 1 on any error. See vblade(8).)";

// The command line's words before their numbers are checked.
struct Words {
  std::string shelf, slot, interface, path, offset, length, buffers, busy_wait, receive;
  std::vector<std::string> masks;
  bool direct = false, sync = false, read_only = false, force = false;
};

// A whole number in [min, max], decimal, or hexadecimal or octal with the prefixes of C.
Result<std::uint64_t> number(const std::string& text, const char* name, std::uint64_t min, std::uint64_t max) {
  errno = 0;
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
  const bool is_number = !text.empty() && text[0] >= '0' && text[0] <= '9' && *end == '\0';
  if (!is_number || errno == ERANGE || value < min || value > max) {
    return fail("{} '{}' is not a number from {} to {}", name, text, min, max);
  }
  return value;
}

Result<net::ReceiveBy> receive_by(const std::string& word) {
  if (word == "automatic") return net::ReceiveBy::automatic;
  if (word == "ring") return net::ReceiveBy::ring;
  if (word == "socket") return net::ReceiveBy::socket;
  return fail("--receive '{}' is none of automatic, ring and socket", word);
}

Result<std::vector<wire::MacAddress>> macs(const std::vector<std::string>& lists) {
  std::vector<wire::MacAddress> out;
  for (const std::string& list : lists) {
    for (const std::string& text : CLI::detail::split(list, ',')) {
      const auto mac = wire::MacAddress::parse(text);
      if (!mac) return fail("-m: {}", mac.error().message);
      if (mac->is_multicast()) return fail("-m: {} is a multicast address, which no station has", text);
      out.push_back(*mac);
    }
  }
  if (out.size() > wire::kMaskEntriesMax) {
    return fail("-m: {} stations are too many (a mask list holds {})", out.size(), wire::kMaskEntriesMax);
  }
  return out;
}

Result<VbladeOptions> checked(const Words& words) {
  VbladeOptions options;
  const auto shelf = number(words.shelf, "shelf", 0, wire::kShelfBroadcast - 1);
  if (!shelf) return tl::unexpected(shelf.error());
  const auto slot = number(words.slot, "slot", 0, wire::kSlotBroadcast - 1);
  if (!slot) return tl::unexpected(slot.error());
  options.address = {static_cast<std::uint16_t>(*shelf), static_cast<std::uint8_t>(*slot)};
  const auto buffers = number(words.buffers, "-b: buffer count", 1, UINT16_MAX);
  if (!buffers) return tl::unexpected(buffers.error());
  options.buffer_count = static_cast<std::uint16_t>(*buffers);
  const auto offset = number(words.offset, "-o: offset", 0, INT64_MAX / kSectorBytes);
  if (!offset) return tl::unexpected(offset.error());
  options.first_sector = Sectors{*offset};
  if (!words.length.empty()) {
    const auto length = number(words.length, "-l: length", 1, INT64_MAX / kSectorBytes);
    if (!length) return tl::unexpected(length.error());
    options.length = Sectors{*length};
  }
  const auto busy_wait_us = number(words.busy_wait, "--busy-wait", 0, 1000);
  if (!busy_wait_us) return tl::unexpected(busy_wait_us.error());
  options.busy_wait = std::chrono::microseconds(*busy_wait_us);
  const auto receive = receive_by(words.receive);
  if (!receive) return tl::unexpected(receive.error());
  options.receive_by = *receive;
  auto mask = macs(words.masks);
  if (!mask) return tl::unexpected(mask.error());
  options.mask = std::move(*mask);
  options.interface = words.interface;
  options.path = words.path;
  options.caching = words.direct ? backend::Caching::direct : backend::Caching::buffered;
  options.sync = words.sync ? backend::Sync::every_write : backend::Sync::on_flush;
  options.access = words.read_only ? backend::Access::read_only : backend::Access::read_write;
  options.interlocks = words.force ? Interlocks::overridden : Interlocks::enforced;
  return options;
}

}  // namespace

Result<std::variant<VbladeOptions, PrintAndLeave>> parse_vblade_options(int argc, const char* const* argv) {
  Words words;
  words.offset = "0";
  words.buffers = "64";
  words.busy_wait = "50";
  words.receive = "automatic";
  CLI::App app("Export a file or block device over ATA over Ethernet", "vblade");
  app.footer(kFooter);
  app.set_version_flag("--version,-V", std::string("vblade (aoekit) ") + kVersion);
  app.add_option("-b,--buffers", words.buffers, "messages that initiators may have outstanding (64)")
      ->type_name("COUNT");
  app.add_flag("-d,--direct", words.direct, "bypass the page cache (O_DIRECT)");
  app.add_flag("-s,--sync", words.sync, "answer each write only when it is on stable storage (O_SYNC)");
  app.add_flag("-r,--read-only", words.read_only, "export read-only");
  app.add_option("-m,--mask", words.masks, "only these stations may see the export; MAC[,MAC...]")->type_name("MACS")
      ->allow_extra_args(false);
  app.add_option("-o,--offset", words.offset, "export from this 512-byte sector of FILE on (0)")->type_name("SECTORS");
  app.add_option("-l,--length", words.length, "export this many sectors (all)")->type_name("SECTORS");
  app.add_option("--busy-wait", words.busy_wait, "microseconds to stay awake for the next request, while it pays (50)")
      ->type_name("US");
  app.add_option("--receive", words.receive, "how frames come in: ring, socket, or what the kernel allows (automatic)")
      ->type_name("MODE");
  app.add_flag("--force", words.force, "export even if FILE is in use or eSHELF.SLOT is taken");
  app.add_option("shelf", words.shelf, "0 to 65534")->required();
  app.add_option("slot", words.slot, "0 to 254")->required();
  app.add_option("netif", words.interface, "Ethernet interface")->required();
  app.add_option("filename", words.path, "regular file or block device")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return PrintAndLeave{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintAndLeave{app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    return fail("{}\nusage: vblade [-b buffers] [-o offset] [-l length] [-d] [-s] [-r] [-m mac[,mac...]] "
                "shelf slot netif filename (more: vblade --help)", error.what());
  }
  auto options = checked(words);
  if (!options) return tl::unexpected(options.error());
  return std::move(*options);
}

}  // namespace aoekit::daemon
