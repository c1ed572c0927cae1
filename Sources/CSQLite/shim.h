// What Swift cannot call of the system's SQLite (Debian: libsqlite3-dev): functions of variable arguments.
#pragma once
#include <sqlite3.h>

/// SQLite no longer counts the memory that it has; to be called before its first use, else it does nothing.
/// The result is one of SQLite's codes.
static inline int sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
