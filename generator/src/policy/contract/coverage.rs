//! Every sentence of a version has its entry in the contract, and every entry its sentence: whoever writes a sentence
//! has to say what it promises, or that it promises nothing.

use super::{Contract, Promise};
use crate::{
    diagnostic::{Diagnostic, closest},
    policy::{article::Sentence, version::Version},
};

/// What is wrong between the sentences of a version and the entries of its contract.
pub(crate) fn check(version: &Version, contract: &Contract) -> Vec<Diagnostic> {
    let sentences = version.article.sentences();
    let mut problems = Vec::new();
    for sentence in &sentences {
        let entries: Vec<&Promise> = contract.sentences.iter().filter(|promise| is_of(promise, sentence)).collect();
        if let [_, second, ..] = entries.as_slice() {
            problems.push(
                contract
                    .finding(second, format!("a second entry for this sentence under “{}”", sentence.section))
                    .hint("leave one; say `under:` with the heading where the same sentence stands twice"),
            );
        }
        if entries.is_empty() {
            let message = format!("no entry of {} says what this sentence promises", contract.file);
            let width = sentence.text.chars().count().min(60);
            let hint = "add an entry with what it promises, or with `info:` and why it promises nothing";
            problems.push(version.document.body_finding(sentence.span.start, width, message).hint(hint));
        }
    }
    for promise in &contract.sentences {
        if !sentences.iter().any(|sentence| is_of(promise, sentence)) {
            let message = format!("{} does not say this", version.document.file);
            let meant = closest(&promise.says, sentences.iter().map(|sentence| sentence.text.as_str()));
            let hint = meant.map_or_else(
                || "an entry repeats a sentence of the policy to the letter, without Markdown's marks".to_owned(),
                |meant| format!("did you mean “{meant}”?"),
            );
            problems.push(contract.finding(promise, message).hint(hint));
        }
    }
    problems
}

/// Whether an entry is about a sentence.
pub(crate) fn is_of(promise: &Promise, sentence: &Sentence) -> bool {
    promise.says == sentence.text && promise.under.as_ref().is_none_or(|under| *under == sentence.section)
}
