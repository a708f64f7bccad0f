// No request hides in another one: one answer for one question, or a close; directly, and through proxies
// that share their connections to us among clients. What the server served is read in its access log: a
// request that nobody got an answer to was smuggled.

#include <algorithm>

#include <fmt/format.h>

#include "tests/integration/door/door_fixture.h"
#include "tests/integration/door/proxies.h"
#include "tests/integration/door/smuggling_forms.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"

namespace keymeter::testing {
namespace {

class Smuggling : public DoorTest {
 protected:
  struct Seen {
    std::vector<int> statuses;
    int answers_to_form = 0;  ///< before the last request was sent
  };

  /// Sends a form and, when it left the connection open, one more request that closes it.
  Seen Send(const std::string& address, const SmugglingForm& form) const {
    RawSocket socket(address);
    socket.Send(form.bytes);
    std::string answers;
    for (int i = 0; i < form.answers && ReadAnswer(socket, answers); ++i) {
    }
    Seen seen{.statuses = {}, .answers_to_form = static_cast<int>(StatusesIn(answers).size())};
    if (socket.SendSome("GET /api/apikeys/key-1 HTTP/1.1\r\n" + headers_ + "Connection: close\r\n\r\n"))
      answers += socket.ReadUntil("never");
    seen.statuses = StatusesIn(answers);
    return seen;
  }

  /// Another client is answered what it asked, on whichever kept connection of a proxy it comes.
  void ExpectOthersAreServed(const std::string& address) {
    for (int i = 0; i < 4; ++i) {
      const HttpResponse answer =
          HttpGet("http://" + address + "/api/accounts/account-1",
                  {"Authorization: Bearer " + token_, fmt::format("X-Request-Id: other-{:06}", ++others_)});
      EXPECT_EQ(answer.status, 200) << answer.body << answer.error;
      EXPECT_NE(answer.body.find("\"accountId\":\"account-1\""), std::string::npos) << answer.body;
    }
    program_.AwaitLine(fmt::format("request_id=other-{:06}", others_));
  }

  [[nodiscard]] std::int64_t Served(std::string_view path) {
    return std::ranges::count_if(program_.process().Lines(), [&](const std::string& line) {
      return line.find("msg=\"request\"") != std::string::npos && line.find(path) != std::string::npos;
    });
  }

  void ExpectOneAnswerForOneQuestion(const std::string& proxy) {
    std::int64_t answers = 0;
    for (const SmugglingForm& form : SmugglingForms(headers_)) {
      SCOPED_TRACE(form.name);
      answers += static_cast<std::int64_t>(Send(proxy, form).statuses.size());
      ExpectOthersAreServed(proxy);
      EXPECT_LE(Served("path=/api/apikeys/"), answers) << "one was served whose sender got no answer";
    }
  }

  const std::string token_ = Token("ann");
  const std::string headers_ = "Host: localhost\r\nAuthorization: Bearer " + token_ + "\r\n";
  Program program_{"serve", Flags()};
  const std::string front_ = program_.ApiAddresses().front();
  int others_ = 0;

 private:
  /// Appends one whole answer; false when there is none.
  static bool ReadAnswer(RawSocket& socket, std::string& answers) {
    std::string answer;
    std::size_t whole = std::string::npos;
    while (answer.size() < whole) {
      if (!socket.ReadMore(answer)) break;
      const std::size_t end = answer.find("\r\n\r\n");
      if (whole != std::string::npos || end == std::string::npos) continue;
      const std::size_t length = answer.find("Content-Length: ");
      whole = end + 4;
      if (length < end) whole += std::strtoull(answer.c_str() + length + 16, nullptr, 10);
    }
    answers += answer;
    return !answer.empty();
  }
};

TEST_F(Smuggling, GetsOneAnswerForOneQuestionOrAClose) {
  for (const SmugglingForm& form : SmugglingForms(headers_)) {
    SCOPED_TRACE(form.name);
    const std::int64_t hidden = Served("path=/api/apikeys/smuggled");
    const Seen seen = Send(front_, form);
    EXPECT_EQ(seen.answers_to_form, form.answers);
    if (seen.statuses.empty()) continue;
    EXPECT_NE(std::ranges::find(form.statuses, seen.statuses.front()), form.statuses.end())
        << "got " << seen.statuses.front();
    EXPECT_LE(static_cast<int>(seen.statuses.size()), form.answers + 1) << "what was hidden was answered too";
    ExpectOthersAreServed(front_);
    EXPECT_EQ(Served("path=/api/apikeys/smuggled") - hidden, form.answers - 1)
        << "what was hidden was served";
  }
}

TEST_F(Smuggling, DoesNotGetThroughNginx) {
  const NginxBefore nginx(front_);
  ExpectOneAnswerForOneQuestion(nginx.address());
}

TEST_F(Smuggling, DoesNotGetThroughHaproxy) {
  const HaproxyBefore haproxy(front_);
  ExpectOneAnswerForOneQuestion(haproxy.address());
}

}  // namespace
}  // namespace keymeter::testing
