#pragma once

#include "benchmarks/usage_file/history_options.h"
#include "schema/error.h"

/// A usage file of a size that takes a real relay a year, made in a minute: for benchmarks of what reads it.
namespace keymeter::usage_file {

/// Writes the file. Its keys, accounts and models have the names that relay_load gives with the same seed, so
/// that live traffic can go on with them.
///
/// With `active_share`: see SteadyRelay. Without: about a third of all keys is active in a day, a fifteenth
/// in an hour, and a key uses up to three models. Every level is the sum of the next finer one; hours older
/// than the minutes are drawn as hours. Writes a log line to stderr for each tenth of the work.
[[nodiscard]] Result<HistoryCounts> WriteHistory(const HistoryOptions& options);

}  // namespace keymeter::usage_file
