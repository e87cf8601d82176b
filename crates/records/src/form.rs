//! How a stored form is declared, and how forms are written and read.

use candour_domain::{Personal, text::Text};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    catalogue::{Field, Sensitivity},
    error::{DecodeError, EncodeError, Rule},
    field::Leaf,
    field_path::FieldPath,
    sealing::{FieldSubject, Opened, Opener, Sealer, Subjects},
};

/// Declares a stored form: a struct that is exactly a JSON object.
///
/// Fields outside `optional` are always there; those inside are left out when there is nothing to say, and `null` is
/// refused. With a type name in front it is the form of an event type.
macro_rules! stored_form {
    (
        $(#[$meta:meta])*
        $type_name:literal => struct $name:ident { $($body:tt)* }
        $( optional { $($optional_body:tt)* } )?
    ) => {
        stored_form! {
            $(#[$meta])*
            struct $name { $($body)* }
            $( optional { $($optional_body)* } )?
        }

        impl $crate::form::EventForm for $name {
            const TYPE: &'static str = $type_name;
        }
    };
    (
        $(#[$meta:meta])*
        struct $name:ident { $( $field:ident : $form:ty, )* }
        $( optional { $( $optional:ident : $optional_form:ty, )* } )?
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $( $field: $form, )*
            $( $(
                #[serde(
                    default,
                    skip_serializing_if = "Option::is_none",
                    deserialize_with = "crate::form::present"
                )]
                $optional: Option<$optional_form>,
            )* )?
        }

        impl $crate::form::Shape for $name {
            fn list(at: &mut $crate::field_path::FieldPath, fields: &mut Vec<$crate::catalogue::Field>) {
                $( $crate::form::list_field::<$form>(stringify!($field), at, fields); )*
                $( $( $crate::form::list_field::<$optional_form>(stringify!($optional), at, fields); )* )?
            }

            fn withhold(&mut self) {
                let Self { $( $field, )* $( $( $optional, )* )? } = self;
                $( $crate::form::Shape::withhold($field); )*
                $( $( $crate::form::Shape::withhold($optional); )* )?
            }
        }
    };
}

/// The form of one version of one event type.
pub(crate) trait EventForm: Shape + Serialize + for<'de> Deserialize<'de> {
    /// The type name, such as `IncidentReported.v1`. Never changes.
    const TYPE: &'static str;
}

/// A form that can be made from a value.
pub(crate) trait WriteForm<V>: Sized {
    /// Makes the form.
    fn write(value: V, output: &mut Writer<'_>) -> Result<Self, EncodeError>;
}

/// A form from which a value can be made.
pub(crate) trait ReadForm<D>: Sized {
    /// Makes the value, through the domain's own rules.
    fn read(self, input: &mut Reader<'_>) -> Result<D, DecodeError>;
}

/// Knows its fields and how sensitive each is.
pub(crate) trait Shape {
    /// Adds the fields at and below this path.
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>);

    /// Replaces every sealed field by the mark that it is withheld.
    fn withhold(&mut self);
}

/// Lists the fields of a field.
pub(crate) fn list_field<S: Shape>(name: &str, at: &mut FieldPath, fields: &mut Vec<Field>) {
    let entered = at.enter(name);
    S::list(at, fields);
    at.leave(entered);
}

/// Reads an optional field that is there: `null` is not a way of leaving it out.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// A sealed field: `{"sealed": "…"}`, or `{"withheld": true}` in a read model.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SealedField {
    /// The sealed text.
    Sealed(String),
    /// Left out on purpose; always `true`.
    Withheld(bool),
}

/// A struct without fields: the content of a choice that says everything by its name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Writes one event, knowing where in it it is.
pub(crate) struct Writer<'a> {
    record: &'static str,
    subjects: &'a Subjects,
    sealer: &'a mut dyn Sealer,
    path: FieldPath,
}

impl<'a> Writer<'a> {
    /// At the top of an event.
    pub(crate) fn new(record: &'static str, subjects: &'a Subjects, sealer: &'a mut dyn Sealer) -> Self {
        Self { record, subjects, sealer, path: FieldPath::default() }
    }

    /// Writes a field.
    pub(crate) fn field<V, S: WriteForm<V>>(
        &mut self,
        name: &'static str,
        value: V,
    ) -> Result<S, EncodeError> {
        let entered = self.path.enter(name);
        let form = S::write(value, self);
        self.path.leave(entered);
        form
    }

    /// Writes a personal field.
    pub(crate) fn sealed<const MAX: usize>(
        &mut self,
        name: &'static str,
        subject: FieldSubject,
        value: &Personal<Text<MAX>>,
    ) -> Result<SealedField, EncodeError> {
        let entered = self.path.enter(name);
        let field = self.seal(subject, value);
        self.path.leave(entered);
        field
    }

    /// Writes a personal field that may not be there.
    pub(crate) fn sealed_option<const MAX: usize>(
        &mut self,
        name: &'static str,
        subject: FieldSubject,
        value: Option<&Personal<Text<MAX>>>,
    ) -> Result<Option<SealedField>, EncodeError> {
        value.map(|value| self.sealed(name, subject, value)).transpose()
    }

