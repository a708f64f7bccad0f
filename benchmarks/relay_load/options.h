#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "benchmarks/relay_load/age.h"
#include "benchmarks/relay_load/redis_url.h"
#include "schema/error.h"

namespace keymeter::relay_load {

/// What relay_load is asked to write, and how fast.
struct Options {
  RedisUrl redis;
  std::size_t keys = 50;
  std::size_t accounts = 20;
  std::size_t models = 8;
  std::size_t groups = 4;
  double skew = 1.0;
  std::uint64_t seed = 1;

  double rps = 50;             ///< 0: as fast as Redis takes it
  std::uint64_t requests = 0;  ///< 0: no bound
  double seconds = 0;          ///< 0: no bound
  bool live = true;

  std::int64_t utc_offset_seconds = 8LL * 3600;
  std::optional<std::int64_t> at_ms;  ///< pretended now
  std::int64_t history_hours = 0;
  std::int64_t history_requests_per_hour = 100;

  Age age{};          ///< the release whose writes are repeated
  bool demo = false;  ///< the history has the shape of a week, and things happen: see demo_commands.h

  bool absolute = false;  ///< HSET of grown values
  bool entities = true;
  bool force = false;
  std::string secret_mark;
  std::string report;  ///< file, "-" for stdout, empty for none
};

/// What to do: run with `options`, or exit at once with `exit_code` (help was asked for, or the words were
/// wrong; it has been printed).
struct CommandLine {
  Options options;
  std::optional<int> exit_code;
};

[[nodiscard]] CommandLine ParseCommandLine(int argc, char** argv);

}  // namespace keymeter::relay_load
