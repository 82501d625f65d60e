// The methods that a client can call, each a row of one table.
#pragma once

#include <span>
#include <string_view>

#include "control/json.h"

namespace aoekit::control {

// Whether a method changes something, and so is logged with who called it.
enum class Effect : std::uint8_t { asks, changes };

struct Method {
  std::string_view name;
  Effect effect;
  // Calls `api` and returns the result object. `params` is an object.
  Answer<Json> (*run)(Api& api, const Json& params);
};

std::span<const Method> methods();
// nullptr: there is none.
const Method* find_method(std::string_view name);

}  // namespace aoekit::control
