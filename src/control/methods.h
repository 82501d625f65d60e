// The methods that a client can call, each a row of one table.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "control/json.h"

namespace aoekit::control {

// Whether a method changes something, and so is logged with who called it.
enum class Effect : std::uint8_t { asks, changes };

// Takes the result object: called once, within the call or later, as control::Done.
using Reply = std::function<void(Answer<Json>)>;

struct Method {
  std::string_view name;
  Effect effect;
  // Calls `api`. `params` is an object.
  void (*run)(Api& api, const Json& params, Reply reply);
};

std::span<const Method> methods();
// nullptr: there is none.
const Method* find_method(std::string_view name);

}  // namespace aoekit::control
