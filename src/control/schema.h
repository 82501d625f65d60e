// What the values of api.h look like as JSON: one fields() a struct, walked over by Encoder and Decoder (json.h).
// Fields added later use maybe(), so that the answers of older daemons are understood.
#pragma once

#include <array>

#include "control/json.h"

namespace aoekit::control {

template <>
struct Words<ExportInfo::State> {
  static constexpr std::array kAll{"serving", "waiting", "removing"};
};
template <>
struct Words<config::Durability> {
  static constexpr std::array kAll{"durable", "flush", "none"};
};
template <>
struct Words<config::Sharing> {
  static constexpr std::array kAll{"single", "shared", "exclusive"};
};
template <>
struct Words<config::Caching> {
  static constexpr std::array kAll{"buffered", "direct"};
};

template <class V, Like<target::TargetCounters> T>
void fields(V& v, T& x) {
  for (const target::CounterName& counter : target::kTargetCounterNames) v.maybe(counter.name, x.*counter.member);
}

template <class V, Like<target::IoStatistics> T>
void fields(V& v, T& x) {
  v("reads", x.reads);
  v("writes", x.writes);
  v("flushes", x.flushes);
  v("trims", x.trims);
  v("others", x.others);
  v("read_bytes", x.read_bytes);
  v("written_bytes", x.written_bytes);
  v("errors", x.errors);
  v("retransmissions", x.retransmissions);
  v("refused", x.refused);
  v("delayed", x.delayed);
  v("dropped", x.dropped);
  v("read_latency", x.read_latency);
  v("write_latency", x.write_latency);
}

template <class V, Like<config::RateLimit> T>
void fields(V& v, T& x) {
  v("requests", x.requests);
  v("bytes", x.bytes);
}

template <class V, Like<config::Place> T>
void fields(V& v, T& x) {
  v("file", x.file);
  v("line", x.line);
}

// Keys and values are those of an export's table in aoed.toml(5): export.add takes what export.show shows.
template <class V, Like<config::ExportConfig> T>
void fields(V& v, T& x) {
  v("path", x.path);
  v("description", x.description);
  v("interfaces", x.interfaces);
  v.in_bytes("offset", x.first_sector);
  v.in_bytes("length", x.length);
  v("read_only", x.read_only);
  v("serial", x.serial);
  v("model", x.model);
  v("buffers", x.buffers);
  v("durability", x.durability);
  v("caching", x.caching);
  v("sharing", x.sharing);
  v.in_words("exclusive_timeout", x.exclusive_timeout);
  v.or_everybody("allow", x.read_access.allow);
  v("deny", x.read_access.deny);
  v.or_everybody("allow_write", x.write_access.allow);
  v("deny_write", x.write_access.deny);
  v("limit", x.limit);
  v("client_limit", x.client_limit);
  v("force", x.force);
}

template <class V, Like<DaemonInfo> T>
void fields(V& v, T& x) {
  v("version", x.version);
  v("pid", x.pid);
  v("uptime_seconds", x.uptime);
  v("config_file", x.config_file);
  v("exports", x.exports);
  v("threads", x.threads);
  v("warnings", x.warnings);
  v("counters", x.counters);
}

template <class V, Like<ExportInfo> T>
void fields(V& v, T& x) {
  v("address", x.config.address);
  v("state", x.state);
  v("reason", x.reason);
  v("size_sectors", x.size);
  v("engine", x.engine);
  v("interfaces", x.interfaces);
  v.bytes("config_string", x.config_string);
  v("mask", x.mask);
  v("reserved_for", x.reserved_for);
  v("holder", x.holder);
  v("in_flight", x.in_flight);
  v("last_used_seconds", x.last_used);
  v("saved", x.saved);
  v("place", x.config.place);
  v("settings", x.config);
  v("statistics", x.statistics);
}

template <class V, Like<InterfaceInfo> T>
void fields(V& v, T& x) {
  v("name", x.name);
  v("mac", x.mac);
  v("mtu_bytes", x.mtu_bytes);
  v("up", x.up);
  v("present", x.present);
  v("sectors_per_frame", x.sectors_per_frame);
  v("exports", x.exports);
  v("frames_received", x.frames_received);
  v("frames_sent", x.frames_sent);
  v("bytes_received", x.bytes_received);
  v("bytes_sent", x.bytes_sent);
  v("receive_drops", x.receive_drops);
  v("send_drops", x.send_drops);
}

template <class V, Like<ClientInfo> T>
void fields(V& v, T& x) {
  v("address", x.address);
  v("mac", x.mac);
  v("name", x.name);
  v("first_seen_seconds", x.first_seen);
  v("last_seen_seconds", x.last_seen);
  v("in_flight", x.in_flight);
  v("statistics", x.statistics);
}

}  // namespace aoekit::control
