/*
 * Names that no file of the program may use. Forced in front of every translation unit by the
 * build, so it first includes the headers that declare the names: poisoning a name before its
 * declaration would make the declaration itself an error, and including a header twice is free.
 *
 * Why: unbounded or locale-dependent copies and conversions, anything that prints to fd 1 (only
 * transport/ and base/out.c may), blocking libpq calls (store/ pipelines everything), and cJSON
 * calls that accept what strict JSON does not (base/json.c wraps them and defines
 * PLANNER_WRAPS_CJSON; store/db_probe.c has a thread for one of libpq's and defines
 * PLANNER_BLOCKS_IN_A_THREAD).
 */
#ifndef PLANNER_BASE_BANNED_H
#define PLANNER_BASE_BANNED_H

#include <cjson/cJSON.h>
#include <libpq-fe.h>
#ifdef PLANNER_WRAPS_CRYPTO /* base/sha256.c: it has members of these names */
#include <openssl/evp.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strncpy strcat strncat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison printf vprintf puts putchar
#pragma GCC poison PQexec PQexecParams PQexecPrepared PQprepare PQconnectdb
#ifndef PLANNER_BLOCKS_IN_A_THREAD
#pragma GCC poison PQconnectdbParams
#endif
#ifndef PLANNER_WRAPS_CJSON
#pragma GCC poison cJSON_Parse cJSON_ParseWithOpts cJSON_ParseWithLength
#pragma GCC poison cJSON_GetObjectItem cJSON_HasObjectItem
#endif

#endif
