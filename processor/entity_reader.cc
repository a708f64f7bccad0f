#include "processor/entity_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <xxhash.h>

#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kMostReads = 500;
constexpr std::string_view kGroupPrefix = "group:";

std::size_t HashOf(const EntityRow& row) {
  XXH64_hash_t hash = XXH3_64bits_withSeed(row.group_id.data(), row.group_id.size(), row.is_gone ? 1 : 0);
  for (const auto& [name, text] : row.attributes) {
    hash = XXH3_64bits_withSeed(name.data(), name.size(), hash);
    hash = XXH3_64bits_withSeed(text.data(), text.size(), hash);
  }
  return hash;
}

EntityRow::Table TableOf(EntityKind kind) {
  return kind == EntityKind::kApiKey ? EntityRow::Table::kApiKey : EntityRow::Table::kAccount;
}

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// The listed fields' values, the defaults for those that the hash lacks; empty when it has none of them.
Attributes AttributesOf(const Attributes& fields, const Attributes& defaults, const Reply& reply) {
  Attributes attributes;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (reply.element[i]->type == REDIS_REPLY_STRING)
      attributes.emplace_back(fields[i].first, TextOf(*reply.element[i]));
  if (attributes.empty()) return attributes;
  for (const auto& [name, text] : defaults) {
    const auto has_name = [&name = name](const auto& attribute) { return attribute.first == name; };
    if (std::none_of(attributes.begin(), attributes.end(), has_name)) attributes.emplace_back(name, text);
  }
  return attributes;
}

}  // namespace

EntityReader::EntityReader(const Profile& profile, RedisLink& link, ScanQueue& scans)
    : profile_(profile), link_(link), scans_(scans) {}

void EntityReader::Mark(std::size_t spec, std::string_view id) {
  marked_.insert({spec, std::string(id)});
}

void EntityReader::MarkGroup(std::string_view id) {
  Mark(kGroupSpec, id);
}

void EntityReader::MarkUnknown(EntityKind kind, std::string_view id) {
  for (std::size_t i = 0; i < profile_.entities.size(); ++i)
    if (profile_.entities[i].kind == kind && !known_.contains({i, std::string(id)})) Mark(i, id);
}

void EntityReader::WalkAll() {
  for (std::size_t i = 0; i < profile_.entities.size(); ++i) {
    const EntitySpec& spec = profile_.entities[i];
    if (!spec.index.empty()) {
      scans_.Add({spec.index, "", [this, i](std::string_view id) { Mark(i, id); }, nullptr});
      continue;
    }
    scans_.Add({"", spec.key.Glob(),
                [this, i, &spec](std::string_view key) {
                  KeyParts parts;
                  if (!spec.key.Match(key, parts)) return;
                  if (std::find(spec.exclude.begin(), spec.exclude.end(), parts.id) == spec.exclude.end())
                    Mark(i, parts.id);
                },
                nullptr});
  }
  // What was known before may be gone since.
  for (const auto& [target, hash] : known_) marked_.insert(target);
  WalkGroups();
}

void EntityReader::WalkGroups() {
  if (!profile_.groups) return;
  scans_.Add({profile_.groups->index, "",
              [this](std::string_view id) {
                MarkGroup(id);
                WalkMembers(std::string(id));
              },
              nullptr});
}

void EntityReader::WalkMembers(const std::string& group_id) {
  const auto members = std::make_shared<GroupMembers>(GroupMembers{group_id, {}});
  scans_.Add({profile_.groups->members.Key({group_id, "", "", ""}), "",
              [members](std::string_view account) { members->accounts.emplace_back(account); },
              [this, members](bool is_whole) {
                if (is_whole) KeepMembers(std::move(*members));
              }});
}

void EntityReader::KeepMembers(GroupMembers members) {
  std::sort(members.accounts.begin(), members.accounts.end());
  members.accounts.erase(std::unique(members.accounts.begin(), members.accounts.end()),
                         members.accounts.end());
  const auto [known, is_new] = known_members_.try_emplace(members.group_id, members.accounts);
  if (!is_new && known->second == members.accounts) return;
  known->second = members.accounts;
  members_[members.group_id] = std::move(members);
}

