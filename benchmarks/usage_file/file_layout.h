#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "schema/sqlite.h"

namespace keymeter::usage_file {

/// The space that a table and its indexes take.
struct TableSize {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;    ///< of its pages
  std::int64_t payload = 0;  ///< of these, the content of rows and keys
  std::int64_t unused = 0;   ///< of these, free within pages
  [[nodiscard]] double BytesARow() const {
    return rows == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(rows);
  }
  [[nodiscard]] double Fill() const {
    return bytes == 0 ? 0 : 1 - static_cast<double>(unused) / static_cast<double>(bytes);
  }
};

/// The sizes of all tables that have rows, by name. From SQLite's dbstat, which reads every page.
[[nodiscard]] Result<std::map<std::string, TableSize>> LayoutOf(Database& database);

}  // namespace keymeter::usage_file
