#pragma once
#include <acme/types.h>
#include <acme/calls.h>
