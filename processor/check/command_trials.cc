#include "processor/check/command_trials.h"

#include "processor/redis/redis_errors.h"
#include "schema/civil_time.h"

namespace keymeter::check {

namespace {

using processor::Options;

constexpr std::string_view kNobody = "keymeter-check";  ///< an ID that no relay uses

/// The commands to try, and for each of them what its refusal would mean.
class Trials {
 public:
  explicit Trials(std::int64_t now_ms)
      : date_(FormatDate(now_ms / 1000, 0)), hour_(FormatHour(now_ms / 1000, 0)) {}

  void Add(std::initializer_list<std::string_view> arguments, std::string_view key, bool is_needed,
           std::string_view loss) {
    questions_.Add(arguments);
    meanings_.push_back({std::string(*arguments.begin()), std::string(key), std::string(loss), is_needed});
  }
  void AddCounter(const CounterSpec& counter);
  void AddEntity(const EntitySpec& entity);
  void AddNote(const NoteSpec& note);
  void AddGroups(const GroupSpec& groups);

  [[nodiscard]] const Questions& questions() const { return questions_; }
  [[nodiscard]] const std::vector<Refusal>& meanings() const { return meanings_; }

 private:
  [[nodiscard]] std::string Key(const KeyPattern& pattern) const {
    return pattern.Key({kNobody, kNobody, date_, hour_});
  }

  std::string date_;
  std::string hour_;
  Questions questions_;
  std::vector<Refusal> meanings_;
};

std::string RuleOf(const KeyPattern& pattern) {
  return std::string(pattern.prefix()) + "*";
}

void Trials::AddCounter(const CounterSpec& counter) {
  Add({"HMGET", Key(counter.key), "requests"}, RuleOf(counter.key), true, "usage cannot be read");
  if (!counter.index) return;
  const std::string index = Key(counter.index->key);
  Add({"SSCAN", index, "0"}, RuleOf(counter.index->key), true, "usage of the past cannot be found");
  Add({"PTTL", index}, RuleOf(counter.index->key), false,
      "the UTC offset is known only with the next request");
}

void Trials::AddEntity(const EntitySpec& entity) {
  constexpr std::string_view kLoss = "names and attributes stay unknown";
  const std::string key = Key(entity.key);
  if (entity.form == EntityForm::kJson) {
    Add({"GET", key}, RuleOf(entity.key), false, kLoss);
  } else {
    Add({"HMGET", key, "name"}, RuleOf(entity.key), false, kLoss);
  }
  if (!entity.index.empty()) Add({"SSCAN", entity.index, "0"}, entity.index, false, kLoss);
  for (const NoteSpec& note : entity.notes) AddNote(note);
}

void Trials::AddNote(const NoteSpec& note) {
  const std::string& field = note.fields.front().second;
  // The relay has one such key for each kind of account: one rule for all of them.
  const std::string rule = std::string(note.key.prefix().substr(0, note.key.prefix().find(':'))) + ":*";
  const std::string loss = fmt::format("what they hold ({}) stays unknown", field);
  if (note.form == EntityForm::kJson) {
    Add({"GET", Key(note.key)}, rule, false, loss);
  } else {
    Add({"HMGET", Key(note.key), field}, rule, false, loss);
  }
}

void Trials::AddGroups(const GroupSpec& groups) {
  constexpr std::string_view kLoss = "groups of accounts stay unknown";
  Add({"SSCAN", groups.index, "0"}, groups.index, false, kLoss);
  Add({"HMGET", Key(groups.key), "name"}, RuleOf(groups.key), false, kLoss);
  Add({"SSCAN", Key(groups.members), "0"}, RuleOf(groups.members), false, kLoss);
}

}  // namespace

Status TryCommands(RedisDialogue& redis, const Options& options, std::int64_t now_ms, SourceFacts& facts) {
  Trials trials(now_ms);
  if (options.processor.redis.subscribe)
    trials.Add({"PING"}, "", true, "readings cannot be told from later deletions");
  trials.Add({"SCAN", "0", "COUNT", "1"}, "", true, "keys cannot be found");
  for (const Profile& profile : options.processor.profiles)
    for (const CounterSpec& counter : profile.counters) trials.AddCounter(counter);
  const Profile& finest = options.processor.profiles.front();
  for (const EntitySpec& entity : finest.entities) trials.AddEntity(entity);
  if (finest.groups) trials.AddGroups(*finest.groups);

  ASSIGN_OR_RETURN(const auto replies, redis.AskAll(trials.questions()));
  std::set<std::string> commands;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const RedisReply& reply = replies[i];
    Refusal refusal = trials.meanings()[i];
    commands.insert(refusal.command);
    refusal.is_unknown = processor::IsUnknownCommand(reply.text);
    const bool is_of_command = refusal.is_unknown || processor::IsForbiddenCommand(reply.text);
    if (!reply.IsError() || !(is_of_command || processor::IsForbidden(reply.text))) continue;
    if (is_of_command) refusal.key.clear();
    facts.refusals.push_back(std::move(refusal));
  }
  facts.tried_commands = commands.size();
  return {};
}

}  // namespace keymeter::check
