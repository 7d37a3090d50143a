/* The same tools that need no database as in the tests of mcp/. */
#include "../mcp/fake_helper.c"
