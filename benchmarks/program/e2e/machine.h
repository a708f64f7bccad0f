#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace keymeter::e2e {

/// What the figures were measured on: processor, cores, kernel, versions, build, and how busy it is with
/// other things.
[[nodiscard]] nlohmann::ordered_json DescribeMachine();
[[nodiscard]] std::string MachineText(const nlohmann::ordered_json& machine);

}  // namespace keymeter::e2e
