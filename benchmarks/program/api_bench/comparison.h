#pragma once

#include <string>
#include <vector>

#include "benchmarks/program/api_bench/load.h"
#include "tests/support/program.h"

namespace keymeter::testing {

/// An older binary beside ours: both serve the same file, and are asked the same, one just after the other.
/// Threads: one. Lifetime: the servers end with the object.
class Comparison {
 public:
  Comparison(const std::string& db, const std::string& older_binary);

  /// Prints a line: what both take for variants of a question that are not cached, and for one that is.
  void Measure(const std::vector<std::string>& paths, int seconds) const;

 private:
  struct Servers {
    Program uncached;
    Program cached;
  };
  struct Result {
    LoadResult uncached;
    LoadResult cached;
  };
  static Result Ask(const Servers& servers, const std::vector<std::string>& paths, int seconds);

  Servers before_;
  Servers ours_;
};

}  // namespace keymeter::testing
