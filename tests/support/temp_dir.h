#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace keymeter::testing {

/// An empty directory of its own, removed at the end; kept, and its path printed, when the test failed.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The path of a file in it, whether it exists or not.
  [[nodiscard]] std::string File(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string ReadFile(const std::string& path);  ///< "" when there is none
void WriteFile(const std::string& path, std::string_view content);

}  // namespace keymeter::testing
