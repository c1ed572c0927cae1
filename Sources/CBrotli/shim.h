// The system's brotlidec (Debian: libbrotli-dev).
#pragma once
#include <brotli/decode.h>
