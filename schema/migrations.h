#pragma once

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter {

inline constexpr std::int64_t kApplicationId = 0x4b4d5452;  ///< "KMTR": marks a file of ours in its header

/// Brings the file to this version in one transaction: the numbered migrations that it lacks, then every
/// view anew (views.sql).
/// Errors: kNewerSchema and kForeignFile, which leave the file untouched.
[[nodiscard]] Status Migrate(Database& database);

/// For readers: checks that the file is ours and of this version.
/// Errors: kOlderSchema, kNewerSchema, kForeignFile.
[[nodiscard]] Status CheckReadable(Database& database);

}  // namespace keymeter
