#pragma once

#include <cstdint>
#include <string_view>

#include "query-api/http/spool_file.h"

namespace keymeter::query_api {

/// How many bytes an entry of a zip file has when unpacked, as its central directory says.
///
/// For files without a comment and without ZIP64. Errors: kUnavailable when it is no such file, or has no
/// such entry. Tested by tests/query-api/exports/zip_directory_test.cc.
[[nodiscard]] Result<std::uint64_t> FindZipEntryBytes(const SpoolFile& file, std::string_view name);

}  // namespace keymeter::query_api
