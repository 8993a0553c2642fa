-- What was set aside can be attached.

ALTER TABLE `other one`.`t/1` ATTACH PARTITION 'y';
SELECT sum(`a b`) FROM `other one`.`t/1`;
