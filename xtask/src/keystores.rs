//! Keystores: JKS, JCEKS and PKCS12.
//!
//! In: the bytes of a keystore, and a password. Out: its entries, certificates, and whether a key opens. Always: pure;
//! bounded memory and time; no key and no password leaves it in a message.
