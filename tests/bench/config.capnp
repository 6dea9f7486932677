# Four Workers in one workerd, each behind a socket of its own, with one store between them. The edge is the one of the
# chaos tests, to the letter: what differs is the service that its namespace points at.

using Workerd = import "/workerd/workerd.capnp";
using Chaos = import "../chaos/config.capnp";

const config :Workerd.Config = (
  services = [
    (name = "empty", worker = .empty),
    (name = "read", worker = .read),
    (name = "hono", worker = .hono),
    (name = "passed", worker = .passed),
    (name = "edge", worker = Chaos.edge),
    (name = "views", worker = .views),
    (name = "assets", worker = Chaos.assets),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "site", disk = (allowDotfiles = true)),
    (name = "objects", disk = (writable = true)),
    (name = "kv", disk = (writable = true)),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "edge"),
    (name = "empty", address = "127.0.0.1:0", http = (), service = "empty"),
    (name = "read", address = "127.0.0.1:0", http = (), service = "read"),
    (name = "hono", address = "127.0.0.1:0", http = (), service = "hono"),
    (name = "passed", address = "127.0.0.1:0", http = (), service = "passed"),
    (name = "views", address = "127.0.0.1:0", http = (), service = (name = "views", entrypoint = "control")),
  ],
);

const empty :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [
    (name = "index.js", esModule = embed "/tests/bench/bare/build/empty/index.js"),
    (name = "index_bg.wasm", wasm = embed "/tests/bench/bare/build/empty/index_bg.wasm"),
  ],
);

const read :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [
    (name = "index.js", esModule = embed "/tests/bench/bare/build/kv/index.js"),
    (name = "index_bg.wasm", wasm = embed "/tests/bench/bare/build/kv/index_bg.wasm"),
  ],
  bindings = [(name = "VIEWS", kvNamespace = "views")],
);

const passed :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [
    (name = "index.js", esModule = embed "/tests/bench/bare/build/assets/index.js"),
    (name = "index_bg.wasm", wasm = embed "/tests/bench/bare/build/assets/index_bg.wasm"),
  ],
  bindings = [(name = "ASSETS", service = "assets")],
);

const hono :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [(name = "hono.mjs", esModule = embed "/tests/.out/bench/hono.mjs")],
  bindings = [(name = "VIEWS", kvNamespace = "views"), (name = "PEPPER", fromEnvironment = "PEPPER"), (name = "TEST_CLOCK", fromEnvironment = "TEST_CLOCK")],
);

const views :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [(name = "kv.mjs", esModule = embed "/tests/bench/kv.mjs")],
);
