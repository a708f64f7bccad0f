#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "query-api/push/push_topic.h"
#include "query-api/push/web_socket_frame.h"

namespace keymeter::query_api {

/// The latest known state of what is subscribed to of one kind, as one role may see it, in the order in
/// which it changed.
///
/// Each change gives an entry the next number and moves it to the end, so a client's place in a board is one
/// number: what has a higher one is news to it, however much has been overwritten meanwhile.
/// Threads: one at a time. Bounds: one text an entry, which all clients share.
class UpdateLog {
 public:
  struct Entry {
    PushTopic topic;
    Frame frame{};              ///< null: not read yet
    std::uint64_t number = 0;   ///< of its last change
    std::uint64_t essence = 0;  ///< of what it says; two that are equal are no change
    bool is_gone = false;
  };

  explicit UpdateLog(PushKind kind) : kind_(kind) {}

  /// That of the id, made when there is none. Stays where it is until it is forgotten.
  Entry& At(const std::string& id);
  [[nodiscard]] Entry* Find(const std::string& id);
  /// The first that changed after `number`; null when there is none.
  [[nodiscard]] Entry* After(std::uint64_t number) const;
  void Set(Entry& entry, std::string_view json, std::uint64_t essence, std::uint64_t number);
  void SetGone(Entry& entry, std::uint64_t number);
  void Forget(Entry& entry);
  void ForgetAllBut(const std::set<std::string>& ids);
  /// Those that were never read and that nobody asks for by their ids any more.
  void ForgetUnreadBut(const std::set<std::string>& ids);
  /// Those that are known and not gone.
  [[nodiscard]] std::size_t Count() const;

  /// Every entity of the kind has been read since somebody asked for all of them.
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
