// Finds jumps out of a kernel's item blocks, which end more than one item.
#pragma once

#include <string>
#include <string_view>

namespace nexus::cpu {

// Returns a line for each `return`, `break` and `goto` that leaves an item block, in the form of a
// compiler's errors; empty if there are none. An item block is a loop over the group's items
// (NXS_ITEMS), which such a statement would end for all items that come later.
//
// `text` is what the preprocessor made of the source, with its line markers. A lexer and the
// nesting of statements suffice. The bodies of lambdas and of local classes are functions of their
// own, and may return.
std::string problems_in_item_blocks(std::string_view text);

}  // namespace nexus::cpu
