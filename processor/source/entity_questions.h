#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/redis/reply_reader.h"
#include "processor/runtime/left_out.h"
#include "processor/source/known_entities.h"
#include "schema/error.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// The questions of one pipeline that reads entities, and what may answer them.
///
/// A hash is asked for the fields that the profile lists, a string for itself. A field that was too long to
/// be kept is not asked for again: its length is, until that is short enough. An entity that was under way
/// when a session ended is asked for all its lengths first, since it may be what ended the session. Threads:
/// loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: an entry for each entity
/// with a field that is too long.
class EntityQuestions {
 public:
  struct Question {
    EntityPlace place;
    bool is_length = false;   ///< HSTRLEN or STRLEN, of one field
    std::size_t field = 0;    ///< of a length: in the order of FieldName
    bool is_suspect = false;  ///< all lengths of the entity are asked, and its fields after the last of them
  };

  EntityQuestions(const Profile& profile, LeftOut& left_out) : profile_(profile), left_out_(left_out) {}

  /// One pipeline after the other.
  void Begin();
  void Add(const EntityPlace& place);
  [[nodiscard]] const std::string& commands() const { return commands_; }
  [[nodiscard]] std::size_t count() const { return asked_.size(); }
  [[nodiscard]] const Question& operator[](std::size_t index) const { return asked_[index]; }

  /// Fails when the reply is none that the question with this index is answered with.
  [[nodiscard]] Status Check(std::size_t index, const Reply& reply) const;
  /// The answer to a hash's question, by field; empty: not there, or left out, which it notes.
  [[nodiscard]] std::vector<std::pair<bool, std::string_view>> ValuesOf(const EntityPlace& place,
                                                                        const Reply& hash);
  /// A string was too long.
  void LeaveOut(const EntityPlace& place) { LeaveOut(place, 0); }
  /// True when the entity is to be read anew: what was too long no longer is, or this was the last of its
  /// lengths, which were asked first.
  [[nodiscard]] bool TakeLength(const Question& question, const Reply& length);
  [[nodiscard]] bool HasLeftOut(const EntityPlace& place) const { return long_.contains(place); }
  /// The session ended before these questions were answered.
  void Suspect();

 private:
  [[nodiscard]] bool IsJson(const EntityPlace& place) const;
  [[nodiscard]] std::string KeyOf(const EntityPlace& place) const;
  [[nodiscard]] std::size_t FieldCount(const EntityPlace& place) const;
  [[nodiscard]] const std::string& FieldName(const EntityPlace& place, std::size_t field) const;
  [[nodiscard]] std::string NameOf(const EntityPlace& place, std::size_t field) const;
  [[nodiscard]] bool IsLong(const EntityPlace& place, std::size_t field) const;
  void LeaveOut(const EntityPlace& place, std::size_t field);
  void AddLength(const EntityPlace& place, std::size_t field, bool is_suspect);

  const Profile& profile_;
  LeftOut& left_out_;
  std::string commands_;
  std::vector<Question> asked_;
  std::map<EntityPlace, std::set<std::size_t>> long_;
  std::set<EntityPlace> suspects_;
};

}  // namespace keymeter::processor
