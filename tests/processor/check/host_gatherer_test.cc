#include "processor/check/host_gatherer.h"

#include <cerrno>
#include <filesystem>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "schema/file_descriptor.h"
#include "tests/support/temp_dir.h"

namespace keymeter::check {
namespace {

using keymeter::testing::TempDir;
using keymeter::testing::WriteFile;
using std::filesystem::perms;

ListenFacts Tried(ListenFacts listener) {
  const ManualClock clock(0);
  return GatherHost({}, {std::move(listener)}, clock).listeners.at(0);
}

ListenFacts TriedPath(const std::string& path) {
  return Tried({.setting = "listen", .address = "unix:" + path, .unix_path = path});
}

/// Somebody who listens on a free port of all addresses, or on a path.
class Somebody {
 public:
  Somebody() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.number(), 1), 0);
    EXPECT_EQ(::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  explicit Somebody(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_.number(), 1), 0);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
};

TEST(GatherHost, BindsIpv4AndIpv6) {
  EXPECT_EQ(Tried({.setting = "listen", .address = "", .host = "127.0.0.1"}).bind_errno, 0);
  EXPECT_EQ(Tried({.setting = "listen", .address = "", .host = "192.0.2.1"}).bind_errno, EADDRNOTAVAIL);
  const Somebody somebody;
  for (const char* host : {"127.0.0.1", "0.0.0.0"})
    EXPECT_EQ(Tried({.setting = "listen", .address = "", .host = host, .port = somebody.port()}).bind_errno,
              EADDRINUSE)
        << host;
}

TEST(GatherHost, LooksAtThePlaceOfAUnixSocketAndMakesNothingThere) {
  const TempDir directory;
  const std::string path = directory.File("api.sock");
  EXPECT_EQ(TriedPath(path).bind_errno, 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(TriedPath(directory.File("none/api.sock")).bind_errno, ENOENT);
  WriteFile(path, "x");
  EXPECT_EQ(TriedPath(path).bind_errno, EEXIST);
  EXPECT_EQ(TriedPath(path + "/api.sock").bind_errno, ENOTDIR);
}

TEST(GatherHost, TellsASocketThatIsAnsweredFromOneThatWasLeft) {
  const TempDir directory;
  const std::string path = directory.File("api.sock");
  {
    const Somebody somebody(path);
    EXPECT_EQ(TriedPath(path).bind_errno, EADDRINUSE);
  }
  EXPECT_EQ(TriedPath(path).bind_errno, 0);
}

TEST(GatherHost, NoticesADirectoryThatEverybodyWritesIn) {
  const TempDir directory;
  EXPECT_FALSE(TriedPath(directory.File("api.sock")).is_directory_for_everybody);
  std::filesystem::permissions(directory.path(), perms::all);
  EXPECT_TRUE(TriedPath(directory.File("api.sock")).is_directory_for_everybody);
}

}  // namespace
}  // namespace keymeter::check
