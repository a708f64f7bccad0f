#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keymeter::processor {

/// Identifies the data set that Redis holds, by what three or four sections of INFO say.
///
/// No event announces that a data set was emptied or replaced, neither by FLUSHALL nor by a replica's full
/// synchronization: two marks, compared, show it.
/// Threads: any; a plain value.
struct DataSetMark {
  std::string run_id;  ///< of the server process; "" while INFO was not read, or may not be
  /// A replica's: of the history of writes that it follows. "" for a master, whose id changes with its first
  /// replica, and with the end of the last one, while its data stays.
  std::string replication_id;
  std::int64_t offset = 0;      ///< length of that history, bytes
  std::int64_t flush_alls = 0;  ///< FLUSHALLs so far
  std::int64_t flush_dbs = 0;   ///< FLUSHDBs so far, of any database
  std::int64_t swaps = 0;       ///< SWAPDBs so far
  std::int64_t keys = 0;        ///< of the database that is metered

  /// Takes over what one reply to INFO says. What it does not mention stays.
  void Take(std::string_view info, int database);
  /// For the file: equal texts mean that it still is the same data. "" when nothing is known.
  [[nodiscard]] std::string Text() const;
};

enum class DataSetChange : std::uint8_t {
  kNone,
  kFlushed,  ///< emptied: every hash that there is began anew
  /// A FLUSHDB of some database, whose keys may be there again: a hash that is smaller now began anew.
  kMaybeFlushed,
  kSwapped,   ///< by SWAPDB: values come from elsewhere, and may have been here before
  kReplaced,  ///< other data, maybe older: a restore, a failover, a master that became a replica
};

/// What happened between two looks on one connection. Before Redis 6.2, INFO does not distinguish a refused
/// flush from a done one, so no flush is seen there. A FLUSHDB may have been of another database: it is ours
/// for sure when more than half of our keys are gone.
[[nodiscard]] DataSetChange Compare(const DataSetMark& before, const DataSetMark& now);

/// The value of the line "name:value\r\n" of an INFO text; "" when there is no such line.
[[nodiscard]] std::string_view InfoField(std::string_view info, std::string_view name);

}  // namespace keymeter::processor
