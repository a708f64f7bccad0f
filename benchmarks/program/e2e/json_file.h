#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace keymeter::e2e {

/// Writes to a file beside `path` and renames it, so that a reader finds either the old or the new file,
/// whole. Throws std::runtime_error.
void WriteJson(const std::string& path, const nlohmann::ordered_json& json);

}  // namespace keymeter::e2e
