# The compiled edge in raw workerd: its KV namespace is a Worker of our own that injects faults, its objects are on disk.
# `runtime.mjs` starts it with the root of the project as import path; folders and addresses come by command line,
# settings by environment.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "views", worker = .views),
    (name = "assets", worker = .assets),
    (name = "front", worker = .front),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "site", disk = (allowDotfiles = true)),
    (name = "objects", disk = (writable = true)),
    (name = "kv", disk = (writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "front")],
);

const edge :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [
    (name = "pinned.mjs", esModule = embed "/tests/hosts/pinned.mjs"),
    (name = "entry.mjs", esModule = embed "/edge/entry.mjs"),
    (name = "build/index.js", esModule = embed "/edge/build/index.js"),
    (name = "build/index_bg.wasm", wasm = embed "/edge/build/index_bg.wasm"),
  ],
  bindings = [
    (name = "VIEWS", kvNamespace = "views"),
    (name = "VAULT", durableObjectNamespace = "Vault"),
    (name = "ASSETS", service = "assets"),
    (name = "TEST_CLOCK", fromEnvironment = "TEST_CLOCK"),
    (name = "SITE_URL", fromEnvironment = "SITE_URL"),
    (name = "PEPPER", fromEnvironment = "PEPPER"),
    (name = "LICENSE_SECRET", fromEnvironment = "LICENSE_SECRET"),
    (name = "SIGNING_KEY", fromEnvironment = "SIGNING_KEY"),
    (name = "VAULT_KEYS", fromEnvironment = "VAULT_KEYS"),
    (name = "STRIPE_WEBHOOK_SECRETS", fromEnvironment = "STRIPE_WEBHOOK_SECRETS"),
    (name = "STRIPE_API_KEY", fromEnvironment = "STRIPE_API_KEY"),
    (name = "PAYPAL_CLIENT_ID", fromEnvironment = "PAYPAL_CLIENT_ID"),
    (name = "PAYPAL_CLIENT_SECRET", fromEnvironment = "PAYPAL_CLIENT_SECRET"),
    (name = "PAYPAL_WEBHOOK_ID", fromEnvironment = "PAYPAL_WEBHOOK_ID"),
    (name = "STRIPE_API_BASE", fromEnvironment = "STRIPE_API_BASE"),
    (name = "LIVEMODE", fromEnvironment = "LIVEMODE"),
    (name = "MAIL_FROM", fromEnvironment = "MAIL_FROM"),
    (name = "MAIL_TRANSPORT", fromEnvironment = "MAIL_TRANSPORT"),
    (name = "MAIL_API_BASE", fromEnvironment = "MAIL_API_BASE"),
    (name = "MAIL_API_KEY", fromEnvironment = "MAIL_API_KEY"),
  ],
  durableObjectNamespaces = [(className = "Vault", uniqueKey = "vault", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),
);

const views :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [
    (name = "chaos_kv.mjs", esModule = embed "/tests/chaos/chaos_kv.mjs"),
  ],
  bindings = [(name = "STORE", durableObjectNamespace = "Store")],
  durableObjectNamespaces = [(className = "Store", uniqueKey = "store", enableSql = true)],
  durableObjectStorage = (localDisk = "kv"),
);

const assets :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [(name = "assets.mjs", esModule = embed "/tests/chaos/assets.mjs")],
  bindings = [(name = "FILES", service = "site")],
);

const front :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["service_binding_extra_handlers"],
  modules = [(name = "front.mjs", esModule = embed "/tests/chaos/front.mjs")],
  bindings = [(name = "EDGE", service = "edge"), (name = "CHAOS", service = (name = "views", entrypoint = "control"))],
);
