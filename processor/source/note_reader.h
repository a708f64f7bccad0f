#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/metering/write_batch.h"
#include "processor/redis/redis_link.h"
#include "processor/source/known_entities.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// Keeps the notes on accounts up to date (NoteSpec): keys that the relay sets for a time only.
///
/// Their events are not taken: those of strings would be eight more for each request of the relay. So every
/// known account is asked for each of its notes, as often as the profile says. A note that our user may not
/// read is said once and left alone until the next session; one that cannot be read rests for a while.
/// Neither makes health bad: the account is known, only this of it is not.
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: one pipeline
/// under way, at most kMostAsked questions a second (about half a millisecond of Redis' time), so with more
/// than 500 accounts a note is seen later; about 150 bytes for each account's note; no row for what is
/// unchanged. Tested by tests/processor/source/note_reader_test.cc and tests/integration/entities_test.cc.
class NoteReader {
 public:
  static constexpr std::size_t kMostAsked = 500;

  NoteReader(const Profile& profile, RedisLink& link, const KnownEntities& known);

  void OnSecond();
  void Reset();  ///< the session ended

  /// Moves new rows into the batch; Undrain takes them back.
  void Drain(WriteBatch& batch);
  void Undrain(const WriteBatch& batch);

 private:
  using Fields = KnownEntities::Attributes;
  /// A note of the profile: all accounts of one kind have it.
  struct Kind {
    std::size_t entity;  ///< in profile.entities
    const NoteSpec* spec;
    std::int64_t asked_at = 0;  ///< by seconds_
    bool is_refused = false;    ///< in this session
  };
  struct Place {
    std::size_t kind;  ///< in kinds_
    std::string account;
    auto operator<=>(const Place&) const = default;
  };

  void AddDue();
  void Ask();
  void OnReply(const Place& place, const Reply& reply);
  [[nodiscard]] static Fields FieldsOf(const NoteSpec& spec, const Reply& hash);
  void OnError(const Place& place, std::string_view why);
  void Keep(const Place& place, const Fields& fields);

  RedisLink& link_;
  const KnownEntities& known_;
  std::vector<Kind> kinds_;
  std::vector<Place> due_;  ///< from next_due_ on
  std::size_t next_due_ = 0;
  std::vector<Place> asked_;               ///< under way; empty: nothing is
  std::map<Place, std::int64_t> resting_;  ///< could not be read: not asked for until then, by seconds_
  std::set<std::string> said_;             ///< keys, or kinds of keys, that a line in the log named
  std::map<Place, Fields> notes_;          ///< as they were last read
  std::map<std::pair<std::string, std::string>, AccountNote> rows_;  ///< by account and first attribute
  std::int64_t seconds_ = 0;
  std::int64_t paused_until_ = 0;  ///< by seconds_
  int interrupted_ = 0;            ///< sessions in a row that ended while notes were asked for
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
