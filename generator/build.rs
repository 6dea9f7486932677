//! Links the program at a fixed address on Linux: the tables of its libraries are megabytes of pointers, and a program that may
//! lie anywhere writes all of them anew each time that it starts. That would be a third of the time of a small build.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
