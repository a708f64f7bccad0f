#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace keymeter::e2e {

/// The figures of one run; empty where a subject has no such figure.
struct Figures {
  using Value = std::optional<double>;

  double events = 0;               ///< raised by the traffic
  Value rate = {};                 ///< requests a second that the generator reached
  Value seen_percent = {};         ///< share of the events that the client counted
  Value client_cpu = {};           ///< CPU seconds of the client for a million events that it saw
  Value redis_cpu = {};            ///< CPU seconds of Redis for a million events raised
  Value redis_share_percent = {};  ///< the part of Redis' command time that the client's commands took
  Value commands = {};             ///< commands of the client for a million events
  Value wakeups = {};              ///< of the client, per second
  Value peak_rss_mib = {};         ///< of the client
  Value disk_mib = {};             ///< written by the client
  Value delay_p50_ms = {}, delay_p99_ms = {}, delay_max_ms = {};  ///< from a write to the row in the file
  Value http_p50_ms = {}, http_p99_ms = {}, http_max_ms = {};     ///< from a write to the answer
  Value done_ms = {};         ///< from the last write until all of it was durable, or counted
  Value exact_percent = {};   ///< 100 if every hour of every series was right, else 0
  Value cuts = {};            ///< how often Redis cut the client off, or the client reconnected
  Value failed_answers = {};  ///< answers of the API that were not 200
};

/// A figure as it is shown: in JSON by `name`, in a table by `heading`.
struct Column {
  const char* name;
  const char* heading;
  int digits;  ///< decimals
  Figures::Value Figures::*value;
};

[[nodiscard]] std::span<const Column> AllColumns();
[[nodiscard]] std::span<const Column> CostColumns();   ///< what it costs
[[nodiscard]] std::span<const Column> DelayColumns();  ///< how late, and how right it is

}  // namespace keymeter::e2e
