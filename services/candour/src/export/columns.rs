//! The columns of a list: every field of its rows, messages within messages by a path of their names, in the order of the contract.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::cell;

/// How deep messages within messages have columns of their own.
const DEPTH_MAX: usize = 4;

/// One column.
pub(super) struct Column {
    /// The names of the fields on the way, joined by full stops.
    pub(super) name: String,
    path: Vec<FieldDescriptor>,
}

impl Column {
    /// Every column of a message.
    pub(super) fn all(message: &MessageDescriptor) -> Vec<Self> {
        let mut columns = Vec::new();
        add(message, &[], &mut columns);
        columns
    }

    /// The cell of a row; empty where something on the way is not there.
    pub(super) fn cell(&self, row: &DynamicMessage) -> String {
        let Some((last, way)) = self.path.split_last() else { return String::new() };
        let mut at = row.clone();
        for field in way {
            if !at.has_field(field) {
                return String::new();
            }
            let Value::Message(next) = at.get_field(field).into_owned() else { return String::new() };
            at = next;
        }
        // A field that tells "not there" from its default is empty where it is not there.
        if last.supports_presence() && !at.has_field(last) {
            return String::new();
        }
        cell::value(last, &at.get_field(last))
    }
}

fn add(message: &MessageDescriptor, way: &[FieldDescriptor], columns: &mut Vec<Column>) {
    for field in message.fields() {
        let mut path = way.to_vec();
        path.push(field.clone());
        match field.kind() {
            Kind::Message(inner)
                if !field.is_list()
                    && !field.is_map()
                    && !cell::is_leaf(inner.full_name())
                    && path.len() < DEPTH_MAX =>
            {
                add(&inner, &path, columns);
            }
            _ => {
                let names: Vec<_> = path.iter().map(FieldDescriptor::name).collect();
                columns.push(Column { name: names.join("."), path });
            }
        }
    }
}
