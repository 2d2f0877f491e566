//! The one time that everything written carries.
//!
//! In: `SOURCE_DATE_EPOCH` as the command line read it, or nothing. Out: a [`Timestamp`].
//! Always: never the clock; without a wish it is [`Timestamp::FIXED`].

/// Seconds since 1970-01-01T00:00:00Z, within what a zip entry can say (1980 to 2107).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(u64);

/// 1980-01-01T00:00:00Z.
const FIRST: u64 = 315_532_800;
/// 2107-12-31T23:59:58Z.
const LAST: u64 = 4_354_819_198;

impl Timestamp {
    /// 1980-02-01T00:00:00Z: no time zone moves it before 1980, where a zip entry's time begins.
    pub const FIXED: Self = Self(FIRST + 31 * 86_400);

    /// Seconds since 1970; what lies outside 1980 to 2107 becomes the nearest end.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds.clamp(FIRST, LAST))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// Date and time as a zip entry records them (MS-DOS format, UTC, even seconds): `(date, time)`.
    pub fn dos(self) -> (u16, u16) {
        let (year, month, day) = civil(self.0 / 86_400);
        let second = self.0 % 86_400;
        let part = |value: u64| u16::try_from(value).unwrap_or(u16::MAX);
        let date = part((year - 1980) << 9 | month << 5 | day);
        let time = part((second / 3600) << 11 | (second / 60 % 60) << 5 | ((second % 60) / 2));
        (date, time)
    }

    /// RFC 3339 in UTC.
    pub fn rfc3339(self) -> String {
        let (year, month, day) = civil(self.0 / 86_400);
        let second = self.0 % 86_400;
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
    }
}

/// Year, month and day of a day counted from 1970, in the Gregorian calendar: whole eras of 400 years counted
/// from a first of March, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_out_as_dates() {
        for (seconds, text) in [
            (FIRST, "1980-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (LAST, "2107-12-31T23:59:58Z"),
        ] {
            assert_eq!(Timestamp::from_seconds(seconds).rfc3339(), text);
        }
        assert_eq!(Timestamp::FIXED.rfc3339(), "1980-02-01T00:00:00Z");
        assert_eq!(Timestamp::from_seconds(0).seconds(), FIRST);
        assert_eq!(Timestamp::from_seconds(u64::MAX).seconds(), LAST);
    }

    #[test]
    fn dos_fields_have_their_bits_in_place() {
        let (date, time) = Timestamp::from_seconds(1_709_164_800 + 13 * 3600 + 14 * 60 + 15).dos();
        assert_eq!((date >> 9, date >> 5 & 15, date & 31), (44, 2, 29));
        assert_eq!((time >> 11, time >> 5 & 63, time & 31), (13, 14, 7));
    }
}
