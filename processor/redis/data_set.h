#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keymeter::processor {

/// Which data Redis holds, by its own word: what three or four sections of INFO say.
///
/// Nothing announces that a data set was emptied or put in the place of another: not FLUSHALL, not a
/// replica's full synchronization. Only here does it show. Pure values.
struct DataSetMark {
  std::string run_id;  ///< of the server process; "" while INFO was not read, or may not be
  /// Of a replica: of the history of writes that it follows. "" of a master: its first replica, or the end of
  /// the last one, gives it another id while its data stays.
  std::string replication_id;
  std::int64_t offset = 0;      ///< how far that history goes, bytes
  std::int64_t flush_alls = 0;  ///< FLUSHALLs so far
  std::int64_t flush_dbs = 0;   ///< FLUSHDBs so far, of any database
  std::int64_t swaps = 0;       ///< SWAPDBs so far
  std::int64_t keys = 0;        ///< of the database that is metered

  /// Takes what one reply to INFO says; what it does not say stays.
  void Take(std::string_view info, int database);
  /// To tell after an absence whether it is the same data still; "" when nothing is known.
  [[nodiscard]] std::string Text() const;
};

enum class DataSetChange : std::uint8_t {
  kNone,
  kFlushed,   ///< emptied: every hash that there is began anew
  kReplaced,  ///< other data, maybe older: a restore, a failover, a master that became a replica
};

/// What happened between two looks at one connection. Before Redis 6.2 nothing tells a flush that was refused
/// from one that was done: none is seen there. A FLUSHDB may have been of another database: it counts when
/// more than half of our keys are gone.
[[nodiscard]] DataSetChange Compare(const DataSetMark& before, const DataSetMark& now);

/// The value of "name:value\r\n" in an INFO text; "" when it has none.
[[nodiscard]] std::string_view InfoField(std::string_view info, std::string_view name);

}  // namespace keymeter::processor
