#include "query-api/front/answer.h"

#include <utility>

#include "query-api/http/response_head.h"
#include "query-api/http/shared_body.h"

namespace keymeter::query_api {

std::shared_ptr<const std::string> SharedBytesOf(Response&& response) {
  if (response.coded_body) return std::move(response.coded_body);
  if (response.shared_body) return response.shared_body->text();
  return std::make_shared<const std::string>(std::move(response.body));
}

Answer AnswerOf(Response response) {
  Answer answer{.status = response.status, .head = ResponseHead(response)};
  answer.file = std::move(response.file);
  answer.start_session = std::move(response.start_session);
  if (response.coded_body || response.shared_body)
    answer.shared_body = SharedBytesOf(std::move(response));
  else
    answer.body = std::move(response.body);
  return answer;
}

}  // namespace keymeter::query_api
