#pragma once
#include <acme/types.h>
#include <stddef.h>

/* A numbering of functions that has gaps and another order than the declarations. */
typedef enum { NF_nxsClose = 9, NF_nxsGetProperty = 4, NF_nxsOpen = 2, NF_nxsNever = 11 } acme_call;

int nxsOpen(acme_range range, const acme_range *next);
int nxsGetProperty(acme_id object, acme_property property, void *value, size_t *size);
void nxsClose(acme_id object);
int nxsUnlisted(void);
