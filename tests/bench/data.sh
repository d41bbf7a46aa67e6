# Sourced by run: the tables and the transactions that are measured.

tables=(customers orders order_lines documents events)

# About 450 MB at scale 100 (percent): narrow and wide rows, one and several unique keys, one table without any.
make_data() {
  local customers=$((3000 * scale)) orders=$((9000 * scale)) lines=$((10000 * scale)) documents=$((400 * scale))
  sql source <<SQL
SET SESSION sql_log_bin = 0, unique_checks = 0;
CREATE DATABASE bench CHARACTER SET utf8mb4;
USE bench;
CREATE TABLE customers (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE, name VARCHAR(60),
  born DATE, balance DECIMAL(12,2) NOT NULL DEFAULT 0, note VARCHAR(200));
CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer BIGINT UNSIGNED NOT NULL, placed DATETIME(6) NOT NULL,
  changed TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), total DECIMAL(14,2),
  state TINYINT NOT NULL DEFAULT 0, remark VARCHAR(100), KEY (customer));
CREATE TABLE order_lines (order_id BIGINT NOT NULL, line SMALLINT NOT NULL, product INT NOT NULL, quantity MEDIUMINT,
  price DECIMAL(10,4), note VARCHAR(60), PRIMARY KEY (order_id, line));
CREATE TABLE documents (id INT PRIMARY KEY, title VARCHAR(100), body MEDIUMTEXT);
CREATE TABLE events (at DATETIME(3), kind VARCHAR(20), payload VARBINARY(60), took TIME(2));
INSERT INTO customers (email, name, born, balance, note) SELECT CONCAT('customer', seq, '@example.org'),
  CONCAT('Čustomer № ', seq), '1950-01-01' + INTERVAL seq % 20000 DAY, seq % 99991 / 7, REPEAT('note ', seq % 20)
  FROM seq_1_to_$customers;
INSERT INTO orders (customer, placed, total, state, remark) SELECT 1 + seq * 7919 % $customers,
  '2020-01-01' + INTERVAL seq * 311 SECOND + INTERVAL seq MICROSECOND, seq % 1000000 / 9, seq % 5, SHA1(seq)
  FROM seq_1_to_$orders;
INSERT INTO order_lines SELECT 1 + (seq DIV 2), seq % 2, 1 + seq % 20000, seq % 50, seq % 777 / 3, CONCAT(SHA1(seq), '-line')
  FROM seq_0_to_$((2 * lines - 1));
INSERT INTO documents SELECT seq, CONCAT('Document ', seq), REPEAT(CONCAT(SHA1(seq), ' word\n'), 50) FROM seq_1_to_$documents;
INSERT INTO events SELECT '2024-01-01' + INTERVAL seq SECOND, ELT(1 + seq % 4, 'click', 'view', 'buy', 'leave'),
  UNHEX(SHA2(seq, 256)), SEC_TO_TIME(seq % 80000 + 0.25) FROM seq_1_to_$((5000 * scale));
CREATE DATABASE work;
CREATE TABLE work.place (next BIGINT);
INSERT INTO work.place VALUES (0);
DELIMITER //
-- One row a transaction: 40 % inserts, 40 % updates in two tables, 20 % deletes. Keys are spread and come again rarely.
CREATE PROCEDURE work.single(n INT)
BEGIN
  DECLARE i BIGINT DEFAULT (SELECT next FROM work.place);
  DECLARE last BIGINT DEFAULT i + n;
  WHILE i < last DO
    CASE i % 10
    WHEN 4 THEN UPDATE bench.customers SET balance = balance + 1 WHERE id = 1 + i * 7919 % $customers;
    WHEN 5 THEN UPDATE bench.orders SET total = total + 1, state = 5 WHERE id = 1 + i * 7919 % $orders;
    WHEN 6 THEN UPDATE bench.orders SET total = total + 1, state = 6 WHERE id = 1 + i * 7919 % $orders;
    WHEN 7 THEN UPDATE bench.orders SET total = total + 1, state = 7 WHERE id = 1 + i * 7919 % $orders;
    WHEN 8 THEN DELETE FROM bench.order_lines WHERE order_id = 1 + (i DIV 10) AND line = 0;
    WHEN 9 THEN DELETE FROM bench.order_lines WHERE order_id = 1 + (i DIV 10) AND line = 1;
    ELSE INSERT INTO bench.orders (customer, placed, total, remark) VALUES (1 + i % $customers, NOW(6), i % 1000, SHA1(i));
    END CASE;
    SET i = i + 1;
  END WHILE;
  SET SESSION sql_log_bin = 0;
  UPDATE work.place SET next = last;
END//
-- A hundred rows a transaction, in the same proportions, from statements that change 20 or 40 rows.
CREATE PROCEDURE work.hundred(n INT)
BEGIN
  DECLARE i BIGINT DEFAULT (SELECT next DIV 100 FROM work.place) + 1;
  DECLARE last BIGINT DEFAULT i + n DIV 100;
  WHILE i < last DO
    START TRANSACTION;
    INSERT INTO bench.orders (customer, placed, total, remark)
      SELECT 1 + i % $customers, NOW(6), seq, SHA1(i + seq) FROM seq_1_to_40;
    UPDATE bench.customers SET balance = balance + 1 WHERE id BETWEEN 1 + i * 7919 % ($customers - 10) AND 10 + i * 7919 % ($customers - 10);
    UPDATE bench.orders SET total = total + 1, state = 9 WHERE id BETWEEN 1 + i * 7919 % ($orders - 30) AND 30 + i * 7919 % ($orders - 30);
    DELETE FROM bench.order_lines WHERE order_id BETWEEN 1 + i * 10 AND 10 + i * 10;
    COMMIT;
    SET i = i + 1;
  END WHILE;
  SET SESSION sql_log_bin = 0;
  UPDATE work.place SET next = last * 100;
END//
CREATE PROCEDURE work.huge()
BEGIN
  UPDATE bench.order_lines SET price = price + 1, quantity = quantity + 1;
END//
SQL
  query source 'ANALYZE TABLE '"$(printf 'bench.%s,' "${tables[@]}" | sed 's/,$//')" >/dev/null
  megabytes=$(query source "SELECT ROUND(SUM(DATA_LENGTH) / 1e6) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'bench'")
  rows=$(for table in "${tables[@]}"; do query source "SELECT COUNT(*) FROM bench.$table"; done | awk '{n += $1} END {print n}')
}

# Runs a workload at the source and ends it with a table that every follower must come to, in order.
# Sets changed (rows in the binlog), log (the binlog file of it) and marker (the table).
workload_number=0
make_workload() { # single|hundred|huge ROWS
  local file=()
  workload_number=$((workload_number + 1))
  marker=end_$workload_number
  query source 'FLUSH BINARY LOGS'
  read -r -a file <<<"$(position)"
  log=$folder/source/${file[0]}
  changed=$2
  case "$1" in
    huge) changed=$(query source 'SELECT COUNT(*) FROM bench.order_lines'); query source 'CALL work.huge()' ;;
    *) query source "CALL work.$1($2)" ;;
  esac
  query source "CREATE TABLE bench.$marker (n INT PRIMARY KEY)"
  log_megabytes=$(position | awk '{printf "%.0f", $2 / 1e6}')
}
