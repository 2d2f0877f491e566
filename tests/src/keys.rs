//! A pair of keys that minisign 0.11 made, without a password. Nothing but tests is signed with it.

/// The file of the public key.
pub const PUBLIC: &str = "untrusted comment: minisign public key C14FA27D7B4C8528\n\
                          RWQohUx7faJPwZHKI9VcLNrZPkfOz1HBVC0qR9+pcBmjWTArinzPa/Q/\n";
/// The file of the secret key.
pub const SECRET: &str = "untrusted comment: minisign encrypted secret key\n\
                          RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKIVMe32iT8FTKHkhUUoqwr4D8WjX0X\
                          tShcPm5QlkEgcPYw09fCCdJpHKI9VcLNrZPkfOz1HBVC0qR9+pcBmjWTArinzPa/Q/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
                          AAA=\n";
/// The same secret key with a password, at the cost that rsign chooses: 32 MiB.
pub const LOCKED: &str = "untrusted comment: rsign encrypted secret key\n\
                          RWRTY0IyTpb+SPgDMkuc6mrA8UFOcLQaTPSNdP/HZBRjWTC2PNwAABAAAAAAAAAAAAIAAAAAITOm+5+KEmI8q8iHOjkY0CzDDB8w\
                          R5/qssgbJennnlHKhJaIvNW0gMLctbJENkSlgtxHJ99/jGoBaw/7R7FBTw1V0W/O/JaxVU4ngsaA6Acdb8LCXA12OuG4I4/bQHsD\
                          T741+w0e0nU=\n";
/// And the password.
pub const PASSWORD: &str = "geheim 4711";
/// What both and their signatures are known by.
pub const ID: &str = "C14FA27D7B4C8528";
