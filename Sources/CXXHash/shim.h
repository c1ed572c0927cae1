// The system's xxhash (Debian: libxxhash-dev).
#pragma once
#include <xxhash.h>
