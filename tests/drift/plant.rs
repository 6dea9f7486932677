//! The drifts, one function each. What the code does changes in the register; what the text says changes in the files.

use super::{
    Category, Conduct, Context, Cookie, CookieCategory, Drift, Entered, Erasure, KeptAs, Kind, Period, Processor,
    Project, Purpose, Recipient, Retention, Right, RightRoute,
};

const POLICY: &str = "2025-03-31.md";
const CONTRACT: &str = "2025-03-31.contract.yaml";

const fn drift(name: &'static str, plant: fn(&mut Project), message: &'static str) -> Drift {
    Drift { name, plant, message }
}

/// Every drift.
pub(super) const DRIFTS: &[Drift] = &[
    drift("a field of another kind is stored", field_added, "`Holder.site` (site address) is stored when buying"),
    drift("a kind of data is stored on another occasion", occasion_added, "is stored when visiting the site, but"),
    drift("card data is stored after all", billing_stored, "(billing information) is stored when buying"),
    drift("data is used for something else", purpose_added, "`Holder.email` (e-mail address) is used to improve"),
    drift("data goes to somebody else", recipient_added, "`Order.license.key` (license key) goes to PayPal"),
    drift("a host is called that nobody named", host_added, "the holder of the license (ads.example) sells data, but"),
    drift(
        "a period is promised and an expiry is missing",
        expiry_removed,
        "`Holder.name` (name) is kept without an end",
    ),
    drift("data is kept longer than promised", kept_longer, "`Held.since` (purchase details) is kept for 91 days"),
    drift("a cookie is set that nobody named", cookie_added, "the cookie `__Host-session` (strictly necessary) is set"),
    drift("a stored type is not part of the export", export_forgotten, "`Order` is stored, and nothing says whether"),
    drift("a deletion passes a field over", erasure_forgotten, "nothing says what a deletion does with it"),
    drift(
        "a promised kind of data is not collected any more",
        data_gone,
        "no code keeps this promise: name is collected",
    ),
    drift("a named processor is not used any more", processor_gone, "no code keeps this promise: data goes to Stripe"),
    drift("a right has no route", right_without_route, "no code keeps this promise: the right of access"),
    drift("a promised conduct is dropped", conduct_dropped, "no code keeps this promise: HTTPS everywhere"),
    drift("a promise is kept and still waived", waiver_left, "the code keeps this promise, so it needs no waiver"),
    drift("a waiver runs out", waiver_ended, "the waiver ended on 2027-01-31"),
    drift("a waiver is no loan any more", waiver_too_long, "is not one of 1 to 180 days"),
    drift("a waiver names something else", waiver_astray, "the waiver names `accesss`"),
    drift("a sentence promises and is called information", marked_twice, "says `info` and promises something as well"),
    drift("an entry promises nothing", empty_entry, "has neither a promise nor the mark `info`"),
    drift("a promise does not say how it is kept", not_said_how, "does not say how it is kept"),
    drift("a sentence is written and nobody says what it promises", sentence_added, "says what this sentence promises"),
    drift("an entry quotes a sentence that is not there", entry_astray, "2025-03-31.md does not say this"),
    drift("a version comes without a contract", contract_missing, "2027-06-01.contract.yaml is missing"),
    drift("a material change comes without notice", no_notice, "a material change needs 30"),
    drift("a material change is called editorial", called_less, "the change is called editorial, and it is material"),
    drift(
        "a byte of a published version is changed",
        byte_changed,
        "version 2025-03-31 is published, and content/privacy/2025-03-31.md has changed",
    ),
    drift(
        "a published version is removed",
        version_removed,
        "version 2025-03-31 is published, and content/privacy/2025-03-31.md is gone",
    ),
    drift("a line of the lock is edited", lock_edited, "was edited: its last column is not its hash"),
    drift("a version is neither frozen nor a draft", not_frozen, "site policy publish"),
    drift("a date typed by hand contradicts the front matter", date_typed, "contradicts the front matter"),
    drift(
        "the last audit is long ago",
        audit_old,
        "the last security audit was on 2025-06-01, more than 12 months ago",
    ),
];

