// From parameters to calls of Api, and from what it returns to results.
#include "control/methods.h"

#include <fmt/core.h>

#include <algorithm>

#include "control/params.h"
#include "wire/constants.h"

namespace aoekit::control {
namespace {

Force force_of(bool force) { return force ? Force::yes : Force::no; }
Save save_of(bool save) { return save ? Save::yes : Save::no; }

Answer<Json> notes(Answer<Notes> answer) {
  if (!answer) return tl::unexpected(std::move(answer.error()));
  return Json{{"notes", std::move(*answer)}};
}

// One more than asked for tells whether there are more.
template <class Entry>
Json page(const char* key, std::vector<Entry> entries, std::size_t limit) {
  const bool more = entries.size() > limit;
  if (more) entries.resize(limit);
  return {{key, encode_value(entries)}, {"more", more}};
}

Answer<std::size_t> page_limit(std::uint64_t wanted) {
  if (wanted == 0 || wanted > kPageMax) return refuse(Code::invalid, "limit: expected 1 to {}", kPageMax);
  return static_cast<std::size_t>(wanted);
}

Answer<Json> show_protocol(Api&, const NoParams&) {
  Json names = Json::array();
  for (const Method& method : methods()) names.push_back(method.name);
  return Json{{"versions", Json::array({kProtocolVersion})},
              {"methods", std::move(names)},
              {"request_bytes_max", kRequestBytesMax},
              {"page_max", kPageMax}};
}

Answer<Json> show_daemon(Api& api, const NoParams&) { return Json{{"daemon", encode_value(api.daemon())}}; }
Answer<Json> reload(Api& api, const NoParams&) { return notes(api.reload()); }

Answer<Json> list_exports(Api& api, const ExportPageParams& params) {
  const auto limit = page_limit(params.limit);
  if (!limit) return tl::unexpected(limit.error());
  return page("exports", api.exports({params.after, *limit + 1}), *limit);
}

Answer<Json> show_export(Api& api, const AddressParams& params) {
  const auto shown = api.exported(params.address);
  if (!shown) return tl::unexpected(shown.error());
  return Json{{"export", encode_value(*shown)}};
}

Done to_notes(Reply reply) {
  return [reply = std::move(reply)](Answer<Notes> answer) { reply(notes(std::move(answer))); };
}

void add_export(Api& api, const SettingsParams& params, Reply reply) {
  if (!params.address.is_valid_target()) {
    return reply(refuse(Code::invalid, "{} means many targets; an export has one address, like e1.2",
                        params.address.to_string()));
  }
  api.add_export(params.address, to_line(params.settings), save_of(params.save), to_notes(std::move(reply)));
}

void set_export(Api& api, const SettingsParams& params, Reply reply) {
  api.set_export(params.address, to_line(params.settings), save_of(params.save), to_notes(std::move(reply)));
}

Answer<Json> remove_export(Api& api, const RemoveParams& params) {
  return notes(api.remove_export(params.address, force_of(params.force), save_of(params.save)));
}

Answer<Json> announce(Api& api, const AnnounceParams& params) { return notes(api.announce(params.address)); }

Answer<Json> resize(Api& api, const ResizeParams& params) {
  return notes(api.resize(params.address, params.size, force_of(params.force)));
}

// The list that results from the edit of `present`: sorted, without duplicates, no longer than a frame can say.
Answer<std::vector<wire::MacAddress>> edited(const std::vector<wire::MacAddress>& present,
                                             const StationsParams& params) {
  std::vector<wire::MacAddress> list = params.edit == ListEdit::set ? std::vector<wire::MacAddress>{} : present;
  for (const wire::MacAddress& mac : params.stations) {
    if (mac.is_multicast()) {
      return refuse(Code::invalid, "stations: {} is a group's address; a station has its own", mac.to_string());
    }
    if (params.edit == ListEdit::remove) {
      std::erase(list, mac);
    } else {
      list.push_back(mac);
    }
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  static_assert(wire::kMaskEntriesMax == wire::kReserveEntriesMax);
  if (list.size() > wire::kMaskEntriesMax) {
    return refuse(Code::invalid, "stations: the list would have {}; {} is the limit", list.size(),
                  wire::kMaskEntriesMax);
  }
  return list;
}

template <std::vector<wire::MacAddress> ExportInfo::*kList,
          Answer<Notes> (Api::*kChange)(wire::AoeAddress, std::vector<wire::MacAddress>)>
Answer<Json> change_stations(Api& api, const StationsParams& params) {
  const auto shown = api.exported(params.address);
  if (!shown) return tl::unexpected(shown.error());
  auto list = edited((*shown).*kList, params);
  if (!list) return tl::unexpected(list.error());
  return notes((api.*kChange)(params.address, std::move(*list)));
}

Answer<Json> release(Api& api, const AddressParams& params) { return notes(api.release(params.address)); }

Answer<Json> list_interfaces(Api& api, const NoParams&) { return Json{{"interfaces", encode_value(api.interfaces())}}; }

Answer<Json> list_clients(Api& api, const ClientPageParams& params) {
  const auto limit = page_limit(params.limit);
  if (!limit) return tl::unexpected(limit.error());
  return page("clients", api.clients({params.after, *limit + 1}), *limit);
}

// What is answered when it may take a while.
template <class Params, void (*kRun)(Api&, const Params&, Reply)>
void deferred(Api& api, const Json& json, Reply reply) {
  const auto params = decode<Params>(json, Unknown::refused);
  if (!params) return reply(tl::unexpected(params.error()));
  kRun(api, *params, std::move(reply));
}

// What is answered at once.
template <class Params, Answer<Json> (*kRun)(Api&, const Params&)>
void answered(Api& api, const Params& params, Reply reply) {
  reply(kRun(api, params));
}
template <class Params, Answer<Json> (*kRun)(Api&, const Params&)>
constexpr auto typed = deferred<Params, answered<Params, kRun>>;

constexpr auto kEditMask = change_stations<&ExportInfo::mask, &Api::set_mask>;
constexpr auto kEditReservation = change_stations<&ExportInfo::reserved_for, &Api::set_reservation>;

constexpr Method kMethods[] = {
    {"protocol.show", Effect::asks, typed<NoParams, show_protocol>},
    {"daemon.show", Effect::asks, typed<NoParams, show_daemon>},
    {"daemon.reload", Effect::changes, typed<NoParams, reload>},
    {"export.list", Effect::asks, typed<ExportPageParams, list_exports>},
    {"export.show", Effect::asks, typed<AddressParams, show_export>},
    {"export.add", Effect::changes, deferred<SettingsParams, add_export>},
    {"export.set", Effect::changes, deferred<SettingsParams, set_export>},
    {"export.remove", Effect::changes, typed<RemoveParams, remove_export>},
    {"export.announce", Effect::changes, typed<AnnounceParams, announce>},
    {"export.resize", Effect::changes, typed<ResizeParams, resize>},
    {"export.mask", Effect::changes, typed<StationsParams, kEditMask>},
    {"export.reserve", Effect::changes, typed<StationsParams, kEditReservation>},
    {"export.release", Effect::changes, typed<AddressParams, release>},
    {"interface.list", Effect::asks, typed<NoParams, list_interfaces>},
    {"client.list", Effect::asks, typed<ClientPageParams, list_clients>},
};

}  // namespace

std::span<const Method> methods() { return kMethods; }

const Method* find_method(std::string_view name) {
  const auto found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                  [&](const Method& method) { return method.name == name; });
  return found == std::end(kMethods) ? nullptr : found;
}

}  // namespace aoekit::control
