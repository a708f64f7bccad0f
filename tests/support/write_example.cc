/// write_example PATH: a usage file that has one of everything, for tests that are no C++.

#include <cstdio>
#include <ctime>
#include <exception>

#include "tests/support/example_file.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("Usage: write_example PATH\n", stderr);
    return 2;
  }
  try {
    keymeter::query_api::WriteExample(argv[1], std::time(nullptr));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "error: %s\n", failure.what());
    return 1;
  }
  return 0;
}
