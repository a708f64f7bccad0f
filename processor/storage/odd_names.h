#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Gives ids and models the names under which they stand in the file, and writes down what Redis calls the
/// odd ones (see schema/shown_name.h).
///
/// Threads: writer thread. Lifetime: borrows the database of Prepare.
/// Tested by tests/processor/storage/odd_names_test.cc.
class OddNameWriter {
 public:
  [[nodiscard]] Status Prepare(Database& database);
  /// Of an id, which may not be empty, or of a model, for which empty means: no model at all.
  [[nodiscard]] Result<std::string> ShownId(std::string_view id);
  [[nodiscard]] Result<std::string> ShownModel(std::string_view model);

 private:
  Statement add_;
};

/// What Redis calls the names of a file. Threads: any; a plain value. Bounds: that of the table odd_name.
class OddNames {
 public:
  [[nodiscard]] static Result<OddNames> Load(Database& database);
  /// The name itself when it is no odd one.
  [[nodiscard]] std::string_view InRedis(std::string_view shown) const;

 private:
  std::unordered_map<std::string, std::string> names_;  ///< by shown name
};

}  // namespace keymeter::processor
