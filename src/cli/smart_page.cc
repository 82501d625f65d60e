// Taking SMART pages apart.
#include "cli/smart_page.h"

#include <numeric>

#include "base/cursor.h"
#include "base/units.h"

namespace aoekit::cli {
namespace {

constexpr std::size_t kEntriesMax = 30;
constexpr std::size_t kLogAddresses = 256;

struct AttributeName {
  std::uint8_t id;
  const char* name;
};
constexpr AttributeName kNames[] = {
    {1, "Raw_Read_Error_Rate"},     {3, "Spin_Up_Time"},          {4, "Start_Stop_Count"},
    {5, "Reallocated_Sector_Ct"},   {7, "Seek_Error_Rate"},       {9, "Power_On_Hours"},
    {10, "Spin_Retry_Count"},       {12, "Power_Cycle_Count"},    {187, "Reported_Uncorrect"},
    {188, "Command_Timeout"},       {190, "Airflow_Temperature"}, {194, "Temperature_Celsius"},
    {196, "Reallocated_Event_Ct"},  {197, "Current_Pending_Sector"}, {198, "Offline_Uncorrectable"},
    {199, "UDMA_CRC_Error_Count"},  {200, "Write_Error_Rate"},    {241, "Total_LBAs_Written"},
    {242, "Total_LBAs_Read"},
};

void read_thresholds(ByteView page, std::vector<SmartAttribute>& attributes) {
  if (page.size() < kSectorBytes) return;
  ByteReader reader(page);
  reader.skip(2);
  for (std::size_t i = 0; i < kEntriesMax; ++i) {
    const std::uint8_t id = reader.u8();
    const std::uint8_t threshold = reader.u8();
    reader.skip(10);
    for (SmartAttribute& attribute : attributes) {
      if (id != 0 && attribute.id == id) attribute.threshold = threshold;
    }
  }
}

}  // namespace

std::optional<SmartData> parse_smart(ByteView data, ByteView thresholds) {
  if (data.size() < kSectorBytes) return std::nullopt;
  const ByteView page = data.first(kSectorBytes);
  SmartData smart;
  ByteReader reader(page);
  smart.revision = reader.u16_le();
  for (std::size_t i = 0; i < kEntriesMax; ++i) {
    SmartAttribute attribute;
    attribute.id = reader.u8();
    attribute.flags = reader.u16_le();
    attribute.value = reader.u8();
    attribute.worst = reader.u8();
    attribute.raw = reader.u48_le();
    reader.skip(1);
    if (attribute.id != 0) smart.attributes.push_back(attribute);
  }
  // All 512 bytes add up to zero.
  smart.checksum_valid = (std::accumulate(page.begin(), page.end(), 0U) & 0xff) == 0;
  read_thresholds(thresholds, smart.attributes);
  return smart;
}

std::vector<SmartLog> parse_log_directory(ByteView sector) {
  std::vector<SmartLog> logs;
  ByteReader reader(sector);
  reader.skip(2);  // the directory's version
  for (std::size_t address = 1; address < kLogAddresses && reader.remaining() >= 2; ++address) {
    const std::uint16_t sectors = reader.u16_le();
    if (sectors > 0) logs.push_back({static_cast<std::uint8_t>(address), sectors});
  }
  return logs;
}

const char* attribute_name(std::uint8_t id) {
  for (const AttributeName& entry : kNames) {
    if (entry.id == id) return entry.name;
  }
  return "Unknown_Attribute";
}

}  // namespace aoekit::cli
