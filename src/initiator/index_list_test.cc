// Lists that share a table keep their own order.
#include "initiator/index_list.h"

#include <gtest/gtest.h>

namespace aoekit::initiator {
namespace {

std::vector<std::uint32_t> items(const LinkTable& table, const IndexList& list) {
  std::vector<std::uint32_t> found;
  for (auto i = list.first; i != kNoIndex; i = table.next(i)) found.push_back(i);
  EXPECT_EQ(found.size(), list.size);
  return found;
}

TEST(IndexList, JoinsAtBothEndsAndLeavesFromAnywhere) {
  LinkTable table(6);
  IndexList list, other;
  table.push_back(list, 3);
  table.push_back(list, 1);
  table.push_front(list, 5);
  table.push_back(other, 0);
  EXPECT_EQ(items(table, list), (std::vector<std::uint32_t>{5, 3, 1}));
  table.remove(list, 3);
  EXPECT_FALSE(table.is_linked(3));
  EXPECT_EQ(items(table, list), (std::vector<std::uint32_t>{5, 1}));
  EXPECT_EQ(table.pop_front(list), 5U);
  table.remove(list, 1);
  EXPECT_TRUE(list.empty());
  table.push_back(list, 3);
  EXPECT_EQ(items(table, list), (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(items(table, other), (std::vector<std::uint32_t>{0}));
}

}  // namespace
}  // namespace aoekit::initiator
