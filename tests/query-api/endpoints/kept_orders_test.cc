#include "query-api/endpoints/kept_orders.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

std::shared_ptr<const ListOrder> OrderOf(const std::string& question, std::size_t ids) {
  auto order = std::make_shared<ListOrder>(question);
  for (std::size_t i = 0; i < ids; ++i) order->Add(fmt::format("id {}", i), static_cast<double>(i));
  return order;
}

TEST(ListOrder, GivesBackIdsOfAnyBytes) {
  ListOrder order("q");
  const std::string ids[] = {"", std::string("a\0b", 3), "键", std::string(5000, 'x')};
  for (const std::string& id : ids) order.Add(id, 1.5);
  ASSERT_EQ(order.size(), 4U);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order.at(i), ids[i]);
  EXPECT_EQ(order.value(3), 1.5);
}

TEST(KeptOrders, FindWhatIsKeptForTheSameQuestion) {
  KeptOrders orders;
  const std::string name = orders.Keep(OrderOf("q", 3));
  ASSERT_TRUE(orders.Find(name, "q"));
  EXPECT_EQ(orders.Find(name, "q")->at(2), "id 2");
  EXPECT_FALSE(orders.Find(name, "another"));
  EXPECT_FALSE(orders.Find("", "q"));
  EXPECT_FALSE(orders.Find(name + "0", "q"));
}

TEST(KeptOrders, TheLeastRecentlyAskedGoFirst) {
  const std::size_t bytes = OrderOf("q", 100)->MemoryBytes();
  KeptOrders orders(3 * bytes);
  const std::string first = orders.Keep(OrderOf("q", 100));
  const std::string second = orders.Keep(OrderOf("q", 100));
  (void)orders.Keep(OrderOf("q", 100));
  EXPECT_TRUE(orders.Find(first, "q"));
  (void)orders.Keep(OrderOf("q", 100));
  EXPECT_TRUE(orders.Find(first, "q"));
  EXPECT_FALSE(orders.Find(second, "q"));
  EXPECT_LE(orders.bytes(), 3 * bytes);
}

TEST(KeptOrders, OneThatIsTooLargeIsNotKept) {
  KeptOrders orders(10'000);
  EXPECT_EQ(orders.Keep(OrderOf("q", 10'000)), "");
  EXPECT_EQ(orders.bytes(), 0U);
}

}  // namespace
}  // namespace keymeter::query_api
