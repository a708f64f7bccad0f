#pragma once

#include <cstdint>

namespace keymeter::query_api {

/// Which state of which usage file a reader sees: what every cache of the API compares.
///
/// A cache asks the weakest question that is right for it: an answer stays valid while the data is the same,
/// decoded open buckets only in exactly this state. Plain value, made by Snapshot::version().
/// Tested by tests/query-api/snapshot/snapshot_test.cc.
struct FileVersion {
  std::uint64_t file = 0;         ///< differs between two files that stood at the same path
  std::int64_t utc_offset_s = 0;  ///< of the source: decides when a day ends
  std::int64_t data_version = 0;  ///< rises with every write that changes an answer
  std::int64_t rolled_until = 0;  ///< minutes before it are part of their hours, days and months

  bool operator==(const FileVersion&) const = default;

  /// The same file, cut into days in the same way.
  [[nodiscard]] bool IsOfSameFile(const FileVersion& other) const {
    return file == other.file && utc_offset_s == other.utc_offset_s;
  }
  /// A roll-up alone moves `rolled_until` and changes no answer.
  [[nodiscard]] bool HasSameData(const FileVersion& other) const {
    return file == other.file && data_version == other.data_version;
  }
  /// This state, or an earlier one of the same file.
  [[nodiscard]] bool IsNoLaterThan(const FileVersion& other) const {
    return IsOfSameFile(other) && data_version <= other.data_version && rolled_until <= other.rolled_until;
  }
};

}  // namespace keymeter::query_api
