#include "query-api/push/push_hub.h"

#include <algorithm>

#include "schema/mutex.h"

namespace keymeter::query_api {

namespace {

constexpr std::array<Role, 2> kRoles = {Role::kViewer, Role::kAdmin};

bool HasAllOf(const auto& subscriptions, PushKind kind) {
  return std::any_of(subscriptions.begin(), subscriptions.end(),
                     [kind](const auto& s) { return s.topic.kind == kind && s.topic.IsAll(); });
}

std::string_view Unknown(PushKind kind) {
  switch (kind) {
    case PushKind::kApiKey:
      return "there is no API key with this id";
    case PushKind::kAccount:
      return "there is no account with this id";
    default:
      return "there is no group with this id";
  }
}

}  // namespace

PushHub::PushHub(std::function<void()> on_interest) : on_interest_(std::move(on_interest)) {
  for (auto& of_role : updates_)
    for (std::size_t kind = 0; kind < kPushKinds; ++kind)
      of_role.at(kind) = std::make_unique<UpdateLog>(static_cast<PushKind>(kind));
}

UpdateLog& PushHub::UpdatesOf(Role role, PushKind kind) {
  return *updates_.at(static_cast<std::size_t>(role)).at(static_cast<std::size_t>(kind));
}

PushHub::ClientId PushHub::Join(Role role) {
  const MutexLock lock(mutex_);
  clients_[++last_client_].role = role;
  return last_client_;
}

void PushHub::Leave(ClientId client) {
  const MutexLock lock(mutex_);
  clients_.erase(client);
}

PushHub::Received PushHub::Receive(ClientId id, std::string_view text) {
  const auto command = ParsePushCommand(text);
  Received received;
  bool is_unknown = false;
  {
    const MutexLock lock(mutex_);
    Client& client = clients_.at(id);
    if (!command) {
      AddProblem(client, PushProblem(400, command.error().Text()));
    } else {
      is_unknown = Apply(client, *command);
      if (command->subscribes && command->topic.IsAll()) received.cost = kCostOfAll;
    }
    received.may_stay = !client.is_flooded;
  }
  if (is_unknown && on_interest_) on_interest_();
  return received;
}

bool PushHub::Apply(Client& client, const PushCommand& command) {
  const PushTopic alert{PushKind::kAlert};
  const bool brings_alerts = command.topic.kind == PushKind::kMetrics;
  if (command.subscribes) {
    const bool is_unknown = Subscribe(client, command.topic, false);
    return brings_alerts && Subscribe(client, alert, true) ? true : is_unknown;
  }
  Unsubscribe(client, command.topic);
  const auto implied = std::find_if(client.subscriptions.begin(), client.subscriptions.end(),
                                    [](const Subscription& s) { return s.is_implied; });
  if (brings_alerts && implied != client.subscriptions.end()) client.subscriptions.erase(implied);
  return false;
}

bool PushHub::Subscribe(Client& client, const PushTopic& topic, bool is_implied) {
  UpdateLog& updates = UpdatesOf(client.role, topic.kind);
  auto found = std::find_if(client.subscriptions.begin(), client.subscriptions.end(),
                            [&](const Subscription& s) { return s.topic == topic; });
  if (found == client.subscriptions.end()) {
    if (client.subscriptions.size() >= kMaxSubscriptions) {
      AddProblem(
          client,
          PushProblem(429, fmt::format("a connection takes at most {} subscriptions", kMaxSubscriptions),
                      topic));
      return false;
    }
    Subscription fresh{topic};
    fresh.entry = topic.IsAll() ? nullptr : &updates.At(topic.id);
    fresh.is_implied = is_implied;
    client.subscriptions.push_back(std::move(fresh));
    found = std::prev(client.subscriptions.end());
  }
  found->seen = 0;  // subscribing again sends the present state again
  found->is_synced = false;
  found->is_warned = false;
  found->is_implied = found->is_implied && is_implied;
  return found->entry == nullptr ? !updates.is_complete : !found->entry->frame;
}

void PushHub::Unsubscribe(Client& client, const PushTopic& topic) {
  std::erase_if(client.subscriptions, [&](const Subscription& s) { return s.topic == topic; });
}

void PushHub::AddProblem(Client& client, const std::string& text) {
  if (client.problems.size() < kMaxProblems) {
    client.problems.push_back(TextFrame(text));
  } else {
    client.is_flooded = true;
  }
}

Frame PushHub::Next(ClientId id) {
  const MutexLock lock(mutex_);
  Client& client = clients_.at(id);
  if (!client.problems.empty()) {
    Frame problem = std::move(client.problems.front());
    client.problems.pop_front();
    return problem;
  }
  if (const UpdateLog::Entry* entry = OldestNews(client)) {
    MarkSeen(client, *entry);
    return entry->frame;
  }
  return Synced(client);
}

UpdateLog::Entry* PushHub::OldestNews(const Client& client) {
  std::array<bool, kPushKinds> has_all{};
  for (const Subscription& s : client.subscriptions)
    if (s.topic.IsAll()) has_all.at(static_cast<std::size_t>(s.topic.kind)) = true;
  UpdateLog::Entry* oldest = nullptr;
  for (const Subscription& s : client.subscriptions) {
    UpdateLog::Entry* news = nullptr;
    if (s.topic.IsAll()) {
      news = UpdatesOf(client.role, s.topic.kind).After(s.seen);
    } else if (s.entry->number > s.seen &&
               (s.seen == 0 || !has_all.at(static_cast<std::size_t>(s.topic.kind)))) {
      news = s.entry;  // once its first state was sent, the subscription to the whole kind sends its changes
    }
    if (news != nullptr && (oldest == nullptr || news->number < oldest->number)) oldest = news;
  }
  return oldest;
}

void PushHub::MarkSeen(Client& client, const UpdateLog::Entry& entry) {
  for (Subscription& s : client.subscriptions) {
    const UpdateLog::Entry* next =
        s.topic.IsAll() ? UpdatesOf(client.role, s.topic.kind).After(s.seen) : s.entry;
    if (next == &entry) s.seen = entry.number;
  }
}

Frame PushHub::Synced(Client& client) {
  for (Subscription& s : client.subscriptions) {
    const UpdateLog& updates = UpdatesOf(client.role, s.topic.kind);
    if (!s.topic.IsAll() || s.is_synced || !updates.is_complete) continue;
    s.is_synced = true;
    return TextFrame(PushSynced(s.topic.kind, updates.Count()));
  }
  return nullptr;
}

std::vector<PushInterest> PushHub::Interests() {
  const MutexLock lock(mutex_);
  std::vector<PushInterest> interests;
  for (const Role role : kRoles) {
    for (std::size_t i = 0; i < kPushKinds; ++i) {
      PushInterest interest{role, static_cast<PushKind>(i)};
      for (const auto& [id, client] : clients_) {
        if (client.role != role) continue;
        for (const Subscription& s : client.subscriptions) {
          if (s.topic.kind != interest.kind) continue;
          if (s.topic.IsAll()) interest.all = true;
          if (s.entry != nullptr) interest.ids.insert(s.topic.id);
        }
      }
      UpdateLog& updates = UpdatesOf(role, interest.kind);
      if (interest.all) {
        updates.ForgetUnreadBut(interest.ids);
      } else {
        updates.ForgetAllBut(interest.ids);
        updates.is_complete = false;
      }
      if (interest.all || !interest.ids.empty()) interests.push_back(std::move(interest));
    }
  }
  return interests;
}

void PushHub::Publish(Role role, const PushTopic& topic, std::string_view json, std::uint64_t essence) {
  const MutexLock lock(mutex_);
  UpdateLog& updates = UpdatesOf(role, topic.kind);
  updates.Set(updates.At(topic.id), json, essence, ++last_number_);
}

bool PushHub::PublishMissing(Role role, const PushTopic& topic) {
  const MutexLock lock(mutex_);
  UpdateLog& updates = UpdatesOf(role, topic.kind);
  UpdateLog::Entry* entry = updates.Find(topic.id);
  if (entry == nullptr) return false;
  if (entry->frame) {
    updates.SetGone(*entry, ++last_number_);
    return true;
  }
  for (auto& [id, client] : clients_) {
    const auto erased =
        std::erase_if(client.subscriptions, [&](const Subscription& s) { return s.entry == entry; });
    if (erased > 0) AddProblem(client, PushProblem(404, Unknown(topic.kind), topic));
  }
  updates.Forget(*entry);
  return false;
}

void PushHub::PublishComplete(Role role, PushKind kind) {
  const MutexLock lock(mutex_);
  UpdatesOf(role, kind).is_complete = true;
}

void PushHub::PublishUnavailable(std::string_view detail) {
  const MutexLock lock(mutex_);
  for (auto& [id, client] : clients_) {
    for (Subscription& s : client.subscriptions) {
      const bool waits = s.entry == nullptr ? s.seen == 0 && !UpdatesOf(client.role, s.topic.kind).is_complete
                                            : !s.entry->frame;
      if (!waits || s.is_warned) continue;
      AddProblem(client, PushProblem(503, detail, s.topic));
      s.is_warned = true;
    }
  }
}

void PushHub::RefuseAll(Role role, PushKind kind, std::string_view detail) {
  const MutexLock lock(mutex_);
  const PushTopic topic{kind};
  for (auto& [id, client] : clients_) {
    if (client.role != role || !HasAllOf(client.subscriptions, kind)) continue;
    Unsubscribe(client, topic);
    AddProblem(client, PushProblem(413, detail, topic));
  }
}

}  // namespace keymeter::query_api
