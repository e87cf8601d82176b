//! The master key and what is derived from it: the key that wraps data keys, the keys that authenticate,
//! the fingerprint. Also the data key, because wrapping and unwrapping make one.
//!
//! What wraps and what authenticates part company when the master key is changed. Data keys are wrapped anew.
//! Digests stand in the log for ever, so the key that makes them stays that of the first master key: it is
//! kept beside the data keys, wrapped as they are.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::associated_data::AssociatedData;
use crate::identity::{Fingerprint, KeyNumber, SubjectId};
use crate::limits::{KEY_BYTES, NONCE_BYTES, TAG_BYTES, WRAPPED_KEY_BYTES};
use crate::sealed::Sealed;

const _: () = assert!(NONCE_BYTES == NONCE_LEN);

// Names of derived keys and of what is authenticated. Stored values depend on each: never change one.
const SALT: &[u8] = b"candour-vault 1";
const WRAPPING: &[u8] = b"wrap data keys";
const AUTHENTICATION: &[u8] = b"authenticate";
const FINGERPRINT: &[u8] = b"fingerprint";
const WRAPPED_KEY_DOMAIN: &[u8] = b"candour-vault 1 data key";
const WRAPPED_AUTHENTICATION_DOMAIN: &[u8] = b"candour-vault 1 authentication";
const SEALED_DOMAIN: &[u8] = b"candour-vault 1 sealed";

/// The secret 32 bytes of the key file.
pub(crate) type MasterSecret = Zeroizing<[u8; KEY_BYTES]>;

/// A data key as it is stored.
pub(crate) type WrappedKey = [u8; WRAPPED_KEY_BYTES];

/// The key of one subject's fields.
pub(crate) struct DataKey(LessSafeKey);

/// What the vault works with once the key file is read. The underlying library clears its key memory.
pub(crate) struct MasterKey {
    wrapping: LessSafeKey,
    authentication: AuthenticationKey,
    fingerprint: Fingerprint,
    random: SystemRandom,
}

/// What authenticates. Made with the first master key of a key database, and carried over to each later one.
struct AuthenticationKey {
    key: hmac::Key,
    secret: Zeroizing<[u8; KEY_BYTES]>,
    /// The fingerprint of the master key it was derived from.
    origin: Fingerprint,
}

impl AuthenticationKey {
    fn new(secret: Zeroizing<[u8; KEY_BYTES]>, origin: Fingerprint) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice()), secret, origin }
    }
}

