#include "query-api/http/response_head.h"

#include <gtest/gtest.h>

#include "query-api/http/shared_body.h"

namespace keymeter::query_api {
namespace {

bool Has(const Response& response, std::string_view line) {
  return ResponseHead(response).find(line) != std::string::npos;
}

TEST(ResponseHead, HasStatusHeadersAndLength) {
  Response response;
  response.status = 404;
  response.headers = {{"Content-Type", "text/plain"}, {"X-Request-Id", "7"}};
  response.body = "gone";
  const std::string head = ResponseHead(response);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 404 Not Found\r\nDate: ")) << head;
  EXPECT_NE(head.find(" GMT\r\nContent-Type: text/plain\r\nX-Request-Id: 7\r\nContent-Length: 4\r\n"
                      "Cache-Control: private, no-cache\r\nX-Content-Type-Options: nosniff\r\n"),
            std::string::npos)
      << head;
  EXPECT_TRUE(head.ends_with("\r\n") && !head.ends_with("\r\n\r\n"));
  EXPECT_EQ(head.find("Connection"), std::string::npos);
}

TEST(ResponseHead, TheLengthIsThatOfTheBodyWhereverItIs) {
  Response response;
  response.shared_body = std::make_shared<SharedBody>("12345");
  EXPECT_TRUE(Has(response, "\r\nContent-Length: 5\r\n"));
  response.coded_body = std::make_shared<std::string>("123");
  EXPECT_TRUE(Has(response, "\r\nContent-Length: 3\r\n"));
  Response of_file;
  of_file.file = std::make_shared<FileBody>();
  of_file.file->bytes = 5'000'000'000;
  EXPECT_TRUE(Has(of_file, "\r\nContent-Length: 5000000000\r\n"));
}

TEST(ResponseHead, SomeAnswersHaveNoLength) {
  Response response;
  for (const int status : {101, 204, 304}) {
    response.status = status;
    EXPECT_FALSE(Has(response, "Content-Length")) << status;
    EXPECT_EQ(Has(response, "Cache-Control"), status != 101) << status;
  }
  response.status = 200;
  response.hides_length = true;
  EXPECT_FALSE(Has(response, "Content-Length"));
}

}  // namespace
}  // namespace keymeter::query_api
