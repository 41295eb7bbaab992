// SPDX-License-Identifier: MIT
#include "CPrefetch.h"
