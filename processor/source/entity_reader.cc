#include "processor/source/entity_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "processor/redis/reply_shapes.h"
#include "processor/source/entity_json.h"
#include "schema/log.h"
#include "schema/tags.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kMostReads = 200;    ///< at once: two milliseconds to ask, as much to take
constexpr std::size_t kMostMissing = 100;  ///< accounts that only usage shows, looked for in one sweep

using Fields = KnownEntities::Attributes;

/// Who serves an API key, by a field that says so; nothing when it is empty.
std::optional<Binding> BindingOf(const BindingSpec& spec, const std::string& platform,
                                 std::string_view value) {
  BindingKind kind = BindingKind::kAccount;
  for (const auto& [prefix, kind_of_prefix] : spec.prefixes) {
    if (!value.starts_with(prefix)) continue;
    kind = kind_of_prefix;
    value.remove_prefix(prefix.size());
    break;
  }
  if (value.empty()) return std::nullopt;
  return Binding{platform, kind, std::string(value)};
}

/// Attributes that the relay did not write get their defaults.
void AddDefaults(const Fields& defaults, Fields& fields) {
  for (const auto& [name, text] : defaults) {
    const auto has_name = [&name = name](const auto& field) { return field.first == name; };
    if (std::none_of(fields.begin(), fields.end(), has_name)) fields.emplace_back(name, text);
  }
}

}  // namespace

EntityReader::EntityReader(const Profile& profile, RedisLink& link, ScanQueue& scans, KeySearch& search)
    : profile_(profile), link_(link), scans_(scans), search_(search), known_(profile) {}

void EntityReader::Mark(std::size_t spec, std::string_view id) {
  marked_.insert({spec, std::string(id)});
}

void EntityReader::MarkGroup(std::string_view id) {
  Mark(EntityPlace::kGroups, id);
}

void EntityReader::MarkUnknown(EntityKind kind, std::string_view id) {
  if (known_.IsThere(kind, id)) return;
  Mark(known_.PlacesOf(kind, id));
  if (kind == EntityKind::kAccount) known_.Miss(id);
}

void EntityReader::WalkAll() {
  if (is_walking_) return;
  is_walking_ = true;
  for (std::size_t i = 0; i < profile_.entities.size(); ++i) WalkSet(i);
  // What was there before may be gone since.
  Mark(known_.Places());
  WalkGroups();
  search_.Start([this](bool) { is_walking_ = false; });
}

void EntityReader::WalkSilent() {
  for (std::size_t i = 0; i < profile_.entities.size(); ++i) {
    if (profile_.entities[i].form != EntityForm::kJson) continue;
    WalkSet(i);
    Mark(known_.PlacesIn(i));
  }
  Mark(known_.PlacesIn(EntityPlace::kGroups));
  WalkGroups();
  for (const std::string& account : known_.TakeMissing(kMostMissing))
    Mark(known_.PlacesOf(EntityKind::kAccount, account));
}

void EntityReader::WalkSet(std::size_t spec) {
  const std::string& set = profile_.entities[spec].index;
  if (!set.empty()) scans_.Add({set, "", [this, spec](std::string_view id) { Mark(spec, id); }, nullptr});
}

void EntityReader::OnEntityKey(std::size_t spec, std::string_view id) {
  if (is_walking_ || !known_.IsThere(profile_.entities[spec].kind, id)) Mark(spec, id);
}

void EntityReader::OnGroupKey(std::string_view id) {
  if (is_walking_ || !known_.IsGroupThere(id)) MarkGroup(id);
}

void EntityReader::WalkGroups() {
  if (profile_.groups)
    scans_.Add({profile_.groups->index, "", [this](std::string_view id) { MarkGroup(id); }, nullptr});
}

void EntityReader::WalkMembers(const std::string& group_id) {
  const auto members = std::make_shared<GroupMembers>(GroupMembers{group_id, {}});
  scans_.Add({profile_.groups->members.Key({group_id, "", "", ""}), "",
              [members](std::string_view account) { members->accounts.emplace_back(account); },
              [this, members](bool is_whole) {
                if (is_whole) known_.OnMembers(std::move(*members));
              }});
}

void EntityReader::ReadMarked() {
  if (is_reading_ || marked_.empty() || !link_.IsReady()) return;
  std::vector<EntityPlace> places;
  std::string commands;
  while (!marked_.empty() && places.size() < kMostReads) {
    places.push_back(std::move(marked_.extract(marked_.begin()).value()));
    AppendRead(commands, places.back());
  }
  is_reading_ = true;
  const std::size_t count = places.size();
  const auto check = [this, places](std::size_t i, const Reply& reply) {
    return CheckReply(places[i], reply);
  };
  link_.commands().Pipeline(
      commands, count,
      [this, places = std::move(places), generation = generation_](std::size_t i, const Reply& reply) {
        if (generation != generation_) return;
        OnReply(places[i], reply);
        if (i + 1 < places.size()) return;
        is_reading_ = false;
        ReadMarked();
      },
      check);
}

