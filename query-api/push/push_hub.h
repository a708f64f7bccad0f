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

/// What clients of one role have subscribed to of one kind. Threads: plain value.
struct PushInterest {
  Role role = Role::kViewer;
  PushKind kind = PushKind::kMetrics;
  bool all = false;             ///< some client wants every entity of the kind
  std::set<std::string> ids{};  ///< the entities subscribed to by id; {""} for a kind without ids
};

/// Knows the subscriptions of every client, the latest state of each entity, and what each client was sent.
///
/// A client takes its next message when it can. Until then later changes of an entity replace earlier ones,
/// so a slow client gets the latest state and costs no more memory than a fast one. Not for reading the file
/// (see PushPublisher) or for bytes (see WebSocketSession): it has no thread and does no I/O.
/// Threads: any. Lifetime: owns what it knows. Bounds: kMaxSubscriptions and kMaxProblems per client, one
/// message per entity and role.
class PushHub {
 public:
  using ClientId = std::uint64_t;

  static constexpr std::size_t kMaxSubscriptions = 256;
  static constexpr std::size_t kMaxProblems = 512;  ///< error events that wait for one client
  static constexpr int kCostOfAll = 32;  ///< a subscription to a whole kind counts as so many messages

  /// `on_interest` is called when a client wants a state that is not known yet, with no lock held.
  explicit PushHub(std::function<void()> on_interest = {});

  [[nodiscard]] ClientId Join(Role role);
  void Leave(ClientId client);

  struct Received {
    bool may_stay = true;  ///< false: too many error events wait for this client
    int cost = 1;          ///< how many messages this one counts as
  };
  /// Applies one message of a client. A message that is wrong is answered with an error event.
  [[nodiscard]] Received Receive(ClientId client, std::string_view text);
  /// The next message for the client; null when there is none now.
  [[nodiscard]] Frame Next(ClientId client);

  /// What clients have subscribed to. Forgets the states that no client wants any more.
  [[nodiscard]] std::vector<PushInterest> Interests();

  /// The state of an entity: `json` is the data of its update event. It is sent only when its essence differs
  /// from the last one's.
  void Publish(Role role, const PushTopic& topic, std::string_view json, std::uint64_t essence);
  /// No entity has this id. Its subscribers get a 404 event, or a `removed` event when there was one before
  /// (true).
  bool PublishMissing(Role role, const PushTopic& topic);
  /// Every entity of the kind has been published.
  void PublishComplete(Role role, PushKind kind);
  /// The file cannot be read: clients that still wait for a first state get an error event, once.
  void PublishUnavailable(std::string_view detail);
  /// Ends all subscriptions to the whole kind, with an error event.
  void RefuseAll(Role role, PushKind kind, std::string_view detail);

 private:
  struct Subscription {
    PushTopic topic;
    UpdateLog::Entry* entry = nullptr;  ///< null: the whole kind
    std::uint64_t seen = 0;             ///< number of the last change that was sent
    bool is_implied = false;            ///< alerts that came with a subscription to metrics
    bool is_synced = false;             ///< the `synced` event was sent
    bool is_warned = false;             ///< the event that nothing can be read was sent
  };
  struct Client {
    Role role = Role::kViewer;
    std::vector<Subscription> subscriptions{};
    std::deque<Frame> problems{};
    bool is_flooded = false;
  };

  [[nodiscard]] UpdateLog& UpdatesOf(Role role, PushKind kind) REQUIRES(mutex_);
  /// True when a state that the client wants is not known yet.
  bool Apply(Client& client, const PushCommand& command) REQUIRES(mutex_);
  bool Subscribe(Client& client, const PushTopic& topic, bool is_implied) REQUIRES(mutex_);
  static void Unsubscribe(Client& client, const PushTopic& topic);
  static void AddProblem(Client& client, const std::string& text);
  /// The oldest change that the client was not sent; null when there is none.
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
