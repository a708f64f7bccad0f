#include "processor/source/note_reader.h"

#include <utility>

#include "processor/redis/redis_errors.h"
#include "processor/redis/reply_shapes.h"
#include "processor/redis/resp_commands.h"
#include "processor/source/entity_json.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kRestS = 600;
constexpr std::size_t kMostTextOfNote =
    256;  ///< bytes: times, numbers and names of currencies are far shorter

}  // namespace

NoteReader::NoteReader(const Profile& profile, RedisLink& link, const KnownEntities& known)
    : link_(link), known_(known) {
  for (std::size_t i = 0; i < profile.entities.size(); ++i)
    for (const NoteSpec& spec : profile.entities[i].notes)
      kinds_.push_back({.entity = i, .spec = &spec, .asked_at = -spec.every_s});
}

void NoteReader::OnSecond() {
  if (++seconds_ < paused_until_) return;
  std::erase_if(resting_, [this](const auto& rest) { return rest.second <= seconds_; });
  if (!asked_.empty() || !link_.IsReady()) return;
  if (next_due_ == due_.size()) AddDue();
  if (next_due_ < due_.size()) Ask();
}

void NoteReader::AddDue() {
  due_.clear();
  next_due_ = 0;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    Kind& kind = kinds_[i];
    if (kind.is_refused || seconds_ - kind.asked_at < kind.spec->every_s) continue;
    kind.asked_at = seconds_;
    for (EntityPlace& place : known_.PlacesIn(kind.entity)) due_.push_back({i, std::move(place.id)});
  }
}

void NoteReader::Ask() {
  std::string commands;
  for (; next_due_ < due_.size() && asked_.size() < kMostAsked; ++next_due_) {
    Place& place = due_[next_due_];
    if (kinds_[place.kind].is_refused || resting_.contains(place)) continue;
    const NoteSpec& spec = *kinds_[place.kind].spec;
    const std::string key = spec.key.Key({place.account, "", "", ""});
    if (spec.form == EntityForm::kJson)
      AppendCommand(commands, {"GET", key});
    else
      AppendHmget(commands, key, spec.fields);
    asked_.push_back(std::move(place));
  }
  if (asked_.empty()) return;
  link_.commands().Pipeline(
      commands, asked_.size(),
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        if (generation != generation_) return;
        OnReply(asked_[i], reply);
        if (i + 1 < asked_.size()) return;
        asked_.clear();
        interrupted_ = 0;
      },
      [this, generation = generation_](std::size_t i, const Reply& reply) {
        if (generation != generation_) return Status();
        const NoteSpec& spec = *kinds_[asked_[i].kind].spec;
        return spec.form == EntityForm::kJson ? CheckValue(reply) : CheckValues(reply, spec.fields.size());
      });
}

void NoteReader::OnReply(const Place& place, const Reply& reply) {
  if (IsError(reply)) return OnError(place, TextOf(reply));
  const NoteSpec& spec = *kinds_[place.kind].spec;
  if (spec.form == EntityForm::kHash) {
    for (std::size_t i = 0; i < spec.fields.size(); ++i)
      if (IsError(*reply.element[i])) return OnError(place, TextOf(*reply.element[i]));
    return Keep(place, FieldsOf(spec, reply));
  }
  if (reply.type == REDIS_REPLY_NIL) return Keep(place, {});
  auto fields = ReadJsonFields(TextOf(reply), spec.fields);
  fields ? Keep(place, *fields) : OnError(place, fields.error().Text());
}

NoteReader::Fields NoteReader::FieldsOf(const NoteSpec& spec, const Reply& hash) {
  Fields fields;
  for (std::size_t i = 0; i < spec.fields.size(); ++i)
    if (const Reply& value = *hash.element[i]; value.type == REDIS_REPLY_STRING)
      fields.emplace_back(spec.fields[i].first, TextOf(value));
  return fields;
}

/// What cannot be read is unknown; what was known of it may no longer be so.
void NoteReader::OnError(const Place& place, std::string_view why) {
  Kind& kind = kinds_[place.kind];
  Keep(place, {});
  std::string key = kind.spec->key.Key({place.account, "", "", ""});
  if (IsForbidden(why)) {
    kind.is_refused = true;
    key.replace(key.find(':') + 1, std::string::npos, "*");
  } else {
    resting_[place] = seconds_ + kRestS;
  }
  if (said_.size() < kMostAsked && said_.insert(key).second)
    log::Warn("note skipped", {{"key", key}, {"reason", why}, {"next", "all else of the account is read"}});
}

/// Every attribute of the note gets a value, so that one that is no longer there is none in the file either.
void NoteReader::Keep(const Place& place, const Fields& fields) {
  AccountNote row{place.account, {}};
  for (const auto& [attribute, field] : kinds_[place.kind].spec->fields) {
    auto& kept = row.attributes.emplace_back(attribute, "");
    for (const auto& [name, text] : fields)
      if (name == attribute && text.size() <= kMostTextOfNote) kept.second = text;
  }
  // What the file holds of before the start is not known, so what is read first is written.
  const auto [note, is_new] = notes_.try_emplace(place);
  if (!is_new && note->second == row.attributes) return;
  note->second = row.attributes;
  rows_[{place.account, row.attributes.front().first}] = std::move(row);
}

void NoteReader::Reset() {
  ++generation_;
  // A value that takes longer than a command may take ends a session, and would end the next one.
  if (!asked_.empty() && ++interrupted_ > 1) paused_until_ = seconds_ + kRestS;
  asked_.clear();
  due_.clear();
  next_due_ = 0;
  for (Kind& kind : kinds_) {
    kind.is_refused = false;
    kind.asked_at = seconds_ - kind.spec->every_s;
  }
}

void NoteReader::Drain(WriteBatch& batch) {
  for (auto& [key, row] : std::exchange(rows_, {})) batch.notes.push_back(std::move(row));
}

void NoteReader::Undrain(const WriteBatch& batch) {
  // What came since is newer, and stays.
  for (const AccountNote& row : batch.notes)
    rows_.try_emplace({row.account, row.attributes.front().first}, row);
}

}  // namespace keymeter::processor
