#pragma once

#include <string>

struct mg_connection;
struct mg_context;

namespace keymeter::testing {

/// The floor under an answer of ours: civetweb alone, with a constant of the size that the path names
/// ("/5000").
///
/// Its threads and settings are those of our own listener. Threads: one of the caller's, its own inside.
class ConstantServer {
 public:
  explicit ConstantServer(int threads);  ///< throws std::runtime_error
  ~ConstantServer();
  ConstantServer(const ConstantServer&) = delete;
  ConstantServer& operator=(const ConstantServer&) = delete;

  [[nodiscard]] std::string base() const;  ///< "http://127.0.0.1:4711"

 private:
  mg_context* context_ = nullptr;
};

}  // namespace keymeter::testing
