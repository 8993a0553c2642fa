//! Days and seconds since 1970 to calendar dates and back, in the proleptic Gregorian calendar.

use chrono::{NaiveDateTime, Offset, TimeZone as _};

use super::TimeZone;

/// Seconds of a day.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// Days between 0000-03-01 and 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;

/// Days of 400 years.
const ERA_DAYS: i64 = 146_097;

/// A date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
}

impl Date {
    /// The date of a number of days since 1970-01-01.
    pub(super) fn from_days(days: i64) -> Date {
        // Years start in March here, so that the day that leap years add is their last.
        let shifted = days + EPOCH_SHIFT;
        let era = shifted.div_euclid(ERA_DAYS);
        let of_era = shifted.rem_euclid(ERA_DAYS);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        Date {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: (of_year - (153 * march_month + 2) / 5 + 1) as u8,
        }
    }

    /// Days since 1970-01-01; a day beyond its month's end counts on into the next month.
    pub(super) fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let march_month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * march_month + 2) / 5 + i64::from(self.day) - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        era * ERA_DAYS + of_era - EPOCH_SHIFT
    }
}

/// Days of a month.
pub(super) fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Seconds that the zone's clock is ahead of UTC at this moment.
pub(super) fn offset_at(zone: TimeZone, seconds: i64) -> i64 {
    if zone == TimeZone::UTC {
        return 0;
    }
    let moment = naive(seconds);
    i64::from(zone.0.offset_from_utc_datetime(&moment).fix().local_minus_utc())
}

/// The moment at which the zone's clock shows `local` seconds since 1970.
///
/// Of two such moments it is the earlier one; a time that the clock skips is taken as if it had not been set forward
/// late, with the offset that holds afterwards. Both are ClickHouse's choices.
pub(super) fn local_to_utc(zone: TimeZone, local: i64) -> i64 {
    if zone == TimeZone::UTC {
        return local;
    }
    match zone.0.offset_from_local_datetime(&naive(local)) {
        chrono::LocalResult::Single(offset) | chrono::LocalResult::Ambiguous(offset, _) => {
            local - i64::from(offset.fix().local_minus_utc())
        }
        chrono::LocalResult::None => local - offset_at(zone, local + DAY_SECONDS),
    }
}

fn naive(seconds: i64) -> NaiveDateTime {
    chrono::DateTime::from_timestamp(seconds, 0).map_or(NaiveDateTime::MAX, |moment| moment.naive_utc())
}

/// The year that the zone's calendar shows now.
pub(super) fn current_year(zone: TimeZone) -> i64 {
    let seconds = chrono::Utc::now().timestamp();
    Date::from_days((seconds + offset_at(zone, seconds)).div_euclid(DAY_SECONDS)).year
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn agrees_with_chrono() {
        for days in (-800_000..1_200_000).step_by(97) {
            let expected = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Duration::days(days);
            let date = Date::from_days(days);
            let got = (date.year, u32::from(date.month), u32::from(date.day));
            assert_eq!(got, (i64::from(expected.year()), expected.month(), expected.day()));
            assert_eq!(date.days(), days);
        }
    }
}
