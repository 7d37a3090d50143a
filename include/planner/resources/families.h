/* Every family that a file of this layer declares; the registry lists them. */
#ifndef PLANNER_RESOURCES_FAMILIES_H
#define PLANNER_RESOURCES_FAMILIES_H

#include "planner/resources/resource.h"

/* planner.c, templates.c */
extern const struct resource_family resource_family_planner;

#endif
