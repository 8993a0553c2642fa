-- What dbt-clickhouse runs: probes, and the statements of its materialisations.
CREATE DATABASE IF NOT EXISTS dbt;
EXISTS DATABASE `dbt`;
USE dbt;
SET mutations_sync = 3, lightweight_deletes_sync = 3, alter_sync = 3, insert_distributed_sync = 1;
SET allow_nondeterministic_mutations = 1;
create table probe_a (x UInt8) engine MergeTree() order by (tuple());
create table probe_b (x UInt8, y UInt8) engine MergeTree() order by (tuple());
EXCHANGE TABLES probe_a AND probe_b;
select name, type from system.columns where table = 'probe_a' and database = 'dbt' order by position;
drop table if exists probe_a;
drop table if exists probe_b;
select name from system.databases where name = 'dbt';
/* {"app": "dbt"} */
create table `dbt`.`model`
    engine = MergeTree() order by (n) SETTINGS replicated_deduplication_window = '0'
    empty as (select number as n, toString(number) as s from numbers(3));
insert into `dbt`.`model` ("n", "s") select number as n, toString(number) as s from numbers(3);
create or replace view `dbt`.`seen` as ( select n, s from `dbt`.`model` where n > 0 );
create table model__tmp as model;
insert into model__tmp ("n", "s") select n, s from `dbt`.`model` where (n) not in (select n from seen);
rename table model__tmp to model_renamed;
select * from model_renamed;
select t.name as name, t.database as schema, multiIf(engine in ('MaterializedView', 'View'), 'view', 'table') as type
    from system.tables as t left join system.databases as db on t.database = db.name where schema = 'dbt' order by name;
DELETE FROM model WHERE n IN (1);
select * from seen;
drop table if exists nothing;
select count() from system.dictionaries where database = 'dbt';
select count() from system.view_refreshes where database = 'dbt';
