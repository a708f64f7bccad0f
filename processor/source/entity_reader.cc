#include "processor/source/entity_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "processor/source/entity_json.h"
#include "schema/log.h"
#include "schema/service_rates.h"
#include "schema/tags.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kMostReads = 200;             ///< at once: two milliseconds to ask, as much to take
constexpr std::size_t kMostUnwrittenRows = 50'000;  ///< rows that wait for a flush; each about 2 KB
constexpr std::size_t kMostMembers = 100'000;       ///< of one group
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

EntityReader::EntityReader(const Profile& profile, RedisLink& link, ScanQueue& scans, KeySearch& search,
                           LeftOut& left_out)
    : profile_(profile),
      link_(link),
      scans_(scans),
      search_(search),
      left_out_(left_out),
      known_(profile),
      questions_(profile, left_out) {}

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

void EntityReader::WalkAll(bool searches) {
  const Walk walk = searches ? Walk::kSearched : Walk::kListed;
  if (walk_ >= walk) return;
  walk_ = walk;
  for (std::size_t i = 0; i < profile_.entities.size(); ++i) WalkSet(i);
  // What was there before may be gone since.
  Mark(known_.Places());
  WalkGroups();
  // A walk that only lists may have been followed by one that searches.
  const auto on_done = [this, walk] {
    if (walk_ == walk) walk_ = Walk::kNone;
  };
  searches ? search_.Start([on_done](bool) { on_done(); }) : scans_.AddMarker(on_done);
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
  if (!set.empty()) List(set, [this, spec](std::string_view id) { Mark(spec, id); });
}

/// As long as there is room for what it names.
void EntityReader::List(const std::string& set, std::function<void(std::string_view)> on_member) {
  scans_.Add(
      {.set = set, .glob = "", .on_member = std::move(on_member), .on_done = nullptr, .is_enough = [this] {
         return known_.IsFull();
       }});
}

void EntityReader::OnEntityKey(std::size_t spec, std::string_view id) {
  if (walk_ == Walk::kSearched || !known_.IsThere(profile_.entities[spec].kind, id)) Mark(spec, id);
}

void EntityReader::OnGroupKey(std::string_view id) {
  if (walk_ == Walk::kSearched || !known_.IsGroupThere(id)) MarkGroup(id);
}

void EntityReader::WalkGroups() {
  if (profile_.groups) List(profile_.groups->index, [this](std::string_view id) { MarkGroup(id); });
}

void EntityReader::WalkMembers(const std::string& group_id) {
  const auto members = std::make_shared<GroupMembers>(GroupMembers{group_id, {}});
  const std::string set = profile_.groups->members.Key({group_id, "", "", ""});
  const auto is_too_large = [members] { return members->accounts.size() > kMostMembers; };
  scans_.Add({.set = set,
              .glob = "",
              .on_member = [members](std::string_view account) { members->accounts.emplace_back(account); },
              .on_done =
                  [this, members, set, is_too_large](bool is_whole) {
                    if (is_too_large())
                      left_out_.Add(LeftOut::Kind::kMember, set, "a group of more than 100,000 accounts",
                                    "its members stay as they were known");
                    if (is_whole) known_.OnMembers(std::move(*members));
                  },
              .is_enough = is_too_large});
}

void EntityReader::ReadMarked() {
  if (is_reading_ || marked_.empty() || !link_.IsReady()) return;
  if (known_.unwritten() >= kMostUnwrittenRows) return;  // Drain goes on
  questions_.Begin();
  while (!marked_.empty() && questions_.count() < kMostReads)
    questions_.Add(marked_.extract(marked_.begin()).value());
  is_reading_ = true;
  link_.commands().Pipeline(
      questions_.commands(), questions_.count(),
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        if (generation == generation_) OnReply(i, reply);
      },
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        return generation == generation_ ? questions_.Check(i, reply) : Status();
      });
}

void EntityReader::OnReply(std::size_t index, const Reply& reply) {
  const EntityQuestions::Question& question = questions_[index];
  if (question.is_length) {
    if (questions_.TakeLength(question, reply)) marked_.insert(question.place);
  } else {
    OnEntity(question.place, reply);
  }
  if (index + 1 < questions_.count()) return;
  is_reading_ = false;
  constexpr std::string_view kEntities = "API keys, accounts and groups";
  if (known_.IsFull())
    left_out_.Add(LeftOut::Kind::kEntity, kEntities, "there are more than are kept",
                  "further ones are metered without their names");
  ReadMarked();
}

void EntityReader::OnEntity(const EntityPlace& place, const Reply& reply) {
  if (IsTooLong(reply)) {
    questions_.LeaveOut(place);
    return known_.OnUnreadable(place);
  }
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
  const auto values = questions_.ValuesOf(place, reply);
  Fields fields;
  std::vector<Binding> bindings;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [is_there, text] = values[i];
    if (!is_there) continue;
    if (i < listed.size()) {
      fields.emplace_back(listed[i].first, text);
    } else if (auto binding = BindingOf(bound, bound.fields[i - listed.size()].first, text)) {
      bindings.push_back(*binding);
    }
  }
  // All that is left of it may be what is too long: it is there.
  if (fields.empty() && questions_.HasLeftOut(place)) return known_.OnUnreadable(place);
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
  AddDefaults(profile_.entities[place.spec].defaults, fields);
  CheckLists(place, fields);
  known_.OnFound(place, std::move(fields), std::move(bindings));
}

void EntityReader::OnUnreadable(const EntityPlace& place, std::string_view why) {
  known_.OnUnreadable(place);
  if (!unreadable_.insert(place).second) return;
  const KeyPattern& key =
      place.spec == EntityPlace::kGroups ? profile_.groups->key : profile_.entities[place.spec].key;
  log::Warn("entity skipped", {{"id", place.id}, {"key", key.text()}, {"reason", why}});
}

void EntityReader::Drain(WriteBatch& batch) {
  known_.Drain(batch);
  ReadMarked();
}

void EntityReader::CheckLists(const EntityPlace& place, Fields& fields) {
  for (auto& [name, text] : fields) {
    std::string left_out;
    if (const ListForm form = ListFormOf(name); form != ListForm::kNone) {
      KeptTexts kept = KeepTexts(text, form);
      text = std::move(kept.json);
      left_out = std::move(kept.left_out);
    } else if (name == "service_rates" && !text.empty()) {
      const auto rates = ReadServiceRates(text);
      text = rates ? ServiceRatesJson(*rates) : "";
      if (!rates) left_out = rates.error().Text();
    }
    if (left_out.empty()) {
      cut_.erase({place, name});
    } else if (cut_.emplace(place, name).second) {
      log::Warn("field not kept whole", {{"id", place.id}, {"field", name}, {"reason", left_out}});
    }
  }
}

void EntityReader::Reset() {
  marked_.clear();
  if (is_reading_) questions_.Suspect();
  is_reading_ = false;
  walk_ = Walk::kNone;
  ++generation_;
}

}  // namespace keymeter::processor
