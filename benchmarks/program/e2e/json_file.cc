#include "benchmarks/program/e2e/json_file.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace keymeter::e2e {

void WriteJson(const std::string& path, const nlohmann::ordered_json& json) {
  const std::string partial = path + ".partial";
  std::ofstream file(partial, std::ios::trunc);
  file << json.dump(1) << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(partial, path, error);
  if (!file || error)
    throw std::runtime_error("cannot write " + path + ": is its directory there and writable?");
}

}  // namespace keymeter::e2e
