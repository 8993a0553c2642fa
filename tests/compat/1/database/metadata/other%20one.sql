CREATE DATABASE `other one`
ENGINE = Atomic
COMMENT 'with a comment'
