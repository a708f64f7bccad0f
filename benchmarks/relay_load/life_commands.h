#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/relay_load/age.h"
#include "benchmarks/relay_load/entity_fields.h"
#include "benchmarks/relay_load/resp_writer.h"

/// What claude-relay-service writes besides requests: at its start, when an administrator resets, deletes,
/// restores or moves. Each is a script of commands in its order, with its keys; what it reads first (SCAN,
/// KEYS, HGETALL) comes in as a Snapshot. Seen by running its own code.
namespace keymeter::relay_load {

/// What a Redis holds. A plain value.
struct Snapshot {
  std::map<std::string, Fields> hashes;
  std::map<std::string, std::string> strings;
  std::set<std::string> others;  ///< sets, lists and streams: their names

  /// All names that begin so, hashes before strings before the others.
  [[nodiscard]] std::vector<std::string> Names(std::string_view prefix) const;
  [[nodiscard]] bool Has(const std::string& key) const;
};

/// What a release from 1.1.263 on does at its start with what it finds, once in the life of the data: sums
/// over all keys, the list of months, the index sets with a *new* time to live, the all-time counters. None
/// for accounts. An import does not take the marks of what was done away, so it may come again behind one.
void AppendStart(RespWriter& out, const Snapshot& found, const Age& age, std::int64_t now_ms);
/// The part of it that makes index sets.
void AppendIndexMigration(RespWriter& out, const Snapshot& found, std::int64_t now_ms);

/// All usage of keys goes; that of accounts stays.
void AppendUsageReset(RespWriter& out, const Snapshot& found);

/// Marked as deleted, and no longer known by its secret.
void AppendKeyDeleted(RespWriter& out, const Snapshot& found, const std::string& id, std::int64_t now_ms);
void AppendKeyRestored(RespWriter& out, const Snapshot& found, const std::string& id, std::int64_t now_ms);
/// Deleted for good. Its counters without a model go (usage:*:{id}*); those by model stay until they expire.
void AppendKeyPurged(RespWriter& out, const Snapshot& found, const std::string& id);

/// An account leaves one group and enters another.
void AppendGroupMove(RespWriter& out, std::string_view account, std::string_view from, std::string_view to,
                     std::string_view platform);
/// An account goes, and comes again under the same id as one of another kind: as an export and import by hand
/// do.
void AppendKindMove(RespWriter& out, const Snapshot& found, const std::string& account,
                    const std::string& from_prefix, const std::string& to_prefix);

}  // namespace keymeter::relay_load
