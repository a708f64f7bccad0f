#pragma once

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter {

inline constexpr std::int64_t kApplicationId =
    0x4b4d5452;  ///< "KMTR" in the file's header: this file is ours

/// Brings the file to this version in one transaction: the numbered migrations that it lacks, then every view
/// anew (views.sql). A file of a newer version, or of another application, is refused and left untouched.
[[nodiscard]] Status Migrate(Database& database);

/// For readers: the file is ours and of this version.
[[nodiscard]] Status CheckReadable(Database& database);

}  // namespace keymeter
