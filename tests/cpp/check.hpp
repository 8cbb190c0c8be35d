// Cases of a test program: each is run by its name, and says whether it holds.
#ifndef NEXUS_TESTS_CHECK_HPP
#define NEXUS_TESTS_CHECK_HPP

#include <nexus/nexus.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

using Cases = std::map<std::string, void (*)()>;

inline Cases &cases() {
  static Cases all;
  return all;
}

struct Registered {
  Registered(const char *name, void (*run)()) { cases()[name] = run; }
};

#define CASE(NAME)                                         \
  static void NAME();                                      \
  static const Registered registered_##NAME(#NAME, &NAME); \
  static void NAME()

#define EXPECT(CONDITION)                                                             \
  do {                                                                                \
    if (!(CONDITION)) {                                                               \
      throw std::logic_error(std::string(__FILE__) + ":" + std::to_string(__LINE__) + \
                             ": not so: " #CONDITION);                                \
    }                                                                                 \
  } while (false)

// Expects a call to throw an exception of exactly a type, with a status, and a text with some
// words.
template <class Expected, class Call>
void expectError(nxs_int status, std::string_view words, const Call &call, const char *file,
                 int line) {
  const std::string place = std::string(file) + ":" + std::to_string(line) + ": ";
  std::string text;
  try {
    call();
  } catch (const nexus::Error &error) {
    text = error.what();
    if (typeid(error) != typeid(Expected)) {
      throw std::logic_error(place + "another type, " + typeid(error).name() + ": " + text);
    }
    if (error.status() != status) {
      throw std::logic_error(place + "status " + std::to_string(error.status()) + ": " + text);
    }
    if (text.find(words) == std::string::npos) throw std::logic_error(place + text);
    return;
  }
  throw std::logic_error(place + "no error");
}

#define EXPECT_ERROR(TYPE, STATUS, WORDS, ...) \
  expectError<nexus::TYPE>(STATUS, WORDS, [&] { __VA_ARGS__; }, __FILE__, __LINE__)

// Runs the cases whose names are given, each on a line of the output: "ok NAME", or what is wrong.
inline int runCases(int count, char **names) {
  for (int i = 1; i < count; ++i) {
    std::string result = "ok";
    try {
      cases().at(names[i])();
    } catch (const std::exception &error) {
      result = std::string("failed: ") + error.what();
    }
    for (char &letter : result) letter = letter == '\n' ? ' ' : letter;
    std::printf("%s %s\n", names[i], result.c_str());
    std::fflush(stdout);
  }
  return 0;
}

#endif  // NEXUS_TESTS_CHECK_HPP
