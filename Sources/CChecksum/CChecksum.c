// SPDX-License-Identifier: MIT
#include "CChecksum.h"
