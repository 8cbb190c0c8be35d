#pragma once
typedef unsigned long acme_id;
