#include "query-api/snapshot/connection_pool.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include "schema/migrations.h"

namespace keymeter::query_api {

namespace {

/// What clients may read about a file that cannot be used: never its path.
Error ForClients(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnavailable:
      return {ErrorCode::kUnavailable, "the usage file cannot be read right now"};
    case ErrorCode::kCorrupt:
      return {ErrorCode::kUnavailable, "the usage file is no usable SQLite file"};
    default:
      return {ErrorCode::kUnavailable, "the usage file cannot be opened or is not of this version"};
  }
}

Result<std::unique_ptr<PooledConnection>> OpenConnection(const std::string& path, const struct stat& file) {
  auto database = Database::Open(path, Database::Mode::kReadOnly);
  if (!database) return Fail(ForClients(database.error()));
  if (auto readable = CheckReadable(*database); !readable) return Fail(ForClients(readable.error()));
  auto connection = std::make_unique<PooledConnection>(PooledConnection{std::move(*database)});
  connection->device = file.st_dev;
  connection->inode = file.st_ino;
  return connection;
}

}  // namespace

Lease::~Lease() {
  if (connection_ == nullptr) return;
  // Ends the read transaction. A connection that cannot even do this is not used again.
  if (connection_->database.Execute("ROLLBACK")) {
    pool_->Return(std::move(connection_));
  } else {
    pool_->Discard();
  }
}

Result<Query> Lease::Prepare(std::string_view sql) {
  auto& statements = connection_->statements;
  auto found = statements.find(sql);
  if (found == statements.end()) {
    ASSIGN_OR_RETURN(auto statement, connection_->database.Prepare(sql));
    found = statements.emplace(std::string(sql), std::move(statement)).first;
  }
  return Query(found->second);
}

Result<Lease> ConnectionPool::Take() {
  ASSIGN_OR_RETURN(auto connection, TakeConnection());
  if (auto begun = connection->database.Execute("BEGIN"); !begun) {
    Discard();
    return Fail(ForClients(begun.error()));
  }
  return Lease(this, std::move(connection));
}

Result<std::unique_ptr<PooledConnection>> ConnectionPool::TakeConnection() {
  RETURN_IF_ERROR(TakeTurn());
  struct stat file {};
  if (::stat(path_.c_str(), &file) != 0) {
    const bool is_missing = errno == ENOENT;
    Discard();
    return Fail(ErrorCode::kUnavailable, "{}",
                is_missing ? "there is no usage file yet: no processor has written one"
                           : "the usage file cannot be looked at");
  }
  while (auto connection = TakeIdle()) {
    const bool is_same = connection->device == file.st_dev && connection->inode == file.st_ino;
    if (is_same && (!connection->database.is_still() || Database::StandsStill(path_))) return connection;
  }
  auto opened = OpenConnection(path_, file);
  if (!opened) Discard();
  return opened;
}

Status ConnectionPool::TakeTurn() {
  MutexLock lock(mutex_);
  if (leased_ < capacity_) {
    ++leased_;
    return {};
  }
  Waiter waiter;
  waiters_.push_back(&waiter);
  const auto deadline = std::chrono::steady_clock::now() + wait_;
  while (!waiter.has_turn)
    if (waiter.changed.wait_until(lock, deadline) == std::cv_status::timeout) break;
  if (waiter.has_turn) return {};
  waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &waiter));
  return Fail(ErrorCode::kUnavailable, "too many queries at once: all {} are busy", capacity_);
}

void ConnectionPool::PassTurn() {
  if (waiters_.empty()) {
    --leased_;
    return;
  }
  waiters_.front()->has_turn = true;
  waiters_.front()->changed.notify_one();
  waiters_.pop_front();
}

std::unique_ptr<PooledConnection> ConnectionPool::TakeIdle() {
  const MutexLock lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ConnectionPool::Return(std::unique_ptr<PooledConnection> connection) {
  if (connection->statements.size() > kMaxStatements) connection->statements.clear();
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  PassTurn();
}

void ConnectionPool::Discard() {
  const MutexLock lock(mutex_);
  PassTurn();
}

std::size_t ConnectionPool::open_connections() const {
  const MutexLock lock(mutex_);
  return idle_.size() + leased_;
}

std::size_t ConnectionPool::waiting() const {
  const MutexLock lock(mutex_);
  return waiters_.size();
}

}  // namespace keymeter::query_api
