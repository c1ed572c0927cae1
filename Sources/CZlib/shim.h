// The system's z (Debian: zlib1g-dev).
#pragma once
#include <zlib.h>
