// Debian's Lua 5.4, as a module for Swift.
#include <lua.h>
#include <lualib.h>
#include <lauxlib.h>