void EntityReader::ReadMarked() {
  if (is_reading_ || marked_.empty() || !link_.IsReady()) return;
  std::vector<Target> targets;
  std::string commands;
  while (!marked_.empty() && targets.size() < kMostReads) {
    targets.push_back(std::move(marked_.extract(marked_.begin()).value()));
    AppendRead(commands, targets.back());
  }
  is_reading_ = true;
  const std::size_t count = targets.size();
  link_.commands().Pipeline(
      commands, count,
      [this, targets = std::move(targets), generation = generation_](std::size_t i, const Reply& reply) {
        if (generation != generation_) return;
        OnReply(targets[i], reply);
        if (i + 1 < targets.size()) return;
        is_reading_ = false;
        ReadMarked();
      });
}

void EntityReader::AppendRead(std::string& commands, const Target& target) const {
  const bool is_group = target.spec == kGroupSpec;
  const auto& fields = is_group ? profile_.groups->fields : profile_.entities[target.spec].fields;
  const KeyPattern& key = is_group ? profile_.groups->key : profile_.entities[target.spec].key;
  static const std::vector<std::string> none;
  const auto& group_fields = is_group ? none : profile_.entities[target.spec].group_fields;
  AppendCommandHeader(commands, 2 + fields.size() + group_fields.size());
  AppendArgument(commands, "HMGET");
  AppendArgument(commands, key.Key({target.id, "", "", ""}));
  for (const auto& [attribute, field] : fields) AppendArgument(commands, field);
  for (const std::string& field : group_fields) AppendArgument(commands, field);
}

void EntityReader::OnReply(const Target& target, const Reply& reply) {
  const bool is_group = target.spec == kGroupSpec;
  const Attributes& fields = is_group ? profile_.groups->fields : profile_.entities[target.spec].fields;
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements < fields.size()) {
    log::Warn("entity skipped",
              {{"id", target.id}, {"reply", IsError(reply) ? TextOf(reply) : "unexpected reply"}});
    return;
  }
  EntityRow row;
  row.id = target.id;
  if (is_group) {
    row.table = EntityRow::Table::kGroup;
    row.attributes = AttributesOf(fields, {}, reply);
  } else {
    const EntitySpec& spec = profile_.entities[target.spec];
    row.table = TableOf(spec.kind);
    row.attributes = AttributesOf(fields, spec.defaults, reply);
    TakeApiKeyGroup(spec, reply, row);
  }
  row.is_gone = row.attributes.empty();
  // An account's id is looked up under every kind of account: not to be found under one says nothing.
  const bool is_guess = row.is_gone && row.table == EntityRow::Table::kAccount && !known_.contains(target);
  if (!is_guess) Keep(target, std::move(row));
}

void EntityReader::TakeApiKeyGroup(const EntitySpec& spec, const Reply& reply, EntityRow& row) const {
  for (std::size_t i = spec.fields.size(); i < reply.elements; ++i) {
    if (reply.element[i]->type != REDIS_REPLY_STRING) continue;
    const std::string_view bound_to = TextOf(*reply.element[i]);
    if (row.group_id.empty() && bound_to.starts_with(kGroupPrefix))
      row.group_id = std::string(bound_to.substr(kGroupPrefix.size()));
  }
}

void EntityReader::Keep(const Target& target, EntityRow row) {
  const std::size_t hash = HashOf(row);
  const auto [known, is_new] = known_.try_emplace(target, hash);
  if (!is_new && known->second == hash) return;
  known->second = hash;
  if (row.is_gone && row.table == EntityRow::Table::kGroup) {
    known_members_.erase(row.id);
    members_.erase(row.id);
  }
  rows_[{row.table, row.id}] = std::move(row);
}

void EntityReader::Reset() {
  marked_.clear();
  is_reading_ = false;
  ++generation_;
}

void EntityReader::Drain(WriteBatch& batch) {
  for (auto& [key, row] : std::exchange(rows_, {})) batch.entities.push_back(std::move(row));
  for (auto& [group_id, members] : std::exchange(members_, {})) batch.members.push_back(std::move(members));
}

void EntityReader::Undrain(const WriteBatch& batch) {
  // What came since is newer, and stays.
  for (const EntityRow& row : batch.entities) rows_.try_emplace({row.table, row.id}, row);
  for (const GroupMembers& members : batch.members) members_.try_emplace(members.group_id, members);
}

}  // namespace keymeter::processor
