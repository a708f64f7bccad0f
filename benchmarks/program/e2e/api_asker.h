#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace keymeter::e2e {

/// A dashboard: asks the API ten times a second, for the list of keys, one key, its usage, a series, the top
/// keys and the system's metrics in turn. Threads: its own.
class ApiAsker {
 public:
  /// `address_of`: the whole address of a path.
  explicit ApiAsker(std::function<std::string(const std::string& path)> address_of);
  ~ApiAsker();
  ApiAsker(const ApiAsker&) = delete;
  ApiAsker& operator=(const ApiAsker&) = delete;

  void Stop();
  [[nodiscard]] std::int64_t asked() const { return asked_; }
  [[nodiscard]] std::int64_t failed() const { return failed_; }  ///< not 200

 private:
  void AskRounds();
  std::string Ask(const std::string& path);

  std::function<std::string(const std::string& path)> address_of_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<std::int64_t> asked_{0};
  std::atomic<std::int64_t> failed_{0};
  std::thread thread_;
};

}  // namespace keymeter::e2e
