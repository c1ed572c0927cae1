// The allocator of the system's C library.
#pragma once
#include <malloc.h>
