#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/http/url.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// The query parameters of one request, checked against those that its route knows.
///
/// A parameter that the route does not know, or that stands twice and is not `repeated`, is an error; one
/// without a value counts as not given. Errors are kInvalid and name the parameter and what it takes.
/// Threads: const, any.
class Params {
 public:
  static Result<Params> Parse(std::string_view query, const std::vector<std::string_view>& known,
                              std::string_view repeated = "");

  [[nodiscard]] std::optional<std::string_view> Text(std::string_view name) const;
  /// All values of a parameter that may stand several times.
  [[nodiscard]] std::vector<std::string_view> Texts(std::string_view name) const;
  /// Decimal digits only, within [least, most].
  [[nodiscard]] Result<std::optional<std::int64_t>> Int(std::string_view name, std::int64_t least,
                                                        std::int64_t most) const;
  [[nodiscard]] Result<std::optional<bool>> Bool(std::string_view name) const;  ///< true, false, 1, 0
  /// The value, one of `choices`; without one the first choice.
  [[nodiscard]] Result<std::string_view> OneOf(std::string_view name,
                                               const std::vector<std::string_view>& choices) const;

  [[nodiscard]] const QueryPairs& pairs() const { return pairs_; }

 private:
  QueryPairs pairs_;
};

}  // namespace keymeter::query_api
