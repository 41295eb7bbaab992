// SPDX-License-Identifier: MIT
#pragma once
#include <openssl/ssl.h>
