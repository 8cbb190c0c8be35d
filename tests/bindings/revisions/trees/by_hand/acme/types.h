#pragma once
#include "../acme/more.h"
#include <stdbool.h>

/* Properties that are numbered by hand, with gaps. */
typedef enum {
  NP_Name = 3,
  NP_Size = 70, // in bytes
  NP_Keys = 1 << 9
} acme_property;

typedef struct acme_range { acme_id first, last; bool open; } acme_range;
