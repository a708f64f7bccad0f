#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "schema/error.h"

namespace keymeter::query_api {

using SqlValue = std::variant<std::int64_t, std::string, double>;

/// The place after which a page of a list begins. A client can write one himself: whoever reads it takes each
/// of its numbers for any number from 0 on. Threads: a plain value.
/// Tested by tests/query-api/endpoints/list_query_test.cc.
struct Cursor {
  std::string sort;
  std::string order;
  SqlValue value;  ///< of the last row, at `moment_ms`
  std::string id;  ///< of the last row

  // Of orders by a value that moves.
  std::int64_t moment_ms = 0;  ///< when the first page was made; 0: the order does not move
  std::string kept{};          ///< the name of that page's order in KeptOrders; "" when it is not kept
  std::int64_t place = 0;      ///< rows of it that were shown
  std::int64_t left = 0;       ///< rows that further pages may still show, so that there is a last one

  [[nodiscard]] std::string Encode() const;
  /// Errors are kInvalid.
  [[nodiscard]] static Result<Cursor> Decode(std::string_view text);
};

}  // namespace keymeter::query_api
