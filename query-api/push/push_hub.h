#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/caller.h"
#include "query-api/push/push_topic.h"
#include "query-api/push/update_log.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// What somebody with this role has subscribed to of one kind.
struct PushInterest {
  Role role = Role::kViewer;
  PushKind kind = PushKind::kMetrics;
  bool all = false;
  std::set<std::string> ids{};  ///< of those subscribed to one by one; {""} for what has no ids
};

/// Who has subscribed to what, what is known of it, and which client has been told what.
///
/// A client takes its next message when it can; until then changes of an entity overwrite each other, so a
/// slow client gets the latest state and costs no more memory than a fast one. It has no threads and does
/// no I/O.
/// Threads: any. Bounds: kMaxSubscriptions and kMaxProblems a client; one text an entity and role.
class PushHub {
 public:
  using ClientId = std::uint64_t;

  static constexpr std::size_t kMaxSubscriptions = 256;
  static constexpr std::size_t kMaxProblems = 512;  ///< errors that wait for one client
  static constexpr int kCostOfAll = 32;             ///< in messages: its answer is every entity

  /// `on_interest`: somebody wants what is not known yet. Called without a lock.
  explicit PushHub(std::function<void()> on_interest = {});

  [[nodiscard]] ClientId Join(Role role);
  void Leave(ClientId client);

  struct Received {
    bool may_stay = true;  ///< false: it lets too many errors wait
    int cost = 1;          ///< in messages
  };
  /// One message of a client. What is wrong with it becomes an error event.
  [[nodiscard]] Received Receive(ClientId client, std::string_view text);
  /// What it is to be sent next; null: nothing now.
  [[nodiscard]] Frame Next(ClientId client);

  /// What must be known. Forgets what nobody wants any more.
  [[nodiscard]] std::vector<PushInterest> Interests();

  /// What is known: `json` is the data of its update. Of two that have the same essence the second is no
  /// news.
  void Publish(Role role, const PushTopic& topic, std::string_view json, std::uint64_t essence);
  /// There is none with this id: those who asked get a 404, or `removed` when there was one (true).
  bool PublishMissing(Role role, const PushTopic& topic);
  /// All entities of the kind have been published.
  void PublishComplete(Role role, PushKind kind);
  /// Nothing can be read: whoever still waits for a first state is told so, once.
  void PublishUnavailable(std::string_view detail);
  /// Ends all subscriptions to everything of that kind.
  void RefuseAll(Role role, PushKind kind, std::string_view detail);

 private:
  struct Subscription {
    PushTopic topic;
    UpdateLog::Entry* entry = nullptr;  ///< null: all of that kind
    std::uint64_t seen = 0;             ///< the number of the last change that was taken
    bool is_implied = false;            ///< an alert that came with metrics
    bool is_synced = false;             ///< it was told that it has everything
    bool is_warned = false;             ///< it was told that nothing can be read
  };
  struct Client {
    Role role = Role::kViewer;
    std::vector<Subscription> subscriptions{};
    std::deque<Frame> problems{};
    bool is_flooded = false;
  };

  [[nodiscard]] UpdateLog& UpdatesOf(Role role, PushKind kind) REQUIRES(mutex_);
  /// True when what it wants is not known yet.
  bool Obey(Client& client, const PushCommand& command) REQUIRES(mutex_);
  bool Subscribe(Client& client, const PushTopic& topic, bool is_implied) REQUIRES(mutex_);
  static void Unsubscribe(Client& client, const PushTopic& topic);
  static void AddProblem(Client& client, const std::string& text);
  /// The subscription whose news is the oldest, and that news.
  [[nodiscard]] UpdateLog::Entry* OldestNews(const Client& client) REQUIRES(mutex_);
  void MarkSeen(Client& client, const UpdateLog::Entry& entry) REQUIRES(mutex_);
  [[nodiscard]] Frame Synced(Client& client) REQUIRES(mutex_);

  const std::function<void()> on_interest_;
  Mutex mutex_;
  std::map<ClientId, Client> clients_ GUARDED_BY(mutex_);
  std::array<std::array<std::unique_ptr<UpdateLog>, kPushKinds>, 2> updates_ GUARDED_BY(mutex_);
  ClientId last_client_ GUARDED_BY(mutex_) = 0;
  std::uint64_t last_number_ GUARDED_BY(mutex_) = 0;
};

}  // namespace keymeter::query_api
