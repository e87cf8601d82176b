//! Reading our own sources: enums with what their variants say, and functions that match on them.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use syn::{
    Arm, Attribute, Block, Expr, ExprMatch, File, ImplItem, Item, ItemImpl, Lit, LitStr, Meta, Pat, Stmt,
    parse::ParseStream,
};

/// What one variant of an error enum says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct VariantText {
    /// The first paragraph of its documentation.
    pub(super) documentation: String,
    /// The text of its error attribute, with its placeholders; `None` where it has none of its own.
    pub(super) error: Option<String>,
}

/// The variants of an enum, by name.
pub(super) fn variants(file: &File, name: &str) -> anyhow::Result<BTreeMap<String, VariantText>> {
    let found = file.items.iter().find_map(|item| match item {
        Item::Enum(found) if found.ident == name => Some(found),
        _ => None,
    });
    let found = found.with_context(|| format!("there is no enum {name}"))?;
    Ok(found
        .variants
        .iter()
        .map(|variant| {
            let text = VariantText {
                documentation: documentation(&variant.attrs),
                error: variant.attrs.iter().find_map(error_text),
            };
            (variant.ident.to_string(), text)
        })
        .collect())
}

/// The implementations of a trait in a file.
pub(super) fn implementations<'a>(file: &'a File, name: &'a str) -> impl Iterator<Item = &'a ItemImpl> {
    file.items.iter().filter_map(move |item| match item {
        Item::Impl(found) => {
            let (_, path, _) = found.trait_.as_ref()?;
            path.segments.last().is_some_and(|segment| segment.ident == name).then_some(found)
        }
        _ => None,
    })
}

/// The arms of the one `match` that a method consists of.
pub(super) fn arms_of_method<'a>(found: &'a ItemImpl, name: &str) -> anyhow::Result<&'a [Arm]> {
    let body = found.items.iter().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.ident == name => Some(&method.block),
        _ => None,
    });
    arms(body.with_context(|| format!("there is no method {name}"))?)
}

/// The arms of the one `match` that a function consists of.
pub(super) fn arms_of_function<'a>(file: &'a File, name: &str) -> anyhow::Result<&'a [Arm]> {
    let body = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == name => Some(&*function.block),
        _ => None,
    });
    arms(body.with_context(|| format!("there is no function {name}"))?)
}

fn arms(block: &Block) -> anyhow::Result<&[Arm]> {
    match block.stmts.as_slice() {
        [Stmt::Expr(Expr::Match(ExprMatch { arms, .. }), _)] => Ok(arms),
        _ => bail!("a function was expected to be one match"),
    }
}

/// The variants that a pattern names.
pub(super) fn variants_of(pattern: &Pat) -> anyhow::Result<Vec<String>> {
    let path = match pattern {
        Pat::Or(several) => {
            let each: Vec<Vec<String>> = several.cases.iter().map(variants_of).collect::<Result<_, _>>()?;
            return Ok(each.concat());
        }
        Pat::Path(found) => &found.path,
        Pat::Struct(found) => &found.path,
        Pat::TupleStruct(found) => &found.path,
        _ => bail!("a pattern was expected to name variants"),
    };
    last(path).map(|name| vec![name])
}

/// The last name of the first path in an expression: `State` of `RefusalKind::State` or of `{ RefusalKind::State }`.
pub(super) fn name_of(expression: &Expr) -> anyhow::Result<String> {
    match expression {
        Expr::Path(found) => last(&found.path),
        Expr::Call(found) => name_of(&found.func),
        Expr::Block(found) => match found.block.stmts.as_slice() {
            [Stmt::Expr(inner, _)] => name_of(inner),
            _ => bail!("a block was expected to be one expression"),
        },
        _ => bail!("an expression was expected to be a name"),
    }
}

/// The text that an expression is, where it is one.
pub(super) fn literal_text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(found) => match &found.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The constants with a whole number, by name.
pub(super) fn numbers(file: &File) -> impl Iterator<Item = (String, String)> {
    file.items.iter().filter_map(|item| match item {
        Item::Const(found) => match &*found.expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => Some((found.ident.to_string(), number.base10_digits().to_owned())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// The first paragraph of a documentation comment.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(found) if found.path.is_ident("doc") => literal_text(&found.value),
        _ => None,
    });
    let lines: Vec<String> =
        lines.map(|line| line.trim().to_owned()).take_while(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// The text of `#[error("…")]`.
fn error_text(attribute: &Attribute) -> Option<String> {
    if !attribute.path().is_ident("error") {
        return None;
    }
    let first_text = |input: ParseStream<'_>| {
        let text: LitStr = input.parse()?;
        // What follows are the values of the placeholders.
        while !input.is_empty() {
            input.step(|cursor| {
                cursor.token_tree().map(|(_, rest)| ((), rest)).ok_or_else(|| cursor.error("nothing follows"))
            })?;
        }
        Ok(text.value())
    };
    attribute.parse_args_with(first_text).ok()
}

fn last(path: &syn::Path) -> anyhow::Result<String> {
    path.segments.last().map(|segment| segment.ident.to_string()).context("a path without a name")
}
