#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace keymeter::e2e {

/// Writes it beside the path and renames it there: a reader finds the old or the new one, whole. Throws
/// std::runtime_error.
void WriteJson(const std::string& path, const nlohmann::ordered_json& json);

}  // namespace keymeter::e2e
