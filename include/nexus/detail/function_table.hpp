/**
 * @file function_table.hpp
 * The functions of a plugin, and the substitute that stands before those of a plugin that does not
 * keep the contract. Both are expanded from the list of the C ABI.
 */
#ifndef NEXUS_DETAIL_FUNCTION_TABLE_HPP
#define NEXUS_DETAIL_FUNCTION_TABLE_HPP

#include <nexus-api.h>

namespace nexus::detail {

/**
 * What a call of a function returns that the plugin lacks: no nxs_status has this number, but the
 * type nxs_status can hold it.
 */
inline constexpr nxs_int kAbsent = -128;
static_assert(kAbsent < NXS_STATUS_MIN);

/** Stands for each function that a plugin lacks. */
template <class Function>
struct Absent;
template <class Result, class... Arguments>
struct Absent<Result (*)(Arguments...)> {
  static Result call(Arguments...) { return static_cast<Result>(kAbsent); }
};

/** A pointer for each function of the ABI; none is null. */
struct FunctionTable {
#define NEXUS_API_FUNC(RETURN, NAME, ...) nxs##NAME##_fn NAME = &Absent<nxs##NAME##_fn>::call;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
};

/** The exported names of the functions, by nxs_function. */
inline constexpr const char *kFunctionNames[] = {
#define NEXUS_API_FUNC(RETURN, NAME, ...) "nxs" #NAME,
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
};

/** Functions with the signatures of the ABI that are called instead of a plugin's own. */
class Substitute {
 public:
  virtual ~Substitute() = default;
#define NEXUS_API_FUNC(RETURN, NAME, ...) virtual RETURN NAME(__VA_ARGS__) = 0;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
};

}  // namespace nexus::detail

/** Calls a function of a detail::Plugin, by its name without the prefix. */
#define NEXUS_CALL(PLUGIN, NAME, ...) \
  ((PLUGIN).substitute ? (PLUGIN).substitute->NAME(__VA_ARGS__) : (PLUGIN).table.NAME(__VA_ARGS__))

#endif  // NEXUS_DETAIL_FUNCTION_TABLE_HPP
