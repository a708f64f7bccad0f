#include "processor/source/entity_questions.h"

#include <fmt/format.h>

#include "processor/redis/reply_shapes.h"
#include "processor/redis/resp_commands.h"

namespace keymeter::processor {

namespace {

/// A field may be as long as a page of text. Names, tags and limits are far shorter.
constexpr std::size_t kMostFieldBytes = std::size_t{64} * 1024;

constexpr std::string_view kNext = "asked for again when it is shorter; the rest is metered as ever";

}  // namespace

void EntityQuestions::Begin() {
  commands_.clear();
  asked_.clear();
}

bool EntityQuestions::IsJson(const EntityPlace& place) const {
  return place.spec != EntityPlace::kGroups && profile_.entities[place.spec].form == EntityForm::kJson;
}

std::string EntityQuestions::KeyOf(const EntityPlace& place) const {
  const KeyPattern& key =
      place.spec == EntityPlace::kGroups ? profile_.groups->key : profile_.entities[place.spec].key;
  return key.Key({place.id, "", "", ""});
}

std::size_t EntityQuestions::FieldCount(const EntityPlace& place) const {
  if (place.spec == EntityPlace::kGroups) return profile_.groups->fields.size();
  const EntitySpec& spec = profile_.entities[place.spec];
  return spec.form == EntityForm::kJson ? 1 : spec.fields.size() + spec.bindings.fields.size();
}

const std::string& EntityQuestions::FieldName(const EntityPlace& place, std::size_t field) const {
  if (place.spec == EntityPlace::kGroups) return profile_.groups->fields[field].second;
  const EntitySpec& spec = profile_.entities[place.spec];
  return field < spec.fields.size() ? spec.fields[field].second
                                    : spec.bindings.fields[field - spec.fields.size()].second;
}

std::string EntityQuestions::NameOf(const EntityPlace& place, std::size_t field) const {
  return IsJson(place) ? KeyOf(place) : fmt::format("{} {}", KeyOf(place), FieldName(place, field));
}

bool EntityQuestions::IsLong(const EntityPlace& place, std::size_t field) const {
  const auto found = long_.find(place);
  return found != long_.end() && found->second.contains(field);
}

void EntityQuestions::Add(const EntityPlace& place) {
  const std::size_t fields = FieldCount(place);
  const bool is_suspect = suspects_.erase(place) > 0;
  const auto found = long_.find(place);
  const std::size_t left_out = found == long_.end() ? 0 : found->second.size();
  if (!is_suspect && left_out < fields) {
    const std::string key = KeyOf(place);
    asked_.push_back({place});
    if (IsJson(place)) return AppendCommand(commands_, {"GET", key});
    AppendCommandHeader(commands_, 2 + fields - left_out);
    AppendArgument(commands_, "HMGET");
    AppendArgument(commands_, key);
    for (std::size_t i = 0; i < fields; ++i)
      if (left_out == 0 || !found->second.contains(i)) AppendArgument(commands_, FieldName(place, i));
  }
  for (std::size_t i = 0; i < fields; ++i)
    if (is_suspect || (left_out > 0 && found->second.contains(i))) AddLength(place, i, is_suspect);
}

void EntityQuestions::AddLength(const EntityPlace& place, std::size_t field, bool is_suspect) {
  asked_.push_back({place, true, field, is_suspect});
  if (IsJson(place)) return AppendCommand(commands_, {"STRLEN", KeyOf(place)});
  AppendCommand(commands_, {"HSTRLEN", KeyOf(place), FieldName(place, field)});
}

Status EntityQuestions::Check(std::size_t index, const Reply& reply) const {
  const auto& [place, is_length, field, is_suspect] = asked_[index];
  if (is_length) return CheckLength(reply);
  if (IsJson(place)) return CheckValue(reply);
  const auto found = long_.find(place);
  return CheckValues(reply, FieldCount(place) - (found == long_.end() ? 0 : found->second.size()));
}

std::vector<std::pair<bool, std::string_view>> EntityQuestions::ValuesOf(const EntityPlace& place,
                                                                         const Reply& hash) {
  std::vector<std::pair<bool, std::string_view>> values(FieldCount(place));
  const Reply* const* next = hash.element;
  std::set<std::size_t> too_long;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (IsLong(place, i)) continue;
    const Reply& value = **next++;
    if (value.type == REDIS_REPLY_NIL) continue;
    if (IsError(value) || TextOf(value).size() > kMostFieldBytes) {
      too_long.insert(i);
    } else {
      values[i] = {true, TextOf(value)};
    }
  }
  for (const std::size_t field : too_long) LeaveOut(place, field);
  return values;
}

void EntityQuestions::LeaveOut(const EntityPlace& place, std::size_t field) {
  long_[place].insert(field);
  left_out_.Add(LeftOut::Kind::kField, NameOf(place, field),
                IsJson(place) ? "longer than 1 MB" : "longer than 64 KB", kNext);
}

bool EntityQuestions::TakeLength(const Question& question, const Reply& length) {
  const auto& [place, is_length, field, is_suspect] = question;
  const bool was_long = IsLong(place, field);
  const bool is_last = is_suspect && field + 1 == FieldCount(place);
  const std::size_t most = IsJson(place) ? kMostTextBytes : kMostFieldBytes;
  // Where we may not ask for it, what was too long stays left out.
  const bool is_long = IsError(length) ? was_long : static_cast<std::size_t>(length.integer) > most;
  if (is_long && !was_long) LeaveOut(place, field);
  if (is_long || !was_long) return is_last;
  left_out_.Remove(LeftOut::Kind::kField, NameOf(place, field));
  const auto found = long_.find(place);
  found->second.erase(field);
  if (found->second.empty()) long_.erase(found);
  return true;
}

void EntityQuestions::Suspect() {
  for (const Question& question : asked_) suspects_.insert(question.place);
  Begin();
}

}  // namespace keymeter::processor
