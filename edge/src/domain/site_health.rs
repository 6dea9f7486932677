//! The report that WordPress makes of itself under Tools, Site Health, Info, as people paste it: three versions are read from
//! it and nothing else is kept. Headings and labels are in the site's language; the keys of WordPress's own are not.

use super::ticket::Versions;

/// Longest version that is one.
const VERSION_CHARS_MAX: usize = 40;

/// The versions of a product, of WordPress and of PHP in a report; none of what is not there.
pub fn versions(report: &str, product: &str) -> Versions {
    let mut versions = Versions::default();
    let mut section = "";
    for line in report.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("### ") {
            section = heading.split(' ').next().unwrap_or_default();
            continue;
        }
        let Some((key, value)) = line.split_once(": ") else { continue };
        let place = match (section, key) {
            ("wp-core", "version") => &mut versions.wordpress,
            ("wp-server", "php_version") => &mut versions.php,
            ("wp-plugins-active" | "wp-plugins-inactive" | "wp-mu-plugins", key) if key == product => {
                &mut versions.plugin
            }
            _ => continue,
        };
        // A plugin's line reads `version: 1.2.3, author: …`, PHP's `8.2.10 64bit`.
        let value = value.strip_prefix("version: ").unwrap_or(value);
        let value = value.split([' ', ',']).next().unwrap_or_default();
        let is_version = value.len() <= VERSION_CHARS_MAX
            && value.starts_with(|c: char| c.is_ascii_digit())
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
        if is_version && place.is_none() {
            *place = Some(value.to_owned());
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "`\n### wp-core ###\n\nversion: 6.8.1\nsite_language: de_DE\nhome_url: https://example.com\n\n\
        ### wp-plugins-active (2) ###\n\nAkismet: version: 5.3, author: Automattic, Automatische Updates aus\n\
        Client Portal Plus: version: 1.2.3-beta.1, author: Us, Auto-updates disabled\n\n### wp-server ###\n\n\
        server_architecture: Linux 6.1 x86_64\nphp_version: 8.2.10 64bit\n`";

    #[test]
    fn three_versions_are_read_from_a_report() {
        let found = versions(REPORT, "Client Portal Plus");
        assert_eq!(found.plugin.as_deref(), Some("1.2.3-beta.1"));
        assert_eq!(found.wordpress.as_deref(), Some("6.8.1"));
        assert_eq!(found.php.as_deref(), Some("8.2.10"));
        assert_eq!(versions(&REPORT.replace('\n', "\r\n"), "Client Portal Plus"), found);
        assert_eq!(versions(REPORT, "Another").plugin, None);
    }

    #[test]
    fn what_is_no_version_is_not_taken_for_one() {
        for report in [
            "",
            "version: 6.8.1",
            "### wp-core ###\nversion: <script>",
            "### wp-core ###\nversion: my name is Ada",
            &format!("### wp-core ###\nversion: {}", "1".repeat(100_000)),
        ] {
            assert_eq!(versions(report, "Client Portal Plus"), Versions::default(), "{report:.60}");
        }
    }
}
