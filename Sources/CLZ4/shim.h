// The system's lz4 (Debian: liblz4-dev).
#pragma once
#include <lz4frame.h>
#include <lz4.h>
#include <lz4hc.h>
