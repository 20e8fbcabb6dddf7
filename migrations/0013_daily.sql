-- What is done once a day, by whichever worker comes first.

CREATE TABLE daily (
  duty text PRIMARY KEY,
  done_on date NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON daily TO doorstep_worker;
