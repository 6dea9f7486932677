(() => {
  const KEY = 'preferences', root = document.documentElement;
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY)) || {};
    if (!(kept.until > Date.now())) { kept = {}; localStorage.removeItem(KEY); }
  } catch { kept = {}; }
  const keep = (more) => {
    Object.assign(kept, more);
    kept.until ||= Date.now() + 180 * 864e5;
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { }
  };
  const dress = () => { if (kept.scheme) root.dataset.scheme = kept.scheme; else delete root.dataset.scheme; };
  dress();
  addEventListener('DOMContentLoaded', () => {
    const scheme = document.getElementById('scheme'), form = document.querySelector('form[action="/support/tickets"]');
    if (scheme) {
      scheme.value = kept.scheme || '';
      scheme.addEventListener('change', () => { keep({ scheme: scheme.value }); dress(); });
    }
    if (form) {
      for (const name of ['name', 'email']) if (kept[name] && !form.elements[name].value) form.elements[name].value = kept[name];
      form.addEventListener('submit', () => keep({ name: form.elements.name.value, email: form.elements.email.value }));
    }
  });
})();
