//! Days, civil dates and time zones: the arithmetic under all date functions.
//!
//! A "local" time is the number of seconds that the wall clock of a zone would show as seconds since 1970.

use chrono::{Offset, TimeZone as _};

use crate::types::TimeZone;

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Timestamps beyond these (about 200,000 years) are cut: no zone has rules there, and sums must not overflow.
const SECONDS_MAX: i64 = 6_000_000_000_000;

/// What the wall clock shows at a moment.
pub fn local(seconds: i64, zone: TimeZone) -> i64 {
    let seconds = seconds.clamp(-SECONDS_MAX, SECONDS_MAX);
    seconds + offset(seconds, zone)
}

/// Seconds that the zone is ahead of UTC at a moment.
pub fn offset(seconds: i64, zone: TimeZone) -> i64 {
    if zone.0 == chrono_tz::UTC {
        return 0;
    }
    match chrono::DateTime::from_timestamp(seconds, 0) {
        Some(moment) => i64::from(
            zone.0
                .offset_from_utc_datetime(&moment.naive_utc())
                .fix()
                .local_minus_utc(),
        ),
        None => 0,
    }
}

/// The moment at which the wall clock shows `local`. Of two such moments the first; where the clock jumps over it, the
/// moment it would be with the offset from after, which shows an earlier time.
pub fn moment(local: i64, zone: TimeZone) -> i64 {
    let local = local.clamp(-SECONDS_MAX, SECONDS_MAX);
    if zone.0 == chrono_tz::UTC {
        return local;
    }
    let Some(wall) = chrono::DateTime::from_timestamp(local, 0) else {
        return local;
    };
    match zone.0.offset_from_local_datetime(&wall.naive_utc()) {
        chrono::MappedLocalTime::Single(offset) | chrono::MappedLocalTime::Ambiguous(offset, _) => {
            local - i64::from(offset.fix().local_minus_utc())
        }
        chrono::MappedLocalTime::None => local - offset(local + DAY, zone),
    }
}

/// A day of the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

/// The date of a day number since 1970-01-01.
pub fn civil(days: i64) -> Civil {
    // Years of this arithmetic begin in March, so that the leap day is a year's last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day,
    }
}

/// The day number of a date.
pub fn days(date: Civil) -> i64 {
    let year = date.year - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = if date.month > 2 { date.month - 3 } else { date.month + 9 };
    let of_year = (153 * month + 2) / 5 + date.day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

/// The day number of a year's first day.
pub fn year_start(year: i64) -> i64 {
    days(Civil { year, month: 1, day: 1 })
}

/// Days of a month.
pub fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The same day some months later, or the month's last day.
pub fn add_months(days_before: i64, months: i64) -> i64 {
    let date = civil(days_before);
    let month = (date.year * 12 + date.month - 1)
        .saturating_add(months)
        .clamp(-12_000_000, 12_000_000);
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    days(Civil {
        year,
        month,
        day: date.day.min(month_length(year, month)),
    })
}

/// 1 for Monday to 7 for Sunday.
pub fn day_of_week(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// ISO year and week: the week belongs to the year of its Thursday.
pub fn iso_week(days: i64) -> (i64, i64) {
    let thursday = days - day_of_week(days) + 4;
    let year = civil(thursday).year;
    (year, (thursday - year_start(year)) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_day_numbers_are_inverse() {
        for number in (-800_000..3_000_000).step_by(37) {
            assert_eq!(days(civil(number)), number);
        }
        assert_eq!(
            civil(0),
            Civil {
                year: 1970,
                month: 1,
                day: 1
            }
        );
        assert_eq!(
            civil(18_321),
            Civil {
                year: 2020,
                month: 2,
                day: 29
            }
        );
    }

    #[test]
    fn months_end_where_they_end() {
        let from = days(Civil {
            year: 2024,
            month: 1,
            day: 31,
        });
        assert_eq!(
            civil(add_months(from, 1)),
            Civil {
                year: 2024,
                month: 2,
                day: 29
            }
        );
        assert_eq!(
            civil(add_months(from, -2)),
            Civil {
                year: 2023,
                month: 11,
                day: 30
            }
        );
    }

    #[test]
    fn weeks_follow_iso_8601() {
        assert_eq!(
            iso_week(days(Civil {
                year: 2021,
                month: 1,
                day: 3
            })),
            (2020, 53)
        );
        assert_eq!(
            iso_week(days(Civil {
                year: 2024,
                month: 12,
                day: 30
            })),
            (2025, 1)
        );
    }

    #[test]
    fn clocks_jump() {
        let berlin = TimeZone(chrono_tz::Europe::Berlin);
        // 2024-03-31 02:30 does not exist, 2024-10-27 02:30 exists twice.
        assert_eq!(moment(1_711_852_200, berlin), 1_711_845_000);
        assert_eq!(moment(1_729_996_200, berlin), 1_729_989_000);
        assert_eq!(local(1_711_846_800, berlin), 1_711_854_000);
    }
}
