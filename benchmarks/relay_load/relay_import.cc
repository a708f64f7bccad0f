#include "benchmarks/relay_load/relay_import.h"

#include <array>

#include <fmt/format.h>

namespace keymeter::relay_load {
namespace {

void AppendFields(RespWriter& out, const std::string& key, const Fields& fields) {
  for (const auto& [field, value] : fields) out.Command({"hset", key, field, value});
}

void AppendHashesOf(RespWriter& out, const Snapshot& exported, const std::string& prefix) {
  for (const auto& [key, fields] : exported.hashes)
    if (key.starts_with(prefix)) AppendFields(out, key, fields);
}

void AppendStringsOf(RespWriter& out, const Snapshot& exported, const std::string& prefix) {
  for (const auto& [key, value] : exported.strings)
    if (key.starts_with(prefix)) out.Command({"set", key, value});
}

void AppendKey(RespWriter& out, const Snapshot& exported, const std::string& id) {
  const std::string key = "apikey:" + id;
  const auto found = exported.hashes.find(key);
  if (found == exported.hashes.end()) return;
  AppendFields(out, key, found->second);
  out.EndPart();
  for (const auto& [field, value] : found->second)
    if (field == "apiKey") out.Command({"hset", "apikey:hash_map", value, id});
  out.EndPart();
}

void AppendUsage(RespWriter& out, const Snapshot& exported, const std::string& id) {
  const std::string total = "usage:" + id;
  if (const auto found = exported.hashes.find(total); found != exported.hashes.end())
    AppendFields(out, total, found->second);
  for (const char* money : {"usage:cost:total:", "usage:opus:total:"})
    if (const auto found = exported.strings.find(money + id); found != exported.strings.end())
      out.Command({"set", found->first, found->second});
  for (const char* period : {"daily", "monthly", "hourly"}) {
    AppendHashesOf(out, exported, fmt::format("usage:{}:{}:", period, id));
    AppendStringsOf(out, exported, fmt::format("usage:cost:{}:{}:", period, id));
    if (std::string_view(period) == "monthly")
      AppendStringsOf(out, exported, fmt::format("usage:opus:weekly:{}:", id));
  }
  for (const char* period : {"daily", "monthly"})
    AppendHashesOf(out, exported, fmt::format("usage:{}:model:{}:", id, period));
  out.EndPart();
}

void AppendAccounts(RespWriter& out, const Snapshot& exported, const std::string& from,
                    const std::string& to) {
  for (const auto& [key, fields] : exported.hashes)
    if (key.starts_with(from)) AppendFields(out, to + key.substr(from.size()), fields);
  out.EndPart();
}

}  // namespace

void AppendEnhancedImport(RespWriter& out, const Snapshot& exported,
                          const std::vector<std::string>& key_ids) {
  for (const std::string& id : key_ids) {
    AppendKey(out, exported, id);
    AppendUsage(out, exported, id);
  }
  AppendAccounts(out, exported, "claude:account:", "claude:account:");
  AppendAccounts(out, exported, "gemini_account:", "gemini_account:");
  // The sums over all keys and by model, where the exporting release kept them.
  for (const char* prefix :
       {"usage:global:", "usage:model:daily:", "usage:model:monthly:", "usage:model:hourly:"})
    AppendHashesOf(out, exported, prefix);
  out.EndPart();
}

void AppendPlainImport(RespWriter& out, const Snapshot& exported, const std::vector<std::string>& key_ids) {
  for (const std::string& id : key_ids) AppendKey(out, exported, id);
  AppendAccounts(out, exported, "claude:account:", "claude_account:");
  AppendAccounts(out, exported, "gemini_account:", "gemini_account:");
}

}  // namespace keymeter::relay_load
