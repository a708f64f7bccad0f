#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "schema/profile.h"

/// Rows about API keys, accounts and groups. Plain values; a part of WriteBatch.
/// Tested by tests/processor/storage/entity_writer_test.cc.
namespace keymeter::processor {

/// New facts about an API key, an account or a group. Attribute values are as the relay wrote them, but for
/// two kinds that are stored as they are: lists of texts (ListFormOf), which are what KeepTexts made of them,
/// and `service_rates`, which is what ServiceRatesJson made of it, or empty.
struct EntityRow {
  enum class Table : std::uint8_t { kApiKey, kAccount, kGroup };
  Table table;
  std::string id;
  bool is_gone = false;  ///< the relay has no such entity any more; attributes stay as they were
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string group_id;  ///< of API keys: the first group that serves it
};

/// Who serves an API key: an account or a group of accounts, for one platform.
struct Binding {
  std::string platform;
  BindingKind kind;
  std::string target;  ///< id of the account or group
};

/// All bindings of an API key; they replace those in the file.
struct ApiKeyBindings {
  std::string api_key;
  std::vector<Binding> bindings;
};

/// All members of a group; they replace those in the file.
struct GroupMembers {
  std::string group_id;
  std::vector<std::string> accounts;
};

/// What a note says of an account; attributes that it lacks are unknown from now on.
struct AccountNote {
  std::string account;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< each of the note; empty: unknown
};

struct EntityRows {
  std::vector<EntityRow> entities;
  std::vector<ApiKeyBindings> bindings;
  std::vector<GroupMembers> members;
  std::vector<AccountNote> notes;
};

}  // namespace keymeter::processor
