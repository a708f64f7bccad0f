#include "tests/integration/door/door_fixture.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/resource.h>

namespace keymeter::testing {

DoorTest::DoorTest() {
  ChildProcess write({WRITE_EXAMPLE_BINARY, File("keymeter.db")});
  if (write.Wait() != 0) throw std::runtime_error("write_example:\n" + write.StandardError());
}

std::string DoorTest::Token(const std::string& name, const std::string& role) const {
  const Ended made =
      RunKeymeter({"token", "create", "--token-file", File("tokens.json"), "--name", name, "--role", role});
  if (made.exit_code != 0) throw std::runtime_error(made.error);
  return made.out.substr(0, made.out.find('\n'));
}

std::vector<std::string> DoorTest::Flags(const std::vector<std::string>& more) const {
  std::vector<std::string> flags = {
      "--db", File("keymeter.db"), "--token-file", File("tokens.json"), "--rate-limit", "off"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

void AllowOpenFiles(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < count)
    throw std::runtime_error(fmt::format("{} open files are needed, and {} allowed: raise ulimit -Hn", count,
                                         static_cast<std::size_t>(limit.rlim_max)));
}

std::string AddressIn(const std::string& url) {
  return url.substr(url.find("://") + 3);
}

std::vector<int> ListeningPorts(pid_t pid) {
  std::set<std::string> sockets;
  std::error_code gone;  // a file may be closed while we look
  for (const auto& file : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid))) {
    const std::string target = std::filesystem::read_symlink(file.path(), gone).string();
    if (target.starts_with("socket:[")) sockets.insert(target.substr(8, target.size() - 9));
  }
  std::vector<int> ports;
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, skipped, inode;
    words >> number >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) words >> skipped;
    words >> inode;
    if (state == "0A" && local.starts_with("0100007F:") && sockets.contains(inode))
      ports.push_back(std::stoi(local.substr(9), nullptr, 16));
  }
  return ports;
}

std::vector<int> StatusesIn(const std::string& answers) {
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  std::vector<int> statuses;
  for (std::size_t at = answers.find(kBegin); at != std::string::npos; at = answers.find(kBegin, at + 1)) {
    // A body may speak of HTTP/1.1, too.
    if (const int status = std::atoi(answers.c_str() + at + kBegin.size()); status >= 100)
      statuses.push_back(status);
  }
  return statuses;
}

bool MemoryIsItsOwn() {
  return IS_SANITIZED == 0;
}

}  // namespace keymeter::testing
