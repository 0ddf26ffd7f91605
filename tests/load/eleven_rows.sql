-- The floor of storing: the values of one rating as rows of their own, in one transaction.
\set rating random(1, 9000000000000000000)
\set overall random(1, 5)
\set a random(0, 5)
\set b random(0, 5)
\set c random(0, 5)
\set d random(0, 5)
\set e random(0, 5)
\set f random(0, 5)
\set g random(0, 5)
\set h random(0, 5)
\set i random(0, 5)
\set j random(0, 5)
BEGIN;
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 0, :overall);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 1, :a);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 2, :b);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 3, :c);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 4, :d);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 5, :e);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 6, :f);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 7, :g);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 8, :h);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 9, :i);
INSERT INTO floor_level (rating, item, level) VALUES (:rating, 10, :j);
COMMIT;
