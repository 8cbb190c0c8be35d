// Finds what ends more than one item in the item blocks of a kernel.
#pragma once

#include <string>
#include <string_view>

namespace nexus::cpu {

// Returns a line for each `return`, `break` and `goto` that leaves an item block, in the form of a
// compiler's errors; empty if there are none. An item block is a loop over the group's items
// (NXS_ITEMS), which such a statement would end for all items that come later.
//
// `text` is what the preprocessor made of the source, with its line markers. A lexer and the
// nesting of statements suffice: what is no statement of the block, such as the body of a lambda or
// of a local class, is left alone.
std::string problems_in_item_blocks(std::string_view text);

}  // namespace nexus::cpu
