/**
 * @file nexus-api.h
 * The whole Nexus plugin C ABI in one include.
 */
#ifndef NEXUS_API_H
#define NEXUS_API_H

#include <nexus-api/nxs.h>
#include <nexus-api/nxs_functions.h>
#include <nexus-api/nxs_platform.h>
#include <nexus-api/nxs_propertys.h>
#include <nexus-api/nxs_version.h>

#endif /* NEXUS_API_H */
