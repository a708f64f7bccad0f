#pragma once

#include <string>
#include <vector>

#include "benchmarks/relay_load/life_commands.h"
#include "benchmarks/relay_load/resp_writer.h"

/// What the relay's two import scripts write from what was exported. Exporting itself only reads.
namespace keymeter::relay_load {

/// The enhanced script: the keys, and of each its usage without a model (total, days, months, hours), its
/// money, its days and months by model. One HSET a field, no time to live, no index set; no hours by model,
/// no all-time counters, no usage of accounts. A counter that is there already gets the exported value, not
/// the sum. Of accounts only claude and gemini ones, without an entry in their index.
void AppendEnhancedImport(RespWriter& out, const Snapshot& exported, const std::vector<std::string>& key_ids);

/// The plain script: keys and accounts, no usage; claude accounts under `claude_account:`, where the relay
/// does not look for them.
void AppendPlainImport(RespWriter& out, const Snapshot& exported, const std::vector<std::string>& key_ids);

}  // namespace keymeter::relay_load
