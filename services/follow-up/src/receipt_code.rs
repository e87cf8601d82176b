//! The receipt code that an anonymous or confidential reporter is handed as a way back.
//!
//! - **Derived, never stored.** A code is a keyed digest of the incident and the request that opened the channel. A repeat of the same
//!   request therefore returns the same code, so an answer lost on the way costs the reporter nothing; without the vault's key
//!   nobody can work a code out, even with both ids at hand.
//! - **Recognised, never recovered.** What is stored is a second keyed digest, over the bytes of the code as it is shown, under a
//!   purpose of its own. Whoever checks a code that was typed in brings it into that form first: upper case, groups of four
//!   joined by hyphens, and Crockford's reading of what is easily mistaken (`O` as 0, `I` and `L` as 1).
//! - **80 bits**, as 16 characters of Crockford base32 in groups of four: `XXXX-XXXX-XXXX-XXXX`. Its alphabet leaves out I, L, O
//!   and U, so that a code survives being read out or written down.

use std::fmt;

use candour_domain::identifier::{IncidentId, RequestId};

/// The purpose under which the vault derives a code.
const CODE_PURPOSE: &str = "receipt-code";
/// The purpose under which the vault makes what is stored of a code.
const HASH_PURPOSE: &str = "receipt-code-hash";
/// Bytes of a code: 80 bits.
const CODE_BYTES: usize = 10;
/// Bits that one character stands for.
const CHARACTER_BITS: usize = 5;
/// Characters in a group.
const GROUP_CHARACTERS: usize = 4;
/// The digits of Crockford base32, by their value.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A receipt code. Its `Debug` form never shows it; its `Display` form is what the reporter is handed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReceiptCode(String);

impl ReceiptCode {
    /// The code of the channel that this request opens for this incident.
    ///
    /// `authenticate` is the vault's keyed digest of a content for a purpose.
    pub(crate) fn derive(
        authenticate: impl Fn(&str, &[u8]) -> [u8; 32],
        incident: IncidentId,
        request: RequestId,
    ) -> Self {
        let content = [*incident.uuid().as_bytes(), *request.uuid().as_bytes()].concat();
        let digest = authenticate(CODE_PURPOSE, &content);
        Self(spell(&digest[..CODE_BYTES]))
    }

    /// What is stored in place of the code: its keyed digest, as 64 lower-case hexadecimal digits.
    pub(crate) fn stored_hash(&self, authenticate: impl Fn(&str, &[u8]) -> [u8; 32]) -> String {
        let digest = authenticate(HASH_PURPOSE, self.0.as_bytes());
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
        digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
    }
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReceiptCode(…)")
    }
}

/// Bytes as characters in groups, the most significant bits first. Bits at the end that do not fill a character are left out.
fn spell(bytes: &[u8]) -> String {
    let bit = |index: usize| bytes[index / 8] >> (7 - index % 8) & 1;
    let mut spelled = String::new();
    for character in 0..bytes.len() * 8 / CHARACTER_BITS {
        if character > 0 && character % GROUP_CHARACTERS == 0 {
            spelled.push('-');
        }
        let bits = character * CHARACTER_BITS..(character + 1) * CHARACTER_BITS;
        let value = bits.fold(0, |value, index| value << 1 | bit(index));
        spelled.push(char::from(ALPHABET[usize::from(value)]));
    }
    spelled
}

#[cfg(test)]
mod tests {
    use candour_vault::{FileVault, Vault};
    use uuid::Uuid;

    use super::*;

    fn code(vault: &FileVault, incident: u128, request: u128) -> ReceiptCode {
        ReceiptCode::derive(
            |purpose, content| vault.authenticate(purpose, content),
            IncidentId::from_uuid(Uuid::from_u128(incident)),
            RequestId::from_uuid(Uuid::from_u128(request)),
        )
    }

    #[test]
    fn eighty_bits_are_sixteen_characters_of_crockfords_alphabet_in_groups_of_four() {
        for (bytes, spelled) in [
            ([0x00; 10], "0000-0000-0000-0000"),
            ([0xff; 10], "ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
            // Every value of five bits once, in order.
            ([0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf], "0123-4567-89AB-CDEF"),
            ([0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf], "GHJK-MNPQ-RSTV-WXYZ"),
            ([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x01], "G000-0000-0000-0001"),
        ] {
            assert_eq!(spell(&bytes), spelled);
        }
    }

    #[test]
    fn the_same_request_for_the_same_incident_has_the_same_code_and_any_other_another() {
        let vault = FileVault::in_memory().unwrap();
        let first = code(&vault, 1, 10);
        assert_eq!(code(&vault, 1, 10), first);
        assert_ne!(code(&vault, 2, 10), first, "another incident");
        assert_ne!(code(&vault, 1, 11), first, "another request");
        assert_ne!(code(&vault, 10, 1), first, "incident and request are not interchangeable");
    }

    #[test]
    fn the_code_and_its_hash_cannot_be_made_without_the_vaults_key() {
        let (vault, other) = (FileVault::in_memory().unwrap(), FileVault::in_memory().unwrap());
        let known = code(&vault, 1, 10);
        assert_ne!(code(&other, 1, 10), known);
        let hash =
            |vault: &FileVault| known.stored_hash(|purpose, content| vault.authenticate(purpose, content));
        assert_ne!(hash(&vault), hash(&other));
    }

    #[test]
    fn code_and_hash_have_purposes_of_their_own_which_never_change() {
        // With other purposes or contents, the codes that were handed out would no longer be recognised.
        let vault = FileVault::in_memory().unwrap();
        let code = code(&vault, 1, 10);
        let ids = [Uuid::from_u128(1).into_bytes(), Uuid::from_u128(10).into_bytes()].concat();
        assert_eq!(code.to_string(), spell(&vault.authenticate("receipt-code", &ids)[..10]));
        assert_eq!(
            code.to_string().len(),
            19,
            "the groups are joined by hyphens, and these are digested too"
        );
        let hash = code.stored_hash(|purpose, content| vault.authenticate(purpose, content));
        assert_eq!(bytes_of(&hash), vault.authenticate("receipt-code-hash", code.to_string().as_bytes()));
        assert_eq!(hash.len(), 64);
        assert!(hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }

    #[test]
    fn debug_output_never_shows_a_code() {
        let vault = FileVault::in_memory().unwrap();
        assert_eq!(format!("{:?}", code(&vault, 1, 10)), "ReceiptCode(…)");
    }

    fn bytes_of(hexadecimal: &str) -> Vec<u8> {
        (0..hexadecimal.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap())
            .collect()
    }
}
