#include "processor/redis/data_set.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace keymeter::processor {

namespace {

std::int64_t Number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The number behind "name=" in a line such as "calls=3,usec=17,failed_calls=1".
std::int64_t Item(std::string_view line, std::string_view name) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(',', at), line.size());
    const std::string_view item = line.substr(at, end - at);
    if (item.starts_with(name) && item.size() > name.size() && item[name.size()] == '=')
      return Number(item.substr(name.size() + 1));
    at = end + 1;
  }
  return 0;
}

/// How often a command was carried out, calls that failed not counted.
std::int64_t Done(std::string_view info, std::string_view command) {
  const std::string_view line = InfoField(info, fmt::format("cmdstat_{}", command));
  if (line.find("failed_calls=") == std::string_view::npos) return 0;
  return Item(line, "calls") - Item(line, "failed_calls");
}

}  // namespace

std::string_view InfoField(std::string_view info, std::string_view name) {
  std::size_t at = 0;
  while (at < info.size()) {
    const std::size_t end = std::min(info.find("\r\n", at), info.size());
    const std::string_view line = info.substr(at, end - at);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return line.substr(name.size() + 1);
    at = end + 2;
  }
  return "";
}

void DataSetMark::Take(std::string_view info, int database) {
  if (const auto id = InfoField(info, "run_id"); !id.empty()) run_id = id;
  if (const auto id = InfoField(info, "master_replid"); !id.empty()) {
    replication_id = InfoField(info, "role") == "master" ? "" : id;
    offset = Number(InfoField(info, "master_repl_offset"));
  }
  if (info.find("# Commandstats") != std::string_view::npos) {
    flush_alls = Done(info, "flushall");
    flush_dbs = Done(info, "flushdb");
    swaps = Done(info, "swapdb");
  }
  if (info.find("# Keyspace") != std::string_view::npos)
    keys = Item(InfoField(info, fmt::format("db{}", database)), "keys");
}

std::string DataSetMark::Text() const {
  if (run_id.empty()) return "";
  return fmt::format("{} {} {}", run_id, replication_id, flush_alls + flush_dbs + swaps);
}

DataSetChange Compare(const DataSetMark& before, const DataSetMark& now) {
  const bool follows_another = !now.replication_id.empty() && now.replication_id != before.replication_id;
  if (before.run_id != now.run_id || follows_another || now.offset < before.offset)
    return DataSetChange::kReplaced;
  if (now.swaps > before.swaps) return DataSetChange::kSwapped;
  if (now.flush_alls > before.flush_alls) return DataSetChange::kFlushed;
  if (now.flush_dbs > before.flush_dbs)
    return now.keys * 2 < before.keys ? DataSetChange::kFlushed : DataSetChange::kMaybeFlushed;
  return DataSetChange::kNone;
}

}  // namespace keymeter::processor
