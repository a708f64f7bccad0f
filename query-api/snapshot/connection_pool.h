#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/mutex.h"
#include "schema/sqlite.h"

namespace keymeter::query_api {

/// A prepared statement of a connection, while it is in use; it is reset when this is destroyed.
///
/// Threads: one. Lifetime: not beyond its lease.
class Query {
 public:
  explicit Query(Statement& statement) : statement_(&statement) {}
  Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Query& operator=(Query&&) = delete;
  ~Query() {
    if (statement_ != nullptr) statement_->Reset();
  }
  Statement* operator->() { return statement_; }
  Statement& operator*() { return *statement_; }

 private:
  Statement* statement_;
};

/// One read-only connection with its prepared statements. Threads: one at a time.
struct PooledConnection {
  Database database;
  std::map<std::string, Statement, std::less<>> statements{};
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

class ConnectionPool;

/// A connection inside one read transaction: all its queries see the same state of the file.
///
/// For as long as one answer reads; not while waiting for a client or another thread, since the pool has few.
/// Threads: one. Lifetime: not beyond its pool.
class Lease {
 public:
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  /// Prepared at its first use on this connection. One text is in use at most once at a time.
  [[nodiscard]] Result<Query> Prepare(std::string_view sql);
  /// Differs between two files that stood at the same path one after the other.
  [[nodiscard]] std::uint64_t file_id() const { return connection_->inode; }

 private:
  friend class ConnectionPool;
  Lease(ConnectionPool* pool, std::unique_ptr<PooledConnection> connection)
      : pool_(pool), connection_(std::move(connection)) {}

  ConnectionPool* pool_;
  std::unique_ptr<PooledConnection> connection_;
};

/// Read-only connections to one SQLite file, opened when needed and kept open.
///
/// The file may be missing or be replaced at any time: each lease checks whether the path still names the
/// file that the connection has open.
/// Threads: any. Lifetime: outlives its leases. Bounds: at most `capacity` connections; a further lease
/// waits for one, first come first served, up to `wait`, and is then refused (kUnavailable); at most
/// kMaxStatements statements a connection.
class ConnectionPool {
 public:
  static constexpr std::size_t kMaxStatements = 128;

  ConnectionPool(std::string path, std::size_t capacity,
                 std::chrono::milliseconds wait = std::chrono::milliseconds(0))
      : path_(std::move(path)), capacity_(capacity), wait_(wait) {}

  [[nodiscard]] Result<Lease> Take();
  [[nodiscard]] std::size_t open_connections() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiter {
    CondVar changed{};
    bool has_turn = false;
  };

  friend class Lease;
  [[nodiscard]] Result<std::unique_ptr<PooledConnection>> TakeConnection();
  /// Waits until one more lease may be given out.
  [[nodiscard]] Status TakeTurn() EXCLUDES(mutex_);
  /// To whoever waits longest: a newcomer cannot get in before.
  void PassTurn() REQUIRES(mutex_);
  [[nodiscard]] std::unique_ptr<PooledConnection> TakeIdle() EXCLUDES(mutex_);
  void Return(std::unique_ptr<PooledConnection> connection) EXCLUDES(mutex_);
  /// Instead of Return, for a connection that is not used again.
  void Discard() EXCLUDES(mutex_);

  const std::string path_;
  const std::size_t capacity_;
  const std::chrono::milliseconds wait_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<PooledConnection>> idle_ GUARDED_BY(mutex_);
  std::size_t leased_ GUARDED_BY(mutex_) = 0;
  std::deque<Waiter*> waiters_ GUARDED_BY(mutex_);  ///< in the order in which they came
};

}  // namespace keymeter::query_api
