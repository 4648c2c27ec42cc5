CREATE TABLE settled (table_name VARCHAR NOT NULL, until DATE NOT NULL);