impl MasterKey {
    /// Derives every key by HKDF-SHA-256 (RFC 5869).
    pub(crate) fn derive(secret: &MasterSecret) -> Result<Self, Unspecified> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(secret.as_slice());
        let wrapping = UnboundKey::from(root.expand(&[WRAPPING], &AES_256_GCM_SIV)?);
        let mut authentication = Zeroizing::new([0; KEY_BYTES]);
        root.expand(&[AUTHENTICATION], hkdf::HKDF_SHA256)?.fill(authentication.as_mut_slice())?;
        let mut fingerprint = [0; KEY_BYTES];
        root.expand(&[FINGERPRINT], hkdf::HKDF_SHA256)?.fill(&mut fingerprint)?;
        let (fingerprint, _) = fingerprint.split_first_chunk().ok_or(Unspecified)?;
        let fingerprint = Fingerprint::from_bytes(*fingerprint);
        Ok(Self {
            wrapping: LessSafeKey::new(wrapping),
            authentication: AuthenticationKey::new(authentication, fingerprint),
            fingerprint,
            random: SystemRandom::new(),
        })
    }

    /// The fingerprint of the master key that what authenticates was derived from: of this one, unless another
    /// was carried over to it.
    pub(crate) fn origin(&self) -> Fingerprint {
        self.authentication.origin
    }

    /// Authenticates from now on with the key that [`MasterKey::wrap_authentication`] wrapped under this one.
    pub(crate) fn take_over_authentication(
        &mut self,
        origin: Fingerprint,
        wrapped: &[u8],
    ) -> Result<(), Unspecified> {
        let secret = self.unwrap_secret(wrapped_authentication_associated_data(origin), wrapped)?;
        self.authentication = AuthenticationKey::new(secret, origin);
        Ok(())
    }

    /// Wraps what authenticates here for storage under another master key.
    pub(crate) fn wrap_authentication(&self, next: &Self) -> Result<WrappedKey, Unspecified> {
        let associated_data = wrapped_authentication_associated_data(self.authentication.origin);
        next.wrap_secret(associated_data, &self.authentication.secret)
    }

    /// The stored form of a data key under another master key, which is seen to unwrap to the same. Fails as
    /// [`MasterKey::unwrap`] does.
    pub(crate) fn rewrap(
        &self,
        number: KeyNumber,
        wrapped: &[u8],
        next: &Self,
    ) -> Result<WrappedKey, Unspecified> {
        let secret = self.unwrap_secret(wrapped_key_associated_data(number), wrapped)?;
        let rewrapped = next.wrap_secret(wrapped_key_associated_data(number), &secret)?;
        let again = next.unwrap_secret(wrapped_key_associated_data(number), &rewrapped)?;
        if *again == *secret { Ok(rewrapped) } else { Err(Unspecified) }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// HMAC-SHA-256 under a key that is derived for the purpose by HKDF-Expand. An output of one block is
    /// `HMAC(PRK, info ‖ 0x01)` (RFC 5869 §2.3); written so, no step can fail.
    pub(crate) fn authenticate(&self, purpose: &str, content: &[u8]) -> [u8; KEY_BYTES] {
        let mut derivation = hmac::Context::with_key(&self.authentication.key);
        derivation.update(purpose.as_bytes());
        derivation.update(&[1]);
        let key = hmac::Key::new(hmac::HMAC_SHA256, derivation.sign().as_ref());
        let mut digest = [0; KEY_BYTES];
        for (to, from) in digest.iter_mut().zip(hmac::sign(&key, content).as_ref()) {
            *to = *from;
        }
        digest
    }

    /// Makes a data key from fresh randomness and wraps it for storage under its number.
    pub(crate) fn generate(&self, number: KeyNumber) -> Result<(DataKey, WrappedKey), Unspecified> {
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        self.random.fill(secret.as_mut_slice())?;
        let data_key = DataKey::new(secret.as_slice())?;
        Ok((data_key, self.wrap_secret(wrapped_key_associated_data(number), &secret)?))
    }

    /// Unwraps a stored data key. Fails for one that was altered or stored under another number.
    pub(crate) fn unwrap(&self, number: KeyNumber, wrapped: &[u8]) -> Result<DataKey, Unspecified> {
        DataKey::new(self.unwrap_secret(wrapped_key_associated_data(number), wrapped)?.as_slice())
    }

    fn wrap_secret(
        &self,
        associated_data: Vec<u8>,
        secret: &Zeroizing<[u8; KEY_BYTES]>,
    ) -> Result<WrappedKey, Unspecified> {
        let mut secret = secret.clone();
        let nonce = self.random_nonce()?;
        let tag = self.wrapping.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated_data),
            secret.as_mut_slice(),
        )?;
        let mut wrapped = [0; WRAPPED_KEY_BYTES];
        let parts = nonce.iter().chain(secret.iter()).chain(tag.as_ref());
        for (to, from) in wrapped.iter_mut().zip(parts) {
            *to = *from;
        }
        Ok(wrapped)
    }

    fn unwrap_secret(
        &self,
        associated_data: Vec<u8>,
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, Unspecified> {
        let (nonce, rest) = wrapped.split_first_chunk::<NONCE_BYTES>().ok_or(Unspecified)?;
        let mut buffer = Zeroizing::new(rest.to_vec());
        let opened = self.wrapping.open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(associated_data),
            &mut buffer,
        )?;
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        if opened.len() != KEY_BYTES {
            return Err(Unspecified);
        }
        secret.copy_from_slice(opened);
        Ok(secret)
    }

    /// Seals a plaintext. The nonce is random; the cipher also withstands a nonce used twice.
    pub(crate) fn seal(
        &self,
        data_key: &DataKey,
        number: KeyNumber,
        subject: SubjectId,
        cell: &AssociatedData,
        plaintext: &[u8],
    ) -> Result<Sealed, Unspecified> {
        let nonce = self.random_nonce()?;
        // All the room at once: growing would leave a copy of the plaintext in freed memory.
        let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len() + TAG_BYTES));
        buffer.extend_from_slice(plaintext);
        let tag = data_key.0.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(sealed_associated_data(number, subject, cell)),
            &mut buffer,
        )?;
        buffer.extend_from_slice(tag.as_ref());
        Ok(Sealed::new(number, subject, nonce, std::mem::take(&mut *buffer)))
    }

    fn random_nonce(&self) -> Result<[u8; NONCE_BYTES], Unspecified> {
        let mut nonce = [0; NONCE_BYTES];
        self.random.fill(&mut nonce)?;
        Ok(nonce)
    }
}

impl DataKey {
    fn new(secret: &[u8]) -> Result<Self, Unspecified> {
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, secret)?)))
    }

    /// Opens a sealed value, or fails if anything about it, its subject or its cell is not as it was sealed.
    pub(crate) fn open(
        &self,
        cell: &AssociatedData,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let mut buffer = Zeroizing::new(sealed.ciphertext_and_tag().to_vec());
        let plaintext_bytes = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(sealed.nonce()),
                Aad::from(sealed_associated_data(sealed.key(), sealed.subject(), cell)),
                &mut buffer,
            )?
            .len();
        buffer.truncate(plaintext_bytes);
        Ok(buffer)
    }
}

