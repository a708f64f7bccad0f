#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace keymeter::e2e {

/// The machine of the measurement: processor, cores, kernel, versions, build, and its load from other
/// programs.
[[nodiscard]] nlohmann::ordered_json DescribeMachine();
[[nodiscard]] std::string MachineText(const nlohmann::ordered_json& machine);

}  // namespace keymeter::e2e
