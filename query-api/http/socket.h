#pragma once

#include <utility>

#include "schema/error.h"

namespace keymeter::query_api {

/// An open socket, closed at the end. Threads: one at a time.
class Socket {
 public:
  explicit Socket(int file = -1) : file_(file) {}
  Socket(Socket&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~Socket();

  [[nodiscard]] bool IsOpen() const { return file_ >= 0; }
  [[nodiscard]] int file() const { return file_; }

 private:
  int file_;
};

/// Takes a connection away from code that holds its file and cannot be asked to let go of it.
///
/// The socket that is returned is the connection; behind the old number stands one whose other end is
/// closed, so that whatever the holder still does with it (shutdown, read, close) meets nobody.
/// Threads: the one in which the holder waits for us; nobody else uses or closes the number meanwhile.
[[nodiscard]] Result<Socket> TakeSocketAway(int file);

}  // namespace keymeter::query_api