fn wrapped_key_associated_data(number: KeyNumber) -> Vec<u8> {
    [WRAPPED_KEY_DOMAIN, &number.to_bytes()].concat()
}

fn wrapped_authentication_associated_data(origin: Fingerprint) -> Vec<u8> {
    [WRAPPED_AUTHENTICATION_DOMAIN, origin.as_bytes()].concat()
}

fn sealed_associated_data(number: KeyNumber, subject: SubjectId, cell: &AssociatedData) -> Vec<u8> {
    [SEALED_DOMAIN, &number.to_bytes(), &subject.to_bytes(), cell.as_bytes()].concat()
}

/// A new master secret.
pub(crate) fn random_secret() -> Result<MasterSecret, Unspecified> {
    let mut secret = Zeroizing::new([0; KEY_BYTES]);
    SystemRandom::new().fill(secret.as_mut_slice())?;
    Ok(secret)
}

/// Sixteen random bytes, for an identity.
pub(crate) fn random_identity() -> Result<[u8; 16], Unspecified> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(bytes)
}

/// A random number below `limit`, which is a power of two.
pub(crate) fn random_below(limit: u64) -> Result<u64, Unspecified> {
    let mut bytes = [0; size_of::<u64>()];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes) % limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(byte: u8) -> MasterKey {
        MasterKey::derive(&Zeroizing::new([byte; KEY_BYTES])).unwrap()
    }

    /// The stored form depends on every derivation. The literals were computed apart from this code, with
    /// Python's `hmac` module and RFC 5869 written out.
    #[test]
    fn derivations_never_change() {
        let key = master(7);
        assert_eq!(key.fingerprint().to_string(), "2811751e3398369b");
        let digest = key.authenticate("request", b"content");
        let expected = "b65d28c1c17c8d997869125dd257d8c19a6ce8a1bcfb820344e2e62d3f88d6e5";
        let pairs = expected.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let expected: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        assert_eq!(digest.as_slice(), expected);
    }

    #[test]
    fn digests_differ_by_purpose_content_and_master_key() {
        let key = master(1);
        let digest = key.authenticate("request", b"content");
        assert_eq!(digest, master(1).authenticate("request", b"content"));
        assert_ne!(digest, key.authenticate("receipt", b"content"));
        assert_ne!(digest, key.authenticate("request", b"other"));
        assert_ne!(digest, master(2).authenticate("request", b"content"));
    }

    #[test]
    fn a_wrapped_key_opens_only_under_its_number_and_unaltered() {
        let key = master(3);
        let (_, mut wrapped) = key.generate(KeyNumber::new(5)).unwrap();
        assert!(key.unwrap(KeyNumber::new(5), &wrapped).is_ok());
        assert!(key.unwrap(KeyNumber::new(6), &wrapped).is_err());
        assert!(master(4).unwrap(KeyNumber::new(5), &wrapped).is_err());
        wrapped[20] ^= 1;
        assert!(key.unwrap(KeyNumber::new(5), &wrapped).is_err());
        assert!(key.unwrap(KeyNumber::new(5), &wrapped[..5]).is_err());
        assert!(key.unwrap(KeyNumber::new(5), &[]).is_err());
    }

    #[test]
    fn a_rewrapped_key_opens_under_the_next_master_key_alone_and_holds_the_same() {
        let (one, next) = (master(3), master(4));
        let (_, wrapped) = one.generate(KeyNumber::new(5)).unwrap();
        let rewrapped = one.rewrap(KeyNumber::new(5), &wrapped, &next).unwrap();
        let secret = |master: &MasterKey, wrapped: &[u8]| {
            master.unwrap_secret(wrapped_key_associated_data(KeyNumber::new(5)), wrapped).unwrap()
        };
        assert_eq!(*secret(&one, &wrapped), *secret(&next, &rewrapped));
        assert!(one.unwrap(KeyNumber::new(5), &rewrapped).is_err());
        assert!(one.rewrap(KeyNumber::new(6), &wrapped, &next).is_err(), "another number");
    }

    #[test]
    fn digests_stay_those_of_the_first_master_key_through_two_changes() {
        let (one, mut two, mut three) = (master(7), master(8), master(9));
        let wrapped = one.wrap_authentication(&two).unwrap();
        two.take_over_authentication(one.origin(), &wrapped).unwrap();
        let wrapped = two.wrap_authentication(&three).unwrap();
        assert!(three.take_over_authentication(three.fingerprint(), &wrapped).is_err(), "another origin");
        three.take_over_authentication(two.origin(), &wrapped).unwrap();
        assert_eq!(three.origin().to_string(), "2811751e3398369b");
        assert_eq!(three.authenticate("request", b"content"), one.authenticate("request", b"content"));
        assert_ne!(three.fingerprint(), one.fingerprint());
    }
}
