#include "schema/profile_parser.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "schema/bounded_json.h"
#include "schema/key_pattern.h"
#include "schema/metrics.h"
#include "schema/shipped_profiles.h"

namespace keymeter {

namespace {

using Json = nlohmann::ordered_json;
using Hole = KeyPattern::Hole;

constexpr JsonBounds kBounds{.bytes = std::size_t{1} << 20U};

/// Thrown inside this file only, and caught in ParseProfile: a profile is small and read once, so the reader
/// below stays free of error plumbing.
struct Misfit {
  std::string message;
};

/// "the holes {id} {date}", for errors.
std::string NamesOf(const std::vector<Hole>& holes) {
  if (holes.empty()) return "no holes";
  std::string names = "the holes";
  for (Hole hole : holes) {
    switch (hole) {
      case Hole::kId:
        names += " {id}";
        break;
      case Hole::kModel:
        names += " {model}";
        break;
      case Hole::kDate:
        names += " {date}";
        break;
      case Hole::kHour:
        names += " {hour}";
        break;
      case Hole::kMonth:
        names += " {month}";
        break;
    }
  }
  return names;
}

/// A JSON value with its place in the profile, which errors name: "counters[0].key".
///
/// Threads: one. Lifetime: borrows the JSON value. Misfits and all that reads throw Misfit.
class Node {
 public:
  Node(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  [[noreturn]] void Misfits(const std::string& why) const {
    throw Misfit{place_.empty() ? why : place_ + ": " + why};
  }

  [[nodiscard]] bool Has(const char* name) const { return json_.contains(name); }

  [[nodiscard]] Node At(const char* name) const {
    if (!Has(name)) Misfits(fmt::format("lacks '{}'", name));
    return {json_.at(name), place_.empty() ? name : place_ + "." + name};
  }

  void CheckMembers(std::initializer_list<std::string_view> known) const {
    if (!json_.is_object()) Misfits("is not an object");
    for (const auto& [name, value] : json_.items())
      if (std::find(known.begin(), known.end(), name) == known.end())
        Misfits(fmt::format("'{}' is unknown; known are {}", name, fmt::join(known, ", ")));
  }

  [[nodiscard]] std::vector<Node> Items() const {
    if (!json_.is_array()) Misfits("is not a list");
    std::vector<Node> items;
    for (std::size_t i = 0; i < json_.size(); ++i)
      items.emplace_back(json_[i], fmt::format("{}[{}]", place_, i));
    return items;
  }

  [[nodiscard]] std::vector<std::pair<std::string, Node>> Members() const {
    if (!json_.is_object()) Misfits("is not an object");
    std::vector<std::pair<std::string, Node>> members;
    for (const auto& [name, value] : json_.items())
      members.emplace_back(name, Node(value, place_ + "." + name));
    return members;
  }

  [[nodiscard]] std::string Text() const {
    if (!json_.is_string() || json_.get_ref<const std::string&>().empty()) Misfits("is not a text");
    return json_.get<std::string>();
  }

  [[nodiscard]] int Whole(int low, int high) const {
    if (!json_.is_number_integer() || json_.get<std::int64_t>() < low || json_.get<std::int64_t>() > high)
      Misfits(fmt::format("is not a whole number from {} to {}", low, high));
    return json_.get<int>();
  }

  /// `maybe`: a hole that may be there or not.
  [[nodiscard]] KeyPattern Pattern(const std::vector<Hole>& holes, std::optional<Hole> maybe = {}) const {
    auto pattern = KeyPattern::Parse(Text());
    if (!pattern) Misfits(pattern.error().Text());
    for (Hole hole : {Hole::kId, Hole::kModel, Hole::kDate, Hole::kHour, Hole::kMonth}) {
      const bool wanted = std::find(holes.begin(), holes.end(), hole) != holes.end();
      if (pattern->Has(hole) == wanted || hole == maybe) continue;
      Misfits(
          fmt::format("'{}' must have {}{}", Text(), NamesOf(holes), maybe ? ", and may have {model}" : ""));
    }
    return *pattern;
  }

 private:
  const Json& json_;
  std::string place_;
};

EntityKind ReadKind(const Node& node) {
  const std::string kind = node.Text();
  if (kind == EntityKindName(EntityKind::kApiKey)) return EntityKind::kApiKey;
  if (kind == EntityKindName(EntityKind::kAccount)) return EntityKind::kAccount;
  node.Misfits(fmt::format("'{}' is unknown; known are api_key, account", kind));
}

std::vector<std::string> ReadTexts(const Node& node) {
  std::vector<std::string> texts;
  for (const Node& item : node.Items()) texts.push_back(item.Text());
  return texts;
}

std::vector<std::pair<std::string, std::string>> ReadAttributes(const Node& node,
                                                                const std::vector<std::string_view>& known) {
  std::vector<std::pair<std::string, std::string>> attributes;
  for (const auto& [name, value] : node.Members()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      node.Misfits(fmt::format("'{}' is unknown; known are {}", name, fmt::join(known, ", ")));
    attributes.emplace_back(name, value.Text());
  }
  return attributes;
}

Period ReadPeriod(const Node& node) {
  if (node.Text() == "hour") return Period::kHour;
  if (node.Text() == "none") return Period::kNone;
  node.Misfits(fmt::format("'{}' is unknown; known are hour, none", node.Text()));
}

/// `of_set`: what the set's key names, the period of the counters that it lists.
IndexSpec ReadIndex(const Node& node, const std::vector<Hole>& of_set, const CounterSpec& counter) {
  node.CheckMembers({"key", "member"});
  const std::vector<Hole> of_member = counter.key.Has(Hole::kModel)
                                          ? std::vector<Hole>{Hole::kId, Hole::kModel}
                                          : std::vector<Hole>{Hole::kId};
  return {node.At("key").Pattern(of_set), node.At("member").Pattern(of_member)};
}

Level ReadCoarseLevel(const Node& node) {
  for (Level level : {Level::kDay, Level::kMonth})
    if (node.Text() == LevelName(level)) return level;
  node.Misfits(fmt::format("'{}' is unknown; known are day, month", node.Text()));
}

CoarseSpec ReadCoarse(const Node& node, const CounterSpec& counter) {
  node.CheckMembers({"level", "key", "keep_days", "index"});  // "index": of older profiles, and unused
  CoarseSpec coarse;
  coarse.level = ReadCoarseLevel(node.At("level"));
  const std::vector<Hole> period = {coarse.level == Level::kDay ? Hole::kDate : Hole::kMonth};
  std::vector<Hole> of_key = {Hole::kId, period.front()};
  if (counter.key.Has(Hole::kModel)) of_key.push_back(Hole::kModel);
  coarse.key = node.At("key").Pattern(of_key);
  coarse.keep_days = node.At("keep_days").Whole(1, 366 * 10);
  return coarse;
}

std::vector<CoarseSpec> ReadCoarser(const Node& node, const CounterSpec& counter) {
  if (counter.period != Period::kHour) node.Misfits("belongs to a counter of the hour");
  std::vector<CoarseSpec> coarser;
  for (const Node& item : node.Items()) {
    coarser.push_back(ReadCoarse(item, counter));
    if (coarser.size() > 1 && coarser[coarser.size() - 2].level >= coarser.back().level)
      item.Misfits("comes out of order: one of the day, then one of the month");
  }
  return coarser;
}

std::vector<std::pair<Metric, std::string>> ReadMetricFields(const Node& node) {
  std::vector<std::pair<Metric, std::string>> fields;
  for (const auto& [name, field] : node.Members()) {
    const auto metric = MetricByName(name);
    if (!metric) field.Misfits(fmt::format("'{}' is no metric; known are {}", name, kMetricColumns));
    fields.emplace_back(*metric, field.Text());
  }
  return fields;
}

DaySumSpec ReadDaySum(const Node& node) {
  node.CheckMembers({"kind", "key", "fields"});
  return {ReadKind(node.At("kind")), node.At("key").Pattern({Hole::kDate}),
          ReadMetricFields(node.At("fields"))};
}

CounterSpec ReadCounter(const Node& node) {
  node.CheckMembers({"kind", "key", "period", "keep_hours", "exclude", "index", "fields", "coarser"});
  CounterSpec counter;
  counter.kind = ReadKind(node.At("kind"));
  counter.period = ReadPeriod(node.At("period"));
  if (counter.period == Period::kHour) {
    counter.key = node.At("key").Pattern({Hole::kId, Hole::kDate, Hole::kHour}, Hole::kModel);
    counter.keep_hours = node.At("keep_hours").Whole(1, 24 * 366);
  } else {
    counter.key = node.At("key").Pattern({Hole::kId}, Hole::kModel);
    if (node.Has("keep_hours")) node.At("keep_hours").Misfits("belongs to a counter with a period");
  }
  if (node.Has("exclude")) counter.exclude = ReadTexts(node.At("exclude"));
  const std::vector<Hole> hour = {Hole::kDate, Hole::kHour};
  if (node.Has("index"))
    counter.index =
        ReadIndex(node.At("index"), counter.period == Period::kHour ? hour : std::vector<Hole>{}, counter);
  counter.fields = ReadMetricFields(node.At("fields"));
  if (counter.fields.empty()) node.Misfits("has no fields");
  if (node.Has("coarser")) counter.coarser = ReadCoarser(node.At("coarser"), counter);
  return counter;
}

EntityForm ReadForm(const Node& node) {
  const std::string form = node.Text();
  if (form == "hash") return EntityForm::kHash;
  if (form == "json") return EntityForm::kJson;
  node.Misfits(fmt::format("'{}' is unknown; known are hash, json", form));
}

BindingKind ReadBindingKind(const Node& node) {
  for (BindingKind kind : {BindingKind::kAccount, BindingKind::kGroup})
    if (node.Text() == BindingKindName(kind)) return kind;
  node.Misfits(fmt::format("'{}' is unknown; known are account, group", node.Text()));
}

BindingSpec ReadBindings(const Node& node) {
  node.CheckMembers({"fields", "prefixes"});
  BindingSpec bindings;
  for (const auto& [platform, field] : node.At("fields").Members())
    bindings.fields.emplace_back(platform, field.Text());
  if (node.Has("prefixes"))
    for (const auto& [prefix, kind] : node.At("prefixes").Members())
      bindings.prefixes.emplace_back(prefix, ReadBindingKind(kind));
  return bindings;
}

NoteSpec ReadNote(const Node& node) {
  node.CheckMembers({"type", "key", "every_s", "fields"});
  NoteSpec note;
  note.form = ReadForm(node.At("type"));
  note.key = node.At("key").Pattern({Hole::kId});
  note.every_s = node.At("every_s").Whole(1, 3600);
  note.fields = ReadAttributes(node.At("fields"), NoteAttributes());
  if (note.fields.empty()) node.Misfits("has no fields");
  return note;
}

EntitySpec ReadEntity(const Node& node) {
  node.CheckMembers({"kind", "type", "key", "exclude", "index", "fields", "defaults", "bindings", "notes"});
  EntitySpec entity;
  entity.kind = ReadKind(node.At("kind"));
  if (node.Has("type")) entity.form = ReadForm(node.At("type"));
  entity.key = node.At("key").Pattern({Hole::kId});
  const auto& known = EntityAttributes(entity.kind);
  if (node.Has("exclude")) entity.exclude = ReadTexts(node.At("exclude"));
  if (node.Has("index")) entity.index = node.At("index").Text();
  // The set of the ids is often named like one of them ("account:index").
  if (KeyParts parts; entity.key.Match(entity.index, parts)) entity.exclude.emplace_back(parts.id);
  entity.fields = ReadAttributes(node.At("fields"), known);
  if (node.Has("defaults")) entity.defaults = ReadAttributes(node.At("defaults"), known);
  if (entity.form == EntityForm::kJson && entity.index.empty())
    node.Misfits("needs an index: a string's changes raise no event that is taken");
  if (node.Has("bindings")) {
    if (entity.kind != EntityKind::kApiKey || entity.form != EntityForm::kHash)
      node.At("bindings").Misfits("belongs to the hash of an api_key");
    entity.bindings = ReadBindings(node.At("bindings"));
  }
  if (node.Has("notes")) {
    if (entity.kind != EntityKind::kAccount) node.At("notes").Misfits("belongs to an account");
    for (const Node& item : node.At("notes").Items()) entity.notes.push_back(ReadNote(item));
  }
  return entity;
}

GroupSpec ReadGroups(const Node& node) {
  node.CheckMembers({"key", "index", "members", "fields"});
  GroupSpec groups;
  groups.key = node.At("key").Pattern({Hole::kId});
  groups.index = node.At("index").Text();
  groups.members = node.At("members").Pattern({Hole::kId});
  groups.fields = ReadAttributes(node.At("fields"), GroupAttributes());
  return groups;
}

/// Entities and groups of a shipped profile: the relay's versions differ in their counters, hardly in these.
void TakeEntities(const Node& name, Profile& profile) {
  const auto text = ShippedProfile(name.Text());
  if (!text)
    name.Misfits(fmt::format("'{}' is no shipped profile; those are {}", name.Text(),
                             fmt::join(ShippedProfileNames(), ", ")));
  if (name.Text() == profile.name) name.Misfits("names the profile itself");
  auto shipped = ParseProfile(*text);
  if (!shipped) name.Misfits(shipped.error().Text());
  profile.entities = std::move(shipped->entities);
  profile.groups = std::move(shipped->groups);
}

Profile ReadProfile(const Node& root) {
  root.CheckMembers({"name", "description", "counters", "day_sum", "entities", "entities_of", "groups"});
  Profile profile;
  profile.name = root.At("name").Text();
  profile.description = root.At("description").Text();
  for (const Node& node : root.At("counters").Items()) profile.counters.push_back(ReadCounter(node));
  if (profile.counters.empty()) root.At("counters").Misfits("is empty");
  for (std::size_t i = 0; i < profile.counters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (profile.counters[i].kind == profile.counters[j].kind)
        root.At("counters")
            .Items()[i]
            .Misfits(fmt::format("is a second counter of kind {}", EntityKindName(profile.counters[i].kind)));
  if (root.Has("day_sum")) profile.day_sum = ReadDaySum(root.At("day_sum"));
  if (root.Has("entities_of")) {
    TakeEntities(root.At("entities_of"), profile);
  } else {
    for (const Node& node : root.At("entities").Items()) profile.entities.push_back(ReadEntity(node));
    if (root.Has("groups")) profile.groups = ReadGroups(root.At("groups"));
  }
  return profile;
}

}  // namespace

Result<Profile> ParseProfile(std::string_view json) {
  ASSIGN_OR_RETURN(const auto root, ParseJson<Json>(json, kBounds));
  try {
    return ReadProfile(Node(root, ""));
  } catch (const Misfit& misfit) {
    return Fail(ErrorCode::kInvalid, "{}", misfit.message);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInvalid, "is not JSON: {}", error.what());
  }
}

}  // namespace keymeter
