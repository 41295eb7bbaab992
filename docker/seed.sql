-- SPDX-License-Identifier: MIT
-- Something to order in a mesh that was just made; runs once, after init.sql, on an empty database.

SELECT stock_receive('PROD-001', 100000);
SELECT stock_receive('PROD-002', 100000);
SELECT stock_receive('PROD-003', 10);
