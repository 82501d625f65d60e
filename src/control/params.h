// What the methods take: their parameters as values, the same for both ends (json.h, schema.h).
#pragma once

#include "control/protocol.h"
#include "control/schema.h"

namespace aoekit::control {

// Changes the stations in a list, or replaces it whole.
enum class ListEdit : std::uint8_t { set, add, remove };
template <>
struct Words<ListEdit> {
  static constexpr std::array kAll{"set", "add", "remove"};
};

struct NoParams {};
template <class V, Like<NoParams> T>
void fields(V&, T&) {}

struct AddressParams {
  wire::AoeAddress address;
};
template <class V, Like<AddressParams> T>
void fields(V& v, T& x) {
  v("address", x.address);
}

// Which part of export.list.
struct ExportPageParams {
  std::optional<wire::AoeAddress> after = {};
  std::uint64_t limit = kPageMax;
};
template <class V, Like<ExportPageParams> T>
void fields(V& v, T& x) {
  v.maybe("after", x.after);
  v.maybe("limit", x.limit);
}

template <class V, Like<ClientKey> T>
void fields(V& v, T& x) {
  v("address", x.address);
  v("mac", x.mac);
}

// Which part of client.list.
struct ClientPageParams {
  std::optional<ClientKey> after = {};
  std::uint64_t limit = kPageMax;
};
template <class V, Like<ClientPageParams> T>
void fields(V& v, T& x) {
  v.maybe("after", x.after);
  v.maybe("limit", x.limit);
}

// export.add and export.set; the settings are those of an [[export]] in aoed.toml(5).
struct SettingsParams {
  wire::AoeAddress address;
  Json settings = Json::object();
  bool save = false;
};
template <class V, Like<SettingsParams> T>
void fields(V& v, T& x) {
  v("address", x.address);
  v("settings", x.settings);
  v.maybe("save", x.save);
}

struct RemoveParams {
  wire::AoeAddress address;
  bool force = false;
  bool save = false;
};
template <class V, Like<RemoveParams> T>
void fields(V& v, T& x) {
  v("address", x.address);
  v.maybe("force", x.force);
  v.maybe("save", x.save);
}

struct AnnounceParams {
  std::optional<wire::AoeAddress> address = {};
};
template <class V, Like<AnnounceParams> T>
void fields(V& v, T& x) {
  v.maybe("address", x.address);
}

struct ResizeParams {
  wire::AoeAddress address;
  std::optional<Sectors> size = {};
  bool force = false;
};
template <class V, Like<ResizeParams> T>
void fields(V& v, T& x) {
  v("address", x.address);
  v.maybe("size_sectors", x.size);
  v.maybe("force", x.force);
}

// export.mask and export.reserve.
struct StationsParams {
  wire::AoeAddress address;
  ListEdit edit = ListEdit::set;
  std::vector<wire::MacAddress> stations = {};
};
template <class V, Like<StationsParams> T>
void fields(V& v, T& x) {
  v("address", x.address);
  v("edit", x.edit);
  v("stations", x.stations);
}

}  // namespace aoekit::control
