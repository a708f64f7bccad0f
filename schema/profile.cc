#include "schema/profile.h"

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <iterator>

#include <nlohmann/json.hpp>

#include "schema/embedded.h"

namespace keymeter {

namespace {

using Json = nlohmann::ordered_json;
using Hole = KeyPattern::Hole;

constexpr int kMaxDepth = 16;

/// Thrown inside this file only, and caught in ParseProfile: a profile is small and read once, so the reader
/// below stays free of error plumbing.
struct Misfit {
  std::string message;
};

/// A JSON value with its place in the profile, for errors.
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

  [[nodiscard]] KeyPattern Pattern(std::initializer_list<Hole> holes, std::string_view holes_text) const {
    auto pattern = KeyPattern::Parse(Text());
    if (!pattern) Misfits(pattern.error().message);
    for (Hole hole : {Hole::kId, Hole::kModel, Hole::kDate, Hole::kHour}) {
      const bool wanted = std::find(holes.begin(), holes.end(), hole) != holes.end();
      if (pattern->Has(hole) != wanted)
        Misfits(fmt::format("'{}' must have the holes {}", Text(), holes_text));
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

CounterSpec ReadCounter(const Node& node) {
  node.CheckMembers({"kind", "key", "period", "keep_hours", "index", "fields"});
  CounterSpec counter;
  counter.kind = ReadKind(node.At("kind"));
  counter.key = node.At("key").Pattern({Hole::kId, Hole::kModel, Hole::kDate, Hole::kHour},
                                       "{id} {model} {date} {hour}");
  if (const Node period = node.At("period"); period.Text() != "hour")
    period.Misfits(fmt::format("'{}' is unknown; known is hour", period.Text()));
  counter.keep_hours = node.At("keep_hours").Whole(1, 24 * 366);
  if (node.Has("index")) {
    const Node index = node.At("index");
    index.CheckMembers({"key", "member"});
    counter.index = IndexSpec{index.At("key").Pattern({Hole::kDate, Hole::kHour}, "{date} {hour}"),
                              index.At("member").Pattern({Hole::kId, Hole::kModel}, "{id} {model}")};
  }
  for (const auto& [name, field] : node.At("fields").Members()) {
    const auto metric = MetricByName(name);
    if (!metric) field.Misfits(fmt::format("'{}' is no metric; known are {}", name, kMetricColumns));
    counter.fields.emplace_back(*metric, field.Text());
  }
  if (counter.fields.empty()) node.Misfits("has no fields");
  return counter;
}

EntitySpec ReadEntity(const Node& node) {
  node.CheckMembers({"kind", "key", "exclude", "index", "fields", "defaults", "group_fields"});
  EntitySpec entity;
  entity.kind = ReadKind(node.At("kind"));
  entity.key = node.At("key").Pattern({Hole::kId}, "{id}");
  const auto& known = EntityAttributes(entity.kind);
  if (node.Has("exclude")) entity.exclude = ReadTexts(node.At("exclude"));
  if (node.Has("index")) entity.index = node.At("index").Text();
  entity.fields = ReadAttributes(node.At("fields"), known);
  if (node.Has("defaults")) entity.defaults = ReadAttributes(node.At("defaults"), known);
  if (node.Has("group_fields")) entity.group_fields = ReadTexts(node.At("group_fields"));
  return entity;
}

GroupSpec ReadGroups(const Node& node) {
  node.CheckMembers({"key", "index", "members", "fields"});
  GroupSpec groups;
  groups.key = node.At("key").Pattern({Hole::kId}, "{id}");
  groups.index = node.At("index").Text();
  groups.members = node.At("members").Pattern({Hole::kId}, "{id}");
  groups.fields = ReadAttributes(node.At("fields"), GroupAttributes());
  return groups;
}

Profile ReadProfile(const Node& root) {
  root.CheckMembers({"name", "description", "counters", "entities", "groups"});
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
  for (const Node& node : root.At("entities").Items()) profile.entities.push_back(ReadEntity(node));
  if (root.Has("groups")) profile.groups = ReadGroups(root.At("groups"));
  return profile;
}

/// Ordered JSON copies an object's members by recursion while they are added: depth is bounded before it is
/// built.
Json ParseBounded(std::string_view text) {
  return Json::parse(text, [](int depth, Json::parse_event_t, const Json&) {
    if (depth > kMaxDepth) throw Misfit{fmt::format("is nested deeper than {}", kMaxDepth)};
    return true;
  });
}

}  // namespace

std::string_view EntityKindName(EntityKind kind) {
  return kind == EntityKind::kApiKey ? "api_key" : "account";
}

const std::vector<std::string_view>& EntityAttributes(EntityKind kind) {
  static const std::vector<std::string_view> api_key = {"name",
                                                        "description",
                                                        "tags",
                                                        "is_active",
                                                        "is_deleted",
                                                        "created_at",
                                                        "last_used_at",
                                                        "expires_at",
                                                        "daily_cost_limit",
                                                        "total_cost_limit",
                                                        "weekly_opus_cost_limit",
                                                        "user_id",
                                                        "user_username"};
  static const std::vector<std::string_view> account = {"name",
                                                        "description",
                                                        "platform",
                                                        "status",
                                                        "error_message",
                                                        "is_active",
                                                        "account_type",
                                                        "priority",
                                                        "schedulable",
                                                        "created_at",
                                                        "last_used_at",
                                                        "expires_at",
                                                        "subscription_expires_at",
                                                        "daily_quota",
                                                        "daily_usage",
                                                        "rate_limit_status"};
  return kind == EntityKind::kApiKey ? api_key : account;
}

const std::vector<std::string_view>& GroupAttributes() {
  static const std::vector<std::string_view> group = {"name", "platform", "description", "created_at",
                                                      "updated_at"};
  return group;
}

Result<Profile> ParseProfile(std::string_view json) {
  try {
    return ReadProfile(Node(ParseBounded(json), ""));
  } catch (const Misfit& misfit) {
    return Fail(ErrorCode::kInvalid, "{}", misfit.message);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInvalid, "is not JSON: {}", error.what());
  }
}

Result<Profile> LoadProfile(const std::string& name_or_path) {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : EmbeddedProfiles()) {
    names.emplace_back(file.name.substr(0, file.name.rfind('.')));
    if (name_or_path == names.back() || name_or_path == "auto") return ParseProfile(file.text);
  }
  std::ifstream file(name_or_path, std::ios::binary);
  if (!file)
    return Fail(ErrorCode::kInvalid, "profile '{}' is neither a shipped one ({}) nor a readable file",
                name_or_path, fmt::join(names, ", "));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto profile = ParseProfile(text);
  if (!profile) return Fail(profile.error().In(fmt::format("profile {}", name_or_path)));
  return profile;
}

}  // namespace keymeter
