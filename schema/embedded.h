#pragma once

#include <span>
#include <string_view>

namespace keymeter {

/// A text file of the source tree that is part of the binary.
struct EmbeddedFile {
  std::string_view name;  ///< without folder: "0001_tables.sql"
  std::string_view text;
};

std::span<const EmbeddedFile> EmbeddedMigrations();  ///< in the order of their numbers
std::span<const EmbeddedFile> EmbeddedViews();       ///< one: views.sql
std::span<const EmbeddedFile> EmbeddedPrices();      ///< one: default.json
std::span<const EmbeddedFile> EmbeddedProfiles();
std::span<const EmbeddedFile> EmbeddedOpenApi();  ///< one: openapi.json (of query-api)

}  // namespace keymeter
