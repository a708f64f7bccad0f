#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/relay/random.h"

/// The hash fields of API keys, accounts and groups, in the relay's order.
namespace keymeter::relay_load {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A kind of account: where it is kept and what the relay calls it.
struct AccountKind {
  std::string_view key_prefix;  ///< "claude:account"
  std::string_view usage_type;  ///< "claude-official", in records and billing events
  std::string_view shared_set;  ///< empty: the relay keeps none
  std::string_view key_field;   ///< the API key's field that binds it to such an account
  std::string_view key_value_prefix;
  bool is_json_string = false;  ///< a JSON string rather than a hash
  bool counts_opus = false;     ///< Claude models on it count towards the weekly Opus limit
};

/// All kinds; an account's kind is its number modulo their count.
[[nodiscard]] const std::vector<AccountKind>& AccountKinds();

/// What an account is made from.
struct AccountFacts {
  const AccountKind* kind = nullptr;
  std::string_view id;
  std::string_view name;
  std::string_view account_type;  ///< "shared", "group"
  std::int64_t created_at_ms = 0;
  std::string_view secret_mark;
};

struct ApiKeyFacts {
  std::string_view id;
  std::string_view name;
  std::string_view description;
  std::string_view secret_hash;
  std::string_view binding_field;  ///< "claudeConsoleAccountId"; empty: bound to no account
  std::string_view binding;        ///< "group:{id}"
  std::string_view tags_json;
  std::string_view owner_id;
  std::string_view owner_name;
  std::int64_t daily_cost_limit = 0;
  std::int64_t rate_percent = 100;  ///< of every service
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;  ///< 0: never
  bool is_active = true;
  std::string_view secret_mark;
};

/// With a mark, the value of every field that nobody may read from outside becomes "{mark}-{field}": a test
/// looks for the mark in whatever came out of the reader. Without one, secrets look like the relay's
/// (iv:ciphertext).
[[nodiscard]] Fields AccountFields(const AccountFacts& facts, Random& random);
[[nodiscard]] Fields ApiKeyFields(const ApiKeyFacts& facts);
[[nodiscard]] Fields GroupFields(std::string_view id, std::string_view name, std::string_view description,
                                 std::int64_t created_at_ms);

/// Replaces what may not be read, as above; nothing without a mark.
void MarkPrivateFields(Fields& fields, std::string_view mark);

/// The place of a field; its absence is a broken invariant and throws.
[[nodiscard]] std::size_t FieldIndex(const Fields& fields, std::string_view name);

/// A bedrock account's fields as the JSON text that the relay keeps.
[[nodiscard]] std::string BedrockJson(const Fields& fields);

/// As it stands between the quotes of a JSON string.
[[nodiscard]] std::string JsonEscaped(std::string_view text);

[[nodiscard]] std::string RandomHex(Random& random, std::size_t digits);

}  // namespace keymeter::relay_load