fn field_added(project: &mut Project) {
    project.add_field("Holder", "site", Category::SiteAddress);
}

fn occasion_added(project: &mut Project) {
    let record = project.register.records.iter_mut().find(|record| record.name == "Entry").expect("a record");
    record.context = Context::Visit;
}

fn billing_stored(project: &mut Project) {
    project.add_field("Order", "card_digits", Category::Billing);
}

fn purpose_added(project: &mut Project) {
    project.edit(CONTRACT, |text| text.replacen("    uses: [improve]\n", "    does: [no_sale]\n", 1));
    project.field("Holder", "email").purposes.push(Purpose::Improve);
}

fn recipient_added(project: &mut Project) {
    project.edit(CONTRACT, |text| text.replacen("shares: [stripe, paypal]", "shares: [stripe]", 1));
    project.field("Order", "license.key").recipients.push(Recipient::Paypal);
}

fn host_added(project: &mut Project) {
    project.register.processors.push(Processor {
        recipient: Recipient::Holder,
        function: "sells data".to_owned(),
        hosts: vec!["ads.example".to_owned()],
        form_hosts: vec![],
    });
}

/// The name's sentence promises an end.
fn promise_period(project: &Project, term: &str) {
    project.edit(CONTRACT, |text| {
        text.replacen(
            "    collects: { purchase: [name] }\n",
            &format!("    collects: {{ purchase: [name] }}\n    keeps: {{ purchase: {{ {term} }} }}\n"),
            1,
        )
    });
}

fn expiry_removed(project: &mut Project) {
    promise_period(project, "name: 6 years");
    project.field("Holder", "name").retention = Some(Retention::NoEnd);
}

fn kept_longer(project: &mut Project) {
    promise_period(project, "purchase_details: 90 days");
    for field in project.register.records.iter_mut().flat_map(|record| &mut record.fields) {
        field.retention = Some(Retention::For { period: Period::days(90) });
    }
    project.field("Held", "since").retention = Some(Retention::For { period: Period::days(91) });
}

fn cookie_added(project: &mut Project) {
    project.edit(CONTRACT, |text| text.replacen("cookies: [necessary, ", "cookies: [", 1));
    project.register.cookies.push(Cookie {
        name: "__Host-session".to_owned(),
        kept_as: KeptAs::Cookie,
        category: CookieCategory::Necessary,
        purpose: "knows you again".to_owned(),
        max_age_s: 900,
    });
}

fn export_forgotten(project: &mut Project) {
    let record = project.register.records.iter_mut().find(|record| record.name == "Order").expect("a record");
    if let Kind::Stored { export, .. } = &mut record.kind {
        *export = None;
    }
}

fn erasure_forgotten(project: &mut Project) {
    let field: &mut Entered = project.field("Holder", "email");
    assert_eq!(field.erasure, Some(Erasure::Delete));
    field.erasure = None;
}

fn data_gone(project: &mut Project) {
    for record in &mut project.register.records {
        record.fields.retain(|field| !field.categories.contains(&Category::Name));
    }
}

fn processor_gone(project: &mut Project) {
    project.register.processors.retain(|processor| processor.recipient != Recipient::Stripe);
}

fn right_without_route(project: &mut Project) {
    project.register.rights.retain(|known| known.right != Right::Access);
}

fn conduct_dropped(project: &mut Project) {
    project.register.conduct.retain(|conduct| *conduct != Conduct::Https);
}

/// Puts off a promise that the code does not keep.
fn put_off(project: &mut Project, until: &str, only: &str) {
    project.register.rights.retain(|kept| kept.right != Right::Correct);
    let waived =
        format!("    waived:\n{only}      reason: It is being built.\n      since: 2026-11-25\n      until: {until}\n");
    project.edit(CONTRACT, |text| {
        text.replacen("    rights: [correct]\n", &format!("    rights: [correct]\n{waived}"), 1)
    });
}