void EntityReader::AppendRead(std::string& commands, const EntityPlace& place) const {
  if (place.spec == EntityPlace::kGroups) {
    AppendCommandHeader(commands, 2 + profile_.groups->fields.size());
    AppendArgument(commands, "HMGET");
    AppendArgument(commands, profile_.groups->key.Key({place.id, "", "", ""}));
    for (const auto& [attribute, field] : profile_.groups->fields) AppendArgument(commands, field);
    return;
  }
  const EntitySpec& spec = profile_.entities[place.spec];
  const std::string key = spec.key.Key({place.id, "", "", ""});
  if (spec.form == EntityForm::kJson) return AppendCommand(commands, {"GET", key});
  AppendCommandHeader(commands, 2 + spec.fields.size() + spec.bindings.fields.size());
  AppendArgument(commands, "HMGET");
  AppendArgument(commands, key);
  for (const auto& [attribute, field] : spec.fields) AppendArgument(commands, field);
  for (const auto& [platform, field] : spec.bindings.fields) AppendArgument(commands, field);
}

Status EntityReader::CheckReply(const EntityPlace& place, const Reply& reply) const {
  if (place.spec == EntityPlace::kGroups) return CheckValues(reply, profile_.groups->fields.size());
  const EntitySpec& spec = profile_.entities[place.spec];
  if (spec.form == EntityForm::kJson) return CheckValue(reply);
  return CheckValues(reply, spec.fields.size() + spec.bindings.fields.size());
}

void EntityReader::OnReply(const EntityPlace& place, const Reply& reply) {
  if (IsError(reply)) return OnUnreadable(place, TextOf(reply));
  const bool is_json =
      place.spec != EntityPlace::kGroups && profile_.entities[place.spec].form == EntityForm::kJson;
  is_json ? OnJson(place, reply) : OnHash(place, reply);
}

void EntityReader::OnHash(const EntityPlace& place, const Reply& reply) {
  const bool is_group = place.spec == EntityPlace::kGroups;
  const Fields& listed = is_group ? profile_.groups->fields : profile_.entities[place.spec].fields;
  static const BindingSpec no_bindings;
  const BindingSpec& bound = is_group ? no_bindings : profile_.entities[place.spec].bindings;
  Fields fields;
  for (std::size_t i = 0; i < listed.size(); ++i)
    if (reply.element[i]->type == REDIS_REPLY_STRING)
      fields.emplace_back(listed[i].first, TextOf(*reply.element[i]));
  std::vector<Binding> bindings;
  for (std::size_t i = 0; i < bound.fields.size(); ++i) {
    const Reply& value = *reply.element[listed.size() + i];
    if (value.type != REDIS_REPLY_STRING) continue;
    if (auto binding = BindingOf(bound, bound.fields[i].first, TextOf(value))) bindings.push_back(*binding);
  }
  OnFields(place, std::move(fields), std::move(bindings));
}

void EntityReader::OnJson(const EntityPlace& place, const Reply& reply) {
  if (reply.type == REDIS_REPLY_NIL) return OnFields(place, {}, {});
  auto fields = ReadJsonFields(TextOf(reply), profile_.entities[place.spec].fields);
  // It held secrets: they are gone with the reply (ReplyReader::Release).
  fields ? OnFields(place, std::move(*fields), {}) : OnUnreadable(place, fields.error().Text());
}

void EntityReader::OnFields(const EntityPlace& place, Fields fields, std::vector<Binding> bindings) {
  unreadable_.erase(place);
  if (fields.empty()) {
    // It may have moved: another kind of account can hold the same id.
    if (known_.OnNotFound(place) && place.spec != EntityPlace::kGroups)
      Mark(known_.PlacesOf(profile_.entities[place.spec].kind, place.id));
    return;
  }
  if (place.spec == EntityPlace::kGroups) {
    known_.OnFound(place, std::move(fields));
    return WalkMembers(place.id);
  }
  CheckTags(place, fields);
  AddDefaults(profile_.entities[place.spec].defaults, fields);
  known_.OnFound(place, std::move(fields), std::move(bindings));
}

void EntityReader::OnUnreadable(const EntityPlace& place, std::string_view why) {
  known_.OnUnreadable(place);
  if (!unreadable_.insert(place).second) return;
  const KeyPattern& key =
      place.spec == EntityPlace::kGroups ? profile_.groups->key : profile_.entities[place.spec].key;
  log::Warn("entity skipped", {{"id", place.id}, {"key", key.text()}, {"reason", why}});
}

void EntityReader::CheckTags(const EntityPlace& place, Fields& fields) {
  const auto is_tags = [](const auto& field) { return field.first == "tags"; };
  const auto field = std::find_if(fields.begin(), fields.end(), is_tags);
  if (field == fields.end()) return;
  const auto tags = ReadTags(field->second);
  if (tags) {
    untagged_.erase(place);
    return;
  }
  field->second = "[]";
  if (untagged_.insert(place).second)
    log::Warn("tags left out", {{"id", place.id}, {"reason", tags.error().Text()}});
}

void EntityReader::Reset() {
  marked_.clear();
  is_reading_ = false;
  is_walking_ = false;
  ++generation_;
}

}  // namespace keymeter::processor
