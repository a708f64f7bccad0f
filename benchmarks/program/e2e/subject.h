#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "benchmarks/program/e2e/subject_kind.h"
#include "tests/support/child_process.h"
#include "tests/support/redis_server.h"

namespace keymeter::e2e {

/// What a client counted; see channels.h.
struct Counted {
  bool is_done = false;  ///< everything before the end mark was processed
  std::int64_t events = 0;
  std::int64_t connections = 1;
};

/// Where a subject is started.
struct SubjectSetup {
  SubjectKind kind = SubjectKind::kOff;
  const testing::RedisServer& redis;  ///< its notifications are set as the subject needs them
  std::string directory;              ///< for its file
  std::string other_binary;           ///< of SubjectKind::kBefore
};

/// A running subject, or none; killed at the end of the object. Threads: one. Throws std::runtime_error when
/// it cannot be started.
class Subject {
 public:
  /// Returns when it is subscribed, and has read what Redis holds.
  explicit Subject(const SubjectSetup& setup);

  [[nodiscard]] SubjectKind kind() const { return kind_; }
  [[nodiscard]] std::optional<pid_t> pid() const;
  [[nodiscard]] const std::string& db() const { return db_; }  ///< "" of one without a file
  [[nodiscard]] std::string Api(const std::string& path) const;
  [[nodiscard]] std::string Probe(const std::string& path) const;

  /// For a client that counts: publishes the end mark until the client has processed everything before it,
  /// for at most `timeout`. Returns what it counted, even if late; nothing if it printed nothing.
  [[nodiscard]] std::optional<Counted> AwaitCount(testing::Milliseconds timeout);
  /// Its warnings and errors in the log, a line each.
  [[nodiscard]] std::string Complaints() const;
  /// keymeter's own count of its subscriptions.
  [[nodiscard]] std::int64_t Sessions() const;

 private:
  void Await(const std::string& part);
  [[nodiscard]] std::string Address(const std::string& role) const;
  [[nodiscard]] std::optional<Counted> LastCount() const;

  SubjectKind kind_;
  const testing::RedisServer& redis_;
  std::string db_;
  std::unique_ptr<testing::ChildProcess> process_;
};

}  // namespace keymeter::e2e