    /// The field here breaks a rule.
    pub(crate) fn refuse(&self, rule: Rule) -> EncodeError {
        EncodeError::Field { record: self.record, field: self.path.as_str().to_owned(), rule }
    }

    fn seal<const MAX: usize>(
        &mut self,
        subject: FieldSubject,
        value: &Personal<Text<MAX>>,
    ) -> Result<SealedField, EncodeError> {
        let record = self.record;
        let field = self.path.as_str();
        let Personal::Known(text) = value else {
            return Err(EncodeError::NotKnown { record, field: field.to_owned() });
        };
        let subject = self
            .subjects
            .subject(subject)
            .ok_or_else(|| EncodeError::SubjectUnknown { record, field: field.to_owned() })?;
        self.sealer
            .seal(subject, field, text.as_str())
            .map(SealedField::Sealed)
            .map_err(|source| EncodeError::Seal { record, field: field.to_owned(), source })
    }
}

/// Reads one event, knowing where in it it is.
pub(crate) struct Reader<'a> {
    record: &'static str,
    opener: &'a dyn Opener,
    path: FieldPath,
}

impl<'a> Reader<'a> {
    /// At the top of an event.
    pub(crate) fn new(record: &'static str, opener: &'a dyn Opener) -> Self {
        Self { record, opener, path: FieldPath::default() }
    }

    /// Reads a field.
    pub(crate) fn field<D, S: ReadForm<D>>(&mut self, name: &'static str, form: S) -> Result<D, DecodeError> {
        let entered = self.path.enter(name);
        let value = form.read(self);
        self.path.leave(entered);
        value
    }

    /// The field here breaks a rule.
    pub(crate) fn refuse(&self, rule: Rule) -> DecodeError {
        DecodeError::Field { record: self.record, field: self.path.as_str().to_owned(), rule }
    }

    /// A text here, understood and spelt the one way it is stored.
    pub(crate) fn leaf<L: Leaf>(&self, text: &str) -> Result<L, DecodeError> {
        let value = L::parse(text).map_err(|rule| self.refuse(rule))?;
        if value.text() == text { Ok(value) } else { Err(self.refuse(Rule::Spelling)) }
    }
}

impl<const MAX: usize> ReadForm<Personal<Text<MAX>>> for SealedField {
    fn read(self, input: &mut Reader<'_>) -> Result<Personal<Text<MAX>>, DecodeError> {
        match self {
            Self::Sealed(sealed) => match input.opener.open(input.path.as_str(), &sealed) {
                Opened::Known(plaintext) => input.leaf(&plaintext).map(Personal::Known),
                Opened::Erased => Ok(Personal::Erased),
                Opened::Unreadable => Ok(Personal::Unreadable),
            },
            Self::Withheld(true) => Ok(Personal::Unreadable),
            Self::Withheld(false) => Err(input.refuse(Rule::Withheld)),
        }
    }
}

impl Shape for SealedField {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        fields.push(Field { path: at.as_str().to_owned(), sensitivity: Sensitivity::Sealed });
    }

    fn withhold(&mut self) {
        *self = Self::Withheld(true);
    }
}

impl<'v, D, S: WriteForm<&'v D>> WriteForm<&'v Option<D>> for Option<S> {
    fn write(value: &'v Option<D>, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        value.as_ref().map(|value| S::write(value, output)).transpose()
    }
}

impl<D, S: ReadForm<D>> ReadForm<Option<D>> for Option<S> {
    fn read(self, input: &mut Reader<'_>) -> Result<Option<D>, DecodeError> {
        self.map(|form| form.read(input)).transpose()
    }
}

impl<'v, D, S: WriteForm<&'v D>> WriteForm<&'v Vec<D>> for Vec<S> {
    fn write(values: &'v Vec<D>, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let each = |(index, value)| {
            let entered = output.path.enter_index(index);
            let form = S::write(value, output);
            output.path.leave(entered);
            form
        };
        values.iter().enumerate().map(each).collect()
    }
}

impl<D, S: ReadForm<D>> ReadForm<Vec<D>> for Vec<S> {
    fn read(self, input: &mut Reader<'_>) -> Result<Vec<D>, DecodeError> {
        let each = |(index, form): (usize, S)| {
            let entered = input.path.enter_index(index);
            let value = form.read(input);
            input.path.leave(entered);
            value
        };
        self.into_iter().enumerate().map(each).collect()
    }
}

impl<S: Shape> Shape for Vec<S> {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        let entered = at.enter_each();
        S::list(at, fields);
        at.leave(entered);
    }

    fn withhold(&mut self) {
        self.iter_mut().for_each(S::withhold);
    }
}

impl<S: Shape> Shape for Option<S> {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        S::list(at, fields);
    }

    fn withhold(&mut self) {
        self.iter_mut().for_each(S::withhold);
    }
}
