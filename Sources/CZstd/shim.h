// The system's zstd (Debian: libzstd-dev).
#pragma once
#include <zstd.h>