fn waiver_left(project: &mut Project) {
    put_off(project, "2027-05-20", "");
    project.register.rights.push(RightRoute { right: Right::Correct, route: "/privacy/request".to_owned() });
}

fn waiver_ended(project: &mut Project) {
    put_off(project, "2027-01-31", "");
    project.at = "2027-02-01T00:00:00Z".to_owned();
}

fn waiver_too_long(project: &mut Project) {
    put_off(project, "2027-11-25", "");
}

fn waiver_astray(project: &mut Project) {
    put_off(project, "2027-05-20", "      only: [accesss]\n");
}

fn marked_twice(project: &mut Project) {
    project.edit(CONTRACT, |text| text.replacen("does: [https]", "does: [https]\n    info: Only words.", 1));
}

fn empty_entry(project: &mut Project) {
    project.edit(CONTRACT, |text| text.replacen("    does: [https]\n", "", 1));
}

fn not_said_how(project: &mut Project) {
    project.edit(CONTRACT, |text| {
        let line =
            text.lines().find(|line| line.contains("kept: Plain HTTP is redirected")).expect("the line").to_owned();
        text.replacen(&format!("{line}\n"), "", 1)
    });
}

fn entry_astray(project: &mut Project) {
    project.edit(CONTRACT, |text| text.replacen("says: To provide customer support", "says: To provide support", 1));
}

/// A second version that is still a draft, like the first but for what `change` does.
fn second(project: &Project, front: &str, change: impl Fn(String) -> String) {
    let folder = project.root.join("content/privacy");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("readable");
    let text = read(POLICY).replacen("effective: 2025-03-31\npublished: 2025-03-31\n", front, 1);
    std::fs::write(folder.join("2027-06-01.md"), change(text)).expect("written");
    std::fs::write(folder.join("2027-06-01.contract.yaml"), read(CONTRACT)).expect("written");
}

const DRAFT: &str = "effective: 2027-06-01\npublished: 2027-01-15\ndraft: true\n";

fn sentence_added(project: &mut Project) {
    second(project, DRAFT, |text| text.replacen("## 4. Sharing", "We never sleep.\n\n## 4. Sharing", 1));
}

fn contract_missing(project: &mut Project) {
    second(project, DRAFT, |text| text);
    std::fs::remove_file(project.root.join("content/privacy/2027-06-01.contract.yaml")).expect("removed");
}

/// The second version says that something is collected which the first does not name.
fn widen(project: &Project) {
    project.edit("2027-06-01.contract.yaml", |text| {
        text.replacen(
            "collects: { ticket: [request_content, ",
            "collects: { ticket: [request_content, site_address, ",
            1,
        )
    });
}

fn no_notice(project: &mut Project) {
    second(project, "effective: 2027-06-01\npublished: 2027-05-10\ndraft: true\n", |text| text);
    widen(project);
}

fn called_less(project: &mut Project) {
    second(project, &format!("{DRAFT}level: editorial\n"), |text| text);
    widen(project);
}

fn byte_changed(project: &mut Project) {
    project.edit(POLICY, |text| text.replacen("We do not sell", "We do not  sell", 1));
}

fn version_removed(project: &mut Project) {
    std::fs::remove_file(project.root.join("content/privacy").join(POLICY)).expect("removed");
}

fn lock_edited(project: &mut Project) {
    project.edit("policy.lock", |text| text.replacen(" 2025-03-31 ", " 2025-03-30 ", 1));
}

fn not_frozen(project: &mut Project) {
    second(project, "effective: 2027-06-01\npublished: 2025-04-01\n", |text| text);
}

fn date_typed(project: &mut Project) {
    second(project, DRAFT, |text| text.replacen("Please review it regularly.", "Last updated January 23, 2018.", 1));
}

fn audit_old(project: &mut Project) {
    let audit = format!("- date: 2025-06-01\n  scope: the edge\n  report_sha256: \"{}\"\n", "0".repeat(64));
    project.edit("../evidence/audits.yaml", |text| format!("{text}{audit}"));
}
