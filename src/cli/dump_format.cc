// Frames as JSON.
#include "cli/dump_format.h"

#include <fmt/core.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "cli/text.h"
#include "wire/decode.h"

namespace aoekit::cli {
namespace {

using Json = nlohmann::ordered_json;

struct BodyJson {
  Json& out;
  const wire::Header& header;

  void operator()(const wire::AtaBody& body) const {
    const bool response = header.is_response();
    std::uint64_t lba = 0;
    for (std::size_t i = body.lba.size(); i-- > 0;) lba = lba << 8 | body.lba[i];
    out["aflags"] = body.flags;
    out[response ? "ata_status" : "ata_command"] = body.command_or_status;
    out[response ? "ata_error" : "ata_feature"] = body.feature_or_error;
    out["count"] = body.count;
    out["lba"] = lba;
    out["extended"] = body.is_extended();
    out["write"] = body.is_write();
    out["data_bytes"] = body.data.size();
  }
  void operator()(const wire::ConfigBody& body) const {
    out["config_op"] = body.op;
    out["buffers"] = body.buffer_count;
    out["firmware_version"] = body.firmware;
    out["sectors_per_frame"] = body.sectors_per_frame;
    out["aoe_version"] = body.version;
    out["config_string"] = printable(body.text);
  }
  void operator()(const wire::MaskBody& body) const {
    out["mask_op"] = body.op;
    out["mask_error"] = body.error;
    out["count"] = body.count;
    out["directives"] = Json::array();
    for (std::size_t i = 0; i < body.directives.size() / wire::kMaskDirectiveBytes; ++i) {
      const auto directive = body.directive(i);
      out["directives"].push_back({{"op", directive.op}, {"mac", directive.mac.to_string()}});
    }
  }
  void operator()(const wire::ReserveBody& body) const {
    out["reserve_op"] = body.op;
    out["macs"] = Json::array();
    for (std::size_t i = 0; i < body.mac_count(); ++i) out["macs"].push_back(body.mac(i).to_string());
  }
  void operator()(const wire::UnknownBody& body) const { out["data_bytes"] = body.data.size(); }
};

}  // namespace

std::string format_time(const timeval& time) {
  std::tm parts{};
  AOEKIT_CHECK(::localtime_r(&time.tv_sec, &parts) != nullptr);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", parts.tm_hour, parts.tm_min, parts.tm_sec, time.tv_usec);
}

Json frame_json(ByteView frame) {
  Json out{{"frame_bytes", frame.size()}};
  const auto header = wire::decode_header(frame);
  if (!header) {
    out["reject"] = wire::to_string(header.error());
    return out;
  }
  const auto command = wire::command_from(header->command);
  out["source"] = header->source.to_string();
  out["destination"] = header->destination.to_string();
  out["version"] = header->version;
  out["response"] = header->is_response();
  out["shelf"] = header->address.shelf;
  out["slot"] = header->address.slot;
  out["command"] = header->command;
  out["command_name"] = command ? wire::to_string(*command) : "unknown";
  out["tag"] = header->tag;
  if (header->is_error()) {
    const auto error = wire::aoe_error_from(header->error);
    out["aoe_error"] = header->error;
    out["aoe_error_name"] = error ? wire::to_string(*error) : "unknown";
    return out;  // the body of an error response is not defined
  }
  const auto body = wire::decode_body(*header, frame);
  if (body) {
    std::visit(BodyJson{out, *header}, *body);
  } else {
    out["reject"] = wire::to_string(body.error());
  }
  return out;
}

}  // namespace aoekit::cli
