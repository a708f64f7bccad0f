#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "query-api/push/push_topic.h"
#include "query-api/push/web_socket_frame.h"

namespace keymeter::query_api {

/// The latest state of every subscribed entity of one kind, as one role may see it, ordered by last change.
///
/// Each change gives its entry the next number and moves it to the end. A client's place in the log is
/// therefore one number: entries with a higher number are new to the client, however often they changed.
/// Not a history: an entry holds its latest state only.
/// Threads: one at a time (PushHub holds its lock). Lifetime: entries stay in place until they are forgotten.
/// Bounds: one message per entry, which all clients share.
class UpdateLog {
 public:
  struct Entry {
    PushTopic topic;
    Frame frame{};              ///< null: not read yet
    std::uint64_t number = 0;   ///< of the last change
    std::uint64_t essence = 0;  ///< equal essences mean that nothing changed for a reader
    bool is_gone = false;       ///< the entity left the file; `frame` says so
  };

  explicit UpdateLog(PushKind kind) : kind_(kind) {}

  /// The entry of the id; a new one when there is none.
  Entry& At(const std::string& id);
  [[nodiscard]] Entry* Find(const std::string& id);
  /// The first entry that changed after `number`; null when there is none.
  [[nodiscard]] Entry* After(std::uint64_t number) const;
  void Set(Entry& entry, std::string_view json, std::uint64_t essence, std::uint64_t number);
  void SetGone(Entry& entry, std::uint64_t number);
  void Forget(Entry& entry);
  void ForgetAllBut(const std::set<std::string>& ids);
  /// Forgets entries that were never read and that no client asks for by id.
  void ForgetUnreadBut(const std::set<std::string>& ids);
  /// Entities that are known and still in the file.
  [[nodiscard]] std::size_t Count() const;

  /// Every entity of the kind has been read since a client subscribed to the whole kind.
  bool is_complete = false;

 private:
  template <typename Condition>
  void ForgetIf(Condition condition);
  void Put(Entry& entry, std::string_view text, std::uint64_t number);

  PushKind kind_;
  std::map<std::string, Entry> entries_;
  std::map<std::uint64_t, Entry*> by_number_;
};

}  // namespace keymeter::query_api
