// Text of aoeping.
#include "aoetools/ping_format.h"

#include <fmt/core.h>

#include "base/cursor.h"

namespace aoekit::aoetools {
namespace {

constexpr std::size_t kRowBytes = 16;

// Places in the IDENTIFY page, in words of 16 bits.
constexpr std::size_t kWordVendor = 7, kWordSerial = 10, kWordFirmware = 23, kWordModel = 27, kWordCommandSets = 82;

std::uint16_t word(ByteView page, std::size_t number) {
  ByteReader reader(page.subspan(number * 2));
  return reader.u16_le();
}

// Text of `bytes` bytes from word `first` on: two characters a word, the first in its high byte. Up to what no
// printable ASCII is.
std::string text(ByteView page, std::size_t first, std::size_t bytes) {
  std::string result;
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::uint16_t pair = word(page, first + i / 2);
    const auto character = static_cast<char>(i % 2 == 0 ? pair >> 8 : pair & 0xff);
    const bool graphic = character > ' ' && character <= '~';
    const bool space = character == ' ' || (character >= '\t' && character <= '\r');
    if (!graphic && !space) break;
    result += character;
  }
  return result;
}

}  // namespace

std::string hex_rows(ByteView bytes) {
  std::string rows;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    rows += fmt::format("{:02x} ", bytes[i]);
    if (i % kRowBytes == kRowBytes - 1) rows += '\n';
  }
  return rows;
}

std::string found_line(const wire::Header& header) {
  std::string line = fmt::format("found {} with mac ", header.address.to_string());
  for (const std::uint8_t byte : header.source.bytes) line += fmt::format("{:02x}", byte);
  return line;
}

std::string identify_fields(ByteView page) {
  std::string lines = "device identify fields:\n";
  for (std::size_t i = 0; i < 3; ++i) {
    lines += fmt::format("vendor_specific_{}: 0x{:X}\n", i, word(page, kWordVendor + i));
  }
  lines += fmt::format("serial_number: {}\n", text(page, kWordSerial, 20));
  lines += fmt::format("firmware_rev: {}\n", text(page, kWordFirmware, 8));
  return lines + fmt::format("model: {}\n", text(page, kWordModel, 40));
}

bool knows_smart(ByteView page) { return (word(page, kWordCommandSets) & 1) != 0; }

std::string registers_text(const wire::AtaBody& reply) {
  const auto row = [](const char* name, std::uint8_t value) { return fmt::format("{:>20}: 0x{:02x}\n", name, value); };
  return "ATA registers:\n" + row("Features", reply.feature_or_error) + row("Sector Count", reply.count) +
         row("LBA Low", reply.lba[0]) + row("LBA Mid", reply.lba[1]) + row("LBA High", reply.lba[2]) +
         row("Status", reply.command_or_status);
}

}  // namespace aoekit::aoetools
