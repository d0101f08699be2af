CREATE OR REFRESH MATERIALIZED VIEW trips (
  CONSTRAINT `fare is paid` EXPECT (fare_amount >= 0)
)
AS SELECT * FROM samples.nyctaxi.trips;

CREATE OR REFRESH MATERIALIZED VIEW trips_a_day
AS SELECT date(tpep_pickup_datetime) AS day, count(*) AS trips FROM trips GROUP BY ALL;
